"""The library of Cypher texts: find one, say what it asks for, fill in its parameters and run it.

A query is a file <topic>/<name>.cypher. Its header is comment lines, one fact each:

    // title: what it finds, in a few words
    // read: how to read the answer; may be given several times
    // param: name kind = default | meaning      (no default: it has to be given; null is a default too)
    // column: name | meaning

Kinds are text, whole, number, day, flag, and list (of text, joined by commas). The text runs on anything that
has `run(cypher, params)`, and ends in a total order, so that equal graphs give equal rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Protocol, TypeVar

Value = str | int | float | bool | list[str] | None
_HEADER = re.compile(r"//\s*(?P<field>title|read|param|column):\s*(?P<value>.*\S)\s*")
_PARAM = re.compile(r"(?P<name>\w+)\s+(?P<kind>\w+)(?:\s*=\s*(?P<default>[^|]*?))?\s*\|\s*(?P<meaning>.+)")
_COLUMN = re.compile(r"(?P<name>\w+)\s*\|\s*(?P<meaning>.+)")
Rows_co = TypeVar("Rows_co", covariant=True)


class QueryError(Exception):
    """A query that is not there, a header that cannot be read, or a parameter that does not fit."""


class Runner(Protocol[Rows_co]):
    """Anything that runs Cypher."""

    def run(self, cypher: str, params: Mapping[str, object] | None = None) -> Rows_co:
        """The rows that a statement returns."""


@dataclass(frozen=True)
class Param:
    """A parameter: its kind, and the default as text; default None means that it has to be given."""

    name: str
    kind: str
    default: str | None
    meaning: str


@dataclass(frozen=True)
class Query:
    """A query of the library: columns are (name, meaning), in the order of the answer."""

    name: str
    topic: str
    title: str
    reading: str
    params: tuple[Param, ...]
    columns: tuple[tuple[str, str], ...]
    cypher: str


def _whole(text: str) -> int:
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(text)
    return value


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _flag(text: str) -> bool:
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]


def _list(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


KINDS: dict[str, tuple[Callable[[str], Value], str]] = {
    "text": (str, "text"),
    "whole": (_whole, "a whole number"),
    "number": (_number, "a number"),
    "day": (_day, "a day like 2024-03-31"),
    "flag": (_flag, "true or false"),
    "list": (_list, "texts joined by commas"),
}
"""By kind: how its text is read, and how to say what is expected."""


@cache
def list_queries(folder: Path = Path(__file__).parent) -> tuple[Query, ...]:
    """All queries of the library, by topic and name.

    Raises
    ------
    QueryError: a header that cannot be read, or two queries of one name.
    """
    found = [
        parse_query(path.read_text("utf-8"), path.parent.name, path.stem)
        for path in folder.glob("*/*.cypher")
    ]
    found.sort(key=lambda query: (query.topic, query.name))
    names = [query.name for query in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise QueryError(f"two queries are called {twice[0]}; rename one")
    return tuple(found)


def get_query(name: str, folder: Path = Path(__file__).parent) -> Query:
    """The query of that name, with or without its topic and a slash before it.

    Raises
    ------
    QueryError: there is none.
    """
    queries = list_queries(folder)
    found = next((q for q in queries if name in (q.name, f"{q.topic}/{q.name}")), None)
    if found is None:
        close = get_close_matches(name, [q.name for q in queries], n=1)
        hint = (
            f"did you mean {close[0]}?" if close else f"expected one of {', '.join(q.name for q in queries)}"
        )
        raise QueryError(f"no query is called {name}; {hint}")
    return found


def parse_query(text: str, topic: str, name: str) -> Query:
    """A query from its text.

    Raises
    ------
    QueryError: no title or columns, a line of the header that cannot be read, or a default that does not fit.
    """
    where = f"{topic}/{name}"
    facts: dict[str, list[str]] = {"title": [], "read": [], "param": [], "column": []}
    body: list[str] = []
    for line in text.splitlines():
        match = _HEADER.fullmatch(line.strip())
        if match and not body:
            facts[match["field"]].append(match["value"])
        elif line.strip():
            body.append(line.rstrip())
    if len(facts["title"]) != 1 or not facts["column"] or not body:
        raise QueryError(f"{where} needs one title, its columns and a statement")
    params = tuple(_param(value, where) for value in facts["param"])
    columns = tuple(_column(value, where) for value in facts["column"])
    return Query(name, topic, facts["title"][0], " ".join(facts["read"]), params, columns, "\n".join(body))


def _param(text: str, where: str) -> Param:
    match = _PARAM.fullmatch(text)
    if match is None or match["kind"] not in KINDS:
        raise QueryError(
            f"{where}: param {text!r}; expected name kind = default | meaning, kind one of {', '.join(KINDS)}"
        )
    param = Param(match["name"], match["kind"], match["default"], match["meaning"])
    if param.default is not None:
        read_value(param, param.default)
    return param


def _column(text: str, where: str) -> tuple[str, str]:
    match = _COLUMN.fullmatch(text)
    if match is None:
        raise QueryError(f"{where}: column {text!r}; expected name | meaning")
    return match["name"], match["meaning"]


def read_value(param: Param, text: str) -> Value:
    """A parameter's value from its text; `null` is null, for a parameter whose default is null.

    Raises
    ------
    QueryError: the text is not of the parameter's kind.
    """
    if text == "null" and param.default == "null":
        return None
    reader, expected = KINDS[param.kind]
    try:
        return reader(text)
    except (ValueError, KeyError) as fault:
        raise QueryError(f"parameter {param.name} is {text!r}; expected {expected}") from fault


def bind(query: Query, given: Mapping[str, str]) -> dict[str, Value]:
    """All parameters of a query: the given texts read by kind, the defaults for the others.

    Raises
    ------
    QueryError: one that the query does not have, lacks, or cannot read.
    """
    names = [param.name for param in query.params]
    stray = sorted(given.keys() - set(names))
    if stray:
        raise QueryError(f"{query.name} has no parameter {stray[0]}; it has {', '.join(names) or 'none'}")
    texts = {p.name: given.get(p.name, p.default) for p in query.params}
    lacking = [param for param in query.params if texts[param.name] is None]
    if lacking:
        first = lacking[0]
        raise QueryError(f"{query.name} needs {first.name} ({first.meaning}); give it as {first.name}=...")
    return {param.name: read_value(param, str(texts[param.name])) for param in query.params}


def run_query(runner: Runner[Rows_co], query: Query, given: Mapping[str, str] | None = None) -> Rows_co:
    """Run a query with the given parameters.

    Raises
    ------
    QueryError: see `bind`; and whatever the runner raises.
    """
    return runner.run(query.cypher, bind(query, given or {}))


def show_query(query: Query) -> str:
    """A query for people: what it finds, how to read it, its parameters and columns, and its text."""
    lines = [f"{query.topic}/{query.name}: {query.title}", "", query.reading, ""]
    for param in query.params:
        default = "required" if param.default is None else f"default {param.default}"
        lines.append(f"  --param {param.name}=...  {param.meaning} ({KINDS[param.kind][1]}; {default})")
    lines += ["", *(f"  {name}: {meaning}" for name, meaning in query.columns), "", query.cypher]
    return "\n".join(lines)
