"""Reading, checking and loading a folder of tables: the public functions of the loaders."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb

from supplyrisk.graph.errors import DataError, WorkspaceError
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.tables import DatasetInfo, write_json_atomically
from supplyrisk.loaders.append.fingerprints import fingerprints_to_store, with_fingerprints
from supplyrisk.loaders.append.stored_data import (
    StoredData,
    appended_currency,
    appended_info,
    check_has_data,
    read_stored,
)
from supplyrisk.loaders.append.stored_rows import append_to
from supplyrisk.loaders.check.cell_rules import sql_type
from supplyrisk.loaders.check.currency_names import (
    one_code,
    other_names,
    same_currency,
    values_key,
    with_other_names,
)
from supplyrisk.loaders.check.data_warnings.collect import data_warnings
from supplyrisk.loaders.check.data_warnings.data_warning import DataWarning
from supplyrisk.loaders.check.faulty_files import build_table_works, faulty_files
from supplyrisk.loaders.check.firm_lists import with_firms
from supplyrisk.loaders.check.folder_faults import outcomes_as_features, rowless_files, spelling_faults
from supplyrisk.loaders.check.load_refusal import refusal_of
from supplyrisk.loaders.check.load_report import QUARANTINE, LoadReport
from supplyrisk.loaders.check.merge_consequences import with_consequences
from supplyrisk.loaders.check.merged_firms import merge_firms
from supplyrisk.loaders.check.quarantine import read_faults, write_quarantine
from supplyrisk.loaders.check.reconcile import reconcile
from supplyrisk.loaders.check.row_counts import CountedDefaults, ReportOptions, build_report
from supplyrisk.loaders.check.row_versions import with_versions
from supplyrisk.loaders.check.typed_rows import TableWork, check_cells, currencies
from supplyrisk.loaders.mappings import mapping_file
from supplyrisk.loaders.mappings.mapping import Currency
from supplyrisk.loaders.mappings.mapping import Mapping as DataMapping
from supplyrisk.loaders.matching.match_decisions import read_decisions, same_firms
from supplyrisk.loaders.read.column_binding import RequiredDays
from supplyrisk.loaders.read.ingest import IngestedSource, ReadOptions, ingest, open_database
from supplyrisk.loaders.read.reshaped import ingest_together
from supplyrisk.loaders.read.source_files import FolderSources, find_sources, read_together
from supplyrisk.loaders.read.text_scan import checked_encoding
from supplyrisk.loaders.workspace_writer import publish, write_tables, writing

Progress = Callable[[str, int, int], None]
"""Called at each step with the stage, the number of its steps that are done, and the number of all its steps."""
READING = "reading files"
CHECKING = "checking rows"
COMPARING = "comparing rows"
WRITING = "writing tables"
CHECKING_STAGES = {READING: 2.0, CHECKING: 3.0, COMPARING: 1.0}
"""Stages of a check in order, with their durations relative to each other (measured on a world of 10,000 firms)."""
LOADING_STAGES = {**CHECKING_STAGES, WRITING: 2.0}
"""Stages of a load, likewise."""
MEMORY = defaults.MEMORY_LIMIT
"""Memory of the working database; what exceeds it goes to disk."""


@dataclass(frozen=True)
class _Job:
    """What to load and how: the arguments of `validate` and `load`.

    same_firms: groups of ids that are one firm by accepted matches. stored: the data that it is appended to.
    """

    folder: Path
    mapping: DataMapping
    encoding: str
    max_bad: float
    counted: CountedDefaults = field(default_factory=CountedDefaults)
    same_firms: Sequence[Sequence[str]] = ()
    progress: Progress | None = None
    stored: StoredData | None = None
    known_on: date | None = None

    @property
    def days(self) -> RequiredDays:
        """Which of the required days may be absent."""
        kinds = self.counted.definition.kinds if self.mapping.labels else ()
        return RequiredDays(self.mapping.undated, kinds)

    def report_progress(self, stage: str, done: int = 0, steps: int = 1) -> None:
        """Call the progress function, if there is one."""
        if self.progress:
            self.progress(stage, done, steps)


def validate(  # noqa: PLR0913 - a public function: one argument per option of the command
    folder: str | Path,
    mapping: str | Path | DataMapping | None = None,
    encoding: str = "utf-8",
    max_bad: float | None = None,
    *,
    counted: CountedDefaults | None = None,
    append_to: str | Path | None = None,
    known_on: date | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Check every row of a folder without loading or writing anything.

    Parameters
    ----------
    folder: folder with the tables as CSV, TSV, JSON Lines, Parquet or Excel workbooks, or zip archives of them.
    mapping: name or file of a mapping; None: files and columns have the contract's names.
    encoding: encoding of CSV and JSON Lines.
    max_bad: largest share of each table's rows in quarantine; None: the mapping's, which is 0 by default.
    counted: what the report counts as a default, and over which horizon; the defaults of both if None.
    append_to: the workspace whose data the folder would be appended to; None: it would replace them.
    known_on: as in `load`.
    progress: called before each step, with the stages in CHECKING_STAGES.

    Returns
    -------
    The report. Its breaches are the reasons for which `load` would refuse the folder, its faults the quarantine's rows.

    Raises
    ------
    FaultyFiles: (a DataError) files cannot be used as a whole; lists all of them, with the faults of their rows.
    DataError: the folder cannot be appended to these data.
    WorkspaceError: there is not enough memory or disk space for the check, or there are no data to append to.
    """
    job = _job(Path(folder), mapping, encoding, max_bad)
    job = replace(job, counted=counted or job.counted, progress=progress)
    if append_to is not None:
        check_has_data(Path(append_to))
        groups = same_firms(read_decisions(Layout(Path(append_to)).match_decisions))
        stored = read_stored(Path(append_to), job.mapping)
        job = replace(job, same_firms=groups, stored=stored, known_on=known_on)
    with (
        tempfile.TemporaryDirectory(prefix="scgraph-") as temporary,
        _checked(job, Path(temporary)) as checked,
    ):
        return checked.report


