"""Features of a firm's whole history of trade, for data whose outcomes are known by a day.

All rows then have one as-of date. Models of several as-of dates have windows of fixed lengths only: what a total covers
would grow from date to date.
"""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.snapshot.as_of_views import AS_OF
from supplyrisk.graph.snapshot.features.feature import SIZE, Feature, FeatureFamily

_feature = partial(Feature, source="supplies", window=None, needs_days=True, needs_labels=True)

# A firm whose suppliers are unobserved has unknown purchases, not none.
_count = partial(_feature, without_rows="CASE WHEN b.upstream = 'observed' THEN 0 END")

_HHI = "fsum(amount * amount) / nullif(pow(fsum(amount), 2), 0)"
_SILENT_MONTHS = f"date_diff('month', min(month), {AS_OF}) + 1 - count(*)"
_VOLATILITY = "stddev_pop(amount) / nullif(avg(amount), 0)"


def _months(firm: str) -> str:
    """Return the SQL of a firm's trade by month; firm: the column of its side. A month of returns alone is none."""
    return (
        f"""(SELECT {firm} AS firm_id, date_trunc('month', "on") AS month, fsum(amount) AS amount """
        f"FROM known_supplies WHERE supplier_id <> customer_id AND amount > 0 GROUP BY ALL)"
    )


HISTORY: tuple[FeatureFamily, ...] = (
    FeatureFamily("(SELECT supplier_id AS firm_id, * FROM pairs)", (
        _feature("deliveries_ever", "sold to recorded customers, ever", "money", -1, without_rows="0", prior=SIZE,
                 sql="fsum(amount)", en="sales to recorded customers in all", zh="累计向在册客户供货额"),
        _feature("delivery_orders_ever", "orders from recorded customers, ever", "orders", -1, without_rows="0",
                 sql="fsum(orders)", en="orders of recorded customers in all", zh="累计在册客户订单数"),
        _feature("customers_ever", "firms that it ever sold to", "firms", -1, without_rows="0",
                 sql="count(*)", en="number of firms it ever sold to", zh="累计客户家数"),
        _feature("customer_hhi_ever", "HHI of its customers, ever", "index", 1, sql=_HHI,
                 en="customer concentration over all its history (HHI, 1 = all to one customer)",
                 zh="全部历史的客户集中度 HHI（1 为全部给一家）"),
    )),
    FeatureFamily(_months("supplier_id"), (
        _feature("delivery_months", "months in which it sold", "months", -1, without_rows="0", sql="count(*)",
                 en="number of months with sales", zh="有销售的月数"),
        _feature("delivery_silent_months", "months since its first sale in which it sold nothing", "months", 1,
                 sql=_SILENT_MONTHS, en="months without sales since its first sale", zh="首次销售以来无销售的月数"),
        _feature("delivery_volatility", "standard deviation / mean of its monthly sales", "ratio", 1,
                 sql=_VOLATILITY, en="volatility of its monthly sales", zh="月度销售额的波动"),
    )),
    FeatureFamily("(SELECT customer_id AS firm_id, * FROM pairs)", (
        _count("purchases_ever", "bought from recorded suppliers, ever", "money", -1,
               sql="fsum(amount)", en="purchases from recorded suppliers in all", zh="累计向在册供应商采购额"),
        _count("purchase_orders_ever", "orders placed with recorded suppliers, ever", "orders", -1,
               sql="fsum(orders)", en="orders placed with recorded suppliers in all", zh="累计向在册供应商下单数"),
        _count("suppliers_ever", "firms that it ever bought from", "firms", -1,
               sql="count(*)", en="number of firms it ever bought from", zh="累计供应商家数"),
        _feature("supplier_hhi_ever", "HHI of its suppliers, ever", "index", 1, sql=_HHI,
                 en="supplier concentration over all its history (HHI, 1 = all from one supplier)",
                 zh="全部历史的供应商集中度 HHI（1 为全部来自一家）"),
    )),
    FeatureFamily(_months("customer_id"), (
        _count("purchase_months", "months in which it bought", "months", -1, sql="count(*)",
               en="number of months with purchases", zh="有采购的月数"),
        _feature("purchase_silent_months", "months since its first purchase in which it bought nothing", "months", 1,
                 sql=_SILENT_MONTHS, en="months without purchases since its first purchase",
                 zh="首次采购以来无采购的月数"),
        _feature("purchase_volatility", "standard deviation / mean of its monthly purchases", "ratio", 1,
                 sql=_VOLATILITY, en="volatility of its monthly purchases", zh="月度采购额的波动"),
    )),
)  # fmt: skip
"""See `trade_sums` for the sums per pair."""
