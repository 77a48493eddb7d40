"""A copy of the package that a recipe changes: edits as texts, the changed files, and programs that import the copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from supplyrisk import graph

SOURCE = Path(graph.__file__).parents[1]
PARTS = ("cli", "gnn", "graph", "loaders", "queries", "services", "web")


class PackageCopy:
    """A copy of all folders of the package.

    Parameters
    ----------
    folder: a new folder; programs run in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "supplyrisk"
        for part in PARTS:
            # With compiled files, which are valid as long as time stamps are kept: programs start faster.
            shutil.copytree(SOURCE / part, self.root / part)

    def write(self, path: str, text: str) -> None:
        """Write a new file."""
        target = self.root / path
        assert not target.exists(), f"{path} exists"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def insert(self, path: str, before: str, text: str, *, after: str = "") -> None:
        """Insert a text before the only place where another one stands, or before the first one after `after`."""
        target = self.root / path
        content = target.read_text(encoding="utf-8")
        head, found, tail = content.partition(after) if after else ("", "", content)
        assert (found and before in tail) or content.count(before) == 1, f"{path} has not one {before!r}"
        target.write_text(head + found + tail.replace(before, text + before, 1), encoding="utf-8")

    def changed(self) -> list[str]:
        """Files that differ from the source, sorted."""
        paths = [path for path in self.root.rglob("*") if path.is_file() and path.suffix != ".pyc"]
        names = [str(path.relative_to(self.root)) for path in paths]
        return sorted(name for name in names if self._differs(name))

    def _differs(self, name: str) -> bool:
        source = SOURCE / name
        return not source.is_file() or source.read_bytes() != (self.root / name).read_bytes()

    def restore(self) -> None:
        """Undo all changes."""
        for name in self.changed():
            path = self.root / name
            path.unlink()
            if (SOURCE / name).is_file():
                shutil.copy2(SOURCE / name, path)

    def python(self, program: str, *args: object) -> str:
        """Run a program that imports the copy, and return what it printed."""
        command = [sys.executable, "-c", program, *map(str, args)]
        path = os.pathsep.join((str(self.folder), str(Path(__file__).parent)))
        environment = os.environ | {"PYTHONPATH": path}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def scgraph(self, *args: object) -> str:
        """Run a command of the copy, and return what it printed."""
        return self.python("from supplyrisk.cli import main; main()", *args)
