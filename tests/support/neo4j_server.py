"""The Neo4j server that tests run against: one per session, started by the code that users start theirs with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

from supplyrisk.graph.store.neo4j import own_server as neo4j_server
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.jars import default_cache, listed_jars
from supplyrisk.graph.store.neo4j.login import Login
from supplyrisk.graph.store.neo4j.neo4j_store import Neo4jStore
from supplyrisk.graph.store.neo4j.own_server import RunningServer, ServerMemory

# Two processes of tests that look for a free port at the same time would find the same one.
neo4j_server.BOLT_PORT += 10 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
SMALL = ServerMemory("512m", "64m", ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"))
"""Java compiles less eagerly: most of a short life goes into that."""
# Ends the server with whoever holds the other end of its stdin, however that one ends.
WATCH = "import os, sys; sys.stdin.read(); os.kill(int(sys.argv[1]), 9)"


def lacking() -> str | None:
    """Why no server can be started here; None in CI, where a failure to start is a failure."""
    if os.environ.get("CI") or all(jar.path(default_cache()).is_file() for jar in listed_jars()):
        return None
    from jgo.maven import MavenContext

    central = MavenContext().remote_repos["central"]
    try:
        urllib.request.urlopen(f"{central}/org/neo4j/neo4j/maven-metadata.xml", timeout=10).close()  # noqa: S310 - jgo's
    except (urllib.error.URLError, OSError) as fault:
        return f"Maven Central cannot be reached ({fault})"
    return None


@dataclass
class TestServer:
    """The session's server; content says what its database holds, so that it is not loaded twice."""

    __test__ = False

    folder: Path
    content: object = None
    _watchers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @cached_property
    def login(self) -> Login:
        return neo4j_server.login_of(self.folder)

    def start(self) -> RunningServer:
        running = neo4j_server.start(self.folder, memory=SMALL)
        watcher = subprocess.Popen(
            [sys.executable, "-c", WATCH, str(running.pid)], stdin=subprocess.PIPE, start_new_session=True
        )
        self._watchers.append(watcher)
        return running

    def kill(self) -> None:
        """What a power cut does to it."""
        running = neo4j_server.status(self.folder)
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)
        while neo4j_server.status(self.folder) is not None:
            pass

    def end(self) -> None:
        if neo4j_server.status(self.folder) is not None:
            self.kill()
        for watcher in self._watchers:
            watcher.kill()
            watcher.communicate()

    def store(self) -> Neo4jStore:
        return Neo4jStore(self.login)

    def link(self) -> Connection:
        return Connection(self.login)

    def empty(self) -> None:
        """Nothing at all in the database: no nodes, no constraints."""
        self.content = None
        link = self.link()
        try:
            link.write(lambda tx: tx.run("MATCH (n) DETACH DELETE n").consume())
            for (name,) in link.rows("SHOW CONSTRAINTS YIELD name"):
                link.schema(f"DROP CONSTRAINT `{name}`")
        finally:
            link.close()

    def holding(self, content: object, build: Callable[[Neo4jStore], None]) -> None:
        """Have the database hold what build makes, unless it does."""
        if self.content == content:
            return
        self.empty()
        with self.store() as store:
            build(store)
        self.content = content


def make(folder: Path) -> TestServer:
    """Start the session's server, or skip with the reason."""
    reason = lacking()
    if reason:
        pytest.skip(reason)
    made = TestServer(folder)
    made.start()
    return made
