"""The house: imports follow the arrows, no import cycle, one public door per folder, no file that grows too long."""

from __future__ import annotations

import ast
import importlib
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ARROWS = {
    "queries": set(),
    "graph": {"queries"},
    "loaders": {"graph", "queries"},
    "gnn": {"graph", "queries"},
    "services": {"graph", "queries", "loaders", "gnn"},
    "web": {"graph", "queries", "loaders", "gnn", "services"},
    "cli": {"graph", "queries", "loaders", "gnn", "services", "web"},
}
FOLDERS = tuple(ARROWS)
# These folders build on single parts of another one; all others use what its door exports.
INSIDERS = {("loaders", "graph"), ("services", "graph")}
# Packages with a door of their own beside their folder's: what they bring along is not needed by everyone.
SIDE_DOORS = {
    "supplyrisk.gnn.evaluation",
    "supplyrisk.gnn.forecast",
    "supplyrisk.graph.contagion",
    "supplyrisk.graph.credit",
    "supplyrisk.graph.credit.backtest",
    "supplyrisk.graph.merchant",
    "supplyrisk.graph.merchant.advice",
    "supplyrisk.graph.merchant.portrait",
    "supplyrisk.graph.merchant.what_if",
    "supplyrisk.graph.schema.aliases",
    "supplyrisk.graph.schema.detection",
    "supplyrisk.graph.schema.expert_mark",
    "supplyrisk.graph.schema.few_failures",
    "supplyrisk.graph.schema.relations",
    "supplyrisk.graph.schema",
    "supplyrisk.graph.stress",
    "supplyrisk.graph.texts.figures",
    "supplyrisk.loaders.synthetic",
}


def sources(folder: str) -> list[Path]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    assert paths, f"{folder} has no Python file: the test looks in the wrong place"
    return paths


@cache
def imports_of(path: Path) -> frozenset[tuple[str, str]]:
    """(module, name) of every import of a file, also for typing; the name is empty for `import module`."""
    pairs: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            pairs |= {(node.module or "", alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            pairs |= {(alias.name, "") for alias in node.names}
    return frozenset(pairs)


def imported(path: Path) -> set[str]:
    return {module for module, _ in imports_of(path)}


def own_imports(path: Path) -> set[tuple[str, str]]:
    """The imports of the project's own modules, `from supplyrisk import gnn` counted as module supplyrisk.gnn."""
    pairs = {(f"{m}.{n}", "") if m == "supplyrisk" else (m, n) for m, n in imports_of(path)}
    return {(module, name) for module, name in pairs if module.startswith("supplyrisk.")}


def module_of(path: Path) -> str:
    return "supplyrisk." + ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_follow_the_arrows(folder: str) -> None:
    for path in sources(folder):
        folders = {module.split(".")[1] for module, _ in own_imports(path)}
        assert folders - {folder} <= ARROWS[folder], path


def exports_of(path: Path) -> dict[str, str]:
    """The module that defines each name that a package's stub exports."""
    if not path.is_file():
        return {}
    package = module_of(path.with_suffix(".py"))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        alias.name: f"{package}.{node.module}" if node.module else f"{package}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_no_module_imports_itself_through_others() -> None:
    """Imports inside functions and those for typing count too; a name from a door leads to the module behind it."""
    modules = {module_of(path): path for folder in FOLDERS for path in sources(folder)}
    doors = {m: exports_of(p.with_suffix(".pyi")) for m, p in modules.items() if p.stem == "__init__"}
    graph: dict[str, set[str]] = {}
    for module, path in modules.items():
        targets = set()
        for source, name in own_imports(path):
            inner = f"{source}.{name}"
            targets.add(inner if inner in modules else doors.get(source, {}).get(name, source))
        graph[module] = targets - {module}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("folder", FOLDERS)
def test_one_folder_reaches_another_by_its_door(folder: str) -> None:
    past = set()
    for path in sources(folder):
        place = f"{folder}/{path.name}"
        for module, name in own_imports(path):
            _, other, *inner = module.split(".")
            inside = other == folder or (folder, other) in INSIDERS
            inside = inside or module in SIDE_DOORS or f"{module}.{name}" in SIDE_DOORS
            if inside:
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
