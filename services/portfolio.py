"""A lender's portfolio: expected loss, VaR and ES with and without contagion, concentrations, and limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from supplyrisk.graph import (
    DEFAULTED,
    INSUFFICIENT,
    UNLISTED,
    DataError,
    RequestError,
    Workspace,
    document_json,
)
from supplyrisk.graph.contagion import LossSimulation
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.credit import (
    BookAnswers,
    ClassTotal,
    Concentration,
    CostlyFailure,
    DrawSettings,
    GradeLoss,
    LearnedStops,
    LimitBreach,
    Loan,
    Policy,
    PortfolioTotals,
    ScoredLine,
    StageTotal,
    breaches,
    check_currency,
    class_totals,
    concentrations,
    costliest_failures,
    graph_day,
    horizon_of,
    lines_of,
    loans_of,
    losses_by_grade,
    portfolio_totals,
    read_book_risks,
    read_policy,
    shared_partners_of,
    simulate_book,
    stage_totals,
)
from supplyrisk.graph.credit.origination_scores import TERM_COLUMNS
from supplyrisk.graph.credit.shop_facts import BookLine, QueryRecord
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.workspace.day_score import DayScore
from supplyrisk.graph.workspace.file_hashes import checked_score_hashes
from supplyrisk.graph.workspace.score_runs import read_rows
from supplyrisk.graph.workspace.score_source import SCORED_BY, ScoreSource
from supplyrisk.queries import first_names
from supplyrisk.services.documents import Document, about_scores, document
from supplyrisk.services.portfolio_rows import LoanRow, stage_notes
from supplyrisk.services.progress import JobProgress, plan_stages, silent

if TYPE_CHECKING:
    import pandas as pd

BREACH_CODES = ("SINGLE_NAME", "CHAIN")
"""Codes of the limits that a portfolio can breach: one borrower's share, and the share behind one common partner."""
READING = "querying the graph"
SIMULATION = "simulating defaults"
FAILURES = "stopping firms one by one"
LEVEL = 0.99
REPLICAS = 10_000
_LEVELS = (0.5, 0.9999)
_MIN_REPLICAS = 1000
_SCORE_COLUMNS = (
    "firm_id",
    "base_pd",
    "grade",
    "state",
    *TERM_COLUMNS,
    "model",
    "degraded",
    "synthetic_model",
)


