"""The graph tables of a snapshot: node and edge tables that every store is loaded from.

    (:Firm:Merchant:Supplier:Buyer:Logistics)  firm_id, name, industry, ..., f_<feature>, risk_<score>
    (:Person)  (:Lender)  (:Event)             person_id; lender_id; event_id, kind, on, amount, ...
    (:Firm)-[:SUPPLIES]->(:Firm)               one per pair and category; e_<attribute> of the pair on its first
    (:Firm)-[:SHIPS_FOR]->(:Firm)              from the carrier to a shipper or receiver
    (:Lender)-[:LENDS_TO]->(:Firm)             one per credit line, its last state
    (:Firm)-[:HAD]->(:Event)
    relation kinds in upper case               owns -> OWNS, between firms and persons
    (:Firm)-[:EXPOSED_TO]->(:Firm)             only after contagion was written, see `contagion_records`

Days are ISO text: text is compared, sorted and passed as a parameter in the same way by every engine,
`date(x.due_on)` converts it where a day is needed, and each driver returns native days as a different type. A missing
value is an absent property. The outcome, which lies after as_of, is not in the graph.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import ROLES, TABLES
from supplyrisk.graph.schema.relations import RELATIONS, SUPPLIES, relation_of
from supplyrisk.graph.snapshot.features.register import registered
from supplyrisk.graph.store.property_names import EXPOSED_TO, Vocabulary

if TYPE_CHECKING:
    from supplyrisk.graph.snapshot.snapshot import Snapshot

KEYS = {"Firm": "firm_id", "Person": "person_id", "Lender": "lender_id", "Event": "event_id"}
"""By label, the property that is unique among its nodes."""
NODE_LABELS = {"firm": "Firm", "person": "Person"}
ROLE_LABELS = {role: role.capitalize() for role in ROLES}
OUTCOME_COLUMNS = ("outcome", "outcome_state", "failed_after", "observed_days")
"""Columns of the firm frame that look beyond as_of; they are never stored in a graph."""
LOAN_PROPERTIES = (
    "loan_id",
    "on",
    "product",
    "limit",
    "drawn",
    "rate",
    "opened_on",
    "due_on",
    "days_past_due",
    "restructured",
    "written_off",
    "collateral_value",
    "lgd",
    "financed_row_id",
)
TYPE_PROPERTIES: dict[str, tuple[str, ...]] = {"LENDS_TO": LOAN_PROPERTIES, "HAD": ()}
"""Properties of the relationship types beside the relations; known names even where a data set has no values."""
EVENT_PROPERTIES = ("event_id", "kind", "on", "amount", "detail", "source")


@dataclass(frozen=True)
class NodeTable:
    """Nodes of one label.

    Parameters
    ----------
    label: the label.
    rows: one row per node; `key` is unique.
    extra_labels: by further label, whether each node has it (boolean, in the order of `rows`).
    """

    label: str
    rows: pa.Table
    extra_labels: Mapping[str, pa.ChunkedArray] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Name of the unique property."""
        return KEYS[self.label]


@dataclass(frozen=True)
class EdgeTable:
    """Relationships of one type between two labels: source and target (keys of nodes), then properties."""

    type: str
    source: str
    target: str
    rows: pa.Table


@dataclass(frozen=True)
class GraphTables:
    """The content of a store.

    Parameters
    ----------
    nodes, edges: node and edge tables.
    stamp: what they were made from, see `stamp_of`.
    about: description of the snapshot's columns for `read_back`, see `about_of`; JSON values.
    """

    nodes: tuple[NodeTable, ...]
    edges: tuple[EdgeTable, ...]
    stamp: Mapping[str, object]
    about: Mapping[str, Any] = field(default_factory=dict)


