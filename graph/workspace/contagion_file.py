"""Contagion by mechanism of a day, as a workspace stores it: a row per firm, and what the numbers are based on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.workspace.fast_parquet import read_parquet
from supplyrisk.graph.workspace.json_text import to_json
from supplyrisk.graph.workspace.output_files import write_table

_METADATA_KEY = b"scgraph"


@dataclass(frozen=True)
class StoredContagion:
    """Contagion of a day.

    firms: a row per firm, see `closure_table`. head: the head of the JSON document of `scgraph contagion`, its day as
    text. content_hash: of the data that it was computed from.
    """

    firms: pa.Table
    head: Mapping[str, object]
    content_hash: str

    @property
    def as_of(self) -> date | None:
        """The day; None for undated data."""
        day = self.head["as_of"]
        return date.fromisoformat(str(day)) if day else None


def write_contagion(path: Path, firms: pa.Table, head: Mapping[str, object], content_hash: str) -> None:
    """Write the table, with its head in the schema's metadata; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    note = to_json({**head, "content_hash": content_hash})
    write_table(path, firms.replace_schema_metadata({_METADATA_KEY: note}))


def read_contagion(path: Path) -> StoredContagion:
    """What `write_contagion` wrote.

    Raises
    ------
    DataError: the file has no head.
    """
    table = read_parquet(path)
    note = (table.schema.metadata or {}).get(_METADATA_KEY)
    if note is None:
        raise DataError(f"{path} has no head", "a file of scgraph contagion", "run scgraph contagion again")
    head = json.loads(note)
    content_hash = head.pop("content_hash")
    return StoredContagion(table, head, content_hash)
