"""Vintages of lines and the lagged non-performing share, by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest

from supplyrisk.graph import DatasetInfo, DefaultDefinition, Tables
from supplyrisk.graph.credit.backtest import LoanHistory, loan_history
from supplyrisk.graph.schema import defaults

END = date(2026, 6, 30)
OPENED = date(2025, 2, 1)
# Both lenders' first states lie on the first day of 2025; C0 was opened before it.
STATES = [
    ("C0", "L1", "F0", date(2025, 1, 1), date(2024, 6, 1), 100.0, 0),
    ("C0", "L1", "F0", date(2026, 2, 1), date(2024, 6, 1), 50.0, 0),
    ("C1", "L1", "F1", date(2025, 2, 1), OPENED, 100.0, 0),
    ("C1", "L1", "F1", date(2025, 9, 1), OPENED, 80.0, 95),
    ("C2", "L1", "F2", date(2025, 2, 1), OPENED, 200.0, 0),
    ("C3", "L2", "F3", date(2025, 2, 1), OPENED, 400.0, 0),
]


def history(
    lender: str | None = None, definition: DefaultDefinition | None = None, states: list[tuple] = STATES
) -> LoanHistory:
    names = ("loan_id", "lender_id", "firm_id", "on", "opened_on", "drawn", "days_past_due")
    columns = dict(zip(names, map(list, zip(*states, strict=True)), strict=True))
    loans = pa.table(columns).append_column("written_off", pa.nulls(len(states), pa.float64()))
    # F3 defaults half a year after its line was opened.
    events = pa.table({"firm_id": ["F3"], "on": [OPENED + timedelta(days=181)], "kind": ["default"]})
    tables = Tables(DatasetInfo("book", currency="CNY"), {"loans": loans, "events": events})
    return loan_history(tables, definition or defaults.DEFAULT_DEFINITION, END, lender)


def test_a_vintage_counts_own_arrears_and_the_default_of_the_borrower() -> None:
    found = history(definition=DefaultDefinition(days_past_due=90))
    assert {point.cohort for point in found.vintages} == {"2025Q1"}
    share = {point.months: point.share for point in found.vintages}
    # C3 is bad after 181 days, C1 after 212 days, C2 never; C0 is in no vintage.
    assert (share[5], share[6], share[7]) == pytest.approx((0, 1 / 3, 2 / 3))
    assert found.left_out == 1
    # All lines are 514 days old, which is 16 months.
    assert max(share) == 16


def test_a_line_that_was_repaid_before_its_borrower_failed_is_not_bad() -> None:
    repaid = [
        ("C4", "L1", "F3", date(2025, 2, 1), OPENED, 100.0, 0),
        ("C4", "L1", "F3", date(2025, 6, 1), OPENED, 0.0, 0),
    ]
    start = ("C0", "L1", "F0", date(2025, 1, 1), date(2024, 6, 1), 100.0, 0)
    owed = [repaid[0], (*repaid[1][:5], 1.0, 0)]
    shares = {
        name: max(point.share for point in history(states=[start, *states]).vintages)
        for name, states in (("repaid", repaid), ("owed", owed))
    }
    assert shares == {"repaid": 0.0, "owed": 1.0}


def test_shares_of_a_vintage_never_fall() -> None:
    shares = [point.share for point in history().vintages]
    assert shares == sorted(shares)
    assert shares[-1] > 0


def test_the_lagged_share_divides_by_the_balance_of_a_year_before() -> None:
    book = {day.day: day for day in history(definition=DefaultDefinition(days_past_due=90)).book}
    march = book[date(2026, 3, 31)]
    # Drawn: C0 50, C1 80, C2 200, C3 400; C1 and C3 are bad. A year before: 100, 100, 200, 400.
    assert (march.drawn, march.non_performing) == (730.0, 480.0)
    assert march.share == pytest.approx(480 / 730)
    assert march.lagged_share == pytest.approx(480 / 800)
    assert book[date(2025, 12, 31)].lagged_share is None


def test_a_lender_sees_its_own_lines_only() -> None:
    book = {day.day: day for day in history("L2").book}
    assert book[date(2025, 6, 30)].drawn == 400.0
    assert book[date(2026, 3, 31)].non_performing == 400.0
    assert history("nobody") == LoanHistory((), (), 0)


def test_an_unknown_drawn_amount_is_left_out_and_counted() -> None:
    loans = pa.table(
        {
            "loan_id": ["C1", "C2"],
            "lender_id": ["L1", "L1"],
            "firm_id": ["F1", "F2"],
            "on": [date(2025, 3, 1)] * 2,
            "opened_on": pa.nulls(2, pa.date32()),
            "drawn": [70.0, None],
            "days_past_due": pa.nulls(2, pa.int64()),
            "written_off": pa.nulls(2, pa.float64()),
        }
    )
    events = pa.table(
        {
            "firm_id": pa.nulls(0, pa.string()),
            "on": pa.nulls(0, pa.date32()),
            "kind": pa.nulls(0, pa.string()),
        }
    )
    found = loan_history(
        Tables(DatasetInfo("book"), {"loans": loans, "events": events}), defaults.DEFAULT_DEFINITION, END
    )
    assert found.book[0].drawn == 70.0
    assert found.book[0].unknown == 1
