"""Keys that identify a firm wherever it is listed, in one spelling; those with a wrong check digit are no keys.

The check digits are computed by python-stdnum: GB 32100 (mod 31) for Chinese codes, ISO 17442 (mod 97) for LEIs, and
each state's own rule for VAT numbers.
"""

from __future__ import annotations

import re
import unicodedata
from types import ModuleType

from supplyrisk.loaders.matching.matching_extra import stdnum_module
from supplyrisk.loaders.matching.text_folding import folded, words_of

_NO_KEY_CHARACTERS = re.compile(r"[^0-9A-Z]")
_OTHER_VAT_STATES = {"GB": ("gb.vat", 2, 14), "CH": ("ch.uid", 0, 12), "NO": ("no.orgnr", 2, 11)}
"""States outside the European Union, by the letters in front: module, and where the number begins and ends.

What follows is a word that depends on the language (MWST, TVA, IVA; MVA).
"""
_FEWEST_CHARACTERS = 2
"""A number of fewer different characters (000000000, 111111111) stands for none, whatever its check digit."""


def credit_code(text: str | None) -> str | None:
    """Return a Chinese unified social credit code of 18 characters; None where the text is none."""
    return _valid(text, "cn.uscc")


def lei(text: str | None) -> str | None:
    """Return a legal entity identifier of 20 characters; None where the text is none."""
    return _valid(text, "lei")


def vat_number(text: str | None) -> str | None:
    """Return a VAT number with its country in front, such as DE136695976; None where the text is none.

    Member states of the European Union, Great Britain, Northern Ireland (XI), Switzerland and Norway are known. A
    number without its country is none: the same digits are different firms in different countries.
    """
    compact = _compact(text)
    country = compact[:2]
    if country in _OTHER_VAT_STATES:
        kind, start, end = _OTHER_VAT_STATES[country]
        number = _valid(compact[start:end], kind)
        return number and compact[:end]
    return _valid(compact, "eu.vat")


def company_number(register: str | None, number: str | None) -> str | None:
    """Return the number in a register of companies behind the register's name, such as MUENCHEN/HRB 12345.

    None where either is missing: the same number means different firms in different registers. White space, signs and
    zeros in front do not count.
    """
    office = " ".join(words_of(folded(register or ""))).upper()
    parts = re.findall(r"[A-Z]+|\d+", _compact(number))
    if not office or not any(part.isdigit() and int(part) for part in parts):
        return None
    return f"{office}/{' '.join(part.lstrip('0') or '0' if part.isdigit() else part for part in parts)}"


def _valid(text: str | None, kind: str) -> str | None:
    """Return a key in its one spelling where python-stdnum's module of that name accepts it, else None."""
    compact = _compact(text)
    if len(set(compact.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))) < _FEWEST_CHARACTERS:
        return None
    module: ModuleType = stdnum_module(kind)
    return compact if module.is_valid(compact) else None


def _compact(text: str | None) -> str:
    """Return the digits and Latin letters of a text in upper case and plain width."""
    return _NO_KEY_CHARACTERS.sub("", _folded(text))


def _folded(text: str | None) -> str:
    return unicodedata.normalize("NFKC", text or "").upper()
