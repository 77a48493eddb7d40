"""Measures of the benchmark against true PDs: the fast expected AUC equals the sum over pairs, small cases by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench_learning import expected_auc, rank, term_pd


def by_pairs(score: list[float], chances: list[float]) -> float:
    """Pairs in which one firm fails and the other does not, and the share of them that the score orders rightly."""
    wins = 0.0
    total = 0.0
    for i, failing in enumerate(chances):
        for j, sound in enumerate(chances):
            if i != j:
                weight = failing * (1 - sound)
                total += weight
                wins += weight * (1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0)
    return wins / total


def test_expected_auc_of_two_firms_by_hand() -> None:
    # the riskier one fails alone with .8 * .9 = .72, the other one with .1 * .2 = .02
    assert expected_auc(np.array([2.0, 1.0]), np.array([0.8, 0.1])) == pytest.approx(0.72 / 0.74)
    assert expected_auc(np.array([1.0, 2.0]), np.array([0.8, 0.1])) == pytest.approx(0.02 / 0.74)
    assert expected_auc(np.array([1.0, 1.0]), np.array([0.8, 0.1])) == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(5))
def test_expected_auc_equals_the_sum_over_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chances = rng.random(30) ** 3
    score = np.round(chances + 0.3 * rng.random(30), 1)  # rounded, so that there are ties
    assert expected_auc(score, chances) == pytest.approx(by_pairs(score.tolist(), chances.tolist()))


def test_a_score_that_does_not_vary_has_no_rank() -> None:
    assert rank(np.ones(3), np.arange(3.0)) == 0
    assert rank(np.array([1.0, 5.0, 9.0]), np.arange(3.0)) == pytest.approx(1)


def test_code_without_terms_has_a_constant_hazard() -> None:
    chances = np.array([0.19, 0.0])
    bare = pd.DataFrame({"pd": chances})
    assert term_pd(bare, chances, 90, 180) == pytest.approx([0.1, 0.0])
    assert term_pd(bare, chances, 180, 180) == pytest.approx(chances)
    assert term_pd(bare.assign(pd_90=[0.02, 0.01]), chances, 90, 180) == pytest.approx([0.02, 0.01])
