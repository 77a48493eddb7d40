"""Rows of text cells as SQL, while they are put together from several files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.column_binding import fed_columns, position_name
from supplyrisk.loaders.read.file_parts import FilePart
from supplyrisk.loaders.read.read_csv import CellBatch
from supplyrisk.loaders.read.reshaped_counts import EventCounts, GroupCounts

_ROWS = 65_536


@dataclass(frozen=True)
class RowTexts:
    """Rows with the texts of their cells.

    Parameters
    ----------
    sql: a query of src (number of the source), line, and x0, x1, ... in the order of the names.
    names: the columns, by the names that the mapping has for them.
    parts: by column, the file that it is from.
    typed: columns to which no form of writing applies.
    """

    sql: str
    names: tuple[str, ...]
    parts: dict[str, FilePart]
    typed: frozenset[str]

    def column(self, name: str) -> str:
        """Return the name that a column has in the query."""
        return f"x{self.names.index(name)}"

    def filled(self, name: str) -> str:
        """Return the SQL of a column's text, NULL where the cell is empty or the mapping says that it is."""
        part = self.parts[name]
        words = {*part.source.map.missing}
        for column in fed_columns(TABLES[part.source.table], part.source.map, part.own_name(name)):
            words.update(part.source.map.format_of(column.name).missing)
        listed = "".join(f", {text_literal(word)}" for word in sorted(words))
        text = self.column(name)
        return f"CASE WHEN trim({text}) IN (''{listed}) THEN NULL ELSE {text} END"


@dataclass(frozen=True)
class FewerRows:
    """Rows that stand for several rows each: the cases of a log, or groups.

    Parameters
    ----------
    rows: each has the source and line of the first of its rows.
    refused: by source, rows that are faults.
    counts: what became of the rows before.
    left_out: columns that the rows do not have.
    tables: tables of the database that the rows are read from.
    """

    rows: RowTexts
    refused: dict[int, int]
    counts: EventCounts | GroupCounts
    left_out: tuple[str, ...]
    tables: tuple[str, ...]


def part_rows(part: FilePart) -> RowTexts:
    """Return the rows of a file."""
    cells = "".join(f", c{i} AS x{i}" for i in range(len(part.names)))
    sql = f"SELECT {part.number} AS src, line{cells} FROM {part.cells}"
    return RowTexts(sql, part.names, dict.fromkeys(part.names, part), part.typed)


def row_batches(con: duckdb.DuckDBPyConnection, rows: RowTexts) -> Iterator[CellBatch]:
    """Yield the rows of a query."""
    cells = "".join(f", x{i}" for i in range(len(rows.names)))
    for batch in con.sql(f"SELECT line{cells} FROM ({rows.sql})").to_arrow_reader(_ROWS):
        texts = [column.cast(pa.string()) for column in batch.columns[1:]]
        yield CellBatch(dict(zip(rows.names, texts, strict=True)), batch.column(0).cast(pa.int64()))


def resolved(name: str, names: Sequence[str]) -> str | None:
    """Return the column that a mapping names, by its name or position; None where there is none."""
    if name in names:
        return name
    positions = {position_name(i): other for i, other in enumerate(names, 1)}
    return positions.get(name)


def is_read(name: str, entry: SourceMap) -> bool:
    """Return whether something reads a column of rows that are put together: unknown ones only in open tables."""
    table = TABLES[entry.table]
    known = name in entry.mentioned or bool(fed_columns(table, entry, name))
    return known or (table.open and entry.keep is None and not entry.is_ignored(name))
