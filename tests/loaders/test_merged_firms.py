"""Accepted matches merge firms on load: ids in all tables, rows of firms, duplicates, contradictions, undoing."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyrisk.graph import DataError, Workspace, read_workspace
from supplyrisk.loaders import LoadReport, MatchDecision, load, write_decisions

FIRMS = """firm_id,name,roles,founded_on,joined_on,registered_capital,credit_code
A,Alpha,supplier,,2024-02-01,100,
B,Alfa,buyer,2001-05-06,2024-01-01,200,91110000600037341L
C,Gamma,,,,,
"""
TABLES = {
    "firms": FIRMS,
    "persons": "person_id\nP\n",
    "supplies": "supplier_id,customer_id,on,amount\n"
    "A,C,2024-03-01,1\nB,C,2024-03-01,1\nB,A,2024-03-02,4\nC,B,2024-03-03,8\n",
    "shipments": "carrier_id,shipper_id,receiver_id,shipped_on\nB,A,B,2024-03-02\nC,A,C,2024-03-02\n",
    "relations": "from_id,to_id,kind,since\nP,A,owns,2020-01-01\nP,B,owns,2020-01-01\nA,B,owns,2020-01-01\n",
    "loans": "loan_id,lender_id,firm_id,on,drawn\nL1,B,C,2024-01-01,5\nL2,BANK,B,2024-01-01,7\n",
    "events": "firm_id,on,kind\nB,2024-05-01,lawsuit\n",
}
SAME = (("A", "B", "same"),)
Row = dict[str, object]


def write(folder: Path, tables: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def decide(workspace: Path, *decisions: tuple[str, str, str]) -> None:
    workspace.mkdir(exist_ok=True)
    path = Workspace(workspace).layout.match_decisions
    write_decisions(
        path, [MatchDecision(a, b, word, "ahn", "2026-01-01T00:00:00+00:00") for a, b, word in decisions]
    )


def rows(workspace: Path, table: str) -> list[Row]:
    path = read_workspace(workspace).sources[table]
    assert isinstance(path, Path)
    return [
        {k: str(v) if hasattr(v, "isoformat") else v for k, v in row.items() if v is not None}
        for row in pq.read_table(path).to_pylist()
    ]


def merged(tmp_path: Path, tables: dict[str, str], *decisions: tuple[str, str, str]) -> LoadReport:
    data = write(tmp_path / "data", tables)
    decide(tmp_path / "ws", *decisions)
    return load(data, tmp_path / "ws")


def test_ids_become_one_in_all_tables(tmp_path: Path) -> None:
    report = merged(tmp_path, TABLES, *SAME)
    ws = tmp_path / "ws"
    assert rows(ws, "firms") == [
        # its own name and capital; the rest from the other; since the first of both days; both roles
        {
            "firm_id": "A", "name": "Alpha", "roles": "buyer|supplier", "founded_on": "2001-05-06",
            "joined_on": "2024-01-01", "registered_capital": 100.0, "credit_code": "91110000600037341L",
        },
        {"firm_id": "C", "name": "Gamma"},
    ]  # fmt: skip
    ends = [(row["supplier_id"], row["customer_id"], row["amount"]) for row in rows(ws, "supplies")]
    assert sorted(ends) == [("A", "A", 4.0), ("A", "C", 1.0), ("A", "C", 1.0), ("C", "A", 8.0)]
    assert [(r["carrier_id"], r["shipper_id"], r["receiver_id"]) for r in rows(ws, "shipments")] == [
        ("A", "A", "A"),
        ("C", "A", "C"),
    ]
    assert sorted((r["from_id"], r["to_id"]) for r in rows(ws, "relations")) == [("A", "A"), ("P", "A")]
    assert [(r["lender_id"], r["firm_id"]) for r in rows(ws, "loans")] == [("A", "C"), ("BANK", "A")]
    assert [r["firm_id"] for r in rows(ws, "events")] == ["A"]
    assert read_workspace(ws).info.merged == {"B": "A"}
    assert report.merged_firms.to_json() == {
        "ids": {"B": "A"},
        "rows": {"firms": 1, "supplies": 3, "shipments": 1, "relations": 2, "loans": 2, "events": 1},
        # two equal trades are two trades; two equal relations are one
        "duplicates": {"firms": 1, "relations": 1},
        "conflicts": {},
        # the shipment was from A to B, the trade from B to A, and A owned B
        "own_links": {"supplies": 1, "shipments": 1, "relations": 1},
        # the name and the capital of B
        "other_cells": 2,
    }
    assert json.loads((ws / "quarantine" / "report.json").read_text())["merged_firms"]["ids"] == {"B": "A"}


def test_the_note_states_the_numbers(tmp_path: Path) -> None:
    report = merged(tmp_path, TABLES, *SAME)
    (note,) = [note for note in report.notes if "merged" in note]
    assert note == (
        "firms: 2 are merged into 1 by accepted matches; ids replaced in firms 1, supplies 3, shipments 1, "
        "relations 2, loans 2, events 1; duplicates from it: firms 1, relations 1; 2 cells of firms differ from those "
        "of the firm that stays; rows between a firm and itself from it: supplies 1, shipments 1, relations 1"
    )


def test_rows_reconcile_and_the_withdrawn_decision_separates_again(tmp_path: Path) -> None:
    data = write(tmp_path / "data", TABLES)
    plain = load(data, tmp_path / "plain")
    decide(tmp_path / "ws", *SAME)
    report = load(data, tmp_path / "ws")
    assert report.content_hash != plain.content_hash
    assert report.total.rows == plain.total.rows
    assert report.total.duplicates == plain.total.duplicates + 2
    # decisions survive loads
    assert load(data, tmp_path / "ws").content_hash == report.content_hash
    decide(tmp_path / "ws")
    assert load(data, tmp_path / "ws").content_hash == plain.content_hash


def test_only_decisions_on_equal_firms_merge(tmp_path: Path) -> None:
    report = merged(tmp_path, TABLES, ("A", "B", "different"))
    assert report.merged_firms.ids == {}
    assert len(rows(tmp_path / "ws", "firms")) == 3
    assert not any("merged" in note for note in report.notes)


def test_a_group_takes_the_first_id_that_is_listed(tmp_path: Path) -> None:
    tables = {
        "firms": "firm_id,name\nB,Alfa\nC,Gamma\n",
        "supplies": "supplier_id,customer_id,on,amount\nA,C,2024-03-01,1\n",
    }
    report = merged(tmp_path, tables, ("A", "B", "same"), ("X", "Y", "same"))
    # A is in no list of firms: its trade is B's; of X and Y there is no row
    assert report.merged_firms.ids == {"A": "B"}
    assert rows(tmp_path / "ws", "supplies")[0]["supplier_id"] == "B"


def test_a_firm_that_has_always_been_there_stays_so(tmp_path: Path) -> None:
    tables = {"firms": "firm_id,joined_on\nA,2024-02-01\nB,\n"}
    merged(tmp_path, tables, *SAME)
    assert rows(tmp_path / "ws", "firms") == [{"firm_id": "A"}]


def test_rows_that_contradict_each_other_are_faults_whose_remedy_names_the_match(tmp_path: Path) -> None:
    tables = {
        "firms": "firm_id\nA\nB\nC\n",
        "labels": "firm_id,defaulted\nA,1\nB,0\nC,0\n",
        "activity": "firm_id,on,sales\nA,2024-01-01,5\nB,2024-01-01,5\nC,2024-01-01,1\nC,2024-01-01,2\n",
    }
    with pytest.raises(DataError, match=r"withdraw the match that merges its firms") as error:
        merged(tmp_path, tables, *SAME)
    assert "labels: 2 of 3 rows are bad" in str(error.value)
    report = json.loads((tmp_path / "ws" / "quarantine" / "report.json").read_text())
    # the rows of C contradict each other without any match
    assert report["merged_firms"]["conflicts"] == {"labels": 2}
    # equal rows of the merged firms are one
    assert report["merged_firms"]["duplicates"] == {"firms": 1, "activity": 1}
    remedies = {
        (g["table"], g["remedy"].startswith("keep the right row, or withdraw"))
        for g in report["fault_groups"]
    }
    assert remedies == {("labels", True), ("activity", False)}


def test_an_id_whose_own_rows_contradict_each_other_stays_a_fault(tmp_path: Path) -> None:
    tables = {"firms": "firm_id,name\nA,x\nA,y\nB,z\nC,c\n"}
    with pytest.raises(DataError, match="one row per firm_id"):
        merged(tmp_path, tables, *SAME)


def test_a_bad_row_of_a_merged_firm_gives_no_cells(tmp_path: Path) -> None:
    data = write(tmp_path / "data", {"firms": "firm_id,name,employees\nA,,x\nB,Beta,3\n"})
    decide(tmp_path / "ws", *SAME)
    load(data, tmp_path / "ws", max_bad=0.5)
    assert rows(tmp_path / "ws", "firms") == [{"firm_id": "B", "name": "Beta", "employees": 3}]


VERSIONED = "firm_id,name,region,known_on,void\n"


def versions(workspace: Path) -> list[tuple[object, ...]]:
    """Return known_on, void, name and region of each version of firms."""
    columns = ("known_on", "void", "name", "region")
    listed = [tuple(row.get(column) for column in columns) for row in rows(workspace, "firms")]
    return sorted(listed, key=lambda row: str(row[0] or ""))


def test_a_void_listing_does_not_void_the_other(tmp_path: Path) -> None:
    firms = VERSIONED + "A,Alpha,,,\nB,Alfa,South,,\nB,Alfa,,2024-02-01,1\n"
    report = merged(tmp_path, {"firms": firms}, *SAME)
    # from then on, only what A says
    assert versions(tmp_path / "ws") == [
        (None, False, "Alpha", "South"),
        ("2024-02-01", False, "Alpha", None),
    ]
    assert report.merged_firms.conflicts == {}
    # the name of B at first; a void row says none
    assert report.merged_firms.other_cells == 1


def test_a_firm_is_void_once_all_listings_are_and_comes_back_with_one(tmp_path: Path) -> None:
    firms = VERSIONED + (
        "A,Alpha,North,,\nB,Alfa,South,,\nA,Alpha,,2024-02-01,1\nB,Alfa,,2024-03-01,1\nB,Beta,,2024-04-01,\n"
    )
    merged(tmp_path, {"firms": firms}, *SAME)
    assert versions(tmp_path / "ws") == [
        (None, False, "Alpha", "North"),
        ("2024-02-01", False, "Alfa", "South"),
        ("2024-03-01", True, "Alpha", None),
        ("2024-04-01", False, "Beta", None),
    ]


def test_versions_of_one_day_of_which_one_is_void_are_no_contradiction(tmp_path: Path) -> None:
    firms = VERSIONED + "A,Alpha,,,\nB,Alfa,,,\nA,Alpha 2,,2024-02-01,\nB,Alfa,,2024-02-01,1\n"
    report = merged(tmp_path, {"firms": firms}, *SAME)
    assert versions(tmp_path / "ws") == [(None, False, "Alpha", None), ("2024-02-01", False, "Alpha 2", None)]
    assert report.merged_firms.conflicts == {}


def test_a_version_of_one_listing_keeps_the_cells_of_the_other(tmp_path: Path) -> None:
    firms = VERSIONED + "A,Dee,South,,\nB,Ee,,,\nB,Ee2,,2024-02-01,\nC,,East,2024-03-01,\n"
    merged(tmp_path, {"firms": firms}, *SAME, ("A", "C", "same"))
    assert versions(tmp_path / "ws") == [
        (None, False, "Dee", "South"),
        ("2024-02-01", False, "Dee", "South"),
        ("2024-03-01", False, "Dee", "South"),
    ]


def test_a_version_of_the_other_listing_fills_empty_cells_from_its_day_on(tmp_path: Path) -> None:
    firms = VERSIONED + "A,Dee,,,\nB,Ee,,2024-02-01,\nB,Ee,West,2024-03-01,\n"
    merged(tmp_path, {"firms": firms}, *SAME)
    assert versions(tmp_path / "ws") == [
        (None, False, "Dee", None),
        ("2024-02-01", False, "Dee", None),
        ("2024-03-01", False, "Dee", "West"),
    ]


IDS = "ABCD"


@settings(max_examples=5)  # two loads each
@given(
    decisions=st.lists(
        st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)).filter(lambda p: p[0] < p[1]), max_size=4
    ),
    trades=st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.integers(0, 3)), max_size=6),
    links=st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=5),
)
def test_merging_equals_ids_that_were_one_in_the_files(
    tmp_path_factory: pytest.TempPathFactory,
    decisions: list[tuple[str, str]],
    trades: list[tuple[str, str, int]],
    links: list[tuple[str, str]],
) -> None:
    one = {firm: firm for firm in IDS}
    for _ in IDS:
        for a, b in decisions:
            one[a] = one[b] = min(one[a], one[b])

    def tables(ids: dict[str, str]) -> dict[str, str]:
        supplies = [f"{ids[a]},{ids[b]},2024-01-0{n + 1},{n}" for a, b, n in trades]
        relations = [f"{ids[a]},{ids[b]},owns" for a, b in links]
        return {
            "firms": "firm_id\n" + "".join(f"{firm}\n" for firm in ids.values()),
            "supplies": "\n".join(["supplier_id,customer_id,on,amount", *supplies]) + "\n",
            "relations": "\n".join(["from_id,to_id,kind", *relations]) + "\n",
        }

    tmp_path = tmp_path_factory.mktemp("merged")
    report = merged(tmp_path, tables({firm: firm for firm in IDS}), *((a, b, "same") for a, b in decisions))
    expected = load(write(tmp_path / "rewritten", tables(one)), tmp_path / "plain")
    assert report.total == expected.total
    for name in ("firms", "supplies", "relations"):
        assert rows(tmp_path / "ws", name) == rows(tmp_path / "plain", name)
    assert dict(report.merged_firms.ids) == {firm: other for firm, other in one.items() if firm != other}


def append(tmp_path: Path, number: int, tables: dict[str, str]) -> LoadReport:
    return load(write(tmp_path / f"more{number}", tables), tmp_path / "ws", append=True)


def test_appended_rows_name_merged_firms(tmp_path: Path) -> None:
    merged(tmp_path, {"firms": FIRMS, "supplies": TABLES["supplies"]}, *SAME)
    trades = "supplier_id,customer_id,on,amount\nB,C,2024-04-01,16\nC,D,2024-04-02,1\n"
    report = append(tmp_path, 1, {"supplies": trades, "firms": "firm_id\nD\n"})
    ends = [
        (r["supplier_id"], r["customer_id"])
        for r in rows(tmp_path / "ws", "supplies")
        if str(r["on"]) >= "2024-04"
    ]
    assert ends == [("A", "C"), ("C", "D")]
    assert report.merged_firms.rows == {"supplies": 1}
    assert read_workspace(tmp_path / "ws").info.merged == {"B": "A"}
    # as one load of both folders
    both = write(tmp_path / "both", {"firms": FIRMS + "D,,,,,,\n", "supplies": TABLES["supplies"]})
    (both / "supplies-more.csv").write_text(trades)
    decide(tmp_path / "ws2", *SAME)
    assert load(both, tmp_path / "ws2").content_hash == report.content_hash


def test_appending_refuses_what_one_load_would_merge_otherwise(tmp_path: Path) -> None:
    merged(tmp_path, {"firms": FIRMS, "supplies": TABLES["supplies"]}, *SAME)
    with pytest.raises(DataError, match=r"rows of firms are of merged ones: B; .*without --append"):
        append(tmp_path, 1, {"firms": "firm_id\nB\n"})
    decide(tmp_path / "ws", *SAME, ("B", "C", "same"))
    with pytest.raises(DataError, match=r"accepted matches of A, B, C are newer than the data"):
        append(tmp_path, 2, {"firms": "firm_id\nD\n"})
    decide(tmp_path / "ws")
    with pytest.raises(DataError, match=r"accepted matches of B are newer than the data"):
        append(tmp_path, 3, {"firms": "firm_id\nD\n"})
