"""Facts about a Neo4j server: what it is, what it holds, which constraints are missing and what that costs."""

from __future__ import annotations

from collections.abc import Iterator

from supplyrisk.graph.store.neo4j.cleanup import count_stored
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.marker import CONSTRAINTS, WHOLE, Marker, read_marker


def server_facts(connection: Connection, content_hash: str | None) -> Iterator[tuple[str, object]]:
    """Yield facts by name; content_hash: of the data that the graph should show, None where there are none."""
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
    stored = count_stored(connection)
    yield "server", connection.place
    yield "version", f"{connection.version} {edition}"
    yield "database", database
    for name, count in (stored.nodes | stored.links).items():
        yield f"ours: {name}", count
    yield "all nodes", connection.rows("MATCH (n) RETURN count(n)")[0][0]
    yield "all links", connection.rows("MATCH ()-[r]->() RETURN count(r)")[0][0]
    yield "graph", _graph(marker, content_hash)
    # Without a marker nothing was loaded, and no constraint is needed yet.
    for label, key in CONSTRAINTS.values() if marker else ():
        if (label, (key,)) not in present:
            cost = "every load and look-up scans all nodes; scgraph store load creates it"
            yield f"no constraint {label}.{key}", cost


def _graph(marker: Marker | None, content_hash: str | None) -> str:
    if marker is None:
        return "none of scgraph's; scgraph load or scgraph store load builds one"
    if marker.state != WHOLE:
        return f"unfinished ({marker.state}): queries are refused until that is run again"
    stamp = marker.stamp
    built = f"{stamp.get('data')}, {str(stamp.get('content_hash'))[:12]}, as of {stamp.get('as_of')}"
    scored = (
        "with scores" if marker.scores else "without scores: queries on risk_* are refused; scgraph score"
    )
    scored += ", with contagion" if marker.contagion else ""
    stale = content_hash is not None and stamp.get("content_hash") != content_hash
    return f"{built}, {scored}" + ("; other data than the workspace's: scgraph store load" if stale else "")
