"""Backtests: curves of approval, cut-offs, vintages and decisions, against hand-worked and slow versions."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph.credit.backtest import (
    ApprovalCurve,
    BacktestRows,
    LaterOutcome,
    OutcomeCounts,
    checked_loans,
    compare_approvals,
    cut_off_at,
    cut_offs,
    decision_outcomes,
    grade_outcomes,
    score_vintages,
)

NAN = math.nan


def rows_of(
    pd: list[float], failed: list[float], *, grade: str = "", day: str = "2025-01-01", **others: list[float]
) -> BacktestRows:
    """Rows of one day, with an exposure of 100 and an LGD of one half each; a margin of 4 % over half a year."""
    size = len(pd)
    return BacktestRows(
        day=np.full(size, day),
        firm=np.array([f"F{number}" for number in range(size)]),
        grade=np.array(list(grade) or ["C"] * size),
        pd=np.array(pd),
        failed=np.array(failed),
        ead=np.full(size, 100.0),
        loss=np.full(size, 50.0),
        income=np.full(size, 2.0),
        failed_after=np.where(np.array(failed) == 1, 30.0, NAN),
        observed_days=np.where(np.array(failed) == 1, 30.0, 180.0),
        others={name: np.array(values) for name, values in others.items()},
    )


def test_bad_rate_and_approval_by_hand() -> None:
    # From the safest: sound, failed, sound, sound, failed.
    curve = ApprovalCurve.of(np.array([0.01, 0.02, 0.03, 0.04, 0.05]), np.array([0.0, 1.0, 0.0, 0.0, 1.0]))
    assert [curve.bad_rate(share) for share in (0.2, 0.4, 0.6, 0.8, 1.0)] == pytest.approx(
        [0, 1 / 2, 1 / 3, 1 / 4, 2 / 5]
    )
    assert curve.approval(0.25) == pytest.approx(0.8)
    assert curve.approval(0.4) == 1.0
    # With at most 30 % bad, four are approved and a part x of the fifth: (1 + x) / (4 + x) = 0.3, x = 2 / 7.
    assert curve.approval(0.3) == pytest.approx((4 + 2 / 7) / 5)
    assert curve.approval(0.0) == pytest.approx(0.2)


def test_rows_with_equal_pds_are_approved_in_part() -> None:
    curve = ApprovalCurve.of(np.array([0.1, 0.1, 0.2, 0.2]), np.array([0.0, 1.0, 1.0, 1.0]))
    assert curve.bad_rate(0.25) == pytest.approx(0.5)
    assert curve.bad_rate(0.75) == pytest.approx(2 / 3)


outcome_lists = st.lists(
    st.tuples(st.sampled_from([0.01, 0.02, 0.05, 0.1, 0.3]), st.sampled_from([0.0, 1.0])),
    min_size=2,
    max_size=30,
)


@given(outcome_lists, st.floats(0.01, 0.99))
def test_the_approval_at_a_bad_rate_keeps_it_and_no_larger_share_does(
    pairs: list[tuple[float, float]], bad_rate: float
) -> None:
    pd, failed = (np.array(values) for values in zip(*pairs, strict=True))
    curve = ApprovalCurve.of(pd, failed)
    share = curve.approval(bad_rate)
    if share:
        assert curve.bad_rate(share) <= bad_rate + 1e-6
    for larger in np.linspace(share, 1, 20)[1:] if share < 1 else ():
        assert curve.bad_rate(larger) > bad_rate - 1e-6


@given(outcome_lists, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_curve(pairs: list[tuple[float, float]], random) -> None:
    pd, failed = (np.array(values) for values in zip(*pairs, strict=True))
    mixed = list(range(len(pd)))
    random.shuffle(mixed)
    first = ApprovalCurve.of(pd, failed)
    second = ApprovalCurve.of(pd[mixed], failed[mixed])
    np.testing.assert_allclose(first.failed, second.failed)
    np.testing.assert_allclose(first.approved, second.approved)


def test_swap_sets_and_differences_by_hand() -> None:
    # At half approval the score takes F0 and F1, the other one F0 and F2, which failed.
    rows = rows_of([0.01, 0.02, 0.03, 0.04], [0, 0, 1, 1], other=[0.01, 0.03, 0.02, 0.04])
    (half,) = compare_approvals(rows, "other", [0.5], draws=50)
    assert (half.swapped_in, half.swapped_in_failed, half.swapped_out, half.swapped_out_failed) == (
        1,
        0,
        1,
        1,
    )
    assert half.bad_rate == 0.0
    assert half.other_bad_rate == pytest.approx(0.5)
    assert half.bad_rate_difference.value == pytest.approx(-0.5)
    # At a bad rate of one half: F0, F1, F2 and F3 have 0/1, 0/2, 1/3, 2/4.
    assert half.equal_approval == pytest.approx(1.0)
    assert half.approval_gain.value == pytest.approx(0.5)
    assert half.approval_gain.low <= half.approval_gain.value <= half.approval_gain.high


def test_a_score_against_itself_gains_nothing() -> None:
    pds = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06]
    rows = rows_of(pds, [0, 0, 1, 0, 1, 1], other=pds)
    for compared in compare_approvals(rows, "other", [0.3, 0.5, 0.9], draws=20):
        assert compared.bad_rate_difference == type(compared.bad_rate_difference)(0.0, 0.0, 0.0)
        assert compared.swapped_in == compared.swapped_out == 0


def test_draws_take_all_rows_of_a_firm() -> None:
    # One firm with all rows: every draw is the sample itself.
    rows = rows_of([0.01, 0.02, 0.03, 0.04], [0, 1, 0, 1], other=[0.04, 0.03, 0.02, 0.01])
    same = replace(rows, firm=np.full(4, "F0"))
    (half,) = compare_approvals(same, "other", [0.5], draws=10)
    assert half.bad_rate_difference.low == half.bad_rate_difference.value == half.bad_rate_difference.high


def test_an_unknown_outcome_is_never_sound() -> None:
    rows = rows_of([0.01, 0.02, 0.03, 0.04], [0, 1, NAN, NAN])
    (whole,) = [cut for cut in cut_offs(rows, {}) if cut.pd is None]
    assert whole.counts == OutcomeCounts(
        rows=4, known=2, failed=1, bad_rate=0.5, bad_rate_least=0.25, bad_rate_most=0.75
    )
    assert (whole.loss, whole.loss_most) == (50.0, 150.0)
    # One sound firm earned 2; one failed.
    assert whole.profit == pytest.approx(2.0 - 50.0)
    assert whole.profit_least == pytest.approx(2.0 - 150.0)
    assert whole.el == pytest.approx(0.1 * 50)


def test_a_cut_off_approves_lower_pds_only() -> None:
    rows = rows_of([0.01, 0.02, 0.02, 0.04], [0, 1, 0, 1])
    cut = cut_off_at(rows, 0.02)
    assert (cut.approval, cut.counts.failed, cut.ead) == (0.25, 0, 100.0)
    assert cut_off_at(rows, 0.005).counts.bad_rate is None


def test_without_a_margin_no_profit_is_stated() -> None:
    rows = rows_of([0.01, 0.02], [0, 1])
    assert cut_off_at(replace(rows, income=np.full(2, NAN)), 1.0).profit is None


@given(outcome_lists)
def test_a_higher_cut_off_approves_more_and_expects_more_loss(pairs: list[tuple[float, float]]) -> None:
    pd, failed = ([pair[place] for pair in pairs] for place in (0, 1))
    found = cut_offs(rows_of(pd, failed), {"policy": 0.05})
    for lower, higher in itertools.pairwise(found):
        assert lower.approval <= higher.approval
        assert lower.el <= higher.el + 1e-12
        assert lower.counts.failed <= higher.counts.failed
    assert found[-1].approval == 1.0
    assert {cut.name for cut in found} >= {"policy"}


def test_grades_by_hand() -> None:
    rows = rows_of([0.01, 0.01, 0.2, 0.2], [0, 0, 1, NAN], grade="AAGG")
    first, last = grade_outcomes(rows)
    assert (first.grade, first.counts.bad_rate, first.low, first.within) == ("A", 0.0, 0.0, True)
    assert (last.grade, last.counts.known, last.counts.failed, last.high) == ("G", 1, 1, 1.0)
    assert last.mean_pd == pytest.approx(0.2)


def test_without_a_grade_no_cut_off_approves_however_low_the_pd() -> None:
    rows = replace(rows_of([0.001, 0.01, 0.02], [0, 0, 1]), grade=np.array(["", "C", "D"]))
    found = cut_offs(rows, {"policy": 0.015})
    assert [cut.counts.rows for cut in found if cut.name == "policy"] == [1]
    assert found[-1].counts.rows == 2
    assert found[-1].approval == pytest.approx(2 / 3)
    assert [(row.grade, row.counts.rows) for row in grade_outcomes(rows)] == [
        ("C", 1),
        ("D", 1),
        ("insufficient", 1),
    ]


def test_vintages_count_firms_for_as_long_as_they_are_observed() -> None:
    # Five firms; one fails on day 20, one is lost on day 25, one fails on day 40 of the three that are then left.
    rows = rows_of([0.1] * 5, [0] * 5)
    rows = replace(
        rows,
        failed_after=np.array([20, NAN, 40, NAN, NAN]),
        observed_days=np.array([20.0, 25, 40, 180, 180]),
    )
    points = {point.months: point for point in score_vintages(rows, (1, 2, 12))}
    assert points[1].share == pytest.approx(1 / 5)
    assert points[2].share == pytest.approx(1 - (4 / 5) * (2 / 3))
    assert points[2].size == 5
    # No firm is observed for a year.
    assert 12 not in points


def check_entry(shop: str, amount: float, word: str) -> dict[str, object]:
    memo = {"shop": {"firm": shop}, "request": {"amount": amount, "days": 90}, "conclusion": {"word": word}}
    return {"verb": "check", "document": {"as_of": "2025-01-01", "rows": [memo]}}


def decide_entry(entry: int, decision: str, *, overrides: bool = False) -> dict[str, object]:
    return {"verb": "decide", "decision": {"entry": entry, "decision": decision, "overrides": overrides}}


def test_decisions_have_their_outcomes_within_the_term() -> None:
    log = [
        check_entry("GOOD", 100.0, "within policy"),
        check_entry("WEAK", 50.0, "outside policy"),
        check_entry("LATE", 30.0, "within policy"),
        check_entry("GONE", 20.0, "refer"),
        decide_entry(1, "decline", overrides=True),
        decide_entry(1, "approve"),
        decide_entry(2, "approve", overrides=True),
    ]
    loans = checked_loans(list(enumerate(log, start=1)))
    day = date(2025, 1, 1)
    outcomes = {
        ("GOOD", day): LaterOutcome(None, 180),
        ("WEAK", day): LaterOutcome(45, 45),
        # Its default lies after the term of 90 days.
        ("LATE", day): LaterOutcome(120, 120),
    }
    found = {(o.decision, o.conclusion): o for o in decision_outcomes(loans, outcomes)}
    assert found["approve", "within policy"].counts.bad_rate == 0.0
    assert found["approve", "outside policy"].counts.failed == 1
    assert found["approve", "outside policy"].overrides
    assert found["not decided", "within policy"].counts.failed == 0
    lost = found["not decided", "refer"].counts
    assert (lost.bad_rate, lost.bad_rate_least, lost.bad_rate_most) == (None, 0.0, 1.0)
    assert found["not decided", "refer"].amount == 20.0


def test_a_term_that_is_not_over_is_unknown() -> None:
    assert LaterOutcome(None, 60).failed_within(90) is None
    assert LaterOutcome(None, 90).failed_within(90) is False
    assert LaterOutcome(90, 90).failed_within(90) is True
    assert LaterOutcome(None, None).failed_within(1) is None
