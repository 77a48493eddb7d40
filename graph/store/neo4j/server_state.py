"""What a Neo4j server is and what of ours it holds, in one look."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.store.neo4j.cleanup import StoredCounts, count_stored
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.login import Login
from supplyrisk.graph.store.neo4j.marker import CONSTRAINTS, Marker, read_marker


@dataclass(frozen=True)
class ServerState:
    """A server, its database, what of ours is in it, and which unique keys it lacks ("Firm.firm_id")."""

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
    """Look at a server.

    Raises
    ------
    StoreError: it does not answer, or refuses the login.
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
        required = CONSTRAINTS.values() if marker else ()
        return ServerState(
            connection.place,
            connection.version,
            edition,
            database,
            int(connection.rows("MATCH (n) RETURN count(n)")[0][0]),
            int(connection.rows("MATCH ()-[r]->() RETURN count(r)")[0][0]),
            count_stored(connection),
            marker,
            tuple(f"{label}.{key}" for label, key in required if (label, (key,)) not in present),
        )
    finally:
        connection.close()