def graph_tables_of(snapshot: Snapshot) -> GraphTables:
    """Return the graph tables of a snapshot; edge tables without rows are left out.

    Raises
    ------
    DataError: two nodes have the same key.
    """
    loans = snapshot.loans
    events = _with_event_ids(snapshot.events)
    nodes = (
        _firms(snapshot),
        NodeTable("Person", plain_table(snapshot.persons)),
        NodeTable("Lender", pa.table({"lender_id": _sorted_unique(loans["lender_id"])})),
        NodeTable("Event", plain_table(events.select(EVENT_PROPERTIES))),
    )
    # Checked here rather than by the stores: kglite would silently merge two nodes with one key.
    for table in nodes:
        check_unique(table)
    edges = (_supplies(snapshot), _lends(loans), _had(events), *_relations(snapshot))
    non_empty = tuple(e for e in edges if e.rows.num_rows)
    return GraphTables(nodes, non_empty, stamp_of(snapshot), about_of(snapshot))


def about_of(snapshot: Snapshot) -> dict[str, Any]:
    """Return what `read_back` cannot read from properties: the columns, features and sources of a snapshot."""
    tables = {name: getattr(snapshot, name) for name in ("firms", "persons", "trades", "loans", "events")}
    return {
        "info": snapshot.info.to_json(),
        **snapshot.default_definition.to_json(),
        "sources": list(snapshot.sources),
        "features": [feature.to_json() for feature in snapshot.features],
        "tables": {name: _columns(table) for name, table in tables.items()},
        "edges": [[list(kind), _columns(table)] for kind, table in snapshot.edges.items()],
    }


def _columns(table: pa.Table) -> list[tuple[str, str, bool]]:
    """Return name, type and "has a value" of each column: a column without values is no property in the graph."""
    has_values = [column.null_count < table.num_rows for column in table.columns]
    return [(f.name, str(f.type), present) for f, present in zip(table.schema, has_values, strict=True)]


def stamp_of(snapshot: Snapshot) -> dict[str, object]:
    """Return what graph tables were made from, as JSON values that do not depend on the machine or the day."""
    info = snapshot.info
    return {
        "data": info.name,
        "content_hash": info.content_hash,
        "as_of": snapshot.as_of.isoformat() if snapshot.as_of else None,
        "horizon_days": snapshot.horizon_days,
        "synthetic": info.synthetic,
        "undated": info.undated,
    }


def vocabulary(graph_tables: GraphTables) -> Vocabulary:
    """Return the names that a statement may use: those in the tables, and the fixed names that they lack."""
    labels = {table.label: frozenset(table.rows.column_names) for table in graph_tables.nodes}
    # A library query may name any feature of the register, whether or not this data set has it.
    labels["Firm"] = labels.get("Firm", frozenset()) | {
        f"f_{name}" for name in registered(TABLES, undated=False)
    }
    labels |= dict.fromkeys(ROLE_LABELS.values(), labels["Firm"])
    types = {name: frozenset(columns) for name, columns in TYPE_PROPERTIES.items()}
    types |= {graph_type_of(kind): frozenset(known.properties) for kind, known in RELATIONS.items()}
    for edge in graph_tables.edges:
        types[edge.type] = types.get(edge.type, frozenset()) | set(edge.rows.column_names[2:])
    return Vocabulary(labels, types)


PROFILE_COLUMNS = ("roles", "shop_type", "industry", "region")
"""Columns of a firm that are stored twice: under their own name, and as a feature (f_<name>)."""


def _firms(snapshot: Snapshot) -> NodeTable:
    features = [feature.name for feature in snapshot.features]
    names = [
        n
        for n in snapshot.firms.column_names
        if n not in OUTCOME_COLUMNS and (n not in features or n in PROFILE_COLUMNS)
    ]
    # Both names are needed: queries use `region`, and `read_back` restores the feature from `f_region`.
    columns = {n: snapshot.firms[n] for n in names} | {f"f_{n}": snapshot.firms[n] for n in features}
    rows = plain_table(pa.table(columns))
    roles = pc.fill_null(pc.cast(snapshot.firms["roles"], pa.string()), "")
    # "|buyer|supplier|": with bars on both sides, a role never matches inside a longer word.
    barred = pc.binary_join_element_wise("", roles, "", "|")
    extra_labels = {label: pc.match_substring(barred, f"|{role}|") for role, label in ROLE_LABELS.items()}
    return NodeTable("Firm", rows, extra_labels)


