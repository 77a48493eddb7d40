"""The recording store is a `Store`: it has the whole protocol, and agrees with the embedded one on a small script."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from recording_store import RecordingStore, Sent
from supplyrisk.graph import EmbeddedStore, SupplyRiskError, contagion_records_of
from supplyrisk.graph.errors import CypherError
from supplyrisk.graph.store.graph_tables import EdgeTable, GraphTables, NodeTable
from supplyrisk.graph.store.property_names import CONTAGION
from supplyrisk.graph.store.protocol import Store
from supplyrisk.queries import get_query

NAMES = "MATCH (f:Firm) WHERE f.firm_id >= $first RETURN f.firm_id AS firm, f.rating AS rating ORDER BY firm"
ROWS = [{"firm": "b", "rating": 2}, {"firm": "c", "rating": None}]


def chain() -> GraphTables:
    """A sells to b, b sells to c, and person p owns a."""
    firms = pa.table({"firm_id": ["a", "b", "c"], "rating": pa.array([1, 2, None], pa.int64())})
    trades = pa.table({"source": ["a", "b"], "target": ["b", "c"], "amount": [1.0, 2.0]})
    owners = pa.table({"source": ["p"], "target": ["a"]})
    return GraphTables(
        (NodeTable("Firm", firms), NodeTable("Person", pa.table({"person_id": ["p"]}))),
        (EdgeTable("SUPPLIES", "Firm", "Firm", trades), EdgeTable("OWNS", "Person", "Firm", owners)),
        {"data": "chain", "content_hash": "h", "as_of": "2025-06-30"},
        {"tables": {"firms": [["firm_id", "string", True]]}},
    )


def exposures() -> pa.Table:
    """Contagion results of the three firms: c is exposed to a."""
    sources = [[], [], [{"firm_id": "a", "exposure": 0.1, "share": 1.0}]]
    numbers = {name: [0.0, 0.1, 0.2] for name in (*CONTAGION, "base_pd")}
    return pa.table({"firm_id": ["a", "b", "c"], **numbers, "sources": sources})


def script(store: Store) -> Iterator[object]:
    """What a store answers step by step; an error counts as an answer, by its class."""

    def held() -> tuple[object, ...]:
        info = store.info()
        return dict(info.stamp), dict(info.nodes), dict(info.edges), info.scores, info.contagion, info.about

    store.rebuild(chain())
    yield held()
    yield store.run(NAMES, {"first": "b"}).to_pylist()
    yield store.explain(NAMES, {"first": "b"}).column_names
    store.write_scores(pa.table({"firm_id": ["a", "b"], "pd": [0.1, None]}))
    yield held()
    store.write_contagion(contagion_records_of(exposures(), None))
    yield held()
    store.write_scores(pa.table({"firm_id": ["a"], "risk_grade": ["B"]}))
    yield held()
    for step in (
        lambda: store.write_scores(pa.table({"firm_id": ["a", "a"], "pd": [0.1, 0.2]})),
        lambda: store.write_scores(pa.table({"firm_id": ["stranger"], "pd": [0.1]})),
        lambda: store.run("MATCH (f:Firm) SET f.rating = 3"),
        lambda: store.run(NAMES, {"first": float("nan")}),
        lambda: store.run(NAMES, {"first": "b"}, timeout=0),
        lambda: store.run("MATCH (f:Firm) RETURN f.firm_id AS f; MATCH (g:Firm) RETURN g.firm_id AS g"),
    ):
        with pytest.raises(SupplyRiskError) as fault:
            step()
        yield fault.type
    yield held()
    store.rebuild(chain())
    yield held()


def test_it_answers_a_script_as_the_embedded_store_does(tmp_path: Path) -> None:
    recording = RecordingStore({NAMES: ROWS})
    with EmbeddedStore(tmp_path / "graph", create=True) as embedded, recording as fake:
        assert list(script(fake)) == list(script(embedded))
    assert recording.closed
    assert recording.sent == [Sent(NAMES, {"first": "b"})] * 2


def test_it_has_every_method_of_the_protocol() -> None:
    typed: Store = RecordingStore()
    names = [
        name for name, member in vars(Store).items() if inspect.isfunction(member) and name != "__init__"
    ]
    assert "write_contagion" in names
    for name in names:
        if not name.startswith("_") or name in ("__enter__", "__exit__"):
            expected = list(inspect.signature(getattr(Store, name)).parameters.values())[1:]
            actual = list(inspect.signature(getattr(typed, name)).parameters.values())
            assert [(p.name, p.kind, p.default) for p in actual] == [
                (p.name, p.kind, p.default) for p in expected
            ], name


def test_rows_are_planned_by_a_query_s_name_and_what_is_not_planned_fails() -> None:
    store = RecordingStore({"shop/named": []})
    query = get_query("shop/named")
    table = store.run(query.cypher, {"firm": "x"})
    assert (table.num_rows, table.column_names) == (0, [name for name, _ in query.columns])
    with pytest.raises(AssertionError, match="no rows are planned for: MATCH"):
        store.run("MATCH (f:Firm) RETURN f.firm_id AS firm")
    with pytest.raises(CypherError, match="the statement writes"):
        store.run("MATCH (f:Firm) DETACH DELETE f")
    assert [sent.params for sent in store.sent] == [{"firm": "x"}, {}]
