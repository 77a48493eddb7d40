"""Write docs/queries/<topic>.md from the headers and from runs on the topics' own firms.

    python tests/support/query_pages.py

A topic's examples come from the rows of library_<topic>.py, on the embedded store, with its `scores()` or its `PD` as
scores. A required parameter is what the module's EXAMPLES say, else the first id of its kind that gives most rows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pyarrow as pa

from library_graph import graph_tables_with, topic_module
from query_page_text import QueryExample, topic_page
from supplyrisk.graph.store.embedded.embedded_store import EmbeddedStore
from supplyrisk.queries import Query, bind_query_params, list_queries

if TYPE_CHECKING:
    from supplyrisk.graph.store.protocol import Store

DOCS = Path(__file__).resolve().parents[2] / "docs"
IDS = {
    "firm": (("firms", "firm_id"),),
    "carrier": (("shipments", "carrier_id"),),
    "lender": (("loans", "lender_id"),),
    "person": (("persons", "person_id"),),
}
"""By name of a parameter: the table and column whose ids it may be."""
PARTS = ("own", "context", "caught")
KINDS = {"state": pa.string(), "model": pa.string(), "reasons": pa.list_(pa.string())}


def pages() -> dict[str, str]:
    """Every topic's page, by the topic."""
    topics = sorted({query.topic for query in list_queries()})
    return {topic: topic_page(topic, _queries(topic), examples(topic)) for topic in topics}


def _queries(topic: str) -> list[Query]:
    return [query for query in list_queries() if query.topic == topic]


def examples(topic: str) -> dict[str, QueryExample]:
    """A run of each query of a topic; none where no module brings firms for it."""
    module = topic_module(topic)
    if module is None:
        return {}
    with tempfile.TemporaryDirectory() as folder, EmbeddedStore(Path(folder), create=True) as store:
        store.rebuild(graph_tables_with(module.tables()))
        store.write_scores(_scores(module))
        if hasattr(module, "portraits"):
            store.write_portraits(module.portraits())
        found = {query.name: _example(store, module, query) for query in _queries(topic)}
    return {name: example for name, example in found.items() if example is not None}


def _scores(module: ModuleType) -> pa.Table:
    if hasattr(module, "scores"):
        return _whole(module.scores())
    firms = sorted(row["firm_id"] for row in module.tables()["firms"])
    pd = [getattr(module, "PD", {}).get(firm) for firm in firms]
    return _whole(pa.table({"firm_id": firms, "pd": pa.array(pd, pa.float64())}))


def _whole(scores: pa.Table) -> pa.Table:
    """With every column that a query may name, as `score` writes them."""
    for name in ("pd", "coverage", *PARTS, "state", "model", "reasons"):
        if name not in scores.column_names:
            kind = KINDS.get(name, pa.float64())
            scores = scores.append_column(name, pa.nulls(scores.num_rows, kind))
    return scores


def _example(store: Store, module: ModuleType, query: Query) -> QueryExample | None:
    """The run with the most rows; of equal ones the first."""
    runs = [_run(store, query, given) for given in _given(module, query)]
    return max(runs, key=lambda run: len(run.rows), default=None)


def _given(module: ModuleType, query: Query) -> Iterator[dict[str, str]]:
    """What to try: the module's own example, else each id that the one required parameter may be."""
    own: dict[str, str] | None = getattr(module, "EXAMPLES", {}).get(query.name)
    needed = [param.name for param in query.params if param.default is None]
    if own is not None or not needed:
        yield own or {}
    elif len(needed) == 1:
        rows = module.tables()
        for table, column in IDS.get(needed[0], ()):
            yield from ({needed[0]: found} for found in sorted({row[column] for row in rows.get(table, ())}))


def _run(store: Store, query: Query, given: dict[str, str]) -> QueryExample:
    table = store.run(query.cypher, bind_query_params(query, given))
    return QueryExample(given, table.column_names, [list(row.values()) for row in table.to_pylist()])


if __name__ == "__main__":
    for topic, text in pages().items():
        (DOCS / "queries").mkdir(exist_ok=True)
        (DOCS / "queries" / f"{topic}.md").write_text(text, encoding="utf-8")
