"""The input contract as a page of documentation: `python -m supplyrisk.graph.schema.contract_page > docs/tables.md`."""

from __future__ import annotations

from supplyrisk.graph.schema.contract import STATEMENT_LAG_DAYS, TABLES, ColumnKind, ColumnSchema, TableSchema

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

A data set is a folder with any of these tables, each as CSV, CSV.GZ, Parquet or JSON Lines; only `firms` is
required. `supplies.csv`, `supplies-2024.csv` and `supplies/part1.csv` all feed `supplies`. Other names and formats
become these by a mapping file (`scgraph init` writes a commented one).

- Ids are text, to the letter: leading zeros survive. In JSON they are strings, in Parquet string columns.
- Days are ISO days, `2025-06-30`. Anything that could be read in two ways is a bad value, never guessed.
- Money is in the data set's currency; `supplies` may name another one, with a rate in the mapping.
- An empty cell is missing. NaN, infinity and unreadable numbers are bad values, never missing.
- Columns of `firms` and `activity` that are not listed are kept as candidate features; elsewhere they are left out.
- `known` is the day from which on a snapshot sees a value: the row's own day unless another column is named.
  A statement without `published_on` is seen {STATEMENT_LAG_DAYS} days after `on`.
- Rows with an equal key are one row given twice; with an equal key and different values both are faults. A table
  without a key keeps equal rows: two equal trades on one day are two. A `row_id` is a key wherever it is given.
  A row that leaves a column of the key empty (a day, in undated data) has no key.
- A relation shows from `since` on; on the day `until` it is over. One without `since` shows in no snapshot of dated
  data, unless the mapping lists its kind in `standing`: then it holds at all times up to `until`.

Required columns are marked *. In an error, `line` is the line of the file, its header being line 1; in a Parquet
file it is the row, the first being 1.
"""


def page() -> str:
    """The whole page."""
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
    known = column.known_on or ("" if column.name == table.day or not table.day else table.day)
    name = column.name + ("*" if column.required else "")
    return f"| {name} | {_holds(column)} | {known} | {column.meaning.replace('|', chr(92) + '|')} |"


def _holds(column: ColumnSchema) -> str:
    """The kind with its bounds and words."""
    text = WORDS[column.kind]
    if column.choices:
        text += f": {', '.join(column.choices)}"
    if column.least is not None and column.most is not None:
        return f"{text}, {column.least:g} to {column.most:g}"
    return f"{text}, at least {column.least:g}" if column.least is not None else text


if __name__ == "__main__":
    print(page(), end="")
