"""Graph tables as files for `neo4j-admin database import`, for graphs that are too large for transactions.

The import creates the same content as a load, including the ownership property and the marker node, so that later
loads can update it. The tool fills a whole database, and only while it is offline.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.graph_tables import GraphTables, NodeTable, vocabulary
from supplyrisk.graph.store.neo4j.load_parts import OWNED, fingerprint, link_kind, parts_of, with_link_keys
from supplyrisk.graph.store.neo4j.marker import CONSTRAINTS, LABEL, WHOLE
from supplyrisk.graph.workspace.output_files import replacing_folder

LIST_SEPARATOR = "\x1f"
"""Separates the items of a list: the ASCII unit separator, which does not occur in text."""
COMMAND_FILE = "import.sh"
CONSTRAINTS_FILE = "constraints.cypher"
_TYPES = {pa.int64(): "long", pa.float64(): "double", pa.bool_(): "boolean", pa.string(): "string"}


@dataclass(frozen=True)
class ExportedFiles:
    """The result of an export.

    Parameters
    ----------
    rows: number of rows by file name, without its ending.
    command: the shell command that imports the files.
    """

    rows: dict[str, int]
    command: str


def export_graph_tables(graph_tables: GraphTables, folder: Path, database: str = "neo4j") -> ExportedFiles:
    """Write header and data files, the import command, and the constraints to create after the import.

    Parameters
    ----------
    folder: created; nothing is left of it if the export fails.
    database: name of the database in the command; "neo4j" by default.

    Raises
    ------
    StoreError: the folder exists, a link's endpoint is no node, or a property name does not fit a header.
    """
    if folder.exists():
        raise StoreError(f"{folder} exists already", "a new folder", "name another one, or remove it")
    # Also checks that every link's endpoints are nodes, before anything is written.
    parts = parts_of(graph_tables)
    with replacing_folder(folder) as temporary:
        tables = [*_nodes(graph_tables), _marker(graph_tables, fingerprint(parts)), *_links(graph_tables)]
        for _, name, table in tables:
            _write(temporary, name, table)
        lines = any(_has_line_breaks(table) for _, _, table in tables)
        command = _command(folder.absolute(), [(kind, name) for kind, name, _ in tables], lines, database)
        (temporary / COMMAND_FILE).write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
        (temporary / CONSTRAINTS_FILE).write_text(_constraints(), encoding="utf-8")
    return ExportedFiles({name: table.num_rows for _, name, table in tables}, command)


Table = tuple[str, str, pa.Table]
"""Option of the tool ("nodes" or "relationships=TYPE"), name of the file, and its rows with their headers."""


def _nodes(graph_tables: GraphTables) -> Iterator[Table]:
    for table in graph_tables.nodes:
        rows = table.rows
        headers = [_header(f.name, f.type) for f in rows.schema]
        headers[rows.column_names.index(table.key)] = f"{table.key}:ID({table.label})"
        renamed = rows.rename_columns(headers).append_column(
            f"{OWNED}:string[]", _constant("*", rows.num_rows)
        )
        yield "nodes", table.label.lower(), renamed.append_column(":LABEL", _labels(table))


def _labels(table: NodeTable) -> pa.ChunkedArray:
    labels = _constant(table.label, table.rows.num_rows)
    for label, mark in table.extra_labels.items():
        labels = pc.binary_join_element_wise(labels, pc.if_else(mark, LIST_SEPARATOR + label, ""), "")
    return labels


def _links(graph_tables: GraphTables) -> Iterator[Table]:
    for table in graph_tables.edges:
        rows = with_link_keys(table)
        headers = [f":START_ID({table.source})", f":END_ID({table.target})"]
        headers += [_header(field.name, field.type) for field in list(rows.schema)[2:]]
        name = f"{table.type}-{table.source}-{table.target}".lower()
        yield f"relationships={table.type}", name, rows.rename_columns(headers)


def _marker(graph_tables: GraphTables, content_hash: str) -> Table:
    links = LIST_SEPARATOR.join(sorted({link_kind(edges) for edges in graph_tables.edges}))
    properties = {
        f"id:ID({LABEL})": "graph",
        "state:string": WHOLE,
        # Any later run writes its own id here, and so takes over.
        "run:string": "import",
        "picture:string": content_hash,
        "stamp:string": json.dumps(dict(graph_tables.stamp)),
        "about:string": json.dumps(dict(graph_tables.about)),
        "names:string": json.dumps(vocabulary(graph_tables).to_json()),
        "links:string[]": links,
        ":LABEL": LABEL,
    }
    table = pa.table({name: [text] for name, text in properties.items()})
    return "nodes", "marker", table.append_column("done:long", pa.array([0], pa.int64()))


def _header(name: str, kind: pa.DataType) -> str:
    """Return a column's header: its name and type in the tool's notation."""
    # The tool reads braces as options of the column and strips blanks.
    if "{" in name or name != name.strip() or not name:
        raise StoreError(
            f"property {name!r} cannot be written in a header", "a name without braces or outer blanks"
        )
    listed = kind.value_type if pa.types.is_list(kind) else kind
    return f"{name}:{_TYPES.get(listed, 'string')}{'[]' if listed is not kind else ''}"


def _write(folder: Path, name: str, table: pa.Table) -> None:
    """Write the header file and the data file of a table."""
    # The header is the only row of a file of its own, so the columns' names in Arrow do not matter.
    header = pa.table({str(i): [text] for i, text in enumerate(table.column_names)})
    plain = csv.WriteOptions(include_header=False)
    csv.write_csv(header, folder / f"{name}-header.csv", plain)
    flat = [_flat(column) for column in table.columns]
    rows = pa.table(flat, names=[str(i) for i in range(table.num_columns)])
    csv.write_csv(rows, folder / f"{name}.csv", plain)


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_list(column.type):
        return column
    texts = column.cast(pa.list_(pa.string()))
    return pc.binary_join(texts, LIST_SEPARATOR)


def _has_line_breaks(table: pa.Table) -> bool:
    # The tool reads faster without --multiline-fields, so the option is set only where it is needed.
    texts = [c for c in table.columns if pa.types.is_string(c.type)]
    return any(pc.any(pc.match_substring_regex(c, "[\r\n]")).as_py() for c in texts)


def _command(folder: Path, files: Sequence[tuple[str, str]], lines: bool, database: str) -> str:
    words = ["neo4j-admin", "database", "import", "full", database, "--overwrite-destination"]
    words += ["--array-delimiter=U+001F", *(["--multiline-fields=true"] if lines else [])]
    words += [f"--{kind}={folder / name}-header.csv,{folder / name}.csv" for kind, name in files]
    return " ".join(map(shlex.quote, words))


def _constraints() -> str:
    statements = (
        f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.{key} IS UNIQUE;\n"
        for name, (label, key) in CONSTRAINTS.items()
    )
    return "".join(statements)


def _constant(text: str, rows: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.repeat(pa.scalar(text, pa.string()), rows)])
