"""The graph store: what it holds, filling and cleaning it, and files for Neo4j's bulk import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import lazy_loader
import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk.graph import (
    DataError,
    DefaultDefinition,
    RequestError,
    Workspace,
    contagion_records_of,
    graph_tables_of,
)
from supplyrisk.graph.credit import with_score_changes
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.store.graph_tables import GraphTables
from supplyrisk.graph.store.protocol import StoreInfo
from supplyrisk.graph.workspace.layout import day_of_name
from supplyrisk.services.documents import Document, document
from supplyrisk.services.model_inputs import late_note
from supplyrisk.services.progress import FEATURES, JobProgress, silent
from supplyrisk.services.risk_properties import risk_properties

if TYPE_CHECKING:
    from supplyrisk.graph.store.neo4j.cleanup import StoredCounts

# These import the Neo4j driver, which the embedded store does not need.
admin_files = lazy_loader.load("supplyrisk.graph.store.neo4j.admin_files", suppress_warning=True)
cleanup = lazy_loader.load("supplyrisk.graph.store.neo4j.cleanup", suppress_warning=True)
neo4j_store = lazy_loader.load("supplyrisk.graph.store.neo4j.neo4j_store", suppress_warning=True)


CONTAGION_SETTINGS = ("essentiality", "substitution", "eps", "residual", "base_pd_from")

Confirm = Callable[[], None]
"""Called when all checks have passed and writing is about to begin; raises to stop it."""


def no_confirmation() -> None:
    """Write without asking."""


@dataclass(frozen=True)
class StorePart:
    """A part of what a store holds or a job writes: nodes, links, score, properties or constraint, and how many."""

    part: str
    name: str
    count: object


@dataclass(frozen=True)
class StoreContents:
    """What a store holds, and what it was built from."""

    info: StoreInfo

    def rows(self) -> list[StorePart]:
        """Kind, place, stamp, counts of nodes and links, and numbers of properties, one fact a row."""
        info = self.info
        return [
            StorePart("store", "kind", info.kind),
            StorePart("store", "place", info.place),
            *(StorePart("built from", name, value) for name, value in info.stamp.items()),
            *(StorePart("nodes", name, count) for name, count in info.nodes.items()),
            *(StorePart("links", name, count) for name, count in info.edges.items()),
            StorePart("scores", "properties", len(info.scores)),
            StorePart("contagion", "properties", len(info.contagion)),
        ]

    def to_json(self) -> Document:
        """The contents as a JSON document."""
        stamp = self.info.stamp
        about = {"as_of": stamp.get("as_of"), "synthetic": stamp.get("synthetic", False)}
        rows = [{"part": row.part, "name": row.name, "value": row.count} for row in self.rows()]
        return document("store.info", rows, about=about)


@dataclass(frozen=True)
class StoreChange:
    """What a job wrote into a store or removed from it, or would have with dry_run."""

    job: str
    parts: tuple[StorePart, ...]
    dry_run: bool
    notes: tuple[str, ...] = ()

    def to_json(self) -> Document:
        """The change as a JSON document."""
        rows = [{"part": row.part, "name": row.name, "count": row.count} for row in self.parts]
        return document(self.job, rows, dry_run=self.dry_run)


@dataclass(frozen=True)
class BulkExport:
    """Files for `neo4j-admin database import`: rows by file, the command, and what to run afterwards."""

    folder: Path
    rows: dict[str, int]
    command: str
    command_file: str
    constraints_file: Path
    notes: tuple[str, ...] = ()

    def to_json(self) -> Document:
        """The files as a JSON document."""
        rows = [{"file": name, "rows": count} for name, count in self.rows.items()]
        return document("export.neo4j-admin", rows, command=self.command, folder=self.folder)


def store_info(workspace: Workspace) -> StoreContents:
    """What the store holds, and what it was built from.

    Raises
    ------
    StoreError: there is no graph, or the server does not answer.
    """
    with workspace.open_graph() as store:
        return StoreContents(store.info())


def load_store(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    dry_run: bool = False,
    horizon_days: int = defaults.HORIZON_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
    confirm: Confirm = no_confirmation,
    progress: JobProgress = silent,
) -> StoreChange:
    """Build the store's graph anew from the workspace, as of a day (None: the last); what others keep there stays.

    Raises
    ------
    StoreError: the server does not answer. DataError: no firm exists on that day, or it lies too far after the data.
    """
    workspace.check_store()
    if not dry_run:
        confirm()
    progress(FEATURES)
    tables, notes = _graph_tables(workspace, as_of, horizon_days, default_definition, beyond_days)
    if not dry_run:
        with workspace.open_graph(create=True, progress=progress) as store:
            store.rebuild(tables)
    return StoreChange("store.load", tuple(_table_counts(tables)), dry_run, tuple(notes))


def _graph_tables(
    workspace: Workspace,
    as_of: date | None,
    horizon_days: int,
    default_definition: DefaultDefinition,
    beyond_days: int,
) -> tuple[GraphTables, list[str]]:
    """The graph of a day, and a note where the day lies after the data."""
    tables = workspace.tables()
    notes = late_note(tables, as_of, beyond_days)
    snapshot = workspace.snapshot(
        as_of, horizon_days=horizon_days, default_definition=default_definition, tables=tables
    )
    return graph_tables_of(snapshot), notes


def _table_counts(tables: GraphTables) -> list[StorePart]:
    nodes = [StorePart("nodes", table.label, table.rows.num_rows) for table in tables.nodes]
    links = [StorePart("links", table.type, table.rows.num_rows) for table in tables.edges]
    return [*nodes, *links]


@dataclass(frozen=True)
class StoredScores:
    """Scores of a day that the workspace stores, as properties for the graph."""

    as_of: date | None
    properties: pa.Table


def stored_scores(workspace: Workspace, as_of: date | None = None) -> StoredScores:
    """The workspace's scores of a day (None: the last) as properties risk_... for the graph.

    Raises
    ------
    DataError: that day was not scored.
    """
    path = workspace.day_file(workspace.layout.scores, as_of, "scgraph score")
    firms = pq.read_table(path)
    spreaders = pq.read_table(workspace.layout.spreaders_file(day_of_name(path.stem)))
    score_runs = workspace.score_runs()
    properties = with_score_changes(
        risk_properties(firms, spreaders), score_runs, firms, score_runs.behind(path)
    )
    return StoredScores(firms["as_of"][0].as_py() if firms.num_rows else None, properties)


def write_scores_to_store(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    dry_run: bool = False,
    confirm: Confirm = no_confirmation,
    progress: JobProgress = silent,
) -> StoreChange:
    """Write the workspace's scores of a day (None: the last) into the store, in place of all earlier ones.

    Raises
    ------
    DataError: that day was not scored, or the store shows another day.
    """
    scores = stored_scores(workspace, as_of)
    columns = scores.properties.column_names[1:]
    names = [name if name.startswith("risk_") else f"risk_{name}" for name in columns]
    check_graph_shows(workspace, scores.as_of)
    if not dry_run:
        confirm()
        with workspace.open_graph(progress=progress) as store:
            store.write_scores(scores.properties)
    parts = (
        StorePart("firms", "Firm", scores.properties.num_rows),
        StorePart("properties", ", ".join(names), len(names)),
    )
    return StoreChange("store.scores", parts, dry_run)


def write_contagion_to_store(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    dry_run: bool = False,
    confirm: Confirm = no_confirmation,
    progress: JobProgress = silent,
) -> StoreChange:
    """Write the workspace's contagion by mechanism of a day (None: the last) into the store; scores stay.

    Raises
    ------
    DataError: contagion of that day was not computed, or the store shows another day or other data.
    """
    stored = workspace.contagion(as_of)
    records = contagion_records_of(stored.firms, stored.as_of)
    check_graph_shows(workspace, stored.as_of, stored.content_hash)
    if not dry_run:
        confirm()
        with workspace.open_graph(progress=progress) as store:
            store.write_contagion(records)
    parts = (
        StorePart("firms", "Firm", records.firms.num_rows),
        StorePart("links", records.links.type, records.links.rows.num_rows),
        StorePart("properties", ", ".join(records.names), len(records.names)),
    )
    settings = "; ".join(f"{name} {stored.head[name]}" for name in CONTAGION_SETTINGS)
    return StoreChange("store.contagion", parts, dry_run, (settings,))


def check_graph_shows(workspace: Workspace, as_of: date | None, content_hash: str | None = None) -> None:
    """Refuse to write results into a graph of another day, or of other data (None: of any).

    Raises
    ------
    DataError: the graph shows another day or other data.
    """
    day = as_of.isoformat() if as_of else None
    with workspace.open_graph() as store:
        stamp = store.info().stamp
    if stamp.get("as_of") != day or content_hash not in (None, stamp.get("content_hash")):
        raise DataError(
            f"the graph shows {stamp.get('data')} as of {stamp.get('as_of')}",
            f"the data that the results are of, as of {day}",
            "scgraph store load --as-of DATE shows another day; or compute the results again",
        )


@dataclass(frozen=True)
class CleaningPlan:
    """What would be removed from a Neo4j database; place: its address without secrets."""

    place: str
    parts: tuple[StorePart, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the database holds nothing of scgraph's."""
        return not self.parts


