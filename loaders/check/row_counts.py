"""Counting what became of every row, in the working database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.snapshot.default_counts import DefaultCounts, count_defaults
from supplyrisk.graph.workspace.tables import DatasetInfo
from supplyrisk.loaders.append.append_notes import append_notes
from supplyrisk.loaders.append.stored_rows import Append
from supplyrisk.loaders.check.added_firms import added_firms
from supplyrisk.loaders.check.contract_views import create_contract_views
from supplyrisk.loaders.check.fault_groups import group_faults
from supplyrisk.loaders.check.firm_notes import added_firm_notes, both_end_notes
from supplyrisk.loaders.check.label_notes import label_notes
from supplyrisk.loaders.check.load_notes import file_notes, row_notes
from supplyrisk.loaders.check.load_report import LoadReport, RowCount, SourceReport, TableReport
from supplyrisk.loaders.check.merged_firms import MergedFirms
from supplyrisk.loaders.check.quarantine import first_faults
from supplyrisk.loaders.check.reconcile import loaded_rows, repeated_rows
from supplyrisk.loaders.check.reshaping_notes import reshaping_notes
from supplyrisk.loaders.check.row_versions import corrections
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import FAULTS, scalar_count


@dataclass(frozen=True)
class CountedDefaults:
    """What a report counts as a default, and the chosen horizon; see `count_defaults`."""

    definition: DefaultDefinition = defaults.DEFAULT_DEFINITION
    horizon_days: int = defaults.HORIZON_DAYS


@dataclass(frozen=True)
class ReportOptions:
    """Options of a report.

    max_bad: largest share of a table's rows in quarantine with which the data may be loaded.
    append: the data that the rows are appended to.
    merged: firms that were merged.
    """

    max_bad: float
    counted: CountedDefaults
    append: Append | None = None
    merged: MergedFirms = field(default_factory=MergedFirms)


def build_report(
    con: duckdb.DuckDBPyConnection,
    works: Mapping[str, TableWork],
    info: DatasetInfo,
    ignored: list[str],
    options: ReportOptions,
) -> LoadReport:
    """Return the report on a working database after all checks.

    Parameters
    ----------
    con: the working database.
    works: the tables, by name.
    info: the data set.
    ignored: names of files that nothing reads.
    options: what may be bad, and what counts as a default.
    """
    sources: list[SourceReport] = []
    tables: list[TableReport] = []
    for work in works.values():
        counts = _count_rows(con, work)
        for source in work.sources:
            entry = source.source.map
            left_out = tuple(name for name in source.binding.left_out if not entry.is_ignored(name))
            count = counts[source.number]
            sources.append(
                SourceReport(source.source.name, work.name, count, left_out, source.joins, source.merged)
            )
        total = sum(counts.values(), RowCount(0, 0, 0, 0))
        extra = info.extra.get(work.name, {})
        tables.append(TableReport(work.name, total, repeated_rows(con, work), extra, corrections(con, work)))
    added = added_firms(con, works)
    default_counts = _default_counts(con, works, options, info)
    return LoadReport(
        name=info.name,
        undated=info.undated,
        currency=info.currency,
        max_bad=options.max_bad,
        sources=tuple(sources),
        tables=tuple(tables),
        ignored=tuple(ignored),
        notes=(
            *file_notes(sources, tables, ignored),
            *options.merged.notes(),
            *added_firm_notes(added),
            *both_end_notes(con),
            *reshaping_notes(sources),
            *row_notes(con, works, info),
            *label_notes(con, info),
            *append_notes(con, works, options.append),
        ),
        breaches=(
            *_breaches(tables, options.max_bad, has_firms=bool(added or options.append)),
            *_labels_without_day(tables, info),
        ),
        faults=first_faults(con, works),
        fault_groups=group_faults(con, works),
        fault_count=scalar_count(con, f"SELECT count(*) FROM {FAULTS}"),
        default_counts=default_counts,
        added_firms=added,
        merged_firms=options.merged,
    )


def _default_counts(
    con: duckdb.DuckDBPyConnection,
    works: Mapping[str, TableWork],
    options: ReportOptions,
    info: DatasetInfo,
) -> DefaultCounts:
    create_contract_views(con, works, options.append.data if options.append else None)
    counted = options.counted
    return count_defaults(con, counted.definition, counted.horizon_days, info)


def _count_rows(con: duckdb.DuckDBPyConnection, work: TableWork) -> dict[int, RowCount]:
    """Count rows by source; each number is counted by itself, so that a row that gets lost cannot go unnoticed."""
    bad = f"SELECT src FROM typed_{work.name} WHERE bad UNION ALL SELECT src FROM out_{work.name}"
    loaded_by_source = _count_by_source(con, loaded_rows(work))
    bad_by_source = _count_by_source(con, bad)
    repeats_by_source = _count_by_source(con, f"FROM again_{work.name}")
    blanked_by_source = _count_blanked(con, work)
    counts = {}
    for source in work.sources:
        loaded = loaded_by_source.get(source.number, 0)
        # lines that are no rows never reached the database
        quarantined = bad_by_source.get(source.number, 0) + source.bad_lines
        duplicates = repeats_by_source.get(source.number, 0)
        blanked = blanked_by_source.get(source.number, 0)
        rows = source.rows + source.bad_lines
        count = RowCount(rows, loaded, quarantined, duplicates, source.dropped, blanked)
        # a bug, not a fault of the data: better no report than one that does not add up
        if count.rows != count.loaded + count.quarantined + count.duplicates + count.dropped:
            raise AssertionError(f"rows of {source.source.name} do not add up: {count}")
        counts[source.number] = count
    return counts


def _count_blanked(con: duckdb.DuckDBPyConnection, work: TableWork) -> dict[int, int]:
    """Return the number of bad cells that are left empty, by source; also those of rows that are bad otherwise."""
    cells = [
        f"pos = {field.position} AND list_contains({sources}, src)"
        for field in work.fields
        if (sources := work.blanking(field))
    ]
    if not cells:
        return {}
    return _count_by_source(con, f"FROM {FAULTS} WHERE tab = {work.number} AND ({' OR '.join(cells)})")


def _count_by_source(con: duckdb.DuckDBPyConnection, rows: str) -> dict[int, int]:
    """Return the number of rows of an SQL query by source."""
    return dict(con.execute(f"SELECT src, count(*) FROM ({rows}) GROUP BY src").fetchall())


def _labels_without_day(tables: list[TableReport], info: DatasetInfo) -> list[str]:
    """Return why labels in dated data may not be loaded, in a list: nothing says by which day they are known."""
    if not info.has_window:
        return []
    return [
        f"labels: {t.count.loaded:,} outcomes have no day, and the other tables do; state the day by which they are "
        "known as as_of under [labels] in the mapping, or undated = true if no row has a usable day"
        for t in tables
        if t.table == "labels" and t.count.loaded
    ]


def _breaches(tables: list[TableReport], max_bad: float, *, has_firms: bool) -> tuple[str, ...]:
    """Return the reasons why nothing may be loaded; has_firms: whether there are firms without a row in firms."""
    breaches = [
        f"{t.table}: {t.count.quarantined:,} of {t.count.rows - t.count.dropped:,} rows are bad"
        for t in tables
        # rows that the mapping drops must not make the others look better
        if t.count.quarantined and t.count.quarantined / (t.count.rows - t.count.dropped) > max_bad
    ]
    empty = not has_firms and any(t.table == "firms" and t.count.loaded == 0 for t in tables)
    return tuple(breaches + (["firms: no row can be loaded"] if empty else []))