def _supplies(snapshot: Snapshot) -> EdgeTable:
    trades = _with_pairs(snapshot)
    renamed = {"supplier_id": "source", "customer_id": "target"}
    rest = [c for c in trades.column_names if c not in renamed]
    rows = trades.select([*renamed, *rest]).rename_columns([*renamed.values(), *rest])
    return EdgeTable("SUPPLIES", "Firm", "Firm", _edge_rows(rows))


def _with_pairs(snapshot: Snapshot) -> pa.Table:
    """Return the trades; the first trade of each pair also has the pair's edge attributes, as e_<name>.

    The attributes are stored because sums over categories would not restore them to the last bit.
    """
    trades = snapshot.trades
    pairs = snapshot.edges.get(SUPPLIES.edge_type)
    if pairs is None or not pairs.num_rows:
        return trades
    ids = snapshot.firms["firm_id"]
    names = [n for n in pairs.column_names if n not in ("source", "target")]
    ends = {"supplier_id": ids.take(pairs["source"]), "customer_id": ids.take(pairs["target"])}
    pair_attributes = pa.table(ends | {f"e_{n}": pairs[n] for n in names})
    # nth numbers the trades of a pair in the order of `_trades` in read_back; only nth = 1 joins the attributes.
    sql = """
        WITH numbered AS (SELECT *, row_number() OVER (
            PARTITION BY supplier_id, customer_id ORDER BY category NULLS FIRST, amount) AS nth FROM trades)
        SELECT numbered.* EXCLUDE (nth), pairs.* EXCLUDE (supplier_id, customer_id)
        FROM numbered LEFT JOIN pairs ON nth = 1 AND numbered.supplier_id = pairs.supplier_id
            AND numbered.customer_id = pairs.customer_id
        ORDER BY numbered.supplier_id, numbered.customer_id, nth
    """
    return _run_sql(sql, trades=trades, pairs=pair_attributes)


def _run_sql(sql: str, **tables: pa.Table) -> pa.Table:
    """Return the result of a query in DuckDB on tables by name."""
    import duckdb  # noqa: PLC0415 - slow to import, and not needed to read a graph

    with duckdb.connect() as con:
        for name, table in tables.items():
            con.register(name, table)
        return con.sql(sql).to_arrow_table()


def _lends(loans: pa.Table) -> EdgeTable:
    names = [c for c in LOAN_PROPERTIES if c in loans.column_names]
    rows = loans.select(["lender_id", "firm_id", *names]).rename_columns(["source", "target", *names])
    return EdgeTable("LENDS_TO", "Lender", "Firm", _edge_rows(rows))


def _had(events: pa.Table) -> EdgeTable:
    return EdgeTable(
        "HAD", "Firm", "Event", events.select(["firm_id", "event_id"]).rename_columns(["source", "target"])
    )


def _relations(snapshot: Snapshot) -> list[EdgeTable]:
    """Return all relations except SUPPLIES: row numbers become keys; those of `relations` keep the kind."""
    # SUPPLIES is built from trades, which have categories; the edge table has one row per pair.
    keys = {"firm": snapshot.firms["firm_id"], "person": snapshot.persons["person_id"]}
    tables = []
    for kind, table in sorted(snapshot.edges.items()):
        if kind == SUPPLIES.edge_type:
            continue
        source, word, target = kind
        rows = table.set_column(0, "source", keys[source].take(table["source"]))
        rows = rows.set_column(1, "target", keys[target].take(table["target"]))
        if relation_of(word).query is None:
            rows = rows.append_column("kind", pa.array([word] * rows.num_rows, pa.string()))
        tables.append(
            EdgeTable(graph_type_of(word), NODE_LABELS[source], NODE_LABELS[target], _edge_rows(rows))
        )
    return tables


