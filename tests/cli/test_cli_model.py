"""train, score, explain and query on one small synthetic world, made once."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from commands import (
    KINDS,
    run,
    run_json,
    run_json_with_stderr,
    small_training,
    stage_numbers,
    without_stages,
)
from supplyrisk import gnn
from supplyrisk.gnn import evaluation
from supplyrisk.graph import AGE_COLUMNS, DataError, EmbeddedStore, Snapshot
from supplyrisk.services.demo import QUERY

ROW = {
    "firm_id", "name", "roles", "as_of", "horizon_days", "pd", "pd_low", "pd_high", "pd_low_90", "pd_high_90",
    "pd_30", "pd_90", "pd_180", "pd_360", "pd_lifetime", "term_observed_days",
    "own", "context", "caught", "base_pd",
    "points", "grade", "worst_grade", "graded_pd", "pd_grade", "margin", "margin_for", "evidence",
    "coverage", "coverage_model", "coverage_data", *AGE_COLUMNS,
    "state", "reasons", "neighbours", "model", "base_rate", "degraded", "synthetic_model",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    with small_training():
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, small: None) -> dict[str, Any]:
    """The envelope of `train`, and the folder in which data and workspace ws lie."""
    place = tmp_path_factory.mktemp("world")
    run("synth", place / "data", "--firms", 200, "--weeks", 160)
    code, _, err = run("load", place / "data", "-w", place / "ws")
    assert code == 0, err
    document, err = run_json_with_stderr("train", "-w", place / "ws")
    return {"place": place, "train": document, "stderr": err}


@pytest.fixture(scope="module")
def ws(trained: dict[str, Any]) -> Path:
    return Path(trained["place"]) / "ws"


@pytest.fixture(scope="module")
def scored(ws: Path) -> dict[str, Any]:
    """The envelope of `score` by the network; the graph then holds these scores."""
    return run_json("score", "-w", ws, "--use", "network")


def test_train_reports_all_candidates_with_intervals_and_a_verdict(trained: dict[str, Any]) -> None:
    document = trained["train"]
    assert document["schema"] == "scgraph.train/1"
    assert (document["model"], document["horizon_days"], document["synthetic"]) == ("default", 180, True)
    seen = {(r["slice"], r["contender"], r["metric"]) for r in document["rows"]}
    assert len(seen) == len(document["rows"]) == 2 * 3 * 4
    for row in document["rows"]:
        assert row["low"] <= row["high"]
    assert document["champion"] in gnn.CANDIDATES
    said = " ".join(document["verdict"])
    assert "out of time" in said
    assert document["champion"] in said
    # So small a world has too few failures to compare on.
    few = document["card"]["test"]["failed_firms"]
    assert few < 10
    assert {row["failed_firms"] for row in document["rows"] if row["slice"] == "test"} == {few}
    for baseline in gnn.CANDIDATES[1:]:
        assert f"the network is not compared with {baseline}, too few failures ({few} firm" in said


def test_train_says_how_many_defaults_there_are_and_numbers_its_stages(trained: dict[str, Any]) -> None:
    err = trained["stderr"]
    lines = err.splitlines()
    assert re.fullmatch(r"\d+ defaults; \d+ can be learned from \(8 needed\); out-of-time test .*", lines[0])
    numbers, count = stage_numbers(err)
    # One context is trained, so only the fit on earlier dates may turn out to be impossible.
    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[-1]) == (1, count)
    assert (len(numbers) == count) == ("earlier dates: " in err)
    assert "computing features (stage 1 of " in err
    assert "all known outcomes: fitting trees (stage " in err


def test_evaluate_writes_a_card_and_holds_to_gates(trained: dict[str, Any], ws: Path, tmp_path: Path) -> None:
    page = tmp_path / "card.html"
    args = ("evaluate", "-w", ws, "--no-placebos", "--no-dip", "--page", page, "--json")
    code, out, err = run(*args, "--fail-on", "auc<1.1,deletion<0")
    assert code == 5
    assert "gate breached: auc is" in err and "gate breached: deletion" not in err
    numbers, count = stage_numbers(err)
    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[-1]) == (1, count)
    document = json.loads(out)
    assert [r["contender"] for r in document["rows"]] == [
        *gnn.CANDIDATES,
        "counts-only",
        "network-caught-off",
    ]
    assert document["judged_as_of"] == trained["train"]["card"]["as_of"]["test"]
    assert json.loads((ws / "models" / "default" / "card.json").read_text())["contenders"] == document["rows"]
    kept = trained["train"]["card"]["test"]["scores"]
    for row in document["rows"][:3]:
        assert row["metrics"]["auc"]["value"] == pytest.approx(
            kept[row["contender"]]["auc"]["value"], abs=1e-12
        )
    assert page.read_text(encoding="utf-8").count("<svg") == 1


def test_placebos_and_further_seeds_train_on_the_dates_of_the_model(
    ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training: list[gnn.DataSplits] = []
    evaluated: list[gnn.DataSplits] = []
    train = gnn.train

    def record_training(name: str, splits: gnn.DataSplits, *rest: Any, **options: bool) -> gnn.RiskModel:
        training.append(splits)
        return train(name, splits, *rest, **options)

    def record_evaluation(_: object, splits: gnn.DataSplits, *rest: object) -> None:
        evaluated.append(splits)
        raise DataError("that is enough", "no more")

    monkeypatch.setattr(gnn, "train", record_training)
    monkeypatch.setattr(evaluation, "examine_model", record_evaluation)
    assert run("train", "-w", ws, "--name", "again")[0] == 0
    assert run("evaluate", "-w", ws, "--model", "again")[0] == 3
    days = [
        ([snapshot.as_of for snapshot in splits.train], splits.known_until)
        for splits in (training[0], evaluated[0])
    ]
    assert days[0] == days[1]
    assert all(days[0])


def test_score_gives_every_field_for_every_firm(scored: dict[str, Any], ws: Path) -> None:
    assert scored["schema"] == "scgraph.score/1"
    assert (scored["as_of"], scored["model"], scored["degraded"], scored["synthetic"]) == (
        "2025-12-28", "default/network", False, True,
    )  # fmt: skip
    assert len(scored["rows"]) == len(scored["spreaders"])
    for row in scored["rows"]:
        assert set(row) == ROW
        if row["state"] == "defaulted":
            assert row["pd"] is None
            continue
        hazard = row["own"] + row["context"] + row["caught"]
        assert hazard == pytest.approx(-math.log1p(-row["pd"]), rel=1e-9)
        assert row["pd_low"] <= row["pd"] <= row["pd_high"]
        assert row["pd_low_90"] <= row["pd"] <= row["pd_high_90"]
        terms = [row[name] for name in ("pd_30", "pd_90", "pd_180", "pd_360", "pd_lifetime")]
        assert sorted(set(terms)) == terms
        assert row["pd_180"] == row["pd"]
        graded = row["state"] == "scored"
        assert [row[name] is not None for name in ("grade", "points")] == [graded, graded]
        assert row["coverage"] == min(row["coverage_model"], row["coverage_data"])
    # by PD, and firms of which too little is known after all others
    alive = [(row["state"] == "insufficient", -row["pd"]) for row in scored["rows"] if row["pd"] is not None]
    assert alive == sorted(alive)
    kept = pq.read_table(ws / "scores" / "2025-12-28.parquet")
    assert kept.num_rows == len(scored["rows"])
    assert pq.read_table(ws / "scores" / "2025-12-28-spreaders.parquet").num_rows == len(scored["rows"])


def test_stress_hears_the_network_that_scored(scored: dict[str, Any], ws: Path, tmp_path: Path) -> None:
    source = scored["spreaders"][0]["firm_id"]
    (tmp_path / "s.toml").write_text(f'[[step]]\nfirms = "{source}"')
    document = run_json("stress", tmp_path / "s.toml", "-w", ws)
    assert document["model"] == "default/network"
    heard = {row["firm_id"]: row for row in document["rows"]}
    for row in scored["rows"]:
        if row["pd"] is not None and row["firm_id"] != source:
            assert heard[row["firm_id"]]["network_pd"] == pytest.approx(row["pd"], rel=1e-9)
            assert heard[row["firm_id"]]["network_pd_stressed"] >= row["pd"] - 1e-12
    assert heard[source]["network_pd"] is None


def test_scores_are_in_the_graph(scored: dict[str, Any], ws: Path) -> None:
    with EmbeddedStore(ws / "graph") as store:
        text = "MATCH (f:Firm) RETURN f.firm_id AS id, f.risk_pd AS pd, f.risk_passes_on AS on ORDER BY id"
        found = {row["id"]: row for row in store.run(text).to_pylist()}
        assert store.run(QUERY).column_names == ["supplier", "pd", "customer", "at_risk"]
    passed = {row["firm_id"]: row["passes_on"] for row in scored["spreaders"]}
    for row in scored["rows"]:
        assert found[row["firm_id"]]["pd"] == (row["pd"] if row["state"] == "scored" else None)
        assert found[row["firm_id"]]["on"] == passed[row["firm_id"]]


def test_score_prints_two_lists_and_talks_beside_them(scored: dict[str, Any], ws: Path) -> None:
    code, out, err = run("score", "-w", ws, "--use", "network", "--top", 3, "--no-write-back")
    assert code == 0
    first, second = out.split("\n\n")
    assert [line.split()[0] for line in first.splitlines()] == ["firm", *_ids(scored["rows"][:3])]
    assert second.splitlines()[0].split()[:2] == ["firm", "name"]
    assert "synthetic" in err
    assert "not written to the graph" in err
    assert ("caught is not identified" in err) is not scored["caught_identified"]


def _ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["firm_id"] for row in rows]


def test_a_control_has_no_parts_and_says_how_it_reasons(ws: Path) -> None:
    document = run_json("score", "-w", ws, "--use", "boosted-own", "--no-write-back", "--top", 5)
    assert len(document["rows"]) == 5
    assert {row[part] for row in document["rows"] for part in ("own", "context", "caught", "neighbours")} == {
        None
    }
    _, _, err = run("score", "-w", ws, "--use", "boosted-own", "--no-write-back")
    assert "does not separate own, context and caught" in err
    assert gnn.METHOD in err


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet"])
def test_o_writes_all_rows(ending: str, scored: dict[str, Any], ws: Path, tmp_path: Path) -> None:
    path = tmp_path / f"scores.{ending}"
    args = ("score", "-w", ws, "--use", "network", "--no-write-back", "--top", 1, "-o", path, "--quiet")
    code, _, err = run(*args)
    assert (code, err) == (0, "")
    if ending == "csv":
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows: list[dict[str, Any]] = list(csv.DictReader(lines))
        assert json.loads(rows[0]["reasons"]) == scored["rows"][0]["reasons"]
    elif ending == "json":
        rows = json.loads(path.read_text())["rows"]
        assert rows == scored["rows"]
    elif ending == "jsonl":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        assert rows == scored["rows"]
    else:
        rows = pq.read_table(path).to_pylist()
    assert _ids(rows) == _ids(scored["rows"])


def test_scores_of_another_day_stay_out_of_the_graph(scored: dict[str, Any], ws: Path) -> None:
    code, _, err = run("score", "-w", ws, "--as-of", "2025-06-30")
    assert code == 0
    assert "not written to the graph: it shows synthetic-200-7 as of 2025-12-28" in err
    assert (ws / "scores" / "2025-06-30.parquet").is_file()
    _, _, err = run("score", "-w", ws, "--as-of", "2026-01-04")
    assert "7 days after the last day of the data, 2025-12-28" in err
    assert (ws / "scores" / "2026-01-04.parquet").is_file()
    with EmbeddedStore(ws / "graph") as store:
        days = store.run("MATCH (f:Firm) RETURN DISTINCT f.risk_as_of AS day ORDER BY day").to_pylist()
    assert days == [{"day": "2025-12-28"}]


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--model", "none"), 1, "default, or the path of a model"),
        (("--device", "abacus"), 2, "expected auto, cpu or cuda"),
        (("--base-rate", "1.5"), 2, "a share between 0 and 1"),
        (("--use", "forest"), 2, "boosted-own"),
        (("--as-of", "1900-01-01"), 3, "no firm has joined"),
        (
            ("--as-of", "2026-01-29"),
            3,
            "32 days after the last day of the data, 2025-12-28; expected at most 31 days",
        ),
    ],
)
def test_what_cannot_be_scored_is_one_line(args: tuple[str, ...], code: int, words: str, ws: Path) -> None:
    got, out, err = run("score", "-w", ws, *args)
    assert (got, out) == (code, "")
    assert without_stages(err).count("\n") == 1
    assert "fault in scgraph" not in err
    assert words in err


def test_a_model_scores_elsewhere_and_an_absent_source_is_named(trained: dict[str, Any], ws: Path) -> None:
    place: Path = trained["place"]
    thin = place / "thin"
    thin.mkdir()
    for path in (place / "data").iterdir():
        if path.is_file() and path.stem != "financials":
            (thin / path.name).write_bytes(path.read_bytes())
    assert run("load", thin, "-w", place / "thin-ws", "--no-graph")[0] == 0
    model = ws / "models" / "default"
    document = run_json("score", "-w", place / "thin-ws", "--model", model)
    assert document["degraded"] is True
    assert document["absent_sources"] == ["financials"]
    assert {row["degraded"] for row in document["rows"]} == {True}
    _, _, err = run("score", "-w", place / "thin-ws", "--model", model)
    assert "degraded: the model was trained with financials" in err
    assert "no graph to write the scores to" in err


def test_explain_is_the_sum_of_score(scored: dict[str, Any], ws: Path) -> None:
    row = scored["rows"][0]
    document = run_json("explain", row["firm_id"], "-w", ws, "--use", "network")
    found = document["rows"][0]
    for name in ROW - {"reasons", "neighbours"}:
        assert found[name] == row[name], name
    assert sum(link["caught"] for link in found["caught_from"]) == pytest.approx(row["caught"], abs=1e-12)
    assert [n["id"] for n in row["neighbours"]] == [c["id"] for c in found["caught_from"][:3]]
    passed = {r["firm_id"]: r["passes_on"] for r in scored["spreaders"]}[row["firm_id"]]
    firms = {r["firm_id"] for r in scored["rows"]}
    to_firms = [link["caught"] for link in found["passes_on_to"] if link["id"] in firms]
    assert sum(to_firms) == pytest.approx(passed, abs=1e-12)


def test_explain_looks_at_the_data_once(
    scored: dict[str, Any], ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[gnn.RiskModel] = []
    parts = gnn.RiskModel.parts

    def counted(model: gnn.RiskModel, seen: Snapshot) -> Any:
        looked.append(model)
        return parts(model, seen)

    monkeypatch.setattr(gnn.RiskModel, "parts", counted)
    assert run("explain", scored["rows"][0]["firm_id"], "-w", ws)[0] == 0
    assert len(looked) == 1


def test_a_model_keeps_to_the_defaults_that_it_learned(
    scored: dict[str, Any], ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the setting is by now: with lawsuits no default any more, firms would come back to life."""
    monkeypatch.setenv("SCGRAPH_DEFAULT_KINDS", "default")
    args = ("score", "-w", ws, "--use", "network", "--no-write-back")
    document = run_json(*args)
    assert document["rows"] == scored["rows"]
    assert document["default_kinds"] == KINDS.split(",")
    _, _, err = run(*args)
    late = ", a loan 90 days past due or written off"
    assert f"default means {KINDS.replace(',', ', ')}{late} (as in training)" in err
    assert f"the setting (default{late}) is not used" in err
    gone = scored["rows"][-1]["firm_id"]
    found = run_json("explain", gone, "-w", ws)
    assert (found["rows"][0]["state"], found["default_kinds"]) == ("defaulted", KINDS.split(","))
    monkeypatch.setenv("SCGRAPH_DEFAULT_KINDS", ",".join(reversed(KINDS.split(","))))
    _, _, err = run(*args)
    assert "as in training" not in err


