"""The stage of a shop's business: new, growing, mature or declining, by its time on the platform and its own past."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from supplyrisk.graph.schema.strict_toml import StrictTable, expects

Ratio = Annotated[float, Field(gt=0), expects("a number above 0")]


class BusinessStage(StrEnum):
    """Stages of a business; the values are words of policy files."""

    NEW = "new"
    GROWING = "growing"
    MATURE = "mature"
    DECLINING = "declining"


class StageBounds(StrictTable):
    """Where one stage ends and the next begins.

    Parameters
    ----------
    new_days: days on the platform up to which a shop is new; 365 by default: before it, no season is repeated.
    growing: ratio of its sales in the last 30 days to those of the 360 days before from which it is growing; 1.2 by
        default.
    declining: ratio up to which it is declining; 0.8 by default.
    """

    new_days: Annotated[int, Field(ge=0), expects("a number of days from 0")] = 365
    growing: Ratio = 1.2
    declining: Ratio = 0.8

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.declining >= self.growing:
            raise ValueError(
                f"stages.declining {self.declining:g} is not below stages.growing {self.growing:g}"
            )
        return self


def stage_of_business(
    tenure_days: float | None, growth: float | None, bounds: StageBounds
) -> BusinessStage | None:
    """Return the stage of a shop; None where it is unknown.

    The first rule that applies decides: new by the time on the platform, growing or declining by the growth, else
    mature. Without a time on the platform, or without a growth of a shop that is not new, the stage is unknown.

    Parameters
    ----------
    tenure_days: days since it joined the platform or book.
    growth: sales per row of its activity, or per day of its deliveries, in the last 30 days / in the 360 days before.
    """
    if tenure_days is None:
        return None
    if tenure_days <= bounds.new_days:
        return BusinessStage.NEW
    if growth is None:
        return None
    if growth >= bounds.growing:
        return BusinessStage.GROWING
    return BusinessStage.DECLINING if growth <= bounds.declining else BusinessStage.MATURE
