"""Indicators of customers and of what winning them costs; of firms, also of the suppliers that a shop depends on."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.merchant.portrait.figure_kinds import Better, Unit
from supplyrisk.graph.merchant.portrait.indicator import Indicator, sql_of_feature
from supplyrisk.graph.merchant.portrait.indicator_rows import ACTIVITY, CUSTOMERS, SUPPLIERS
from supplyrisk.graph.snapshot.features.aggregates import ratio, total

_indicator = partial(Indicator, group="customers")
_consumers = partial(_indicator, rows=ACTIVITY)

_LARGEST = "max(amount) / nullif(fsum(amount), 0)"
_NUMBER = "CAST(count(*) AS DOUBLE)"

CUSTOMER_GROUP = (
    _consumers("customers", unit=Unit.COUNT, better=Better.HIGHER, records=("customers",),
               is_total=True, sql=total("customers", "true")),
    _consumers("returning_share", unit=Unit.SHARE, better=Better.HIGHER, records=("returning_customers", "customers"),
               sql=sql_of_feature("returning_share_180")),
    _consumers("visitors", unit=Unit.COUNT, better=Better.HIGHER, records=("visitors",),
               is_total=True, sql=total("visitors", "true")),
    _consumers("conversion", unit=Unit.SHARE, better=Better.HIGHER, records=("orders", "visitors"),
               sql=sql_of_feature("conversion_180")),
    _consumers("ad_share", unit=Unit.SHARE, better=Better.NEITHER, records=("ad_spend", "sales"),
               sql=sql_of_feature("ad_share_180")),
    _consumers("visitor_cost", unit=Unit.MONEY, better=Better.LOWER, records=("ad_spend", "visitors"),
               sql=ratio("ad_spend", "visitors", "true")),
    _consumers("order_cost", unit=Unit.MONEY, better=Better.LOWER, records=("ad_spend", "orders"),
               sql=ratio("ad_spend", "orders", "true")),
    _indicator("buying_firms", unit=Unit.COUNT, better=Better.HIGHER, rows=CUSTOMERS, records=("amount",),
               is_total=True, zero=True, sql=_NUMBER),
    _indicator("largest_customer", unit=Unit.SHARE, better=Better.LOWER, rows=CUSTOMERS, records=("amount",),
               sql=_LARGEST),
    _indicator("suppliers", unit=Unit.COUNT, better=Better.NEITHER, rows=SUPPLIERS, records=("amount",),
               is_total=True, zero=True, sql=_NUMBER),
    _indicator("largest_supplier", unit=Unit.SHARE, better=Better.LOWER, rows=SUPPLIERS, records=("amount",),
               sql=_LARGEST),
)  # fmt: skip
