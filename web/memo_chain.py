"""A shop's supply chain as a drawing: two tiers of suppliers above it, two tiers of customers below it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from supplyrisk.graph import DEFAULTED
from supplyrisk.graph.credit import ChainSection, Memo, Partner, SecondTierLink, memo_words, with_name
from supplyrisk.graph.texts.figures import percent
from supplyrisk.web.charts import Tier, TierLink, TierNode, tiers_chart

MAX_PER_TIER = 5
"""Firms drawn in a tier; the rest are counted at its end."""
PD_COLOURS = ((0.01, "grade-1"), (0.05, "grade-2"), (0.15, "grade-3"), (1.01, "grade-4"))
"""Upper PDs and the colours below them."""


def chain_drawing(memo: Memo) -> Markup:
    """Return the supply chain of a memo as SVG; a tier without firms takes no row."""
    chain = memo.chain
    shop = _node(
        memo.shop.firm, memo.shop.name, memo.risk.pd, defaulted=memo.risk.state == DEFAULTED, large=True
    )
    tiers = [
        _tier(_second_tier(chain, "supplier")),
        _tier(chain.suppliers),
        Tier([shop]),
        _tier(chain.customers),
        _tier(_second_tier(chain, "customer")),
    ]
    drawn = [number for number, tier in enumerate(tiers) if tier.nodes]
    rows = {number: row for row, number in enumerate(drawn)}
    on_paths = {frozenset(ends) for path in chain.paths for ends in pairwise(path.chain)}
    links = [
        TierLink(
            rows[number],
            upper,
            lower,
            share,
            percent(share, 0),
            highlighted=frozenset((upper, lower)) in on_paths,
        )
        for number, upper, lower, share in _links(chain, memo.shop.firm)
        if number in rows
    ]
    title = " / ".join(memo_words("label.drawing", firm=memo.label(memo.shop.firm)))
    description = " ".join(memo_words("label.drawn_how", days=memo.risk.horizon_days))
    return tiers_chart(
        "chain", [tiers[number] for number in drawn], links, title=title, description=description
    )


def _links(chain: ChainSection, shop: str) -> list[tuple[int, str, str, float]]:
    """Return the links as number of the upper tier, upper firm, lower firm and share of the trade."""
    links = [(1, partner.other, shop, partner.share) for partner in chain.suppliers]
    links += [(2, shop, partner.other, partner.share) for partner in chain.customers]
    for link in chain.second_tier:
        if link.side == "supplier":
            links.append((0, link.other, link.via, link.share))
        else:
            links.append((3, link.via, link.other, link.share))
    return links


def _second_tier(chain: ChainSection, side: str) -> list[SecondTierLink]:
    """Return the firms of the second tier on one side, each once, with its largest link."""
    largest: dict[str, SecondTierLink] = {}
    links = (link for link in chain.second_tier if link.side == side)
    for link in sorted(links, key=lambda link: (-link.share, link.other)):
        largest.setdefault(link.other, link)
    return list(largest.values())


def _tier(firms: Sequence[Partner | SecondTierLink]) -> Tier:
    nodes = [_node(firm.other, firm.name, firm.pd, defaulted=firm.defaulted) for firm in firms[:MAX_PER_TIER]]
    return Tier(nodes, max(0, len(firms) - MAX_PER_TIER))


def _node(firm: str, name: str | None, pd: float | None, *, defaulted: bool, large: bool = False) -> TierNode:
    if defaulted:
        colour = "defaulted"
    elif pd is None:
        colour = "no-grade"
    else:
        colour = next(colour for bound, colour in PD_COLOURS if pd < bound)
    return TierNode(firm, colour, with_name(firm, name), name, large)
