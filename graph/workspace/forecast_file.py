"""Forecasts and needs of a day as a workspace stores them: rows, and what they rest on."""

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
_REMEDY = "run scgraph forecast again"


@dataclass(frozen=True)
class StoredForecast:
    """Forecasts of a day: a row per shop and window, a row of needs per shop, and the head of the JSON document.

    `data` in the head is the hash of the data that they rest on.
    """

    rows: pa.Table
    needs: pa.Table
    head: Mapping[str, object]


def write_forecast(layout: Layout, as_of: date, forecast: StoredForecast) -> None:
    """Store the forecasts of a day in place of earlier ones, each file with their head in its metadata."""
    layout.forecasts.mkdir(parents=True, exist_ok=True)
    note = to_json(forecast.head)
    for path, table in (
        (layout.needs_file(as_of), forecast.needs),
        (layout.forecast_file(as_of), forecast.rows),
    ):
        write_table(path, table.replace_schema_metadata({_METADATA_KEY: note}))


def read_forecast(layout: Layout, as_of: date) -> StoredForecast:
    """Return what `write_forecast` wrote.

    Raises
    ------
    DataError: there is none of that day, or its two files are of different runs.
    """
    tables = []
    notes = []
    for path in (layout.forecast_file(as_of), layout.needs_file(as_of)):
        if not path.is_file():
            raise DataError(f"there is no forecast of {as_of}", "a day that was forecast", _REMEDY)
        table, note = _read(path)
        tables.append(table)
        notes.append(note)
    if notes[0] != notes[1]:
        raise DataError(f"the forecast and the needs of {as_of} are of different runs", remedy=_REMEDY)
    return StoredForecast(tables[0], tables[1], json.loads(notes[0]))


def _read(path: Path) -> tuple[pa.Table, bytes]:
    table = read_parquet(path)
    note = (table.schema.metadata or {}).get(_METADATA_KEY)
    if note is None:
        raise DataError(f"{path} has no head", "a file of scgraph forecast", _REMEDY)
    return table.replace_schema_metadata(None), note
