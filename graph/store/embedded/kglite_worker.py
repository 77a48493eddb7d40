"""The process that holds kglite: requests come on stdin, answers go to stdout.

    python -m supplyrisk.graph.store.embedded.kglite_worker

kglite takes nearly all of the static thread-local storage that Linux's loader can spare, so it never shares
a process with torch. It also keeps a crash or a runaway statement away from the caller, and gives its memory
back on exit.
"""

from __future__ import annotations

import functools
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
    """A fault to report to the caller: whose it is, and the three parts of its message."""

    def __init__(
        self, source: str, problem: str, expected: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(problem)
        self.head = {"fault": source, "parts": [problem, expected, remedy]}


class EmbeddedGraph:
    """One kglite graph and what is being done to it: every public method is a request."""

    def __init__(self) -> None:
        self.graph: Any = kglite.KnowledgeGraph()
        self.keys: dict[str, str] = {}
        self.lease: Any = None

    def open(self, request: dict[str, Any]) -> Answer:
        """Load a graph file; {"gone": true} where it is not there (any more)."""
        if not Path(request["file"]).is_file():
            return {"gone": True}, b""
        self.graph, self.keys = kglite.load(request["file"]), request["keys"]
        return {}, b""

    def start(self, request: dict[str, Any]) -> Answer:
        """Begin an empty graph; its nodes and edges follow."""
        self.graph, self.keys = kglite.KnowledgeGraph(), request["keys"]
        return {}, b""

    def nodes(self, request: dict[str, Any]) -> Answer:
        """Add the nodes of an Arrow file; a column ":Label" says which of them carry that label too."""
        label, key = request["label"], request["key"]
        table = _table(request["path"])
        if "name" not in table.column_names:
            # A node's `name` falls back on its title, and the title on its key: a node without a name must
            # answer null.
            table = table.append_column("name", pa.nulls(table.num_rows, pa.string()))
        for labels, rows in _by_labels(table):
            self.graph.add_nodes(_frame(rows), label, key, "name", labels=labels)
        return {}, b""

    def edges(self, request: dict[str, Any]) -> Answer:
        """Add the edges of an Arrow file; its columns source and target are keys of nodes already there."""
        frame = _frame(_table(request["path"]))
        with warnings.catch_warnings():
            # Two equal edges are two: a pair may be linked twice in the same way.
            warnings.simplefilter("ignore", UserWarning)
            report = self.graph.add_relationships(
                frame, request["type"], request["source"], "source", request["target"], "target",
                columns=[c for c in frame.columns if c not in ("source", "target")],
            )  # fmt: skip
        stray = report.get("stubs_vivified", 0)
        if stray:
            raise RequestFault(
                "store", f"{stray} ends of {request['type']} name no node", "ends that are in the picture"
            )
        return {}, b""

    def save(self, request: dict[str, Any]) -> Answer:
        """Write the graph to a file, whole or not at all, and say what it holds.

        With `scan` a user's statement wrote: keys have to be texts and are held against each other, as nothing else in
        the engine does; a file of keys of several types would give all of them back quoted.
        """
        if request["scan"]:
            self._check_keys()
        self.graph.save(request["file"])
        schema = self.graph.schema()
        nodes, edges = schema["node_types"], schema["connection_types"]
        labels = {name: sorted(entry.get("properties", {})) for name, entry in nodes.items()}
        if request["scan"]:
            # A label that a user gave to some nodes is in no catalogue; any property may be theirs.
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
                    f"the statement makes a second {label} with {key} {value}",
                    f"one per {key}",
                    f"MERGE (n:{label} {{{key}: ...}}) takes the one that is there",
                )

    def cypher(self, request: dict[str, Any]) -> Answer:
        """Run one statement; the body is an Arrow IPC stream."""
        self.graph.read_only(not request["write"])
        try:
            rows = self.graph.cypher(
                request["cypher"],
                params=request["params"],
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
                "leave FORMAT CSV out; -o FILE.csv writes it",
            )
        values = [self._plain_column(rows.column(c)) for c in rows.columns]
        return {"warnings": rows.warnings}, _stream(answer_table(rows.columns, values, rows.warnings))

    def scores(self, request: dict[str, Any]) -> Answer:
        """Set properties of firms from an Arrow file, after taking the ones in `old` from all of them."""
        label, key = request["label"], request["key"]
        frame = _frame(_table(request["path"]))
        stored_ids = set(self.graph.cypher(f"MATCH (n:{label}) RETURN n.{key} AS id").column("id"))
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
        """Take the one writer's lease of a folder; the operating system frees it when this process ends."""
        self.lease = kglite.open(request["path"], durable="off")
        return {}, b""

    def unlock(self, request: dict[str, Any]) -> Answer:
        """Give the lease back."""
        if self.lease is not None:
            self.lease.close()
        self.lease = None
        return {}, b""

    def _plain_column(self, values: list[Any]) -> list[Any]:
        nested = any(isinstance(v, list | dict) for v in values)
        return [self._plain(v) for v in values] if nested else values

    def _plain(self, value: Any) -> Any:
        """A node, relationship or path without internal ids and without the engine's own keys."""
        if isinstance(value, list):
            return [self._plain(v) for v in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"id", "labels", "properties"}:
            return {
                "labels": sorted(value["labels"]),
                "properties": self._own_properties(value["labels"], value["properties"]),
            }
        if value.keys() == {"id", "start", "end", "type", "properties"}:
            return {"type": value["type"], "properties": self._plain(value["properties"])}
        return {k: self._plain(v) for k, v in value.items()}

    def _own_properties(self, labels: list[str], properties: dict[str, Any]) -> dict[str, Any]:
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
    """A file that the caller wrote for this request; mapped, so that what is not copied costs no memory."""
    return pa.ipc.open_file(pa.memory_map(path)).read_all()


def _by_labels(table: pa.Table) -> Iterator[tuple[list[str] | None, pa.Table]]:
    """The rows by the further labels that they carry: added with them, labels cost a tenth of added later."""
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
    """Arrow as the engine wants it: whole numbers stay whole where some are missing."""
    import pandas as pd  # noqa: PLC0415 - it takes longer to import than most queries take to answer

    kinds = {pa.int64(): pd.Int64Dtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=kinds.get, split_blocks=True, self_destruct=True)
    return frame


def _stream(table: pa.Table) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return memoryview(sink.getvalue())


def _answered(act: Callable[[dict[str, Any]], Answer], request: dict[str, Any]) -> Answer:
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
        # The engine's first line says it; the others repeat the statement or list all names.
        return RequestFault(source, str(fault).splitlines()[0]).head, b""


def main() -> None:
    """Answer requests until stdin closes."""
    answers = stdout_for_frames()
    spare_pandas()
    kglite.set_query_warning_policy("silent")
    graph = EmbeddedGraph()
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        request = frame[0]
        head, body = _answered(getattr(graph, request["op"]), request)
        write_frame(answers, head, body)


if __name__ == "__main__":
    main()
