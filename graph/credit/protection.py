"""Guarantees and credit insurance of a loan: which of them count, and how much of the loan each one covers.

A protection that counts replaces the PD of the borrower by that of its provider on the covered part (CRE32.24 and
CRE32.60); double default is not recognised (CRE32.22). A provider that would fail together with the borrower, because
it is of the same group, supply chain or guarantee ring, gives no benefit, and the memo names it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from supplyrisk.graph.credit.collateral import INSURANCE, Collateral, counted_value
from supplyrisk.graph.credit.lifetime_pd import term_pd
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.score_history import StoredScore
from supplyrisk.graph.credit.shop_facts import Guarantee, ShopFacts
from supplyrisk.graph.schema.score_states import SCORED
from supplyrisk.graph.schema.terms import YEAR_DAYS

GUARANTEE = "guarantee"
BACKED_BY = "backed by"
"""Side of a guarantee that a firm has received, in the query `shop/guarantees`."""


@dataclass(frozen=True)
class Protection:
    """A promise to pay for the borrower.

    Parameters
    ----------
    kind: guarantee or insurance.
    provider: id of the guarantor or insurer.
    amount: what it pays at most for the new loan, money; None where unknown.
    pd_year, pd_term: PD of the provider over a year and over the term of the loan; None where unknown.
    refused: why it does not count, a key of texts "protection.<code>"; None (default) if it may.
    """

    kind: str
    provider: str
    amount: float | None
    pd_year: float | None
    pd_term: float | None
    refused: str | None = None


@dataclass(frozen=True)
class Connections:
    """Who would fail together with a shop.

    Parameters
    ----------
    codes: by id of a firm or person the connection, a key of texts "protection.<code>": GROUP, CHAIN or RING.
    trade_known: whether any trade of the shop is recorded: otherwise nobody is known to be outside its chain.
    """

    codes: Mapping[str, str]
    trade_known: bool


def connected_firms(shop: ShopFacts) -> Connections:
    """Return who would fail together with a shop: its group, its guarantee ring and its supply chain."""
    # Both tiers that the memo shows, upstream and downstream, and who moves the goods.
    codes = {partner.other: "CHAIN" for partner in shop.partners}
    codes |= {link.other: "CHAIN" for link in shop.second_tier}
    codes |= {carrier.carrier: "CHAIN" for carrier in shop.carriers}
    codes |= {firm: "RING" for ring in shop.rings for firm in ring.circle if firm != shop.firm_id}
    # The closest connection is named where there are several.
    codes |= dict.fromkeys(shop.group, "GROUP")
    return Connections(codes, bool(shop.partners))


def guarantees_for(
    guarantees: Sequence[Guarantee],
    connections: Connections,
    scores: Mapping[str, StoredScore],
    owed: float | None,
    days: int,
) -> tuple[Protection, ...]:
    """Return the guarantees that a shop has received, with what is left of each for a new loan.

    A guarantee is for all debts of the shop: what it owes already takes up the guarantees that count, one after the
    other, before the new loan has any of them.

    Parameters
    ----------
    guarantees: of the shop, given and received.
    connections: see `connected_firms`.
    scores: stored scores of the guarantors, by id.
    owed: existing debt of the shop, money; None where it is unknown, and may take up every guarantee.
    days: term of the new loan.
    """
    protections = []
    left = owed or 0.0
    for guarantee in guarantees:
        if guarantee.side != BACKED_BY:
            continue
        protection = _guarantee(guarantee, connections, scores.get(guarantee.other), days)
        if protection.refused is None and owed is None:
            protection = replace(protection, refused="DEBT_UNKNOWN")
        if protection.refused is None and protection.amount is not None:
            taken = min(left, protection.amount)
            left -= taken
            used_up = taken == protection.amount
            protection = replace(
                protection, amount=protection.amount - taken, refused="USED_UP" if used_up else None
            )
        protections.append(protection)
    return tuple(protections)


def _guarantee(
    guarantee: Guarantee, connections: Connections, score: StoredScore | None, days: int
) -> Protection:
    pd_year = None
    pd_term = None
    # A PD of thin data is no base for a lower one.
    if score is not None and score.state == SCORED and score.pd is not None:
        pd_year = term_pd(score.pd, YEAR_DAYS, score.terms).pd
        pd_term = score.over_term(score.pd, days)
    refused = connections.codes.get(guarantee.other)
    if refused is None and guarantee.defaulted:
        refused = "DEFAULTED"
    if refused is None and pd_year is None:
        refused = "NO_PD"
    if refused is None and guarantee.amount is None:
        refused = "NO_AMOUNT"
    if refused is None and not connections.trade_known:
        refused = "TRADE_UNKNOWN"
    return Protection(GUARANTEE, guarantee.other, guarantee.amount, pd_year, pd_term, refused)


def insurance_of(
    policies: Sequence[Collateral],
    connections: Connections,
    refused: Mapping[str, str],
    days: int,
    policy: Policy,
) -> tuple[Protection, ...]:
    """Return credit insurances that a request names, by the lender's list of accepted insurers and their PDs.

    Parameters
    ----------
    policies: rows of kind insurance.
    connections: see `connected_firms`.
    refused: by id of the insurance, why it does not count anyway (`why_not_counted`).
    days: term of the new loan.
    """
    protections = []
    for insurance in policies:
        insurer = insurance.insurer_id or ""
        pd_year = policy.collateral.insurers.get(insurer)
        code = connections.codes.get(insurer) or refused.get(insurance.collateral_id)
        if code is None and pd_year is None:
            code = "INSURER"
        # Insurers are no firms of the data: their hazard is taken to be constant.
        pd_term = None if pd_year is None else 1 - (1 - pd_year) ** (days / YEAR_DAYS)
        amount = counted_value(insurance, policy.collateral)
        protections.append(
            Protection(INSURANCE, insurer or insurance.collateral_id, amount, pd_year, pd_term, code)
        )
    return tuple(protections)
