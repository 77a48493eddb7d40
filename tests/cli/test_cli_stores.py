"""Scores and contagion on their way into either store, and out of it, by the command line; one body for both stores."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from neo4j_server import TestServer
from stores import ENGINES
from supplyrisk import gnn
from supplyrisk.graph import CHANGE_PROPERTIES
from supplyrisk.graph.credit import CAUSES

PARTS = ("pd", "own", "context", "caught")
COUNTS = "MATCH (f:Firm) OPTIONAL MATCH (f)-[r:EXPOSED_TO]->(:Firm) RETURN count(r) AS links, count(f.risk_esri) AS n"


@pytest.fixture(scope="module")
def book(
    tmp_path_factory: pytest.TempPathFactory, frames: dict[str, pa.Table], model: gnn.RiskModel
) -> dict[str, Any]:
    """A workspace with the chain's data and model, without a graph; its scores by the network, from the tables."""
    place = tmp_path_factory.mktemp("book")
    (place / "data").mkdir()
    for name, table in frames.items():
        pq.write_table(table, place / "data" / f"{name}.parquet")
    code, _, err = run("load", place / "data", "-w", place / "ws", "--no-graph")
    assert code == 0, err
    # A folder without synthetic.toml holds real data, as far as the model can tell.
    of_real_data = replace(model, card={**model.card, "synthetic": False}, tested=None)
    gnn.save(of_real_data, place / "ws" / "models" / "default")
    found = run_json(
        "score", "-w", place / "ws", "--use", "network", "--no-write-back", "--store", "embedded"
    )
    run_json("contagion", "-w", place / "ws", "--eps", "0.1")
    return {"ws": place / "ws", "rows": found["rows"], "spreaders": found["spreaders"]}


