"""Run an old commit and this tree on the same data and compare all that they print and write.

Usage: python tests/comparison/compare.py [--base COMMIT] [--keep] [--only STAGE]; docs/comparison.md says more.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from contents import content, data_values
from rule import Aliases, Comparison, normalised_name
from steps import STAGES, inputs
from trees import BUILD, ROOT, Player, Tree, checked_out, commit_hash, tree_in

BASE = "e7677e3"
RESTS_ON = ("torch", "lightgbm", "numpy", "duckdb", "pyarrow")
"""Packages whose versions change results, so the kept ones of the base are of no use with others."""
RENAMED = Path(__file__).resolve().parent / "renamed.json"
RESULTS = "results.json"
SHOWN = 20


def main() -> int:
    """Compare and report; 1 if anything differs."""
    options = _options()
    commit = commit_hash(options.base)
    aliases = Aliases.read(RENAMED)
    old_folder, new_folder = BUILD / commit / _fingerprint(), BUILD / "new"
    comparison = Comparison(aliases)
    commands = files = 0
    for stage in [options.only] if options.only else list(STAGES):
        old = _kept_results(commit, old_folder / stage, stage)
        words = aliases.words
        started = time.monotonic()
        shutil.rmtree(new_folder / stage, ignore_errors=True)
        new = _played(tree_in(ROOT, BUILD / "importable"), new_folder / stage, stage, old["picks"], words)
        print(f"{stage}: new tree took {time.monotonic() - started:.0f} s", flush=True)
        comparison.data_values = data_values(old_folder / stage)
        commands += _compare_commands(comparison, stage, old["results"], new["results"])
        files += _compare_files(comparison, stage, old_folder / stage / "work", new_folder / stage / "work")
        if not options.keep:
            shutil.rmtree(new_folder / stage, ignore_errors=True)
    for difference in comparison.differences[:SHOWN]:
        print(f"DIFFERENCE {difference}")
    for warning in comparison.warnings[:SHOWN]:
        print(f"warning {warning}")
    print(
        f"{commands} commands and {files} files of {commit[:12]} compared: "
        f"{len(comparison.differences)} differences, {len(comparison.warnings)} warnings"
    )
    return 1 if comparison.differences else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare this tree's behaviour with an old commit's.")
    parser.add_argument(
        "--base", default=BASE, metavar="COMMIT", help="what to compare with; default %(default)s"
    )
    parser.add_argument(
        "--keep", action="store_true", help="keep what the new tree wrote in build/comparison/new"
    )
    parser.add_argument("--only", choices=list(STAGES), help="one stage only")
    return parser.parse_args()


def _fingerprint() -> str:
    """A digest of what the base's results rest on besides its source."""
    digest = hashlib.sha256(json.dumps([sys.version, *((name, version(name)) for name in RESTS_ON)]).encode())
    for path in inputs():
        if path.name not in ("compare.py", "contents.py", "rule.py"):  # they only read what was kept
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _kept_results(commit: str, folder: Path, stage: str) -> dict[str, Any]:
    """The base's results of a stage, run now if they are not kept."""
    if not (folder / RESULTS).is_file():
        started = time.monotonic()
        shutil.rmtree(folder, ignore_errors=True)
        _played(checked_out(commit), folder, stage, {}, {})
        print(f"{stage}: base took {time.monotonic() - started:.0f} s and is kept", flush=True)
    return _read(folder)


def _played(
    tree: Tree, folder: Path, stage: str, picks: dict[str, Any], words: Mapping[str, str]
) -> dict[str, Any]:
    """A stage, run in a tree; its results are read back from the file, so that both sides are of one form."""
    work = folder / "work"
    work.mkdir(parents=True)
    player = Player(tree, work, dict(picks), words)
    STAGES[stage](player)
    player.save(folder / RESULTS)
    return _read(folder)


def _read(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    return document


def _compare_commands(
    comparison: Comparison, stage: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> int:
    """Compare exit codes and what was printed, one line per command; how many there are."""
    for name, result in old.items():
        other = new[name]
        count = comparison.compare(f"{stage}/{name}:exit", result["exit code"], other["exit code"])
        count += comparison.compare(f"{stage}/{name}", result["stdout"], other["stdout"])
        outcome = f"{count} differences" if count else "equal"
        print(f"{stage}/{name}: {outcome} (exit {other['exit code']})")
        if result["exit code"] != other["exit code"]:
            print(f"    old stderr: {result['stderr'][-600:]}\n    new stderr: {other['stderr'][-600:]}")
    return len(old)


def _compare_files(comparison: Comparison, stage: str, old: Path, new: Path) -> int:
    """Compare names and contents of all files, one line per file that differs; how many there are."""
    old_files, new_files = _files(old), _files(new)
    renamed = {name: comparison.aliases.files.get(name, name) for name in old_files}
    comparison.compare(
        f"{stage}/files", dict.fromkeys(renamed.values(), True), dict.fromkeys(new_files, True)
    )
    differing = 0
    for name, new_name in renamed.items():
        if new_name not in new_files:
            continue
        paths = old_files[name], new_files[new_name]
        if paths[0].read_bytes() == paths[1].read_bytes():
            continue
        documents = content(paths[0], old), content(paths[1], new)
        count = comparison.compare(f"{stage}/files/{name}", *documents)
        if count:
            print(f"{stage}/files/{name}: {count} differences")
            differing += 1
    print(f"{stage}: {len(old_files)} files, {differing} with differences")
    return len(old_files)


def _files(folder: Path) -> dict[str, Path]:
    return {
        normalised_name(str(path.relative_to(folder))): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


if __name__ == "__main__":
    sys.exit(main())
