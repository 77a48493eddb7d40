"""What became of every row: the value that `validate` and `load` return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from supplyrisk.graph.errors import DataError

QUARANTINE = "quarantine"


@dataclass(frozen=True)
class RowCount:
    """rows = loaded + quarantined + duplicates, always."""

    rows: int
    loaded: int
    quarantined: int
    duplicates: int

    def __add__(self, other: RowCount) -> RowCount:
        return RowCount(
            self.rows + other.rows,
            self.loaded + other.loaded,
            self.quarantined + other.quarantined,
            self.duplicates + other.duplicates,
        )

    def to_json(self) -> dict[str, object]:
        """The four numbers by name."""
        return {
            "rows": self.rows,
            "loaded": self.loaded,
            "quarantined": self.quarantined,
            "duplicates": self.duplicates,
        }


@dataclass(frozen=True)
class SourceReport:
    """One file as it feeds one table; left_out names its columns that nothing reads."""

    file: str
    table: str
    count: RowCount
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableReport:
    """One table over all its files.

    repeated: loaded rows that equal an earlier one in a table without a key; each is kept as one of its own.
    extra: the columns beyond the contract that are kept, with their SQL types.
    """

    table: str
    count: RowCount
    repeated: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadReport:
    """What became of every row of a folder.

    ignored: files of the folder that nothing reads. breaches: why nothing was or may be loaded; empty when
    all is well. faults: the quarantine's first rows (table, file, line, column, value, rule, accepted,
    remedy), fault_count their number in all; a line is counted from 1, the header being line 1, and in
    Parquet is the row's number from 1. quarantine: where they are written, None when nothing was written.
    content_hash: of what was loaded; None when nothing was.
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
    fault_count: int
    quarantine: Path | None = None
    content_hash: str | None = None

    @property
    def total(self) -> RowCount:
        """All tables together."""
        return sum((t.count for t in self.tables), RowCount(0, 0, 0, 0))

    def table(self, name: str) -> TableReport:
        """The report on one table; KeyError where no file feeds it."""
        for report in self.tables:
            if report.table == name:
                return report
        raise KeyError(f"no file feeds {name}")

    def refusal(self, remedy: str, examples: str = "") -> DataError:
        """Why nothing was or may be loaded, as an error; examples: faults to name, remedy: what to do about it."""
        return DataError(
            "; ".join(self.breaches) + (f"; {examples}" if examples else ""),
            f"at most a share of {self.max_bad:g} of each table's rows, and at least one firm",
            remedy,
        )

    def to_json(self) -> dict[str, object]:
        """The report without its faults, for JSON: no path of this machine, no NaN."""
        return {
            "name": self.name,
            "undated": self.undated,
            "currency": self.currency,
            "max_bad": self.max_bad,
            "sources": [
                {"file": s.file, "table": s.table, **s.count.to_json(), "left_out": list(s.left_out)}
                for s in self.sources
            ],
            "tables": [
                {"table": t.table, **t.count.to_json(), "repeated": t.repeated, "extra": dict(t.extra)}
                for t in self.tables
            ],
            "total": self.total.to_json(),
            "ignored": list(self.ignored),
            "notes": list(self.notes),
            "breaches": list(self.breaches),
            "faults": self.fault_count,
            "quarantine": f"{QUARANTINE}/quarantine.csv" if self.quarantine else None,
            "content_hash": self.content_hash,
        }
