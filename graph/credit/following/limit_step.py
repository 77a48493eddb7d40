"""One step of a limit in force towards its target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from supplyrisk.graph.credit.following.follow_policy import FollowPolicy
from supplyrisk.graph.credit.following.target_limit import TargetLimit
from supplyrisk.graph.credit.limit_rule import rounded_down
from supplyrisk.graph.credit.limit_rules import AmountLimits

WEEK_DAYS = 7


class LimitReason(StrEnum):
    """Why a limit in force is what it is; the values are stored, and name the texts."""

    NEW = "new"
    REACHED = "reached"
    RISING = "rising"
    FALLING = "falling"
    HELD_IN_DIP = "held_in_dip"
    UNCHANGED = "unchanged"
    DEFAULTED = "defaulted"
    INSUFFICIENT = "insufficient"
    BREACH = "breach"
    NOT_RENEWED = "not_renewed"
    EXPIRED = "expired"


AT_ONCE = (LimitReason.DEFAULTED, LimitReason.INSUFFICIENT, LimitReason.BREACH)
"""Reasons for which a limit falls to its target at once."""


@dataclass(frozen=True)
class LimitInForce:
    """The limit of a firm on a day.

    Parameters
    ----------
    firm: its id.
    limit: in force, money, a multiple of the policy's step; 0 below the smallest loan.
    exact: the same before it is rounded, money, so that small rises add up.
    target: money; None where the firm has none on the day.
    rule: code of the rule that sets the target; None without one.
    reason: why it is what it is.
    renewed_on: last day with a target. expires_on: from the day after on it is not in force.
    before_dip: exact limit when the temporary dip was first seen, money; None without a dip.
    """

    firm: str
    limit: float
    exact: float
    target: float | None
    rule: str | None
    reason: LimitReason
    renewed_on: date
    expires_on: date
    before_dip: float | None = None


@dataclass(frozen=True)
class LimitSteps:
    """How limits move between two days.

    Parameters
    ----------
    day: of the targets. weeks: since the limits before; 0 on the first day. follow, amount: of the policy.
    """

    day: date
    weeks: float
    follow: FollowPolicy
    amount: AmountLimits

    def next_limit(
        self, before: LimitInForce | None, target: TargetLimit, *, in_dip: bool = False
    ) -> LimitInForce:
        """Return the limit of a firm after the step.

            rises:  exact' = min(target, max(exact, smallest loan) x (1 + rise)^weeks)
            falls:  exact' = max(target, exact x (1 - fall)^weeks, in a temporary dip dip_floor x limit before it)

        A first limit is its target. In default, with insufficient evidence, and where a rule allows nothing, it falls
        to its target at once. The result does not fall when the target rises.

        Parameters
        ----------
        before: its limit before; None: it had none.
        in_dip: whether its sales are in a dip that is called temporary.
        """
        exact = before.exact if before else target.total
        before_dip = None
        if in_dip:
            before_dip = exact if before is None or before.before_dip is None else before.before_dip
        new, reason = self._moved(before, target, before_dip)
        return LimitInForce(
            target.firm,
            self._rounded(new),
            new,
            target.total,
            target.binding,
            reason,
            self.day,
            self.day + timedelta(days=self.follow.expiry_days),
            before_dip,
        )

    def without_target(self, before: LimitInForce) -> LimitInForce:
        """Return the limit of a firm that has no target on the day: it stays until it expires."""
        expired = self.day > before.expires_on
        return LimitInForce(
            before.firm,
            0.0 if expired else before.limit,
            0.0 if expired else before.exact,
            None,
            None,
            LimitReason.EXPIRED if expired else LimitReason.NOT_RENEWED,
            before.renewed_on,
            before.expires_on,
            before.before_dip,
        )

    def _moved(
        self, before: LimitInForce | None, target: TargetLimit, before_dip: float | None
    ) -> tuple[float, LimitReason]:
        at_once = _at_once(target)
        total = target.total
        if at_once is not None:
            return (total if before is None else min(total, before.exact)), at_once
        if before is None:
            return total, LimitReason.NEW
        if total == before.exact:
            return total, LimitReason.UNCHANGED
        if total > before.exact:
            highest = max(before.exact, self.amount.minimum) * (1 + self.follow.rise) ** self.weeks
            return (total, LimitReason.REACHED) if highest >= total else (highest, LimitReason.RISING)
        lowest = before.exact * (1 - self.follow.fall) ** self.weeks
        floor = 0.0 if before_dip is None else min(before.exact, self.follow.dip_floor * before_dip)
        new = max(total, lowest, floor)
        if new == total:
            return new, LimitReason.REACHED
        return new, LimitReason.HELD_IN_DIP if floor > lowest else LimitReason.FALLING

    def _rounded(self, exact: float) -> float:
        limit = rounded_down(exact, self.amount.step)
        return limit if limit >= self.amount.minimum else 0.0


def _at_once(target: TargetLimit) -> LimitReason | None:
    if target.defaulted:
        return LimitReason.DEFAULTED
    if target.insufficient:
        return LimitReason.INSUFFICIENT
    return LimitReason.BREACH if target.breach else None
