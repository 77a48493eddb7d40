"""One [[source]] of a draft: a sampled table, the table of the contract that it feeds, and all keys with evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from supplyrisk.graph.schema.contract import TABLES, ColumnKind
from supplyrisk.loaders.drafting.column_fits import ColumnFit
from supplyrisk.loaders.drafting.day_format import day_keys
from supplyrisk.loaders.drafting.draft_keys import DraftKey, DraftSource, counts_text
from supplyrisk.loaders.drafting.header_dictionary import header_unit
from supplyrisk.loaders.drafting.number_evidence import NumberEvidence
from supplyrisk.loaders.drafting.number_format import number_keys
from supplyrisk.loaders.drafting.number_marks import mark_keys, sign_currency
from supplyrisk.loaders.drafting.sampled_table import NUMBER, SampledColumn, SampledTable
from supplyrisk.loaders.drafting.table_fit import LENDER, TableFit
from supplyrisk.loaders.drafting.word_format import choice_keys, flag_keys, missing_words

_NUMBERS = (ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT)
_WORDS = (ColumnKind.CHOICE, ColumnKind.CHOICES)
_SHARES = ("rate", "lgd")
NESTED = ("json", "json_document", "xml")
"""Formats in which what a mapping does not name has to be left out by name."""


def draft_source(sample: SampledTable, fit: TableFit) -> tuple[DraftSource, str]:
    """Return the entry of a sample, and the currency that its numbers show; "" where they show none."""
    table = TABLES[fit.table]
    columns = {f.column: sample.column(f.header) for f in fit.columns}
    kinds = {name: table.column(name).kind for name in columns}
    numbers = {name: own.numbers for name, own in columns.items() if kinds[name] in _NUMBERS}
    days = {name: own.days for name, own in columns.items() if kinds[name] is ColumnKind.DAY}
    flags = {name: own.counts for name, own in columns.items() if kinds[name] is ColumnKind.FLAG}
    used = {f.header for f in fit.columns}
    others = [own.numbers for own in sample.columns if own.name not in used and own.numbers.share > 0.9]
    number = number_keys(numbers, others)
    day = day_keys(days)
    keys = [*sample.keys, *number.keys, *mark_keys(list(numbers.values())), *day.keys, *_open_ends(columns)]
    keys += [*_missing_keys(columns, kinds), *flag_keys(flags), *_value_keys(fit.table, columns)]
    keys += [*_scale_keys(columns, numbers), *_row_keys(sample, fit)]
    if fit.dropped_where_empty:
        keys = _with_empty_dropped(keys, fit.dropped_where_empty)
    used |= set(sample.conditions)
    unknown = tuple(name for name in sample.header if name not in used and not name.startswith("#"))
    if sample.format in NESTED:
        keys.append(DraftKey("ignore", ["*"], "what is not named below is left out"))
    elif unknown:
        keys.append(DraftKey("keep", [], "columns that feed nothing are left out; they are listed below"))
    by_column = {
        name: (*number.by_column.get(name, ()), *day.by_column.get(name, ()))
        for name in (*number.by_column, *day.by_column)
    }
    source = DraftSource(
        file=sample.file,
        table=fit.table,
        reason=fit.reason,
        keys=tuple(keys),
        columns=tuple(_column_key(f, columns[f.column]) for f in fit.columns),
        column_formats=by_column,
        missing=tuple(name for name in fit.missing if name != LENDER),
        unknown=unknown,
        header=sample.header,
    )
    amounts = [numbers["amount"]] if fit.table == "supplies" and "amount" in numbers else []
    return source, sign_currency(amounts) or ""


def _row_keys(sample: SampledTable, fit: TableFit) -> list[DraftKey]:
    """Return the keys of whole rows: constants, credit notes, and the firm whose file it is."""
    keys = []
    if fit.constants:
        shown = "; ".join(f"{word!r} implies {name}" for name, (_, word) in fit.constants.items())
        keys.append(DraftKey("constants", {name: word for name, (word, _) in fit.constants.items()}, shown))
    if LENDER in fit.missing:
        doubt = "no column names the lender: name it here"
        keys.append(DraftKey("constants", {LENDER: "our bank"}, doubt=doubt, is_set=False))
    amount = fit.header_of("amount")
    negative = _negative(sample.column(amount)) if fit.table == "supplies" and amount else 0
    if negative:
        shown = f"{negative:,} amounts are negative: credit notes are returns"
        keys.append(DraftKey("negative", "return", shown))
    own_firm = fit.header_of(fit.own_firm)
    if own_firm and sample.files > 1 and len(sample.column(own_firm).values) == sample.files:
        keys.append(DraftKey("firms_from", fit.own_firm, "each sampled file has one firm: it is listed"))
    return keys


def _with_empty_dropped(keys: list[DraftKey], header: str) -> list[DraftKey]:
    """Return the keys with the condition that drops rows in which a column is empty."""
    stated = [key for key in keys if key.name == "where_not"]
    evidence = "; ".join([*(key.evidence for key in stated), f"rows without {header} are dropped"])
    dropped: dict[str, list[str]] = {}
    for key in stated:
        dropped.update(key.value if isinstance(key.value, dict) else {})
    rest = [key for key in keys if key.name != "where_not"]
    return [*rest, DraftKey("where_not", {**dropped, header: [""]}, evidence)]


def _column_key(fit: ColumnFit, sample: SampledColumn) -> DraftKey:
    different = len(sample.values)
    evidence = f"{fit.reason}; {different:,} different in {sample.filled:,} sampled cells"
    if not sample.filled:
        evidence = f"{fit.reason}; no cell is filled in the sample"
    doubt = f"{fit.header} and {', '.join(fit.rivals)} both fit {fit.column}" if fit.rivals else ""
    return DraftKey(fit.column, fit.header, evidence, doubt)


def _open_ends(columns: Mapping[str, SampledColumn]) -> list[DraftKey]:
    """Return the days that stand for no end."""
    found = columns["until"].days.open_ends if "until" in columns else None
    if not found:
        return []
    return [DraftKey("open_ends", sorted(found), counts_text(found))]


def _missing_keys(columns: Mapping[str, SampledColumn], kinds: Mapping[str, ColumnKind]) -> list[DraftKey]:
    """Return the words that stand for empty cells."""
    typed: dict[str, Counter[str]] = {}
    texts: dict[str, Counter[str]] = {}
    for name, own in columns.items():
        if kinds[name] in _NUMBERS:
            typed[name] = own.numbers.others + own.missing
        elif kinds[name] is ColumnKind.DAY:
            typed[name] = own.days.others + own.missing
        elif kinds[name] is not ColumnKind.FLAG:
            texts[name] = own.counts
    return missing_words(texts, typed)


def _value_keys(table: str, columns: Mapping[str, SampledColumn]) -> list[DraftKey]:
    """Return the words to replace, and the separators of lists."""
    values: dict[str, dict[str, str]] = {}
    shown: Counter[str] = Counter()
    doubts: list[str] = []
    separators: dict[str, str] = {}
    for name, own in columns.items():
        column = TABLES[table].column(name)
        is_kind = name == "kind"
        if column.kind not in _WORDS and not is_kind and name != "currency":
            continue
        replacements, separator, unknown = choice_keys(column, own.counts)
        if name == "currency":
            replacements = {t: "CNY" for t in own.counts if t in ("RMB", "¥", "￥", "人民币", "元")}
            unknown = ""
        if replacements:
            values[name] = replacements
            shown.update({word: own.counts[word] for word in replacements})
        if separator:
            separators[name] = separator
        if unknown and column.kind in _WORDS:
            doubts.append(
                f"{name} has words without a meaning in the contract: {unknown}; list them under values"
            )
    keys = [DraftKey("values", values, counts_text(shown))] if values else []
    if separators:
        keys.append(DraftKey("list_separator", next(iter(separators.values())), "between words of a list"))
    if doubts:
        keys.append(DraftKey("values", {}, doubt="; ".join(doubts), is_set=False))
    return keys


def _scale_keys(
    columns: Mapping[str, SampledColumn], numbers: Mapping[str, NumberEvidence]
) -> list[DraftKey]:
    """Return the factors of units that headers state, and of shares that are written in per cent."""
    factors: dict[str, float] = {}
    shown: list[str] = []
    doubts: list[str] = []
    for name, evidence in numbers.items():
        unit = header_unit(columns[name].name)
        above = evidence.above_one + sum(_is_above_one(text) for text in columns[name].stored.get(NUMBER, ()))
        if unit and unit[1] < 1 and (evidence.percent or name not in _SHARES):
            continue
        if unit and evidence.units:
            doubts.append(f"{name}: the header states {unit[0]}, and cells have units of their own")
        elif unit:
            factors[name] = unit[1]
            shown.append(f"the header of {name} states {unit[0]}")
        elif name in _SHARES and above:
            if evidence.percent:
                doubts.append(f"{name}: {above:,} cells are above 1 without %, others have it")
            else:
                factors[name] = 0.01
                shown.append(f"{above:,} cells of {name} are above 1, so that they are per cent")
    keys = [DraftKey("scale", factors, "; ".join(shown))] if factors else []
    if doubts:
        keys.append(DraftKey("scale", {}, doubt="; ".join(doubts), is_set=False))
    return keys


def _is_above_one(text: str) -> bool:
    try:
        return float(text) > 1
    except ValueError:
        return False


def _negative(column: SampledColumn) -> int:
    return column.numbers.negative + sum(t.startswith("-") for t in column.stored.get(NUMBER, ()))
