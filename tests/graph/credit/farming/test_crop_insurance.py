"""Crop insurance of a loan: by hand, each reason not to count, and what must be monotone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph import DataError
from supplyrisk.graph.credit import LgdPart, LoanRequest, LossSeverity, parse_policy, shipped_policy
from supplyrisk.graph.credit.farming.crop_cover import CropCover, with_crop_cover
from supplyrisk.graph.credit.farming.crop_insurance import CropFacts, crop_covers
from supplyrisk.graph.credit.farming.harvest import Harvest
from supplyrisk.graph.credit.protection import Connections
from supplyrisk.graph.credit.shop_facts import FirmLine

POLICY = parse_policy(shipped_policy().replace("insurers = {}", "insurers = { PICC = 0.0005 }"), "the policy")
RULES = POLICY.collateral.crop_insurance
AS_OF = date(2025, 6, 30)
RICE = Harvest(
    "F1", "rice", date(2025, 4, 20), 2.0, 13.0, date(2025, 9, 20), price=3000.0, insured_amount=30_000.0,
    insurer_id="PICC", insured_until=date(2025, 10, 31), beneficiary_id="L1",
)  # fmt: skip
ASKED = LoanRequest(20_000, 200, "other", lender="L1")
ALONE = Connections({}, trade_known=True)


def line(loan: str, drawn: float | None, lender: str = "L1") -> FirmLine:
    return FirmLine("other", drawn, drawn, None, lender=lender, loan=loan)


def covers(*crops: Harvest, policy: Any = POLICY, **changes: Any) -> list[tuple[float, str]]:
    facts = replace(CropFacts(ASKED, AS_OF, crops, (), ALONE), **changes)
    return [(cover.counted, cover.code) for cover in crop_covers(facts, policy)]


def test_an_assigned_insurance_counts_by_its_haircut_up_to_the_value_of_the_crop() -> None:
    # .6 of 30,000; of 13 t at 3,000 = 39,000 if more is insured.
    assert covers(RICE) == [(pytest.approx(18_000), "ASSIGNED")]
    assert covers(replace(RICE, insured_amount=50_000.0)) == [(pytest.approx(0.6 * 39_000), "ASSIGNED")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"insured_amount": None}, "NOT_INSURED"),
        ({"insured_until": None}, "EXPIRED"),
        ({"insured_until": date(2025, 6, 29)}, "EXPIRED"),
        ({"insured_until": date(2025, 9, 19)}, "BEFORE_HARVEST"),
        ({"expected_on": None}, "BEFORE_HARVEST"),
        # The loan is due on 16 January 2026, 90 days after 18 October.
        ({"insured_until": date(2025, 10, 17)}, "TERM"),
        ({"price": None}, "NO_VALUE"),
        ({"expected_tonnes": None}, "NO_VALUE"),
        ({"currency": "EUR"}, "CURRENCY"),
        ({"insurer_id": None}, "INSURER"),
        ({"beneficiary_id": "L2"}, "ELSEWHERE"),
        ({"beneficiary_id": None}, "NOT_ASSIGNED"),
    ],
)
def test_what_does_not_count_says_why(changes: dict[str, Any], code: str) -> None:
    assert covers(replace(RICE, **changes)) == [(0.0, code)]


def test_the_bounds_themselves_count() -> None:
    assert covers(replace(RICE, insured_until=date(2025, 10, 18)))[0][1] == "ASSIGNED"
    near = replace(ASKED, days=30)
    assert covers(replace(RICE, insured_until=date(2025, 9, 20)), request=near)[0][1] == "ASSIGNED"
    assert covers(replace(RICE, currency="CNY"))[0][1] == "ASSIGNED"


def test_a_harvested_crop_is_not_insured_any_more() -> None:
    assert covers(replace(RICE, harvested_on=date(2025, 6, 20))) == []


def test_a_connected_insurer_and_a_request_without_a_lender_have_no_benefit() -> None:
    chain = Connections({"PICC": "CHAIN"}, trade_known=True)
    assert covers(RICE, connections=chain) == [(0.0, "CONNECTED")]
    assert covers(RICE, request=replace(ASKED, lender=None)) == [(0.0, "ELSEWHERE")]


def test_a_policy_may_count_what_is_assigned_to_nobody() -> None:
    text = shipped_policy().replace("insurers = {}", "insurers = { PICC = 0.0005 }")
    keys = "[collateral.crop_insurance]\nother_haircut = 0.7\nassigned_haircut = 0.5\nlgd = 0.3\ndays_after = 0\n"
    policy = parse_policy(text + keys, "the policy")
    free = replace(RICE, beneficiary_id=None)
    short = replace(ASKED, days=60)
    assert covers(free, policy=policy, request=short) == [(pytest.approx(9_000), "UNASSIGNED")]
    assert covers(RICE, policy=policy, request=short) == [(pytest.approx(15_000), "ASSIGNED")]
    assert covers(RICE, policy=policy) == [(0.0, "TERM")]
    with pytest.raises(
        DataError, match=r"other_haircut 0.3 is below assigned_haircut 0.4: not assigned, yet more"
    ):
        parse_policy(f"{text}[collateral.crop_insurance]\nother_haircut = 0.3\n", "the policy")


def test_what_the_grower_owes_the_lender_takes_up_the_insurance_first() -> None:
    second = replace(RICE, crop="wheat")
    lines = (line("K1", 20_000.0), line("K2", 99.0, "L2"))
    assert covers(RICE, second, lines=lines) == [(0.0, "USED_UP"), (pytest.approx(16_000), "ASSIGNED")]
    assert covers(RICE, lines=lines, request=replace(ASKED, repays=("K1",)))[0] == (
        pytest.approx(18_000),
        "ASSIGNED",
    )
    assert covers(RICE, lines=(line("K1", None),)) == [(0.0, "DEBT_UNKNOWN")]


def severity(ead: float, lgd: float) -> LossSeverity:
    secured = LgdPart("cash", "K", 0.25 * ead, 0.0, 0.0, 0.0)
    return LossSeverity((secured, LgdPart("unsecured", None, 0.75 * ead, lgd, lgd + 0.04, 0.3)))


def test_it_covers_what_collateral_leaves_and_leaves_capital_alone() -> None:
    before = severity(20_000, 0.45)
    covers_of = [CropCover("rice", 1e5, 10_000, "ASSIGNED"), CropCover("wheat", 1e5, 9_000, "ASSIGNED")]
    after = with_crop_cover(before, covers_of, RULES)
    assert [(part.kind, part.amount, part.lgd) for part in after.parts] == [
        ("cash", 5_000, 0.0),
        ("crop_insurance", 10_000, 0.20),
        ("crop_insurance", 5_000, 0.20),
        ("unsecured", 0.0, 0.45),
    ]
    assert after.lgd == pytest.approx(0.15)
    assert after.capital_lgd == pytest.approx(before.capital_lgd)
    assert with_crop_cover(before, [CropCover("rice", None, 0.0, "NOT_INSURED")], RULES) is before


@given(
    amounts=st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)),
    value=st.none() | st.floats(0, 1e3),
    beneficiary=st.sampled_from([None, "L1", "L2"]),
    owed=st.none() | st.floats(0, 1e4),
    ead=st.floats(1, 1e6),
    lgd=st.floats(0, 1),
)
def test_a_larger_sum_insured_never_gives_a_higher_loss(
    *,
    amounts: tuple[float, float],
    value: float | None,
    beneficiary: str | None,
    owed: float | None,
    ead: float,
    lgd: float,
) -> None:
    losses = []
    for insured in sorted(amounts):
        crop = replace(RICE, insured_amount=insured, expected_tonnes=value, beneficiary_id=beneficiary)
        facts = CropFacts(ASKED, AS_OF, [crop], (line("K1", owed),), ALONE)
        covered = with_crop_cover(severity(ead, lgd), crop_covers(facts, POLICY), RULES)
        losses.append(covered.lgd)
        # Never more than without any insurance.
        assert covered.lgd <= severity(ead, lgd).lgd + 1e-12
    assert losses[1] <= losses[0] + 1e-12
