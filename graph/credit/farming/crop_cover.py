"""What the insurance of a crop covers of a loan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from supplyrisk.graph.credit.collateral import LossSeverity
from supplyrisk.graph.credit.economics_policy import CropInsurancePolicy

CROP_INSURANCE = "crop_insurance"
"""Kind of the part of an exposure that it covers; its text is "security.crop_insurance"."""


@dataclass(frozen=True)
class CropCover:
    """The insurance of a standing crop.

    Parameters
    ----------
    label: crop and day of planting, as parts of the LGD name it.
    insured: sum insured, money; None where the crop is not insured.
    counted: what counts for the loan, money; 0 where it does not count.
    code: why it counts or does not, a key of texts "crop.<code>".
    """

    label: str
    insured: float | None
    counted: float
    code: str


def with_crop_cover(
    severity: LossSeverity, crops: Iterable[CropCover], policy: CropInsurancePolicy
) -> LossSeverity:
    """Return the LGD of an exposure with the insurance of crops, which covers what collateral leaves.

    It lowers the expected LGD alone: it is no eligible collateral, so that capital is that of the unsecured part.
    """
    unsecured = severity.parts[-1]
    left = unsecured.amount
    parts = []
    for cover in crops:
        covered = min(left, cover.counted)
        if covered > 0:
            left -= covered
            lgd = min(policy.lgd, unsecured.lgd)
            parts.append(
                replace(unsecured, kind=CROP_INSURANCE, collateral=cover.label, amount=covered, lgd=lgd)
            )
    if not parts:
        return severity
    return LossSeverity((*severity.parts[:-1], *parts, replace(unsecured, amount=left)))
