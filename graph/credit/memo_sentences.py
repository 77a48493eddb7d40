"""The sentences, headings and labels of a credit memo in English and Chinese: texts of `graph/texts/memo.toml`.

The texts of reasons are in `supplyrisk.gnn.explain.reason_texts`, where scores are made.
"""

from __future__ import annotations

from collections.abc import Mapping

from supplyrisk.graph.schema.relations import end_of
from supplyrisk.graph.texts.figures import count, fill, is_one
from supplyrisk.graph.texts.text_files import Words, read_texts


def memo_text(key: str, language: str, /, **values: object) -> str:
    """Return a text of `memo.toml` in a language with its figures, of which Words are written in the same language."""
    figures = {n: v.in_language(language) if isinstance(v, Words) else v for n, v in values.items()}
    return fill(_texts(language)[key], **figures)


def _texts(language: str) -> Mapping[str, str]:
    return read_texts("supplyrisk.graph.texts", "memo", language)


def memo_words(key: str, /, **values: object) -> Words:
    """Return a text of `memo.toml`, such as "heading.chain", in both languages with its figures."""
    return Words(memo_text(key, "en", **values), memo_text(key, "zh", **values))


def memo_label(name: str) -> Words:
    """Return a label in both languages, or the word for a relation.

    A name with days behind it, such as "pd_term@90", is the label of a PD over so many days: its text has {days}.
    """
    plain, _, days = name.partition("@")
    key = f"label.{plain}"
    if key not in _texts("en"):
        return end_of(name).word
    return memo_words(key, days=count(int(days))) if days else memo_words(key)


def over_days(name: str, days: int) -> str:
    """Return the name of a label, or of a column of a table, for a PD over so many days: see `memo_label`."""
    return f"{name}@{days}"


def days_label(days: float) -> Words:
    """Return the word for so many days: day or days."""
    return memo_label("day" if is_one(days) else "days")


def words_of(section: object, name: str) -> Words:
    """Return a sentence that a section of a memo stores in the fields `name`, in English, and `name`_zh, in Chinese."""
    return Words(getattr(section, name), getattr(section, f"{name}_zh"))
