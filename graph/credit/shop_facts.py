"""What the graph holds of one shop, for a lender: who it is, its partners, carriers, guarantees and lines.

Every figure is the answer of a named query of the library, so that each can be run again; none is worked out here
by a second path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from supplyrisk.graph.errors import DataError
from supplyrisk.queries import Runner, get_query, run_query

Row = dict[str, Any]
MIN_SHARE = 0.05
"""Links below this share of a firm's trade are not drawn, nor followed to the second tier."""
ALL_ROWS = 1_000_000
"""Rows of a query that nothing may be cut off from: what is left out could be what decides."""
MAX_RINGS = 20
"""Trade rings that are listed, those with the largest smallest link first."""
AGES = {
    "activity_age": "activity",
    "purchase_age": "purchases",
    "delivery_age": "deliveries",
    "statement_age": "statements",
}
"""Columns of a profile that say how old a source is, and the source in words."""


@dataclass(frozen=True)
class QueryRecord:
    """A query of the library that was run, and its parameters: what to run to see it again."""

    name: str
    params: Mapping[str, object]


@dataclass
class RecordedLibrary:
    """Runs queries of the library and keeps note of them."""

    store: Runner[pa.Table]
    records: list[QueryRecord] = field(default_factory=list)

    def table(self, name: str, **params: object) -> pa.Table:
        """The answer of a named query."""
        self.records.append(QueryRecord(name, params))
        return run_query(self.store, get_query(name), params)

    def rows(self, name: str, **params: object) -> list[Row]:
        """The same as rows."""
        return list(self.table(name, **params).to_pylist())


@dataclass(frozen=True)
class ShopFacts:
    """One shop as the graph shows it; each list of rows is the answer of the query that it is named after."""

    profile: Row
    partners: list[Row]
    second_tier: list[Row]
    carriers: list[Row]
    guarantees: list[Row]
    rings: list[Row]
    trade_rings: list[Row]
    loans: list[Row]
    query_records: Sequence[QueryRecord]

    @property
    def firm_id(self) -> str:
        """Its id."""
        return str(self.profile["firm"])

    def partners_on(self, side: str) -> list[Row]:
        """Its suppliers or its customers, the largest share first."""
        return [row for row in self.partners if row["side"] == side]

    @property
    def dependence(self) -> float | None:
        """The largest share of one counterparty in its purchases or sales to firms; None where none is recorded."""
        return max((row["share"] for row in self.partners), default=None)

    @property
    def ring(self) -> tuple[str, ...]:
        """The firms of the first guarantee circle that it is part of."""
        return tuple(self.rings[0]["circle"]) if self.rings else ()


def matching_firms(store: Runner[pa.Table], id_or_name: str) -> list[Row]:
    """Who is meant by an id or a name: one row of the query `shop/named` for an id, else all of that name."""
    rows = RecordedLibrary(store).rows("shop/named", firm=id_or_name)
    return [row for row in rows if row["firm"] == id_or_name] or rows


def shop_facts_of(store: Runner[pa.Table], firm_id: str) -> ShopFacts:
    """All that a memo needs of a firm.

    Raises
    ------
    DataError: the graph does not hold it. StoreError: see `Store.run`.
    """
    library = RecordedLibrary(store)
    profile = library.rows("shop/profile", firm=firm_id)
    if not profile:
        raise DataError(f"no firm {firm_id} in the graph", "a firm_id")
    return ShopFacts(
        profile=profile[0],
        partners=library.rows("shop/partners", firm=firm_id, top=ALL_ROWS),
        second_tier=library.rows("shop/second-tier", firm=firm_id, least=MIN_SHARE, top=ALL_ROWS),
        carriers=library.rows("shop/carriers", firm=firm_id),
        guarantees=library.rows("shop/guarantees", firm=firm_id, top=ALL_ROWS),
        rings=library.rows("shop/guarantee-ring", firm=firm_id),
        trade_rings=library.rows("trade/rings-through", firm=firm_id, top=MAX_RINGS),
        loans=library.rows("shop/loans", firm=firm_id),
        query_records=library.records,
    )
