"""A snapshot out of a graph store: what was loaded, to the last bit, without the workspace.

The outcome is not in the graph, so it is not in what is read back: every firm is "unlabelled". An event bears its
event_id as row_id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.snapshot.edges import EdgeType
from supplyrisk.graph.snapshot.feature_register import Feature
from supplyrisk.graph.snapshot.snapshot import Snapshot
from supplyrisk.graph.store.cypher_names import quoted
from supplyrisk.graph.store.graph_tables import (
    CARRIES,
    LOAN_PROPERTIES,
    NODE_LABELS,
    OUTCOME_COLUMNS,
    TRADES,
    relationship_type,
)
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.workspace.tables import DatasetInfo

Columns = Sequence[tuple[str, str, bool]]
"""Name of each column, its type as Arrow spells it, and whether the graph holds any value of it."""
_TYPES = {str(t): t for t in (pa.string(), pa.float64(), pa.int64(), pa.bool_(), pa.date32(), pa.null())}


def read_back(store: Store) -> Snapshot:
    """The snapshot whose picture a store holds.

    Raises
    ------
    StoreError: the store holds none, or one that was loaded by an earlier version.
    """
    info = store.info()
    about, stamp = info.about, info.stamp
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
    )


def _firms(store: Store, columns: Columns, features: set[str]) -> pa.Table:
    items = {
        n: f"n.{quoted(f'f_{n}' if n in features else n)}" for n, _, _ in columns if n not in OUTCOME_COLUMNS
    }
    # A firm that somebody added by hand has no state of default: it is no firm of the snapshot.
    rows = _read(store, "(n:Firm)", items, columns, "n.defaulted IS NOT NULL").sort_by("firm_id")
    state = pa.array(["unlabelled"] * rows.num_rows, pa.string())
    place = rows.column_names.index("outcome_state")
    return rows.set_column(place, "outcome_state", state)


def _edges(
    store: Store, kind: tuple[str, ...], columns: Columns, ids: dict[str, pa.ChunkedArray]
) -> tuple[EdgeType, pa.Table]:
    source, word, target = kind
    supplies = kind == TRADES
    type_ = "SUPPLIES" if supplies else "SHIPS_FOR" if kind == CARRIES else relationship_type(word)
    ends = {"source": f"a.{source}_id", "target": f"b.{target}_id"}
    rest = {n: f"r.{quoted(f'e_{n}' if supplies else n)}" for n, _, _ in columns if n not in ends}
    pattern = f"(a:{NODE_LABELS[source]})-[r:{type_}]->(b:{NODE_LABELS[target]})"
    condition = "a <> b" if supplies else ""
    rows = _read(
        store,
        pattern,
        ends | rest,
        [(n, "string" if n in ends else kind_, held) for n, kind_, held in columns],
        condition,
    )
    if supplies and rows.num_rows:
        # Of a pair's links the first carries what is known of the pair.
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
    # A missing category goes before all others.
    given = rows.append_column("given", rows["category"].is_valid())
    order = [(n, "ascending") for n in ("supplier_id", "customer_id", "given", "category")]
    return given.sort_by(order).drop_columns(["given"])


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
    """Rows of a pattern, in the columns and types that they had; what the graph does not hold is missing."""
    returned = ", ".join(
        f"{items[name]} AS c{i}" for i, (name, _, held) in enumerate(columns) if held and name in items
    )
    where = f" WHERE {condition}" if condition else ""
    found = store.run(f"MATCH {pattern}{where} RETURN {returned}", timeout=READ_TIMEOUT)
    made: dict[str, Any] = {}
    for i, (name, kind, held) in enumerate(columns):
        values = found[f"c{i}"] if held and name in items else pa.nulls(found.num_rows)
        made[name] = values.cast(_TYPES[kind])
    return pa.table(made)


READ_TIMEOUT = 3600.0
"""Seconds that one table may take to read."""
