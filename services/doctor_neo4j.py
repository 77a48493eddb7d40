"""Facts about a Neo4j server: what it is, what it holds, which constraints are missing and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import lazy_loader

from supplyrisk.graph import SupplyRiskError, Workspace
from supplyrisk.services.facts import Fact

if TYPE_CHECKING:
    from supplyrisk.graph.store.neo4j.server_state import ServerState

server_state = lazy_loader.load("supplyrisk.graph.store.neo4j.server_state", suppress_warning=True)
SECTION = "neo4j"


def server_facts(workspace: Workspace, content_hash: str | None) -> Iterator[Fact]:
    """One fact per line; that the server does not answer is a fact too.

    content_hash: of the workspace's data, None where there are none.
    """
    try:
        login = workspace.login()
        if login is None or workspace.store_kind.name != SECTION:
            yield Fact(SECTION, "server", f"none named; the store is the {workspace.store_kind.name} one")
            return
        state = server_state.examine_server(login)
    except SupplyRiskError as error:
        yield Fact(SECTION, "server", str(error))
        return
    yield Fact(SECTION, "server", state.place)
    yield Fact(SECTION, "version", f"{state.version} {state.edition}")
    yield Fact(SECTION, "database", state.database)
    for name, count in (state.stored.nodes | state.stored.links).items():
        yield Fact(SECTION, f"ours: {name}", count)
    yield Fact(SECTION, "all nodes", state.nodes)
    yield Fact(SECTION, "all links", state.links)
    yield Fact(SECTION, "graph", _graph(state, content_hash))
    for name in state.missing:
        cost = "every load and look-up scans all nodes; scgraph store load creates it"
        yield Fact(SECTION, f"no constraint {name}", cost)


def _graph(state: ServerState, content_hash: str | None) -> str:
    if state.marker is None:
        return "none of scgraph's; scgraph load or scgraph store load builds one"
    if state.marker.state != "whole":
        return f"unfinished ({state.marker.state}): queries are refused until that is run again"
    stamp = state.marker.stamp
    built = f"{stamp.get('data')}, {str(stamp.get('content_hash'))[:12]}, as of {stamp.get('as_of')}"
    scored = (
        "with scores"
        if state.marker.scores
        else "without scores: queries on risk_* are refused; scgraph score"
    )
    scored += ", with contagion" if state.marker.contagion else ""
    stale = content_hash is not None and stamp.get("content_hash") != content_hash
    return f"{built}, {scored}" + ("; other data than the workspace's: scgraph store load" if stale else "")
