"""The state of a Neo4j server: version, database, and what scgraph owns in it."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.store.neo4j.cleanup import count_stored
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.login import Login
from supplyrisk.graph.store.neo4j.marker import CONSTRAINTS, Marker, read_marker
from supplyrisk.graph.store.protocol import StoredCounts


@dataclass(frozen=True)
class ServerState:
    """State of a server.

    Parameters
    ----------
    place, version, edition, database: address, version, edition and name of the database.
    nodes, links: counts of all nodes and links in the database.
    stored: what scgraph owns.
    marker: scgraph's marker, None where nothing was ever loaded.
    missing: unique keys that the database should have and lacks ("Firm.firm_id").
    """

    place: str
    version: str
    edition: str
    database: str
    nodes: int
    links: int
    stored: StoredCounts
    marker: Marker | None
    missing: tuple[str, ...]


def examine_server(login: Login) -> ServerState:
    """Return the state of a server.

    Raises
    ------
    StoreError: the server does not respond, or rejects the login.
    """
    connection = Connection(login)
    try:
        ((edition,),) = connection.rows(
            "CALL dbms.components() YIELD name, edition WHERE name = 'Neo4j Kernel' RETURN edition"
        )
        ((database,),) = connection.rows("CALL db.info() YIELD name RETURN name")
        unique = connection.rows(
            "SHOW CONSTRAINTS YIELD labelsOrTypes, properties, type WHERE type CONTAINS 'UNIQUE' "
            "RETURN labelsOrTypes[0], properties"
        )
        present = {(label, tuple(names)) for label, names in unique}
        marker = connection.read(read_marker)
        # Without a marker nothing was loaded, and no constraint is needed yet.
        required = CONSTRAINTS.values() if marker else ()
        return ServerState(
            place=connection.place,
            version=connection.version,
            edition=edition,
            database=database,
            nodes=int(connection.rows("MATCH (n) RETURN count(n)")[0][0]),
            links=int(connection.rows("MATCH ()-[r]->() RETURN count(r)")[0][0]),
            stored=count_stored(connection),
            marker=marker,
            missing=tuple(f"{label}.{key}" for label, key in required if (label, (key,)) not in present),
        )
    finally:
        connection.close()
