"""Both stores against answers worked out by hand and by networkx on one small supply chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import networkx as nx
import pyarrow as pa
import pytest

from stores import ENGINES, holding
from supplyrisk.graph.errors import CypherError, DataError
from supplyrisk.graph.snapshot.features.feature import Feature
from supplyrisk.graph.snapshot.snapshot import Snapshot
from supplyrisk.graph.store.graph_tables import graph_tables_of, relationship_type, vocabulary
from supplyrisk.graph.store.property_names import Vocabulary
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.workspace.tables import DatasetInfo

# 07 -> a -> b -> c -> d, a -> c, and c -> b closes a ring; e stands alone.
# Two categories from a to b are two links.
FIRMS = ["07", "a", "b", "c", "d", "e"]
REGIONS = ["浙江", "浙江", "North", None, "North", None]
SALES = [1.5, None, -0.0, 1e300, 0.1, None]
TRADES = [
    ("07", "a", None, 5.0),
    ("a", "b", "steel", 10.0),
    ("a", "b", "wood", 20.0),
    ("a", "c", "steel", 40.0),
    ("b", "c", "wood", 80.0),
    ("c", "b", "wood", 160.0),
    ("c", "d", "parts", None),
]
TEXT, NUMBER = pa.string(), pa.float64()


def _features() -> tuple[Feature, ...]:
    plain = Feature("sales", "value sold", "money", 0, "activity", 30)
    odd = Feature("销售 'q`x\"", "an odd name", "money", 0, "firms", None)
    word = Feature("grade", "a word", "", 0, "firms", None, kind="category")
    return (plain, odd, word, Feature("nothing", "never known", "", 0, "firms", None))


def _firms() -> pa.Table:
    return pa.table(
        {
            "firm_id": FIRMS,
            "name": pa.array(["Seven", None, " B ", "丙公司", "D'Or", "é"], TEXT),
            "roles": pa.array(["supplier", "merchant|supplier", "buyer", None, "", "logistics"], TEXT),
            "shop_type": pa.array([None] * 6, TEXT),
            "industry": pa.array([None] * 6, TEXT),
            "region": pa.array(REGIONS, TEXT),
            "defaulted": pa.array([False, True, None, False, False, False]),
            "defaulted_on": pa.array([None, date(2024, 2, 29), None, None, None, None], pa.date32()),
            "coverage": pa.array([1.0, 0.5, None, 0.0, 1.0, 1.0], NUMBER),
            "outcome": pa.array([True, None, None, None, None, None]),
            "outcome_state": ["failed", "defaulted", "sound", "sound", "sound", "sound"],
            "sales": pa.array(SALES, NUMBER),
            "销售 'q`x\"": pa.array([1.0, 2.0, None, 4.0, 5.0, 6.0], NUMBER),
            "grade": pa.array(["AA|B", None, "", " x", "007", "null"], TEXT),
            "nothing": pa.array([None] * 6, NUMBER),
        }
    )


def _trades() -> pa.Table:
    supplier, customer, category, amount = zip(*TRADES, strict=True)
    return pa.table(
        {
            "supplier_id": supplier,
            "customer_id": customer,
            "category": pa.array(category, TEXT).dictionary_encode(),
            "amount": pa.array(amount, NUMBER),
            "orders": pa.array([1, 2, None, 4, 5, 6, 7], pa.int64()),
            "first_on": pa.array([date(2024, 1, i + 1) for i in range(7)], pa.date32()),
            "overdue": pa.array([None] * 7, NUMBER),
        }
    )


def _edges() -> dict[tuple[str, str, str], pa.Table]:
    def pairs(source: list[int], target: list[int], **attributes: list[float | None]) -> pa.Table:
        ends = {"source": pa.array(source, pa.int64()), "target": pa.array(target, pa.int64())}
        return pa.table(ends | {k: pa.array(v, NUMBER) for k, v in attributes.items()})

    return {
        ("firm", "supplies", "firm"): pairs([0], [1], amount=[5.0]),
        ("firm", "carries_for", "firm"): pairs([5, 5], [1, 2], units=[3.0, None], share=[1.0, 0.25]),
        ("firm", "owns", "firm"): pairs([0], [3], weight=[0.6]),
        ("person", "owns", "firm"): pairs([0, 0], [0, 4], weight=[0.4, None]),
        ("person", "担保", "firm"): pairs([1], [4], amount=[7.0]),
    }


def _loans() -> pa.Table:
    days = pa.array([date(2024, 3, 1), date(2024, 3, 2)], pa.date32())
    return pa.table(
        {
            "loan_id": ["L1", "L2"],
            "lender_id": ["bank", "bank"],
            "firm_id": ["a", "d"],
            "on": days,
            "limit": pa.array([100.0, None], NUMBER),
            "drawn": pa.array([60.0, 0.0], NUMBER),
            "due_on": pa.array([date(2024, 9, 1), None], pa.date32()),
        }
    )


def _events() -> pa.Table:
    return pa.table(
        {
            "firm_id": ["a", "a", "a", "e"],
            "on": pa.array([date(2024, 2, 29)] * 4, pa.date32()),
            "row_id": pa.array([None, "E9", None, None], TEXT),
            "kind": ["lawsuit", "default", "lawsuit", "lawsuit"],
            "amount": pa.array([2.0, None, 1.0, None], NUMBER),
            "detail": pa.array([None] * 4, TEXT),
            "source": pa.array([None] * 4, TEXT),
        }
    )


def _snapshot() -> Snapshot:
    info = DatasetInfo(name="tiny", content_hash="abc")
    firms, persons = _firms(), pa.table({"person_id": ["p1", "p2"]})
    extras = (_features(), ("firms",), _trades(), _loans(), _events())
    return Snapshot(date(2024, 3, 31), 180, info, firms, persons, _edges(), *extras)


@pytest.fixture(scope="module", params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store that tests only read."""
    with holding(request, request.param, graph_tables_of(_snapshot())) as (made, _):
        yield made


