"""A policy applied to a request: the limit and the conclusion, for the memo and for what conditions suggest."""

from __future__ import annotations

from dataclasses import dataclass, replace

from supplyrisk.graph.credit.conclusion import LoanCase, PolicyConclusion, conclude
from supplyrisk.graph.credit.debt_service import repayment_facts
from supplyrisk.graph.credit.limit_rule import CreditLimit
from supplyrisk.graph.credit.limit_rules import LimitFacts, credit_limit
from supplyrisk.graph.credit.loan_backing import LoanBacking, loan_backing
from supplyrisk.graph.credit.memo_inputs import MemoInputs
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.request_economics import request_economics
from supplyrisk.graph.schema.expert_mark import scored_by_expert


@dataclass(frozen=True)
class PolicyResult:
    """The limit and the conclusion of a policy, and what the loan finances (None: it is repaid from earnings)."""

    limit: CreditLimit
    conclusion: PolicyConclusion
    backing: LoanBacking | None


def apply_policy(inputs: MemoInputs, policy: Policy) -> PolicyResult:
    """Return what a policy concludes on the request of some inputs."""
    request = inputs.request
    shop = inputs.shop
    exposure = inputs.exposure
    ruling = inputs.scenarios.ruling(request) if inputs.scenarios else None
    if ruling is not None:
        policy = ruling.policy
    facts = limit_facts(inputs, policy)
    if ruling is not None and ruling.room is not None:
        without = credit_limit(limit_facts(inputs, ruling.standing), ruling.standing)
        facts = replace(facts, admitted=without.amount + ruling.room)
    limit = credit_limit(facts, policy)
    # The conclusion uses the most severe stress.
    stressed = max((stress.pd for stress in inputs.stresses if stress.pd is not None), default=None)
    case = LoanCase.of(request.amount, shop, inputs.scores, stressed, exposure)
    economics = request_economics(inputs, policy)
    case = replace(
        case,
        thin_file=inputs.thin_file is not None,
        names=inputs.names,
        expert=scored_by_expert(inputs.scores.score.model),
        unstressed=inputs.network_pd,
        low_return=economics.low_return if economics else None,
        double_financed=inputs.evidence.refusals,
        fabricated=inputs.fabricated,
    )
    return PolicyResult(limit, conclude(case, limit, policy), facts.backing)


def limit_facts(inputs: MemoInputs, policy: Policy) -> LimitFacts:
    """Return what the limit of a request rests on; it does not depend on the amount, to be compared with it."""
    request = inputs.request
    shop = inputs.shop
    backing = loan_backing(shop, request.product, request.repays, policy.financed, inputs.evidence.itemised)
    as_of = inputs.scores.score.as_of
    repayment = None if backing else repayment_facts(shop, request, as_of, policy.affordability)
    facts = LimitFacts.of(request.days, shop, inputs.scores, inputs.book, inputs.exposure)
    in_loop = inputs.farm is not None and inputs.farm.depends_in_loop(shop.partners)
    return replace(facts, backing=backing, repayment=repayment, names=inputs.names, in_loop=in_loop)
