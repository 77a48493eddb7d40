"""`shopify_orders`: the export of a shop's orders, with the totals on the first line of each."""

from __future__ import annotations

from pathlib import Path

from loaded_sources import FIXTURES, counts, loaded


def test_one_trade_per_order(tmp_path: Path) -> None:
    report, tables = loaded(FIXTURES / "shopify_orders", "shopify_orders", tmp_path / "ws")
    shop = {"supplier_id": "shop", "currency": "EUR", "orders": 1}
    assert sorted(tables["supplies"], key=lambda row: str(row["row_id"])) == [
        # no address: the name on the bill
        {"customer_id": "Counter sale", "on": "2024-03-01", "amount": 15, "row_id": "#1002", "paid_on": "2024-03-01"}
        | shop,
        # unpaid, with a day on which it is due
        {"customer_id": "bob@example.com", "on": "2024-03-02", "amount": 20, "row_id": "#1003", "due_on": "2024-03-31"}
        | shop,
        # half past midnight of the next day in the shop, and still the day before in UTC
        {"customer_id": "ann@example.com", "on": "2024-03-02", "amount": 30, "row_id": "#1004", "paid_on": "2024-03-02"}
        | shop,
    ]  # fmt: skip
    assert tables["firms"] == [
        {"firm_id": "Counter sale", "unlisted": True},
        {"firm_id": "ann@example.com", "unlisted": True},
        {"firm_id": "bob@example.com", "unlisted": True},
        {"firm_id": "shop"},
    ]
    # six items: two further lines, and the lines of a cancelled order
    assert counts(report, "supplies") == (6, 3, 0, 0, 3)
    assert not report.fault_count
