"""`scgraph neo4j`: a server of one's own, started, stopped and looked at."""

from __future__ import annotations

import shlex
from pathlib import Path

from supplyrisk.cli.files import envelope, print_json
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.graph.store.neo4j import own_server as neo4j_server
from supplyrisk.graph.store.neo4j.jars import LICENCE, VERSION, default_cache, missing_jars
from supplyrisk.graph.store.neo4j.login import FILE
from supplyrisk.graph.store.neo4j.own_server import CREDENTIALS, RunningServer

COLUMNS = ("state", "address", "browser", "pid", "folder")


def start_server(session: Session, folder: Path | None, browser: bool) -> None:
    """Start it, fetching it first where need be, and print what to export."""
    place = _place(folder)
    lacking = missing_jars(default_cache(), browser=browser)
    if lacking:
        session.talk.say(f"downloading Neo4j {VERSION} ({lacking} files) to {default_cache()}")
        session.talk.say(f"{LICENCE}; it is not part of scgraph")
    with session.talk.progress() as step:
        running = neo4j_server.start(place, browser=browser, progress=step)
    if browser and not running.browser:
        session.talk.say("it runs already, without Neo4j Browser: stop it and start it again with --browser")
    if session.as_json:
        print_json(envelope("neo4j.start", [_row(place, running)]))
        return
    session.talk.say(f"Neo4j runs at {running.uri}, on this machine only; to use it:")
    show_text(f"export {FILE}={shlex.quote(str(place / CREDENTIALS))}")
    if running.browser:
        session.talk.say(f"Neo4j Browser: {running.browser} (user neo4j, scgraph neo4j password)")
    session.talk.say("stop it with: scgraph neo4j stop")


def stop_server(session: Session, folder: Path | None) -> None:
    """Stop it, if it runs."""
    place = _place(folder)
    stopped = neo4j_server.stop(place)
    if session.as_json:
        print_json(envelope("neo4j.stop", [{"stopped": stopped, "folder": place}]))
    session.talk.say("Neo4j stopped" if stopped else "no Neo4j of this folder runs")


def show_server(session: Session, folder: Path | None) -> None:
    """Whether it runs, and where."""
    place = _place(folder)
    row = _row(place, neo4j_server.status(place))
    if session.as_json:
        print_json(envelope("neo4j.status", [row]))
        return
    show_table(COLUMNS, [[row[name] for name in COLUMNS]])


def show_password(session: Session, folder: Path | None) -> None:
    """Its password: the one place where it is shown, because it was asked for."""
    found = neo4j_server.login_of(_place(folder))
    if session.as_json:
        print_json(envelope("neo4j.password", [{"username": found.username, "password": found.password}]))
        return
    show_text(found.password)


def _place(folder: Path | None) -> Path:
    return (folder or neo4j_server.default_folder()).absolute()


def _row(place: Path, running: RunningServer | None) -> dict[str, object]:
    if running is None:
        return {"state": "stopped", "address": None, "browser": None, "pid": None, "folder": str(place)}
    facts = {"address": running.uri, "browser": running.browser, "pid": running.pid}
    return {"state": "running", **facts, "folder": str(place)}
