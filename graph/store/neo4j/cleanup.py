"""Counts and removes everything that scgraph owns in a Neo4j database."""

from __future__ import annotations

from dataclasses import replace

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
from supplyrisk.graph.store.protocol import StoredCounts


def count_stored(connection: Connection) -> StoredCounts:
    """Return what scgraph owns in a database."""
    marker = connection.read(read_marker) or Marker()
    nodes = {label: _count(connection, f"MATCH (x:{label})") for label in sorted(KEYS)}
    types = sorted({kind.partition("|")[0] for kind in marker.links})
    links = {type_: _count(connection, f"MATCH ()-[x:{quoted(type_)}]->()") for type_ in types}
    constraints = {name for (name,) in connection.rows("SHOW CONSTRAINTS YIELD name")}
    return StoredCounts(
        {name: n for name, n in nodes.items() if n},
        {name: n for name, n in links.items() if n},
        marker.result_properties,
        tuple(sorted(constraints & CONSTRAINTS.keys())),
    )


def remove_everything(connection: Connection) -> None:
    """Remove everything that scgraph owns in a database.

    A node of scgraph's that has links or properties of others keeps these and its key. A node that existed before
    scgraph wrote to it keeps the properties that it had then. If the removal is interrupted, run it again.

    Raises
    ------
    StoreError: the connection broke, or another run took over.
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
        # Links go before nodes, whose removal checks for links of others. Only the scores are dropped here: the other
        # properties go with their nodes.
        drop_properties(writer, Vocabulary({}, {}), Vocabulary({}, {}), cleaning.result_properties)
        for label in KEYS:
            remove_stale_nodes(connection, writer, label, None, cleaning.names)
        # The marker goes last: until then an interrupted removal can be repeated.
        connection.write(lambda tx: tx.run(f"MATCH (m:{LABEL}) DELETE m").consume())
    for name in CONSTRAINTS:
        connection.schema(f"DROP CONSTRAINT {name} IF EXISTS")
    if not count_stored(connection).empty:
        raise StoreError("the database still has content of scgraph's", "none", "run the command again")


def _count(connection: Connection, pattern: str) -> int:
    return int(connection.rows(f"{pattern} WHERE x.{OWNED} IS NOT NULL RETURN count(x)")[0][0])
