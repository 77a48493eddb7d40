"""The rules by which trade looks fabricated, with their thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class VolumeKind(StrEnum):
    """Kinds of trade that looks fabricated; the values are stored in tables and documents."""

    NO_SHIPMENT = "no_shipment"
    RING = "ring"
    ROUND_AMOUNTS = "round_amounts"
    ONE_DAY_BURST = "one_day_burst"
    RETURNED_PAYMENT = "returned_payment"


@dataclass(frozen=True)
class VolumeRules:
    """Thresholds of the rules. Amounts are the same where they differ by the tolerance at most.

    Parameters
    ----------
    days: trades of so many days up to the day are examined; 180 by default.
    chance: a seller's trade with one customer is named for missing shipments, or for round amounts, if other trade
        would show so few shipments, or so many round amounts, with at most this probability; 1e-4 by default.
    shipping_days: trades younger than this may still be shipped, and are not examined for shipments; 21 by default.
    ring_days: days from the first trade of a ring to the last one; 10 by default.
    ring_tolerance: largest difference of an amount in a ring from its first one, a share; 0.03 by default.
    ring_firms: largest number of firms in a ring; 5 by default.
    least_round: share of round amounts from which a customer's trade is named; 0.5 by default. An amount is round with
        two significant digits at most, from 1,000 on.
    common_round: where more than this share of the pairs of firms with five trades have mostly round amounts, these are
        common practice, and no trade is named for them; 0.05 by default.
    burst_trades: trades of a day from which they can be a burst; 5 by default.
    burst_factor: by how much a burst exceeds the seller's usual number of trades on a day with any; 5 by default.
    burst_share: share of the seller's sales that a burst has at least; 0.2 by default.
    burst_days: other days with sales that a seller needs, to know what is usual; 3 by default.
    return_days: days until a payment returns; 10 by default.
    return_tolerance: largest difference of the amount that returns, a share; 0.02 by default.
    returns: number of payments of a pair of firms that return, from which they are named; 2 by default.
    """

    days: int = 180
    chance: float = 1e-4
    shipping_days: int = 21
    ring_days: int = 10
    ring_tolerance: float = 0.03
    ring_firms: int = 5
    least_round: float = 0.5
    common_round: float = 0.05
    burst_trades: int = 5
    burst_factor: float = 5.0
    burst_share: float = 0.2
    burst_days: int = 3
    return_days: int = 10
    return_tolerance: float = 0.02
    returns: int = 2
