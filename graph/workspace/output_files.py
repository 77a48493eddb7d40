"""Writing values to files: JSON without NaN, tables in the format of the file's ending, all written atomically."""

from __future__ import annotations

import glob
import importlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from supplyrisk.graph.workspace.csv_file import write_csv
from supplyrisk.graph.workspace.json_text import to_json
from supplyrisk.graph.workspace.xlsx_file import write_xlsx

if TYPE_CHECKING:
    import pyarrow as pa

TABLE_ENDINGS = (".csv", ".json", ".jsonl", ".parquet", ".xlsx")
PRIVATE = 0o600
"""Permissions of a file that only its owner can read."""
_LEFT_BEHIND_S = 86_400
"""Age in seconds from which a temporary file is one that a killed process left behind."""
_JSON_LINES_BATCH = 10_000
"""Rows of a JSON Lines file that are turned into text at a time."""


def write_table(
    path: Path, table: pa.Table, head: Mapping[str, object] | None = None, *, plain: bool = True
) -> None:
    """Write a table in the format of the file's ending, one of TABLE_ENDINGS.

    Parameters
    ----------
    head: the document around the rows of a .json file; the other formats have none.
    plain: False writes .csv for spreadsheets; see `write_csv`.
    """
    ending = path.suffix.lower()
    writers: dict[str, Callable[[pa.Table, IO[bytes]], None]] = {
        ".parquet": write_parquet,
        ".csv": partial(write_csv, plain=plain),
        ".jsonl": _write_json_lines,
        ".xlsx": write_xlsx,
    }
    if ending in writers:
        with replacing(path) as out:
            writers[ending](table, out)
    else:
        write_text(path, to_json({**(head or {}), "rows": table.to_pylist()}) + "\n")


def write_text(path: Path, text: str, mode: int = 0o666) -> None:
    """Write a text file in UTF-8 atomically; see `replacing` for the mode."""
    with replacing(path, mode) as out:
        out.write(text.encode())


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` for writing, and rename it at the end.

    Readers see the old file or the new one, never a part; after an error the old file is as it was.

    Parameters
    ----------
    mode: permissions from the first byte on, less the process's umask; see PRIVATE.
    """
    temporary = _beside(path)
    temporary.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            yield out
            out.flush()
            # The content must be on disk before it gets its name: a crash must not leave a name without content.
            os.fsync(out.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Make a temporary folder beside `folder`, and rename it at the end; `folder` must be empty or missing then."""
    temporary = _beside(folder)
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _beside(path: Path) -> Path:
    """Return a name for what this process writes, after removing what killed processes left there long ago."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        # One that another process removes meanwhile, or that belongs to another user, does not stop the writing.
        with suppress(OSError):
            # A younger one may belong to a process that is still writing, on this host or another.
            if time.time() - left.lstat().st_mtime > _LEFT_BEHIND_S:
                shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def write_parquet(table: pa.Table, out: IO[bytes]) -> None:
    """Parquet, written from front to back: `out` may be a pipe."""
    importlib.import_module("pyarrow.parquet").write_table(table, out)


def _write_json_lines(table: pa.Table, out: IO[bytes]) -> None:
    for batch in table.to_batches(max_chunksize=_JSON_LINES_BATCH):
        out.writelines((to_json(row) + "\n").encode() for row in batch.to_pylist())
