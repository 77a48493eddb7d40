"""The texts of a what-if in English and Chinese: `graph/texts/what_if.toml`."""

from __future__ import annotations

from supplyrisk.graph.merchant.what_if.change_kinds import Borrow, HoldMoreStock, Repay, RowChange, SellMore
from supplyrisk.graph.texts.figures import fill, money
from supplyrisk.graph.texts.text_files import LANGUAGES, Words, read_texts


def what_if_text(key: str, language: str, /, **values: object) -> str:
    """Return a text of a what-if in a language with its figures."""
    return fill(read_texts("supplyrisk.graph.texts", "what_if", language)[key], **values)


def what_if_words(key: str, /, **values: object) -> Words:
    """Return a text of a what-if in both languages with its figures."""
    return Words(*(what_if_text(key, language, **values) for language in LANGUAGES))


def change_words(change: RowChange, currency: str | None = None) -> Words:
    """Return what a change is, in both languages; currency: of its amount, None where the data have none."""
    return Words(*(_text(change, currency, language) for language in LANGUAGES))


def _text(change: RowChange, currency: str | None, language: str) -> str:
    key = f"change.{change.do}"
    values: dict[str, object] = dict(change)
    if isinstance(change, SellMore | HoldMoreStock):
        key += "_amount" if change.share is None else "_share"
    if isinstance(change, SellMore):
        named = change.customer is not None
        values["whom"] = what_if_text("change.whom", language, customer=change.customer) if named else ""
    if isinstance(change, Repay) and change.amount is not None:
        key += "_amount"
    if isinstance(change, SellMore | HoldMoreStock | Borrow | Repay):
        # With its currency, which a style of a text does not know.
        values["amount"] = money(change.amount, currency)
    return what_if_text(key, language, **values)
