"""The words of firms' names besides their brands, from name_parts.toml, in the spelling of folded texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from supplyrisk.graph.schema.strict_toml import StrictTable, read_toml
from supplyrisk.loaders.matching.text_folding import folded, is_chinese, words_of

_FILE = Path(__file__).parent / "name_parts.toml"
_Words = tuple[str, ...]
_List = list[str]


class _Places(StrictTable):
    chinese: str
    chinese_endings: _List
    latin: str


class _Trades(StrictTable):
    chinese: str
    latin: str


class _Branches(StrictTable):
    chinese: _List
    latin: _List
    numbered: _List


class _Addresses(StrictTable):
    words: dict[str, str]
    endings: dict[str, str]
    left_out: _List
    chinese_left_out: _List


class _NameFile(StrictTable):
    legal_forms: dict[str, _List]
    places: _Places
    trades: _Trades
    branches: _Branches
    connectors: _List
    addresses: _Addresses


@dataclass(frozen=True)
class NameWords:
    """Words of names.

    Parameters
    ----------
    chinese_forms, latin_forms: legal forms by spelling, the longest first; Latin ones are words joined by a space.
    chinese_places, latin_places: places. place_endings: what may follow a Chinese one.
    chinese_trades, latin_trades: what a firm does; the Chinese ones longest first.
    chinese_branches, latin_branches, numbered_branches: words of branches; the last ones need a number behind them.
    connectors: words that say nothing.
    """

    chinese_forms: Mapping[str, str]
    latin_forms: Mapping[str, str]
    chinese_places: frozenset[str]
    place_endings: _Words
    latin_places: frozenset[str]
    chinese_trades: _Words
    latin_trades: frozenset[str]
    chinese_branches: _Words
    latin_branches: frozenset[str]
    numbered_branches: frozenset[str]
    connectors: frozenset[str]


@dataclass(frozen=True)
class AddressWords:
    """Words of addresses: their one spelling, that of endings of words, and what is left out."""

    words: Mapping[str, str]
    endings: Mapping[str, str]
    left_out: frozenset[str]
    chinese_left_out: _Words


@cache
def name_words() -> NameWords:
    """Return the words of names."""
    parts = _file()
    forms = [(spelling, form) for form, spellings in parts.legal_forms.items() for spelling in spellings]
    return NameWords(
        chinese_forms=_longest_first((folded(text), form) for text, form in forms if is_chinese(text)),
        latin_forms=_longest_first((_spelling(text), form) for text, form in forms if not is_chinese(text)),
        chinese_places=frozenset(folded(parts.places.chinese).split()),
        place_endings=tuple(parts.places.chinese_endings),
        latin_places=frozenset(folded(parts.places.latin).split()),
        chinese_trades=_longest_words(folded(parts.trades.chinese).split()),
        latin_trades=frozenset(folded(parts.trades.latin).split()),
        chinese_branches=_longest_words(parts.branches.chinese),
        latin_branches=_spellings(parts.branches.latin),
        numbered_branches=_spellings(parts.branches.numbered),
        connectors=_spellings(parts.connectors),
    )


@cache
def address_words() -> AddressWords:
    """Return the words of addresses."""
    parts = _file().addresses
    return AddressWords(
        words={folded(word): short for word, short in parts.words.items()},
        endings={folded(word): short for word, short in parts.endings.items()},
        left_out=_spellings(parts.left_out),
        chinese_left_out=_longest_words(parts.chinese_left_out),
    )


@cache
def _file() -> _NameFile:
    return read_toml(_FILE, _NameFile, _FILE.name)


def _spelling(text: str) -> str:
    return " ".join(words_of(folded(text)))


def _spellings(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_spelling(word) for word in words)


def _longest_words(words: Iterable[str]) -> _Words:
    return tuple(sorted(words, key=lambda word: (-len(word), word)))


def _longest_first(forms: Iterable[tuple[str, str]]) -> dict[str, str]:
    return dict(sorted(forms, key=lambda item: (-len(item[0]), item[0])))
