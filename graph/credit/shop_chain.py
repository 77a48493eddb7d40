"""The supply chain part of a memo: partners, second tier, circles, and the paths of contagion to the shop.

Each part names the library query that shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from supplyrisk.graph.contagion.caught_paths import CaughtPath
from supplyrisk.graph.credit.memo_document import ChainSection, CommonSupplier, MemoPath
from supplyrisk.graph.credit.score_history import StoredScore
from supplyrisk.graph.credit.shop_facts import QueryRecord, SecondTierLink, ShopFacts
from supplyrisk.graph.schema.relations import end_of

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


def chain_of(shop: ShopFacts, score: StoredScore, paths: Sequence[CaughtPath]) -> ChainSection:
    """Return the supply chain of a shop."""
    run = {record.name: record for record in reversed(shop.library.records)}
    return ChainSection(
        suppliers=shop.partners_on("supplier"),
        customers=shop.partners_on("customer"),
        second_tier=shop.second_tier,
        single_sources=tuple(partner.other for partner in shop.partners if partner.share >= SOLE_SHARE),
        common=common_of(shop.second_tier),
        carriers=shop.carriers,
        guarantees=shop.guarantees,
        rings=shop.rings,
        trade_rings=shop.trade_rings,
        caught_from=score.caught_from,
        paths=tuple(
            MemoPath(path.chain, path.links, path.hazard, path.share, path.defaulted, seen_by(path))
            for path in paths
        ),
        shown_by={part: run.get(name) for part, name in SHOWN_BY.items()},
    )


def common_of(second_tier: Iterable[SecondTierLink]) -> tuple[CommonSupplier, ...]:
    """Return firms at tier 2 that supply several of its suppliers: apparently independent sources that are one."""
    # By firm at tier 2, the shop's suppliers that buy from it.
    behind: dict[str, list[str]] = {}
    for link in second_tier:
        if link.side == "supplier":
            behind.setdefault(link.other, []).append(link.via)
    return tuple(
        CommonSupplier(firm, tuple(sorted(via))) for firm, via in sorted(behind.items()) if len(via) > 1
    )


def seen_by(path: CaughtPath) -> tuple[QueryRecord, ...]:
    """Return the queries that show the links of a path, each run for the link's target.

    Rarer relations have no query, and neither have links to persons: the queries take a firm.
    """
    queries = [
        QueryRecord(query, {"firm": target})
        for link, target, firm in zip(path.links, path.chain[1:], path.firms[1:], strict=True)
        if firm and (query := end_of(link).shown_by)
    ]
    # Duplicates are removed, in the order of the path.
    return tuple(query for number, query in enumerate(queries) if query not in queries[:number])
