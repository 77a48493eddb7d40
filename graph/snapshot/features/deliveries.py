"""Features of a firm as a supplier, from `supplies`: deliveries, customers and receivables."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.snapshot.features.aggregates import per_day
from supplyrisk.graph.snapshot.features.feature import CONDUCT, MODEST, Feature, FeatureFamily, at_windows

_feature = partial(Feature, source="supplies", window=180)

DELIVERIES = FeatureFamily("(SELECT supplier_id AS firm_id, * FROM pairs)", (
    *at_windows(_feature("deliveries", "sold to recorded customers", "money", -1, without_rows="0",
                         sql="fsum(amount_{window})", en="sales to recorded customers", zh="向在册客户供货额")),
    _feature("deliveries_trend", "deliveries per day: last 30 / up to 150 days before", "ratio", -1,
             needs_days=True, sql=per_day("fsum(amount_30)", "fsum(amount_before)", 180),
             en="sales per day to recorded customers, last 30 days relative to up to 150 days before",
             zh="供货趋势：近 30 天与此前至多 150 天之比"),
    _feature("deliveries_own_past", "deliveries per day: last 30 / up to 360 days before", "ratio", -1,
             window=390, needs_days=True, scorecard=MODEST,
             sql=per_day("fsum(amount_30)", "fsum(amount_past)", 390),
             en="sales per day to recorded customers, last 30 days relative to up to 360 days before",
             zh="供货与自身过去相比：近 30 天与此前至多 360 天之比"),
    _feature("customers_180", "firms that it sold to", "firms", -1, without_rows="0",
             sql="count(*) FILTER (WHERE rows_180 > 0)", en="number of firms it sells to", zh="客户家数"),
    _feature("customer_hhi", "HHI of its customers: 1 = all to one", "index", 1, scorecard=MODEST,
             sql="fsum(amount_180 * amount_180) / nullif(pow(fsum(amount_180), 2), 0)",
             en="customer concentration (HHI, 1 = all to one customer)", zh="客户集中度 HHI（1 为全部给一家）"),
    _feature("delivery_delay_days", "mean of delivered_on - promised_on", "days", 1, has_peers=True,
             scorecard=MODEST, sql="fsum(delays) / nullif(fsum(delays_n), 0)",
             en="average delivery delay", zh="交货平均延误天数"),
    _feature("delivery_dispute_rate", "share of its deliveries' value in dispute", "share", 1, scorecard=MODEST,
             sql="fsum(disputed_180) / nullif(fsum(amount_180), 0)",
             en="share of delivered value in dispute", zh="供货额中有纠纷的占比"),
    _feature("delivery_return_rate", "share of its deliveries' value returned", "share", 1, scorecard=MODEST,
             sql="fsum(returned_180) / nullif(fsum(amount_180), 0)",
             en="share of delivered value returned", zh="供货额中被退货的占比"),
    _feature("delivery_confirmed_share", "of the value delivered, the share confirmed", "share", -1,
             sql="fsum(confirmed_180) / nullif(fsum(delivered_180), 0)",
             en="share of delivered value confirmed", zh="供货额中已确认的占比"),
    _feature("receivables_overdue_share", "of what it is owed, the share overdue", "share", 1, window=None,
             needs_days=True, prior=CONDUCT, sql="fsum(overdue) / nullif(fsum(owed), 0)",
             en="overdue share of receivables", zh="应收款中逾期的占比"),
    _feature("delivery_age_days", "days since its last trade as supplier", "days", 1, window=None, needs_days=True,
             sql="min(last_ago)", en="time since its last delivery", zh="距最近一次供货的天数"),
))  # fmt: skip
"""See `purchases` for the sums per pair and for the HHI."""
