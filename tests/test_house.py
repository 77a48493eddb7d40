"""The house: arrows between the folders, one public door each, and no file that outgrows its room."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

FOLDERS = ("queries", "graph", "loaders", "gnn", "cli")
ARROWS = {
    "queries": set(),
    "graph": {"queries"},
    "loaders": {"graph", "queries"},
    "gnn": {"graph", "queries"},
    "cli": {"graph", "queries", "loaders", "gnn"},
}
# The loaders build on single parts of the contract; whoever else is outside comes in by the door.
INSIDERS = {("loaders", "graph")}
# Synthetic worlds have a door of their own: they are made, not loaded, and bring numpy's generators along.
# Judging trains and re-scores; scoring needs none of it.
SIDE_DOORS = {
    "supplyrisk.gnn.judge",
    "supplyrisk.graph.contagion",
    "supplyrisk.graph.credit",
    "supplyrisk.graph.stress",
    "supplyrisk.loaders.worlds",
}
# These open and serve the stores themselves; what only they need of graph would crowd its door.
STORE_ROOMS = {f"cli/{name}.py" for name in ("doctor", "doctor_neo4j", "serving", "storing", "workspace")}
ROOT = Path(__file__).resolve().parent.parent


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"{folder} has no Python file: the test looks in the wrong place"
    return found


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_follow_the_arrows(folder: str) -> None:
    for path in sources(folder):
        reached = {n.split(".")[1] for n in imported(path) if n.startswith("supplyrisk.")}
        assert reached - {folder} <= ARROWS[folder], path


def taken(path: Path) -> set[tuple[str, str]]:
    """(module of ours, name taken from it) of every import of a file; the name is empty for `import module`."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {(node.module or "", alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
    return {(module, name) for module, name in found if module.startswith("supplyrisk.")}


@pytest.mark.parametrize("folder", FOLDERS)
def test_one_folder_reaches_another_by_its_door(folder: str) -> None:
    past = set()
    for path in sources(folder):
        place = f"{folder}/{path.name}"
        for module, name in taken(path):
            _, other, *inner = module.split(".")
            inside = other == folder or (folder, other) in INSIDERS or module in SIDE_DOORS
            if inside or (other == "graph" and place in STORE_ROOMS):
                continue
            if inner or name not in ("", *importlib.import_module(module).__all__):
                past.add(f"{place}: {name or module} of {module}")
    assert past == set()


@pytest.mark.parametrize("folder", [f for f in FOLDERS if f != "gnn"])
def test_torch_stays_in_the_network(folder: str) -> None:
    for path in sources(folder):
        top = {n.split(".")[0] for n in imported(path)}
        allowed = {"torch"} if path.name == "doctor.py" else set()
        assert not (top & {"torch", "torch_geometric", "lightgbm"}) - allowed, path


def test_only_the_worker_holds_the_embedded_engine() -> None:
    holders = [
        p.name for f in FOLDERS for p in sources(f) if any(n.split(".")[0] == "kglite" for n in imported(p))
    ]
    assert holders == ["kglite_worker.py"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_has_one_public_door(folder: str) -> None:
    door = importlib.import_module(f"supplyrisk.{folder}")
    assert door.__doc__
    names = door.__all__
    assert len(names) == len(set(names)) > 0
    assert all(hasattr(door, name) for name in names)


def test_no_file_is_over_four_hundred_lines() -> None:
    long = [p for f in FOLDERS for p in sources(f) if len(p.read_text(encoding="utf-8").splitlines()) > 400]
    assert long == []


def test_nothing_is_unpickled() -> None:
    for folder in FOLDERS:
        for path in sources(folder):
            assert not imported(path) & {"pickle", "joblib", "dill", "cloudpickle"}, path