def plan_cleaning(workspace: Workspace) -> CleaningPlan:
    """What `clean_store` would remove from the Neo4j database.

    Raises
    ------
    RequestError: the store is the embedded one. StoreError: the server does not answer.
    """
    login = workspace.login()
    if login is None:
        raise RequestError(
            f"the embedded store holds nothing but scgraph's graph; remove {workspace.layout.graph}"
        )
    with neo4j_store.Neo4jStore(login) as store:
        return CleaningPlan(login.place, tuple(_held_parts(cleanup.count_stored(store.connection))))


def clean_store(
    workspace: Workspace, plan: CleaningPlan, *, dry_run: bool = False, progress: JobProgress = silent
) -> StoreChange:
    """Remove everything of scgraph's from the Neo4j database, and nothing else; plan: from `plan_cleaning`."""
    if not plan.is_empty and not dry_run:
        progress("removing")
        with neo4j_store.Neo4jStore(workspace.login()) as store:
            cleanup.remove_everything(store.connection)
    return StoreChange("store.clean", plan.parts, dry_run)


def _held_parts(held: StoredCounts) -> list[StorePart]:
    return [
        *(StorePart("nodes", name, count) for name, count in held.nodes.items()),
        *(StorePart("links", name, count) for name, count in held.links.items()),
        *(StorePart("score", name, None) for name in held.scores),
        *(StorePart("constraint", name, None) for name in held.constraints),
    ]


def export_for_neo4j_admin(
    workspace: Workspace,
    folder: Path,
    *,
    as_of: date | None = None,
    horizon_days: int = defaults.HORIZON_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
    progress: JobProgress = silent,
) -> BulkExport:
    """Write the graph of a day (None: the last) as files for `neo4j-admin database import` into a new folder."""
    progress(FEATURES)
    tables, notes = _graph_tables(workspace, as_of, horizon_days, default_definition, beyond_days)
    progress("writing files")
    exported = admin_files.export_graph_tables(tables, folder)
    return BulkExport(
        folder=folder,
        rows=dict(exported.rows),
        command=exported.command,
        command_file=admin_files.COMMAND_FILE,
        constraints_file=folder / admin_files.CONSTRAINTS_FILE,
        notes=tuple(notes),
    )
