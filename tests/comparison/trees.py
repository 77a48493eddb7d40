"""Two trees of the source side by side, and commands run in each of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contents import HERE, printed

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "comparison"
PARTS = ("graph", "gnn", "loaders", "cli", "queries", "services", "web")
"""Folders of the package, as far as a tree has them."""
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
SAME = {"SCGRAPH_DEVICE": "cpu", "SCGRAPH_STORE": "embedded", "PYTHONHASHSEED": "0", "TZ": "UTC"}
SHOWN = {"LC_ALL": "C.UTF-8", "TERM": "dumb", "COLUMNS": "120", "NO_COLOR": "1"}


@dataclass(frozen=True)
class Tree:
    """A tree of the source: its folder, a folder that makes it importable, and the statement that runs scgraph."""

    root: Path
    importable: Path
    statement: str

    def environment(self) -> dict[str, str]:
        """The same for every tree but PYTHONPATH; nothing that the caller has set for scgraph."""
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(("SCGRAPH_", "NEO4J_"))
        }
        threads = dict.fromkeys(THREADS, "1")
        return inherited | threads | SAME | SHOWN | {"PYTHONPATH": str(self.importable)}


def commit_hash(name: str) -> str:
    """The full hash of a commit."""
    return _git("rev-parse", f"{name}^{{commit}}").decode().strip()


def checked_out(commit: str) -> Tree:
    """The tree of a commit, in a folder of its own under build/comparison."""
    folder = BUILD / f"base-{commit[:12]}"
    source = folder / "source"
    if not source.is_dir():
        unpacked = folder / "unpacking"
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir(parents=True)
        subprocess.run(["tar", "-x", "-C", unpacked], input=_git("archive", commit), check=True)
        unpacked.rename(source)
    return tree_in(source, folder / "importable")


def tree_in(root: Path, importable: Path) -> Tree:
    """The tree in a folder, with links that make one package of its parts."""
    package = importable / "supplyrisk"
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    for part in PARTS:
        if (root / part).is_dir():
            (package / part).symlink_to(root / part)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    module, function = project["project"]["scripts"]["scgraph"].split(":")
    statement = f"import sys; from {module} import {function}; sys.argv[0] = 'scgraph'; {function}()"
    tree = Tree(root, importable, statement)
    _check_origin(tree, module)
    return tree


def _check_origin(tree: Tree, module: str) -> None:
    """Refuse to go on if Python would import another tree's code."""
    code = f"import importlib; print(importlib.import_module({module!r}).__file__)"
    answer = subprocess.run(
        [sys.executable, "-c", code], env=tree.environment(), check=True, capture_output=True, text=True
    )
    origin = Path(answer.stdout.strip()).resolve()
    if not origin.is_relative_to(tree.root.resolve()):
        raise RuntimeError(f"{module} is imported from {origin}, expected a file under {tree.root}")


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", ROOT, *arguments], check=True, capture_output=True).stdout


@dataclass
class Player:
    """Runs the commands of a stage in a folder.

    picks: what the old tree's answers led to, such as the riskiest firm; the new tree is asked about the same.
    words: words of the command line that are called otherwise in this tree.
    """

    tree: Tree
    folder: Path
    picks: dict[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)

    def run(self, name: str, *arguments: object, **environment: str) -> Any:
        """Run a command, note its exit code and what it printed under a name, and return what it printed."""
        words = [self.words.get(str(argument), str(argument)) for argument in arguments]
        answer = subprocess.run(
            [sys.executable, "-c", self.tree.statement, *words],
            cwd=self.folder,
            env=self.tree.environment() | environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        output = answer.stdout.replace(str(self.folder), HERE)
        self.results[name] = {
            "command": " ".join(words),
            "exit code": answer.returncode,
            "stdout": printed(output),
            "stderr": answer.stderr[-1500:],
        }
        return self.results[name]["stdout"]

    def pick(self, name: str, choose: Callable[[], Any]) -> Any:
        """What the old tree's run chose under this name; chosen now if this is that run."""
        if name not in self.picks:
            self.picks[name] = choose()
        return self.picks[name]

    def save(self, path: Path) -> None:
        """Keep the results and picks."""
        document = {"results": self.results, "picks": self.picks}
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
