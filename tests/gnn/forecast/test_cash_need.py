"""The need for cash, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from supplyrisk.gnn.forecast import CashPath, cash_needs

WEEKS = 4


def path(
    median: list[float],
    *,
    spread: float = 0.0,
    loans: list[float] | None = None,
    receipts: list[float] | None = None,
    floor: float = 0.0,
    lowest: float | None = None,
) -> CashPath:
    """One shop whose lower and upper quantiles are the median less and plus a spread."""
    weeks = np.array(median)[:, None]
    cash = np.stack([weeks - spread, weeks, weeks + spread])
    least = cash.min(axis=1) if lowest is None else np.array([[lowest - spread], [lowest], [lowest + spread]])
    none = [0.0] * WEEKS
    return CashPath(
        cash, least, np.array(loans or none)[:, None], np.array(receipts or none)[:, None], np.array([floor])
    )


def test_enough_cash_needs_nothing() -> None:
    needs = cash_needs(path([100, 80, 90, 120]))
    assert needs.lowest[1, 0] == 80
    assert needs.lowest_week[0] == 2
    assert needs.under_week[:, 0].tolist() == [0, 0, 0]
    assert needs.amount[:, 0].tolist() == [0, 0, 0]


def test_a_floor_and_a_spread() -> None:
    needs = cash_needs(path([100, 80, 40, 120], spread=30, floor=60))
    assert needs.lowest[:, 0].tolist() == [10, 40, 70]
    # The lower quantile is 50 in the second week, the median 40 in the third; the upper one is never under 60.
    assert needs.under_week[:, 0].tolist() == [2, 3, 0]
    assert needs.amount[:, 0].tolist() == [50, 20, 0]


def test_loans_are_repaid_when_they_are_due_and_stay_repaid() -> None:
    needs = cash_needs(path([100, 100, 100, 150], loans=[0, 120, 120, 120]))
    assert needs.under_week[1, 0] == 2
    assert (needs.lowest[1, 0], needs.lowest_week[0], needs.amount[1, 0]) == (-20, 2, 20)


def test_receivables_above_the_usual_help_the_median_and_not_the_cautious_need() -> None:
    needs = cash_needs(path([10, -40, -40, 5], receipts=[0, 30, 30, 30]))
    assert needs.lowest[:, 0].tolist() == [-40, -10, -10]
    assert needs.amount[:, 0].tolist() == [40, 10, 10]


def test_the_lowest_of_the_weeks_lies_below_the_lowest_median() -> None:
    needs = cash_needs(path([50, 40, 45, 60], lowest=30, loans=[0, 0, 0, 35]))
    # Ten below the path, wherever the path is lowest after repayment: 60 - 35 = 25 in the fourth week.
    assert needs.lowest[1, 0] == 15
    assert needs.lowest_week[0] == 4


def test_the_cautious_need_is_never_below_the_median_one() -> None:
    weeks = np.array([[[-10.0], [-3.0]], [[0.0], [0.0]], [[5.0], [5.0]]])
    lowest = np.array([[-10.0], [-9.0], [0.0]])
    due = np.array([[0.0], [5.0]])
    needs = cash_needs(CashPath(weeks, lowest, due, np.zeros((2, 1)), np.zeros(1)))
    # -10 in the first week; 0 - 5 in the second, 9 below that; 5 - 5 in the second, 5 below that.
    assert needs.lowest[:, 0].tolist() == [-14, -10, -5]
    assert needs.amount[:, 0].tolist() == [14, 10, 5]


def test_shops_do_not_mix() -> None:
    one, other = path([10, 20, 30, 40]), path([-5, 5, 15, 25])
    both = CashPath(
        *(
            np.concatenate([getattr(one, n), getattr(other, n)], axis=-1)
            for n in CashPath.__dataclass_fields__
        )
    )
    assert cash_needs(both).amount[1] == pytest.approx([0, 5])
