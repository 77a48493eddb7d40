"""A lender's book as limits see it: each line counts as in the firm's exposure, and unknown amounts are not 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph.credit import LimitFacts, Verdict, conclude, credit_limit, read_policy
from supplyrisk.graph.credit.conclusion import LoanCase
from supplyrisk.graph.credit.lender_books import BookAround, book_around
from supplyrisk.graph.credit.limit_rules import BookUsage
from supplyrisk.graph.credit.shop_facts import BookLine, RecordedLibrary
from supplyrisk.graph.credit.total_exposure import TotalExposure

POLICY = read_policy()
SHARED = [{"counterparty": "X", "firms": ["A", "B"]}, {"counterparty": "Y", "firms": ["C"]}]


class SharedGraph:
    """A graph that answers which borrowers share a counterparty with the firm."""

    def __init__(self, rows: Sequence[Mapping[str, object]]) -> None:
        self.rows = rows

    def run(self, cypher: str, params: object = None) -> pa.Table:
        return pa.Table.from_pylist([dict(row) for row in self.rows])


def line(
    firm: str, drawn: float | None, limit: float | None = None, product: str | None = "other"
) -> BookLine:
    return BookLine(product, limit, drawn, None, firm, None, None, None, f"line of {firm}", 0.01, False)


def around(lines: Sequence[BookLine], rows: Sequence[Mapping[str, object]] = SHARED) -> BookAround:
    return book_around(RecordedLibrary(SharedGraph(rows)), "L", "S", lines)


def test_a_line_counts_with_the_larger_of_limit_and_drawn_amount_and_an_unknown_one_with_its_limit() -> None:
    lines = (
        line("S", 10.0, 40.0),
        line("A", None, 100.0),
        line("B", 20.0, 5.0),
        # Repaid, and cannot be drawn again.
        line("B", 0.0, 1_000.0),
        line("C", 130.0),
        line("D", 50.0),
    )
    # 40 + 100 + 20 + 130 + 50; behind X 100 + 20, behind Y 130
    assert around(lines) == BookAround(BookUsage(340.0, 40.0, 130.0, "Y"))
    assert around(lines, ()) == BookAround(BookUsage(340.0, 40.0, 0.0))


def test_a_book_of_nothing_has_no_usage() -> None:
    assert around((line("A", 0.0, 100.0),)) == BookAround()


def test_without_any_amount_of_a_line_behind_the_same_counterparty_there_is_no_limit_and_a_referral() -> None:
    book = around((line("A", None), line("D", None), line("E", 1e6)))
    # D shares no counterparty: a smaller book only lowers the limits.
    assert book.unknown == ("line of A",)
    exposure = book.added_to(TotalExposure(unknown=("C1",)))
    assert exposure.unknown == ("C1", "line of A")
    facts = LimitFacts("C", 0.9, 1e6, 0.4, book.usage, exposure=exposure)
    limit = credit_limit(facts, POLICY)
    assert (limit.amount, limit.binding) == (0.0, "EXPOSURE")
    case = LoanCase(50_000.0, 0.01, False, 0.9, 0.1, 0.02, (), (), True, exposure=exposure)
    assert conclude(case, limit, POLICY).word is Verdict.REFER


@given(
    st.lists(
        st.tuples(st.sampled_from("SABCD"), st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=6
    ),
    st.data(),
)
def test_hiding_drawn_amounts_up_to_the_limit_changes_no_revolving_line(
    amounts: list[tuple[str, float, float]], data: st.DataObject
) -> None:
    lines = [line(firm, min(drawn, limit), limit, "credit") for firm, drawn, limit in amounts]
    hidden = [line(row.firm, None, row.line, "credit") if data.draw(st.booleans()) else row for row in lines]
    assert around(hidden) == around(lines)


@pytest.mark.parametrize("product", ["credit", None])
def test_a_line_that_can_be_drawn_counts_with_its_limit(product: str | None) -> None:
    assert around((line("S", 0.0, 70.0, product),)) == BookAround(BookUsage(70.0, 70.0, 0.0, "X"))
