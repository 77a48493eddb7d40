"""The register of features: the meaning, unit and risk direction of each number about a firm.

All features here are a firm's own data; the network derives the influence of neighbours from the edges. Module
`feature_sql` computes them under the same names. Windows are half-open, (as_of - window, as_of]. Missing values are
null: for a firm without rows, only counts and sums of trades and events are 0, and only where the data set has
that table.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Feature:
    """One column of the firm frame.

    Parameters
    ----------
    name: column name.
    meaning: description for people.
    unit: "money", "days", "share", "ratio", ...; empty for categories.
    direction: +1 where a larger value is riskier, -1 where it is safer, 0 where that is unknown.
    source: the table that it is computed from.
    window: days looked back, None for everything known.
    kind: "number" (default), or "category" (text; several words joined by |).
    zero_filled: whether a data set without this column counts as 0, as long as `source` is present (event counts).
    """

    name: str
    meaning: str
    unit: str
    direction: int
    source: str
    window: int | None
    kind: str = "number"
    zero_filled: bool = False


MAIN_WINDOW = 180
"""Days of the window that rates and trends are computed over."""

WINDOWS = (30, 60, MAIN_WINDOW)
"""Windows in days of the features that are given at several windows."""


def _levels(name: str, meaning: str, unit: str, direction: int, source: str) -> tuple[Feature, ...]:
    return tuple(Feature(f"{name}_{w}", meaning, unit, direction, source, w) for w in WINDOWS)


_FIRMS = (
    Feature("age_days", "days since it was founded", "days", -1, "firms", None),
    Feature("tenure_days", "days since it joined the platform or book", "days", -1, "firms", None),
    Feature("registered_capital", "capital as registered", "money", -1, "firms", None),
    Feature("paid_in_ratio", "paid-in / registered capital", "share", -1, "firms", None),
    Feature("employees", "people employed", "people", -1, "firms", None),
    Feature("roles", "what it does in the chain", "", 0, "firms", None, "category"),
    Feature("shop_type", "where its goods come from", "", 0, "firms", None, "category"),
    Feature("industry", "its industry", "", 0, "firms", None, "category"),
    Feature("region", "its region", "", 0, "firms", None, "category"),
)

_ACTIVITY = (
    *_levels("sales", "value sold", "money", -1, "activity"),
    *_levels("orders", "orders taken", "orders", -1, "activity"),
    Feature("sales_trend", "sales per row: last 30 / the 150 days before", "ratio", -1, "activity", 180),
    Feature("orders_trend", "orders per row: last 30 / the 150 days before", "ratio", -1, "activity", 180),
    Feature("sales_volatility", "standard deviation / mean of the rows' sales", "ratio", 1, "activity", 180),
    Feature("sales_own_past", "sales per row: last 30 / the 360 days before", "ratio", -1, "activity", 390),
    Feature("refund_rate_30", "refunds / sales", "share", 1, "activity", 30),
    Feature("refund_rate_180", "refunds / sales", "share", 1, "activity", 180),
    Feature(
        "refund_rate_own_past", "refund rate: last 30 / the 360 days before", "ratio", 1, "activity", 390
    ),
    Feature("dispute_rate_30", "disputes / orders", "share", 1, "activity", 30),
    Feature("dispute_rate_180", "disputes / orders", "share", 1, "activity", 180),
    Feature("returning_share_180", "returning / all customers", "share", -1, "activity", 180),
    Feature("conversion_180", "orders / visitors", "share", -1, "activity", 180),
    Feature("ad_share_180", "spent on advertising / sales", "share", 0, "activity", 180),
    Feature(
        "stock_days",
        "stock / sales per day: days until it is sold, at sales value",
        "days",
        1,
        "activity",
        180,
    ),
    Feature("cash", "cash by the last row that gives it", "money", -1, "activity", 180),
    Feature("cash_weeks", "cash / sales per week", "weeks", -1, "activity", 180),
    Feature("activity_age_days", "days since the last row of activity", "days", 1, "activity", None),
)

_CUSTOMER = (
    *_levels("purchases", "bought from recorded suppliers", "money", -1, "supplies"),
    Feature("purchase_orders_180", "orders placed with recorded suppliers", "orders", -1, "supplies", 180),
    Feature(
        "purchases_trend", "purchases per day: last 30 / up to 150 days before", "ratio", -1, "supplies", 180
    ),
    Feature(
        "purchases_own_past",
        "purchases per day: last 30 / up to 360 days before",
        "ratio",
        -1,
        "supplies",
        390,
    ),
    Feature("suppliers_180", "suppliers it bought from", "firms", -1, "supplies", 180),
    Feature("supplier_hhi", "HHI of its suppliers: 1 = all from one", "index", 1, "supplies", 180),
    Feature("pay_late_days", "mean of paid_on - due_on over its payments", "days", 1, "supplies", 180),
    Feature("pay_overdue_share", "of what fell due, the share unpaid", "share", 1, "supplies", 180),
    Feature("purchase_age_days", "days since its last purchase", "days", 1, "supplies", None),
)

_SUPPLIER = (
    *_levels("deliveries", "sold to recorded customers", "money", -1, "supplies"),
    Feature(
        "deliveries_trend",
        "deliveries per day: last 30 / up to 150 days before",
        "ratio",
        -1,
        "supplies",
        180,
    ),
    Feature(
        "deliveries_own_past",
        "deliveries per day: last 30 / up to 360 days before",
        "ratio",
        -1,
        "supplies",
        390,
    ),
    Feature("customers_180", "firms that it sold to", "firms", -1, "supplies", 180),
    Feature("customer_hhi", "HHI of its customers: 1 = all to one", "index", 1, "supplies", 180),
    Feature("delivery_delay_days", "mean of delivered_on - promised_on", "days", 1, "supplies", 180),
    Feature(
        "delivery_dispute_rate", "share of its deliveries' value in dispute", "share", 1, "supplies", 180
    ),
    Feature("delivery_return_rate", "share of its deliveries' value returned", "share", 1, "supplies", 180),
    Feature(
        "delivery_confirmed_share",
        "of the value delivered, the share confirmed",
        "share",
        -1,
        "supplies",
        180,
    ),
    Feature(
        "receivables_overdue_share", "of what it is owed, the share overdue", "share", 1, "supplies", None
    ),
    Feature("delivery_age_days", "days since its last trade as supplier", "days", 1, "supplies", None),
)

_SHIPMENTS = (
    Feature("sent_delay_days", "mean delay of what it sent", "days", 1, "shipments", 180),
    Feature("sent_damage_rate", "damaged / sent units, of those delivered", "share", 1, "shipments", 180),
    Feature("received_delay_days", "mean delay of what it received", "days", 1, "shipments", 180),
    Feature(
        "received_damage_rate", "damaged / received units, of those delivered", "share", 1, "shipments", 180
    ),
    Feature("carried_units_30", "units carried for others", "units", -1, "shipments", 30),
    Feature("carried_units_180", "units carried for others", "units", -1, "shipments", 180),
    Feature(
        "carried_trend",
        "units carried per day: last 30 / up to 150 days before",
        "ratio",
        -1,
        "shipments",
        180,
    ),
    Feature("carried_delay_days", "mean delay of what it carried", "days", 1, "shipments", 180),
    Feature(
        "carried_damage_rate", "damaged / carried units, of those delivered", "share", 1, "shipments", 180
    ),
)

_FINANCIALS = (
    Feature("revenue", "revenue by the last statement", "money", -1, "financials", None),
    Feature("margin", "(revenue - costs) / revenue", "share", -1, "financials", None),
    Feature(
        "equity_ratio", "equity / (equity, at least 0, + short-term debt)", "share", -1, "financials", None
    ),
    Feature("liquidity", "liquid assets / short-term debt", "ratio", -1, "financials", None),
    Feature(
        "revenue_growth",
        "revenue / that of the statement a year before, less 1",
        "share",
        -1,
        "financials",
        None,
    ),
    Feature(
        "statement_age_days",
        "days since the end of the last statement's period",
        "days",
        1,
        "financials",
        None,
    ),
)

_LOANS = (
    Feature("loan_drawn", "drawn on all its credit lines", "money", 0, "loans", None),
    Feature("loan_utilisation", "drawn / limit over its credit lines", "share", 1, "loans", None),
    Feature("loan_to_sales", "drawn / sales of 30 days", "ratio", 1, "loans", None),
    Feature("loan_days_to_due", "days until the next drawn line is due", "days", 0, "loans", None),
    Feature(
        "loan_overdue_share", "of what is drawn, the share still drawn when due", "share", 1, "loans", None
    ),
    Feature("loan_days_past_due", "most days past due among its lines", "days", 1, "loans", None),
    Feature("loan_restructured_share", "of what is drawn, the share restructured", "share", 1, "loans", None),
    Feature("loan_rate", "annual interest rate, weighted by what is drawn", "share", 1, "loans", None),
    # No direction: collateral lowers the loss, but lenders ask for it where they expect more defaults.
    Feature("loan_collateral_share", "collateral / drawn over its drawn lines", "ratio", 0, "loans", None),
)

REGISTER: tuple[Feature, ...] = (
    *_FIRMS, *_ACTIVITY, *_CUSTOMER, *_SUPPLIER, *_SHIPMENTS, *_FINANCIALS, *_LOANS
)  # fmt: skip
"""Every feature computed from the contract's columns, in the order of the frame."""

