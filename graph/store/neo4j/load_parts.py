"""Graph tables as batches of rows for Neo4j: which rows are written, by which statement, in which order.

The property `_scgraph` marks what scgraph owns. On a node that scgraph created it is ['*']; on a node that existed
before, it lists the properties that the node had. On a link it is "n:key": the link's number among equal links of its
pair, and the value that distinguishes the links of a pair (a category, a loan). Whatever has no `_scgraph` belongs to
others.
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
"""Property of everything that scgraph owns in a database."""
CREATED = "['*']"
"""Value of OWNED, in Cypher, on nodes that scgraph created."""
BATCH = 10_000
"""Largest number of rows in one transaction."""
LINK_KEYS = {"SUPPLIES": ("category",), "LENDS_TO": ("loan_id",)}
"""By type, the columns that distinguish the links of one pair; other types use the kind, if they have one."""

Row = list[Any]


@dataclass(frozen=True)
class LoadPart:
    """Rows that one statement writes.

    Parameters
    ----------
    name: label or kind of link, for messages.
    rows: one row per node or link; `$rows` of the statement.
    merge: the statement; it may be repeated.
    create: a faster statement for links of which the database has none yet; None for nodes.
    max_rows: largest number of rows in a batch; None (default) for BATCH.
    """

    name: str
    rows: pa.Table
    merge: str
    create: str | None = None
    max_rows: int | None = None

    @property
    def batch_rows(self) -> int:
        """Number of rows in a full batch."""
        return BATCH if self.max_rows is None else min(self.max_rows, BATCH)

    def batches(self, first: int = 0) -> Iterator[list[Row]]:
        """Yield batches of `batch_rows` rows, starting with batch `first`; each row is a list, None where missing."""
        for start in range(first * self.batch_rows, self.rows.num_rows, self.batch_rows):
            piece = self.rows.slice(start, self.batch_rows)
            yield [list(row) for row in zip(*map(_values, piece.columns), strict=True)]

    @property
    def batch_count(self) -> int:
        """Number of batches."""
        rows: int = self.rows.num_rows
        # Division rounded up.
        return -(-rows // self.batch_rows)


def parts_of(graph_tables: GraphTables) -> list[LoadPart]:
    """Return everything that graph tables write, nodes before links, with rows in a fixed order.

    Raises
    ------
    StoreError: a link's endpoint is no node.
    """
    keys = {table.label: table.rows[table.key] for table in graph_tables.nodes}
    nodes = [part for table in graph_tables.nodes for part in _node_parts(table)]
    return nodes + [edge_part(table, keys) for table in graph_tables.edges]


def link_kind(table: EdgeTable) -> str:
    """Return the kind of a table's links: "type|source label|target label"."""
    return f"{table.type}|{table.source}|{table.target}"


def fingerprint(parts: Sequence[LoadPart]) -> str:
    """Return a SHA-256 that is equal for equal content, whatever the original order of rows.

    An interrupted load continues only if the fingerprint is the same.
    """
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.merge.encode())
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, part.rows.schema) as writer:
            writer.write_table(part.rows.combine_chunks(), max_chunksize=1 << 30)
        digest.update(sink.getvalue())
    return digest.hexdigest()


def _node_parts(table: NodeTable) -> Iterator[LoadPart]:
    """Yield one part per combination of extra labels: not every version of Neo4j takes labels as parameters."""
    order = pc.sort_indices(table.rows[table.key])
    rows = table.rows.take(order)
    names = [table.key, *(n for n in rows.column_names if n != table.key)]
    rows = rows.select(names)
    flags = {
        label: flag.take(order).to_numpy(zero_copy_only=False) for label, flag in table.extra_labels.items()
    }
    # One bit per label: nodes with an equal code have the same labels.
    code = np.zeros(rows.num_rows, dtype=np.int64)
    for bit, mark in enumerate(flags.values()):
        code |= mark.astype(np.int64) << bit
    for combination in np.unique(code):
        labels = [label for bit, label in enumerate(flags) if combination >> bit & 1]
        part_rows = rows.filter(pa.array(code == combination))
        yield LoadPart(":".join([table.label, *labels]), part_rows, _node_statement(table, names, labels))


