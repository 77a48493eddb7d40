"""`backtest` on the desk, half a year and more after it was scored, and with a trained model."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from desk import AS_OF, FIRMS, open_desk, scores, write_data
from supplyrisk import gnn, services, web
from supplyrisk.graph import DataError, RequestError, Workspace, write_table
from supplyrisk.graph.credit import shipped_policy
from supplyrisk.graph.workspace.file_hashes import write_score_hashes
from supplyrisk.services.synthetic_model import SYNTHETIC_MODEL

if TYPE_CHECKING:
    from supplyrisk.gnn import RiskModel

LATER = AS_OF + timedelta(days=240)
FAILED = AS_OF + timedelta(days=60)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk's data 240 days later, in which WEAK has defaulted, with the scores of AS_OF as they were stored."""
    folder = tmp_path_factory.mktemp("backtest")
    workspace = open_desk(folder)
    code, _, err = run("check", "WEAK", "--amount", 5_000, "--days", 90, "--other-debt", 0, "-w", workspace)
    assert code == 0, err
    code, _, err = run("decide", 1, "approve", "--reason", "known to us", "-w", workspace)
    assert code == 0, err
    data = write_data(folder / "later")
    with (data / "events.csv").open("a") as file:
        file.write(f"WEAK,{FAILED},default\n")
    with (data / "activity.csv").open("a") as file:
        file.write(f"GOOD,{LATER},100000\n")
    code, _, err = run("load", data, "-w", workspace)
    assert code == 0, err
    return workspace


def test_stored_scores_against_what_happened(past: Path) -> None:
    result = services.backtest(Workspace(past), margin=0.08)
    assert result.source == "stored scores"
    assert result.days == (AS_OF,)
    # All but DEAD, which was in default already.
    assert (result.counts.rows, result.counts.known, result.counts.failed) == (
        len(FIRMS) - 1,
        len(FIRMS) - 1,
        1,
    )
    grades = {row.grade: row for row in result.grades}
    stored = {row["firm_id"]: row for row in scores().to_pylist()}
    weak = grades[stored["WEAK"]["grade"]]
    assert weak.counts.failed == 1
    whole = result.cut_offs[-1]
    # WEAK owes 20,000, of which half is lost.
    assert whole.loss == pytest.approx(10_000)
    # At an LGD of 45 %: HANGS 40,000, and RING2 20,000 and 0.75 of the 80,000 that it can still draw.
    el = (
        40_000 * 0.45 * stored["HANGS"]["pd"]
        + 80_000 * 0.45 * stored["RING2"]["pd"]
        + 10_000 * stored["WEAK"]["pd"]
    )
    assert whole.el == pytest.approx(el)
    assert whole.profit == pytest.approx(120_000 * 0.08 * 180 / 365 - 10_000)


