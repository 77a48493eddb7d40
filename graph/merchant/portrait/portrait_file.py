"""Portraits of a day as a workspace stores them: the table, and what it rests on in the schema's metadata."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.merchant.portrait.indicator_register import INDICATORS
from supplyrisk.graph.merchant.portrait.portrait_index import INDICES
from supplyrisk.graph.merchant.portrait.portrait_table import PortraitTable
from supplyrisk.graph.merchant.portrait.portrait_windows import PortraitWindows
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.workspace.fast_parquet import read_parquet
from supplyrisk.graph.workspace.json_text import to_json
from supplyrisk.graph.workspace.output_files import replacing

_METADATA_KEY = b"scgraph.portraits"
_REPEATED = ("industry", "region", ".level", ".peers", ".parts", ".age", ".coverage")
"""How the names of columns end whose values repeat."""
_GROUP_ROWS = 50_000
"""Rows that are read to show one shop."""


@cache
def definitions_digest() -> str:
    """Return a digest of what indicators and indices are: portraits of other definitions are computed again."""
    windows = PortraitWindows.of_days(defaults.PORTRAIT_DAYS)
    indicators = [
        (each.basis, each.rows.relation(windows), each.rows.day, each.key, each.sql, each.is_total, each.zero)
        for each in INDICATORS.values()
    ]
    text = repr((indicators, list(INDICES.values())))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_portraits(path: Path, portraits: PortraitTable) -> None:
    """Write the portraits of a day atomically; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = with_portrait_note(portraits)
    # Ages, counts and groups repeat; a dictionary of other figures would be as long as they are.
    repeated = [name for name in table.column_names if name.endswith(_REPEATED)]
    with replacing(path) as out:
        pq.write_table(
            table,
            out,
            use_dictionary=repeated,
            compression="zstd",
            write_statistics=False,
            row_group_size=_GROUP_ROWS,
        )


def with_portrait_note(portraits: PortraitTable) -> pa.Table:
    """Return the table with the note of what it rests on in its metadata, as files have it."""
    note = {
        "definitions": definitions_digest(),
        "as_of": portraits.as_of,
        "window_days": portraits.window_days,
        "content_hash": portraits.content_hash,
        "currency": portraits.currency,
        "synthetic": portraits.synthetic,
        "defaults": portraits.defaults,
    }
    return portraits.shops.replace_schema_metadata({_METADATA_KEY: to_json(note).encode()})


def read_portraits(path: Path, row: int | None = None) -> PortraitTable:
    """Return the portraits that `write_portraits` wrote.

    row: number of the only row that is read; None (default): all.

    Raises
    ------
    DataError: the file is of other definitions of indicators, as of another version.
    """
    table = read_parquet(path) if row is None else _read_row(path, row)
    note = json.loads((table.schema.metadata or {}).get(_METADATA_KEY, b"{}"))
    if note.pop("definitions", None) != definitions_digest():
        raise DataError(
            f"{path} holds no portraits by the indicators of this version",
            remedy="run scgraph portrait --all again",
        )
    as_of = date.fromisoformat(note.pop("as_of"))
    return PortraitTable(as_of=as_of, shops=table.replace_schema_metadata(None), **note)


def _read_row(path: Path, row: int) -> pa.Table:
    with pq.ParquetFile(path) as file:
        group, place = divmod(row, _GROUP_ROWS)
        return file.read_row_group(group).slice(place, 1)
