"""Facts that matter when something is wrong: environment, versions, the workspace, the server, the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

import pyarrow as pa
import torch

from supplyrisk.graph import STORES, SupplyRiskError, Tables, Workspace
from supplyrisk.services.documents import Document, document
from supplyrisk.services.facts import Fact

PACKAGES = (
    "supplyrisk",
    "duckdb",
    "kglite",
    "lightgbm",
    "networkx",
    "numpy",
    "pandas",
    "pyarrow",
    "rich",
    "neo4j",
    "safetensors",
    "scikit-learn",
    "torch",
    "torch-geometric",
    "typer",
)


@dataclass(frozen=True)
class DoctorResult:
    """Facts by section, in the order in which they are shown."""

    facts: tuple[Fact, ...]

    def to_json(self) -> Document:
        """The facts as a JSON document."""
        return document("doctor", [fact.row() for fact in self.facts])


def doctor(workspace: Workspace, settings: tuple[Fact, ...] = ()) -> DoctorResult:
    """Report on the environment, versions, the workspace, the Neo4j server and the machine; secrets are never shown.

    settings: facts about the settings in force, which come first.
    """
    facts = [*settings, *_environment(), *_versions(), *_workspace(workspace)]
    facts += [*_server(workspace), *_machine()]
    return DoctorResult(tuple(facts))


def _environment() -> Iterator[Fact]:
    # Only whether they are set: an address may hold a password too.
    for name in (name for kind in STORES for name in kind.variables):
        yield Fact("environment", name, "set" if os.environ.get(name) else "not set")


def _versions() -> Iterator[Fact]:
    yield Fact("version", "python", platform.python_version())
    for package in PACKAGES:
        yield Fact("version", package, version(package))


def _workspace(workspace: Workspace) -> Iterator[Fact]:
    content_hash = None
    try:
        tables = workspace.tables()
    except SupplyRiskError as error:
        yield Fact("workspace", "data", str(error), str(workspace))
    else:
        content_hash = tables.info.content_hash
        yield from _data(tables, workspace)
    yield Fact("workspace", "graph", _embedded_graph(workspace, content_hash))
    yield Fact("workspace", "models", ", ".join(workspace.model_names()) or "none")


def _server(workspace: Workspace) -> Iterator[Fact]:
    """Facts about the graph store's server; that it does not answer is a fact too."""
    kind = workspace.store_kind
    if kind.log_in is None:
        yield Fact("neo4j", "server", f"none named; the store is the {kind.name} one")
        return
    try:
        with workspace.open_shared_graph() as store:
            facts = list(store.facts(_content_hash(workspace)))
    except SupplyRiskError as error:
        facts = [("server", str(error))]
    for name, value in facts:
        yield Fact(kind.name, name, value)


def _content_hash(workspace: Workspace) -> str | None:
    try:
        return workspace.info().content_hash
    except SupplyRiskError:
        return None  # reported already, in the section of the workspace


def _data(tables: Tables, workspace: Workspace) -> Iterator[Fact]:
    info = tables.info
    yield Fact("workspace", "data", f"{info.name}, {info.content_hash[:12]}", str(workspace))
    yield Fact("workspace", "synthetic", info.synthetic)
    yield Fact("workspace", "undated", info.undated)
    if info.labels_as_of:
        yield Fact("workspace", "outcomes known by", info.labels_as_of)
    for name in tables.sources:
        yield Fact("workspace", f"rows of {name}", _rows(tables, name))


def _rows(tables: Tables, name: str) -> int | str:
    """Rows of a table, or that its file is damaged: the report must not fail on what it reports."""
    try:
        return tables.rows(name)
    except (SupplyRiskError, pa.ArrowException, OSError) as error:
        return f"damaged: {tables.sources[name]} cannot be read ({error}); load the data again"


def _embedded_graph(workspace: Workspace, content_hash: str | None) -> str:
    """What the embedded graph shows; content_hash: of the workspace's data, None where these cannot be read."""
    embedded = Workspace(workspace.path, store="embedded")
    if not embedded.has_graph():
        return "none"
    try:
        with embedded.open_graph() as store:
            info = store.info()
    except SupplyRiskError as error:
        return f"damaged: {error}"
    stamp = info.stamp
    built = f"{stamp['data']}, {str(stamp['content_hash'])[:12]}, as of {stamp['as_of']}"
    scored = "with scores" if info.scores else "without scores"
    stale = content_hash is not None and stamp["content_hash"] != content_hash
    return f"{built}, {scored}" + ("; other data than the workspace's: load again" if stale else "")


def _machine() -> Iterator[Fact]:
    yield Fact("machine", "system", f"{platform.system()} {platform.machine()}")
    yield Fact("machine", "cores", os.cpu_count())
    yield Fact("machine", "torch threads", torch.get_num_threads())
    yield Fact("machine", "CUDA", torch.cuda.is_available())
