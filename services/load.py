"""Check and load a folder of tables or an external graph, and build the graph of the last day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from supplyrisk import loaders
from supplyrisk.graph import (
    DefaultDefinition,
    Snapshot,
    StoreError,
    SupplyRiskError,
    Workspace,
    graph_tables_of,
    last_day_of,
)
from supplyrisk.graph.schema import defaults
from supplyrisk.services.documents import Document, document
from supplyrisk.services.progress import FEATURES, JobProgress, StagePlan, plan_stages, silent
from supplyrisk.services.row_sources import ExternalSource, RowSource, source_files
from supplyrisk.services.stored_mapping import MappingChoice, store_mapping

FIRST_FAULTS = 20
"""Faults that a document lists one by one; the quarantine has all of them."""

GRAPH = "building the graph"
GRAPH_STAGES = {FEATURES: 2.0, GRAPH: 3.0}
"""The stages after `loaders.LOADING_STAGES`, with durations relative to theirs."""


@dataclass(frozen=True)
class ValidateResult:
    """What a load would do with a folder."""

    report: loaders.LoadReport
    synthetic: bool

    @property
    def loadable(self) -> bool:
        """Whether a load would accept it."""
        return not self.report.breaches

    def to_json(self) -> Document:
        """The report as a JSON document, a row per table."""
        return report_document("validate", self.report, {"synthetic": self.synthetic})


@dataclass(frozen=True)
class LoadResult:
    """What was loaded, and what became of the graph.

    as_of: the day of the graph, which is that of the labels, or else the last day of the data; None for undated data,
    and where no row has a day. counted: the defaults that the report counts. builds_graph: whether a graph was asked
    for. graph: the snapshot that it shows; None where none was built. graph_error: why it could not be built. notes:
    about the graph.
    """

    report: loaders.LoadReport
    workspace: Workspace
    as_of: date | None
    synthetic: bool
    counted: loaders.CountedDefaults
    builds_graph: bool
    graph: Snapshot | None = None
    graph_error: SupplyRiskError | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> Document:
        """The report as a JSON document, a row per table."""
        about: Document = {
            "as_of": self.as_of,
            "synthetic": self.synthetic,
            "workspace": self.workspace.path,
            "graph": str(self.graph) if self.graph else None,
        }
        return report_document("load", self.report, about)


def report_document(job: str, report: loaders.LoadReport, about: Document) -> Document:
    """The document of a report, with its first faults."""
    parts = report.to_json()
    tables = parts.pop("tables")
    if not isinstance(tables, list):
        raise TypeError("a report lists its tables")
    return document(
        job, tables, about=about, **parts, first_faults=report.faults.slice(0, FIRST_FAULTS).to_pylist()
    )


def validate(
    source: RowSource,
    mapping: MappingChoice = None,
    *,
    workspace: Workspace | None = None,
    append: bool = False,
    known_on: date | None = None,
    encoding: str = defaults.ENCODING,
    max_bad: float | None = None,
    horizon_days: int = defaults.HORIZON_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    progress: JobProgress = silent,
) -> ValidateResult:
    """Check every row of a folder or an external graph, and load nothing.

    Parameters
    ----------
    source: a folder that holds the tables as CSV, TSV, JSON Lines, Parquet or Excel workbooks, or zip archives of
        them; or an `ExternalSource`.
    mapping: a mapping, its name or file; "none" for none. None: the one that the workspace was loaded with, else that
        of a synthetic world in its folder.
    workspace: whose mapping is used where none is named; None: no workspace.
    append, known_on: as in `load`; append needs a workspace.
    encoding: of CSV and JSON Lines in a folder.
    max_bad: share of each table's rows that may be quarantined; None: what the mapping sets, else 0.
    horizon_days, default_definition: of the defaults that the report counts.

    Raises
    ------
    FaultyFiles: files that cannot be used as a whole; it carries the faults of the rows that could be read.
    RequestError: an external graph without a mapping, or without a server. DataError: its mapping names files.
    """
    counted = loaders.CountedDefaults(default_definition, horizon_days)
    with source_files(source, mapping, encoding, progress, workspace) as files:
        plan_stages(progress, loaders.CHECKING_STAGES)
        report = loaders.validate(
            files.folder,
            files.mapping,
            files.encoding,
            max_bad,
            counted=counted,
            append_to=workspace.path if workspace and append else None,
            known_on=known_on,
            progress=progress,
        )
    return ValidateResult(_with_notes(report, files.chosen.notes), files.mapping.synthetic)


def load(
    workspace: Workspace,
    source: RowSource,
    mapping: MappingChoice = None,
    *,
    graph: bool | None = None,
    rows_only: bool = False,
    append: bool = False,
    known_on: date | None = None,
    plain_quarantine: bool = False,
    encoding: str = defaults.ENCODING,
    max_bad: float | None = None,
    horizon_days: int = defaults.HORIZON_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    progress: JobProgress = silent,
) -> LoadResult:
    """Make the good rows of a folder or an external graph the workspace's data, and build the graph of the last day.

    With `append`, they are added to the data instead, as new rows and as corrections of rows that the workspace holds.
    The workspace stores the mapping, and uses it again in later loads. Bad rows go to the workspace's quarantine. The
    data are replaced as a whole or not at all. If the graph cannot be built, the data stay loaded and graph_error says
    why.

    Parameters
    ----------
    graph: build the graph store too; a server that does not answer stops the load before it begins. None: unless the
        source is an external graph.
    append: add the rows to the workspace's data; its stored mapping stays the one of the first load.
    known_on: when corrections became known that do not state it; None: on the last day of the folder's rows, if that is
        after the last day of the data before.
    rows_only: leave the graph to `with_graph`, so that the report of the rows can be shown before it is built.
    plain_quarantine: write the quarantine's CSV for programs rather than for spreadsheets.
    Others as in `validate`.

    Raises
    ------
    DataError: nothing was loaded: files cannot be used, or more than max_bad of a table's rows are bad.
    StoreError: the server for the graph does not answer; nothing was loaded.
    WorkspaceError: the workspace cannot be written, or another load is writing it, or it has no data to append to.
    Others as in `validate`.
    """
    builds_graph = not isinstance(source, ExternalSource) if graph is None else graph
    counted = loaders.CountedDefaults(default_definition, horizon_days)
    with source_files(source, mapping, encoding, progress, workspace) as files:
        if builds_graph:
            workspace.check_store()
        plan_stages(progress, loading_stages(graph=builds_graph))
        report = loaders.load(
            files.folder,
            workspace.path,
            files.mapping,
            files.encoding,
            max_bad,
            counted=counted,
            plain_quarantine=plain_quarantine,
            append=append,
            known_on=known_on,
            progress=progress,
        )
    if not append:
        store_mapping(workspace, files.chosen)
    tables = workspace.tables()
    result = LoadResult(
        report=_with_notes(report, files.chosen.notes),
        workspace=workspace,
        as_of=None if tables.info.undated else tables.info.labels_day or last_day_of(tables),
        synthetic=files.mapping.synthetic,
        counted=counted,
        builds_graph=builds_graph,
    )
    return result if rows_only else with_graph(result, progress=progress)


def with_graph(result: LoadResult, *, progress: JobProgress = silent) -> LoadResult:
    """The result of loaded rows, with the graph that it asks for, or with notes on what the graph shows."""
    workspace = result.workspace
    without_days = result.as_of is None and not workspace.info().undated
    snapshot: Snapshot | None = None
    error: SupplyRiskError | None = None
    notes: list[str] = []
    plan_stages(progress, loading_stages(graph=result.builds_graph))
    try:
        if result.builds_graph and not without_days:
            snapshot = _build_graph(workspace, result.counted, progress)
        notes = _graph_notes(workspace, snapshot, asked_in_vain=result.builds_graph and without_days)
    except (SupplyRiskError, OSError) as fault:
        # Never a DataError, which says that nothing was loaded.
        kind = StoreError if isinstance(fault, StoreError) else SupplyRiskError
        error = kind(f"the data are loaded, but not the graph: {fault}")
        error.__cause__ = fault
    return replace(result, graph=snapshot, graph_error=error, notes=tuple(notes))


def _with_notes(report: loaders.LoadReport, notes: tuple[str, ...]) -> loaders.LoadReport:
    return replace(report, notes=(*notes, *report.notes))


def loading_stages(*, graph: bool) -> StagePlan:
    """The stages of a load, with or without its graph."""
    return {**loaders.LOADING_STAGES, **(GRAPH_STAGES if graph else {})}


def _build_graph(workspace: Workspace, counted: loaders.CountedDefaults, progress: JobProgress) -> Snapshot:
    """Load the data's last day into the graph store; what others keep there stays."""
    progress(FEATURES)
    snapshot = workspace.snapshot(horizon_days=counted.horizon_days, default_definition=counted.definition)
    progress(GRAPH)

    def count_batches(_part: str, done: int, total: int) -> None:
        progress(GRAPH, done, total)

    with workspace.open_graph(create=True, progress=count_batches) as store:
        store.rebuild(graph_tables_of(snapshot))
    return snapshot


def _graph_notes(workspace: Workspace, snapshot: Snapshot | None, *, asked_in_vain: bool) -> list[str]:
    """What became of the graph, in words; asked_in_vain: it was asked for, but no row has a day."""
    if snapshot:
        return [f"graph: {snapshot}"]
    notes = []
    if asked_in_vain:
        notes.append("no graph: no row has a day, so there is no day to show")
    if workspace.graph_is_stale():
        remedy = "" if asked_in_vain else "; load without --no-graph to rebuild it"
        notes.append(f"graph: not rebuilt, it still shows the data that were loaded before{remedy}")
    return notes
