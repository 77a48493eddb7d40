"""The parts of a firm's name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NameParts:
    """A name in its parts, all of them folded; a part that a name does not have is empty.

    Parameters
    ----------
    place: where the firm says it is: 上海 of 上海市华盛贸易有限公司, also in brackets.
    brand: what is not in any list of words: 华盛.
    trade: what it does: 贸易.
    legal_form: its legal form as a code, equal for all spellings: "cn limited".
    branch: which branch of the firm it is: 1分公司.
    """

    place: str
    brand: str
    trade: str
    legal_form: str
    branch: str

    @property
    def core(self) -> str:
        """Place, brand and trade, which together distinguish firms of one register."""
        return " ".join(part for part in (self.place, self.brand, self.trade) if part)

    @property
    def digits(self) -> str:
        """The digits of place, brand and trade: names that differ in a number are names of different firms."""
        return "".join(c for c in self.core if c.isdigit())