def load(  # noqa: PLR0913 - a public function: one argument per option of the command
    folder: str | Path,
    workspace: str | Path,
    mapping: str | Path | DataMapping | None = None,
    encoding: str = "utf-8",
    max_bad: float | None = None,
    *,
    counted: CountedDefaults | None = None,
    plain_quarantine: bool = False,
    append: bool = False,
    known_on: date | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Check every row of a folder, and make the good ones the data of a workspace, or append them to these.

    The quarantine (quarantine/quarantine.csv and report.json in the workspace) is written in any case. The data are
    replaced as a whole or not at all. Firms that accepted matches of the workspace call one are merged.

    Appending gives the data that one load of both folders gives. A row that the workspace holds already is a duplicate;
    one with the key of a stored row and other cells is a correction of it, which snapshots see from the day on which it
    became known.

    Parameters
    ----------
    workspace: folder of the workspace; it is created if it does not exist.
    append: add to the data of the workspace instead of replacing them.
    known_on: when appended corrections became known that do not state it themselves; None: on the last day of the
        folder, if that is after the last day of the workspace's data, else they must state it.
    plain_quarantine: write the quarantine's CSV for programs rather than for spreadsheets (see `write_csv`).
    progress: called before each step, with the stages in LOADING_STAGES.
    folder, mapping, encoding, max_bad, counted: as in `validate`.

    Raises
    ------
    DataError: files cannot be used as a whole, or too many rows are bad, or the folder cannot be appended to these
        data; nothing is loaded.
    WorkspaceError: the workspace cannot be written, another load is writing it, or there is no memory or disk space; or
        it holds no data to append to.
    """
    job = _job(Path(folder), mapping, encoding, max_bad)
    target = Path(workspace)
    if append:
        check_has_data(target)
    elif known_on:
        raise DataError("a day for corrections without append", "known_on beside append only")
    decisions = read_decisions(Layout(target).match_decisions)
    groups = same_firms(decisions)
    job = replace(job, counted=counted or job.counted, progress=progress, same_firms=groups)
    with writing(target) as temporary:
        if append:
            job = replace(job, stored=read_stored(target, job.mapping), known_on=known_on)
        return _loaded(job, target, temporary, plain_quarantine)


def _loaded(job: _Job, target: Path, temporary: Path, plain_quarantine: bool) -> LoadReport:
    """Check a folder, and replace the data of a workspace."""
    with _checked(job, temporary) as checked:
        if checked.report.breaches:
            report = _write_quarantine(checked, target, plain=plain_quarantine)
            raise refusal_of(report)
        job.report_progress(WRITING)
        info = write_tables(checked.con, checked.works, checked.info, temporary / "out", job.stored)
        checked.report = replace(checked.report, content_hash=info.content_hash)
        # before the data are published: a report never lags behind the data
        report = _write_quarantine(checked, target, plain=plain_quarantine)
        files = fingerprints_to_store(checked.con, checked.works)
        if job.stored:
            files |= job.stored.files
            job.stored.release()
        publish(target, temporary / "out", info, files)
        return report


@dataclass
class _Checked:
    """A folder after all checks, while its working database is open."""

    con: duckdb.DuckDBPyConnection
    works: dict[str, TableWork]
    info: DatasetInfo
    report: LoadReport


def _job(
    folder: Path,
    mapping: str | Path | DataMapping | None,
    encoding: str,
    max_bad: float | None,
) -> _Job:
    """Read the mapping and check the arguments."""
    if mapping is None:
        mapping = mapping_file.synthetic_mapping(folder)
    elif not isinstance(mapping, DataMapping):
        mapping = mapping_file.read_mapping(mapping)
    share = mapping.max_bad if max_bad is None else max_bad
    if not 0 <= share <= 1:
        raise DataError(f"max_bad is {share}", "a share from 0 to 1")
    return _Job(folder, mapping, checked_encoding(encoding), share)


@contextmanager
def _checked(job: _Job, temporary: Path) -> Iterator[_Checked]:
    """Read and check a folder; the working database is closed at the end of the context."""
    stored = job.stored
    folder_sources = find_sources(job.folder, job.mapping, is_whole=stored is None)
    # each thread takes memory of its own
    con = open_database(temporary / "spill", MEMORY, min(os.cpu_count() or 1, 8))
    try:
        options = ReadOptions(temporary / "cells", job.encoding, job.days)
        works = _read(con, job, options, folder_sources)
        currency, warnings = _currency(con, job, works)
        for number, work in enumerate(works.values()):
            job.report_progress(CHECKING, number, len(works))
            check_cells(con, work, job.days, currency)
        job.report_progress(COMPARING)
        works = with_firms(con, works, stored)
        merged = merge_firms(con, works, job.same_firms, stored)
        append = append_to(con, works, stored, job.known_on) if stored else None
        reconcile(con, works, job.mapping, append)
        merged = with_consequences(con, works, merged)
        works = with_versions(con, works)
        info = replace(_info(job, works, currency), merged=merged.ids)
        warnings += data_warnings(con, works)
        report = build_report(
            con, works, info, folder_sources.ignored, ReportOptions(job.max_bad, job.counted, append, merged)
        ).with_warnings(warnings)
        yield _Checked(con, works, info, report)
    except (duckdb.IOException, duckdb.OutOfMemoryException) as fault:
        reason = str(fault).splitlines()[0]
        raise WorkspaceError(
            f"not enough memory or disk space to check {job.folder} ({reason})",
            remedy="free memory or disk space",
        ) from fault
    finally:
        con.close()


def _read(
    con: duckdb.DuckDBPyConnection, job: _Job, options: ReadOptions, folder_sources: FolderSources
) -> dict[str, TableWork]:
    """Read every source, and create the text views of each table; raises the faults of all files at once."""
    sources = folder_sources.sources
    faults = list(folder_sources.faults)
    ingested: list[IngestedSource] = []
    without_rows: dict[str, list[str]] = {}
    for group in read_together(sources):
        number, source = next(iter(group.items()))
        job.report_progress(READING, number, len(sources))
        if source.map.is_reshaped:
            loaded, file_faults = ingest_together(con, group, options)
        else:
            one, file_faults = ingest(con, number, source, options)
            loaded = [one] if one else []
        faults += file_faults
        ingested += loaded
        if not loaded and not file_faults:
            without_rows.setdefault(source.name, []).append(source.map.rows)
    faults += rowless_files(without_rows, {source.source.name for source in ingested})
    faults += spelling_faults(ingested)
    faults += outcomes_as_features(ingested, job.counted.definition.kinds)
    if faults:
        raise faulty_files(con, ingested, job.mapping, job.days, faults)
    known = job.stored.files if job.stored else frozenset()
    ingested = with_fingerprints(sources, ingested, job.encoding, known)
    return build_table_works(con, ingested, job.stored)


def _currency(
    con: duckdb.DuckDBPyConnection, job: _Job, works: Mapping[str, TableWork]
) -> tuple[Currency, list[DataWarning]]:
    """Return the mapping's currency or that of the data before, else the only one that rows name.

    Also return a warning where rows name one currency in several ways.
    """
    mapping = job.mapping
    if job.stored:
        rows = currencies(con, works["supplies"]) if "supplies" in works else {}
        own = job.stored.info.currency
        named = dict.fromkeys(own if own and same_currency(code, own) else code for code in rows)
        return with_other_names(appended_currency(job.stored, mapping, list(named)), rows)
    if mapping.currency.default is not None or "supplies" not in works:
        return mapping.currency, []
    # without a mapping's rates amounts are not converted, so they must be in one currency
    rows = currencies(con, works["supplies"])
    code = one_code(rows)
    if code or not rows:
        return with_other_names(Currency(default=code), rows)
    names = other_names(rows)
    also = f", and {values_key(names)} in its source" if names else ""
    raise DataError(
        f"supplies are in {', '.join(list(rows)[:10])}",
        "one currency",
        f"set default and rates under [currency] in a mapping{also}",
    )


def _info(job: _Job, works: Mapping[str, TableWork], currency: Currency) -> DatasetInfo:
    """Return what the workspace records of the data set; extra: columns beyond the contract with their SQL types."""
    extra = {
        name: {f.name: sql_type(f.kind) for f in work.fields if f.column is None}
        for name, work in works.items()
        if any(f.column is None for f in work.fields)
    }
    versioned = tuple(name for name, work in works.items() if work.versioned)
    if job.stored:
        return appended_info(job.stored, extra, currency.default, versioned)
    labels = job.mapping.labels
    return DatasetInfo(
        name=job.mapping.name or "data",
        undated=job.mapping.undated,
        synthetic=job.mapping.synthetic,
        currency=currency.default,
        standing=job.mapping.standing,
        extra=extra,
        labels_as_of=labels.as_of.isoformat() if labels else None,
        versioned=versioned,
    )


def _write_quarantine(checked: _Checked, workspace: Path, *, plain: bool) -> LoadReport:
    """Write the quarantine and the report, and return the report with its place."""
    folder = workspace / QUARANTINE
    folder.mkdir(exist_ok=True)
    report = replace(checked.report, quarantine=folder / "quarantine.csv")
    write_quarantine(folder / "quarantine.csv", read_faults(checked.con, checked.works), plain=plain)
    write_json_atomically(folder / "report.json", report.to_json())
    return report
