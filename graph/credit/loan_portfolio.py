"""A lender's loan book: expected loss, concentrations, tail loss with and without contagion, costliest failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.contagion import ContagionLinks, LoanPortfolio, LossSimulation, simulate_losses
from supplyrisk.graph.contagion.learned_hazards import TINY
from supplyrisk.graph.credit.expected_loss import ExpectedLoss, hhi
from supplyrisk.graph.credit.learned_stops import LearnedStops
from supplyrisk.graph.credit.loan_request import line_lgd, lines_ead
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.shop_facts import ALL_ROWS, BookLine, QueryRecord, RecordedLibrary
from supplyrisk.queries import Runner

Row = dict[str, Any]
Floats = NDArray[np.float64]
QUERIES = (
    "lending/double-financing",
    "lending/shared-suppliers",
    "lending/suppliers-behind",
    "concentration/hidden-common-supplier-of-lender",
    "lending/exposure-by-chain",
    "lending/guarantees-within",
    "lending/book-carriers",
)
"""Library queries whose answers are part of the analysis of a book."""
MAX_FAILURES = 20
"""Number of firms whose failure is simulated in the whole network: those that pass on most loss directly."""


@dataclass(frozen=True)
class ScoredLine(BookLine):
    """A line of a book with the grade of its borrower, "in default" where it has none."""

    grade: str


@dataclass(frozen=True)
class Loan:
    """One line of a book: its row, EAD (money), LGD (share), and PD over the horizon (1 in default)."""

    row: ScoredLine
    ead: float
    lgd: float
    pd: float

    @property
    def el(self) -> float:
        """Expected loss over the horizon, money."""
        return ExpectedLoss(self.pd, self.lgd, self.ead).el


def loans_of(lines: Sequence[ScoredLine], policy: Policy) -> list[Loan]:
    """Return every line with its exposure; a sound borrower without a PD counts with a PD of 0 (see `unscored`)."""
    eads = lines_ead(lines, policy)
    return [
        Loan(line, ead, line_lgd(line, policy), 1.0 if line.defaulted else (line.pd or 0.0))
        for line, ead in zip(lines, eads, strict=True)
    ]


@dataclass(frozen=True)
class PortfolioTotals:
    """Totals of a book: counts, and in money EAD, EL of sound borrowers and EL of those in default.

    unscored: the sound borrowers without a PD, whose EL is missing in the total.
    """

    lines: int
    borrowers: int
    ead: float
    el: float
    el_defaulted: float
    borrowers_defaulted: int
    unscored: list[str]


def portfolio_totals(loans: Sequence[Loan]) -> PortfolioTotals:
    """Return the totals of a book."""
    # The EL of sound and of defaulted borrowers is reported separately: the latter has occurred already.
    sound = [loan for loan in loans if not loan.row.defaulted]
    failed = [loan for loan in loans if loan.row.defaulted]
    return PortfolioTotals(
        lines=len(loans),
        borrowers=len({loan.row.firm for loan in loans}),
        ead=sum(loan.ead for loan in loans),
        el=sum(loan.el for loan in sound),
        el_defaulted=sum(loan.el for loan in failed),
        borrowers_defaulted=len({loan.row.firm for loan in failed}),
        unscored=sorted({loan.row.firm for loan in sound if loan.row.pd is None}),
    )


@dataclass(frozen=True)
class LabelLoss:
    """EAD with its share of the book, and EL, money, of the lines with one label."""

    label: str | None
    ead: float
    share: float
    el: float


def loss_by_label(loans: Sequence[Loan], name: str) -> list[LabelLoss]:
    """Return EAD and EL by one column of the lines (firm, industry, region, grade, product), largest EAD first."""
    ead: dict[str | None, float] = defaultdict(float)
    el: dict[str | None, float] = defaultdict(float)
    for loan in loans:
        label = getattr(loan.row, name)
        ead[label] += loan.ead
        el[label] += loan.el
    # 1 avoids a division by 0; all amounts are 0 then.
    whole = sum(ead.values()) or 1.0
    losses = [LabelLoss(label, amount, amount / whole, el[label]) for label, amount in ead.items()]
    return sorted(losses, key=lambda loss: (-loss.ead, str(loss.label)))


@dataclass(frozen=True)
class Concentration:
    """HHI of amounts, which are `of` ("EAD" or "drawn"), by a label; their sum, and the largest with its share."""

    by: str
    of: str
    sum: float
    hhi: float | None
    largest: str | None
    share: float | None


def concentrations(loans: Sequence[Loan], served: SharedPartners) -> list[Concentration]:
    """Return the HHI of EAD by borrower, industry, region and product, and of drawn amounts by supplier and carrier.

        HHI = sum over i of s_i^2,  where s_i is the share of i in the sum of all

    A borrower's drawn amount is divided among its direct suppliers by their shares of its purchases, and among its
    carriers by their shares of its units; borrowers without suppliers or carriers are left out there.
    """
    measured = [
        _concentration(name, "EAD", [(loss.label, loss.ead) for loss in loss_by_label(loans, name)])
        for name in ("firm", "industry", "region", "product")
    ]
    suppliers = [(row["supplier"], row["exposed"]) for row in served.suppliers]
    carriers = [(row["carrier"], row["carried"]) for row in served.carriers]
    measured += [
        _concentration("supplier", "drawn", suppliers),
        _concentration("carrier", "drawn", carriers),
    ]
    return [concentration for concentration in measured if concentration.hhi is not None]


def _concentration(name: str, of: str, parts: Sequence[tuple[str | None, float]]) -> Concentration:
    # Of equal amounts, the first by name is the largest.
    whole = sum(part for _, part in parts)
    largest, amount = min(parts, key=lambda p: (-p[1], str(p[0])), default=(None, 0.0))
    share = amount / whole if whole else None
    index = hhi([part for _, part in parts])
    return Concentration(name, of, whole, index, largest, share)


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
    """Simulate the loss of a book over the horizon, with and without contagion on the same random numbers.

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
    book = LoanPortfolio(
        np.array([learned.row_of(loan.row.firm) for loan in loans], np.int64),
        np.array([loan.ead for loan in loans]),
        np.array([loan.lgd for loan in loans]),
    )
    hazard = -np.log1p(-transmissions.weight.mean(axis=0)) * learned.scaling[transmissions.target]
    spread = ContagionLinks(
        transmissions.source, transmissions.target, np.minimum(-np.expm1(-hazard), 1 - TINY)
    )
    return simulate_losses(pd, book, spread, replicas=draws.replicas, level=draws.level, seed=draws.seed)


