"""Exporting an existing graph to files, which are then checked and loaded like any others.

A mapping's entries name nodes or links instead of files. Each entry becomes a file of JSON Lines: one line per node or
link, one cell per property. The properties of a link's ends are called from.NAME and to.NAME.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import DEFAULT_KINDS, TABLES, ColumnKind
from supplyrisk.graph.store.external_graph import ExternalGraph, Pattern
from supplyrisk.loaders.mappings.mapping import Mapping, SourceMap
from supplyrisk.loaders.read.column_binding import RequiredDays, bind_columns, fed_columns
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.queries import name_hint

START_PREFIX = "from."
END_PREFIX = "to."
"""Prefixes of the names of columns that hold properties of a link's ends."""


@dataclass(frozen=True)
class _GraphExport:
    """One entry of the mapping: the file that it becomes, and what the file holds of the graph."""

    entry: SourceMap
    pattern: Pattern

    @property
    def header(self) -> list[str]:
        """Names of the file's columns, in the order of a row's values."""
        starts = (START_PREFIX + name for name in self.pattern.start)
        ends = (END_PREFIX + name for name in self.pattern.end)
        return [*self.pattern.own, *starts, *ends]


def write_files(graph: ExternalGraph, mapping: Mapping, folder: Path) -> Mapping:
    """Write what a mapping names of a graph into files, and return the mapping of these files.

    Parameters
    ----------
    graph: the graph to read.
    mapping: its sources name nodes or links.
    folder: an existing folder for the files.

    Raises
    ------
    DataError: the graph lacks what the mapping names, or a table lacks required columns; all faults at once.
    """
    exports: list[_GraphExport] = []
    # kinds matter row by row, and only to the loader
    days = RequiredDays(mapping.undated, DEFAULT_KINDS if mapping.labels else ())
    faults: list[str] = []
    for number, entry in enumerate(mapping.sources, 1):
        export, entry_faults = _plan_export(graph, entry, number, days)
        faults += [f"{entry.description}: {fault}" for fault in entry_faults]
        exports += [export] if export else []
    if not any(entry.table == "firms" for entry in mapping.sources):
        faults.append("no [[source]] feeds the table firms, expected one")
    if faults:
        raise DataError("; ".join(faults), None, "correct the mapping file")
    for export in exports:
        graph.read(export.pattern, _FileWriter(export, folder / export.entry.file))
    return mapping.model_copy(update={"sources": tuple(export.entry for export in exports)})


def _plan_export(
    graph: ExternalGraph, entry: SourceMap, number: int, days: RequiredDays
) -> tuple[_GraphExport | None, list[str]]:
    """Return the export of an entry, None where it has nothing to read, and its faults."""
    faults = _unknown_names([entry.nodes, entry.start_label, entry.end_label], graph.labels(), "label")
    faults += _unknown_names([entry.links], graph.types(), "relationship type")
    if faults:
        return None, [] if entry.optional else faults
    pattern = _pattern_of(entry)
    of_ends = {*(START_PREFIX + n for n in pattern.start), *(END_PREFIX + n for n in pattern.end)}
    missing_at_start, missing_at_end = graph.missing_properties(pattern) if entry.links else ([], [])
    # names that the ends lack are left out here, so that binding reports them as missing columns
    start = tuple(name for name in pattern.start if name not in missing_at_start)
    end = tuple(name for name in pattern.end if name not in missing_at_end)
    own = tuple(name for name in graph.keys(pattern) if name not in of_ends)
    only_file = {"nodes": "", "links": "", "start_label": "", "end_label": ""}
    file_entry = entry.model_copy(update={"file": _file_name(entry, number), **only_file})
    export = _GraphExport(file_entry, replace(pattern, own=own, start=start, end=end))
    source = SourceFile(Path(file_entry.file), file_entry.file, "json", file_entry)
    _, faults = bind_columns(source, export.header, days)
    return export, faults


def _pattern_of(entry: SourceMap) -> Pattern:
    """Return the pattern of an entry, with the properties of ends that its columns name."""
    return Pattern(
        entry.nodes,
        entry.links,
        entry.start_label,
        entry.end_label,
        (),
        _end_properties(entry, START_PREFIX),
        _end_properties(entry, END_PREFIX),
    )


def _end_properties(entry: SourceMap, prefix: str) -> tuple[str, ...]:
    """Return the properties of one end of links that the entry's columns name."""
    if not entry.links:
        return ()
    return tuple(sorted(name.removeprefix(prefix) for name in entry.used if name.startswith(prefix)))


def _file_name(entry: SourceMap, number: int) -> str:
    # labels may hold any character
    word = re.sub(r"\W", "_", entry.nodes or entry.links)
    return f"{number}-{'nodes' if entry.nodes else 'links'}-{word}.jsonl"


def _unknown_names(names: Iterable[str], known: set[str], kind: str) -> list[str]:
    """Return faults of names that the graph does not have."""
    return [
        f"the database has no {kind} {name!r}, {name_hint(name, sorted(known))}"
        for name in names
        if name and name not in known
    ]


class _FileWriter:
    """Writes the rows of one export; called again after a lost connection, it starts the file anew."""

    def __init__(self, export: _GraphExport, path: Path) -> None:
        table = TABLES[export.entry.table]
        entry = export.entry
        self._path = path
        self._header = export.header
        kinds = [{column.kind for column in fed_columns(table, entry, name)} for name in self._header]
        self._is_day = [ColumnKind.DAY in of_column for of_column in kinds]
        self._is_used = [
            bool(of_column) or name in entry.used for name, of_column in zip(self._header, kinds, strict=True)
        ]

    def __call__(self, rows: Iterable[Sequence[Any]]) -> None:
        with self._path.open("w", encoding="utf-8") as out:
            for row in rows:
                # texts only, so that numbers keep all digits; the checks read them like any file's
                out.write(json.dumps(self._cells(row), ensure_ascii=False) + "\n")

    def _cells(self, row: Sequence[Any]) -> dict[str, str]:
        cells = zip(self._header, row, self._is_day, self._is_used, strict=True)
        # a list that the mapping does not use (an embedding, say) is no candidate for a feature
        return {
            name: _text(value, is_day)
            for name, value, is_day, is_used in cells
            if value is not None and (is_used or not isinstance(value, list | dict))
        }


def _text(value: Any, is_day: bool) -> str:
    """Return a value as the cell of a file; for a column of days, a point in time becomes its day in its own zone."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return (value.date() if is_day else value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "|".join(_text(item, is_day) for item in value)
    return str(value)
