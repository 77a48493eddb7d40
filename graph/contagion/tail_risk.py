"""Expected loss, value at risk and expected shortfall: of an exact distribution, and of draws with their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.errors import DataError

LEVEL = 0.99
CONFIDENCE = 0.997
"""Of the interval of the value at risk: what three standard errors hold of a normal one."""


@dataclass(frozen=True)
class TailRisk:
    """A loss's mean (EL), its quantile at a level (VaR), and the mean of the worst 1 - level of it (ES).

    The errors are standard errors, 0 where the distribution is exact; var_low, var_high: interval of CONFIDENCE.
    """

    el: float
    var: float
    es: float
    el_error: float = 0.0
    var_low: float = 0.0
    var_high: float = 0.0
    es_error: float = 0.0


def exact_tail(loss: Floats, probability: Floats, level: float = LEVEL) -> TailRisk:
    """The figures of a distribution given by its outcomes, both shape (outcomes,).

        VaR = least v with P(L <= v) >= level,  ES = VaR + E[max(0, L - VaR)] / (1 - level)

    Source of ES: Rockafellar, Uryasev, Journal of Banking & Finance 26(7):1443-1471 (2002).

    Raises
    ------
    DataError: a level outside (0, 1).
    """
    _check_level(level)
    order = np.argsort(loss, kind="stable")
    # A probability that reaches the level but for rounding has reached it.
    place = int(np.searchsorted(np.cumsum(probability[order]), level * (1 - 1e-12)))
    var = float(loss[order][min(place, len(loss) - 1)])
    es = var + float(np.maximum(loss - var, 0.0) @ probability) / (1 - level)
    return TailRisk(float(loss @ probability), var, es, var_low=var, var_high=var)


def drawn_tail(loss: Floats, level: float = LEVEL) -> TailRisk:
    """The same from independent draws, shape (replicas,).

    VaR is the order statistic of rank ceil(level x replicas). Its interval lies between the order statistics whose
    ranks bound, with CONFIDENCE, how many of the draws are below the quantile: a binomial number. Errors: of EL, the
    draws' standard deviation over the root of their number; of ES, the same of its influence,
    max(0, L - VaR) / (1 - level).

    Raises
    ------
    DataError: a level outside (0, 1), or fewer than two draws.
    """
    from scipy.stats import binom  # noqa: PLC0415 - a second to import, and only simulations need it

    _check_level(level)
    count = len(loss)
    if count < 2:
        raise DataError(f"{count} draws", "2 or more")
    ordered, root = np.sort(loss), np.sqrt(count)
    var = float(ordered[int(np.ceil(level * count - 1e-9)) - 1])
    beyond = np.maximum(loss - var, 0.0) / (1 - level)
    ranks = binom.ppf([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], count, level)
    low, high = (float(ordered[int(np.clip(rank - 1 + add, 0, count - 1))]) for add, rank in enumerate(ranks))
    return TailRisk(
        el=float(loss.mean()),
        var=var,
        es=var + float(beyond.mean()),
        el_error=float(loss.std(ddof=1) / root),
        var_low=low,
        var_high=high,
        es_error=float(beyond.std(ddof=1) / root),
    )


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise DataError(f"a level of {level:g}", "a share between 0 and 1, such as 0.99")
