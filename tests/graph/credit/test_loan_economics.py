"""Economics of a loan: guarantees and insurance by substitution, capital, and policies of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import pd, scores
from shops import plain_shop
from supplyrisk.graph import DataError
from supplyrisk.graph.credit import (
    AssetClass,
    Collateral,
    Connections,
    EconomicsFacts,
    LoanRequest,
    Policy,
    Protection,
    guarantees_for,
    insurance_of,
    irb_capital,
    loan_economics,
    read_policy,
    shipped_policy,
)
from supplyrisk.graph.credit.loan_security import SecurityFacts, loan_security
from supplyrisk.graph.credit.score_history import StoredScore
from supplyrisk.graph.credit.shop_facts import FirmLine, Guarantee
from supplyrisk.graph.credit.total_exposure import total_exposure

POLICY = read_policy()
LOAN = EconomicsFacts(ead=100_000.0, lgd=0.45, pd_year=0.04, pd_term=0.02, years=0.5, rate=0.08)
GOOD = Protection("guarantee", "G", 30_000.0, 0.01, 0.005)
DOWNTURN = 0.494
FREE = Connections({}, True)


def with_keys(**keys: object) -> Policy:
    """The shipped policy with other keys of [economics]."""
    return POLICY.model_copy(update={"economics": POLICY.economics.model_copy(update=keys)})


def test_an_unsecured_loan_by_hand() -> None:
    found = loan_economics(LOAN, POLICY)
    k = irb_capital(0.04, DOWNTURN, AssetClass.RETAIL).k
    assert found.el == pytest.approx(1_800.0)
    assert found.el_term == pytest.approx(900.0)
    assert found.k == pytest.approx(k)
    assert found.rwa == pytest.approx(12.5 * k * 100_000)
    # A ratio of 8 % times 12.5 is 1.
    assert found.capital == pytest.approx(k * 100_000)
    # 8,000 interest, 3,000 funding, 2,000 cost, 1,800 expected loss
    assert found.raroc == pytest.approx(1_200 / found.capital)
    assert found.hurdle_rate == pytest.approx(0.05 + (1_800 + 0.15 * found.capital) / 100_000)
    assert found.maturity is None and found.sales is None


def test_a_guarantee_substitutes_the_pd_on_the_covered_part() -> None:
    found = loan_economics(replace(LOAN, protections=(GOOD,)), POLICY)
    assert found.el == pytest.approx(0.45 * (0.01 * 30_000 + 0.04 * 70_000))
    assert found.el_term == pytest.approx(0.45 * (0.005 * 30_000 + 0.02 * 70_000))
    covered, own = (irb_capital(year, DOWNTURN, AssetClass.RETAIL).k for year in (0.01, 0.04))
    assert found.k == pytest.approx(0.3 * covered + 0.7 * own)
    (part,) = found.protections
    assert (part.covered, part.refused) == (30_000.0, None)


def test_collateral_comes_first_and_a_guarantee_covers_what_is_left() -> None:
    deposit = Collateral("P", "A", date(2025, 6, 30), "cash", 80_000.0)
    found = loan_economics(replace(LOAN, collateral=(deposit,), protections=(GOOD,)), POLICY)
    assert found.protections[0].covered == 20_000.0
    # Nothing is lost on the deposit, and the guarantor answers for the rest.
    assert found.el == pytest.approx(0.45 * 0.01 * 20_000)
    assert found.lgd == pytest.approx(0.09)


@pytest.mark.parametrize("other", [0.04, 0.05])
def test_a_guarantor_whose_pd_is_not_lower_gives_no_benefit(other: float) -> None:
    found = loan_economics(replace(LOAN, protections=(replace(GOOD, pd_year=other),)), POLICY)
    assert found.protections[0].refused == "PD_NOT_LOWER"
    assert (found.el, found.k) == (loan_economics(LOAN, POLICY).el, loan_economics(LOAN, POLICY).k)


def test_an_insurer_counts_by_the_corporate_function() -> None:
    insurer = Protection("insurance", "PICC", 100_000.0, 0.0005, 0.0002)
    found = loan_economics(replace(LOAN, protections=(insurer,)), POLICY)
    assert found.k == pytest.approx(irb_capital(0.0005, DOWNTURN, AssetClass.CORPORATE, years=0.5).k)
    # Just below the borrower's PD, the corporate function asks for more capital than the retail one.
    near = replace(insurer, pd_year=0.039)
    assert loan_economics(replace(LOAN, protections=(near,)), POLICY).protections[0].refused == "PD_NOT_LOWER"


def test_a_corporate_loan_by_size_and_maturity() -> None:
    facts = replace(LOAN, years=3.0, sales=15.6e6)
    found = loan_economics(facts, with_keys(segment="corporate"))
    # CNY 15.6 m are EUR 2 m, which count as 5
    assert found.sales == pytest.approx(2.0)
    assert found.maturity == 3.0
    assert found.k == pytest.approx(irb_capital(0.04, DOWNTURN, AssetClass.CORPORATE, years=3.0, sales=5.0).k)
    fixed = loan_economics(facts, with_keys(segment="corporate", maturity=2.5))
    assert fixed.maturity == 2.5
    assert fixed.k < found.k


def guarantee(
    other: str, amount: float | None, *, defaulted: bool = False, side: str = "backed by"
) -> Guarantee:
    return Guarantee(side, other, None, amount, None, defaulted)


def test_guarantees_without_benefit_are_named_with_the_reason() -> None:
    guarantees = [
        guarantee("SISTER", 5.0),
        guarantee("SUPPLIER", 5.0),
        guarantee("DEAD", 5.0, defaulted=True),
        guarantee("STRANGER", 5.0),
        guarantee("OTHER", 5.0, side="stands for"),
    ]
    connections = Connections({"SISTER": "GROUP", "SUPPLIER": "CHAIN"}, True)
    found = guarantees_for(guarantees, connections, {}, 0.0, 90)
    assert [(part.provider, part.refused) for part in found] == [
        ("SISTER", "GROUP"), ("SUPPLIER", "CHAIN"), ("DEAD", "DEFAULTED"), ("STRANGER", "NO_PD"),
    ]  # fmt: skip


SCORE = next(row for row in scores().to_pylist() if row["firm_id"] == "ALFA")


@pytest.mark.parametrize(
    ("amount", "owed", "connections", "state", "expected"),
    [
        (5.0, 0.0, FREE, "scored", (5.0, None)),
        (5.0, 2.0, FREE, "scored", (3.0, None)),
        (5.0, 5.0, FREE, "scored", (0.0, "USED_UP")),
        (5.0, None, FREE, "scored", (5.0, "DEBT_UNKNOWN")),
        (None, 0.0, FREE, "scored", (None, "NO_AMOUNT")),
        (5.0, 0.0, FREE, "insufficient", (5.0, "NO_PD")),
        # Of a firm without recorded trade nobody is known to be outside its chain.
        (5.0, 0.0, Connections({}, False), "scored", (5.0, "TRADE_UNKNOWN")),
        (5.0, 0.0, Connections({"ALFA": "RING"}, True), "scored", (5.0, "RING")),
    ],
)
def test_when_a_guarantee_counts(
    amount: float | None,
    owed: float | None,
    connections: Connections,
    state: str,
    expected: tuple[float | None, str | None],
) -> None:
    score = StoredScore.of_row(SCORE | {"state": state})
    (found,) = guarantees_for([guarantee("ALFA", amount)], connections, {"ALFA": score}, owed, 90)
    assert (found.amount, found.refused) == expected
    if state == "scored":
        # ALFA's hazard is .01 over 180 days.
        assert (found.pd_year, found.pd_term) == pytest.approx((pd(0.01 * 365 / 180), pd(0.005)))


def test_existing_debt_takes_up_one_guarantee_after_the_other() -> None:
    guarantees = [guarantee("ALFA", 5.0), guarantee("BETA", 5.0)]
    by_firm = {row["firm_id"]: StoredScore.of_row(row) for row in scores().to_pylist() if row["pd"]}
    found = guarantees_for(guarantees, FREE, by_firm, 7.0, 90)
    assert [(part.amount, part.refused) for part in found] == [(0.0, "USED_UP"), (3.0, None)]


@pytest.mark.parametrize(
    ("lines", "other_debt", "repays", "expected"),
    [
        ((), None, (), "DEBT_UNKNOWN"),
        ((), 0.0, (), None),
        ((None,), 0.0, (), "DEBT_UNKNOWN"),
        ((2.0,), None, (), None),
        ((None,), 0.0, ("C0",), None),
    ],
)
def test_a_guarantee_counts_only_beside_known_debt(
    lines: tuple[float | None, ...], other_debt: float | None, repays: tuple[str, ...], expected: str | None
) -> None:
    owed = tuple(
        FirmLine("other", drawn, drawn, None, lender="L", loan=f"C{number}")
        for number, drawn in enumerate(lines)
    )
    shop = plain_shop(guarantees=(guarantee("ALFA", 5.0),), loans=owed, has_lenders=bool(lines))
    request = LoanRequest(10.0, 90, repays=repays, other_debt=other_debt)
    exposure = total_exposure(shop, repays, other_debt)
    scored = {"ALFA": StoredScore.of_row(SCORE)}
    security = loan_security(SecurityFacts(request, shop, (), scored, exposure, date(2025, 6, 30)), POLICY)
    assert [part.refused for part in security.protections] == [expected]


def test_the_lowest_pd_covers_first() -> None:
    better = Protection("guarantee", "B", 90_000.0, 0.005, 0.0025)
    found = loan_economics(replace(LOAN, protections=(GOOD, better)), POLICY)
    assert [(part.provider, part.covered) for part in found.protections] == [("B", 90_000.0), ("G", 10_000.0)]
    assert found.el == pytest.approx(0.45 * (0.005 * 90_000 + 0.01 * 10_000))


def test_insurers_are_those_of_the_policy() -> None:
    update = {"insurers": {"PICC": 0.001}}
    policy = POLICY.model_copy(update={"collateral": POLICY.collateral.model_copy(update=update)})
    day = date(2025, 6, 30)
    rows = [
        Collateral("I1", "A", day, "insurance", 50_000.0, insurer_id="PICC"),
        Collateral("I2", "A", day, "insurance", 50_000.0, insurer_id="NONAME"),
        Collateral("I3", "A", day, "insurance", 50_000.0),
    ]
    found = insurance_of(rows, FREE, {}, 365, policy)
    assert [(part.provider, part.amount, part.pd_year, part.refused) for part in found] == [
        ("PICC", 45_000.0, 0.001, None), ("NONAME", 45_000.0, None, "INSURER"), ("I3", 45_000.0, None, "INSURER"),
    ]  # fmt: skip
    assert found[0].pd_term == pytest.approx(0.001)
    assert insurance_of(rows[:1], Connections({"PICC": "CHAIN"}, True), {}, 365, policy)[0].refused == "CHAIN"
    assert insurance_of(rows[:1], FREE, {"I1": "STALE"}, 365, policy)[0].refused == "STALE"


shares = st.floats(0, 1)


@given(
    st.builds(
        EconomicsFacts,
        ead=st.floats(1, 1e7),
        lgd=shares,
        pd_year=st.floats(0, 0.9),
        pd_term=shares,
        years=st.floats(0.1, 6),
        rate=shares,
    ),
    st.floats(0, 0.9),
    st.floats(0, 1e7),
    st.sampled_from(["retail", "corporate"]),
)
def test_protection_never_costs(facts: EconomicsFacts, other: float, amount: float, segment: str) -> None:
    policy = with_keys(segment=segment)
    alone = loan_economics(facts, policy)
    protected = loan_economics(
        replace(facts, protections=(Protection("guarantee", "G", amount, other, facts.pd_term),)), policy
    )
    assert protected.el <= alone.el * (1 + 1e-9)
    assert protected.capital <= alone.capital * (1 + 1e-9)
    assert alone.hurdle_rate is not None and protected.hurdle_rate is not None
    assert protected.hurdle_rate <= alone.hurdle_rate + 1e-9


def test_keys_of_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    text = shipped_policy().replace('segment = "retail"', 'segment = "corporate"')
    path.write_text(text.replace('currency = "CNY"', 'currency = "USD"').replace("per_eur = 7.8", ""))
    with pytest.raises(DataError, match=r"economics\.per_eur is not stated"):
        read_policy(path)
    path.write_text(shipped_policy().replace('maturity = "term"', "maturity = 9.0"))
    with pytest.raises(DataError, match='"term", or years from 1 to 5'):
        read_policy(path)
    path.write_text(
        text.replace("# lgd_by_product = { supply_chain = 0.35 }", "lgd_by_product = { tin = 1.0 }")
    )
    with pytest.raises(DataError, match=r"loss\.lgd_by_product names tin"):
        read_policy(path)
    path.write_text(shipped_policy().replace("# lgd_by_product = { supply", "lgd_by_product = { supply"))
    policy = read_policy(path)
    assert [policy.loss.lgd_of(product) for product in ("supply_chain", "order", None)] == [0.35, 0.45, 0.45]
    assert policy.hash != POLICY.hash


def test_the_shipped_keys_are_the_defaults() -> None:
    """So that a policy from before these keys has the same hash and the same economics."""
    assert Policy.model_fields["economics"].default == POLICY.economics
    assert Policy.model_fields["collateral"].default == POLICY.collateral
