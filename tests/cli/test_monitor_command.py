"""scgraph monitor on the desk with stored runs of two days, one for each cause."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import desk
from commands import run, run_json
from desk import AS_OF, BASE, SCHEMA, open_data, open_desk, write_data
from supplyrisk.graph import build_snapshot, partners_of, read_workspace, write_table
from supplyrisk.graph.credit import CAUSES, AlertBounds
from supplyrisk.graph.schema.settings import Settings
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.score_runs import ScoreRun, ScoreRuns, with_run_note

THEN = date(2025, 5, 31)


# The command


def row_of(firm: str, own: float, caught: float = 0.0, code: str = "OWN_MARGIN") -> dict[str, Any]:
    """A stored score as the network gives it, its PD from the sum of its parts."""
    pd = -math.expm1(-own - caught)
    row = next(r for r in desk.scores().to_pylist() if r["firm_id"] == firm)
    reasons = [{"code": code, "text": "by hand", "share": 1.0}]
    parts = {
        "pd": pd,
        "pd_low": pd,
        "pd_high": pd,
        "own": own,
        "context": 0.0,
        "caught": caught,
        "points": 600.0,
    }
    grade = "ABCDEFG"[sum(pd >= bound for bound in desk.BOUNDS)]
    base = {
        "base_pd": -math.expm1(-own),
        "grade": grade,
        "state": "scored",
        "reasons": reasons,
        "neighbours": [],
    }
    return row | parts | base


def earlier() -> dict[str, dict[str, Any]]:
    """A month before: WEAK was stronger, DEAD was alive and HANGS caught nothing from it."""
    changed = {
        "WEAK": row_of("WEAK", 0.1),
        "HANGS": row_of("HANGS", BASE["HANGS"]),
        "DEAD": row_of("DEAD", 0.05),
    }
    return {row["firm_id"]: row for row in desk.scores().to_pylist()} | changed


def store_run(ws: Path, run_: ScoreRun, rows_: dict[str, dict[str, Any]], partners: pa.Table | None) -> None:
    """Store a run as `score` does."""
    day = date.fromisoformat(run_.as_of or "")
    table = pa.Table.from_pylist([row | {"as_of": day} for row in rows_.values()], schema=SCHEMA)
    layout = Layout(ws)
    ScoreRuns(layout).add(run_, table)
    write_table(layout.scores_file(day), with_run_note(table, run_))
    if partners is not None:
        write_table(layout.partners_file(day), with_run_note(partners, run_))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk with two scored days by one model."""
    ws = open_desk(tmp_path_factory.mktemp("monitor"))
    tables = read_workspace(ws)
    store_run(
        ws,
        ScoreRun(0, str(THEN), "hand/network", "aa", "d0"),
        earlier(),
        partners_of(build_snapshot(tables, THEN)),
    )
    now = {row["firm_id"]: row for row in desk.scores().to_pylist()}
    run_ = ScoreRun(0, str(AS_OF), "hand/network", "aa", tables.info.content_hash)
    store_run(ws, run_, now, partners_of(build_snapshot(tables, AS_OF)))
    return ws


@pytest.fixture
def ws(first: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(first, tmp_path / "own"))


def by_firm(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["firm_id"]: row for row in document["rows"]}


def whats(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(alert["what"], alert["cause"]) for alert in row["alerts"]]


