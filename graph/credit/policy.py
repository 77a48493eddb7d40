"""The lending policy: thresholds with their units, read from TOML, validated, and hashed into every memo."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import PRODUCTS
from supplyrisk.graph.schema.strict_toml import StrictTable, parse_toml

Share = Annotated[float, Field(ge=0, le=1)]
Money = Annotated[float, Field(ge=0)]


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
    """The cap by grade, money; never rising from A to G."""

    A: Money
    B: Money
    C: Money
    D: Money
    E: Money
    F: Money
    G: Money

    @model_validator(mode="after")
    def _falling(self) -> Self:
        caps = list(self.model_dump().items())
        for (better, high), (worse, low) in pairwise(caps):
            if low > high:
                raise ValueError(
                    f"by_grade.{worse} {low:g} is above by_grade.{better} {high:g}: riskier, yet more"
                )
        return self


class TurnoverLimit(StrictTable):
    """The share of the turnover over the term that a loan may be."""

    share: Share


class DependenceLimit(StrictTable):
    """Up to which share of one counterparty the grade's cap stands, and what is left of it at a share of 1."""

    free: Annotated[float, Field(ge=0, lt=1)]
    left_at_whole: Share


class BookLimits(StrictTable):
    """Shares of a lender's book: one borrower's, and that of all behind one common counterparty."""

    single_name: Share
    chain: Share


class CoverageLimit(StrictTable):
    """The coverage below which nothing can be concluded."""

    minimum: Share = Field(alias="least")


class ConclusionThresholds(StrictTable):
    """PDs over the horizon, and the caught share of the hazard, from which a person looks or policy ends."""

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
    """LGD where none is given, and by product the share of an undrawn line that is drawn by the default (CCF)."""

    lgd: Share
    ccf: dict[str, Share]

    @model_validator(mode="after")
    def _every_product(self) -> Self:
        if set(self.ccf) != set(PRODUCTS):
            raise ValueError(f"loss.ccf names {', '.join(self.ccf)}; expected {', '.join(PRODUCTS)}")
        return self


class Policy(StrictTable):
    """A lending policy; see the comments in the shipped policy.toml for units and reasons."""

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
        """SHA-256 of the values in force, in a fixed order: comments and spacing change nothing."""
        # By alias: the keys of the file, so that the hash does not depend on names in this module.
        values = self.model_dump(by_alias=True)
        text = json.dumps(values, sort_keys=True, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def shipped_policy() -> str:
    """The text of the policy that is shipped, with its comments."""
    return resources.files("supplyrisk.graph.credit").joinpath("policy.toml").read_text(encoding="utf-8")


def read_policy(path: Path | None = None) -> Policy:
    """A policy from a file, or the shipped one.

    Raises
    ------
    DataError: the file cannot be read, or does not fit: all faults at once.
    """
    if path is None:
        return parse_toml(shipped_policy(), Policy, "the shipped policy")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise DataError(f"policy {path} cannot be read ({fault})", "a TOML file in UTF-8") from fault
    return parse_toml(text, Policy, f"policy {path}")
