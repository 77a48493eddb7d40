"""Reading, checking and loading a folder of tables: the loaders' public functions."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from supplyrisk.graph.errors import DataError, WorkspaceError
from supplyrisk.graph.workspace.tables import DatasetInfo, write_json_atomically
from supplyrisk.loaders.check.cell_rules import Currency, sql_type
from supplyrisk.loaders.check.faulty_files import faulty_files, table_works_of
from supplyrisk.loaders.check.load_report import QUARANTINE, LoadReport
from supplyrisk.loaders.check.quarantine import faults, write_quarantine
from supplyrisk.loaders.check.reconcile import reconcile
from supplyrisk.loaders.check.row_counts import summarise
from supplyrisk.loaders.check.typed_rows import TableWork, check_cells, currencies
from supplyrisk.loaders.mappings import mapping_file
from supplyrisk.loaders.mappings.mapping import Mapping as DataMapping
from supplyrisk.loaders.read.column_binding import folded_name
from supplyrisk.loaders.read.ingest import IngestedSource, ReadOptions, ingest, open_database
from supplyrisk.loaders.read.source_files import SourceFile, find_sources
from supplyrisk.loaders.read.text_scan import checked_encoding
from supplyrisk.loaders.workspace_writer import publish, write_tables, writing

Progress = Callable[[str, int, int], None]
"""Called with what is about to be done, the steps done so far and the steps in all."""
MEMORY = "4GB"


@dataclass(frozen=True)
class _Job:
    """What to load, and how."""

    folder: Path
    mapping: DataMapping
    encoding: str
    max_bad: float
    progress: Progress | None

    def tell(self, step: str, done: int, steps: int) -> None:
        """Report progress to whoever asked for it."""
        if self.progress:
            self.progress(step, done, steps)


def validate(
    folder: str | Path,
    mapping: str | Path | DataMapping | None = None,
    encoding: str = "utf-8",
    max_bad: float | None = None,
) -> LoadReport:
    """Check every row of a folder without loading or writing anything.

    The report's breaches say why `load` would refuse; its faults are the quarantine's rows.

    Parameters
    ----------
    folder: holds the tables as CSV, CSV.GZ, Parquet or JSON Lines.
    mapping: a mapping's name or file; None: file and column names are the contract's.
    encoding: of CSV and JSON Lines.
    max_bad: share of each table's rows that may be quarantined; None: what the mapping says, else 0.

    Raises
    ------
    FaultyFiles: a DataError: files that cannot be used as a whole, all of them at once, with the faults of their rows.
    WorkspaceError: no memory or disk space left for the check.
    """
    job = _job(Path(folder), mapping, encoding, max_bad)
    with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary, _checked(job, Path(temporary)) as done:
        return done.report


def load(  # noqa: PLR0913 - the command's flags, one by one
    folder: str | Path,
    workspace: str | Path,
    mapping: str | Path | DataMapping | None = None,
    encoding: str = "utf-8",
    max_bad: float | None = None,
    *,
    progress: Progress | None = None,
) -> LoadReport:
    """Check every row of a folder and make the good ones the workspace's data; parameters as in `validate`.

    The quarantine (quarantine/quarantine.csv and report.json in the workspace) is written in any case; the
    data are replaced as a whole or not at all.

    Raises
    ------
    DataError: files that cannot be used as a whole, or too many bad rows: nothing is loaded.
    WorkspaceError: the workspace cannot be written, another load is writing it, or there is no room left.
    """
    job = _job(Path(folder), mapping, encoding, max_bad, progress)
    target = Path(workspace)
    with writing(target) as temporary, _checked(job, temporary) as done:
        if done.report.breaches:
            report = _write_quarantine(done, target)
            raise _refusal(report)
        job.tell("writing", done.steps - 1, done.steps)
        info = write_tables(done.con, done.works, done.info, temporary / "out")
        done.report = replace(done.report, content_hash=info.content_hash)
        report = _write_quarantine(done, target)
        publish(target, temporary / "out", info)
        return report


@dataclass
class _Checked:
    """A folder after all checks, while its working database is open."""

    con: duckdb.DuckDBPyConnection
    works: dict[str, TableWork]
    info: DatasetInfo
    report: LoadReport
    steps: int


def _job(
    folder: Path,
    mapping: str | Path | DataMapping | None,
    encoding: str,
    max_bad: float | None,
    progress: Progress | None = None,
) -> _Job:
    if mapping is None:
        mapping = mapping_file.synthetic_mapping(folder)
    elif not isinstance(mapping, DataMapping):
        mapping = mapping_file.read_mapping(mapping)
    share = mapping.max_bad if max_bad is None else max_bad
    if not 0 <= share <= 1:
        raise DataError(f"max_bad is {share}", "a share from 0 to 1")
    return _Job(folder, mapping, checked_encoding(encoding), share, progress)


@contextmanager
def _checked(job: _Job, temporary: Path) -> Iterator[_Checked]:
    sources, ignored, found = find_sources(job.folder, job.mapping)
    con = open_database(temporary / "spill", MEMORY, min(os.cpu_count() or 1, 8))
    try:
        how = ReadOptions(temporary / "cells", job.encoding, job.mapping.undated)
        works = _read(con, job, how, sources, found)
        currency = _currency(con, job.mapping, works)
        steps = _steps(sources)
        for place, work in enumerate(works.values(), len(sources)):
            job.tell(f"checking {work.name}", place, steps)
            check_cells(con, work, job.mapping.undated, currency)
        job.tell("comparing rows", steps - 2, steps)
        reconcile(con, works)
        info = _info(job, works, currency)
        yield _Checked(con, works, info, summarise(con, works, info, job.max_bad, ignored), steps)
    except (duckdb.IOException, duckdb.OutOfMemoryException) as fault:
        why = str(fault).splitlines()[0]
        raise WorkspaceError(
            f"no room to check {job.folder} ({why})", remedy="free memory or disk space"
        ) from fault
    finally:
        con.close()


def _read(
    con: duckdb.DuckDBPyConnection, job: _Job, how: ReadOptions, sources: list[SourceFile], found: list[str]
) -> dict[str, TableWork]:
    """Every source in the database, and the texts of each table; raises the faults of all files at once."""
    ingested: list[IngestedSource] = []
    for place, source in enumerate(sources):
        job.tell(f"reading {source.name}", place, _steps(sources))
        done, faulty = ingest(con, place, source, how)
        found += faulty
        ingested += [done] if done else []
    found += _own_columns(ingested)
    if found:
        raise faulty_files(con, ingested, job.mapping, found)
    return table_works_of(con, ingested)


def _steps(sources: list[SourceFile]) -> int:
    """Reading each source, checking each table, comparing rows, writing."""
    return len(sources) + len({s.table for s in sources}) + 2


def _own_columns(ingested: list[IngestedSource]) -> list[str]:
    """Unknown columns that are one name in one file and nearly the same in another."""
    faulty = []
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for source in ingested:
        for name in source.binding.extras:
            key = (source.source.table, folded_name(name))
            other, file = seen.setdefault(key, (name, source.source.name))
            if other != name:
                faulty.append(
                    f"{source.source.name}: column {name!r} is {other!r} in {file}, expected one spelling"
                )
    return faulty


def _currency(
    con: duckdb.DuckDBPyConnection, mapping: DataMapping, works: Mapping[str, TableWork]
) -> Currency:
    """The mapping's currency, else the one that all rows name."""
    if mapping.currency is not None or "supplies" not in works:
        return Currency(mapping.currency, dict(mapping.rates))
    named = currencies(con, works["supplies"])
    if len(named) > 1:
        raise DataError(
            f"supplies are in {', '.join(named[:10])}",
            "one currency",
            "give [currency] default and rates in a mapping",
        )
    return Currency(named[0] if named else None, {})


