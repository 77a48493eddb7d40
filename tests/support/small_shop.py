"""A shop S by hand: it buys from A and B, sells to C and D, has a line with L1, and one statement."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from supplyrisk.graph import DatasetInfo, Tables

AS_OF = date(2025, 6, 30)
MAY = date(2025, 5, 31)
JUNE = date(2025, 6, 30)
LONG_AGO = date(2024, 6, 30)
_DAYS = (
    "on",
    "due_on",
    "paid_on",
    "joined_on",
    "published_on",
    "opened_on",
    "shipped_on",
    "known_on",
    "known_until",
)
_TEXTS = ("name", "row_id", "product")
ROWS: dict[str, list[dict[str, Any]]] = {
    "firms": [{"firm_id": firm, "name": None, "joined_on": date(2020, 1, 1)} for firm in "ABCDSX"],
    "activity": [
        {"firm_id": "S", "on": LONG_AGO, "sales": 900.0, "refunds": 9.0, "stock_value": 50.0, "cash": 10.0},
        {"firm_id": "S", "on": MAY, "sales": 600.0, "refunds": 30.0, "stock_value": 200.0, "cash": 80.0},
        {"firm_id": "S", "on": JUNE, "sales": 400.0, "refunds": None, "stock_value": 100.0, "cash": None},
        {"firm_id": "X", "on": JUNE, "sales": 70.0, "refunds": 7.0, "stock_value": 7.0, "cash": 7.0},
    ],
    "supplies": [
        {"supplier_id": "A", "customer_id": "S", "on": MAY, "amount": 100.0, "row_id": "r1",
         "due_on": date(2025, 6, 10), "paid_on": date(2025, 6, 20)},
        {"supplier_id": "B", "customer_id": "S", "on": MAY, "amount": 60.0, "row_id": "r2",
         "due_on": date(2025, 6, 15), "paid_on": None},
        {"supplier_id": "B", "customer_id": "S", "on": MAY, "amount": 40.0, "row_id": "r3",
         "due_on": date(2025, 6, 15), "paid_on": date(2025, 6, 15)},
        {"supplier_id": "A", "customer_id": "S", "on": JUNE, "amount": 10.0, "row_id": "r4",
         "due_on": date(2025, 8, 1), "paid_on": None},
        {"supplier_id": "S", "customer_id": "C", "on": JUNE, "amount": 200.0, "row_id": "r5",
         "due_on": None, "paid_on": None},
        {"supplier_id": "S", "customer_id": "D", "on": MAY, "amount": 300.0, "row_id": "r6",
         "due_on": None, "paid_on": None},
        {"supplier_id": "S", "customer_id": "C", "on": LONG_AGO, "amount": 500.0, "row_id": "r7",
         "due_on": None, "paid_on": None},
        {"supplier_id": "A", "customer_id": "X", "on": MAY, "amount": 5.0, "row_id": "r8",
         "due_on": date(2025, 6, 1), "paid_on": None},
    ],
    "shipments": [
        {"carrier_id": "X", "shipper_id": "S", "receiver_id": "C", "shipped_on": JUNE},
        {"carrier_id": "X", "shipper_id": "S", "receiver_id": "D", "shipped_on": MAY},
    ],
    "loans": [
        {"loan_id": "N1", "lender_id": "L1", "firm_id": "S", "on": MAY, "limit": 100.0, "drawn": 80.0,
         "days_past_due": 12, "product": "credit"},
        {"loan_id": "N1", "lender_id": "L1", "firm_id": "S", "on": LONG_AGO, "limit": 100.0, "drawn": 20.0,
         "days_past_due": 0, "product": "credit"},
        {"loan_id": "N2", "lender_id": "L2", "firm_id": "X", "on": MAY, "limit": 9.0, "drawn": 9.0,
         "days_past_due": 0, "product": "order"},
    ],
    "financials": [
        {"firm_id": "S", "on": date(2024, 12, 31), "published_on": date(2025, 3, 1), "revenue": 9000.0, "equity": 5.0},
    ],
}  # fmt: skip


def small_tables(**changed: list[dict[str, Any]]) -> Tables:
    """The data, with some tables replaced; an empty list leaves a table out."""
    rows = {name: table for name, table in (ROWS | changed).items() if table}
    return Tables(DatasetInfo("small"), {name: _arrow(table) for name, table in rows.items()})


def _arrow(rows: list[dict[str, Any]]) -> pa.Table:
    columns = {
        name: [row.get(name) for row in rows] for name in dict.fromkeys(key for row in rows for key in row)
    }
    return pa.table({name: pa.array(values, _type(name)) for name, values in columns.items()})


def _type(name: str) -> pa.DataType:
    if name in _DAYS:
        return pa.date32()
    if name.endswith("_id") or name in _TEXTS:
        return pa.string()
    if name == "void":
        return pa.bool_()
    return pa.int64() if name == "days_past_due" else pa.float64()
