"""Changes of a shop's trade: what it sells and buys, when it pays, and what it has in stock."""

from __future__ import annotations

from datetime import date

from supplyrisk.graph.merchant.what_if.change_kinds import (
    AddShopSupplier,
    HoldMoreStock,
    LoseCustomer,
    PayOnTime,
    SellMore,
)
from supplyrisk.graph.merchant.what_if.row_edit import ChangeFault, RowEdit, replaced, scaled, total
from supplyrisk.graph.merchant.what_if.shop_rows import Row, ShopRows, partner_row, within


def sell_more(change: SellMore, rows: ShopRows, as_of: date) -> RowEdit:
    """Scale the sales of the window, and the supplies to firms in it; with a customer, by what that one buys more."""
    activity = _in_window(rows, "activity", as_of, change.days, "sales")
    sold = _sold(rows, as_of, change.days, change.customer)
    whom = "" if change.customer is None else f" to {change.customer}"
    base = total([*sold.values()], "amount")
    if change.customer is None and activity:
        base = total([*activity.values()], "sales")
    if base <= 0:
        raise ChangeFault(f"no sales{whom} in the {change.days} days up to {as_of}, expected some to scale")
    factor = 1 + (change.share if change.share is not None else (change.amount or 0.0) / base)
    new = {number: scaled(row, factor, "amount", "returned_amount") for number, row in sold.items()}
    rows = rows.with_rows("supplies", replaced(rows.own["supplies"], new)) if new else rows
    sales = total([*activity.values()], "sales")
    if sales > 0:
        # One customer's purchases are a part of the sales: these rise by the same money.
        more = factor if change.customer is None else 1 + base * (factor - 1) / sales
        rows = _scale_sales(rows, activity, more)
    return RowEdit(rows, len(new) + (len(activity) if sales > 0 else 0))


def pay_on_time(change: PayOnTime, rows: ShopRows, as_of: date) -> RowEdit:
    """Set the day of payment to the due day, of purchases that were paid later or not at all."""
    if not rows.records("supplies", "paid_on"):
        raise ChangeFault("no payment in the data has a day, expected supplies with paid_on")
    late = {
        number: {**row, "paid_on": row["due_on"]}
        for number, row in enumerate(rows.own["supplies"])
        if row["customer_id"] == rows.shop
        and within(row["due_on"], as_of, change.days)
        and (row["paid_on"] is None or row["paid_on"] > row["due_on"])
    }
    if not late:
        raise ChangeFault(
            f"no purchase that fell due in the {change.days} days up to {as_of} was paid late or is unpaid, "
            "expected at least one"
        )
    return RowEdit(rows.with_rows("supplies", replaced(rows.own["supplies"], late)), len(late))


def hold_more_stock(change: HoldMoreStock, rows: ShopRows, as_of: date) -> RowEdit:
    """Raise the stock of each row of the window; what it costs is missing from the cash of that row."""
    held = _in_window(rows, "activity", as_of, change.days, "stock_value")
    if change.share is not None:
        # A share of no stock is no stock.
        held = {number: row for number, row in held.items() if row["stock_value"] > 0}
    if not held:
        raise ChangeFault(f"no stock in the {change.days} days up to {as_of}, expected rows with stock_value")
    new = {}
    for number, row in held.items():
        share = change.share
        more = change.amount if share is None else row["stock_value"] * share
        more = more or 0.0
        new[number] = {**row, "stock_value": row["stock_value"] + more}
        if change.from_cash and row["cash"] is not None:
            new[number]["cash"] = row["cash"] - more
    return RowEdit(rows.with_rows("activity", replaced(rows.own["activity"], new)), len(new))


