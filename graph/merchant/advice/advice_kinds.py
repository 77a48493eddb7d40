"""What a piece of advice is: what to do, on what evidence, with what effect, what would refute it, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from supplyrisk.graph.texts.text_files import Words

FINANCE = "finance"
STOCK_UP = "stock_up"
MARKETING = "marketing"
ADVICE_KINDS = (FINANCE, STOCK_UP, MARKETING)
"""Borrow before cash is short; buy stock before a season; spend more on advertising."""

UNTESTED = "untested"
SIMULATED = "simulated"
OWN_WEEKS = "own_weeks"
EFFECT_BASES = (UNTESTED, SIMULATED, OWN_WEEKS)
"""Where an effect comes from: none is claimed; a simulator with the same seeds; the shop's own past weeks."""

NO_ADVICE_REASONS = (
    "thin_data",
    "temporary_dip",
    "no_cash",
    "enough_cash",
    "short_history",
    "no_season",
    "no_stock",
    "no_margin",
    "no_lead_time",
    "stock_lasts",
    "cash_first",
    "no_spend",
    "little_variation",
    "no_clear_return",
)
"""Why a shop has no advice of a kind; docs/advice.md explains each."""


@dataclass(frozen=True)
class AdviceFigure:
    """A figure that advice rests on, with the days that it is about, both included."""

    name: str
    value: float
    first_day: date
    last_day: date


@dataclass(frozen=True)
class AdviceEffect:
    """What following the advice changes.

    Parameters
    ----------
    of: what changes: "default" (probability of default within 26 weeks, a share) or "sales" (money a week).
    basis: one of EFFECT_BASES; "untested" has no figures.
    estimate, low, high: the effect and its interval of 95 %.
    """

    of: str
    basis: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class AdviceTexts:
    """The advice in words for the shop: its name, what to do, what it changes, and what would refute it."""

    title: Words
    text: Words
    effect: Words
    refuted_by: Words


@dataclass(frozen=True)
class Advice:
    """A piece of advice to one shop.

    Parameters
    ----------
    kind: one of ADVICE_KINDS.
    amount, low, high: money to borrow, to buy stock for, or to add to weekly advertising; the interval is of 80 %.
    evidence: figures that it rests on.
    effects: what it changes.
    first_day, act_by: from when and by when to act. valid_until: the last day on which the advice holds.
    products: what could cover an amount to borrow.
    texts: the advice in words.
    """

    firm_id: str
    kind: str
    amount: float
    low: float
    high: float
    evidence: tuple[AdviceFigure, ...]
    effects: tuple[AdviceEffect, ...]
    first_day: date
    act_by: date
    valid_until: date
    products: tuple[str, ...]
    texts: AdviceTexts

    def holds_on(self, day: date) -> bool:
        """Whether the advice has begun and has not expired on a day."""
        return self.first_day <= day <= self.valid_until


@dataclass(frozen=True)
class NoAdvice:
    """That a shop has no advice of a kind, and why: one of NO_ADVICE_REASONS."""

    firm_id: str
    kind: str
    reason: str
