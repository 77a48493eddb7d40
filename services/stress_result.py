"""The result of `stress`: losses by firm, step, industry, region and lender, and its JSON document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from supplyrisk.graph import document_json
from supplyrisk.graph.credit import Policy, StressedBook
from supplyrisk.graph.stress import (
    CounterfactualBench,
    DisputedFirm,
    FirmLoss,
    LearnedComparison,
    LossCarriers,
    MeasuredEffect,
    RankDisagreement,
    ScenarioCourse,
    ScenarioStage,
    StepLosses,
    StressSummary,
    WhatIfChange,
    disagreements,
    losses_by_label,
    losses_by_lender,
)
from supplyrisk.graph.workspace.score_source import ScoreSource
from supplyrisk.services.documents import Document, TableResult, document

if TYPE_CHECKING:
    import pyarrow as pa

MOST_DISAGREEMENTS = 10
"""Firms listed on which mechanism and network disagree most."""


@dataclass(frozen=True)
class StressResult(TableResult):
    """The losses of a scenario.

    firms: a row per firm, the largest loss in money first, see `firm_table`. course: losses after each step.
    comparison: the same stop through the learned transmissions; None where none are stored for the day. effects: what
    each what-if of the scenario changes. carriers: what carries the loss of the firm that was asked for. bench: plan,
    shocks and data. base_pds_from, base_pd_days: the file of the base PDs, and the days that they cover (None: not
    stated). scored_by: the run of the stored scores that base PDs or transmissions are of; None where neither is.
    expert: whether these or the transmissions are by an expert model. ccf: of revolving lines. books: the performing
    book of each lender under the scenario, by policy. synthetic_model: whether the base PDs or the learned
    transmissions are by a model trained on synthetic data.
    """

    firms: pa.Table
    bench: CounterfactualBench
    course: ScenarioCourse
    comparison: LearnedComparison | None
    effects: tuple[MeasuredEffect, ...]
    carriers: LossCarriers | None
    base_pds_from: str | None
    base_pd_days: int | None
    scored_by: ScoreSource | None
    expert: bool
    ccf: float
    books: tuple[StressedBook, ...]
    policy: Policy
    synthetic_model: bool = False
    notes: tuple[str, ...] = ()

    @property
    def synthetic(self) -> bool:
        """Whether the data are synthetic."""
        return self.bench.scope.snapshot.info.synthetic

    def table(self) -> pa.Table:
        """A row per firm, as it is written to files."""
        return self.firms

    def firm_losses(self, top: int) -> list[FirmLoss]:
        """The firms with the largest losses."""
        return [FirmLoss(**row) for row in self.firms.slice(0, top).to_pylist()]

    def head(self) -> Document:
        """The document without its rows."""
        return document("stress", [], about=document_json(self.summary))

    @cached_property
    def summary(self) -> StressSummary:
        """What the numbers are based on, each step, and all steps together."""
        bench = self.bench
        course = self.course
        plan = bench.plan
        scope = bench.scope
        return StressSummary(
            as_of=scope.snapshot.as_of,
            model=None if bench.learned is None else bench.learned.model,
            expert=self.expert,
            synthetic=self.synthetic,
            synthetic_model=self.synthetic_model,
            currency=scope.snapshot.info.currency,
            scenario=plan.name,
            weeks=plan.weeks,
            firms=scope.network.firms,
            links=len(scope.network.amount),
            essentiality=bench.essentiality.name,
            substitution=plan.substitution,
            eps=plan.eps,
            tips_at=plan.tips_at,
            loss=float(scope.network.shares @ course.mean),
            money=None if course.money is None else float(course.money.sum()),
            tips_over=int(course.tips.sum()),
            statements=0 if bench.costs is None else bench.costs.known,
            base_pd_from=self.base_pds_from,
            base_pd_days=self.base_pd_days,
            scored_by=self.scored_by,
            ccf=self.ccf,
            by_industry=losses_by_label(scope, "industry", course.mean, course.money, course.tips),
            by_region=losses_by_label(scope, "region", course.mean, course.money, course.tips),
            by_lender=losses_by_lender(scope, course.mean, course.tips, self.ccf),
            books=list(self.books),
            policy={"name": self.policy.name, "hash": self.policy.hash},
            steps=[self._step(stage) for stage in course.stages],
            disagree=self._disagreement(),
            what_if=[self._change(effect) for effect in self.effects],
            why=self.carriers,
        )

    def _step(self, stage: ScenarioStage) -> StepLosses:
        outcome = stage.outcome
        scope = self.bench.scope
        return StepLosses(
            name=stage.label,
            weeks=stage.weeks,
            shocked=int(np.count_nonzero((stage.supply > 0) | (stage.demand > 0))),
            esri=outcome.esri,
            down=outcome.esri_down,
            up=outcome.esri_up,
            money=None if stage.money is None else float(stage.money.sum()),
            iterations=outcome.iterations,
            residual=outcome.residual,
            tips_over=int(stage.tips.sum()),
            by_industry=losses_by_label(scope, "industry", outcome.loss, stage.money, stage.tips),
            by_region=losses_by_label(scope, "region", outcome.loss, stage.money, stage.tips),
            by_lender=losses_by_lender(scope, outcome.loss, stage.tips, self.ccf),
        )

    def _change(self, effect: MeasuredEffect) -> WhatIfChange:
        change = None
        if effect.before is not None and effect.after is not None:
            change = effect.after - effect.before
        return WhatIfChange(
            what_if=effect.what_if,
            firm_id=self.bench.scope.network.firm_ids[effect.firm],
            measure=effect.measure,
            before=effect.before,
            after=effect.after,
            change=change,
        )

    def _disagreement(self) -> RankDisagreement | None:
        """Where mechanism and network differ most; None without a network, or where no firm has stopped."""
        comparison = self.comparison
        if comparison is None or not comparison.stopped:
            return None
        firm_ids = self.bench.scope.network.firm_ids
        rows = [
            DisputedFirm(
                firm_id=firm_ids[firm],
                loss=float(comparison.loss[firm]),
                network_pd=float(comparison.pd[firm]),
                network_pd_stressed=float(comparison.pd_stressed[firm]),
                rank_difference=float(comparison.rank_difference[firm]),
            )
            for firm in disagreements(comparison, MOST_DISAGREEMENTS)
        ]
        return RankDisagreement(comparison.stopped, comparison.correlation, rows)
