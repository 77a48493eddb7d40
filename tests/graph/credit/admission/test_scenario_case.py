"""Which scenarios apply: precedence, unknown facts, days, admissions on top, and that risk never pays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import DOUBLE_11, INSIDE, policy_with
from supplyrisk.graph.credit import (
    Admission,
    AdmissionCandidate,
    AdmissionList,
    AdmissionState,
    BusinessStage,
    LimitFacts,
    LoanRequest,
    ScenarioCase,
    ScenarioRuling,
    ShopKind,
    admitted_under,
    credit_limit,
)

STANDING = """
[[scenario]]
name = "declining makers"
when = { industry = ["makers"], stage = ["declining"] }
set = { turnover_share = 0.2, by_grade = { E = 10_000.0, F = 10_000.0 } }

[[scenario]]
name = "makers"
when = { industry = ["makers"], region = ["North"] }
set = { turnover_share = 0.4 }
expires_on = 2025-12-31
"""
MAKER = ShopKind("makers", None, "North", None, BusinessStage.DECLINING)
SHOP = ShopKind("shops", None, "North", None, BusinessStage.MATURE)
ORDER = LoanRequest(10_000, 90)
BOTH = policy_with(STANDING + DOUBLE_11)


def case_of(kind: ShopKind, **changes: Any) -> ScenarioCase:
    return replace(ScenarioCase(BOTH, kind, "S1", INSIDE), **changes)


def codes(ruling: ScenarioRuling) -> dict[str, str]:
    return {note.scenario.en: note.code for note in ruling.notes}


def listed(*pds: float, ceiling: float = 500.0) -> AdmissionList:
    """A list of S1, S2, ... with these PDs, each with an extra EL of 100 for 20,000 of limit."""
    shops = [
        AdmissionCandidate(f"S{n}", None, "C", pd, pd, 10_000, 30_000, 100.0, AdmissionState.ADMITTED)
        for n, pd in enumerate(pds, start=1)
    ]
    admission = Admission(
        "Double 11", "double-11", date(2025, 6, 15), date(2025, 7, 11), "order", 90, ceiling,
        admitted_under(shops, ceiling),
    )  # fmt: skip
    return AdmissionList(BOTH.hash, INSIDE, "data", "scores", "L1", (admission,))


def test_the_first_scenario_of_the_file_whose_conditions_are_met_applies() -> None:
    ruling = case_of(MAKER).ruling(LoanRequest(10_000, 90, "credit"))
    assert codes(ruling) == {"declining makers": "APPLIED", "makers": "LATER"}
    assert ruling.policy.turnover.share == 0.2
    assert ruling.policy.cap("E") == 10_000
    second = case_of(replace(MAKER, stage=BusinessStage.NEW)).ruling(LoanRequest(10_000, 90, "credit"))
    assert codes(second) == {"makers": "APPLIED"}
    assert (second.policy.turnover.share, second.policy.cap("E")) == (0.4, 60_000)
    # A scenario of other shops is not even listed.
    other = case_of(SHOP).ruling(LoanRequest(10_000, 90, "credit"))
    assert (codes(other), other.policy.own_terms) == ({}, BOTH.own_terms)


def test_what_is_unknown_never_loosens() -> None:
    hidden = case_of(replace(MAKER, stage=None)).ruling(LoanRequest(10_000, 90, "credit"))
    # The first may apply, so its stricter keys count; the second would loosen.
    assert codes(hidden) == {"declining makers": "STRICTER", "makers": "STRICTER_TOO"}
    assert (hidden.policy.turnover.share, hidden.policy.cap("E")) == (0.2, 10_000)
    assert hidden.notes[0].text.en.startswith(
        "may apply, as the stage of the business of the shop is unknown"
    )
    assert "经营阶段未知" in hidden.notes[0].text.zh
    nothing = case_of(ShopKind()).ruling(LoanRequest(10_000, 90, "credit"))
    assert (nothing.policy.turnover.share, nothing.policy.cap("E")) == (0.2, 10_000)


kinds = st.builds(
    ShopKind,
    industry=st.sampled_from(["makers", "shops"]),
    region=st.sampled_from(["North", "South"]),
    stage=st.sampled_from(BusinessStage),
)
facts = st.builds(
    LimitFacts,
    grade=st.sampled_from("ABCDEFG"),
    coverage=st.floats(0, 1),
    turnover=st.floats(0, 1e7),
    dependence=st.floats(0, 1),
)


@given(
    kinds,
    st.sets(st.sampled_from(["industry", "region", "stage"])),
    facts,
    st.sampled_from(["order", "credit"]),
)
def test_hiding_a_fact_never_lifts_the_limit(
    kind: ShopKind, hidden: set[str], shop: LimitFacts, product: str
) -> None:
    request = LoanRequest(10_000, 90, product)
    known = case_of(kind).ruling(request).policy
    unknown = case_of(replace(kind, **dict.fromkeys(hidden))).ruling(request).policy
    assert credit_limit(shop, unknown).amount <= credit_limit(shop, known).amount


def test_a_scenario_is_ignored_after_its_last_day_and_a_check_says_so() -> None:
    lists = listed(0.01)
    kind = replace(SHOP, stage=BusinessStage.NEW)
    for day, code in (
        (date(2025, 6, 14), "NOT_BEGUN"),
        (date(2025, 6, 15), "ADMITTED"),
        (date(2025, 7, 11), "ADMITTED"),
        (date(2025, 7, 12), "EXPIRED"),
    ):
        ruling = case_of(kind, as_of=day, admissions=lists).ruling(ORDER)
        assert codes(ruling) == {"Double 11": code}, day
        assert (ruling.room is not None) == (code == "ADMITTED")
        assert ruling.policy.turnover.share == (0.6 if code == "ADMITTED" else 0.3)
    expired = case_of(kind, as_of=date(2025, 7, 12)).ruling(ORDER).notes[0].text
    assert expired == ("expired on 2025-07-11: ignored", "已于 2025-07-11 到期，不予采用")
    standing = case_of(replace(MAKER, stage=BusinessStage.NEW), as_of=date(2026, 1, 1)).ruling(ORDER)
    assert codes(standing) == {"makers": "EXPIRED", "Double 11": "EXPIRED"}


@pytest.mark.parametrize(
    ("changes", "request_", "code"),
    [
        ({}, ORDER, "NO_LIST"),
        ({"is_outdated": True}, ORDER, "OTHER_SCORES"),
        ({"admissions": listed(0.01), "firm": "S9"}, ORDER, "NOT_EXAMINED"),
        ({"admissions": listed(0.01, 0.02, ceiling=100.0), "firm": "S2"}, ORDER, "CEILING"),
        ({"admissions": listed(0.01)}, replace(ORDER, days=91), "TERM"),
        ({"admissions": listed(0.01)}, replace(ORDER, lgd=0.46), "LGD"),
        ({"admissions": listed(0.01), "kind": ShopKind()}, ORDER, "UNKNOWN"),
    ],
)
def test_without_a_place_in_the_list_the_policy_stays_as_it_is(
    changes: dict[str, Any], request_: LoanRequest, code: str
) -> None:
    ruling = replace(case_of(SHOP), **changes).ruling(request_)
    assert codes(ruling)["Double 11"] == code
    assert ruling.room is None
    assert ruling.policy.cap("C") == 200_000


def test_an_admission_leaves_alone_what_another_scenario_sets() -> None:
    ruling = case_of(MAKER, admissions=listed(0.01)).ruling(ORDER)
    assert codes(ruling) == {"declining makers": "APPLIED", "makers": "LATER", "Double 11": "ADMITTED"}
    assert ruling.room == 20_000
    # Turnover and caps are set by the first scenario, the advance by the admission.
    assert (ruling.policy.turnover.share, ruling.policy.cap("C")) == (0.2, 200_000)
    assert (ruling.policy.financed.order_advance, ruling.standing.financed.order_advance) == (1.0, 0.7)
    text = ruling.notes[-1].text
    assert text.en == (
        "admitted: advance on orders 100%; extra EL 100, of all 1 admitted shops 100, ceiling 500; until 2025-07-11"
    )


pairs = st.tuples(st.integers(0, 4), st.integers(0, 4))


@given(
    kind=kinds,
    shop=facts,
    other_grade=st.sampled_from("ABCDEFG"),
    pds=st.lists(st.floats(0, 0.2), min_size=5, max_size=5),
    ceiling=st.floats(0, 1000),
    pair=pairs,
)
def test_a_riskier_shop_never_has_a_higher_limit_in_the_same_condition(
    *,
    kind: ShopKind,
    shop: LimitFacts,
    other_grade: str,
    pds: list[float],
    ceiling: float,
    pair: tuple[int, int],
) -> None:
    lists = listed(*pds, ceiling=ceiling)
    safer_first = sorted(pair, key=lambda place: (pds[place], place))
    grades = sorted([shop.grade or "G", other_grade])
    limits = []
    for place, grade in zip(safer_first, grades, strict=True):
        ruling = case_of(kind, admissions=lists, firm=f"S{place + 1}").ruling(ORDER)
        same = replace(shop, grade=grade)
        without = credit_limit(same, ruling.standing).amount
        admitted = None if ruling.room is None else without + ruling.room
        limit = credit_limit(replace(same, admitted=admitted), ruling.policy).amount
        # An admission never lowers a limit, and never lifts it by more than its list says.
        assert without <= limit <= without + (ruling.room or 0)
        limits.append(limit)
    assert limits[1] <= limits[0]
