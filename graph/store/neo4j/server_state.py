"""What a Neo4j server is and what of ours it holds, in one look."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.store.neo4j.cleanup import StoredCounts, held_by
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
    held: StoredCounts
    marker: Marker | None
    missing: tuple[str, ...]


def examine_server(login: Login) -> ServerState:
    """Look at a server.

    Raises
    ------
    StoreError: it does not answer, or refuses the login.
    """
    link = Connection(login)
    try:
        ((edition,),) = link.rows(
            "CALL dbms.components() YIELD name, edition WHERE name = 'Neo4j Kernel' RETURN edition"
        )
        ((database,),) = link.rows("CALL db.info() YIELD name RETURN name")
        unique = link.rows(
            "SHOW CONSTRAINTS YIELD labelsOrTypes, properties, type WHERE type CONTAINS 'UNIQUE' "
            "RETURN labelsOrTypes[0], properties"
        )
        there = {(label, tuple(names)) for label, names in unique}
        marker = link.read(read_marker)
        wanted = CONSTRAINTS.values() if marker else ()
        return ServerState(
            link.place,
            link.version,
            edition,
            database,
            int(link.rows("MATCH (n) RETURN count(n)")[0][0]),
            int(link.rows("MATCH ()-[r]->() RETURN count(r)")[0][0]),
            held_by(link),
            marker,
            tuple(f"{label}.{key}" for label, key in wanted if (label, (key,)) not in there),
        )
    finally:
        link.close()
