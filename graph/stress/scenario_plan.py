"""Scenarios as values: steps, and what would be otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EPS = 1e-10
"""Small enough for "more shock never gives less loss"; the field's custom of 0.01 is not."""
TIPS_AT = 0.5


@dataclass(frozen=True)
class ScenarioStep:
    """One shock: which firms, and what they lose of their capacity.

    firms, region, industry, category, carrier, size_at_least, size_at_most: filters, all of which must hold; a list
    holds if one of its words does; empty and None: no such filter. carrier_out: the loss is the share of its shipments
    that these carriers carry; category_lost: the share of its sales in these categories. supply, demand: lost share.
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
    """A share of what a customer buys of a sector (of the new supplier's, if none is named) or category is moved."""

    label: str
    supplier: str
    customer: str
    share: float
    sector: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class MoreStock:
    """A firm's stock lasts so many days, or so many times as long as recorded."""

    label: str
    firm: str
    times: float | None = None
    days: float | None = None


@dataclass(frozen=True)
class CutGuarantee:
    """One firm no longer answers for another's debts."""

    label: str
    guarantor: str
    guaranteed: str


WhatIf = AddSupplier | MoreStock | CutGuarantee


@dataclass(frozen=True)
class ScenarioPlan:
    """A scenario file's content. tips_at: a firm tips over that loses at least this share of its production."""

    name: str
    steps: tuple[ScenarioStep, ...]
    what_ifs: tuple[WhatIf, ...] = ()
    eps: float = EPS
    substitution: bool = True
    tips_at: float = TIPS_AT

    @property
    def weeks(self) -> float:
        """Of all steps together."""
        return sum(step.weeks for step in self.steps)
