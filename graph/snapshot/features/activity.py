"""Features of a firm's own business in `activity`: sales, orders, refunds, stock and cash."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.snapshot.features.aggregates import mean, per_row, ratio, total
from supplyrisk.graph.snapshot.features.feature import (
    CONDUCT,
    MODEST,
    SOLVENCY,
    Feature,
    FeatureFamily,
    at_windows,
)

# Rows may be days, weeks or months. n rows span n - 1 gaps, so the mean gap between rows is the period that one row
# covers, and mean sales per row / mean gap are sales per day.
_RECENT = "days_ago < 180 AND sales IS NOT NULL"
_GAP = (
    f"(max(days_ago) FILTER (WHERE {_RECENT}) - min(days_ago) FILTER (WHERE {_RECENT})) "
    f"/ nullif(count(*) FILTER (WHERE {_RECENT}) - 1, 0)"
)
DAILY_SALES = f"{mean('sales', _RECENT)} / nullif({_GAP}, 0)"
"""Sales per day over the rows of 180 days, money; missing with fewer than two rows."""

_CASH = "arg_min(cash, days_ago) FILTER (WHERE days_ago < 180 AND cash IS NOT NULL)"
_STOCK = "arg_min(stock_value, days_ago) FILTER (WHERE days_ago < 180 AND stock_value IS NOT NULL)"
_REFUNDS_NOW = ratio("refunds", "sales", "days_ago < 30")
_REFUNDS_BEFORE = ratio("refunds", "sales", "days_ago BETWEEN 30 AND 389")

_feature = partial(Feature, source="activity", window=180)

# All rows of one firm cover equal periods. Trends therefore compare means per row: sums would depend on whether four
# or five weekly rows end within the 30 days. The volatility is rounded to 9 digits because stddev_pop, unlike fsum,
# depends on the order of rows in its last bits.
ACTIVITY = FeatureFamily("known_activity", (
    *at_windows(_feature("sales", "value sold", "money", -1, sql=total("sales", "days_ago < {window}"),
                         en="value of its sales", zh="销售额")),
    *at_windows(_feature("orders", "orders taken", "orders", -1, sql=total("orders", "days_ago < {window}"),
                         en="orders received", zh="订单数")),
    _feature("sales_trend", "sales per row: last 30 / the 150 days before", "ratio", -1, needs_days=True,
             has_peers=True, scorecard=MODEST, sql=per_row("sales", 180),
             en="sales, last 30 days relative to the 150 days before",
             zh="销售趋势：近 30 天与此前 150 天之比"),
    _feature("orders_trend", "orders per row: last 30 / the 150 days before", "ratio", -1, needs_days=True,
             sql=per_row("orders", 180), en="orders, last 30 days relative to the 150 days before",
             zh="订单趋势：近 30 天与此前 150 天之比"),
    _feature("sales_volatility", "standard deviation / mean of the rows' sales", "ratio", 1, scorecard=MODEST,
             sql="round(stddev_pop(sales) FILTER (WHERE days_ago < 180) "
                 f"/ nullif({mean('sales', 'days_ago < 180')}, 0), 9)",
             en="volatility of sales (standard deviation / mean)", zh="销售额波动：标准差与均值之比"),
    _feature("sales_own_past", "sales per row: last 30 / the 360 days before", "ratio", -1, window=390,
             needs_days=True, prior=CONDUCT, sql=per_row("sales", 390),
             en="sales, last 30 days relative to the 360 days before",
             zh="销售额与自身过去相比：近 30 天与此前 360 天之比"),
    *at_windows(_feature("refund_rate", "refunds / sales", "share", 1, has_peers=True, prior=CONDUCT,
                         sql=ratio("refunds", "sales", "days_ago < {window}"),
                         en="refunds as a share of sales", zh="退款率"), (30, 180)),
    _feature("refund_rate_own_past", "refund rate: last 30 / the 360 days before", "ratio", 1, window=390,
             needs_days=True, sql=f"({_REFUNDS_NOW}) / nullif({_REFUNDS_BEFORE}, 0)",
             en="refund rate, last 30 days relative to the 360 days before",
             zh="退款率与自身过去相比：近 30 天与此前 360 天之比"),
    *at_windows(_feature("dispute_rate", "disputes / orders", "share", 1, prior=CONDUCT,
                         sql=ratio("disputes", "orders", "days_ago < {window}"),
                         en="share of orders in dispute", zh="纠纷率"), (30, 180)),
    _feature("returning_share_180", "returning / all customers", "share", -1, scorecard=MODEST,
             sql=ratio("returning_customers", "customers", "days_ago < 180"),
             en="share of returning customers", zh="回头客占比"),
    _feature("conversion_180", "orders / visitors", "share", -1, sql=ratio("orders", "visitors", "days_ago < 180"),
             en="orders as a share of visitors", zh="访客成交率"),
    _feature("ad_share_180", "spent on advertising / sales", "share", 0,
             sql=ratio("ad_spend", "sales", "days_ago < 180"),
             en="advertising costs as a share of sales", zh="广告支出占销售额之比"),
    _feature("stock_days", "stock / sales per day: days until it is sold, at sales value", "days", 1,
             needs_days=True, sql=f"{_STOCK} / nullif({DAILY_SALES}, 0)",
             en="time until the stock is sold", zh="库存可售天数"),
    _feature("cash", "cash by the last row that gives it", "money", -1, needs_days=True, sql=_CASH,
             en="cash as last recorded", zh="最近一次记录的现金"),
    _feature("cash_weeks", "cash / sales per week", "weeks", -1, needs_days=True, has_peers=True, prior=SOLVENCY,
             sql=f"{_CASH} / nullif(7 * {DAILY_SALES}, 0)",
             en="sales covered by cash", zh="现金可支撑的销售周数"),
    _feature("activity_age_days", "days since the last row of activity", "days", 1, window=None, needs_days=True,
             scorecard=MODEST, sql="min(days_ago)",
             en="time since the last activity record", zh="距最近一次经营记录的天数"),
))  # fmt: skip
