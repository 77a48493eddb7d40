"""Tables, rows and views of snapshots for tests that work a case out by hand; every day counts back from AS_OF."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from supplyrisk.graph.schema.contract import PRODUCTS, SHOP_TYPES, TABLES, ColumnKind, ColumnSchema
from supplyrisk.graph.schema.relations import EdgeType
from supplyrisk.graph.snapshot.snapshot import Snapshot
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables

AS_OF = date(2024, 7, 1)
AFTER = AS_OF + timedelta(days=1)
SUPPLIES: EdgeType = ("firm", "supplies", "firm")
CARRIES: EdgeType = ("firm", "carries_for", "firm")
ARROW = {
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
}
Row = dict[str, Any]


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def tables_of(info: DatasetInfo | None = None, /, **rows: list[Row]) -> Tables:
    """A data set of these rows; columns of the contract that a row lacks are missing, tables not named are absent."""
    info = info or DatasetInfo()
    sources = {}
    for name, found in rows.items():
        types = {c.name: c.sql_type for c in TABLES[name].columns} | dict(info.extra.get(name, {}))
        schema = pa.schema([(column, ARROW[sql]) for column, sql in types.items()])
        sources[name] = pa.Table.from_pylist([{c: row.get(c) for c in types} for row in found], schema=schema)
    return Tables(info, sources)


def firms(*ids: str, **fields: Any) -> list[Row]:
    return [{"firm_id": firm} | fields for firm in ids]


def event(firm: str, days: int, kind: str, detail: str | None = None) -> Row:
    return {"firm_id": firm, "on": ago(days), "kind": kind, "detail": detail}


def activity(days: int, sales: float, **fields: Any) -> Row:
    return {"firm_id": "A", "on": ago(days), "sales": sales} | fields


def trade(supplier: str, customer: str, days: int, amount: float, **fields: Any) -> Row:
    return {
        "supplier_id": supplier,
        "customer_id": customer,
        "on": ago(days),
        "amount": float(amount),
    } | fields


def shipment(carrier: str, shipper: str | None, receiver: str | None, days: int, units: float | None) -> Row:
    return {
        "carrier_id": carrier,
        "shipper_id": shipper,
        "receiver_id": receiver,
        "shipped_on": ago(days),
        "units": units,
        "promised_on": ago(days),
        "delivered_on": ago(days - 1),
    }


def column(snap: Snapshot, name: str) -> Row:
    """One column of the firms, by firm_id."""
    return dict(zip(snap.firms["firm_id"].to_pylist(), snap.firms[name].to_pylist(), strict=True))


def edges(snap: Snapshot, kind: EdgeType) -> dict[tuple[str, str], Row]:
    """Edges by the ids of their ends."""
    ids = {"firm": snap.firms["firm_id"].to_pylist(), "person": snap.persons["person_id"].to_pylist()}
    rows = snap.edges[kind].to_pylist()
    return {(ids[kind[0]][row.pop("source")], ids[kind[2]][row.pop("target")]): row for row in rows}


def features_of(snap: Snapshot, firm: str) -> Row:
    """The feature columns of one firm."""
    rows = {row["firm_id"]: row for row in snap.firms.to_pylist()}
    return {f.name: rows[firm][f.name] for f in snap.features}


def check(found: Row, **expected: float | None) -> None:
    for name, value in expected.items():
        assert found[name] == (value if value is None else pytest.approx(value, rel=1e-9)), name


DATED = [name for name, table in TABLES.items() if table.day is not None]
LATE = [(t.name, c.name) for t in TABLES.values() for c in t.columns if c.known_on is not None]


def value(table: str, column: ColumnSchema, day: date) -> Any:
    """A value that any reader would notice; ids name firms that exist."""
    fixed = {
        "firm_id": "NEW" if table == "firms" else "A",
        "supplier_id": "A", "customer_id": "B", "carrier_id": "C", "shipper_id": "A", "receiver_id": "B",
        "from_id": "A", "to_id": "B", "kind": "default" if table == "events" else "owns",
        "loan_id": "L", "row_id": f"{table}-new", "product": PRODUCTS[0], "shop_type": SHOP_TYPES[0],
        "roles": "merchant", "detail": "court|tax", "lgd": 0.9, "until": None,
    }  # fmt: skip
    if column.name in fixed:
        return fixed[column.name]
    by_kind: dict[ColumnKind, Any] = {
        ColumnKind.DAY: day,
        ColumnKind.TEXT: "word",
        ColumnKind.ID: "id",
        ColumnKind.FLAG: True,
    }
    return by_kind.get(column.kind, 77_777)


def full_row(table: str, day: date) -> Row:
    row = {c.name: value(table, c, day) for c in TABLES[table].columns}
    # little of an unlisted firm is in a snapshot
    return row | {"unlisted": False} if table == "firms" else row


def past_row(table: str, column: str, day: date | None) -> Row:
    """A row of 20 days ago whose field becomes known on a day, or never."""
    row = full_row(table, ago(20)) | {"row_id": f"{table}-past", "loan_id": "L2"}
    known_on = TABLES[table].column(column).known_on
    assert known_on is not None
    row[column] = None if day is None else value(table, TABLES[table].column(column), day)
    row[known_on] = day
    return row
