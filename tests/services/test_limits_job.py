"""Limits of a hand-made desk: targets as of `check`, steps from week to week, and the record of every run."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from desk import AS_OF, open_desk
from supplyrisk import services
from supplyrisk.graph import DataError, Workspace, to_json
from supplyrisk.graph.credit import (
    LimitReason,
    StoredLimits,
    can_be_bulk,
    read_limits,
    read_policy,
    shipped_policy,
    write_limits,
)

SHOPS = ("GOOD", "RING1", "MALL", "ALFA")
STEP = 1_000


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def ws(desk: Path, tmp_path: Path) -> Workspace:
    """A copy of the desk without limits."""
    return Workspace(shutil.copytree(desk, tmp_path / "ws"))


def policy_file(folder: Path, text: str = "") -> Path:
    """The shipped policy, but a limit may rest on assumed margins, as the desk has no statements."""
    path = folder / "policy.toml"
    policy = shipped_policy().replace("assume_margin = false", "assume_margin = true")
    # The book is small: nearly every loan would be a large share of it.
    policy = policy.replace("single_name = 0.10", "single_name = 0.90").replace(
        "chain = 0.25", "chain = 0.90"
    )
    path.write_text(policy + text, encoding="utf-8")
    return path


def store_before(workspace: Workspace, day: date, changes: dict[str, float]) -> None:
    """Store limits of an earlier day: those of the day of the desk, with other amounts of some firms."""
    now = read_limits(workspace.layout.limits_file("L1", AS_OF))
    limits = tuple(
        replace(
            limit,
            limit=changes.get(limit.firm, limit.limit),
            exact=changes.get(limit.firm, limit.exact),
            renewed_on=day,
            expires_on=day + timedelta(days=28),
        )
        for limit in now.limits
    )
    basis = replace(now.basis, day=day.isoformat())
    write_limits(workspace.layout.limits_file("L1", day), StoredLimits(basis, limits))
    workspace.layout.limits_file("L1", AS_OF).unlink()


SCENARIOS = """
[[scenario]]
name = "small lines"
when = { product = ["credit"] }
set = { most = 6_000.0 }

