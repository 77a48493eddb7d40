"""Admissions of a hand-made desk: limits and extra EL by hand, the list in checks, and the replay of such a check."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from commands import run, run_json
from desk import memo, open_desk, scores
from scenarios import DOUBLE_11
from supplyrisk import services
from supplyrisk.graph import DataError, RequestError, Workspace
from supplyrisk.graph.credit import shipped_policy

SHOPS = ("GOOD", "RING1", "MALL", "WEAK")
PD = {row["firm_id"]: row["pd"] for row in scores().to_pylist()}


def extra_el(firm: str, gain: float) -> float:
    """PD over 90 of 180 days x LGD x what the limit gains."""
    pd_term = 1 - math.sqrt(1 - PD[firm])
    return pd_term * 0.45 * gain


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


def policy_file(folder: Path, ceiling: float = 500.0) -> Path:
    path = folder / "policy.toml"
    text = DOUBLE_11.replace("extra_el = 500.0", f"extra_el = {ceiling}")
    path.write_text(shipped_policy() + text, encoding="utf-8")
    return path


def test_limits_and_extra_el_by_hand(ws: Path, tmp_path: Path) -> None:
    result = services.admissions(Workspace(ws), policy=policy_file(tmp_path), shops=SHOPS)
    (admission,) = result.admissions
    assert [(row.firm, row.limit_without, row.limit, row.state) for row in admission.rows] == [
        # .7 of 100,000 shipped and unpaid, then all of it: the turnover and the caps leave more.
        ("GOOD", 70_000, 100_000, "admitted"),
        # It sells to consumers alone: nothing is shipped to firms.
        ("MALL", 0, 0, "limit not higher"),
        # .3 of a turnover of 60,000 over the term, less 9,000 of a guarantee; then all of 18,000 + 1,800 shipped.
        ("RING1", 9_000, 19_000, "admitted"),
        ("WEAK", 0, 0, "outside policy"),
    ]
    by_firm = {row.firm: row.extra_el for row in admission.rows}
    assert by_firm["GOOD"] == pytest.approx(extra_el("GOOD", 30_000), rel=1e-12)
    assert by_firm["RING1"] == pytest.approx(extra_el("RING1", 10_000), rel=1e-12)
    assert admission.extra_el == pytest.approx(by_firm["GOOD"] + by_firm["RING1"], rel=1e-12)
    document = result.to_json()
    assert list(document).index("totals") < list(document).index("rows")
    assert document["totals"][0]["extra_el"] == admission.extra_el  # type: ignore[index]
    assert list(result.to_frame()["firm"]) == ["GOOD", "MALL", "RING1", "WEAK"]


def test_the_ceiling_stops_the_riskier_shop(ws: Path, tmp_path: Path) -> None:
    ceiling = extra_el("GOOD", 30_000) + 1
    result = services.admissions(Workspace(ws), policy=policy_file(tmp_path, ceiling), shops=SHOPS)
    (admission,) = result.admissions
    assert [row.firm for row in admission.admitted] == ["GOOD"]
    assert admission.extra_el <= ceiling < admission.asked_el


def test_a_lender_s_borrowers_are_examined_by_its_book(ws: Path, tmp_path: Path) -> None:
    result = services.admissions(Workspace(ws), "L1", policy=policy_file(tmp_path))
    assert [row.firm for row in result.admissions[0].rows] == ["RING2", "HANGS", "WEAK", "DEAD"]


def scenario_rows(sections: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["scenario"][0], row["code"]) for row in sections["scenarios"]]


def test_a_check_uses_the_stored_list_and_is_replayed_with_it(ws: Path, tmp_path: Path) -> None:
    path = policy_file(tmp_path, extra_el("GOOD", 30_000) + 2)
    before = memo(ws, "GOOD", "--policy", path)
    assert (scenario_rows(before), before["limit"]["amount"]) == ([("Double 11", "NO_LIST")], 70_000)
    # A preview changes nothing.
    services.admissions(Workspace(ws), policy=path, shops=SHOPS)
    assert scenario_rows(memo(ws, "GOOD", "--policy", path)) == [("Double 11", "NO_LIST")]
    stored = services.admissions(Workspace(ws), policy=path, shops=SHOPS, apply=True).stored
    assert stored is not None
    after = memo(ws, "GOOD", "--policy", path)
    assert (scenario_rows(after), after["limit"]["amount"]) == ([("Double 11", "ADMITTED")], 100_000)
    assert after["policy"]["hash"] == before["policy"]["hash"]
    refused = memo(ws, "RING1", "--policy", path)
    assert (scenario_rows(refused), refused["limit"]["amount"]) == ([("Double 11", "CEILING")], 9_000)
    # A lender has a list of its own.
    assert scenario_rows(memo(ws, "GOOD", "--policy", path, "--lender", "L1")) == [("Double 11", "NO_LIST")]
    document = run_json("check", "GOOD", "--amount", 90_000, "--days", 90, "--policy", path, "-w", ws)
    entry = document["record"]
    _, recorded, _ = run("audit", "show", entry, "--json", "-w", ws)
    name = stored.relative_to(ws).as_posix()
    assert name in recorded
    stored.unlink()
    code, out, _ = run("audit", "replay", entry, "-w", ws)
    assert (code, out.split(":")[0]) == (0, "identical")


def test_a_limit_rises_by_no_more_than_the_list_says(ws: Path, tmp_path: Path) -> None:
    path = policy_file(tmp_path, 498.0)
    stored = services.admissions(Workspace(ws), policy=path, shops=SHOPS, apply=True).stored
    assert stored is not None
    # As if what the limit rests on had been less when the list was made.
    listed = json.loads(stored.read_text())
    listed["admissions"][0]["rows"][0] |= {"limit": 80_000.0}
    stored.write_text(json.dumps(listed))
    limit = memo(ws, "GOOD", "--policy", path)["limit"]
    assert (limit["amount"], limit["binding"]) == (80_000, "ADMISSION")


def test_a_list_of_other_scores_does_not_count(ws: Path, tmp_path: Path) -> None:
    path = policy_file(tmp_path, 499.0)
    stored = services.admissions(Workspace(ws), policy=path, shops=SHOPS, apply=True).stored
    assert stored is not None
    text = stored.read_text()
    stored.write_text(text.replace('"scores": "', '"scores": "0'))
    assert scenario_rows(memo(ws, "GOOD", "--policy", path)) == [("Double 11", "OTHER_SCORES")]
    stored.write_text("[]")
    with pytest.raises(DataError, match="cannot be read"):
        services.check(Workspace(ws), "GOOD", amount=1e4, days=90, policy=path, record=False)


def test_a_policy_without_scenarios_gives_the_memo_that_it_gave(ws: Path) -> None:
    sections = memo(ws, "GOOD")
    assert "scenarios" not in sections
    assert not [query for query in sections["queries"] if query["name"] in ("shop/business", "shop/goods")]


def test_requests_that_cannot_be_answered(ws: Path, tmp_path: Path) -> None:
    workspace = Workspace(ws)
    plain = tmp_path / "plain.toml"
    plain.write_text(shipped_policy(), encoding="utf-8")
    path = policy_file(tmp_path)
    with pytest.raises(RequestError, match="has no admission"):
        services.admissions(workspace, "L1", policy=plain)
    with pytest.raises(RequestError, match="no admission of campaign '618'; expected double-11"):
        services.admissions(workspace, "L1", policy=path, campaign="618")
    with pytest.raises(RequestError, match="neither a lender nor shops"):
        services.admissions(workspace, policy=path)
    with pytest.raises(RequestError, match="no firm 'NOBODY'"):
        services.admissions(workspace, policy=path, shops=["NOBODY"])


def test_a_campaign_to_come_is_previewed_and_one_that_is_over_has_no_shops(ws: Path, tmp_path: Path) -> None:
    path = policy_file(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("2025-06-15", "2025-07-01"), encoding="utf-8")
    code, out, _ = run("admissions", "--shop", "GOOD", "--policy", path, "-w", ws)
    assert code == 0
    # The EL of the admission stands first.
    assert out.splitlines()[2].split()[:3] == ["admission", "extra", "EL"]
    assert "2025-07-01 to 2025-07-11, as on the first day" in out
    assert scenario_rows(memo(ws, "GOOD", "--policy", path)) == [("Double 11", "NOT_BEGUN")]
    over = text.replace("2025-06-15", "2025-05-01").replace("2025-07-11", "2025-06-29")
    path.write_text(over, encoding="utf-8")
    result = services.admissions(Workspace(ws), policy=path, shops=SHOPS)
    assert (result.expired, result.admissions[0].rows) == (("Double 11",), ())
    assert scenario_rows(memo(ws, "GOOD", "--policy", path)) == [("Double 11", "EXPIRED")]
