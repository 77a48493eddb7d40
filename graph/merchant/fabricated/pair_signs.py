"""Trade of one seller with one customer that has too few shipments, or too many round amounts, to be chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from supplyrisk.graph.merchant.fabricated.volume_rules import VolumeRules
from supplyrisk.graph.snapshot.arrow_columns import as_doubles

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

PRIOR_TRADES = 10
"""Weight of the rate of all trade, in trades, beside that of the seller's other trade."""
LEAST_RATE = 0.02
"""Share of round amounts that counts as usual where other trade has fewer."""
MOVED_DAYS = 45
"""Days from a trade in which its shipment is looked for."""

# A shipment moves one trade: of a pair with two shipments at most two trades were moved. Sellers in whose trade no
# shipment is recorded at all are examined only if nearly all others of the data have some.
_SHIPMENTS = f"""
WITH examined AS (SELECT * FROM recent_trades WHERE days_ago >= $shipping_days),
pairs AS (SELECT supplier_id, customer_id, count(*) AS trades FROM examined GROUP BY ALL),
moved AS (
    SELECT shipper_id AS supplier_id, receiver_id AS customer_id, count(*) AS shipments FROM known_shipments
    WHERE days_ago < $days AND carrier_id <> shipper_id GROUP BY ALL
),
counted AS (
    SELECT supplier_id, customer_id, trades, least(trades, coalesce(shipments, 0)) AS shipped
    FROM pairs LEFT JOIN moved USING (supplier_id, customer_id)
),
sellers AS (SELECT supplier_id, sum(trades) AS all_trades, sum(shipped) AS all_shipped FROM counted GROUP BY ALL),
usual AS (SELECT sum(all_shipped) / sum(all_trades) AS rate FROM sellers WHERE all_shipped > 0)
SELECT supplier_id, customer_id, trades, shipped AS signs,
    (all_shipped - shipped + {PRIOR_TRADES} * rate) / (all_trades - trades + {PRIOR_TRADES}) AS rate
FROM counted JOIN sellers USING (supplier_id) CROSS JOIN usual
WHERE rate IS NOT NULL AND (all_shipped > 0 OR trades < all_trades OR $nearly_all)
ORDER BY supplier_id, customer_id
"""
_NEARLY_ALL = """
SELECT count(*) FILTER (WHERE shipper_id IS NOT NULL) >= 0.9 * count(*) FROM (
    SELECT supplier_id, count(*) AS trades FROM recent_trades GROUP BY ALL HAVING trades >= 10
) LEFT JOIN (SELECT DISTINCT shipper_id FROM known_shipments WHERE days_ago < $days) ON shipper_id = supplier_id
"""
_UNSHIPPED_ROWS = f"""
SELECT t.trade FROM recent_trades t
WHERE t.supplier_id = $seller AND t.customer_id = $customer AND t.days_ago >= $shipping_days AND NOT EXISTS (
    FROM known_shipments s WHERE s.shipper_id = t.supplier_id AND s.receiver_id = t.customer_id
        AND s.shipped_on BETWEEN t."on" - 3 AND t."on" + {MOVED_DAYS}
)
ORDER BY t.trade
"""
_ROUND = f"""
WITH pairs AS (
    SELECT supplier_id, customer_id, count(*) AS trades, count(*) FILTER (WHERE is_round) AS signs
    FROM recent_trades GROUP BY ALL
),
everything AS (SELECT sum(trades) AS all_trades, sum(signs) AS all_round FROM pairs)
SELECT supplier_id, customer_id, trades, signs,
    greatest((all_round - signs) / nullif(all_trades - trades, 0), {LEAST_RATE}) AS rate
FROM pairs CROSS JOIN everything WHERE signs >= $least_round * trades AND signs > 0
ORDER BY supplier_id, customer_id
"""
_COMMON = """
SELECT coalesce(avg(CAST(signs >= $least_round * trades AS INTEGER)), 0) FROM (
    SELECT count(*) AS trades, count(*) FILTER (WHERE is_round) AS signs
    FROM recent_trades GROUP BY supplier_id, customer_id HAVING count(*) >= 5
)
"""
_ROUND_ROWS = """
SELECT trade FROM recent_trades WHERE supplier_id = $seller AND customer_id = $customer AND is_round ORDER BY trade
"""


def unshipped_pairs(con: duckdb.DuckDBPyConnection, rules: VolumeRules) -> list[tuple[float, list[int]]]:
    """Return the chance and the trades of each pair with too few shipments; nothing without any shipments."""
    nearly_all = bool(con.execute(_NEARLY_ALL, {"days": rules.days}).fetchall()[0][0])
    young = {"shipping_days": rules.shipping_days}
    pairs = con.sql(
        _SHIPMENTS, params={**young, "days": rules.days, "nearly_all": nearly_all}
    ).to_arrow_table()
    return [
        (chance, _trades(con, _UNSHIPPED_ROWS, ends, young))
        for chance, ends in _unlikely(pairs, rules.chance, few=True)
    ]


def are_rounds_common(con: duckdb.DuckDBPyConnection, rules: VolumeRules) -> bool:
    """Return whether round amounts are common practice in these trades."""
    share = con.execute(_COMMON, {"least_round": rules.least_round}).fetchall()[0][0]
    return float(share) > rules.common_round


def round_pairs(con: duckdb.DuckDBPyConnection, rules: VolumeRules) -> list[tuple[float, list[int]]]:
    """Return the chance and the trades of each pair with too many round amounts; nothing where these are common."""
    if are_rounds_common(con, rules):
        return []
    pairs = con.sql(_ROUND, params={"least_round": rules.least_round}).to_arrow_table()
    return [
        (chance, _trades(con, _ROUND_ROWS, ends, {}))
        for chance, ends in _unlikely(pairs, rules.chance, few=False)
    ]


def _unlikely(pairs: pa.Table, most: float, *, few: bool) -> Iterator[tuple[float, dict[str, str]]]:
    """Yield the pairs whose signs are too few, or else too many, to be chance, with this chance."""
    # imported here: most commands need no scipy
    from scipy.special import bdtr, bdtrc  # noqa: PLC0415

    signs = as_doubles(pairs["signs"])
    trades = as_doubles(pairs["trades"]).astype(np.int64)
    rate = np.clip(as_doubles(pairs["rate"]), 0.0, 1.0)
    chance = bdtr(signs, trades, rate) if few else bdtrc(signs - 1, trades, rate)
    for place in np.flatnonzero(chance <= most):
        ends = {
            "seller": pairs["supplier_id"][place].as_py(),
            "customer": pairs["customer_id"][place].as_py(),
        }
        yield float(chance[place]), ends


def _trades(
    con: duckdb.DuckDBPyConnection, rows: str, ends: Mapping[str, str], values: Mapping[str, int]
) -> list[int]:
    return [trade for (trade,) in con.execute(rows, {**values, **ends}).fetchall()]
