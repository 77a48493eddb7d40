"""The score of a shop from a few facts: ranks among reference firms, by hand on a small one, and the shipped table."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import AS_OF, firms, tables_of
from supplyrisk.gnn import ThinReference
from supplyrisk.gnn.baselines.expert_scorecard import fit_scorecard, scorecard_prior
from supplyrisk.graph import FEATURES, DataError
from supplyrisk.graph.credit import ThinFacts, example_facts
from supplyrisk.graph.schema.strict_toml import parse_toml
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from thin_reference_table import table

COLUMNS = ("margin", "pay_overdue_share")
X = np.column_stack([np.linspace(-0.2, 0.2, 101), np.linspace(0.5, 0.0, 101)])
"""101 firms from the riskiest to the safest."""


def reference(peers: int = 0) -> ThinReference:
    score = fit_scorecard(X, scorecard_prior(COLUMNS), 0.05)
    log_odds = np.sort(score.weights[0, 0] + score.encode(X) @ score.weights[0, 1:])
    groups = {("toys", None): log_odds[:peers], ("toys", "South"): log_odds[: peers // 2]} if peers else {}
    return ThinReference("by hand", 101, 0.05, 180, COLUMNS, score, log_odds, groups)


def test_the_median_firm_and_the_ends_by_hand() -> None:
    scorecard = reference()
    level = scorecard.score.weights[0, 0]
    middle = scorecard.score_facts({"margin": 0.0, "pay_overdue_share": 0.25})
    assert middle.pd == pytest.approx(1 / (1 + math.exp(-level)))
    assert middle.riskier_than == pytest.approx(50 / 101)
    # Stated effects from the middle rank to the riskiest: 1.0 of the margin, .3 of payments.
    worst = scorecard.score_facts({"margin": -0.2, "pay_overdue_share": 0.5})
    assert worst.pd == pytest.approx(1 / (1 + math.exp(-level - 1.3)))
    assert worst.pd == pytest.approx(worst.worst_pd)
    assert [(part.column, part.riskier_than) for part in worst.parts] == [
        ("margin", 1.0),
        ("pay_overdue_share", 1.0),
    ]
    assert (middle.group, middle.peers) == ("all", 101)
    # What the reference lacks counts as unknown: two columns are 1.3 of the weight of all that the register has.
    every = sum(feature.prior or feature.scorecard for feature in FEATURES)
    assert middle.known == pytest.approx(1.3 / every)


def test_what_is_unknown_counts_as_average_and_at_its_worst_beside() -> None:
    scorecard = reference()
    level = scorecard.score.weights[0, 0]
    unknown = scorecard.score_facts({})
    assert (unknown.known, unknown.parts) == (0.0, ())
    assert unknown.pd == pytest.approx(1 / (1 + math.exp(-level)))
    assert unknown.worst_pd == pytest.approx(1 / (1 + math.exp(-level - 1.3)))
    both = scorecard.score_facts({"margin": 0.2, "pay_overdue_share": 0.1})
    assert scorecard.score_facts({"margin": 0.2}).known == pytest.approx(both.known / 1.3)
    assert scorecard.score_facts({"no_such_column": 9.0}) == unknown


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_worse_fact_never_scores_better(margin: float, unpaid: float, more: float) -> None:
    scorecard = reference()
    before = scorecard.score_facts({"margin": margin, "pay_overdue_share": unpaid})
    worse = scorecard.score_facts({"margin": margin - more, "pay_overdue_share": min(1.0, unpaid + more)})
    assert worse.pd >= before.pd * (1 - 1e-12)
    assert before.worst_pd >= before.pd


def test_peers_are_of_the_narrowest_group_that_is_large_enough() -> None:
    scorecard = reference(peers=60)
    facts = {"margin": 0.2, "pay_overdue_share": 0.0}
    groups = {
        ("toys", "South"): ("industry and region", 30),
        ("toys", "North"): ("industry", 60),
        ("toys", None): ("industry", 60),
        ("steel", "South"): ("all", 101),
        (None, "South"): ("all", 101),
    }
    for (industry, region), expected in groups.items():
        score = scorecard.score_facts(facts, industry, region)
        assert (score.group, score.peers) == expected
    assert reference(peers=40).score_facts(facts, "toys", "South").group == "industry"


def test_firms_in_default_and_unlisted_ones_are_no_reference() -> None:
    statements = [
        {"firm_id": firm, "on": AS_OF.replace(year=2023), "revenue": 100.0, "costs": costs}
        for firm, costs in (("A", 90.0), ("B", 95.0), ("C", 500.0), ("D", 99.0))
    ]
    rows = [
        row | {"unlisted": row["firm_id"] == "D"}
        for row in firms("A", "B", "C", "D", joined_on=AS_OF.replace(year=2020))
    ]
    events = [{"firm_id": "C", "on": AS_OF.replace(month=1), "kind": "default"}]
    tables = tables_of(firms=rows, financials=statements, events=events)
    scorecard = ThinReference.of_snapshot(build_snapshot(tables, AS_OF), 0.1, "by hand")
    assert scorecard.firms == 2
    assert "margin" in scorecard.columns
    with pytest.raises(DataError, match="do not differ in any column"):
        ThinReference.of_snapshot(build_snapshot(tables_of(firms=firms("A"), events=events), AS_OF), 0.1, "x")


def test_a_stored_table_scores_as_before() -> None:
    scorecard = reference()
    read = ThinReference.from_json(json.loads(json.dumps(scorecard.to_json())))
    facts = {"margin": 0.05, "pay_overdue_share": 0.3}
    assert read.score_facts(facts).pd == pytest.approx(scorecard.score_facts(facts).pd, rel=1e-4)
    assert read.score_facts(facts).riskier_than == pytest.approx(
        scorecard.score_facts(facts).riskier_than, abs=0.01
    )


def test_the_shipped_table_names_its_source_and_scores_the_example() -> None:
    shipped = ThinReference.shipped()
    assert "synthetic world" in shipped.source
    shop = parse_toml(example_facts(), ThinFacts, "the example")
    score = shipped.score_facts(shop.features(), shop.industry, shop.region)
    assert 0.001 < score.pd < 0.2
    assert score.known > 0.5
    assert score.group == "all"
    rich = shop.model_copy(update={"cash": 5_000_000.0, "margin": 0.3, "late_payment_share": 0.0})
    assert shipped.score_facts(rich.features()).pd < score.pd


@pytest.mark.long
def test_the_shipped_table_follows_from_its_source() -> None:
    made = table().to_json()
    shipped = ThinReference.shipped().to_json()
    assert {name: made[name] for name in ("source", "firms", "base_rate", "columns")} == {
        name: shipped[name] for name in ("source", "firms", "base_rate", "columns")
    }
    np.testing.assert_allclose(made["log_odds"], shipped["log_odds"], rtol=1e-3, atol=1e-4)
