"""A lender's loan book: expected loss, concentrations, tail loss with and without contagion, costliest failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion import ContagionLinks, LoanPortfolio, LossSimulation, simulate_losses
from supplyrisk.graph.contagion.learned_hazards import TINY
from supplyrisk.graph.credit.book_answers import BookAnswers, SharedPartners
from supplyrisk.graph.credit.existing_lines import (
    BorrowerRisk,
    LineLoss,
    LineRisk,
    StagingDay,
    line_risk,
    line_start,
)
from supplyrisk.graph.credit.expected_loss import ExpectedLoss, hhi
from supplyrisk.graph.credit.learned_stops import LearnedStops
from supplyrisk.graph.credit.line_economics import LineEconomics, Pledges, line_economics, line_severity
from supplyrisk.graph.credit.loan_request import lines_ead
from supplyrisk.graph.credit.origination_scores import OriginationScore
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.shop_facts import BookLine
from supplyrisk.graph.schema.score_states import INSUFFICIENT

Floats = NDArray[np.float64]
MAX_FAILURES = 20
"""Number of firms whose failure is simulated in the whole network: those that pass on most loss directly."""


@dataclass(frozen=True)
class ScoredLine(BookLine):
    """A line of a book with the grade of its borrower: "insufficient" where too little is known of it, else None."""

    grade: str | None


@dataclass(frozen=True)
class Loan:
    """One line of a book: its row, its LGD and EAD, its classification, and capital and return (None: no PD)."""

    row: ScoredLine
    loss: LineLoss
    risk: LineRisk
    economics: LineEconomics | None = None

    @property
    def ead(self) -> float:
        """Exposure at default, money."""
        return self.loss.ead

    @property
    def lgd(self) -> float:
        """Loss given default, a share."""
        return self.loss.lgd

    @property
    def defaulted(self) -> bool:
        """Whether it belongs to the defaulted book: its borrower is in default, or the line itself (stage 3)."""
        return self.risk.impaired

    @property
    def pd(self) -> float:
        """PD over the horizon; 1 in the defaulted book, by its state, and 0 without a PD (see `unscored`)."""
        return 1.0 if self.defaulted else (self.row.pd or 0.0)

    @property
    def el(self) -> float:
        """Expected loss, money: over the horizon, and LGD x EAD in the defaulted book."""
        return ExpectedLoss(self.pd, self.lgd, self.ead).el


@dataclass(frozen=True)
class BookRisks:
    """What the classification of the lines of a book rests on.

    as_of: the day. borrowers: present risk by firm. origins: score at origination, see `origination_scores`. pledges:
    collateral of the lines, see `pledges_of`; none by default.
    """

    as_of: date
    borrowers: Mapping[str, BorrowerRisk]
    origins: Mapping[tuple[str, date | None], OriginationScore]
    pledges: Pledges = field(default_factory=dict)


def loans_of(lines: Sequence[ScoredLine], risks: BookRisks, policy: Policy) -> list[Loan]:
    """Return every line with its exposure and classification."""
    loans = []
    staging = StagingDay(risks.as_of, policy.staging)
    for line, ead in zip(lines, lines_ead(lines, policy), strict=True):
        pledged = risks.pledges.get(line.loan, ())
        loss = LineLoss(line_severity(line, ead, pledged, policy).lgd, ead)
        origin = risks.origins.get(line_start(line.firm, line))
        borrower = risks.borrowers[line.firm]
        risk = line_risk(line, loss, borrower, origin, staging)
        loans.append(Loan(line, loss, risk, line_economics(line, ead, pledged, risk, policy)))
    return loans


def performing(loans: Sequence[Loan]) -> list[Loan]:
    """Return the loans that are not in default."""
    return [loan for loan in loans if not loan.defaulted]


@dataclass(frozen=True)
class BookTotals:
    """Counts of a book, and in money its EAD and EL."""

    lines: int
    borrowers: int
    ead: float
    el: float


@dataclass(frozen=True)
class PortfolioTotals:
    """Totals of a portfolio, and of its two books; ead and capital are money, and of both books.

    performing: EL over the horizon. defaulted: its EL, LGD x EAD, has occurred already, and is not added to the other.
    unscored: performing borrowers without a PD, whose EL is missing in the total.
    insufficient: performing borrowers of which too little is known for a grade; their EL, by the PD in the files, is in
        the total.
    """

    lines: int
    borrowers: int
    ead: float
    capital: float
    performing: BookTotals
    defaulted: BookTotals
    unscored: list[str]
    insufficient: list[str]


def portfolio_totals(loans: Sequence[Loan]) -> PortfolioTotals:
    """Return the totals of a portfolio: the two books add up to it in lines and EAD.

    A firm with a performing line and one in stage 3 by its days past due is a borrower of both books.
    """
    sound = performing(loans)
    return PortfolioTotals(
        lines=len(loans),
        borrowers=len({loan.row.firm for loan in loans}),
        ead=fsum(loan.ead for loan in loans),
        capital=fsum(loan.economics.capital for loan in loans if loan.economics),
        performing=_book_totals(sound),
        defaulted=_book_totals([loan for loan in loans if loan.defaulted]),
        unscored=sorted({loan.row.firm for loan in sound if loan.row.pd is None}),
        insufficient=sorted({loan.row.firm for loan in sound if loan.row.grade == INSUFFICIENT}),
    )


def _book_totals(loans: Sequence[Loan]) -> BookTotals:
    return BookTotals(
        lines=len(loans),
        borrowers=len({loan.row.firm for loan in loans}),
        ead=fsum(loan.ead for loan in loans),
        el=fsum(loan.el for loan in loans),
    )


@dataclass(frozen=True)
class GradeLoss:
    """EAD, its share of the performing book's, and EL over the horizon of the lines of one grade; None: no grade."""

    grade: str | None
    ead: float
    share: float
    el: float


