"""Outcomes as they were known on a day: windows that are still open, closures, and the weight of each row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from firm_ring import ring_graph
from supplyrisk.gnn.data.panel import FollowUp, PanelGraph

AS_OF = date(2025, 1, 1)
# Fails on day 20, on day 100, on day 170, on day 300; survives 365 days; closes on day 50, and on day 10; unknown.
FAILED_AFTER = np.array([20, 100, 170, 300, np.nan, np.nan, np.nan, np.nan])
OBSERVED = np.array([20, 100, 170, 300, 365, 50, 10, np.nan])


def seen_on(day: int) -> tuple[list[float | None], list[float]]:
    follow_up = FollowUp(AS_OF, 180, FAILED_AFTER, OBSERVED)
    y, weight = follow_up.outcomes(AS_OF + timedelta(days=day))
    return [None if np.isnan(v) else v for v in y], weight.tolist()


def test_a_complete_window() -> None:
    y, weight = seen_on(365)
    assert y == [1, 1, 1, 0, 0, 0, None, None]
    assert weight == pytest.approx([1, 1, 1, 1, 1, 50 / 180, 1, 1])


def test_an_open_window_counts_for_its_observed_part() -> None:
    y, weight = seen_on(120)
    assert y == [1, 1, 0, 0, 0, 0, None, None]
    assert weight == pytest.approx([1, 1, 120 / 180, 120 / 180, 120 / 180, 50 / 180, 1, 1])


def test_before_thirty_days_only_failures_are_known() -> None:
    assert seen_on(29)[0] == [1, *[None] * 7]
    assert seen_on(30)[0] == [1, 0, 0, 0, 0, 0, None, None]


def test_what_follows_the_day_moves_nothing() -> None:
    day = AS_OF + timedelta(days=120)
    whole = FollowUp(AS_OF, 180, FAILED_AFTER, OBSERVED)
    cut = whole.until(day)
    for one, other in zip(whole.outcomes(day), cut.outcomes(day), strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.isnan(cut.failed_after[2:]).all()


def test_the_weighted_rate_is_failures_per_horizon_observed() -> None:
    # Constant hazard: whichever part of the windows was seen, the weighted share that failed estimates it.
    rng = np.random.default_rng(0)
    failed_after = np.ceil(rng.exponential(180 / 0.05, 200_000))
    follow_up = FollowUp(AS_OF, 180, failed_after, failed_after)
    for day in (60, 180):
        y, weight = follow_up.outcomes(AS_OF + timedelta(days=day))
        known = ~np.isnan(y)
        assert np.average(y[known], weights=weight[known]) == pytest.approx(-np.expm1(-0.05), rel=0.05)


def test_a_graph_passes_its_outcomes_on_except_for_firms_in_default() -> None:
    one: PanelGraph = ring_graph()
    firms = one.firms
    follow_up = FollowUp(AS_OF, 180, np.full(firms, np.nan), np.full(firms, 90.0))
    in_default = np.arange(firms) == 3
    graph = replace(one, defaulted=in_default, follow_up=follow_up)
    seen = graph.known_by(AS_OF + timedelta(days=365), repeats=2)
    assert np.flatnonzero(np.isnan(seen.y)).tolist() == [3]
    assert seen.weight[0] == pytest.approx(0.25)
    undated = replace(graph, follow_up=None)
    assert undated.known_by(AS_OF) is undated
