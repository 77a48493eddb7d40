"""One spelling of texts that differ in width, case, accents, or traditional and simplified characters only."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from supplyrisk.loaders.matching.matching_extra import simplifier

# German names are written with two letters where umlauts are missing, so that umlauts become them
_TWO_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "œ": "oe", "ł": "l"}
)
_JOINING = str.maketrans("", "", ".'’`")
_DOT_BEFORE_NUMBER = re.compile(r"\.(?=\d)")
_FIRST_HAN = "\u2e80"


def folded(text: str) -> str:
    """Return a text in plain width, lower case, simplified characters and without accents.

    Folding a folded text changes nothing.
    """
    if text.isascii():
        return text.casefold()
    # case and width of one character may depend on those of another after the first round
    once = _folded_once(text)
    while (again := _folded_once(once)) != once:
        once = again
    return once


def is_chinese(text: str) -> bool:
    """Return whether a text has Chinese characters."""
    return any(_is_han(character) for character in text)


def words_of(text: str) -> list[str]:
    """Return the words of a folded text: dots join letters (s.p.a. is spa), other punctuation separates words.

    Single letters behind each other are one word: s a r l is sarl.
    """
    plain = _DOT_BEFORE_NUMBER.sub(" ", text).translate(_JOINING)
    words: list[str] = []
    is_open = False
    for word in "".join(c if c.isalnum() else " " for c in plain).split():
        is_letter = len(word) == 1 and word.isalpha()
        if is_letter and is_open:
            words[-1] += word
        else:
            words.append(word)
        is_open = is_letter
    return words


def _folded_once(text: str) -> str:
    lower = unicodedata.normalize("NFKC", text).casefold().translate(_TWO_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    composed = unicodedata.normalize("NFKC", bare)
    return "".join(_simplified(c) if _is_han(c) else c for c in composed)


def _is_han(character: str) -> bool:
    return character >= _FIRST_HAN and unicodedata.name(character, "").startswith("CJK")


@cache
def _simplified(character: str) -> str:
    """Return the simplified form of a character; by characters, since names are too short for rules on phrases."""
    simple: str = simplifier().convert(character)
    return simple
