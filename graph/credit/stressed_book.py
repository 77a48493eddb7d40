"""A lender's performing book under a scenario: expected loss, stages and loss allowances beside the unstressed ones."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum

from supplyrisk.graph.credit.existing_lines import BorrowerRisk
from supplyrisk.graph.credit.expected_loss import hazard_of
from supplyrisk.graph.credit.loan_portfolio import BookRisks, Loan, loans_of, performing
from supplyrisk.graph.credit.policy import Policy


@dataclass(frozen=True)
class StageMigration:
    """Lines and EAD, money, that are in one stage without the scenario and in another, or the same, with it.

    before, after: stages, None where unknown.
    """

    before: int | None
    after: int | None
    lines: int
    ead: float


@dataclass(frozen=True)
class StressedBook:
    """The performing book of a lender under a scenario; amounts are money.

    Parameters
    ----------
    lender_id: the lender.
    horizon_days: days of the PDs behind both ELs.
    lines, ead: of the lines that are not in default without the scenario.
    stopped: lines whose borrower stops: PD 1 and stage 3.
    unscored: lines whose borrower has no PD without the scenario, so that their EL is missing in `el`.
    el, el_stressed: PD x LGD x EAD over the horizon.
    allowance, allowance_stressed: loss allowances by stage, over 12 months, the residual term, or in default.
    migrations: from stage to stage, those without lines left out.
    """

    lender_id: str
    horizon_days: int
    lines: int
    ead: float
    stopped: int
    unscored: int
    el: float
    el_stressed: float
    allowance: float
    allowance_stressed: float
    migrations: list[StageMigration]


@dataclass(frozen=True)
class StressedPds:
    """What a scenario does to the PDs of firms, by the learned transmissions.

    Parameters
    ----------
    before, after: PD over the horizon by firm, without and with the scenario.
    stopped: firms that stop.
    """

    before: Mapping[str, float]
    after: Mapping[str, float]
    stopped: Collection[str]

    def of(self, firm: str, borrower: BorrowerRisk) -> BorrowerRisk:
        """Return the risk of a borrower under the scenario.

            h' = h + (h_after - h_before)

        The network's rise of the hazard is added to the stored hazard, so that the unstressed EL is that of the
        portfolio, whichever model scored. A borrower that stops has a PD of 1.
        """
        if borrower.defaulted:
            return borrower
        if firm in self.stopped:
            return replace(borrower, pd=1.0, defaulted=True)
        if borrower.pd is None or firm not in self.before:
            return borrower
        rise = hazard_of(self.after[firm]) - hazard_of(self.before[firm])
        return replace(borrower, pd=-math.expm1(-(hazard_of(borrower.pd) + rise)))


def stressed_book(
    lender_id: str, loans: Sequence[Loan], risks: BookRisks, stress: StressedPds, policy: Policy
) -> StressedBook:
    """Return a lender's performing book under a scenario, beside the same lines without it.

    Parameters
    ----------
    loans: all lines of the lender.
    risks: what their classification rests on.
    """
    sound = performing(loans)
    firms = {loan.row.firm for loan in sound}
    borrowers = {firm: stress.of(firm, risks.borrowers[firm]) for firm in firms}
    rows = [
        replace(loan.row, pd=borrowers[loan.row.firm].pd, defaulted=borrowers[loan.row.firm].defaulted)
        for loan in sound
    ]
    stressed = loans_of(rows, replace(risks, borrowers=borrowers), policy)
    horizon_days = next((risk.terms.horizon_days for risk in risks.borrowers.values()), 0)
    return StressedBook(
        lender_id=lender_id,
        horizon_days=horizon_days,
        lines=len(sound),
        ead=fsum(loan.ead for loan in sound),
        stopped=sum(loan.row.firm in stress.stopped for loan in sound),
        unscored=sum(loan.row.pd is None for loan in sound),
        el=fsum(loan.el for loan in sound),
        el_stressed=fsum(loan.el for loan in stressed),
        allowance=_allowance(sound),
        allowance_stressed=_allowance(stressed),
        migrations=_migrations(sound, stressed),
    )


def _allowance(loans: Sequence[Loan]) -> float:
    return fsum(loan.risk.allowance.el for loan in loans if loan.risk.allowance is not None)


def _migrations(before: Sequence[Loan], after: Sequence[Loan]) -> list[StageMigration]:
    """Return how many lines move from stage to stage; unknown stages come last."""
    moves: dict[tuple[int | None, int | None], list[float]] = {}
    for old, new in zip(before, after, strict=True):
        moves.setdefault((old.risk.stage.stage, new.risk.stage.stage), []).append(old.ead)
    order = sorted(moves, key=lambda move: tuple((stage is None, stage or 0) for stage in move))
    return [StageMigration(*move, len(moves[move]), fsum(moves[move])) for move in order]
