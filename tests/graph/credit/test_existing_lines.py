"""Classified lines by hand: days past due, score at origination, both books of a portfolio to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from supplyrisk.graph import read_parquet, write_table
from supplyrisk.graph.credit import (
    BookRisks,
    BorrowerRisk,
    CreditLine,
    FirmTerms,
    LifeBasis,
    LineLoss,
    LoanClass,
    OriginationScore,
    ScoredLine,
    StageRule,
    StagingDay,
    StagingRules,
    class_totals,
    line_risk,
    loans_of,
    losses_by_grade,
    origination_scores,
    past_due_days,
    performing,
    portfolio_totals,
    read_policy,
    stage_totals,
)

AS_OF = date(2025, 6, 30)
TODAY = StagingDay(AS_OF, StagingRules())
TERMS = FirmTerms(365)
LINE = CreditLine(
    "order",
    100_000.0,
    100_000.0,
    0.45,
    opened_on="2025-01-31",
    due_on=(AS_OF + timedelta(days=730)).isoformat(),
    days_past_due=0,
)
LOSS = LineLoss(0.45, 100_000.0)
ORIGIN = OriginationScore(date(2025, 1, 15), "m", 0.01, TERMS, before_start=True)


# Days past due


@pytest.mark.parametrize(
    ("line", "days"),
    [
        (LINE, 0),
        (replace(LINE, days_past_due=12), 12),
        # Unknown is not 0: an instalment may be unpaid.
        (replace(LINE, days_past_due=None), None),
        (replace(LINE, days_past_due=None, due_on=None), None),
        (replace(LINE, days_past_due=None, due_on="2025-06-30"), None),
        (replace(LINE, days_past_due=None, due_on="2025-06-10"), 20),
        (replace(LINE, days_past_due=None, due_on="2025-06-10", drawn=0.0), None),
        (replace(LINE, days_past_due=3, due_on="2025-06-10"), 3),
    ],
)
def test_days_past_due_are_those_of_the_data_or_since_the_due_day(line: CreditLine, days: int | None) -> None:
    assert past_due_days(line, AS_OF) == days


# One line


def test_a_line_whose_pd_doubled_is_in_stage_2_with_a_lifetime_allowance() -> None:
    risk = line_risk(LINE, LOSS, BorrowerRisk(0.02, False, TERMS), ORIGIN, TODAY)
    assert (risk.stage.stage, risk.stage.rule) == (1, StageRule.NO_RISE)
    # .0396 against .0199 over 730 days: 1.99 times.
    assert risk.pd_life == pytest.approx(1 - 0.98**2)
    assert risk.pd_life_origination == pytest.approx(1 - 0.99**2)
    worse = line_risk(LINE, LOSS, BorrowerRisk(0.0202, False, TERMS), ORIGIN, TODAY)
    assert (worse.stage.stage, worse.stage.rule) == (2, StageRule.RISE)
    assert worse.allowance is not None
    # (1 - .9798^2) x .45 x 100,000
    assert round(worse.allowance.el, 2) == 1799.64
    assert (worse.allowance.period_days, worse.life_days, worse.life_basis) == (730, 730, LifeBasis.DUE_DAY)
    assert worse.extrapolated
    assert worse.category.loan_class is LoanClass.NORMAL


def test_both_pds_of_a_stage_are_over_the_same_term_whatever_their_horizons() -> None:
    # .01 over 365 days is .005012... over 182.5; the same risk stated over 180 days.
    half_year = OriginationScore(date(2025, 1, 15), "m", 1 - 0.99 ** (180 / 365), FirmTerms(180), True)
    risk = line_risk(LINE, LOSS, BorrowerRisk(0.01, False, TERMS), half_year, TODAY)
    assert risk.pd_life_origination == pytest.approx(risk.pd_life)
    assert risk.stage.rule is StageRule.NO_RISE


def test_a_line_of_ninety_days_past_due_is_in_default_by_itself() -> None:
    risk = line_risk(replace(LINE, days_past_due=90), LOSS, BorrowerRisk(0.02, False, TERMS), ORIGIN, TODAY)
    assert (risk.stage.stage, risk.stage.rule) == (3, StageRule.PAST_DUE_90)
    assert risk.impaired
    assert risk.allowance is not None
    assert risk.allowance.el == pytest.approx(45_000)
    # Credit-impaired, and so at least substandard, though no more than 90 days past due.
    assert risk.category.loan_class is LoanClass.SUBSTANDARD


def test_without_a_pd_stage_and_allowance_are_unknown() -> None:
    risk = line_risk(LINE, LOSS, BorrowerRisk(None, False, TERMS), None, TODAY)
    assert (risk.stage.stage, risk.stage.rule, risk.allowance) == (None, StageRule.NO_PD, None)
    assert (risk.pd_year, risk.pd_life, risk.pd_life_origination) == (None, None, None)


# The score at origination


def _store(folder: Path, day: date, pds: dict[str, float | None], **more: Any) -> Path:
    rows = [
        {"firm_id": firm, "model": f"m{day.month}", "horizon_days": 180, "pd": pd} | more
        for firm, pd in pds.items()
    ]
    path = folder / f"{day}.parquet"
    write_table(path, pa.Table.from_pylist(rows))
    return path


def test_the_score_at_origination_is_that_of_the_last_day_up_to_the_start(tmp_path: Path) -> None:
    days = [date(2024, month, 1) for month in (1, 4, 7, 10)]
    pds: list[dict[str, float | None]] = [
        {"A": 0.01, "B": None},
        {"A": 0.02, "B": 0.3},
        {"A": 0.03, "B": 0.4},
        {"A": 0.04, "B": 0.5, "C": None},
    ]
    files = {day: _store(tmp_path, day, row) for day, row in zip(days, pds, strict=True)}
    starts = [
        ("A", date(2024, 6, 30)),
        ("A", date(2024, 7, 1)),
        ("A", date(2023, 12, 31)),
        ("A", None),
        # In default on the only day before: its first PD is of a day after.
        ("B", date(2024, 2, 1)),
        ("C", date(2024, 2, 1)),
    ]
    origins = origination_scores(files, starts)
    assert {key: (o.day, o.pd, o.model, o.before_start) for key, o in origins.items()} == {
        starts[0]: (days[1], 0.02, "m4", True),
        starts[1]: (days[2], 0.03, "m7", True),
        starts[2]: (days[0], 0.01, "m1", False),
        starts[3]: (days[0], 0.01, "m1", False),
        starts[4]: (days[1], 0.3, "m4", False),
    }
    assert origination_scores({}, starts) == {}


def test_the_score_at_origination_has_its_own_horizon_and_terms(tmp_path: Path) -> None:
    day = date(2024, 1, 1)
    # k = 1/2: the hazard over 30 days is that over 180 times the root of 1/6.
    fitted = {"term_observed_days": 720, "pd_30": 1 - 0.98 ** (1 / 6) ** 0.5, "pd_90": 0.015}
    files = {day: _store(tmp_path, day, {"A": 0.02}, **fitted)}
    terms = origination_scores(files, [("A", day)])["A", day].terms
    assert (terms.horizon_days, terms.observed_days) == (180, 720)
    assert terms.exponent == pytest.approx(0.5)
    undated = {day: _store(tmp_path, day, {"A": 0.02}, horizon_days=None)}
    assert origination_scores(undated, [("A", day)]) == {}


def test_files_are_read_for_all_lines_at_once_and_only_those_that_are_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N has no PD, so that every day is tried: backwards from its opening, and forwards."""
    days = [date(2024, month, 1) for month in (1, 4, 7, 10)]
    pds: dict[str, float | None] = {f"F{n}": 0.01 for n in range(4)}
    files = {day: _store(tmp_path, day, pds | {"N": None}) for day in days}
    reads: list[str] = []

    def reading(path: Path, columns: Sequence[str]) -> pa.Table:
        reads.append(path.stem)
        return read_parquet(path, columns)

    monkeypatch.setattr(import_module("supplyrisk.graph.credit.origination_scores"), "read_parquet", reading)
    origination_scores(files, [(f"F{n}", day) for n, day in enumerate(days[:3])])
    assert sorted(reads) == ["2024-01-01", "2024-04-01", "2024-07-01"]
    reads.clear()
    origination_scores(files, [*((f"F{n}", day) for n, day in enumerate(days)), ("N", days[3])])
    assert sorted(reads) == sorted(2 * [str(day) for day in days])


