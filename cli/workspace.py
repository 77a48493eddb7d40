"""What lies in a workspace, and how the commands get at it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from supplyrisk.cli.errors import usage
from supplyrisk.cli.options import Session
from supplyrisk.cli.settings import Settings
from supplyrisk.graph import DataError, ModelError, Snapshot, StoreError, Tables, read_workspace, snapshot
from supplyrisk.graph.embedded import POINTER, EmbeddedStore
from supplyrisk.graph.outcome import last_day_of

GRAPH, MODELS, SCORES = "graph", "models", "scores"
UNDATED = "undated"


@dataclass(frozen=True)
class _Limited(Tables):
    """Tables whose connections keep to the settings' memory limit."""

    limit: str = "4GB"

    def connect(self, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
        """As in Tables."""
        return super().connect(memory_limit or self.limit)


def tables_of(session: Session, folder: Path | None = None) -> Tables:
    """The data of the session's workspace, or of another one."""
    found = read_workspace(folder or session.workspace)
    return _Limited(found.info, found.sources, session.settings.memory_limit)


def snapshot_of(
    session: Session, tables: Tables, as_of: date | None = None, horizon_days: int | None = None
) -> Snapshot:
    """A snapshot under the session's settings; horizon_days None: the setting.

    Raises
    ------
    DataError: no firm exists on that day, or what `snapshot` raises.
    """
    kinds, horizon = session.settings.default_kinds, horizon_days or session.settings.horizon_days
    made = snapshot(tables, as_of, horizon, default_kinds=kinds)
    if made.firms.num_rows == 0:
        raise DataError(f"no firm has joined as of {made.as_of}", "a later day", "choose another --as-of")
    return made


def after_the_data(tables: Tables, as_of: date | None) -> list[str]:
    """A warning where a day lies after the data: windows that look back from it are partly empty."""
    last = last_day_of(tables) if as_of else None
    if as_of is None or last is None or as_of <= last:
        return []
    return [f"as of {as_of} is {(as_of - last).days} days after the last day of the data, {last}"]


def model_folder(session: Session, model: str | Path | None = None) -> Path:
    """The folder of a model, by the name of one in the workspace or by path."""
    named = str(model or session.settings.model)
    inside = session.workspace / MODELS / named
    if (Path(named) / "model.json").is_file() and not (inside / "model.json").is_file():
        return Path(named)
    if not (inside / "model.json").is_file():
        have = ", ".join(model_names(session.workspace))
        there = (
            f"one of {have}, or the path of a model's folder"
            if have
            else "a trained model; there is none yet"
        )
        raise ModelError(
            f"{session.workspace} has no model {named}", there, "run scgraph train, or name another --model"
        )
    return inside


def model_names(workspace: Path) -> list[str]:
    """Names of the models in a workspace, sorted."""
    return sorted(path.parent.name for path in (workspace / MODELS).glob("[!.]*/model.json"))


def check_store(settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse a store that this version does not have, before anything is done. Addresses are not shown: they
    may hold passwords.

    Raises
    ------
    StoreError: --store or NEO4J_URI names a server.
    """
    named, place = (
        (settings.store, "the setting store")
        if settings.store
        else (environment.get("NEO4J_URI"), "NEO4J_URI")
    )
    if not named or named == "embedded":
        return
    if place != "NEO4J_URI" and "://" not in named:
        raise usage(f"no store is called {named!r}; expected embedded")
    raise StoreError(
        f"{place} names a Neo4j server",
        "the embedded store, the only one that this version has",
        "add --store embedded",
    )


def has_graph(workspace: Path) -> bool:
    """Whether a graph was built in the workspace."""
    return (workspace / GRAPH / POINTER).is_file()


def is_stale(workspace: Path, content_hash: str) -> bool:
    """Whether there is a graph, and it shows other data than these."""
    if not has_graph(workspace):
        return False
    with EmbeddedStore(workspace / GRAPH) as store:
        return bool(store.info().stamp["content_hash"] != content_hash)


@contextmanager
def open_graph(session: Session, *, create: bool = False) -> Iterator[EmbeddedStore]:
    """The session's graph store."""
    check_store(session.settings)
    with EmbeddedStore(session.workspace / GRAPH, create=create) as store:
        yield store


def scores_name(as_of: date | None) -> str:
    """What files of scores are called after: their day."""
    return as_of.isoformat() if as_of else UNDATED
