"""`scgraph doctor`: settings with their origins, versions, the workspace, the machine; never a secret."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import torch

from supplyrisk.cli.doctor_neo4j import server_facts
from supplyrisk.cli.files import envelope, print_json
from supplyrisk.cli.options import Session
from supplyrisk.cli.settings import Settings, resolve
from supplyrisk.cli.talk import show_table
from supplyrisk.cli.workspace import GRAPH, model_names, uses_server
from supplyrisk.graph import SupplyRiskError, Tables, read_workspace
from supplyrisk.graph.store.embedded.embedded_store import POINTER, EmbeddedStore
from supplyrisk.loaders import Mapping as Mapped

PACKAGES = (
    "supplyrisk", "duckdb", "kglite", "lightgbm", "networkx", "numpy", "pandas", "pyarrow", "rich",
    "neo4j", "safetensors", "scikit-learn", "torch", "torch-geometric", "typer",
)  # fmt: skip
HIDDEN = ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE", "NEO4J_CREDENTIALS_FILE")
"""Variables of which only whether they are set is told: an address may hold a password too."""

Fact = tuple[str, str, object, str | None]
"""Section, name, value, and where it comes from."""


def examine(session: Session, flags: Mapping[str, object]) -> None:
    """Print everything that matters when something is wrong."""
    facts = [*_settings(flags), *_environment(), *_versions(), *_workspace(session)]
    facts += [*server_facts(session, _content_hash(session)), *_machine()]
    if session.as_json:
        names = ("section", "name", "value", "origin")
        print_json(envelope("doctor", [dict(zip(names, fact, strict=True)) for fact in facts]))
        return
    show_table(("section", "name", "value", "from"), facts)


def _settings(flags: Mapping[str, object]) -> Iterator[Fact]:
    found = resolve(flags)
    for field in fields(Settings):
        value = getattr(found.settings, field.name)
        if value is None:
            value, origin = _left_open(field.name, found.settings)
        else:
            origin = found.origins[field.name]
        # An address may hold a password.
        shown = "an address (not shown)" if field.name == "store" and "://" in value else value
        yield "setting", field.name, shown, origin


def _left_open(name: str, settings: Settings) -> tuple[object, str]:
    """What holds of a setting that is not given, and where from: see `Settings`."""
    if name == "max_bad":
        return Mapped().max_bad, "default, if the mapping gives none"
    if name == "store":
        where = next(
            (one for one in ("NEO4J_URI", "NEO4J_CREDENTIALS_FILE") if os.environ.get(one)), "default"
        )
        return ("neo4j" if uses_server(settings) else "embedded"), where
    raise AssertionError(f"nothing says what holds of {name} where it is not given")


def _environment() -> Iterator[Fact]:
    for name in HIDDEN:
        yield "environment", name, "set" if os.environ.get(name) else "not set", None


def _versions() -> Iterator[Fact]:
    yield "version", "python", platform.python_version(), None
    for package in PACKAGES:
        yield "version", package, version(package), None


def _workspace(session: Session) -> Iterator[Fact]:
    place = session.folder
    content_hash = None
    try:
        tables = read_workspace(place)
    except SupplyRiskError as fault:
        yield "workspace", "data", str(fault), str(place)
    else:
        content_hash = tables.info.content_hash
        yield from _data(tables, place)
    yield "workspace", "graph", _graph(place, content_hash), None
    yield "workspace", "models", ", ".join(model_names(place)) or "none", None


def _content_hash(session: Session) -> str | None:
    try:
        return read_workspace(session.folder).info.content_hash
    except SupplyRiskError:
        return None  # said already, in the section of the workspace


def _data(tables: Tables, place: Path) -> Iterator[Fact]:
    info = tables.info
    yield "workspace", "data", f"{info.name}, {info.content_hash[:12]}", str(place)
    yield "workspace", "synthetic", info.synthetic, None
    yield "workspace", "undated", info.undated, None
    for name in tables.sources:
        yield "workspace", f"rows of {name}", _rows(tables, name), None


def _rows(tables: Tables, name: str) -> int | str:
    """How many rows a table has, or that its file is damaged: whoever asks the doctor may well be ill."""
    try:
        return tables.rows(name)
    except (SupplyRiskError, pa.ArrowException, OSError) as fault:
        return f"damaged: {tables.sources[name]} cannot be read ({fault}); load the data again"


def _graph(workspace: Path, content_hash: str | None) -> str:
    """What the graph shows; content_hash: of the workspace's data, None where these cannot be read."""
    if not (workspace / GRAPH / POINTER).is_file():
        return "none"
    try:
        with EmbeddedStore(workspace / GRAPH) as store:
            info = store.info()
    except SupplyRiskError as fault:
        return f"damaged: {fault}"
    built = f"{info.stamp['data']}, {str(info.stamp['content_hash'])[:12]}, as of {info.stamp['as_of']}"
    scored = "with scores" if info.scores else "without scores"
    stale = content_hash is not None and info.stamp["content_hash"] != content_hash
    return f"{built}, {scored}" + ("; other data than the workspace's: load again" if stale else "")


def _machine() -> Iterator[Fact]:
    yield "machine", "system", f"{platform.system()} {platform.machine()}", None
    yield "machine", "cores", os.cpu_count(), None
    yield "machine", "torch threads", torch.get_num_threads(), None
    yield "machine", "CUDA", torch.cuda.is_available(), None
