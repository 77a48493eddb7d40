"""A picture as batches of rows for Neo4j: what is written, by which statement, in which order.

Every node that we make carries `_scgraph` = ['*']; one that was there before us and that we write to carries
there the names of the properties that it had. Every link of ours carries `_scgraph` = "n:key": its number among equal
links of its pair, and the property that tells a pair's links apart (a category, a loan). Whatever has no
`_scgraph` is not ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.cypher_names import quoted
from supplyrisk.graph.store.graph_tables import KEYS, EdgeTable, GraphTables, NodeTable
from supplyrisk.graph.workspace.tables import quoted as sql_quoted

OWNED = "_scgraph"
CREATED = "['*']"
BATCH = 10_000
LINK_KEYS = {"SUPPLIES": ("category",), "LENDS_TO": ("loan_id",)}
"""What tells the links of one pair apart; other types have the kind where they have it."""

Row = list[Any]


@dataclass(frozen=True)
class LoadPart:
    """Rows that one statement writes; create is the same for links of which none is there yet; most is of a batch."""

    name: str
    rows: pa.Table
    merge: str
    create: str | None = None
    max_rows: int | None = None

    @property
    def batch_rows(self) -> int:
        """Rows of a batch."""
        return BATCH if self.max_rows is None else min(self.max_rows, BATCH)

    def batches(self, first: int = 0) -> Iterator[list[Row]]:
        """Rows in lists of `size` from batch `first` on, each row a list; None for what is missing."""
        for start in range(first * self.batch_rows, self.rows.num_rows, self.batch_rows):
            piece = self.rows.slice(start, self.batch_rows)
            yield [list(row) for row in zip(*map(_values, piece.columns), strict=True)]

    @property
    def batch_count(self) -> int:
        """How many batches."""
        rows: int = self.rows.num_rows
        return -(-rows // self.batch_rows)


def parts_of(graph_tables: GraphTables) -> list[LoadPart]:
    """Everything that a picture puts into the graph, nodes before links, rows in a fixed order.

    Raises
    ------
    StoreError: a link that names no node.
    """
    keys = {table.label: table.rows[table.key] for table in graph_tables.nodes}
    nodes = [part for table in graph_tables.nodes for part in _node_parts(table)]
    return nodes + [edge_part(table, keys) for table in graph_tables.edges]


def link_kind(table: EdgeTable) -> str:
    """The name of a kind of link: its type and the labels of its ends."""
    return f"{table.type}|{table.source}|{table.target}"


def fingerprint(parts: Sequence[LoadPart]) -> str:
    """Which picture these parts are of: equal for equal content, whatever order its rows came in."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.merge.encode())
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, part.rows.schema) as writer:
            writer.write_table(part.rows.combine_chunks(), max_chunksize=1 << 30)
        digest.update(sink.getvalue())
    return digest.hexdigest()


def _node_parts(table: NodeTable) -> Iterator[LoadPart]:
    """One part per set of extra labels: a statement cannot take labels as parameters in every version."""
    order = pc.sort_indices(table.rows[table.key])
    rows = table.rows.take(order)
    names = [table.key, *(n for n in rows.column_names if n != table.key)]
    rows = rows.select(names)
    flags = {
        label: flag.take(order).to_numpy(zero_copy_only=False) for label, flag in table.extra_labels.items()
    }
    code = np.zeros(rows.num_rows, dtype=np.int64)
    for bit, mark in enumerate(flags.values()):
        code |= mark.astype(np.int64) << bit
    for combination in np.unique(code):
        labels = [label for bit, label in enumerate(flags) if combination >> bit & 1]
        part_rows = rows.filter(pa.array(code == combination))
        yield LoadPart(":".join([table.label, *labels]), part_rows, _node_statement(table, names, labels))


