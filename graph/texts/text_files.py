"""Texts in English and Chinese: one TOML file per topic, both languages of a text side by side."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

LANGUAGES = ("en", "zh")
"""Languages of every text that a reader outside the risk team sees."""


class Words(NamedTuple):
    """A text in English and in Chinese; the field names are the languages."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """Return the text in one of LANGUAGES."""
        return str(getattr(self, language))


@cache
def read_texts(package: str, topic: str, language: str) -> Mapping[str, str]:
    """Return the texts of a topic in one language, by key; keys of nested tables are joined by dots.

        [heading]
        chain = { en = "Supply chain", zh = "供应链" }

    is the text "heading.chain".

    Parameters
    ----------
    package: the package that holds the file, such as "supplyrisk.graph.texts".
    topic: the file's name without ".toml".
    language: one of LANGUAGES.

    Raises
    ------
    ValueError: an entry does not have exactly the languages of LANGUAGES.
    """
    content = tomllib.loads(files(package).joinpath(f"{topic}.toml").read_text("utf-8"))
    return MappingProxyType({key: text[language] for key, text in _entries(content, "")})


def _entries(table: Mapping[str, object], prefix: str) -> list[tuple[str, Mapping[str, str]]]:
    """Return the entries of a table and of the tables inside it, each with its full key."""
    entries: list[tuple[str, Mapping[str, str]]] = []
    for name, value in table.items():
        if not isinstance(value, dict):
            raise ValueError(f"text {prefix}{name} is {value!r}, expected a text in each of {LANGUAGES}")
        if all(isinstance(text, str) for text in value.values()):
            if set(value) != set(LANGUAGES):
                raise ValueError(
                    f"text {prefix}{name} has the languages {sorted(value)}, expected {LANGUAGES}"
                )
            entries.append((f"{prefix}{name}", value))
        else:
            entries += _entries(value, f"{prefix}{name}.")
    return entries
