"""The fit of worst grades in tests/bench/bench_bounds.py: quantiles by hand, and their order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from bench_bounds import SCORERS, Rows, fit, mean_pds, regressed, stated_of, toml_text
from supplyrisk.gnn.worst_grades import BoundsTable
from supplyrisk.graph import FULL_EVIDENCE
from supplyrisk.graph.schema.strict_toml import parse_toml

BASE = 0.02
RATIOS = np.arange(-9.5, 1.5)
"""Eleven log ratios, of which one in ten lies above .1 or so: ten are at most -.5, one is .5."""


def rows(ratios: dict[str, NDArray[np.float64]], x: float = 0.0) -> Rows:
    labels = tuple(label for label, each in ratios.items() for _ in each)
    ratio = np.concatenate(list(ratios.values()))
    scored = np.full(len(ratio), BASE * np.exp(x))
    return Rows(scored, scored * np.exp(ratio), np.full(len(ratio), BASE), labels, np.ones(len(ratio)))


def level_and_facts(sample: Rows) -> tuple[float, list[float]]:
    level, extra = regressed(sample, np.array([-1.0, 0.0, 1.0]))
    return float(level[1]), [float(v) for v in extra]


def test_the_level_is_the_quantile_of_the_log_ratio() -> None:
    # of eleven firms the loss is least at the tenth: one of them, 9 %, lies above
    level, extra = level_and_facts(rows({FULL_EVIDENCE: RATIOS}))
    assert level == pytest.approx(RATIOS[-2])
    assert extra == pytest.approx([0.0] * 4)


def test_a_lacking_fact_adds_what_it_adds_and_never_less_than_nothing() -> None:
    level, extra = level_and_facts(rows({FULL_EVIDENCE: RATIOS, "year-statement": RATIOS + 0.7}))
    assert level == pytest.approx(RATIOS[-2])
    assert extra == pytest.approx([0.0, 0.0, 0.0, 0.7])
    level, extra = level_and_facts(rows({FULL_EVIDENCE: RATIOS, "year-payments": RATIOS - 0.7}))
    assert extra == pytest.approx([0.0] * 4)
    # the two classes share one level: two of 22 lie above it
    assert np.sum(np.append(RATIOS, RATIOS - 0.7) > level + 1e-9) == 2


def test_months_add_at_least_as_much_as_half_a_year() -> None:
    ratios = {
        FULL_EVIDENCE: RATIOS,
        "half_year-statement-payments": RATIOS + 1,
        "months-statement-payments": RATIOS,
    }
    months, half_year, *_ = level_and_facts(rows(ratios))[1]
    assert months >= half_year - 1e-9


def test_worlds_weigh_the_same_and_the_rounding_gives_one_true_grade_in_ten() -> None:
    random = np.random.default_rng(1)
    frames = []
    for world, count in (("a", 400), ("b", 1200)):
        scored = np.exp(random.normal(-4, 1, count)).clip(1e-4, 0.3)
        true = (scored * np.exp(random.normal(-0.5, 1, count))).clip(1e-6, 0.9)
        known = dict.fromkeys(SCORERS, scored) | {f"base {name}": BASE for name in SCORERS}
        frames.append(pd.DataFrame({"world": world, "true": true, "evidence": FULL_EVIDENCE, **known}))
    bounds = fit(frames, "network")
    stated = stated_of(Rows.of(frames, "network"), bounds)
    assert stated.weight[:400].sum() == pytest.approx(stated.weight[400:].sum())
    assert np.average(stated.pd_above, weights=stated.weight) == pytest.approx(0.1, abs=0.02)
    assert stated.share() == pytest.approx(0.1, abs=0.02)
    assert bounds.rounding < 0
    assert all(mean < bound for _, _, mean, bound in mean_pds(stated))
    # the file that is written is one that is read
    assert (
        parse_toml(toml_text({"network": bounds}, "a, b"), BoundsTable, "table").scorers["network"] == bounds
    )
