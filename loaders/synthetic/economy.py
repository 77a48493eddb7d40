"""A synthetic economy as a whole: its plan, its firms and the links between them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from supplyrisk.loaders.synthetic.economy_firms import EconomyFirms, draw_firms
from supplyrisk.loaders.synthetic.trade_links import GuaranteeLinks, TradeLinks, draw_guarantees, draw_links
from supplyrisk.loaders.synthetic.world_plan import WorldPlan


@dataclass(frozen=True)
class Economy:
    """The plan and all that stays fixed during the simulation; persons is the number of owners."""

    plan: WorldPlan
    persons: int
    firms: EconomyFirms
    links: TradeLinks
    guarantees: GuaranteeLinks


def build_economy(plan: WorldPlan) -> Economy:
    """Draw the firms, their trade links and their guarantees."""
    firms = draw_firms(plan)
    links, sales = draw_links(plan, firms)
    # a firm's sales are only known once its customers' purchases are
    firms = replace(firms, sales=sales)
    persons = int(firms.owner.max()) + 1
    return Economy(plan, persons, firms, links, draw_guarantees(plan, firms))
