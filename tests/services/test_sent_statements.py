"""What jobs send to the graph store: library queries and composed texts, with every value as a parameter."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest

from desk import AS_OF, FIRMS, open_desk
from recording_store import RecordingStore, Sent
from supplyrisk import services
from supplyrisk.graph import EmbeddedStore, RequestError, Workspace, read_back
from supplyrisk.graph.credit import matching_firms
from supplyrisk.graph.store.embedded import embedded_store
from supplyrisk.graph.store.graph_tables import GraphTables, NodeTable
from supplyrisk.graph.store.protocol import StoreLocation
from supplyrisk.queries import get_query, list_queries
from supplyrisk.services.check import find_shop

HOSTILE = "x'}) DETACH DELETE f //"
LIBRARY = {query.cypher for query in list_queries()}


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[RecordingStore]:
    """The stores that jobs open, each in front of the embedded one."""
    stores: list[RecordingStore] = []

    def open_store(location: StoreLocation, **_options: object) -> RecordingStore:
        stores.append(RecordingStore(engine=EmbeddedStore(location.folder)))
        return stores[-1]

    monkeypatch.setattr(embedded_store, "open_store", open_store)
    return stores


def test_a_name_is_sent_as_a_parameter_whatever_it_holds() -> None:
    store = RecordingStore({"shop/named": []})
    with pytest.raises(RequestError, match="no firm"):
        find_shop(store, HOSTILE)
    assert store.sent == [Sent(get_query("shop/named").cypher, {"firm": HOSTILE, "top": 20})]


def test_the_one_firm_of_a_name_is_found_and_two_are_listed() -> None:
    one = dict.fromkeys(("firm", "name", "industry", "region")) | {"firm": "F1"}
    assert find_shop(RecordingStore({"shop/named": [one]}), "f1") == "F1"
    two = RecordingStore({"shop/named": [one, one | {"firm": "F2", "region": "North"}]})
    with pytest.raises(RequestError, match=r"2 firms are called twin: F1 \(no region\), F2 \(North\)"):
        find_shop(two, "twin")
    assert [match.firm for match in matching_firms(two, "twin")] == ["F1", "F2"]


def test_jobs_send_queries_of_the_library_and_no_other_text(ws: Path, opened: list[RecordingStore]) -> None:
    workspace = Workspace(ws)
    services.check(workspace, "good shop", amount=1e4, days=90, lender="L1", record=False)
    services.portfolio(workspace, "L1", replicas=1000)
    with pytest.raises(RequestError, match="no firm"):
        services.check(workspace, HOSTILE, amount=1e4, days=90)
    sent = [statement for store in opened for statement in store.sent]
    assert len(sent) > 20
    assert all(store.closed for store in opened)
    assert {statement.cypher for statement in sent} <= LIBRARY
    assert not any(statement.write for statement in sent)
    values = [str(value) for statement in sent for value in statement.params.values()]
    assert {"GOOD", "L1", HOSTILE, "good shop"} <= {*values}


def test_reading_a_graph_back_sends_no_value_of_the_data(ws: Path) -> None:
    with RecordingStore(engine=EmbeddedStore(ws / "graph")) as store:
        snapshot = read_back(store)
    # The desk has no persons, so no statement can name a column of theirs.
    assert (snapshot.firms.num_rows, snapshot.persons.num_rows) == (len(FIRMS), 0)
    assert len(store.sent) > 5
    for statement in store.sent:
        assert (statement.params, statement.write) == ({}, False)
        # Neither text literals nor numbers above 9, such as ids, days and amounts; names are in backticks.
        plain = re.sub(r"`[^`]*`", "", statement.cypher)
        assert not re.findall(r"['\"]|(?<!\w)\d{2,}", plain), statement.cypher


def test_a_query_job_passes_on_its_parameters_and_says_what_it_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "MATCH (f:Firm) WHERE f.firm_id <> $firm RETURN f.firm_id AS firm"
    store = RecordingStore({text: [{"firm": name} for name in "abc"]})
    store.rebuild(_empty_graph())
    monkeypatch.setattr(embedded_store, "open_store", lambda *_args, **_options: store)
    workspace = Workspace(tmp_path)
    result = services.query(workspace, services.statement_of(None, text, [f"firm={HOSTILE}"]), limit=2)
    assert (result.rows.to_pylist(), result.omitted) == ([{"firm": "a"}, {"firm": "b"}], 1)
    assert (result.as_of, result.synthetic) == (str(AS_OF), True)
    assert store.sent == [Sent(text, {"firm": HOSTILE})]
    services.query(workspace, services.Statement(text, {"firm": 1}), write=True)
    assert store.sent[-1] == Sent(text, {"firm": 1}, write=True)
    assert services.query(workspace, services.Statement(text, {"firm": 1}), explain=True).is_plan


def _empty_graph() -> GraphTables:
    firms = pa.table({"firm_id": pa.array([], pa.string())})
    return GraphTables((NodeTable("Firm", firms),), (), {"as_of": str(AS_OF), "synthetic": True})
