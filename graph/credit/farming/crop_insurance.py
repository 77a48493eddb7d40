"""Which crop insurances lower the LGD of a loan, and by how much: a standing crop, insured until its harvest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from supplyrisk.graph.credit.farming.crop_cover import CropCover
from supplyrisk.graph.credit.farming.harvest import Harvest
from supplyrisk.graph.credit.loan_request import LoanRequest
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.protection import Connections
from supplyrisk.graph.credit.shop_facts import FirmLine
from supplyrisk.graph.credit.total_exposure import committed

ASSIGNED = "ASSIGNED"
UNASSIGNED = "UNASSIGNED"
"""Codes of insurances that count, assigned to the lender, and to no one."""


@dataclass(frozen=True)
class CropFacts:
    """What the cover of a loan by crop insurance follows from.

    Parameters
    ----------
    request: of the loan. as_of: the day.
    harvests: crops of the grower. lines: its lines with all lenders.
    connections: who would fail together with it.
    """

    request: LoanRequest
    as_of: date
    harvests: Sequence[Harvest]
    lines: Sequence[FirmLine]
    connections: Connections


def crop_covers(facts: CropFacts, policy: Policy) -> tuple[CropCover, ...]:
    """Return the insurance of each standing crop, what is left of it after the lender's existing lines.

    What the grower owes to the lender already takes up the insurances, one after the other, before the new loan has
    any of them.
    """
    covers = []
    left: float | None = _owed(facts)
    for crop in facts.harvests:
        if not crop.is_standing:
            continue
        cover = _cover(crop, facts, policy)
        if cover.counted > 0 and left is None:
            cover = replace(cover, counted=0.0, code="DEBT_UNKNOWN")
        elif cover.counted > 0 and left:
            taken = min(left, cover.counted)
            left -= taken
            used_up = taken == cover.counted
            cover = replace(cover, counted=cover.counted - taken, code="USED_UP" if used_up else cover.code)
        covers.append(cover)
    return tuple(covers)


def _owed(facts: CropFacts) -> float | None:
    """Return what the grower owes to the lender beside what the loan repays, money; None where it is unknown."""
    request = facts.request
    # Without a lender every line may be the lender's own.
    lines = [
        line
        for line in facts.lines
        if request.lender in (None, line.lender) and line.loan not in request.repays
    ]
    amounts = [committed(line) for line in lines]
    return None if None in amounts else sum((amount or 0.0 for amount in amounts), 0.0)


def _cover(crop: Harvest, facts: CropFacts, policy: Policy) -> CropCover:
    if not crop.insured_amount:
        return CropCover(crop.label, None, 0.0, "NOT_INSURED")
    code = _why_not(crop, facts, policy)
    if code is not None:
        return CropCover(crop.label, crop.insured_amount, 0.0, code)
    rules = policy.collateral.crop_insurance
    is_assigned = crop.beneficiary_id is not None
    haircut = rules.assigned_haircut if is_assigned else rules.other_haircut
    # An insurer pays no more than what the crop is worth.
    counted = (1 - haircut) * min(crop.insured_amount, crop.expected_value or 0.0)
    code = ASSIGNED if is_assigned else UNASSIGNED
    return CropCover(crop.label, crop.insured_amount, counted, code if counted > 0 else "NOT_ASSIGNED")


def _why_not(crop: Harvest, facts: CropFacts, policy: Policy) -> str | None:
    """Return why an insurance does not count; None where it may."""
    request = facts.request
    until = crop.insured_until
    insurer = crop.insurer_id or ""
    due_on = facts.as_of + timedelta(days=request.days)
    days_after = timedelta(days=policy.collateral.crop_insurance.days_after)
    reasons = {
        "EXPIRED": until is None or until < facts.as_of,
        "BEFORE_HARVEST": crop.expected_on is None or until is None or until < crop.expected_on,
        "TERM": until is not None and due_on > until + days_after,
        "NO_VALUE": crop.expected_value is None,
        "CURRENCY": crop.currency not in (None, policy.currency),
        "CONNECTED": insurer in facts.connections.codes,
        "INSURER": insurer not in policy.collateral.insurers,
        "ELSEWHERE": crop.beneficiary_id is not None and crop.beneficiary_id != request.lender,
    }
    return next((code for code, holds in reasons.items() if holds), None)
