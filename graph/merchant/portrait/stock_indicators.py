"""Indicators of a shop's stock."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.merchant.portrait.figure_kinds import Better, Unit
from supplyrisk.graph.merchant.portrait.indicator import Indicator, sql_of_feature
from supplyrisk.graph.merchant.portrait.indicator_rows import ACTIVITY
from supplyrisk.graph.snapshot.features.activity import DAILY_SALES
from supplyrisk.graph.snapshot.features.aggregates import mean

_indicator = partial(Indicator, group="stock", rows=ACTIVITY)

_DAILY_SALES = DAILY_SALES.replace("days_ago < 180", "true")

STOCK = (
    _indicator("stock_value", unit=Unit.MONEY, better=Better.NEITHER, records=("stock_value",),
               sql="arg_min(stock_value, days_ago) FILTER (WHERE stock_value IS NOT NULL)"),
    _indicator("stock_days", unit=Unit.DAYS, better=Better.LOWER, records=("stock_value", "sales"),
               sql=sql_of_feature("stock_days")),
    _indicator("stock_turns", unit=Unit.TIMES, better=Better.HIGHER, records=("stock_value", "sales"),
               sql=f"365 * {_DAILY_SALES} / nullif({mean('stock_value', 'true')}, 0)"),
    _indicator("empty_stock", unit=Unit.SHARE, better=Better.LOWER, records=("stock_value",),
               sql=mean("CAST(stock_value = 0 AS INTEGER)", "true")),
)  # fmt: skip
