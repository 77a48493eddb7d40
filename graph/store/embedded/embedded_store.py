"""The embedded graph store: kglite in a worker process, with its files in one folder.

    graph.json          the current generation, its stamp, counts and names; replacing this file is the commit
    graph-000007.kgl    the graph of generation 7
    writer.kgl.lock     the lock of the only writer; the operating system releases it when that process ends

A change is written as a new generation beside the current one. If the writer is killed, the old generation stays
current; readers in other processes open the new one with their next statement.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from supplyrisk.graph.errors import CypherError, StoreError
from supplyrisk.graph.store.contagion_records import ContagionRecords
from supplyrisk.graph.store.cypher_names import check_names, unknown_property
from supplyrisk.graph.store.cypher_statement import checked_params
from supplyrisk.graph.store.embedded.worker_process import WorkerProcess
from supplyrisk.graph.store.graph_tables import (
    KEYS,
    EdgeTable,
    GraphTables,
    NodeTable,
    vocabulary,
)
from supplyrisk.graph.store.property_names import Vocabulary, known_scores
from supplyrisk.graph.store.protocol import DEADLINE, Params, StoreInfo, StoreLocation, StoreProgress
from supplyrisk.graph.store.result_rows import portrait_rows, score_rows
from supplyrisk.graph.store.result_tables import answer_table
from supplyrisk.graph.workspace.tables import write_json_atomically

POINTER = "graph.json"
SCHEMA = "scgraph.graph/1"
WORKER = "supplyrisk.graph.store.embedded.kglite_worker"
_REMEDY = "run scgraph load DIR first, or name another --workspace"
_UNKNOWN = re.compile(
    r"(?:label|type) '(?P<name>[^']*)'|property '(?P<property>[^']*)',? which no (?P<owner>\S+) node has"
)


def open_store(
    location: StoreLocation, *, create: bool = False, progress: StoreProgress | None = None
) -> EmbeddedStore:
    """Open the store in the workspace's folder; a load into it is short, so that `progress` is not called."""
    return EmbeddedStore(location.folder, create=create)


def holds_graph(location: StoreLocation) -> bool:
    """Return whether the folder has a graph."""
    return (location.folder / POINTER).is_file()


