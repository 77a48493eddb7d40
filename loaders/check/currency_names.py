"""Names of currencies that are one: RMB is CNY."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from supplyrisk.loaders.check.data_warnings.data_warning import ColumnCount, DataWarning
from supplyrisk.loaders.mappings.mapping import Currency

_WORDS = {
    "CNY": ("RMB", "CNH", "¥", "￥", "CN¥", "RMB¥", "元", "人民币", "人民币元"),
    "EUR": ("€", "Euro", "EURO"),
    "USD": ("$", "US$", "美元"),
}
"""By currency, what files write in place of its code; some signs stand for other currencies, too."""
_CODE_OF = {"RMB": "CNY", "CNH": "CNY", "CNY": "CNY"}
"""By code in files, the currency's ISO code: CNH is the yuan that is traded abroad."""


def same_currency(code: str, other: str) -> bool:
    """Return whether two codes name one currency."""
    return _CODE_OF.get(code, code) == _CODE_OF.get(other, other)


def one_code(codes: Collection[str]) -> str | None:
    """Return the code of the currency that all codes name; None where they name several or there is none."""
    if len(codes) == 1:
        return next(iter(codes))
    currencies = {_CODE_OF.get(code, code) for code in codes}
    return currencies.pop() if len(currencies) == 1 else None


def with_other_names(currency: Currency, rows: Mapping[str, int]) -> tuple[Currency, list[DataWarning]]:
    """Return a currency that also has its other names, and a warning where trades use these.

    Parameters
    ----------
    rows: number of trades by code.
    """
    default = currency.default
    names = {
        code: default
        for code in rows
        if default and code not in currency.accepted and same_currency(code, default)
    }
    if not names or not default:
        return currency, []
    rates = {**currency.rates, **dict.fromkeys(names, 1.0)}
    places = (ColumnCount("supplies", "currency", sum(rows[name] for name in names)),)
    warning = DataWarning(
        "one_currency",
        f"trades in {' and '.join(names)}, which are read as {default}",
        f"say so in the source of the mapping: {values_key(names)}",
        places,
    )
    return Currency(default=default, rates=rates), [warning]


def other_names(codes: Collection[str]) -> dict[str, str]:
    """Return the codes that are other names of a currency, with its ISO code."""
    return {code: _CODE_OF[code] for code in sorted(codes) if _CODE_OF.get(code, code) != code}


def written_as(code: str) -> tuple[str, ...]:
    """Return what files may write in place of a currency's code."""
    return _WORDS.get(code, ())


def values_key(names: Mapping[str, str]) -> str:
    """Return the key of a mapping that replaces names of currencies by their codes."""
    words = ", ".join(f'"{name}" = "{code}"' for name, code in names.items())
    return f"values = {{ currency = {{ {words} }} }}"
