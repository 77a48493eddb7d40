"""The job `portfolio` on a book of ten loans: every figure by hand, the tail against enumeration and brute force."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from commands import run, run_json
from supplyrisk import services
from supplyrisk.graph import DataError, RequestError, Workspace, to_json
from supplyrisk.graph.credit import read_policy, shipped_policy
from supplyrisk.graph.schema import defaults
from ten_loans import BASE_PD, BORROWERS, EAD, FIRMS, LGD, LINKS, grade_of, open_ten, pd_of

LEVEL, REPLICAS = 0.99, 200_000


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_ten(tmp_path_factory.mktemp("ten"))


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy by which one chain may be a fifth of the book."""
    path = tmp_path_factory.mktemp("policy") / "policy.toml"
    text = shipped_policy()
    assert "chain = 0.25 " in text
    path.write_text(text.replace("chain = 0.25 ", "chain = 0.20 "))
    return path


@pytest.fixture(scope="module")
def book(ws: Path, strict: Path) -> dict[str, Any]:
    return run_json("portfolio", "L1", "-w", ws, "--policy", strict)


def test_the_expected_loss_by_hand(book: dict[str, Any]) -> None:
    by_firm = {row["firm"]: row for row in book["rows"]}
    assert {firm: row["ead"] for firm, row in by_firm.items()} == EAD
    for firm, row in by_firm.items():
        assert row["el"] == pytest.approx(pd_of(firm) * LGD[firm] * EAD[firm])
    # B0 catches from S1 alone: 1 - .99 x (1 - .4 x .05) = .0298, x .45 x 100,000.
    assert by_firm["B0"]["el"] == pytest.approx(0.0298 * 45_000)
    totals = book["totals"]
    assert (totals["lines"], totals["borrowers"], totals["ead"]) == (10, 10, 1_060_000)
    assert totals["defaulted"] == {"lines": 0, "borrowers": 0, "ead": 0, "el": 0}
    assert totals["performing"] == {
        "lines": 10,
        "borrowers": 10,
        "ead": 1_060_000,
        "el": pytest.approx(sum(pd_of(f) * LGD[f] * EAD[f] for f in BORROWERS)),
    }
    assert (book["schema"], book["horizon_days"]) == ("scgraph.portfolio/2", 180)
    assert {row["period_days"] for row in book["rows"]} == {180}
    # The headline is of the final PDs; the draws stand beside it, and the gap is named.
    assert book["gap"] == pytest.approx(book["tail"][0]["el"] - totals["performing"]["el"])
    assert [row["contagion"] for row in book["tail"]] == [True, False]


def test_contagion_and_stress_are_of_the_same_lines_and_exposure(
    ws: Path, book: dict[str, Any], tmp_path: Path
) -> None:
    """Ten lines, B3's by .75 of what is left of it; x4, of which nothing is drawn, is none, as in L2's own book."""
    (tmp_path / "s.toml").write_text('[[step]]\nfirms = "B3"\n')
    lent = {row["lender_id"]: row for row in run_json("contagion", "-w", ws)["lenders"]}
    stressed = run_json("stress", tmp_path / "s.toml", "-w", ws)
    hit = {row["lender_id"]: row for row in stressed["by_lender"]}
    books = {row["lender_id"]: row for row in stressed["books"]}
    other = run_json("portfolio", "L2", "-w", ws, "--replicas", 1000)["totals"]
    for lender, totals in (("L1", book["totals"]), ("L2", other)):
        assert lent[lender]["ead"] == hit[lender]["ead"] == pytest.approx(totals["ead"])
        assert hit[lender]["loans"] == totals["lines"]
        assert (books[lender]["lines"], books[lender]["horizon_days"]) == (totals["lines"], 180)
        assert books[lender]["ead"] == pytest.approx(totals["ead"])
        # The same figure, to the cent: the unstressed one is that of the portfolio.
        assert round(books[lender]["el"], 2) == round(totals["performing"]["el"], 2)
        assert lent[lender]["expected_defaulted"] == totals["defaulted"]["el"] == 0
    # B3 stops; B4 catches from it over w = .3, and from nobody else. B6 to B9 and B0 to B2 stay.
    rise = (1 - 0.97 * 0.7 - pd_of("B4")) * LGD["B4"] * EAD["B4"] + (1 - pd_of("B3")) * LGD["B3"] * EAD["B3"]
    assert books["L1"]["el_stressed"] - books["L1"]["el"] == pytest.approx(rise)
    assert books["L1"]["stopped"] == 1
    moved = {(m["before"], m["after"]): (m["lines"], m["ead"]) for m in books["L1"]["migrations"]}
    assert moved[1, 3] == (1, pytest.approx(EAD["B3"]))
    # .03 doubles and more; origination is unknown, so that the first stored score stands for it.
    assert moved[1, 2] == (1, EAD["B4"])
    assert moved[1, 1] == (8, pytest.approx(sum(EAD.values()) - EAD["B3"] - EAD["B4"]))
    assert hit["L1"]["to_tipping"] == pytest.approx(EAD["B3"])
    assert lent["L1"]["expected_direct"] == pytest.approx(
        sum(BASE_PD[f] * LGD[f] * EAD[f] for f in BORROWERS)
    )


