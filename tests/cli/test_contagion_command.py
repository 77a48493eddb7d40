"""`scgraph contagion` on four firms whose losses were computed by hand, and the mistakes that users make."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from commands import run, run_json, without_stages
from four_firms import load_four_firms
from networks import linked_network
from supplyrisk.graph import DataError
from supplyrisk.graph.contagion import Essentiality, esri_all, weights_of


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sells 1 to C, B sells 3 to C, C sells 4 to D; the fifth firm does not trade."""
    place = tmp_path_factory.mktemp("contagion")
    load_four_firms(place)
    return place


def test_without_pds_there_is_esri_but_no_exposure(ws: Path) -> None:
    document = run_json("contagion", "-w", ws / "ws")
    assert document["schema"] == "scgraph.contagion/1"
    assert (document["as_of"], document["firms"], document["links"]) == ("2025-06-30", 5, 3)
    assert (document["essentiality"], document["eps"]) == ("all inputs non-essential", 0.01)
    assert document["base_pd_from"] is None
    esri = {row["firm_id"]: row["esri"] for row in document["rows"]}
    assert list(esri) == ["C", "D", "B", "A", "007"]
    assert esri == pytest.approx({"C": 1.0, "D": 1.0, "B": 0.75, "A": 0.25, "007": 0.0})
    assert {row["exposure"] for row in document["rows"]} == {None}
    _, table, err = run("contagion", "-w", ws / "ws", "--top", 1)
    assert len(table.splitlines()) == 2
    assert "no exposures: there are no base PDs" in err
    assert "all inputs non-essential" in err
    assert "not converged" not in err  # all is lost that can be


