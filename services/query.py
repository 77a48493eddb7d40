"""Run Cypher on the graph: queries of the library, or statements of the user's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from supplyrisk.graph import RequestError, Workspace, notes_of
from supplyrisk.queries import (
    Query,
    bind_query_params,
    check_own_params,
    get_query,
    list_queries,
    parse_query,
)
from supplyrisk.services.documents import Document, document
from supplyrisk.services.progress import JobProgress, silent

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

QUERY_TIMEOUT = 180.0
"""Seconds after which a statement is stopped."""


@dataclass(frozen=True)
class Statement:
    """A Cypher statement with its parameters; name: of the query, None for a text of the user's own."""

    cypher: str
    params: dict[str, object] = field(default_factory=dict)
    name: str | None = None


@dataclass(frozen=True)
class QueryResult:
    """The rows of a statement, or the store's plan of it.

    rows: those within the limit. omitted: rows beyond it. notes: what the store remarked on the statement.
    """

    statement: Statement
    rows: pa.Table
    omitted: int
    notes: tuple[str, ...]
    as_of: object
    synthetic: object
    is_plan: bool

    def head(self) -> Document:
        """The document without its rows."""
        return document(
            "query.plan" if self.is_plan else "query",
            [],
            about={"as_of": self.as_of, "synthetic": self.synthetic},
            query=self.statement.name,
            columns=self.rows.column_names,
            more=self.omitted,
        )

    def to_json(self) -> Document:
        """The rows as a JSON document."""
        return {**self.head(), "rows": self.rows.to_pylist()}

    def to_frame(self) -> pd.DataFrame:
        """The rows as a DataFrame."""
        frame: pd.DataFrame = self.rows.to_pandas()
        return frame


@dataclass(frozen=True)
class QueryList:
    """Queries of the library."""

    queries: tuple[Query, ...]

    def to_json(self) -> Document:
        """The queries as a JSON document, without their texts."""
        return document("query.list", [_described(query) for query in self.queries])


def query(
    workspace: Workspace,
    statement: Statement,
    *,
    write: bool = False,
    explain: bool = False,
    timeout: float = QUERY_TIMEOUT,
    limit: int | None = None,
    progress: JobProgress = silent,
) -> QueryResult:
    """Run a statement on the workspace's graph.

    Parameters
    ----------
    write: let it change the graph; it may only read otherwise.
    explain: return the store's plan instead of running it.
    timeout: seconds after which it is stopped.
    limit: rows at most; None: all.

    Raises
    ------
    CypherError: the statement itself is wrong, or ran too long. StoreError: there is no graph, or no server.
    """
    with workspace.open_graph() as store:
        progress("explaining" if explain else "running")
        if explain:
            table = store.explain(statement.cypher, statement.params)
        else:
            table = store.run(statement.cypher, statement.params, write=write, timeout=timeout)
        stamp = store.info().stamp
    rows = table if limit is None else table.slice(0, limit)
    return QueryResult(
        statement=statement,
        rows=rows,
        omitted=table.num_rows - rows.num_rows,
        notes=tuple(notes_of(table)),
        as_of=stamp["as_of"],
        synthetic=stamp["synthetic"],
        is_plan=explain,
    )


def library_queries(topic: str | None = None) -> QueryList:
    """The queries of the library, of one topic or of all.

    Raises
    ------
    RequestError: no topic has that name.
    """
    queries = list_queries()
    topics = sorted({query.topic for query in queries})
    if topic is not None and topic not in topics:
        raise RequestError(f"no topic is called {topic!r}", f"one of {', '.join(topics)}")
    return QueryList(tuple(query for query in queries if topic in (None, query.topic)))


def query_document(query: Query) -> Document:
    """One query with its text as a JSON document."""
    return document("query.show", [_described(query) | {"cypher": query.cypher}])


def statement_of(name_or_file: str | None, text: str | None, params: Sequence[str] = ()) -> Statement:
    """The statement that is named: a query of the library, a file.cypher, or a text; exactly one of them.

    Parameters
    ----------
    params: NAME=VALUE; for queries of the library the value is read by the parameter's kind, for other statements as
        JSON where it is JSON, else as text.

    Raises
    ------
    RequestError: none or two of them, a parameter that is not NAME=VALUE, or one that is repeated.
    QueryError: no such query, or parameters that do not fit it.
    """
    if (name_or_file is None) == (text is None):
        raise RequestError("expected one of NAME, FILE.cypher and --text TEXT; see scgraph query list")
    texts = _param_texts(params)
    if text is not None:
        return _own_statement(text, texts)
    path = Path(str(name_or_file))
    if path.suffix != ".cypher":
        return _library_statement(get_query(str(name_or_file)), texts)
    cypher = _read(path)
    if "// title:" in cypher:
        return _library_statement(parse_query(cypher, path.parent.name, path.stem), texts)
    return _own_statement(cypher, texts, path.stem)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise RequestError(f"{path} is not UTF-8 at byte {fault.start}; save it as UTF-8") from fault


def _own_statement(cypher: str, texts: dict[str, str], name: str | None = None) -> Statement:
    check_own_params(cypher, texts)
    return Statement(cypher, {param: _json_or_text(value) for param, value in texts.items()}, name)


def _library_statement(query: Query, texts: dict[str, str]) -> Statement:
    return Statement(query.cypher, dict(bind_query_params(query, texts)), query.name)


def _param_texts(params: Sequence[str]) -> dict[str, str]:
    pairs = [_param_pair(text) for text in params]
    names = [name for name, _ in pairs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise RequestError(f"--param {', '.join(repeated)} is given more than once", "one value")
    return dict(pairs)


def _param_pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.isidentifier():
        raise RequestError(f"--param {text!r}", "NAME=VALUE")
    return name, value


def _json_or_text(text: str) -> object:
    """JSON where it is JSON (12, 0.5, true, null, ["a"], "12"), else the text itself: 00042 stays an id."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _described(query: Query) -> Document:
    params = [
        {"name": param.name, "kind": param.kind, "default": param.default, "meaning": param.meaning}
        for param in query.params
    ]
    return {
        "name": query.name,
        "topic": query.topic,
        "title": query.title,
        "reading": query.reading,
        "term": query.term,
        "cost": query.cost,
        "pattern": list(query.pattern),
        "params": params,
        "columns": [{"name": name, "meaning": meaning} for name, meaning in query.columns],
    }