def test_the_base_rate_that_was_asked_for_is_written_down(
    scored: dict[str, Any], ws: Path, tmp_path: Path
) -> None:
    assert scored["base_rate"] is None
    args = ("score", "-w", ws, "--use", "network", "--no-write-back", "--base-rate", 0.01)
    document = run_json(*args)
    assert document["base_rate"] == 0.01
    assert {row["base_rate"] for row in document["rows"]} == {0.01}
    _, _, err = run(*args, "-o", tmp_path / "s.csv", "--plain")
    assert "base rate of 0.01" in err
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as lines:
        assert {row["base_rate"] for row in csv.DictReader(lines)} == {"0.01"}


def test_explain_prints_the_sum_by_name_too(scored: dict[str, Any], ws: Path) -> None:
    row = scored["rows"][0]
    code, out, _ = run("explain", row["name"].upper(), "-w", ws, "--use", "network")
    assert code == 0
    assert out.startswith(f"{row['firm_id']} {row['name']}: PD {100 * row['pd']:.2f}%")
    for words in ("= own + context + caught", "reasons", row["reasons"][0]["code"], "coverage"):
        assert words in out


def test_explain_of_a_control_borrows_no_parts(ws: Path, scored: dict[str, Any]) -> None:
    known = max(scored["rows"], key=lambda row: (row["pd"] is not None, row["coverage"]))
    code, out, _ = run("explain", known["firm_id"], "-w", ws, "--use", "boosted-own")
    assert code == 0
    assert "scored by a baseline" in out
    assert "own + context" not in out