@dataclass(frozen=True)
class PortfolioResult:
    """A lender's portfolio; amounts are in `currency`.

    horizon_days: days of all PDs and EL that do not state another period. loans: the performing book, the highest
    expected loss first, then the defaulted one. totals: of both books, see `portfolio_totals`. losses: the simulated
    distribution of the performing book with and without contagion. grades: its EAD and EL by grade. stages,
    categories: lines, EAD and loss allowance by IFRS 9 stage and by category of five. concentration: HHI by borrower,
    industry, region, product, supplier and carrier. costliest: the firms whose default would cost the lender most.
    answers: rows of the queries on shared partners, guarantees and double financing, by name. breaches: limits of the
    policy that are exceeded. queries: which queries were run. data: content hash of the tables.
    scored_by: the run of the scores.
    """

    lender: str
    as_of: date
    model: str
    degraded: bool
    synthetic: bool
    synthetic_model: bool
    currency: str
    horizon_days: int
    loans: tuple[Loan, ...]
    totals: PortfolioTotals
    draws: DrawSettings
    losses: LossSimulation
    grades: list[GradeLoss]
    stages: list[StageTotal]
    categories: list[ClassTotal]
    concentration: list[Concentration]
    costliest: list[CostlyFailure]
    answers: BookAnswers
    breaches: list[LimitBreach]
    policy: Policy
    queries: tuple[QueryRecord, ...]
    data: str
    scored_by: ScoreSource

    @property
    def gap(self) -> float:
        """Simulated EL with contagion, less the sum of PD x LGD x EAD, both of the performing book."""
        return float(self.losses.with_contagion.el - self.totals.performing.el)

    @property
    def stage_notes(self) -> list[str]:
        """What a reader of the stages has to know: of how many lines something is unknown or extrapolated."""
        return stage_notes(self.loans)

    def rows(self) -> list[LoanRow]:
        """A row per loan."""
        return [LoanRow.of(loan, self.horizon_days) for loan in self.loans]

    def breaches_of(self, codes: Sequence[str]) -> list[LimitBreach]:
        """The breaches of some codes; "any" stands for all of them."""
        return [breach for breach in self.breaches if breach.code in codes or "any" in codes]

    def to_json(self) -> Document:
        """The portfolio as a JSON document with a row per loan."""
        return document(
            "portfolio/2",
            self.rows(),
            about=about_scores(self) | {SCORED_BY: self.scored_by},
            lender=self.lender,
            currency=self.currency,
            horizon_days=self.horizon_days,
            totals=self.totals,
            tail=[
                {"contagion": True} | document_json(self.losses.with_contagion),
                {"contagion": False} | document_json(self.losses.without),
            ],
            draws=self.draws,
            added_el=self.losses.added,
            added_error=self.losses.added_error,
            gap=self.gap,
            grades=self.grades,
            stages=self.stages,
            categories=self.categories,
            concentration=self.concentration,
            costliest=self.costliest,
            answers=self.answers,
            breaches=self.breaches,
            policy={"name": self.policy.name, "hash": self.policy.hash},
            queries=self.queries,
            notes=self.stage_notes,
            data=self.data,
        )

    def to_frame(self) -> pd.DataFrame:
        """A row per loan, the highest expected loss first."""
        frame: pd.DataFrame = pa.Table.from_pylist(document_json(self.rows())).to_pandas()
        return frame


def portfolio(
    workspace: Workspace,
    lender: str,
    *,
    policy: Path | None = None,
    level: float = LEVEL,
    replicas: int = REPLICAS,
    seed: int = defaults.SEED,
    progress: JobProgress = silent,
) -> PortfolioResult:
    """Compute a lender's expected loss, loss distribution, concentrations and breaches of limits.

    EL of the performing book is the sum of PD x LGD x EAD over the horizon; of the defaulted book, LGD x EAD. The loss
    distribution is of the performing book and simulated: firms default with their base PD, and defaults spread over
    the learned transmissions; the same draws without spreading give the figures without contagion. Every line has its
    IFRS 9 stage with the loss allowance, and its category of five.

    Parameters
    ----------
    lender: a lender_id of the table loans.
    policy: a policy file; None: the shipped policy.
    level: confidence level of VaR and ES, from 0.5 to 0.9999.
    replicas: simulated horizons, at least 1000.
    seed: of the simulation.

    Raises
    ------
    RequestError: level or replicas out of range. WorkspaceError: no data are loaded.
    DataError: scores, graph, data and policy do not belong together; no lines, or some to unlisted firms.
    """
    if not _LEVELS[0] <= level <= _LEVELS[1]:
        raise RequestError(f"level is {level:g}", f"a share from {_LEVELS[0]} to {_LEVELS[1]}")
    if replicas < _MIN_REPLICAS:
        raise RequestError(f"replicas is {replicas}", f"at least {_MIN_REPLICAS}")
    rules = read_policy(policy)
    info = workspace.info()
    check_currency(info, rules)
    plan_stages(progress, dict.fromkeys((READING, SIMULATION, FAILURES), 0.0))
    progress(READING)
    with workspace.open_graph() as store:
        as_of = graph_day(store, info)
        shared = shared_partners_of(store, lender)
        lines = lines_of(store, lender)
    # One changed byte in the scores would change every figure.
    checked_score_hashes(workspace.layout, as_of)
    transmissions = workspace.transmissions(as_of)
    learned = LearnedStops(transmissions)
    scores = read_rows(workspace.layout.scores_file(as_of), columns=_SCORE_COLUMNS)
    # Before the simulation: scores that detect have no horizon.
    horizon_days = horizon_of(scores[0])
    by_firm = {row["firm_id"]: DayScore.of_row(row) for row in scores}
    _refuse_unlisted(lines, by_firm)
    risks = read_book_risks(workspace, as_of, lines, scores, rules)
    loans = loans_of(_with_stored_scores(lines, by_firm), risks, rules)
    firm_ids = transmissions.node_ids[: transmissions.firms]
    base_pds = _base_pds([by_firm[firm] for firm in firm_ids])
    draws = DrawSettings(replicas, level, seed)
    progress(SIMULATION)
    losses = simulate_book(loans, learned, base_pds, draws)
    progress(FAILURES)
    costliest = costliest_failures(loans, learned)
    # The totals are summed in the order of the lines: another order would change their last bits.
    return PortfolioResult(
        lender=lender,
        as_of=as_of,
        model=scores[0]["model"],
        degraded=scores[0]["degraded"],
        synthetic=info.synthetic,
        # Scores from before this was noted lack the column.
        synthetic_model=bool(scores[0].get("synthetic_model")),
        currency=rules.currency,
        horizon_days=horizon_days,
        loans=tuple(sorted(loans, key=_by_expected_loss)),
        totals=portfolio_totals(loans),
        draws=draws,
        losses=losses,
        grades=losses_by_grade(loans),
        stages=stage_totals(loans),
        categories=class_totals(loans),
        concentration=concentrations(loans, shared),
        costliest=costliest,
        answers=shared.answers,
        breaches=breaches(loans, shared.answers, rules),
        policy=rules,
        queries=shared.queries,
        data=info.content_hash,
        scored_by=ScoreSource.of_day(workspace.layout, as_of, scores[0]["model"]),
    )