def test_who_changed_and_why(first: Path) -> None:
    document = run_json("monitor", "--since", "2025-06-15", "--lender", "L1", "-w", first)
    assert document["baseline"]["as_of"] == "2025-05-31"  # the last scored day before
    assert (document["schema"], document["as_of"], document["watched"]) == (
        "scgraph.monitor/1",
        "2025-06-30",
        4,
    )
    rows_ = by_firm(document)
    assert list(rows_) == [
        "DEAD",
        "WEAK",
        "HANGS",
    ]  # by the gravest alert, and the rise; RING2 did not change
    assert whats(rows_["DEAD"])[0] == ("DEFAULTED", "data")
    assert rows_["DEAD"]["change"] is None
    assert whats(rows_["WEAK"]) == [("GRADE", "data"), ("PD_UP", "data")]
    rise = math.exp(-0.1) - math.exp(-0.25)
    assert rows_["WEAK"]["change"] == pytest.approx(rise)
    assert [rows_["WEAK"][cause] for cause in CAUSES] == pytest.approx([rise, 0.0, 0.0, 0.0])
    hangs = rows_["HANGS"]
    assert hangs["neighbour"] == pytest.approx(hangs["change"])
    assert hangs["data"] == 0.0
    assert whats(hangs) == [
        ("GRADE", "neighbour"),
        ("PD_UP", "neighbour"),
        ("REASON_GAINED", "neighbour"),
        ("REASON_LOST", "data"),
        ("NEIGHBOUR_DEFAULTED", "neighbour"),
    ]
    assert document["alerts"]["GRADE"] == 2
    assert (rows_["WEAK"]["lenders"], rows_["WEAK"]["drawn"]) == (["L1"], 20_000)


def test_every_lender_s_borrowers_are_watched_where_none_is_named(first: Path) -> None:
    every = run_json("monitor", "--since", THEN, "-w", first)
    assert every["watched"] == 4  # nothing is drawn at L2
    assert by_firm(every).keys() == {"DEAD", "WEAK", "HANGS"}
    assert every["notes"] == []


@pytest.mark.parametrize("since", ["2025-06-30", "2030-01-01"])
def test_the_same_day_data_and_model_give_no_alert(first: Path, since: str) -> None:
    args = ("monitor", "--since", since, "--lender", "L1", "-w", first, "--fail-on", "any")
    document = run_json(*args)
    assert document["rows"] == []
    assert set(document["alerts"].values()) == {0}
    assert "the graph shows the scores of 2025-06-30" in document["notes"][0]
    assert run_json(*args) == document


def test_a_run_again_gives_the_same(ws: Path) -> None:
    args = ("monitor", "--since", THEN, "-w", ws)
    before = run_json(*args)
    tables = read_workspace(ws)
    now = {row["firm_id"]: row for row in desk.scores().to_pylist()}
    run_ = ScoreRun(0, str(AS_OF), "hand/network", "aa", tables.info.content_hash)
    store_run(ws, run_, now, partners_of(build_snapshot(tables, AS_OF)))
    assert run_json(*args) == before


def test_equal_scores_of_two_days_give_no_alert(ws: Path) -> None:
    tables = read_workspace(ws)
    now = {row["firm_id"]: row for row in desk.scores().to_pylist()}
    store_run(
        ws,
        ScoreRun(0, str(THEN), "hand/network", "aa", "d0"),
        now,
        partners_of(build_snapshot(tables, AS_OF)),
    )
    assert run_json("monitor", "--since", THEN, "-w", ws)["rows"] == []


def test_the_share_of_another_training_is_known_where_the_old_one_scored_the_new_day(ws: Path) -> None:
    info, now = read_workspace(ws).info, {row["firm_id"]: row for row in desk.scores().to_pylist()}
    store_run(ws, ScoreRun(0, str(AS_OF), "hand/network", "bb", info.content_hash), now, None)
    # The old training's run of that day is stored; without it the causes cannot be separated.
    old = next(
        r for r in (ws / "scores" / "runs").glob("*.parquet") if pq.read_table(r).num_rows and _is(r, "aa")
    )
    weak = row_of("WEAK", 0.15)
    table = pa.Table.from_pylist([now[f] if f != "WEAK" else weak for f in now], schema=SCHEMA)
    stored = pq.read_table(old)
    write_table(old, table.select(stored.column_names).replace_schema_metadata(stored.schema.metadata))
    row = by_firm(run_json("monitor", "--since", THEN, "-w", ws))["WEAK"]
    assert row["data"] == pytest.approx(math.exp(-0.1) - math.exp(-0.15))
    assert row["model"] == pytest.approx(math.exp(-0.15) - math.exp(-0.25))
    assert whats(row)[:2] == [("GRADE", "model"), ("PD_UP", "model")]
    assert math.fsum(row[cause] for cause in CAUSES) == pytest.approx(row["change"])
    old.unlink()
    document = run_json("monitor", "--since", THEN, "-w", ws)
    row = by_firm(document)["WEAK"]
    assert row["unseparated"] == pytest.approx(row["change"])
    assert whats(row)[:2] == [("GRADE", "unseparated"), ("PD_UP", "unseparated")]
    assert whats(by_firm(document)["DEAD"])[0] == ("DEFAULTED", "unseparated")


