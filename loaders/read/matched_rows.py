"""Rows with the columns of joined files, and what became of those that have none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.mappings.reshaping import JoinedFile
from supplyrisk.loaders.mappings.source_faults import CONDITIONS
from supplyrisk.loaders.read.column_binding import position_name
from supplyrisk.loaders.read.file_parts import FilePart
from supplyrisk.loaders.read.ingest import FAULTS, LINE, scalar_count
from supplyrisk.loaders.read.joined_rows import JoinedRows
from supplyrisk.loaders.read.kept_rows import kept_rows
from supplyrisk.loaders.read.reshaped_counts import JoinCounts
from supplyrisk.loaders.read.row_texts import RowTexts, resolved, row_batches
from supplyrisk.queries import first_names

_MATCHED = 0
_UNMATCHED = 1
_CONTRADICTORY = 2
"""States of a row after a join."""


def with_columns(rows: RowTexts, joined: JoinedRows) -> tuple[RowTexts, list[str]]:
    """Return rows with the columns of a joined file, and s<number>: how each row was matched; also name faults."""
    join = joined.join
    name = joined.name
    keys = {}
    faults = []
    for column in joined.keys:
        own = resolved(column, rows.names)
        if own is None:
            faults.append(
                f"the mapping joins {name} by column {column}, which the file does not have; "
                f"it has {first_names(list(rows.names), 15)}"
            )
        else:
            keys[own] = joined.keys[column]
    added = {f"y{i}": own for i, own in enumerate(joined.names) if not _is_left_out(own, i, keys, join)}
    clashing = [own for own in added.values() if join.named(own) in rows.names]
    if clashing and not faults:
        faults.append(
            f"the column {clashing[0]} is in {name} as well, expected different names; state a name under as in the "
            f"join, such as as = 'header', and call the joined column header.{clashing[0]} in the mapping"
        )
    if faults:
        return rows, faults
    on = " AND ".join(f"{rows.filled(own)} = r.k{i}" for i, own in enumerate(keys))
    width = len(rows.names)
    cells = "".join(f", r.{cell} AS x{width + i}" for i, cell in enumerate(added))
    state = (
        f"CASE WHEN r.k0 IS NULL THEN {_UNMATCHED} WHEN r.lines IS NOT NULL THEN {_CONTRADICTORY} "
        f"ELSE {_MATCHED} END AS s{joined.number}, r.lines AS l{joined.number}"
    )
    names = [join.named(own) for own in added.values()]
    part = {join.named(n): p for p in reversed(joined.parts) for n in p.names}
    typed = {join.named(n) for p in joined.parts for n in p.typed} | joined.sums
    return RowTexts(
        sql=f"SELECT l.*{cells}, {state} FROM ({rows.sql}) l LEFT JOIN {joined.view} r ON {on}",
        names=(*rows.names, *names),
        parts=rows.parts | {n: part[n] for n in names},
        typed=rows.typed | typed.intersection(names),
    ), []


def _is_left_out(name: str, position: int, keys: dict[str, str], join: JoinedFile) -> bool:
    """Return whether a column adds nothing: a key that the source has under the same name, or one without a name."""
    is_key = keys.get(name) == name
    return not join.prefix and (is_key or name == position_name(position + 1))


@dataclass(frozen=True)
class MatchedRows:
    """Rows of a source after its joins.

    Parameters
    ----------
    rows: the rows that go on.
    refused: rows that are faults: without a row in a joined file, or with several contradicting ones.
    dropped: rows that the mapping drops for lack of a row in a joined file.
    without: by number of the join, rows without a row in its file.
    """

    rows: RowTexts
    refused: int
    dropped: int
    without: dict[int, int]


def matched_rows(
    con: duckdb.DuckDBPyConnection,
    rows: RowTexts,
    joins: Sequence[JoinedRows],
    entry: SourceMap,
    part: FilePart,
) -> MatchedRows:
    """Record the faults of rows that a join leaves without its columns, and return the others.

    A row counts for the first join that stops it. Rows that the mapping drops by their own columns are not checked.

    Parameters
    ----------
    part: the source's own file.
    """
    refused = 0
    without = {}
    going, dropped = _without_dropped(con, rows, joins, entry, part)
    for joined in joins:
        state = f"s{joined.number}"
        counts = (f"count(*) FILTER (WHERE {state} = {kind})" for kind in (_UNMATCHED, _CONTRADICTORY))
        ((unmatched, contradictory),) = con.execute(f"SELECT {', '.join(counts)} FROM ({going})").fetchall()
        without[joined.number] = unmatched
        stopped = [_CONTRADICTORY]
        if joined.join.unmatched != "keep":
            stopped.append(_UNMATCHED)
        if joined.join.unmatched == "drop":
            dropped += unmatched
        elif joined.join.unmatched is None and unmatched:
            faulty = f"(SELECT * FROM ({going}) WHERE {state} = {_UNMATCHED})"
            _record(con, faulty, joined, rows, entry, is_missing=True)
            refused += unmatched
        if contradictory:
            faulty = f"(SELECT * FROM ({going}) WHERE {state} = {_CONTRADICTORY})"
            _record(con, faulty, joined, rows, entry, is_missing=False)
            refused += contradictory
        going = f"SELECT * FROM ({going}) WHERE {state} NOT IN ({', '.join(map(str, stopped))})"
    return MatchedRows(replace(rows, sql=going), refused, dropped, without)


def _without_dropped(
    con: duckdb.DuckDBPyConnection,
    rows: RowTexts,
    joins: Sequence[JoinedRows],
    entry: SourceMap,
    part: FilePart,
) -> tuple[str, int]:
    """Return the SQL of rows without those that a join would stop and conditions drop, and the number of these."""
    conditions = {
        key: {name: texts for name, texts in getattr(entry, key).items() if name in part.names}
        for key in CONDITIONS
    }
    # conditions on events and on rows of a group are on what becomes of them
    if not joins or entry.event_log or entry.group or not any(conditions.values()):
        return rows.sql, 0
    stopped = " OR ".join(f"s{joined.number} <> {_MATCHED}" for joined in joins)
    checked = entry.model_copy(update=conditions)
    lines: list[int] = []
    for batch in row_batches(con, replace(rows, sql=f"SELECT * FROM ({rows.sql}) WHERE {stopped}")):
        left = pc.is_in(batch.lines, value_set=kept_rows(batch, checked).lines)
        lines += batch.lines.filter(pc.invert(left)).to_pylist()
    if not lines:
        return rows.sql, 0
    name = f"dropped_lines_{part.number}"
    con.register(name, pa.table({"line": pa.array(lines, pa.int64())}))
    return f"SELECT * FROM ({rows.sql}) ANTI JOIN {name} USING (line)", len(lines)


def _record(  # noqa: PLR0913 - what to record, and of what
    con: duckdb.DuckDBPyConnection,
    rows_sql: str,
    joined: JoinedRows,
    rows: RowTexts,
    entry: SourceMap,
    *,
    is_missing: bool,
) -> None:
    """Record the fault of each row that the SQL gives."""
    columns = [resolved(column, rows.names) or column for column in joined.keys]
    key = " and ".join(columns)
    value = f"concat_ws(', ', {', '.join(rows.column(column) for column in columns)})"
    file = joined.name
    if is_missing:
        accepted = text_literal(f"{key} of a row in {file}")
        remedy = f"add the row to {file}, correct the {key}, or state unmatched in the join"
    else:
        start = text_literal(f"one row with this {key} in {file}; several (lines ")
        accepted = f"{start} || l{joined.number} || ') differ'"
        remedy = f"keep the right row in {file} and remove the others"
    con.execute(
        f"INSERT INTO {FAULTS} BY NAME SELECT {list(TABLES).index(entry.table)} AS tab, src, line, {LINE} AS pos, "
        f"'join' AS rule, {value} AS value, {accepted} AS accepted, {text_literal(remedy)} AS remedy FROM {rows_sql}"
    )


def join_counts(
    con: duckdb.DuckDBPyConnection,
    joined: JoinedRows,
    sources: Sequence[RowTexts],
    lines_without: int,
) -> JoinCounts:
    """Return what became of the rows of a joined file.

    Parameters
    ----------
    sources: the rows of each source.
    lines_without: rows of the sources without a row of the file.
    """
    keys = []
    for rows in sources:
        columns = [resolved(column, rows.names) or column for column in joined.keys]
        cells = ", ".join(f"{rows.filled(c)} AS k{i}" for i, c in enumerate(columns))
        keys.append(f"SELECT {cells} FROM ({rows.sql})")
    names = ", ".join(f"k{i}" for i in range(len(joined.keys)))
    used = scalar_count(
        con,
        f"SELECT count(*) FROM {joined.view} SEMI JOIN ({' UNION ALL '.join(keys)}) USING ({names}) "
        "WHERE lines IS NULL",
    )
    total = sum(part.rows for part in joined.parts)
    bad = sum(part.bad_lines for part in joined.parts)
    return JoinCounts(
        file=joined.name,
        rows=total + bad,
        used=used,
        repeated=joined.repeated,
        unused=total - used - joined.repeated,
        bad_lines=bad,
        lines_without=lines_without,
        unmatched=joined.join.unmatched or "",
    )
