"""Which firms and persons a memo mentions, and their names."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from supplyrisk.graph.credit.firm_names import stored_names
from supplyrisk.graph.credit.memo_inputs import MemoInputs
from supplyrisk.graph.credit.shop_facts import Guarantee, Partner, SecondTierLink, ShopFacts


def names_in(inputs: MemoInputs, scores: Path) -> dict[str, str]:
    """Return the names of all firms and persons that a memo mentions, by id, sorted.

    Firms are named as in the score file; persons and firms without a score as in the graph.
    """
    names = _graph_names(inputs.shop) | stored_names(scores, mentioned(inputs))
    return dict(sorted(names.items()))


def mentioned(inputs: MemoInputs) -> set[str]:
    """Return the ids of all firms and persons that a memo mentions."""
    shop = inputs.shop
    ids = {shop.firm_id, *(other for other, _, _ in shop.others), *(line.other for line in shop.group_lines)}
    ids |= {link.via for link in shop.second_tier}
    ids |= {firm for ring in shop.rings for firm in ring.circle}
    ids |= {firm for ring in shop.trade_rings for firm in ring.ring}
    ids |= {neighbour.id for neighbour in inputs.scores.score.caught_from}
    ids |= set(chain.from_iterable(path.chain for path in inputs.paths))
    # Of a stress that stops many firms, as of a region, their number is said.
    ids |= {stress.stopped[0] for stress in inputs.stresses if len(stress.stopped) == 1}
    if inputs.book and inputs.book.counterparty:
        ids.add(inputs.book.counterparty)
    if inputs.other_borrowers:
        ids |= {row.firm for row in inputs.other_borrowers.borrowers}
    return ids


def _graph_names(shop: ShopFacts) -> dict[str, str]:
    others: tuple[Partner | SecondTierLink | Guarantee, ...] = (
        *shop.partners,
        *shop.second_tier,
        *shop.guarantees,
    )
    linked = [(other.other, other.name) for other in others]
    linked += [(carrier.carrier, carrier.name) for carrier in shop.carriers]
    linked.append((shop.firm_id, shop.profile.name))
    return {firm: name for firm, name in linked if name}
