"""Loads graph tables into Neo4j: batches that are each written once, then the removal of stale content.

A load that was interrupted continues where it stopped when the same tables are loaded again; a load of other tables
starts over on top of whatever is there. Either way the result is the same as that of an undisturbed load.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from supplyrisk.graph.store.protocol import StoreProgress


def load_graph_tables(
    connection: Connection, graph_tables: GraphTables, progress: StoreProgress | None = None
) -> None:
    """Make scgraph's content of the database equal to the graph tables; everything else stays.

    Raises
    ------
    StoreError: the connection broke, another run took over, or a link's endpoint is no node.
    """
    parts = parts_of(graph_tables)
    create_constraints(connection)
    # Constraints first: they are the indexes by which MERGE finds nodes.
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
        portraits=(),
    )
    connection.write(lambda tx: finish(tx, finished))


def _begin(
    connection: Connection, graph_tables: GraphTables, parts: Sequence[LoadPart]
) -> tuple[Marker | None, Marker]:
    """Write the marker of this run, which continues a load or starts one; return the previous marker and it."""
    content_hash = fingerprint(parts)
    names = vocabulary(graph_tables)
    previous = connection.read(read_marker)
    links = {link_kind(table) for table in graph_tables.edges}
    if previous is not None and (previous.state, previous.fingerprint) == (LOADING, content_hash):
        # The same tables: continue after the batches that are done.
        marker = replace(previous, run=new_run())
    else:
        old = previous or Marker()
        # Until the load is done, the database may hold names and links of both the old and the new tables.
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
    """Return whether scgraph has no links of a kind yet, so that CREATE can replace the slower MERGE."""
    if previous is None:
        return True
    type_, source, target = kind.split("|")
    query = f"MATCH (:{source})-[r:`{type_}`]->(:{target}) WHERE r.{OWNED} IS NOT NULL RETURN 1 LIMIT 1"
    return not connection.rows(query)


def _write(writer: BatchWriter, parts: Sequence[LoadPart], marker: Marker, progress: StoreProgress) -> None:
    """Write all batches that the marker does not count as done."""
    total = sum(part.batch_count for part in parts)
    # Batches are numbered through all parts; this is the number of a part's first batch.
    offset = 0
    for part in parts:
        cypher = part.create if part.create and part.name in marker.fresh else part.merge
        first = max(0, marker.done - offset)
        for number, rows in enumerate(_prefetched(part.batches(first)), first):
            progress(f"loading {part.name.partition('|')[0]}", offset + number, total)
            written = writer.batch(cypher, rows, offset + number)
            if written != len(rows):
                raise StoreError(
                    f"{len(rows) - written} of {len(rows)} rows of {part.name} found no node",
                    "that no nodes are removed while a load is running",
                    "load again",
                )
        offset += part.batch_count


def _prefetched(batches: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """Yield the same batches, each prepared in a thread while the server writes the one before it."""
    with ThreadPoolExecutor(1) as pool:
        next_batch = pool.submit(next, batches, None)
        while (rows := next_batch.result()) is not None:
            next_batch = pool.submit(next, batches, None)
            yield rows


def _remove_stale(
    connection: Connection,
    writer: BatchWriter,
    graph_tables: GraphTables,
    marker: Marker,
    progress: StoreProgress,
) -> None:
    """Remove scgraph's content that is not in the graph tables: links, then nodes, then properties."""
    progress("removing stale nodes and links", 0, 0)
    edges = {link_kind(table): table for table in graph_tables.edges}
    for kind in marker.links:
        if kind not in marker.fresh:
            remove_stale_links(connection, writer, kind, edges.get(kind))
    nodes = {table.label: table.rows[table.key] for table in graph_tables.nodes}
    for label in KEYS:
        remove_stale_nodes(connection, writer, label, nodes.get(label), marker.names)
    drop_properties(writer, marker.names, vocabulary(graph_tables), marker.result_properties)


def ignore_progress(_step: str, _done: int, _total: int) -> None:
    """Do nothing: the default progress callback."""
