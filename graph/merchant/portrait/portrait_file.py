"""Portraits of a day as a workspace stores them: the table, and what it rests on in the schema's metadata."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.merchant.portrait.portrait_table import PortraitTable
from supplyrisk.graph.workspace.fast_parquet import read_parquet
from supplyrisk.graph.workspace.json_text import to_json
from supplyrisk.graph.workspace.output_files import replacing

_METADATA_KEY = b"scgraph.portraits"
_VERSION = 1
"""Version of the columns; portraits of another version are computed again."""


def write_portraits(path: Path, portraits: PortraitTable) -> None:
    """Write the portraits of a day atomically; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as out:
        pq.write_table(with_portrait_note(portraits), out, compression="zstd", write_statistics=False)


def with_portrait_note(portraits: PortraitTable) -> pa.Table:
    """Return the table with the note of what it rests on in its metadata, as files have it."""
    note = {
        "version": _VERSION,
        "as_of": portraits.as_of,
        "window_days": portraits.window_days,
        "content_hash": portraits.content_hash,
        "currency": portraits.currency,
        "synthetic": portraits.synthetic,
        "defaults": portraits.defaults,
    }
    return portraits.shops.replace_schema_metadata({_METADATA_KEY: to_json(note).encode()})


def read_portraits(path: Path) -> PortraitTable:
    """Return the portraits that `write_portraits` wrote.

    Raises
    ------
    DataError: the file is of another version.
    """
    table = read_parquet(path)
    note = json.loads((table.schema.metadata or {}).get(_METADATA_KEY, b"{}"))
    if note.pop("version", None) != _VERSION:
        raise DataError(
            f"{path} holds no portraits of this version", remedy="run scgraph portrait --all again"
        )
    as_of = date.fromisoformat(note.pop("as_of"))
    return PortraitTable(as_of=as_of, shops=table.replace_schema_metadata(None), **note)
