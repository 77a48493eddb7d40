"""Every indicator again, slowly: loops over the rows of one shop, in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import sqrt
from typing import Any

from handmade import AS_OF, Row

Window = tuple[int, int]
WINDOWS: tuple[Window, ...] = ((0, 60), (60, 120), (364, 424))
FRESH = {"trades": 90, "payments": 180, "shipments": 90, "loans": 120, "statements": 550}
Maybe = float | None


def age(row: Row, day: str) -> int | None:
    """Days from a day of a row to the end of AS_OF; None where it is not known by then."""
    return None if row.get(day) is None or row[day] > AS_OF else (AS_OF - row[day]).days


def within(rows: Iterable[Row], day: str, window: Window) -> list[Row]:
    """The rows of which a day lies in a window."""
    return [row for row in rows if (days := _signed(row, day)) is not None and window[0] <= days < window[1]]


def _signed(row: Row, day: str) -> int | None:
    # Promised and due days are known with their row, even where they are still to come.
    return None if row.get(day) is None else (AS_OF - row[day]).days


def by(row: Row, day: str, end: int) -> bool:
    """Whether something had happened by the end of a window."""
    days = age(row, day)
    return days is not None and days >= end


def ratio(rows: Iterable[Row], top: Callable[[Row], Maybe], bottom: Callable[[Row], Maybe]) -> Maybe:
    """Sum over sum, of the rows that have both."""
    pairs = [(top(row), bottom(row)) for row in rows]
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    total = sum(b for _, b in both)
    return sum(a for a, _ in both) / total if total else None


def mean(values: Iterable[Maybe]) -> Maybe:
    """The mean of the values that are known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def days_between(row: Row, late: str, early: str) -> Maybe:
    """Days from one day of a row to another one."""
    if row.get(late) is None or row.get(early) is None or age(row, late) is None:
        return None
    return float((row[late] - row[early]).days)


def field(name: str) -> Callable[[Row], Maybe]:
    """A column of a row."""
    return lambda row: row.get(name)


def activity_figures(rows: list[Row], window: Window) -> dict[str, Maybe]:
    """The indicators of activity over one window, totals as sums."""
    inside = sorted(within(rows, "on", window), key=lambda row: row["on"], reverse=True)
    shares = {
        "order_value": ("sales", "orders"), "refund_rate": ("refunds", "sales"), "dispute_rate": ("disputes", "orders"),
        "returning_share": ("returning_customers", "customers"), "conversion": ("orders", "visitors"),
        "ad_share": ("ad_spend", "sales"), "visitor_cost": ("ad_spend", "visitors"),
        "order_cost": ("ad_spend", "orders"),
    }  # fmt: skip
    figures = {key: ratio(inside, field(a), field(b)) for key, (a, b) in shares.items()}
    for key in ("sales", "orders", "customers", "visitors"):
        values = [row[key] for row in inside if row.get(key) is not None]
        figures[key] = float(sum(values)) if values else None
    sales = [row["sales"] for row in inside if row.get("sales") is not None]
    average = mean(sales)
    spread = sqrt(sum((value - average) ** 2 for value in sales) / len(sales)) if average is not None else 0.0
    figures["sales_volatility"] = spread / average if average else None
    stock = [row["stock_value"] for row in inside if row.get("stock_value") is not None]
    cash = [row["cash"] for row in inside if row.get("cash") is not None]
    daily = _daily_sales([row for row in inside if row.get("sales") is not None])
    figures["stock_value"] = stock[0] if stock else None
    figures["cash"] = cash[0] if cash else None
    figures["empty_stock"] = mean(float(value == 0) for value in stock)
    figures["overdrawn_share"] = mean(float(value < 0) for value in cash)
    figures["stock_days"] = stock[0] / daily if stock and daily else None
    figures["cash_days"] = cash[0] / daily if cash and daily else None
    stocked = mean(stock)
    figures["stock_turns"] = 365 * daily / stocked if stocked and daily is not None else None
    return figures


def _daily_sales(rows: list[Row]) -> Maybe:
    if len(rows) < 2:
        return None
    gap = (rows[0]["on"] - rows[-1]["on"]).days / (len(rows) - 1)
    return float(sum(row["sales"] for row in rows) / len(rows) / gap)


