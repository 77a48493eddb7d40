"""The lending policy: thresholds read from a TOML file, validated, and identified in every memo by a hash."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from supplyrisk.graph.schema.contract import PRODUCTS
from supplyrisk.graph.schema.strict_toml import Share, StrictTable, parse_toml, read_toml

Money = Annotated[float, Field(ge=0)]


# Fields with an alias have other keys in the file; the keys are stable because the hash covers them.
class AmountLimits(StrictTable):
    """The smallest and the largest loan, money."""

    minimum: Money = Field(alias="least")
    maximum: Money = Field(alias="most")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"amount.least {self.minimum:g} is above amount.most {self.maximum:g}")
        return self


class GradeCaps(StrictTable):
    """The cap of each grade, money; caps must not rise from A to G."""

    A: Money
    B: Money
    C: Money
    D: Money
    E: Money
    F: Money
    G: Money

    @model_validator(mode="after")
    def _falling(self) -> Self:
        # Fields are in the order of their declaration: A to G.
        caps = list(self.model_dump().items())
        for (better, high), (worse, low) in pairwise(caps):
            if low > high:
                raise ValueError(
                    f"by_grade.{worse} {low:g} is above by_grade.{better} {high:g}: riskier, yet more"
                )
        return self


class TurnoverLimit(StrictTable):
    """The largest share of the turnover over the term that a loan may have."""

    share: Share


class DependenceLimit(StrictTable):
    """Reduction of the grade's cap by the share of the largest counterparty.

    Parameters
    ----------
    free: share up to which the cap is not reduced.
    left_at_whole: share of the cap that is left where one counterparty has all of the trade.
    """

    free: Annotated[float, Field(ge=0, lt=1)]
    left_at_whole: Share


class BookLimits(StrictTable):
    """Largest shares of a lender's book: of one borrower, and of all borrowers behind one counterparty."""

    single_name: Share
    chain: Share


class CoverageLimit(StrictTable):
    """The data coverage below which the evidence is insufficient."""

    minimum: Share = Field(alias="least")


class ConclusionThresholds(StrictTable):
    """Thresholds from which a loan is referred to a person, or is outside policy.

    Parameters
    ----------
    refer_pd, outside_pd: PD over the horizon.
    refer_caught: share of the hazard that is contagion received.
    refer_stress: PD over the horizon in the most severe stress.
    refer_sole_pd: PD of a dominant counterparty.
    """

    refer_pd: Share
    outside_pd: Share
    refer_caught: Share
    refer_stress: Share
    refer_sole_pd: Share

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.refer_pd > self.outside_pd:
            raise ValueError(
                f"conclusion.refer_pd {self.refer_pd:g} is above conclusion.outside_pd {self.outside_pd:g}"
            )
        return self


class LossParameters(StrictTable):
    """The LGD of loans without an own estimate, and the credit conversion factor (CCF) of each product.

    The CCF is the share of the undrawn amount that is drawn by the time of default.
    """

    lgd: Share
    ccf: dict[str, Share]

    @model_validator(mode="after")
    def _every_product(self) -> Self:
        # A missing product would fail only when a loan of it is requested.
        if set(self.ccf) != set(PRODUCTS):
            raise ValueError(f"loss.ccf names {', '.join(self.ccf)}; expected {', '.join(PRODUCTS)}")
        return self


class Policy(StrictTable):
    """A lending policy; the comments in the shipped policy.toml explain units and reasons."""

    name: str
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    amount: AmountLimits
    by_grade: GradeCaps
    turnover: TurnoverLimit
    dependence: DependenceLimit
    book: BookLimits
    coverage: CoverageLimit
    conclusion: ConclusionThresholds
    loss: LossParameters

    @property
    def hash(self) -> str:
        """SHA-256 of the policy's values in a fixed order; it does not depend on comments and spacing of the file."""
        # By alias: the keys of the file, so that the hash does not depend on names in this module.
        values = self.model_dump(by_alias=True)
        text = json.dumps(values, sort_keys=True, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def shipped_policy() -> str:
    """Return the text of the shipped policy, with its comments."""
    return resources.files("supplyrisk.graph.credit").joinpath("policy.toml").read_text(encoding="utf-8")


def read_policy(path: Path | None = None) -> Policy:
    """Read a policy from a file, or the shipped one (default).

    Raises
    ------
    DataError: the file cannot be read or is not a valid policy; the message lists all faults.
    """
    if path is None:
        return parse_toml(shipped_policy(), Policy, "the shipped policy")
    return read_toml(path, Policy, f"policy {path}")
