"""The principal reasons that a shop may be told: codes, as in adverse-action notices, and what they stand for.

A policy lists the codes that it permits (`[reasons] permitted`). Each feature that may be told belongs to one code, so
that several features of one matter make one reason. To tell a feature to shops: its name, without its window, in the
tuple of its code here, and its texts in `graph/texts/shop_reasons.toml`. All other features are not told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from supplyrisk.graph.snapshot.features.register import is_shipped
from supplyrisk.graph.texts.text_files import LANGUAGES, Words, read_texts

MISSING = "MISSING"
"""Information about the firm is missing."""
TRADING_RISK = "TRADING_RISK"
"""Risk that comes over links; it names no other firm."""
ENVIRONMENT = "ENVIRONMENT"
"""What resembles firms with more defaults: trade, region and kind of links."""
DEFAULTED = "DEFAULTED"
"""The firm is in default."""

FEATURES_BY_REASON: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "PAYMENT": ("pay_late_days", "pay_overdue_share"),
        "ARREARS": ("loan_overdue_share", "loan_days_past_due", "loan_restructured_share"),
        "DEBT": ("loan_drawn", "loan_utilisation", "loan_to_sales"),
        "LIQUIDITY": ("cash", "cash_weeks", "equity_ratio", "liquidity"),
        "PROFIT": ("margin",),
        "SALES": (
            "sales",
            "orders",
            "returning_share",
            "conversion",
            "deliveries",
            "deliveries_ever",
            "delivery_orders_ever",
            "delivery_months",
            "purchases",
            "purchase_orders",
            "purchases_ever",
            "purchase_orders_ever",
            "purchase_months",
            "carried_units",
            "revenue",
        ),
        "SALES_TREND": (
            "sales_trend",
            "orders_trend",
            "sales_volatility",
            "sales_own_past",
            "deliveries_trend",
            "deliveries_own_past",
            "delivery_silent_months",
            "delivery_volatility",
            "purchases_trend",
            "purchases_own_past",
            "purchase_silent_months",
            "purchase_volatility",
            "carried_trend",
            "revenue_growth",
        ),
        "QUALITY": (
            "refund_rate",
            "refund_rate_own_past",
            "dispute_rate",
            "delivery_dispute_rate",
            "delivery_return_rate",
        ),
        "CUSTOMERS": ("customers", "customer_hhi", "customers_ever", "customer_hhi_ever"),
        "SUPPLIERS": ("suppliers", "supplier_hhi", "suppliers_ever", "supplier_hhi_ever"),
        "RECEIVABLES": ("receivables_overdue_share", "delivery_confirmed_share"),
        "DELIVERY": (
            "delivery_delay_days",
            "sent_delay_days",
            "sent_damage_rate",
            "received_delay_days",
            "received_damage_rate",
            "carried_delay_days",
            "carried_damage_rate",
        ),
        "STOCK": ("stock_days",),
        "HISTORY": ("age_days", "tenure_days"),
        "CAPITAL": ("registered_capital", "paid_in_ratio", "employees"),
        "OUTDATED": ("activity_age_days", "delivery_age_days", "purchase_age_days", "statement_age_days"),
        MISSING: (),
        "LEGAL": ("events_lawsuit", "events_sanction", "events_suspension"),
        DEFAULTED: (),
        TRADING_RISK: (),
        ENVIRONMENT: ("industry", "region"),
        "GUARANTEES": (),
        "DEPENDENCE": (),
        "AMOUNT": (),
        "LENDER_LIMITS": (),
    }
)
"""By code the features that it stands for, without their windows."""

REASON_CODES = tuple(FEATURES_BY_REASON)
"""Every code that a policy can permit."""

MOST_REASONS = 4
"""Principal reasons that a letter states at most."""


def shop_feature(name: str) -> str:
    """Return the name under which a feature is told: that of its value, without window, peers and words of events.

    `refund_rate_180`, `refund_rate_180_peers` and `refund_rate` in undated data are all `refund_rate`.
    """
    name = name.removesuffix("_peers").partition(":")[0]
    return re.sub(r"_\d+$", "", name)


def reason_of_feature(name: str) -> str | None:
    """Return the code that a feature belongs to; None where the feature is not told, as columns that users add."""
    return _reasons().get(shop_feature(name)) if is_shipped(name) else None


def reason_words(code: str) -> Words:
    """Return a principal reason in both languages."""
    return Words(
        *(read_texts("supplyrisk.graph.texts", "shop_reasons", lang)[f"reason.{code}"] for lang in LANGUAGES)
    )


@cache
def _reasons() -> Mapping[str, str]:
    return {feature: code for code, features in FEATURES_BY_REASON.items() for feature in features}
