"""Scenarios in a policy file: for which shops, loans and days they are, and which keys of the policy they change.

All keys have defaults, so that policies without scenarios stay valid and keep their hash.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from supplyrisk.graph.credit.admission.business_stage import BusinessStage
from supplyrisk.graph.schema.contract import PRODUCTS
from supplyrisk.graph.schema.strict_toml import Share, StrictTable, Text, Texts, accepted_if, expects

Money = Annotated[float, Field(ge=0), expects("an amount from 0")]
Name = Annotated[str, accepted_if(lambda text: text.strip() and text.isprintable()), expects("a name")]
# A TOML time is a day for pydantic, too.
Day = Annotated[date, accepted_if(lambda day: type(day) is date), expects("a day without quotes: 2025-11-11")]
Stages = Annotated[
    tuple[str, ...],
    Field(strict=False),
    accepted_if(lambda stages: set(stages) <= set(BusinessStage)),
    expects(f"a list of {', '.join(BusinessStage)}"),
]
Products = Annotated[
    tuple[str, ...],
    Field(strict=False),
    accepted_if(lambda products: set(products) <= set(PRODUCTS)),
    expects(f"a list of {', '.join(PRODUCTS)}"),
]
Grade = Literal["A", "B", "C", "D", "E", "F", "G"]
Caps = Annotated[dict[Grade, Money], expects("caps by grade, such as { C = 100_000.0 }")]


class CampaignDays(StrictTable):
    """A campaign with its first and its last day; scenarios name it."""

    name: Name
    first_day: Day
    last_day: Day

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Collection[str]) -> Iterable[str]:
        """Yield that it ends before it begins."""
        first_day = values.get("first_day")
        last_day = values.get("last_day")
        if isinstance(first_day, date) and isinstance(last_day, date) and last_day < first_day:
            yield f"last_day {last_day} is before first_day {first_day}"


class ScenarioConditions(StrictTable):
    """For which shops and loans a scenario is; all conditions must be met, and one that is not stated is met.

    Parameters
    ----------
    industry, shop_type, region: of the shop, as the data name them.
    goods: its category of goods: the one that most of its trade with firms in 180 days is in.
    stage: of its business, see `stage_of_business`.
    product: of the loan.
    campaign: name of a [[campaign]] of the file, on whose days the scenario applies.
    longest_days: term of the loan up to which it applies; None: any.
    """

    industry: Texts = ()
    shop_type: Texts = ()
    region: Texts = ()
    goods: Texts = ()
    stage: Stages = ()
    product: Products = ()
    campaign: Text | None = None
    longest_days: Annotated[int, Field(ge=1), expects("a number of days from 1")] | None = None


class ScenarioTerms(StrictTable):
    """The keys of the policy that a scenario may change; None, or no caps: as the policy states them.

    Parameters
    ----------
    by_grade: caps of some grades; the other grades keep theirs.
    most: amount.most, the largest total without a credit committee.
    turnover_share: turnover.share.
    least_coverage: coverage.least.
    order_advance, receivable_advance: of financed.
    hurdle, funding_rate, cost: of economics; they do not change the limit.
    """

    by_grade: Caps = Field(default_factory=dict)
    most: Money | None = None
    turnover_share: Share | None = None
    least_coverage: Share | None = None
    order_advance: Share | None = None
    receivable_advance: Share | None = None
    hurdle: Share | None = None
    funding_rate: Share | None = None
    cost: Share | None = None

    def filled_from(self, own: ScenarioTerms) -> ScenarioTerms:
        """Return all keys, those that are not stated here as a policy's own terms have them."""
        stated = {name: value for name, value in self if value is not None}
        caps = {**own.by_grade, **self.by_grade}
        return own.model_copy(update={**stated, "by_grade": caps})


class PolicyScenario(StrictTable):
    """A scenario of a policy.

    Parameters
    ----------
    name: in memos. name_zh: in Chinese ones; the same by default.
    when: its conditions. terms: what it changes.
    extra_el: ceiling on the extra EL of all shops that it admits, money; None: not an admission, no ceiling.
    expires_on: last day on which it applies; None: that of its campaign, or none.
    """

    name: Name
    name_zh: Text = ""
    when: ScenarioConditions = ScenarioConditions()
    terms: ScenarioTerms = Field(alias="set", description="a table with the keys that it changes")
    extra_el: Money | None = None
    expires_on: Day | None = None

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Collection[str]) -> Iterable[str]:
        """Yield what an admission lacks: its extra EL is of one product, of a longest term, and of some days."""
        if "extra_el" not in keys:
            return
        when = values.get("when")
        when = when if isinstance(when, dict) else {}
        products = when.get("product")
        if not isinstance(products, list) or len(products) != 1:
            yield "extra_el without one product, expected one in when.product: its EAD is that of the product"
        if "longest_days" not in when:
            yield "extra_el without when.longest_days, expected the longest term: EL is over a term"
        if "campaign" not in when and "expires_on" not in keys:
            yield "extra_el without a last day, expected when.campaign or expires_on"

    @property
    def is_admission(self) -> bool:
        """Whether it admits shops up to a ceiling on their extra EL."""
        return self.extra_el is not None
