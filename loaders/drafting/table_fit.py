"""Which table the columns of a file fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from supplyrisk.graph.schema.contract import TABLES, ColumnSchema, TableSchema
from supplyrisk.loaders.drafting.column_fits import OWN_FIRM, ColumnFit, column_fits
from supplyrisk.loaders.drafting.header_dictionary import EXACT, header_words, implied_constant, match_file
from supplyrisk.loaders.drafting.sampled_table import SampledTable
from supplyrisk.loaders.read.endings import without_ending

_REPEATED_IDS = 0.5
"""Share of repeated ids from which a file is no list of firms."""
_SELDOM_EMPTY = 0.3
"""Share of empty cells from which a column is not one that every row fills."""
_MISSING_COSTS = 2.5
_LENDER_COSTS = 0.5
"""What a required column that nothing feeds takes off the score, which is 2 for one that a header feeds."""
LENDER = "lender_id"
"""A lender's own export seldom names the lender: a constant does."""


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


def _table_fit(table: TableSchema, sample: SampledTable, firm_ids: frozenset[str]) -> TableFit:
    folder, _, name = sample.file.rpartition("/")
    stem = without_ending(name)
    columns = column_fits(table, sample, firm_ids)
    fed = {fit.column for fit in columns}
    constants: dict[str, tuple[str, str]] = {}
    for column in header_words().table(table.name).implied:
        implied = implied_constant(table.name, column, stem, sample.part, *(fit.header for fit in columns))
        if implied and column not in fed:
            constants[column] = implied
    missing = tuple(name for name in table.required if name not in fed and name not in constants)
    score = sum(_weight(table.column(fit.column), fit.strength) for fit in columns)
    score -= sum(_LENDER_COSTS if name == LENDER else _MISSING_COSTS for name in missing)
    score += _shape_bonus(table.name, columns, sample) - _emptiness(table, columns, sample)
    is_named = stem.split("-")[0] == table.name
    word = match_file(table.name, f"{folder} {stem} {sample.part}")
    score += (4.0 if is_named else 2.0 if word else 0.0) + (1.0 if constants else 0.0)
    # a file that is called like a table feeds it in any case
    if not is_named and not any(fit.column in table.required for fit in columns):
        score = min(score, 0.0)
    known = sum(fit.strength == EXACT for fit in columns)
    reason = f"{known} of {len(sample.columns)} columns are known by their names"
    if is_named or word:
        reason = f"name of the file{f' ({word})' if word and not is_named else ''}; {reason}"
    own_firm = next((fit.column for fit in columns if fit.reason == OWN_FIRM), "")
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
