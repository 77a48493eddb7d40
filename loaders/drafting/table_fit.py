"""Which table the columns of a file fit, and which of its columns feed which column of the table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from supplyrisk.graph.schema.contract import TABLES, ColumnKind, ColumnSchema, TableSchema
from supplyrisk.loaders.drafting.header_dictionary import (
    EXACT,
    HeaderMatch,
    header_words,
    implied_constant,
    match_file,
    match_header,
)
from supplyrisk.loaders.drafting.sampled_table import DAY, FLAG, NUMBER, SampledColumn, SampledTable
from supplyrisk.loaders.read.endings import without_ending

_NUMBERS = (ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT)
_FITTING = 0.6
"""Share of a column's cells that have to be numbers or days for it to feed a column of them."""
_REPEATED_IDS = 0.5
_SELDOM_EMPTY = 0.3
_LEAST_KNOWN = 0.5
"""Share of a column's different cells that have to be ids of known firms for it to be a column of them."""
_OWN_FIRM = "the id of a firm, and the only end of the trade that is left"
BY_CONTENT = 0
"""Strength of a column that only its cells speak for."""
LENDER = "lender_id"
"""A lender's own export seldom names the lender: a constant does."""


@dataclass(frozen=True)
class ColumnFit:
    """A column of a file that feeds a column of a table.

    Parameters
    ----------
    column, header: the table's column, and the file's.
    strength: EXACT, PART or BY_CONTENT.
    reason: what speaks for it.
    rivals: other columns of the file that fit as well.
    """

    column: str
    header: str
    strength: int
    reason: str
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableFit:
    """How a file fits a table.

    Parameters
    ----------
    table: name of the table.
    score: how well; above 0 where it may feed the table at all.
    columns: which columns feed it.
    constants: by column, the word that every row gets, and what implies it.
    missing: required columns that nothing feeds.
    reason: what speaks for the table.
    own_firm: the column of the firm whose file it may be; "" where no column is of that kind.
    dropped_where_empty: column of the file without which a row says nothing; "" where there is none.
    """

    table: str
    score: float
    columns: tuple[ColumnFit, ...]
    constants: dict[str, tuple[str, str]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    reason: str = ""
    own_firm: str = ""
    dropped_where_empty: str = ""

    def header_of(self, column: str) -> str | None:
        """Return the file's column that feeds a column; None where none does."""
        return next((fit.header for fit in self.columns if fit.column == column), None)


@dataclass(frozen=True)
class FittedTable:
    """A sample and the table that it fits; rival: another table that it fits nearly as well."""

    sample: SampledTable
    fit: TableFit
    rival: TableFit | None = None

    def values(self, column: str) -> frozenset[str]:
        """Return the different sampled cells that feed a column."""
        header = self.fit.header_of(column)
        return self.sample.column(header).values if header else frozenset()

    def referring(self) -> dict[str, frozenset[str]]:
        """Return by column the sampled ids of firms that have to be in a list of firms."""
        refs = TABLES[self.fit.table].refs
        ids = {name: self.values(name) for name, tables in refs.items() if "firms" in tables}
        return {name: values for name, values in ids.items() if values}


def table_fits(sample: SampledTable, firm_ids: frozenset[str] = frozenset()) -> list[TableFit]:
    """Return how a sample fits each table, the best first.

    firm_ids: sampled ids of the lists of firms, by which columns of ids are known without a header.
    """
    fits = [_table_fit(table, sample, firm_ids) for table in TABLES.values()]
    return sorted(fits, key=lambda fit: -fit.score)


def fits_kind(column: ColumnSchema, sample: SampledColumn) -> bool:
    """Return whether the cells of a file's column can be cells of a column; empty ones can be of any."""
    days = len(sample.stored.get(DAY, ()))
    numbers = len(sample.stored.get(NUMBER, ()))
    flags = len(sample.stored.get(FLAG, ()))
    filled = sum(count for _, count in sample.different) + days + numbers + flags
    if not filled:
        return True
    match column.kind:
        case ColumnKind.DAY:
            return days + sample.days.share * (filled - days) >= _FITTING * filled and flags == 0
        case ColumnKind.MONEY | ColumnKind.NUMBER | ColumnKind.COUNT:
            texts = filled - days - numbers - flags
            return numbers + sample.numbers.share * texts >= _FITTING * filled and not _is_of_days(sample)
        case ColumnKind.FLAG:
            known = {*header_words().flags.yes, *header_words().flags.no}
            return all(value.casefold() in known for value in sample.values) and len(sample.values) <= 4
        case ColumnKind.ID:
            return days == 0 and not _is_of_days(sample) and not sample.numbers.decimals
        case _:
            return days == 0


def _is_of_days(sample: SampledColumn) -> bool:
    """Return whether cells are days with signs between their parts: digits alone may be numbers."""
    return (
        sample.days.cells > 0
        and sample.days.share > 0.9
        and not all(shape.strip("#") in ("", "excel", "unix", "unix_ms") for shape in sample.days.shapes)
    )


def _table_fit(table: TableSchema, sample: SampledTable, firm_ids: frozenset[str]) -> TableFit:
    stem = without_ending(sample.file.rpartition("/")[2])
    columns = _column_fits(table, sample, firm_ids)
    own_firm = next((fit.column for fit in columns if fit.reason == _OWN_FIRM), "")
    word = match_file(table.name, f"{sample.file.rpartition('/')[0]} {stem} {sample.part}")
    fed = {fit.column for fit in columns}
    constants: dict[str, tuple[str, str]] = {}
    for name in header_words().table(table.name).implied.get("kind", {}) and ["kind"]:
        implied = implied_constant(table.name, name, stem, sample.part, *(fit.header for fit in columns))
        if implied and name not in fed:
            constants[name] = implied
    missing = tuple(name for name in table.required if name not in fed and name not in constants)
    score = sum(_weight(table.column(fit.column), fit.strength) for fit in columns)
    score -= sum(0.5 if name == LENDER else 2.5 for name in missing)
    is_named = stem.split("-")[0] == table.name
    score += (4.0 if is_named else 2.0 if word else 0.0) + (1.0 if constants else 0.0)
    score += _shape_bonus(table.name, columns, sample) - _emptiness(table, columns, sample)
    # a file that is called like a table feeds it in any case
    if not is_named and not any(fit.column in table.required for fit in columns):
        score = min(score, 0.0)
    known = sum(fit.strength == EXACT for fit in columns)
    reason = f"{known} of {len(sample.columns)} columns are known by their names"
    if is_named or word:
        reason = f"name of the file{f' ({word})' if word and not is_named else ''}; {reason}"
    return TableFit(table.name, score, tuple(columns), constants, missing, reason, own_firm)


def _weight(column: ColumnSchema, strength: int) -> float:
    return (2.0 if column.required else 1.0) * (1.0 if strength == EXACT else 0.6)


def _emptiness(table: TableSchema, columns: Iterable[ColumnFit], sample: SampledTable) -> float:
    """Return what required columns count against a table that are empty in many rows."""
    required = [sample.column(fit.header) for fit in columns if fit.column in table.required]
    return 3.0 * sum(own.empty > _SELDOM_EMPTY * (own.empty + own.filled) for own in required)


def _shape_bonus(table: str, columns: Iterable[ColumnFit], sample: SampledTable) -> float:
    """Return what the number of rows per firm says: a list of firms has one, activity and trades have many."""
    header = next((fit.header for fit in columns if fit.column in ("firm_id", "supplier_id")), None)
    if header is None or not sample.rows:
        return 0.0
    column = sample.column(header)
    repeated = 1 - len(column.values) / max(1, column.filled)
    if table in ("firms", "labels"):
        return -3.0 if repeated > _REPEATED_IDS else 0.5
    if table == "financials":
        days = next((fit.header for fit in columns if fit.column == "on"), None)
        ends = days is not None and all("12" in v and "31" in v for v in sample.column(days).values)
        return 0.7 if ends else -0.7
    return 0.0


def _column_fits(table: TableSchema, sample: SampledTable, firm_ids: frozenset[str]) -> list[ColumnFit]:
    """Return which columns of a sample feed which columns of a table, each of them once."""
    matches: list[tuple[HeaderMatch, int, ColumnSchema, SampledColumn]] = []
    for column in table.columns:
        for place, own in enumerate(sample.columns):
            match = match_header(table.name, column.name, own.name) if sample.has_header else None
            if match and fits_kind(column, own):
                matches.append((match, place, column, own))
    matches.sort(key=lambda m: (-m[0].strength, m[0].place, m[1]))
    taken: dict[str, ColumnFit] = {}
    used: set[str] = set()
    for match, _, column, own in matches:
        if column.name in taken or own.name in used:
            continue
        reason = "header" if match.strength == EXACT else f"header has {match.word!r} in it"
        taken[column.name] = ColumnFit(column.name, own.name, match.strength, reason)
        used.add(own.name)
    for match, _, column, own in matches:
        fit = taken[column.name]
        if own.name not in used and match.strength == fit.strength:
            taken[column.name] = ColumnFit(
                fit.column, fit.header, fit.strength, fit.reason, (*fit.rivals, own.name)
            )
    _fit_own_firm(table, sample, taken, used)
    _fit_by_ids(table, sample, firm_ids, taken, used)
    _fit_by_content(table, sample, taken, used)
    return [taken[name] for name in table.names if name in taken]


def _fit_own_firm(
    table: TableSchema, sample: SampledTable, taken: dict[str, ColumnFit], used: set[str]
) -> None:
    """Add the firm whose trades a file has: it is called a firm there, and the partner a buyer or a seller."""
    ends = [name for name in ("supplier_id", "customer_id") if name in table.names and name not in taken]
    if len(ends) != 1:
        return
    for own in sample.columns:
        match = match_header("firms", "firm_id", own.name)
        if (
            match
            and match.strength == EXACT
            and own.name not in used
            and fits_kind(table.column(ends[0]), own)
        ):
            taken[ends[0]] = ColumnFit(ends[0], own.name, EXACT, _OWN_FIRM)
            used.add(own.name)
            return


def _fit_by_ids(
    table: TableSchema,
    sample: SampledTable,
    firm_ids: frozenset[str],
    taken: dict[str, ColumnFit],
    used: set[str],
) -> None:
    """Add required ids of firms whose cells are known ids; which of two is which end is left to a person."""
    if table.name in ("firms", "shipments"):
        # a carrier is no partner like others
        return
    ends = [n for n in table.required if "firms" in table.refs.get(n, ()) and n not in taken]
    left = [
        own.name
        for own in sample.columns
        if own.name not in used
        and own.values
        and len(own.values & firm_ids) >= _LEAST_KNOWN * len(own.values)
    ]
    if not ends or len(left) < len(ends):
        return
    for place, name in enumerate(ends):
        others = [other for other in left if other != left[place]]
        reason = "its cells are ids of the list of firms"
        taken[name] = ColumnFit(name, left[place], BY_CONTENT, reason, tuple(others))
        used.add(left[place])


def _fit_by_content(
    table: TableSchema, sample: SampledTable, taken: dict[str, ColumnFit], used: set[str]
) -> None:
    """Add required columns of days and amounts for which only one column of the file is left."""
    if not taken and sample.has_header:
        return
    for column in table.columns:
        if (
            not column.required
            or column.name in taken
            or column.kind not in (ColumnKind.DAY, ColumnKind.MONEY)
        ):
            continue
        left = [
            own
            for own in sample.columns
            if own.name not in used and own.filled and fits_kind(column, own) and _is_typical(column, own)
        ]
        if left:
            what = "days" if column.kind is ColumnKind.DAY else "amounts"
            reason = f"its cells are {what}; no header is known for {column.name}"
            taken[column.name] = ColumnFit(
                column.name, left[0].name, BY_CONTENT, reason, tuple(own.name for own in left[1:])
            )
            used.add(left[0].name)


def _is_typical(column: ColumnSchema, sample: SampledColumn) -> bool:
    """Return whether cells look like the kind by themselves: whole numbers may be ids, digits may be anything."""
    if column.kind is ColumnKind.DAY:
        return bool(sample.stored.get(DAY)) or _is_of_days(sample)
    stored = sample.stored.get(NUMBER, ())
    evidence = sample.numbers
    return bool(evidence.decimals or evidence.groups or evidence.signs) or any("." in text for text in stored)
