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
from supplyrisk.graph.store.neo4j.load_parts import OURS, LoadPart, Row, fingerprint, link_of, parts_of
from supplyrisk.graph.store.neo4j.marker import (
    LOADING,
    WHOLE,
    BatchWriter,
    Marker,
    finish,
    make_constraints,
    new_run,
    read_marker,
    write_marker,
)
from supplyrisk.graph.store.neo4j.removal import drop_properties, retire_links, retire_nodes

Step = Callable[[str, int, int], None]


def load_picture(link: Connection, picture: GraphTables, progress: Step | None = None) -> None:
    """Make what is ours in the graph equal to a picture; what is not ours stays.

    Raises
    ------
    StoreError: the server went away, another run took over, or a link names no node.
    """
    parts = parts_of(picture)
    make_constraints(link)
    before, mine = _begin(link, picture, parts)
    writer = BatchWriter(link, mine.run)
    _write(writer, parts, mine, progress or silent)
    if before is not None:
        _retire(link, writer, picture, mine, progress or silent)
    links = tuple(sorted({link_of(table) for table in picture.edges}))
    done = replace(
        mine,
        state=WHOLE,
        stamp=picture.stamp,
        about=picture.about,
        names=vocabulary(picture),
        links=links,
        fresh=(),
        scores=(),
        contagion=(),
    )
    link.write(lambda tx: finish(tx, done))


def _begin(link: Connection, picture: GraphTables, parts: Sequence[LoadPart]) -> tuple[Marker | None, Marker]:
    """What was there before, and the marker of this run: of a load that goes on, or of a new one."""
    print_, names = fingerprint(parts), vocabulary(picture)
    before = link.read(read_marker)
    links = {link_of(table) for table in picture.edges}
    if before is not None and (before.state, before.picture) == (LOADING, print_):
        mine = replace(before, run=new_run())
    else:
        old = before or Marker()
        # Until it is done it may hold names and links of both pictures.
        mine = replace(
            old,
            state=LOADING,
            run=new_run(),
            picture=print_,
            done=0,
            fresh=tuple(sorted(found for found in links if _is_fresh(link, before, found))),
            names=old.names.joined(names),
            links=tuple(sorted({*old.links, *links})),
        )
    link.write(lambda tx: write_marker(tx, mine))
    return before, mine


def _is_fresh(link: Connection, before: Marker | None, kind: str) -> bool:
    """Whether the graph holds none of our links of a kind, so that they can be created without a look."""
    if before is None:
        return True
    type_, source, target = kind.split("|")
    query = f"MATCH (:{source})-[r:`{type_}`]->(:{target}) WHERE r.{OURS} IS NOT NULL RETURN 1 LIMIT 1"
    return not link.rows(query)


def _write(writer: BatchWriter, parts: Sequence[LoadPart], mine: Marker, progress: Step) -> None:
    of, at = sum(part.count for part in parts), 0
    for part in parts:
        cypher = part.create if part.create and part.name in mine.fresh else part.merge
        first = max(0, mine.done - at)
        for number, rows in enumerate(_ahead(part.batches(first)), first):
            progress(f"loading {part.name.partition('|')[0]}", at + number, of)
            written = writer.batch(cypher, rows, at + number)
            if written != len(rows):
                raise StoreError(
                    f"{len(rows) - written} of {len(rows)} rows of {part.name} found no node",
                    "nodes that nobody removes while a load is going on",
                    "load again",
                )
        at += part.count


def _ahead(batches: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """The same batches, each made while the server writes the one before it."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (rows := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield rows


def _retire(
    link: Connection, writer: BatchWriter, picture: GraphTables, mine: Marker, progress: Step
) -> None:
    """Take away what is ours and not in the picture: links, nodes, then properties."""
    progress("retiring what is no longer there", 0, 0)
    edges = {link_of(table): table for table in picture.edges}
    for kind in mine.links:
        if kind not in mine.fresh:
            retire_links(link, writer, kind, edges.get(kind))
    nodes = {table.label: table.rows[table.key] for table in picture.nodes}
    for label in KEYS:
        retire_nodes(link, writer, label, nodes.get(label), mine.names)
    drop_properties(writer, mine.names, vocabulary(picture), mine.risk)


def silent(_what: str, _done: int, _of: int) -> None:
    """Nobody watches."""