# Both books


def _line(firm: str, drawn: float, grade: str | None, *, life: int = 365, **more: Any) -> ScoredLine:
    columns: dict[str, Any] = {
        "loan": f"L-{firm}",
        "opened_on": "2025-01-31",
        "due_on": (AS_OF + timedelta(days=life)).isoformat(),
        "days_past_due": 0,
        "pd": None,
        "defaulted": False,
    }
    place = {"firm": firm, "name": firm, "industry": "shops", "region": "North", "grade": grade}
    money = {"product": "order", "line": drawn, "drawn": drawn, "lgd": 0.4}
    return ScoredLine(**(columns | place | money | more))


LINES = [
    _line("A", 100_000.00, "C", pd=0.01),
    _line("B", 33_333.33, "E", pd=0.06, rate=0.0),
    _line("B", 10_000.00, "E", pd=0.06, days_past_due=40, loan="L-B2", life=30),
    _line("D", 50_000.00, None, defaulted=True, days_past_due=400),
    _line("E", 20_000.10, "D", pd=0.03, days_past_due=95),
    _line("F", 5_000.00, None, days_past_due=None),
]
BORROWERS = {
    "A": BorrowerRisk(0.01, False, TERMS),
    "B": BorrowerRisk(0.06, False, TERMS),
    "D": BorrowerRisk(None, True, TERMS),
    "E": BorrowerRisk(0.03, False, TERMS),
    "F": BorrowerRisk(None, False, TERMS),
}
ORIGINS: dict[tuple[str, date | None], OriginationScore] = {
    (firm, date(2025, 1, 31)): OriginationScore(date(2025, 1, 1), "m", 0.012, TERMS, True) for firm in "ABE"
}
LOANS = loans_of(LINES, BookRisks(AS_OF, BORROWERS, ORIGINS), read_policy())


