"""What goes to stdout as JSON, and which output files can be written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from supplyrisk.graph import TABLE_ENDINGS, RequestError, to_json, write_table

if TYPE_CHECKING:
    import pyarrow as pa


def print_json(value: object) -> None:
    """Print one JSON document to stdout."""
    sys.stdout.write(to_json(value) + "\n")


def write_rows(path: Path, table: pa.Table, head: Callable[[], Mapping[str, object]], *, plain: bool) -> None:
    """Write the rows of a result in the format of the file's ending.

    Parameters
    ----------
    head: the document around the rows of a .json file. The other formats have none, so it is not computed for them: it
        may hold as much as the rows.
    plain: CSV for programs rather than for spreadsheets.
    """
    write_table(path, table, head() if path.suffix.lower() == ".json" else None, plain=plain)


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
