"""Outcomes without a day in dated data, from the files to scores: every output says that they detect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from commands import run, run_json, small_training
from supplyrisk.graph.schema.detection import detection_note

AS_OF = date(2024, 6, 30)
NOTE = detection_note("2024-06-30")
FIRMS = 60
LABELLED = 48
MAPPING = f"""
name = "list"
currency = "CNY"
[labels]
as_of = {AS_OF}
[[source]]
file = "list.csv"
table = "firms"
ignore = ["defaulted"]
[[source]]
file = "list.csv"
table = "labels"
where_not = {{ defaulted = "" }}
"""


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    with small_training():
        yield


def trades(last: date) -> list[str]:
    """Each firm sells to the next one, every 20 days; every third firm sells little."""
    rows = []
    for day in range(0, 400, 20):
        for i in range(FIRMS):
            amount = 10 + i % 7 if i % 3 == 0 else 200 + i
            rows.append(f"F{i:02},F{(i + 1) % FIRMS:02},{last - timedelta(day)},{amount}")
    return rows


def write(folder: Path, supplies: list[str]) -> None:
    folder.mkdir()
    # Every third firm has defaulted; of the last twelve nobody knows.
    labels = [f"F{i:02},{int(i % 3 == 0) if i < LABELLED else ''}" for i in range(FIRMS)]
    (folder / "list.csv").write_text("\n".join(["firm_id,defaulted", *labels]))
    lines = [f"L{i},bank,F{i},{AS_OF - timedelta(9)},1000,500" for i in (50, 51)]
    (folder / "loans.csv").write_text("\n".join(["loan_id,lender_id,firm_id,on,limit,drawn", *lines]))
    statements = [f"F{i:02},2023-12-31,100,{95 if i % 3 == 0 else 80 + i % 5}" for i in range(FIRMS)]
    (folder / "financials.csv").write_text("\n".join(["firm_id,on,revenue,costs", *statements]))
    (folder / "supplies.csv").write_text("\n".join(["supplier_id,customer_id,on,amount", *supplies]))


def loaded(place: Path, name: str, supplies: list[str]) -> Path:
    """A workspace of these trades."""
    write(place / name, supplies)
    (place / "mapping.toml").write_text(MAPPING)
    code, _, err = run("load", place / name, "-w", place / f"ws-{name}", "--mapping", place / "mapping.toml")
    assert code == 0, err
    assert "16 defaults and 32 firms without one" in err
    assert "possible leak" in err
    return place / f"ws-{name}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("labels")


@pytest.fixture(scope="module")
def workspace(place: Path, small: None) -> Path:
    return loaded(place, "plain", trades(AS_OF))


@pytest.fixture(scope="module")
def trained(workspace: Path) -> dict[str, Any]:
    return run_json("train", "-w", workspace)


def test_a_model_is_judged_by_folds_over_the_labelled_firms(trained: dict[str, Any]) -> None:
    card = trained["card"]
    assert (trained["horizon_days"], card["labels_as_of"]) == (None, "2024-06-30")
    assert card["validated_by"] == "folds over firms"
    assert (card["choosing"]["firms"], card["choosing"]["failed"]) == (LABELLED, 16)
    assert "test" not in card
    assert "deployed" not in card
    assert trained["verdict"][0] == NOTE
    assert card["context"] == "none"
    assert any("fewer than 50 firms defaulted" in line for line in trained["verdict"])
    assert {row["slice"] for row in trained["rows"]} == {"choosing"}


def test_all_firms_are_scored_with_one_figure(workspace: Path, trained: dict[str, Any]) -> None:
    scores = run_json("score", "-w", workspace)
    assert (scores["as_of"], scores["labels_as_of"], scores["horizon_days"]) == ("2024-06-30",) * 2 + (None,)
    assert scores["terms"] is None
    rows = {row["firm_id"]: row for row in scores["rows"]}
    assert len(rows) == FIRMS
    assert {row["state"] for row in rows.values()} == {"scored"}
    for key in ("pd_30", "pd_lifetime", "pd_low_90", "pd_high_90", "term_observed_days", "horizon_days"):
        assert {row[key] for row in rows.values()} == {None}
    unknown = range(LABELLED, FIRMS)
    small_sellers = [rows[f"F{i}"]["pd"] for i in unknown if i % 3 == 0]
    others = [rows[f"F{i}"]["pd"] for i in unknown if i % 3]
    assert min(small_sellers) > max(others)


def test_the_terminal_and_an_explanation_say_that_it_detects(
    workspace: Path, trained: dict[str, Any]
) -> None:
    code, _, err = run("score", "-w", workspace)
    assert code == 0
    assert "PD as of 2024-06-30 (detection, not prediction)" in err
    assert NOTE in err
    code, out, err = run("explain", "F50", "-w", workspace)
    assert "as of 2024-06-30 (detection, not prediction)" in out
    assert NOTE in err
    explained = run_json("explain", "F50", "-w", workspace)
    assert explained["labels_as_of"] == "2024-06-30"
    assert explained["rows"][0]["terms"] == []


def test_rows_after_the_day_move_no_score(place: Path, workspace: Path, trained: dict[str, Any]) -> None:
    later = [f"F50,F51,{AS_OF + timedelta(1)},99999999", f"F00,F51,{AS_OF + timedelta(40)},1"]
    planted = loaded(place, "planted", [*trades(AS_OF), *later])
    run_json("train", "-w", planted)
    assert run_json("score", "-w", planted)["rows"] == run_json("score", "-w", workspace)["rows"]


def test_limits_and_losses_are_refused(workspace: Path, trained: dict[str, Any]) -> None:
    run_json("score", "-w", workspace)
    for command in (("check", "F50", "--amount", "100", "--days", "90"), ("portfolio", "bank")):
        code, _, err = run(*command, "-w", workspace)
        assert code == 3
        assert "over no horizon (detection, not prediction)" in err
        assert "a PD over a term" in err


def test_contagion_says_what_its_base_pds_are(workspace: Path, trained: dict[str, Any]) -> None:
    run_json("score", "-w", workspace)
    code, _, err = run("contagion", "-w", workspace)
    assert code == 0
    assert NOTE in err


def test_stress_says_what_its_base_pds_are(workspace: Path, trained: dict[str, Any], tmp_path: Path) -> None:
    """Where stored scores are used; nothing is known of the PDs in a file."""
    scores = run_json("score", "-w", workspace)
    scenario = 'name = "stop"\n[[step]]\nfirms = ["F00"]\n'
    scenario += (
        '[[what_if]]\nname = "F02 supplies F01"\nadd_supplier = "F02"\ncustomer = "F01"\nshare = 0.5\n'
    )
    (tmp_path / "stop.toml").write_text(scenario)
    (tmp_path / "pd.csv").write_text(
        "\n".join(["firm_id,pd", *(f"{row['firm_id']},{row['base_pd']!r}" for row in scores["rows"])])
    )
    uses_scores = {
        ("--why", "F50"): True,
        ("--why", "F50", "--pd", tmp_path / "pd.csv"): False,
        (tmp_path / "stop.toml",): True,
        (tmp_path / "stop.toml", "--pd", tmp_path / "pd.csv"): False,
    }
    for args, detects in uses_scores.items():
        code, _, err = run("stress", *args, "-w", workspace)
        assert (code, NOTE in err) == (0, detects), err


def test_a_second_data_set_is_refused(workspace: Path) -> None:
    code, _, err = run("train", "-w", workspace, "--validate", workspace)
    assert code == 2
    assert "validated by folds over firms" in err


def test_an_evaluation_has_the_metrics_of_the_training(
    workspace: Path, trained: dict[str, Any], tmp_path: Path
) -> None:
    page = tmp_path / "card.html"
    args = ("evaluate", "-w", workspace, "--no-placebos", "--page", page)
    document = run_json(*args)
    assert document["slice"] == "choosing"
    assert document["verdict"][:1] == [NOTE]
    assert "out of fold by firm" in document["verdict"][1]
    judged = {row["contender"]: row["metrics"]["auc"]["value"] for row in document["rows"]}
    scores = trained["card"]["choosing"]["scores"]
    for candidate, metrics in scores.items():
        assert judged[candidate] == pytest.approx(metrics["auc"]["value"])
    text = page.read_text(encoding="utf-8")
    assert "Detection, not prediction" in text
    assert "none: detection" in text


def test_placebos_are_judged_by_folds(workspace: Path, trained: dict[str, Any]) -> None:
    document = run_json("evaluate", "-w", workspace, "--no-dip")
    rows = {row["contender"]: row["metrics"]["auc"] for row in document["rows"]}
    assert {"network-rewired", "network-swapped"} <= set(rows)
    assert document["judged_rows"] == LABELLED


def test_an_expert_model_takes_the_labels_too(workspace: Path) -> None:
    document = run_json("train", "--expert", "--base-rate", "0.2", "--name", "expert", "-w", workspace)
    assert document["card"]["scorecard"]["failed"] == 16
    assert document["horizon_days"] is None


def test_models_and_data_of_the_other_kind_are_refused(
    place: Path, workspace: Path, trained: dict[str, Any]
) -> None:
    plain = place / "ws-dated"
    code, _, err = run("load", place / "dated-data", "-w", plain) if _dated(place) else (1, "", "")
    assert code == 0, err
    code, _, err = run("score", "-w", plain, "--model", workspace / "models" / "default")
    assert code == 1
    assert "outcomes known by a day, without days" in err
    assert "state as_of under [labels]" in err


def _dated(place: Path) -> bool:
    """Write the same trades without labels."""
    folder = place / "dated-data"
    write(folder, trades(AS_OF))
    (folder / "list.csv").rename(folder / "firms.csv")
    return True
