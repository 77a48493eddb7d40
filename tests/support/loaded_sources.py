"""Loading a folder by a mapping that comes with scgraph, and the rows of its tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from supplyrisk.graph import read_workspace
from supplyrisk.loaders import LoadReport, load

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sources"
Row = dict[str, object]


def loaded(folder: Path, name: str, workspace: Path) -> tuple[LoadReport, dict[str, list[Row]]]:
    """Load a folder by a mapping, and return the report and the rows of each table.

    Rows have no empty cells, days are texts, and they are sorted by their cells.
    """
    report = load(folder, workspace, name)
    tables = {}
    for table, path in read_workspace(workspace).sources.items():
        assert isinstance(path, Path)
        tables[table] = sorted(map(_filled, pq.read_table(path).to_pylist()), key=repr)
    return report, tables


def _filled(row: Row) -> Row:
    return {
        name: str(value) if isinstance(value, date) else value
        for name, value in row.items()
        if value is not None
    }


def counts(report: LoadReport, table: str) -> tuple[int, int, int, int, int]:
    """Rows of a table: all, loaded, quarantined, duplicates, dropped."""
    count = report.table(table).count
    return (count.rows, count.loaded, count.quarantined, count.duplicates, count.dropped)