def test_explain_of_a_firm_in_default(scored: dict[str, Any], ws: Path) -> None:
    row = scored["rows"][-1]
    assert row["state"] == "defaulted"
    code, out, _ = run("explain", row["firm_id"], "-w", ws)
    assert code == 0
    assert "in default since" in out
    assert ": PD " not in out


def test_explain_of_nobody_offers_near_ones(ws: Path) -> None:
    code, out, err = run("explain", "F0000O01", "-w", ws)
    assert (code, out) == (2, "")
    assert "did you mean F0000" in err


def test_query_library_in_every_format(scored: dict[str, Any], ws: Path, tmp_path: Path) -> None:
    document = run_json("query", "run", "riskiest", "-w", ws, "--param", "top=3")
    assert [row["firm"] for row in document["rows"]] == _ids(scored["rows"][:3])
    assert (document["as_of"], document["query"]) == ("2025-12-28", "riskiest")
    base = ("query", "run", "risk/riskiest", "-w", ws, "--param", "top=3")
    _, table, err = run(*base)
    assert [line.split()[0] for line in table.splitlines()] == ["firm", *_ids(scored["rows"][:3])]
    assert err == ""
    _, text, _ = run(*base, "--format", "csv")
    assert [row["firm"] for row in csv.DictReader(text.splitlines())] == _ids(scored["rows"][:3])
    _, text, _ = run(*base, "--format", "jsonl", "--limit", 2)
    assert [json.loads(line)["firm"] for line in text.splitlines()] == _ids(scored["rows"][:2])
    code, out, err = run(*base, "-o", tmp_path / "rows.parquet")
    assert (code, out) == (0, "")
    assert "3 rows written" in err
    assert pq.read_table(tmp_path / "rows.parquet")["firm"].to_pylist() == _ids(scored["rows"][:3])


