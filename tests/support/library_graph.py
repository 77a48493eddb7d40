"""One small supply chain that holds what the query library looks for: the rows of every library_<topic>.py together.

Each of these modules exports `tables()`, whose firms bear its own letters (ex-, co-, ...), so that a topic can be
added without a change to the others. Every query meets every topic's firms: expected rows are worked out from all of
the rows, in plain Python.
"""

from __future__ import annotations

import hashlib
import importlib
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from handmade import AS_OF, Row, tables_of
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from supplyrisk.graph.store.graph_tables import GraphTables, graph_tables_of
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.workspace.tables import DatasetInfo
from supplyrisk.queries import bind_query_params, get_query

Pair = tuple[str, str]
Deal = tuple[str, str, str | None]


def topic_module(topic: str) -> ModuleType | None:
    """The module that brings a topic's rows, if there is one."""
    return next((module for module in modules() if module.__name__ == f"library_{topic}"), None)


@cache
def modules() -> tuple[ModuleType, ...]:
    """The modules beside this one that bring rows."""
    names = sorted(
        path.stem for path in Path(__file__).parent.glob("library_*.py") if path.stem != "library_graph"
    )
    found = [importlib.import_module(name) for name in names]
    return tuple(module for module in found if hasattr(module, "tables"))


@cache
def library_rows() -> dict[str, list[Row]]:
    """All topics' rows by table."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for module in modules():
        for table, found in module.tables().items():
            rows[table].extend(found)
    return dict(rows)


def graph_tables_with(rows: dict[str, list[Row]]) -> GraphTables:
    """What a store holds of some rows on the last day."""
    made = hashlib.sha256(repr(sorted(rows.items())).encode()).hexdigest()
    return graph_tables_of(
        build_snapshot(tables_of(DatasetInfo("library", content_hash=made), **rows), AS_OF)
    )


@cache
def library_graph_tables() -> GraphTables:
    """What a store holds of all of them."""
    return graph_tables_with(library_rows())


def answers(store: Store, name: str, **params: object) -> list[tuple[Any, ...]]:
    """The rows of a query of the library, its columns checked against its header."""
    query = get_query(name)
    table = store.run(
        query.cypher, bind_query_params(query, {key: str(value) for key, value in params.items()})
    )
    assert table.column_names == [column for column, _ in query.columns]
    return [tuple(row.values()) for row in table.to_pylist()]


# What the trades come to, in plain Python


def recent(row: Row) -> float:
    """What a trade counts for: its amount, if it is of the last 180 days."""
    day: date = row["on"]
    return float(row["amount"]) if 0 <= (AS_OF - day).days < 180 else 0.0


@cache
def deals() -> dict[Deal, float]:
    """Amounts of the last 180 days by supplier, customer and category; trades with oneself left out."""
    found: dict[Deal, float] = defaultdict(float)
    for row in library_rows()["supplies"]:
        if row["supplier_id"] != row["customer_id"]:
            found[row["supplier_id"], row["customer_id"], row.get("category")] += recent(row)
    return {deal: amount for deal, amount in sorted(found.items(), key=repr) if amount > 0}


@cache
def pairs() -> dict[Pair, float]:
    """The same by supplier and customer."""
    found: dict[Pair, float] = defaultdict(float)
    for (supplier, customer, _), amount in deals().items():
        found[supplier, customer] += amount
    return dict(found)


@cache
def purchase_shares() -> dict[Pair, float]:
    """Which share of the customer's purchases the supplier delivers."""
    return _shares(1)


@cache
def sales_shares() -> dict[Pair, float]:
    """Which share of the supplier's sales goes to the customer."""
    return _shares(0)


def _shares(end: int) -> dict[Pair, float]:
    totals: dict[str, float] = defaultdict(float)
    for pair, amount in pairs().items():
        totals[pair[end]] += amount
    return {pair: amount / totals[pair[end]] for pair, amount in pairs().items()}


@cache
def firm_rows() -> dict[str, Row]:
    """The firms by id."""
    return {row["firm_id"]: row for row in library_rows()["firms"]}


Way = tuple[str, ...]


def ways(shares: dict[Pair, float], links: int, least: float = 0.0) -> dict[Way, float]:
    """All ways of at most so many links, no firm twice, each link bringing a share above 0 and at least `least`.

    By way, in the direction of the goods: the product of the shares along it.
    """
    kept = {pair: share for pair, share in shares.items() if share >= least}
    grown: dict[Way, float] = dict(kept)
    found = dict(grown)
    for _ in range(links - 1):
        grown = {
            (*way, customer): carries * share
            for way, carries in grown.items()
            for (supplier, customer), share in kept.items()
            if supplier == way[-1] and customer not in way
        }
        found |= grown
    return found


def top(rows: list[tuple[Any, ...]], *order: int) -> list[tuple[Any, ...]]:
    """Rows sorted by columns, counted from 1; negative: the largest first, and missing before all else."""
    for column in reversed(order):
        place = abs(column) - 1
        rows = sorted(rows, key=lambda row: (row[place] is None, row[place]), reverse=column < 0)
    return rows