def _is(path: Path, digest: str) -> bool:
    note = json.loads(pq.read_schema(path).metadata[b"scgraph.run"])
    return bool(note["digest"] == digest and note["as_of"] == str(AS_OF))


def test_scores_of_before_that_name_no_run_are_read(ws: Path) -> None:
    before = run_json("monitor", "--since", THEN, "--lender", "L1", "-w", ws)
    for day in (THEN, AS_OF):
        table = pq.read_table(Layout(ws).scores_file(day))
        write_table(Layout(ws).scores_file(day), table.replace_schema_metadata(None))
        Layout(ws).partners_file(day).unlink()
    document = run_json("monitor", "--since", THEN, "--lender", "L1", "-w", ws)
    assert [note.partition(":")[0] for note in document["notes"]] == [
        "no partners are stored for 2025-05-31",
        "no partners are stored for 2025-06-30",
    ]
    assert document["alerts"] == before["alerts"] | {"NEIGHBOURHOOD": 0}
    shutil.rmtree(ws / "scores" / "runs")
    code, _, err = run("monitor", "--since", THEN, "-w", ws)
    assert (code, "of other data" in err) == (3, True)


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (
            ("--since", "2025-05-30"),
            3,
            "no scores are stored for 2025-05-30 or before; scored days: 2025-05-31, 2025-06-30",
        ),
        (("--since", "last week"), 2, "'last week' is not a date; expected one such as 2025-06-30"),
        (("--since", "2025-06-01", "--lender", "L9"), 3, "lender L9 has no lines in the graph"),
        (
            ("--since", "2025-06-01", "--pd-factor", "1"),
            2,
            "pd_factor is 1.0, expected a number above 1 (from flag)",
        ),
        (("--since", "2025-06-01", "--fail-on", "LOSS"), 2, "--fail-on LOSS; expected STATE, GRADE, PD_UP"),
        ((), 2, "--since"),
    ],
)
def test_invalid_requests(first: Path, args: tuple[str, ...], code: int, message: str) -> None:
    exit_code, out, err = run("monitor", *args, "-w", first)
    assert (exit_code, out) == (code, "")
    assert message in err


def test_a_day_that_the_graph_shows_has_to_be_scored(ws: Path) -> None:
    Layout(ws).scores_file(AS_OF).unlink()
    code, _, err = run("monitor", "--since", THEN, "-w", ws)
    assert code == 3
    assert (
        "no scores are stored for 2025-06-30, the day of the graph; scored days: 2025-05-31; run scgraph score"
        in err
    )


def test_pds_over_two_horizons_are_not_compared(ws: Path) -> None:
    rows_ = {firm: row | {"horizon_days": 90} for firm, row in earlier().items()}
    store_run(ws, ScoreRun(0, str(THEN), "hand/network", "aa", "d0"), rows_, None)
    code, _, err = run("monitor", "--since", THEN, "-w", ws)
    assert code == 3
    assert "PDs of 2025-05-31 are over 90 days, PDs of 2025-06-30 over 180 days; expected one horizon" in err


