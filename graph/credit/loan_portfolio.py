"""A lender's book: expected loss, grades, concentrations, the tail with and without contagion, who costs most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
from supplyrisk.graph.credit.shop_facts import ALL_ROWS, QueryRecord, RecordedLibrary
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
"""Queries of the library whose answers are part of the picture of a book."""
MAX_FAILURES = 20
"""Firms whose failure is tried out in full: those that pass most on to the borrowers by their links."""


@dataclass(frozen=True)
class Loan:
    """One line of a book with what it would lose: ead money, lgd share; pd over the horizon, 1 in default."""

    row: Row
    ead: float
    lgd: float
    pd: float

    @property
    def el(self) -> float:
        """Expected loss over the horizon, money."""
        return ExpectedLoss(self.pd, self.lgd, self.ead).el


def loans_of(lines: Sequence[Row], policy: Policy) -> list[Loan]:
    """Every line with its exposure; a borrower without a PD and not in default counts with 0, and is in `unscored`."""
    eads = lines_ead(lines, policy)
    return [
        Loan(row, ead, line_lgd(row, policy), 1.0 if row["defaulted"] else (row["pd"] or 0.0))
        for row, ead in zip(lines, eads, strict=True)
    ]


def portfolio_totals(loans: Sequence[Loan]) -> Row:
    """Sums over a book, money: EAD, EL of sound borrowers and loss expected of those in default; counts."""
    sound = [loan for loan in loans if not loan.row["defaulted"]]
    failed = [loan for loan in loans if loan.row["defaulted"]]
    return {
        "lines": len(loans),
        "borrowers": len({loan.row["firm"] for loan in loans}),
        "ead": sum(loan.ead for loan in loans),
        "el": sum(loan.el for loan in sound),
        "el_defaulted": sum(loan.el for loan in failed),
        "borrowers_defaulted": len({loan.row["firm"] for loan in failed}),
        "unscored": sorted({loan.row["firm"] for loan in sound if loan.row["pd"] is None}),
    }


def loss_by_label(loans: Sequence[Loan], name: str) -> list[Row]:
    """EAD and EL by one column of the lines (firm, industry, region, grade, product), the largest EAD first."""
    ead: dict[Any, float] = defaultdict(float)
    el: dict[Any, float] = defaultdict(float)
    for loan in loans:
        ead[loan.row[name]] += loan.ead
        el[loan.row[name]] += loan.el
    whole = sum(ead.values()) or 1.0
    rows = [{name: key, "ead": amount, "share": amount / whole, "el": el[key]} for key, amount in ead.items()]
    return sorted(rows, key=lambda row: (-row["ead"], str(row[name])))


def concentrations(loans: Sequence[Loan], served: SharedPartners) -> list[Row]:
    """HHI by borrower, industry, region and product of EAD, and by supplier and carrier of drawn; the largest of each.

        HHI = sum over i of s_i^2,  s_i the share of i in the sum of all

    What a borrower has drawn is shared out among its direct suppliers by their shares of its purchases, and among its
    carriers by those of its units; borrowers without any are in neither. of: "EAD" or "drawn"; sum: what is shared out.
    """
    rows_by_measure = []
    for name in ("firm", "industry", "region", "product"):
        rows = loss_by_label(loans, name)
        parts = [(row[name], row["ead"]) for row in rows]
        rows_by_measure.append(_concentration(name, "EAD", parts))
    rows_by_measure.append(
        _concentration("supplier", "drawn", [(r["supplier"], r["exposed"]) for r in served.suppliers])
    )
    rows_by_measure.append(
        _concentration("carrier", "drawn", [(r["carrier"], r["carried"]) for r in served.carriers])
    )
    return [row for row in rows_by_measure if row["hhi"] is not None]


def _concentration(name: str, of: str, parts: Sequence[tuple[Any, float]]) -> Row:
    whole = sum(part for _, part in parts)
    largest, amount = min(parts, key=lambda p: (-p[1], str(p[0])), default=(None, 0.0))
    share = amount / whole if whole else None
    index = hhi([part for _, part in parts])
    return {"by": name, "of": of, "sum": whole, "hhi": index, "largest": largest, "share": share}


@dataclass(frozen=True)
class DrawSettings:
    """How the book's loss is drawn: replicas, the level of VaR and ES, the seed of the common random numbers."""

    replicas: int = 10_000
    level: float = 0.99
    seed: int = 0