def test_a_note_says_what_it_means_that_a_result_is_not_converged(tmp_path: Path) -> None:
    """Nine tenths of the trade of A and B stay in their ring: the losses never end, but each round adds less."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "firms.csv").write_text("firm_id,industry\nA,x\nB,y\nC,z\nD,w\n")
    (tmp_path / "data" / "supplies.csv").write_text(
        "supplier_id,customer_id,on,amount\nA,B,2025-06-01,9\nA,C,2025-06-01,1\nB,A,2025-06-01,9\nD,A,2025-06-30,1\n"
    )
    assert run("load", tmp_path / "data", "-w", tmp_path / "ws", "--no-graph")[0] == 0
    err = run("contagion", "-w", tmp_path / "ws")[2]
    assert "not converged" in err
    assert "for amounts use --converged" in err
    assert "not converged" not in run("contagion", "-w", tmp_path / "ws", "--converged")[2]


def test_exposures_with_pds(ws: Path, tmp_path: Path) -> None:
    args = ("contagion", "-w", ws / "ws", "--pd", ws / "pd.csv", "--by", "exposure")
    rows = run_json(*args)["rows"]
    by = {row["firm_id"]: row for row in rows}
    assert [row["firm_id"] for row in rows][:2] == ["A", "B"]
    assert by["D"]["exposure"] == pytest.approx(0.3 + 0.2 * 0.75 + 0.1 * 0.25)
    assert [s["firm_id"] for s in by["D"]["sources"]] == ["C", "B", "A"]
    assert by["D"]["sources"][0]["share"] == pytest.approx(0.3 / 0.475)
    assert (by["A"]["by_demand"], by["A"]["by_supply"]) == (pytest.approx(0.7), 0.0)
    assert (by["007"]["exposure"], by["007"]["sources"]) == (0.0, [])
    for ending in ("csv", "parquet", "json"):
        assert run(*args, "-o", tmp_path / f"c.{ending}")[0] == 0
    assert pq.read_table(tmp_path / "c.parquet").to_pylist() == rows
    assert json.loads((tmp_path / "c.json").read_text())["rows"] == rows
    with (tmp_path / "c.csv").open(newline="", encoding="utf-8-sig") as lines:
        assert [row["firm_id"] for row in csv.DictReader(lines)] == [row["firm_id"] for row in rows]


def test_essential_inputs_come_from_a_table(ws: Path, tmp_path: Path) -> None:
    table = tmp_path / "roles.csv"
    table.write_text("supplier_sector,customer_sector,role\n*,*,non-essential\nore,steel,essential\n")
    document = run_json("contagion", "-w", ws / "ws", "--essentiality", table)
    esri = {row["firm_id"]: row["esri"] for row in document["rows"]}
    assert document["essentiality"] == "roles.csv"
    # Without A's ore C stops: its 4 of 8 in sales and A's own 1. The channels are apart: B loses no demand by it.
    assert esri == pytest.approx({"A": 0.625, "B": 0.75, "C": 1.0, "D": 1.0, "007": 0.0})


def test_the_order_of_sectors_does_not_matter() -> None:
    """Roles are found by name: the same network under names that sort the other way."""
    links = [("A", "C", 1.0), ("B", "C", 3.0), ("C", "D", 4.0)]
    results = []
    for ore, coal in (("a", "z"), ("z", "a")):
        network = linked_network(links, {"A": ore, "B": coal, "C": "m", "D": "m"})
        roles = {("*", "*"): 1, (ore, "m"): 2}
        results.append(esri_all(weights_of(network, Essentiality(roles, "t")))[0].esri)
    assert np.array_equal(*results)


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({("ore", "steel"): 2}, "unknown sectors coal, trade"),
        (
            {("ore", "*"): 2, ("steel", "ore"): 1, ("coal", "ore"): 1, ("trade", "coal"): 1},
            "no role for coal to coal",
        ),
        ({("*", "*"): 3}, "a role 3"),
    ],
)
def test_an_essentiality_that_lacks_sectors_lists_them(
    roles: dict[tuple[str, str], int], message: str
) -> None:
    network = linked_network([], {"A": "ore", "B": "coal", "C": "steel", "D": "trade"})
    with pytest.raises(DataError, match=message):
        weights_of(network, Essentiality(roles, "t"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("firm_id,pd\nA,0.1\nB,0.2\n", "has no PD for 3 firms: 007, C, D"),
        ("firm_id,pd\nA,0.1\nA,0.2\n", "1 firms more than once"),
        ("firm_id,pd\nA,1.5\nB,0\nC,0\nD,0\n007,0\n", "the PD of A is outside 0 to 1"),
        ("firm_id,risk\nA,0.1\n", "has columns firm_id, risk; expected firm_id and base_pd or pd"),
        ("firm_id,pd\nA,much\n", "not a number"),
    ],
)
def test_faulty_pds_are_one_line(ws: Path, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "pd.csv").write_text(text)
    code, out, err = run("contagion", "-w", ws / "ws", "--pd", tmp_path / "pd.csv")
    assert (code, out) == (3, "")
    assert message in err
    assert without_stages(err).count("\n") == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--eps", "0"), "--eps is 0"),
        (("--pd", "pd.txt"), "expected .csv or .parquet"),
        (("--pd", "nowhere.csv"), "no file nowhere.csv"),
        (("--by", "exposure"), "needs base PDs"),
    ],
)
def test_faulty_command_lines(ws: Path, args: tuple[str, ...], message: str) -> None:
    code, out, err = run("contagion", "-w", ws / "ws", *args)
    assert (code, out) == (2, "")
    assert message in err


def test_a_day_far_after_the_data_is_refused_unless_a_setting_allows_it(
    ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("contagion", "-w", ws / "ws", "--as-of", "2030-01-01")
    code, out, err = run(*asked)
    assert (code, out, without_stages(err).count("\n")) == (3, "", 1)
    assert "days after the last day of the data" in err
    assert "set SCGRAPH_BEYOND_DAYS" in err
    monkeypatch.setenv("SCGRAPH_BEYOND_DAYS", "10000")
    code, _, err = run(*asked)
    assert code == 3
    assert "no trade in the 180 days up to 2030-01-01" in err


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chain A, B to C to D with statements, loans, unpaid trade and a guarantee.

    C can lose 2 of 8: it survives the closure of A, by which it loses a quarter, but not that of B. D has no statement.
    """
    place = tmp_path_factory.mktemp("bank")
    data = place / "data"
    data.mkdir()
    (data / "firms.csv").write_text("firm_id,industry\nA,ore\nB,coal\nC,steel\nD,trade\n")
    (data / "supplies.csv").write_text(
        "supplier_id,customer_id,on,amount,due_on,paid_on\n"
        "A,C,2025-06-01,1,2025-07-01,\nB,C,2025-06-01,3,2025-07-01,\n"
        "C,D,2025-06-29,4,2025-06-30,2025-06-30\nC,D,2025-06-30,4,2025-07-30,\n"
    )
    (data / "financials.csv").write_text(
        "firm_id,on,published_on,revenue,costs,material_costs,equity,liquid_assets\n"
        "A,2024-12-31,2025-03-01,10,9,2,4,6\nB,2024-12-31,2025-03-01,10,4,,5,\n"
        "C,2024-12-31,2025-03-01,20,19,12,2,3\nC,2025-06-30,,20,19,12,9,9\n"
    )
    (data / "loans.csv").write_text(
        "loan_id,lender_id,firm_id,on,drawn,lgd\n1,bank,A,2025-06-01,100,\n2,bank,C,2025-06-01,40,0.5\n"
        "3,shop,C,2025-06-01,60,\n4,shop,D,2025-06-01,10,\n5,shop,D,2025-06-01,,\n"
    )
    (data / "relations.csv").write_text("from_id,to_id,kind,amount,since\nB,C,guarantees,1,2025-01-01\n")
    (place / "pd.csv").write_text("firm_id,pd\nA,0.1\nB,0.2\nC,0.3\nD,0.4\n")
    (place / "equity.csv").write_text("lender_id,equity\nshop,20\n")
    assert run("load", data, "-w", place / "ws", "--no-graph")[0] == 0
    return place