def test_collateral_lowers_the_loss_of_a_line_in_all_commands(tmp_path: Path) -> None:
    """B2's line of 150,000 has an LGD of the lender's own, B0's of 100,000 the policy's and 50,000 of S1's cash."""
    ws = open_ten(tmp_path, collateral="k0,S1,cash,50000,c0\nk2,B2,cash,50000,c2\n")
    (tmp_path / "s.toml").write_text('[[step]]\nfirms = "B0"\n')
    portfolio = run_json("portfolio", "L1", "-w", ws, "--replicas", 1000)
    by_firm = {row["firm"]: row for row in portfolio["rows"]}
    # 50,000 of cash have an LGD of 0, as the policy says; the other half the 45 % of unsecured loans.
    assert by_firm["B0"]["lgd"] == pytest.approx(0.225)
    assert by_firm["B2"]["lgd"] == LGD["B2"]
    [book] = [b for b in run_json("stress", tmp_path / "s.toml", "-w", ws)["books"] if b["lender_id"] == "L1"]
    assert round(book["el"], 2) == round(portfolio["totals"]["performing"]["el"], 2)
    allowances = [row["allowance"] for row in portfolio["stages"] if row["stage"] in (1, 2)]
    assert round(book["allowance"], 2) == round(sum(allowances), 2)
    [memo] = run_json("check", "B0", "--amount", 1000, "--days", 90, "-w", ws, "--no-record")["rows"]
    [line] = memo["existing_lines"]
    assert line["allowance"] == pytest.approx(by_firm["B0"]["allowance"])
    # If S1 fails, B0's PD rises from .0298 to 1 - .99 x .6 = .406.
    arguments = ("--amount", 1000, "--days", 90, "-w", ws, "--no-record")
    [memo] = run_json("check", "S1", *arguments, "--lender", "L1")["rows"]
    assert memo["book"]["borrowers"][0] == {"firm": "B0", "added_el": pytest.approx(0.3762 * 22_500)}


def test_the_default_terms_are_those_of_the_shipped_policy() -> None:
    loss = read_policy().loss
    assert (loss.lgd, loss.ccf["credit"]) == (defaults.LGD, defaults.CCF)


def test_the_document_is_that_of_the_command(ws: Path) -> None:
    result = services.portfolio(Workspace(ws), "L1", level=0.95, replicas=1000, seed=3)
    printed = run_json("portfolio", "L1", "-w", ws, "--level", 0.95, "--replicas", 1000, "--seed", 3)
    document = json.loads(to_json(result.to_json()))
    assert document == printed
    assert list(document) == list(printed)
    frame = result.to_frame()
    assert list(frame["loan"]) == [row["loan"] for row in printed["rows"]]
    assert frame["el"].sum() == pytest.approx(printed["totals"]["performing"]["el"])
    assert {breach.code for breach in result.breaches_of(["CHAIN"])} == {"CHAIN"}
    assert result.breaches_of(["any"]) == result.breaches
    assert result.breaches_of([]) == []


def test_bad_requests_are_refused(ws: Path) -> None:
    workspace = Workspace(ws)
    with pytest.raises(RequestError, match="level is 1"):
        services.portfolio(workspace, "L1", level=1.0)
    with pytest.raises(RequestError, match="replicas is 10"):
        services.portfolio(workspace, "L1", replicas=10)
    with pytest.raises(DataError, match="lender L9 has no lines"):
        services.portfolio(workspace, "L9")