def _rows(store: Store, cypher: str, **params: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in store.run(cypher, params).to_pylist()]


def _digraph() -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(FIRMS)
    graph.add_edges_from([(s, t) for s, t, _, _ in TRADES])
    return graph


# What is in the graph


def test_info_counts_every_label_and_type_and_says_what_it_was_built_from(store: Store) -> None:
    info = store.info()
    assert info.kind in ENGINES
    assert info.nodes == {"Event": 4, "Firm": 6, "Lender": 1, "Person": 2}
    guarantee = relationship_type("担保")
    assert info.edges == {"HAD": 4, "LENDS_TO": 2, "OWNS": 3, guarantee: 1, "SHIPS_FOR": 2, "SUPPLIES": 7}
    assert info.stamp == {
        "data": "tiny", "content_hash": "abc", "as_of": "2024-03-31", "horizon_days": 180,
        "synthetic": False, "undated": False,
    }  # fmt: skip
    assert info.scores == ()


def test_roles_become_labels(store: Store) -> None:
    for label, expected in {
        "Supplier": ["07", "a"],
        "Merchant": ["a"],
        "Buyer": ["b"],
        "Logistics": ["e"],
    }.items():
        assert _rows(store, f"MATCH (f:{label}) RETURN f.firm_id ORDER BY f.firm_id") == [
            (i,) for i in expected
        ]


def test_every_feature_reads_back_as_it_was(store: Store) -> None:
    names = [f.name for f in _features()]
    items = ", ".join(f"f.`f_{n.replace('`', '``')}` AS x{i}" for i, n in enumerate(names))
    answer = store.run(f"MATCH (f:Firm) RETURN {items} ORDER BY f.firm_id")
    for i, name in enumerate(names):
        assert answer[f"x{i}"].to_pylist() == _firms()[name].to_pylist(), name
    assert str(answer["x0"][2].as_py()) == "-0.0"


