"""Rows of a query on stdout, in the format asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from supplyrisk.cli.files import print_json
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.graph import to_json, write_csv, write_parquet

if TYPE_CHECKING:
    from supplyrisk.services import QueryResult


def print_rows(result: QueryResult, row_format: str) -> None:
    """The rows as table, csv, json, jsonl or parquet."""
    rows = result.rows
    if row_format == "json":
        print_json(result.to_json())
    elif row_format == "jsonl":
        for row in rows.to_pylist():
            show_text(to_json(row))
    elif row_format == "csv":
        write_csv(rows, sys.stdout.buffer)
    elif row_format == "parquet":
        write_parquet(rows, sys.stdout.buffer)
    else:
        show_table(rows.column_names, [list(row.values()) for row in rows.to_pylist()])
