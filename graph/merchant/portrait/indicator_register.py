"""The register of indicators: the records of all groups, in the order of the portrait."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from supplyrisk.graph.merchant.portrait.cash_indicators import CASH
from supplyrisk.graph.merchant.portrait.customer_indicators import CUSTOMER_GROUP
from supplyrisk.graph.merchant.portrait.dispute_indicators import AFTER_SALES
from supplyrisk.graph.merchant.portrait.fulfilment_indicators import FULFILMENT
from supplyrisk.graph.merchant.portrait.indicator import Indicator, IndicatorRows
from supplyrisk.graph.merchant.portrait.logistics_indicators import LOGISTICS
from supplyrisk.graph.merchant.portrait.stock_indicators import STOCK
from supplyrisk.graph.merchant.portrait.trade_indicators import TRADE

GROUPS = ("trade", "fulfilment", "logistics", "after_sales", "customers", "stock", "cash")
"""Groups of indicators, in the order of the portrait."""

INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {
        indicator.key: indicator
        for group in (TRADE, FULFILMENT, LOGISTICS, AFTER_SALES, CUSTOMER_GROUP, STOCK, CASH)
        for indicator in group
    }
)
"""Every indicator by its key, in the order of the portrait."""


def indicators_by_rows() -> dict[IndicatorRows, list[Indicator]]:
    """Return the indicators by the rows that they are aggregates of: each entry is one query."""
    by_rows: dict[IndicatorRows, list[Indicator]] = {}
    for indicator in INDICATORS.values():
        by_rows.setdefault(indicator.rows, []).append(indicator)
    return by_rows
