"""Indicators of after-sales and disputes: refunds, returns and disputes."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.merchant.portrait.figure_kinds import Better, Unit
from supplyrisk.graph.merchant.portrait.indicator import Indicator, sql_of_feature
from supplyrisk.graph.merchant.portrait.indicator_rows import ACTIVITY, BOUGHT, SOLD
from supplyrisk.graph.snapshot.features.aggregates import ratio

_indicator = partial(Indicator, group="after_sales", unit=Unit.SHARE, better=Better.LOWER)

# A dispute or return of a later day does not count for an earlier window, which would otherwise have had more time to
# collect them.
_DISPUTED = ratio("CASE WHEN disputed_ago >= ended THEN amount ELSE 0 END", "amount", "true")
_RETURNED = ratio(
    "CASE WHEN returned_ago >= ended THEN coalesce(returned_amount, 0) ELSE 0 END", "amount", "true"
)

AFTER_SALES = (
    _indicator("refund_rate", rows=ACTIVITY, records=("refunds", "sales"), sql=sql_of_feature("refund_rate_180")),
    _indicator("dispute_rate", rows=ACTIVITY, records=("disputes", "orders"), sql=sql_of_feature("dispute_rate_180")),
    _indicator("sold_disputed", rows=SOLD, records=("amount",), needs=("disputed_on",), sql=_DISPUTED),
    _indicator("sold_returned", rows=SOLD, records=("amount",), needs=("returned_on",), sql=_RETURNED),
    _indicator("bought_disputed", rows=BOUGHT, records=("amount",), needs=("disputed_on",), sql=_DISPUTED),
)  # fmt: skip
