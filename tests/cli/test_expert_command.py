"""`scgraph train --expert`, and the mark of its scores in every output."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from supplyrisk import services
from supplyrisk.graph import Workspace, write_table
from supplyrisk.graph.workspace.file_hashes import write_score_hashes

NOTE = "not learned from defaults"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a loaded workspace ws, whose data record no events: lenders' loans show who survived."""
    place = tmp_path_factory.mktemp("expert")
    run("synth", place / "data", "--firms", 120, "--weeks", 60)
    (place / "data" / "events.parquet").unlink()
    assert run("load", place / "data", "-w", place / "ws")[0] == 0
    return place


@pytest.fixture(scope="module")
def ws(place: Path) -> Path:
    return place / "ws"


@pytest.fixture(scope="module")
def trained(ws: Path) -> dict[str, Any]:
    """The document of `train --expert`."""
    return run_json("train", "-w", ws, "--expert", "--base-rate", "0.02")


@pytest.fixture(scope="module")
def scored(ws: Path, trained: dict[str, Any]) -> dict[str, Any]:
    """The document of `score`."""
    return run_json("score", "-w", ws)


def test_both_options_are_required_together(ws: Path) -> None:
    for options in (("--expert",), ("--base-rate", "0.02"), ("--expert", "--base-rate", "2")):
        code, _, err = run("train", "-w", ws, *options)
        assert code == 2, err
        assert "--base-rate" in err


def test_training_names_the_way_out(ws: Path) -> None:
    code, _, err = run("train", "-w", ws, "--name", "network")
    assert code == 3
    assert "--expert" in err


def test_train_says_what_the_model_rests_on(trained: dict[str, Any]) -> None:
    assert trained["expert"] is True
    assert trained["champion"] == "expert"
    assert NOTE in trained["verdict"][0]
    assert "base rate 0.02, as named, moved to" in trained["verdict"][0]
    assert "0 firms defaulted" in trained["verdict"][0]
    # Survivors alone lower the level.
    assert trained["card"]["scorecard"]["rate"] < 0.02
    assert trained["card"]["scorecard"]["effects"]["liquidity"] == -1.0
    assert all(row["value"] is None for row in trained["rows"])


def test_scores_are_marked_and_average_to_the_level(
    ws: Path, trained: dict[str, Any], scored: dict[str, Any]
) -> None:
    assert scored["expert"] is True
    assert scored["model"] == "default/expert"
    pds = [row["pd"] for row in scored["rows"] if row["pd"] is not None]
    assert sum(pds) / len(pds) == pytest.approx(trained["card"]["scorecard"]["rate"])
    assert {(row["pd_low"], row["pd_high_90"]) for row in scored["rows"]} == {(None, None)}
    for language in ("en", "zh"):
        code, out, err = run("score", "-w", ws, "--top", 3, "--lang", language)
        assert code == 0
        assert NOTE in err
        assert "stated transmissions" in err
        assert "no 90% interval" in err
        assert len(out.splitlines()) > 4


def test_a_candidate_that_the_model_lacks_is_an_error(ws: Path, scored: dict[str, Any]) -> None:
    code, _, err = run("score", "-w", ws, "--use", "network")
    assert code != 0
    assert "has no candidate network; expected expert" in err
    assert run_json("score", "-w", ws, "--use", "expert")["expert"] is True


def test_explain_is_marked(ws: Path, scored: dict[str, Any]) -> None:
    firm = scored["rows"][0]["firm_id"]
    assert run_json("explain", firm, "-w", ws)["expert"] is True
    code, out, err = run("explain", firm, "-w", ws)
    assert code == 0
    assert NOTE in err
    assert "default/expert" in out
    assert "over the ensemble" not in out


def test_the_memo_is_marked_in_both_languages(ws: Path, place: Path, scored: dict[str, Any]) -> None:
    firm = scored["rows"][5]["firm_id"]
    request = ("check", firm, "-w", ws, "--amount", 10_000, "--days", 90)
    document = run_json(*request)
    assert document["expert"] is True
    risk = document["rows"][0]["risk"]
    assert "expert scorecard" in risk["note"]
    assert "专家评分卡" in risk["note_zh"]
    assert risk["own"] + risk["context"] + risk["caught"] > 0
    code, out, _ = run(*request)
    assert code == 0
    assert risk["note"] in out
    assert "own risk" in out
    assert risk["note_zh"] in run(*request, "--lang", "zh")[1]
    page = place / "memo.html"
    assert run(*request, "-o", page)[0] == 0
    text = page.read_text(encoding="utf-8")
    assert "expert scorecard" in text
    assert "专家评分卡" in text


