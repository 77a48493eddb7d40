"""The economics of a loan for its lender: LGD, expected loss, capital, RAROC, and the rate that meets the hurdle."""

from __future__ import annotations

from dataclasses import dataclass, replace

from supplyrisk.graph.credit.collateral import INSURANCE, Collateral, LgdPart, LossSeverity, loss_severity
from supplyrisk.graph.credit.farming.crop_cover import CropCover, with_crop_cover
from supplyrisk.graph.credit.irb_capital import (
    RWA_FACTOR,
    AssetClass,
    IrbCapital,
    effective_maturity,
    floored_pd,
    irb_capital,
)
from supplyrisk.graph.credit.loan_return import LoanReturn, LowReturn, is_enough
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.protection import Protection


@dataclass(frozen=True)
class EconomicsFacts:
    """What the economics of a loan follow from.

    Parameters
    ----------
    ead: exposure at default, money.
    lgd: expected LGD without collateral, a share.
    pd_year, pd_term: PD of the borrower over a year and over the term of the loan.
    years: term of the loan.
    collateral: collateral that counts; none by default.
    protections: guarantees and credit insurances; none by default.
    sales: of the borrower in a year, in the policy's currency; None (default) where unknown.
    rate: nominal interest rate that is asked for, a share in a year; None (default) where none is.
    crops: insurances of crops; none by default.
    """

    ead: float
    lgd: float
    pd_year: float
    pd_term: float
    years: float
    collateral: tuple[Collateral, ...] = ()
    protections: tuple[Protection, ...] = ()
    sales: float | None = None
    rate: float | None = None
    crops: tuple[CropCover, ...] = ()


@dataclass(frozen=True)
class ProtectedPart:
    """A guarantee or credit insurance, and what it covers. The field names are keys of stored memos.

    Parameters
    ----------
    kind: guarantee or insurance.
    provider: id of the guarantor or insurer.
    amount: what it pays at most for this loan, money; None where unknown.
    covered: part of EAD on which the PD of the provider replaces the borrower's, money.
    pd: PD of the provider over a year, None where unknown.
    refused: why it gives no benefit, a key of texts "protection.<code>"; None where it does.
    """

    kind: str
    provider: str
    amount: float | None
    covered: float
    pd: float | None
    refused: str | None


@dataclass(frozen=True)
class LoanEconomics:
    """The lender's economics of a loan; rates are in a year. The field names are keys of stored memos.

    Parameters
    ----------
    segment: risk-weight function, retail or corporate.
    ead: exposure at default.
    pd: one-year PD of the borrower, floored.
    lgd: expected LGD of the whole exposure, with collateral.
    capital_lgd: downturn LGD of the part that nobody else answers for, floored.
    parts: parts of the exposure by LGD. protections: guarantees and credit insurances.
    el: expected loss in a year, after guarantees and insurance. el_term: over the term of the loan, likewise.
    k: capital requirement as a share of EAD. rwa: 12.5 x K x EAD. capital: capital ratio x RWA.
    sales: for the firm-size adjustment, in millions of EUR; None for retail, or where unknown.
    maturity: effective maturity, years; None for retail.
    capital_ratio, funding_rate, cost, hurdle: of the policy.
    rate: interest rate that is asked for. raroc: at that rate; both None without one.
    hurdle_rate: rate at which RAROC is the hurdle.
    """

    segment: str
    ead: float
    pd: float
    lgd: float
    capital_lgd: float
    parts: tuple[LgdPart, ...]
    protections: tuple[ProtectedPart, ...]
    el: float
    el_term: float
    k: float
    rwa: float
    capital: float
    sales: float | None
    maturity: float | None
    capital_ratio: float
    funding_rate: float
    cost: float
    hurdle: float
    rate: float | None
    raroc: float | None
    hurdle_rate: float | None

    @property
    def low_return(self) -> LowReturn | None:
        """The return at the rate that is asked for, if it is below the hurdle."""
        if self.raroc is None or self.hurdle_rate is None or is_enough(self.raroc, self.hurdle):
            return None
        return LowReturn(self.raroc, self.hurdle, self.hurdle_rate)


@dataclass(frozen=True)
class _Charges:
    """Expected loss and capital of parts of an exposure, money: el over a year, el_term over the term, k in a year."""

    el: float = 0.0
    el_term: float = 0.0
    k: float = 0.0

    def plus(self, amount: float, pd_term: float, lgd: float, capital: IrbCapital) -> _Charges:
        """Return the sum with a further part of so much EAD."""
        return replace(
            self,
            el=self.el + capital.pd * lgd * amount,
            el_term=self.el_term + pd_term * lgd * amount,
            k=self.k + capital.k * amount,
        )


