"""The parameters of a query: their kinds, and the conversion of values; all faults are reported together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite

from supplyrisk.queries.similar_names import did_you_mean

# Comments, string literals and names in backticks are matched first, so that a $ inside them is no parameter.
_USED = re.compile(
    r"""//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"
    |(?P<sign>\$)(?:(?P<plain>\w+)|`(?P<quoted>[^`]*)`)|`(?:``|[^`])*`""",
    re.VERBOSE | re.DOTALL,
)
Value = str | int | float | bool | list[str] | None


class QueryError(Exception):
    """A query does not exist, its header is invalid, or parameters do not fit."""


@dataclass(frozen=True)
class QueryParam:
    """A parameter of a query.

    Parameters
    ----------
    name: the parameter's name, without $.
    kind: a key of KINDS.
    default: the default value as text; None for a required parameter.
    meaning: its description.
    """

    name: str
    kind: str
    default: str | None
    meaning: str


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _whole(value: object) -> int:
    # bool is a subclass of int, but True is no number here.
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(value)
    return int(value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(value)
    number = float(value)
    # float() accepts "nan" and "inf", which no query can compare with.
    if not isfinite(number):
        raise ValueError(value)
    return number


def _day(value: object) -> str:
    # datetime is a subclass of date; its time of day would be lost.
    if isinstance(value, datetime):
        raise TypeError(value)
    return (value if isinstance(value, date) else date.fromisoformat(_text(value))).isoformat()


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    return words[_text(value).lower()]


def _list(value: object) -> list[str]:
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    if not isinstance(value, list | tuple | set | frozenset):
        raise TypeError(value)
    items = [_text(item) for item in value]
    # Sets have no order: they are sorted so that equal calls send equal values.
    return sorted(items) if isinstance(value, set | frozenset) else items


KINDS: dict[str, tuple[Callable[[object], Value], str]] = {
    "text": (_text, "text"),
    "whole": (_whole, "a whole number"),
    "number": (_number, "a number"),
    "day": (_day, "a day like 2024-03-31"),
    "flag": (_flag, "true or false"),
    "list": (_list, "texts joined by commas"),
}
"""By kind, the function that converts a value, and the expected values in words."""


def read_value(param: QueryParam, value: object) -> Value:
    """Return a parameter's value, converted from text or from a Python value of its kind.

    "null" and None are null, but only for a parameter whose default is null.

    Raises
    ------
    QueryError: the value is not of the parameter's kind.
    """
    if param.default == "null" and value in (None, "null"):
        return None
    reader, expected = KINDS[param.kind]
    try:
        return reader(value)
    except (ValueError, KeyError, TypeError, OverflowError) as fault:
        raise QueryError(f"parameter {param.name} is {value!r}; expected {expected}") from fault


def bind_params(
    query: str, params: Iterable[QueryParam], arguments: Mapping[str, object]
) -> dict[str, Value]:
    """Return the values of all parameters of a query: the arguments, converted by kind, and defaults for the others.

    Parameters
    ----------
    query: the query's name, for messages.
    params: its parameters.
    arguments: values or texts by parameter name.

    Raises
    ------
    QueryError: an argument is unknown or cannot be converted, or a required one is missing; one line lists all faults.
    """
    known = {param.name: param for param in params}
    faults = [_unknown(query, name, known) for name in sorted(arguments.keys() - known.keys())]
    values: dict[str, Value] = {}
    for name, param in known.items():
        if name not in arguments and param.default is None:
            faults.append(f"{query} needs {name} ({param.meaning}); give it as {name}=...")
            continue
        try:
            values[name] = read_value(param, arguments.get(name, param.default))
        except QueryError as fault:
            faults.append(str(fault))
    if faults:
        raise QueryError(" - ".join(faults))
    return values


def check_own_params(cypher: str, names: Iterable[str]) -> None:
    """Check the arguments of a statement without a header against the parameters that it uses.

    Raises
    ------
    QueryError: an argument is not used, or a parameter has none; one line lists all faults.
    """
    # A dictionary keeps the order in the statement and drops duplicates.
    used = {(match["plain"] or match["quoted"]): None for match in _USED.finditer(cypher) if match["sign"]}
    faults = [_unknown("the statement", name, used) for name in sorted({*names} - used.keys())]
    faults += [f"the statement needs {name}; give it as {name}=..." for name in used if name not in {*names}]
    if faults:
        raise QueryError(" - ".join(faults))


def _unknown(query: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    return f"{query} has no parameter {name}; {did_you_mean(name, names) or 'it has ' + (', '.join(names) or 'none')}"
