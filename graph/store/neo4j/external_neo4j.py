"""Reads a graph that another system keeps in Neo4j, in read-only transactions.

Labels and types are put into statements in backticks, and only if the database itself lists them. Names of properties
are passed as parameters, like all values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import neo4j
from neo4j.time import Date, DateTime

from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.cypher_names import quoted
from supplyrisk.graph.store.external_graph import Pattern, RowConsumer
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.load_parts import OWNED
from supplyrisk.graph.store.neo4j.marker import LABEL
from supplyrisk.graph.store.neo4j.plain_values import plain


class ExternalNeo4jGraph:
    """A graph on a server that another system keeps; see `ExternalGraph`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def labels(self) -> set[str]:
        """Return its node labels, without scgraph's marker."""
        return {name for (name,) in self._connection.rows("CALL db.labels()")} - {LABEL}

    def types(self) -> set[str]:
        """Return its relationship types."""
        return {name for (name,) in self._connection.rows("CALL db.relationshipTypes()")}

    def keys(self, pattern: Pattern) -> list[str]:
        """Return the properties that at least one node or link of a pattern has, sorted."""
        rows = self._connection.rows(
            f"MATCH {self._match_clause(pattern)} UNWIND keys(x) AS k RETURN DISTINCT k"
        )
        return sorted(name for (name,) in rows if name != OWNED)

    def missing_properties(self, pattern: Pattern) -> tuple[list[str], list[str]]:
        """Return the properties in `start` and in `end` that no node at that end has."""
        return self._absent_at("a", pattern.start, pattern), self._absent_at("b", pattern.end, pattern)

    def _absent_at(self, variable: str, names: tuple[str, ...], pattern: Pattern) -> list[str]:
        query = (
            f"MATCH {self._match_clause(pattern)} WITH DISTINCT {variable} AS n "
            "WHERE n[$name] IS NOT NULL RETURN 1 LIMIT 1"
        )
        return [name for name in names if not self._connection.rows(query, name=name)]

    def read(self, pattern: Pattern, consume: RowConsumer) -> None:
        """Pass the rows of a pattern to `consume`."""
        parts = ["[k IN $own | x[k]]"]
        if pattern.type:
            parts += ["[k IN $start | a[k]]", "[k IN $end | b[k]]"]
        cypher = f"MATCH {self._match_clause(pattern)} RETURN {', '.join(parts)}"
        names = {"own": list(pattern.own), "start": list(pattern.start), "end": list(pattern.end)}
        self._connection.read(lambda tx: consume(_rows(tx.run(cypher, names))))

    def _match_clause(self, pattern: Pattern) -> str:
        """Return the pattern in Cypher: x is the node or link itself, a and b are a link's ends."""
        if not pattern.type:
            return f"(x:{self._quoted_if_known(pattern.label, self.labels())})"
        start = self._label_predicate(pattern.start_label)
        end = self._label_predicate(pattern.end_label)
        return f"(a{start})-[x:{self._quoted_if_known(pattern.type, self.types())}]->(b{end})"

    def _label_predicate(self, label: str) -> str:
        return f":{self._quoted_if_known(label, self.labels())}" if label else ""

    def _quoted_if_known(self, name: str, names: set[str]) -> str:
        # Names come from the user's mapping file: only those that the database lists reach a statement.
        if name not in names:
            raise StoreError(
                f"Neo4j at {self._connection.place} has no {name!r}", "a label or type of the database"
            )
        return quoted(name)


def _rows(result: neo4j.Result) -> Iterator[list[Any]]:
    # Streamed: the result may be larger than memory.
    for record in result:
        yield [_native(value) for part in record.values() for value in part]


def _native(value: Any) -> Any:
    if isinstance(value, Date | DateTime):
        return value.to_native()
    if isinstance(value, list):
        return [_native(item) for item in value]
    return plain(value)