def test_grades_by_hand(book: dict[str, Any]) -> None:
    expected: dict[str, float] = {}
    for firm in BORROWERS:
        expected[grade_of(firm)] = expected.get(grade_of(firm), 0.0) + EAD[firm]
    assert {row["grade"]: row["ead"] for row in book["grades"]} == expected
    assert [row["grade"] for row in book["grades"]] == sorted(expected)
    assert sum(row["share"] for row in book["grades"]) == pytest.approx(1.0)


def test_concentrations_by_hand(book: dict[str, Any]) -> None:
    by_name = {row["by"]: row for row in book["concentration"]}
    squares = sum(amount**2 for amount in EAD.values())
    expected = {
        "firm": ("EAD", squares / 1_060_000**2, "B5"),
        "industry": ("EAD", (460**2 + 600**2) / 1060**2, "makers"),
        "region": ("EAD", (300**2 + 760**2) / 1060**2, "South"),
        "product": ("EAD", (780**2 + 80**2 + 200**2) / 1060**2, "order"),
        # S1: .6 of B0's 100 and B1's 50; S2: .4 of B0's and B2's 150; SOLO: B8's 140.
        "supplier": ("drawn", (110**2 + 190**2 + 140**2) / 440**2, "S2"),
        # HAUL carries all for B0, and half for B1.
        "carrier": ("drawn", (125**2 + 25**2) / 150**2, "HAUL"),
    }
    assert list(by_name) == list(expected)
    for name, (of, hhi, largest) in expected.items():
        assert (by_name[name]["of"], by_name[name]["largest"]) == (of, largest)
        assert by_name[name]["hhi"] == pytest.approx(hhi), name
    assert by_name["supplier"]["share"] == pytest.approx(190 / 440)


def test_limits_by_hand(book: dict[str, Any]) -> None:
    assert [(b["code"], b["side"], b["firm"], round(b["share"], 9)) for b in book["breaches"]] == [
        ("SINGLE_NAME", None, "B2", 0.15),
        ("SINGLE_NAME", None, "B5", 0.2),
        ("SINGLE_NAME", None, "B8", 0.14),  # B0, B6 and B9 are at .1, no more than the limit
        ("CHAIN", "supplier", "S2", 0.25),
        # Behind B0 (.6 x 1 + .4 x .5 = .8 of 100), B1 (50) and B2 (.5 of 150): no borrower buys from it.
        ("CHAIN", "hidden supplier", "DEEP", 0.205),
        ("CHAIN", "customer", "ANCHOR", 0.3),
    ]


def test_no_chain_is_over_the_shipped_limit_but_that_of_the_anchor(ws: Path) -> None:
    args = ("portfolio", "L1", "-w", ws, "--replicas", 1000)
    chains = [b["firm"] for b in run_json(*args)["breaches"] if b["code"] == "CHAIN"]
    assert chains == ["ANCHOR"]
    code, out, err = run(*args, "--fail-on", "CHAIN")
    assert code == 5
    assert "limits breached: CHAIN customer ANCHOR, 30.0% of drawn amounts (limit 25.0%)" in err
    assert "limit breached: CHAIN customer ANCHOR, 30.0% of drawn amounts (limit 25.0%)" in out


def test_a_trade_that_two_lenders_finance_is_seen_by_both(ws: Path, book: dict[str, Any]) -> None:
    twice = {row["trade"]: row for row in book["answers"]["lending/double-financing"]}
    assert list(twice) == ["T2", "T1"]
    assert (twice["T1"]["loans"], twice["T1"]["lenders"]) == (["c0", "x1"], ["L1", "L2"])
    assert (twice["T1"]["firms"], twice["T1"]["drawn"]) == (["B0", "B1"], 130_000)
    assert (twice["T2"]["loans"], twice["T2"]["lenders"]) == (["c8", "c9"], ["L1"])
    other = run_json("portfolio", "L2", "-w", ws, "--replicas", 1000)["answers"]["lending/double-financing"]
    assert [row["trade"] for row in other] == ["T1", "T3"]
    _, out, _ = run("portfolio", "L1", "-w", ws, "--replicas", 1000)
    assert "T1 c0, x1 L1, L2 B0, B1 130,000" in " ".join(out.split())


def test_suppliers_behind_the_borrowers(book: dict[str, Any]) -> None:
    behind = {row["supplier"]: row for row in book["answers"]["lending/suppliers-behind"]}
    tiers = {name: tuple(row[f"tier{n}"] for n in (1, 2, 3)) for name, row in behind.items()}
    assert tiers == {"S1": (2, 0, 0), "S2": (2, 0, 0), "DEEP": (0, 3, 0), "MINE": (0, 2, 0)}
    assert behind["MINE"]["chain"] == pytest.approx(0.2 * 100_000 + 0.5 * 150_000)
    hidden = [row["supplier"] for row in book["answers"]["concentration/hidden-common-supplier-of-lender"]]
    assert hidden == ["DEEP", "MINE"]


