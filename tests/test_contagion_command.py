"""`scgraph contagion` on four firms whose losses are worked out by hand, and the mistakes that users make."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from supplyrisk.cli import app
from supplyrisk.graph import DataError
from supplyrisk.graph.contagion import Essentiality, Network, esri_all, weigh


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sells 1 to C, B sells 3 to C, C sells 4 to D; the fifth firm trades with nobody."""
    place = tmp_path_factory.mktemp("contagion")
    data = place / "data"
    data.mkdir()
    sectors = {"A": "ore", "B": "coal", "C": "steel", "D": "trade", "007": ""}
    (data / "firms.csv").write_text("firm_id,industry\n" + "\n".join(f"{f},{s}" for f, s in sectors.items()))
    trades = "A,C,2025-06-01,1\nB,C,2025-06-01,3\nC,D,2025-06-30,4\nD,A,2024-06-30,9\n"
    (data / "supplies.csv").write_text("supplier_id,customer_id,on,amount\n" + trades)
    pds = "firm_id,pd\nA,0.1\nB,0.2\nC,0.3\nD,0.4\n007,0.5\n"
    (place / "pd.csv").write_text(pds)
    assert run("load", data, "-w", place / "ws", "--no-graph")[0] == 0
    return place


def run(*args: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(a) for a in args], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def run_json(*args: object) -> dict[str, Any]:
    code, out, err = run(*args, "--json")
    assert code == 0, err
    document: dict[str, Any] = json.loads(out)
    return document


def test_esri_alone_where_there_are_no_pds(ws: Path) -> None:
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
    assert "not converged" in err


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
    with (tmp_path / "c.csv").open(newline="") as lines:
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
        network = Network.from_links(links, {"A": ore, "B": coal, "C": "m", "D": "m"})
        roles = {("*", "*"): 1, (ore, "m"): 2}
        results.append(esri_all(weigh(network, Essentiality(roles, "t")))[0].esri)
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
    network = Network.from_links([], {"A": "ore", "B": "coal", "C": "steel", "D": "trade"})
    with pytest.raises(DataError, match=message):
        weigh(network, Essentiality(roles, "t"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("firm_id,pd\nA,0.1\nB,0.2\n", "has no PD for 3 firms: 007, C, D"),
        ("firm_id,pd\nA,0.1\nA,0.2\n", "1 firms more than once"),
        ("firm_id,pd\nA,1.5\nB,0\nC,0\nD,0\n007,0\n", "the PD of A is outside 0 to 1"),
        ("firm_id,risk\nA,0.1\n", "has columns firm_id, risk; expected firm_id and base_pd or pd"),
        ("firm_id,pd\nA,much\n", "no number"),
    ],
)
def test_faulty_pds_are_one_line(ws: Path, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "pd.csv").write_text(text)
    code, out, err = run("contagion", "-w", ws / "ws", "--pd", tmp_path / "pd.csv")
    assert (code, out) == (3, "")
    assert message in err
    assert err.count("\n") == 1


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


def test_a_day_without_trade(ws: Path) -> None:
    code, _, err = run("contagion", "-w", ws / "ws", "--as-of", "2030-01-01")
    assert code == 3
    assert "no trade in the 180 days up to 2030-01-01" in err
