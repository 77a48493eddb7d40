"""Indicators of fulfilment: whether a shop delivers what it promised to the firms that it sells to."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.merchant.portrait.figure_kinds import Better, Unit
from supplyrisk.graph.merchant.portrait.indicator import Indicator
from supplyrisk.graph.merchant.portrait.indicator_rows import SOLD_DELIVERED, SOLD_PROMISED
from supplyrisk.graph.snapshot.features.aggregates import mean, ratio

_indicator = partial(Indicator, group="fulfilment")
_promise = partial(
    _indicator, unit=Unit.SHARE, rows=SOLD_PROMISED, records=("promised_on",), needs=("delivered_on",)
)
_delivery = partial(_indicator, rows=SOLD_DELIVERED)

FULFILMENT = (
    _promise("delivered_on_time", better=Better.HIGHER,
             sql="avg(CAST(coalesce(delivered_on <= promised_on, false) AS INTEGER))"),
    _promise("undelivered_share", better=Better.LOWER,
             sql="avg(CAST(coalesce(delivered_ago < ended, true) AS INTEGER))"),
    _delivery("delivery_delay", unit=Unit.DAYS, better=Better.LOWER, records=("promised_on",),
              sql=mean("(delivered_on - promised_on)", "true")),
    _delivery("delivery_days", unit=Unit.DAYS, better=Better.LOWER, records=("on",),
              sql=mean('(delivered_on - "on")', "true")),
    _delivery("confirmed_share", unit=Unit.SHARE, better=Better.HIGHER, records=("amount",), needs=("confirmed_on",),
              sql=ratio("CASE WHEN confirmed_ago >= ended THEN amount ELSE 0 END", "amount", "true")),
)  # fmt: skip
