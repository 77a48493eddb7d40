"""The economics of a requested loan from the inputs of its memo, for the memo and for the policy's hurdle."""

from __future__ import annotations

from supplyrisk.graph.credit.lifetime_pd import term_pd
from supplyrisk.graph.credit.loan_economics import EconomicsFacts, LoanEconomics, loan_economics
from supplyrisk.graph.credit.loan_request import LoanRequest
from supplyrisk.graph.credit.memo_inputs import MemoInputs
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.shop_facts import TURNOVER_DAYS
from supplyrisk.graph.schema.score_states import SCORED
from supplyrisk.graph.schema.terms import YEAR_DAYS


def unsecured_lgd(request: LoanRequest, policy: Policy) -> float:
    """Return the LGD of a requested loan without collateral: its own if it states one, else that of its product."""
    return policy.loss.lgd_of(request.product) if request.lgd is None else request.lgd


def request_economics(inputs: MemoInputs, policy: Policy) -> LoanEconomics | None:
    """Return the economics of a requested loan, None for a firm without a PD that counts."""
    request = inputs.request
    score = inputs.scores.score
    pd_term = score.over_term(score.pd, request.days)
    if score.pd is None or pd_term is None or score.state != SCORED:
        return None
    turnover = inputs.shop.profile.turnover
    facts = EconomicsFacts(
        ead=request.ead(policy),
        lgd=unsecured_lgd(request, policy),
        pd_year=term_pd(score.pd, YEAR_DAYS, score.terms).pd,
        pd_term=pd_term,
        years=request.days / YEAR_DAYS,
        collateral=inputs.security.collateral,
        protections=inputs.security.protections,
        sales=None if turnover is None else turnover * YEAR_DAYS / TURNOVER_DAYS,
        rate=request.rate,
        crops=inputs.security.crops,
    )
    return loan_economics(facts, policy)
