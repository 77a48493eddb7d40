"""Removes what scgraph owns: the links, nodes and properties that newer graph tables lack, or all of them.

A node of scgraph's that has links or properties of others keeps these and its key. A node that existed before scgraph
wrote to it keeps the properties that it had then (their names are stored in its ownership property).
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from supplyrisk.graph.store.cypher_names import quoted
from supplyrisk.graph.store.graph_tables import KEYS, ROLE_LABELS, EdgeTable
from supplyrisk.graph.store.neo4j import load_parts
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.load_parts import OWNED, Row, with_link_keys
from supplyrisk.graph.store.neo4j.marker import BatchWriter
from supplyrisk.graph.store.property_names import PORTRAIT_PREFIX, Vocabulary

_HAS_FOREIGN_CONTENT = (
    f"(NOT '*' IN n.{OWNED} OR EXISTS {{ (n)-[r]-() WHERE r.{OWNED} IS NULL }} "
    f"OR any(k IN keys(n) WHERE NOT k IN $ours AND NOT k STARTS WITH 'risk_' "
    f"AND NOT k STARTS WITH '{PORTRAIT_PREFIX}'))"
)
"""Cypher condition: a node n of scgraph's existed before, or has links or properties of others."""


def remove_stale_links(
    connection: Connection, writer: BatchWriter, kind: str, table: EdgeTable | None
) -> int:
    """Remove scgraph's links of one kind that a table lacks; return their number.

    Parameters
    ----------
    kind: "type|source label|target label".
    table: the links to keep; None to remove all.
    """
    type_, source, target = kind.split("|")
    ends = f"(a:{source})-[r:{quoted(type_)}]->(b:{target})"
    source_key = KEYS[source]
    target_key = KEYS[target]
    stored = connection.rows(
        f"MATCH {ends} WHERE r.{OWNED} IS NOT NULL RETURN a.{source_key}, b.{target_key}, r.{OWNED}"
    )
    # A link is identified by its ends and its key; see load_parts.
    current = (
        set(zip(*(c.to_pylist() for c in with_link_keys(table).columns[:3]), strict=True)) if table else set()
    )
    stale = sorted(row for row in stored if tuple(row) not in current)
    cypher = (
        f"UNWIND $rows AS row MATCH (a:{source} {{{source_key}: row[0]}})"
        f"-[r:{quoted(type_)} {{{OWNED}: row[2]}}]->"
        f"(b:{target} {{{target_key}: row[1]}}) DELETE r RETURN count(r) AS n"
    )
    return _in_batches(writer, cypher, stale)


def remove_stale_nodes(
    connection: Connection, writer: BatchWriter, label: str, keys: pa.ChunkedArray | None, names: Vocabulary
) -> int:
    """Remove scgraph's nodes of one label whose keys are not in `keys` (None: all); return their number.

    scgraph's own links of these nodes must have been removed before.
    """
    key = KEYS[label]
    stored = connection.rows(f"MATCH (n:{label}) WHERE n.{OWNED} IS NOT NULL RETURN n.{key}")
    current = set(keys.to_pylist()) if keys is not None else set()
    stale = sorted([node_key] for (node_key,) in stored if node_key not in current)
    for start in range(0, len(stale), load_parts.BATCH):
        remove_nodes_by_key(writer, label, names, stale[start : start + load_parts.BATCH])
    return len(stale)


def remove_nodes_by_key(writer: BatchWriter, label: str, names: Vocabulary, rows: Sequence[Row]) -> int:
    """Remove scgraph's nodes by key; nodes with content of others lose only scgraph's properties.

    Returns the number of nodes removed.
    """
    key = KEYS[label]
    own = sorted(names.labels.get(label, frozenset()) | {key, OWNED})
    find = f"UNWIND $rows AS row MATCH (n:{label} {{{key}: row[0]}}) WHERE n.{OWNED} IS NOT NULL"
    own_names = f"[{', '.join(_cypher_text(name) for name in own)}]"
    foreign = _HAS_FOREIGN_CONTENT.replace("$ours", own_names)
    count = writer.batch(f"{find} AND NOT {foreign} DETACH DELETE n RETURN count(n) AS n", rows)
    if count == len(rows):
        return count
    # The rest has content of others. Properties that a node had before scgraph are listed in OWNED and stay.
    for name in own:
        if name in (key, OWNED):
            continue
        match = f"{find} AND n.{quoted(name)} IS NOT NULL AND NOT {_cypher_text(name)} IN n.{OWNED}"
        writer.batch(f"{match} REMOVE n.{quoted(name)} RETURN count(n) AS n", rows)
    # Without OWNED the node belongs to others entirely, so scgraph's role labels go too.
    roles = ":".join(ROLE_LABELS.values())
    rest = f" REMOVE n:{roles}" if label == "Firm" else ""
    writer.batch(f"{find}{rest} REMOVE n.{OWNED} RETURN count(n) AS n", rows)
    return count


def drop_properties(writer: BatchWriter, old: Vocabulary, new: Vocabulary, scores: Sequence[str]) -> None:
    """Remove the properties that earlier graph tables had and the new ones lack, and all scores.

    Parameters
    ----------
    old, new: names of the earlier and of the new graph tables.
    scores: properties of results of firms.
    """
    for label in KEYS:
        names = old.labels.get(label, frozenset()) - new.labels.get(label, frozenset())
        for name in sorted({*names, *(scores if label == "Firm" else ())}):
            writer.repeat(
                f"MATCH (n:{label}) WHERE n.{quoted(name)} IS NOT NULL AND NOT {_cypher_text(name)} IN n.{OWNED} "
                f"WITH n LIMIT {load_parts.BATCH} REMOVE n.{quoted(name)} RETURN count(n) AS n"
            )
    for type_, names in old.types.items():
        for name in sorted(names - new.types.get(type_, frozenset())):
            writer.repeat(
                f"MATCH ()-[r:{quoted(type_)}]->() WHERE r.{quoted(name)} IS NOT NULL AND r.{OWNED} IS NOT NULL "
                f"WITH r LIMIT {load_parts.BATCH} REMOVE r.{quoted(name)} RETURN count(r) AS n"
            )


def _in_batches(writer: BatchWriter, cypher: str, rows: Sequence[Row]) -> int:
    return sum(
        writer.batch(cypher, rows[i : i + load_parts.BATCH]) for i in range(0, len(rows), load_parts.BATCH)
    )


def _cypher_text(name: str) -> str:
    """Return a name as a Cypher string literal."""
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"
