"""The choice of the champion and of the context: what gains only where it was fitted is not taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from supplyrisk.gnn import model_choice
from supplyrisk.gnn.calibration import CalibrationRows
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.model_choice import choose_champion, choose_context

FIRMS = 600
RNG = np.random.default_rng(0)
RISK = RNG.normal(size=FIRMS)
Y = (RNG.random(FIRMS) < 1 / (1 + np.exp(2 - RISK))).astype(float)
NOISE = RNG.normal(size=FIRMS)


def piece(**scores: np.ndarray) -> CalibrationRows:
    hazards = {name.replace("_", "-"): np.exp(score - 2) for name, score in scores.items()}
    return CalibrationRows(RowOutcomes.of(Y, np.arange(FIRMS)), hazards)


def test_a_baseline_is_champion_only_if_it_is_better_on_every_piece() -> None:
    here = piece(network=NOISE, boosted_own=RISK, boosted_neighbours=NOISE)
    there = piece(network=RISK, boosted_own=NOISE, boosted_neighbours=NOISE)
    assert choose_champion([here]).champion == "boosted-own"
    assert choose_champion([here, here]).champion == "boosted-own"
    assert choose_champion([here, there]).champion == "network"
    assert choose_champion([there]).champion == "network"
    # Losses are over all pieces: each of the two is once the better one.
    losses = choose_champion([here, there]).losses
    assert losses["network"] == pytest.approx(losses["boosted-own"])
    alone = [choose_champion([p]).losses["network"] for p in (here, there)]
    assert losses["network"] == pytest.approx(np.mean(alone))


class FakeRows:
    """Rows that are scored by a function of the members instead of a network."""

    def __init__(self, hazard: Callable[[str], np.ndarray]) -> None:
        self.hazard = hazard
        self.outcomes = RowOutcomes.of(Y, np.arange(FIRMS))
        fields = {"firm_ids": [f"F{i:03}" for i in range(FIRMS)], "y": Y, "weight": np.ones(FIRMS)}
        graph = type("Graph", (), fields)
        self.graphs = [graph]
        self.scores = [type("Scores", (), {"full": NOISE - 2})]

    def base_hazard(self, members: str) -> np.ndarray:
        return self.hazard(members)


def evidence(**by_context: np.ndarray) -> Any:
    fit = type("Fit", (), {"members": {c: c for c in by_context}})
    return model_choice.Evidence(fit, FakeRows(lambda c: np.exp(by_context[c] - 2)))  # type: ignore[arg-type]


def test_a_context_that_gains_only_out_of_fold_by_firm_is_not_taken() -> None:
    out_of_fold = evidence(none=NOISE, boosted=RISK)
    later = evidence(none=RISK + NOISE, boosted=NOISE)
    assert choose_context([out_of_fold, out_of_fold], dated=True) == "boosted"
    assert choose_context([out_of_fold, later], dated=True) == "none"


def test_without_later_dates_dated_data_get_no_context() -> None:
    only = evidence(none=0.3 * RISK + NOISE, boosted=RISK)
    assert choose_context([only], dated=True) == "none"
    assert choose_context([only], dated=False) == "boosted"


def test_own_and_context_are_not_significantly_worse_than_the_baseline() -> None:
    # The baseline of these pieces is pure noise; with a good one, the context with the least loss is taken.
    out_of_fold = evidence(none=NOISE, boosted=RISK)
    later = evidence(none=RISK + NOISE, boosted=NOISE)
    assert choose_context([out_of_fold, later], dated=True) == "none"
    for part in (out_of_fold, later):
        part.scored.scores = [type("Scores", (), {"full": RISK - 2})]
    assert choose_context([out_of_fold, later], dated=True) == "boosted"


def test_no_context_to_compare_is_an_error() -> None:
    with pytest.raises(ValueError, match="no context to compare"):
        choose_context([evidence()], dated=False)
