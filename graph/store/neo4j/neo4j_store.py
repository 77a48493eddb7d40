"""The graph store on a Neo4j server: see `Store` for what its methods do.

It shares the database with whatever else its owner keeps there: only what carries our mark is ever changed or
removed (see `neo4j_plan`). Statements that only read run in transactions of that kind, and are refused
beforehand where the server's own plan says that they write.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, Self

import neo4j
import pyarrow as pa

from supplyrisk.graph.errors import CypherError, StoreError
from supplyrisk.graph.store.contagion_records import ContagionRecords
from supplyrisk.graph.store.cypher_names import quoted
from supplyrisk.graph.store.cypher_statement import checked_params
from supplyrisk.graph.store.graph_tables import KEYS, GraphTables
from supplyrisk.graph.store.neo4j.batch_load import ProgressCallback, ignore_progress, load_graph_tables
from supplyrisk.graph.store.neo4j.connection import EXPLAIN, Connection, write_refused
from supplyrisk.graph.store.neo4j.known_names import check_known, refuse_unknown
from supplyrisk.graph.store.neo4j.login import Login
from supplyrisk.graph.store.neo4j.marker import EXPOSING, SCORING, WHOLE, Marker, read_marker
from supplyrisk.graph.store.neo4j.plain_values import plain_columns
from supplyrisk.graph.store.neo4j.query_plan import plan_rows
from supplyrisk.graph.store.neo4j.write_risk import write_contagion, write_scores
from supplyrisk.graph.store.protocol import DEADLINE, Params, StoreInfo
from supplyrisk.graph.store.result_tables import answer_table

_CONSTRAINT = "Neo.ClientError.Schema.ConstraintValidationFailed"
_REMEDY = "run scgraph load DIR first"


class Neo4jStore:
    """A graph store on a server.

    Parameters
    ----------
    login: where it is and who asks; see `read_login`.
    progress: called with what is being done, steps done, and steps in all.

    Raises
    ------
    StoreError: it does not answer, refuses the login, lacks the database, or is too old.
    """

    def __init__(self, login: Login, *, progress: ProgressCallback | None = None) -> None:
        self._link = Connection(login)
        self._progress = progress or ignore_progress

    @property
    def connection(self) -> Connection:
        """The connection that it works over."""
        return self._link

    def run(
        self, cypher: str, params: Params | None = None, *, write: bool = False, timeout: float = DEADLINE
    ) -> pa.Table:
        """The rows that one statement returns."""
        values = checked_params(cypher, params, timeout)

        def work(tx: neo4j.ManagedTransaction) -> pa.Table:
            marker = self._marker(tx)
            if not write:
                check_known(tx, cypher, marker)
                _refuse_writes(tx, cypher, values)
            found = tx.run(cypher, values)
            names, columns = plain_columns(found)
            summary = found.consume()
            notes = [] if write else refuse_unknown(summary, marker)
            return answer_table(names, columns, notes)

        try:
            return (self._link.write if write else self._link.read)(work, timeout)
        except CypherError as fault:
            if fault.problem == "the statement was stopped":
                raise CypherError(f"{fault.problem} after {timeout:g} s", None, fault.remedy) from fault
            raise
        except StoreError as fault:
            # In a load this would be the server's doing; here it is the statement's.
            if getattr(fault.__cause__, "code", None) == _CONSTRAINT:
                raise CypherError(re.sub(r"^Neo4j: Node\(\d+\)", "a node", fault.problem)) from fault
            raise

    def explain(self, cypher: str, params: Params | None = None) -> pa.Table:
        """The server's plan of a statement."""
        values = checked_params(cypher, params, DEADLINE)

        def work(tx: neo4j.ManagedTransaction) -> pa.Table:
            check_known(tx, cypher, self._marker(tx))
            return plan_rows(tx.run(f"{EXPLAIN}{cypher}", values).consume().plan or {})

        return self._link.read(work)

    def rebuild(self, graph_tables: GraphTables) -> None:
        """Make what is ours equal to a picture; what users added of their own stays.

        Not one transaction: until it is done, other statements are refused, and a load that was cut off goes
        on where it was when the same picture is loaded again.
        """
        load_graph_tables(self._link, graph_tables, self._progress)

    def write_scores(self, frame: pa.Table) -> None:
        """Set risk_ properties on firms, in place of all earlier scores."""
        write_scores(self._link, self._resumable(SCORING), frame, self._progress)

    def write_contagion(self, records: ContagionRecords) -> None:
        """Set what contagion found on firms and link them to their sources, in place of all earlier ones."""
        write_contagion(self._link, self._resumable(EXPOSING), records, self._progress)

    def holds_graph(self) -> bool:
        """Whether anything of ours was ever loaded here."""
        return self._link.read(read_marker) is not None

    def info(self) -> StoreInfo:
        """What the store holds now."""
        marker = self._link.read(lambda tx: self._marker(tx, None))
        nodes = {label: self._count(f"(n:{label})", "n") for label in sorted(KEYS)}
        types = sorted(type_ for (type_,) in self._link.rows("CALL db.relationshipTypes()"))
        edges = {type_: self._count(f"()-[r:{quoted(type_)}]->()", "r") for type_ in types}
        parts = (
            marker.stamp,
            _non_zero(nodes),
            _non_zero(edges),
            marker.scores,
            marker.contagion,
            marker.about,
        )
        return StoreInfo("neo4j", self._link.place, *parts)

    def close(self) -> None:
        """Let go of the connection; safe to call twice."""
        self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _resumable(self, state: str) -> Marker:
        return self._link.read(lambda tx: self._marker(tx, state))

    def _marker(self, tx: neo4j.ManagedTransaction, but: str | None = WHOLE) -> Marker:
        """The marker of a graph that is whole, or in that one other state; but=None: in any."""
        marker = read_marker(tx)
        if marker is None:
            raise StoreError(f"Neo4j at {self._link.place} holds no graph of scgraph's", remedy=_REMEDY)
        if but is not None and marker.state != but:
            marker.check_whole(self._link.place)
        return marker

    def _count(self, pattern: str, name: str) -> int:
        return int(self._link.rows(f"MATCH {pattern} RETURN count({name})")[0][0])


def _refuse_writes(tx: neo4j.ManagedTransaction, cypher: str, values: dict[str, Any]) -> None:
    """Ask the server how it would run a statement: a plan that writes is refused before it runs."""
    plan = tx.run(f"{EXPLAIN}{cypher}", values).consume()
    if plan.query_type != "r":
        raise write_refused()


def _non_zero(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
