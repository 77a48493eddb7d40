"""Names of firms in Latin letters in their parts: places and trades are words anywhere in them."""

from __future__ import annotations

from supplyrisk.loaders.matching.name_parts import NameParts
from supplyrisk.loaders.matching.name_words import NameWords
from supplyrisk.loaders.matching.text_folding import words_of


def split_latin(name: str, words: NameWords) -> NameParts:
    """Return the parts of a folded name without Chinese characters."""
    rest, branch = _without_branch(words_of(name), words)
    rest, legal_form = _without_legal_forms(rest, words)
    rest = [word for word in rest if word not in words.connectors] or rest
    places = [word for word in rest if word in words.latin_places]
    trades = [word for word in rest if word in words.latin_trades]
    brand = [word for word in rest if word not in words.latin_places and word not in words.latin_trades]
    if not brand:
        # a name of listed words only is a brand as a whole
        brand, places, trades = rest, [], []
    return NameParts(" ".join(places), " ".join(brand), " ".join(trades), legal_form, branch)


def _without_branch(name: list[str], words: NameWords) -> tuple[list[str], str]:
    """Return the words of a name before the word of a branch, and those from it on."""
    for number, word in enumerate(name):
        has_number = name[-1].isdigit() and number == len(name) - 2
        is_branch = word in words.latin_branches or (word in words.numbered_branches and has_number)
        if is_branch and number > 0:
            return name[:number], " ".join(dict.fromkeys(name[number:]))
    return name, ""


def _without_legal_forms(name: list[str], words: NameWords) -> tuple[list[str], str]:
    """Return the words of a name without the legal forms at its end, and their codes; some words always stay."""
    codes: list[str] = []
    while len(name) > 1:
        text = " ".join(name)
        form = next((f for f in words.latin_forms if text.endswith(f" {f}")), None)
        if form is None:
            break
        codes.insert(0, words.latin_forms[form])
        name = text.removesuffix(f" {form}").split()
    return name, " ".join(codes)
