"""Absence is not safety: firms of which too little is known, from load to score to check."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from supplyrisk.graph import Workspace

AS_OF = date(2025, 6, 30)
WEEKS = [AS_OF - timedelta(days=7 * week) for week in range(60)]
PLACEHOLDER = "NEW"
SHOPS = tuple(f"S{number:02}" for number in range(16))
BLANK = ("grade", "points")


def write_chain(folder: Path) -> Path:
    """Sixteen shops with activity, trades, statements and a loan, and a placeholder that sells to one of them alone."""
    folder.mkdir()
    firms = [f"{shop},merchant|buyer,2020-01-01" for shop in SHOPS] + [f"{PLACEHOLDER},,2025-01-01"]
    (folder / "firms.csv").write_text("firm_id,roles,joined_on\n" + "\n".join(firms))
    trades = [f"{SHOPS[n - 1]},{shop},{day},{100 + n}" for n, shop in enumerate(SHOPS) for day in WEEKS]
    trades += [f"{PLACEHOLDER},{SHOPS[0]},{day},5000" for day in WEEKS[:20]]
    (folder / "supplies.csv").write_text("supplier_id,customer_id,on,amount\n" + "\n".join(trades))
    rows = [f"{shop},{day},{1000 + 10 * n},{200 * n}" for n, shop in enumerate(SHOPS) for day in WEEKS]
    (folder / "activity.csv").write_text("firm_id,on,sales,cash\n" + "\n".join(rows))
    rows = [f"{shop},2024-12-31,2025-03-01,5e4,{40 + n}e3,3e4,2e4,1e4" for n, shop in enumerate(SHOPS)]
    names = "firm_id,on,published_on,revenue,costs,equity,liquid_assets,short_term_debt\n"
    (folder / "financials.csv").write_text(names + "\n".join(rows))
    rows = [f"L{shop},BANK,{shop},{AS_OF},credit,9000,100" for shop in SHOPS]
    (folder / "loans.csv").write_text("loan_id,lender_id,firm_id,on,product,limit,drawn\n" + "\n".join(rows))
    return folder


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the chain, an expert model, and its scores."""
    place = tmp_path_factory.mktemp("chain")
    ws = place / "ws"
    assert run("load", write_chain(place / "data"), "-w", ws)[0] == 0
    run_json("train", "--expert", "--base-rate", 0.02, "-w", ws)
    run_json("score", "-w", ws, "-o", place / "scores.parquet")
    return ws


def by_firm(file: Path) -> dict[str, dict[str, Any]]:
    return {row["firm_id"]: row for row in pq.read_table(file).to_pylist()}


def test_a_placeholder_with_one_customer_has_no_grade_and_its_pd_is_marked_in_files(chain: Path) -> None:
    rows = by_firm(chain.parent / "scores.parquet")
    row = rows[PLACEHOLDER]
    assert row["state"] == "insufficient"
    assert [row[name] for name in BLANK] == [None, None]
    # it has the weight of trades in the list of firms without a role, .1, and no activity, statement or loan
    assert (row["coverage_data"], row["trades_ago"], row["activity_ago"]) == (0.1, 0, None)
    assert row["coverage"] == min(row["coverage_model"], row["coverage_data"])
    assert 0 < row["pd"] < 1
    assert {rows[shop]["state"] for shop in SHOPS} == {"scored"}
    assert all(rows[shop]["grade"] and rows[shop]["coverage"] >= 0.4 for shop in SHOPS)
    # after the graded firms, whatever its PD, so that it is not listed among the safest
    assert list(rows)[-1] == PLACEHOLDER


def test_the_terminal_shows_no_pd_of_it(chain: Path) -> None:
    code, out, _ = run("score", "-w", chain, "--plain", "--top", 20)
    assert code == 0
    line = next(line for line in out.splitlines() if line.startswith(PLACEHOLDER))
    assert line.split()[1:] == ["-"] * 9 + ["insufficient", "data,", "coverage", "10%"]
    assert any(line.startswith(PLACEHOLDER) and line.endswith("insufficient") for line in out.splitlines())
    code, out, _ = run("explain", PLACEHOLDER, "-w", chain)
    assert code == 0
    assert (
        "insufficient data" in out and "grade" not in out.replace("neither grade", "") and "PD 1" not in out
    )
    assert "10% of what a decision needs" in out


