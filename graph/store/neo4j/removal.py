"""Taking away what is ours: links, nodes and properties that a newer picture lacks, or all of it.

A node of ours on which somebody else's links hang, or which has their properties, stays with its key and with
what is theirs. A node that was there before us gets back to the properties that it had by name.
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
from supplyrisk.graph.store.property_names import Vocabulary

_HAS_FOREIGN_CONTENT = (
    f"(NOT '*' IN n.{OWNED} OR EXISTS {{ (n)-[r]-() WHERE r.{OWNED} IS NULL }} "
    f"OR any(k IN keys(n) WHERE NOT k IN $ours AND NOT k STARTS WITH 'risk_'))"
)
"""Whether a node of ours has something that is not: it was there before, has other links or properties."""


def remove_stale_links(
    connection: Connection, writer: BatchWriter, kind: str, table: EdgeTable | None
) -> int:
    """Remove our links of one kind that a table lacks (None: all of them); how many."""
    type_, source, target = kind.split("|")
    ends = f"(a:{source})-[r:{quoted(type_)}]->(b:{target})"
    a, b = KEYS[source], KEYS[target]
    stored = connection.rows(f"MATCH {ends} WHERE r.{OWNED} IS NOT NULL RETURN a.{a}, b.{b}, r.{OWNED}")
    current = (
        set(zip(*(c.to_pylist() for c in with_link_keys(table).columns[:3]), strict=True)) if table else set()
    )
    stale = sorted(row for row in stored if tuple(row) not in current)
    cypher = (
        f"UNWIND $rows AS row MATCH (a:{source} {{{a}: row[0]}})-[r:{quoted(type_)} {{{OWNED}: row[2]}}]->"
        f"(b:{target} {{{b}: row[1]}}) DELETE r RETURN count(r) AS n"
    )
    return _in_batches(writer, cypher, stale)


def remove_stale_nodes(
    connection: Connection, writer: BatchWriter, label: str, keys: pa.ChunkedArray | None, names: Vocabulary
) -> int:
    """Remove our nodes of one label whose keys are not among these; how many. Their links are gone by now."""
    key = KEYS[label]
    stored = connection.rows(f"MATCH (n:{label}) WHERE n.{OWNED} IS NOT NULL RETURN n.{key}")
    current = set(keys.to_pylist()) if keys is not None else set()
    stale = sorted([node_key] for (node_key,) in stored if node_key not in current)
    for start in range(0, len(stale), load_parts.BATCH):
        remove_nodes_by_key(writer, label, names, stale[start : start + load_parts.BATCH])
    return len(stale)


def remove_nodes_by_key(writer: BatchWriter, label: str, names: Vocabulary, rows: Sequence[Row]) -> int:
    """Remove nodes of ours by key, all but those that hold what is not ours; how many are gone."""
    key, own = KEYS[label], sorted(names.labels.get(label, frozenset()) | {KEYS[label], OWNED})
    find = f"UNWIND $rows AS row MATCH (n:{label} {{{key}: row[0]}}) WHERE n.{OWNED} IS NOT NULL"
    drop = [n for n in own if n not in (key, OWNED)]
    ours = f"[{', '.join(_cypher_text(n) for n in own)}]"
    theirs = _HAS_FOREIGN_CONTENT.replace("$ours", ours)
    count = writer.batch(f"{find} AND NOT {theirs} DETACH DELETE n RETURN count(n) AS n", rows)
    if count == len(rows):
        return count
    for name in drop:
        cut = f"{find} AND n.{quoted(name)} IS NOT NULL AND NOT {_cypher_text(name)} IN n.{OWNED}"
        writer.batch(f"{cut} REMOVE n.{quoted(name)} RETURN count(n) AS n", rows)
    roles = ":".join(ROLE_LABELS.values())
    rest = f" REMOVE n:{roles}" if label == "Firm" else ""
    writer.batch(f"{find}{rest} REMOVE n.{OWNED} RETURN count(n) AS n", rows)
    return count


def drop_properties(writer: BatchWriter, old: Vocabulary, new: Vocabulary, scores: Sequence[str]) -> None:
    """Remove properties that an earlier picture had and this one has not, and all scores."""
    for label in KEYS:
        names = old.labels.get(label, frozenset()) - new.labels.get(label, frozenset())
        for name in sorted({*names, *(scores if label == "Firm" else ())}):
            writer.repeat(
                f"MATCH (n:{label}) WHERE n.{quoted(name)} IS NOT NULL AND NOT {_cypher_text(name)} IN n.{OWNED} "
                f"WITH n LIMIT {load_parts.BATCH} REMOVE n.{quoted(name)} RETURN count(n) AS n"
            )
    for type_, held in old.types.items():
        for name in sorted(held - new.types.get(type_, frozenset())):
            writer.repeat(
                f"MATCH ()-[r:{quoted(type_)}]->() WHERE r.{quoted(name)} IS NOT NULL AND r.{OWNED} IS NOT NULL "
                f"WITH r LIMIT {load_parts.BATCH} REMOVE r.{quoted(name)} RETURN count(r) AS n"
            )


def _in_batches(writer: BatchWriter, cypher: str, rows: Sequence[Row]) -> int:
    return sum(
        writer.batch(cypher, rows[i : i + load_parts.BATCH]) for i in range(0, len(rows), load_parts.BATCH)
    )


def _cypher_text(name: str) -> str:
    """A name of the vocabulary as a Cypher text."""
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"
