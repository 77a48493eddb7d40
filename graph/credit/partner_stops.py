"""Stress tests of one shop: its largest supplier, largest customer, main carrier or whole region stops operating."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from supplyrisk.graph.credit.memo_inputs import MemoStress
from supplyrisk.graph.credit.shop_facts import ShopFacts

StopEffect = Callable[[Sequence[str]], float | None]
"""Function from the ids of the firms that stop to the effect on the shop; None where it cannot be computed."""


def stops_of(shop: ShopFacts) -> dict[str, tuple[str, ...]]:
    """Return the firms that stop in each stress, by its code; a stress without firms is left out."""
    # Partners and carriers are sorted by share, the largest first.
    region = shop.library.table("shop/same-region", firm=shop.firm_id)["other"].to_pylist()
    stops = {
        "SUPPLIER": [partner.other for partner in shop.partners_on("supplier")[:1]],
        "CUSTOMER": [partner.other for partner in shop.partners_on("customer")[:1]],
        "CARRIER": [carrier.carrier for carrier in shop.carriers[:1]],
        "REGION": region,
    }
    return {code: tuple(firms) for code, firms in stops.items() if firms}


def stresses_of(shop: ShopFacts, pd_if: StopEffect, output_if: StopEffect) -> list[MemoStress]:
    """Return every stress with its effect on the shop.

    Parameters
    ----------
    pd_if: the shop's PD over the horizon by the learned transmissions.
    output_if: share of its production that it would lose by the mechanism.
    """
    stops = stops_of(shop)
    return [MemoStress(code, firms, pd_if(firms), output_if(firms)) for code, firms in stops.items()]