def simulate_book(
    loans: Sequence[Loan], learned: LearnedStops, base: Floats, draws: DrawSettings
) -> LossSimulation:
    """Loss of the book over the horizon, with contagion and without it on the same draws.

    base: base PD of each firm of the network's nodes, shape (firms,), 1 in default. A transmission w is the mean over
    the ensemble, its hazard -log(1 - w) scaled as the calibration scales the receiver's.
    """
    transmissions = learned.kept
    pd = np.zeros(len(transmissions.node_ids))
    pd[: transmissions.firms] = np.where(transmissions.defaulted[: transmissions.firms], 1.0, base)
    book = LoanPortfolio(
        np.array([learned.row_of(loan.row["firm"]) for loan in loans], np.int64),
        np.array([loan.ead for loan in loans]),
        np.array([loan.lgd for loan in loans]),
    )
    hazard = -np.log1p(-transmissions.weight.mean(axis=0)) * learned.scaling[transmissions.target]
    spread = ContagionLinks(
        transmissions.source, transmissions.target, np.minimum(-np.expm1(-hazard), 1 - TINY)
    )
    return simulate_losses(pd, book, spread, replicas=draws.replicas, level=draws.level, seed=draws.seed)


def costliest_failures(loans: Sequence[Loan], learned: LearnedStops) -> list[Row]:
    """The firms whose failure would cost the lender most: own loss, and what it adds to the EL of the others, money.

    Candidates are the largest own losses and the firms whose links lead most loss to borrowers directly; each of them
    is then stopped in the whole network.
    """
    transmissions, cost = learned.kept, np.zeros(len(learned.kept.node_ids))
    sound = [loan for loan in loans if not loan.row["defaulted"]]
    for loan in sound:
        cost[learned.row_of(loan.row["firm"])] += loan.lgd * loan.ead
    through = (
        np.bincount(
            transmissions.source, transmissions.weight.mean(axis=0) * cost[transmissions.target], len(cost)
        )
        + cost
    )
    through[transmissions.defaulted] = 0.0
    order = np.argsort(-through[: transmissions.firms], kind="stable")[:MAX_FAILURES]
    rows = []
    for at in order[through[order] > 0]:
        rise = learned.pds([transmissions.node_ids[at]]) - learned.baseline_pds
        rise[at] = 0.0
        added = float(rise @ cost[: transmissions.firms])
        own = float(cost[at] * (1 - learned.baseline_pds[at]))
        rows.append(
            {"firm": transmissions.node_ids[at], "own_loss": own, "added_el": added, "total": own + added}
        )
    return sorted(rows, key=lambda row: (-row["total"], row["firm"]))


def breaches(loans: Sequence[Loan], answers: dict[str, list[Row]], policy: Policy) -> list[Row]:
    """Limits of the policy that the book is over, by share of what is drawn: one borrower's, and that of one chain.

    Behind a supplier counts all that its customers among the borrowers owe, and of those that it reaches over one or
    two other firms the part of their purchases that rests on it (query `lending/suppliers-behind`). Behind a customer
    counts what borrowers owe that sell it as much as `lending/exposure-by-chain` asks for. Either needs two borrowers.
    """
    drawn: dict[str, float] = defaultdict(float)
    for loan in loans:
        drawn[loan.row["firm"]] += loan.row["drawn"] or 0.0
    whole, rules = sum(drawn.values()), policy.book
    if not whole:
        return []
    rows = [
        _breach("SINGLE_NAME", None, firm, (amount / whole, rules.single_name))
        for firm, amount in sorted(drawn.items())
    ]
    for row in answers["lending/suppliers-behind"]:
        side = "supplier" if row["tier1"] else "hidden supplier"
        rows.append(_breach("CHAIN", side, row["supplier"], (row["chain"] / whole, rules.chain)))
    for row in answers["lending/exposure-by-chain"]:
        if row["borrowers"] > 1:
            rows.append(_breach("CHAIN", "customer", row["customer"], (row["exposure"] / whole, rules.chain)))
    return [row for row in rows if row["share"] > row["limit"]]


def _breach(code: str, side: str | None, firm: str, shares: tuple[float, float]) -> Row:
    return {"code": code, "firm": firm, "side": side, "share": shares[0], "limit": shares[1]}


@dataclass(frozen=True)
class SharedPartners:
    """Who serves the borrowers: rows of `lending/shared-suppliers`, every supplier, and of `lending/book-carriers`."""

    suppliers: list[Row]
    carriers: list[Row]


def shared_partner_rows(
    store: Runner[pa.Table], lender: str
) -> tuple[dict[str, list[Row]], SharedPartners, list[QueryRecord]]:
    """The answers of QUERIES by name, who serves the borrowers, and what to run to see them again."""
    library = RecordedLibrary(store)
    answers = {name: library.rows(name, lender=lender, top=ALL_ROWS) for name in QUERIES}
    suppliers = library.rows("lending/shared-suppliers", lender=lender, borrowers=1, top=ALL_ROWS)
    return answers, SharedPartners(suppliers, answers["lending/book-carriers"]), library.records


def tail_rows(simulation: LossSimulation) -> list[Row]:
    """EL, VaR and ES with their errors, with contagion and without."""
    return [
        {"contagion": True} | asdict(simulation.with_contagion),
        {"contagion": False} | asdict(simulation.without),
    ]
