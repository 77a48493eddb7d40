"""Features of a firm as a customer, from `supplies`: purchases, suppliers and payments."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.snapshot.features.aggregates import per_day
from supplyrisk.graph.snapshot.features.feature import CONDUCT, MODEST, Feature, FeatureFamily, at_windows

_feature = partial(Feature, source="supplies", window=180)

# A firm whose suppliers are unobserved has unknown purchases, not none.
_count = partial(_feature, without_rows="CASE WHEN b.upstream = 'observed' THEN 0 END")

# Each pair's sums are already windowed (trade_sums), so a firm's features are sums over its pairs.
# HHI = sum of squared amounts / squared sum of amounts, which equals the sum of squared shares.
PURCHASES = FeatureFamily("(SELECT customer_id AS firm_id, * FROM pairs)", (
    *at_windows(_count("purchases", "bought from recorded suppliers", "money", -1, sql="fsum(amount_{window})",
                       en="purchases from recorded suppliers", zh="向在册供应商采购额")),
    _count("purchase_orders_180", "orders placed with recorded suppliers", "orders", -1, sql="fsum(orders_180)",
           en="orders placed with recorded suppliers", zh="向在册供应商下单数"),
    _feature("purchases_trend", "purchases per day: last 30 / up to 150 days before", "ratio", -1,
             needs_days=True, has_peers=True, sql=per_day("fsum(amount_30)", "fsum(amount_before)", 180),
             en="purchases per day, last 30 days relative to up to 150 days before",
             zh="采购趋势：近 30 天与此前至多 150 天之比"),
    _feature("purchases_own_past", "purchases per day: last 30 / up to 360 days before", "ratio", -1, window=390,
             needs_days=True, sql=per_day("fsum(amount_30)", "fsum(amount_past)", 390),
             en="purchases per day, last 30 days relative to up to 360 days before",
             zh="采购与自身过去相比：近 30 天与此前至多 360 天之比"),
    _count("suppliers_180", "suppliers it bought from", "firms", -1, sql="count(*) FILTER (WHERE rows_180 > 0)",
           en="number of its suppliers", zh="供应商家数"),
    _feature("supplier_hhi", "HHI of its suppliers: 1 = all from one", "index", 1, scorecard=MODEST,
             sql="fsum(amount_180 * amount_180) / nullif(pow(fsum(amount_180), 2), 0)",
             en="supplier concentration (HHI, 1 = all from one supplier)",
             zh="供应商集中度 HHI（1 为全部来自一家）"),
    _feature("pay_late_days", "mean of paid_on - due_on over its payments", "days", 1, has_peers=True,
             prior=CONDUCT, sql="fsum(late) / nullif(fsum(late_n), 0)",
             en="average payment delay", zh="付款平均逾期天数"),
    _feature("pay_overdue_share", "of what fell due, the share unpaid", "share", 1, needs_days=True, prior=CONDUCT,
             sql="fsum(unpaid_180) / nullif(fsum(fell_due_180), 0)",
             en="unpaid share of payments due", zh="到期应付中未付的占比"),
    _feature("purchase_age_days", "days since its last purchase", "days", 1, window=None, needs_days=True,
             sql="min(last_ago)", en="time since its last purchase", zh="距最近一次采购的天数"),
))  # fmt: skip
