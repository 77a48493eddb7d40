"""The sentences, headings and labels of a credit memo in English and Chinese: texts of `graph/texts/memo.toml`.

The texts of reasons are in `supplyrisk.gnn.explain.reason_texts`, where scores are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from supplyrisk.graph.schema.relations import end_of
from supplyrisk.graph.texts.figures import fill, is_one
from supplyrisk.graph.texts.text_files import Words, read_texts


def memo_text(key: str, language: str) -> str:
    """Return a text of `memo.toml` in a language, such as "heading.chain"."""
    return _texts(language)[key]


def _texts(language: str) -> Mapping[str, str]:
    return read_texts("supplyrisk.graph.texts", "memo", language)


def memo_words(key: str) -> Words:
    """Return a text of `memo.toml` in both languages."""
    return Words(memo_text(key, "en"), memo_text(key, "zh"))


def memo_label(name: str) -> Words:
    """Return a label in both languages, or the word for a relation."""
    key = f"label.{name}"
    return memo_words(key) if key in _texts("en") else end_of(name).word


def days_label(days: float) -> Words:
    """Return the word for so many days: day or days."""
    return memo_label("day" if is_one(days) else "days")


@dataclass(frozen=True)
class Sentence:
    """A sentence: its key and its figures by name; a figure may be a Sentence, written in the same language."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str = "en") -> str:
        """Return the sentence in a language: "en" (default) or "zh"."""
        values = {n: v.text(language) if isinstance(v, Sentence) else v for n, v in self.values.items()}
        return fill(memo_text(self.key, language), **values)

    def both(self) -> Words:
        """Return the sentence in both languages."""
        return Words(self.text("en"), self.text("zh"))


def write_sentence(key: str, **values: object) -> Sentence:
    """Return the sentence of a key of `memo.toml` with its figures."""
    return Sentence(key, values)


def words_of(section: object, name: str) -> Words:
    """Return a sentence that a section of a memo stores in the fields `name`, in English, and `name`_zh, in Chinese."""
    return Words(getattr(section, name), getattr(section, f"{name}_zh"))
