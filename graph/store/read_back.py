"""Read a snapshot back from a graph store, without the workspace and equal to the loaded one to the last bit.

Two things differ. The outcome is not in the graph, so every firm is "unlabelled"; and the row_id of an event is its
event_id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.schema.contract import DEFAULT_KINDS
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.schema.relations import SUPPLIES, EdgeType
from supplyrisk.graph.snapshot.features.feature import Feature
from supplyrisk.graph.snapshot.snapshot import Snapshot
from supplyrisk.graph.store.cypher_names import quoted
from supplyrisk.graph.store.graph_tables import (
    LOAN_PROPERTIES,
    NODE_LABELS,
    OUTCOME_COLUMNS,
    graph_type_of,
)
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.workspace.tables import DatasetInfo

Columns = Sequence[tuple[str, str, bool]]
"""Name of each column, its Arrow type as text, and whether the graph has any value of it."""
_TYPES = {
    str(t): t for t in (pa.string(), pa.float64(), pa.int32(), pa.int64(), pa.bool_(), pa.date32(), pa.null())
}


def read_back(store: Store) -> Snapshot:
    """Return the snapshot whose graph tables a store holds.

    Raises
    ------
    StoreError: the store has no graph, or one that an earlier version loaded.
    """
    info = store.info()
    about = info.about
    stamp = info.stamp
    # Graphs of versions that could not read back have no description of their columns.
    if not about:
        raise StoreError(f"the graph at {info.place} cannot be read back", None, "load the data again")
    features = tuple(Feature(**each) for each in about["features"])
    firms = _firms(store, about["tables"]["firms"], {f.name for f in features})
    persons = _read(store, "(n:Person)", {"person_id": "n.person_id"}, about["tables"]["persons"]).sort_by(
        "person_id"
    )
    ids = {"firm": firms["firm_id"], "person": persons["person_id"]}
    day = stamp.get("as_of")
    known = dict(about["info"])
    known["standing"] = tuple(known["standing"])
    horizon = stamp.get("horizon_days")
    return Snapshot(
        as_of=date.fromisoformat(day) if isinstance(day, str) else None,
        horizon_days=horizon if isinstance(horizon, int) else None,
        info=DatasetInfo(**known),
        firms=firms,
        persons=persons,
        edges=dict(_edges(store, tuple(kind), columns, ids) for kind, columns in about["edges"]),
        features=features,
        sources=tuple(about["sources"]),
        trades=_trades(store, about["tables"]["trades"]),
        loans=_loans(store, about["tables"]["loans"]),
        events=_events(store, about["tables"]["events"]),
        # Graphs that do not state it were loaded by versions that counted events alone, most of them of these kinds.
        default_definition=DefaultDefinition.from_json({"default_kinds": DEFAULT_KINDS, **about}),
    )


def _firms(store: Store, columns: Columns, features: set[str]) -> pa.Table:
    items = {
        n: f"n.{quoted(f'f_{n}' if n in features else n)}" for n, _, _ in columns if n not in OUTCOME_COLUMNS
    }
    # A firm that a user added to the graph has no `defaulted`: it is not part of the snapshot.
    rows = _read(store, "(n:Firm)", items, columns, "n.defaulted IS NOT NULL").sort_by("firm_id")
    state = pa.array(["unlabelled"] * rows.num_rows, pa.string())
    place = rows.column_names.index("outcome_state")
    return rows.set_column(place, "outcome_state", state)


def _edges(
    store: Store, kind: tuple[str, ...], columns: Columns, ids: dict[str, pa.ChunkedArray]
) -> tuple[EdgeType, pa.Table]:
    """Return one edge table with its endpoints as row numbers of the node tables."""
    source, word, target = kind
    supplies = kind == SUPPLIES.edge_type
    ends = {"source": f"a.{source}_id", "target": f"b.{target}_id"}
    rest = {n: f"r.{quoted(f'e_{n}' if supplies else n)}" for n, _, _ in columns if n not in ends}
    pattern = f"(a:{NODE_LABELS[source]})-[r:{graph_type_of(word)}]->(b:{NODE_LABELS[target]})"
    condition = "a <> b" if supplies else ""
    rows = _read(
        store,
        pattern,
        ends | rest,
        [(n, "string" if n in ends else kind_, has_values) for n, kind_, has_values in columns],
        condition,
    )
    if supplies and rows.num_rows:
        # A pair has one link per category; only the first one carries the attributes of the pair.
        rows = rows.filter(rows["amount"].is_valid())
    for place, (name, label) in enumerate((("source", source), ("target", target))):
        numbers = pc.index_in(rows[name], value_set=ids[label].combine_chunks()).cast(pa.int64())
        rows = rows.set_column(place, name, numbers)
    order = [(name, "ascending") for name in ("source", "target")]
    return (source, word, target), rows.sort_by(order)


def _trades(store: Store, columns: Columns) -> pa.Table:
    items = {"supplier_id": "a.firm_id", "customer_id": "b.firm_id"}
    items |= {n: f"r.{quoted(n)}" for n, _, _ in columns if n not in items}
    rows = _read(store, "(a:Firm)-[r:SUPPLIES]->(b:Firm)", items, columns)
    # The snapshot sorts a missing category first, which Arrow cannot: a flag that is false for missing ones can.
    flagged = rows.append_column("has_category", rows["category"].is_valid())
    order = [(n, "ascending") for n in ("supplier_id", "customer_id", "has_category", "category")]
    return flagged.sort_by(order).drop_columns(["has_category"])


def _loans(store: Store, columns: Columns) -> pa.Table:
    items = {"lender_id": "a.lender_id", "firm_id": "b.firm_id"} | {
        n: f"r.{quoted(n)}" for n in LOAN_PROPERTIES
    }
    return _read(store, "(a:Lender)-[r:LENDS_TO]->(b:Firm)", items, columns).sort_by("loan_id")


def _events(store: Store, columns: Columns) -> pa.Table:
    items = {"firm_id": "a.firm_id", "row_id": "b.event_id"}
    items |= {n: f"b.{quoted(n)}" for n, _, _ in columns if n not in items}
    rows = _read(store, "(a:Firm)-[r:HAD]->(b:Event)", items, columns)
    return rows.sort_by([(n, "ascending") for n, _, _ in columns])


def _read(
    store: Store, pattern: str, items: dict[str, str], columns: Columns, condition: str = ""
) -> pa.Table:
    """Return the rows of a pattern with the columns and types that they had; columns without values are null."""
    returned = ", ".join(
        f"{items[name]} AS c{i}"
        for i, (name, _, has_values) in enumerate(columns)
        if has_values and name in items
    )
    if not returned:
        # Without a value in any column, keys included, there are no rows.
        return pa.table({name: pa.array([], _TYPES[kind]) for name, kind, _ in columns})
    where = f" WHERE {condition}" if condition else ""
    rows = store.run(f"MATCH {pattern}{where} RETURN {returned}", timeout=READ_TIMEOUT)
    typed: dict[str, Any] = {}
    for i, (name, kind, has_values) in enumerate(columns):
        values = rows[f"c{i}"] if has_values and name in items else pa.nulls(rows.num_rows)
        # An engine returns the narrowest type that fits the values; the cast restores the stored one.
        typed[name] = values.cast(_TYPES[kind])
    return pa.table(typed)


READ_TIMEOUT = 3600.0
"""Timeout of reading one table, in seconds."""
