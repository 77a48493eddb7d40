"""JSON documents on stdout, and checks of the files that a command is to write."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from supplyrisk.cli.errors import usage
from supplyrisk.graph import TABLE_ENDINGS, to_json


def print_json(value: object) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.write(to_json(value) + "\n")


def check_ending(path: Path | None) -> Path | None:
    """The path of a table, if it can be written: see `check_file`."""
    return check_file(path, TABLE_ENDINGS)


def check_file(path: Path | None, endings: Sequence[str]) -> Path | None:
    """The path, if its ending is one of `endings` and its folder exists: checked before the work, not after it.

    Raises
    ------
    Usage: another ending, no such folder, or the path of a folder.
    """
    if path is None:
        return None
    if path.suffix.lower() not in endings:
        raise usage(f"{path.name} has no known ending; expected {', '.join(endings)}")
    if not path.parent.is_dir():
        raise usage(f"no folder {path.parent}; expected an existing folder; create it first")
    if path.is_dir():
        raise usage(f"{path} is a folder; expected the name of a file")
    return path
