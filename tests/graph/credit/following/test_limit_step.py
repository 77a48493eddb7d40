"""Limits in force that move towards their targets: worked paths over weeks, and what holds for all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph.credit.following.follow_policy import FollowPolicy
from supplyrisk.graph.credit.following.limit_step import LimitInForce, LimitReason, LimitSteps
from supplyrisk.graph.credit.following.target_limit import TargetLimit
from supplyrisk.graph.credit.limit_rules import AmountLimits

DAY = date(2026, 1, 5)
AMOUNT = AmountLimits(least=5_000, most=300_000, step=1_000)
FOLLOW = FollowPolicy()


def steps(weeks: float = 1, day: date = DAY) -> LimitSteps:
    return LimitSteps(day, weeks, FOLLOW, AMOUNT)


def target(total: float, **flags: bool) -> TargetLimit:
    return TargetLimit("A", total, "GRADE", 0.0, **flags)


def limit(exact: float, before_dip: float | None = None) -> LimitInForce:
    first = steps(0).next_limit(None, target(exact))
    return replace(first, before_dip=before_dip)


def path(start: float, totals: list[float], *, in_dip: bool = False) -> list[float]:
    """The rounded limits of a firm over weeks."""
    current = limit(start)
    limits = []
    for week, total in enumerate(totals, 1):
        day = DAY + timedelta(days=7 * week)
        current = steps(day=day).next_limit(current, target(total), in_dip=in_dip)
        limits.append(current.limit)
    return limits


def test_a_first_limit_is_its_target() -> None:
    first = steps(0).next_limit(None, target(120_000))
    assert (first.limit, first.reason) == (120_000, LimitReason.NEW)
    assert first.expires_on == DAY + timedelta(days=28)


def test_a_limit_rises_by_a_tenth_a_week_until_the_target() -> None:
    # 100,000 x 1.1 = 110,000, x 1.1 = 121,000, then 133,100 would be above the target of 130,000.
    assert path(100_000, [130_000] * 4) == [110_000, 121_000, 130_000, 130_000]


def test_small_rises_add_up_although_limits_are_rounded() -> None:
    # 5,000, 5,500, 6,050, 6,655, 7,320.5: rounded down to thousands.
    assert path(5_000, [9_000] * 4) == [5_000, 6_000, 6_000, 7_000]


def test_a_limit_falls_by_a_quarter_a_week_until_the_target() -> None:
    # 200,000 x .75 = 150,000, 112,500, then 84,375 is below the target of 90,000.
    assert path(200_000, [90_000] * 4) == [150_000, 112_000, 90_000, 90_000]


def test_two_weeks_in_one_step_are_two_steps() -> None:
    twice = steps(1).next_limit(steps(1).next_limit(limit(100_000), target(300_000)), target(300_000))
    assert steps(2).next_limit(limit(100_000), target(300_000)).exact == pytest.approx(twice.exact)


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ({"defaulted": True}, LimitReason.DEFAULTED),
        ({"insufficient": True}, LimitReason.INSUFFICIENT),
        ({"outside": True}, LimitReason.BREACH),
        ({}, LimitReason.BREACH),
    ],
)
def test_it_falls_at_once_where_the_policy_allows_nothing(
    flags: dict[str, bool], reason: LimitReason
) -> None:
    fallen = steps().next_limit(limit(200_000), target(0, **flags), in_dip=True)
    assert (fallen.limit, fallen.reason) == (0, reason)


def test_after_a_fall_to_zero_it_rises_from_the_smallest_loan() -> None:
    assert path(0.0, [60_000, 60_000, 60_000]) == [5_000, 6_000, 6_000]


def test_a_temporary_dip_holds_it_at_four_fifths() -> None:
    assert path(100_000, [50_000] * 3, in_dip=True) == [80_000, 80_000, 80_000]
    held = steps().next_limit(limit(100_000), target(50_000), in_dip=True)
    assert (held.reason, held.before_dip) == (LimitReason.HELD_IN_DIP, 100_000)
    # Once the dip is over, or no longer temporary, the limit falls from where it is.
    after = steps().next_limit(held, target(50_000))
    assert (after.limit, after.before_dip, after.reason) == (60_000, None, LimitReason.FALLING)


def test_without_a_target_it_stays_until_it_expires() -> None:
    first = limit(100_000)
    later = steps(day=first.expires_on).without_target(first)
    assert (later.limit, later.reason, later.expires_on) == (
        100_000,
        LimitReason.NOT_RENEWED,
        first.expires_on,
    )
    expired = steps(day=first.expires_on + timedelta(days=1)).without_target(first)
    assert (expired.limit, expired.reason) == (0, LimitReason.EXPIRED)


amounts = st.floats(0, 300_000)


@given(amounts, amounts, amounts, st.floats(0, 8), st.booleans())
def test_a_higher_target_never_gives_a_lower_limit(
    exact: float, one: float, other: float, weeks: float, in_dip: bool
) -> None:
    before = limit(exact)
    low, high = (
        steps(weeks).next_limit(before, target(total), in_dip=in_dip) for total in sorted((one, other))
    )
    assert low.exact <= high.exact * (1 + 1e-12)
    assert low.limit <= high.limit


@given(amounts, amounts, st.floats(0, 8), st.booleans())
def test_it_never_moves_away_from_its_target_nor_past_it(
    exact: float, total: float, weeks: float, in_dip: bool
) -> None:
    before = limit(exact)
    new = steps(weeks).next_limit(before, target(total), in_dip=in_dip).exact
    low, high = sorted((before.exact, total))
    # From below the smallest loan it may rise to a multiple of it, but never past the target.
    assert min(low, total) <= new <= max(high, total)


def test_it_falls_less_in_a_dip_than_without() -> None:
    for total in range(0, 200_000, 7_000):
        dip = steps().next_limit(limit(150_000), target(total or 1), in_dip=True)
        none = steps().next_limit(limit(150_000), target(total or 1))
        assert dip.exact >= none.exact
