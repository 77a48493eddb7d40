"""Approval against bad rate: firms are approved from the safest up, and some of them fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.credit.backtest.backtest_rows import BacktestRows, Floats
from supplyrisk.graph.firm_draws import draws_of_firms

DRAWS = 500
"""Bootstrap draws behind an interval."""
LINE_APPROVALS = tuple(step / 20 for step in range(1, 21))
"""Shares at which an `ApprovalLine` has points."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class ApprovalCurve:
    """Cumulative weights from the lowest PD up, with a step for each distinct PD.

    Between two steps, rows with equal PDs are approved in part: approved and failed rise in proportion.

    Parameters
    ----------
    approved [steps + 1]: weight of the rows approved, from 0.
    failed [steps + 1]: weight of those of them that failed, from 0.
    """

    approved: Floats
    failed: Floats

    @classmethod
    def of(cls, pd: Floats, failed: Floats, weight: Floats | None = None) -> ApprovalCurve:
        """Return the curve of rows with known outcomes.

        Parameters
        ----------
        pd [rows]: PDs, of which only the order matters.
        failed [rows]: 1 or 0.
        weight [rows]: of each row; None: 1.
        """
        return cls.in_order(*_order(pd), failed, np.ones(len(pd)) if weight is None else weight)

    @classmethod
    def in_order(
        cls, order: NDArray[np.int64], starts: NDArray[np.int64], failed: Floats, weight: Floats
    ) -> ApprovalCurve:
        """Return the curve of rows whose order and distinct PDs are known already, as `_order` returns them."""
        sorted_weight = weight[order]
        steps = (np.add.reduceat(values, starts) for values in (sorted_weight, sorted_weight * failed[order]))
        return cls(*(np.r_[0.0, np.cumsum(step)] for step in steps))

    def bad_rate(self, approval: float) -> float:
        """Return the share that failed of the safest rows; approval: share of all rows approved, above 0 to 1."""
        rows = approval * self.approved[-1]
        return float(np.interp(rows, self.approved, self.failed) / rows)

    def approval(self, bad_rate: float) -> float:
        """Return the largest share of all rows that can be approved with at most this share of them failing."""
        excess = self.failed - bad_rate * self.approved
        last = int(np.flatnonzero(excess <= _ROUNDING)[-1])
        rows = self.approved[last]
        # Of the next step, which exceeds the bad rate as a whole, a part can still be approved.
        if last + 1 < len(excess):
            part = max(0.0, -excess[last]) / (excess[last + 1] - excess[last])
            rows += part * (self.approved[last + 1] - rows)
        return float(rows / self.approved[-1])


@dataclass(frozen=True)
class ApprovalLine:
    """Bad rates of the safest firms by one score, at rising shares that are approved."""

    name: str
    approvals: tuple[float, ...]
    bad_rates: tuple[float, ...]

    @classmethod
    def of(cls, name: str, pd: Floats, failed: Floats) -> ApprovalLine:
        """Return the line of rows [rows] with known outcomes, at the shares of LINE_APPROVALS."""
        curve = ApprovalCurve.of(pd, failed)
        return cls(name, LINE_APPROVALS, tuple(curve.bad_rate(approval) for approval in LINE_APPROVALS))


@dataclass(frozen=True)
class DrawnEstimate:
    """A figure with its 95 % interval by a bootstrap of firms."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ApprovalComparison:
    """A score against another on the rows with known outcomes. Approvals and bad rates are shares.

    Parameters
    ----------
    against: name of the other score.
    approval: share that each score approves where approvals are equal.
    bad_rate, other_bad_rate: of the firms that each then approves.
    bad_rate_difference: the former minus the latter; below 0, the score is better.
    equal_approval: share that the score approves at the other's bad rate.
    approval_gain: that share minus `approval`; above 0, the score is better.
    swapped_in, swapped_out: firms that only this score approves, and that only the other does, at equal approval.
    swapped_in_failed, swapped_out_failed: how many of them failed.
    """

    against: str
    approval: float
    bad_rate: float
    other_bad_rate: float
    bad_rate_difference: DrawnEstimate
    equal_approval: float
    approval_gain: DrawnEstimate
    swapped_in: int
    swapped_in_failed: int
    swapped_out: int
    swapped_out_failed: int


def compare_approvals(
    rows: BacktestRows, against: str, approvals: Sequence[float], draws: int = DRAWS
) -> tuple[ApprovalComparison, ...]:
    """Compare two scores at equal approval and at equal bad rate, for several shares that are approved.

    Intervals are by a paired bootstrap of firms, see `draws_of_firms`.

    Parameters
    ----------
    rows: whose outcomes are all known, at least one failed and one sound.
    against: name of the other score, a key of `rows.others`.
    approvals: shares of the rows that both approve, above 0 to 1.
    draws: number of draws.
    """
    other = rows.others[against]
    failed = rows.failed
    orders = (_order(rows.pd), _order(other))
    # One by one: together, 500 draws of a million rows take 4 GB.
    weights = chain([np.ones(len(rows))], islice(draws_of_firms(rows.firm), draws))
    # [weights, approvals, both bad rates and an approval]; the first weights are those of the rows themselves
    drawn = np.array([_figures(orders, failed, weight, approvals) for weight in weights])
    compared = []
    for place, approval in enumerate(approvals):
        bad_rates, other_bad_rates, equal_approvals = drawn[:, place].T
        ours = _approved(rows.pd, approval)
        theirs = _approved(other, approval)
        compared.append(
            ApprovalComparison(
                against=against,
                approval=approval,
                bad_rate=float(bad_rates[0]),
                other_bad_rate=float(other_bad_rates[0]),
                bad_rate_difference=_estimate(bad_rates - other_bad_rates),
                equal_approval=float(equal_approvals[0]),
                approval_gain=_estimate(equal_approvals - approval),
                swapped_in=int((ours & ~theirs).sum()),
                swapped_in_failed=int(failed[ours & ~theirs].sum()),
                swapped_out=int((theirs & ~ours).sum()),
                swapped_out_failed=int(failed[theirs & ~ours].sum()),
            )
        )
    return tuple(compared)


def _order(pd: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows from the lowest PD up, and the places where distinct PDs start."""
    order = np.argsort(pd, kind="stable")
    return order, np.flatnonzero(np.r_[True, np.diff(pd[order]) > 0])


def _figures(
    orders: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...],
    failed: Floats,
    weight: Floats,
    approvals: Sequence[float],
) -> list[tuple[float, float, float]]:
    """Return for each approval both bad rates, and the first score's approval at the second's bad rate."""
    ours, theirs = (ApprovalCurve.in_order(*order, failed, weight) for order in orders)
    bad_rates = [theirs.bad_rate(approval) for approval in approvals]
    return [
        (ours.bad_rate(approval), bad_rate, ours.approval(bad_rate))
        for approval, bad_rate in zip(approvals, bad_rates, strict=True)
    ]


def _estimate(values: Floats) -> DrawnEstimate:
    """Return the first value with the 2.5 and 97.5 percentiles of the others."""
    low, high = np.percentile(values[1:], [2.5, 97.5])
    return DrawnEstimate(float(values[0]), float(low), float(high))


def _approved(pd: Floats, approval: float) -> NDArray[np.bool_]:
    """Return whether each row is among the safest; of rows with equal PDs the first ones are."""
    approved = np.zeros(len(pd), dtype=bool)
    approved[np.argsort(pd, kind="stable")[: round(approval * len(pd))]] = True
    return approved
