"""The parts of a letter to a shop in one language: what its page and its plain text have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from supplyrisk.graph.merchant import letter_text
from supplyrisk.graph.texts.figures import money
from supplyrisk.services import LetterChange, LetterReason, ShopLetter

Text = Callable[..., str]


@dataclass(frozen=True)
class LetterItem:
    """An entry of a list: its text, and lines below it."""

    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class LetterPart:
    """A part of the letter: heading, a paragraph before its list ("" for none), the list, and paragraphs after it."""

    heading: str
    before: str = ""
    items: tuple[LetterItem, ...] = ()
    after: tuple[str, ...] = ()


def letter_title(letter: ShopLetter, lang: str) -> str:
    """Return the title of a letter."""
    return letter_text(f"title.{letter.kind}", lang)


def letter_head(letter: ShopLetter, lang: str) -> list[tuple[str, str]]:
    """Return what stands at the top of a letter: labels with their values."""
    text = _texts(lang)
    # A name of the data may hold line breaks, which would end a line of the text.
    name = " ".join((letter.name or "").split())
    shop = f"{name} ({letter.firm})" if name else letter.firm
    head = [(text("head.date"), str(letter.written_on)), (text("head.to"), shop)]
    if letter.as_of:
        head.append((text("head.as_of"), str(letter.as_of)))
    decision = letter.decision
    if decision:
        amount = money(decision.amount, letter.currency)
        request = text("head.request_text", amount=amount, days=decision.days)
        head += [(text("head.request"), request), (text("head.asked_on"), decision.assessed_on)]
        head.append((text("head.decision"), text(f"decision.{decision.decision}")))
        if decision.decided_on:
            head.append((text("head.decided_on"), decision.decided_on))
    if letter.grade and letter.points is not None:
        score = text("head.score_text", points=letter.points, grade=letter.grade)
        head.append((text("head.score"), score))
    return head


def letter_parts(letter: ShopLetter, lang: str) -> list[LetterPart]:
    """Return the parts of a letter in their order."""
    text = _texts(lang)
    parts = []
    if letter.missing:
        items = tuple(
            LetterItem(m.name.in_language(lang), (m.provide.in_language(lang),)) for m in letter.missing
        )
        parts.append(LetterPart(text("heading.missing"), text("text.missing"), items))
    else:
        before = text("text.reasons" if letter.reasons else "text.no_reasons")
        parts.append(LetterPart(text("heading.reasons"), before, _reasons(letter.reasons, lang)))
    if letter.strengths:
        parts.append(LetterPart(text("heading.strengths"), items=_reasons(letter.strengths, lang)))
    if letter.grade:
        parts.append(_changes(letter, lang))
    used = tuple(
        LetterItem(
            text("text.used", name=u.name.in_language(lang), day=str(u.last_day))
            if u.last_day
            else u.name.in_language(lang)
        )
        for u in letter.used
    )
    parts.append(LetterPart(text("heading.data"), text("text.data"), used, _remarks(letter, lang)))
    contact = text("text.contact", contact=letter.contact) if letter.contact else text("text.no_contact")
    parts.append(LetterPart(text("heading.correction"), contact, after=(text("text.rights"),)))
    return parts


def _reasons(reasons: Sequence[LetterReason], lang: str) -> tuple[LetterItem, ...]:
    return tuple(
        LetterItem(r.text.in_language(lang), (r.detail.in_language(lang),) if r.detail else ())
        for r in reasons
    )


def _changes(letter: ShopLetter, lang: str) -> LetterPart:
    text = _texts(lang)
    changes = [*letter.changes, *([letter.together] if letter.together else [])]
    before = text("text.changes" if changes else "text.no_changes")
    return LetterPart(text("heading.changes"), before, tuple(_change(change, lang) for change in changes))


def _change(change: LetterChange, lang: str) -> LetterItem:
    text = _texts(lang)
    steps = [
        text(
            "text.step",
            name=step.name.in_language(lang),
            before=step.before.in_language(lang),
            after=step.after.in_language(lang),
        )
        for step in change.steps
    ]
    if change.with_peers_figures:
        steps.append(text("text.new_step"))
    gain = text(
        "text.gain_one" if change.gain == 1 else "text.gain",
        gain=change.gain,
        points=change.points,
        grade=change.grade,
    )
    return LetterItem(change.text.in_language(lang), (*steps, gain))


def _remarks(letter: ShopLetter, lang: str) -> tuple[str, ...]:
    remarks = (("text.stated", letter.stated), ("text.synthetic", letter.synthetic))
    return tuple(letter_text(key, lang) for key, applies in remarks if applies)


def _texts(lang: str) -> Text:
    return lambda key, **values: letter_text(key, lang, **values)
