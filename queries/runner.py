"""The library of Cypher queries: find a query, read its header, bind its parameters and run it.

A query is a file <topic>/<name>.cypher. Its header consists of comment lines:

    // title: what the query finds, in a few words
    // term: the standard term for it
    // read: how to read the result; may be repeated
    // pattern: a line of a drawing of the pattern; may be repeated
    // param: name kind = default | meaning      (without a default the parameter is required; null is a default)
    // column: name | meaning
    // cost: its cost on a large graph, and how to reduce it; may be repeated

Kinds are text, whole, number, day, flag, and list (of text, joined by commas). A query runs on any object with
`run(cypher, params)`, and defines a total order of its rows, so that equal graphs give equal results.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

from supplyrisk.queries.params import KINDS, QueryError, QueryParam, Value, bind_params, read_value
from supplyrisk.queries.similar_names import name_hint

# Only one blank after the colon is skipped: further blanks are part of a drawing (pattern).
_HEADER = re.compile(r"//\s*(?P<field>title|term|read|pattern|param|column|cost): ?(?P<value>.*\S)\s*")
_FIELDS = ("title", "term", "read", "pattern", "param", "column", "cost")
_PARAM = re.compile(r"(?P<name>\w+)\s+(?P<kind>\w+)(?:\s*=\s*(?P<default>[^|]*?))?\s*\|\s*(?P<meaning>.+)")
_COLUMN = re.compile(r"(?P<name>\w+)\s*\|\s*(?P<meaning>.+)")
Rows_co = TypeVar("Rows_co", covariant=True)


class Runner(Protocol[Rows_co]):
    """Any object that runs Cypher."""

    def run(self, cypher: str, params: Mapping[str, object] | None = None) -> Rows_co:
        """Return the rows of a statement."""


@dataclass(frozen=True)
class Query:
    """A query of the library; the fields are those of its header.

    Parameters
    ----------
    reading: how to read the result.
    columns: (name, meaning) of each column, in the order of the result.
    cypher: the statement, without its header.
    pattern: lines of a drawing.
    """

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
    """Return all queries of the library, sorted by topic and name.

    Raises
    ------
    QueryError: a header is invalid, or two queries have the same name.
    """
    queries = [
        parse_query(path.read_text("utf-8"), path.parent.name, path.stem)
        for path in folder.glob("*/*.cypher")
    ]
    queries.sort(key=lambda query: (query.topic, query.name))
    # Users may leave out the topic, so names must be unique across topics.
    names = [query.name for query in queries]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise QueryError(f"two queries are called {twice[0]}; rename one")
    return tuple(queries)


def get_query(name: str, folder: Path = Path(__file__).parent) -> Query:
    """Return the query of a name, with or without its topic and a slash in front.

    Raises
    ------
    QueryError: there is no such query.
    """
    queries = list_queries(folder)
    query = next((q for q in queries if name in (q.name, f"{q.topic}/{q.name}")), None)
    if query is None:
        hint = name_hint(name.rpartition("/")[2], [q.name for q in queries])
        raise QueryError(f"no query is called {name}; {hint}")
    return query


def parse_query(text: str, topic: str, name: str) -> Query:
    """Parse the text of a query.

    Raises
    ------
    QueryError: the title or the columns are missing, a header line is invalid, or a default does not fit its kind.
    """
    where = f"{topic}/{name}"
    facts: dict[str, list[str]] = {field: [] for field in _FIELDS}
    body: list[str] = []
    for line in text.splitlines():
        match = _HEADER.fullmatch(line.strip())
        # After the first line of the statement, comments belong to the statement.
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
    # Checks that the default fits the kind.
    if param.default is not None:
        read_value(param, param.default)
    return param


def _column(text: str, where: str) -> tuple[str, str]:
    match = _COLUMN.fullmatch(text)
    if match is None:
        raise QueryError(f"{where}: column {text!r}; expected name | meaning")
    return match["name"], match["meaning"]


def bind_query_params(query: Query, arguments: Mapping[str, object]) -> dict[str, Value]:
    """Return the values of all parameters of a query; see `params.bind_params`.

    Raises
    ------
    QueryError: an argument is unknown or cannot be converted, or a required one is missing; one line lists all faults.
    """
    return bind_params(query.name, query.params, arguments)


def run_query(
    runner: Runner[Rows_co], query: Query, arguments: Mapping[str, object] | None = None
) -> Rows_co:
    """Run a query with arguments by parameter name; the default None uses the defaults of all parameters.

    Raises
    ------
    QueryError: see `bind_query_params`. Errors of the runner are passed on.
    """
    return runner.run(query.cypher, bind_query_params(query, arguments or {}))


def show_query(query: Query) -> str:
    """Return a description of a query: title, how to read it, cost, parameters, columns and statement."""
    lines = [f"{query.topic}/{query.name}: {query.title}", ""]
    lines += [*(f"  {line}" for line in query.pattern), ""] if query.pattern else []
    lines += [query.reading, *([f"The field's term: {query.term}."] if query.term else [])]
    lines += [*([f"Cost: {query.cost}"] if query.cost else []), ""]
    for param in query.params:
        default = "required" if param.default is None else f"default {param.default}"
        lines.append(f"  --param {param.name}=...  {param.meaning} ({KINDS[param.kind][1]}; {default})")
    lines += ["", *(f"  {name}: {meaning}" for name, meaning in query.columns), "", query.cypher]
    return "\n".join(lines)
