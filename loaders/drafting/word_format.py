"""Words in cells: those that stand for an empty cell, for true and false, and for words of the contract."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from supplyrisk.graph.schema.contract import ColumnKind, ColumnSchema
from supplyrisk.loaders.check.cell_remedies import MISSING_WORDS
from supplyrisk.loaders.drafting.draft_keys import DraftKey, counts_text
from supplyrisk.loaders.drafting.header_dictionary import folded_header, header_words, replaced_words

_CLEAR = frozenset(MISSING_WORDS) - {"?", ".", "/", "NA", "nil", "无", "空"}
"""Words that stand for an empty cell in a column of texts as well."""
_REPEATED = 3
"""Occurrences from which a word among numbers or days is likely to stand for something."""
_SEPARATORS = (";", ",", "/", "、", "，", "+")


def missing_words(counts: Mapping[str, Counter[str]], typed: Mapping[str, Counter[str]]) -> list[DraftKey]:
    """Return the words that stand for empty cells.

    Parameters
    ----------
    counts: by contract column, all cells; of ids and texts.
    typed: by contract column, the cells of numbers and days that are neither.
    """
    words: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for cells in typed.values():
        for text, count in cells.items():
            if text in MISSING_WORDS or _is_zero_day(text):
                words[text] += count
            elif count >= _REPEATED and not re.search(r"\d", text):
                unknown[text] += count
    for cells in counts.values():
        words.update({text: count for text, count in cells.items() if text in _CLEAR})
    if not unknown:
        return [DraftKey("missing", sorted(words), counts_text(words))] if words else []
    shown = ", ".join(f"{word} {count:,} times" for word, count in unknown.most_common(4))
    doubt = f"{shown} among numbers or days: list what stands for an empty cell"
    if words:
        return [DraftKey("missing", sorted(words), f"certain: {', '.join(sorted(words))}", doubt)]
    return [DraftKey("missing", sorted(unknown), doubt=doubt, is_set=False)]


def _is_zero_day(text: str) -> bool:
    return bool(re.fullmatch(r"0{2,4}[-/.]00[-/.]0{2,4}", text))


def flag_keys(columns: Mapping[str, Counter[str]]) -> list[DraftKey]:
    """Return the words of flags; columns: by contract column, the cells."""
    flags = header_words().flags
    written: dict[bool, dict[str, int]] = {True: {}, False: {}}
    unknown: Counter[str] = Counter()
    for cells in columns.values():
        for text, count in cells.items():
            if text.lower() in ("1", "0", "true", "false"):
                continue
            folded = text.casefold()
            if folded in flags.yes or folded in flags.no:
                truth = folded in flags.yes
                written[truth][text] = written[truth].get(text, 0) + count
            elif text not in MISSING_WORDS:
                unknown[text] += count
    keys = []
    for truth, name in ((True, "true_words"), (False, "false_words")):
        if written[truth]:
            keys.append(DraftKey(name, sorted(written[truth]), counts_text(written[truth])))
    if unknown:
        shown = ", ".join(word for word, _ in unknown.most_common(4))
        keys.append(
            DraftKey("true_words", [], doubt=f"{shown}: which of them are true, which false?", is_set=False)
        )
    return keys


def choice_keys(column: ColumnSchema, cells: Counter[str]) -> tuple[dict[str, str], str, str]:
    """Return the replacements of a column's words, the separator of lists, and the words that stay as they are."""
    known = replaced_words(column.name)
    separator = ""
    if column.kind is ColumnKind.CHOICES:
        separator = next(
            (s for s in _SEPARATORS if any(s in text and _all_known(text, s, known) for text in cells)), ""
        )
    replacements: dict[str, str] = {}
    unknown: Counter[str] = Counter()
    closed = bool(column.choices)
    for text, count in cells.items():
        if text in column.choices or (closed and set(text.split("|")) <= set(column.choices)):
            continue
        contract = known.get(folded_header(text))
        if contract and (not closed or contract in column.choices):
            if contract != text:
                replacements[text] = contract
        elif closed and separator and separator in text and _all_known(text, separator, known):
            parts = [known[folded_header(part)] for part in text.split(separator)]
            if parts != [part.strip() for part in text.split(separator)]:
                replacements[text] = separator.join(parts)
        else:
            unknown[text] += count
    return replacements, separator, ", ".join(word for word, _ in unknown.most_common(5))


def _all_known(text: str, separator: str, known: Mapping[str, str]) -> bool:
    return all(folded_header(part) in known for part in text.split(separator))
