"""The rows that indicators are computed from, as relations over the as-of views."""

from __future__ import annotations

from collections.abc import Callable

from supplyrisk.graph.merchant.portrait.indicator import IndicatorRows
from supplyrisk.graph.merchant.portrait.portrait_windows import YEAR_DAYS, PortraitWindows


def _side(table: str, firm: str) -> Callable[[PortraitWindows], str]:
    """Return the relation of a table's rows in which a column names the shop."""
    return lambda _: f"(SELECT {firm} AS firm_id, * FROM known_{table} WHERE {firm} IS NOT NULL)"


def _partners(firm: str, partner: str) -> Callable[[PortraitWindows], str]:
    """Return the relation of a shop's trade by partner and window; `ago` is that of the last trade."""

    def relation(windows: PortraitWindows) -> str:
        window = windows.number_of("days_ago")
        return (
            f"(SELECT {firm} AS firm_id, w, min(days_ago) AS ago, fsum(amount) AS amount "
            f"FROM (SELECT *, {window} AS w FROM known_supplies) WHERE w IS NOT NULL "
            f"GROUP BY {firm}, {partner}, w)"
        )

    return relation


def _claims(windows: PortraitWindows) -> str:
    """Return the claims of shops on customers that were unpaid at the end of each window."""
    return (
        "(SELECT supplier_id AS firm_id, w, ended, days_ago - ended AS ago, amount, due_ago >= ended AS is_due "
        f"FROM known_supplies, {windows.ends_relation} "
        "WHERE due_on IS NOT NULL AND days_ago >= ended AND (paid_on IS NULL OR paid_ago < ended))"
    )


def _loan_states(windows: PortraitWindows) -> str:
    """Return the last state of each line at the end of each window; a line has one state on a day."""
    return (
        "(SELECT t.*, w, ended, days_ago - ended AS ago FROM known_loan_states t JOIN ("
        f'SELECT loan_id, w, ended, max("on") AS "on" FROM known_loan_states, {windows.ends_relation} '
        'WHERE days_ago >= ended GROUP BY loan_id, w, ended) USING (loan_id, "on"))'
    )


# The statement a year before is the nearest to 365 days earlier, the later one of two, as for the feature
# revenue_growth; there is none of the window before. A firm has one statement of a day.
def _statements(_: PortraitWindows) -> str:
    last = '(SELECT firm_id, max("on") AS "on" FROM known_financials GROUP BY firm_id)'
    distance = "abs(b.days_ago - a.days_ago - 365) * 1000 + b.days_ago"
    before = (
        f'(SELECT firm_id, arg_min(b."on", {distance}) AS "on" FROM known_financials b '
        f'JOIN (SELECT f.* FROM known_financials f SEMI JOIN {last} USING (firm_id, "on")) a USING (firm_id) '
        "WHERE b.days_ago - a.days_ago BETWEEN 330 AND 400 GROUP BY firm_id)"
    )
    days = ((0, last, 0), (2, before, YEAR_DAYS))
    chosen_rows = " UNION ALL ".join(
        f"SELECT f.*, {w} AS w, {ended} AS ended, days_ago AS ago FROM known_financials f "
        f'SEMI JOIN {chosen} USING (firm_id, "on")'
        for w, chosen, ended in days
    )
    return f"({chosen_rows})"


def _history(table: str, relation: str) -> IndicatorRows:
    """Return all rows of a relation, of which only the ages count."""
    return IndicatorRows(f"{table} history", table, lambda _: relation, "days_ago", "")


def _trades(key: str, firm: str, day: str, source: str = "trades") -> IndicatorRows:
    return IndicatorRows(key, "supplies", _side("supplies", firm), day, source)


def _shipments(key: str, firm: str, day: str) -> IndicatorRows:
    return IndicatorRows(key, "shipments", _side("shipments", firm), day, "shipments")


_SOLD_ON_ACCOUNT = "(SELECT supplier_id AS firm_id, * FROM known_supplies WHERE due_on IS NOT NULL)"

ACTIVITY = IndicatorRows(
    "activity", "activity", lambda _: "known_activity", "days_ago", "activity", is_series=True
)
SOLD = _trades("sold", "supplier_id", "days_ago")
SOLD_PROMISED = _trades("sold_promised", "supplier_id", "promised_ago")
SOLD_DELIVERED = _trades("sold_delivered", "supplier_id", "delivered_ago")
SOLD_PAID = _trades("sold_paid", "supplier_id", "paid_ago", "payments")
BOUGHT = _trades("bought", "customer_id", "days_ago")
BOUGHT_PAID = _trades("bought_paid", "customer_id", "paid_ago", "payments")
BOUGHT_DUE = _trades("bought_due", "customer_id", "due_ago", "payments")
SENT = _shipments("sent", "shipper_id", "days_ago")
SENT_DELIVERED = _shipments("sent_delivered", "shipper_id", "delivered_ago")
RECEIVED_DELIVERED = _shipments("received_delivered", "receiver_id", "delivered_ago")
CUSTOMERS = IndicatorRows(
    "customers", "supplies", _partners("supplier_id", "customer_id"), "", "trades", history=SOLD
)
SUPPLIERS = IndicatorRows(
    "suppliers", "supplies", _partners("customer_id", "supplier_id"), "", "trades", history=BOUGHT
)
CLAIMS = IndicatorRows(
    "claims",
    "supplies",
    _claims,
    "",
    "payments",
    history=_history("supplies", _SOLD_ON_ACCOUNT),
    is_state=True,
)
LOANS = IndicatorRows(
    "loans", "loans", _loan_states, "", "loans", history=_history("loans", "known_loan_states"), is_state=True
)
STATEMENTS = IndicatorRows(
    "statements", "financials", _statements, "", "statements", history=_history("financials", "known_financials"),
    is_state=True,
)  # fmt: skip