def _node_statement(table: NodeTable, names: Sequence[str], labels: Sequence[str]) -> str:
    absent_labels = [label for label in table.extra_labels or () if label not in labels]
    lines = [
        "UNWIND $rows AS row",
        f"MERGE (n:{table.label} {{{quoted(table.key)}: row[0]}})",
        f"ON CREATE SET n.{OWNED} = {CREATED} ON MATCH SET n.{OWNED} = coalesce(n.{OWNED}, keys(n))",
        f"SET n:{':'.join(map(quoted, labels))}" if labels else "",
        f"REMOVE n:{':'.join(map(quoted, absent_labels))}" if absent_labels else "",
        _set("n", names, 1),
        "RETURN count(n) AS n",
    ]
    return "\n".join(line for line in lines if line)


def edge_part(table: EdgeTable, keys: dict[str, pa.ChunkedArray]) -> LoadPart:
    """The rows of one kind of link; keys of the nodes that there are, by label.

    Raises
    ------
    StoreError: a link that names no node.
    """
    for end, label in (("source", table.source), ("target", table.target)):
        known = keys.get(label, pa.array([], pa.string()))
        strays = table.rows[end].filter(pc.invert(pc.is_in(table.rows[end], value_set=known)))
        if len(strays):
            count = pc.count_distinct(strays, mode="all").as_py()
            raise StoreError(f"{count} ends of {table.type} name no node", "ends that are in the picture")
    rows = with_link_keys(table)
    names = rows.column_names[3:]
    ends = (
        f"MATCH (a:{table.source} {{{KEYS[table.source]}: row[0]}})\n"
        f"MATCH (b:{table.target} {{{KEYS[table.target]}: row[1]}})"
    )
    link, key = quoted(table.type), f"{OWNED}: row[2]"
    merge = f"MERGE (a)-[r:{link} {{{key}}}]->(b)\n{_set('r', rows.column_names, 3)}"
    assignments = "".join(f", {quoted(name)}: row[{i}]" for i, name in enumerate(names, 3))
    create = f"CREATE (a)-[r:{link} {{{key}{assignments}}}]->(b)"
    head, tail = f"UNWIND $rows AS row\n{ends}\n", "\nRETURN count(r) AS n"
    return LoadPart(link_kind(table), rows, head + merge.rstrip() + tail, head + create + tail)


def with_link_keys(table: EdgeTable) -> pa.Table:
    """Rows with their key as third column, sorted: the same rows in any order give the same table."""
    names = table.rows.column_names[2:]
    key_columns = LINK_KEYS.get(table.type, ("kind",))
    parts = [f"coalesce(CAST({sql_quoted(n)} AS VARCHAR), '')" for n in key_columns if n in names] or ["''"]
    order = ", ".join(sql_quoted(n) for n in names) or "1"
    rest = "".join(f", {sql_quoted(n)}" for n in names)
    with duckdb.connect() as con:
        con.register("given", table.rows)
        return con.sql(f"""
            WITH told AS (SELECT *, concat_ws('|', {", ".join(parts)}) AS "_told" FROM given)
            SELECT source, target, row_number() OVER (
                       PARTITION BY source, target, "_told" ORDER BY {order}) || ':' || "_told" AS "{OWNED}"{rest}
            FROM told ORDER BY source, target, "{OWNED}"
        """).to_arrow_table()


def _set(variable: str, names: Sequence[str], first: int) -> str:
    """A null among the values takes the property away."""
    items = [f"{variable}.{quoted(n)} = row[{i}]" for i, n in enumerate(names) if i >= first]
    return f"SET {', '.join(items)}" if items else ""


def _values(column: pa.ChunkedArray) -> list[Any]:
    """A column as Python values; numbers and text by way of numpy, which is several times faster."""
    kind = column.type
    if pa.types.is_string(kind):
        texts: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
        return texts
    plain = pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)
    if not plain:
        return list(column.to_pylist())
    if not column.null_count:
        return list(column.to_numpy(zero_copy_only=False).tolist())
    missing = column.is_null().to_numpy(zero_copy_only=False)
    filled = column.fill_null(False if pa.types.is_boolean(kind) else 0).to_numpy(zero_copy_only=False)
    objects = filled.astype(object)
    objects[missing] = None
    return list(objects.tolist())
