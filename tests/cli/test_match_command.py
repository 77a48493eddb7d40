"""The journey of `scgraph match`: pairs, decisions, merged firms, and back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from commands import run, run_json, without_stages
from supplyrisk.graph import Workspace
from supplyrisk.loaders.matching import matching_extra

FIRMS = """firm_id,name,region,founded_on,credit_code,address
A1,上海华盛贸易有限公司,上海,2010-05-04,91110000600037341L,上海市世纪大道100号
A2,北京华盛贸易有限公司,北京,2012-03-01,,北京市建国路88号
B7,上海市華盛貿易有限責任公司,,2010-05-04,,上海世纪大道１００號
C3,上海华盛贸易,,,,
D4,宏达科技,,,９１１１００００６０００３７３４１ｌ,
"""
SUPPLIES = "supplier_id,customer_id,on,amount\nA1,A2,2024-01-01,10\nB7,A2,2024-02-01,20\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/firms.csv").write_text(FIRMS)
    Path("data/supplies.csv").write_text(SUPPLIES)


def load() -> str:
    code, _, err = run("load", "data", "--no-graph")
    assert code == 0, err
    return err


def fill_in(decisions: dict[tuple[str, str], str]) -> None:
    """What a person does to pairs.csv."""
    with Path("pairs.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["decision"] = decisions.get((row["firm_id_a"], row["firm_id_b"]), row["decision"])
    with Path("pairs.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def firms() -> list[str]:
    with Workspace(".scgraph").tables().connect() as con:
        return [str(row[0]) for row in con.execute("SELECT firm_id FROM firms ORDER BY 1").fetchall()]


def test_pairs_are_accepted_merged_and_separated_again() -> None:
    load()
    document = run_json("match")
    pairs = {(row["firm_id_a"], row["firm_id_b"]): row for row in document["rows"]}
    assert (document["schema"], document["firms"], document["at_least"]) == ("scgraph.match/1", 5, 0.5)
    assert pairs["A1", "D4"]["evidence_for"].startswith("same credit code")
    assert pairs["A1", "B7"]["probability"] > 0.5
    assert pairs["A1", "C3"]["kind"] == "name only"
    assert pairs["A1", "C3"]["probability"] is None
    assert ("A1", "A2") not in pairs

    code, out, err = run("match", "-o", "pairs.csv")
    assert (code, out) == (0, "")
    assert "written to pairs.csv; fill in the column decision, then: scgraph match --accept pairs.csv" in err
    fill_in({("A1", "B7"): "same", ("A1", "D4"): "same", ("A1", "C3"): "different"})
    code, out, err = run("match", "--accept", "pairs.csv")
    assert code == 0
    assert [line.split(maxsplit=1) for line in out.splitlines()] == [
        ["firm", "listings"],
        ["A1", "A1, B7, D4"],
    ]
    assert err == "3 decisions recorded, 0 withdrawn, 3 in all; scgraph load applies them\n"
    assert firms() == ["A1", "A2", "B7", "C3", "D4"], "nothing is merged before the next load"

    assert (
        "note: firms: 3 are merged into 1 by accepted matches; ids replaced in firms 2, supplies 1" in load()
    )
    assert firms() == ["A1", "A2", "C3"]
    # the decisions stay in the file, so that they can be withdrawn
    run("match", "-o", "pairs.csv")
    fill_in({("A1", "B7"): ""})
    accepted = run_json("match", "--accept", "pairs.csv")
    assert [d["firm_id_b"] for d in accepted["withdrawn"]] == ["B7"]
    assert (accepted["rows"], accepted["decisions"]) == ([["A1", "D4"]], 2)
    load()
    assert firms() == ["A1", "A2", "B7", "C3"]


def test_every_change_is_in_the_audit_log_once() -> None:
    load()
    Path("d.csv").write_text("firm_id_a,firm_id_b,decision\nB7,A1,same\n")
    assert run_json("match", "--accept", "d.csv")["audit_entry"] == 1
    assert run_json("match", "--accept", "d.csv")["audit_entry"] is None
    code, out, _ = run("audit", "show", 1)
    entry = json.loads(out)
    assert (code, entry["verb"], entry["withdrawn"]) == (0, "match", [])
    (recorded,) = entry["recorded"]
    assert (recorded["firm_id_a"], recorded["firm_id_b"], recorded["decision"]) == ("A1", "B7", "same")
    assert (recorded["name_a"], recorded["decided_by"]) == ("上海华盛贸易有限公司", entry["user"])
    assert run("audit", "verify")[0] == 0


def test_all_faults_of_a_file_are_one_error_and_nothing_is_recorded() -> None:
    load()
    Path("d.csv").write_text(
        "firm_id_a,firm_id_b,decision\nA1,B7,same\nB7,C3,same\nA1,C3,different\nA1,Z,same\nA1,A2,perhaps\n"
    )
    code, _, err = run("match", "--accept", "d.csv")
    assert code == 3
    assert err == (
        "error: d.csv: line 6: the decision is 'perhaps', expected same or different or an empty cell; "
        "there is no firm 'Z' in the workspace; A1 and C3 are different, but A1 = B7 = C3; "
        "nothing was recorded; correct the file\n"
    )
    assert not Workspace(".scgraph").layout.match_decisions.exists()
    assert Workspace(".scgraph").audit_log().entries() == []


def test_a_new_decision_contradicts_recorded_ones() -> None:
    load()
    Path("d.csv").write_text("firm_id_a,firm_id_b,decision\nA1,B7,same\nB7,C3,same\n")
    assert run("match", "--accept", "d.csv")[0] == 0
    Path("d.csv").write_text("firm_id_a,firm_id_b,decision\nA1,C3,different\n")
    code, _, err = run("match", "--accept", "d.csv")
    assert code == 3
    assert "A1 and C3 are different, but A1 = B7 = C3" in err


def test_a_folder_is_matched_without_loading_it() -> None:
    Path("m.toml").write_text('[[source]]\nfile = "firms.csv"\ntable = "firms"\n')
    code, out, err = run("match", "data", "--mapping", "m.toml")
    assert code == 0, err
    assert "same credit code" in out
    assert not Path(".scgraph").exists()
    assert "note: " not in without_stages(err)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--accept", "d.csv", "data"), "expected it without DIR and -o"),
        (("--accept", "d.txt"), "unknown ending"),
        (("--at-least", "2"), "less than or equal to 1"),
    ],
)
def test_a_wrong_command_line(arguments: tuple[str, ...], says: str) -> None:
    code, _, err = run("match", *arguments)
    assert code == 2
    assert says in err


def test_without_data_there_is_nothing_to_match() -> None:
    code, _, err = run("match")
    assert code == 1
    assert "holds no loaded data" in err


def test_a_missing_extra_is_one_error_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    load()

    def fail(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(matching_extra.importlib, "import_module", fail)
    code, _, err = run("match")
    assert code == 2
    assert err == (
        "error: matching needs splink, python-stdnum, opencc-purepy, which is not installed; "
        'pip install "supplyrisk[matching]"\n'
    )
    # decisions need no extra
    Path("d.csv").write_text("firm_id_a,firm_id_b,decision\nA1,B7,same\n")
    assert run("match", "--accept", "d.csv")[0] == 0


def test_the_id_of_a_source_finds_the_merged_firm() -> None:
    from supplyrisk.services import find_firm

    load()
    Path("d.csv").write_text("firm_id_a,firm_id_b,decision\nA1,B7,same\n")
    run("match", "--accept", "d.csv")
    load()
    snapshot = Workspace(".scgraph").snapshot()
    assert snapshot.firms["firm_id"].to_pylist() == ["A1", "A2", "C3", "D4"]
    assert find_firm("B7", snapshot.firms, snapshot.info.merged) == 0