def test_portfolio_contagion_and_stress_are_marked(ws: Path, place: Path, scored: dict[str, Any]) -> None:
    # a lender whose lines have all ended is not in the graph of the last day
    lender = run_json("query", "run", "borrowers", "-w", ws)["rows"][0]["lenders"][0]
    book = run_json("portfolio", lender, "-w", ws, "--replicas", 1000)
    assert (book["expert"], book["model"]) == (True, "default/expert")
    assert NOTE in run("portfolio", lender, "-w", ws, "--replicas", 1000)[2]
    assert run_json("contagion", "-w", ws)["expert"] is True
    assert NOTE in run("contagion", "-w", ws)[2]
    scenario = place / "scenario.toml"
    scenario.write_text('[[step]]\nname = "one"\nfirms = ["F0000001"]\n')
    stressed = run_json("stress", scenario, "-w", ws)
    assert (stressed["expert"], stressed["model"]) == (True, "default/expert")
    assert "stated prior, not learned" in run("stress", scenario, "-w", ws)[2]


def test_monitor_and_compare_are_marked(ws: Path, scored: dict[str, Any]) -> None:
    earlier = run_json("score", "-w", ws, "--as-of", "2025-10-01", "--no-write-back")
    assert earlier["expert"] is True
    run_json("score", "-w", ws)
    changes = run_json("monitor", "--since", "2025-10-15", "-w", ws)
    assert changes["expert"] is True
    assert NOTE in run("monitor", "--since", "2025-10-15", "-w", ws)[2]
    run_json("train", "-w", ws, "--expert", "--base-rate", "0.05", "--name", "other")
    document = run_json("compare", "default", "other", "-w", ws)
    assert document["expert"] == [True, True]
    assert sum(NOTE in line for line in document["verdict"]) == 2
    # The higher base rate raises every PD; ranks change a little, as contagion grows with the square of the rate.
    assert all(row["new_pd"] > row["old_pd"] for row in document["rows"])
    assert document["shift"]["rank_correlation"] == pytest.approx(1.0, abs=1e-3)


def test_evaluate_says_that_nothing_can_be_measured(ws: Path, trained: dict[str, Any]) -> None:
    code, _, err = run("evaluate", "-w", ws)
    assert code == 3
    assert "no outcome" in err or "the first day that the model can be tested on" in err


# Evidence of decisions on real scores


def test_a_check_of_these_scores_keeps_their_model_and_is_replayed(
    ws: Path, scored: dict[str, Any], tmp_path: Path
) -> None:
    own = Path(shutil.copytree(ws, tmp_path / "own"))
    # Other tests have scored the common workspace again.
    source = run_json("score", "-w", own)["scored_by"]
    assert (source["model"], source["as_of"]) == ("default/expert", scored["as_of"])
    firm = next(row["firm_id"] for row in scored["rows"] if row["state"] == "scored")
    assert run_json("explain", firm, "-w", own)["scored_by"] == source
    assert (
        f"PDs: run {source['run']}, model default/expert, {scored['as_of']}"
        in run("explain", firm, "-w", own)[1]
    )
    shutil.rmtree(own / "models")
    checked = run_json("check", firm, "--amount", 10_000, "--days", 90, "-w", own)
    assert checked["scored_by"] == source
    recorded = Workspace(own).audit_log().recorded(checked["record"])
    assert recorded["evidence"]["digest"] == source["digest"]
    assert set(recorded["evidence"]["model"]) == {"model.json", "boosters.json", "network.safetensors"}
    assert run_json("audit", "replay", checked["record"], "-w", own)["identical"] is True
    assert services.replay(Workspace(own), checked["record"], rescore=True).identical
    path = Workspace(own).layout.scores_file(date.fromisoformat(scored["as_of"]))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    code, _, err = run("check", firm, "--amount", 10_000, "--days", 90, "-w", own)
    assert code == 3
    assert f"changed or removed since {scored['as_of']} was scored" in err


def test_scores_that_the_kept_model_does_not_compute_are_found_by_scoring_again(
    ws: Path, scored: dict[str, Any], tmp_path: Path
) -> None:
    """Scores that were edited with their hashes and written to the graph: the memo is of them, the model is not."""
    own = Path(shutil.copytree(ws, tmp_path / "own"))
    layout = Workspace(own).layout
    day = date.fromisoformat(scored["as_of"])
    firm = next(row["firm_id"] for row in scored["rows"] if row["state"] == "scored")
    table = pq.read_table(layout.scores_file(day))
    halved = pc.if_else(pc.equal(table["firm_id"], firm), pc.multiply(table["pd"], 0.5), table["pd"])
    write_table(layout.scores_file(day), table.set_column(table.column_names.index("pd"), "pd", halved))
    write_score_hashes(layout, day)
    assert run("store", "scores", "-w", own)[0] == 0
    number = run_json("check", firm, "--amount", 10_000, "--days", 90, "-w", own)["record"]
    assert run("audit", "replay", number, "-w", own)[0] == 0
    code, out, err = run("audit", "replay", number, "--rescore", "-w", own)
    assert code == 3
    assert "1 value differs" in err
    assert f"PD of {firm} by the model" in out
