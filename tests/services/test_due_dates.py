"""What falls due to and from firms, by hand."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from handmade import AS_OF, ago, firms, tables_of, trade
from supplyrisk.services.due_dates import due_amounts


def ahead(days: int) -> object:
    return AS_OF + timedelta(days=days)


def test_receivables_are_unpaid_trade_with_a_due_date_ahead() -> None:
    tables = tables_of(
        firms=firms("A", "B"),
        supplies=[
            trade("A", "B", 30, 100, due_on=ahead(7)),
            trade("A", "B", 30, 50, due_on=ahead(8), returned_on=ago(1), returned_amount=20),
            trade("A", "B", 30, 1000, due_on=ahead(5), paid_on=ago(2)),
            trade("A", "B", 30, 1000, due_on=ago(3)),
            trade("A", "B", 30, 1000, due_on=ahead(22)),
            trade("A", "B", 30, 7, due_on=ahead(3), paid_on=ahead(1)),
        ],
    )
    due = due_amounts(tables, AS_OF, ["A", "B"], 3)
    # What is paid tomorrow is not known to be paid today.
    assert due.receivables[:, 0].tolist() == [107, 137, 137]
    assert due.receivables[:, 1].tolist() == [0, 0, 0]
    assert due.usual[0] == pytest.approx(1000 / 13)


def test_only_what_exceeds_the_usual_receipts_is_extra() -> None:
    tables = tables_of(
        firms=firms("A", "B"),
        supplies=[trade("A", "B", 60, 1300, paid_on=ago(10)), trade("A", "B", 5, 250, due_on=ahead(2))],
    )
    # 100 comes in every week: 150 more than usual after one week, 50 after two, nothing after three.
    assert due_amounts(tables, AS_OF, ["A"], 3).extra_receipts[:, 0] == pytest.approx([150, 50, 0])


def test_loans_are_due_by_their_last_state_and_overdue_ones_at_once() -> None:
    line = {"lender_id": "L", "firm_id": "A"}
    tables = tables_of(
        firms=firms("A", "L"),
        loans=[
            {**line, "loan_id": "1", "on": ago(90), "drawn": 500.0, "due_on": ahead(10)},
            {**line, "loan_id": "1", "on": ago(9), "drawn": 400.0, "due_on": ahead(10)},
            {**line, "loan_id": "2", "on": ago(9), "drawn": 30.0, "due_on": ago(4)},
            {**line, "loan_id": "3", "on": ago(9), "drawn": 9000.0, "due_on": None},
            {**line, "loan_id": "4", "on": ago(9), "drawn": 0.0, "due_on": ahead(1)},
        ],
    )
    loans = due_amounts(tables, AS_OF, ["A"], 3).loans
    assert np.array_equal(loans[:, 0], [30, 430, 430])
