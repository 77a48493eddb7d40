"""The quarantine: every fault of every row, in a fixed order, as CSV and for the report."""

from __future__ import annotations

import csv
from codecs import getwriter
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from supplyrisk.graph.workspace.csv_file import spreadsheet_text
from supplyrisk.graph.workspace.output_files import replacing
from supplyrisk.loaders.check.reconcile import is_key, key_names
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import FAULTS, LINE
from supplyrisk.loaders.read.read_csv import MAX_SHOWN_CHARACTERS

COLUMNS = ("table", "file", "line", "column", "value", "rule", "accepted", "remedy", "blanked")
MAX_FAULTS_IN_REPORT = 100_000
"""Faults that a report keeps in memory; the quarantine file has all of them."""


def read_faults(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]
) -> Iterator[dict[str, object]]:
    """Yield every fault, by table, file, line and column, with the column's name in the file."""
    works_by_number = {w.number: w for w in works.values()}
    places = fault_places(works)
    blanked = blanked_places(works)
    shortened = f"SELECT * REPLACE (left(value, {MAX_SHOWN_CHARACTERS}) AS value) FROM {FAULTS}"
    # a total order, so that the same files give the same bytes on any number of threads
    ordered = f"{shortened} ORDER BY tab, src, line, pos, rule, value"
    for batch in con.sql(ordered).to_arrow_reader(10_000):
        for row in batch.to_pylist():
            work = works_by_number[row["tab"]]
            file, origins = places[row["src"]]
            column = column_label(work, origins, row["pos"])
            # the mark of a wrong JSON type is no part of the value
            yield {
                "table": work.name, "file": file, "line": row["line"], "column": column,
                "value": (row["value"] or "").lstrip("\0"), "rule": row["rule"],
                "accepted": row["accepted"], "remedy": row["remedy"],
                "blanked": (row["src"], row["pos"]) in blanked,
            }  # fmt: skip


def fault_places(works: Mapping[str, TableWork]) -> dict[int, tuple[str, Mapping[str, object]]]:
    """Return, by the numbers that faults have, the file, and where its columns of the contract come from."""
    places: dict[int, tuple[str, Mapping[str, object]]] = {}
    for source in (source for work in works.values() for source in work.sources):
        places[source.number] = (source.source.name, source.binding.origins)
        # faults of joined files are of whole lines
        places |= {number: (name, {}) for number, name in source.files.items()}
    return places


def first_faults(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], limit: int = MAX_FAULTS_IN_REPORT
) -> pa.Table:
    """Return the first `limit` faults as a table."""
    rows = [row for row, _ in zip(read_faults(con, works), range(limit), strict=False)]
    types = {"line": pa.int64(), "blanked": pa.bool_()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in COLUMNS])
    return pa.Table.from_pylist(rows, schema=schema)


def write_quarantine(path: Path, rows: Iterator[dict[str, object]], *, plain: bool = True) -> None:
    """Write the CSV atomically: a reader sees the old file or the new one, never a part.

    plain: False writes for spreadsheets: see `supplyrisk.graph.write_csv`.
    """
    with replacing(path) as out:
        writer = csv.DictWriter(
            getwriter("utf-8" if plain else "utf-8-sig")(out), COLUMNS, lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(_cells(row, plain) for row in rows)


def _cells(row: dict[str, object], plain: bool) -> dict[str, object]:
    """Return the cells of a row of the CSV; those of a spreadsheet are never run as formulas."""
    cells = row | {"blanked": str(row["blanked"]).lower()}
    if plain:
        return cells
    return {name: spreadsheet_text(cell) if isinstance(cell, str) else cell for name, cell in cells.items()}


def blanked_places(works: Mapping[str, TableWork]) -> frozenset[tuple[int, int]]:
    """Return the numbers of sources with the positions of the columns of which they leave bad cells empty."""
    return frozenset(
        (number, field.position)
        for work in works.values()
        for field in work.fields
        for number in work.blanking(field)
    )


def column_label(work: TableWork, origins: Mapping[str, object], position: int) -> str:
    """Return the file's names of the column or key at a position; the contract's where the file has none.

    It is empty for a whole line.
    """
    if position == LINE:
        return ""
    names = key_names(work, position) if is_key(position) else [work.fields[position].name]
    labels = [getattr(origins.get(name), "label", "") or name for name in names]
    return "+".join(labels)