def test_losses_of_lenders(bank: Path, tmp_path: Path) -> None:
    """Profits and the most that may be lost: A 8 and 4, B 6 (revenue - costs) and 5, C 8 and 2 (first statement).

    A closes: C loses a quarter, 2 of 2, and survives: A's loan alone, 45. B closes: C loses 6 and defaults: 20
    and 20 of the 27 + 4.5, at most its equity. C closes: all others lose everything: A and B default: 45 + 20, 20.
    D closes: C, A and B default: 65, 20.
    """
    args = ("contagion", "-w", bank / "ws", "--pd", bank / "pd.csv", "--lender-equity", bank / "equity.csv")
    document = run_json(*args, "-o", tmp_path / "c.json", "--lenders", tmp_path / "l.csv")
    rows = {row["firm_id"]: row for row in document["rows"]}
    assert {k: rows[k]["lenders_lose"] for k in "ABCD"} == pytest.approx({"A": 45, "B": 40, "C": 85, "D": 85})
    assert {k: rows[k]["own_loans"] for k in "ABCD"} == pytest.approx({"A": 45, "B": 0, "C": 40, "D": 4.5})
    assert {k: rows[k]["defaults"] for k in "ABCD"} == {"A": 0, "B": 1, "C": 2, "D": 3}
    assert rows["C"]["fsri"] == pytest.approx(85 / 210)
    bank_row, shop = document["lenders"]
    assert (bank_row["lender_id"], bank_row["worst_loss"], bank_row["equity"]) == ("bank", 65.0, None)
    assert bank_row["expected_loss"] == pytest.approx(0.1 * 45 + 0.2 * 20 + 0.3 * 65 + 0.4 * 65)
    assert shop["expected_direct"] == pytest.approx(0.3 * 20 + 0.4 * 4.5)
    assert [f["firm_id"] for f in shop["worst_failures"]] == ["B", "C", "D"]
    gaps = {
        "judged": 3,
        "not_judged": 1,
        "by_one": 1,
        "by_costs": 1,
        "undrawn": 1,
        "own_lgd": 1,
        "lgd": 0.45,
        "ccf": 0.75,
    }
    assert document["lending"] == gaps
    assert json.loads((tmp_path / "c.json").read_text())["lenders"] == document["lenders"]
    assert (tmp_path / "l.csv").read_text(encoding="utf-8-sig").startswith('"lender_id","ead","equity"')
    code, table, err = run(*args, "--lgd", "0.9")
    assert (code, table.splitlines()[0].split()[-4:]) == (0, ["FSRI", "%", "main", "sources"])
    assert "lenders: 2 with 4 loans; FSRI is a share of all EAD; LGD 0.9, except for 1 loans" in err
    assert "EAD = drawn + CCF 0.75 x undrawn amount of revolving lines" in err
    assert "1 loans with drawn amount unknown" in err