def test_an_alert_of_a_named_kind_ends_in_exit_code_5(first: Path) -> None:
    args = ("monitor", "--since", THEN, "-w", first)
    code, out, err = run(*args, "--fail-on", "GRADE")
    assert code == 5
    assert "alerts: GRADE 2" in err
    assert "3 of 4 firms changed from 2025-05-31 to 2025-06-30" in err
    assert next(line.split()[:3] for line in out.splitlines() if "WEAK" in line) == ["WEAK", "Weak", "GRADE"]
    assert run(*args, "--fail-on", "PD_DOWN")[0] == 0
    # With so large a factor no PD moved.
    assert run(*args, "--fail-on", "PD_UP")[0] == 5
    assert run(*args, "--fail-on", "PD_UP", "--pd-factor", 50)[0] == 0


@pytest.mark.parametrize("ending", ["json", "jsonl", "parquet", "csv"])
def test_files(first: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"alerts.{ending}"
    document = run_json("monitor", "--since", THEN, "-w", first, "-o", path)
    text = path.read_bytes()
    if ending == "json":
        assert json.loads(text)["rows"] == document["rows"]
        assert json.loads(text)["schema"] == "scgraph.monitor/1"
    elif ending == "jsonl":
        assert [json.loads(line) for line in text.splitlines()] == document["rows"]
    elif ending == "parquet":
        assert pq.read_table(path).to_pylist() == document["rows"]
    else:
        assert text.count(b"\n") == 1 + len(document["rows"])


def test_without_loans_every_scored_firm_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "LOANS", [])
    ws = open_data(write_data(tmp_path / "data"), tmp_path / "ws")
    info, now = read_workspace(ws).info, {row["firm_id"]: row for row in desk.scores().to_pylist()}
    store_run(ws, ScoreRun(0, str(THEN), "hand/network", "aa", "d0"), earlier(), None)
    store_run(ws, ScoreRun(0, str(AS_OF), "hand/network", "aa", info.content_hash), now, None)
    document = run_json("monitor", "--since", THEN, "-w", ws)
    assert document["watched"] == len(desk.FIRMS)
    assert "the data have no loans: all scored firms are watched" in document["notes"]
    assert by_firm(document).keys() == {"DEAD", "WEAK", "HANGS"}
    assert by_firm(document)["WEAK"]["drawn"] is None


def test_the_default_settings_are_the_default_bounds() -> None:
    settings = Settings()
    assert AlertBounds() == AlertBounds(
        pd_factor=settings.pd_factor,
        pd_least=settings.watch_pd,
        main=settings.watch_share,
        moved=settings.watch_moved,
        reason=settings.watch_reason,
        sides=settings.watch_sides,
    )


def test_its_bounds_are_settings(first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCGRAPH_WATCH_PD", "0.5")
    monkeypatch.setenv("SCGRAPH_WATCH_REASON", "1")
    monkeypatch.setenv("SCGRAPH_WATCH_SIDES", "carrier")
    document = run_json("monitor", "--since", THEN, "-w", first)
    assert (document["bounds"]["pd_least"], document["bounds"]["sides"]) == (0.5, ["carrier"])
    assert (document["alerts"]["PD_UP"], document["alerts"]["STATE"]) == (0, 1)
    monkeypatch.setenv("SCGRAPH_WATCH_SIDES", "carriers")
    code, _, err = run("monitor", "--since", THEN, "-w", first)
    assert code == 2
    assert "watch_sides is 'carriers', expected supplier, customer, carrier" in err


def test_torch_is_not_needed(first: Path) -> None:
    program = (
        "import sys; from typer.testing import CliRunner; from supplyrisk.cli import app;"
        "r = CliRunner().invoke(app, ['monitor', '--since', '2025-05-31', '-w', sys.argv[1]]);"
        "print(r.exit_code, [name for name in ('torch', 'lightgbm') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(first)], check=False, capture_output=True, text=True, timeout=300
    )
    assert (done.stdout, done.stderr) == ("0 []\n", "")
