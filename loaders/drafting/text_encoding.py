"""The encoding of a text file: candidates are decoded strictly, and judged by whether words come out."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from supplyrisk.loaders.drafting.draft_keys import DraftKey, share_text
from supplyrisk.loaders.drafting.sampled_bytes import SampledBytes

_PLAUSIBLE = 0.85
"""Share of the characters outside ASCII that have to be in words."""
_NULS = 0.02
_LEAST_CYRILLIC = 3
_WORD = re.compile(r"[^\W\d_]+")
_LATIN_SIGNS = frozenset("€£§°²³´–—„“”‘’‚«»©®½¼·…•\u00a0ºª&±µ×")
_CHINESE_SIGNS = re.compile(r"[\u3000-\u303f\uff00-\uffef\u2014\u2018-\u201d\u2026·—×]")
_HIGH_WORD = re.compile(r"[^\x00-\x7f]+")


@dataclass(frozen=True)
class _Candidate:
    """An encoding, what its characters are called, and which of a text's characters outside ASCII are in words."""

    name: str
    kind: str
    plausible: Callable[[str], tuple[int, int]]


@dataclass(frozen=True)
class _Judged:
    candidate: _Candidate
    text: str
    share: float
    evidence: str


def encoding_key(sample: SampledBytes) -> tuple[str, DraftKey | None]:
    """Return the encoding of a file by which its sample can be read, and the key; None where it needs none.

    The encoding is a guess where the key carries a doubt.
    """
    head = sample.head
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", DraftKey("encoding", "utf-8", "byte order mark")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", DraftKey("encoding", "utf-16", "byte order mark")
    wide = _wide_encoding(head)
    if wide:
        return wide, DraftKey("encoding", wide, "every other byte of digits is NUL; no byte order mark")
    if sample.is_ascii:
        return "utf-8", None
    if sample.is_utf8:
        return "utf-8", DraftKey(
            "encoding", "utf-8", f"{sample.scanned:,} bytes decode, with characters outside ASCII"
        )
    return _judged_encoding(sample)


