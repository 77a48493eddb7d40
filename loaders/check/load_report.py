"""The report on a load, which `validate` and `load` return: what became of every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.snapshot.default_counts import DefaultCounts
from supplyrisk.loaders.check.added_firms import AddedFirms
from supplyrisk.loaders.check.data_warnings.data_warning import DataWarning
from supplyrisk.loaders.check.fault_groups import FaultGroup
from supplyrisk.loaders.check.merged_firms import MergedFirms
from supplyrisk.loaders.read.reshaped_counts import EventCounts, GroupCounts, JoinCounts

QUARANTINE = "quarantine"


@dataclass(frozen=True)
class RowCount:
    """Numbers of rows; rows = loaded + quarantined + duplicates + dropped, always.

    dropped: by the mapping's where and where_not.
    blanked: bad cells that are left empty, as on_bad_cell of the mapping says; a number of cells, so no part of rows.
    """

    rows: int
    loaded: int
    quarantined: int
    duplicates: int
    dropped: int = 0
    blanked: int = 0

    def __add__(self, other: RowCount) -> RowCount:
        return RowCount(
            self.rows + other.rows,
            self.loaded + other.loaded,
            self.quarantined + other.quarantined,
            self.duplicates + other.duplicates,
            self.dropped + other.dropped,
            self.blanked + other.blanked,
        )

    def to_json(self) -> dict[str, object]:
        """Return the numbers by name."""
        return asdict(self)


@dataclass(frozen=True)
class SourceReport:
    """The report on one file and the table it feeds.

    Parameters
    ----------
    file, table: their names.
    count: what became of its rows.
    left_out: its columns that are not loaded and that the mapping does not ignore.
    joins: what became of the files that are joined to it.
    merged: what became of its events, if it is an event log, or of its rows, if they are grouped; `count` is of cases
        or groups then. Of several files that are read together, the first has the counts of all.
    """

    file: str
    table: str
    count: RowCount
    left_out: tuple[str, ...] = ()
    joins: tuple[JoinCounts, ...] = ()
    merged: EventCounts | GroupCounts | None = None

    def to_json(self) -> dict[str, object]:
        """Return the report for JSON; joins and events only where there are any."""
        stated: dict[str, object] = {"file": self.file, "table": self.table, **self.count.to_json()}
        stated["left_out"] = list(self.left_out)
        if self.joins:
            stated["joins"] = [join.to_json() for join in self.joins]
        if self.merged:
            stated["events" if isinstance(self.merged, EventCounts) else "group"] = self.merged.to_json()
        return stated


@dataclass(frozen=True)
class TableReport:
    """The report on one table over all its files.

    Parameters
    ----------
    table: name of the table.
    count: what became of its rows.
    repeated: loaded rows that equal an earlier one in a table without a key; all of them are kept.
    extra: columns beyond the contract that are kept, with their SQL types.
    corrections: loaded rows that are later versions of a row.
    """

    table: str
    count: RowCount
    repeated: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)
    corrections: int = 0


@dataclass(frozen=True)
class LoadReport:
    """The report on a folder.

    Parameters
    ----------
    name, undated, currency: of the data set.
    max_bad: largest share of a table's rows in quarantine with which the data may be loaded.
    sources, tables: reports on files and tables.
    ignored: names of files in the folder that nothing reads.
    notes: remarks that do not keep the data from being loaded, the texts of the warnings among them.
    warnings: patterns in the data that are likely to be mistakes.
    breaches: reasons why nothing was or may be loaded; empty if there is none.
    faults: the first rows of the quarantine (table, file, line, column, value, rule, accepted, remedy; blanked: whether
        the cell is left empty, so that it keeps no row from being loaded). Lines are counted from 1, a CSV's header
        being line 1; in Parquet, they are row numbers from 1.
    fault_groups: all faults by kind, the largest group first.
    fault_count: number of all rows of the quarantine.
    default_counts: how many defaults the loaded rows hold, and how many can be learned from.
    added_firms: firms that are in no list of firms and were added; empty where there are none.
    merged_firms: firms that accepted matches merge.
    quarantine: file of the quarantine; None where nothing was written.
    content_hash: SHA-256 of what was loaded; None where nothing was.
    """

    name: str
    undated: bool
    currency: str | None
    max_bad: float
    sources: tuple[SourceReport, ...]
    tables: tuple[TableReport, ...]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]
    breaches: tuple[str, ...]
    faults: pa.Table
    fault_groups: tuple[FaultGroup, ...]
    fault_count: int
    default_counts: DefaultCounts
    added_firms: tuple[AddedFirms, ...] = ()
    merged_firms: MergedFirms = field(default_factory=MergedFirms)
    quarantine: Path | None = None
    content_hash: str | None = None
    warnings: tuple[DataWarning, ...] = ()

    @property
    def total(self) -> RowCount:
        """Numbers of rows of all tables together."""
        return sum((t.count for t in self.tables), RowCount(0, 0, 0, 0))

    def with_warnings(self, warnings: Sequence[DataWarning]) -> LoadReport:
        """Return the report with warnings, also among its notes."""
        return replace(self, notes=(*self.notes, *map(str, warnings)), warnings=tuple(warnings))

    def table(self, name: str) -> TableReport:
        """Return the report on one table; raises KeyError where no file feeds it."""
        for report in self.tables:
            if report.table == name:
                return report
        raise KeyError(f"no file feeds {name}")

    def refusal(self, remedy: str, examples: str = "") -> DataError:
        """Return the breaches as an error.

        Parameters
        ----------
        remedy: what to do about them.
        examples: faults to name; none by default.
        """
        text = "; ".join(self.breaches) + (f"; {examples}" if examples else "")
        if not self.rows_are_bad:
            return DataError(text, None, remedy)
        rows = f"at most a share of {self.max_bad:g} of each table's rows to be bad, and at least one firm"
        return DataError(text, rows, remedy)

    @property
    def rows_are_bad(self) -> bool:
        """Whether rows are in quarantine, or there are no firms; other breaches concern the data as a whole."""
        return self.total.quarantined > 0 or not any(
            t.table == "firms" and t.count.loaded for t in self.tables
        )

    def to_json(self) -> dict[str, object]:
        """Return the report without its faults, for JSON: no absolute path and no NaN."""
        return {
            "name": self.name,
            "undated": self.undated,
            "currency": self.currency,
            "max_bad": self.max_bad,
            "sources": [source.to_json() for source in self.sources],
            "tables": [
                {
                    "table": t.table,
                    **t.count.to_json(),
                    "repeated": t.repeated,
                    "corrections": t.corrections,
                    "extra": dict(t.extra),
                }
                for t in self.tables
            ],
            "total": self.total.to_json(),
            "ignored": list(self.ignored),
            "notes": list(self.notes),
            "warnings": [warning.to_json() for warning in self.warnings],
            "breaches": list(self.breaches),
            "faults": self.fault_count,
            "fault_groups": [group.to_json() for group in self.fault_groups],
            "defaults": self.default_counts.to_json(),
            "added_firms": [firms.to_json() for firms in self.added_firms],
            "merged_firms": self.merged_firms.to_json(),
            "quarantine": f"{QUARANTINE}/quarantine.csv" if self.quarantine else None,
            "content_hash": self.content_hash,
        }
