"""The official driver behind one door: sessions, retries, and its many faults as our few.

What the driver says of a statement reaches the user in one line; what it says of a server is said in our words,
since its own repeat addresses and stack after stack.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from supplyrisk.graph.errors import CypherError, StoreError
from supplyrisk.graph.store.cypher_statement import WRITES
from supplyrisk.graph.store.neo4j.login import Login

Work = Callable[[neo4j.ManagedTransaction], Any]
T = TypeVar("T")
EXPLAIN = "EXPLAIN "
"""Put before a statement, it asks the server for its plan instead of its rows."""
OLDEST_VERSION = 5
"""The oldest major version of Neo4j; versions of 2025 and later count by year."""
CONNECT_TIMEOUT = 15.0
"""Seconds that a server may take to answer the first call."""
RETRY_TIMEOUT = 30.0
"""Seconds over which a transaction is tried again after its connection broke: time for a restart."""
# What the driver logs of each statement is part of the answer here: it is not to reach stderr by itself.
logging.getLogger("neo4j").addHandler(logging.NullHandler())
_RIGHTS = ("Neo.ClientError.Security.Forbidden", "Neo.ClientError.Security.AuthorizationExpired")
_NO_DATABASE = (
    "Neo.ClientError.Database.DatabaseNotFound",
    "Neo.TransientError.Database.DatabaseUnavailable",
)
_WRITES = (
    "Neo.ClientError.Statement.AccessMode",
    "Neo.ClientError.Transaction.ForbiddenDueToTransactionType",
)
_STOPPED = re.compile(r"TransactionTimedOut|Transaction\.Terminated|LockClientStopped|ExecutionTimeout")


class Connection:
    """A connection to one database of one server; opened with the first call, closed by `close`.

    Parameters
    ----------
    login: where it is and who asks.

    Raises
    ------
    StoreError: it does not answer, refuses the password, lacks the database, or is too old.
    """

    def __init__(self, login: Login) -> None:
        self.login = login
        self.place = login.place
        with self.translated_errors():
            self._driver = neo4j.GraphDatabase.driver(
                login.uri,
                auth=(login.username, login.password),
                connection_timeout=CONNECT_TIMEOUT,
                connection_acquisition_timeout=2 * CONNECT_TIMEOUT,
                max_transaction_retry_time=RETRY_TIMEOUT,
                notifications_min_severity="WARNING",
                user_agent="scgraph",
            )
        try:
            with self.translated_errors():
                self.server = self._driver.get_server_info()
            self._check_version()
            self.rows("RETURN 1")
        except BaseException:
            self.close()
            raise

    @property
    def version(self) -> str:
        """The server's version, such as 5.26.30."""
        return self.server.agent.rpartition("/")[2]

    def read(self, work: Callable[[neo4j.ManagedTransaction], T], timeout: float | None = None) -> T:
        """What work gives in a transaction that may only read; run again where the server asks for it."""
        with self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(neo4j.unit_of_work(timeout=timeout)(work))

    def write(self, work: Callable[[neo4j.ManagedTransaction], T], timeout: float | None = None) -> T:
        """The same in a transaction that may write; all of it or nothing."""
        with self._session(neo4j.WRITE_ACCESS) as session:
            return session.execute_write(neo4j.unit_of_work(timeout=timeout)(work))

    def rows(self, cypher: str, **params: object) -> list[list[Any]]:
        """The rows of one statement that reads."""
        return self.read(lambda tx: tx.run(cypher, params).values())

    def schema(self, cypher: str) -> None:
        """Run one statement that changes constraints: in a transaction of its own, as these demand."""
        self.write(lambda tx: tx.run(cypher).consume())

    def close(self) -> None:
        """Let go of the connections; safe to call twice."""
        self._driver.close()

    @contextmanager
    def _session(self, mode: str) -> Iterator[neo4j.Session]:
        with (
            self.translated_errors(),
            self._driver.session(
                database=self.login.database, default_access_mode=mode, fetch_size=10_000
            ) as session,
        ):
            yield session

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turn what the driver raises into our errors."""
        try:
            yield
        except AuthError as fault:
            raise StoreError(
                f"Neo4j at {self.place} refused user {self.login.username}",
                "a user and password that it knows",
                "check NEO4J_USERNAME and NEO4J_PASSWORD",
            ) from fault
        except (ServiceUnavailable, SessionExpired, OSError) as fault:
            raise StoreError(
                f"Neo4j at {self.place} does not answer",
                "a server that runs",
                "start it, mend NEO4J_URI, or use --store embedded",
            ) from fault
        except Neo4jError as fault:
            raise self._server_error(fault) from fault
        except (DriverError, ConfigurationError) as fault:
            raise StoreError(
                f"the driver cannot use Neo4j at {self.place}: {_first_line(str(fault))}"
            ) from fault

    def _server_error(self, fault: Neo4jError) -> StoreError:
        code, said = fault.code or "", _first_line(fault.message or str(fault))
        if code in _NO_DATABASE:
            name = self.login.database or "its default"
            return StoreError(
                f"Neo4j at {self.place} has no database {name} that is online",
                "a database that is there",
                "check NEO4J_DATABASE",
            )
        if code in _RIGHTS:
            remedy = "have it granted, or log in as another"
            return StoreError(f"user {self.login.username} lacks a right ({said})", None, remedy)
        return _statement_error(fault, code, said) or StoreError(f"Neo4j: {said}")

    def _check_version(self) -> None:
        major = self.version.partition(".")[0]
        if major.isdigit() and int(major) < OLDEST_VERSION:
            raise StoreError(
                f"Neo4j at {self.place} is version {self.version}",
                f"{OLDEST_VERSION}.0 or later, 5.26 for choice",
                "upgrade it",
            )


def write_refused() -> CypherError:
    """The error for a statement that writes where it may only read."""
    return CypherError(*WRITES)


def _statement_error(fault: Neo4jError, code: str, message: str) -> CypherError | None:
    """The fault of a statement, None where it is the server's."""
    if _STOPPED.search(code):
        return CypherError("the statement was stopped", None, "start from fewer nodes or allow more time")
    if "conflicting values for execution mode" in message:
        return CypherError("the statement asks for a profile", "plain rows", "leave PROFILE out")
    if code in _WRITES:
        return write_refused()
    if isinstance(fault, ClientError) and ".Statement." in code:
        return CypherError(_without_explain(message) if EXPLAIN in (fault.message or "") else message)
    return None


def _without_explain(message: str) -> str:
    """A place in a statement that we put EXPLAIN before, as it is without it."""
    return re.sub(r"(?<=line 1, column )\d+", lambda m: str(int(m.group()) - len(EXPLAIN)), message)


def _first_line(text: str) -> str:
    """The first line: the others repeat the statement; without its count of characters."""
    line = (text.strip().splitlines() or [""])[0].rstrip(" ;.")
    return re.sub(r" \(offset: \d+\)", "", line)
