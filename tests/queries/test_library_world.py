"""Every query of the library on a synthetic world and on an empty graph: both stores give equal rows in equal order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from handmade import firms
from library_rows import planted, same
from stores import ENGINES, holding
from supplyrisk.graph.credit import CAUSES
from supplyrisk.graph.errors import CypherError
from supplyrisk.graph.merchant.portrait import portrait_properties, portrait_table
from supplyrisk.graph.snapshot.snapshot import Snapshot, build_snapshot
from supplyrisk.graph.store.graph_tables import GraphTables, graph_tables_of
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables
from supplyrisk.loaders.synthetic import synthesize
from supplyrisk.queries import Query, bind_query_params, list_queries

END = date(2025, 12, 28)
QUERIES = {query.name: query for query in list_queries()}


@dataclass(frozen=True)
class World:
    """A world, its scores and portraits, and values for parameters that have no default."""

    graph_tables: GraphTables
    scores: pa.Table
    portraits: pa.Table
    values: dict[str, str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world small enough that two engines answer every query in little time."""
    folder = tmp_path_factory.mktemp("library") / "world"
    synthesize(folder, firms=250, weeks=70, seed=5, end=END)
    frames = {path.stem: pq.read_table(path) for path in folder.glob("*.parquet")}
    tables = Tables(DatasetInfo("library-world", synthetic=True, currency="CNY"), frames)
    snap = build_snapshot(tables, END)
    portraits = portrait_properties(portrait_table(tables, END))
    return World(graph_tables_of(snap), _scores(snap), portraits, _values(snap, frames))


def _scores(snap: Snapshot) -> pa.Table:
    """Scores made up by row number: the queries are tried here, not the model."""
    columns: dict[str, list[object]] = {
        name: [] for name in ("pd", "pd_low", "pd_high", "own", "context", "caught")
    }
    for i, defaulted in enumerate(snap.firms["defaulted"].to_pylist()):
        pd = None if defaulted else (i * 37 % 101) / 300
        parts = [pd and pd * factor for factor in (1.0, 0.5, 1.5, 0.6, 0.1, 0.3)]
        for name, part in zip(columns, parts, strict=True):
            columns[name].append(part)
    reasons = pa.array([["made up"]] * snap.firms.num_rows, pa.list_(pa.string()))
    model = ["made up"] * snap.firms.num_rows
    coverage = snap.firms["coverage"]
    made = {
        "firm_id": snap.firms["firm_id"],
        **columns,
        "coverage": coverage,
        "model": model,
        "reasons": reasons,
    }
    return pa.table(made | _history(columns["pd"]))


def _history(pds: list[object]) -> dict[str, list[object]]:
    """A day before, on which every third firm had no score; the causes take turns."""
    known = [None if i % 3 == 2 else (i * 53 % 97) / 300 for i in range(len(pds))]
    told = [
        None if old is None or not isinstance(pd, float) else (pd - old, CAUSES[i % len(CAUSES)])
        for i, (pd, old) in enumerate(zip(pds, known, strict=True))
    ]
    parts: dict[str, list[object]] = {
        f"moved_by_{cause}": [row and row[0] * (row[1] == cause) for row in told] for cause in CAUSES
    }
    grades: dict[str, list[object]] = {
        name: [None if value is None else "ABCDEFG"[i % 7] for i, value in enumerate(values)]
        for name, values in (("grade", pds), ("grade_before", known))
    }
    day = [None if old is None else "2025-09-30" for old in known]
    return {
        **grades,
        **parts,
        "pd_before": [*known],
        "before_as_of": [*day],
        "moved_by": [r and r[1] for r in told],
    }


def _values(snap: Snapshot, frames: dict[str, pa.Table]) -> dict[str, str]:
    """Busy ends of the world: the ends of the largest trade, the largest lender, carrier and owner."""
    largest = max(snap.trades.to_pylist(), key=lambda row: row["amount"])
    owns = frames["relations"].filter(pc.equal(frames["relations"]["kind"], "owns"))
    day = END - timedelta(days=90)
    return {
        "firm": largest["supplier_id"], "other": largest["customer_id"],
        "supplier": largest["supplier_id"], "customer": largest["customer_id"],
        "lender": _commonest(snap.loans, "lender_id"), "person": _commonest(owns, "from_id"),
        "carrier": _commonest(frames["shipments"], "carrier_id"),
        "firms": ",".join(sorted(set(snap.loans["firm_id"].to_pylist()))[:40]),
        "since": day.isoformat(), "until": (END + timedelta(days=120)).isoformat(),
        "region": str(snap.firms["region"][0]), "industry": str(snap.firms["industry"][0]),
    }  # fmt: skip


def _commonest(table: pa.Table, name: str) -> str:
    counted = Counter(table[name].to_pylist())
    return str(min(counted, key=lambda value: (-counted[value], value)))


@pytest.fixture(scope="module")
def engines(request: pytest.FixtureRequest, world: World) -> Iterator[list[Store]]:
    """The same world in every store."""
    with (
        holding(request, "embedded", world.graph_tables) as (embedded, _),
        holding(request, "neo4j", world.graph_tables) as (server, _),
    ):
        for store in (embedded, server):
            store.write_scores(world.scores)
            store.write_portraits(world.portraits)
        yield [embedded, server]


def _given(query: Query, values: dict[str, str]) -> dict[str, str]:
    lacking = [param.name for param in query.params if param.default is None]
    assert values.keys() >= {*lacking}, f"{query.name}: add a value for {lacking} to _values"
    return {name: values[name] for name in lacking}


@pytest.mark.parametrize("name", QUERIES)
def test_both_stores_answer_alike(engines: list[Store], world: World, name: str) -> None:
    query = QUERIES[name]
    params = bind_query_params(query, _given(query, world.values))
    tables = [store.run(query.cypher, params) for store in engines]
    assert [t.column_names for t in tables] == [[column for column, _ in query.columns]] * 2
    found, other = ([tuple(row.values()) for row in table.to_pylist()] for table in tables)
    same(found, other)
    assert len(set(map(repr, found))) == len(found), "the same row twice"


@pytest.fixture(scope="module", params=ENGINES)
def empty(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A graph of one firm."""
    with holding(request, request.param, planted("library-empty", {"firms": firms("alone")})) as (store, _):
        yield store


@pytest.mark.parametrize("name", QUERIES)
def test_an_empty_graph_has_no_findings(empty: Store, world: World, name: str) -> None:
    query = QUERIES[name]
    try:
        table = empty.run(query.cypher, bind_query_params(query, _given(query, world.values)))
    except CypherError as fault:
        portraits = "no firm has portrait_" in str(fault)
        assert portraits or "no firm has risk_" in str(fault)
        assert ("run scgraph store portraits" if portraits else "run scgraph score first") in str(fault)
    else:
        assert table.to_pylist() == []
