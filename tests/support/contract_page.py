"""The documentation page of the input contract, generated from the contract itself.

Run `python tests/support/contract_page.py > docs/tables.md` after a change to the contract.
"""

from __future__ import annotations

from supplyrisk.graph.schema.contract import (
    STATEMENT_LAG_DAYS,
    TABLES,
    ColumnKind,
    ColumnSchema,
    TableSchema,
)
from supplyrisk.graph.schema.version_columns import VERSION_COLUMNS

WORDS = {
    ColumnKind.ID: "id (text)",
    ColumnKind.TEXT: "text",
    ColumnKind.CHOICE: "word",
    ColumnKind.CHOICES: "words",
    ColumnKind.MONEY: "money",
    ColumnKind.NUMBER: "number",
    ColumnKind.COUNT: "whole number",
    ColumnKind.DAY: "day",
    ColumnKind.FLAG: "0 or 1",
}

HEAD = f"""# The tables

A data set is a folder with any of these tables, as CSV, TSV, JSON Lines, Parquet or Excel; only `firms` is
required. `supplies.csv`, `supplies-2024.csv` and `supplies/part1.csv` are all read into `supplies`. A mapping file
translates other names and formats (`scgraph init` writes one with comments).

- Ids are text and are kept exactly as given: leading zeros survive. In JSON they are strings, in Parquet string
  columns.
- Days are ISO days, `2025-06-30`. An ambiguous day is a bad value; it is never guessed.
- Money is in the data set's currency; `supplies` may name another one, with a rate in the mapping.
- An empty cell is missing. NaN, infinity and unreadable numbers are bad values, never missing.
- Columns of `firms` and `activity` that are not listed are kept as candidate features; elsewhere they are ignored.
- `known` is the day from which a snapshot includes a value: the row's own day unless another column is named.
  A statement without `published_on` is included from {STATEMENT_LAG_DAYS} days after `on`.
- Every table may have two more columns: `known_on`, {VERSION_COLUMNS[0].meaning}; and
  `void`, {VERSION_COLUMNS[1].meaning}. See [growing-data.md](growing-data.md).
- Rows with an equal key are duplicates and count once; if their values differ, both rows are faults, unless `known_on`
  differs, too: then they are versions of one row. A table
  without a key keeps equal rows: two equal trades on one day are two trades. A `row_id` is a key wherever it is
  present. A row with an empty key column (a day, in undated data) has no key.
- A relation holds from `since` and ends on the day `until`. Without `since` it is in no snapshot of dated data,
  unless the mapping lists its kind in `standing`: then it holds at all times up to `until`.

Required columns are marked *. In an error, `line` is the line of the file, where the header is line 1; in a Parquet
file it is the row, counted from 1.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    return HEAD + "".join(_section(table) for table in TABLES.values())


def _section(table: TableSchema) -> str:
    key = "the whole row" if table.whole_row else ", ".join(table.key) or "none"
    lines = [
        f"\n## {table.name}\n",
        f"One row is {table.row}. Key: {key}.\n",
        "| column | holds | known | meaning |",
    ]
    lines += ["|---|---|---|---|", *(_row(table, c) for c in table.columns)]
    return "\n".join(lines) + "\n"


def _row(table: TableSchema, column: ColumnSchema) -> str:
    # A table's own day column and tables without a day need no entry: nothing decides when they become known.
    known = column.known_on or ("" if column.name == table.day or not table.day else table.day)
    # A bar in a meaning would start a new cell of the Markdown table.
    name = column.name + ("*" if column.required else "")
    return f"| {name} | {_holds(column)} | {known} | {column.meaning.replace('|', chr(92) + '|')} |"


def _holds(column: ColumnSchema) -> str:
    """Return the kind of a column with its choices and bounds."""
    text = WORDS[column.kind]
    if column.choices:
        text += f": {', '.join(column.choices)}"
    if column.minimum is not None and column.maximum is not None:
        return f"{text}, {column.minimum:g} to {column.maximum:g}"
    return f"{text}, at least {column.minimum:g}" if column.minimum is not None else text


if __name__ == "__main__":
    print(page(), end="")
