"""The page of a synthetic world, from facts made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from page_checks import HOSTILE, check_page
from supplyrisk.loaders.synthetic import TailFit, WorldFacts
from supplyrisk.loaders.synthetic.network_structure import NetworkStructure
from supplyrisk.web import render_world

TAIL = TailFit(np.array([100.0, 10.0, 1.0]), np.array([0.1, 0.5, 1.0]), 1.25, 10.0)
FACTS = WorldFacts(
    name="toy",
    parameters={"firms": 12, "homophily": 0.5},
    size=TAIL,
    customers=TAIL,
    suppliers=replace(TAIL, exponent=None),
    season={"toys": [(1.0, 0.5), (45.0, 2.5)], "food": [(1.0, 1.0), (45.0, 1.0)]},
    churn=[0.251, 0.3],
    by_month=[("2024-01", 2), ("2024-02", 0)],
    dispersion=1.0,
    default_rate_after_supplier=0.125,
    degree_size=0.4,
    degree_age=0.2,
    yearly_default_rate=0.0312,
    structure=NetworkStructure(2.0, 0.003, 0.02, -0.15, 0.6),
    industry_correlation=0.021,
)
BARE = replace(
    FACTS,
    parameters={},
    size=TailFit(np.zeros(0), np.zeros(0), None, 0.0),
    season={},
    churn=[],
    by_month=[],
    dispersion=None,
    default_rate_after_supplier=None,
    structure=NetworkStructure(0.0, None, None, None, None),
    industry_correlation=None,
)


def test_the_page_states_every_figure_beside_its_source() -> None:
    page = check_page(render_world(FACTS))
    text = " ".join(page.text.split())
    for figure in (
        "1.25 (revenue, largest 5 %)",
        "0.60; rank correlation of all links 0.40",
        "25%, 30%, by year, both firms staying",
        "Defaults: 3.12% of firms a year.",
        "12.5%; 3.1%",
        "toys 2.5, food 1.0",
        "customers 1.25, suppliers -. Rank correlation of degree with revenue 0.40, with age 0.20",
        "homophily",
    ):
        assert figure in text
    # Axtell is the first source; Fujiwara and Bacilieri are the fourth and the third.
    assert "<td>1</td>" in render_world(FACTS) and "<td>4, 3</td>" in render_world(FACTS)
    assert page.tags["svg"] == 4 and page.tags["ol"] == 1
    assert render_world(FACTS) == render_world(FACTS)


def test_figures_that_a_world_does_not_have_are_dashes_and_their_charts_are_left_out() -> None:
    page = check_page(render_world(BARE))
    assert page.tags["svg"] == 1
    assert "less than a year of data, by year" in " ".join(page.text.split())


def test_texts_of_a_world_are_escaped() -> None:
    hostile = replace(FACTS, name=HOSTILE, parameters={HOSTILE: HOSTILE}, season={HOSTILE: [(1.0, 1.0)]})
    assert check_page(render_world(hostile)).text.count(HOSTILE) == 5
