"""The texts of a letter to a shop, in English and Chinese: `graph/texts/letter.toml`."""

from __future__ import annotations

from supplyrisk.graph.texts.figures import fill
from supplyrisk.graph.texts.text_files import Words, read_texts


def letter_text(key: str, language: str, /, **values: object) -> str:
    """Return a text of a letter in a language with its figures."""
    return fill(read_texts("supplyrisk.graph.texts", "letter", language)[key], **values)


def letter_words(key: str, /, **values: object) -> Words:
    """Return a text of a letter in both languages with its figures."""
    return Words(letter_text(key, "en", **values), letter_text(key, "zh", **values))