def test_an_lgd_by_product_counts_as_in_the_portfolio(past: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    key = "# lgd_by_product = { supply_chain = 0.35 }"
    assert key in shipped_policy()
    policy.write_text(shipped_policy().replace(key, "lgd_by_product = { credit = 0.2 }"))
    el, by_product = (
        services.backtest(Workspace(past), policy=path).cut_offs[-1].el for path in (None, policy)
    )
    [twin] = [row["pd"] for row in scores().to_pylist() if row["firm_id"] == "RING2"]
    # RING2 alone has a revolving line, of which 80,000 count.
    assert el - by_product == pytest.approx(80_000 * 0.25 * twin)


def test_at_the_policys_cut_off_the_failure_is_refused(past: Path) -> None:
    result = services.backtest(Workspace(past))
    assert result.at_policy.counts.failed == 0
    assert result.at_policy.loss == 0
    assert result.at_policy.profit is None


def test_a_decision_against_the_policy_has_its_outcome(past: Path) -> None:
    (decided,) = services.backtest(Workspace(past)).decisions
    assert (decided.decision, decided.overrides, decided.amount) == ("approve", True, 5_000)
    assert decided.counts.bad_rate == 1.0


def test_a_check_of_a_day_before_the_data_has_no_known_outcome(past: Path, tmp_path: Path) -> None:
    """As after a load of later data only."""
    workspace = Workspace(shutil.copytree(past, tmp_path / "own"))
    log = workspace.audit_log()
    log.append("check", {"document": log.recorded(1)["document"] | {"as_of": "1990-01-01"}})
    outcomes = {row.decision: row.counts for row in services.backtest(workspace).decisions}
    assert (outcomes["approve"].known, outcomes["not decided"].rows, outcomes["not decided"].known) == (
        1,
        1,
        0,
    )


def test_the_own_part_is_compared_and_an_unknown_model_is_noted(past: Path) -> None:
    result = services.backtest(Workspace(past))
    assert {comparison.against for comparison in result.comparisons} == {"own part alone"}
    assert any("hand/network" in note and "not in the workspace" in note for note in result.notes)
    assert any("too few" in note or "few" in note for note in result.notes)


def test_a_default_after_the_horizon_is_no_failure_and_moves_nothing(past: Path, tmp_path: Path) -> None:
    data = write_data(tmp_path / "later")
    with (data / "events.csv").open("a") as file:
        file.write(f"WEAK,{FAILED},default\nGOOD,{AS_OF + timedelta(days=181)},default\n")
    with (data / "activity.csv").open("a") as file:
        file.write(f"MALL,{LATER},100000\n")
    workspace = tmp_path / "ws"
    assert run("load", data, "-w", workspace)[0] == 0
    layout = Workspace(workspace).layout
    layout.scores.mkdir()
    write_table(layout.scores_file(AS_OF), scores())
    planted = services.backtest(Workspace(workspace))
    assert planted.counts == services.backtest(Workspace(past)).counts


def test_changed_scores_are_refused(past: Path, tmp_path: Path) -> None:
    workspace = Workspace(shutil.copytree(past, tmp_path / "own"))
    layout = workspace.layout
    write_score_hashes(layout, AS_OF)
    table = pq.read_table(layout.scores_file(AS_OF))
    halved = pc.multiply(table["pd"], 0.5)
    write_table(layout.scores_file(AS_OF), table.set_column(table.column_names.index("pd"), "pd", halved))
    with pytest.raises(DataError, match=f"{AS_OF}.parquet: changed or removed since {AS_OF} was scored"):
        services.backtest(workspace)


def test_days_that_cannot_be_tested(past: Path) -> None:
    with pytest.raises(RequestError, match="no scores are stored for 2024-01-01"):
        services.backtest(Workspace(past), days=[date(2024, 1, 1)])
    with pytest.raises(RequestError, match="a margin of 4"):
        services.backtest(Workspace(past), margin=4)
    with pytest.raises(RequestError, match="bad_rate"):
        services.backtest(Workspace(past), gates=["auc<.7"])


def test_scores_whose_outcomes_are_not_over_are_left_out(tmp_path: Path) -> None:
    workspace = Workspace(open_desk(tmp_path))
    with pytest.raises(DataError, match="their outcomes are known 180 days later"):
        services.backtest(workspace, days=[AS_OF])


def test_the_command_prints_tables_page_and_gates(past: Path, tmp_path: Path) -> None:
    page = tmp_path / "backtest.html"
    rows = tmp_path / "cut-offs.csv"
    code, out, err = run("backtest", "-w", past, "--page", page)
    assert code == 0, err
    assert "Outcomes by grade" in out
    assert "swapped in (failed)" in out
    assert "<svg" in page.read_text(encoding="utf-8")
    code, _, err = run("backtest", "-w", past, "-o", rows, "--fail-on", "approval<1,bad_rate>.5")
    assert code == 5
    assert "gate breached: approval is" in err
    assert rows.read_text(encoding="utf-8-sig").startswith('"name","pd","approval"')
    document = run_json("backtest", "-w", past)
    assert document["rows"][-1]["failed"] == 1
    assert document["comparisons"][0]["against"] == "own part alone"


def test_the_page_says_what_the_tables_say(past: Path) -> None:
    result = services.backtest(Workspace(past))
    html = web.render_backtest(result)
    for table in web.backtest_views.backtest_tables(result):
        assert table.title in html


def test_without_stored_scores_the_tested_model_scores_days_that_it_has_not_learned(
    frames: dict[str, pa.Table], model: RiskModel, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name, table in frames.items():
        pq.write_table(table, data / f"{name}.parquet")
    code, _, err = run("load", data, "-w", tmp_path / "ws")
    assert code == 0, err
    workspace = Workspace(tmp_path / "ws")
    gnn.save(model, workspace.layout.model("default"))
    result = services.backtest(workspace)
    assert result.source == "scores by the tested model, computed now"
    tested = model.tested or model
    assert min(result.days).isoformat() >= str(tested.card["outcomes_until"])
    assert {"own part alone", *tested.baselines} - {tested.champion} <= {
        c.against for c in result.comparisons
    }
    assert result.counts.failed > 0
    # The model was trained on a synthetic world, and these data state no such thing.
    assert result.notes.count(SYNTHETIC_MODEL) == 1
    # Scores that the deployed model stores now are of days whose outcomes it has learned.
    day = result.days[-1]
    code, _, err = run("score", "-w", workspace.path, "--as-of", day, "--allow-synthetic-model")
    assert code == 0, err
    with pytest.raises(DataError, match="had learned outcomes up to"):
        services.backtest(workspace, days=[day])
    # Also where it is no longer in the workspace, as a model of another folder, or one that was trained again.
    workspace.layout.model("default").rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="had learned outcomes up to"):
        services.backtest(workspace, days=[day])
