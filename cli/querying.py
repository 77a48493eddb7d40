"""`scgraph query`: the library of Cypher texts, and any text of one's own, on the workspace's graph."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from supplyrisk.cli.errors import usage
from supplyrisk.cli.files import envelope, print_csv, print_json, print_parquet, to_json, write_table
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.cli.workspace import open_graph
from supplyrisk.graph import notes_of
from supplyrisk.queries import (
    Query,
    bind_query_params,
    check_own_params,
    get_query,
    list_queries,
    parse_query,
    show_query,
)


@dataclass(frozen=True)
class Statement:
    """What to run: a query of the library, or Cypher of one's own; and its parameters as given."""

    cypher: str
    params: dict[str, object]
    name: str | None = None


@dataclass(frozen=True)
class Run:
    """How to run it and where the rows go."""

    write: bool = False
    timeout: float = 180.0
    limit: int | None = None
    output: Path | None = None
    format: str = "table"
    explain: bool = False


def list_library(session: Session, topic: str | None) -> None:
    """Names and titles of the queries, of one topic or of all."""
    queries = list_queries()
    topics = sorted({q.topic for q in queries})
    if topic is not None and topic not in topics:
        raise usage(f"no topic is called {topic!r}; expected one of {', '.join(topics)}")
    found = [q for q in queries if topic in (None, q.topic)]
    if session.as_json:
        print_json(envelope("query.list", [_as_json(q) for q in found]))
        return
    show_table(("topic", "name", "what it finds"), [(q.topic, q.name, q.title) for q in found])
    session.talk.say("more about one: scgraph query show NAME")


def show_one(session: Session, name: str) -> None:
    """One query: how to read it, its parameters, columns and text."""
    query = get_query(name)
    if session.as_json:
        print_json(envelope("query.show", [_as_json(query) | {"cypher": query.cypher}]))
        return
    show_text(show_query(query))


def run_statement(session: Session, statement: Statement, run: Run) -> None:
    """Run a statement on the graph, or ask for its plan, and bring the rows where they are wanted."""
    if run.format == "parquet" and not (run.output or session.as_json) and sys.stdout.isatty():
        raise usage("Parquet is not for terminals; expected a pipe, or -o FILE.parquet")
    with session.talk.progress() as step, open_graph(session) as store:
        step("explaining" if run.explain else "running", 0, 0)
        if run.explain:
            table = store.explain(statement.cypher, statement.params)
        else:
            table = store.run(statement.cypher, statement.params, write=run.write, timeout=run.timeout)
        stamp = store.info().stamp
    for note in notes_of(table):
        session.talk.say(f"note: {note}")
    shown = table if run.limit is None else table.slice(0, run.limit)
    head = envelope(
        "query.plan" if run.explain else "query",
        [],
        about={"as_of": stamp["as_of"], "synthetic": stamp["synthetic"]},
        query=statement.name,
        columns=table.column_names,
        more=table.num_rows - shown.num_rows,
    )
    if run.output:
        write_table(run.output, shown, head)
        session.talk.say(f"{shown.num_rows:,} rows written to {run.output}")
        return
    _print(shown, head, "json" if session.as_json else run.format)
    if shown.num_rows < table.num_rows:
        session.talk.say(f"{table.num_rows - shown.num_rows:,} more rows are not shown (--limit)")


def _print(table: pa.Table, head: dict[str, object], form: str) -> None:
    if form == "json":
        print_json({**head, "rows": table.to_pylist()})
    elif form == "jsonl":
        for row in table.to_pylist():
            show_text(to_json(row))
    elif form == "csv":
        print_csv(table, sys.stdout.buffer)
    elif form == "parquet":
        print_parquet(table, sys.stdout.buffer)
    else:
        show_table(table.column_names, [list(row.values()) for row in table.to_pylist()])


def statement_of(named: str | None, text: str | None, given: Sequence[str]) -> Statement:
    """The statement that a command line names: NAME, FILE.cypher or --text, one of them."""
    if (named is None) == (text is None):
        raise usage("expected one of NAME, FILE.cypher and --text TEXT; see scgraph query list")
    texts = _pairs(given)
    if text is not None:
        return _of_own(text, texts)
    path = Path(str(named))
    if path.suffix != ".cypher":
        return _of_library(get_query(str(named)), texts)
    cypher = _read(path)
    if "// title:" in cypher:
        return _of_library(parse_query(cypher, path.parent.name, path.stem), texts)
    return _of_own(cypher, texts, path.stem)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise usage(f"{path} is not UTF-8 at byte {fault.start}; save it as UTF-8") from fault


def _of_own(cypher: str, texts: dict[str, str], name: str | None = None) -> Statement:
    check_own_params(cypher, texts)
    return Statement(cypher, {param: _guessed(value) for param, value in texts.items()}, name)


def _of_library(query: Query, texts: dict[str, str]) -> Statement:
    return Statement(query.cypher, dict(bind_query_params(query, texts)), query.name)


def _pairs(given: Sequence[str]) -> dict[str, str]:
    pairs = [_pair(text) for text in given]
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise usage(f"--param {', '.join(twice)} is given more than once; expected one value")
    return dict(pairs)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.isidentifier():
        raise usage(f"--param {text!r}; expected NAME=VALUE")
    return name, value


def _guessed(text: str) -> object:
    """JSON where it is JSON (12, 0.5, true, null, ["a"], "12"), else the text itself: 00042 stays an id."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _as_json(query: Query) -> dict[str, object]:
    params = [
        {"name": p.name, "kind": p.kind, "default": p.default, "meaning": p.meaning} for p in query.params
    ]
    columns = [{"name": name, "meaning": meaning} for name, meaning in query.columns]
    facts = {"name": query.name, "topic": query.topic, "title": query.title, "reading": query.reading}
    facts |= {"term": query.term, "cost": query.cost}
    return {**facts, "pattern": list(query.pattern), "params": params, "columns": columns}
