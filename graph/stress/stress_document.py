"""The document of a scenario: its losses by step, industry, region, lender and firm, as in `stress --json`.

Losses are shares of production, money is lost sales in the currency of the data; both None where they are unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from supplyrisk.graph.credit.stressed_book import StressedBook
from supplyrisk.graph.stress.loss_carriers import LossCarriers
from supplyrisk.graph.workspace.documents import STORED_KEY
from supplyrisk.graph.workspace.score_source import ScoreSource


@dataclass(frozen=True)
class LabelLoss:
    """Losses of an industry or region. label: None for firms without one. tips_over: number of firms."""

    label: str | None
    firms: int
    loss: float | None
    money: float | None
    tips_over: int


@dataclass(frozen=True)
class IndustryLoss(LabelLoss):
    """Losses of an industry."""

    label: str | None = field(metadata={STORED_KEY: "industry"})


@dataclass(frozen=True)
class RegionLoss(LabelLoss):
    """Losses of a region."""

    label: str | None = field(metadata={STORED_KEY: "region"})


@dataclass(frozen=True)
class LenderAtRisk:
    """A lender's exposure at default, money; see `losses_by_lender`."""

    lender_id: str
    loans: int
    ead: float
    at_risk: float
    to_tipping: float


@dataclass(frozen=True)
class StepLosses:
    """Losses of one step; tips_over counts the firms that have tipped over by its end, also in earlier steps."""

    name: str
    weeks: float
    shocked: int
    esri: float
    down: float
    up: float
    money: float | None
    iterations: int
    residual: float
    tips_over: int
    by_industry: list[LabelLoss]
    by_region: list[LabelLoss]
    by_lender: list[LenderAtRisk]


@dataclass(frozen=True)
class WhatIfChange:
    """One measure of a firm before and after a what-if, see `MeasuredEffect`."""

    what_if: str
    firm_id: str
    measure: str
    before: float | None
    after: float | None
    change: float | None


@dataclass(frozen=True)
class DisputedFirm:
    """A firm that mechanism and network rank differently, see `LearnedComparison`."""

    firm_id: str
    loss: float
    network_pd: float
    network_pd_stressed: float
    rank_difference: float


@dataclass(frozen=True)
class RankDisagreement:
    """Where mechanism and network differ most when `stopped` firms stop."""

    stopped: int
    rank_correlation: float
    rows: list[DisputedFirm]


@dataclass(frozen=True)
class StressSummary:
    """What the numbers of a scenario are based on, its steps, and all steps together."""

    as_of: date | None
    model: str | None
    expert: bool
    synthetic: bool
    synthetic_model: bool
    currency: str | None
    scenario: str
    weeks: float
    firms: int
    links: int
    essentiality: str
    substitution: bool
    eps: float
    tips_at: float
    loss: float
    money: float | None
    tips_over: int
    statements: int
    base_pd_from: str | None
    base_pd_days: int | None
    scored_by: ScoreSource | None
    ccf: float
    by_industry: list[LabelLoss]
    by_region: list[LabelLoss]
    by_lender: list[LenderAtRisk]
    books: list[StressedBook]
    policy: Mapping[str, str]
    steps: list[StepLosses]
    disagree: RankDisagreement | None
    what_if: list[WhatIfChange]
    why: LossCarriers | None
