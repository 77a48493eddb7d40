"""The graph store: what it holds, filling and cleaning it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Unpack

from supplyrisk.graph import Workspace, graph_tables_of
from supplyrisk.graph.store.graph_tables import GraphTables
from supplyrisk.graph.store.protocol import StoredCounts, StoreInfo
from supplyrisk.services.day_snapshot import DaySettings, read_day
from supplyrisk.services.documents import Document, document
from supplyrisk.services.progress import FEATURES, JobProgress, silent

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
        return document(self.job, self.parts, dry_run=self.dry_run)


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
    confirm: Confirm = no_confirmation,
    progress: JobProgress = silent,
    **day_settings: Unpack[DaySettings],
) -> StoreChange:
    """Build the store's graph anew from the workspace, as of a day (None: the last); what others keep there stays.

    Raises
    ------
    StoreError: the server does not answer. DataError: no firm exists on that day, or it lies too far after the data.
    """
    workspace.check_store()
    progress(FEATURES)
    day = read_day(workspace, as_of, **day_settings)
    tables = graph_tables_of(day.snapshot)
    if not dry_run:
        confirm()
        with workspace.open_graph(create=True, progress=progress) as store:
            store.rebuild(tables)
    return StoreChange("store.load", tuple(_table_counts(tables)), dry_run, day.notes)


def _table_counts(tables: GraphTables) -> list[StorePart]:
    nodes = [StorePart("nodes", table.label, table.rows.num_rows) for table in tables.nodes]
    links = [StorePart("links", table.type, table.rows.num_rows) for table in tables.edges]
    return [*nodes, *links]


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
    with workspace.open_shared_graph() as store:
        return CleaningPlan(store.place, tuple(_held_parts(store.count_stored())))


def clean_store(
    workspace: Workspace, plan: CleaningPlan, *, dry_run: bool = False, progress: JobProgress = silent
) -> StoreChange:
    """Remove everything of scgraph's from the Neo4j database, and nothing else; plan: from `plan_cleaning`."""
    if not plan.is_empty and not dry_run:
        progress("removing")
        with workspace.open_shared_graph() as store:
            store.remove_everything()
    return StoreChange("store.clean", plan.parts, dry_run)


def _held_parts(held: StoredCounts) -> list[StorePart]:
    return [
        *(StorePart("nodes", name, count) for name, count in held.nodes.items()),
        *(StorePart("links", name, count) for name, count in held.links.items()),
        *(StorePart("score", name, None) for name in held.scores),
        *(StorePart("constraint", name, None) for name in held.constraints),
    ]