def test_whose_failure_costs_most(book: dict[str, Any]) -> None:
    by_firm = {row["firm"]: row for row in book["costliest"]}
    # S1 owes nothing; B0 and B1 catch from it.
    added = sum((pd_of(b, "S1") - pd_of(b)) * LGD[b] * EAD[b] for b in ("B0", "B1"))
    assert (by_firm["S1"]["own_loss"], by_firm["S1"]["added_el"]) == (0.0, pytest.approx(added))
    assert by_firm["B5"]["own_loss"] == pytest.approx((1 - pd_of("B5")) * 0.45 * 200_000)
    assert by_firm["B5"]["added_el"] == pytest.approx((pd_of("B6", "B5") - pd_of("B6")) * 0.5 * 100_000)
    order = [row["total"] for row in book["costliest"]]
    assert order == sorted(order, reverse=True)
    assert book["costliest"][0]["firm"] in {"B2", "B5", "B9"}  # each costs some 90,000 alone


# The tail


def brute(links: dict[tuple[str, str], float], seed: int) -> NDArray[np.float64]:
    """Losses of the book: firms fail by their base PD, each link of a failed firm passes it on with probability w."""
    rng = np.random.default_rng(seed)
    down = {firm: rng.random(REPLICAS) < BASE_PD[firm] for firm in FIRMS}
    passes = {link: rng.random(REPLICAS) < w for link, w in links.items()}
    for _ in FIRMS:  # no way is longer
        for (source, target), open_ in passes.items():
            down[target] = down[target] | (down[source] & open_)
    return sum((LGD[b] * EAD[b] * down[b] for b in BORROWERS), np.zeros(REPLICAS))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("contagion", [True, False])
def test_the_tail_is_that_of_a_brute_force_simulation(ws: Path, contagion: bool, seed: int) -> None:
    losses = brute(LINKS if contagion else {}, 100 + seed)
    var = np.sort(losses)[int(np.ceil(LEVEL * REPLICAS)) - 1]
    beyond = np.maximum(losses - var, 0) / (1 - LEVEL)
    tail = run_json("portfolio", "L1", "-w", ws, "--seed", seed)["tail"][0 if contagion else 1]
    error = np.hypot(tail["el_error"], losses.std() / np.sqrt(REPLICAS))
    assert abs(tail["el"] - losses.mean()) <= 3 * error
    error = np.hypot(tail["es_error"], beyond.std() / np.sqrt(REPLICAS))
    assert abs(tail["es"] - var - beyond.mean()) <= 3 * error
    assert tail["var_low"] <= var <= tail["var_high"]


def test_without_contagion_it_is_that_of_all_1024_outcomes(book: dict[str, Any]) -> None:
    outcomes = []
    for failed in product([False, True], repeat=10):
        chance, loss = 1.0, 0.0
        for firm, down in zip(BORROWERS, failed, strict=True):
            chance *= BASE_PD[firm] if down else 1 - BASE_PD[firm]
            loss += LGD[firm] * EAD[firm] if down else 0.0
        outcomes.append((loss, chance))
    assert len(outcomes) == 1024
    expected = sum(loss * chance for loss, chance in outcomes)
    ordered = sorted(outcomes)
    reached = np.cumsum([chance for _, chance in ordered])
    var = next(loss for (loss, _), up_to in zip(ordered, reached, strict=True) if up_to >= LEVEL)
    shortfall = var + sum(max(0.0, loss - var) * chance for loss, chance in outcomes) / (1 - LEVEL)
    without = book["tail"][1]
    assert abs(without["el"] - expected) <= 3 * without["el_error"]
    assert abs(without["es"] - shortfall) <= 3 * without["es_error"]
    assert without["var_low"] <= var <= without["var_high"]


def test_contagion_makes_the_tail_worse_by_what_is_said(book: dict[str, Any]) -> None:
    with_it, without = book["tail"]
    assert with_it["el"] - without["el"] == pytest.approx(book["added_el"])
    assert book["added_el"] > 3 * book["added_error"] > 0
    assert with_it["es"] > without["es"]