def losses_by_grade(loans: Sequence[Loan]) -> list[GradeLoss]:
    """Return EAD and EL of the performing book by grade, the best grade first, without a grade last."""
    sound = performing(loans)
    ead = _sums(sound, "grade", "ead")
    el = _sums(sound, "grade", "el")
    # 1 avoids a division by 0; all amounts are 0 then.
    whole = sum(ead.values()) or 1.0
    grades = sorted(ead, key=lambda grade: (grade is None, grade or ""))
    return [GradeLoss(grade, ead[grade], ead[grade] / whole, el[grade]) for grade in grades]


def _sums(loans: Sequence[Loan], column: str, amount: str) -> dict[Any, float]:
    """Return the sums of an amount of the loans (ead, el) by a column of their lines (firm, grade)."""
    sums: dict[Any, float] = defaultdict(float)
    for loan in loans:
        sums[getattr(loan.row, column)] += getattr(loan, amount)
    return sums


@dataclass(frozen=True)
class Concentration:
    """HHI of amounts by supplier, industry and the like.

    of: "EAD" of the performing book, or what is "drawn" on all lines. sum: money. largest: with its share.
    """

    by: str
    of: str
    sum: float
    hhi: float
    largest: str | None
    share: float | None


def concentrations(loans: Sequence[Loan], shared: SharedPartners) -> list[Concentration]:
    """Return the HHI of EAD by borrower, industry, region and product, and of drawn amounts by supplier and carrier.

        HHI = sum over i of s_i^2,  where s_i is the share of i in the sum of all

    A borrower's drawn amount is divided among its direct suppliers by their shares of its purchases, and among its
    carriers by their shares of its units; borrowers without suppliers or carriers are left out there. EAD is that of
    the performing book; drawn amounts, as the queries sum them, are of all lines.
    """
    sound = performing(loans)
    parts = {
        name: _largest_first(_sums(sound, name, "ead")) for name in ("firm", "industry", "region", "product")
    }
    measured = [_concentration(name, "EAD", amounts) for name, amounts in parts.items()]
    measured += [
        _concentration("supplier", "drawn", [(row.supplier, row.exposed) for row in shared.suppliers]),
        _concentration("carrier", "drawn", [(row.carrier, row.carried) for row in shared.answers.carriers]),
    ]
    return [row for row in measured if row is not None]


def _largest_first(amounts: Mapping[Any, float]) -> list[tuple[Any, float]]:
    return sorted(amounts.items(), key=lambda part: (-part[1], str(part[0])))


def _concentration(name: str, of: str, parts: Sequence[tuple[Any, float]]) -> Concentration | None:
    """Return the concentration of some amounts; None where they sum to 0."""
    index = hhi([part for _, part in parts])
    if index is None:
        return None
    # Of equal amounts, the first by name is the largest.
    whole = sum(part for _, part in parts)
    largest, amount = _largest_first(dict(parts))[0]
    return Concentration(name, of, whole, index, largest, amount / whole)


@dataclass(frozen=True)
class DrawSettings:
    """Settings of the loss simulation. The field names are keys of stored documents.

    Parameters
    ----------
    replicas: number of simulated outcomes; 10 000 by default.
    level: confidence level of VaR and ES; 0.99 by default.
    seed: seed of the common random numbers; 0 by default.
    """

    replicas: int = 10_000
    level: float = 0.99
    seed: int = 0


