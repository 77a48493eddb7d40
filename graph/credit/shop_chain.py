"""The supply chain part of a memo: partners, second tier, circles, and the paths of contagion to the shop.

Each part names the library query that shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from supplyrisk.graph.contagion.caught_paths import CaughtPath
from supplyrisk.graph.credit.score_history import ScoreHistory
from supplyrisk.graph.credit.shop_facts import ShopFacts
from supplyrisk.graph.schema.relations import end_of

Row = dict[str, Any]
SOLE_SHARE = 0.999
"""Share from which a partner counts as the only one; below 1 because shares are rounded."""
SHOWN_BY = {
    "partners": "shop/partners",
    "second_tier": "shop/second-tier",
    "single_sources": "shop/partners",
    "common": "shop/second-tier",
    "carriers": "shop/carriers",
    "guarantees": "shop/guarantees",
    "rings": "shop/guarantee-ring",
    "trade_rings": "trade/rings-through",
    "lines": "shop/loans",
}
"""By part of a memo, the query that shows it."""


def chain_of(shop: ShopFacts, scored: ScoreHistory, paths: Sequence[CaughtPath]) -> Row:
    """Return the supply chain of a shop as JSON types."""
    return {
        "suppliers": shop.partners_on("supplier"),
        "customers": shop.partners_on("customer"),
        "second_tier": shop.second_tier,
        "single_sources": [p["other"] for p in shop.partners if p["share"] >= SOLE_SHARE],
        "common": common_of(shop.second_tier),
        "carriers": shop.carriers,
        "guarantees": shop.guarantees,
        "rings": shop.rings,
        "trade_rings": shop.trade_rings,
        "caught_from": scored.row["neighbours"] or [],
        "paths": [_path(path) for path in paths],
        "shown_by": {part: _query_record(shop, name) for part, name in SHOWN_BY.items()},
    }


def common_of(second_tier: Iterable[Row]) -> list[Row]:
    """Return firms at tier 2 that supply several of its suppliers: apparently independent sources that are one."""
    # By firm at tier 2, the shop's suppliers that buy from it.
    behind: dict[str, list[str]] = {}
    for row in second_tier:
        if row["side"] == "supplier":
            behind.setdefault(row["other"], []).append(row["via"])
    return [{"firm": firm, "behind": sorted(via)} for firm, via in sorted(behind.items()) if len(via) > 1]


def _path(path: CaughtPath) -> Row:
    row = asdict(path) | {"seen_by": seen_by(path)}
    # `firms` only tells persons from firms, which seen_by needs and documents do not.
    del row["firms"]
    return row


def seen_by(path: CaughtPath) -> list[Row]:
    """Return the queries that show the links of a path, each run for the link's target.

    Rarer relations have no query, and neither have links to persons: the queries take a firm.
    """
    rows = [
        {"name": query, "params": {"firm": target}}
        for link, target, firm in zip(path.links, path.chain[1:], path.firms[1:], strict=True)
        if firm and (query := end_of(link).shown_by)
    ]
    # Duplicates are removed, in the order of the path.
    return [row for number, row in enumerate(rows) if row not in rows[:number]]


def _query_record(shop: ShopFacts, name: str) -> Row | None:
    """Return the query of that name with the parameters that it was run with for this shop."""
    return next((asdict(record) for record in shop.query_records if record.name == name), None)
