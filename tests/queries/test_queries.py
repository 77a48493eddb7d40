"""The query library: its headers, its parameters, and its answers on a chain that is worked out by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording_store import RecordingStore, Sent
from stores import ENGINES, holding
from supplyrisk.graph.errors import CypherError
from supplyrisk.graph.store.cypher_names import used_names
from supplyrisk.graph.store.graph_tables import EdgeTable, GraphTables, NodeTable
from supplyrisk.graph.store.protocol import Store
from supplyrisk.queries import (
    QueryError,
    QueryParam,
    bind_query_params,
    get_query,
    list_queries,
    parse_query,
    run_query,
    show_query,
)
from supplyrisk.queries.params import KINDS, read_value

NAMES = [query.name for query in list_queries()]
TEXT, NUMBER = pa.string(), pa.float64()

# s1 and s2 sell parts to c1; only s1 sells wood to c1 and parts to c2. Sales of old (amount_180 = 0) do
# not count.
# d trades with itself, and buys without a category from c2.
TRADES = [
    ("c2", "d", None, 50.0, 50.0),
    ("d", "d", None, 500.0, 500.0),
    ("s1", "c1", "parts", 100.0, 30.0),
    ("s1", "c1", "wood", 40.0, 10.0),
    ("s1", "c2", "parts", 20.0, None),
    ("s2", "c1", "parts", 60.0, 60.0),
    ("s2", "c2", "parts", 7.0, 0.0),
]
SCORES = {"s1": 0.5, "s2": 0.1, "c1": 0.5, "d": 0.2}


def _graph_tables(name: str) -> GraphTables:
    firms = pa.table(
        {
            "firm_id": ["c1", "c2", "d", "s1", "s2"],
            "name": pa.array(["C1", None, "D", "S1", "S2"], TEXT),
            "industry": pa.array(["retail", "retail", None, "steel", "steel"], TEXT),
            "region": pa.array(["浙江", "North", None, "浙江", "North"], TEXT),
        }
    )
    source, target, category, amount, amount_180 = zip(*TRADES, strict=True)
    supplies = pa.table(
        {
            "source": source,
            "target": target,
            "category": pa.array(category, TEXT),
            "amount": pa.array(amount, NUMBER),
            "amount_180": pa.array(amount_180, NUMBER),
            "last_on": pa.array(["2024-03-01"] * 7, TEXT),
        }
    )
    edges = (EdgeTable("SUPPLIES", "Firm", "Firm", supplies),)
    return GraphTables((NodeTable("Firm", firms),), edges, {"data": name})


@pytest.fixture(scope="module", params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with holding(request, request.param, _graph_tables("queries")) as (made, _):
        yield made


@pytest.fixture(scope="module", params=ENGINES)
def scored(request: pytest.FixtureRequest) -> Iterator[Store]:
    """The same with scores."""
    with holding(request, request.param, _graph_tables("scored")) as (made, _):
        columns = {"firm_id": list(SCORES), "pd": list(SCORES.values()), "own": [0.3, 0.1, 0.2, 0.2]}
        parts = {"context": [0.0] * 4, "caught": [0.4, 0.0, 0.5, 0.0]}
        reasons = pa.array([["pays late", "one supplier"], [], None, ["new"]], pa.list_(TEXT))
        made.write_scores(pa.table({**columns, **parts, "reasons": reasons}))
        yield made


def _answer(store: Store, name: str, **given_values: str) -> list[tuple[Any, ...]]:
    query = get_query(name)
    table = run_query(store, query, given_values)
    assert table.column_names == [column for column, _ in query.columns]
    return [tuple(row.values()) for row in table.to_pylist()]


# Answers


def test_queries_on_risk_say_that_there_are_no_scores_yet(store: Store) -> None:
    for name in ("riskiest", "passes-on"):
        with pytest.raises(CypherError, match="the store holds no scores; run scgraph score first"):
            run_query(store, get_query(name))


def test_single_source(store: Store) -> None:
    assert _answer(store, "single-source") == [
        ("c2", "d", None, None, 50.0),
        ("s1", "c2", "North", "parts", 20.0),
        ("s1", "c1", "浙江", "wood", 10.0),
    ]
    assert _answer(store, "single-source", region="浙江") == [("s1", "c1", "浙江", "wood", 10.0)]
    assert _answer(store, "single-source", least="20", top="1") == [("c2", "d", None, None, 50.0)]
    assert _answer(store, "single-source", region="nowhere") == []


def test_neighbours(store: Store) -> None:
    day = "2024-03-01"
    assert _answer(store, "neighbours", firm="c2") == [
        ("supplier", "s1", "S1", "parts", 20.0, None, day),
        ("supplier", "s2", "S2", "parts", 7.0, 0.0, day),
        ("customer", "d", "D", None, 50.0, 50.0, day),
    ]
    assert _answer(store, "neighbours", firm="nobody") == []


def test_shares_that_no_link_has_are_missing_not_unknown(store: Store) -> None:
    assert _answer(store, "dependents", firm="s1") == []


def test_riskiest(scored: Store) -> None:
    assert _answer(scored, "riskiest", top="3") == [
        ("c1", "C1", "retail", "浙江", 0.5, 0.2, 0.0, 0.5, None),
        ("s1", "S1", "steel", "浙江", 0.5, 0.3, 0.0, 0.4, ["pays late", "one supplier"]),
        ("d", "D", None, None, 0.2, 0.2, 0.0, 0.0, ["new"]),
    ]
    assert [row[0] for row in _answer(scored, "riskiest", industry="steel", region="North")] == ["s2"]


def test_passes_on_against_plain_python(scored: Store) -> None:
    bought: dict[str, float] = {}
    sold: dict[tuple[str, str], float] = {}
    for supplier, customer, _, amount, recent in TRADES:
        if supplier == customer:
            continue
        value = amount if recent is None else recent
        bought[customer] = bought.get(customer, 0.0) + value
        sold[supplier, customer] = sold.get((supplier, customer), 0.0) + value
    expected = []
    for firm, pd in SCORES.items():
        shares = [v / bought[c] for (s, c), v in sold.items() if s == firm and v > 0]
        if shares:
            expected.append((firm, firm.upper(), pd, len(shares), sum(shares), pd * sum(shares)))
    # s1: 40 of the 100 that c1 buys, and all that c2 buys; s2: the other 60. c2 has no pd, d no customers.
    assert expected == [("s1", "S1", 0.5, 2, 1.4, 0.7), ("s2", "S2", 0.1, 1, 0.6, 0.06)]
    found = _answer(scored, "passes-on")
    assert [row[:4] for row in found] == [row[:4] for row in expected]
    assert [row[4:] for row in found] == [pytest.approx(row[4:]) for row in expected]


@pytest.mark.parametrize("name", ["neighbours", "passes-on", "riskiest", "single-source"])
def test_a_query_returns_the_columns_that_its_header_gives(scored: Store, name: str) -> None:
    query = get_query(name)
    given_values = {param.name: "x" for param in query.params if param.default is None}
    assert run_query(scored, query, given_values).column_names == [column for column, _ in query.columns]


# Texts


@pytest.mark.parametrize("name", NAMES)
def test_every_query_is_ordered_bounded_and_documented(name: str) -> None:
    query = get_query(name)
    assert re.search(r"\nORDER BY [^\n]+(\nLIMIT \$top)?$", query.cypher), "it has to end in an order"
    assert set(re.findall(r"\$(\w+)", query.cypher)) == {param.name for param in query.params}
    assert query.title and query.reading and not query.title.endswith(".")
    shown = show_query(query)
    assert all(
        text in shown for text in (query.title, query.cypher, *(param.meaning for param in query.params))
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_query_keeps_to_what_both_engines_read_alike(name: str) -> None:
    cypher = get_query(name).cypher
    used = used_names(cypher)
    assert cypher.isascii() and used.labels
    assert {prop for _, prop in used.properties}.isdisjoint({"id", "title", "type"})
    assert not re.search(r"percentile|SHORTEST \d|->\{|elementId|\bid\(|keys\(|properties\(", cypher)


def test_names_are_found_with_and_without_their_topic() -> None:
    assert get_query("concentration/single-source") is get_query("single-source")
    assert [(q.topic, q.name) for q in list_queries()] == sorted((q.topic, q.name) for q in list_queries())
    with pytest.raises(QueryError, match=r"no query is called single-sorce; did you mean single-source\b"):
        get_query("single-sorce")
    with pytest.raises(QueryError, match=r"expected one of .*neighbours"):
        get_query("zzz")


def test_a_folder_with_two_queries_of_one_name_is_refused(tmp_path: Path) -> None:
    for topic in ("a", "b"):
        (tmp_path / topic).mkdir()
        (tmp_path / topic / "same.cypher").write_text("// title: t\n// column: x | y\nRETURN 1 AS x")
    with pytest.raises(QueryError, match="two queries are called same"):
        list_queries(tmp_path)


TEXTS = """// title:  Two numbers
// read: First this.
// read: Then that.
// param: a whole = 3 | how many
// param: b text | who, required
// param: c day = null | since
// column: x | the first
// column: y | the second

