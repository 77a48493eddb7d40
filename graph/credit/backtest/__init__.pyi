from .approval_curve import ApprovalComparison, ApprovalCurve, ApprovalLine, DrawnEstimate, compare_approvals
from .backtest_rows import DAYS_OF_YEAR, BacktestRows
from .cut_offs import (
    CutOff,
    GradeOutcome,
    OutcomeCounts,
    VintagePoint,
    cut_off_at,
    cut_offs,
    grade_outcomes,
    score_vintages,
)
from .decided_loans import CheckedLoan, DecisionOutcome, LaterOutcome, checked_loans, decision_outcomes
from .loan_history import BookDay, LoanHistory, loan_history

__all__ = [
    "DAYS_OF_YEAR",
    "ApprovalComparison",
    "ApprovalCurve",
    "ApprovalLine",
    "BacktestRows",
    "BookDay",
    "CheckedLoan",
    "CutOff",
    "DecisionOutcome",
    "DrawnEstimate",
    "GradeOutcome",
    "LaterOutcome",
    "LoanHistory",
    "OutcomeCounts",
    "VintagePoint",
    "checked_loans",
    "compare_approvals",
    "cut_off_at",
    "cut_offs",
    "decision_outcomes",
    "grade_outcomes",
    "loan_history",
    "score_vintages",
]