def cents(record: object) -> tuple[object, ...]:
    """The values of a record, amounts to the cent."""
    return tuple(round(value, 2) if isinstance(value, float) else value for value in vars(record).values())


def test_the_two_books_reconcile_to_the_cent() -> None:
    totals = portfolio_totals(LOANS)
    # .01 x .4 x 100,000 + .06 x .4 x 33,333.33 + .06 x .4 x 10,000 = 400 + 800.00 + 240
    assert cents(totals.performing) == (4, 3, 148_333.33, 1_440.00)
    # .4 x 50,000 + .4 x 20,000.10, at a PD of 1 by state although the model says .03.
    assert cents(totals.defaulted) == (2, 2, 70_000.10, 28_000.04)
    assert (totals.lines, totals.borrowers, totals.unscored) == (6, 5, ["F"])
    assert round(totals.ead, 2) == 218_333.43 == round(totals.performing.ead + totals.defaulted.ead, 2)
    assert sum(row.ead for row in losses_by_grade(LOANS)) == pytest.approx(totals.performing.ead)
    assert sum(row.el for row in losses_by_grade(LOANS)) == pytest.approx(totals.performing.el)
    assert [row.grade for row in losses_by_grade(LOANS)] == ["C", "E", None]
    assert [loan.row.loan for loan in performing(LOANS)] == ["L-A", "L-B", "L-B2", "L-F"]


def test_stages_and_their_allowances_by_hand() -> None:
    assert [(loan.row.loan, loan.risk.stage.stage, loan.risk.stage.rule) for loan in LOANS] == [
        ("L-A", 1, StageRule.NO_RISE),
        ("L-B", 2, StageRule.RISE),
        ("L-B2", 2, StageRule.PAST_DUE_30),
        ("L-D", 3, StageRule.DEFAULT),
        ("L-E", 3, StageRule.PAST_DUE_90),
        ("L-F", None, StageRule.NO_PD),
    ]
    # Over 30 days B's PD is 1 - .94^(30/365) = .0050727: x .4 x 10,000 = 20.29.
    assert [cents(row) for row in stage_totals(LOANS)] == [
        (1, "12 months", 1, 100_000.00, 400.00),
        (2, "residual term", 2, 43_333.33, 820.29),
        (3, "in default", 2, 70_000.10, 28_000.04),
        (None, None, 1, 5_000.00, None),
    ]
    assert sum(row.lines for row in stage_totals(LOANS)) == len(LOANS)


def test_categories_of_five_by_hand() -> None:
    assert [cents(row) for row in class_totals(LOANS)] == [
        (LoanClass.NORMAL, 2, 133_333.33),
        (LoanClass.SPECIAL_MENTION, 1, 10_000.00),
        (LoanClass.SUBSTANDARD, 1, 20_000.10),
        (LoanClass.DOUBTFUL, 0, 0.00),
        (LoanClass.LOSS, 1, 50_000.00),
        (None, 1, 5_000.00),
    ]
