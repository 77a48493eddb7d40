"""The letter to a shop as a typed document, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from supplyrisk.graph import Words

EXPLANATION = "explanation"
DECISION = "decision"


@dataclass(frozen=True)
class LetterReason:
    """A reason: its code, its words, and a sentence on the shop's own figure (None: none, or it is the words)."""

    code: str
    text: Words
    detail: Words | None = None


@dataclass(frozen=True)
class LetterStep:
    """A figure that a change is about: its name, and its value before and after it, as texts in both languages."""

    name: Words
    before: Words
    after: Words


@dataclass(frozen=True)
class LetterChange:
    """A thing that a shop can do, and its estimated result.

    Parameters
    ----------
    code: of FEASIBLE_CHANGES; "TOGETHER" for all that a letter lists.
    text: what to do.
    steps: the figures that it changes; none for a source that is missing so far, and for all changes together.
    gain: points more, as the letter prints them.
    points, grade: afterwards.
    with_peers_figures: whether it provides a source that is missing so far, which is taken to show the peers' figures.
    """

    code: str
    text: Words
    steps: tuple[LetterStep, ...]
    gain: int
    points: int
    grade: str
    with_peers_figures: bool = False


@dataclass(frozen=True)
class MissingData:
    """A source that has no row about the shop, and how to provide it."""

    source: str
    name: Words
    provide: Words


@dataclass(frozen=True)
class UsedData:
    """A source that the score rests on: its name, and the last day that it has about the shop (None: undated)."""

    source: str
    name: Words
    last_day: date | None


@dataclass(frozen=True)
class LetterDecision:
    """What was decided on a loan request, by the audit log.

    Parameters
    ----------
    entry: of the check.
    assessed_on: day of the check.
    amount, days: of the request, money in the currency of the letter.
    decision: "approve", "decline", "refer", or "open" where none is recorded.
    decided_on: None where none is recorded.
    """

    entry: int
    assessed_on: str
    amount: float
    days: int
    decision: str
    decided_on: str | None


@dataclass(frozen=True)
class ShopLetter:
    """A letter to a shop.

    Parameters
    ----------
    kind: DECISION, EXPLANATION, or "insufficient" where too little is known for a score.
    written_on: its day.
    firm, name: of the shop.
    as_of: day of the score; None for undated data.
    points, grade: None where there is no score.
    decision: None where no request is recorded.
    reasons: principal reasons, the heaviest first, at most four.
    strengths: what speaks for the shop, likewise.
    changes: what would raise the score, the largest gain first.
    together: all changes at once; None with fewer than two.
    missing: sources that are needed for a score; empty where there is one.
    used: sources that the score rests on.
    currency: of amounts; None where the data have none.
    contact: whom to ask to correct data; "" for the sender.
    synthetic: whether the data are made up.
    stated: whether the score is by stated rules, not by a learned model.
    """

    kind: str
    written_on: date
    firm: str
    name: str | None
    as_of: date | None
    points: int | None
    grade: str | None
    decision: LetterDecision | None
    reasons: tuple[LetterReason, ...]
    strengths: tuple[LetterReason, ...]
    changes: tuple[LetterChange, ...]
    together: LetterChange | None
    missing: tuple[MissingData, ...]
    used: tuple[UsedData, ...]
    currency: str | None
    contact: str
    synthetic: bool
    stated: bool
