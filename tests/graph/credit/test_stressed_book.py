"""A performing book under a scenario by hand: expected loss, allowances and stages, to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from supplyrisk.graph.credit import (
    BookRisks,
    BorrowerRisk,
    FirmTerms,
    OriginationScore,
    ScoredLine,
    StageMigration,
    StressedPds,
    loans_of,
    read_policy,
    stressed_book,
)

AS_OF = date(2025, 6, 30)
START = date(2025, 1, 31)
YEAR = FirmTerms(365)
PDS: dict[str, float | None] = {"A": 0.01, "B": 0.04, "C": 0.02, "D": None, "N": None}
RISKS = BookRisks(
    AS_OF,
    {firm: BorrowerRisk(pd, firm == "D", YEAR) for firm, pd in PDS.items()},
    {
        (firm, START): OriginationScore(date(2025, 1, 1), "m", pd, YEAR, True)
        for firm, pd in PDS.items()
        if pd is not None
    },
)


def _line(firm: str, drawn: float) -> ScoredLine:
    columns: dict[str, Any] = {"name": None, "industry": None, "region": None, "grade": None, "lgd": 0.5}
    return ScoredLine(
        product="order",
        line=drawn,
        drawn=drawn,
        firm=firm,
        loan=f"L-{firm}",
        pd=PDS[firm],
        defaulted=firm == "D",
        opened_on=START.isoformat(),
        due_on=(AS_OF + timedelta(days=730)).isoformat(),
        days_past_due=0,
        **columns,
    )


LINES = [_line(firm, amount) for firm, amount in (("A", 10_000), ("B", 20_000), ("C", 30_000), ("D", 5_000))]
# The network has other PDs than the scorer: its rise counts, .98 to .95 and nothing.
STRESS = StressedPds({"A": 0.02, "B": 0.5}, {"A": 0.05, "B": 0.5}, {"C"})


def test_stressed_figures_stand_beside_those_of_the_same_lines() -> None:
    policy = read_policy()
    book = stressed_book("L1", loans_of(LINES, RISKS, policy), RISKS, STRESS, policy)
    assert (book.lines, book.ead, book.stopped, book.horizon_days) == (3, 60_000, 1, 365)
    # .01 x .5 x 10,000 + .04 x .5 x 20,000 + .02 x .5 x 30,000 = 50 + 400 + 300; D is in default.
    assert round(book.el, 2) == 750.00
    # A: 1 - .99 x .95 / .98 = .0403061, x 5,000 = 201.53; B: 400 as before; C stops: 15,000.
    assert round(book.el_stressed, 2) == 15_601.53
    # All in stage 1 over 12 months; then A over 730 days: 1 - (1 - .0403061)^2 = .0789876, x 5,000 = 394.94.
    assert round(book.allowance, 2) == 750.00
    assert round(book.allowance_stressed, 2) == 15_794.94
    assert book.migrations == [
        StageMigration(1, 1, 1, 20_000),
        StageMigration(1, 2, 1, 10_000),
        StageMigration(1, 3, 1, 30_000),
    ]


def test_a_borrower_without_a_pd_stays_unknown_unless_it_stops() -> None:
    nobody = RISKS.borrowers["N"]
    assert STRESS.of("N", nobody) == nobody
    assert replace(STRESS, stopped={"N"}).of("N", nobody) == BorrowerRisk(1.0, True, YEAR)
    # A borrower in default is that already.
    assert replace(STRESS, stopped={"D"}).of("D", RISKS.borrowers["D"]) == RISKS.borrowers["D"]


def test_without_a_rise_nothing_changes() -> None:
    policy = read_policy()
    calm = StressedPds({"A": 0.02, "B": 0.5}, {"A": 0.02, "B": 0.5}, set())
    book = stressed_book("L1", loans_of(LINES, RISKS, policy), RISKS, calm, policy)
    assert book.el_stressed == pytest.approx(book.el)
    assert book.allowance_stressed == pytest.approx(book.allowance)
    assert [(move.before, move.after) for move in book.migrations] == [(1, 1)]


def test_lines_without_a_pd_are_counted_as_their_loss_is_missing() -> None:
    policy = read_policy()
    lines = [*LINES, _line("N", 7_000)]
    book = stressed_book("L1", loans_of(lines, RISKS, policy), RISKS, STRESS, policy)
    assert (book.lines, book.unscored) == (4, 1)
    assert round(book.el, 2) == 750.00
    assert stressed_book("L1", loans_of(LINES, RISKS, policy), RISKS, STRESS, policy).unscored == 0
