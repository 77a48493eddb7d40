"""The quarantine: every fault of every row, in a fixed order, as CSV and as a report."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from supplyrisk.loaders.check.reconcile import is_key, key_names
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import FAULTS, LINE
from supplyrisk.loaders.read.read_csv import CUT

COLUMNS = ("table", "file", "line", "column", "value", "rule", "accepted", "remedy")
SHOWN = 100_000
"""Faults that a report keeps in memory; the quarantine file has them all."""


def faults(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> Iterator[dict[str, object]]:
    """Every fault, by table, file, line and column; the column as the file calls it."""
    by_number = {w.number: w for w in works.values()}
    files = {s.number: s for w in works.values() for s in w.sources}
    shown = f"SELECT * REPLACE (left(value, {CUT}) AS value) FROM {FAULTS}"
    order = f"{shown} ORDER BY tab, src, line, pos, rule, value"
    for batch in con.sql(order).to_arrow_reader(10_000):
        for row in batch.to_pylist():
            work, source = by_number[row["tab"]], files[row["src"]]
            column = "" if row["pos"] == LINE else _label(work, source.binding.origins, row["pos"])
            yield {
                "table": work.name, "file": source.source.name, "line": row["line"], "column": column,
                "value": (row["value"] or "").lstrip("\0"), "rule": row["rule"],
                "accepted": row["accepted"], "remedy": row["remedy"],
            }  # fmt: skip


def first_faults(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], most: int = SHOWN
) -> pa.Table:
    """The first faults as a table."""
    rows = [row for row, _ in zip(faults(con, works), range(most), strict=False)]
    schema = pa.schema([(name, pa.int64() if name == "line" else pa.string()) for name in COLUMNS])
    return pa.Table.from_pylist(rows, schema=schema)


def write_quarantine(path: Path, rows: Iterator[dict[str, object]]) -> None:
    """Write the CSV so that a reader sees the old file or the new one, never a part."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)


def _label(work: TableWork, origins: Mapping[str, object], position: int) -> str:
    names = key_names(work, position) if is_key(position) else [work.fields[position].name]
    labels = [getattr(origins.get(name), "label", "") or name for name in names]
    return "+".join(labels)