def simulate_book(
    loans: Sequence[Loan], learned: LearnedStops, base: Floats, draws: DrawSettings
) -> LossSimulation:
    """Simulate the loss of the performing book over the horizon, with and without contagion on the same random numbers.

    Firms in default pass on contagion, but what is lost on them has occurred and is not drawn.

    The transmission of a link is the ensemble mean w, with the calibration of its target:

        p = 1 - exp(-s x -log(1 - w)),  s the factor `LearnedStops.scaling` of the target

    Parameters
    ----------
    base: PD of each firm without contagion, shape (firms,).
    """
    transmissions = learned.kept
    # Persons are nodes too; their PD is 0.
    pd = np.zeros(len(transmissions.node_ids))
    pd[: transmissions.firms] = np.where(transmissions.defaulted[: transmissions.firms], 1.0, base)
    sound = performing(loans)
    book = LoanPortfolio(
        np.array([learned.row_of(loan.row.firm) for loan in sound], np.int64),
        np.array([loan.ead for loan in sound]),
        np.array([loan.lgd for loan in sound]),
    )
    hazard = -np.log1p(-transmissions.weight.mean(axis=0)) * learned.scaling[transmissions.target]
    spread = ContagionLinks(
        transmissions.source, transmissions.target, np.minimum(-np.expm1(-hazard), 1 - TINY)
    )
    return simulate_losses(pd, book, spread, replicas=draws.replicas, level=draws.level, seed=draws.seed)


@dataclass(frozen=True)
class CostlyFailure:
    """What a firm's failure costs the lender, money: own loss, EL added on other borrowers, and both."""

    firm: str
    own_loss: float
    added_el: float
    total: float


def costliest_failures(loans: Sequence[Loan], learned: LearnedStops) -> list[CostlyFailure]:
    """Return the firms whose failure would cost the lender most: own loss, and EL added on other borrowers, money.

    The MAX_FAILURES candidates are the firms with the largest sum of own loss and loss passed on over direct links;
    each of them is then stopped in the whole network.
    """
    transmissions = learned.kept
    # Loss of the lender on each node if it fails, shape (nodes,); lines to defaulted firms are lost already.
    cost = np.zeros(len(transmissions.node_ids))
    for loan in performing(loans):
        cost[learned.row_of(loan.row.firm)] += loan.lgd * loan.ead
    # Own loss plus the loss that the failure causes over direct links, by the ensemble's mean transmission.
    passed_on = transmissions.weight.mean(axis=0) * cost[transmissions.target]
    through = np.bincount(transmissions.source, passed_on, len(cost)) + cost
    through[transmissions.defaulted] = 0.0
    order = np.argsort(-through[: transmissions.firms], kind="stable")[:MAX_FAILURES]
    rows = []
    for at in order[through[order] > 0]:
        rise = learned.pds([transmissions.node_ids[at]]) - learned.baseline_pds
        # The failed firm's own loss is counted separately.
        rise[at] = 0.0
        added = float(rise @ cost[: transmissions.firms])
        own = float(cost[at] * (1 - learned.baseline_pds[at]))
        rows.append(CostlyFailure(transmissions.node_ids[at], own, added, own + added))
    return sorted(rows, key=lambda row: (-row.total, row.firm))


@dataclass(frozen=True)
class LimitBreach:
    """A limit of the policy that a book exceeds. code: SINGLE_NAME or CHAIN. side: of the firm; None for a borrower."""

    code: str
    firm: str
    side: str | None
    share: float
    limit: float


def breaches(loans: Sequence[Loan], answers: BookAnswers, policy: Policy) -> list[LimitBreach]:
    """Return the policy limits that the book exceeds, by share of drawn amounts: of one borrower, and of one chain.

    The chain behind a supplier is the drawn amount of its customers among the borrowers, and, for borrowers that it
    reaches through one or two other firms, the part that corresponds to their dependence on it (query
    `lending/suppliers-behind`). The chain behind a customer is the drawn amount of borrowers that sell to it the share
    that `lending/exposure-by-chain` requires. A chain has at least two borrowers.
    """
    drawn: dict[str, float] = defaultdict(float)
    for loan in loans:
        drawn[loan.row.firm] += loan.row.drawn or 0.0
    whole = sum(drawn.values())
    rules = policy.book
    if not whole:
        return []
    rows = [
        LimitBreach("SINGLE_NAME", firm, None, amount / whole, rules.single_name)
        for firm, amount in sorted(drawn.items())
    ]
    for row in answers.suppliers_behind:
        side = "supplier" if row.tier1 else "hidden supplier"
        rows.append(LimitBreach("CHAIN", row.supplier, side, row.chain / whole, rules.chain))
    for chain in answers.chains:
        if chain.borrowers > 1:
            rows.append(LimitBreach("CHAIN", chain.customer, "customer", chain.exposure / whole, rules.chain))
    # A share equal to the limit is allowed.
    return [row for row in rows if row.share > row.limit]
