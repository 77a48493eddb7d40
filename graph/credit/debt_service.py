"""What existing debt costs over the term of a new loan, and the margin that a loan is repaid from."""

from __future__ import annotations

from datetime import date

from supplyrisk.graph.credit.affordability import RepaymentFacts
from supplyrisk.graph.credit.loan_backing import FINANCED
from supplyrisk.graph.credit.loan_request import LoanRequest
from supplyrisk.graph.credit.repayment_policy import AffordabilityLimit
from supplyrisk.graph.credit.shop_facts import FirmLine, ShopFacts
from supplyrisk.graph.schema.terms import YEAR_DAYS


def repayment_facts(
    shop: ShopFacts, request: LoanRequest, as_of: date, limits: AffordabilityLimit
) -> RepaymentFacts:
    """Return what the repayment of a loan over its term rests on.

    Lines that it repays no longer have to be served.

    Parameters
    ----------
    as_of: the day of the graph.
    """
    profile = shop.profile
    lines = [line for line in shop.loans if line.loan not in request.repays and line.product not in FINANCED]
    service = sum((_line_service(line, request.days, as_of, limits) for line in lines), 0.0)
    service += _service(request.other_debt or 0.0, limits.debt_days, None, request.days, limits)
    margin = profile.margin if profile.has_fresh_statement(limits.statement_days) else None
    return RepaymentFacts(margin, limits.margin_of(profile.industry), service)


def _line_service(line: FirmLine, term_days: int, as_of: date, limits: AffordabilityLimit) -> float:
    """Return principal and interest of a line over a term, money: repaid in equal parts until it is due.

    A line whose due day is unknown counts as due within the term: to hide the day must not lower the service.
    """
    drawn = line.line if line.drawn is None else line.drawn
    days_left = 1
    if line.due_on is not None:
        # What is overdue is due at once.
        days_left = max(1, (date.fromisoformat(line.due_on) - as_of).days)
    return _service(drawn or 0.0, days_left, line.rate, term_days, limits)


def _service(
    drawn: float, days_left: int, rate: float | None, term_days: int, limits: AffordabilityLimit
) -> float:
    """Return principal and interest over a term of a debt that is repaid in equal parts, money."""
    yearly = limits.debt_rate if rate is None else rate
    return drawn * (min(1.0, term_days / days_left) + yearly * term_days / YEAR_DAYS)
