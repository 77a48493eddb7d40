"""How probable it is that cash falls under a floor, from the quantiles of its lowest level."""

from __future__ import annotations

from statistics import NormalDist

_TAIL = NormalDist().inv_cdf(0.9)
_LEAST_SPREAD = 1e-9


def chance_under(floor: float, p10: float, p50: float, p90: float) -> float:
    """Return the probability that a figure is under a floor, 0 to 1.

    The distribution is a normal one of two halves: the lower has the spread from p10 to p50, the upper that from p50 to
    p90, so that the three quantiles are those of the forecast.

    Parameters
    ----------
    floor: in the unit of the quantiles. p10, p50, p90: the quantiles, in rising order.
    """
    spread = p50 - p10 if floor <= p50 else p90 - p50
    spread = max(spread / _TAIL, _LEAST_SPREAD)
    return NormalDist().cdf((floor - p50) / spread)
