"""The interface of graph stores, whichever engine they use.

The workspace is the history; a store holds the graph tables of one day, and can be deleted and rebuilt at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import pyarrow as pa

if TYPE_CHECKING:
    from supplyrisk.graph.store.contagion_records import ContagionRecords
    from supplyrisk.graph.store.external_graph import ExternalGraph
    from supplyrisk.graph.store.graph_tables import GraphTables

DEADLINE = 180.0
"""Default timeout of a statement in seconds."""

# Values that Cypher can hold; cypher_statement.checked_params rejects all others.
Params = Mapping[str, object]

StoreProgress = Callable[[str, int, int], None]
"""Called with the current step in words, steps done, and steps in all (0 where unknown)."""


@dataclass(frozen=True)
class StoreLocation:
    """Where a store is.

    Parameters
    ----------
    folder: the workspace's folder for the files of a store without a server.
    address: the address that --store names; None where it names none.
    """

    folder: Path
    address: str | None = None


@dataclass(frozen=True)
class StoredCounts:
    """Everything that scgraph owns in a database.

    Parameters
    ----------
    nodes, links: counts by label and by type, only those above 0.
    scores: names of the properties of results: scores, contagion and portraits.
    constraints: names of the constraints.
    """

    nodes: dict[str, int]
    links: dict[str, int]
    scores: tuple[str, ...]
    constraints: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether scgraph owns nothing in the database."""
        return not (self.nodes or self.links or self.constraints)


@dataclass(frozen=True)
class StoreInfo:
    """Content of a store.

    Parameters
    ----------
    kind: "embedded" or "neo4j".
    place: its folder, or the address of its server.
    stamp: what it was built from (data set, content_hash, as_of, horizon_days; see `graph_tables.stamp_of`).
    nodes, edges: counts by primary label and by type.
    scores: the risk_ properties of the last scoring.
    contagion: the risk_ properties of the last contagion run.
    portraits: the portrait_ properties of the last portraits written.
    about: column names and types that `read_back` needs.
    """

    kind: str
    place: str
    stamp: Mapping[str, object]
    nodes: Mapping[str, int]
    edges: Mapping[str, int]
    scores: tuple[str, ...] = field(default=())
    contagion: tuple[str, ...] = field(default=())
    portraits: tuple[str, ...] = field(default=())
    about: Mapping[str, Any] = field(default_factory=dict)


class Store(Protocol):
    """A graph store. Use it as a context manager, or close it.

    All methods raise StoreError if the store cannot be reached or its worker or server died.
    """

    def run(
        self, cypher: str, params: Params | None = None, *, write: bool = False, timeout: float = DEADLINE
    ) -> pa.Table:
        """Run one Cypher statement and return its rows.

        Columns are bool, int64, double, text or lists of these; maps, nodes, relationships, paths and mixed values
        become JSON text with sorted keys. Days and times are ISO text. No column contains internal ids. Rows have no
        order unless the statement has ORDER BY. Notes of the engine are in the schema's metadata, b"notes", as a
        JSON list.

        Parameters
        ----------
        params: values by name; a date is sent as ISO text, which is how days are stored.
        write: whether the statement may change the graph; False by default.
        timeout: seconds after which it is stopped; DEADLINE by default.

        Raises
        ------
        CypherError: a syntax error, an unknown label, type or property, a missing or unusable parameter, a statement
            that writes without `write`, or a timeout.
        """

    def explain(self, cypher: str, params: Params | None = None) -> pa.Table:
        """Return the engine's plan of a statement without running it.

        Columns: step (from 1, in execution order), operation and details in the engine's own words, estimated_rows
        (null where the engine has no estimate).

        Raises
        ------
        CypherError: as `run`.
        """

    def rebuild(self, graph_tables: GraphTables) -> None:
        """Replace the whole content: the graph of an earlier `rebuild`, its scores and its contagion results.

        Either all of it is replaced or nothing.
        """

    def write_scores(self, frame: pa.Table) -> None:
        """Set risk_ properties of firms, replacing all earlier scores; contagion results stay.

        Parameters
        ----------
        frame: firm_id and one column per property, with or without the prefix risk_; a null removes the property.

        Raises
        ------
        DataError: a firm occurs twice, a value is NaN, or a column has a type that no property can hold.
        StoreError: the store does not have some of the firms.
        """

    def write_contagion(self, records: ContagionRecords) -> None:
        """Set contagion results on firms and link them to their sources, replacing all earlier results.

        The scores of a model stay as they are.

        Raises
        ------
        StoreError: the store does not have some of the firms.
        """

    def write_portraits(self, frame: pa.Table) -> None:
        """Set portrait_ properties of firms, replacing all earlier ones; scores and contagion results stay.

        Parameters
        ----------
        frame: firm_id and one column per property, with or without the prefix portrait_; a null removes the property.

        Raises
        ------
        DataError: as `write_scores`.
        StoreError: the store does not have some of the firms.
        """

    def info(self) -> StoreInfo:
        """Return the current content."""

    def close(self) -> None:
        """Release all resources; it may be called twice."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class SharedStore(Store, Protocol):
    """A store in a database that others use too: it tells its own content from theirs."""

    @property
    def place(self) -> str:
        """The address of its server without anything secret."""

    def count_stored(self) -> StoredCounts:
        """Return what scgraph owns in the database."""

    def remove_everything(self) -> None:
        """Remove everything that scgraph owns in the database, and nothing else."""

    def facts(self, content_hash: str | None) -> Iterator[tuple[str, object]]:
        """Yield facts about its server by name; content_hash: of the data that the graph should show."""

    def external_graph(self) -> ExternalGraph:
        """Return what others keep in the database, to read only."""
