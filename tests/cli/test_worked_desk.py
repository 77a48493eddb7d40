"""The desk that docs/worked-desk.md works by hand: the product gives the figures of the page, to the last digit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commands import run_json
from desk import memo
from supplyrisk.graph.credit import (
    AssetClass,
    downturn_lgd,
    irb_capital,
    read_policy,
    shipped_policy,
)
from worked_desk import figure, open_worked_desk, page_tables

TABLES = page_tables()
POLICY = read_policy()
INSURED = shipped_policy().replace("insurers = {}", "insurers = { PICC = 0.0005 }")


def by(table: str, key: str) -> dict[str, dict[str, str]]:
    """The rows of a table of the page by a column."""
    return {row[key]: row for row in TABLES[table]}


def written(value: float | None, like: str) -> str:
    """A figure as the page writes it, with as many decimals as a cell has."""
    if value is None:
        return ""
    decimals = len(like.removesuffix(" %").partition(".")[2])
    if like.endswith("%"):
        return f"{100 * value:.{decimals}f} %"
    return f"{value:,.{decimals}f}"


def assert_row(row: dict[str, str], computed: dict[str, float | None]) -> None:
    """The computed figures, in the form of the page, are those of a row of the page."""
    assert {name: written(value, row[name]) for name, value in computed.items()} == {
        name: row[name] for name in computed
    }


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_worked_desk(tmp_path_factory.mktemp("worked"), TABLES)


@pytest.fixture(scope="module")
def memos(ws: Path) -> dict[str, dict[str, Any]]:
    """The memo of each request of the page."""
    return {row["firm"]: _memo(ws, row) for row in TABLES["Requests"]}


def _memo(ws: Path, row: dict[str, str]) -> dict[str, Any]:
    is_corporate = row["firm"] == "LARCH"
    policy = ws / "corporate.toml" if is_corporate else ws / "retail.toml"
    policy.write_text(
        INSURED.replace('segment = "retail"', 'segment = "corporate"') if is_corporate else INSURED
    )
    options = ["--rate", "0.08", "--policy", str(policy), "--product", row["product"]]
    options += ["--collateral", row["secured by"]] if row["secured by"] else []
    options += ["--repays", row["repays"]] if row["repays"] else []
    return memo(ws, row["firm"], *options, amount=figure(row["amount"]), days=int(row["days"]))


@pytest.fixture(scope="module")
def book(ws: Path) -> dict[str, Any]:
    return dict(run_json("portfolio", "L1", "-w", ws, "--replicas", "1000"))


def test_the_page_is_about_twelve_firms() -> None:
    assert len(TABLES["Firms"]) == len(TABLES["Requests"]) == len(TABLES["Exposure"]) == 12
    # C05 is repaid.
    assert len(TABLES["Lines"]) - 1 == len(TABLES["Classification"]) == len(TABLES["Losses"]) == 10
    # GINKGO is in default.
    assert len(TABLES["Economics"]) == 11


@pytest.mark.parametrize("firm", by("Exposure", "firm"))
def test_total_exposure(memos: dict[str, dict[str, Any]], firm: str) -> None:
    row = by("Exposure", "firm")[firm]
    exposure = memos[firm]["exposure"]
    existing = sum(exposure[part] for part in ("lines", "guarantees", "group", "other_debt"))
    computed = {
        "lines": exposure["lines"],
        "guarantees": exposure["guarantees"],
        "group": exposure["group"],
        "repaid": exposure["repaid"],
        "existing": existing,
        "after the loan": existing + memos[firm]["request"]["amount"],
    }
    assert_row(row, computed)


@pytest.mark.parametrize("line", by("Classification", "line"))
def test_stage_category_and_lifetime_pd(book: dict[str, Any], line: str) -> None:
    row = by("Classification", "line")[line]
    (loan,) = (loan for loan in book["rows"] if loan["loan"] == line)
    stated = (loan["life_days"], loan["stage"], loan["stage_rule"], loan["category"])
    assert stated == (int(row["days"]), int(row["stage"]), row["rule"], row["category"])
    assert_row(row, {"lifetime PD": loan["pd_life"], "at origination": loan["pd_life_origination"]})
    assert loan["origination_known"]


@pytest.mark.parametrize("line", by("Losses", "line"))
def test_expected_loss_of_a_line(book: dict[str, Any], line: str) -> None:
    row = by("Losses", "line")[line]
    (loan,) = (loan for loan in book["rows"] if loan["loan"] == line)
    assert_row(row, {"PD": loan["pd"], "LGD": loan["lgd"], "EAD": loan["ead"], "EL": loan["el"]})
    assert loan["defaulted"] == (row["book"] == "defaulted")


@pytest.mark.parametrize("name", by("Books", "book"))
def test_expected_loss_of_both_books(book: dict[str, Any], name: str) -> None:
    totals = book["totals"][name]
    assert_row(by("Books", "book")[name], {"EAD": totals["ead"], "EL": totals["el"]})


@pytest.mark.parametrize("pd", by("Retail functions", "PD"))
def test_capital_of_other_retail(pd: str) -> None:
    capital = irb_capital(figure(pd), downturn_lgd(POLICY.loss.lgd, POLICY.economics), AssetClass.RETAIL)
    assert_row(by("Retail functions", "PD")[pd], {"R": capital.correlation, "K": capital.k})


def test_capital_of_the_lines(book: dict[str, Any]) -> None:
    lines = {loan["loan"]: loan for loan in book["rows"]}
    *rows, total = TABLES["Capital of lines"]
    assert {row["line"] for row in rows} == set(lines)
    for row in rows:
        loan = lines[row["line"]]
        assert_row(row, {"EAD": loan["ead"], "capital": loan["capital"]})
        if loan["ead"]:
            assert_row(row, {"K": loan["capital"] / loan["ead"]})
        # No line states its rate.
        assert loan["raroc"] is None
    assert_row(total, {"EAD": book["totals"]["ead"], "capital": book["totals"]["capital"]})


@pytest.mark.parametrize("firm", by("Economics", "firm"))
def test_capital_and_return(memos: dict[str, dict[str, Any]], firm: str) -> None:
    row = by("Economics", "firm")[firm]
    found = memos[firm]["economics"]
    computed = {
        "EAD": found["ead"],
        "LGD": found["lgd"],
        "annual EL": found["el"],
        "K": found["k"],
        "RWA": found["rwa"],
        "capital": found["capital"],
        "RAROC": found["raroc"],
        "hurdle rate": found["hurdle_rate"],
    }
    assert_row(row, computed)


def test_who_protects_and_who_does_not(memos: dict[str, dict[str, Any]]) -> None:
    protections = {
        (firm, part["provider"]): part["refused"]
        for firm, sections in memos.items()
        if sections["economics"]
        for part in sections["economics"]["protections"]
    }
    assert protections == {
        ("BIRCH", "PICC"): None,
        ("ELM", "CEDAR"): None,
        ("JUNIPER", "ALDER"): None,
        ("IVY", "JUNIPER"): "GROUP",
    }
    assert memos["GINKGO"]["economics"] is None


def test_a_return_below_the_hurdle_is_referred(memos: dict[str, dict[str, Any]]) -> None:
    low = {
        firm: finding["change"]
        for firm, sections in memos.items()
        for finding in sections["conclusion"]["findings"]
        if finding["code"] == "HURDLE"
    }
    assert low == {"IVY": "an interest rate of at least 8.13%"}
