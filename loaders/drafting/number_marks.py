"""The keys for what stands around the digits of numbers: currency signs, percent, minus, units, full-width digits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from supplyrisk.loaders.drafting.draft_keys import DraftKey, counts_text
from supplyrisk.loaders.drafting.number_evidence import UNITS, NumberEvidence, example_of

_CURRENCIES = {
    "€": "EUR", "Euro": "EUR", "euro": "EUR", "元": "CNY", "RMB": "CNY", "人民币": "CNY", "£": "GBP", "₩": "KRW",
    "₹": "INR", "Rs": "INR", "₽": "RUB", "zł": "PLN",
}  # fmt: skip
"""Currencies of signs that stand for one only; three capital letters are their own."""
_OF_SEVERAL = ("¥", "￥", "$", "kr", "Fr")
"""Signs that several currencies have."""


def sign_currency(columns: Sequence[NumberEvidence]) -> str | None:
    """Return the currency that the signs show, "" where they leave it open; None where they are of several."""
    signs = {sign for evidence in columns for sign in evidence.signs}
    codes = {_CURRENCIES.get(sign, sign) for sign in signs if sign not in _OF_SEVERAL}
    shared = {"¥" if sign == "￥" else sign for sign in signs if sign in _OF_SEVERAL}
    if codes == {"CNY"}:
        shared -= {"¥"}
    if len(codes) + len(shared) > 1:
        return None
    return next(iter(codes), "")


def mark_keys(columns: Sequence[NumberEvidence]) -> list[DraftKey]:
    """Return the keys; columns: what the cells of a source's number columns show."""
    keys = _sign_keys(columns)
    percent = sum(evidence.percent for evidence in columns)
    if percent:
        keys.append(
            DraftKey("percent", True, f"{percent:,} cells end in %, such as {example_of(columns, 'percent')}")
        )
    minus = [kind for kind in ("brackets", "trailing") if any(getattr(e, kind) for e in columns)]
    if minus:
        examples = ", ".join(example_of(columns, kind) for kind in minus)
        keys.append(DraftKey("minus", minus, f"cells such as {examples}"))
    units = _total([evidence.units for evidence in columns])
    if units:
        keys.append(DraftKey("units", {unit: float(10 ** UNITS[unit]) for unit in units}, counts_text(units)))
    wide = sum(evidence.full_width for evidence in columns)
    if wide:
        keys.append(
            DraftKey("full_width", True, f"{wide:,} cells such as {example_of(columns, 'full_width')}")
        )
    return keys


def _sign_keys(columns: Sequence[NumberEvidence]) -> list[DraftKey]:
    signs = _total([evidence.signs for evidence in columns])
    if not signs:
        return []
    narrows = any(evidence.full_width for evidence in columns)
    # the loader narrows full-width signs before it looks for them
    listed = list(dict.fromkeys("¥" if narrows and sign == "￥" else sign for sign in signs))
    if sign_currency(columns) is not None:
        return [DraftKey("currency_signs", listed, counts_text(signs))]
    doubt = f"{counts_text(signs)}: several currencies would be added up; split the file, or list them if they are one"
    return [DraftKey("currency_signs", listed, doubt=doubt, is_set=False)]


def _total(counters: Sequence[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total
