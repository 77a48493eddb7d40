"""The edges of a snapshot: one table per kind of relation, with endpoints as row numbers of the node tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from supplyrisk.graph.schema.relations import RELATIONS, EdgeType, relation_of
from supplyrisk.graph.snapshot.arrow_columns import fetch_clean

if TYPE_CHECKING:
    import duckdb

# An id that is both a firm and a person is the firm. Equal pairs are summed, so each pair has one row per kind.
_RELATIONS_SQL = """
WITH nodes AS (
    SELECT firm_id AS id, "row", 'firm' AS type FROM base
    UNION ALL
    SELECT person_id, "row", 'person' FROM people WHERE person_id NOT IN (SELECT firm_id FROM firms)
)
SELECT s.type AS source_type, kind, t.type AS target_type, s."row" AS source, t."row" AS target,
    fsum(weight) AS weight, fsum(amount) AS amount, CAST(count(*) AS DOUBLE) AS count
FROM known_relations JOIN nodes s ON s.id = from_id JOIN nodes t ON t.id = to_id
GROUP BY ALL ORDER BY source_type, kind, target_type, source, target
"""


def read_edges(con: duckdb.DuckDBPyConnection, sources: tuple[str, ...]) -> dict[EdgeType, pa.Table]:
    """Return the edge tables by type: source and target (int64), then attributes (double, null where missing).

    Each table is sorted by (source, target), with one row per pair and no self-loops.

    - supplies: amount_30, amount_60, amount_180, amount (money), orders, share_of_purchases and share_of_sales (of
      180 days), recency_days, delay_days, dispute_rate, days_to_pay, overdue_share (of the amount that fell due in
      180 days).
    - carries_for: units and share (of the firm's units sent and received) in 180 days, delay_days,
      recency_days.
    - any kind without a query of its own: weight and amount (sums over equal pairs), count. A kind of the table
      `relations` that is named like one with a query is renamed to "<kind>_relation".

    Parameters
    ----------
    sources: names of the tables that the data set has. Needs the temp tables `pairs`, `base` and `people`.
    """
    edges = {
        relation.edge_type: fetch_clean(con, relation.query)
        for relation in RELATIONS.values()
        if relation.query is not None and relation.table in sources
    }
    return edges | _relations(fetch_clean(con, _RELATIONS_SQL))


def _relations(rows: pa.Table) -> dict[EdgeType, pa.Table]:
    labels = ("source_type", "kind", "target_type")
    edges: dict[EdgeType, pa.Table] = {}
    # The rows are sorted by type, so each type is one contiguous slice; one thread keeps the types in that order.
    sizes = rows.group_by(list(labels), use_threads=False).aggregate([([], "count_all")])
    start = 0
    for group in sizes.to_pylist():
        kind = group["kind"] if relation_of(group["kind"]).query is None else f"{group['kind']}_relation"
        size = group["count_all"]
        edges[group["source_type"], kind, group["target_type"]] = rows.slice(start, size).drop_columns(
            list(labels)
        )
        start += size
    return edges
