"""Collateral: what was known of it on a day, and the LGD of what it secures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph import DatasetInfo
from supplyrisk.graph.credit import (
    Collateral,
    CollateralPolicy,
    CreditLine,
    EconomicsPolicy,
    downturn_lgd,
    line_severity,
    loss_severity,
    pledges_of,
    read_collateral,
    read_policy,
)
from supplyrisk.graph.credit.collateral import counted_value, why_not_counted
from supplyrisk.graph.schema.contract import COLLATERAL_KINDS
from supplyrisk.graph.workspace.tables import Tables

AS_OF = date(2025, 6, 30)
POLICY = CollateralPolicy()
ECONOMICS = EconomicsPolicy()
HOUSE = Collateral("P1", "A", AS_OF, "real_estate", 100_000.0)
KINDS = [kind for kind in COLLATERAL_KINDS if kind != "insurance"]

pieces = st.lists(
    st.builds(
        Collateral,
        st.text("PQ", min_size=1),
        st.just("A"),
        st.just(AS_OF),
        st.sampled_from(KINDS),
        st.floats(1, 1e6),
        haircut=st.none() | st.floats(0, 1),
    ),
    max_size=4,
)


def stored(*rows: dict[str, object]) -> Tables:
    """A data set whose table of collateral has these rows."""
    base = {"firm_id": "A", "kind": "cash", "currency": None, "loan_id": None, "haircut": None}
    table = pa.Table.from_pylist([base | {"insurer_id": None} | row for row in rows])
    return Tables(DatasetInfo(), {"collateral": table})


def test_the_last_valuation_of_the_day_counts() -> None:
    day = timedelta(days=1)
    tables = stored(
        {"collateral_id": "P1", "on": AS_OF - 9 * day, "value": 5.0},
        {"collateral_id": "P1", "on": AS_OF, "value": 7.0},
        {"collateral_id": "P1", "on": AS_OF + day, "value": 9.0},
        {"collateral_id": "P2", "on": AS_OF - day, "value": 3.0},
        {"collateral_id": "P2", "on": AS_OF, "value": 0.0},  # released
        {"collateral_id": "P3", "on": AS_OF + day, "value": 1.0},
    )
    assert [(piece.collateral_id, piece.value) for piece in read_collateral(tables, AS_OF)] == [("P1", 7.0)]
    before = read_collateral(tables, AS_OF - day)
    assert [(piece.collateral_id, piece.value) for piece in before] == [("P1", 5.0), ("P2", 3.0)]
    assert read_collateral(Tables(DatasetInfo(), {}), AS_OF) == ()


def test_collateral_of_a_firm_and_of_its_lines_by_the_last_row() -> None:
    day = timedelta(days=1)
    tables = stored(
        {"collateral_id": "OWN", "on": AS_OF, "value": 1.0},
        {"collateral_id": "THIRD", "on": AS_OF, "value": 2.0, "firm_id": "B", "loan_id": "L-A"},
        # It secures another firm's line by now.
        {"collateral_id": "GONE", "on": AS_OF - day, "value": 3.0, "firm_id": "B", "loan_id": "L-A"},
        {"collateral_id": "GONE", "on": AS_OF, "value": 3.0, "firm_id": "B", "loan_id": "L-C"},
        {"collateral_id": "NAMED", "on": AS_OF, "value": 4.0, "firm_id": "C"},
        {"collateral_id": "OTHER", "on": AS_OF, "value": 5.0, "firm_id": "C", "loan_id": "L-C"},
    )
    known = read_collateral(tables, AS_OF, firm_id="A", loans=["L-A"], also=["NAMED"])
    assert [(piece.collateral_id, piece.loan_id) for piece in known] == [
        ("GONE", "L-C"), ("NAMED", None), ("OWN", None), ("THIRD", "L-A"),
    ]  # fmt: skip


def test_a_correction_counts_from_the_day_on_which_it_became_known() -> None:
    day = timedelta(days=1)
    valued = {"collateral_id": "P1", "on": AS_OF - 9 * day}
    tables = stored(
        valued | {"value": 5.0, "known_on": None, "known_until": AS_OF, "void": None},
        valued | {"value": 2.0, "known_on": AS_OF, "known_until": None, "void": None},
        valued | {"collateral_id": "P2", "value": 4.0, "known_on": AS_OF, "known_until": None, "void": True},
    )
    assert [piece.value for piece in read_collateral(tables, AS_OF - day)] == [5.0]
    assert [piece.value for piece in read_collateral(tables, AS_OF)] == [2.0]


@pytest.mark.parametrize(
    ("piece", "value"),
    [
        (HOUSE, 60_000.0),
        (replace(HOUSE, haircut=0.25), 75_000.0),
        (replace(HOUSE, kind="cash"), 100_000.0),
        (replace(HOUSE, kind="insurance"), 90_000.0),
    ],
)
def test_haircuts_by_kind_unless_the_table_has_its_own(piece: Collateral, value: float) -> None:
    assert counted_value(piece, POLICY) == pytest.approx(value)


@pytest.mark.parametrize(
    ("piece", "code"),
    [
        (HOUSE, None),
        (replace(HOUSE, on=AS_OF - timedelta(days=365)), None),
        (replace(HOUSE, on=AS_OF - timedelta(days=366)), "STALE"),
        (replace(HOUSE, currency="CNY"), None),
        (replace(HOUSE, currency="USD"), "CURRENCY"),
    ],
)
def test_old_valuations_and_other_currencies_do_not_count(piece: Collateral, code: str | None) -> None:
    assert why_not_counted(piece, "CNY", AS_OF, POLICY) == code


def test_lgd_by_hand() -> None:
    goods = replace(HOUSE, collateral_id="P2", kind="physical", value=50_000.0)
    severity = loss_severity(200_000.0, 0.45, [goods, HOUSE], POLICY, ECONOMICS)
    # 60,000 at 20 %, 30,000 at 25 %, and 110,000 at 45 %, or in a downturn at .45 + .08 x .55 = 49.4 %
    assert [(part.kind, part.amount) for part in severity.parts] == [
        ("real_estate", 60_000.0), ("physical", 30_000.0), ("unsecured", 110_000.0),
    ]  # fmt: skip
    assert severity.lgd == pytest.approx((12_000 + 7_500 + 49_500) / 200_000)
    assert severity.capital_lgd == pytest.approx((12_000 + 7_500 + 54_340) / 200_000)


def test_capital_has_the_weighted_floor() -> None:
    severity = loss_severity(100_000.0, 0.05, [replace(HOUSE, value=100_000.0)], POLICY, ECONOMICS)
    # 60,000 at the lower of 20 % and 5 %; floors of 10 % and of 30 % for other retail
    assert severity.lgd == pytest.approx(0.05)
    assert severity.capital_lgd == pytest.approx(0.6 * 0.10 + 0.4 * 0.30)
    corporate = ECONOMICS.model_copy(update={"segment": "corporate"})
    assert loss_severity(1.0, 0.05, [], POLICY, corporate).capital_lgd == pytest.approx(0.25)


def test_the_downturn_is_the_policys_add_on_or_own_value() -> None:
    assert downturn_lgd(0.45, ECONOMICS) == pytest.approx(0.494)
    own = ECONOMICS.model_copy(update={"downturn_lgd": 0.6})
    assert downturn_lgd(0.45, own) == 0.6
    assert downturn_lgd(0.7, own) == 0.7


@given(st.floats(1, 1e6), st.floats(0, 1), pieces, pieces)
def test_more_collateral_never_raises_a_loss(
    ead: float, lgd: float, some: list[Collateral], more: list[Collateral]
) -> None:
    before = loss_severity(ead, lgd, some, POLICY, ECONOMICS)
    after = loss_severity(ead, lgd, [*some, *more], POLICY, ECONOMICS)
    assert after.lgd <= before.lgd + 1e-9
    assert after.capital_lgd <= before.capital_lgd + 1e-9
    assert sum(part.amount for part in after.parts) == pytest.approx(ead)
    assert min(part.amount for part in after.parts) >= 0


def test_collateral_of_a_line_lowers_its_lgd_unless_the_lender_states_one() -> None:
    policy = read_policy()
    cash = replace(HOUSE, kind="cash", value=2_500.0, loan_id="L")
    known = [
        cash,
        replace(cash, collateral_id="P2", loan_id=None),
        replace(cash, collateral_id="P3", on=date(2020, 1, 1)),
        replace(cash, collateral_id="P4", kind="insurance"),
    ]
    pledged = pledges_of(known, AS_OF, policy)
    assert pledged == {"L": (cash,)}
    line = CreditLine(product="order", line=10_000.0, drawn=10_000.0, lgd=None)
    assert line_severity(line, 10_000.0, pledged["L"], policy).lgd == pytest.approx(0.75 * 0.45)
    assert line_severity(replace(line, lgd=0.4), 10_000.0, pledged["L"], policy).lgd == pytest.approx(0.4)
