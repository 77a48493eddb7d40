"""Which columns of a file feed which columns of a table: by their headers, and by their cells."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from supplyrisk.graph.schema.contract import ColumnKind, ColumnSchema, TableSchema
from supplyrisk.loaders.drafting.header_dictionary import EXACT, HeaderMatch, header_words, match_header
from supplyrisk.loaders.drafting.sampled_table import DAY, FLAG, NUMBER, SampledColumn, SampledTable

_FITTING = 0.6
"""Share of a column's cells that have to be numbers or days for it to feed a column of them."""
_LEAST_KNOWN = 0.5
"""Share of a column's different cells that have to be ids of known firms for it to be a column of them."""
_MAX_FLAGS = 4
"""Different cells that a column of flags has at most."""
OWN_FIRM = "the id of a firm, and the only end of the trade that is left"
"""Reason of the column of the firm whose file it is."""
BY_CONTENT = 0
"""Strength of a column that only its cells speak for."""


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


def column_fits(table: TableSchema, sample: SampledTable, firm_ids: frozenset[str]) -> list[ColumnFit]:
    """Return which columns of a sample feed which columns of a table, each of them once.

    firm_ids: sampled ids of the lists of firms.
    """
    fits = _Fits(table, sample)
    fits.by_header()
    fits.own_firm()
    fits.by_ids(firm_ids)
    fits.by_content()
    return [fits.taken[name] for name in table.names if name in fits.taken]


@dataclass
class _Fits:
    """The columns of a table that are fed so far; the strongest signs come first."""

    table: TableSchema
    sample: SampledTable
    taken: dict[str, ColumnFit] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def by_header(self) -> None:
        """Take columns whose headers are in the dictionary."""
        matches = self._matches() if self.sample.has_header else []
        for match, column, own in matches:
            if column.name not in self.taken and own.name not in self.used:
                reason = "header" if match.strength == EXACT else f"header has {match.word!r} in it"
                self._take(ColumnFit(column.name, own.name, match.strength, reason))
        for match, column, own in matches:
            fit = self.taken.get(column.name)
            if fit and own.name not in self.used and match.strength == fit.strength:
                self.taken[column.name] = replace(fit, rivals=(*fit.rivals, own.name))

    def _matches(self) -> list[tuple[HeaderMatch, ColumnSchema, SampledColumn]]:
        """Return the headers that fit a column, the strongest first, then in the order of the dictionary."""
        matches = []
        for column in self.table.columns:
            for place, own in enumerate(self.sample.columns):
                match = match_header(self.table.name, column.name, own.name)
                if match and fits_kind(column, own):
                    matches.append((match, place, column, own))
        matches.sort(key=lambda m: (-m[0].strength, m[0].place, m[1]))
        return [(match, column, own) for match, _, column, own in matches]

    def own_firm(self) -> None:
        """Take the firm whose trades a file has: it is called a firm there, and the partner a buyer or a seller."""
        ends = [n for n in ("supplier_id", "customer_id") if n in self.table.names and n not in self.taken]
        if len(ends) != 1:
            return
        for own in self._left(self.table.column(ends[0])):
            match = match_header("firms", "firm_id", own.name)
            if match and match.strength == EXACT:
                self._take(ColumnFit(ends[0], own.name, EXACT, OWN_FIRM))
                return

    def by_ids(self, firm_ids: frozenset[str]) -> None:
        """Take required ids of firms whose cells are known ids; which of two is which end is left to a person."""
        if self.table.name in ("firms", "shipments"):
            # a carrier is no partner like others
            return
        refs = self.table.refs
        ends = [n for n in self.table.required if "firms" in refs.get(n, ()) and n not in self.taken]
        if not ends:
            return
        columns = self._left(self.table.column(ends[0]))
        left = [own.name for own in columns if len(own.values & firm_ids) >= _LEAST_KNOWN * len(own.values)]
        if len(left) < len(ends):
            return
        for name, header in zip(ends, left, strict=False):
            others = tuple(other for other in left if other != header)
            self._take(ColumnFit(name, header, BY_CONTENT, "its cells are ids of the list of firms", others))

    def by_content(self) -> None:
        """Take required columns of days and amounts by their cells."""
        if not self.taken and self.sample.has_header:
            return
        for column in self.table.columns:
            if not column.required or column.name in self.taken:
                continue
            if column.kind in (ColumnKind.DAY, ColumnKind.MONEY):
                left = [own.name for own in self._left(column) if _is_typical(column, own)]
                what = "days" if column.kind is ColumnKind.DAY else "amounts"
                reason = f"its cells are {what}; no header is known for {column.name}"
                if left:
                    self._take(ColumnFit(column.name, left[0], BY_CONTENT, reason, tuple(left[1:])))

    def _left(self, column: ColumnSchema) -> list[SampledColumn]:
        """Return the columns of the file that feed nothing yet, have cells, and fit a column by their kind."""
        columns = [own for own in self.sample.columns if own.name not in self.used and own.filled]
        return [own for own in columns if fits_kind(column, own)]

    def _take(self, fit: ColumnFit) -> None:
        self.taken[fit.column] = fit
        self.used.add(fit.header)


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
            return (
                all(value.casefold() in known for value in sample.values) and len(sample.values) <= _MAX_FLAGS
            )
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


def _is_typical(column: ColumnSchema, sample: SampledColumn) -> bool:
    """Return whether cells look like the kind by themselves: whole numbers may be ids, digits may be anything."""
    if column.kind is ColumnKind.DAY:
        return bool(sample.stored.get(DAY)) or _is_of_days(sample)
    stored = sample.stored.get(NUMBER, ())
    evidence = sample.numbers
    return bool(evidence.decimals or evidence.groups or evidence.signs) or any("." in text for text in stored)