def add_supplier(change: AddShopSupplier, rows: ShopRows, as_of: date) -> RowEdit:
    """Split the purchases of the window: a share of each comes from the added supplier."""
    _check_supplier(change, rows)
    bought = {
        number: row
        for number, row in enumerate(rows.own["supplies"])
        if row["customer_id"] == rows.shop
        and row["supplier_id"] not in (rows.shop, change.supplier)
        and within(row["on"], as_of, change.days)
    }
    if not bought:
        raise ChangeFault(
            f"no purchase from another firm than {change.supplier} in the {change.days} days up to {as_of}, "
            "expected some to take a share of"
        )
    amounts = ("amount", "returned_amount")
    rest = {number: scaled(row, 1 - change.share, *amounts) for number, row in bought.items()}
    # Without the id of its source, of which there can be one row only; an order was placed with either supplier.
    moved = [
        scaled({**row, "supplier_id": change.supplier, "row_id": None}, change.share, *amounts)
        for row in bought.values()
    ]
    rows = rows.with_rows("supplies", [*replaced(rows.own["supplies"], rest), *moved])
    if change.new:
        rows = rows.with_rows("firms", [*rows.own["firms"], partner_row(change.supplier)])
    return RowEdit(rows, len(rest) + len(moved))


def lose_customer(change: LoseCustomer, rows: ShopRows, as_of: date) -> RowEdit:
    """Remove what the customer bought in the window, and lower the sales of the window by as much."""
    lost = _sold(rows, as_of, change.days, change.customer)
    if not lost:
        raise ChangeFault(
            f"no supplies to {change.customer} in the {change.days} days up to {as_of}, expected a customer of the shop"
        )
    amount = total([*lost.values()], "amount")
    supplies = [row for number, row in enumerate(rows.own["supplies"]) if number not in lost]
    rows = rows.with_rows("supplies", supplies)
    sent = [row for row in rows.own["shipments"] if not _is_sent_to(row, rows.shop, change, as_of)]
    removed = len(rows.own["shipments"]) - len(sent)
    rows = rows.with_rows("shipments", sent) if removed else rows
    activity = _in_window(rows, "activity", as_of, change.days, "sales")
    sales = total([*activity.values()], "sales")
    if sales > 0:
        rows = _scale_sales(rows, activity, max(0.0, 1 - amount / sales))
    return RowEdit(rows, len(lost) + removed + (len(activity) if sales > 0 else 0))


def _check_supplier(change: AddShopSupplier, rows: ShopRows) -> None:
    known = rows.knows_firm(change.supplier)
    if change.supplier == rows.shop:
        raise ChangeFault("the supplier is the shop itself, expected another firm")
    if change.new and known:
        raise ChangeFault(f"{change.supplier} is in the data already, expected new = false")
    if not change.new and not known:
        known_by = "a firm that the shop trades with" if rows.alone else "a firm_id of the data"
        raise ChangeFault(
            f"unknown supplier {change.supplier}, expected {known_by}, or new = true for a firm without data"
        )


def _in_window(rows: ShopRows, table: str, as_of: date, days: int, column: str) -> dict[int, Row]:
    """The shop's rows of the window with a value, by number."""
    return {
        number: row
        for number, row in enumerate(rows.own[table])
        if within(row["on"], as_of, days) and row[column] is not None
    }


def _sold(rows: ShopRows, as_of: date, days: int, customer: str | None) -> dict[int, Row]:
    """What the shop supplied to other firms in the window, or to one of them, by number."""
    return {
        number: row
        for number, row in enumerate(rows.own["supplies"])
        if row["supplier_id"] == rows.shop
        and row["customer_id"] != rows.shop
        and customer in (None, row["customer_id"])
        and within(row["on"], as_of, days)
    }


def _is_sent_to(row: Row, shop: str, change: LoseCustomer, as_of: date) -> bool:
    sent = row["shipper_id"] == shop and row["receiver_id"] == change.customer
    return sent and within(row["shipped_on"], as_of, change.days)


def _scale_sales(rows: ShopRows, activity: dict[int, Row], factor: float) -> ShopRows:
    """Scale sales, and refunds with them: their share stays as it is."""
    new = {number: scaled(row, factor, "sales", "refunds") for number, row in activity.items()}
    return rows.with_rows("activity", replaced(rows.own["activity"], new))
