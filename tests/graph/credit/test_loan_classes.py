"""The five categories by days past due: every bound, default, restructuring, and what is unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph.credit import ClassRule, FiveClass, LoanClass, five_class

ORDER = list(LoanClass)


@pytest.mark.parametrize(
    ("days", "category", "rule"),
    [
        (0, LoanClass.NORMAL, ClassRule.NOT_PAST_DUE),
        (1, LoanClass.SPECIAL_MENTION, ClassRule.PAST_DUE),
        (90, LoanClass.SPECIAL_MENTION, ClassRule.PAST_DUE),
        (91, LoanClass.SUBSTANDARD, ClassRule.PAST_DUE_90),
        (270, LoanClass.SUBSTANDARD, ClassRule.PAST_DUE_90),
        (271, LoanClass.DOUBTFUL, ClassRule.PAST_DUE_270),
        (360, LoanClass.DOUBTFUL, ClassRule.PAST_DUE_270),
        (361, LoanClass.LOSS, ClassRule.PAST_DUE_360),
        (None, None, ClassRule.UNKNOWN),
    ],
)
def test_the_category_by_days_past_due(days: int | None, category: LoanClass | None, rule: ClassRule) -> None:
    assert five_class(days) == FiveClass(category, rule)


@pytest.mark.parametrize("days", [None, 0, 1, 90])
def test_a_borrower_in_default_is_at_least_substandard(days: int | None) -> None:
    assert five_class(days, defaulted=True) == FiveClass(LoanClass.SUBSTANDARD, ClassRule.DEFAULT)


@pytest.mark.parametrize("days", [91, 271, 361])
def test_default_improves_no_category(days: int) -> None:
    assert five_class(days, defaulted=True) == five_class(days)


@pytest.mark.parametrize(("days", "rule"), [(None, ClassRule.RESTRUCTURED), (0, ClassRule.RESTRUCTURED)])
def test_a_restructured_line_is_at_least_special_mention(days: int | None, rule: ClassRule) -> None:
    assert five_class(days, restructured=True) == FiveClass(LoanClass.SPECIAL_MENTION, rule)
    assert five_class(91, restructured=True) == five_class(91)
    assert five_class(5, restructured=True).rule is ClassRule.PAST_DUE


@given(st.integers(0, 500), st.integers(0, 500), st.booleans(), st.booleans())
def test_more_days_past_due_never_improve_the_category(
    days: int, more: int, defaulted: bool, restructured: bool
) -> None:
    before = five_class(days, defaulted=defaulted, restructured=restructured).loan_class
    after = five_class(days + more, defaulted=defaulted, restructured=restructured).loan_class
    assert before is not None
    assert after is not None
    assert ORDER.index(after) >= ORDER.index(before)
