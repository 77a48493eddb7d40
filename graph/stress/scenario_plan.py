"""Scenario plans: the steps of a scenario, and counterfactual changes, in the shape of their TOML file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from supplyrisk.graph.schema.strict_toml import StrictTable, accepted_if, expects, table_fault

EPS = 1e-10
"""Small enough that a larger shock never gives a smaller loss; the 0.01 of the literature is not."""

TIPS_AT = 0.5
"""Lost share of its production from which on a firm tips over."""

FILTERS = ("firms", "region", "industry", "category", "carrier")
_SELECTION = (*FILTERS, "size_at_least", "size_at_most", "carrier_out", "category_lost")
"""Keys that select firms; a step needs at least one of them."""

Word = Annotated[str, accepted_if(str.strip), expects("a text in quotes")]
Firm = Annotated[Word, Field(description="a firm_id")]
Words = Annotated[
    tuple[Word, ...],
    Field(strict=False, min_length=1),
    # A dict keeps the order of first mention.
    AfterValidator(lambda words: tuple(dict.fromkeys(words))),
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    expects("a text in quotes or a list of them"),
]
Fraction = Annotated[float, Field(ge=0, le=1), expects("a number from 0 to 1")]
PositiveFraction = Annotated[float, Field(gt=0, le=1), expects("a number above 0, up to 1")]
NotNegative = Annotated[float, Field(ge=0), expects("a number from 0")]
Positive = Annotated[float, Field(gt=0), expects("a number above 0")]


class ScenarioStep(StrictTable):
    """One shock: which firms it hits, and the share of their capacity that they lose.

    firms, region, industry, category, carrier: accepted words; a firm must match each key by at least one word.
    size_at_least, size_at_most: bounds on a firm's sales, money; None: no bound. carrier_out: a firm loses the share of
    its shipments that these carriers carry. category_lost: it loses the share of its sales in these categories; empty,
    for both: all of its capacity. share: factor on that share, 0 to 1; supply_share, demand_share: where they differ.
    own_weeks: duration; None: that of the plan.
    """

    label: Word = Field(default="", alias="name")
    firms: Words = ()
    region: Words = ()
    industry: Words = ()
    category: Words = ()
    carrier: Words = ()
    size_at_least: NotNegative | None = None
    size_at_most: NotNegative | None = None
    carrier_out: Words = ()
    category_lost: Words = ()
    share: Fraction = 1.0
    supply_share: Fraction | None = Field(default=None, alias="supply")
    demand_share: Fraction | None = Field(default=None, alias="demand")
    own_weeks: Positive | None = Field(default=None, alias="weeks")

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Collection[str]) -> Iterable[str]:
        """Firms are selected, and no key is without effect."""
        if not any(key in keys for key in _SELECTION):
            yield f"names no firms, expected one of {', '.join(_SELECTION)}"
        if "carrier_out" in keys and "category_lost" in keys:
            yield "has carrier_out and category_lost, expected one; make it two steps"
        least = values.get("size_at_least", 0)
        most = values.get("size_at_most", least)
        if least > most:
            yield f"size_at_least {least:g} is above size_at_most {most:g}"
        # share is the default of supply and demand: with both of them it would have no effect.
        if {"share", "supply", "demand"} <= set(keys):
            yield "has share, supply and demand, expected at most two of them"

    @property
    def filters(self) -> dict[str, tuple[str, ...]]:
        """The accepted words by key, of the keys that have any."""
        return {key: getattr(self, key) for key in FILTERS if getattr(self, key)}

    @property
    def supply(self) -> float:
        """Factor on the lost share of what a firm makes, 0 to 1."""
        return self.share if self.supply_share is None else self.supply_share

    @property
    def demand(self) -> float:
        """Factor on the lost share of what a firm buys, 0 to 1."""
        return self.share if self.demand_share is None else self.demand_share


class AddSupplier(StrictTable):
    """A share of a customer's purchases from a sector (default: the new supplier's) or of a category is moved."""

    label: Word = Field(default="", alias="name")
    supplier: Firm = Field(alias="add_supplier")
    customer: Firm
    share: Fraction = Field(description="the share of the purchases that is moved")
    sector: Word | None = None
    category: Word | None = None

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Collection[str]) -> Iterable[str]:
        """Two firms, and one kind of purchases."""
        if "sector" in keys and "category" in keys:
            yield "has sector and category, expected one of them"
        supplier = values.get("add_supplier")
        if supplier is not None and supplier == values.get("customer"):
            yield f"{supplier} as its own supplier, expected two firms"


class MoreStock(StrictTable):
    """A firm's stock lasts a number of days, or a number of times as long as recorded."""

    label: Word = Field(default="", alias="name")
    firm: Firm = Field(alias="stock")
    times: NotNegative | None = None
    days: NotNegative | None = None

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Collection[str]) -> Iterable[str]:
        """Exactly one length."""
        if ("times" in keys) == ("days" in keys):
            yield "expected one of times (of the recorded stock) and days"


class CutGuarantee(StrictTable):
    """A firm no longer guarantees the debts of another."""

    label: Word = Field(default="", alias="name")
    ends: Annotated[
        tuple[Word, Word],
        Field(strict=False),
        accepted_if(lambda ends: ends[0] != ends[1]),
        expects("[guarantor, guaranteed]"),
    ] = Field(alias="cut_guarantee")

    @property
    def guarantor(self) -> str:
        """The firm that guarantees."""
        return self.ends[0]

    @property
    def guaranteed(self) -> str:
        """The firm whose debts are guaranteed."""
        return self.ends[1]


WhatIf = AddSupplier | MoreStock | CutGuarantee
_WHAT_IFS: Mapping[str, type[WhatIf]] = {
    "add_supplier": AddSupplier,
    "stock": MoreStock,
    "cut_guarantee": CutGuarantee,
}
"""Kinds of what-ifs by the key that each of them needs."""


def _what_if(table: object) -> WhatIf:
    kinds = [kind for kind in _WHAT_IFS if isinstance(table, dict) and kind in table]
    if len(kinds) != 1:
        raise table_fault(f"has {' and '.join(kinds) or 'none'}, expected one of {', '.join(_WHAT_IFS)}")
    return _WHAT_IFS[kinds[0]].model_validate(table)


class ScenarioPlan(StrictTable):
    """The content of a scenario file.

    step_weeks: duration of steps without one of their own; default 1. eps: stop after the step in which no production
    fell by more; default 1e-10. substitution: whether firms of one market replace one another; default True. tips_at: a
    firm that loses at least this share of its production tips over; default 0.5.
    """

    name: Word = ""
    step_weeks: Positive = Field(default=1.0, alias="weeks")
    eps: PositiveFraction = EPS
    substitution: bool = True
    tips_at: PositiveFraction = TIPS_AT
    steps: Annotated[tuple[ScenarioStep, ...], Field(strict=False)] = Field(default=(), alias="step")
    what_ifs: Annotated[tuple[Annotated[WhatIf, PlainValidator(_what_if)], ...], Field(strict=False)] = Field(
        default=(), alias="what_if"
    )

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Collection[str]) -> Iterable[str]:
        """There is a step."""
        if not values.get("step", "step" in keys):
            yield "no step, expected at least one [[step]]"

    def weeks_of(self, step: ScenarioStep) -> float:
        """Return the duration of a step."""
        return step.own_weeks or self.step_weeks

    @property
    def weeks(self) -> float:
        """Duration of all steps together."""
        return sum(self.weeks_of(step) for step in self.steps)