def graph_type_of(kind: str) -> str:
    """Return the relationship type of a kind: that of its record, or by `relationship_type`."""
    return relation_of(kind).graph_type or relationship_type(kind)


def relationship_type(word: str) -> str:
    """Return the relationship type of a relation kind: upper case, only [A-Z0-9_], never one of the fixed types.

    A kind with letters outside ASCII (a Chinese one, for example) ends in eight hex digits of its SHA-256, so that
    different kinds have different types; the property `kind` has the original word.
    """
    # Types stand in statements without backticks, so only these characters are allowed.
    upper = re.sub(r"[^A-Z0-9]+", "_", word.upper()).strip("_")
    if re.search(r"[^\x00-\x7f]", word) or not upper:
        upper = f"{upper or 'REL'}_{hashlib.sha256(word.encode()).hexdigest()[:8].upper()}"
    reserved = upper in (*TYPE_PROPERTIES, EXPOSED_TO, *(known.graph_type for known in RELATIONS.values()))
    return f"REL_{upper}" if reserved or upper[0].isdigit() else upper


def _with_event_ids(events: pa.Table) -> pa.Table:
    """Return events with event_id: the row_id, or firm, day, kind and a running number among equal ones."""
    # "row_id IS NULL" in the partition: the running number counts only the events that need it.
    sql = """
        SELECT coalesce(row_id, concat_ws('/', firm_id, "on", kind, row_number() OVER (
                   PARTITION BY firm_id, "on", kind, row_id IS NULL
                   ORDER BY amount, detail, source))) AS event_id, *
        FROM events ORDER BY firm_id, "on", event_id
    """
    return _run_sql(sql, events=events)


def _edge_rows(rows: pa.Table) -> pa.Table:
    # Columns without values are dropped: a store takes as long to load them as columns with values.
    columns = [
        c for c in rows.column_names if c in ("source", "target") or rows[c].null_count < rows.num_rows
    ]
    return plain_table(rows.select(columns))


def plain_table(rows: pa.Table) -> pa.Table:
    """Return the rows with column types that every engine accepts: bool, int64, double, text and lists of these."""
    return pa.table({name: plain_column(rows[name], name) for name in rows.column_names})


def plain_column(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Return a column as a property can hold it: integers as int64, days as ISO text, dictionaries decoded.

    Raises
    ------
    DataError: the type is one that no property can hold, or a value is NaN or infinite.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return plain_column(column.cast(kind.value_type), name)
    if pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = column.cast(pa.float64())
        if pc.all(pc.is_finite(numbers)).as_py() is False:
            raise DataError(f"column {name} has a NaN or an infinity", "null for missing values")
        return numbers
    if pa.types.is_list(kind) and not pa.types.is_nested(kind.value_type):
        return column
    if pa.types.is_boolean(kind) or pa.types.is_string(kind):
        return column
    if pa.types.is_temporal(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    raise DataError(
        f"column {name} is of type {kind}", "text, numbers, days, true or false, or lists of these"
    )


def _sorted_unique(column: pa.ChunkedArray) -> pa.Array:
    unique = pc.unique(pc.cast(column, pa.string()))
    return unique.take(pc.array_sort_indices(unique))


def check_unique(table: NodeTable) -> None:
    """Raise DataError where a node occurs twice."""
    keys = table.rows[table.key]
    if pc.count_distinct(keys, mode="all").as_py() == len(keys):
        return
    twice = next(c["values"] for c in pc.value_counts(keys).to_pylist() if c["counts"] > 1)
    raise DataError(f"{table.label} {twice} occurs twice", f"one {table.label} per {table.key}")
