"""The graph store on a Neo4j server; see `Store` for its methods.

The database may contain other data: only what has scgraph's ownership property is ever changed or removed (see
`load_parts`). Statements without `write` run in read-only transactions, and are rejected beforehand if the server's
plan says that they write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import neo4j
import pyarrow as pa

from supplyrisk.graph.errors import CypherError, StoreError
from supplyrisk.graph.store.contagion_records import ContagionRecords
from supplyrisk.graph.store.cypher_names import quoted
from supplyrisk.graph.store.cypher_statement import checked_params
from supplyrisk.graph.store.graph_tables import KEYS, GraphTables
from supplyrisk.graph.store.neo4j import cleanup
from supplyrisk.graph.store.neo4j.batch_load import ignore_progress, load_graph_tables
from supplyrisk.graph.store.neo4j.connection import EXPLAIN, Connection, write_refused
from supplyrisk.graph.store.neo4j.external_neo4j import ExternalNeo4jGraph
from supplyrisk.graph.store.neo4j.known_names import check_known, refuse_unknown
from supplyrisk.graph.store.neo4j.login import Login, read_login
from supplyrisk.graph.store.neo4j.marker import EXPOSING, PORTRAYING, SCORING, WHOLE, Marker, read_marker
from supplyrisk.graph.store.neo4j.plain_values import plain_columns
from supplyrisk.graph.store.neo4j.query_plan import plan_rows
from supplyrisk.graph.store.neo4j.server_facts import server_facts
from supplyrisk.graph.store.neo4j.write_risk import write_contagion, write_portraits, write_scores
from supplyrisk.graph.store.protocol import (
    DEADLINE,
    Params,
    StoredCounts,
    StoreInfo,
    StoreLocation,
    StoreProgress,
)
from supplyrisk.graph.store.result_tables import answer_table

_CONSTRAINT = "Neo.ClientError.Schema.ConstraintValidationFailed"
_REMEDY = "run scgraph load DIR first"


def open_store(
    location: StoreLocation, *, create: bool = False, progress: StoreProgress | None = None
) -> Neo4jStore:
    """Open the store on the server that the location or the environment names; `create` has no effect."""
    return Neo4jStore(read_login(uri=location.address), progress=progress)


def holds_graph(location: StoreLocation) -> bool:
    """Return whether scgraph has ever loaded a graph into the database."""
    with open_store(location) as store:
        return store.connection.read(read_marker) is not None


class Neo4jStore:
    """A graph store on a server.

    Parameters
    ----------
    login: address and credentials; see `read_login`.
    progress: called with the current step, batches done, and batches in all; None (default) for no report.

    Raises
    ------
    StoreError: the server does not respond, rejects the login, lacks the database, or is too old.
    """

    def __init__(self, login: Login, *, progress: StoreProgress | None = None) -> None:
        self._connection = Connection(login)
        self._progress = progress or ignore_progress

    @property
    def connection(self) -> Connection:
        """The connection to the server."""
        return self._connection

    @property
    def place(self) -> str:
        """The address without anything secret."""
        return self._connection.place

    def run(
        self, cypher: str, params: Params | None = None, *, write: bool = False, timeout: float = DEADLINE
    ) -> pa.Table:
        """Run one Cypher statement and return its rows; see `Store.run`."""
        values = checked_params(cypher, params, timeout)

        # One transaction for the checks and the statement, so that no load can start between them.
        def work(tx: neo4j.ManagedTransaction) -> pa.Table:
            marker = self._marker(tx)
            if not write:
                check_known(tx, cypher, marker)
                _refuse_writes(tx, cypher, values)
            result = tx.run(cypher, values)
            names, columns = plain_columns(result)
            summary = result.consume()
            notes = [] if write else refuse_unknown(summary, marker)
            return answer_table(names, columns, notes)

        try:
            return (self._connection.write if write else self._connection.read)(work, timeout)
        except CypherError as fault:
            if fault.problem == "the statement was stopped":
                raise CypherError(f"{fault.problem} after {timeout:g} s", None, fault.remedy) from fault
            raise
        except StoreError as fault:
            # A violated constraint is a StoreError in a load, but here the user's statement caused it. The message
            # is stripped of the node's internal id.
            if getattr(fault.__cause__, "code", None) == _CONSTRAINT:
                raise CypherError(re.sub(r"^Neo4j: Node\(\d+\)", "a node", fault.problem)) from fault
            raise

    def explain(self, cypher: str, params: Params | None = None) -> pa.Table:
        """Return the server's plan of a statement."""
        values = checked_params(cypher, params, DEADLINE)

        def work(tx: neo4j.ManagedTransaction) -> pa.Table:
            check_known(tx, cypher, self._marker(tx))
            return plan_rows(tx.run(f"{EXPLAIN}{cypher}", values).consume().plan or {})

        return self._connection.read(work)

    def rebuild(self, graph_tables: GraphTables) -> None:
        """Make scgraph's content equal to the graph tables; what users added stays.

        The load uses many transactions. Until it ends, other statements are rejected; an interrupted load continues
        when the same graph tables are loaded again.
        """
        load_graph_tables(self._connection, graph_tables, self._progress)

    def write_scores(self, frame: pa.Table) -> None:
        """Set risk_ properties of firms, replacing all earlier scores."""
        write_scores(self._connection, self._resumable(SCORING), frame, self._progress)

    def write_contagion(self, records: ContagionRecords) -> None:
        """Set contagion results on firms and link them to their sources, replacing all earlier results."""
        write_contagion(self._connection, self._resumable(EXPOSING), records, self._progress)

    def write_portraits(self, frame: pa.Table) -> None:
        """Set portrait_ properties of firms, replacing all earlier ones."""
        write_portraits(self._connection, self._resumable(PORTRAYING), frame, self._progress)

    def count_stored(self) -> StoredCounts:
        """Return what scgraph owns in the database."""
        return cleanup.count_stored(self._connection)

    def remove_everything(self) -> None:
        """Remove everything that scgraph owns in the database, and nothing else."""
        cleanup.remove_everything(self._connection)

    def facts(self, content_hash: str | None) -> Iterator[tuple[str, object]]:
        """Yield facts about the server by name."""
        return server_facts(self._connection, content_hash)

    def external_graph(self) -> ExternalNeo4jGraph:
        """Return what others keep in the database, to read only."""
        return ExternalNeo4jGraph(self._connection)

    def info(self) -> StoreInfo:
        """Return the current content; counts include nodes and links of others."""
        marker = self._connection.read(lambda tx: self._marker(tx, None))
        nodes = {label: self._count(f"(n:{label})", "n") for label in sorted(KEYS)}
        types = sorted(type_ for (type_,) in self._connection.rows("CALL db.relationshipTypes()"))
        edges = {type_: self._count(f"()-[r:{quoted(type_)}]->()", "r") for type_ in types}
        return StoreInfo(
            kind="neo4j",
            place=self.place,
            stamp=marker.stamp,
            nodes=_non_zero(nodes),
            edges=_non_zero(edges),
            scores=marker.scores,
            contagion=marker.contagion,
            portraits=marker.portraits,
            about=marker.about,
        )

    def close(self) -> None:
        """Close the connection; it may be called twice."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _resumable(self, state: str) -> Marker:
        return self._connection.read(lambda tx: self._marker(tx, state))

    def _marker(self, tx: neo4j.ManagedTransaction, but: str | None = WHOLE) -> Marker:
        """Return the marker of a graph that is whole or in the state `but`; of any graph where `but` is None."""
        marker = read_marker(tx)
        if marker is None:
            raise StoreError(f"Neo4j at {self.place} holds no graph of scgraph's", remedy=_REMEDY)
        if but is not None and marker.state != but:
            marker.check_whole(self.place)
        return marker

    def _count(self, pattern: str, name: str) -> int:
        return int(self._connection.rows(f"MATCH {pattern} RETURN count({name})")[0][0])


def _refuse_writes(tx: neo4j.ManagedTransaction, cypher: str, values: dict[str, Any]) -> None:
    """Reject a statement whose plan writes, before it runs."""
    plan = tx.run(f"{EXPLAIN}{cypher}", values).consume()
    # "r" is read-only; others read and write, write, or change the schema.
    if plan.query_type != "r":
        raise write_refused()


def _non_zero(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