def test_query_of_one_s_own(ws: Path, tmp_path: Path) -> None:
    text = "MATCH (f:Firm) WHERE f.firm_id = $id RETURN f.firm_id AS id, $n AS n"
    document = run_json("query", "run", "-w", ws, "--text", text, "--param", "id=F0000001", "--param", "n=2")
    assert document["rows"] == [{"id": "F0000001", "n": 2}]
    (tmp_path / "mine.cypher").write_text("MATCH (f:Firm) RETURN count(f) AS firms")
    assert run_json("query", "run", tmp_path / "mine.cypher", "-w", ws)["rows"] == [{"firms": 200}]
    (tmp_path / "titled.cypher").write_text(
        "// title: t\n// param: n whole = 5 | a number\n// column: n | it\nRETURN $n AS n"
    )
    assert run_json("query", "run", tmp_path / "titled.cypher", "-w", ws)["rows"] == [{"n": 5}]


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--text", "MATCH (f:Frim) RETURN f"), 1, "did you mean Firm"),
        (("--text", "MATCH (f:Firm) SET f.seen = true"), 1, ""),
        (("riskiest", "--param", "top=many"), 2, "expected a whole number"),
        (("neighbours",), 2, "needs firm"),
        (("none.cypher",), 1, "none.cypher"),
    ],
)
def test_faulty_queries_are_one_line(args: tuple[str, ...], code: int, words: str, ws: Path) -> None:
    got, out, err = run("query", "run", *args, "-w", ws)
    assert (got, out) == (code, "")
    assert without_stages(err).count("\n") == 1
    assert words in err


