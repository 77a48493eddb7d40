"""What secures a requested loan: collateral that the request names, guarantees of the data, and credit insurance."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from supplyrisk.graph.credit.collateral import INSURANCE, Collateral, counted_value, why_not_counted
from supplyrisk.graph.credit.farming.crop_cover import CropCover
from supplyrisk.graph.credit.loan_request import LoanRequest
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.protection import (
    BACKED_BY,
    Protection,
    connected_firms,
    guarantees_for,
    insurance_of,
)
from supplyrisk.graph.credit.score_history import StoredScore
from supplyrisk.graph.credit.shop_facts import ShopFacts
from supplyrisk.graph.credit.total_exposure import TotalExposure
from supplyrisk.graph.errors import RequestError


@dataclass(frozen=True)
class CollateralNote:
    """Collateral as a memo lists it. The field names are keys of stored memos.

    Parameters
    ----------
    collateral, kind, firm: its id, what it is, and the firm that pledges it.
    on: day of its valuation.
    value: money. counted: value after the haircut, money; 0 where it does not count.
    refused: why it does not count, a key of texts "protection.<code>"; None where it does.
    """

    collateral: str
    kind: str
    firm: str
    on: date
    value: float
    counted: float
    refused: str | None


@dataclass(frozen=True)
class LoanSecurity:
    """What secures a requested loan.

    Parameters
    ----------
    collateral: pieces that count.
    notes: all pieces that the request names, and those of the firm that are free but not named.
    protections: guarantees that the firm has received, and credit insurances that the request names.
    crops: insurances of its standing crops; none by default, and none for a request with an LGD of its own.
    """

    collateral: tuple[Collateral, ...] = ()
    notes: tuple[CollateralNote, ...] = ()
    protections: tuple[Protection, ...] = ()
    crops: tuple[CropCover, ...] = ()


UNSECURED_LOAN = LoanSecurity()


def guarantors_of(shop: ShopFacts) -> tuple[str, ...]:
    """Return the ids of the firms and persons that guarantee a shop's debt."""
    return tuple(guarantee.other for guarantee in shop.guarantees if guarantee.side == BACKED_BY)


@dataclass(frozen=True)
class SecurityFacts:
    """What the security of a loan follows from.

    Parameters
    ----------
    request, shop: of the loan.
    collateral: that of the shop and that which the request names, see `read_collateral`.
    guarantors: stored scores of the guarantors, by id.
    exposure: what the shop owes already: guarantees are for that, too.
    as_of: the day, by which valuations age.
    """

    request: LoanRequest
    shop: ShopFacts
    collateral: Sequence[Collateral]
    guarantors: Mapping[str, StoredScore]
    exposure: TotalExposure
    as_of: date


def loan_security(facts: SecurityFacts, policy: Policy) -> LoanSecurity:
    """Return what secures a requested loan.

    Raises
    ------
    RequestError: the request names collateral that is not in the data, or that secures another loan.
    """
    request = facts.request
    shop = facts.shop
    by_id = {piece.collateral_id: piece for piece in facts.collateral}
    _check_named(request, shop, by_id)
    named = [by_id[name] for name in dict.fromkeys(request.collateral)]
    refused = {
        piece.collateral_id: code
        for piece in named
        if (code := why_not_counted(piece, policy.currency, facts.as_of, policy.collateral))
    }
    pieces = [piece for piece in named if piece.kind != INSURANCE]
    insurances = [piece for piece in named if piece.kind == INSURANCE]
    connections = connected_firms(shop)
    free = _free(facts.collateral, shop.firm_id, request.collateral)
    return LoanSecurity(
        collateral=tuple(piece for piece in pieces if piece.collateral_id not in refused),
        notes=tuple(_notes(pieces, free, refused, policy)),
        protections=(
            *guarantees_for(shop.guarantees, connections, facts.guarantors, _owed(facts), request.days),
            *insurance_of(insurances, connections, refused, request.days, policy),
        ),
    )


def _owed(facts: SecurityFacts) -> float | None:
    """Return the existing debt of the shop, money; None where it is unknown."""
    exposure = facts.exposure
    if exposure.no_lenders or any(line.loan in exposure.unknown for line in facts.shop.loans):
        return None
    return exposure.lines + exposure.other_debt


def _free(known: Sequence[Collateral], firm_id: str, named: Collection[str]) -> list[Collateral]:
    """Return the firm's own collateral that secures no loan and that the request does not name."""
    return [
        piece
        for piece in known
        if piece.firm_id == firm_id and piece.loan_id is None and piece.collateral_id not in named
    ]


def _notes(
    pieces: Sequence[Collateral], free: Sequence[Collateral], refused: Mapping[str, str], policy: Policy
) -> Iterator[CollateralNote]:
    codes = [(piece, refused.get(piece.collateral_id)) for piece in pieces]
    # A loan is secured by what is pledged for it, not by what the firm happens to own.
    codes += [(piece, "NOT_NAMED") for piece in free]
    for piece, code in codes:
        counted = 0.0 if code else counted_value(piece, policy.collateral)
        yield CollateralNote(
            piece.collateral_id, piece.kind, piece.firm_id, piece.on, piece.value, counted, code
        )


def _check_named(request: LoanRequest, shop: ShopFacts, by_id: Mapping[str, Collateral]) -> None:
    unknown = [name for name in request.collateral if name not in by_id]
    if unknown:
        own = [piece.collateral_id for piece in by_id.values() if piece.firm_id == shop.firm_id]
        raise RequestError(
            f"no collateral {', '.join(unknown)} is known on that day",
            f"a collateral_id of the table collateral; those of the firm: {', '.join(own) or 'none'}",
        )
    for name in request.collateral:
        loan = by_id[name].loan_id
        # What secured a line that the loan repays is free for the loan.
        if loan is not None and loan not in request.repays:
            raise RequestError(
                f"collateral {name} secures loan {loan}",
                "collateral that is free, or that of a loan that this one repays",
                f"repay that loan: --repays {loan}",
            )
