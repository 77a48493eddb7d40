"""Features of a firm as shipper, receiver and carrier of `shipments`."""

from __future__ import annotations

from functools import partial

from supplyrisk.graph.snapshot.features.aggregates import mean, per_day, ratio, total
from supplyrisk.graph.snapshot.features.feature import Feature, FeatureFamily, at_windows

_feature = partial(Feature, source="shipments", window=180)

# Both use the window of deliveries: damage and delay are known on delivery.
_delay = partial(
    _feature, unit="days", direction=1, sql=mean("(delivered_on - promised_on)", "delivered_ago < 180")
)
_damage = partial(_feature, unit="share", direction=1, sql=ratio("damaged", "units", "delivered_ago < 180"))


def _rows(role: str) -> str:
    """Return the SQL of the shipments in which a firm has a role (a column of shipments)."""
    return f"(SELECT {role} AS firm_id, * FROM known_shipments WHERE {role} IS NOT NULL)"


SHIPPED = FeatureFamily(_rows("shipper_id"), (
    _delay("sent_delay_days", "mean delay of what it sent", en="average delay of goods sent", zh="发货平均延误天数"),
    _damage("sent_damage_rate", "damaged / sent units, of those delivered",
            en="share of sent units damaged", zh="发货破损率"),
))  # fmt: skip

RECEIVED = FeatureFamily(_rows("receiver_id"), (
    _delay("received_delay_days", "mean delay of what it received",
           en="average delay of goods received", zh="收货平均延误天数"),
    _damage("received_damage_rate", "damaged / received units, of those delivered",
            en="share of received units damaged", zh="收货破损率"),
))  # fmt: skip

CARRIED = FeatureFamily(_rows("carrier_id"), (
    *at_windows(_feature("carried_units", "units carried for others", "units", -1,
                         sql=total("units", "days_ago < {window}"), zh="为他人承运的件数"), (30, 180)),
    _feature("carried_trend", "units carried per day: last 30 / up to 150 days before", "ratio", -1,
             needs_days=True,
             sql=per_day(f"coalesce({total('units', 'days_ago < 30')}, 0)",
                         total("units", "days_ago BETWEEN 30 AND 179"), 180, "days_ago"),
             en="units carried per day, last 30 days relative to up to 150 days before",
             zh="承运趋势：近 30 天与此前至多 150 天之比"),
    _delay("carried_delay_days", "mean delay of what it carried",
           en="average delay of goods carried", zh="承运平均延误天数"),
    _damage("carried_damage_rate", "damaged / carried units, of those delivered",
            en="share of carried units damaged", zh="承运破损率"),
))  # fmt: skip
