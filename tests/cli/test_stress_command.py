"""`scgraph stress` on a chain computed by hand, with stored transmissions, and the mistakes that users make."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import run, run_json, without_stages
from supplyrisk.graph import HazardMap, Transmissions, read_workspace
from supplyrisk.graph.stress import EPS, read_scenario_plan
from supplyrisk.graph.stress.scenario_plan import TIPS_AT

FIRMS = (
    "firm_id,name,industry,region\nA,Ada,ore,north\nB,,coal,north\nC,,steel,south\nD,,trade,south\n007,,,\n"
)
TRADES = "supplier_id,customer_id,on,amount\nA,C,2025-05-01,20\nB,C,2025-05-01,60\nC,D,2025-07-09,80\n"
LOANS = "loan_id,lender_id,firm_id,on,drawn\n1,L,D,2025-06-01,100\n"
SCENARIO = """
name = "no ore"
[[step]]
name = "A closes"
firms = "A"
weeks = 2
[[step]]
name = "the north slows down"
region = "north"
share = 0.5
[[what_if]]
name = "B sells ore"
add_supplier = "B"
customer = "C"
share = 0.5
sector = "ore"
"""


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """70 days from the first trade to the last: ten weeks, in which A sells 2 a week, B 6 and C 8."""
    place = tmp_path_factory.mktemp("stress")
    for name, text in {"firms": FIRMS, "supplies": TRADES, "loans": LOANS}.items():
        (place / "data").mkdir(exist_ok=True)
        (place / "data" / f"{name}.csv").write_text(text)
    code, _, err = run("load", place / "data", "-w", place / "ws", "--no-graph")
    assert code == 0, err
    (place / "pd.csv").write_text("firm_id,pd\n007,0\nA,0.1\nB,0.2\nC,0\nD,0\n")
    (place / "s.toml").write_text(SCENARIO)
    return place


def store_transmissions(ws: Path, content_hash: str) -> None:
    """What `score` would have stored: a strong link from A to C, none else."""
    learned = Transmissions(
        node_ids=("007", "A", "B", "C", "D"), firms=5, defaulted=np.zeros(5, bool), base=np.full((1, 5), 0.1),
        source=np.array([1]), target=np.array([3]),
        kind=pa.array(["firm:supplies:firm:forward"], pa.string()).dictionary_encode(),
        weight=np.array([[0.5]]), rounds=2, scale=HazardMap(), model="m/network", content_hash=content_hash,
    )  # fmt: skip
    (ws / "transmissions").mkdir(exist_ok=True)
    for part, table in zip(("nodes", "links"), learned.to_tables(), strict=True):
        pq.write_table(table, ws / "transmissions" / f"2025-07-09-{part}.parquet")


def test_losses_of_both_steps(ws: Path, tmp_path: Path) -> None:
    """A closed: C and D lack a quarter. Then B is at half: they lack .25 + .75 x .5 = .625."""
    document = run_json("stress", ws / "s.toml", "-w", ws / "ws", "--pd", ws / "pd.csv")
    assert document["schema"] == "scgraph.stress/1"
    assert (document["scenario"], document["weeks"], document["model"]) == ("no ore", 3.0, None)
    first, second = document["steps"]
    assert (first["name"], first["shocked"], second["shocked"]) == ("A closes", 1, 2)
    assert first["esri"] == pytest.approx((20 + 0.25 * 80) / 160)
    # Two weeks of 2 + .25 x 8, one of 2 + .5 x 6 + .625 x 8.
    assert (first["money"], second["money"]) == (pytest.approx(8.0), pytest.approx(10.0))
    assert document["money"] == pytest.approx(18.0)
    rows = {row["firm_id"]: row for row in document["rows"]}
    assert list(rows) == ["C", "A", "B", "D", "007"]
    assert rows["C"]["losses"] == pytest.approx([0.25, 0.625])
    assert (rows["C"]["tips_over"], rows["B"]["tips_over"], rows["A"]["lost_supply"]) == (
        ["loss"],
        ["loss"],
        1.0,
    )
    assert document["tips_over"] == second["tips_over"] == 4
    assert first["tips_over"] == sum(row["tips_over"] for row in first["by_industry"])
    assert {row["industry"]: row["money"] for row in document["by_industry"]}["steel"] == pytest.approx(9.0)
    by_region = {row["region"]: row["money"] for row in document["by_region"]}
    assert by_region == {"north": pytest.approx(9.0), "south": pytest.approx(9.0), None: 0.0}
    assert document["by_lender"][0]["at_risk"] == pytest.approx(100 * (2 * 0.25 + 0.625) / 3)
    change = {(e["firm_id"], e["measure"]): e for e in document["what_if"]}
    assert change["C", "loss"]["before"] == pytest.approx(0.625)
    # Of A's quarter half moves to B, which is at half: .125 + .875 x .5.
    assert change["C", "loss"]["after"] == pytest.approx(0.5625)
    assert change["C", "exposure"]["before"] == pytest.approx(0.1 * 0.25 + 0.2 * 0.75)
    assert change["C", "exposure"]["after"] == pytest.approx(0.1 * 0.125 + 0.2 * 0.875)
    for ending in ("csv", "parquet", "json"):
        assert run("stress", ws / "s.toml", "-w", ws / "ws", "-o", tmp_path / f"s.{ending}")[0] == 0
    assert pq.read_table(tmp_path / "s.parquet").to_pylist() == document["rows"]
    assert json.loads((tmp_path / "s.json").read_text())["rows"] == document["rows"]


def test_tables_and_notes(ws: Path) -> None:
    code, out, err = run("stress", ws / "s.toml", "-w", ws / "ws", "--top", 2, "--why", "Ada")
    assert code == 0, err
    first = out.split("\n\n")
    assert [line.split()[0] for line in first[0].splitlines()] == ["step", "A", "the", "all"]
    assert first[1].splitlines()[1].split()[0] == "C"
    assert "what carries the 100.000 % that A loses" in out
    for note in ("1 - prod(1 - psi)", "no financials", "no learned transmissions", "no exposures"):
        assert note in err


def test_the_links_and_paths_that_carry_a_loss(ws: Path) -> None:
    why = run_json("stress", ws / "s.toml", "-w", ws / "ws", "--why", "D")["why"]
    assert why["loss"] == pytest.approx(0.625)
    assert why["shocked"] == [
        {"firm_id": "B", "share": pytest.approx(0.6)},
        {"firm_id": "A", "share": pytest.approx(0.4)},
    ]
    assert [(p["firms"], p["share"]) for p in why["paths"]] == [
        (["B", "C", "D"], pytest.approx(0.6)),
        (["A", "C", "D"], pytest.approx(0.4)),
    ]
    assert [(link["supplier_id"], link["customer_id"]) for link in why["links"]] == [
        ("C", "D"),
        ("B", "C"),
        ("A", "C"),
    ]
    nothing = run_json("stress", ws / "s.toml", "-w", ws / "ws", "--why", "007")["why"]
    assert (nothing["loss"], nothing["paths"]) == (0.0, [])


def test_the_links_and_paths_that_carry_an_exposure(ws: Path, tmp_path: Path) -> None:
    args = ("stress", "-w", ws / "ws", "--pd", ws / "pd.csv", "--why", "D")
    document = run_json(*args)
    assert document["schema"] == "scgraph.stress.exposure/1"
    # A closes with .1 and takes a quarter, B with .2 and takes three.
    assert document["exposure"] == document["by_supply"] == pytest.approx(0.025 + 0.15)
    assert [(s["firm_id"], s["share"]) for s in document["shocked"]] == [
        ("B", pytest.approx(0.15 / 0.175)),
        ("A", pytest.approx(0.025 / 0.175)),
    ]
    assert [p["firms"] for p in document["paths"]] == [["B", "C", "D"], ["A", "C", "D"]]
    assert document["rows"][0] == {
        "supplier_id": "C", "customer_id": "D", "channel": "supply", "share": pytest.approx(1.0),
    }  # fmt: skip
    code, out, err = run(*args, "-o", tmp_path / "links.csv")
    assert code == 0, err
    assert "what carries the exposure of D, 17.500 %" in out
    header = (tmp_path / "links.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert header == '"supplier_id","customer_id","channel","share"'
    assert run_json(*args[:-1], "007")["exposure"] == 0.0
    assert "007 has no exposure" in run(*args[:-1], "007")[1]


def test_the_network_beside_the_mechanism(ws: Path) -> None:
    place = ws / "ws"
    store_transmissions(place, read_workspace(place).info.content_hash)
    document = run_json("stress", ws / "s.toml", "-w", place)
    assert document["model"] == "m/network"
    assert document["disagree"]["stopped"] == 1
    rows = {row["firm_id"]: row for row in document["rows"]}
    assert rows["C"]["network_pd_stressed"] == pytest.approx(1 - np.exp(-0.1) * 0.5)
    assert rows["D"]["network_pd_stressed"] == rows["D"]["network_pd"] == pytest.approx(1 - np.exp(-0.1))
    assert rows["A"]["network_pd"] is None
    # D loses as much as C, and the network says nothing of it: D is what they disagree on.
    assert document["disagree"]["rows"][0]["firm_id"] == "D"
    assert "they disagree on" in run("stress", ws / "s.toml", "-w", place)[1]
    store_transmissions(place, "other data")
    assert "stored transmissions are of other data" in run("stress", ws / "s.toml", "-w", place)[2]
    for part in ("nodes", "links"):
        (place / "transmissions" / f"2025-07-09-{part}.parquet").unlink()


def test_the_example_runs(ws: Path, tmp_path: Path) -> None:
    code, out, _ = run("stress", "--example")
    assert code == 0
    (tmp_path / "example.toml").write_text(out)
    document = run_json("stress", tmp_path / "example.toml", "-w", ws / "ws")
    assert document["steps"][0]["shocked"] == 3
    # Its commented keys are known ones: with all of them it has one thing too many, and no unknown one.
    every = [line.removeprefix("# ") for line in out.splitlines()]
    plan, faults = read_scenario_plan(
        "\n".join(line for line in every if line.startswith("[[") or " = " in line), "x"
    )
    # Its examples of keys of the plan are their defaults.
    assert (plan.eps, plan.substitution, plan.tips_at) == (EPS, True, TIPS_AT)
    # The faulty step is left out.
    assert (len(plan.steps), len(plan.what_ifs)) == (2, 3)
    assert faults == ["step 1: has share, supply and demand, expected at most two of them"]


@pytest.mark.parametrize(
    ("text", "code", "messages"),
    [
        (
            '[[step]]\nfirm = "A"\nshare = 2\nregion = "norht"',
            2,
            ["unknown key firm, did you mean firms", "share is 2", "no region norht, did you mean north"],
        ),
        ('[[step]]\nfirms = ["A", "Z"]\n[[step]]\nindustry = "stel"', 3, ["no firm Z", "did you mean steel"]),
        ('[[step]]\nregion = "north"\nindustry = "steel"', 3, ["no firm matches all filters"]),
        ("[[step]", 2, ["not valid TOML"]),
    ],
)
def test_all_faults_in_one_line(ws: Path, tmp_path: Path, text: str, code: int, messages: list[str]) -> None:
    (tmp_path / "s.toml").write_text(text)
    found, out, err = run("stress", tmp_path / "s.toml", "-w", ws / "ws")
    assert (found, out, without_stages(err).count("\n")) == (code, "", 1)
    for message in messages:
        assert message in err


def test_faulty_command_lines(ws: Path) -> None:
    for args, message in (
        ((), "no scenario; expected a file"),
        (("--why", "A"), "an exposure needs base PDs"),
        ((ws / "s.toml", "--eps", "1"), "--eps is 1; expected"),
        ((ws / "nowhere.toml",), "no file"),
        ((ws / "s.toml", "--why", "Adam"), "did you mean Ada (A)"),
        ((ws / "s.toml", "--pd", "pd.txt"), "expected .csv or .parquet"),
    ):
        code, out, err = run("stress", *args, "-w", ws / "ws")
        assert (code, out) == (2, ""), args
        assert message in err
