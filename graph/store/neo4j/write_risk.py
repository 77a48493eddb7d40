"""Writes results to Neo4j: a model's scores, contagion results with their links, and portraits.

The three sets of properties are independent of each other. Each is written in batches that can be repeated, so
that an interrupted run is simply run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.contagion_records import ContagionRecords
from supplyrisk.graph.store.cypher_names import quoted
from supplyrisk.graph.store.neo4j import load_parts
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.load_parts import LoadPart, edge_part, link_kind
from supplyrisk.graph.store.neo4j.marker import (
    EXPOSING,
    PORTRAYING,
    SCORING,
    WHOLE,
    BatchWriter,
    Marker,
    finish,
    new_run,
    write_marker,
)
from supplyrisk.graph.store.neo4j.removal import remove_stale_links
from supplyrisk.graph.store.property_names import EXPOSED_TO, Vocabulary
from supplyrisk.graph.store.protocol import StoreProgress
from supplyrisk.graph.store.result_rows import portrait_rows, score_rows

MAX_FIRMS = 2_000
"""Firms in a batch: to add properties the server loads all hundred properties of a firm, 70 KB of its memory each."""


def write_scores(connection: Connection, marker: Marker, frame: pa.Table, progress: StoreProgress) -> None:
    """Set a model's scores on firms, replacing all earlier scores."""
    rows = score_rows(frame)
    names = tuple(rows.column_names[1:])
    _check_stored(connection, rows["firm_id"])
    # Until the run ends, firms may have old and new properties: the marker names both, so that a later run can
    # remove them.
    writing = replace(marker, state=SCORING, run=new_run(), scores=_union(marker.scores, names))
    connection.write(lambda tx: write_marker(tx, writing))
    _write_properties(connection, BatchWriter(connection, writing.run), rows, writing.scores, progress)
    connection.write(lambda tx: finish(tx, replace(writing, state=WHOLE, scores=names)))


def write_portraits(connection: Connection, marker: Marker, frame: pa.Table, progress: StoreProgress) -> None:
    """Set portraits on firms, replacing all earlier ones."""
    rows = portrait_rows(frame)
    names = tuple(rows.column_names[1:])
    _check_stored(connection, rows["firm_id"])
    writing = replace(marker, state=PORTRAYING, run=new_run(), portraits=_union(marker.portraits, names))
    connection.write(lambda tx: write_marker(tx, writing))
    _write_properties(connection, BatchWriter(connection, writing.run), rows, writing.portraits, progress)
    connection.write(lambda tx: finish(tx, replace(writing, state=WHOLE, portraits=names)))


def write_contagion(
    connection: Connection, marker: Marker, records: ContagionRecords, progress: StoreProgress
) -> None:
    """Set contagion results on firms and link them to their sources, replacing all earlier results."""
    _check_stored(connection, records.firms["firm_id"])
    kind = link_kind(records.links)
    known = Vocabulary({}, {EXPOSED_TO: frozenset(records.links.rows.column_names[2:])})
    writing = replace(
        marker,
        state=EXPOSING,
        run=new_run(),
        contagion=_union(marker.contagion, records.names),
        links=_union(marker.links, [kind]),
        names=marker.names.joined(known),
    )
    part = edge_part(records.links, {"Firm": records.firms["firm_id"]})
    connection.write(lambda tx: write_marker(tx, writing))
    writer = BatchWriter(connection, writing.run)
    _write_properties(connection, writer, records.firms, writing.contagion, progress)
    remove_stale_links(connection, writer, kind, records.links)
    _write_part(writer, part, progress)
    connection.write(lambda tx: finish(tx, replace(writing, state=WHOLE, contagion=records.names)))


def _union(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*old, *new}))


def _write_properties(
    connection: Connection,
    writer: BatchWriter,
    rows: pa.Table,
    names: Sequence[str],
    progress: StoreProgress,
) -> None:
    """Set the columns of `rows`, and remove the properties in `names` that the rows do not set."""
    # A null column removes the property from the firms in `rows`; _clear_stale removes it from the others.
    for name in names:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, pa.string()))
    _clear_stale(connection, writer, rows["firm_id"], names)
    items = ", ".join(f"n.{quoted(n)} = row[{i}]" for i, n in enumerate(rows.column_names) if i)
    cypher = "UNWIND $rows AS row MATCH (n:Firm {firm_id: row[0]})" + (f" SET {items}" if items else "")
    part = LoadPart("scores", rows.sort_by("firm_id"), cypher + " RETURN count(n) AS n", max_rows=MAX_FIRMS)
    _write_part(writer, part, progress)


def _write_part(writer: BatchWriter, part: LoadPart, progress: StoreProgress) -> None:
    for number, batch in enumerate(part.batches()):
        progress(f"writing {part.name.partition('|')[0]}", number, part.batch_count)
        writer.batch(part.merge, batch)


def _check_stored(connection: Connection, ids: pa.ChunkedArray) -> None:
    stored = _firm_ids_where(connection, "n.firm_id IS NOT NULL")
    strays = ids.filter(pc.invert(pc.is_in(ids, value_set=stored))).to_pylist()
    if strays:
        raise StoreError(
            f"{len(strays)} scored firms are not in the store, {strays[0]} first",
            "firms of the loaded data",
            "load and score the same data",
        )


def _firm_ids_where(connection: Connection, condition: str) -> pa.Array:
    rows = connection.rows(f"MATCH (n:Firm) WHERE {condition} RETURN n.firm_id")
    return pa.array([key for (key,) in rows if isinstance(key, str)], pa.string())


def _clear_stale(
    connection: Connection, writer: BatchWriter, ids: pa.ChunkedArray, names: Sequence[str]
) -> None:
    """Remove the properties in `names` from firms that are not in `ids`."""
    if not names:
        return
    stored = _firm_ids_where(connection, " OR ".join(f"n.{quoted(n)} IS NOT NULL" for n in names))
    stale = sorted(stored.filter(pc.invert(pc.is_in(stored, value_set=ids.combine_chunks()))).to_pylist())
    cut = ", ".join(f"n.{quoted(n)}" for n in names)
    cypher = f"UNWIND $rows AS row MATCH (n:Firm {{firm_id: row[0]}}) REMOVE {cut} RETURN count(n) AS n"
    for start in range(0, len(stale), load_parts.BATCH):
        writer.batch(cypher, [[key] for key in stale[start : start + load_parts.BATCH]])
