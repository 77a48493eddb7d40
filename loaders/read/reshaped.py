"""Sources whose rows are put together: lines with the columns of joined files, and the events of a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.mappings.mapping import Join, SourceMap
from supplyrisk.loaders.mappings.source_faults import CONDITIONS
from supplyrisk.loaders.mappings.source_format import CellFormat, ColumnFormat
from supplyrisk.loaders.read.column_binding import SourceBinding, bind_columns, with_names
from supplyrisk.loaders.read.event_rows import case_rows
from supplyrisk.loaders.read.file_parts import FilePart, read_part
from supplyrisk.loaders.read.group_rows import group_rows
from supplyrisk.loaders.read.ingest import IngestedSource, ReadOptions, SourceSink, used_columns
from supplyrisk.loaders.read.joined_rows import JoinedRows, joined_rows
from supplyrisk.loaders.read.matched_rows import join_counts, matched_rows, with_columns
from supplyrisk.loaders.read.reshaped_counts import JoinCounts
from supplyrisk.loaders.read.row_texts import FewerRows, RowTexts, part_rows, row_batches
from supplyrisk.loaders.read.source_files import SourceFile

Faults = list[str]


@dataclass
class _SourceRows:
    """The rows of one source on their way.

    Parameters
    ----------
    part: its own file.
    rows: the rows so far.
    entry: the mapping, with columns by their names.
    refused, dropped: rows that are faults, and rows that the mapping drops, so far.
    left_out: columns that are not in the rows.
    """

    part: FilePart
    rows: RowTexts
    entry: SourceMap
    refused: int = 0
    dropped: int = 0
    left_out: tuple[str, ...] = ()


def ingest_together(
    con: duckdb.DuckDBPyConnection, sources: Mapping[int, SourceFile], options: ReadOptions
) -> tuple[list[IngestedSource], Faults]:
    """Read the sources of one entry that has a join, an event log or a group, by their numbers.

    Returns
    -------
    The sources, none where a file has faults, and the faults, each with the name of its file.

    Raises
    ------
    WorkspaceError: there is no room for the cells.
    """
    work, joins, faults = _read_rows(con, sources, options)
    if faults or not work:
        return [], faults
    counts = _match(con, joins, list(work.values()))
    fewer, faults = _take_together(con, work)
    if faults:
        return [], faults
    loaded = []
    for number, state in work.items():
        source, source_faults = _finished(con, number, state, options)
        faults += source_faults
        loaded.append(source)
    for table in fewer.tables if fewer else ():
        # all rows are in files now; the events would take memory until the end of the load
        con.execute(f"DROP TABLE {table}")
    joined_parts = [part for joined in joins for part in joined.parts]
    first = loaded[0]
    # lines of joined files that are no rows count for the first source
    loaded[0] = replace(
        first,
        bad_lines=first.bad_lines + sum(part.bad_lines for part in joined_parts),
        joins=counts,
        merged=fewer.counts if fewer else None,
        files={part.number: part.source.name for part in joined_parts},
    )
    return (loaded if not faults else [s for s in loaded if s.binding.readable]), faults


def _read_rows(
    con: duckdb.DuckDBPyConnection, sources: Mapping[int, SourceFile], options: ReadOptions
) -> tuple[dict[int, _SourceRows], list[JoinedRows], Faults]:
    """Read all files, and return the rows with the columns of joined files; sources without rows are left out."""
    parts, faults = _read_files(con, sources, options)
    joins, join_faults = _read_joins(con, next(iter(sources.values())), options)
    faults += join_faults
    work: dict[int, _SourceRows] = {}
    for number, part in parts.items() if not faults else ():
        rows = part_rows(part)
        for joined in joins:
            rows, name_faults = with_columns(rows, joined)
            faults += [f"{part.source.name}: {fault}" for fault in name_faults]
        # the cells of the file are filled already, and rows that are put together are no lines of it
        plain = sources[number].map.model_copy(update={"fill_down": None})
        work[number] = _SourceRows(part, rows, with_names(plain, rows.names))
    return work, joins, faults


def _read_files(
    con: duckdb.DuckDBPyConnection, sources: Mapping[int, SourceFile], options: ReadOptions
) -> tuple[dict[int, FilePart], Faults]:
    """Read the own files of the sources."""
    parts: dict[int, FilePart] = {}
    faults: Faults = []
    for number, source in sources.items():
        entry = source.map
        plain: dict[str, object] = {
            **{key: {} for key in CONDITIONS},
            "join": (),
            "event_log": None,
            "group": None,
            "keep": tuple(sorted(entry.mentioned)),
        }
        own = replace(source, map=entry.model_copy(update=plain))
        part, part_faults = read_part(con, number, own, options)
        faults += part_faults
        if part:
            parts[number] = part
    return parts, faults


def _read_joins(
    con: duckdb.DuckDBPyConnection, source: SourceFile, options: ReadOptions
) -> tuple[list[JoinedRows], Faults]:
    """Read the joined files of an entry, which are the same for all its sources."""
    joins: list[JoinedRows] = []
    faults: Faults = []
    for join, files in zip(source.map.join, source.joined, strict=True):
        parts: list[FilePart] = []
        for file in files:
            part, part_faults = read_part(con, next(options.part_numbers), file, options)
            faults += part_faults
            parts += [replace(part, prefix=join.prefix)] if part else []
        if not faults:
            rows, key_faults = joined_rows(con, next(options.part_numbers), join, parts, source.map)
            faults += key_faults
            joins += [rows] if rows else []
    return joins, faults


def _match(
    con: duckdb.DuckDBPyConnection, joins: Sequence[JoinedRows], states: Sequence[_SourceRows]
) -> tuple[JoinCounts, ...]:
    """Leave the rows that all joins match, and count what became of the others and of the joined files."""
    without = dict.fromkeys((joined.number for joined in joins), 0)
    whole = [state.rows for state in states]
    for state in states:
        matched = matched_rows(con, state.rows, joins, state.entry, state.part)
        state.rows = matched.rows
        state.refused += matched.refused
        state.dropped += matched.dropped
        for number, count in matched.without.items():
            without[number] += count
    return tuple(join_counts(con, joined, whole, without[joined.number]) for joined in joins)


def _take_together(
    con: duckdb.DuckDBPyConnection, work: Mapping[int, _SourceRows]
) -> tuple[FewerRows | None, Faults]:
    """Turn events or groups into rows; each belongs to the file with the first of its rows."""
    number, first = next(iter(work.items()))
    log = first.entry.event_log
    group = first.entry.group
    rows = [state.rows for state in work.values()]
    if log is None and group is None:
        return None, []
    others = [state for state in work.values() if set(state.rows.names) != set(first.rows.names)]
    if others:
        return None, [
            f"{state.part.source.name}: has other columns than {first.part.source.name}, expected the same in all "
            "files of an event log or a group; name the files in sources of their own if none goes on in the next file"
            for state in others
        ]
    fewer: FewerRows | None = None
    faults: Faults = []
    if log:
        fewer, faults = case_rows(con, number, rows, first.entry, log)
    elif group:
        fewer, faults = group_rows(con, number, rows, first.entry, group)
    if fewer is None:
        return None, [f"{first.part.source.name}: {fault}" for fault in faults]
    for own, state in work.items():
        state.rows = replace(fewer.rows, sql=f"SELECT * FROM ({fewer.rows.sql}) WHERE src = {own}")
        state.refused += fewer.refused.get(own, 0)
        state.left_out = fewer.left_out
    return fewer, []


def _finished(
    con: duckdb.DuckDBPyConnection, number: int, state: _SourceRows, options: ReadOptions
) -> tuple[IngestedSource, Faults]:
    """Bind the rows' columns to the contract, and make the rows the source's table in the database."""
    entry = _combined(state)
    source = replace(state.part.source, map=entry)
    binding, faults = bind_columns(source, state.rows.names, options.days)
    source = replace(source, map=entry.model_copy(update={"column_format": _formats(state, binding)}))
    # a step that feeds nothing is a condition, or is counted
    left_out = tuple(n for n in (*binding.left_out, *state.left_out) if n not in entry.new_columns)
    binding = replace(binding, source=source, typed=state.rows.typed, left_out=left_out)
    sink = SourceSink(con, number, source, options.folder)
    columns = used_columns(binding)
    if not faults or binding.readable:
        sink.add_columns(columns)
        sink.take(row_batches(con, state.rows), columns)
    sink.rows += state.dropped
    sink.dropped += state.dropped
    sink.bad_lines += state.part.bad_lines + state.refused
    return sink.finish(binding), [f"{source.name}: {fault}" for fault in faults]


def _combined(state: _SourceRows) -> SourceMap:
    """Return the entry of the rows: cells are trimmed already, and columns of the files may be gone."""
    entry = state.entry
    gone = {name for name in state.part.names if name not in state.rows.names}
    ignore = tuple(name for name in entry.ignore if name not in gone)
    # steps and the like are named by the mapping, also where it leaves out all columns that it does not name
    merged = entry.event_log or entry.group
    named = {*entry.new_columns, *(merged.take if merged else ())} & {*TABLES[entry.table].names}
    unused = sorted(named - entry.used - {*entry.constants})
    own = {name: Join.model_validate({"join": [name]}) for name in unused}
    columns = own | entry.columns
    return entry.model_copy(update={"trim": False, "ignore": ignore, "missing": (), "columns": columns})


def _formats(state: _SourceRows, binding: SourceBinding) -> dict[str, ColumnFormat]:
    """Return how the cells of each column are written: as its file says, which may be a joined one."""
    columns = {name: origin.columns for name, origin in binding.origins.items() if origin.columns}
    columns |= {name: (name,) for name in binding.extras}
    formats = {}
    for name, own in columns.items():
        form = state.rows.parts[own[0]].source.map.format_of(name)
        stated = {key: getattr(form, key) for key in CellFormat.model_fields}
        stated["on_bad_cell"] = "blank" if state.entry.blanks(name) else None
        formats[name] = ColumnFormat.model_construct(**stated)
    return formats
