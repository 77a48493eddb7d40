"""Decisions on pairs of firms: groups, contradictions, their file and what a person fills in."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph import DataError, WorkspaceError, write_table
from supplyrisk.loaders import (
    MatchDecision,
    contradictions,
    read_decision_file,
    read_decisions,
    same_firms,
    write_decisions,
)


def decision(a: str, b: str, word: str = "same") -> MatchDecision:
    return MatchDecision(*sorted((a, b)), word, "ahn", "2026-01-02T03:04:05+00:00")


def test_firms_that_are_the_same_are_one_group() -> None:
    decisions = [decision("A", "B"), decision("C", "B"), decision("X", "Y"), decision("A", "X", "different")]
    assert same_firms(decisions) == [("A", "B", "C"), ("X", "Y")]
    assert contradictions(decisions) == []


def test_a_contradiction_names_the_shortest_chain_and_all_are_reported() -> None:
    chain = [decision("A", "B"), decision("B", "C"), decision("C", "D"), decision("A", "D", "different")]
    assert contradictions(chain) == ["A and D are different, but A = B = C = D"]
    shorter = [*chain, decision("A", "C"), decision("B", "D", "different")]
    assert contradictions(shorter) == [
        "A and D are different, but A = C = D",
        "B and D are different, but B = C = D",
    ]


@given(
    st.lists(st.tuples(st.sampled_from("ABCDEF"), st.sampled_from("ABCDEF")).filter(lambda p: p[0] != p[1]))
)
def test_groups_are_the_connected_components(pairs: list[tuple[str, str]]) -> None:
    groups = same_firms([decision(*pair) for pair in pairs])
    group_of = {firm: group for group in groups for firm in group}
    assert sum(map(len, groups)) == len(group_of) == len({firm for pair in pairs for firm in pair})
    for a, b in pairs:
        assert group_of[a] == group_of[b]
    # no more than connected: each group is held together by as many pairs as it needs, at least
    assert sum(len(group) - 1 for group in groups) <= len({frozenset(pair) for pair in pairs})


def test_decisions_are_stored_sorted(tmp_path: Path) -> None:
    path = tmp_path / "matches.json"
    assert read_decisions(path) == ()
    stored = [decision("C", "D", "different"), decision("A", "B")]
    write_decisions(path, stored)
    assert read_decisions(path) == (stored[1], stored[0])


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "scgraph.matches/2", "decisions": []}'])
def test_a_damaged_file_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "matches.json"
    path.write_text(text)
    with pytest.raises(WorkspaceError, match=r"matches.json cannot be read"):
        read_decisions(path)


PAIRS = pa.table(
    {
        "firm_id_a": ["=A1", "0012", "B"],
        "name_a": ["上海", None, "x"],
        "firm_id_b": ["A2", "0007", "C"],
        "decision": ["same", "Different ", None],
    }
)
FILLED_IN = [("=A1", "A2", "same"), ("0007", "0012", "different"), ("B", "C", "")]


@pytest.mark.parametrize(("name", "plain"), [("p.csv", True), ("p.csv", False), ("p.xlsx", False)])
def test_what_is_written_is_read_again(tmp_path: Path, name: str, plain: bool) -> None:
    write_table(tmp_path / name, PAIRS, plain=plain)
    content = read_decision_file(tmp_path / name)
    assert [(row.firm_id_a, row.firm_id_b, row.decision) for row in content.rows] == FILLED_IN
    assert list(content.faults) == []


def test_a_file_with_semicolons_is_read(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("firm_id_a;firm_id_b;note;decision\r\nA;B;1,5;same\r\n;;;\r\n", encoding="utf-8-sig")
    assert [row.pair for row in read_decision_file(path).rows] == [("A", "B")]


def test_all_faulty_rows_are_named(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "firm_id_a,firm_id_b,decision\nA,A,same\nA,,same\nA,B,maybe\nA,C,same\nC,A,different\nA,C,same\n"
    )
    content = read_decision_file(path)
    assert [row.pair for row in content.rows] == [("A", "C")]
    assert list(content.faults) == [
        "line 2: both firms are A",
        "line 3: a firm_id is empty",
        "line 4: the decision is 'maybe', expected same or different or an empty cell",
        "line 6: A and C stand in another row with the decision 'same'",
    ]


@pytest.mark.parametrize("text", ["", "firm_id_a,decision\nA,same\n"])
def test_a_file_without_the_columns_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(DataError, match=r"has no column .*firm_id_b"):
        read_decision_file(tmp_path / "p.csv")


@pytest.mark.parametrize(
    ("name", "data"), [("p.csv", b"\xff\xfe\x00"), ("p.xlsx", b"no workbook"), ("q.csv", None)]
)
def test_an_unreadable_file_is_an_error(tmp_path: Path, name: str, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match="cannot be read"):
        read_decision_file(tmp_path / name)
