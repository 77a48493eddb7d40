"""What a firm can repay over a term: its margin, less the service of the debt that it has already."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.credit.limit_rule import LimitRule, rule_of
from supplyrisk.graph.credit.memo_sentences import memo_words
from supplyrisk.graph.credit.repayment_policy import AffordabilityLimit


@dataclass(frozen=True)
class RepaymentFacts:
    """What repayment from earnings rests on.

    Parameters
    ----------
    margin: profit margin by its last statement, a share of turnover; None where it has none or a stale one.
    assumed: margin that the policy assumes without a fresh statement.
    service: principal and interest of its debt over the term, money; without debt that is repaid by what it finances.
    """

    margin: float | None
    assumed: float
    service: float = 0.0


def affordability_rule(
    facts: RepaymentFacts | None, term_turnover: float | None, limits: AffordabilityLimit
) -> LimitRule:
    """Return the rule on what can be repaid from earnings: debt_share x margin x turnover - service.

    Without a turnover or a margin no amount is allowed: it must not be better to hide a statement than to show a loss.

    Parameters
    ----------
    facts: None where the product is repaid by what it finances.
    term_turnover: turnover over the term, money; None where it is unknown.
    """
    if facts is None:
        return rule_of("AFFORDABILITY", None, "financed")
    if term_turnover is None:
        return rule_of("AFFORDABILITY", 0.0, "no_turnover")
    margin = facts.assumed if facts.margin is None else facts.margin
    share = limits.debt_share
    service = facts.service
    amount = max(0.0, share * margin * term_turnover - service)
    if facts.margin is None and not limits.assume_margin:
        days = limits.statement_days
        return rule_of("AFFORDABILITY", 0.0, "no_margin", days=days, margin=margin, amount=amount)
    basis = memo_words(
        "rule.AFFORDABILITY.stated" if facts.margin is not None else "rule.AFFORDABILITY.assumed"
    )
    return rule_of(
        "AFFORDABILITY",
        amount,
        share=share,
        margin=margin,
        basis=basis,
        turnover=term_turnover,
        service=service,
    )