def test_without_loans_there_are_no_lenders(ws: Path, bank: Path) -> None:
    document = run_json("contagion", "-w", ws / "ws")
    assert (document["lenders"], document["lending"]) == ([], None)
    assert {row["fsri"] for row in document["rows"]} == {None}
    code, _, err = run("contagion", "-w", ws / "ws", "--lender-equity", bank / "equity.csv")
    assert (code, "no loans" in err) == (3, True)


def test_debtrank_of_all_firms(bank: Path) -> None:
    """C owes A 1 of its 4, and B 3 and a guarantee of 1 of its 5; D owes C 4 of its 2 (equity not of 2025-06-30).

    C fails: A loses 1 and B 4. D fails: C loses all it has, and A and B follow.
    """
    args = ("contagion", "-w", bank / "ws", "--model", "debtrank", "--pd", bank / "pd.csv")
    document = run_json(*args)
    rows = {row["firm_id"]: row for row in document["rows"]}
    assert {k: rows[k]["lost"] for k in "ABCD"} == pytest.approx({"A": 0, "B": 0, "C": 5, "D": 7})
    assert rows["D"]["impact"] == pytest.approx(7 / 11)
    assert rows["C"]["exposure"] == pytest.approx(0.4)
    assert (rows["D"]["equity"], rows["D"]["exposure"]) == (None, None)
    assert (document["model"], document["unpaid"], document["guarantees"]) == ("debtrank", 3, 1)
    code, table, err = run(*args, "--by", "exposure")
    assert (code, table.splitlines()[1].split()[0]) == (0, "B")
    assert "1 firms have no equity in a statement" in err


def test_credit_as_a_channel_of_exposures(bank: Path, tmp_path: Path) -> None:
    """Debts as above. D fails: C loses all by demand, and all by credit (4 of 2): half each. C fails: A and B lose all
    by demand, and by credit 1/4 and 4/5, which does not bind. The loss of D by credit is unknown.
    """
    args = ("contagion", "-w", bank / "ws", "--pd", bank / "pd.csv")
    plain, document = run_json(*args), run_json(*args, "--credit", "-o", tmp_path / "c.json")
    rows, before = ({row["firm_id"]: row for row in found["rows"]} for found in (document, plain))
    assert {k: rows[k]["by_credit"] for k in "ABCD"} == pytest.approx({"A": 0, "B": 0, "C": 0.2, "D": None})
    assert {k: rows[k]["by_demand"] for k in "ABCD"} == pytest.approx({"A": 0.7, "B": 0.7, "C": 0.2, "D": 0})
    for firm in "ABCD":
        for name in ("esri", "down", "up", "fsri", "lenders_lose"):
            assert rows[firm][name] == before[firm][name], (firm, name)
        for name in ("exposure", "by_supply"):
            assert rows[firm][name] == pytest.approx(before[firm][name])
        assert [s["firm_id"] for s in rows[firm]["sources"]] == [
            s["firm_id"] for s in before[firm]["sources"]
        ]
        assert before[firm]["by_credit"] is None
    assert plain["credit"] is None
    assert document["credit"] == {
        "unpaid": 3, "guarantees": 1, "guarantees_without_amount": 0, "firms_without_statement": 1
    }  # fmt: skip
    assert json.loads((tmp_path / "c.json").read_text())["rows"] == document["rows"]
    code, table, err = run(*args, "--credit")
    assert (code, "by demand %  by credit %" in table.splitlines()[0]) == (0, True)
    assert "credit: 3 links with unpaid trade and 1 guarantees" in err
    assert "1 firms have no equity in a statement: their loss by credit is not measured" in err
    assert "by credit" not in run(*args)[1]