def loan_economics(facts: EconomicsFacts, policy: Policy) -> LoanEconomics:
    """Return the economics of a loan to a firm that is not in default.

    Collateral reduces LGD, and guarantees and insurance cover what is left unsecured, the lowest PD first:

        EL = sum over providers i of PD_i LGD_U C_i + PD LGD* (EAD - sum of C_i)

    and K likewise, with downturn LGDs. LGD* is the LGD of what remains with the borrower, LGD_U that without
    collateral. PDs of a year are floored (CRE32.4, CRE32.58), those of the term are not.

    Parameters
    ----------
    facts: of the loan.
    policy: whose keys [economics], [collateral] and [loss] apply.
    """
    economics = policy.economics
    severity = loss_severity(facts.ead, facts.lgd, facts.collateral, policy.collateral, economics)
    severity = with_crop_cover(severity, facts.crops, policy.collateral.crop_insurance)
    segment = AssetClass(economics.segment)
    years = facts.years if isinstance(economics.maturity, str) else economics.maturity
    sales = None if facts.sales is None else facts.sales / economics.per_eur / 1e6
    protections, charges, rest = _protected(facts, severity, segment, years, sales)
    own = irb_capital(facts.pd_year, rest.capital_lgd, segment, years=years, sales=sales)
    charges = charges.plus(_exposure(rest), facts.pd_term, rest.lgd, own)
    capital = economics.capital_ratio * RWA_FACTOR * charges.k
    costs = LoanReturn(facts.ead, economics.funding_rate, economics.cost, charges.el, capital)
    is_corporate = segment is AssetClass.CORPORATE
    return LoanEconomics(
        segment=segment.value,
        ead=facts.ead,
        pd=own.pd,
        lgd=severity.lgd,
        capital_lgd=rest.capital_lgd,
        parts=severity.parts,
        protections=protections,
        el=charges.el,
        el_term=charges.el_term,
        k=charges.k / facts.ead if facts.ead else 0.0,
        rwa=RWA_FACTOR * charges.k,
        capital=capital,
        sales=sales if is_corporate else None,
        maturity=effective_maturity(years) if is_corporate else None,
        capital_ratio=economics.capital_ratio,
        funding_rate=economics.funding_rate,
        cost=economics.cost,
        hurdle=economics.hurdle,
        rate=facts.rate,
        raroc=None if facts.rate is None else costs.raroc(facts.rate),
        hurdle_rate=costs.rate_for(economics.hurdle),
    )


def _protected(
    facts: EconomicsFacts, severity: LossSeverity, segment: AssetClass, years: float, sales: float | None
) -> tuple[tuple[ProtectedPart, ...], _Charges, LossSeverity]:
    """Return the protections with what they cover, the charges of the covered parts, and what is left uncovered."""
    unsecured = severity.parts[-1]
    lgd = max(unsecured.downturn_lgd, unsecured.floor)
    borrower = irb_capital(facts.pd_year, lgd, segment, years=years, sales=sales)
    left = unsecured.amount
    charges = _Charges()
    parts = []
    for protection in sorted(facts.protections, key=_lowest_pd):
        refused = protection.refused
        pd_year = protection.pd_year
        pd_term = protection.pd_term
        covered = 0.0
        if refused is None and pd_year is not None and pd_term is not None and protection.amount is not None:
            # The size of a guarantor is not examined, and an insurer is no retail customer.
            kind = AssetClass.CORPORATE if protection.kind == INSURANCE else segment
            capital = irb_capital(pd_year, lgd, kind, years=years)
            # Protection counts only where it lowers both the PD and the capital (CRE32.22).
            if floored_pd(pd_year) >= floored_pd(facts.pd_year) or capital.k >= borrower.k:
                refused = "PD_NOT_LOWER"
            else:
                covered = min(left, protection.amount)
                left -= covered
                charges = charges.plus(covered, pd_term, unsecured.lgd, capital)
        parts.append(
            ProtectedPart(protection.kind, protection.provider, protection.amount, covered, pd_year, refused)
        )
    rest = LossSeverity((*severity.parts[:-1], replace(unsecured, amount=left)))
    return tuple(parts), charges, rest


def _lowest_pd(protection: Protection) -> tuple[bool, float, str]:
    """Return the sort key that puts the lowest PD first, and unknown ones last."""
    return protection.pd_year is None, protection.pd_year or 0.0, protection.provider


def _exposure(severity: LossSeverity) -> float:
    return sum((part.amount for part in severity.parts), 0.0)
