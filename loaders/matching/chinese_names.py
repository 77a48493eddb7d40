"""Chinese names of firms in their parts: place, brand, trade, legal form, branch, in this order."""

from __future__ import annotations

import re

from supplyrisk.loaders.matching.name_parts import NameParts
from supplyrisk.loaders.matching.name_words import NameWords

_BRACKETS = re.compile(r"[(\[{<〔【《〈「『（][^()\[\]{}<>]*?[)\]}>〕】》〉」』）]")
_NUMERALS = str.maketrans("一二三四五六七八九零〇", "12345678900")
_NUMBER = re.compile(r"第?([0-9一二三四五六七八九十〇零]+)号?$")
_SHORTEST_BRAND = 2
"""Characters that a brand keeps when a place is taken from its end."""


def split_chinese(name: str, words: NameWords) -> NameParts:
    """Return the parts of a folded name with Chinese characters."""
    bracketed_place, text = _without_brackets(name, words)
    text, branch = _without_branch(text, words)
    text, legal_form = _without_legal_forms(text, words)
    text, place = _without_places(text, words)
    brand, trade = _without_trades(text, words)
    brand, place_behind = _place_behind(brand, words)
    return NameParts(bracketed_place or place or place_behind, brand, trade, legal_form, branch)


def _without_brackets(name: str, words: NameWords) -> tuple[str, str]:
    """Return the place in brackets, and the name without it; other words in brackets stay, without the brackets."""
    places: list[str] = []

    def content(match: re.Match[str]) -> str:
        inner = _only_letters(match.group()[1:-1])
        rest, place = _without_places(f"{inner}|", words)
        if rest == "|":
            places.append(place)
            return ""
        return inner

    text = _only_letters(_BRACKETS.sub(content, name))
    # a name that is nothing but a place in brackets keeps it
    return (places[-1], text) if places and text else ("", text or _only_letters(name))


def _only_letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _without_branch(text: str, words: NameWords) -> tuple[str, str]:
    """Return a name without its branch, and which branch it is: 1分公司 for 第一分公司."""
    word = next((w for w in words.chinese_branches if text.endswith(w) and text != w), None)
    if word is None:
        return text, ""
    firm = text.removesuffix(word)
    # behind a legal form, all is about the branch
    ends = [firm.rfind(form) + len(form) for form in words.chinese_forms if firm.rfind(form) > 0]
    if ends:
        return firm[: max(ends)], _numbered(firm[max(ends) :]) + word
    number = _NUMBER.search(firm)
    if number and number.start() > 0:
        return firm[: number.start()], _numbered(number.group()) + word
    place = next((firm[-n:] for n in (4, 3, 2) if len(firm) > n and firm[-n:] in words.chinese_places), "")
    return firm.removesuffix(place), place + word


def _numbered(text: str) -> str:
    """Return which branch it is, with its number in digits."""
    number = _NUMBER.search(text)
    if number is None:
        return text
    return text[: number.start()] + _digits(number.group(1))


def _digits(numeral: str) -> str:
    """Return a number up to 99 in digits: 12 for 十二."""
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return numeral.translate(_NUMERALS)
    return (tens or "1").translate(_NUMERALS) + (ones or "0").translate(_NUMERALS)


def _without_legal_forms(text: str, words: NameWords) -> tuple[str, str]:
    """Return a name without the legal forms at its end, and their codes; a name that is nothing else stays."""
    codes: list[str] = []
    if text in words.chinese_forms:
        return text, ""
    while form := next((f for f in words.chinese_forms if text.endswith(f) and text != f), None):
        text = text.removesuffix(form)
        codes.insert(0, words.chinese_forms[form])
    return text, " ".join(codes)


def _without_places(text: str, words: NameWords) -> tuple[str, str]:
    """Return a name without the places at its start, and the last of them: the city behind its province."""
    place = ""
    longest = max(map(len, words.chinese_places))
    while True:
        found = next((text[:n] for n in range(longest, 1, -1) if text[:n] in words.chinese_places), None)
        if found is None or text == found:
            return text, place
        rest = text.removeprefix(found)
        ending = next((e for e in words.place_endings if rest.startswith(e) and rest != e), "")
        place, text = found, rest.removeprefix(ending)


def _without_trades(text: str, words: NameWords) -> tuple[str, str]:
    """Return the brand and the trade of a name without place and legal form; the brand is never empty."""
    trade = ""
    while word := next((w for w in words.chinese_trades if text.endswith(w) and text != w), None):
        text = text.removesuffix(word)
        trade = word + trade
    return text, trade


def _place_behind(brand: str, words: NameWords) -> tuple[str, str]:
    """Return a brand without a place behind it, which other spellings put in brackets: 华盛(上海)贸易."""
    for length in (4, 3, 2):
        place = brand[-length:]
        if place in words.chinese_places and len(brand) - len(place) >= _SHORTEST_BRAND:
            return brand.removesuffix(place), place
    return brand, ""
