"""What goes to stdout as JSON, and which output files can be written."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from supplyrisk.graph import TABLE_ENDINGS, RequestError, to_json


def print_json(value: object) -> None:
    """Print one JSON document to stdout."""
    sys.stdout.write(to_json(value) + "\n")


def check_ending(path: Path | None) -> Path | None:
    """The path of a table, if it can be written: see `check_file`."""
    return check_file(path, TABLE_ENDINGS)


def check_file(path: Path | None, endings: Sequence[str]) -> Path | None:
    """The path of an output file, checked before the work begins rather than after it.

    Raises
    ------
    RequestError: the ending names no format, the folder does not exist, or the path is a folder.
    """
    if path is None:
        return None
    if path.suffix.lower() not in endings:
        raise RequestError(f"{path.name} has an unknown ending", ", ".join(endings))
    if not path.parent.is_dir():
        raise RequestError(f"there is no folder {path.parent}", "an existing folder", "make it first")
    if path.is_dir():
        raise RequestError(f"{path} is a folder", "the name of a file")
    return path
