"""What a command printed and what lies in a file, as documents that can be compared."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rule import CHINESE, WORDS

HERE = "<folder>"
"""Stands for the folder in which the commands ran."""
TEXTS = (".json", ".jsonl", ".toml", ".csv", ".html", ".sh", ".cypher")


def printed(text: str) -> Any:
    """What a command printed: a JSON document, a TOML file, or else its lines."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return tomllib.loads(text) or text.splitlines()
    except tomllib.TOMLDecodeError:
        return text.splitlines()


def content(path: Path, folder: Path) -> Any:  # noqa: PLR0911 - one per ending
    """What lies in a file, by its ending; folder is where the commands ran, and has another path on each side."""
    if path.suffix == ".parquet":
        return _table(pq.read_table(path))
    if path.suffix not in TEXTS:
        return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    text = path.read_text(encoding="utf-8").replace(str(folder), HERE)
    match path.suffix:
        case ".json":
            return json.loads(text)
        case ".jsonl":
            return [json.loads(line) for line in text.splitlines()]
        case ".toml":
            return tomllib.loads(text)
        case ".csv":
            # a CSV for spreadsheets begins with a byte order mark
            rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
            return [{column: _cell(cell) for column, cell in row.items()} for row in rows]
    return text


def _cell(cell: Any) -> Any:
    """A cell of a CSV file; lists and structures stand there as JSON."""
    if isinstance(cell, str) and cell.startswith(("[", "{")):
        return printed(cell)
    return cell


def _table(table: pa.Table) -> dict[str, Any]:
    metadata = {key.decode(): printed(value.decode()) for key, value in (table.schema.metadata or {}).items()}
    return {
        "types": {field.name: _type(field.type) for field in table.schema},
        "metadata": metadata,
        "rows": table.num_rows,
        "values": {name: _plain(table.column(name).to_pylist()) for name in table.column_names},
    }


def _type(kind: pa.DataType) -> Any:
    """A column's type; the names of a structure's fields are keys, so that aliases hold for them."""
    if pa.types.is_struct(kind):
        return {kind.field(i).name: _type(kind.field(i).type) for i in range(kind.num_fields)}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [_type(kind.value_type)]
    return str(kind)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


def data_values(folder: Path) -> frozenset[str]:
    """Texts of the data under a folder that look like sentences, such as the names of firms."""
    texts: set[str] = set()
    for path in folder.glob("**/data/**/*.parquet"):
        table = pq.read_table(path)
        for column in table.columns:
            if pa.types.is_string(column.type):
                texts.update(
                    text for text in column.unique().to_pylist() if text and _looks_like_sentence(text)
                )
    return frozenset(texts)


def _looks_like_sentence(text: str) -> bool:
    return len(text.split()) >= WORDS or CHINESE.search(text) is not None
