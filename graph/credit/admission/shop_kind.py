"""What the conditions of scenarios ask of a shop: its trade, its goods and the stage of its business."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.credit.admission.business_stage import BusinessStage, StageBounds, stage_of_business
from supplyrisk.graph.credit.admission.scenario_policy import ScenarioConditions
from supplyrisk.graph.credit.shop_facts import RecordedLibrary, ShopProfile

KIND_FACTS = ("industry", "shop_type", "region", "goods", "stage")
"""Facts of a shop that conditions may name."""


@dataclass(frozen=True)
class ShopKind:
    """The facts of a shop that conditions may name; None where unknown."""

    industry: str | None = None
    shop_type: str | None = None
    region: str | None = None
    goods: str | None = None
    stage: BusinessStage | None = None

    def unmet(self, when: ScenarioConditions) -> bool:
        """Return whether a condition is known not to be met."""
        return any(fact is not None and fact not in allowed for fact, allowed in self._stated(when).values())

    def unknown(self, when: ScenarioConditions) -> tuple[str, ...]:
        """Return the names of the facts that conditions need and that are unknown."""
        return tuple(name for name, (fact, _) in self._stated(when).items() if fact is None)

    def _stated(self, when: ScenarioConditions) -> dict[str, tuple[str | None, tuple[str, ...]]]:
        stated = {name: (getattr(self, name), getattr(when, name)) for name in KIND_FACTS}
        return {name: pair for name, pair in stated.items() if pair[1]}


@dataclass(frozen=True)
class BusinessFacts:
    """How long a shop is on the platform, and its sales beside its own past: a row of `shop/business`."""

    tenure_days: float | None
    growth: float | None


@dataclass(frozen=True)
class GoodsCategory:
    """A category of goods that a shop trades with firms, the largest first: a row of `shop/goods`."""

    category: str


def shop_kind_of(profile: ShopProfile, library: RecordedLibrary, bounds: StageBounds) -> ShopKind:
    """Return the kind of a shop of the graph."""
    (business,) = library.rows_as(BusinessFacts, "shop/business", firm=profile.firm)
    goods = library.rows_as(GoodsCategory, "shop/goods", firm=profile.firm, top=1)
    return ShopKind(
        profile.industry,
        profile.shop_type,
        profile.region,
        goods[0].category if goods else None,
        stage_of_business(business.tenure_days, business.growth, bounds),
    )
