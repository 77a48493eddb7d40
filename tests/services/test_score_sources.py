"""Every document that cites PDs names the run, model and day of the scores that they are from, and so does its text."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from desk import AS_OF, MODEL, note_run, open_desk, write_model
from supplyrisk.graph import Workspace, write_table
from supplyrisk.graph.workspace.score_runs import model_digest
from supplyrisk.graph.workspace.score_source import ScoreSource

TEXT = f"run 1, model {MODEL}, {AS_OF}, PDs over 180 days"
SCENARIO = """
name = "closure"
weeks = 4

[[step]]
name = "ALFA stops"
firms = "ALFA"

[[what_if]]
name = "two weeks of stock"
stock = "GOOD"
days = 14
"""


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = open_desk(tmp_path_factory.mktemp("desk"))
    write_model(Workspace(folder).layout.model("hand"), "first")
    note_run(Workspace(folder))
    return folder


@pytest.fixture(scope="module")
def source(ws: Path) -> dict[str, object]:
    """What documents are to say."""
    digest = model_digest(Workspace(ws).layout.model("hand"))
    data = Workspace(ws).info().content_hash
    return {
        "run": 1,
        "model": MODEL,
        "digest": digest,
        "as_of": str(AS_OF),
        "data": data,
        "horizon_days": 180,
    }


@pytest.mark.parametrize(
    "command",
    [
        ("check", "GOOD", "--amount", 1e4, "--days", 90, "--no-record"),
        ("portfolio", "L1", "--replicas", 1000),
        ("contagion",),
        ("stress", "--why", "GOOD"),
    ],
    ids=str,
)
def test_documents_and_texts_name_the_scores(
    ws: Path, source: dict[str, object], command: tuple[object, ...]
) -> None:
    assert run_json(*command, "-w", ws)["scored_by"] == source
    if command[0] != "check":
        code, out, err = run(*command, "-w", ws)
        assert code == 0, err
        assert TEXT in out + err


def test_a_scenario_names_the_scores_of_its_what_ifs_and_of_the_network(
    ws: Path, source: dict[str, object], tmp_path: Path
) -> None:
    scenario = tmp_path / "closure.toml"
    scenario.write_text(SCENARIO)
    assert run_json("stress", scenario, "-w", ws)["scored_by"] == source
    code, _, err = run("stress", scenario, "-w", ws)
    assert code == 0
    assert f"base PDs of the what-ifs: {TEXT}" in err
    assert f"PDs of the network: {TEXT}" in err


@pytest.mark.parametrize(
    "command", [("contagion",), ("stress", "--why", "GOOD"), ("portfolio", "L1")], ids=str
)
def test_changed_scores_are_cited_by_nothing(ws: Path, tmp_path: Path, command: tuple[object, ...]) -> None:
    own = Path(shutil.copytree(ws, tmp_path / "own"))
    path = Workspace(own).layout.scores_file(AS_OF)
    table = pq.read_table(path)
    column = table.column_names.index("base_pd")
    write_table(path, table.set_column(column, "base_pd", pc.multiply(table["base_pd"], 0.5)))
    code, _, err = run(*command, "-w", own)
    assert code == 3
    assert f"{AS_OF}.parquet: changed or removed since {AS_OF} was scored" in err


def test_monitor_names_the_scores_of_both_days(ws: Path, source: dict[str, object]) -> None:
    document = run_json("monitor", "--since", AS_OF, "-w", ws)
    assert (document["baseline"], document["current"]) == (source, source)
    _, out, err = run("monitor", "--since", AS_OF, "-w", ws)
    assert f"PDs: {TEXT}" in out + err


def test_a_users_own_file_is_named_instead(ws: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.parquet"
    scores = pq.read_table(Workspace(ws).layout.scores_file(AS_OF)).select(["firm_id", "base_pd"])
    write_table(mine, scores)
    document = run_json("contagion", "--pd", mine, "-w", ws)
    assert (document["scored_by"], document["base_pd_from"]) == (None, "mine.parquet")
    assert document["base_pd_days"] is None
    _, out, err = run("contagion", "--pd", mine, "-w", ws)
    assert "mine.parquet, PDs over a period that it does not state" in out + err
    write_table(mine, scores.append_column("horizon_days", pa.array([90] * len(scores))))
    assert run_json("contagion", "--pd", mine, "-w", ws)["base_pd_days"] == 90
    write_table(mine, scores.append_column("horizon_days", pa.array([90] * (len(scores) - 1) + [180])))
    code, _, err = run("contagion", "--pd", mine, "-w", ws)
    assert (code, "mine.parquet has PDs over 180, 90 days" in err) == (3, True)


def test_scores_without_a_note_name_model_and_day(tmp_path: Path) -> None:
    workspace = Workspace(open_desk(tmp_path))
    source = ScoreSource.of_day(workspace.layout, AS_OF, MODEL)
    assert source == ScoreSource(None, MODEL, None, str(AS_OF), None, 180)
    assert str(source) == f"model {MODEL}, {AS_OF}, PDs over 180 days"
