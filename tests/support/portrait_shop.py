"""A small shop A whose indicators are worked out by hand: its rows, and every indicator over three windows."""

from __future__ import annotations

from handmade import Row, activity, ago, firms, trade

Expected = tuple[float | None, float | None, float | None]

_ACTIVITY = (
    "orders", "refunds", "disputes", "customers", "returning_customers", "visitors", "stock_value", "ad_spend", "cash"
)  # fmt: skip


def _day(days: int, sales: float, *rest: float) -> Row:
    return activity(days, sales, **dict(zip(_ACTIVITY, rest, strict=True)))


def _days(**days: int) -> Row:
    return {f"{name}_on": ago(age) for name, age in days.items()}


def _sent(days: int, units: float, **fields: object) -> Row:
    return {
        "carrier_id": "K",
        "shipper_id": "A",
        "receiver_id": "B",
        "shipped_on": ago(days),
        "units": units,
    } | fields


def _loan(loan: str, days: int, limit: float, drawn: float, past_due: int) -> Row:
    return {
        "loan_id": loan, "lender_id": "L", "firm_id": "A", "on": ago(days), "limit": limit, "drawn": drawn,
        "days_past_due": past_due,
    }  # fmt: skip


def _statement(days: int, *amounts: float) -> Row:
    names = ("revenue", "costs", "equity", "liquid_assets", "short_term_debt")
    return {"firm_id": "A", "on": ago(days), "published_on": ago(days - 80)} | dict(
        zip(names, amounts, strict=True)
    )


def shop_rows() -> dict[str, list[Row]]:
    """The rows of the shop, by table."""
    return {
        "firms": firms("A", "B", "C", "K"),
        "activity": [
            _day(0, 100, 4, 10, 1, 3, 1, 50, 200, 20, 400),
            _day(10, 200, 8, 0, 0, 6, 3, 100, 0, 10, -50),
            _day(30, 300, 8, 20, 1, 6, 2, 50, 100, 30, 90),
            _day(70, 50, 5, 10, 0, 4, 1, 40, 60, 5, 10),
            _day(100, 150, 5, 0, 1, 4, 2, 60, 40, 5, 20),
            _day(370, 400, 10, 4, 0, 8, 4, 80, 50, 8, 30),
        ],
        "supplies": [
            trade("A", "B", 5, 600, orders=2, **_days(promised=3, delivered=3, due=-25, confirmed=2)),
            trade("A", "C", 20, 300, **_days(promised=12, delivered=10, due=4, disputed=6)),
            trade("A", "B", 40, 100, **_days(promised=30)),
            # Returned when the window before had ended, disputed before its end.
            trade("A", "B", 80, 500, returned_amount=250.0,
                  **_days(promised=70, delivered=72, due=50, paid=45, returned=58, disputed=61)),
            trade("A", "C", 130, 50, **_days(promised=125, delivered=125, due=110, paid=100)),
            trade("A", "C", 380, 80, **_days(promised=375, delivered=376, due=370, paid=366)),
            trade("A", "C", 430, 10),
            trade("B", "A", 8, 400, **_days(due=2)),
            trade("B", "A", 50, 200, **_days(due=20, paid=15, disputed=30)),
            trade("C", "A", 90, 100, **_days(due=70, paid=68)),
            trade("B", "A", 150, 10, **_days(due=140, paid=140)),
        ],
        "shipments": [
            _sent(6, 10, damaged=1, **_days(promised=4, delivered=3)),
            _sent(2, 5),
            _sent(100, 8, damaged=2, **_days(promised=98, delivered=97)),
            _sent(200, 1, damaged=0, **_days(promised=196, delivered=195)),
            _sent(9, 20, damaged=0, **_days(promised=9, delivered=7)) | {"shipper_id": "B", "receiver_id": "A"},
        ],
        "loans": [
            _loan("1", 3, 1000, 500, 0), _loan("1", 65, 1000, 250, 5), _loan("2", 10, 500, 100, 2),
        ],
        "financials": [_statement(100, 1000, 900, 300, 250, 100), _statement(465, 800, 760, 200, 100, 200)],
    }  # fmt: skip


# Totals of the two rows before are compared as of three rows, and so is the one row of a year ago: 200 / 2 x 3 = 300.
# The shop has fewer than two rows there for a number of sales a day a year ago.
EXPECTED: dict[str, Expected] = {
    "sales": (600, 300, 1200),
    "orders": (20, 15, 30),
    "order_value": (30, 20, 40),
    "sales_volatility": ((20000 / 3) ** 0.5 / 200, 0.5, 0.0),
    "sold_to_firms": (1000, 500, 80),
    "orders_of_firms": (4, 1, 1),
    "purchases": (600, 100, None),
    "delivered_on_time": (1 / 3, 1, 1),
    "undelivered_share": (1 / 3, 0, 0),
    "delivery_delay": (1, -2, -1),
    "delivery_days": (6, 8, 4),
    "confirmed_share": (2 / 3, 0, 0),
    "shipments_sent": (2, 1, None),
    "units_sent": (15, 8, None),
    "transit_days": (3, 3, None),
    "sent_delay": (1, 1, None),
    "sent_damage": (0.1, 0.25, None),
    "received_delay": (2, None, None),
    "received_damage": (0, None, None),
    "refund_rate": (0.05, 0.05, 0.01),
    "dispute_rate": (0.1, 0.1, 0),
    "sold_disputed": (0.3, 1, 0),
    "sold_returned": (0, 0, 0),
    "bought_disputed": (1 / 3, 0, None),
    "customers": (15, 12, 24),
    "returning_share": (0.4, 3 / 8, 0.5),
    "visitors": (200, 150, 240),
    "conversion": (0.1, 0.1, 0.125),
    "ad_share": (0.1, 0.05, 0.02),
    "visitor_cost": (0.3, 0.1, 0.1),
    "order_cost": (3, 1, 0.8),
    "buying_firms": (2, 1, 1),
    "largest_customer": (0.7, 1, 1),
    "suppliers": (1, 1, None),
    "largest_supplier": (1, 1, None),
    "stock_value": (200, 60, 50),
    "stock_days": (15, 18, None),
    "stock_turns": (365 * 200 / 15 / 100, 365 * 100 / 30 / 50, None),
    "empty_stock": (1 / 3, 0, 0),
    "cash": (400, 10, 30),
    "cash_days": (30, 3, None),
    "overdrawn_share": (1 / 3, 0, 0),
    "pay_delay": (5, 2, None),
    "unpaid_share": (2 / 3, 0, None),
    "collection_days": (35, 30, 14),
    "receivables": (900, 500, None),
    "receivables_overdue": (1 / 3, 0, None),
    "loan_drawn": (600, 250, None),
    "loan_utilisation": (0.4, 0.25, None),
    "days_past_due": (2, 5, None),
    "profit_margin": (0.1, None, 0.05),
    "equity_ratio": (0.75, None, 0.5),
    "liquidity": (2.5, None, 0.5),
}
"""Value, that of the window before and that of a year ago, by indicator; a window has 60 days."""
