"""A workspace: the folder that holds loaded data, the graph, models, scores, contagion and the audit log."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import lazy_loader

from supplyrisk.graph.contagion.learned_hazards import Transmissions
from supplyrisk.graph.credit.audit_log import AuditLog
from supplyrisk.graph.errors import DataError, ModelError, RequestError
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.snapshot.snapshot import Snapshot, build_snapshot
from supplyrisk.graph.store.embedded.embedded_store import POINTER, EmbeddedStore
from supplyrisk.graph.store.external_graph import ExternalGraph
from supplyrisk.graph.store.neo4j.login import Login, names_server, read_login
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.workspace.contagion_file import StoredContagion, read_contagion, write_contagion
from supplyrisk.graph.workspace.fast_parquet import read_parquet
from supplyrisk.graph.workspace.layout import MODEL_FILE, Layout, day_files, day_name, day_of_name
from supplyrisk.graph.workspace.output_files import write_text
from supplyrisk.graph.workspace.score_runs import ScoreRuns
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables, read_workspace

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# The official driver takes half a second to import; most commands use the embedded store.
connection = lazy_loader.load("supplyrisk.graph.store.neo4j.connection", suppress_warning=True)
external_neo4j = lazy_loader.load("supplyrisk.graph.store.neo4j.external_neo4j", suppress_warning=True)
neo4j_store = lazy_loader.load("supplyrisk.graph.store.neo4j.neo4j_store", suppress_warning=True)

StoreProgress = Callable[[str, int, int], None]
"""Called with what is being done, the steps done so far, and the steps in all (0: unknown)."""
EMBEDDED = "embedded"
NEO4J = "neo4j"


@dataclass(frozen=True)
class _LimitedTables(Tables):
    """Tables whose connections keep to a memory limit."""

    limit: str = defaults.MEMORY_LIMIT

    def connect(self, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
        """As in Tables."""
        return super().connect(memory_limit or self.limit)


def snapshot_with_firms(
    tables: Tables,
    as_of: date | None = None,
    *,
    horizon_days: int = defaults.HORIZON_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
) -> Snapshot:
    """What was knowable at the end of a day; as_of None: the last day of the data.

    Raises
    ------
    DataError: no firm exists on that day, or what `build_snapshot` raises.
    """
    snapshot = build_snapshot(tables, as_of, horizon_days, default_definition=default_definition)
    if snapshot.firms.num_rows == 0:
        raise DataError(f"no firm has joined as of {snapshot.as_of}", "a later day", "choose another --as-of")
    return snapshot


class Workspace:
    """Typed access to everything in a workspace's folder. It reads lazily and holds nothing open.

    Parameters
    ----------
    path: the folder; it need not exist before the first load.
    store: the graph store: "embedded", "neo4j" or an address; None lets NEO4J_URI decide.
    memory_limit: what DuckDB may take while a snapshot is computed.

    Raises
    ------
    RequestError: no store has that name.

    Examples
    --------
    >>> workspace = Workspace("demo/workspace")
    >>> workspace.scores().to_pandas().head()
    >>> with workspace.open_graph() as graph:
    ...     graph.run("MATCH (f:Firm) RETURN count(f) AS firms")
    """

    def __init__(
        self,
        path: str | Path = defaults.WORKSPACE,
        *,
        store: str | None = None,
        memory_limit: str = defaults.MEMORY_LIMIT,
    ) -> None:
        if store not in (None, EMBEDDED, NEO4J) and "://" not in store:
            raise RequestError(f"no store is called {store!r}", "embedded, neo4j or an address")
        self.path = Path(path)
        self.store = store
        self.memory_limit = memory_limit
        self.layout = Layout(self.path)

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r})"

    def __str__(self) -> str:
        return str(self.path)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Workspace):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[Path, str | None, str]:
        return self.path, self.store, self.memory_limit

    # --- data ---

    def has_data(self) -> bool:
        """Whether tables were loaded."""
        return self.layout.pointer.is_file()

    def tables(self) -> Tables:
        """The loaded tables.

        Raises
        ------
        WorkspaceError: none were loaded, or they are damaged or of another version.
        """
        tables = read_workspace(self.path)
        return _LimitedTables(tables.info, tables.sources, tables.lease, self.memory_limit)

    def info(self) -> DatasetInfo:
        """What holds of the loaded data as a whole; raises as `tables`."""
        return self.tables().info

    def snapshot(
        self,
        as_of: date | None = None,
        *,
        horizon_days: int = defaults.HORIZON_DAYS,
        default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
        tables: Tables | None = None,
    ) -> Snapshot:
        """What was knowable at the end of a day; parameters and errors as in `snapshot_with_firms`.

        tables: those already read, where the caller uses more of them and a load in between must not mix two data sets.
        """
        return snapshot_with_firms(
            tables or self.tables(), as_of, horizon_days=horizon_days, default_definition=default_definition
        )

    # --- scores ---

    def scored_days(self) -> list[date | None]:
        """The scored days, oldest first; None stands for undated data."""
        return [day_of_name(path.stem) for path in day_files(self.layout.scores)]

    def scores(self, as_of: date | None = None) -> pa.Table:
        """Scores of a day, riskiest first; as_of None: the last scored day (or the undated data).

        Raises
        ------
        DataError: that day was not scored.
        """
        return read_parquet(self.day_file(self.layout.scores, as_of, "scgraph score"))

    def score_runs(self) -> ScoreRuns:
        """The stored scores of every run."""
        return ScoreRuns(self.layout)

    def transmissions(self, as_of: date | None) -> Transmissions:
        """Base hazards and learned transmissions of a scored day.

        Raises
        ------
        DataError: none are stored, or they are of other data than those loaded.
        """
        paths = self.layout.transmission_files(as_of)
        if not all(path.is_file() for path in paths):
            raise DataError(f"no transmissions are stored for {as_of}", remedy="run scgraph score again")
        transmissions = Transmissions.from_tables(*(read_parquet(path) for path in paths))
        if transmissions.content_hash != self.info().content_hash:
            raise DataError(
                f"the stored scores of {as_of} are of other data",
                "scores of the data that are loaded",
                "run scgraph score again",
            )
        return transmissions

    def contagion(self, as_of: date | None = None) -> StoredContagion:
        """Contagion by mechanism of a day; as_of None: the last stored day (or the undated data).

        Raises
        ------
        DataError: none is stored for that day.
        """
        return read_contagion(self.day_file(self.layout.contagion, as_of, "scgraph contagion"))

    def store_contagion(
        self, firms: pa.Table, head: Mapping[str, object], *, as_of: date | None, content_hash: str
    ) -> None:
        """Store contagion by mechanism of a day, in place of an earlier result; see `StoredContagion`."""
        write_contagion(self.layout.contagion_file(as_of), firms, head, content_hash)

    def day_file(self, folder: Path, as_of: date | None, command: str) -> Path:
        """The file of a day in a folder of the layout, or of the last day (None).

        Raises
        ------
        DataError: there is none; the message names the command that writes one.
        """
        stored = day_files(folder)
        matching = [path for path in stored if as_of is None or path.stem == day_name(as_of)]
        if not matching:
            days = ", ".join(path.stem for path in stored) or "none"
            raise DataError(
                f"{folder} has no file for {as_of or 'any day'}", f"one of {days}", f"run {command}"
            )
        return matching[-1]

    # --- models ---

    def model_names(self) -> list[str]:
        """Names of the models, sorted."""
        return sorted(path.parent.name for path in self.layout.models.glob(f"[!.]*/{MODEL_FILE}"))

    def promoted_model(self) -> str | None:
        """The model that `promote` named; None where there is none, or it is gone."""
        path = self.layout.promoted_model
        name = str(json.loads(path.read_text(encoding="utf-8"))["champion"]) if path.is_file() else None
        return name if name in self.model_names() else None

    def promote(self, name: str) -> None:
        """Make a model the one that scores wherever no other is named.

        Raises
        ------
        ModelError: no such model.
        """
        if name not in self.model_names():
            raise ModelError(f"{name} is no model of {self}", "one of its own", "train it with --name")
        write_text(self.layout.promoted_model, json.dumps({"champion": name}) + "\n")

    def model_path(self, model: str | Path | None = None) -> Path:
        """The folder of a model: by name, by the path of its folder, or None for the promoted one or "default".

        Raises
        ------
        ModelError: no such model.
        """
        name = str(model or self.promoted_model() or defaults.MODEL)
        inside = self.layout.model(name)
        if (inside / MODEL_FILE).is_file():
            return inside
        if (Path(name) / MODEL_FILE).is_file():
            return Path(name)
        names = ", ".join(self.model_names())
        expected = (
            f"one of {names}, or the path of a model's folder" if names else "a trained model; there is none"
        )
        raise ModelError(
            f"{self} has no model {name}", expected, "run scgraph train, or name another --model"
        )

    # --- the graph store ---

    def uses_server(self) -> bool:
        """Whether `store` or the environment names a Neo4j server."""
        if self.store is None:
            return names_server(os.environ)
        return self.store != EMBEDDED

    def login(self) -> Login | None:
        """How to log in to the server; None for the embedded store. Addresses are never shown: they may hold secrets.

        Raises
        ------
        StoreError: a server is named, but not how to log in.
        """
        if not self.uses_server():
            return None
        return read_login(os.environ, self.store if self.store and "://" in self.store else None)

    def check_store(self) -> None:
        """Raise StoreError where a server is named and does not answer; nothing else is used in its place."""
        login = self.login()
        if login is not None:
            neo4j_store.Neo4jStore(login).close()

    def has_graph(self) -> bool:
        """Whether the store holds a graph of this project, complete or not."""
        login = self.login()
        if login is None:
            return (self.layout.graph / POINTER).is_file()
        with neo4j_store.Neo4jStore(login) as store:
            return bool(store.holds_graph())

    def graph_is_stale(self) -> bool:
        """Whether there is an embedded graph that was built from other data than those loaded.

        A server is not asked: a load without a graph may be made just because the server is away.
        """
        if self.uses_server() or not self.has_graph():
            return False
        with self.open_graph() as store:
            return bool(store.info().stamp.get("content_hash") != self.info().content_hash)

    @contextmanager
    def open_graph(self, *, create: bool = False, progress: StoreProgress | None = None) -> Iterator[Store]:
        """The graph store, open for the length of a `with` block.

        create: make the embedded store's folder where it is missing. progress: reports a long load on a server.
        """
        login = self.login()
        if login is None:
            with EmbeddedStore(self.layout.graph, create=create) as embedded:
                yield embedded
            return
        with neo4j_store.Neo4jStore(login, progress=progress) as remote:
            yield remote

    @contextmanager
    def open_external_graph(self) -> Iterator[ExternalGraph]:
        """A graph that another system keeps on the named server, to read only.

        Raises
        ------
        RequestError: no server is named. StoreError: it does not answer, or refuses the login.
        """
        login = self.login()
        if login is None:
            raise RequestError(
                "--from-neo4j needs a server", "NEO4J_URI, NEO4J_CREDENTIALS_FILE or --store ADDRESS"
            )
        link = connection.Connection(login)
        try:
            yield external_neo4j.ExternalNeo4jGraph(link)
        finally:
            link.close()

    # --- decisions ---

    def audit_log(self) -> AuditLog:
        """The record of checks."""
        return AuditLog(self.layout.audit)
