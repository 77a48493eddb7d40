"""Indicators of logistics: the goods that a shop sends and receives through carriers."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.merchant.portrait.figure_kinds import Better, Unit
from supplyrisk.graph.merchant.portrait.indicator import Indicator, sql_of_feature
from supplyrisk.graph.merchant.portrait.indicator_rows import RECEIVED_DELIVERED, SENT, SENT_DELIVERED
from supplyrisk.graph.snapshot.features.aggregates import mean, total

_indicator = partial(Indicator, group="logistics")
_days = partial(_indicator, unit=Unit.DAYS, better=Better.LOWER)
_damage = partial(_indicator, unit=Unit.SHARE, better=Better.LOWER, records=("damaged", "units"))

LOGISTICS = (
    _indicator("shipments_sent", unit=Unit.COUNT, better=Better.HIGHER, rows=SENT, records=("days_ago",),
               is_total=True, zero=True, sql="CAST(count(*) AS DOUBLE)"),
    _indicator("units_sent", unit=Unit.COUNT, better=Better.HIGHER, rows=SENT, records=("units",),
               is_total=True, zero=True, sql=total("units", "true")),
    _days("transit_days", rows=SENT_DELIVERED, records=("shipped_on",),
          sql=mean("(delivered_on - shipped_on)", "true")),
    _days("sent_delay", rows=SENT_DELIVERED, records=("promised_on",), sql=sql_of_feature("sent_delay_days")),
    _damage("sent_damage", rows=SENT_DELIVERED, sql=sql_of_feature("sent_damage_rate")),
    _days("received_delay", rows=RECEIVED_DELIVERED, records=("promised_on",),
          sql=sql_of_feature("received_delay_days")),
    _damage("received_damage", rows=RECEIVED_DELIVERED, sql=sql_of_feature("received_damage_rate")),
)  # fmt: skip