class EmbeddedStore:
    """A graph store in a folder, without a server; see `Store` for its methods.

    Parameters
    ----------
    folder: the folder of its files, usually the folder `graph` of a workspace.
    create: whether to create the folder if it is missing; False by default: a folder without a graph is an error.

    Raises
    ------
    StoreError: the folder has no graph, or one of another version.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self._folder = folder
        self._worker: WorkerProcess | None = None
        self._leased = False
        self._opened: int | None = None
        if create:
            folder.mkdir(parents=True, exist_ok=True)
        else:
            self._pointer()

    def run(
        self, cypher: str, params: Params | None = None, *, write: bool = False, timeout: float = DEADLINE
    ) -> pa.Table:
        """Run one Cypher statement and return its rows; see `Store.run`."""
        values = checked_params(cypher, params, timeout)
        fields: dict[str, Any] = {"cypher": cypher, "params": values, "timeout": timeout, "write": write}
        if write:
            # A statement that writes may introduce names, so they are not checked; `scan` collects them afterwards.
            with self._writing():
                pointer = self._open()
                answer = self._ask("cypher", **fields)
                self._commit(pointer, scan=True)
            return _read_table(answer[1])
        pointer = self._open()
        known = Vocabulary.from_json(pointer["names"])
        scores = known_scores(
            [*pointer["scores"], *pointer.get("contagion", ()), *pointer.get("portraits", ())]
        )
        check_names(cypher, known, scores)
        head, body = self._ask("cypher", **fields)
        _check_warnings(head["warnings"], known, scores)
        return _read_table(body)

    def explain(self, cypher: str, params: Params | None = None) -> pa.Table:
        """Return the engine's plan of a statement; the operations include their details."""
        rows = self.run(f"EXPLAIN {cypher}", params).to_pylist()
        values = {name: [row.get(name) for row in rows] for name in ("step", "operation", "estimated_rows")}
        columns = ("step", "operation", "details", "estimated_rows")
        return answer_table(columns, [values.get(name, [None] * len(rows)) for name in columns])

    def rebuild(self, graph_tables: GraphTables) -> None:
        """Replace the whole graph, including whatever users added to it."""
        with self._writing():
            self._opened = None
            self._ask("start", keys=KEYS)
            for nodes in graph_tables.nodes:
                self._send_nodes(nodes)
            for edges in graph_tables.edges:
                self._send_edges(edges)
            names = vocabulary(graph_tables).to_json()
            self._commit(
                {
                    "stamp": dict(graph_tables.stamp),
                    "about": dict(graph_tables.about),
                    "names": names,
                    "scores": [],
                    "contagion": [],
                    "portraits": [],
                    "generation": self._generation(),
                }
            )

    def write_scores(self, frame: pa.Table) -> None:
        """Set risk_ properties of firms, replacing all earlier scores."""
        self._write_properties("scores", score_rows(frame))

    def write_portraits(self, frame: pa.Table) -> None:
        """Set portrait_ properties of firms, replacing all earlier ones."""
        self._write_properties("portraits", portrait_rows(frame))

    def write_contagion(self, records: ContagionRecords) -> None:
        """Set contagion results on firms and link them to their sources, replacing all earlier results."""
        links = records.links
        with self._writing():
            pointer = self._open()
            old = pointer.get("contagion", ())
            self._send(records.firms, "scores", label="Firm", key=KEYS["Firm"], old=old)
            self._ask("unlink", type=links.type)
            if links.rows.num_rows:
                self._send_edges(links)
            known = Vocabulary({}, {links.type: frozenset(links.rows.column_names[2:])})
            names = Vocabulary.from_json(pointer["names"]).joined(known).to_json()
            self._commit(pointer | {"contagion": records.names, "names": names})

    def info(self) -> StoreInfo:
        """Return the current content."""
        pointer = self._pointer()
        return StoreInfo(
            kind="embedded",
            place=str(self._folder),
            stamp=pointer["stamp"],
            nodes=pointer["nodes"],
            edges=pointer["edges"],
            scores=tuple(pointer["scores"]),
            # Graphs of earlier versions lack these.
            contagion=tuple(pointer.get("contagion", ())),
            portraits=tuple(pointer.get("portraits", ())),
            about=pointer.get("about", {}),
        )

    def close(self) -> None:
        """End the worker process; it may be called twice."""
        if self._worker is not None:
            self._worker.stop()
        self._worker = None
        self._opened = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, op: str, *, timeout: float | None = None, **fields: Any) -> tuple[dict[str, Any], bytes]:
        # The worker is started with the first request: commands that only read the pointer do without it.
        if self._worker is None or not self._worker.alive:
            if self._leased:
                # A new worker would start with an empty graph and without the lock: saving it would lose everything.
                raise StoreError(
                    "the store's worker died while it was writing",
                    None,
                    "the graph is as it was before; run it again",
                )
            self.close()
            self._worker = WorkerProcess(WORKER)
        return self._worker.ask(op, timeout=timeout, **fields)

    def _pointer(self) -> dict[str, Any]:
        path = self._folder / POINTER
        if not path.is_file():
            raise StoreError(f"{self._folder} holds no graph", remedy=_REMEDY)
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as fault:
            raise StoreError(f"{path} cannot be read ({fault})", remedy="load the data again") from fault
        if not isinstance(value, dict) or value.get("schema") != SCHEMA:
            raise StoreError(
                f"{path} is not of schema {SCHEMA}", remedy="load the data again with this version of scgraph"
            )
        return value

    def _generation(self) -> int:
        return int(self._pointer()["generation"]) if (self._folder / POINTER).is_file() else 0

    def _file(self, generation: int) -> Path:
        return self._folder / f"graph-{generation:06d}.kgl"

    def _open(self) -> dict[str, Any]:
        """Make the worker load the current generation, which may be newer than the loaded one; return its pointer."""
        # Each round reads the pointer again; three rounds without a file mean that it is really missing.
        for _ in range(3):
            pointer = self._pointer()
            generation = int(pointer["generation"])
            if self._opened == generation and self._worker is not None and self._worker.alive:
                return pointer
            # A writer may delete the file after the pointer was read; by then the pointer names the next generation.
            head, _ = self._ask("open", file=str(self._file(generation)), keys=KEYS)
            if not head.get("missing"):
                self._opened = generation
                return pointer
        raise StoreError(f"{self._file(generation)} is missing", None, "load the data again")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the writer's lock; after a failure the worker is stopped, as its graph differs from the one on disk."""
        if not self._folder.is_dir():
            raise StoreError(f"{self._folder} is not a folder", None, _REMEDY)
        self._ask("lock", path=str(self._folder / "writer.kgl"))
        self._remove_stale_files()
        self._leased = True
        succeeded = False
        try:
            yield
            succeeded = True
        finally:
            self._leased = False
            if succeeded:
                self._ask("unlock")
            else:
                self.close()

    def _commit(self, pointer: dict[str, Any], *, scan: bool = False) -> None:
        """Save the worker's graph as the next generation and make it current; scan: look for names users added."""
        generation = int(pointer["generation"]) + 1
        head, _ = self._ask("save", file=str(self._file(generation)), scan=scan)
        stored_names = Vocabulary.from_json({"labels": head["labels"], "types": head["types"]})
        names = Vocabulary.from_json(pointer["names"]).joined(stored_names).to_json()
        counts = {"nodes": head["nodes"], "edges": head["edges"]}
        new = pointer | counts | {"schema": SCHEMA, "names": names, "generation": generation}
        # The commit: readers see either the old pointer or the new one.
        write_json_atomically(self._folder / POINTER, new)
        self._opened = generation
        self._remove_stale_files()

    def _remove_stale_files(self) -> None:
        """Remove files of killed writers and earlier generations; only the holder of the lock may call it."""
        current = self._file(self._generation()).name
        for path in sorted(self._folder.iterdir()):
            old = path.name.startswith("graph-") and path.name != current
            if old or path.suffix == ".arrow":
                path.unlink()

    def _write_properties(self, name: str, rows: pa.Table) -> None:
        """Set results of one kind on firms, replacing those whose names the pointer lists under that name."""
        with self._writing():
            pointer = self._open()
            old = pointer.get(name, ())
            self._send(rows, "scores", label="Firm", key=KEYS["Firm"], old=old)
            self._commit(pointer | {name: rows.column_names[1:]})

    def _send_nodes(self, nodes: NodeTable) -> None:
        rows = nodes.rows
        for label, flags in nodes.extra_labels.items():
            rows = rows.append_column(f":{label}", flags)
        self._send(rows, "nodes", label=nodes.label, key=nodes.key)

    def _send_edges(self, edges: EdgeTable) -> None:
        self._send(edges.rows, "edges", type=edges.type, source=edges.source, target=edges.target)

    def _send(self, rows: pa.Table, op: str, **fields: Any) -> None:
        path = self._folder / "load.arrow"
        # Written and read once within seconds: compression would take longer than the disk.
        with pa.ipc.new_file(str(path), rows.schema) as file:
            file.write_table(rows)
        self._ask(op, path=str(path), **fields)
        path.unlink()


def _read_table(body: bytes) -> pa.Table:
    with pa.ipc.open_stream(body) as reader:
        return reader.read_all()


def _check_warnings(warnings: list[str], known: Vocabulary, scores: Sequence[str]) -> None:
    """Raise an error for the engine's warnings about unknown names; its other warnings stay as notes."""
    for text in warnings:
        match = _UNKNOWN.search(text)
        if match is None:
            continue
        name = match["name"]
        prop = match["property"]
        owner = match["owner"]
        if name is not None and name not in known.labels and name not in known.types:
            raise CypherError(text)
        if prop is not None and owner in known.labels and prop not in (*known.labels[owner], *scores):
            raise unknown_property(prop, [owner], known.labels[owner], scores)