def _refuse_unlisted(lines: Sequence[BookLine], by_firm: Mapping[str, DayScore]) -> None:
    """Raise DataError where borrowers are unlisted: without a PD, their loans would seem to cost nothing."""
    unlisted = sorted({line.firm for line in lines if by_firm[line.firm].state == UNLISTED})
    if unlisted:
        raise DataError(
            f"{len(unlisted):,} borrowers are unlisted firms, which have no PD: {first_names(unlisted)}",
            "borrowers that are scored",
            "list them in firms, or loans under firms_from in the mapping, and load, train and score again",
        )


def _base_pds(scores: Sequence[DayScore]) -> Floats:
    """The base PDs [firms] that defaults are drawn from; unlisted firms have the base rate, the mean of the others'."""
    values = np.array([score.base_pd or 0.0 for score in scores])
    unlisted = np.array([score.state == UNLISTED for score in scores], dtype=bool)
    known = [score.base_pd for score in scores if score.base_pd is not None]
    return np.where(unlisted, np.mean(known), values) if unlisted.any() and known else values


def _with_stored_scores(lines: Sequence[BookLine], by_firm: Mapping[str, DayScore]) -> list[ScoredLine]:
    """The lines with PD, state and grade of the stored scores: the graph's may be of another scoring.

    The simulation draws from the stored base PDs, so its EL is comparable to the sum only with the stored PDs.
    """
    scored = []
    for line in lines:
        score = by_firm[line.firm]
        # A borrower of which too little is known has an expected loss all the same: leaving it out would lower the sum.
        stored = replace(line, pd=score.pd_in_file, defaulted=score.state == DEFAULTED)
        ungraded = INSUFFICIENT if score.state == INSUFFICIENT else None
        scored.append(ScoredLine(**vars(stored), grade=score.grade or ungraded))
    return scored


def _by_expected_loss(loan: Loan) -> tuple[bool, float, str, str]:
    """The sort key that puts the performing book first, and in each book the highest expected loss."""
    return loan.defaulted, -loan.el, loan.row.firm, loan.row.loan
