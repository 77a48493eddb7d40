"""Unlisted firms in models: no columns, no rows to learn from, and the base rate as their hazard, by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from handmade import AS_OF, event, firms, tables_of, trade
from supplyrisk import gnn
from supplyrisk.gnn.baselines.expert_model import ExpertData, fit_expert
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import PanelGraph, at_base_rate, panel_graph_of
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.member import BaseHazards, EnsembleMember
from supplyrisk.gnn.network.message_inputs import MessageInputs, ScoreScale
from supplyrisk.gnn.network.neighbourhood_columns import NeighbourhoodColumns
from supplyrisk.gnn.network.smooth_score import prior_score
from supplyrisk.graph import Snapshot, build_snapshot

# Of what A buys, X has three quarters and B one; D is in default.
TRADES = [trade("X", "A", 20, 30), trade("B", "A", 10, 10), trade("A", "Y", 10, 8), trade("C", "D", 10, 1)]
LISTED = [
    firm for number, name in enumerate("ABCD") for firm in firms(name, industry="steel", employees=number)
]
IDS = "ABCDXY"


def snapshot_of(ids: str = "XY") -> Snapshot:
    statements = [
        {"firm_id": firm, "on": AS_OF.replace(year=2023), "equity": equity, "short_term_debt": 50.0}
        for firm, equity in zip("ABC", (80.0, 5.0, 40.0), strict=True)
    ]
    tables = tables_of(
        firms=LISTED + firms(*ids, unlisted=True),
        supplies=TRADES if ids else TRADES[3:],
        events=[event("D", 30, "default")],
        financials=statements,
    )
    return build_snapshot(tables, AS_OF, 30)


@pytest.fixture(scope="module")
def snap() -> Snapshot:
    return snapshot_of()


@pytest.fixture(scope="module")
def graph(snap: Snapshot) -> PanelGraph:
    return panel_graph_of(snap, Encoder.fit([snap]))


PDS = np.array([0.1, 0.2, 0.3, 0.9, 0.5, 0.6])
HAZARDS = -np.log1p(-PDS)


def test_their_columns_are_missing_and_their_rows_have_no_outcome(graph: PanelGraph) -> None:
    assert np.isnan(graph.x[4:]).all()
    assert not np.isnan(graph.x[:4]).all(1).any()
    assert graph.listed.tolist() == [True] * 4 + [False] * 2
    assert graph.scored.tolist() == [True] * 3 + [False] * 3
    day = graph.known_by(AS_OF.replace(year=2025))
    assert not np.isin(RowOutcomes.of_graphs([day]).known, [4, 5]).any()


def test_columns_are_learned_from_listed_firms_alone(snap: Snapshot) -> None:
    far = firms(*(f"X{number}" for number in range(30)), unlisted=True, region="far")
    more = build_snapshot(tables_of(firms=LISTED + far, supplies=TRADES[1:2]), AS_OF)
    # thirty firms of a region would be enough for a column of it
    assert more.firms["region"].null_count == 4
    encoder = Encoder.fit([more])
    assert "region" not in encoder.words
    assert encoder.unseen_words(more) == {}


def test_the_base_rate_is_the_mean_pd_of_the_scored_firms(graph: PanelGraph) -> None:
    """(.1 + .2 + .3) / 3 = .2; D is in default, and what the model says of X and Y does not count."""
    hazards = at_base_rate(HAZARDS, [graph])
    assert -np.expm1(-hazards) == pytest.approx([0.1, 0.2, 0.3, 0.9, 0.2, 0.2])
    without = panel_graph_of(snapshot_of(""), Encoder.fit([snapshot_of("")]))
    assert without.unlisted is None
    assert at_base_rate(HAZARDS[:4], [without]).tolist() == HAZARDS[:4].tolist()


def test_each_graph_has_its_own_base_rate(graph: PanelGraph) -> None:
    both = at_base_rate(np.concatenate([HAZARDS, 2 * HAZARDS]), [graph, graph])
    second = 1 - (1 - PDS[:3]) ** 2
    assert -np.expm1(-both[[4, 10]]) == pytest.approx([0.2, second.mean()])


def test_neighbours_see_an_unlisted_firm_at_the_base_rate(graph: PanelGraph) -> None:
    near = NeighbourhoodColumns.of([graph], np.log(HAZARDS), ())
    value = {name: near.wide[0, i] for i, name in enumerate(near.names)}
    base = -np.log1p(-0.2)
    assert value["count:upstream"] == 2
    assert value["score:mean:upstream"] == pytest.approx((np.log(base) + np.log(HAZARDS[1])) / 2)
    assert value["score:exposure:upstream"] == pytest.approx(0.75 * 0.2 + 0.25 * 0.2)
    assert value["score:mean:downstream"] == pytest.approx(np.log(base))
    # of its industry and region there are B, C and D, and no unlisted firm
    assert value["score:cell"] == pytest.approx(np.log(HAZARDS[1:4]).mean())


def test_a_member_gives_them_the_base_rate_and_no_context(graph: PanelGraph) -> None:
    member = EnsembleMember("none", 1, graph.links.kinds)
    context = np.full(6, 0.05)
    base = member.at_base_rate(
        BaseHazards(torch.from_numpy(HAZARDS - context), torch.from_numpy(context)), [graph]
    )
    assert (base.own + base.context).numpy() == pytest.approx([*HAZARDS[:4], *[-np.log1p(-0.2)] * 2])
    assert base.context.numpy()[4:].tolist() == [0, 0]


def test_messages_start_from_the_base_rate(graph: PanelGraph) -> None:
    scores = np.log(np.stack([HAZARDS, 2 * HAZARDS], 1))
    scale = ScoreScale((0.0, 0.0), (1.0, 1.0))
    inputs = MessageInputs.of([graph], scores, prior_score(graph.x), graph.links.kinds, scale)
    second = -np.log1p(-(1 - (1 - PDS[:3]) ** 2).mean())
    assert inputs.scores[4].tolist() == pytest.approx(np.log([-np.log1p(-0.2), second]), rel=1e-6)
    assert inputs.scores[:4].numpy() == pytest.approx(scores[:4], rel=1e-6)


@pytest.fixture(scope="module")
def model(snap: Snapshot) -> gnn.RiskModel:
    return fit_expert("six", ExpertData(snap, 0.04))


def test_a_listed_firm_catches_from_them_at_the_base_rate(snap: Snapshot, model: gnn.RiskModel) -> None:
    graph, parts = model.parts(snap)
    base = -np.log1p(-(-np.expm1(-parts.own[:3])).mean())
    assert parts.own[4:] == pytest.approx([base, base])
    links = graph.links
    pair = {
        (int(s), int(t)): n for n, (s, t) in enumerate(zip(links.pair_source, links.pair_target, strict=True))
    }
    by_pair = dict(zip(links.pair.tolist(), parts.transmissions[0].tolist(), strict=True))
    # two rounds: what X passes to A is its hazard after the first one, without what A passed to it
    into_x = -np.log1p(-by_pair[pair[0, 4]] * -np.expm1(-parts.own[0]))
    hazard_of_x = base + into_x - into_x
    assert parts.pairs[pair[4, 0]] == pytest.approx(-np.log1p(-by_pair[pair[4, 0]] * -np.expm1(-hazard_of_x)))


def test_scores_show_nothing_of_them_but_their_state(snap: Snapshot, model: gnn.RiskModel) -> None:
    scores = gnn.score(model, snap)
    rows = {row["firm_id"]: row for row in scores.firms.to_pylist()}
    assert {firm: row["state"] for firm, row in rows.items()} == {
        "A": "scored", "B": "scored", "C": "scored", "D": "defaulted", "X": "unlisted", "Y": "unlisted",
    }  # fmt: skip
    figures = (
        "pd",
        "pd_low",
        "pd_low_90",
        "pd_30",
        "pd_360",
        "own",
        "caught",
        "base_pd",
        "points",
        "grade",
        "coverage",
    )
    assert [rows["X"][name] for name in (*figures, "reasons", "neighbours")] == [None] * 13
    assert scores.listed == 4
    assert [firm.firm_id for firm in scores.riskiest(9)][-1] == "D"
    assert len(scores.riskiest(9)) == 4
    assert {row["state"] for row in scores.spreaders.to_pylist()} == {"scored", "defaulted", "unlisted"}
    # coverage of features is a share of the listed firms
    assert {report.coverage for report in scores.features if report.feature == "employees"} == {1.0}


def test_the_mean_pd_of_listed_firms_is_the_base_rate(snap: Snapshot, model: gnn.RiskModel) -> None:
    pds = [row["pd"] for row in gnn.score(model, snap).firms.to_pylist() if row["pd"] is not None]
    assert np.mean(pds) == pytest.approx(0.04)