def _info(job: _Job, works: Mapping[str, TableWork], currency: Currency) -> DatasetInfo:
    extra = {
        name: {f.name: sql_type(f.kind) for f in work.fields if f.column is None}
        for name, work in works.items()
        if any(f.column is None for f in work.fields)
    }
    return DatasetInfo(
        name=job.mapping.name or "data",
        undated=job.mapping.undated,
        synthetic=job.mapping.synthetic,
        currency=currency.default,
        standing=job.mapping.standing,
        extra=extra,
    )


def _write_quarantine(done: _Checked, workspace: Path) -> LoadReport:
    folder = workspace / QUARANTINE
    folder.mkdir(exist_ok=True)
    report = replace(done.report, quarantine=folder / "quarantine.csv")
    write_quarantine(folder / "quarantine.csv", faults(done.con, done.works))
    write_json_atomically(folder / "report.json", report.to_json())
    return report


def _refusal(report: LoadReport) -> DataError:
    shown = [
        f"{f['file']} line {f['line']}: {f['column'] or 'line'} {f['value']!r} ({f['accepted']})"
        for f in report.faults.slice(0, 3).to_pylist()
    ]
    more = report.fault_count - len(shown)
    examples = "; ".join(shown) + (f"; and {more:,} more faults" if more > 0 else "")
    remedy = f"nothing was loaded; see {report.quarantine}, or raise --max-bad"
    return report.refusal(remedy, examples if shown else "")