@pytest.fixture(params=ENGINES)
def unloaded(
    request: pytest.FixtureRequest, book: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of the workspace whose store, embedded or Neo4j, is empty."""
    place = tmp_path / "ws"
    shutil.copytree(book["ws"], place)
    monkeypatch.delenv("NEO4J_URI", raising=False)
    if request.param == "neo4j":
        server: TestServer = request.getfixturevalue("neo4j_server")
        monkeypatch.setenv("NEO4J_CREDENTIALS_FILE", str(server.folder / "credentials"))
    return place


@pytest.fixture
def ws(unloaded: Path) -> Path:
    """The same, with the graph of its last day in the store."""
    code, _, err = run("store", "load", "-w", unloaded, "--yes")
    assert code == 0, err
    return unloaded


def ask(ws: Path, cypher: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run_json("query", "run", "--text", cypher, "-w", ws)["rows"]
    return rows


def same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    by = {row["firm_id"]: row for row in found}
    assert by.keys() == {row["firm_id"] for row in expected}
    for row in expected:
        for name in PARTS:
            value = row[name]
            assert by[row["firm_id"]][name] == (value if value is None else pytest.approx(value, abs=1e-6))


def test_scores_from_the_graph_alone_are_those_from_the_tables(ws: Path, book: dict[str, Any]) -> None:
    for path in ws.iterdir():  # all but the graph and the model
        if path.name not in ("graph", "models"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert run("score", "-w", ws, "--yes")[0] == 1
    found = run_json("score", "-w", ws, "--from-graph", "--use", "network", "--yes")
    same(found["rows"], book["rows"])
    assert sum(row["caught"] or 0 for row in found["rows"]) > 0
    text = "MATCH (f:Firm) RETURN f.firm_id AS firm_id, " + ", ".join(f"f.risk_{n} AS {n}" for n in PARTS)
    # The graph shows no PD of firms of which too little is known.
    shown = [row | ({"pd": None} if row["state"] == "insufficient" else {}) for row in book["rows"]]
    same(ask(ws, text), shown)
    for row, expected in zip(found["spreaders"], book["spreaders"], strict=True):
        assert row["passes_on"] == pytest.approx(expected["passes_on"], abs=1e-6)


def test_kept_scores_are_written_on_request(ws: Path, book: dict[str, Any]) -> None:
    code, out, err = run("store", "scores", "-w", ws, "--dry-run")
    assert code == 0
    assert "risk_pd" in out and "nothing was written (--dry-run)" in err
    code, _, err = run("query", "run", "riskiest", "-w", ws)
    assert code == 1
    assert (
        f"run scgraph score -w {ws} first, or scgraph store scores -w {ws} where the workspace keeps them"
        in err
    )
    assert run("store", "scores", "-w", ws, "--yes")[0] == 0
    best = run_json("query", "run", "riskiest", "-w", ws)["rows"][0]
    riskiest = next(row for row in book["rows"] if row["pd"] is not None)
    assert (best["firm"], best["pd"]) == (riskiest["firm_id"], riskiest["pd"])


def test_scores_of_an_earlier_day_go_beside_them_with_what_moved_them(ws: Path) -> None:
    assert run("store", "scores", "-w", ws, "--yes")[0] == 0
    assert run_json("query", "run", "score-changes", "-w", ws)["rows"] == []
    day, network = ("--as-of", "2025-09-30"), ("--use", "network")
    code, _, err = run("score", "-w", ws, *day, *network, "--no-write-back", "--store", "embedded")
    assert code == 0, err
    code, out, _ = run("store", "scores", "-w", ws, "--dry-run")
    assert code == 0 and all(name in out for name in CHANGE_PROPERTIES)
    assert run("store", "scores", "-w", ws, "--yes")[0] == 0
    kept = run_json("query", "run", "score-changes", "--param", "factor=1", "--param", "least=0", "-w", ws)
    assert len(kept["rows"]) == 50 and kept["columns"][:2] == ["firm", "name"]
    for row in kept["rows"][:3]:
        parts = [row[name] for name in ("data", "neighbour", "model", "unseparated")]
        assert sum(parts) == pytest.approx(row["pd"] - row["pd_before"], abs=5e-6)
        last = run_json("explain", row["firm"], "-w", ws)["rows"][0]["history"][-1]
        assert parts == pytest.approx([last[name] for name in CAUSES], abs=1e-6)
        assert (row["before"], row["model"]) == ("2025-09-30", 0.0)
    # Scoring anew writes the same.
    assert run("score", "-w", ws, *network, "--yes")[0] == 0
    again = run_json("query", "run", "score-changes", "--param", "factor=1", "--param", "least=0", "-w", ws)
    assert again["rows"] == kept["rows"]


def test_kept_contagion_is_written_on_request_and_cleaned_away(ws: Path) -> None:
    kept = pq.read_table(next((ws / "contagion").glob("*.parquet")))
    links = sum(len(found) for found in kept["sources"].to_pylist())
    assert links > 100
    code, out, err = run("store", "contagion", "-w", ws, "--dry-run")
    assert code == 0
    assert f"{links}" in out.replace(",", "") and "EXPOSED_TO" in out and "risk_exposure" in out
    assert "essentiality all inputs non-essential; substitution True; eps 0.1" in err
    code, _, err = run("query", "run", "--text", COUNTS, "-w", ws)
    assert code == 1
    assert f"no contagion; run scgraph contagion -w {ws}, then scgraph store contagion -w {ws}" in err
    assert run("store", "scores", "-w", ws, "--yes")[0] == 0
    done = run_json("store", "contagion", "-w", ws, "--yes")
    assert [row["count"] for row in done["rows"]] == [kept.num_rows, links, 8]
    (found,) = ask(
        ws, "MATCH (f:Firm)-[r:EXPOSED_TO]->(:Firm) RETURN count(r) AS links, sum(r.exposure) AS sum"
    )
    assert found["links"] == links
    parts = [part["exposure"] for sources in kept["sources"].to_pylist() for part in sources]
    assert found["sum"] == pytest.approx(sum(parts))
    (found,) = ask(ws, "MATCH (f:Firm) RETURN count(f.risk_pd) AS pd, count(f.risk_esri) AS esri")
    assert (found["pd"] > 0, found["esri"]) == (True, kept.num_rows)
    facts = {(r["part"], r["name"]): r["value"] for r in run_json("store", "info", "-w", ws)["rows"]}
    assert facts["links", "EXPOSED_TO"] == links
    assert facts["contagion", "properties"] == 8


def test_what_was_found_of_one_day_is_not_written_on_another(unloaded: Path) -> None:
    ws = unloaded
    code, _, err = run("store", "load", "-w", ws, "--yes", "--as-of", "2025-06-30")
    assert code == 0, err
    for part in ("scores", "contagion"):
        code, _, err = run("store", part, "-w", ws, "--yes")
        assert code == 3
        assert (
            "the graph shows data as of 2025-06-30; expected the data that the results are of, as of 2025-12-28"
            in err
        )
        code, _, err = run("store", part, "-w", ws, "--yes", "--as-of", "2025-06-30")
        assert code == 3
        assert "has no file for 2025-06-30; expected one of 2025-12-28" in err