def test_write_changes_the_graph_when_asked_to(ws: Path) -> None:
    text = "MATCH (f:Firm {firm_id: 'F0000001'}) SET f.watched = true RETURN f.firm_id AS id"
    assert run_json("query", "run", "-w", ws, "--write", "--text", text)["rows"] == [{"id": "F0000001"}]
    text = "MATCH (f:Firm) WHERE f.watched RETURN count(f) AS n"
    assert run_json("query", "run", "-w", ws, "--text", text)["rows"] == [{"n": 1}]


def test_query_list_and_show(ws: Path) -> None:
    names = {row["name"] for row in run_json("query", "list")["rows"]}
    assert {"riskiest", "single-source"} <= names
    code, out, _ = run("query", "show", "riskiest")
    assert code == 0
    assert "--param top=" in out


def test_validate_is_not_for_dated_data(ws: Path, tmp_path: Path) -> None:
    code, _, err = run("train", "-w", ws, "--validate", tmp_path)
    assert code == 2
    assert "undated data" in err


def test_a_model_s_name_is_no_path(ws: Path) -> None:
    code, _, err = run("train", "-w", ws, "--name", "../elsewhere")
    assert code == 2
    assert "cannot name a model" in err


@pytest.mark.long
def test_demo_runs_from_nothing_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the settings and NEO4J_URI say; what counts as a default is the contract's again."""
    monkeypatch.delenv("SCGRAPH_DEFAULT_KINDS")
    monkeypatch.setenv("NEO4J_URI", "neo4j://db.example:7687")
    folder = tmp_path / "demo"
    for _ in range(2):
        code, out, err = run("demo", "--dir", folder, "--firms", 900, "--members", 1)
        assert code == 0, err
        assert "SYNTHETIC" in out
        assert "synthetic" in err
    report = (folder / "report.md").read_text(encoding="utf-8")
    assert "synthetic" in report
    assert report.count("| boosted-neighbours |") == 1
    with EmbeddedStore(folder / "workspace" / "graph") as store:
        assert store.run(QUERY).column_names == ["supplier", "pd", "customer", "at_risk"]
