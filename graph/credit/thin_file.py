"""A shop that is not in the data, as the memo sees it: its stated facts in place of the graph and of stored scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pyarrow as pa

from supplyrisk.graph.credit.admission.business_stage import stage_of_business
from supplyrisk.graph.credit.admission.scenario_case import ScenarioCase
from supplyrisk.graph.credit.admission.shop_kind import ShopKind
from supplyrisk.graph.credit.loan_request import LoanRequest
from supplyrisk.graph.credit.memo_inputs import MemoInputs
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.score_history import ScoreHistory, StoredScore
from supplyrisk.graph.credit.shop_facts import FirmLine, Partner, RecordedLibrary, ShopFacts, ShopProfile
from supplyrisk.graph.credit.thin_facts import ThinFacts
from supplyrisk.graph.credit.thin_section import ThinFileSection
from supplyrisk.graph.credit.total_exposure import total_exposure

LARGEST = {
    "customer": "largest customer (最大客户)",
    "supplier": "largest supplier (最大供应商)",
}
"""What stands for the id of a partner of which only the share is stated."""


class _EmptyGraph:
    """The graph of a shop that is in none: every query has no rows."""

    def run(self, cypher: str, params: Mapping[str, object] | None = None) -> pa.Table:
        return pa.table({})


def thin_inputs(
    facts: ThinFacts, request: LoanRequest, score: Mapping[str, Any], section: ThinFileSection
) -> MemoInputs:
    """Return the inputs of the memo of a shop that is not in the data.

    Parameters
    ----------
    score: its score as a row of the scores.
    """
    stored = StoredScore.of_row(score)
    shop = _shop(facts, stored)
    return MemoInputs(
        request,
        shop,
        ScoreHistory(stored, ()),
        exposure=total_exposure(shop, (), request.other_debt),
        thin_file=section,
        names={shop.firm_id: shop.profile.name} if shop.profile.name else {},
        currency=facts.currency,
    )


def stated_scenarios(inputs: MemoInputs, policy: Policy) -> ScenarioCase | None:
    """Return what the choice of scenarios rests on for such a shop; None for a policy without any.

    Its goods and the stage of its business are unknown, unless it is new, and no admission list has it.
    """
    if not policy.scenarios:
        return None
    profile = inputs.shop.profile
    stage = stage_of_business(profile.tenure_days, None, policy.stages)
    kind = ShopKind(profile.industry, profile.shop_type, profile.region, None, stage)
    return ScenarioCase(policy, kind, profile.firm, inputs.scores.score.as_of)


def _shop(facts: ThinFacts, score: StoredScore) -> ShopFacts:
    # Rows that a graph would have are empty here, and so are facts that the file cannot state.
    rows: dict[str, Any] = {part.name: () for part in fields(ShopFacts)}
    rows |= {
        "profile": _profile(facts, score),
        "partners": _partners(facts),
        "no_partners": tuple(side for side, share in _stated_shares(facts).items() if share == 0),
        "loans": _lines(facts),
        # Debts that are not stated are unknown, as in data without loans.
        "has_lenders": facts.debts is not None,
        "library": RecordedLibrary(_EmptyGraph()),
    }
    return ShopFacts(**rows)


def _profile(facts: ThinFacts, score: StoredScore) -> ShopProfile:
    known: dict[str, Any] = {part.name: None for part in fields(ShopProfile)}
    known |= {
        "firm": facts.name,
        "industry": facts.industry,
        "region": facts.region,
        "age_days": facts.age_days,
        "tenure_days": facts.tenure_days,
        "turnover": facts.turnover,
        "statement_age": facts.statement_age,
        "margin": facts.margin,
        "pd": score.pd,
        "model": score.model,
    }
    return ShopProfile(**known)


def _partners(facts: ThinFacts) -> tuple[Partner, ...]:
    return tuple(
        Partner(side, LARGEST[side], None, None, None, share, None, defaulted=False)
        for side, share in _stated_shares(facts).items()
        if share
    )


def _stated_shares(facts: ThinFacts) -> dict[str, float | None]:
    """Share of the largest partner by side: 0 where the shop states that it has none, None where it states nothing."""
    return {"supplier": facts.largest_supplier_share, "customer": facts.largest_customer_share}


def _lines(facts: ThinFacts) -> tuple[FirmLine, ...]:
    return tuple(
        FirmLine(
            product=debt.product,
            line=debt.limit,
            drawn=debt.drawn,
            lgd=None,
            lender=debt.lender,
            loan=f"{debt.lender} {number}",
            due_on=None if debt.due is None else debt.due.isoformat(),
            rate=debt.rate,
            days_past_due=debt.days_past_due,
        )
        for number, debt in enumerate(facts.debts or (), start=1)
    )
