"""What the tests of the query library share: a store of planted rows, answers, and sums in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pytest

from handmade import AS_OF, Row, tables_of
from stores import holding
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from supplyrisk.graph.store.graph_tables import GraphTables, graph_tables_of
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.workspace.tables import DatasetInfo
from supplyrisk.queries import get_query, run_query

Answer = tuple[Any, ...]
Pair = tuple[str, str]


def planted(name: str, rows: Mapping[str, list[Row]]) -> GraphTables:
    """The graph tables of contract rows at the end of AS_OF."""
    return graph_tables_of(build_snapshot(tables_of(DatasetInfo(name), **rows), AS_OF))


@contextmanager
def library_of(
    request: pytest.FixtureRequest, topic: str, rows: Mapping[str, list[Row]], scores: pa.Table | None = None
) -> Iterator[Store]:
    """A store of the engine that the request names, holding planted rows and scores."""
    name = f"library-{topic}"
    with holding(request, request.param, planted(name, rows)) as (store, _):
        if scores is not None:
            store.write_scores(scores)
        yield store


def answers(store: Store, name: str, **given: str) -> list[Answer]:
    """The rows of a query's answer; its columns are those of its header."""
    query = get_query(name)
    table = run_query(store, query, given)
    assert table.column_names == [column for column, _ in query.columns]
    return [tuple(row.values()) for row in table.to_pylist()]


def same(found: Sequence[Answer], expected: Sequence[Answer]) -> None:
    """Equal rows in equal order; broken numbers to the six digits to which shares are rounded."""
    assert [row[0] for row in found] == [row[0] for row in expected]
    assert found == [tuple(_near(value) for value in row) for row in expected]


def _near(value: Any) -> Any:
    return pytest.approx(value, abs=1e-6) if isinstance(value, float) else value


def downwards(*values: Any) -> tuple[Any, ...]:
    """A sort key that puts the largest numbers first; what is missing goes before them, as in Cypher."""
    return tuple((value is not None, 0 if value is None else -value) for value in values)


def recent(trades: Iterable[Row], days: int = 180) -> dict[tuple[str, str, str | None], float]:
    """Amounts of the last days by supplier, customer and category; pairs without any are there with 0."""
    sums: dict[tuple[str, str, str | None], float] = {}
    for row in trades:
        key = row["supplier_id"], row["customer_id"], row.get("category")
        young = (AS_OF - row["on"]).days < days
        sums[key] = sums.get(key, 0.0) + (row["amount"] if young else 0.0)
    return sums


def by_pair(trades: Iterable[Row], days: int = 180) -> dict[Pair, float]:
    """The same by supplier and customer, without trades with oneself and without what is 0."""
    sums: dict[Pair, float] = {}
    for (supplier, customer, _), amount in recent(trades, days).items():
        if supplier != customer and amount > 0:
            sums[supplier, customer] = sums.get((supplier, customer), 0.0) + amount
    return sums


def totals(flows: Mapping[Pair, float], end: int) -> dict[str, float]:
    """Sums by one end of the pairs: 0 for what suppliers sold, 1 for what customers bought."""
    sums: dict[str, float] = {}
    for pair, amount in flows.items():
        sums[pair[end]] = sums.get(pair[end], 0.0) + amount
    return sums
