"""A snapshot read back from either store is the one that was loaded, to the last bit, but for the outcome."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stores import ENGINES, holding
from supplyrisk import gnn
from supplyrisk.graph import DatasetInfo, DefaultDefinition, Snapshot, Tables, build_snapshot
from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.graph_tables import OUTCOME_COLUMNS, GraphTables, graph_tables_of
from supplyrisk.graph.store.read_back import read_back
from supplyrisk.loaders.synthetic import synthesize

DEFINITION = DefaultDefinition(("default",), 60)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder: Path = tmp_path_factory.mktemp("world") / "made"
    synthesize(folder, firms=120, weeks=60, seed=3)
    tables = {path.stem: pq.read_table(path) for path in folder.glob("*.parquet")}
    return build_snapshot(
        Tables(DatasetInfo("world", synthetic=True, currency="CNY", standing=("owns",)), tables),
        default_definition=DEFINITION,
    )


@pytest.mark.parametrize("kind", ENGINES)
def test_a_snapshot_read_back_is_the_one_that_was_loaded(
    request: pytest.FixtureRequest, kind: str, seen: Snapshot
) -> None:
    with holding(request, kind, graph_tables_of(seen), fresh=True) as (store, _):
        store.run("CREATE (:Firm {firm_id: 'by hand'})", write=True)
        back = read_back(store)
    assert (back.as_of, back.horizon_days, back.info) == (seen.as_of, seen.horizon_days, seen.info)
    assert (back.features, back.sources) == (seen.features, seen.sources)
    assert back.default_definition == seen.default_definition == DEFINITION
    same(back.firms.drop_columns(list(OUTCOME_COLUMNS)), seen.firms.drop_columns(list(OUTCOME_COLUMNS)))
    assert back.firms["outcome"].null_count == back.firms.num_rows
    assert back.firms.column_names == seen.firms.column_names
    assert list(back.edges) == list(seen.edges)
    assert len(seen.edges) > 3
    for edge, table in seen.edges.items():
        same(back.edges[edge], table)
    for name in ("persons", "trades", "loans"):
        same(getattr(back, name), getattr(seen, name))
    assert back.events.num_rows == seen.events.num_rows
    # And the graph tables made of it again are the same.
    assert graph_tables_of(back).edges[0].rows.equals(graph_tables_of(seen).edges[0].rows)


def same(found: pa.Table, expected: pa.Table) -> None:
    assert expected.num_rows
    assert found.schema.equals(expected.schema)
    for name in expected.column_names:
        assert found[name].equals(expected[name]), name


@pytest.mark.parametrize("kind", ENGINES)
def test_a_graph_of_an_earlier_version_says_so(
    request: pytest.FixtureRequest, kind: str, seen: Snapshot
) -> None:
    made = graph_tables_of(seen)
    bare = GraphTables(made.nodes, made.edges, made.stamp)
    with (
        holding(request, kind, bare, fresh=True) as (store, _),
        pytest.raises(StoreError, match="cannot be read back; load the data again"),
    ):
        read_back(store)


@pytest.mark.parametrize("kind", ENGINES)
def test_scores_from_a_store_alone_are_those_from_the_files(
    request: pytest.FixtureRequest, kind: str, model: gnn.RiskModel, now: Snapshot
) -> None:
    expected = gnn.score(model, now, use="network")
    with holding(request, kind, graph_tables_of(now), fresh=True) as (store, _):
        found = gnn.score(model, read_back(store), use="network")
    assert found.firms["firm_id"].equals(expected.firms["firm_id"])
    for name in ("pd", "own", "context", "caught"):
        for a, b in zip(found.firms[name].to_pylist(), expected.firms[name].to_pylist(), strict=True):
            assert a == b if b is None else a == pytest.approx(b, abs=1e-6), name
