"""The parameters of a query: their kinds, and values read from texts or taken from Python, with every fault at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from math import isfinite

# Comments, texts and names between backticks are read over: a $ in them is none.
_USED = re.compile(
    r"""//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"
    |(?P<sign>\$)(?:(?P<plain>\w+)|`(?P<quoted>[^`]*)`)|`(?:``|[^`])*`""",
    re.VERBOSE | re.DOTALL,
)
Value = str | int | float | bool | list[str] | None


class QueryError(Exception):
    """A query that is not there, a header that cannot be read, or parameters that do not fit."""


@dataclass(frozen=True)
class QueryParam:
    """A parameter: its kind, and the default as text; default None means that it has to be given."""

    name: str
    kind: str
    default: str | None
    meaning: str


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(value)
    return int(value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(value)
    found = float(value)
    if not isfinite(found):
        raise ValueError(value)
    return found


def _day(value: object) -> str:
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
    # A set has no order of its own: equal calls are to send equal values.
    return sorted(items) if isinstance(value, set | frozenset) else items


KINDS: dict[str, tuple[Callable[[object], Value], str]] = {
    "text": (_text, "text"),
    "whole": (_whole, "a whole number"),
    "number": (_number, "a number"),
    "day": (_day, "a day like 2024-03-31"),
    "flag": (_flag, "true or false"),
    "list": (_list, "texts joined by commas"),
}
"""By kind: how its value is read, and how to say what is expected."""


def read_value(param: QueryParam, value: object) -> Value:
    """A parameter's value from its text or from a Python value of its kind.

    `null` and None are null, for a parameter whose default is null.

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


def bind_params(query: str, params: Iterable[QueryParam], given: Mapping[str, object]) -> dict[str, Value]:
    """All parameters of a query: the given values read by kind, the defaults for the others.

    Raises
    ------
    QueryError: in one line all that it does not have, lacks, or cannot read.
    """
    known = {param.name: param for param in params}
    faults = [_unknown(query, name, known) for name in sorted(given.keys() - known.keys())]
    values: dict[str, Value] = {}
    for name, param in known.items():
        if name not in given and param.default is None:
            faults.append(f"{query} needs {name} ({param.meaning}); give it as {name}=...")
            continue
        try:
            values[name] = read_value(param, given.get(name, param.default))
        except QueryError as fault:
            faults.append(str(fault))
    if faults:
        raise QueryError(" - ".join(faults))
    return values


def check_own_params(cypher: str, given: Iterable[str]) -> None:
    """Hold what is given against the parameters that a statement without a header uses.

    Raises
    ------
    QueryError: in one line all that it does not use, or lacks.
    """
    used = {(match["plain"] or match["quoted"]): None for match in _USED.finditer(cypher) if match["sign"]}
    faults = [_unknown("the statement", name, used) for name in sorted({*given} - used.keys())]
    faults += [f"the statement needs {name}; give it as {name}=..." for name in used if name not in {*given}]
    if faults:
        raise QueryError(" - ".join(faults))


def _unknown(query: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    return (
        f"{query} has no parameter {name}; {nearest(name, names) or 'it has ' + (', '.join(names) or 'none')}"
    )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """`did you mean a, b or c?` of at most three names that are like one; None where none is."""
    close = get_close_matches(name, list(known), n=3)
    if not close:
        return None
    return f"did you mean {' or '.join(filter(None, (', '.join(close[:-1]), close[-1])))}?"