def test_missing_values_are_absent_and_the_outcome_is_not_in_the_graph(store: Store) -> None:
    (found,) = _rows(store, "MATCH (f:Firm {firm_id: 'a'}) RETURN f")
    expected = {
        "firm_id": "a", "roles": "merchant|supplier", "region": "浙江", "defaulted": True,
        "defaulted_on": "2024-02-29", "coverage": 0.5, "f_销售 'q`x\"": 2.0,
    }  # fmt: skip
    assert json.loads(found[0]) == {"labels": ["Firm", "Merchant", "Supplier"], "properties": expected}
    nameless = "MATCH (f:Firm) WHERE f.name IS NULL RETURN f.firm_id"
    assert _rows(store, nameless) == [("a",)]


def test_loans_events_and_relations(store: Store) -> None:
    lends = """MATCH (l:Lender)-[r:LENDS_TO]->(f:Firm)
               RETURN f.firm_id, r.loan_id, r.`limit`, r.drawn, r.due_on, r.on ORDER BY r.loan_id"""
    assert _rows(store, lends) == [
        ("a", "L1", 100.0, 60.0, "2024-09-01", "2024-03-01"),
        ("d", "L2", None, 0.0, None, "2024-03-02"),
    ]
    events = "MATCH (:Firm)-[:HAD]->(e:Event) RETURN e.event_id, e.kind, e.on, e.amount ORDER BY e.event_id"
    assert _rows(store, events) == [
        ("E9", "default", "2024-02-29", None),
        ("a/2024-02-29/lawsuit/1", "lawsuit", "2024-02-29", 1.0),
        ("a/2024-02-29/lawsuit/2", "lawsuit", "2024-02-29", 2.0),
        ("e/2024-02-29/lawsuit/1", "lawsuit", "2024-02-29", None),
    ]
    owns = """MATCH (p:Person)-[r:OWNS]->(f:Firm)
              RETURN p.person_id, f.firm_id, r.weight, r.kind ORDER BY f.firm_id"""
    assert _rows(store, owns) == [("p1", "07", 0.4, "owns"), ("p1", "d", None, "owns")]
    any_kind = "MATCH (p:Person)-[r]->(f:Firm) WHERE r.kind = $kind RETURN p.person_id, f.firm_id, r.amount"
    assert _rows(store, any_kind, kind="担保") == [("p2", "d", 7.0)]
    ships = (
        "MATCH (c:Logistics)-[r:SHIPS_FOR]->(f:Firm) RETURN f.firm_id, r.units, r.share ORDER BY f.firm_id"
    )
    assert _rows(store, ships) == [("a", 3.0, 1.0), ("b", None, 0.25)]


def test_two_persons_of_one_id_are_refused() -> None:
    made = _snapshot()
    twice = Snapshot(**{**vars(made), "persons": pa.table({"person_id": ["p1", "p1"]}), "edges": {}})
    with pytest.raises(DataError, match="Person p1 occurs twice"):
        graph_tables_of(twice)


def test_the_graph_does_not_depend_on_the_order_of_events() -> None:
    made = _snapshot()
    turned = Snapshot(**{**vars(made), "events": made.events.take([3, 2, 1, 0])})
    assert graph_tables_of(turned).nodes[3].rows.equals(graph_tables_of(made).nodes[3].rows)


# Statements against plain Python and networkx


def test_aggregates_order_and_limit(store: Store) -> None:
    totals: dict[str, float] = {}
    for supplier, _, _, amount in TRADES:
        totals[supplier] = totals.get(supplier, 0.0) + (amount or 0.0)
    expected = sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:3]
    query = """MATCH (s:Firm)-[r:SUPPLIES]->(:Firm) RETURN s.firm_id AS firm, sum(r.amount) AS total
               ORDER BY total DESC, firm LIMIT 3"""
    assert _rows(store, query) == expected == [("c", 160.0), ("b", 80.0), ("a", 70.0)]


def test_counts_ignore_nulls(store: Store) -> None:
    query = """MATCH ()-[r:SUPPLIES]->()
               RETURN count(*), count(r.amount), count(r.orders), count(DISTINCT r.category)"""
    assert _rows(store, query) == [(7, 6, 6, 3)]


