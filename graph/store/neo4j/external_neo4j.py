"""Reading a graph that somebody else loaded into Neo4j: in transactions that may only read.

Names of labels and types stand between backticks, and only after the database itself has named them; names of
properties travel as parameters, like all values.
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
    """Somebody else's graph on a server; see `ForeignGraph`."""

    def __init__(self, connection: Connection) -> None:
        self._link = connection

    def labels(self) -> set[str]:
        """The labels that it has."""
        return {name for (name,) in self._link.rows("CALL db.labels()")} - {LABEL}

    def types(self) -> set[str]:
        """The relationship types that it has."""
        return {name for (name,) in self._link.rows("CALL db.relationshipTypes()")}

    def keys(self, pattern: Pattern) -> list[str]:
        """The properties that any node or link of a pattern has, sorted."""
        rows = self._link.rows(f"MATCH {self._match_clause(pattern)} UNWIND keys(x) AS k RETURN DISTINCT k")
        return sorted(name for (name,) in rows if name != OWNED)

    def missing_properties(self, pattern: Pattern) -> tuple[list[str], list[str]]:
        """Which of the properties in start and end no node at that end has."""
        found = f"MATCH {self._match_clause(pattern)} WITH DISTINCT %s AS n WHERE n[$name] IS NOT NULL RETURN 1 LIMIT 1"
        ends = (("a", pattern.start), ("b", pattern.end))
        start, end = ([n for n in names if not self._link.rows(found % v, name=n)] for v, names in ends)
        return start, end

    def read(self, pattern: Pattern, consume: RowConsumer) -> None:
        """Hand over the rows of a pattern."""
        parts = ["[k IN $own | x[k]]"]
        if pattern.type:
            parts += ["[k IN $start | a[k]]", "[k IN $end | b[k]]"]
        cypher = f"MATCH {self._match_clause(pattern)} RETURN {', '.join(parts)}"
        names = {"own": list(pattern.own), "start": list(pattern.start), "end": list(pattern.end)}
        self._link.read(lambda tx: consume(_rows(tx.run(cypher, names))))

    def _match_clause(self, pattern: Pattern) -> str:
        """The pattern in Cypher: x is the node or link itself, a and b are a link's ends."""
        if not pattern.type:
            return f"(x:{self._quoted_if_known(pattern.label, self.labels())})"
        a, b = (
            f":{self._quoted_if_known(end, self.labels())}" if end else ""
            for end in (pattern.start_label, pattern.end_label)
        )
        return f"(a{a})-[x:{self._quoted_if_known(pattern.type, self.types())}]->(b{b})"

    def _quoted_if_known(self, name: str, names: set[str]) -> str:
        if name not in names:
            raise StoreError(f"Neo4j at {self._link.place} has no {name!r}", "a name that the database has")
        return quoted(name)


def _rows(result: neo4j.Result) -> Iterator[list[Any]]:
    for record in result:
        yield [_native(value) for part in record.values() for value in part]


def _native(value: Any) -> Any:
    if isinstance(value, Date | DateTime):
        return value.to_native()
    if isinstance(value, list):
        return [_native(item) for item in value]
    return plain(value)
