"""What `scgraph doctor` tells of a Neo4j server: what it is, what it holds, what is missing and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from supplyrisk.cli.options import Session
from supplyrisk.cli.workspace import server_of
from supplyrisk.graph import SupplyRiskError

if TYPE_CHECKING:
    from supplyrisk.graph.store.neo4j.server_state import ServerState

Fact = tuple[str, str, object, str | None]
SECTION = "neo4j"


def server_facts(session: Session, content_hash: str | None) -> Iterator[Fact]:
    """One fact per line; a server that is away is a fact too.

    content_hash: of the workspace's data, None where there are none.
    """
    try:
        login = server_of(session.settings)
        if login is None:
            yield SECTION, "server", "none named; the store is the embedded one", None
            return
        from supplyrisk.graph.store.neo4j.server_state import examine_server  # noqa: PLC0415 - the driver, only where needed

        found = examine_server(login)
    except SupplyRiskError as fault:
        yield SECTION, "server", str(fault), None
        return
    yield SECTION, "server", found.place, None
    yield SECTION, "version", f"{found.version} {found.edition}", None
    yield SECTION, "database", found.database, None
    for name, count in (found.stored.nodes | found.stored.links).items():
        yield SECTION, f"ours: {name}", count, None
    yield SECTION, "all nodes", found.nodes, None
    yield SECTION, "all links", found.links, None
    yield SECTION, "graph", _graph(found, content_hash), None
    for name in found.missing:
        yield (
            SECTION,
            f"no constraint {name}",
            "every load and look-up walks all nodes; scgraph store load",
            None,
        )


def _graph(found: ServerState, content_hash: str | None) -> str:
    if found.marker is None:
        return "none of scgraph's; scgraph load or scgraph store load builds one"
    if found.marker.state != "whole":
        return f"unfinished ({found.marker.state}): queries are refused until that is run again"
    stamp = found.marker.stamp
    built = f"{stamp.get('data')}, {str(stamp.get('content_hash'))[:12]}, as of {stamp.get('as_of')}"
    scored = (
        "with scores"
        if found.marker.scores
        else "without scores: queries on risk_* are refused; scgraph score"
    )
    scored += ", with contagion" if found.marker.contagion else ""
    stale = content_hash is not None and stamp.get("content_hash") != content_hash
    return f"{built}, {scored}" + ("; other data than the workspace's: scgraph store load" if stale else "")