def trade_figures(sold: list[Row], bought: list[Row], window: Window) -> dict[str, Maybe]:
    """The indicators of supplies over one window."""
    end = window[0]
    own, purchases = within(sold, "on", window), within(bought, "on", window)
    promised = within(sold, "promised_on", window)
    delivered = within(sold, "delivered_on", window)
    claims = [row for row in sold if row.get("due_on") is not None and _signed(row, "on") >= end]  # type: ignore[operator]
    open_claims = [row for row in claims if not by(row, "paid_on", end)]
    due = within(bought, "due_on", window)

    def part(happened: str, amount: str = "amount") -> Callable[[Row], Maybe]:
        return lambda row: (row.get(amount) or 0.0) if by(row, happened, end) else 0.0

    amount = field("amount")
    figures: dict[str, Maybe] = {
        "sold_to_firms": sum(row["amount"] for row in own) if own else None,
        "orders_of_firms": sum(1 if row.get("orders") is None else row["orders"] for row in own)
        if own
        else None,
        "purchases": sum(row["amount"] for row in purchases) if purchases else None,
        "delivered_on_time": mean(
            float(by(row, "delivered_on", 0) and row["delivered_on"] <= row["promised_on"])
            for row in promised
        ),
        "undelivered_share": mean(float(not by(row, "delivered_on", end)) for row in promised),
        "delivery_delay": mean(days_between(row, "delivered_on", "promised_on") for row in delivered),
        "delivery_days": mean(days_between(row, "delivered_on", "on") for row in delivered),
        "confirmed_share": ratio(delivered, part("confirmed_on"), amount),
        "sold_disputed": ratio(own, part("disputed_on"), amount),
        "sold_returned": ratio(own, part("returned_on", "returned_amount"), amount),
        "bought_disputed": ratio(purchases, part("disputed_on"), amount),
        "pay_delay": mean(
            days_between(row, "paid_on", "due_on") for row in within(bought, "paid_on", window)
        ),
        "unpaid_share": ratio(due, lambda row: 0.0 if by(row, "paid_on", end) else row["amount"], amount),
        "collection_days": mean(
            days_between(row, "paid_on", "on") for row in within(sold, "paid_on", window)
        ),
        "receivables": sum(row["amount"] for row in open_claims) if open_claims else None,
        "receivables_overdue": ratio(
            open_claims, lambda row: row["amount"] if (AS_OF - row["due_on"]).days >= end else 0.0, amount
        ),
    }
    for number, largest, rows, side in (
        ("buying_firms", "largest_customer", own, "customer_id"),
        ("suppliers", "largest_supplier", purchases, "supplier_id"),
    ):
        partners: dict[str, float] = {}
        for row in rows:
            partners[row[side]] = partners.get(row[side], 0.0) + row["amount"]
        total = sum(partners.values())
        figures[number] = float(len(partners)) if partners else None
        figures[largest] = max(partners.values()) / total if total else None
    return figures


def shipment_figures(sent: list[Row], received: list[Row], window: Window) -> dict[str, Maybe]:
    """The indicators of shipments over one window."""
    shipped = within(sent, "shipped_on", window)
    units = [row["units"] for row in shipped if row.get("units") is not None]
    arrived = within(sent, "delivered_on", window)
    figures: dict[str, Maybe] = {
        "shipments_sent": float(len(shipped)) if shipped else None,
        "units_sent": float(sum(units)) if units else None,
        "transit_days": mean(days_between(row, "delivered_on", "shipped_on") for row in arrived),
    }
    for name, rows in (("sent", arrived), ("received", within(received, "delivered_on", window))):
        figures[f"{name}_delay"] = mean(days_between(row, "delivered_on", "promised_on") for row in rows)
        figures[f"{name}_damage"] = ratio(rows, field("damaged"), field("units"))
    return figures


def loan_figures(states: list[Row], end: int) -> dict[str, Maybe]:
    """The indicators of the last states of the lines at the end of a window."""
    last: dict[str, Row] = {}
    for row in sorted(states, key=lambda row: row["on"]):
        if by(row, "on", end):
            last[row["loan_id"]] = row
    drawn = [row["drawn"] for row in last.values() if row.get("drawn") is not None]
    late = [row["days_past_due"] for row in last.values() if row.get("days_past_due") is not None]
    return {
        "loan_drawn": float(sum(drawn)) if drawn else None,
        "loan_utilisation": ratio(last.values(), field("drawn"), field("limit")),
        "days_past_due": float(max(late)) if late else None,
    }


def known_rows(rows: list[Row], late: dict[str, str]) -> list[Row]:
    """The rows of up to AS_OF, without what became known later; late: the day from which a column is known."""
    return [
        {
            name: None if name in late and age(row, late[name]) is None else value
            for name, value in row.items()
        }
        for row in rows
        if (row.get("on") or row.get("shipped_on")) <= AS_OF  # type: ignore[operator]
    ]


SUPPLIES_LATE = {
    **{f"{name}_on": f"{name}_on" for name in ("delivered", "paid", "returned", "disputed", "confirmed")},
    "returned_amount": "returned_on",
}
SHIPMENTS_LATE = {"delivered_on": "delivered_on", "damaged": "delivered_on"}


def slow_figures(rows: dict[str, list[Row]], firm: str) -> list[dict[str, Maybe]]:
    """All indicators of a shop but those of statements, by window, as aggregates of its rows alone."""
    supplies = [
        r for r in known_rows(rows["supplies"], SUPPLIES_LATE) if r["supplier_id"] != r["customer_id"]
    ]
    # A carrier's shipment between places of its own has no other end.
    shipments = [
        row
        for row in known_rows(rows["shipments"], SHIPMENTS_LATE)
        if {row["shipper_id"], row["receiver_id"]} - {None} != {row["carrier_id"]}
    ]
    mine: dict[str, Any] = {
        name: [row for row in table if row[side] == firm]
        for name, table, side in (
            ("sold", supplies, "supplier_id"), ("bought", supplies, "customer_id"),
            ("sent", shipments, "shipper_id"), ("received", shipments, "receiver_id"),
            ("activity", known_rows(rows["activity"], {}), "firm_id"),
            ("loans", known_rows(rows["loans"], {}), "firm_id"),
        )
    }  # fmt: skip
    return [
        activity_figures(mine["activity"], window)
        | trade_figures(mine["sold"], mine["bought"], window)
        | shipment_figures(mine["sent"], mine["received"], window)
        | loan_figures(mine["loans"], window[0])
        for window in WINDOWS
    ]
