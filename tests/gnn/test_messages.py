"""The network of messages: against plain loops, what changes it and what must not, out of fold, on disk, in a model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from sklearn.metrics import roc_auc_score

from chain import END, SETTINGS, slices, tables
from supplyrisk import gnn
from supplyrisk.gnn.baselines.boosting import folds_by_group
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import PanelGraph, firm_numbers, panel_graph_of
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network import message_training
from supplyrisk.gnn.network.member import EnsembleMember
from supplyrisk.gnn.network.member_stages import StageScores
from supplyrisk.gnn.network.message_inputs import MessageInputs, ScoreScale
from supplyrisk.gnn.network.message_network import (
    HIDDEN_WIDTH,
    MessageEnsemble,
    MessageNetwork,
    SeededDropout,
    message_log_hazards,
)
from supplyrisk.gnn.network.message_training import MessageFit
from supplyrisk.gnn.network.smooth_score import SmoothFit, fit_smooth
from supplyrisk.graph import DatasetInfo, ModelError, Snapshot, Tables, build_snapshot
from supplyrisk.graph.schema.relations import ChannelKind

Matrix = NDArray[np.float64]
FIRMS = 240


def pairs(seed: int = 0) -> tuple[list[str], Matrix, Matrix, NDArray[np.int64]]:
    """Firms, a column of each, outcomes that go by the customer's column alone, and each firm's customer."""
    rng = np.random.default_rng(seed)
    customer = rng.permutation(FIRMS)
    column = rng.normal(size=FIRMS)
    return [f"F{i:03}" for i in range(FIRMS)], column, (column[customer] > 0.8).astype(float), customer


def graph_from(ids: list[str], column: Matrix, y: Matrix, customer: NDArray[np.int64]) -> PanelGraph:
    """Undated firms: who supplies whom, a person behind every third firm, and who invests in whom."""
    managed = ids[::3]
    frames = {
        "firms": pa.table({"firm_id": ids, "registered_capital": np.exp(column)}),
        "persons": pa.table({"person_id": ["P0", "P1"]}),
        "supplies": pa.table(
            {"supplier_id": ids, "customer_id": [ids[c] for c in customer], "amount": np.full(len(ids), 5.0)}
        ),
        "relations": pa.table(
            {
                "from_id": [*("P0" if i % 2 else "P1" for i in range(len(managed))), ids[0]],
                "to_id": [*managed, ids[1]],
                "kind": [*["manages"] * len(managed), "invests"],
            }
        ),
        "labels": pa.table({"firm_id": ids, "defaulted": y > 0}),
    }
    snapshot = build_snapshot(Tables(DatasetInfo("pairs", undated=True), frames))
    return panel_graph_of(snapshot, Encoder.fit([snapshot]))


@pytest.fixture(scope="module")
def graph() -> PanelGraph:
    return graph_from(*pairs())


@pytest.fixture(scope="module")
def scored(graph: PanelGraph) -> SmoothFit:
    return fit_smooth(graph.x, RowOutcomes.of_graphs([graph]), 0)


@pytest.fixture(scope="module")
def fitted(graph: PanelGraph, scored: SmoothFit) -> MessageFit:
    return message_training.fit_messages([graph], scored.log_hazards, scored, 0, 60)


def by_loops(
    network: MessageNetwork, graph: PanelGraph, x: Matrix, scores: Matrix, kinds: tuple[str, ...]
) -> list[float]:
    """Margins by the equations, one node and one link at a time."""
    w = {k: v.double().numpy() for k, v in network.state_dict().items()}
    links, firms = graph.links, graph.firms
    senders: dict[tuple[int, str], list[int]] = {}
    for source, target, kind in zip(
        links.source.tolist(), links.target.tolist(), links.kind.tolist(), strict=True
    ):
        senders.setdefault((target, links.kinds[kind]), []).append(source)

    def relu(v: Matrix) -> Matrix:
        return np.maximum(v, 0.0)

    def hidden(node: int) -> Matrix:
        kind = "firm" if node < firms else "person"
        counts = [1.0]
        for k in kinds:
            if ChannelKind.parse(k).node_types[1] == kind:
                count = len(senders.get((node, k), []))
                counts += [np.log1p(count), float(count > 0)]
        out = w[f"counts.{kind}.weight"] @ np.array(counts)
        if kind == "person":
            return relu(out)
        own = np.concatenate([scores[node], [float(graph.defaulted[node])], x[node]])
        return relu(out + w["columns.weight"] @ own)

    margins = []
    for firm in range(firms):
        z = hidden(firm)
        update = w["itself.weight"] @ z + w["itself.bias"]
        for number, k in enumerate(kinds):
            senders_of_kind = senders.get((firm, k), [])
            if ChannelKind.parse(k).node_types[1] == "firm" and senders_of_kind:
                mean = sum(hidden(j) for j in senders_of_kind) / len(senders_of_kind)
                update = (
                    update
                    + np.concatenate([mean, mean * np.log1p(len(senders_of_kind))]) @ w["kinds"][number]
                )
        y = z + relu(update)
        deep = relu(w["head.0.weight"] @ y + w["head.0.bias"])
        margin = w["head.2.weight"] @ deep + w["head.2.bias"] + w["own.weight"] @ scores[firm] + w["own.bias"]
        margins.append(float(margin[0]))
    return margins


def test_margins_are_those_of_the_equations(graph: PanelGraph, scored: SmoothFit) -> None:
    kinds = tuple(sorted(graph.links.kinds))
    assert {ChannelKind.parse(k).node_types for k in kinds} == {
        ("firm", "firm"),
        ("firm", "person"),
        ("person", "firm"),
    }
    scores = np.stack([scored.log_hazards, np.linspace(-3, 1, FIRMS)], 1)
    scale = ScoreScale.of(scores)
    defaulted = replace(graph, defaulted=np.arange(FIRMS) % 7 == 0)
    inputs = MessageInputs.of([defaulted], scores, scored.score, kinds, scale)
    torch.manual_seed(3)
    network = MessageNetwork(inputs.columns.shape[1], kinds).requires_grad_(False)
    standard = (scores - np.array(scale.mean)) / np.array(scale.spread)
    expected = by_loops(network, defaulted, scored.score.encode(graph.x), standard, kinds)
    assert network(inputs).tolist() == pytest.approx(expected, abs=1e-4)
    assert np.std(expected) > 0.05


def test_two_graphs_beside_each_other_are_scored_as_each_alone(
    graph: PanelGraph, scored: SmoothFit, fitted: MessageFit
) -> None:
    other = graph_from(*pairs(1))
    own, even = scored.log_hazards, scored.score.predict(other.x)
    one = fitted.ensemble.predict([graph], own, SmoothFit(scored.score, own))
    two = fitted.ensemble.predict([other], even, SmoothFit(scored.score, even))
    both = np.concatenate([own, even])
    assert fitted.ensemble.predict([graph, other], both, SmoothFit(scored.score, both)) == pytest.approx(
        np.concatenate([one, two]), abs=1e-5
    )


def test_an_effect_of_neighbours_is_learned_out_of_fold(
    graph: PanelGraph, scored: SmoothFit, fitted: MessageFit
) -> None:
    """Who fails is whose customer is large: the own scores cannot know, and new firms are scored right."""
    assert roc_auc_score(graph.y, scored.log_hazards) < 0.65
    assert roc_auc_score(graph.y, fitted.log_hazards) > 0.9
    other = graph_from(*pairs(1))
    even = scored.score.predict(other.x)
    assert roc_auc_score(other.y, fitted.ensemble.predict([other], even, SmoothFit(scored.score, even))) > 0.9


def test_neither_names_nor_the_order_of_firms_matter(scored: SmoothFit, fitted: MessageFit) -> None:
    ids, column, y, customer = pairs()
    order = np.random.default_rng(5).permutation(FIRMS)
    place = np.argsort(order)
    # The persons' firms are every third by place, so that these go along.
    before = graph_from(ids, column, y, customer)
    moved = replace(before, x=before.x[order], y=before.y[order], defaulted=before.defaulted[order])
    number = torch.from_numpy(np.concatenate([place, np.arange(FIRMS, before.links.nodes)]))
    links = replace(before.links, source=number[before.links.source], target=number[before.links.target])
    moved = replace(moved, links=links, firm_ids=tuple(f"Z{i}" for i in range(FIRMS)))
    even = scored.log_hazards
    after = fitted.ensemble.predict([moved], even[order], SmoothFit(scored.score, even[order]))
    assert after == pytest.approx(
        fitted.ensemble.predict([before], even, SmoothFit(scored.score, even))[order], abs=1e-5
    )


def test_held_firms_outcomes_move_no_score_of_theirs(
    graph: PanelGraph, scored: SmoothFit, monkeypatch: pytest.MonkeyPatch
) -> None:
    folds = folds_by_group(graph.y, firm_numbers([graph]), 0)
    monkeypatch.setattr(message_training, "folds_by_group", lambda *_: folds)
    held = folds[1][1]
    other = graph.y.copy()
    other[held] = 1 - other[held]
    scores = [
        message_training.fit_messages([replace(graph, y=y)], scored.log_hazards, scored, 0, 6)[1]
        for y in (graph.y, other)
    ]
    assert scores[0][held].tolist() == scores[1][held].tolist()
    assert scores[0].tolist() != scores[1].tolist()


def test_a_row_without_an_outcome_has_the_mean_of_all_folds(graph: PanelGraph, scored: SmoothFit) -> None:
    hidden = graph.without_outcomes({"F005"})
    ensemble, score = message_training.fit_messages([hidden], scored.log_hazards, scored, 0, 4)
    assert score[5] == pytest.approx(ensemble.predict([hidden], scored.log_hazards, scored)[5], abs=1e-6)
    assert np.isfinite(score).all()


def test_how_long_it_learns_is_chosen_by_held_firms(graph: PanelGraph, scored: SmoothFit) -> None:
    chosen, score = message_training.fit_messages([graph], scored.log_hazards, scored, 0)
    assert (
        0 < chosen.epochs <= message_training.MAX_EPOCHS
        and chosen.epochs % message_training.EPOCHS_BETWEEN_CHECKS == 0
    )
    again = message_training.fit_messages([graph], scored.log_hazards, scored, 0, chosen.epochs)
    assert again[1].tolist() == score.tolist()


def test_the_global_generator_of_torch_is_left_alone(graph: PanelGraph, scored: SmoothFit) -> None:
    before = torch.get_rng_state()
    message_training.fit_messages([graph], scored.log_hazards, scored, 0, 2)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_kind_that_is_not_there_is_no_link_and_a_new_one_is_not_update(
    graph: PanelGraph, scored: SmoothFit, fitted: MessageFit
) -> None:
    names = tuple(k.replace("invests", "owns") for k in graph.links.kinds)
    renamed = replace(graph, links=replace(graph.links, kinds=names))
    remaining = torch.tensor(["invests" not in k for k in graph.links.kinds])[graph.links.kind]
    cut = {k: getattr(graph.links, k)[remaining] for k in ("source", "target", "kind")}
    without = replace(graph, links=replace(graph.links, **cut))
    scores = [fitted.ensemble.predict([g], scored.log_hazards, scored) for g in (renamed, without, graph)]
    assert scores[0].tolist() == scores[1].tolist() != scores[2].tolist()


def test_noise_drops_its_share_and_keeps_the_mean() -> None:
    dropped = SeededDropout(torch.Generator().manual_seed(0))(torch.ones(400, 100), 0.2)
    assert set(dropped.unique().tolist()) == {0.0, 1.25}
    assert float(dropped.mean()) == pytest.approx(1.0, abs=0.02)


def test_on_disk_and_back(graph: PanelGraph, scored: SmoothFit, fitted: MessageFit) -> None:
    ensemble = fitted.ensemble
    again = MessageEnsemble.from_json(json.loads(json.dumps(ensemble.to_json())), ensemble.state())
    assert (
        again.predict([graph], scored.log_hazards, scored).tolist()
        == ensemble.predict([graph], scored.log_hazards, scored).tolist()
    )
    lost = {k: v for k, v in ensemble.state().items() if k != "0.kinds"}
    with pytest.raises(RuntimeError, match="kinds"):
        MessageEnsemble.from_json(ensemble.to_json(), lost)


def test_it_moves_whole_and_leaves_itself_behind(fitted: MessageFit) -> None:
    moved = fitted.ensemble.to(torch.device("meta"))
    assert {t.device.type for t in moved.state().values()} == {"meta"}
    assert {t.device.type for t in fitted.ensemble.state().values()} == {"cpu"}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_same_on_cuda(graph: PanelGraph, scored: SmoothFit, fitted: MessageFit) -> None:
    after = fitted.ensemble.to(torch.device("cuda")).predict([graph], scored.log_hazards, scored)
    assert after == pytest.approx(fitted.ensemble.predict([graph], scored.log_hazards, scored), abs=1e-4)


def test_the_context_is_halfway_between_boosted_and_messages() -> None:
    rows = np.zeros(3)
    member = EnsembleMember("messages", 9, ())
    with torch.no_grad():
        member.own.zero_()
    stages = StageScores(rows, np.array([1.0, 2.0, 3.0]), np.zeros((3, 9)), rows, np.array([3.0, 2.0, -1.0]))
    assert member.context_inputs(stages)[:, 0].tolist() == [2.0, 2.0, 1.0]
    assert member.required_stages == {"full", "messages"}


@pytest.fixture(scope="module")
def trained(frames: dict[str, pa.Table]) -> gnn.RiskModel:
    """One member whose only context is that of messages."""
    return gnn.train("messages", slices(frames), replace(SETTINGS, contexts=("messages",), members=1))


def test_a_model_with_messages_scores_the_same_from_disk_and_in_any_order(
    trained: gnn.RiskModel, frames: dict[str, pa.Table], now: Snapshot, tmp_path: Path
) -> None:
    assert trained.card["context"] == "messages"
    parts = trained.parts(now)[1]
    assert float(np.abs(parts.context).max()) > 0
    gnn.save(trained, tmp_path / "m")
    again = gnn.load(tmp_path / "m", gnn.device("cpu")).parts(now)[1]
    assert again.by_member.tolist() == parts.by_member.tolist()
    rng = np.random.default_rng(0)
    shuffled = {n: t.take(rng.permutation(t.num_rows)) for n, t in frames.items()}
    other = build_snapshot(tables(shuffled), END)
    hazards = trained.parts(other)[1].member_hazards("network")[0]
    rows = dict(zip(other.firms["firm_id"].to_pylist(), hazards, strict=True))
    expected = dict(zip(now.firms["firm_id"].to_pylist(), parts.member_hazards("network")[0], strict=True))
    assert rows == {firm: pytest.approx(h, rel=1e-4) for firm, h in expected.items()}


def test_weights_that_do_not_fit_are_refused(trained: gnn.RiskModel, tmp_path: Path) -> None:
    gnn.save(trained, tmp_path / "m")
    path = tmp_path / "m" / "network.safetensors"
    weights: dict[str, Any] = load_file(path)
    assert weights["messages.0.0.kinds"].shape[1:] == (2 * HIDDEN_WIDTH, HIDDEN_WIDTH)
    save_file({k: v for k, v in weights.items() if k != "messages.0.0.kinds"}, path)
    with pytest.raises(ModelError, match=r"damaged.*train it again"):
        gnn.load(tmp_path / "m")


@pytest.mark.parametrize("spoilt", [{"messages": None}, {"scale": {"mean": [0.0], "spread": [1.0, 1.0]}}])
def test_networks_that_are_missing_or_damaged_are_refused(
    trained: gnn.RiskModel, tmp_path: Path, spoilt: dict[str, Any]
) -> None:
    gnn.save(trained, tmp_path / "m")
    path = tmp_path / "m" / "boosters.json"
    trees = json.loads(path.read_text(encoding="utf-8"))
    first = trees["members"][0]
    first["messages"] = None if "messages" in spoilt else first["messages"] | spoilt
    path.write_text(json.dumps(trees), encoding="utf-8")
    with pytest.raises(ModelError, match=r"damaged.*train it again"):
        gnn.load(tmp_path / "m")


def test_stages_that_the_selected_context_does_not_use_are_not_stored(model: gnn.RiskModel) -> None:
    stored = [b.messages is not None for b in model.boosters]
    assert stored == [model.card["context"] == "messages"] * len(model.boosters)


def test_hazards_are_of_the_logistic_margin(graph: PanelGraph, scored: SmoothFit) -> None:
    scores = np.stack([scored.log_hazards, scored.log_hazards], 1)
    inputs = MessageInputs.of([graph], scores, scored.score, (), ScoreScale.of(scores))
    network = MessageNetwork(inputs.columns.shape[1], ()).requires_grad_(False)
    h = np.exp(message_log_hazards(network, inputs))
    assert 1 - np.exp(-h) == pytest.approx(torch.sigmoid(network(inputs)).numpy(), abs=1e-6)
