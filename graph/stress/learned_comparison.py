"""A scenario's losses by mechanism, compared with the rise of PDs by the learned transmissions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.learned_hazards import Transmissions
from supplyrisk.graph.stress.scenario_course import ScenarioCourse

CLOSED = 1.0 - 1e-9
"""A firm counts as stopped from this lost share of its capacity on: in the learned transmissions a firm either stops or
does not."""


@dataclass(frozen=True)
class LearnedComparison:
    """Results of a scenario's last step by mechanism and by learned transmissions.

    Shape (n,), NaN for firms that are stopped or in default: pd, pd_stressed, by the learned transmissions, before and
    with q = 1 for the stopped firms. loss, by mechanism. rank_difference, the firm's rank by loss less its rank by the
    rise of its PD, as shares of the firms ranked (ties share the mean rank), from -1 to 1; above 0 the mechanism
    ranks the firm higher.

    correlation: of the two ranks; NaN where one of them is the same for all firms. stopped: number of stopped firms.
    """

    pd: Floats
    pd_stressed: Floats
    loss: Floats
    rank_difference: Floats
    correlation: float
    stopped: int


def stopped_by(course: ScenarioCourse) -> NDArray[np.bool_]:
    """Return whether each firm's whole capacity is lost in the last step, shape (n,)."""
    return course.stages[-1].supply >= CLOSED


def compare_with_learned(
    course: ScenarioCourse, learned: Transmissions, unlisted: NDArray[np.bool_] | None = None
) -> LearnedComparison:
    """Stop the scenario's firms in the learned transmissions and compare the ranks of all other firms.

    Parameters
    ----------
    learned: its firms must be those of the network, in its order.
    unlisted: firms that have no PD and are not ranked, shape (n,); None: none.
    """
    stopped = stopped_by(course)
    ranked = ~stopped & ~learned.defaulted[: learned.firms]
    if unlisted is not None:
        ranked &= ~unlisted
    pd = -np.expm1(-learned.hazards())
    pd_stressed = -np.expm1(-learned.hazards(stopped))
    loss = course.loss[ranked]
    rise = pd_stressed[ranked] - pd[ranked]
    # Rounded, so that differences of the last digits do not break ties.
    loss_rank, rise_rank = (rankdata(np.round(values, 12)) / max(len(values), 1) for values in (loss, rise))
    differ = all(len(rank) > 1 and rank.min() < rank.max() for rank in (loss_rank, rise_rank))

    def to_all_firms(values: Floats) -> Floats:
        by_firm = np.full(len(ranked), np.nan)
        by_firm[ranked] = values
        return by_firm

    return LearnedComparison(
        pd=to_all_firms(pd[ranked]),
        pd_stressed=to_all_firms(pd_stressed[ranked]),
        loss=to_all_firms(loss),
        rank_difference=to_all_firms(loss_rank - rise_rank),
        correlation=float(np.corrcoef(loss_rank, rise_rank)[0, 1]) if differ else float("nan"),
        stopped=int(stopped.sum()),
    )


def disagreements(comparison: LearnedComparison, limit: int) -> NDArray[np.int64]:
    """Return the rows of at most `limit` firms on which the two disagree most, largest difference of ranks first."""
    size = np.nan_to_num(np.abs(comparison.rank_difference))
    # The row number breaks ties.
    return np.lexsort((np.arange(len(size)), -size))[: min(limit, int((size > 0).sum()))]
