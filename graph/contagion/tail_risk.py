"""Expected loss, value at risk and expected shortfall of an exact distribution, or of draws with standard errors.

Source of expected shortfall: Rockafellar, Uryasev, Journal of Banking & Finance 26(7):1443-1471 (2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.errors import DataError

LEVEL = 0.99
CONFIDENCE = 0.997
"""Confidence level of the interval of the value at risk: that of three standard errors of a normal distribution."""


@dataclass(frozen=True)
class TailRisk:
    """Risk figures of a loss, in its unit.

    el: expected loss. var: value at risk, the quantile at a level. es: expected shortfall, the mean of the worst
    1 - level of outcomes. el_error, es_error: standard errors, 0 where the distribution is exact. var_low, var_high:
    interval of the value at risk at CONFIDENCE.
    """

    el: float
    var: float
    es: float
    el_error: float = 0.0
    var_low: float = 0.0
    var_high: float = 0.0
    es_error: float = 0.0


def exact_tail(loss: Floats, probability: Floats, level: float = LEVEL) -> TailRisk:
    """Compute the risk figures of a distribution given by its outcomes.

        VaR = smallest v with P(L <= v) >= level,   ES = VaR + E[max(0, L - VaR)] / (1 - level)

    loss, probability: shape (outcomes,). level: between 0 and 1; default 0.99.

    Raises
    ------
    DataError: a level outside (0, 1).
    """
    _check_level(level)
    order = np.argsort(loss, kind="stable")
    # The factor accepts a cumulative probability that misses the level by rounding only.
    place = int(np.searchsorted(np.cumsum(probability[order]), level * (1 - 1e-12)))
    var = float(loss[order][min(place, len(loss) - 1)])
    es = var + float(np.maximum(loss - var, 0.0) @ probability) / (1 - level)
    return TailRisk(float(loss @ probability), var, es, var_low=var, var_high=var)


def drawn_tail(loss: Floats, level: float = LEVEL) -> TailRisk:
    """Estimate the risk figures from independent draws.

    VaR is the order statistic of rank ceil(level x replicas). The number of draws below the quantile is binomial: its
    quantiles at CONFIDENCE are the ranks that bound the interval of VaR. The standard error of EL is the draws'
    standard deviation over the square root of their number; that of ES is the same of max(0, L - VaR) / (1 - level).

    loss: shape (replicas,). level: between 0 and 1; default 0.99.

    Raises
    ------
    DataError: a level outside (0, 1), or fewer than two draws.
    """
    from scipy.stats import binom  # noqa: PLC0415 - a second to import, and only simulations need it

    _check_level(level)
    count = len(loss)
    if count < 2:
        raise DataError(f"{count} draws", "2 or more")
    ordered = np.sort(loss)
    root = np.sqrt(count)
    # The small constant keeps level x count from being rounded up past a whole number.
    var = float(ordered[int(np.ceil(level * count - 1e-9)) - 1])
    beyond = np.maximum(loss - var, 0.0) / (1 - level)
    ranks = binom.ppf([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], count, level)
    # Ranks count from 1. The upper one is one higher, since k draws may lie below the quantile.
    var_low = float(ordered[int(np.clip(ranks[0] - 1, 0, count - 1))])
    var_high = float(ordered[int(np.clip(ranks[1], 0, count - 1))])
    return TailRisk(
        el=float(loss.mean()),
        var=var,
        es=var + float(beyond.mean()),
        el_error=float(loss.std(ddof=1) / root),
        var_low=var_low,
        var_high=var_high,
        es_error=float(beyond.std(ddof=1) / root),
    )


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise DataError(f"a confidence level of {level:g}", "a share between 0 and 1, such as 0.99")
