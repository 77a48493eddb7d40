"""The dictionary of headers, file names and words by which a draft recognises tables and columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import Field

from supplyrisk.graph.schema.strict_toml import StrictTable, Texts, read_toml

_FILE = Path(__file__).parent / "header_words.toml"
_BRACKETS = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_LEAST_PART = 5
"""Letters of a word that is looked for inside a header; of Chinese, two characters say as much."""
_IDS = ("id", "no", "nr", "number", "nummer", "code", "编号", "代码", "代号", "号码")
EXACT = 3
"""Strength of a header that is a word of the dictionary."""
PART = 1
"""Strength of a header that has one in it."""


class TableWords(StrictTable):
    """Words for one table: of file names, of its columns, and of constants that file names or headers imply."""

    files: Texts = ()
    columns: dict[str, Texts] = Field(default_factory=dict)
    implied: dict[str, dict[str, Texts]] = Field(default_factory=dict)


class FlagWords(StrictTable):
    """Words for true and false."""

    yes: Texts
    no: Texts


class HeaderWords(StrictTable):
    """The dictionary: `values` has the words of cells by column, `units` the factors of units in headers.

    void: states of rows that do not count. states: words in the headers of columns of states.
    """

    firms: TableWords
    persons: TableWords
    supplies: TableWords
    shipments: TableWords
    documents: TableWords
    activity: TableWords
    relations: TableWords
    financials: TableWords
    loans: TableWords
    collateral: TableWords
    pledges: TableWords
    harvests: TableWords
    events: TableWords
    labels: TableWords
    values: dict[str, dict[str, Texts]]
    flags: FlagWords
    void: Texts
    states: Texts
    units: dict[str, float]

    def table(self, name: str) -> TableWords:
        """Return the words of a table."""
        words: TableWords = getattr(self, name)
        return words


@dataclass(frozen=True)
class HeaderMatch:
    """How a header fits a column: the strength, the word, and its place in the list."""

    strength: int
    word: str
    place: int


@cache
def header_words() -> HeaderWords:
    """Return the dictionary."""
    return read_toml(_FILE, HeaderWords, _FILE.name)


def folded_header(text: str) -> str:
    """Return a header without case, white space, punctuation and brackets; umlauts as two letters."""
    plain = unicodedata.normalize("NFKC", _BRACKETS.sub("", text) or text).casefold().translate(_UMLAUTS)
    return "".join(char for char in plain if char.isalnum())


def header_unit(text: str) -> tuple[str, float] | None:
    """Return the unit that a header states in brackets or behind "in", and its factor; None where it states none."""
    units = {_folded_unit(unit): (unit, factor) for unit, factor in header_words().units.items()}
    stated = [found[1] for found in _BRACKETS.finditer(unicodedata.normalize("NFKC", text))]
    stated += [part for part in re.findall(r"\s(in\s.+)$|\s(\S+)$", text.strip()) for part in part if part]
    for unit in stated:
        for variant in (unit, re.sub(r"^(in|unit|单位)\s*[:：]?\s*", "", unit.strip(), flags=re.IGNORECASE)):
            if _folded_unit(variant) in units:
                return variant.strip(), units[_folded_unit(variant)][1]
    return None


def _folded_unit(text: str) -> str:
    return "".join(text.casefold().replace(".", "").split())


@cache
def _column_words(table: str) -> Mapping[str, dict[str, int]]:
    """Return for each column of a table its folded words with their places in the list."""
    return {
        column: {folded_header(word): place for place, word in reversed(list(enumerate(words)))}
        for column, words in header_words().table(table).columns.items()
    }


def match_header(table: str, column: str, header: str) -> HeaderMatch | None:
    """Return how a header fits a column of a table; None where it does not."""
    folded = folded_header(header)
    words = _column_words(table).get(column, {})
    if folded == folded_header(column):
        return HeaderMatch(EXACT, column, -1)
    if folded in words:
        return HeaderMatch(EXACT, folded, words[folded])
    parts = [word for word in words if word in folded and _is_telling(word)]
    if not parts or (_names_ids(folded) and not any(_names_ids(word) for word in parts)):
        return None
    longest = max(parts, key=len)
    return HeaderMatch(PART, longest, words[longest])


def _names_ids(folded: str) -> bool:
    """Return whether a header says that its cells are ids: location_id is no location."""
    return folded.endswith(_IDS)


def _is_telling(word: str) -> bool:
    """Return whether a word says enough to be looked for inside a header."""
    return len(word) >= (2 if not word.isascii() and unicodedata.category(word[0]) == "Lo" else _LEAST_PART)


def match_file(table: str, name: str) -> str | None:
    """Return the word of a table that a file's name has in it; None where it has none."""
    parts = [folded_header(part) for part in re.split(r"[^\w]|_|\d+", name) if part]
    whole = folded_header(name)
    for word in header_words().table(table).files:
        folded = folded_header(word)
        if folded in parts or (_is_telling(folded) and folded in whole):
            return word
    return None


def implied_constant(table: str, column: str, *texts: str) -> tuple[str, str] | None:
    """Return the constant that a file's name or a header implies for a column, and the word that shows it."""
    folded = [folded_header(text) for text in texts]
    for constant, words in header_words().table(table).implied.get(column, {}).items():
        for word in words:
            key = folded_header(word)
            if key in folded or (_is_telling(key) and any(key in text for text in folded)):
                return constant, word
    return None


@cache
def replaced_words(column: str) -> Mapping[str, str]:
    """Return the folded words of a column's cells, with the words of the contract that they stand for."""
    return {
        folded_header(word): contract
        for contract, words in header_words().values.get(column, {}).items()
        for word in (*words, contract)
    }
