"""Capital and return of an existing line: its LGD with the collateral that secures it, IRB capital and RAROC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from supplyrisk.graph.credit.collateral import (
    INSURANCE,
    Collateral,
    LossSeverity,
    loss_severity,
    why_not_counted,
)
from supplyrisk.graph.credit.existing_lines import LineRisk
from supplyrisk.graph.credit.irb_capital import RWA_FACTOR, defaulted_capital
from supplyrisk.graph.credit.loan_economics import EconomicsFacts, loan_economics
from supplyrisk.graph.credit.loan_request import line_lgd
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.shop_facts import CreditLine
from supplyrisk.graph.schema.terms import YEAR_DAYS

Pledges = Mapping[str, tuple[Collateral, ...]]
"""By line, the collateral that secures it and counts."""


@dataclass(frozen=True)
class LineEconomics:
    """Capital of a line, money, and its RAROC; None in default or without a rate. The names are keys of documents."""

    capital: float
    raroc: float | None


def pledges_of(known: Iterable[Collateral], as_of: date, policy: Policy) -> dict[str, tuple[Collateral, ...]]:
    """Return the collateral that counts by the line that it secures; insurance is not collateral."""
    pledged: dict[str, tuple[Collateral, ...]] = {}
    for piece in known:
        refused = why_not_counted(piece, policy.currency, as_of, policy.collateral)
        if piece.loan_id is not None and piece.kind != INSURANCE and refused is None:
            pledged[piece.loan_id] = (*pledged.get(piece.loan_id, ()), piece)
    return pledged


def line_collateral(line: CreditLine, pledged: tuple[Collateral, ...]) -> tuple[Collateral, ...]:
    """Return the collateral that lowers the LGD of a line: none where the lender states an own LGD, which has it."""
    return pledged if line.lgd is None else ()


def line_severity(
    line: CreditLine, ead: float, pledged: tuple[Collateral, ...], policy: Policy
) -> LossSeverity:
    """Return the LGD of a line with the collateral that secures it."""
    counted = line_collateral(line, pledged)
    return loss_severity(ead, line_lgd(line, policy), counted, policy.collateral, policy.economics)


def line_economics(
    line: CreditLine, ead: float, pledged: tuple[Collateral, ...], risk: LineRisk, policy: Policy
) -> LineEconomics | None:
    """Return capital and return of a line, None without a PD.

    In default K is what the downturn LGD exceeds the expected one by (CRE31.3). Otherwise as in `loan_economics`, over
    the residual term; sales are not known here, so corporate lines have no firm-size adjustment, and guarantees
    do not count.
    """
    economics = policy.economics
    if risk.impaired:
        severity = line_severity(line, ead, pledged, policy)
        k = defaulted_capital(severity.capital_lgd, severity.lgd).k
        return LineEconomics(economics.capital_ratio * RWA_FACTOR * k * ead, None)
    if risk.pd_year is None or risk.pd_life is None:
        return None
    facts = EconomicsFacts(
        ead=ead,
        lgd=line_lgd(line, policy),
        pd_year=risk.pd_year,
        pd_term=risk.pd_life,
        years=risk.life_days / YEAR_DAYS,
        collateral=line_collateral(line, pledged),
        rate=line.rate,
    )
    result = loan_economics(facts, policy)
    return LineEconomics(result.capital, result.raroc)