def test_credit_is_refused_without_claims_pds_or_esri(ws: Path, bank: Path) -> None:
    code, out, err = run("contagion", "-w", ws / "ws", "--pd", ws / "pd.csv", "--credit")
    assert (code, out, "no claims" in err) == (3, "", True)
    code, out, err = run("contagion", "-w", bank / "ws", "--credit")
    assert (code, out, "--credit needs base PDs; expected --pd FILE" in err) == (2, "", True)
    code, out, err = run("contagion", "-w", bank / "ws", "--credit", "--model", "debtrank")
    assert (code, out, "--credit need --model esri" in err) == (2, "", True)


def test_clearing_of_all_firms(bank: Path) -> None:
    """D pays nothing: C has 3 and pays A 1 x 3/4 and B 3 x 3/4 of it. C pays nothing: 4 are missing."""
    document = run_json("contagion", "-w", bank / "ws", "--model", "clearing")
    rows = {row["firm_id"]: row for row in document["rows"]}
    assert {k: rows[k]["lost"] for k in "ABCD"} == pytest.approx({"A": 0, "B": 0, "C": 4, "D": 5})
    assert rows["D"]["failed"] == 1
    assert document["firms_without_statement"] == 2


def test_debtrank_needs_recorded_claims(ws: Path) -> None:
    code, out, err = run("contagion", "-w", ws / "ws", "--model", "debtrank")
    assert (code, out) == (3, "")
    assert "no claims: the data do not show what customers owe, or guarantees" in err


def test_the_converged_mode_and_the_sectors_of_sources(ws: Path) -> None:
    args = ("contagion", "-w", ws / "ws", "--pd", ws / "pd.csv")
    document = run_json(*args, "--converged")
    assert (document["eps"], document["exact_upstream"]) == (1e-12, True)
    rows = {row["firm_id"]: row for row in document["rows"]}
    assert {k: rows[k]["esri"] for k in "ABCD"} == pytest.approx({"A": 0.25, "B": 0.75, "C": 1.0, "D": 1.0})
    assert [(s["sector"], s["exposure"]) for s in rows["D"]["sectors"]] == [
        ("steel", pytest.approx(0.3)), ("coal", pytest.approx(0.15)), ("ore", pytest.approx(0.025)),
    ]  # fmt: skip
    assert run(*args, "--converged", "--eps", "0.1")[0] == 2
    assert run(*args, "--model", "clearing", "--exact-upstream")[0] == 2


def test_goods_are_essential_to_makers_of_goods(ws: Path, tmp_path: Path) -> None:
    table = tmp_path / "kinds.csv"
    table.write_text("sector,kind\nore,goods\ncoal,services\nsteel,goods\n*,services\n")
    document = run_json("contagion", "-w", ws / "ws", "--essentiality", table)
    esri = {row["firm_id"]: row["esri"] for row in document["rows"]}
    assert document["essentiality"] == "goods essential to makers of goods, by kinds.csv"
    assert esri == pytest.approx({"A": 0.625, "B": 0.75, "C": 1.0, "D": 1.0, "007": 0.0})
    table.write_text("sector,kind\nore,goods\ncoal,services\n")
    code, _, err = run("contagion", "-w", ws / "ws", "--essentiality", table)
    assert (code, "unknown sectors (none), steel, trade" in err) == (3, True)
    table.write_text("sector,kind\nore,goods\nore,services\n")
    assert "a second kind of ore" in run("contagion", "-w", ws / "ws", "--essentiality", table)[2]
