"""RAROC and the rate that meets the hurdle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph.credit import LoanReturn

LOAN = LoanReturn(ead=100_000.0, funding_rate=0.03, cost=0.02, annual_el=900.0, capital=3_500.0)


def test_raroc_by_hand() -> None:
    # Interest 8,000, funding 3,000, cost 2,000, expected loss 900: 2,100 on a capital of 3,500.
    assert LOAN.raroc(0.08) == pytest.approx(0.60)
    # Interest that covers nothing but funding and cost leaves the expected loss.
    assert LOAN.raroc(0.05) == pytest.approx(-900 / 3_500)


def test_hurdle_rate_by_hand() -> None:
    # .03 + .02 + (900 + .12 x 3,500) / 100,000
    assert LOAN.rate_for(0.12) == pytest.approx(0.0632)


def test_without_capital_there_is_no_raroc_and_without_exposure_no_rate() -> None:
    assert LoanReturn(100.0, 0.03, 0.02, 1.0, 0.0).raroc(0.08) is None
    assert LoanReturn(0.0, 0.03, 0.02, 0.0, 0.0).rate_for(0.12) is None


@given(
    st.builds(
        LoanReturn,
        ead=st.floats(1, 1e8),
        funding_rate=st.floats(0, 0.2),
        cost=st.floats(0, 0.2),
        annual_el=st.floats(0, 1e8),
        capital=st.floats(1, 1e8),
    ),
    st.floats(-0.5, 1),
)
def test_the_hurdle_rate_earns_the_hurdle(loan: LoanReturn, hurdle: float) -> None:
    rate = loan.rate_for(hurdle)
    assert rate is not None
    assert loan.raroc(rate) == pytest.approx(hurdle, abs=1e-6 * (1 + abs(rate)) * loan.ead / loan.capital)
