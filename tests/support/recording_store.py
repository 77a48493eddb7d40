"""A store without an engine: it takes down what it is sent and answers with planned rows.

    store = RecordingStore({"shop/named": [{"firm": "F1", "region": None}]})
    matching_firms(store, "f1")
    assert store.sent == [Sent(get_query("shop/named").cypher, {"firm": "f1"})]

For tests in which only the statements matter. With `engine`, a real store answers, and the statements are taken down.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from query_lint import without_comments
from supplyrisk.graph.errors import CypherError, StoreError
from supplyrisk.graph.store.contagion_records import ContagionRecords
from supplyrisk.graph.store.cypher_statement import WRITES, checked_params
from supplyrisk.graph.store.graph_tables import GraphTables
from supplyrisk.graph.store.protocol import DEADLINE, Params, Store, StoreInfo
from supplyrisk.graph.store.result_rows import portrait_rows, score_rows
from supplyrisk.graph.store.result_tables import answer_table
from supplyrisk.queries import list_queries

Rows = Sequence[Mapping[str, object]]
WRITING = re.compile(r"\b(CREATE|MERGE|SET|DELETE|REMOVE|DROP)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sent:
    """A statement as it was sent, and whether it was allowed to write."""

    cypher: str
    params: dict[str, Any] = field(default_factory=dict)
    write: bool = False


class RecordingStore:
    """Implements `Store`; it may be opened again after it was closed.

    Parameters
    ----------
    answers: rows by statement, or by a library query as topic/name.
    engine: the store that runs the statements for which no rows are planned, and that is closed with this one.
    """

    def __init__(self, answers: Mapping[str, Rows] | None = None, engine: Store | None = None) -> None:
        queries = {f"{query.topic}/{query.name}": query for query in list_queries()}
        self._answers: dict[str, pa.Table] = {}
        for name, rows in (answers or {}).items():
            query = queries.get(name)
            columns = [column for column, _ in query.columns] if query else list(rows[0] if rows else ())
            values = [[row[column] for row in rows] for column in columns]
            self._answers[query.cypher if query else name] = answer_table(columns, values)
        self._engine = engine
        self._graph = GraphTables((), (), {})
        self._scores: pa.Table | None = None
        self._contagion: ContagionRecords | None = None
        self._portraits: pa.Table | None = None
        self.sent: list[Sent] = []
        self.closed = False

    def run(
        self, cypher: str, params: Params | None = None, *, write: bool = False, timeout: float = DEADLINE
    ) -> pa.Table:
        """Take the statement down, and return its planned rows."""
        values = checked_params(cypher, params, timeout)
        if not write and WRITING.search(without_comments(cypher)):
            raise CypherError(*WRITES)
        self.sent.append(Sent(cypher, values, write))
        if cypher in self._answers:
            return self._answers[cypher]
        if self._engine is not None:
            return self._engine.run(cypher, params, write=write, timeout=timeout)
        raise AssertionError(f"no rows are planned for: {cypher}")

    def explain(self, cypher: str, params: Params | None = None) -> pa.Table:
        """A plan of one step without an estimate."""
        self.sent.append(Sent(cypher, checked_params(cypher, params, DEADLINE)))
        return answer_table(
            ("step", "operation", "details", "estimated_rows"), [[1], ["planned"], [None], [None]]
        )

    def rebuild(self, graph_tables: GraphTables) -> None:
        """Hold these tables, without scores and contagion."""
        if self._engine is not None:
            self._engine.rebuild(graph_tables)
            return
        self._graph = graph_tables
        self._scores = self._contagion = self._portraits = None

    def write_scores(self, frame: pa.Table) -> None:
        """Hold these scores in place of earlier ones."""
        if self._engine is not None:
            self._engine.write_scores(frame)
            return
        rows = score_rows(frame)
        self._check_firms(rows)
        self._scores = rows

    def write_contagion(self, records: ContagionRecords) -> None:
        """Hold these results in place of earlier ones."""
        if self._engine is not None:
            self._engine.write_contagion(records)
            return
        self._check_firms(records.firms)
        self._contagion = records

    def write_portraits(self, frame: pa.Table) -> None:
        """Hold these portraits in place of earlier ones."""
        if self._engine is not None:
            self._engine.write_portraits(frame)
            return
        rows = portrait_rows(frame)
        self._check_firms(rows)
        self._portraits = rows

    def info(self) -> StoreInfo:
        """What is held; of an engine, what the engine holds."""
        if self._engine is not None:
            return self._engine.info()
        links = [*self._graph.edges, *([self._contagion.links] if self._contagion else [])]
        return StoreInfo(
            kind="recording",
            place="memory",
            stamp=self._graph.stamp,
            nodes=_counts((table.label, table.rows) for table in self._graph.nodes),
            edges=_counts((table.type, table.rows) for table in links),
            scores=tuple(self._scores.column_names[1:]) if self._scores else (),
            contagion=self._contagion.names if self._contagion else (),
            portraits=tuple(self._portraits.column_names[1:]) if self._portraits else (),
            about=json.loads(json.dumps(self._graph.about)),
        )

    def close(self) -> None:
        """Close the engine."""
        self.closed = True
        if self._engine is not None:
            self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_firms(self, rows: pa.Table) -> None:
        firms = [table.rows["firm_id"] for table in self._graph.nodes if table.label == "Firm"]
        known = pa.chunked_array([chunk for column in firms for chunk in column.chunks], pa.string())
        if not pc.all(pc.is_in(rows["firm_id"], value_set=known)).as_py():
            raise StoreError("the store does not have some of the firms")


def _counts(tables: Iterable[tuple[str, pa.Table]]) -> dict[str, int]:
    """Rows by label or type; those without rows are left out, as stores do."""
    counts: dict[str, int] = {}
    for name, rows in tables:
        counts[name] = counts.get(name, 0) + rows.num_rows
    return {name: count for name, count in sorted(counts.items()) if count}