[[scenario]]
name = "campaign"
when = { product = ["credit"], longest_days = 120 }
expires_on = 2025-12-31
extra_el = 1_000_000.0
set = { turnover_share = 1.0 }
"""


def test_the_room_below_each_target_is_the_limit_of_a_check(ws: Workspace, tmp_path: Path) -> None:
    policy = policy_file(tmp_path)
    result = services.limits(ws, "L1", shops=SHOPS, policy=policy)
    firms = {row.limit.firm for row in result.rows}
    assert firms >= {"GOOD", "RING1", "MALL", "ALFA", "HANGS", "WEAK", "RING2", "DEAD"}
    with_room = set()
    for row in result.rows:
        checked = services.check(
            ws,
            row.limit.firm,
            amount=10_000,
            days=90,
            product="credit",
            lender="L1",
            policy=policy,
            record=False,
        ).memo.sections
        assert row.limit.target is not None
        room = row.limit.target - checked.exposure.total
        if checked.limit.amount:
            with_room.add(row.limit.firm)
            assert checked.limit.amount <= room < checked.limit.amount + STEP, row.limit.firm
        else:
            assert room < 5_000 or row.limit.reason == LimitReason.BREACH, row.limit.firm
    assert len(with_room) >= 2


def test_a_day_without_scores_is_one_clear_error(ws: Workspace) -> None:
    ws.layout.scores_file(AS_OF).unlink()
    with pytest.raises(DataError, match=f"no scores are stored for {AS_OF}.*run scgraph score"):
        services.limits(ws, "L1")


def test_scenarios_apply_to_targets_and_admissions_do_not(ws: Workspace, tmp_path: Path) -> None:
    plain = services.limits(ws, "L1", shops=SHOPS, policy=policy_file(tmp_path))
    policy = policy_file(tmp_path, SCENARIOS)
    rows = {row.limit.firm: row.limit for row in services.limits(ws, "L1", shops=SHOPS, policy=policy).rows}
    for row in plain.rows:
        assert rows[row.limit.firm].target == min(6_000, row.limit.target or 0), row.limit.firm
    assert rows["GOOD"].rule == "MOST"
    checked = services.check(
        ws, "GOOD", amount=5_000, days=90, product="credit", lender="L1", policy=policy, record=False
    ).memo.sections
    assert rows["GOOD"].target == checked.limit.rule("MOST").total  # type: ignore[union-attr]


def test_default_and_too_little_evidence_have_no_limit(ws: Workspace, tmp_path: Path) -> None:
    rows = {row.limit.firm: row for row in services.limits(ws, "L1", policy=policy_file(tmp_path)).rows}
    assert (rows["DEAD"].limit.limit, rows["DEAD"].limit.reason) == (0, LimitReason.DEFAULTED)
    assert "in default" in rows["DEAD"].why.en
    assert "违约" in rows["DEAD"].why_shop.zh


def test_a_second_run_changes_and_records_nothing(ws: Workspace, tmp_path: Path) -> None:
    policy = policy_file(tmp_path)
    first = services.limits(ws, "L1", policy=policy)
    content = ws.layout.limits_file("L1", AS_OF).read_bytes()
    second = services.limits(ws, "L1", policy=policy)
    assert (first.record, second.record) == (1, 1)
    assert (first.is_new, second.is_new) == (True, False)
    assert second.rows == first.rows
    assert ws.layout.limits_file("L1", AS_OF).read_bytes() == content
    assert len(ws.audit_log().entries()) == 1


def test_a_run_that_was_killed_before_its_record_is_recorded_by_the_next(
    ws: Workspace, tmp_path: Path
) -> None:
    policy = policy_file(tmp_path)
    services.limits(ws, "L1", policy=policy, record=False)
    assert ws.audit_log().entries() == []
    assert services.limits(ws, "L1", policy=policy).record == 1


def test_limits_follow_from_week_to_week(ws: Workspace, tmp_path: Path) -> None:
    policy = policy_file(tmp_path)
    targets = {
        row.limit.firm: row.limit.exact for row in services.limits(ws, "L1", shops=SHOPS, policy=policy).rows
    }
    falling = next(firm for firm, exact in targets.items() if exact > 0 and firm != "GOOD")
    low, high = targets["GOOD"] * 0.7, targets[falling] * 4
    assert low > 5_000
    store_before(ws, AS_OF - timedelta(days=14), {"GOOD": low, falling: high, "DEAD": 50_000.0})
    result = services.limits(ws, "L1", shops=SHOPS, policy=policy)
    rows = {row.limit.firm: row for row in result.rows}
    assert result.weeks == 2
    assert rows["GOOD"].limit.exact == pytest.approx(low * 1.1**2)
    assert rows[falling].limit.exact == pytest.approx(high * 0.75**2)
    assert rows["DEAD"].limit.limit == 0
    assert (rows["GOOD"].change, rows[falling].change, rows["DEAD"].change) == (
        "raised",
        "lowered",
        "lowered",
    )
    assert "10%" in rows["GOOD"].why.en
    # A shop that is no longer asked for keeps its limit until it expires.
    shutil.rmtree(ws.layout.limits_folder("L1"))
    services.limits(ws, "L1", shops=SHOPS, policy=policy)
    store_before(ws, AS_OF - timedelta(days=7), {})
    rows = {row.limit.firm: row for row in services.limits(ws, "L1", policy=policy).rows}
    assert rows["GOOD"].limit.reason == LimitReason.NOT_RENEWED
    assert rows["GOOD"].limit.limit > 0
    # Its history has the day of each run, not the last one with a target.
    history = services.limit_history(ws, "L1", "GOOD")
    assert [row.on for row in history.rows] == [AS_OF - timedelta(days=7), AS_OF]
    assert [row["on"] for row in history.table().to_pylist()] == [row.on for row in history.rows]


def test_the_history_of_a_shop_has_a_row_per_run(ws: Workspace, tmp_path: Path) -> None:
    policy = policy_file(tmp_path)
    services.limits(ws, "L1", shops=SHOPS, policy=policy)
    store_before(ws, AS_OF - timedelta(days=7), {"GOOD": 5_000.0})
    services.limits(ws, "L1", shops=SHOPS, policy=policy)
    history = services.limit_history(ws, "L1", "GOOD")
    assert [row.before for row in history.rows] == [None, 5_000]
    assert services.limit_history(ws, "L1", "NOBODY").current is None
    assert json.loads(to_json(history.to_json()))["firm"] == "GOOD"


def test_limits_of_a_later_day_are_not_overtaken(ws: Workspace, tmp_path: Path) -> None:
    services.limits(ws, "L1", policy=policy_file(tmp_path))
    path = ws.layout.limits_file("L1", AS_OF)
    path.rename(ws.layout.limits_file("L1", AS_OF + timedelta(days=1)))
    with pytest.raises(DataError, match="are stored, after"):
        services.limits(ws, "L1", policy=policy_file(tmp_path))


def test_one_changed_byte_of_recorded_limits_is_found(ws: Workspace, tmp_path: Path) -> None:
    services.limits(ws, "L1", policy=policy_file(tmp_path))
    assert services.verify_audit(ws, evidence=True).intact
    recorded = ws.audit_log().recorded(1)
    kept = ws.layout.evidence_file(recorded["file"])
    table = pq.read_table(kept)
    kept.unlink()
    pq.write_table(table.slice(1), kept)
    faults = services.verify_audit(ws, evidence=True).faults
    assert len(faults) == 1
    assert "limits/" in faults[0]
    assert "was changed" in faults[0]


def test_other_terms_of_following_are_another_policy(ws: Workspace, tmp_path: Path) -> None:
    shipped = services.limits(ws, "L1", policy=policy_file(tmp_path)).basis
    other = tmp_path / "other.toml"
    other.write_text(policy_file(tmp_path).read_text("utf-8").replace("rise = 0.10", "rise = 0.20"), "utf-8")
    changed = services.limits(ws, "L1", policy=other)
    assert changed.basis.policy != shipped.policy
    assert changed.record == 2


def test_a_policy_that_needs_more_facts_is_applied_firm_by_firm(ws: Workspace, tmp_path: Path) -> None:
    at_once = services.limits(ws, "L1", shops=SHOPS, policy=policy_file(tmp_path))
    # No firm of the desk grows anything: the key changes no limit, but how targets are computed.
    text = policy_file(tmp_path).read_text("utf-8")
    one_by_one = tmp_path / "loops.toml"
    one_by_one.write_text(text.replace("[dependence]", "[dependence]\nleft_in_loop = 0.9"), "utf-8")
    assert not can_be_bulk(read_policy(one_by_one))
    slow = services.limits(ws, "L1", shops=SHOPS, policy=one_by_one)
    assert slow.record == 2
    assert len(slow.rows) == len(at_once.rows)
    for row, other in zip(slow.rows, at_once.rows, strict=True):
        assert row.limit.exact == pytest.approx(other.limit.exact)
        assert replace(row.limit, exact=0.0, target=0.0) == replace(other.limit, exact=0.0, target=0.0)
    assert slow.el == pytest.approx(at_once.el)


def test_the_command_prints_counts_and_the_changes(ws: Workspace, tmp_path: Path) -> None:
    policy = policy_file(tmp_path)
    where = ("--lender", "L1", "-w", ws.layout.root, "--policy", policy)
    code, out, err = run("limits", *where, "--shop", "GOOD")
    assert code == 0, err
    assert "GOOD" in out
    assert "recorded as entry 1" in err
    assert ", CNY " in err and "drawn: CNY " in err
    document = run_json("limits", *where, "--shop", "GOOD")
    assert document["schema"] == "scgraph.limits/1"
    assert document["counts"]["new"] == len(document["rows"])
    assert run_json("limits", "GOOD", *where)["rows"][0]["firm"] == "GOOD"
    code, _, err = run("limits", "GOOD", *where, "--shop", "GOOD")
    assert code == 2, err
    code, _, err = run("limits", *where, "--lang", "zh", "-o", tmp_path / "limits.csv")
    assert code == 0, err
    assert "why_zh" in (tmp_path / "limits.csv").read_text("utf-8")


def test_a_fall_in_a_temporary_dip_stops_at_the_floor(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = policy_file(tmp_path)
    services.limits(ws, "L1", shops=SHOPS, policy=policy)
    store_before(ws, AS_OF - timedelta(days=14), {"GOOD": 100_000.0})
    asked: list[list[str]] = []

    def all_dip(_tables: object, _day: date, *, firms: list[str]) -> pa.Table:
        asked.append(firms)
        return pa.table({"firm_id": firms})

    # The function of the package has the name of its module.
    monkeypatch.setattr(import_module("supplyrisk.services.limits"), "temporary_dips", all_dip)
    rows = {row.limit.firm: row.limit for row in services.limits(ws, "L1", shops=SHOPS, policy=policy).rows}
    # Only firms whose target is below their limit can be held.
    assert asked == [["GOOD"]]
    # Two weeks of a quarter each would leave 56,250.
    assert (rows["GOOD"].limit, rows["GOOD"].reason) == (80_000, LimitReason.HELD_IN_DIP)
