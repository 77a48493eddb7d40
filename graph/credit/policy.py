"""The lending policy: thresholds read from a TOML file, validated, and identified in every memo by a hash.

The thresholds of the limit's rules are declared in `limit_rules`, those of the findings in `conclusion`, those of
IFRS 9 stages in `loan_stages`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from supplyrisk.graph.credit.admission.business_stage import StageBounds
from supplyrisk.graph.credit.admission.scenario_policy import CampaignDays, PolicyScenario, ScenarioTerms
from supplyrisk.graph.credit.admission.scenario_terms import stricter_keys
from supplyrisk.graph.credit.conclusion import ConclusionPolicy
from supplyrisk.graph.credit.economics_policy import CollateralPolicy, EconomicsPolicy
from supplyrisk.graph.credit.following.follow_policy import FollowPolicy
from supplyrisk.graph.credit.limit_rules import AmountLimits, GradeCaps
from supplyrisk.graph.credit.loan_stages import StagingRules
from supplyrisk.graph.merchant import REASON_CODES
from supplyrisk.graph.schema.contract import PRODUCTS
from supplyrisk.graph.schema.strict_toml import (
    Share,
    StrictTable,
    Text,
    Texts,
    parse_toml,
    read_toml,
    table_fault,
)


class LossParameters(StrictTable):
    """The LGD of loans without an own estimate, and the credit conversion factor (CCF) of each product.

    The CCF is the share of the undrawn amount that is drawn by the time of default. lgd_by_product: LGD of products
    that differ from the others; none by default.
    """

    lgd: Share
    ccf: dict[str, Share]
    lgd_by_product: dict[str, Share] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _every_product(self) -> Self:
        # A missing product would fail only when a loan of it is requested.
        if set(self.ccf) != set(PRODUCTS):
            raise ValueError(f"loss.ccf names {', '.join(self.ccf)}; expected {', '.join(PRODUCTS)}")
        unknown = sorted(set(self.lgd_by_product) - set(PRODUCTS))
        if unknown:
            raise ValueError(
                f"loss.lgd_by_product names {', '.join(unknown)}; expected any of {', '.join(PRODUCTS)}"
            )
        return self

    def lgd_of(self, product: str | None) -> float:
        """Return the LGD of a product without collateral; None: of a line without a product."""
        return self.lgd_by_product.get(product, self.lgd) if product else self.lgd


class ReasonsPolicy(StrictTable):
    """What letters to shops may state.

    Parameters
    ----------
    permitted: codes of principal reasons, of REASON_CODES; a score's reasons of other codes are not stated.
    contact: whom a shop asks to correct its data, one line; "" (default): the institution that sent the letter.
    """

    permitted: Texts = REASON_CODES
    contact: Text = ""

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [code for code in self.permitted if code not in REASON_CODES]
        if unknown:
            raise table_fault(
                f"reasons.permitted names {', '.join(unknown)}; expected codes of {', '.join(REASON_CODES)}"
            )
        return self


class Policy(ConclusionPolicy):
    """A lending policy; the comments in the shipped policy.toml explain units and reasons."""

    name: str
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    loss: LossParameters
    staging: StagingRules = StagingRules()
    economics: EconomicsPolicy = EconomicsPolicy()
    collateral: CollateralPolicy = CollateralPolicy()
    reasons: ReasonsPolicy = ReasonsPolicy()
    stages: StageBounds = StageBounds()
    follow: FollowPolicy = FollowPolicy()
    campaigns: Annotated[tuple[CampaignDays, ...], Field(strict=False)] = Field(default=(), alias="campaign")
    scenarios: Annotated[tuple[PolicyScenario, ...], Field(strict=False)] = Field(
        default=(), alias="scenario"
    )
    _hash_of_file: str | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _scenarios_fit(self) -> Self:
        faults = list(self._scenario_faults())
        if faults:
            raise table_fault("; ".join(faults))
        return self

    def _scenario_faults(self) -> Iterator[str]:
        """Yield the faults of scenarios that concern the rest of the policy, too."""
        for kind, tables in (("campaign", self.campaigns), ("scenario", self.scenarios)):
            for name, count in Counter(table.name for table in tables).items():
                if count > 1:
                    yield f"{count} [[{kind}]] tables are called {name!r}, expected different names"
        known = [campaign.name for campaign in self.campaigns]
        for scenario in self.scenarios:
            label = f"scenario {scenario.name!r}"
            campaign = scenario.when.campaign
            if campaign is not None and campaign not in known:
                listed = ", ".join(known) or "none"
                yield f"{label} names the campaign {campaign!r}, expected a [[campaign]] of the file: {listed}"
            try:
                self.under(scenario.terms)
            except ValidationError as fault:
                texts = [error["msg"].removeprefix("Value error, ") for error in fault.errors()]
                yield f"{label}: {'; '.join(texts)}"
            stricter = stricter_keys(scenario.terms, self.own_terms)
            if scenario.is_admission and stricter:
                yield (
                    f"{label} has an extra_el and sets {', '.join(stricter)} stricter than the policy, "
                    "expected an admission that only loosens"
                )

    @property
    def own_terms(self) -> ScenarioTerms:
        """The policy's own values of the keys that scenarios may change."""
        return ScenarioTerms(
            by_grade=self.by_grade.caps,
            most=self.amount.maximum,
            turnover_share=self.turnover.share,
            least_coverage=self.coverage.minimum,
            order_advance=self.financed.order_advance,
            receivable_advance=self.financed.receivable_advance,
            hurdle=self.economics.hurdle,
            funding_rate=self.economics.funding_rate,
            cost=self.economics.cost,
        )

    def under(self, terms: ScenarioTerms) -> Self:
        """Return the policy with the keys that a scenario changes; its hash stays that of the file.

        Raises
        ------
        ValidationError: the values do not fit the rest of the policy.
        """
        terms = terms.filled_from(self.own_terms)
        amount = self.amount
        changed = self.model_copy(
            update={
                "by_grade": GradeCaps(**terms.by_grade),
                "amount": AmountLimits(least=amount.minimum, most=terms.most or 0.0, step=amount.step),
                "turnover": self.turnover.model_copy(update={"share": terms.turnover_share}),
                "coverage": self.coverage.model_copy(update={"minimum": terms.least_coverage}),
                "financed": self.financed.model_copy(
                    update={name: getattr(terms, name) for name in ("order_advance", "receivable_advance")}
                ),
                "economics": self.economics.model_copy(
                    update={name: getattr(terms, name) for name in ("hurdle", "funding_rate", "cost")}
                ),
            }
        )
        changed._hash_of_file = self.hash
        return changed

    def last_day(self, scenario: PolicyScenario) -> date | None:
        """Return the last day of a scenario: the earlier of its own and its campaign's; None where it has none."""
        ends = [campaign.last_day for campaign in self.campaigns if campaign.name == scenario.when.campaign]
        ends += [scenario.expires_on] if scenario.expires_on else []
        return min(ends, default=None)

    def first_day(self, scenario: PolicyScenario) -> date | None:
        """Return the first day of the campaign of a scenario; None where it has none."""
        campaign = scenario.when.campaign
        return next((known.first_day for known in self.campaigns if known.name == campaign), None)

    @model_validator(mode="after")
    def _currency_rate(self) -> Self:
        # The default rate is of the shipped policy's currency.
        economics = self.economics
        has_rate = self.currency == "CNY" or "per_eur" in economics.model_fields_set
        if economics.segment == "corporate" and not has_rate:
            raise ValueError(
                f"economics.per_eur is not stated; expected the units of {self.currency} for one EUR, "
                "by which sales are converted for corporate loans"
            )
        return self

    @property
    def hash(self) -> str:
        """SHA-256 of the policy's values in a fixed order; it does not depend on comments and spacing of the file."""
        if self._hash_of_file:
            return self._hash_of_file
        # By alias: the keys of the file, so that the hash does not depend on names in the code. Without defaults: a
        # key that a later version adds has one, and the hash of older files stays what it was.
        values = self.model_dump(by_alias=True, exclude_defaults=True)
        text = json.dumps(values, sort_keys=True, ensure_ascii=False, allow_nan=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def shipped_policy() -> str:
    """Return the text of the shipped policy, with its comments."""
    return resources.files("supplyrisk.graph.credit").joinpath("policy.toml").read_text(encoding="utf-8")


def policy_text(path: Path | None = None) -> str:
    """Return the text of a policy file that `read_policy` reads, or of the shipped one (default)."""
    return shipped_policy() if path is None else path.read_text(encoding="utf-8")


def parse_policy(text: str, source: str) -> Policy:
    """Parse the text of a policy; source: its name in messages.

    Raises
    ------
    DataError: it is not a valid policy; the message lists all faults.
    """
    return parse_toml(text, Policy, source)


def read_policy(path: Path | None = None) -> Policy:
    """Read a policy from a file, or the shipped one (default).

    Raises
    ------
    DataError: the file cannot be read or is not a valid policy; the message lists all faults.
    """
    if path is None:
        return parse_policy(shipped_policy(), "the shipped policy")
    return read_toml(path, Policy, f"policy {path}")
