"""The connection to a Neo4j server: sessions, retries, and the driver's exceptions as this package's errors.

The driver's message about a statement is passed on as one line. Its messages about servers are replaced, because they
repeat addresses and stack traces.
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
"""Prefix of a statement that asks the server for its plan instead of its rows."""
OLDEST_VERSION = 5
"""Oldest supported major version of Neo4j; since 2025 the major version is the year."""
CONNECT_TIMEOUT = 15.0
"""Timeout of the first call in seconds."""
RETRY_TIMEOUT = 30.0
"""Seconds during which a transaction is retried after its connection broke: enough for a restart."""
# The driver logs notifications of each statement, which the results here contain: they must not go to stderr too.
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
    """A connection to one database of a server; opened and checked on creation, closed by `close`.

    Parameters
    ----------
    login: address and credentials.

    Raises
    ------
    StoreError: the server does not respond, rejects the password, lacks the database, or is too old.
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
            # The server information does not depend on the database; this statement does.
            self.rows("RETURN 1")
        except BaseException:
            # The driver holds sockets even if the first call failed.
            self.close()
            raise

    @property
    def version(self) -> str:
        """The server's version, such as 5.26.30."""
        return self.server.agent.rpartition("/")[2]

    def read(self, work: Callable[[neo4j.ManagedTransaction], T], timeout: float | None = None) -> T:
        """Return the result of `work` in a read-only transaction; it is repeated where the server asks for a retry."""
        with self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(neo4j.unit_of_work(timeout=timeout)(work))

    def write(self, work: Callable[[neo4j.ManagedTransaction], T], timeout: float | None = None) -> T:
        """Return the result of `work` in a transaction that may write; all of it is committed or nothing."""
        with self._session(neo4j.WRITE_ACCESS) as session:
            return session.execute_write(neo4j.unit_of_work(timeout=timeout)(work))

    def rows(self, cypher: str, **params: object) -> list[list[Any]]:
        """Return the rows of one read-only statement."""
        return self.read(lambda tx: tx.run(cypher, params).values())

    def schema(self, cypher: str) -> None:
        """Run one statement that changes constraints; Neo4j requires a transaction of its own for it."""
        self.write(lambda tx: tx.run(cypher).consume())

    def close(self) -> None:
        """Close the connection; it may be called twice."""
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
        """Raise the driver's exceptions as StoreError or CypherError."""
        try:
            yield
        except AuthError as fault:
            raise StoreError(
                f"Neo4j at {self.place} refused user {self.login.username}",
                "a valid user and password",
                "check NEO4J_USERNAME and NEO4J_PASSWORD",
            ) from fault
        except (ServiceUnavailable, SessionExpired, OSError) as fault:
            raise StoreError(
                f"Neo4j at {self.place} does not answer",
                "a running server",
                "start it, correct NEO4J_URI, or use --store embedded",
            ) from fault
        # Neo4jError is the base class of AuthError and must come after it.
        except Neo4jError as fault:
            raise self._server_error(fault) from fault
        except (DriverError, ConfigurationError) as fault:
            raise StoreError(
                f"the driver cannot use Neo4j at {self.place}: {_first_line(str(fault))}"
            ) from fault

    def _server_error(self, fault: Neo4jError) -> StoreError:
        code = fault.code or ""
        message = _first_line(fault.message or str(fault))
        if code in _NO_DATABASE:
            name = self.login.database or "its default"
            return StoreError(
                f"Neo4j at {self.place} has no database {name} that is online",
                "an existing database that is online",
                "check NEO4J_DATABASE",
            )
        if code in _RIGHTS:
            remedy = "have it granted, or log in as another user"
            return StoreError(f"user {self.login.username} lacks a right ({message})", None, remedy)
        return _statement_error(fault, code, message) or StoreError(f"Neo4j: {message}")

    def _check_version(self) -> None:
        major = self.version.partition(".")[0]
        if major.isdigit() and int(major) < OLDEST_VERSION:
            raise StoreError(
                f"Neo4j at {self.place} is version {self.version}",
                f"{OLDEST_VERSION}.0 or later, preferably 5.26",
                "upgrade it",
            )


def write_refused() -> CypherError:
    """Return the error for a statement that writes where it may only read."""
    return CypherError(*WRITES)


def _statement_error(fault: Neo4jError, code: str, message: str) -> CypherError | None:
    """Return the error where the statement caused it, None where the server did."""
    # Neo4j has several codes for a timeout, depending on which lock or wait noticed it.
    if _STOPPED.search(code):
        return CypherError("the statement was stopped", None, "start from fewer nodes or allow more time")
    if "conflicting values for execution mode" in message:
        return CypherError("the statement asks for a profile", "plain rows", "leave out PROFILE")
    if code in _WRITES:
        return write_refused()
    if isinstance(fault, ClientError) and ".Statement." in code:
        return CypherError(_without_explain(message) if EXPLAIN in (fault.message or "") else message)
    return None


def _without_explain(message: str) -> str:
    """Return a message with columns of the user's statement, which the server counts from the added EXPLAIN."""
    return re.sub(r"(?<=line 1, column )\d+", lambda m: str(int(m.group()) - len(EXPLAIN)), message)


def _first_line(text: str) -> str:
    """Return the first line of a message without its character offset; further lines repeat the statement."""
    line = (text.strip().splitlines() or [""])[0].rstrip(" ;.")
    return re.sub(r" \(offset: \d+\)", "", line)
