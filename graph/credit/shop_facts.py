"""What the graph knows about one shop, for a lender: profile, partners, carriers, guarantees and credit lines.

Every figure is the answer of a library query, so that it can be reproduced; none is computed here a second way.
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
"""Links below this share of a firm's trade are not followed to the second tier."""
ALL_ROWS = 1_000_000
"""Value of the parameter `top` for all rows: a row that is cut off could change the conclusion."""
MAX_RINGS = 20
"""Largest number of trade rings that are listed, sorted by their smallest link, the largest first."""
AGES = {
    "activity_age": "activity",
    "purchase_age": "purchases",
    "delivery_age": "deliveries",
    "statement_age": "statements",
}
"""Columns of a profile with the age of a source in days, and the code of the source."""


@dataclass(frozen=True)
class QueryRecord:
    """A library query that was run, with its parameters, so that it can be repeated."""

    name: str
    params: Mapping[str, object]


@dataclass
class RecordedLibrary:
    """Runs library queries and records them."""

    store: Runner[pa.Table]
    records: list[QueryRecord] = field(default_factory=list)

    def table(self, name: str, **params: object) -> pa.Table:
        """Return the answer of a query as a table."""
        self.records.append(QueryRecord(name, params))
        return run_query(self.store, get_query(name), params)

    def rows(self, name: str, **params: object) -> list[Row]:
        """Return the answer of a query as rows."""
        return list(self.table(name, **params).to_pylist())


@dataclass(frozen=True)
class ShopFacts:
    """One shop as the graph shows it; each list has the rows of the query of that name, e.g. `shop/partners`."""

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
        """Return its suppliers ("supplier") or its customers ("customer"), the largest share first."""
        return [row for row in self.partners if row["side"] == side]

    @property
    def dependence(self) -> float | None:
        """Largest share of one counterparty in its purchases or sales to firms, None where no trade is recorded."""
        return max((row["share"] for row in self.partners), default=None)

    @property
    def ring(self) -> tuple[str, ...]:
        """Firms of the first guarantee circle that it is part of; empty where there is none."""
        return tuple(self.rings[0]["circle"]) if self.rings else ()


def matching_firms(store: Runner[pa.Table], id_or_name: str) -> list[Row]:
    """Return the firms with an id or name, as rows of the query `shop/named`: one for an id, all for a name."""
    # An id takes precedence: another firm may have it as its name.
    rows = RecordedLibrary(store).rows("shop/named", firm=id_or_name)
    return [row for row in rows if row["firm"] == id_or_name] or rows


def shop_facts_of(store: Runner[pa.Table], firm_id: str) -> ShopFacts:
    """Return all facts about a firm that a memo needs.

    Raises
    ------
    DataError: the graph does not have the firm.
    StoreError: see `Store.run`.
    """
    library = RecordedLibrary(store)
    # Rings are limited: there can be very many, and the smallest links are not informative.
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
