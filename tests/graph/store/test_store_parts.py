"""The parts of the graph stores that need no store: answers, parameters, names in statements, frames."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supplyrisk.graph.errors import CypherError
from supplyrisk.graph.store.cypher_names import check_names, used_names
from supplyrisk.graph.store.cypher_statement import params_json
from supplyrisk.graph.store.embedded.worker_process import read_frame, write_frame
from supplyrisk.graph.store.graph_tables import relationship_type
from supplyrisk.graph.store.property_names import Vocabulary
from supplyrisk.graph.store.result_tables import answer_column, answer_table, notes_of

TEXT, NUMBER = pa.string(), pa.float64()


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([True, None], pa.bool_(), [True, None]),
        ([1, None], pa.int64(), [1, None]),
        ([1, 2.5, float("nan"), float("-inf")], NUMBER, [1.0, 2.5, None, None]),
        (["a", None], TEXT, ["a", None]),
        ([date(2024, 1, 2), None], TEXT, ["2024-01-02", None]),
        ([None, None], pa.null(), [None, None]),
        ([], pa.null(), []),
        ([[1], [], None, [2, None]], pa.list_(pa.int64()), [[1], [], None, [2, None]]),
        ([[["a"]], [["b", "c"], []]], pa.list_(pa.list_(TEXT)), [[["a"]], [["b", "c"], []]]),
        ([1, "a", None], TEXT, ["1", '"a"', None]),
        ([True, 1], TEXT, ["true", "1"]),
        ([{"b": float("inf"), "a": "é"}], TEXT, ['{"a": "é", "b": null}']),
    ],
)
def test_answer_columns(values: list[Any], kind: pa.DataType, expected: list[Any]) -> None:
    column = answer_column(values)
    column.validate(full=True)
    assert column.type == kind
    assert column.to_pylist() == expected


_leaf = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)


@given(st.lists(st.none() | st.lists(st.none() | st.integers(-9, 9), max_size=4), max_size=6))
def test_lists_of_one_kind_come_back_as_they_were(values: list[list[int | None] | None]) -> None:
    assert answer_column(values).to_pylist() == values


@given(st.lists(st.recursive(_leaf, lambda inner: st.lists(inner, max_size=3), max_leaves=6), max_size=6))
@example([[2**53 + 1, 0.0]])  # no double holds both
def test_every_column_is_valid_and_keeps_what_is_missing(values: list[Any]) -> None:
    column = answer_column(values)
    column.validate(full=True)
    assert [v is None for v in column.to_pylist()] == [v is None for v in values]


def test_notes_travel_with_an_answer() -> None:
    assert notes_of(answer_table(["x"], [[1]], ["a remark"])) == ["a remark"]
    assert notes_of(answer_table(["x"], [[1]])) == []


def test_used_names_of_a_statement() -> None:
    used = used_names("""
        // MATCH (n:Comment) RETURN n.comment
        MATCH (a:Firm:Merchant {name: 'x:Y {z: 1}'})-[r:SUPPLIES|OWNS*1..3]->(b)<-[:`A B`]-(:Person)
        WHERE b:Event AND size(a.`f_销售`) > 3 AND exists { (b)--(c:Lender WHERE c.on > 1) } AND (1 + b.x) > 2
        WITH a AS z, {key: 1} AS m, date($p.day).year AS y
        RETURN z.anything, m.key, count(b), [x IN nodes(q) WHERE x:Label | x.id], apoc.text.join(['Q:R'], ':')
    """)
    assert used.labels == {"Firm", "Merchant", "Person", "Event", "Lender", "Label"}
    assert used.types == {"SUPPLIES", "OWNS", "A B"}
    assert used.bound["a"] == {"Firm", "Merchant"}
    assert {("a", "name"), ("a", "f_销售"), ("b", "x"), ("c", "on")} <= used.properties
    assert {"z", "m", "y", "x"} <= used.rebound


RIGHT = [
    "MATCH (a:Firm) WITH a AS b RETURN b.whatever",
    "MATCH (a:Firm) WITH {made: 1} AS a RETURN a.made",
    "UNWIND [{k: 1}] AS row RETURN row.k, (row.k + 1) * (2 + row.k)",
    "MATCH (a:Firm|Person) RETURN a.name, a.person_id",
    "MATCH (a:Firm) RETURN CASE WHEN a:Person THEN 1 ELSE 0 END AS x",
    "MATCH (a:Firm) RETURN a {.name, other: a.firm_id} AS m",
    "MATCH (a:Firm) WHERE (a.name = 'x' OR a:Person) RETURN count(*) AS n",
    "MATCH (a) WHERE (a:Firm OR a:Person) RETURN (a)",
    "MATCH (a:Firm)-[r:OWNS {weight: 1}]->() RETURN r.weight - [1, 2][0] AS x",
    "MATCH (a:$label) RETURN a",
    "MATCH (a:Firm) CALL { WITH a MATCH (a)-[:OWNS]->(b) RETURN count(b) AS n } RETURN n",
]
KNOWN = Vocabulary(
    {"Firm": frozenset({"firm_id", "name"}), "Person": frozenset({"person_id"})},
    {"OWNS": frozenset({"weight"})},
)


@pytest.mark.parametrize("cypher", RIGHT)
def test_right_statements_pass_the_check_of_names(cypher: str) -> None:
    check_names(cypher, KNOWN)


@given(st.text(max_size=40) | st.text("(){}[]:|.`'\"-><*$ aA1,", max_size=40))
def test_any_text_can_be_scanned(text: str) -> None:
    used = used_names(text)
    assert all(used.labels) or "``" in text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), [float("nan")], {"x": b"bytes"}])
def test_parameters_that_no_store_can_hold(value: object) -> None:
    with pytest.raises(CypherError, match="parameter x"):
        params_json({"x": value})


def test_sets_as_parameters_have_one_order() -> None:
    assert params_json({"x": {"b", "a", "c"}}) == '{"x": ["a", "b", "c"]}'


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("owns", "OWNS"),
        ("part of", "PART_OF"),
        ("had", "REL_HAD"),
        ("supplies", "REL_SUPPLIES"),
        ("2nd", "REL_2ND"),
    ],
)
def test_relationship_types_of_kinds(word: str, expected: str) -> None:
    assert relationship_type(word) == expected


def test_kinds_in_other_scripts_do_not_share_a_type() -> None:
    first, second = relationship_type("担保"), relationship_type("持股")
    assert first != second
    assert first.startswith("REL_") and first.isascii() and first.isupper()


NOISY = """
import os
from supplyrisk.graph.store.embedded.worker_process import stdout_for_frames, write_frame
frames = stdout_for_frames()
print("noise", flush=True)
os.system("echo noise")
write_frame(frames, {"a": "é"}, b"body")
"""


def test_what_libraries_print_does_not_get_between_frames() -> None:
    done = subprocess.run([sys.executable, "-c", NOISY], capture_output=True, timeout=60, check=True)
    assert read_frame(io.BytesIO(done.stdout)) == ({"a": "é"}, b"body")
    assert done.stderr.count(b"noise") == 2


def test_a_frame_cut_short_is_none() -> None:
    sink = io.BytesIO()
    write_frame(sink, {"a": [1, None]}, b"xyz")
    whole = sink.getvalue()
    assert read_frame(io.BytesIO(whole)) == ({"a": [1, None]}, b"xyz")
    assert all(read_frame(io.BytesIO(whole[:n])) is None for n in range(len(whole)))
