"""The same stop through the learned transmissions, beside what the mechanism says of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.learned_hazards import Transmissions
from supplyrisk.graph.stress.scenario_course import ScenarioCourse

CLOSED = 1.0 - 1e-9
"""From this lost share of its capacity on a firm counts as stopped: the learned relation knows no halves."""


@dataclass(frozen=True)
class LearnedComparison:
    """Two answers to one scenario's last step, shapes (n,), NaN for firms stopped by it or in default.

    pd, pd_stressed: by the network, before and with q = 1 for the stopped firms. loss: by the mechanism.
    rank_difference: the firm's rank by loss less its rank by the rise of its PD, as shares of the firms ranked (ties
    share the mean rank), from -1 to 1; above 0 the mechanism sees more than the network. correlation: of the ranks, NaN
    where one of the two is the same for all. stopped: how many firms are.
    """

    pd: Floats
    pd_stressed: Floats
    loss: Floats
    rank_difference: Floats
    correlation: float
    stopped: int


def stopped_by(course: ScenarioCourse) -> NDArray[np.bool_]:
    """Firms whose whole capacity is lost in the last step, shape (n,)."""
    return course.stages[-1].supply >= CLOSED


def compare_with_learned(course: ScenarioCourse, learned: Transmissions) -> LearnedComparison:
    """Let the firms stop in the learned relation too; its firms must be those of the network, in its order."""
    stopped = stopped_by(course)
    judged = ~stopped & ~learned.defaulted[: learned.firms]
    pd, stressed = (-np.expm1(-learned.hazards(who)) for who in (None, stopped))
    loss, rise = course.loss[judged], stressed[judged] - pd[judged]
    ranks = [rankdata(np.round(values, 12)) / max(len(values), 1) for values in (loss, rise)]
    differ = all(len(rank) > 1 and rank.min() < rank.max() for rank in ranks)

    def spread(values: Floats) -> Floats:
        whole = np.full(len(judged), np.nan)
        whole[judged] = values
        return whole

    return LearnedComparison(
        pd=spread(pd[judged]),
        pd_stressed=spread(stressed[judged]),
        loss=spread(loss),
        rank_difference=spread(ranks[0] - ranks[1]),
        correlation=float(np.corrcoef(*ranks)[0, 1]) if differ else float("nan"),
        stopped=int(stopped.sum()),
    )


def disagreements(comparison: LearnedComparison, limit: int) -> NDArray[np.int64]:
    """Rows of the firms on which the two disagree most, the largest difference of ranks first."""
    size = np.nan_to_num(np.abs(comparison.rank_difference))
    return np.lexsort((np.arange(len(size)), -size))[: min(limit, int((size > 0).sum()))]
