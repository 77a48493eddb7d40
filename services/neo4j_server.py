"""A Neo4j server of the user's own on this machine: start it, stop it, and see whether it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import lazy_loader

from supplyrisk.services.documents import Document, document
from supplyrisk.services.progress import JobProgress, silent

if TYPE_CHECKING:
    from supplyrisk.graph.store.neo4j.own_server import RunningServer

own_server = lazy_loader.load("supplyrisk.graph.store.neo4j.own_server", suppress_warning=True)
jars = lazy_loader.load("supplyrisk.graph.store.neo4j.jars", suppress_warning=True)

CREDENTIALS_VARIABLE = "NEO4J_CREDENTIALS_FILE"
SERVER_COLUMNS = ("state", "address", "browser", "pid", "folder")


@dataclass(frozen=True)
class ServerStatus:
    """A server's folder, and where it runs; running None: it is stopped."""

    folder: Path
    running: RunningServer | None

    def row(self) -> Document:
        """One value per SERVER_COLUMNS."""
        running = self.running
        return {
            "state": "running" if running else "stopped",
            "address": running and running.uri,
            "browser": running and running.browser,
            "pid": running and running.pid,
            "folder": str(self.folder),
        }

    def to_json(self, job: str = "neo4j.status") -> Document:
        """The status as a JSON document of one row."""
        return document(job, [self.row()])

    @property
    def credentials(self) -> Path:
        """The file that NEO4J_CREDENTIALS_FILE should name to use the server."""
        path: Path = self.folder / own_server.CREDENTIALS
        return path


@dataclass(frozen=True)
class ServerStop:
    """Whether a server was stopped; False: none ran in that folder."""

    stopped: bool
    folder: Path

    def to_json(self) -> Document:
        """As a JSON document of one row."""
        return document("neo4j.stop", [self])


@dataclass(frozen=True)
class ServerDownload:
    """Files of Neo4j that a first start downloads, their version, where they go, and their licence."""

    files: int
    version: str
    folder: Path
    licence: str


@dataclass(frozen=True)
class ServerLogin:
    """User and password of the server; the password is shown only where it was asked for."""

    username: str
    password: str

    def to_json(self) -> Document:
        """As a JSON document of one row."""
        return document("neo4j.password", [self])


def server_download(*, browser: bool = False) -> ServerDownload:
    """What `start_server` would download; 0 files where all are there."""
    cache = jars.default_cache()
    return ServerDownload(jars.missing_jars(cache, browser=browser), jars.VERSION, cache, jars.LICENCE)


def start_server(
    folder: Path | None = None, *, browser: bool = False, progress: JobProgress = silent
) -> ServerStatus:
    """Start a server, downloading Neo4j from Maven Central first where it is missing.

    folder: where it keeps its data; None: the user's data folder. browser: serve Neo4j Browser too.

    Raises
    ------
    StoreError: it cannot be downloaded or does not start; the message says why.
    """
    place = _place(folder)
    return ServerStatus(place, own_server.start(place, browser=browser, progress=progress))


def stop_server(folder: Path | None = None) -> ServerStop:
    """Stop the server of a folder, if it runs; its data stay."""
    place = _place(folder)
    return ServerStop(own_server.stop(place), place)


def server_status(folder: Path | None = None) -> ServerStatus:
    """Whether the server of a folder runs, and where."""
    place = _place(folder)
    return ServerStatus(place, own_server.status(place))


def server_login(folder: Path | None = None) -> ServerLogin:
    """User and password of the server of a folder."""
    login = own_server.login_of(_place(folder))
    return ServerLogin(login.username, login.password)


def _place(folder: Path | None) -> Path:
    place: Path = (folder or own_server.default_folder()).absolute()
    return place
