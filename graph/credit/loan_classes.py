"""The five categories of the Chinese regulator, by days past due.

Source: 商业银行金融资产风险分类办法 (Measures for the Risk Classification of Financial Assets of Commercial Banks),
order No. 1 of 2023 of the China Banking and Insurance Regulatory Commission and the People's Bank of China, in force
since 1 July 2023. It also has criteria that need a person, such as fraud, debts to other banks and impairment: a
category by these rules is the best one that the data allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LoanClass(StrEnum):
    """The five categories, the best first; the values are stored in documents."""

    NORMAL = "normal"
    SPECIAL_MENTION = "special mention"
    SUBSTANDARD = "substandard"
    DOUBTFUL = "doubtful"
    LOSS = "loss"


class ClassRule(StrEnum):
    """The rules that set a category; the values are stored in documents, texts are under [class_rule]."""

    NOT_PAST_DUE = "not past due"
    PAST_DUE = "past due"
    PAST_DUE_90 = "over 90 days past due"
    PAST_DUE_270 = "over 270 days past due"
    PAST_DUE_360 = "over 360 days past due"
    RESTRUCTURED = "restructured"
    DEFAULT = "in default"
    UNKNOWN = "days past due unknown"


_BOUNDS = (
    (360, LoanClass.LOSS, ClassRule.PAST_DUE_360),
    (270, LoanClass.DOUBTFUL, ClassRule.PAST_DUE_270),
    (90, LoanClass.SUBSTANDARD, ClassRule.PAST_DUE_90),
    (0, LoanClass.SPECIAL_MENTION, ClassRule.PAST_DUE),
)
"""Days past due above which a category applies at least, the worst first."""


@dataclass(frozen=True)
class FiveClass:
    """The category of a line and the rule that set it; None where it is unknown."""

    loan_class: LoanClass | None
    rule: ClassRule


def five_class(
    days_past_due: int | None, *, defaulted: bool = False, restructured: bool | None = None
) -> FiveClass:
    """Return the category of a line, by the worst rule that applies.

    | rule | category, at least |
    |---|---|
    | more than 360 days past due | loss |
    | more than 270 | doubtful |
    | more than 90, or in default or credit-impaired | substandard |
    | more than 0, or restructured | special mention |

    A line of which the days past due are unknown has no category, unless it is in default or was
    restructured: then the category is the best one that this allows.

    Parameters
    ----------
    days_past_due: days, None where they are unknown.
    defaulted: whether its borrower is in default, or the line is credit-impaired (stage 3); false by default.
    restructured: whether the line was restructured, None (default) where that is unknown.
    """
    by_days = _by_days(days_past_due)
    if defaulted and by_days.loan_class not in (LoanClass.SUBSTANDARD, LoanClass.DOUBTFUL, LoanClass.LOSS):
        return FiveClass(LoanClass.SUBSTANDARD, ClassRule.DEFAULT)
    if restructured and by_days.loan_class in (None, LoanClass.NORMAL):
        return FiveClass(LoanClass.SPECIAL_MENTION, ClassRule.RESTRUCTURED)
    return by_days


def _by_days(days_past_due: int | None) -> FiveClass:
    if days_past_due is None:
        return FiveClass(None, ClassRule.UNKNOWN)
    for bound, category, rule in _BOUNDS:
        if days_past_due > bound:
            return FiveClass(category, rule)
    return FiveClass(LoanClass.NORMAL, ClassRule.NOT_PAST_DUE)