def test_paths_of_one_to_three_steps_use_no_link_twice(store: Store) -> None:
    graph = _digraph()
    expected = sorted((target, length) for target, length in _walks(graph, "a", 3))
    query = (
        "MATCH p = (:Firm {firm_id: 'a'})-[:SUPPLIES*1..3]->(x:Firm) RETURN x.firm_id AS x, length(p) AS n"
    )
    assert _rows(store, query + " ORDER BY x, n") == expected


def _walks(graph: nx.MultiDiGraph, start: str, most: int) -> Iterator[tuple[str, int]]:
    stack: list[tuple[str, frozenset[tuple[str, str, int]]]] = [(start, frozenset())]
    while stack:
        node, used = stack.pop()
        if used:
            yield node, len(used)
        if len(used) < most:
            free = [e for e in graph.out_edges(node, keys=True) if e not in used]
            stack += [(e[1], used | {e}) for e in free]


@pytest.mark.parametrize(("start", "end"), [("07", "d"), ("a", "d"), ("c", "c2"), ("d", "07"), ("b", "d")])
def test_shortest_paths(store: Store, start: str, end: str) -> None:
    graph = _digraph()
    linked = end in graph and nx.has_path(graph, start, end)
    query = """MATCH p = shortestPath((a:Firm {firm_id: $a})-[:SUPPLIES*1..6]->(b:Firm {firm_id: $b}))
               RETURN length(p), [n IN nodes(p) | n.firm_id]"""
    paths = nx.all_shortest_paths(graph, start, end) if linked else []
    expected = {(len(path) - 1, *path) for path in paths}
    found = {(n, *ids) for n, ids in _rows(store, query, a=start, b=end)}
    assert len(found) == (1 if linked else 0)
    assert found <= expected


def test_optional_matches_give_nulls(store: Store) -> None:
    query = """MATCH (f:Firm) OPTIONAL MATCH (f)-[r:SUPPLIES]->(c:Firm) WHERE r.amount > 30
               RETURN f.firm_id AS f, c.firm_id AS c, r.amount AS amount ORDER BY f, c"""
    expected = [(s, t, amount) for s, t, _, amount in TRADES if amount and amount > 30]
    alone = [(f, None, None) for f in FIRMS if f not in {s for s, _, _ in expected}]
    assert _rows(store, query) == sorted(expected + alone, key=lambda row: row[0])


def test_parameters_of_every_kind(store: Store) -> None:
    query = (
        "MATCH (f:Firm) WHERE f.firm_id IN $ids AND f.region = $region RETURN f.firm_id ORDER BY f.firm_id"
    )
    assert _rows(store, query, ids=["07", "a", "b"], region="浙江") == [("07",), ("a",)]
    since = "MATCH (a)-[r:SUPPLIES]->(b) WHERE r.first_on >= $since RETURN r.first_on ORDER BY r.first_on"
    assert _rows(store, since, since=date(2024, 1, 6)) == [("2024-01-06",), ("2024-01-07",)]
    echo = "RETURN $text AS a, $flag AS b, $none AS c, $map.key AS d, $list AS e"
    given_values = {"text": "'; DROP", "flag": True, "none": None, "map": {"key": 1}, "list": [1.5, None]}
    assert _rows(store, echo, **given_values) == [("'; DROP", True, None, 1, [1.5, None])]


def test_paths_come_back_without_internal_ids(store: Store) -> None:
    query = "MATCH p = (:Firm {firm_id: '07'})-[:SUPPLIES]->(:Firm) RETURN p"
    path = json.loads(_rows(store, query)[0][0])
    assert [n["properties"]["firm_id"] for n in path["nodes"]] == ["07", "a"]
    supplies = {
        "type": "SUPPLIES",
        "properties": {"amount": 5.0, "e_amount": 5.0, "orders": 1, "first_on": "2024-01-01"},
    }
    assert path["relationships"] == [supplies]
    assert set(path["nodes"][0]) == {"labels", "properties"}


# What is refused


