"""`scgraph neo4j`: a Neo4j server of the user's own on this machine."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.session import Session, show_help, with_session
from supplyrisk.cli.talk import show_table, show_text

EXAMPLE = "scgraph neo4j start"

app = typer.Typer(rich_markup_mode=None)

ServerFolder = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        metavar="F",
        help="Folder of the server's data. Default: scgraph/neo4j in your user data folder.",
    ),
]


@app.callback(invoke_without_command=True)
def neo4j(context: typer.Context) -> None:
    """Start and stop a Neo4j server of your own, on this machine only."""
    show_help(context)


@app.command(epilog="Example: scgraph neo4j start --browser")
@with_session()
def start(
    session: Session,
    *,
    browser: Annotated[bool, typer.Option("--browser", help="Also serve Neo4j Browser.")] = False,
    folder: ServerFolder = None,
) -> None:
    """Start the server, and print the environment variable that makes scgraph use this server.

    The first start DOWNLOADS Neo4j Community Edition (GPLv3, about 140 MB) from Maven Central; no other command
    downloads anything. The server listens on 127.0.0.1 only, and its password is generated.
    """
    download = services.server_download(browser=browser)
    if download.files:
        session.talk.say(
            f"downloading Neo4j {download.version} ({download.files} files) to {download.folder}"
        )
        session.talk.say(f"{download.licence}; it is not part of scgraph")
    with session.talk.progress() as progress:
        status = services.start_server(folder, browser=browser, progress=progress)
    running = status.running
    if running is None:
        raise AssertionError("a server that was started is running")
    if browser and not running.browser:
        session.talk.say(
            "the server already runs without Neo4j Browser: stop it and start it again with --browser"
        )
    if session.prints_json(status, "neo4j.start"):
        return
    session.talk.say(f"Neo4j runs at {running.uri}, on this machine only; to use it:")
    show_text(f"export {services.CREDENTIALS_VARIABLE}={shlex.quote(str(status.credentials))}")
    if running.browser:
        session.talk.say(f"Neo4j Browser: {running.browser} (user neo4j, scgraph neo4j password)")
    session.talk.say("stop it with: scgraph neo4j stop")


@app.command(epilog="Example: scgraph neo4j stop")
@with_session()
def stop(session: Session, *, folder: ServerFolder = None) -> None:
    """Stop the server; its data stay."""
    result = services.stop_server(folder)
    session.prints_json(result)
    session.talk.say("Neo4j stopped" if result.stopped else "no Neo4j of this folder is running")


@app.command(epilog="Example: scgraph neo4j status --json")
@with_session()
def status(session: Session, *, folder: ServerFolder = None) -> None:
    """Show whether the server runs, and where."""
    result = services.server_status(folder)
    if session.prints_json(result):
        return
    show_table(services.SERVER_COLUMNS, [list(result.row().values())])


@app.command(epilog="Example: scgraph neo4j password")
@with_session()
def password(session: Session, *, folder: ServerFolder = None) -> None:
    """Print the server's password, for Neo4j Browser."""
    login = services.server_login(folder)
    if session.prints_json(login):
        return
    show_text(login.password)
