"""Expert models of a data set: which windows count, what the tested model knew, and what a request must state."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from chain import END, SETTINGS, WEEKS, tables
from supplyrisk import gnn
from supplyrisk.gnn import evaluation
from supplyrisk.graph import DataError, DatasetInfo, RequestError, Tables
from supplyrisk.services.evaluation_splits import dated_evaluation_splits, undated_evaluation_splits
from supplyrisk.services.expert_training import (
    ExpertRequest,
    check_expert_options,
    make_expert_model,
    window_starts,
)
from supplyrisk.services.progress import silent
from supplyrisk.services.training_card import metrics_on, training_verdict
from supplyrisk.services.training_splits import OutcomeDefinition

REQUEST = ExpertRequest("book", 0.02, OutcomeDefinition())
QUICK = evaluation.EvaluationPlan(dip=False, draws=20)


def undated_tables(labelled: int, failed: int) -> Tables:
    """Two hundred firms of which the first are labelled; the least liquid of them failed."""
    firms = [f"F{i:03}" for i in range(200)]
    frames = {
        "firms": pa.table({"firm_id": firms}),
        "financials": pa.table(
            {
                "firm_id": firms,
                "liquid_assets": 1.0 + np.arange(200),
                "short_term_debt": np.full(200, 50.0),
            }
        ),
        "labels": pa.table({"firm_id": firms[:labelled], "defaulted": np.arange(labelled) < failed}),
    }
    return Tables(DatasetInfo("undated", undated=True), frames)


def test_windows_follow_each_other_and_the_last_one_may_be_open() -> None:
    first = date(2024, 1, 1)

    def starts(days: int) -> list[int]:
        return [(day - first).days for day in window_starts(first, first + timedelta(days=days), 180)]

    # A window counts as soon as 30 of its days were observed.
    assert starts(-200) == starts(29) == []
    assert starts(30) == starts(209) == [0]
    assert starts(210) == [0, 180]
    assert starts(389) == [0, 180]
    assert window_starts(first, first + timedelta(days=20), 10) == [first, first + timedelta(days=10)]


@pytest.mark.parametrize(
    ("expert", "rate", "validate", "words"),
    [
        (True, None, None, "--expert needs --base-rate"),
        (False, 0.02, None, "--base-rate is of an expert model only"),
        (True, 0.0, None, "--base-rate is 0; expected a share"),
        (True, 1.5, None, "--base-rate is 1.5; expected a share"),
        (True, 0.02, "folder", "--validate chooses a champion"),
    ],
)
def test_incomplete_requests_are_errors(
    expert: bool, rate: float | None, validate: str | None, words: str
) -> None:
    with pytest.raises(RequestError, match=words):
        check_expert_options(expert, rate, validate)


def test_complete_requests_are_none() -> None:
    check_expert_options(False, None, "folder")
    check_expert_options(True, 0.02, None)


def test_data_without_outcomes_give_the_stated_model_and_say_so(frames: dict[str, pa.Table]) -> None:
    # Loans show outcomes, too: a borrower that its lender reports as current has survived.
    quiet = {name: table for name, table in frames.items() if name not in ("events", "loans")}
    model = make_expert_model(REQUEST, tables(quiet), SETTINGS, silent)
    scorecard = model.card["scorecard"]
    assert (scorecard["failed"], scorecard["sound"]) == (0, 0)
    assert scorecard["rate"] == pytest.approx(0.02)
    assert {metric.value for metric in metrics_on(model.card, "test")} == {None}
    lines = training_verdict(model)
    assert "no outcome is known" in lines[0]
    assert "not tested: no outcome is known" in lines
    assert not any("training without --expert" in line for line in lines)
    with pytest.raises(DataError, match="no outcome is known that the model has not seen"):
        splits = dated_evaluation_splits(model.tested, tables(quiet), REQUEST.outcome, silent)
        evaluation.examine_model(model.tested, splits, None, QUICK, lambda *_: None)


def test_the_tested_model_knows_no_outcome_after_the_test_date(frames: dict[str, pa.Table]) -> None:
    model = make_expert_model(REQUEST, tables(frames), SETTINGS, silent)
    test_day = END - timedelta(days=180)
    tested = model.tested
    assert tested is not None
    assert model.card["outcomes_until"] == str(END)
    assert tested.card["outcomes_until"] == str(test_day)
    first = END - timedelta(weeks=WEEKS) + timedelta(days=180)
    assert all(
        date.fromisoformat(day) <= test_day - timedelta(days=30) for day in tested.card["as_of"]["train"]
    )
    # The history begins on the day by which 1 % of the rows have happened.
    assert abs((date.fromisoformat(model.card["as_of"]["train"][0]) - first).days) <= 14
    assert 0 < tested.card["scorecard"]["failed"] < model.card["scorecard"]["failed"]
    # Every defaulted firm counts once: windows do not overlap.
    events = frames["events"].to_pylist()
    failed = {e["firm_id"] for e in events if e["kind"] == "default" and e["on"] > first}
    assert model.card["scorecard"]["failed"] <= len(failed)
    # The events of the last horizon change the deployed model, but not the tested one.
    early = frames["events"].filter(pa.array([e["on"] <= test_day for e in events]))
    late_state = frames | {"events": early}
    again = make_expert_model(REQUEST, tables(late_state), SETTINGS, silent)
    assert again.tested is not None
    assert again.tested.scorecard.save() == tested.scorecard.save()
    assert again.scorecard.save() != model.scorecard.save()


def test_an_expert_model_is_evaluated_on_the_test_date(frames: dict[str, pa.Table]) -> None:
    model = make_expert_model(REQUEST, tables(frames), SETTINGS, silent)
    splits = dated_evaluation_splits(model.tested, tables(frames), REQUEST.outcome, silent)
    card = evaluation.examine_model(model.tested, splits, None, QUICK, lambda *_: None)
    assert card.expert is True
    assert card.slice == "test"
    assert [row.candidate for row in card.candidates] == ["expert"]
    measured = (card.candidates[0].metrics or {})["auc"].value
    assert measured == pytest.approx(model.card["test"]["scores"]["expert"]["auc"]["value"])
    assert card.placebos == card.network_minus == card.stability.over_members == {}
    assert (card.deletion.ratio or 0) > 1
    assert any("not learned" in line for line in card.verdict)


def test_undated_data_work_with_and_without_labels() -> None:
    none = make_expert_model(REQUEST, undated_tables(0, 0), SETTINGS, silent)
    assert none.horizon_days is None
    snapshot = REQUEST.outcome.snapshot(undated_tables(0, 0))
    assert np.mean(gnn.score(none, snapshot).firms["pd"].to_numpy()) == pytest.approx(0.02)
    labelled = make_expert_model(REQUEST, undated_tables(150, 9), SETTINGS, silent)
    assert labelled.card["scorecard"]["failed"] == 9
    assert labelled.card["scorecard"]["sound"] == 141
    # The least liquid firms failed, as stated: out of fold they are ranked above nearly all others.
    auc = labelled.card["choosing"]["scores"]["expert"]["auc"]["value"]
    assert auc > 0.85
    lines = training_verdict(labelled)
    assert any("9 firms defaulted: training without --expert is possible" in line for line in lines)
    assert any(line.startswith("tested out of fold") for line in lines)
    splits = undated_evaluation_splits(labelled, undated_tables(150, 9), REQUEST.outcome, None, silent)
    card = evaluation.examine_model(labelled, splits, None, QUICK, lambda *_: None)
    assert card.slice == "choosing"
    assert (card.candidates[0].metrics or {})["auc"].value == pytest.approx(auc)
