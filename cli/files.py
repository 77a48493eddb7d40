"""Data to stdout and to files: JSON envelopes, and tables in the format that a file's ending names."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from supplyrisk.cli.errors import usage

if TYPE_CHECKING:
    import pyarrow as pa

ENDINGS = (".csv", ".json", ".jsonl", ".parquet")


def check_ending(path: Path | None) -> Path | None:
    """The path of a table, if it can be written: see `check_file`."""
    return check_file(path, ENDINGS)


def check_file(path: Path | None, endings: Sequence[str]) -> Path | None:
    """The path, if its ending names a format and its folder is there: said before the work, not after it."""
    if path is None:
        return None
    if path.suffix.lower() not in endings:
        raise usage(f"{path.name} has no known ending; expected {', '.join(endings)}")
    if not path.parent.is_dir():
        raise usage(f"no folder {path.parent}; expected one that is there; make it first")
    if path.is_dir():
        raise usage(f"{path} is a folder; expected the name of a file")
    return path


def envelope(
    verb: str,
    rows: Sequence[object],
    *,
    about: Mapping[str, object] | None = None,
    **more: object,
) -> dict[str, object]:
    """The document that a verb prints: schema, as_of, model, degraded, synthetic, more of its own, rows."""
    head: dict[str, object] = {"as_of": None, "model": None, "degraded": False, "synthetic": False}
    return {"schema": f"scgraph.{verb}/1", **head, **(about or {}), **more, "rows": list(rows)}


def to_json(value: object) -> str:
    """JSON text: days in ISO form, no NaN ever (it is not JSON, and missing is null)."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: object) -> object:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(to_json(value) + "\n")


def write_table(path: Path, table: pa.Table, head: Mapping[str, object] | None = None) -> None:
    """Write a table in the format of the file's ending, so that a reader sees the old file or the new one.

    head is the envelope that a .json file gets around its rows; the other formats have none.
    """
    ending = path.suffix.lower()
    if ending == ".parquet":
        write_atomically(path, lambda out: print_parquet(table, out))
    elif ending == ".csv":
        write_atomically(path, lambda out: print_csv(table, out))
    elif ending == ".jsonl":
        write_atomically(path, lambda out: _lines(table, out))
    else:
        document = to_json({**(head or {}), "rows": table.to_pylist()}) + "\n"
        write_atomically(path, lambda out: out.write(document.encode()))


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file beside its place and rename it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as out:
            write(out)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def print_csv(table: pa.Table, out: IO[bytes]) -> None:
    """CSV with a header; lists and structures as JSON text, missing cells empty."""
    from pyarrow import csv  # noqa: PLC0415

    csv.write_csv(_flat(table), out)


def print_parquet(table: pa.Table, out: IO[bytes]) -> None:
    """Parquet, written from front to back: it may go into a pipe."""
    from pyarrow import parquet  # noqa: PLC0415

    parquet.write_table(table, out)


def _lines(table: pa.Table, out: IO[bytes]) -> None:
    for batch in table.to_batches(max_chunksize=10_000):
        out.writelines((to_json(row) + "\n").encode() for row in batch.to_pylist())


def _flat(table: pa.Table) -> pa.Table:
    """The table with every nested column as JSON text."""
    import pyarrow as pa  # noqa: PLC0415

    for number, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            texts = [None if v is None else to_json(v) for v in table.column(number).to_pylist()]
            table = table.set_column(number, field.name, pa.array(texts, pa.string()))
    return table
