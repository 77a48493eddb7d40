"""Loading a picture into Neo4j: batches that are written once each, then what is no longer in the picture.

A load that was cut off goes on where it was, when the same picture is loaded again; a load of another picture
starts afresh over whatever is there. Either way the graph ends as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.graph_tables import KEYS, GraphTables, vocabulary
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.load_parts import OWNED, LoadPart, Row, fingerprint, link_kind, parts_of
from supplyrisk.graph.store.neo4j.marker import (
    LOADING,
    WHOLE,
    BatchWriter,
    Marker,
    create_constraints,
    finish,
    new_run,
    read_marker,
    write_marker,
)
from supplyrisk.graph.store.neo4j.removal import drop_properties, remove_stale_links, remove_stale_nodes

ProgressCallback = Callable[[str, int, int], None]


def load_graph_tables(
    connection: Connection, graph_tables: GraphTables, progress: ProgressCallback | None = None
) -> None:
    """Make what is ours in the graph equal to a picture; what is not ours stays.

    Raises
    ------
    StoreError: the server went away, another run took over, or a link names no node.
    """
    parts = parts_of(graph_tables)
    create_constraints(connection)
    previous, marker = _begin(connection, graph_tables, parts)
    writer = BatchWriter(connection, marker.run)
    _write(writer, parts, marker, progress or ignore_progress)
    if previous is not None:
        _remove_stale(connection, writer, graph_tables, marker, progress or ignore_progress)
    links = tuple(sorted({link_kind(table) for table in graph_tables.edges}))
    finished = replace(
        marker,
        state=WHOLE,
        stamp=graph_tables.stamp,
        about=graph_tables.about,
        names=vocabulary(graph_tables),
        links=links,
        fresh=(),
        scores=(),
        contagion=(),
    )
    connection.write(lambda tx: finish(tx, finished))


def _begin(
    connection: Connection, graph_tables: GraphTables, parts: Sequence[LoadPart]
) -> tuple[Marker | None, Marker]:
    """What was there before, and the marker of this run: of a load that goes on, or of a new one."""
    content_hash, names = fingerprint(parts), vocabulary(graph_tables)
    previous = connection.read(read_marker)
    links = {link_kind(table) for table in graph_tables.edges}
    if previous is not None and (previous.state, previous.fingerprint) == (LOADING, content_hash):
        marker = replace(previous, run=new_run())
    else:
        old = previous or Marker()
        # Until it is done it may hold names and links of both pictures.
        marker = replace(
            old,
            state=LOADING,
            run=new_run(),
            fingerprint=content_hash,
            done=0,
            fresh=tuple(sorted(kind for kind in links if _is_fresh(connection, previous, kind))),
            names=old.names.joined(names),
            links=tuple(sorted({*old.links, *links})),
        )
    connection.write(lambda tx: write_marker(tx, marker))
    return previous, marker


def _is_fresh(connection: Connection, previous: Marker | None, kind: str) -> bool:
    """Whether the graph holds none of our links of a kind, so that they can be created without a look."""
    if previous is None:
        return True
    type_, source, target = kind.split("|")
    query = f"MATCH (:{source})-[r:`{type_}`]->(:{target}) WHERE r.{OWNED} IS NOT NULL RETURN 1 LIMIT 1"
    return not connection.rows(query)


def _write(
    writer: BatchWriter, parts: Sequence[LoadPart], marker: Marker, progress: ProgressCallback
) -> None:
    of, at = sum(part.batch_count for part in parts), 0
    for part in parts:
        cypher = part.create if part.create and part.name in marker.fresh else part.merge
        first = max(0, marker.done - at)
        for number, rows in enumerate(_prefetched(part.batches(first)), first):
            progress(f"loading {part.name.partition('|')[0]}", at + number, of)
            written = writer.batch(cypher, rows, at + number)
            if written != len(rows):
                raise StoreError(
                    f"{len(rows) - written} of {len(rows)} rows of {part.name} found no node",
                    "nodes that nobody removes while a load is going on",
                    "load again",
                )
        at += part.batch_count


def _prefetched(batches: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """The same batches, each made while the server writes the one before it."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (rows := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield rows


def _remove_stale(
    connection: Connection,
    writer: BatchWriter,
    graph_tables: GraphTables,
    marker: Marker,
    progress: ProgressCallback,
) -> None:
    """Take away what is ours and not in the picture: links, nodes, then properties."""
    progress("retiring what is no longer there", 0, 0)
    edges = {link_kind(table): table for table in graph_tables.edges}
    for kind in marker.links:
        if kind not in marker.fresh:
            remove_stale_links(connection, writer, kind, edges.get(kind))
    nodes = {table.label: table.rows[table.key] for table in graph_tables.nodes}
    for label in KEYS:
        remove_stale_nodes(connection, writer, label, nodes.get(label), marker.names)
    drop_properties(writer, marker.names, vocabulary(graph_tables), marker.risk_properties)


def ignore_progress(_what: str, _done: int, _of: int) -> None:
    """Nobody watches."""
