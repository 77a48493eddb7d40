"""What became of every row, counted in the working database."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from supplyrisk.graph.workspace.tables import DatasetInfo
from supplyrisk.loaders.check.load_notes import file_notes, row_notes
from supplyrisk.loaders.check.load_report import LoadReport, RowCount, SourceReport, TableReport
from supplyrisk.loaders.check.quarantine import first_faults
from supplyrisk.loaders.check.reconcile import loaded_rows, repeated_rows
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import FAULTS, count_of


def summarise(
    con: duckdb.DuckDBPyConnection,
    works: Mapping[str, TableWork],
    info: DatasetInfo,
    max_bad: float,
    ignored: list[str],
) -> LoadReport:
    """The report on a working database after all checks."""
    sources: list[SourceReport] = []
    tables: list[TableReport] = []
    for work in works.values():
        counts = _counts(con, work)
        for source in work.sources:
            left_out = source.binding.left_out
            sources.append(SourceReport(source.source.name, work.name, counts[source.number], left_out))
        total = sum(counts.values(), RowCount(0, 0, 0, 0))
        tables.append(TableReport(work.name, total, repeated_rows(con, work), info.extra.get(work.name, {})))
    return LoadReport(
        name=info.name,
        undated=info.undated,
        currency=info.currency,
        max_bad=max_bad,
        sources=tuple(sources),
        tables=tuple(tables),
        ignored=tuple(ignored),
        notes=(*file_notes(sources, tables, ignored), *row_notes(con, works, info)),
        breaches=_breaches(tables, max_bad),
        faults=first_faults(con, works),
        fault_count=count_of(con, f"SELECT count(*) FROM {FAULTS}"),
    )


def _counts(con: duckdb.DuckDBPyConnection, work: TableWork) -> dict[int, RowCount]:
    """Per source: every number counted by itself, so that a row lost on the way cannot go unseen."""
    bad = f"SELECT src FROM typed_{work.name} WHERE bad UNION ALL SELECT src FROM out_{work.name}"
    found = [
        dict(con.execute(f"SELECT src, count(*) FROM ({query}) GROUP BY src").fetchall())
        for query in (loaded_rows(work), bad, f"FROM again_{work.name}")
    ]
    counts = {}
    for source in work.sources:
        loaded, quarantined, duplicates = (f.get(source.number, 0) for f in found)
        count = RowCount(source.rows + source.bad_lines, loaded, quarantined + source.bad_lines, duplicates)
        if count.rows != count.loaded + count.quarantined + count.duplicates:
            raise AssertionError(f"rows of {source.source.name} do not add up: {count}")
        counts[source.number] = count
    return counts


def _breaches(tables: list[TableReport], max_bad: float) -> tuple[str, ...]:
    """Why nothing may be loaded."""
    breaches = [
        f"{t.table}: {t.count.quarantined:,} of {t.count.rows:,} rows are bad"
        for t in tables
        if t.count.rows and t.count.quarantined / t.count.rows > max_bad
    ]
    empty = any(t.table == "firms" and t.count.loaded == 0 for t in tables)
    return tuple(breaches + (["firms: not one row can be loaded"] if empty else []))