def test_the_graph_has_no_pd_of_it(chain: Path) -> None:
    statement = chain.parent / "unscored.cypher"
    statement.write_text(
        "MATCH (f:Firm) WHERE f.risk_pd IS NULL RETURN f.firm_id AS firm, f.risk_state AS state"
    )
    assert run_json("query", "run", statement, "-w", chain)["rows"] == [
        {"firm": PLACEHOLDER, "state": "insufficient"}
    ]
    found = run_json("query", "run", "thin-evidence", "-w", chain)["rows"]
    assert [(row["firm"], row["coverage"], row["pd"]) for row in found] == [(PLACEHOLDER, 0.1, None)]


def test_the_desk_has_no_limit_and_no_pd_of_it(chain: Path) -> None:
    args = ("check", PLACEHOLDER, "--amount", 20_000, "--days", 90, "-w", chain, "--no-record")
    (memo,) = run_json(*args)["rows"]
    assert memo["conclusion"]["word"] == "insufficient evidence"
    assert [finding["code"] for finding in memo["conclusion"]["findings"]] == ["THIN"]
    assert (memo["limit"]["amount"], memo["limit"]["binding"]) == (0.0, "COVERAGE")
    assert memo["shop"]["coverage"] == 0.1
    for name in ("pd", "pd_term", "grade", "points", "pd_low", "pd_term_high_90"):
        assert memo["risk"][name] is None, name
    assert (memo["loss"]["el"], memo["loss"]["stresses"], memo["loss"]["network_pd"]) == (None, [], None)
    assert (
        run_json(*args[:1], SHOPS[3], *args[2:])["rows"][0]["conclusion"]["word"] != "insufficient evidence"
    )


def test_a_policy_measures_by_its_own_list_of_sources(chain: Path, tmp_path: Path) -> None:
    code, shipped, _ = run("check", "--show-policy")
    assert code == 0
    policy = tmp_path / "policy.toml"
    # Of shops, payments alone: these data do not state them.
    head, tail = shipped.split("[coverage.merchant]", 1)
    after = tail.split("\n[", 1)[1]
    policy.write_text(f"{head}[coverage.merchant]\npayments = 1.0\n\n[{after}")
    args = (
        "check",
        SHOPS[3],
        "--amount",
        9_000,
        "--days",
        90,
        "-w",
        chain,
        "--no-record",
        "--policy",
        policy,
    )
    (memo,) = run_json(*args)["rows"]
    assert (memo["shop"]["coverage"], memo["conclusion"]["word"]) == (0.0, "insufficient evidence")


def test_a_folder_with_names_and_regions_is_insufficient_throughout(chain: Path, tmp_path: Path) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    rows = "".join(f"F{n},Firm {n},North,2024-0{1 + n % 9}-01\n" for n in range(20))
    (folder / "firms.csv").write_text("firm_id,name,region,joined_on\n" + rows)
    ws = tmp_path / "ws"
    assert run("load", folder, "-w", ws)[0] == 0
    model = chain / "models" / "default"
    found = run_json("score", "-w", ws, "--model", model, "-o", tmp_path / "scores.parquet")
    rows_of = by_firm(tmp_path / "scores.parquet")
    assert {(row["state"], row["coverage"], row["grade"]) for row in rows_of.values()} == {
        ("insufficient", 0.0, None)
    }
    assert found["degraded"]
    args = ("check", "F1", "--amount", 20_000, "--days", 90, "-w", ws, "--no-record", "--other-debt", 0)
    (memo,) = run_json(*args)["rows"]
    assert (memo["conclusion"]["word"], memo["limit"]["amount"]) == ("insufficient evidence", 0.0)


def test_a_letter_to_a_placeholder_says_what_is_missing_and_states_no_score(chain: Path) -> None:
    code, out, err = run("letter", PLACEHOLDER, "-w", chain)
    assert code == 0, err
    assert out.startswith("Information that is missing for a score\n")
    assert "- sales records\n" in out and "- financial statements\n" in out
    # What a customer recorded is there, and names nobody.
    assert "- records of purchases and deliveries: 2025-06-30\n" in out
    assert "points" not in out and not any(shop in out for shop in SHOPS)


def test_a_letter_to_a_placeholder_is_about_its_check(chain: Path) -> None:
    args = ("check", PLACEHOLDER, "--amount", 5000, "--days", 90, "--other-debt", 0)
    code, _, err = run(*args, "-w", chain)
    assert code == 0, err
    (entry,) = (entry.number for entry in Workspace(chain).audit_log().entries())
    for chosen in ((), ("--entry", entry)):
        (row,) = run_json("letter", PLACEHOLDER, *chosen, "-w", chain)["rows"]
        assert (row["kind"], row["decision"]["entry"], row["points"]) == ("insufficient", entry, None)
        assert row["missing"]
