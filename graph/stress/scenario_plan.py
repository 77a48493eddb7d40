"""Scenario plans: the steps of a scenario, and counterfactual changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EPS = 1e-10
"""Small enough that a larger shock never gives a smaller loss; the 0.01 of the literature is not."""

TIPS_AT = 0.5
"""Lost share of its production from which on a firm tips over."""


@dataclass(frozen=True)
class ScenarioStep:
    """One shock: which firms it hits, and the share of their capacity that they lose.

    filters: by key (firms, region, industry, category, carrier) the accepted words; a firm must match each key by at
    least one word. size_at_least, size_at_most: bounds on a firm's sales, money; None: no bound. carrier_out: a firm
    loses the share of its shipments that these carriers carry. category_lost: it loses the share of its sales in these
    categories; empty, for both: all of its capacity. supply, demand: factor on that share, 0 to 1. weeks: duration.
    """

    label: str
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    size_at_least: float | None = None
    size_at_most: float | None = None
    carrier_out: tuple[str, ...] = ()
    category_lost: tuple[str, ...] = ()
    supply: float = 1.0
    demand: float = 1.0
    weeks: float = 1.0


@dataclass(frozen=True)
class AddSupplier:
    """A share of a customer's purchases from a sector (default: the new supplier's) or of a category is moved."""

    label: str
    supplier: str
    customer: str
    share: float
    sector: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class MoreStock:
    """A firm's stock lasts a number of days, or a number of times as long as recorded."""

    label: str
    firm: str
    times: float | None = None
    days: float | None = None


@dataclass(frozen=True)
class CutGuarantee:
    """A firm no longer guarantees the debts of another."""

    label: str
    guarantor: str
    guaranteed: str


WhatIf = AddSupplier | MoreStock | CutGuarantee


@dataclass(frozen=True)
class ScenarioPlan:
    """The content of a scenario file.

    eps: stop after the step in which no production fell by more; default 1e-10. substitution: whether firms of one
    market replace one another; default True. tips_at: a firm that loses at least this share of its production tips
    over; default 0.5.
    """

    name: str
    steps: tuple[ScenarioStep, ...]
    what_ifs: tuple[WhatIf, ...] = ()
    eps: float = EPS
    substitution: bool = True
    tips_at: float = TIPS_AT

    @property
    def weeks(self) -> float:
        """Duration of all steps together."""
        return sum(step.weeks for step in self.steps)