MATCH (n)  // title: not a header any more
RETURN $a AS x, $b AS y
ORDER BY x
"""


def test_a_header_is_read() -> None:
    query = parse_query(TEXTS, "topic", "name")
    assert (query.title, query.reading) == ("Two numbers", "First this. Then that.")
    expected = [
        ("a", "whole", "3", "how many"),
        ("b", "text", None, "who, required"),
        ("c", "day", "null", "since"),
    ]
    assert [(p.name, p.kind, p.default, p.meaning) for p in query.params] == expected
    assert query.columns == (("x", "the first"), ("y", "the second"))
    assert query.cypher == "MATCH (n)  // title: not a header any more\nRETURN $a AS x, $b AS y\nORDER BY x"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("// title:  Two numbers", "", "needs one title"),
        ("// read: First this.", "// title: again", "needs one title"),
        ("a whole = 3 | how many", "a whale = 3 | how many", "kind one of text, whole"),
        ("a whole = 3 | how many", "a whole = 3", "expected name kind = default"),
        ("a whole = 3 | how many", "a whole = three | how many", "a is 'three'; expected a whole number"),
        ("x | the first", "x: the first", r"expected name \| meaning"),
    ],
)
def test_faulty_headers(old: str, new: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        parse_query(TEXTS.replace(old, new), "topic", "name")


def test_parameters_are_bound_by_kind() -> None:
    query = parse_query(TEXTS, "topic", "name")
    store = RecordingStore({query.cypher: [{"n": 7}]})
    assert run_query(store, query, {"b": "null"}).to_pylist() == [{"n": 7}]
    assert store.sent == [Sent(query.cypher, {"a": 3, "b": "null", "c": None})]
    assert bind_query_params(query, {"a": "-4", "b": "x=y", "c": "2024-02-29"}) == {
        "a": -4,
        "b": "x=y",
        "c": "2024-02-29",
    }
    for given_values, message in (
        ({}, r"name needs b \(who, required\); give it as b=\.\.\."),
        ({"b": "x", "z": "1"}, "name has no parameter z; it has a, b, c"),
        ({"b": "x", "a": "1.5"}, "parameter a is '1.5'; expected a whole number"),
        ({"b": "x", "c": "2023-02-29"}, "parameter c is '2023-02-29'; expected a day"),
    ):
        with pytest.raises(QueryError, match=message):
            bind_query_params(query, given_values)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("number", "1e3", 1000.0), ("flag", "Yes", True), ("flag", "0", False),
        ("list", "a, b,,c ", ["a", "b", "c"]), ("list", "", []), ("text", " x ", " x "),
    ],
)  # fmt: skip
def test_values_of_each_kind(kind: str, text: str, expected: object) -> None:
    assert read_value(QueryParam("p", kind, None, ""), text) == expected


@pytest.mark.parametrize(
    ("kind", "text"), [("number", "nan"), ("number", "inf"), ("flag", "maybe"), ("day", "1/2/24")]
)
def test_values_that_do_not_fit(kind: str, text: str) -> None:
    with pytest.raises(QueryError, match="parameter p is"):
        read_value(QueryParam("p", kind, None, ""), text)


@given(st.sampled_from(sorted(KINDS)), st.text(max_size=12))
def test_any_text_is_read_or_refused_in_one_line(kind: str, text: str) -> None:
    try:
        value = read_value(QueryParam("p", kind, None, ""), text)
    except QueryError as fault:
        assert len(str(fault).splitlines()) == 1
    else:
        assert value is not None
        assert not isinstance(value, float) or isfinite(value)


@pytest.mark.parametrize("engine", ENGINES)
def test_parts_that_nobody_has_are_missing_not_unknown(request: pytest.FixtureRequest, engine: str) -> None:
    with holding(request, engine, _graph_tables("controlled")) as (made, _):
        none = pa.nulls(len(SCORES), pa.float64())
        pds = {"firm_id": list(SCORES), "pd": list(SCORES.values())}
        reasons = pa.nulls(len(SCORES), pa.list_(TEXT))
        parts = {"own": none, "context": none, "caught": none, "reasons": reasons}
        made.write_scores(pa.table({**pds, **parts}))
        rows = _answer(made, "riskiest", top="1")
        assert [row[-4:] for row in rows] == [(None, None, None, None)]
        with pytest.raises(CypherError, match="unknown property risk_cought of Firm"):
            made.run("MATCH (f:Firm) RETURN f.risk_cought")
