"""Too few failures: what `train`, `compare` and the list of models say where fewer than ten firms failed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from golden_pages import FIXTURE
from supplyrisk import gnn
from supplyrisk.cli.render.comparison import show_models
from supplyrisk.cli.render.model_metrics import candidate_rows
from supplyrisk.gnn.evaluation import Difference, PairedComparison
from supplyrisk.graph import Workspace
from supplyrisk.graph.schema.few_failures import failed_firms_of, failed_firms_text, too_few_text
from supplyrisk.services import list_models
from supplyrisk.services.compare import _outcome_in_words
from supplyrisk.services.training_card import all_metrics, metrics_on, training_verdict

WON = {"value": 0.1, "low": 0.05, "high": 0.15, "p": 0.01}


@pytest.fixture(scope="module")
def model() -> gnn.RiskModel:
    return gnn.load(FIXTURE / "models" / "default")


def _with_failures(model: gnn.RiskModel, failed_firms: int) -> gnn.RiskModel:
    """The model, as if so many firms of its test set had failed and the network had ranked them better."""
    card: Any = dict(model.card)
    gains = dict.fromkeys(gnn.CANDIDATES[1:], WON)
    return replace(
        model, card=card | {"test": card["test"] | {"failed_firms": failed_firms, "network_minus": gains}}
    )


def test_words_by_hand() -> None:
    assert failed_firms_text(10) == "10"
    assert failed_firms_text(9) == "9 (too few failures)"
    assert too_few_text(1) == "too few failures (1 firm failed, at least 10 are needed)"
    # A card from before firms were counted.
    assert failed_firms_of({"failed": 16, "firms": 239}) == 16


def test_train_claims_nothing_on_nine_failed_firms(model: gnn.RiskModel) -> None:
    enough = training_verdict(_with_failures(model, 10))
    few = training_verdict(_with_failures(model, 9))
    assert "the network ranks better than boosted-own: AUC" in " ".join(enough)
    assert "ranks better" not in " ".join(few)
    mark = "too few failures (9 firms failed"
    assert any(line.startswith(f"the network is not compared with boosted-own, {mark}") for line in few)


def test_every_metric_is_marked(model: gnn.RiskModel) -> None:
    card: Any = _with_failures(model, 9).card
    tested = metrics_on(card, "test")
    assert {(m.failed_firms, m.too_few_failures) for m in tested} == {(9, True)}
    assert all(metric.too_few_failures for metric in tested)
    assert {row[-1] for row in candidate_rows(tested)} == {"9 (too few failures)"}
    validated = [m for m in all_metrics(card) if m.split != "test"]
    assert {m.too_few_failures for m in validated} == {False}


def test_a_champion_chosen_by_few_failures_is_marked(model: gnn.RiskModel) -> None:
    card: Any = dict(model.card)
    few = replace(model, card=card | {"choosing": card["choosing"] | {"failed_firms": 8}})
    champion = next(line for line in training_verdict(few) if line.startswith("champion:"))
    assert champion.endswith("where there were too few failures (8 firms failed, at least 10 are needed)")


def test_the_list_of_models_marks_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(FIXTURE, tmp_path / "ws")
    path = tmp_path / "ws" / "models" / "default" / "model.json"
    described = json.loads(path.read_text(encoding="utf-8"))
    described["card"]["test"]["failed_firms"] = 4
    path.write_text(json.dumps(described), encoding="utf-8")
    (row,) = list_models(Workspace(tmp_path / "ws")).models
    assert (row.failed_firms, row.too_few_failures) == (4, True)
    show_models([row])
    assert "4 (too few failures)" in capsys.readouterr().out


@pytest.mark.parametrize(("failed", "claimed"), [(10, True), (9, False)])
def test_compare_calls_no_model_better_on_nine_failed_firms(failed: int, claimed: bool) -> None:
    outcome = PairedComparison(
        as_of=["2025-06-30"],
        rows=200,
        failed=failed,
        failed_firms=failed,
        too_few_failures=failed < 10,
        old={},
        new={},
        new_minus_old=dict.fromkeys(("auc", "pr_auc", "brier"), Difference(**WON)),
    )
    words = _outcome_in_words(outcome)
    assert words.startswith("the new model ranks better") is claimed
    assert ("too few failures (9 firms failed" in words) is not claimed