@dataclass(frozen=True)
class CostlyFailure:
    """What the failure of a firm would cost the lender, money: own loss, EL added on other borrowers, and their sum."""

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
    sound = [loan for loan in loans if not loan.row.defaulted]
    for loan in sound:
        cost[learned.row_of(loan.row.firm)] += loan.lgd * loan.ead
    # Own loss plus the loss that the failure causes over direct links, by the ensemble's mean transmission.
    passed_on = transmissions.weight.mean(axis=0) * cost[transmissions.target]
    through = np.bincount(transmissions.source, passed_on, len(cost)) + cost
    through[transmissions.defaulted] = 0.0
    order = np.argsort(-through[: transmissions.firms], kind="stable")[:MAX_FAILURES]
    failures = []
    for at in order[through[order] > 0]:
        rise = learned.pds([transmissions.node_ids[at]]) - learned.baseline_pds
        # The failed firm's own loss is counted separately.
        rise[at] = 0.0
        added = float(rise @ cost[: transmissions.firms])
        own = float(cost[at] * (1 - learned.baseline_pds[at]))
        failures.append(CostlyFailure(transmissions.node_ids[at], own, added, own + added))
    return sorted(failures, key=lambda failure: (-failure.total, failure.firm))


@dataclass(frozen=True)
class LimitBreach:
    """A share of drawn amounts above a limit of the policy: of one borrower, or of the chain behind a firm."""

    code: str
    firm: str
    side: str | None
    share: float
    limit: float


def breaches(loans: Sequence[Loan], answers: dict[str, list[Row]], policy: Policy) -> list[LimitBreach]:
    """Return the policy limits that the book exceeds, by share of drawn amounts: of one borrower, and of one chain.

    The chain behind a supplier is the drawn amount of its customers among the borrowers, and, for borrowers that it
    reaches through one or two other firms, the part that corresponds to their dependence on it (query
    `lending/suppliers-behind`). The chain behind a customer is the drawn amount of borrowers that sell to it the share
    that `lending/exposure-by-chain` requires. A chain has at least two borrowers.

    Parameters
    ----------
    answers: rows by query, see `shared_partner_rows`.
    """
    drawn: dict[str, float] = defaultdict(float)
    for loan in loans:
        drawn[loan.row.firm] += loan.row.drawn or 0.0
    whole = sum(drawn.values())
    rules = policy.book
    if not whole:
        return []
    shares = [
        LimitBreach("SINGLE_NAME", firm, None, amount / whole, rules.single_name)
        for firm, amount in sorted(drawn.items())
    ]
    for row in answers["lending/suppliers-behind"]:
        side = "supplier" if row["tier1"] else "hidden supplier"
        shares.append(LimitBreach("CHAIN", row["supplier"], side, row["chain"] / whole, rules.chain))
    for row in answers["lending/exposure-by-chain"]:
        if row["borrowers"] > 1:
            share = row["exposure"] / whole
            shares.append(LimitBreach("CHAIN", row["customer"], "customer", share, rules.chain))
    # A share equal to the limit is allowed.
    return [share for share in shares if share.share > share.limit]


@dataclass(frozen=True)
class SharedPartners:
    """Suppliers and carriers of the borrowers: rows of `lending/shared-suppliers` and `lending/book-carriers`."""

    suppliers: list[Row]
    carriers: list[Row]


def shared_partner_rows(
    store: Runner[pa.Table], lender: str
) -> tuple[dict[str, list[Row]], SharedPartners, list[QueryRecord]]:
    """Return the answers of QUERIES by name, suppliers and carriers of the borrowers, and the queries that were run."""
    library = RecordedLibrary(store)
    answers = {name: library.rows(name, lender=lender, top=ALL_ROWS) for name in QUERIES}
    # The answer in QUERIES has shared suppliers only; concentrations need every supplier, hence borrowers=1.
    suppliers = library.rows("lending/shared-suppliers", lender=lender, borrowers=1, top=ALL_ROWS)
    return answers, SharedPartners(suppliers, answers["lending/book-carriers"]), library.records
