"""How a column writes its numbers: which decimal sign and groups its cells show, and what stands around the digits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

POINT = "."
COMMA = ","
_WIDE = str.maketrans("０１２３４５６７８９．，－＋％（）\u3000\u2212", "0123456789.,-+%() -")
_WIDE_DIGITS = re.compile("[０-９．，－＋％（）\u2212]")
_SPACES = "\u00a0\u2009\u202f"
_WORDS = ("元", "RMB", "人民币", "Euro", "euro", "Rs", "kr", "zł", "Fr")
# EUR in TEUR is no sign of its own
_SIGN = rf"(?:[$¢£¤¥€₩₹₽￥]|(?<![A-Z])[A-Z]{{3}}\b|[A-Z]{{2}}\$|{'|'.join(_WORDS)})"
_BEFORE = re.compile(rf"^([-+(]?)\s*({_SIGN})\s*(?=[-+(]?[\d.,])")
_BEHIND = re.compile(rf"(?<=[\d%)\-. \w万亿])\s*({_SIGN})([-)]?)$")
UNITS = {
    "万": 4, "亿": 8, "千": 3, "百万": 6, "千万": 7, "k": 3, "K": 3, "Tsd.": 3, "Tsd": 3, "TEUR": 3,
    "Mio.": 6, "Mio": 6, "Mrd.": 9, "Mrd": 9, "mn": 6, "M": 6, "bn": 9,
}  # fmt: skip
"""Words behind a number, as powers of ten."""
_UNIT = re.compile(rf"(?<=[\d.,])\s*({'|'.join(sorted(map(re.escape, UNITS), key=len, reverse=True))})$")
_PLAIN = re.compile(r"\d+|\d+e[+-]?\d+")
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:(?P<sign>[.,'’_ ])\d{3})(?:(?P=sign)\d{3})*")
_MIXED = re.compile(r"(?P<whole>[1-9]\d{0,2}(?:(?P<sign>[.,'’_ ])\d{3})+)(?P<decimal>[.,])\d*(?:e[+-]?\d+)?")
_DECIMALS = re.compile(r"(?P<whole>\d*)(?P<decimal>[.,])(?P<rest>\d*)(?:e[+-]?\d+)?")


@dataclass
class NumberEvidence:
    """What the cells of a column show; cells that are no numbers in any form count as `others`.

    Parameters
    ----------
    cells: all cells that are not empty.
    numbers: those that are a number in some form.
    decimals: by sign, cells in which it can only be the decimal sign.
    groups: by sign, cells in which it can only stand between groups of digits.
    unclear: by sign, cells such as 1.234, in which it may be either.
    signs, units: by text, cells with a currency sign or a unit word.
    percent, brackets, trailing, full_width, negative: numbers of cells.
    above_one: cells without % whose value is above 1, in either reading.
    others: cells that are no numbers, by their text.
    examples: by form, a cell that shows it.
    """

    cells: int = 0
    numbers: int = 0
    decimals: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)
    signs: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    percent: int = 0
    brackets: int = 0
    trailing: int = 0
    full_width: int = 0
    negative: int = 0
    above_one: int = 0
    others: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, text: str, count: int = 1) -> None:
        """Take a cell that occurs so many times; white space around it does not count."""
        self.cells += count
        core = self._without_signs(text.strip(), count)
        if core is None or not self._take_digits(core, text, count):
            self.others[text] += count
            return
        self.numbers += count

    def _without_signs(self, text: str, count: int) -> str | None:
        """Return the digits of a cell with the signs between them, and count what stands around them."""
        narrow = text.translate(_WIDE)
        marks: list[tuple[str, str]] = []
        for pattern, group in ((_BEFORE, 2), (_BEHIND, 1)):
            found = pattern.search(narrow)
            if found:
                marks.append(("signs", found[group]))
                narrow = narrow[: found.start(group)] + narrow[found.end(group) :]
        narrow = narrow.strip()
        negative = narrow.startswith("-")
        brackets = narrow.startswith("(") and narrow.endswith(")")
        trailing = narrow.endswith("-")
        narrow = (narrow[1:-1] if brackets else narrow).strip().removesuffix("-").lstrip("+-").strip()
        percent = narrow.endswith("%")
        narrow = narrow.removesuffix("%").rstrip()
        unit = _UNIT.search(narrow)
        if unit and not percent:
            marks.append(("units", unit[1]))
            narrow = narrow[: unit.start()]
        if not re.fullmatch(rf"[\d.,'’_ {_SPACES}]*(?:[eE][+-]?\d+)?", narrow) or not re.search(
            r"\d", narrow
        ):
            return None
        for kind, mark in marks:
            getattr(self, kind)[mark] += count
            self.examples.setdefault(mark, text)
        for kind, holds in (("percent", percent), ("brackets", brackets), ("trailing", trailing)):
            if holds:
                setattr(self, kind, getattr(self, kind) + count)
                self.examples.setdefault(kind, text)
        self.negative += count * (negative or brackets or trailing)
        if _WIDE_DIGITS.search(text):
            self.full_width += count
            self.examples.setdefault("full_width", text)
        core = re.sub(f"[{_SPACES}]", " ", narrow).lower()
        if not percent and not unit and _may_exceed_one(core):
            self.above_one += count
        return core

    def _take_digits(self, core: str, text: str, count: int) -> bool:
        """Count what the signs between the digits can be; return whether the cell is a number at all."""
        if _PLAIN.fullmatch(core):
            return True
        mixed = _MIXED.fullmatch(core)
        if mixed and mixed["sign"] != mixed["decimal"]:
            self._count("decimals", mixed["decimal"], text, count)
            self._count("groups", mixed["sign"], text, count)
            return True
        grouped = _GROUPS.fullmatch(core)
        if grouped:
            sign = grouped["sign"].replace("’", "'")
            is_unclear = sign in ".," and core.count(sign) == 1
            self._count("unclear" if is_unclear else "groups", sign, text, count)
            return True
        simple = _DECIMALS.fullmatch(core)
        if simple and (simple["whole"] or simple["rest"]):
            self._count("decimals", simple["decimal"], text, count)
            return True
        return False

    def _count(self, kind: str, sign: str, text: str, count: int) -> None:
        getattr(self, kind)[sign.replace("’", "'")] += count
        self.examples.setdefault(kind + sign, text)

    @property
    def share(self) -> float:
        """Share of the cells that are numbers; 1 where there are no cells."""
        return self.numbers / self.cells if self.cells else 1.0


def _may_exceed_one(core: str) -> bool:
    """Return whether the digits are above 1 whichever sign is the decimal sign."""
    whole = re.split("[.,]", core.replace(" ", ""))[0]
    return whole.isdecimal() and int(whole[:15]) > 1


def number_evidence(cells: Iterable[tuple[str, int]]) -> NumberEvidence:
    """Return what cells show, each with the number of times that it occurs."""
    evidence = NumberEvidence()
    for text, count in cells:
        evidence.add(text, count)
    return evidence


def example_of(columns: Iterable[NumberEvidence], form: str) -> str:
    """Return a cell that shows a form, from the first column that has one; "" where none has."""
    return next((evidence.examples[form] for evidence in columns if form in evidence.examples), "")
