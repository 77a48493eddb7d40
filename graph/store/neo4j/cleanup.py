"""Taking everything of ours out of a Neo4j database, and saying beforehand what that is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.cypher_names import quoted
from supplyrisk.graph.store.graph_tables import KEYS
from supplyrisk.graph.store.neo4j import load_parts
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.load_parts import OWNED
from supplyrisk.graph.store.neo4j.marker import (
    CLEANING,
    CONSTRAINTS,
    LABEL,
    BatchWriter,
    Marker,
    new_run,
    read_marker,
    write_marker,
)
from supplyrisk.graph.store.neo4j.removal import drop_properties, remove_stale_nodes
from supplyrisk.graph.store.property_names import Vocabulary


@dataclass(frozen=True)
class StoredCounts:
    """What of ours a database holds: nodes by label, links by type, properties risk_, and constraints by name."""

    nodes: dict[str, int]
    links: dict[str, int]
    scores: tuple[str, ...]
    constraints: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing."""
        return not (self.nodes or self.links or self.constraints)


def count_stored(connection: Connection) -> StoredCounts:
    """Count what of ours a database holds."""
    marker = connection.read(read_marker) or Marker()
    nodes = {label: _count(connection, f"MATCH (x:{label})") for label in sorted(KEYS)}
    types = sorted({kind.partition("|")[0] for kind in marker.links})
    links = {type_: _count(connection, f"MATCH ()-[x:{quoted(type_)}]->()") for type_ in types}
    constraints = {name for (name,) in connection.rows("SHOW CONSTRAINTS YIELD name")}
    return StoredCounts(
        {name: n for name, n in nodes.items() if n},
        {name: n for name, n in links.items() if n},
        marker.risk_properties,
        tuple(sorted(constraints & CONSTRAINTS.keys())),
    )


def remove_everything(connection: Connection) -> None:
    """Remove what is ours.

    Nodes of ours with links or properties that are not ours stay, with their key and what is not ours; nodes
    that were there before us get back to the properties that they had by name. Run it again if it was cut off.

    Raises
    ------
    StoreError: the server went away, or another run took over.
    """
    marker = connection.read(read_marker)
    if marker is not None:
        cleaning = replace(marker, state=CLEANING, run=new_run())
        connection.write(lambda tx: write_marker(tx, cleaning))
        writer = BatchWriter(connection, cleaning.run)
        for type_ in sorted({kind.partition("|")[0] for kind in cleaning.links}):
            writer.repeat(
                f"MATCH ()-[r:{quoted(type_)}]->() WHERE r.{OWNED} IS NOT NULL WITH r LIMIT {load_parts.BATCH} "
                "DELETE r RETURN count(r) AS n"
            )
        drop_properties(writer, Vocabulary({}, {}), Vocabulary({}, {}), cleaning.risk_properties)
        for label in KEYS:
            remove_stale_nodes(connection, writer, label, None, cleaning.names)
        connection.write(lambda tx: tx.run(f"MATCH (m:{LABEL}) DELETE m").consume())
    for name in CONSTRAINTS:
        connection.schema(f"DROP CONSTRAINT {name} IF EXISTS")
    if not count_stored(connection).empty:
        raise StoreError("something of scgraph's is still there", None, "run it again")


def _count(connection: Connection, pattern: str) -> int:
    return int(connection.rows(f"{pattern} WHERE x.{OWNED} IS NOT NULL RETURN count(x)")[0][0])