def _node_statement(table: NodeTable, names: Sequence[str], labels: Sequence[str]) -> str:
    # Labels of an earlier load that a node no longer has are removed.
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
    """Return the part of one kind of link.

    Parameters
    ----------
    keys: by label, the keys of all nodes.

    Raises
    ------
    StoreError: a link's endpoint is no node.
    """
    for end, label in (("source", table.source), ("target", table.target)):
        known = keys.get(label, pa.array([], pa.string()))
        strays = table.rows[end].filter(pc.invert(pc.is_in(table.rows[end], value_set=known)))
        if len(strays):
            count = pc.count_distinct(strays, mode="all").as_py()
            raise StoreError(
                f"{count} endpoints of {table.type} are no nodes of the graph",
                "endpoints that the node tables contain",
            )
    rows = with_link_keys(table)
    # The first three columns are source, target and the key; the others are properties.
    names = rows.column_names[3:]
    ends = (
        f"MATCH (a:{table.source} {{{KEYS[table.source]}: row[0]}})\n"
        f"MATCH (b:{table.target} {{{KEYS[table.target]}: row[1]}})"
    )
    link = quoted(table.type)
    key = f"{OWNED}: row[2]"
    merge = f"MERGE (a)-[r:{link} {{{key}}}]->(b)\n{_set('r', rows.column_names, 3)}"
    assignments = "".join(f", {quoted(name)}: row[{i}]" for i, name in enumerate(names, 3))
    create = f"CREATE (a)-[r:{link} {{{key}{assignments}}}]->(b)"
    head = f"UNWIND $rows AS row\n{ends}\n"
    tail = "\nRETURN count(r) AS n"
    return LoadPart(link_kind(table), rows, head + merge.rstrip() + tail, head + create + tail)


def with_link_keys(table: EdgeTable) -> pa.Table:
    """Return the rows with their key as third column, sorted, so that their original order does not matter."""
    names = table.rows.column_names[2:]
    key_columns = LINK_KEYS.get(table.type, ("kind",))
    parts = [f"coalesce(CAST({sql_quoted(n)} AS VARCHAR), '')" for n in key_columns if n in names] or ["''"]
    order = ", ".join(sql_quoted(n) for n in names) or "1"
    rest = "".join(f", {sql_quoted(n)}" for n in names)
    with duckdb.connect() as con:
        con.register("links", table.rows)
        # "_key" distinguishes the links of a pair. Links with an equal "_key" are numbered in the order of all their
        # properties, so that equal content gets equal keys.
        return con.sql(f"""
            WITH keyed AS (SELECT *, concat_ws('|', {", ".join(parts)}) AS "_key" FROM links)
            SELECT source, target, row_number() OVER (
                       PARTITION BY source, target, "_key" ORDER BY {order}) || ':' || "_key" AS "{OWNED}"{rest}
            FROM keyed ORDER BY source, target, "{OWNED}"
        """).to_arrow_table()


def _set(variable: str, names: Sequence[str], first: int) -> str:
    """Return the SET clause of the properties from `first` on; a null value removes the property."""
    items = [f"{variable}.{quoted(n)} = row[{i}]" for i, n in enumerate(names) if i >= first]
    return f"SET {', '.join(items)}" if items else ""


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Return a column as Python values; numbers and text go through numpy, which is several times faster."""
    kind = column.type
    if pa.types.is_string(kind):
        texts: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
        return texts
    plain = pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)
    if not plain:
        return list(column.to_pylist())
    if not column.null_count:
        return list(column.to_numpy(zero_copy_only=False).tolist())
    # numpy would turn nullable integers into floats; a filled copy with None put back keeps them integers.
    missing = column.is_null().to_numpy(zero_copy_only=False)
    filled = column.fill_null(False if pa.types.is_boolean(kind) else 0).to_numpy(zero_copy_only=False)
    objects = filled.astype(object)
    objects[missing] = None
    return list(objects.tolist())
