"""Capital by the IRB risk-weight functions, against the risk weights that the Basel Committee published."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph.credit import AssetClass, defaulted_capital, irb_capital
from supplyrisk.graph.credit.irb_capital import corporate_correlation, maturity_factor, retail_correlation

RETAIL = AssetClass.RETAIL
CORPORATE = AssetClass.CORPORATE
# Basel II (June 2006), Annex 5: LGD 45 %, M 2.5 years. Columns: PD; corporate with sales of EUR 50 m and of EUR 5 m;
# other retail with an LGD of 45 % and of 85 %. All in per cent.
ANNEX_5 = [
    (0.05, 19.65, 15.39, 6.63, 12.52),
    (0.10, 29.65, 23.30, 11.16, 21.08),
    (0.25, 49.47, 39.01, 21.15, 39.96),
    (0.40, 62.72, 49.49, 28.42, 53.69),
    (0.50, 69.61, 54.91, 32.36, 61.13),
    (0.75, 82.78, 65.14, 40.10, 75.74),
    (1.00, 92.32, 72.40, 45.77, 86.46),
    (1.30, 100.95, 78.77, 50.80, 95.95),
    (1.50, 105.59, 82.11, 53.37, 100.81),
    (2.00, 114.86, 88.55, 57.99, 109.53),
    (2.50, 122.16, 93.43, 60.90, 115.03),
]
# Basel Framework, CRE99: the same with a corporate LGD of 40 %, which CRE32.6 has for senior unsecured claims.
CRE99 = [(0.05, 17.47, 13.69), (0.50, 61.88, 48.81), (1.00, 82.06, 64.35), (1.30, 89.73, 70.02)]
ROUNDING = 0.011
"""Per cent: the tables are rounded to .01, some of their figures the other way."""
pds = st.floats(0.0005, 0.6)


@pytest.mark.parametrize("row", ANNEX_5)
def test_risk_weights_of_basel_ii_annex_5(row: tuple[float, ...]) -> None:
    pd = row[0] / 100
    weights = [
        irb_capital(pd, 0.45, CORPORATE, sales=50.0).risk_weight,
        irb_capital(pd, 0.45, CORPORATE, sales=5.0).risk_weight,
        irb_capital(pd, 0.45, RETAIL).risk_weight,
        irb_capital(pd, 0.85, RETAIL).risk_weight,
    ]
    assert [100 * weight for weight in weights] == pytest.approx(list(row[1:]), abs=ROUNDING)


@pytest.mark.parametrize(("pd", "large", "small"), CRE99)
def test_risk_weights_of_cre99(pd: float, large: float, small: float) -> None:
    assert 100 * irb_capital(pd / 100, 0.40, CORPORATE).risk_weight == pytest.approx(large, abs=ROUNDING)
    assert 100 * irb_capital(pd / 100, 0.40, CORPORATE, sales=5.0).risk_weight == pytest.approx(
        small, abs=ROUNDING
    )


def test_the_one_year_pd_is_floored() -> None:
    capital = irb_capital(0.0001, 0.45, RETAIL)
    assert capital == irb_capital(0.0005, 0.45, RETAIL)
    assert capital.pd == 0.0005


def test_maturity_counts_from_one_to_five_years() -> None:
    # At one year the numerator is 1 - 1.5 b, so nothing is adjusted.
    assert maturity_factor(0.01, 1.0) == 1.0
    assert maturity_factor(0.01, 0.25) == 1.0
    # b = (.11852 + .05478 x 4.605170)^2 = .137486; (1 + 2.5 b) / (1 - 1.5 b) = 1.343715 / .793771
    assert maturity_factor(0.01, 5.0) == pytest.approx(1.692824, abs=1e-5)
    assert maturity_factor(0.01, 9.0) == maturity_factor(0.01, 5.0)
    assert irb_capital(0.01, 0.45, RETAIL, years=5.0) == irb_capital(0.01, 0.45, RETAIL, years=1.0)


def test_sales_count_from_five_to_fifty_million_and_unknown_ones_lower_nothing() -> None:
    full = corporate_correlation(0.02)
    assert corporate_correlation(0.02, 0.3) == corporate_correlation(0.02, 5.0) == pytest.approx(full - 0.04)
    assert corporate_correlation(0.02, 27.5) == pytest.approx(full - 0.02)
    assert corporate_correlation(0.02, 800.0) == corporate_correlation(0.02, 50.0) == full


def test_correlations_have_the_ends_of_their_ranges() -> None:
    assert (retail_correlation(0.0), retail_correlation(1.0)) == pytest.approx((0.16, 0.03))
    assert (corporate_correlation(0.0), corporate_correlation(1.0)) == pytest.approx((0.24, 0.12))


def test_capital_in_default_is_what_the_loss_may_exceed_the_best_estimate_by() -> None:
    assert defaulted_capital(0.494, 0.45).k == pytest.approx(0.044)
    assert defaulted_capital(0.40, 0.45).k == 0.0
    assert irb_capital(1.0, 0.45, CORPORATE).k == 0.0


@given(pds, st.floats(0, 1), st.sampled_from(AssetClass), st.floats(0, 200), st.floats(0, 10))
def test_capital_is_a_share_of_what_can_be_lost_beyond_expectation(
    pd: float, lgd: float, segment: AssetClass, sales: float, years: float
) -> None:
    capital = irb_capital(pd, lgd, segment, years=years, sales=sales)
    assert 0 <= capital.k / capital.maturity_factor <= lgd * (1 - pd) + 1e-12
    twice = irb_capital(pd, lgd / 2, segment, years=years, sales=sales)
    assert twice.k == pytest.approx(capital.k / 2)


@given(pds, st.floats(0.1, 1))
def test_a_larger_firm_and_a_longer_loan_never_need_less(pd: float, lgd: float) -> None:
    by_sales = [irb_capital(pd, lgd, CORPORATE, sales=sales).k for sales in (1.0, 10.0, 30.0, 60.0)]
    by_years = [irb_capital(pd, lgd, CORPORATE, years=years).k for years in (0.5, 1.0, 2.0, 5.0)]
    assert all(low <= high + 1e-12 for ks in (by_sales, by_years) for low, high in pairwise(ks))
