"""`scgraph admissions`: table, document and file, and what a wrong command line says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import run, run_json
from desk import open_desk
from scenarios import DOUBLE_11
from supplyrisk.graph.credit import shipped_policy


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(shipped_policy() + DOUBLE_11, encoding="utf-8")
    return path


def test_the_table_shows_the_extra_el_before_the_shops(ws: Path, policy: Path, tmp_path: Path) -> None:
    args = ("admissions", "--shop", "GOOD", "--policy", policy, "-w", ws)
    code, out, err = run(*args)
    assert code == 0
    assert out.index("extra EL without ceiling") < out.index("GOOD Good Shop")
    assert "a preview: --apply stores the list for checks" in err
    document = run_json(*args)
    assert document["schema"] == "scgraph.admissions/1"
    assert document["totals"][0]["ceiling"] == 500
    assert document["rows"][0]["state"] == "admitted"
    _, _, err = run(*args, "--apply", "-o", tmp_path / "list.json")
    assert "stored: checks of this policy, lender and day use this list" in err
    assert json.loads((tmp_path / "list.json").read_text())["rows"] == document["rows"]


def test_a_wrong_command_line(ws: Path, policy: Path) -> None:
    code, _, err = run("admissions", "L1", "-w", ws)
    assert (code, "expected --policy FILE" in err) == (2, True)
    code, _, err = run("admissions", "--policy", policy, "-w", ws)
    assert (code, "neither a lender nor shops" in err) == (2, True)


def test_the_memo_names_the_scenario_in_both_languages(ws: Path, policy: Path) -> None:
    args = ("check", "GOOD", "--amount", 1000, "--days", 91, "--policy", policy, "-w", ws, "--no-record")
    assert "Scenarios of the policy" in run(*args)[1]
    out = run(*args, "--lang", "zh")[1]
    assert "授信政策情景" in out
    assert "双十一" in out
    assert "仅适用于期限不超过 90 天的贷款，未适用" in out
