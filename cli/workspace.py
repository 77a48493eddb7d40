"""What lies in a workspace, and how the commands get at it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from supplyrisk.cli.errors import usage
from supplyrisk.cli.options import Session
from supplyrisk.cli.settings import Settings
from supplyrisk.cli.talk import Step
from supplyrisk.graph import DataError, ModelError, Snapshot, Tables, build_snapshot, read_workspace
from supplyrisk.graph.snapshot.outcome import last_day_of
from supplyrisk.graph.store.embedded.embedded_store import POINTER, EmbeddedStore
from supplyrisk.graph.store.external_graph import ExternalGraph
from supplyrisk.graph.store.neo4j.login import Login, names_server, read_login
from supplyrisk.graph.store.protocol import Store

if TYPE_CHECKING:
    import duckdb

GRAPH, MODELS, SCORES, TRANSMISSIONS = "graph", "models", "scores", "transmissions"
UNDATED = "undated"
_DAY = re.compile(rf"\d{{4}}-\d\d-\d\d|{UNDATED}")
PROMOTED = "champion.json"
"""Names the model that scores where none is named; written by `compare --promote`."""


@dataclass(frozen=True)
class _Limited(Tables):
    """Tables whose connections keep to the settings' memory limit."""

    limit: str = "4GB"

    def connect(self, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
        """As in Tables."""
        return super().connect(memory_limit or self.limit)


def tables_of(session: Session, folder: Path | None = None) -> Tables:
    """The data of the session's workspace, or of another one."""
    found = read_workspace(folder or session.folder)
    return _Limited(found.info, found.sources, found.lease, session.settings.memory_limit)


def snapshot_of(
    session: Session, tables: Tables, as_of: date | None = None, horizon_days: int | None = None
) -> Snapshot:
    """A snapshot under the session's settings; horizon_days None: the setting.

    Raises
    ------
    DataError: no firm exists on that day, or what `snapshot` raises.
    """
    kinds, horizon = session.settings.default_kinds, horizon_days or session.settings.horizon_days
    made = build_snapshot(tables, as_of, horizon, default_kinds=kinds)
    if made.firms.num_rows == 0:
        raise DataError(f"no firm has joined as of {made.as_of}", "a later day", "choose another --as-of")
    return made


def check_as_of(session: Session, tables: Tables, as_of: date | None) -> None:
    """Say where a day lies after the data: windows that look back from it are partly empty.

    Raises
    ------
    DataError: it lies so far after them (the setting beyond_days) that nothing sensible can be seen from it.
    """
    last = last_day_of(tables) if as_of else None
    if as_of is None or last is None or as_of <= last:
        return
    said = f"as of {as_of} is {(as_of - last).days:,} days after the last day of the data, {last}"
    most = session.settings.beyond_days
    if (as_of - last).days > most:
        raise DataError(
            said,
            f"at most {most:,} days after it, as what happened since is not known",
            f"name a day up to {last}, load newer data, or set SCGRAPH_BEYOND_DAYS if there was nothing to record",
        )
    session.talk.say(f"note: {said}")


def model_folder(session: Session, model: str | Path | None = None) -> Path:
    """The folder of a model, by the name of one in the workspace or by path."""
    named = str(model or session.settings.model)
    if model is None and named == Settings.model:
        named = promoted(session.folder) or named
    inside = session.folder / MODELS / named
    if (Path(named) / "model.json").is_file() and not (inside / "model.json").is_file():
        return Path(named)
    if not (inside / "model.json").is_file():
        have = ", ".join(model_names(session.folder))
        there = (
            f"one of {have}, or the path of a model's folder"
            if have
            else "a trained model; there is none yet"
        )
        raise ModelError(
            f"{session.folder} has no model {named}", there, "run scgraph train, or name another --model"
        )
    return inside


def promoted(workspace: Path) -> str | None:
    """The model that was made champion, if it is still there."""
    path = workspace / MODELS / PROMOTED
    name = str(json.loads(path.read_text(encoding="utf-8"))["champion"]) if path.is_file() else None
    return name if name in model_names(workspace) else None


def check_ready(session: Session, *, data: bool = True, model: bool = False) -> None:
    """Refuse a workspace without data, or without the model, before torch is imported: that takes seconds.

    Raises
    ------
    WorkspaceError: no data. ModelError: no such model.
    """
    if data:
        tables_of(session)
    if model:
        model_folder(session)


def model_names(workspace: Path) -> list[str]:
    """Names of the models in a workspace, sorted."""
    return sorted(path.parent.name for path in (workspace / MODELS).glob("[!.]*/model.json"))


def uses_server(settings: Settings, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether --store or the environment names a server."""
    named = settings.store
    if named not in (None, "embedded", "neo4j") and "://" not in named:
        raise usage(f"no store is called {named!r}; expected embedded, neo4j or an address")
    return named != "embedded" and (named is not None or names_server(environment))


def server_of(settings: Settings, environment: Mapping[str, str] = os.environ) -> Login | None:
    """How to log in to the server that --store or the environment names; None: the embedded store.

    Addresses are never shown: they may hold passwords.

    Raises
    ------
    StoreError: a server is named, but not how to log in.
    """
    if not uses_server(settings, environment):
        return None
    named = settings.store
    return read_login(environment, named if named and "://" in named else None)


def check_store(settings: Settings) -> None:
    """Refuse a server that does not answer, before anything is done: nothing else is used in its place.

    Raises
    ------
    StoreError: it does not answer, or refuses the login.
    """
    login = server_of(settings)
    if login is not None:
        from supplyrisk.graph.store.neo4j.neo4j_store import Neo4jStore  # noqa: PLC0415 - the driver, only where needed

        Neo4jStore(login).close()


def has_graph(session: Session) -> bool:
    """Whether the session's store holds a graph of ours, whole or not."""
    login = server_of(session.settings)
    if login is None:
        return (session.folder / GRAPH / POINTER).is_file()
    from supplyrisk.graph.store.neo4j.neo4j_store import Neo4jStore  # noqa: PLC0415 - as above

    with Neo4jStore(login) as store:
        return store.holds_graph()


def is_stale(session: Session, content_hash: str) -> bool:
    """Whether there is an embedded graph, and it shows other data than these.

    A server is not asked: whoever loads without its graph may do so because it is away.
    """
    if uses_server(session.settings) or not has_graph(session):
        return False
    with open_graph(session) as store:
        return bool(store.info().stamp.get("content_hash") != content_hash)


@contextmanager
def open_graph(session: Session, *, create: bool = False, progress: Step | None = None) -> Iterator[Store]:
    """The session's graph store; progress tells how far a long load is."""
    login = server_of(session.settings)
    if login is None:
        with EmbeddedStore(session.folder / GRAPH, create=create) as store:
            yield store
        return
    from supplyrisk.graph.store.neo4j.neo4j_store import Neo4jStore  # noqa: PLC0415 - as above

    with Neo4jStore(login, progress=progress) as remote:
        yield remote


@contextmanager
def foreign_graph(session: Session) -> Iterator[ExternalGraph]:
    """Whatever the named server's database holds, to read only.

    Raises
    ------
    StoreError: it does not answer, or refuses the login.
    """
    login = server_of(session.settings)
    if login is None:
        raise usage(
            "--from-neo4j needs a server; expected NEO4J_URI, NEO4J_CREDENTIALS_FILE or --store ADDRESS"
        )
    from supplyrisk.graph.store.neo4j.connection import Connection  # noqa: PLC0415 - as above
    from supplyrisk.graph.store.neo4j.external_neo4j import ExternalNeo4jGraph  # noqa: PLC0415 - as above

    link = Connection(login)
    try:
        yield ExternalNeo4jGraph(link)
    finally:
        link.close()


def kept_days(folder: Path) -> list[Path]:
    """The files of a folder that hold one day each, by day: what lies beside them ends in a word of its own."""
    return sorted(path for path in folder.glob("*.parquet") if _DAY.fullmatch(path.stem))


def transmission_files(workspace: Path, as_of: date | None) -> tuple[Path, Path]:
    """Where the network's nodes and links of a day are kept, base hazards and transmissions by member."""
    folder, name = workspace / TRANSMISSIONS, scores_name(as_of)
    return folder / f"{name}-nodes.parquet", folder / f"{name}-links.parquet"


def scores_file(workspace: Path, as_of: date | None) -> Path:
    """Where the scores of a day are kept: those of the last run of that day."""
    return workspace / SCORES / f"{scores_name(as_of)}.parquet"


def partners_file(workspace: Path, as_of: date | None) -> Path:
    """Where is kept whom each firm traded with as of a scored day."""
    return workspace / SCORES / f"{scores_name(as_of)}-partners.parquet"


def scores_name(as_of: date | None) -> str:
    """What files of scores are called after: their day."""
    return as_of.isoformat() if as_of else UNDATED
