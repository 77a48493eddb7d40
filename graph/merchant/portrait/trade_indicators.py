"""Indicators of trade: what a shop sells, to whom it is seen to sell, and what it buys."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.merchant.portrait.figure_kinds import Better, Unit
from supplyrisk.graph.merchant.portrait.indicator import Indicator, sql_of_feature
from supplyrisk.graph.merchant.portrait.indicator_rows import ACTIVITY, BOUGHT, SOLD
from supplyrisk.graph.snapshot.features.aggregates import ratio, total

_indicator = partial(Indicator, group="trade")

TRADE = (
    _indicator("sales", unit=Unit.MONEY, better=Better.HIGHER, rows=ACTIVITY, records=("sales",),
               is_total=True, sql=total("sales", "true")),
    _indicator("orders", unit=Unit.COUNT, better=Better.HIGHER, rows=ACTIVITY, records=("orders",),
               is_total=True, sql=total("orders", "true")),
    _indicator("order_value", unit=Unit.MONEY, better=Better.NEITHER, rows=ACTIVITY, records=("sales", "orders"),
               sql=ratio("sales", "orders", "true")),
    _indicator("sales_volatility", unit=Unit.SHARE, better=Better.LOWER, rows=ACTIVITY, records=("sales",),
               sql=sql_of_feature("sales_volatility")),
    _indicator("sold_to_firms", unit=Unit.MONEY, better=Better.HIGHER, rows=SOLD, records=("amount",),
               is_total=True, zero=True, sql=total("amount", "true")),
    _indicator("orders_of_firms", unit=Unit.COUNT, better=Better.HIGHER, rows=SOLD, records=("amount",),
               is_total=True, zero=True, sql=total("coalesce(orders, 1)", "true")),
    _indicator("purchases", unit=Unit.MONEY, better=Better.NEITHER, rows=BOUGHT, records=("amount",),
               is_total=True, zero=True, sql=total("amount", "true")),
)  # fmt: skip