def _wide_encoding(head: bytes) -> str:
    """Return the name of UTF-16 without a mark; "" where it is not."""
    sample = head[: 1 << 16]
    half = max(len(sample) // 2, 1)
    even = sample[::2].count(0) / half
    odd = sample[1::2].count(0) / half
    if odd > _NULS and even <= odd / 20:
        return "utf-16-le"
    return "utf-16-be" if even > _NULS and odd <= even / 20 else ""


def _judged_encoding(sample: SampledBytes) -> tuple[str, DraftKey]:
    """Return the encoding in which words come out; with a doubt where they do in two."""
    data = b"\n".join(_whole_lines(part, number > 0) for number, part in enumerate(sample.parts))
    judged = [j for j in (_judge(candidate, data) for candidate in _CANDIDATES) if j is not None]
    fitting = [j for j in judged if j.share >= _PLAUSIBLE]
    if not fitting:
        best = max(judged, key=lambda j: j.share, default=None)
        if best is None:
            return "latin-1", DraftKey(
                "encoding",
                "gb18030",
                doubt="no encoding decodes all bytes: the file may be damaged",
                is_set=False,
            )
        tried = ", ".join(f"{j.candidate.name} ({j.evidence})" for j in judged)
        return best.candidate.name, DraftKey(
            "encoding",
            best.candidate.name,
            doubt=f"no encoding gives words: {tried}; choose one",
            is_set=False,
        )
    fitting.sort(key=lambda j: -j.share)
    first = fitting[0]
    rivals = [j for j in fitting[1:] if j.text != first.text]
    if rivals:
        pairs = [(first, rivals[0]), *((rival, first) for rival in rivals)]
        shown = ", ".join(
            f"{_difference(one.text, other.text)} by {one.candidate.name}" for one, other in pairs
        )
        return first.candidate.name, DraftKey(
            "encoding", first.candidate.name, first.evidence, f"the same bytes are {shown}: choose one", False
        )
    alike = [j.candidate.name for j in fitting[1:]]
    also = f"; {' and '.join(alike)} would read the same" if alike else ""
    return first.candidate.name, DraftKey(
        "encoding", first.candidate.name, f"not UTF-8; {first.evidence}{also}"
    )


def _whole_lines(part: bytes, from_the_middle: bool) -> bytes:
    """Return the part without the lines that it has only a piece of."""
    start = part.find(b"\n") + 1 if from_the_middle else 0
    end = part.rfind(b"\n")
    return part[start : end if end > start else len(part)]


def _judge(candidate: _Candidate, data: bytes) -> _Judged | None:
    try:
        text = data.decode(candidate.name)
    except UnicodeDecodeError:
        return None
    # only what stands around characters outside ASCII says something
    good, total = candidate.plausible("\n".join(line for line in text.splitlines() if not line.isascii()))
    return _Judged(candidate, text, good / max(total, 1), f"{share_text(good, total, candidate.kind)}")


def _difference(text: str, other: str) -> str:
    """Return the first word in which a text differs from another reading of the same bytes."""
    for own, theirs in zip(text.splitlines(), other.splitlines(), strict=False):
        if own != theirs:
            place = next((i for i, (a, b) in enumerate(zip(own, theirs, strict=False)) if a != b), 0)
            start = max(own.rfind(mark, 0, place) for mark in ' ,;\t"') + 1
            ends = [end for end in (own.find(mark, place) for mark in ' ,;\t"') if end > 0]
            return own[start : min(ends, default=len(own))][:24]
    return text[:24]


def _common_chinese(encoding: str, leads: range, signs: range) -> Callable[[str], tuple[int, int]]:
    def plausible(text: str) -> tuple[int, int]:
        total = 0
        good = 0
        for char in text:
            if char.isascii():
                continue
            total += 1
            try:
                lead = char.encode(encoding)[0]
            except UnicodeEncodeError:
                continue
            good += lead in leads or (lead in signs and bool(_CHINESE_SIGNS.match(char)))
        return good, total

    return plausible


def _latin(text: str) -> tuple[int, int]:
    """Count characters outside ASCII, and those that are letters in words of mostly ASCII letters, or usual signs."""
    total = sum(not char.isascii() for char in text)
    good = sum(char in _LATIN_SIGNS for char in text if not char.isascii())
    for found in _WORD.finditer(text):
        word = found[0]
        special = sum(not char.isascii() for char in word)
        if (
            special
            and (2 * special <= len(word) or (len(word) <= 2 and special == 1))
            and "LATIN" in unicodedata.name(next(char for char in word if not char.isascii()), "")
        ):
            good += sum(not char.isascii() and char not in _LATIN_SIGNS for char in word)
    return good, total


def _cyrillic(text: str) -> tuple[int, int]:
    """Count characters outside ASCII, and those in words of Cyrillic letters with capitals where words have them."""
    total = 0
    good = 0
    for found in _HIGH_WORD.finditer(text):
        word = found[0].strip("«»„“–—…№\u00a0")
        if len(word) < _LEAST_CYRILLIC:
            # any two bytes may be two such letters
            continue
        total += len(word)
        is_cased = word.islower() or word.istitle() or word.isupper()
        if is_cased and all("CYRILLIC" in unicodedata.name(char, "") for char in word):
            good += len(word)
    return good, total


_CHINESE_WORDS = "characters outside ASCII are common Chinese ones"
_LETTERS = "characters outside ASCII are letters in words"
_CANDIDATES = (
    _Candidate("gb18030", _CHINESE_WORDS, _common_chinese("gb2312", range(0xB0, 0xD8), range(0xA1, 0xAA))),
    _Candidate("big5", _CHINESE_WORDS, _common_chinese("big5", range(0xA4, 0xC7), range(0xA1, 0xA4))),
    _Candidate("cp1252", _LETTERS, _latin),
    _Candidate("cp1250", _LETTERS, _latin),
    _Candidate("cp1251", _LETTERS, _cyrillic),
)
"""The first of several that read the same is drafted."""
