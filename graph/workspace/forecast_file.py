"""Forecasts of a day as a workspace stores them: a row per shop and window, and what they rest on."""

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
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.output_files import write_table

_METADATA_KEY = b"scgraph"


@dataclass(frozen=True)
class StoredForecast:
    """Forecasts of a day: their rows, and the head of the document of `scgraph forecast`, with the hash of the data."""

    rows: pa.Table
    head: Mapping[str, object]


def write_forecast(layout: Layout, as_of: date, rows: pa.Table, head: Mapping[str, object]) -> Path:
    """Store the forecasts of a day in place of earlier ones, with their head in the schema's metadata."""
    path = layout.forecast_file(as_of)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_table(path, rows.replace_schema_metadata({_METADATA_KEY: to_json(head)}))
    return path


def read_forecast(path: Path) -> StoredForecast:
    """What `write_forecast` wrote.

    Raises
    ------
    DataError: the file has no head.
    """
    table = read_parquet(path)
    note = (table.schema.metadata or {}).get(_METADATA_KEY)
    if note is None:
        raise DataError(f"{path} has no head", "a file of scgraph forecast", "run scgraph forecast again")
    return StoredForecast(table, json.loads(note))
