"""Term structures of a panel: what counts as wholly observed, defaults by term worked by hand, and recovery."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import FollowUp, PanelGraph, panel_graph_of
from supplyrisk.gnn.term_fitting import FollowedRows, defaults_by_term, defaults_by_term_text
from supplyrisk.gnn.term_structure import TermStructure
from supplyrisk.graph import Snapshot

Matrix = NDArray[np.float64]
NAN = np.nan


def followed(**columns: list[float]) -> FollowedRows:
    arrays = {name: np.array(values) for name, values in columns.items()}
    return FollowedRows(**arrays, horizon_days=180)  # type: ignore[arg-type]


HAND = followed(
    # A fails on day 20 of the first date; B survives both; C closes on day 50; D fails on day 100 of the first date,
    # and on day 40 of the second one, which leaves 60 days only.
    firm=[0, 1, 2, 3, 1, 3],
    failed_after=[20, NAN, NAN, 100, NAN, 40],
    observed_days=[20, 120, 50, 100, 60, 40],
    days_left=[120, 120, 120, 120, 60, 60],
)


def test_a_term_counts_where_the_date_leaves_it_and_the_firm_was_observed() -> None:
    assert HAND.observed_over(30).tolist() == [True] * 6
    assert HAND.observed_over(60).tolist() == [True, True, False, True, True, True]
    # D fails within 90 days of the second date too, but survivors of these 90 days could not be seen.
    assert HAND.observed_over(90).tolist() == [True, True, False, True, False, False]
    assert HAND.observed_over(180).tolist() == [False] * 6


def test_repeats_are_failed_rows_by_failed_firm() -> None:
    assert HAND.repeats == 1.5
    assert replace(HAND, failed_after=np.full(6, NAN)).repeats == 1.0


def test_defaults_by_term_are_counted_by_hand() -> None:
    hazard = np.array([0.3, 0.1, 0.1, 0.4, 0.1, 0.2])
    table = defaults_by_term(HAND, hazard, draws=2000)
    assert [row.term for row in table] == ["30", "90"]
    first, second = table
    assert (first.dates, first.rows, first.failed_firms) == (2, 6, 1)
    # One default in 30 days, over two dates.
    assert first.observed == 0.5
    # A is one firm of four: it is drawn 0 to 3 times.
    assert (first.low, first.high) == (0.0, 1.5)
    assert (second.dates, second.rows, second.failed_firms) == (1, 3, 1)
    assert second.observed == 1.0
    # PDs by a structure that saw other firms only, close to the constant hazard of the prior.
    constant = TermStructure.constant(180)
    assert first.expected == pytest.approx(constant.pd(hazard, 30).sum() / 2, rel=0.5)
    assert second.expected == pytest.approx(constant.pd(hazard, 90)[[0, 1, 3]].sum(), rel=0.5)


def test_a_firm_never_sees_its_own_rows() -> None:
    hazard = np.full(6, 0.2)
    for fold in HAND.cross_fitted(hazard):
        firms = set(HAND.firm[fold.inside])
        assert not firms & set(HAND.firm[~fold.inside])
        outside = HAND.rows(~fold.inside)
        assert fold.terms == outside.fit(hazard[~fold.inside])


def test_a_correct_model_predicts_its_defaults_by_term() -> None:
    truth = TermStructure(180, base_hazard=0.05, k0=0.7, k1=0.0, observed_days=720)
    rows, hazard = followed_once(truth, firms=6000, days=400, seed=7)
    table = defaults_by_term(rows, hazard, draws=500)
    assert [row.term for row in table] == ["30", "90", "180", "360"]
    for row in table:
        assert row.low < row.expected < row.high
        assert row.expected == pytest.approx(row.observed, rel=0.15)
    # A constant hazard would miss the first month: .7 makes it (1/6)^.7 instead of 1/6 of the horizon.
    constant = TermStructure.constant(180).pd(hazard, 30).sum()
    assert constant < 0.8 * table[0].low


def followed_once(terms: TermStructure, firms: int, days: int, seed: int) -> tuple[FollowedRows, Matrix]:
    """One date, and so many days after it."""
    rng = np.random.default_rng(seed)
    hazard = np.exp(rng.uniform(-5.5, -1.0, firms))
    at = np.ceil(terms.horizon_days * (rng.exponential(size=firms) / hazard) ** (1 / terms.exponent(hazard)))
    failed_after = np.where(at <= days, at, NAN)
    rows = FollowedRows(
        firm=np.arange(firms),
        failed_after=failed_after,
        observed_days=np.where(np.isnan(failed_after), days, failed_after),
        days_left=np.full(firms, float(days)),
        horizon_days=terms.horizon_days,
    )
    return rows, hazard


def test_the_sentence_names_terms_and_numbers() -> None:
    table = defaults_by_term(HAND, np.full(6, 0.2), draws=100)
    text = defaults_by_term_text([asdict(row) for row in table])
    assert text.startswith("defaults within 30 / 90 days of an as-of date")
    assert "observed 0.5 [0.0, 1.5] / 1.0 [" in text
    assert text.endswith("too few failures (1 firm failed, at least 10 are needed)")
    many = [asdict(row) | {"failed_firms": 30} for row in table]
    assert "outside" not in defaults_by_term_text(many)
    many[1]["expected"] = many[1]["high"] + 0.1
    assert defaults_by_term_text(many).endswith("the expected number is outside the interval at 90 days")
    assert defaults_by_term_text([]) == ""


def test_rows_come_from_graphs_as_they_were_known_on_a_day(now: Snapshot) -> None:
    graph = panel_graph_of(now, Encoder.fit((now,)))
    as_of = date(2025, 1, 1)
    count = graph.firms
    failed_after = np.full(count, NAN)
    failed_after[:2] = (40, 400)
    observed = np.full(count, 500.0)
    observed[:2] = (40, 400)
    dated = with_follow_up(graph, FollowUp(as_of, 180, failed_after, observed))
    rows = FollowedRows.of_graphs([dated], as_of + timedelta(days=100))
    assert rows.failed_after[0] == 40
    # The second default lies after the day.
    assert np.isnan(rows.failed_after[1:]).all()
    assert rows.observed_days[:3].tolist() == [40, 100, 100]
    assert set(rows.days_left) == {100}
    assert len(set(rows.firm)) == count
    with pytest.raises(ValueError, match="expected dated"):
        FollowedRows.of_graphs([dated, with_follow_up(graph, None)], as_of)


def with_follow_up(graph: PanelGraph, follow_up: FollowUp | None) -> PanelGraph:
    return replace(graph, follow_up=follow_up)
