"""The principal reasons of a letter: parts of the score and findings of the policy, as permitted reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from supplyrisk import gnn
from supplyrisk.graph.merchant import (
    DEFAULTED,
    ENVIRONMENT,
    MISSING,
    MOST_REASONS,
    TRADING_RISK,
    missing_words,
    reason_weights,
    reason_words,
    shop_sentence,
)
from supplyrisk.services.letter_document import LetterReason
from supplyrisk.services.letter_sources import ShopRow

GROUND_REASONS: Mapping[str, str] = MappingProxyType(
    {
        # Findings
        "DEFAULTED": DEFAULTED,
        "THIN": MISSING,
        "THIN_FILE": MISSING,
        "NO_ROOM": "DEBT",
        "EXPOSURE_UNKNOWN": MISSING,
        "SOLE": "DEPENDENCE",
        "RING": "GUARANTEES",
        "CAUGHT": TRADING_RISK,
        "STRESS": TRADING_RISK,
        "TRADE_UNKNOWN": MISSING,
        "TURNOVER_UNKNOWN": MISSING,
        "HURDLE": "LENDER_LIMITS",
        "DOUBLE_FINANCED": MISSING,
        # The shop is asked for evidence of its trade; a suspicion is not told.
        "FABRICATED": MISSING,
        # Rules of the limit; the next two are findings as well
        "AFFORDABILITY": "AMOUNT",
        "BACKING": MISSING,
        "MOST": "AMOUNT",
        "EXPOSURE": MISSING,
        "COVERAGE": MISSING,
        "TURNOVER": "AMOUNT",
        "DEPENDENCE": "DEPENDENCE",
        "SINGLE_NAME": "LENDER_LIMITS",
        "COUNTERPARTY": "LENDER_LIMITS",
        "LEAST": "AMOUNT",
        "ADMISSION": "LENDER_LIMITS",
    }
)
"""The reason that a shop is told of a policy's finding, or of the rule that sets its limit.

Findings on the PD and the rule on the grade are told by the reasons of the score.
"""
_LINKS = ""
"""Stands for all columns about the neighbourhood among the features."""
_WITHOUT_FIGURE = (TRADING_RISK, ENVIRONMENT)


@dataclass(frozen=True)
class LetterReasons:
    """Principal reasons, and what speaks for the shop; the heaviest first, at most four each."""

    principal: tuple[LetterReason, ...]
    strengths: tuple[LetterReason, ...]


def letter_reasons(
    row: ShopRow,
    contributions: gnn.FirmContributions,
    permitted: Collection[str],
    grounds: Collection[str] = (),
) -> LetterReasons:
    """Return the reasons of a score.

    Parameters
    ----------
    row: the shop.
    contributions: the parts of its score.
    permitted: codes that may be stated.
    grounds: of a policy's conclusion on the loan request, of GROUND_REASONS, the most serious first; they come before
        the reasons of the score.
    """
    margins = {**contributions.margins, _LINKS: contributions.links_margin}
    codes = {name: row.code_of(name) for name in contributions.margins} | {_LINKS: TRADING_RISK}
    hazards = {TRADING_RISK: contributions.caught, ENVIRONMENT: contributions.context}
    weights = reason_weights(margins, codes, own=contributions.own, hazards=hazards)
    reasons: dict[str, LetterReason] = {reason.code: reason for reason in _of_grounds(grounds)}
    for code in weights.raising:
        # The score's reason of the same code has the figure.
        reason = _reason(row, code, weights.features[code], raises=True)
        if reason is not None and (code not in reasons or reasons[code].detail is None):
            reasons[code] = reason
    strengths = [_reason(row, code, weights.features[code], raises=False) for code in weights.lowering]
    return LetterReasons(
        _first(iter(reasons.values()), permitted), _first((r for r in strengths if r is not None), permitted)
    )


def reasons_in_default(permitted: Collection[str]) -> LetterReasons:
    """Return the reasons of a firm in default, which has no score."""
    return LetterReasons(_first(iter([LetterReason(DEFAULTED, reason_words(DEFAULTED))]), permitted), ())


def _of_grounds(grounds: Collection[str]) -> Iterator[LetterReason]:
    for ground in grounds:
        code = GROUND_REASONS.get(ground)
        if code is not None:
            yield LetterReason(code, reason_words(code))


def _reason(row: ShopRow, code: str, features: tuple[str, ...], *, raises: bool) -> LetterReason | None:
    """The reason of a code; None where no figure supports it."""
    if code in _WITHOUT_FIGURE:
        return LetterReason(code, reason_words(code))
    if code == MISSING:
        return LetterReason(code, reason_words(code), missing_words(row.source_of(features[0])))
    figures = (row.figure(name) for name in features)
    sentences = (shop_sentence(figure, raises=raises) for figure in figures if figure is not None)
    detail = next((sentence for sentence in sentences if sentence is not None), None)
    if detail is None:
        return None
    # What speaks for a shop has no heading: the codes name what may be held against it.
    return LetterReason(code, reason_words(code), detail) if raises else LetterReason(code, detail)


def _first(reasons: Iterator[LetterReason], permitted: Collection[str]) -> tuple[LetterReason, ...]:
    return tuple(reason for reason in reasons if reason.code in permitted)[:MOST_REASONS]
