"""The library of Cypher texts: find one, say what it asks for, fill in its parameters and run it.

A query is a file <topic>/<name>.cypher. Its header is comment lines, one fact each:

    // title: what it finds, in a few words
    // term: the field's word for it
    // read: how to read the answer; may be given several times
    // pattern: a line of a small picture of what is looked for; may be given several times
    // param: name kind = default | meaning      (no default: it has to be given; null is a default too)
    // column: name | meaning
    // cost: what it costs on a large graph, and how to narrow it; may be given several times

Kinds are text, whole, number, day, flag, and list (of text, joined by commas). The text runs on anything that
has `run(cypher, params)`, and ends in a total order, so that equal graphs give equal rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

from supplyrisk.queries.params import KINDS, QueryError, QueryParam, Value, bind_params, nearest, read_value

# One blank after the colon is the header's; a picture's own blanks are part of it.
_HEADER = re.compile(r"//\s*(?P<field>title|term|read|pattern|param|column|cost): ?(?P<value>.*\S)\s*")
_FIELDS = ("title", "term", "read", "pattern", "param", "column", "cost")
_PARAM = re.compile(r"(?P<name>\w+)\s+(?P<kind>\w+)(?:\s*=\s*(?P<default>[^|]*?))?\s*\|\s*(?P<meaning>.+)")
_COLUMN = re.compile(r"(?P<name>\w+)\s*\|\s*(?P<meaning>.+)")
Rows_co = TypeVar("Rows_co", covariant=True)


class Runner(Protocol[Rows_co]):
    """Anything that runs Cypher."""

    def run(self, cypher: str, params: Mapping[str, object] | None = None) -> Rows_co:
        """The rows that a statement returns."""


@dataclass(frozen=True)
class Query:
    """A query of the library: columns are (name, meaning), as in the answer; pattern is the lines of a picture."""

    name: str
    topic: str
    title: str
    reading: str
    params: tuple[QueryParam, ...]
    columns: tuple[tuple[str, str], ...]
    cypher: str
    term: str = ""
    cost: str = ""
    pattern: tuple[str, ...] = ()


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
        names = [q.name for q in queries]
        hint = nearest(name.rpartition("/")[2], names) or f"expected one of {', '.join(names)}"
        raise QueryError(f"no query is called {name}; {hint}")
    return found


def parse_query(text: str, topic: str, name: str) -> Query:
    """A query from its text.

    Raises
    ------
    QueryError: no title or columns, a line of the header that cannot be read, or a default that does not fit.
    """
    where = f"{topic}/{name}"
    facts: dict[str, list[str]] = {field: [] for field in _FIELDS}
    body: list[str] = []
    for line in text.splitlines():
        match = _HEADER.fullmatch(line.strip())
        if match and not body:
            value = match["value"]
            facts[match["field"]].append(value if match["field"] == "pattern" else value.strip())
        elif line.strip():
            body.append(line.rstrip())
    if len(facts["title"]) != 1 or not facts["column"] or not body:
        raise QueryError(f"{where} needs one title, its columns and a statement")
    params = tuple(_param(value, where) for value in facts["param"])
    columns = tuple(_column(value, where) for value in facts["column"])
    return Query(
        name,
        topic,
        facts["title"][0],
        " ".join(facts["read"]),
        params,
        columns,
        "\n".join(body),
        term=" ".join(facts["term"]),
        cost=" ".join(facts["cost"]),
        pattern=tuple(facts["pattern"]),
    )


def _param(text: str, where: str) -> QueryParam:
    match = _PARAM.fullmatch(text)
    if match is None or match["kind"] not in KINDS:
        raise QueryError(
            f"{where}: param {text!r}; expected name kind = default | meaning, kind one of {', '.join(KINDS)}"
        )
    param = QueryParam(match["name"], match["kind"], match["default"], match["meaning"])
    if param.default is not None:
        read_value(param, param.default)
    return param


def _column(text: str, where: str) -> tuple[str, str]:
    match = _COLUMN.fullmatch(text)
    if match is None:
        raise QueryError(f"{where}: column {text!r}; expected name | meaning")
    return match["name"], match["meaning"]


def bind_query_params(query: Query, given: Mapping[str, object]) -> dict[str, Value]:
    """All parameters of a query: the given values (or their texts) read by kind, the defaults for the others.

    Raises
    ------
    QueryError: in one line all that the query does not have, lacks, or cannot read.
    """
    return bind_params(query.name, query.params, given)


def run_query(runner: Runner[Rows_co], query: Query, given: Mapping[str, object] | None = None) -> Rows_co:
    """Run a query with the given parameters.

    Raises
    ------
    QueryError: see `bind`; and whatever the runner raises.
    """
    return runner.run(query.cypher, bind_query_params(query, given or {}))


def show_query(query: Query) -> str:
    """A query for people: what it finds, how to read it, its parameters and columns, and its text."""
    lines = [f"{query.topic}/{query.name}: {query.title}", ""]
    lines += [*(f"  {line}" for line in query.pattern), ""] if query.pattern else []
    lines += [query.reading, *([f"The field's term: {query.term}."] if query.term else [])]
    lines += [*([f"Cost: {query.cost}"] if query.cost else []), ""]
    for param in query.params:
        default = "required" if param.default is None else f"default {param.default}"
        lines.append(f"  --param {param.name}=...  {param.meaning} ({KINDS[param.kind][1]}; {default})")
    lines += ["", *(f"  {name}: {meaning}" for name, meaning in query.columns), "", query.cypher]
    return "\n".join(lines)
