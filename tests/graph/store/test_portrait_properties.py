"""Portraits in the graph, on both stores: what is written, what it leaves alone, and when it goes."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from handmade import AS_OF, tables_of
from portrait_shop import EXPECTED, shop_rows
from stores import ENGINES, holding
from supplyrisk.graph.errors import CypherError, DataError, StoreError
from supplyrisk.graph.merchant.portrait import INDICATORS, INDICES, portrait_properties, portrait_table
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from supplyrisk.graph.store.graph_tables import graph_tables_of
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.workspace.tables import DatasetInfo

TABLES = tables_of(DatasetInfo("portraits"), **shop_rows())


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with holding(request, request.param, graph_tables_of(build_snapshot(TABLES, AS_OF)), fresh=True) as (
        made,
        _,
    ):
        yield made


def values(store: Store, *names: str) -> list[tuple[object, ...]]:
    items = ", ".join(f"f.{name}" for name in names)
    return [
        tuple(row.values())
        for row in store.run(f"MATCH (f:Firm) RETURN {items} ORDER BY f.firm_id").to_pylist()
    ]


def test_the_properties_of_a_portrait() -> None:
    properties = portrait_properties(portrait_table(TABLES, AS_OF))
    row = properties.to_pylist()[0]
    assert (row["firm_id"], row["portrait_as_of"], row["portrait_days"]) == ("A", AS_OF.isoformat(), 60)
    for key, (value, *_) in EXPECTED.items():
        assert row[f"portrait_{key}"] == pytest.approx(value, rel=1e-8)
    assert (row["portrait_sales_change"], row["portrait_sales_yearly_change"]) == (1.0, -0.5)
    totals = sum(indicator.is_total for indicator in INDICATORS.values())
    assert len(row) == 3 + len(INDICES) + len(INDICATORS) + 2 * totals


def test_portraits_scores_and_portraits_again(store: Store) -> None:
    store.write_scores(pa.table({"firm_id": ["A", "B"], "pd": [0.1, 0.2]}))
    store.write_portraits(portrait_properties(portrait_table(TABLES, AS_OF)))
    assert values(store, "portrait_sales", "portrait_days", "risk_pd")[:2] == [
        (600.0, 60, 0.1),
        (None, 60, 0.2),
    ]
    assert "portrait_sales" in store.info().portraits
    assert store.info().scores == ("risk_pd",)
    store.write_scores(pa.table({"firm_id": ["B"], "pd": [0.3]}))
    assert values(store, "portrait_sales", "risk_pd")[:2] == [(600.0, None), (None, 0.3)]
    store.write_portraits(pa.table({"firm_id": ["B"], "portrait_sales": [5.0]}))
    assert values(store, "portrait_sales", "risk_pd")[:2] == [(None, None), (5.0, 0.3)]
    assert store.info().portraits == ("portrait_sales",)
    store.rebuild(graph_tables_of(build_snapshot(TABLES, AS_OF)))
    assert (store.info().portraits, store.info().scores) == ((), ())


def test_without_portraits_a_statement_says_how_to_write_them(store: Store) -> None:
    with pytest.raises(CypherError, match=r"no firm has portrait_sales: .* no portraits; run scgraph store"):
        store.run("MATCH (f:Firm) RETURN f.portrait_sales")
    store.write_portraits(pa.table({"firm_id": ["B"], "sales": [5.0]}))
    with pytest.raises(CypherError, match="unknown property portrait_sale of Firm"):
        store.run("MATCH (f:Firm) RETURN f.portrait_sale")
    with pytest.raises(CypherError, match="the store holds no scores"):
        store.run("MATCH (f:Firm) RETURN f.risk_pd")


def test_faulty_portraits_change_nothing(store: Store) -> None:
    store.write_portraits(pa.table({"firm_id": ["B"], "sales": [5.0]}))
    with pytest.raises(StoreError, match="not in the store"):
        store.write_portraits(pa.table({"firm_id": ["Z"], "sales": [1.0]}))
    with pytest.raises(DataError, match="portraits with columns sales"):
        store.write_portraits(pa.table({"sales": [1.0]}))
    assert values(store, "portrait_sales")[:2] == [(None,), (5.0,)]
