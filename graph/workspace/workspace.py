"""A workspace: the folder that holds loaded data, the graph, models, scores, contagion and the audit log."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from supplyrisk.graph.contagion.learned_hazards import Transmissions
from supplyrisk.graph.credit.audit_log import AuditLog
from supplyrisk.graph.errors import DataError, ModelError, RequestError
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.snapshot.snapshot import Snapshot, build_snapshot
from supplyrisk.graph.store.neo4j.login import Login
from supplyrisk.graph.store.protocol import SharedStore, Store, StoreLocation, StoreProgress
from supplyrisk.graph.store.registry import STORES, StoreKind, select_store
from supplyrisk.graph.workspace.contagion_file import StoredContagion, read_contagion, write_contagion
from supplyrisk.graph.workspace.fast_parquet import read_parquet
from supplyrisk.graph.workspace.layout import MODEL_FILE, Layout, day_files, day_name, day_of_name
from supplyrisk.graph.workspace.output_files import write_text
from supplyrisk.graph.workspace.score_runs import ScoreRuns
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables, read_workspace

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


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
    store: the graph store: a name in `registry.STORES`, or an address; None leaves it to the environment.
    memory_limit: what DuckDB may take while a snapshot is computed.

    Raises
    ------
    RequestError: no store has that name, or addresses of that scheme.

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
        select_store(store)
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

    def score_files(self, until: date) -> dict[date, Path]:
        """The score files of the scored days up to a day, oldest first; that of undated data is left out."""
        days = [day for day in self.scored_days() if day is not None and day <= until]
        return {day: self.layout.scores_file(day) for day in days}

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

    @property
    def store_kind(self) -> StoreKind:
        """The kind of graph store that `store` or the environment selects."""
        return select_store(self.store)

    @property
    def _store_location(self) -> StoreLocation:
        address = self.store if self.store and "://" in self.store else None
        return StoreLocation(self.layout.graph, address)

    def login(self) -> Login | None:
        """How to log in to the store's server; None for a store without one. Addresses are never shown.

        Raises
        ------
        StoreError: a server is named, but not how to log in.
        """
        log_in = self.store_kind.log_in
        return log_in(os.environ, self._store_location.address) if log_in else None

    def check_store(self) -> None:
        """Raise StoreError where a server is named and does not answer; nothing else is used in its place."""
        if self.store_kind.log_in:
            with self.open_graph():
                pass

    def has_graph(self) -> bool:
        """Whether the store holds a graph of this project, complete or not."""
        return self.store_kind.module.holds_graph(self._store_location)

    def graph_is_stale(self) -> bool:
        """Whether there is a graph without a server that was built from other data than those loaded.

        A server is not asked: a load without a graph may be made just because the server is away.
        """
        if self.store_kind.log_in or not self.has_graph():
            return False
        with self.open_graph() as store:
            return bool(store.info().stamp.get("content_hash") != self.info().content_hash)

    def open_graph(self, *, create: bool = False, progress: StoreProgress | None = None) -> Store:
        """The graph store, to be used in a `with` block.

        create: make the embedded store's folder where it is missing. progress: reports a long load on a server.
        """
        return self.store_kind.module.open_store(self._store_location, create=create, progress=progress)

    def open_shared_graph(self) -> SharedStore:
        """The graph store in a database that others use too, to be used in a `with` block.

        Raises
        ------
        RequestError: the store is the workspace's own. StoreError: the server does not answer, or refuses the login.
        """
        if self.store_kind.log_in:
            store = self.open_graph()
            if isinstance(store, SharedStore):
                return store
            store.close()
        variables = ", ".join(name for kind in STORES for name in kind.selected_by)
        raise RequestError(
            f"the {self.store_kind.name} store, {self.layout.graph}, holds nothing but scgraph's graph",
            f"a server: {variables} or --store ADDRESS",
        )

    # --- decisions ---

    def audit_log(self) -> AuditLog:
        """The record of checks."""
        return AuditLog(self.layout.audit)