PEER_FEATURES = (
    "sales_trend", "refund_rate_180", "cash_weeks", "purchases_trend",
    "pay_late_days", "delivery_delay_days", "equity_ratio",
)  # fmt: skip
"""Features that the frame also has as the firm's percentile among its peers, named `<name>_peers`."""

PEER_LEVEL = Feature("peer_level", "which firms are its peers", "", 0, "firms", None, "category")

NEEDS_DAYS = frozenset(
    f.name
    for f in REGISTER
    if f.name.endswith(("_trend", "_own_past", "age_days"))
    or f.name in ("tenure_days", "stock_days", "cash", "cash_weeks", "pay_overdue_share")
    or f.name
    in (
        "receivables_overdue_share",
        "revenue_growth",
        "loan_to_sales",
        "loan_days_to_due",
        "loan_overdue_share",
    )
)
"""Features that need days: they compare days with as_of, or depend on the order in time."""

ALSO_NEEDS = {"loan_to_sales": "activity"}
"""By feature, the second source it needs; without it the feature is left out."""


def undated_name(name: str) -> str:
    """Return a feature's name in undated data, where totals replace windows: without its _180."""
    return name.removesuffix(f"_{MAIN_WINDOW}")


def registered(sources: Collection[str], undated: bool) -> dict[str, Feature]:
    """Return the features that a data set with these tables has, by their name in the register.

    Undated data have one feature per window family, computed over all rows and named without the window.
    """
    features: dict[str, Feature] = {}
    for feature in REGISTER:
        if feature.source not in sources or ALSO_NEEDS.get(feature.name, feature.source) not in sources:
            continue
        if not undated:
            features[feature.name] = feature
        # Of each window family only the main window remains; all windows would hold the same total.
        elif feature.name not in NEEDS_DAYS and feature.window in (None, MAIN_WINDOW):
            features[feature.name] = replace(feature, name=undated_name(feature.name), window=None)
    return features


def peer_feature(feature: Feature) -> Feature:
    """Return the feature "percentile among peers": 0 = the lowest value, 1 = the highest, ties share the mid-rank."""
    return replace(
        feature,
        name=f"{feature.name}_peers",
        meaning=f"percentile among its peers of: {feature.meaning}",
        unit="percentile",
    )
