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
