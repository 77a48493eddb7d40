"""Lending on a score: the shipped policy, losses, limits and conclusions, worked by hand, and what must be monotone."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.term_structure import TermStructure
from supplyrisk.graph import DataError
from supplyrisk.graph.credit import (
    BookUsage,
    CreditLimit,
    ExpectedLoss,
    FirmTerms,
    LimitFacts,
    LoanCase,
    Partner,
    Policy,
    TotalExposure,
    Verdict,
    conclude,
    credit_limit,
    hhi,
    pd_over_term,
    read_policy,
    shipped_policy,
)
from supplyrisk.graph.credit.exposure_at_default import exposure_at_default, line_ead
from supplyrisk.graph.schema.strict_toml import parse_toml

POLICY = read_policy()
CONSTANT = FirmTerms(180)
SOUND = LimitFacts(grade="C", coverage=0.9, turnover=1_000_000.0, dependence=0.4)
CASE = LoanCase(50_000.0, 0.01, False, 0.9, 0.1, 0.02, (), (), True)
ROOM = CreditLimit(200_000.0, "GRADE", ())

shares = st.floats(0, 1)
money = st.floats(0, 1e8)
grades = st.sampled_from("ABCDEFG")
books = st.builds(BookUsage, lent=money, to_firm=money, chain=money)
facts = st.builds(
    LimitFacts,
    grade=grades,
    coverage=shares,
    turnover=st.none() | money,
    dependence=st.none() | shares,
    book=st.none() | books,
    term_days=st.integers(1, 360),
)


# Loss


def test_pd_over_a_term_holds_the_hazard_flat() -> None:
    # 1 - .9^(1/2) over half the horizon, 1 - .9^2 over twice of it
    assert pd_over_term(0.1, 90, CONSTANT) == pytest.approx(0.0513167019, abs=1e-10)
    assert pd_over_term(0.1, 180, CONSTANT) == pytest.approx(0.1, abs=1e-15)
    assert pd_over_term(0.1, 360, CONSTANT) == pytest.approx(0.19, abs=1e-15)
    assert pd_over_term(1.0, 1, CONSTANT) == 1.0
    assert pd_over_term(0.0, 90, CONSTANT) == 0.0


def test_pd_over_a_term_follows_the_stored_terms() -> None:
    # A hazard of .2 over 180 days and of .2 x .5 = .1 over 45: k = log(.5) / log(1/4) = 1/2.
    fitted = FirmTerms(180, exponent=0.5, observed_days=720)
    assert pd_over_term(1 - math.exp(-0.2), 45, fitted) == pytest.approx(1 - math.exp(-0.1), rel=1e-12)
    assert pd_over_term(0.1, 720, fitted) == pytest.approx(1 - 0.9**2, rel=1e-12)
    assert pd_over_term(0.1, 180, fitted) == pytest.approx(0.1, rel=1e-12)
    assert [fitted.extrapolated(days) for days in (180, 720, 721)] == [False, False, True]
    assert [CONSTANT.extrapolated(days) for days in (180, 181)] == [False, True]
    assert fitted.longest == 1800
    with pytest.raises(DataError, match="a term of 1801 days; expected at most 1800: a lifetime"):
        pd_over_term(0.1, 1801, fitted)


@given(
    st.integers(30, 2500),
    # Not so large that a PD over three months comes close to 1, which shows no exponent.
    st.floats(1e-6, 0.5),
    st.floats(0.3, 2.4),
    st.floats(-0.1, 0.1),
    st.integers(1, 1800),
)
def test_a_row_of_the_scores_has_the_terms_of_the_model(
    horizon: int, hazard: float, k0: float, k1: float, days: int
) -> None:
    model_terms = TermStructure(horizon, 0.02, k0, k1, observed_days=600)
    g = np.array([hazard])
    row = {"horizon_days": horizon, "pd": float(pd_of(g)[0]), "term_observed_days": 600}
    row |= {f"pd_{term}": float(model_terms.pd(g, term)[0]) for term in (30, 90)}
    terms = FirmTerms.of_row(row)
    assert terms.observed_days == 600
    expected = float(model_terms.pd(g, days)[0])
    assert pd_over_term(row["pd"], days, terms) == pytest.approx(expected, rel=1e-6)


def test_rows_without_fitted_terms_have_a_constant_hazard() -> None:
    row = {"horizon_days": 180, "pd": 0.1}
    assert FirmTerms.of_row(row) == CONSTANT
    unfitted = row | {"pd_30": 0.09, "term_observed_days": None}
    assert FirmTerms.of_row(unfitted) == CONSTANT
    assert FirmTerms.of_row(unfitted | {"term_observed_days": 720}) != CONSTANT
    assert FirmTerms.of_row(unfitted | {"pd_30": 1.0, "term_observed_days": 720}) == CONSTANT
    assert FirmTerms.of_row(row | {"pd": None, "pd_30": None, "term_observed_days": 720}) == CONSTANT


def test_terms_of_no_days_or_beyond_twice_the_horizon_are_refused() -> None:
    with pytest.raises(DataError, match="a term of 0 days; expected at least 1"):
        pd_over_term(0.1, 0, CONSTANT)
    with pytest.raises(
        DataError, match="a term of 361 days; expected at most 360: 2 times the model's horizon"
    ):
        pd_over_term(0.1, 361, CONSTANT)


def test_ead_adds_the_part_of_the_undrawn_line_that_will_be_drawn() -> None:
    assert exposure_at_default(40.0, 100.0, 0.75) == 85.0
    assert exposure_at_default(40.0, None, 0.75) == 40.0
    assert exposure_at_default(120.0, 100.0, 0.75) == 120.0  # overdrawn: nothing is left to draw


def test_a_line_of_which_nobody_says_what_is_drawn_has_no_ead() -> None:
    assert line_ead(None, 100.0, "credit", 0.75) == 0.0
    assert line_ead(0.0, 100.0, "credit", 0.75) == 75.0
    assert line_ead(40.0, 100.0, "order", 0.75) == 40.0


def test_el_is_pd_times_lgd_times_ead() -> None:
    assert ExpectedLoss(0.02, 0.45, 100_000.0).el == pytest.approx(900.0)


def test_hhi_of_equal_and_of_unequal_parts() -> None:
    assert hhi([1.0, 1.0, 1.0, 1.0]) == pytest.approx(0.25)
    assert hhi([3.0, 1.0]) == pytest.approx(0.625)
    assert hhi([5.0]) == 1.0
    assert hhi([]) is hhi([0.0]) is None


# Limits


def _amounts(found: CreditLimit) -> dict[str, float | None]:
    return {rule.code: rule.amount for rule in found.rules}


def test_a_sound_shop_is_held_by_the_cap_of_its_grade() -> None:
    found = credit_limit(SOUND, POLICY)
    assert (found.amount, found.binding) == (200_000.0, "GRADE")
    assert _amounts(found) == {
        "MOST": 300_000.0,
        "GRADE": 200_000.0,
        "EXPOSURE": None,
        "COVERAGE": None,
        "TURNOVER": 300_000.0,  # 30 % of 1,000,000 over 180 of 180 days
        "AFFORDABILITY": None,
        "BACKING": None,
        "DEPENDENCE": 200_000.0,
        "SINGLE_NAME": None,
        "COUNTERPARTY": None,
    }


def test_a_short_term_binds_by_turnover() -> None:
    # 30 % of 1,000,000 x 30 / 180
    assert credit_limit(replace(SOUND, term_days=30), POLICY).amount == pytest.approx(50_000.0)
    assert credit_limit(replace(SOUND, term_days=30), POLICY).binding == "TURNOVER"


def test_one_counterparty_of_three_quarters_takes_three_tenths_of_the_cap() -> None:
    # half of the way from .5 to 1, where .4 is left: 1 - .5 x .6 = .7 of 200,000
    found = credit_limit(replace(SOUND, dependence=0.75), POLICY)
    assert found.amount == pytest.approx(140_000.0)
    assert found.binding == "DEPENDENCE"


def test_a_book_leaves_room_up_to_its_shares() -> None:
    # single name: 50,000 + x <= .1 (1,000,000 + x), x = 50,000 / .9; chain: 230,000 + 50,000 > .25 x 1,000,000
    book = BookUsage(lent=1_000_000.0, to_firm=50_000.0, chain=100_000.0, counterparty="S1")
    found = credit_limit(replace(SOUND, book=book), POLICY)
    assert _amounts(found)["SINGLE_NAME"] == pytest.approx(55_555.555_555)
    # 150,000 + x <= .25 (1,000,000 + x): x = 100,000 / .75
    assert _amounts(found)["COUNTERPARTY"] == pytest.approx(133_333.333_333)
    full = credit_limit(replace(SOUND, book=replace(book, chain=230_000.0)), POLICY)
    assert (full.amount, full.binding) == (0.0, "COUNTERPARTY")


def test_less_than_the_least_is_nothing() -> None:
    found = credit_limit(replace(SOUND, turnover=10_000.0), POLICY)  # 3,000
    assert (found.amount, found.binding) == (0.0, "TURNOVER")
    text = found.rules[-1].why
    assert text == "the rule “share of turnover” allows 3,000, which is below the minimum of 5,000"


def test_thin_data_and_no_pd_leave_nothing() -> None:
    assert credit_limit(replace(SOUND, coverage=0.39), POLICY).binding == "COVERAGE"
    assert credit_limit(replace(SOUND, grade=None), POLICY).amount == 0.0


@pytest.mark.parametrize("facts", [{"coverage": 0.39}, {"insufficient": True}])
def test_missing_evidence_binds_before_a_total_that_is_taken_up(facts: dict[str, Any]) -> None:
    known = replace(SOUND, grade=None, exposure=TotalExposure(lines=400_000.0), **facts)
    limit = credit_limit(known, POLICY)
    rule = limit.rule("COVERAGE")
    assert rule is not None
    assert (limit.amount, limit.binding, rule.total) == (0.0, "COVERAGE", 0.0)


@pytest.mark.parametrize("coverage", [0.9, 0.2])
def test_a_default_binds_whatever_else_is_missing(coverage: float) -> None:
    exposure = TotalExposure(lines=400_000.0, unknown=("C1",))
    known = replace(SOUND, grade=None, coverage=coverage, exposure=exposure, turnover=None, defaulted=True)
    limit = credit_limit(known, POLICY)
    assert (limit.amount, limit.binding) == (0.0, "GRADE")
    rule = limit.rule("GRADE")
    assert rule is not None
    assert (rule.total, rule.why) == (0.0, "the firm is in default and has no grade")


@given(facts, st.tuples(grades, shares, shares), st.tuples(money, money))
def test_more_risk_or_concentration_never_gives_a_higher_limit(
    known: LimitFacts, risk: tuple[str, float, float], owed: tuple[float, float]
) -> None:
    (grade, share, coverage), (more, chain) = risk, owed
    before = credit_limit(known, POLICY).amount
    assert 0 <= before <= POLICY.amount.maximum
    assert before == 0 or before >= POLICY.amount.minimum
    worse = replace(
        known,
        grade=max(known.grade or "G", grade),
        coverage=min(known.coverage, coverage),
        dependence=None if known.dependence is None else max(known.dependence, share),
    )
    assert credit_limit(worse, POLICY).amount <= before
    if known.book:
        crowded = replace(known.book, to_firm=known.book.to_firm + more, chain=known.book.chain + chain)
        assert credit_limit(replace(known, book=crowded), POLICY).amount <= before


# Conclusions


def _word(case: LoanCase, room: CreditLimit = ROOM) -> tuple[Verdict, list[str]]:
    found = conclude(case, room, POLICY)
    return found.word, [finding.code for finding in found.findings]


def test_a_sound_shop_is_within_policy() -> None:
    assert _word(CASE) == (Verdict.WITHIN, [])


@pytest.mark.parametrize(
    ("change", "word", "codes"),
    [
        ({"pd": 0.06}, Verdict.REFER, ["PD_REFER"]),
        ({"pd": 0.15}, Verdict.OUTSIDE, ["PD_OUTSIDE"]),
        ({"caught": 0.5}, Verdict.REFER, ["CAUGHT"]),
        ({"caught": None}, Verdict.WITHIN, []),
        ({"stressed": 0.2}, Verdict.REFER, ["STRESS"]),
        ({"ring": ("A", "B")}, Verdict.REFER, ["RING"]),
        ({"turnover": False}, Verdict.REFER, ["TURNOVER_UNKNOWN"]),
        ({"amount": 200_001.0}, Verdict.REFER, ["AMOUNT"]),
        ({"pd": 0.2, "ring": ("A",)}, Verdict.OUTSIDE, ["PD_OUTSIDE", "RING"]),
        ({"coverage": 0.39, "pd": 0.2}, Verdict.INSUFFICIENT, ["THIN"]),
        ({"pd": None}, Verdict.INSUFFICIENT, ["THIN"]),
        ({"coverage": 0.1, "defaulted": True, "pd": None}, Verdict.OUTSIDE, ["DEFAULTED"]),
    ],
)
def test_findings_and_the_gravest_word(change: dict[str, object], word: Verdict, codes: list[str]) -> None:
    assert _word(replace(CASE, **change)) == (word, codes)  # type: ignore[arg-type]


def test_no_limit_is_outside_policy() -> None:
    assert _word(CASE, CreditLimit(0.0, "COUNTERPARTY", ())) == (Verdict.OUTSIDE, ["NO_LIMIT"])


def test_a_failing_source_refers_only_where_much_hangs_on_it() -> None:
    failing = Partner("supplier", "S1", None, None, None, 0.8, None, defaulted=True)
    assert _word(replace(CASE, partners=(failing,))) == (Verdict.REFER, ["SOLE"])
    assert _word(replace(CASE, partners=(replace(failing, share=0.5),))) == (Verdict.WITHIN, [])
    sound = replace(failing, defaulted=False, pd=0.14)
    assert _word(replace(CASE, partners=(sound,))) == (Verdict.WITHIN, [])
    assert _word(replace(CASE, partners=(replace(sound, pd=0.15),)))[0] is Verdict.REFER


@given(
    st.builds(
        LoanCase,
        amount=st.floats(1, 1e7),
        pd=st.none() | shares,
        defaulted=st.booleans(),
        coverage=shares,
        caught=st.none() | shares,
        stressed=st.none() | shares,
        partners=st.just(()),
        ring=st.just(()) | st.just(("A", "B")),
        turnover=st.booleans(),
    )
)
def test_below_the_least_coverage_nothing_but_insufficient_or_in_default(case: LoanCase) -> None:
    word = conclude(case, ROOM, POLICY).word
    if case.defaulted:
        assert word is Verdict.OUTSIDE
    elif case.coverage < POLICY.coverage.minimum:
        assert word is Verdict.INSUFFICIENT


def test_no_word_decides_for_a_person() -> None:
    assert not any("approv" in text.lower() for text in (*Verdict, shipped_policy()))


# Policies


def test_all_faults_of_a_policy_are_said_at_once(tmp_path: Path) -> None:
    text = shipped_policy()
    for good, bad in (
        ("least = 5_000.0", "leats = 5_000.0"),
        ("A = 300_000.0", "A = 1"),
        ("free = 0.50", "free = 1.5"),
        ("lgd = 0.45", 'lgd = "half"'),
        ("refer_pd = 0.05", "refer_pd = 0.5"),
    ):
        assert good in text
        text = text.replace(good, bad)
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(DataError) as fault:
        read_policy(tmp_path / "p.toml")
    for expected in (
        "p.toml: no amount.least, expected one; unknown key amount.leats, did you mean least?",
        "by_grade.B 300000 is above by_grade.A 1: riskier, yet more",
        "dependence.free is 1.5, expected less than 1",
        "loss.lgd is 'half', expected a share from 0 to 1",
        "conclusion.refer_pd 0.5 is above conclusion.outside_pd 0.15",
    ):
        assert expected in str(fault.value)


def test_a_policy_that_is_no_toml_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("name = ")
    with pytest.raises(DataError, match="is not valid TOML"):
        read_policy(tmp_path / "p.toml")
    with pytest.raises(DataError, match="cannot be read"):
        read_policy(tmp_path / "none.toml")


def test_the_hash_is_of_the_values(tmp_path: Path) -> None:
    (tmp_path / "same.toml").write_text("# mine\n" + shipped_policy())
    (tmp_path / "other.toml").write_text(shipped_policy().replace("free = 0.50", "free = 0.51"))
    assert read_policy(tmp_path / "same.toml").hash == POLICY.hash
    assert read_policy(tmp_path / "other.toml").hash != POLICY.hash


def test_a_new_key_of_a_policy_leaves_older_files_valid_and_their_hash(tmp_path: Path) -> None:
    class NewCoverage(type(POLICY.coverage)):  # type: ignore[misc]
        maximum: float = 1.0

    class NewPolicy(Policy):
        coverage: NewCoverage

    same = parse_toml(shipped_policy(), NewPolicy, "the shipped policy")
    assert same.hash == POLICY.hash
    other = shipped_policy().replace("[coverage]", "[coverage]\nmaximum = 0.9")
    assert parse_toml(other, NewPolicy, "another policy").hash != POLICY.hash


def test_a_key_that_was_added_leaves_the_hash_of_older_policies(tmp_path: Path) -> None:
    older = "".join(
        line for line in shipped_policy().splitlines(keepends=True) if not line.startswith("step = ")
    )
    (tmp_path / "older.toml").write_text(older)
    assert read_policy(tmp_path / "older.toml").hash.startswith("ebffb957255d")
    assert not POLICY.hash.startswith("ebffb957255d")
