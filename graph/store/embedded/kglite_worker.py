"""The worker process that runs kglite: requests arrive on stdin, responses go to stdout.

    python -m supplyrisk.graph.store.embedded.kglite_worker

kglite uses nearly all of the static thread-local storage that Linux's loader reserves, so it cannot share a process
with torch. A process of its own also protects the caller from crashes and runaway statements, and returns its memory
on exit.
"""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kglite
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.store.cypher_statement import WRITES
from supplyrisk.graph.store.embedded.worker_process import read_frame, stdout_for_frames, write_frame
from supplyrisk.graph.store.result_tables import answer_table
from supplyrisk.graph.workspace.fast_parquet import spare_pandas

if TYPE_CHECKING:
    import pandas as pd

Answer = tuple[dict[str, Any], bytes | memoryview]


class RequestFault(Exception):
    """An error to report to the caller.

    Parameters
    ----------
    source: "cypher" for an error in the statement, "store" for any other.
    problem, expected, remedy: the parts of the message, see `SupplyRiskError`.
    """

    def __init__(
        self, source: str, problem: str, expected: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(problem)
        self.head = {"fault": source, "parts": [problem, expected, remedy]}


class EmbeddedGraph:
    """One kglite graph; every public method handles the request of that name."""

    def __init__(self) -> None:
        self.graph: Any = kglite.KnowledgeGraph()
        self.keys: dict[str, str] = {}
        self.lease: Any = None

    def open(self, request: dict[str, Any]) -> Answer:
        """Load a graph file; respond {"missing": true} if it does not exist."""
        if not Path(request["file"]).is_file():
            return {"missing": True}, b""
        self.graph = kglite.load(request["file"])
        self.keys = request["keys"]
        return {}, b""

    def start(self, request: dict[str, Any]) -> Answer:
        """Start an empty graph; requests with its nodes and edges follow."""
        self.graph = kglite.KnowledgeGraph()
        self.keys = request["keys"]
        return {}, b""

    def nodes(self, request: dict[str, Any]) -> Answer:
        """Add the nodes of an Arrow file; a boolean column ":Label" marks those that have that label too."""
        label = request["label"]
        key = request["key"]
        table = _table(request["path"])
        if "name" not in table.column_names:
            # kglite falls back from a node's `name` to its title, and from the title to its key. A node without a
            # name must return null instead.
            table = table.append_column("name", pa.nulls(table.num_rows, pa.string()))
        for labels, rows in _by_labels(table):
            self.graph.add_nodes(_frame(rows), label, key, "name", labels=labels)
        return {}, b""

    def edges(self, request: dict[str, Any]) -> Answer:
        """Add the edges of an Arrow file; its columns source and target are keys of existing nodes."""
        frame = _frame(_table(request["path"]))
        with warnings.catch_warnings():
            # kglite warns about equal edges, which are intended: a pair may have several equal links.
            warnings.simplefilter("ignore", UserWarning)
            report = self.graph.add_relationships(
                frame, request["type"], request["source"], "source", request["target"], "target",
                columns=[c for c in frame.columns if c not in ("source", "target")],
            )  # fmt: skip
        stray = report.get("stubs_vivified", 0)
        if stray:
            raise RequestFault(
                "store",
                f"{stray} endpoints of {request['type']} are no nodes of the graph",
                "endpoints that the node tables contain",
            )
        return {}, b""

    def save(self, request: dict[str, Any]) -> Answer:
        """Write the graph to a file atomically, and respond with its counts and names.

        `scan` is set after a user's statement wrote. Keys must then be checked here, because the engine does not: each
        must be a text and unique. A file with keys of several types would return all of them in quotes.
        """
        if request["scan"]:
            self._check_keys()
        self.graph.save(request["file"])
        schema = self.graph.schema()
        nodes = schema["node_types"]
        edges = schema["connection_types"]
        labels = {name: sorted(entry.get("properties", {})) for name, entry in nodes.items()}
        if request["scan"]:
            # Labels that a user added to existing nodes are missing in the schema, and so are their properties:
            # such a label is taken to have every property.
            rows = self.graph.cypher(
                "MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label", timeout_ms=0
            )
            every = sorted({name for names in labels.values() for name in names})
            labels |= {label: every for label in rows.column("label") if label not in labels}
        return {
            "nodes": {name: entry["count"] for name, entry in sorted(nodes.items())},
            "edges": {name: entry["count"] for name, entry in sorted(edges.items())},
            "labels": labels,
            "types": {name: sorted(entry.get("properties", {})) for name, entry in edges.items()},
        }, b""

    def _check_keys(self) -> None:
        """Raise an error unless every node has its key, as a text, and no two nodes share one."""
        for label, key in self.keys.items():
            bad = f"MATCH (n:{label}) WHERE NOT n.{key} IS :: STRING NOT NULL RETURN count(*) AS n"
            (count,) = self.graph.cypher(bad, timeout_ms=0).column("n")
            if count:
                raise RequestFault(
                    "cypher",
                    f"the statement leaves {count} of {label} without a text as {key}",
                    f"a {key} for each, in quotes",
                    f"CREATE (n:{label} {{{key}: '...'}})",
                )
            rows = self.graph.cypher(
                f"MATCH (n:{label}) WITH n.{key} AS key, count(*) AS n WHERE n > 1 RETURN key ORDER BY key LIMIT 1",
                timeout_ms=0,
            )
            for value in rows.column("key"):
                raise RequestFault(
                    "cypher",
                    f"the statement creates a second {label} with {key} {value}",
                    f"one per {key}",
                    f"MERGE (n:{label} {{{key}: ...}}) uses the existing one",
                )

    def cypher(self, request: dict[str, Any]) -> Answer:
        """Run one statement; the body of the response is an Arrow IPC stream."""
        self.graph.read_only(not request["write"])
        try:
            rows = self.graph.cypher(
                request["cypher"],
                params=request["params"],
                # 0 would mean no timeout.
                timeout_ms=max(1, round(request["timeout"] * 1000)),
                hide_structural_keys=True,
            )
        finally:
            self.graph.read_only(False)
        if isinstance(rows, str):
            raise RequestFault(
                "cypher",
                "the statement asks for CSV",
                "plain rows",
                "leave out FORMAT CSV; -o FILE.csv writes a CSV file",
            )
        values = [self._plain_column(rows.column(c)) for c in rows.columns]
        return {"warnings": rows.warnings}, _stream(answer_table(rows.columns, values, rows.warnings))

    def scores(self, request: dict[str, Any]) -> Answer:
        """Set properties of firms from an Arrow file, after removing the properties in `old` from all firms."""
        label = request["label"]
        key = request["key"]
        frame = _frame(_table(request["path"]))
        stored_ids = set(self.graph.cypher(f"MATCH (n:{label}) RETURN n.{key} AS id").column("id"))
        # The update below would create a node for an unknown key.
        strays = [i for i in frame[key] if i not in stored_ids]
        if strays:
            raise RequestFault(
                "store",
                f"{len(strays)} scored firms are not in the store, {strays[0]} first",
                "firms of the loaded data",
                "load and score the same data",
            )
        if request["old"]:
            names = ", ".join("n.`" + name.replace("`", "``") + "`" for name in request["old"])
            self.graph.cypher(f"MATCH (n:{label}) REMOVE {names}", timeout_ms=0)
        self.graph.add_nodes(frame, label, key, conflict_handling="update")
        return {}, b""

    def unlink(self, request: dict[str, Any]) -> Answer:
        """Remove all relationships of a type."""
        self.graph.cypher(f"MATCH ()-[r:`{request['type']}`]->() DELETE r", timeout_ms=0)
        return {}, b""

    def lock(self, request: dict[str, Any]) -> Answer:
        """Take the writer's lock of a folder; the operating system releases it when this process ends."""
        self.lease = kglite.open(request["path"], durable="off")
        return {}, b""

    def unlock(self, request: dict[str, Any]) -> Answer:
        """Release the writer's lock."""
        if self.lease is not None:
            self.lease.close()
        self.lease = None
        return {}, b""

    def _plain_column(self, values: list[Any]) -> list[Any]:
        nested = any(isinstance(v, list | dict) for v in values)
        return [self._plain(v) for v in values] if nested else values

    def _plain(self, value: Any) -> Any:
        """Return a node, relationship or path without internal ids and without the engine's own keys."""
        if isinstance(value, list):
            return [self._plain(v) for v in value]
        if not isinstance(value, dict):
            return value
        # kglite returns nodes and relationships as dictionaries, which only their keys distinguish from maps.
        if value.keys() == {"id", "labels", "properties"}:
            return {
                "labels": sorted(value["labels"]),
                "properties": self._own_properties(value["labels"], value["properties"]),
            }
        if value.keys() == {"id", "start", "end", "type", "properties"}:
            return {"type": value["type"], "properties": self._plain(value["properties"])}
        return {k: self._plain(v) for k, v in value.items()}

    def _own_properties(self, labels: list[str], properties: dict[str, Any]) -> dict[str, Any]:
        """Return a node's own properties: kglite stores the key as `id` and adds title and type."""
        key = next((self.keys[label] for label in labels if label in self.keys), None)
        if key is None:
            return {k: self._plain(v) for k, v in properties.items()}
        own = {
            k: self._plain(v)
            for k, v in properties.items()
            if k not in ("id", "title", "type") and v is not None
        }
        return {**own, key: properties["id"]}


def _table(path: str) -> pa.Table:
    """Read the Arrow file of a request; it is memory-mapped, so that columns that are not copied use no memory."""
    return pa.ipc.open_file(pa.memory_map(path)).read_all()


def _by_labels(table: pa.Table) -> Iterator[tuple[list[str] | None, pa.Table]]:
    """Yield the rows by their combination of further labels: adding labels with the nodes is ten times faster."""
    label_columns = [name for name in table.column_names if name.startswith(":")]
    rows = table.drop_columns(label_columns)
    if not label_columns:
        yield None, rows
        return
    combinations = (
        table.select(label_columns)
        .group_by(label_columns)
        .aggregate([])
        .sort_by([(m, "ascending") for m in label_columns])
    )
    for combination in combinations.to_pylist():
        chosen = functools.reduce(pc.and_, (pc.equal(table[m], has) for m, has in combination.items()))
        yield [m[1:] for m, has in combination.items() if has] or None, rows.filter(chosen)


def _frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as the pandas frame that the engine takes; integers stay integers where some are missing."""
    import pandas as pd  # noqa: PLC0415 - only loading needs it, and its import takes longer than most queries

    kinds = {pa.int64(): pd.Int64Dtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=kinds.get, split_blocks=True, self_destruct=True)
    return frame


def _stream(table: pa.Table) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return memoryview(sink.getvalue())


def _answered(act: Callable[[dict[str, Any]], Answer], request: dict[str, Any]) -> Answer:
    """Return the response to a request; errors become a head with "fault"."""
    try:
        return act(request)
    except RequestFault as fault:
        return fault.head, b""
    except kglite.CypherTimeoutError:
        problem = f"the statement was stopped after {request['timeout']:g} s"
        return RequestFault("cypher", problem, None, "start from fewer nodes or allow more time").head, b""
    except kglite.ReadOnlyError:
        return RequestFault("cypher", *WRITES).head, b""
    except kglite.WriterLeaseHeldError as fault:
        pid = fault.holder.get("pid")
        return RequestFault(
            "store", f"another process (pid {pid}) is writing this store", None, "wait for it and try again"
        ).head, b""
    except (kglite.KgError, ValueError, OverflowError, OSError) as fault:
        source = "cypher" if request["op"] == "cypher" else "store"
        # The first line is the message; the others repeat the statement or list all names.
        return RequestFault(source, str(fault).splitlines()[0]).head, b""


def main() -> None:
    """Respond to requests until stdin closes."""
    answers = stdout_for_frames()
    spare_pandas()
    kglite.set_query_warning_policy("silent")
    graph = EmbeddedGraph()
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        request = frame[0]
        head, body = _answered(getattr(graph, request["op"]), request)
        write_frame(answers, head, body)
    if graph.lease is None:
        # The operating system frees the graph at once; the interpreter takes a tenth of a second for 10,000 firms.
        os._exit(0)


if __name__ == "__main__":
    main()