@pytest.mark.parametrize(
    ("cypher", "message"),
    [
        ("MATCH (f:Frim) RETURN f.firm_id", "unknown label Frim; .*did you mean Firm"),
        ("MATCH (f:Firm)-[:SUPPLYS]->(x) RETURN x.firm_id", "unknown relationship type SUPPLYS.*SUPPLIES"),
        ("MATCH (f:Firm) WHERE NOT (f)-[:SUPPLYS]->() RETURN f.firm_id", "unknown relationship type SUPPLYS"),
        ("MATCH (f:Firm) RETURN f.nmae", "unknown property nmae of Firm.*did you mean name"),
        ("MATCH (f:Merchant) RETURN f.nmae", "unknown property nmae of Merchant"),
        ("MATCH ()-[r:SUPPLIES]->() RETURN r.amont", "unknown property amont of SUPPLIES.*amount"),
        ("MATCH (f:Firm {firmid: 'a'}) RETURN f.name", "unknown property firmid.*firm_id"),
        ("MATCH (f) RETURN f.firmid", "unknown property firmid"),
        ("MATCH (f:Firm) RETURN f.amount", "unknown property amount of Firm"),
        ("MATCH (f:Firm) RETURN f.id", "unknown property id of Firm"),
        (
            "MATCH (f:Firm) RETURN f.risk_pd",
            "no firm has risk_pd: the store holds no scores; run scgraph score",
        ),
        ("MATCH (f:Firm RETURN f", "syntax|Invalid input"),
        ("MATCH (f:Firm {firm_id: $who}) RETURN f.name", "who"),
        ("CREATE (:Firm {firm_id: 'z'})", "the statement writes; expected a statement that only reads"),
        ("MATCH (f:Firm) SET f.name = 'x'", "the statement writes"),
        ("MATCH (f:Firm) DETACH DELETE f", "the statement writes"),
        ("RETURN 1 AS x FORMAT CSV", "CSV|Invalid input 'FORMAT'"),
        ("LOAD CSV FROM 'file:///etc/hostname' AS x RETURN x", "LOAD CSV"),
    ],
)
def test_faulty_statements_are_one_line_that_names_the_fault(store: Store, cypher: str, message: str) -> None:
    with pytest.raises(CypherError, match=message) as caught:
        store.run(cypher)
    assert "\n" not in str(caught.value)
    assert store.run("MATCH (f:Firm) RETURN count(f) AS n")["n"].to_pylist() == [6]


@pytest.mark.parametrize("kind", ENGINES)
def test_names_of_the_contract_that_a_data_set_lacks_are_no_typos(
    request: pytest.FixtureRequest, kind: str
) -> None:
    full = _snapshot()
    bare = Snapshot(
        **{**vars(full), "trades": full.trades.slice(0, 0), "loans": full.loans.slice(0, 0), "edges": {}}
    )
    with holding(request, kind, graph_tables_of(bare), fresh=True) as (store, _):
        assert store.info().edges == {"HAD": 4}
        assert _rows(store, "MATCH (l:Lender)-[r:LENDS_TO]->(f:Firm) RETURN f.firm_id, r.lgd") == []
        assert _rows(store, "MATCH (a:Firm)-[r:SUPPLIES]->(b:Firm) RETURN r.amount") == []
        assert _rows(store, "MATCH (f:Firm {industry: 'x'})-[:HAD]->(e:Event {kind: 'x'}) RETURN e.on") == []


def test_the_deadline_stops_a_statement_and_the_store_lives_on(store: Store) -> None:
    endless = """UNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b UNWIND range(1, 3000) AS c
                 RETURN sum(a * b * c) AS x"""
    with pytest.raises(CypherError, match=r"stopped after 0\.2 s"):
        store.run(endless, timeout=0.2)
    assert _rows(store, "MATCH (f:Firm) RETURN count(f)") == [(6,)]
    with pytest.raises(CypherError, match="deadline of 0"):
        store.run("RETURN 1 AS x", timeout=0)


def test_a_vocabulary_survives_json() -> None:
    made = vocabulary(graph_tables_of(_snapshot()))
    assert Vocabulary.from_json(json.loads(json.dumps(made.to_json()))) == made
    assert {"industry", "f_sales", "defaulted_on"} <= made.labels["Buyer"]
