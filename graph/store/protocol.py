"""The store of the current picture: what every graph store can do, whichever engine holds it.

The workspace is the history; a store holds one picture of it, which can be thrown away and built again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import pyarrow as pa

if TYPE_CHECKING:
    from supplyrisk.graph.store.contagion_records import ContagionRecords
    from supplyrisk.graph.store.graph_tables import GraphTables

DEADLINE = 180.0
"""Seconds that a statement may run unless the caller says otherwise."""

Params = Mapping[str, object]


@dataclass(frozen=True)
class StoreInfo:
    """What a store holds.

    stamp says what it was built from (data set, content_hash, as_of, horizon_days; see `picture.stamp_of`);
    nodes and edges are counts by primary label and by type; scores names the risk_ properties that the last
    scoring left, contagion those that contagion left; about is what `read_back` needs to know.
    """

    kind: str
    place: str
    stamp: Mapping[str, object]
    nodes: Mapping[str, int]
    edges: Mapping[str, int]
    scores: tuple[str, ...] = field(default=())
    contagion: tuple[str, ...] = field(default=())
    about: Mapping[str, Any] = field(default_factory=dict)


class Store(Protocol):
    """A graph store. Use it as a context manager, or close it.

    All methods raise StoreError when the store cannot be reached or its worker or server died.
    """

    def run(
        self, cypher: str, params: Params | None = None, *, write: bool = False, timeout: float = DEADLINE
    ) -> pa.Table:
        """The rows that one Cypher statement returns.

        Columns are bool, int64, double, text, lists of these, or (maps, nodes, relationships, paths and
        mixed values) JSON text with sorted keys; days and times are ISO text; nothing in them shows an
        internal id. Rows have no order but the one that the statement asks for. What the engine had to
        remark is in the schema's metadata, b"notes", as a JSON list.

        Parameters
        ----------
        params: values by name; a date goes as ISO text, which is how days are stored.
        write: let the statement change the graph.
        timeout: seconds after which it is stopped.

        Raises
        ------
        CypherError: a syntax fault, an unknown label, type or property, a missing or unusable parameter, a
        write
            without `write`, or the deadline.
        """

    def explain(self, cypher: str, params: Params | None = None) -> pa.Table:
        """How the engine would run a statement, which it does not run.

        Columns: step (from 1, in the order in which steps are taken), operation, details, estimated_rows (null
        where the engine does not say). The words are the engine's own.

        Raises
        ------
        CypherError: as `run`.
        """

    def rebuild(self, graph_tables: GraphTables) -> None:
        """Replace everything that an earlier `rebuild` and what was written on it made, all or nothing."""

    def write_scores(self, frame: pa.Table) -> None:
        """Set risk_ properties on firms, in place of all earlier scores; contagion's stay.

        frame has firm_id and one column per property, with or without the prefix risk_; a null leaves it
        absent.

        Raises
        ------
        DataError: a firm twice, a NaN, or a type that no property can hold.
        StoreError: firms that the store does not hold.
        """

    def write_contagion(self, records: ContagionRecords) -> None:
        """Set what contagion found on firms and link them to their sources, in place of all earlier ones.

        The scores of a model stay as they are.

        Raises
        ------
        StoreError: firms that the store does not hold.
        """

    def info(self) -> StoreInfo:
        """What the store holds now."""

    def close(self) -> None:
        """Let go of everything; safe to call twice."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None: ...
