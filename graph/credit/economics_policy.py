"""Policy keys of the lender's economics: capital, return, collateral and credit insurance; the file explains them.

All of them have defaults, so that older policies stay valid and keep their hash.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from supplyrisk.graph.schema.strict_toml import Share, StrictTable, accepted_if, expects

PositiveRate = Annotated[float, Field(gt=0), expects("a number above 0")]
Years = Annotated[
    float | Literal["term"],
    accepted_if(lambda years: years == "term" or 1 <= years <= 5),
    expects('"term", or years from 1 to 5'),
]


class EconomicsPolicy(StrictTable):
    """What a loan costs and has to earn; rates and shares are in a year of 365 days.

    Parameters
    ----------
    segment: risk-weight function: other retail, or corporate with firm-size and maturity adjustment.
    capital_ratio: capital as a share of RWA.
    hurdle: RAROC before tax that a loan has to earn.
    funding_rate, cost: shares of EAD.
    maturity: effective maturity of corporate loans, years: "term" for that of the loan.
    per_eur: units of the policy's currency for one EUR, by which sales are converted for the firm-size adjustment.
    downturn_add_on: share of what an average default recovers that is lost in a downturn, too.
    downturn_lgd: LGD of unsecured loans in a downturn; None for LGD + downturn_add_on x (1 - LGD).
    """

    segment: Literal["retail", "corporate"] = "retail"
    capital_ratio: Share = 0.08
    hurdle: Share = 0.15
    funding_rate: Share = 0.03
    cost: Share = 0.02
    maturity: Years = "term"
    per_eur: PositiveRate = 7.8
    downturn_add_on: Share = 0.08
    downturn_lgd: Share | None = None


class Haircuts(StrictTable):
    """Share of the value that does not count, by kind of collateral; of an insurance the share that is not insured."""

    cash: Share = 0.0
    securities: Share = 0.25
    receivables: Share = 0.40
    real_estate: Share = 0.40
    physical: Share = 0.40
    insurance: Share = 0.10


class SecuredLgds(StrictTable):
    """LGD of the secured part of an exposure, by kind of collateral."""

    cash: Share = 0.0
    securities: Share = 0.0
    receivables: Share = 0.20
    real_estate: Share = 0.20
    physical: Share = 0.25


class CropInsurancePolicy(StrictTable):
    """How the insurance of a standing crop lowers the LGD of a loan to its grower.

    Parameters
    ----------
    assigned_haircut: share of the sum insured that does not count where it is assigned to the lender; 0.40 by default:
        growers also fail for other reasons than a lost crop.
    other_haircut: the same where it is assigned to no one; 1 by default: it does not count.
    lgd: of the part that it covers; 0.20 by default, as of an assigned claim.
    days_after: days after its last day up to which the loan may be due; 90 by default.
    """

    assigned_haircut: Share = 0.40
    other_haircut: Share = 1.0
    lgd: Share = 0.20
    days_after: Annotated[int, Field(ge=0)] = 90

    @model_validator(mode="after")
    def _assigned_counts_more(self) -> Self:
        if self.other_haircut < self.assigned_haircut:
            raise ValueError(
                f"collateral.crop_insurance.other_haircut {self.other_haircut:g} is below assigned_haircut "
                f"{self.assigned_haircut:g}: not assigned, yet more"
            )
        return self


class CollateralPolicy(StrictTable):
    """How collateral counts.

    max_age_days: valuations that are older do not count. insurers: one-year PDs of accepted insurers, by id, of credit
    and of crops.
    """

    max_age_days: Annotated[int, Field(ge=0)] = 365
    haircut: Haircuts = Haircuts()
    lgd: SecuredLgds = SecuredLgds()
    insurers: dict[str, Share] = Field(default_factory=dict)
    crop_insurance: CropInsurancePolicy = CropInsurancePolicy()
