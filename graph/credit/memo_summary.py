"""The top of a memo: what is asked for, what the policy allows and concludes, and what the firm owes afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.credit.conclusion import Verdict
from supplyrisk.graph.credit.memo_document import Memo
from supplyrisk.graph.schema.score_states import DEFAULTED


@dataclass(frozen=True)
class MemoSummary:
    """The figures that a committee reads first, all of them from sections of the memo.

    Parameters
    ----------
    amount, currency: the requested amount, money; the currency is None where the data state none.
    days: the term. product, lender: of the request.
    limit: the largest amount that the policy allows, money. binding: code of the rule that sets it.
    verdict: the conclusion of the policy.
    existing: existing exposure as far as it is known, money; None in memos of earlier versions.
    existing_known: whether nothing of it is unknown.
    allowed_total: the smallest total after the loan that a rule allows, money; None where none is about totals.
    allowed_by: code of that rule.
    grade, points, pd: of the score, None where there is none. horizon_days: over which pd is meant.
    pd_term: PD over the term of the loan.
    defaulted: whether the firm is in default.
    """

    amount: float
    currency: str | None
    days: int
    product: str
    lender: str | None
    limit: float
    binding: str
    verdict: Verdict
    existing: float | None
    existing_known: bool
    allowed_total: float | None
    allowed_by: str | None
    grade: str | None
    points: float | None
    pd: float | None
    horizon_days: int
    pd_term: float | None
    defaulted: bool

    @property
    def total_after(self) -> float | None:
        """Total exposure after the loan, money: existing and requested; None where nothing is said of existing."""
        return None if self.existing is None else self.existing + self.amount


def summary_of(memo: Memo) -> MemoSummary:
    """Return the top of a memo."""
    request = memo.request
    limit = memo.limit
    risk = memo.risk
    exposure = memo.exposure
    totals = [(rule.total, rule.code) for rule in limit.rules if rule.total is not None]
    allowed_total, allowed_by = min(totals, default=(None, None), key=lambda pair: pair[0])
    return MemoSummary(
        amount=request.amount,
        currency=request.currency,
        days=request.days,
        product=request.product,
        lender=request.lender,
        limit=limit.amount,
        binding=limit.binding,
        verdict=memo.conclusion.word,
        existing=None if exposure is None else exposure.total,
        existing_known=exposure is not None and exposure.is_known,
        allowed_total=allowed_total,
        allowed_by=allowed_by,
        grade=risk.grade,
        points=risk.points,
        pd=risk.pd,
        horizon_days=risk.horizon_days,
        pd_term=risk.pd_term,
        defaulted=risk.state == DEFAULTED,
    )
