"""From somebody else's graph to files of rows, which then go the way of all files: one set of checks for both.

A mapping's entries name nodes or links instead of files. Each becomes a file of JSON Lines, one line per node or
link, one cell per property; those of a link's ends are called from.NAME and to.NAME.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import TABLES, ColumnKind
from supplyrisk.graph.store.external_graph import ExternalGraph, Pattern
from supplyrisk.loaders.mappings.mapping import Mapping, SourceMap
from supplyrisk.loaders.read.column_binding import bind_columns, kinds_of
from supplyrisk.loaders.read.source_files import SourceFile

START, END = "from.", "to."


@dataclass(frozen=True)
class _Wanted:
    """One entry of the mapping: the file that it becomes, and what of the graph goes into it."""

    entry: SourceMap
    pattern: Pattern

    @property
    def header(self) -> list[str]:
        """Names of the file's columns, in the order of a row's values."""
        starts, ends = (START + n for n in self.pattern.start), (END + n for n in self.pattern.end)
        return [*self.pattern.own, *starts, *ends]


def write_files(graph: ExternalGraph, mapping: Mapping, folder: Path) -> Mapping:
    """Write what a mapping names of a graph into a folder; the mapping of the files.

    Raises
    ------
    DataError: all that the mapping names and the graph lacks, and all that a table needs and nothing gives.
    """
    wanted: list[_Wanted] = []
    faults: list[str] = []
    for number, entry in enumerate(mapping.sources, 1):
        found, faulty = _wanted(graph, entry, number, mapping.undated)
        faults += [f"{entry.told}: {fault}" for fault in faulty]
        wanted += [found] if found else []
    if not any(entry.table == "firms" for entry in mapping.sources):
        faults.append("no [[source]] feeds the table firms, expected one")
    if faults:
        raise DataError("; ".join(faults), None, "mend the mapping file")
    for each in wanted:
        graph.read(each.pattern, _Writer(each, folder / each.entry.file))
    return replace(mapping, sources=tuple(each.entry for each in wanted))


def _wanted(
    graph: ExternalGraph, entry: SourceMap, number: int, undated: bool
) -> tuple[_Wanted | None, list[str]]:
    """What an entry asks for, and what of it is not there."""
    faults = _unknown([entry.nodes, entry.start, entry.end], graph.labels(), "label")
    faults += _unknown([entry.links], graph.types(), "relationship type")
    if faults:
        return None, [] if entry.optional else faults
    bare = _bare(entry)
    asked = {*(START + n for n in bare.start), *(END + n for n in bare.end)}
    lost = graph.missing_properties(bare) if entry.links else ([], [])
    start, end = (
        tuple(n for n in names if n not in gone)
        for names, gone in zip((bare.start, bare.end), lost, strict=True)
    )
    own = tuple(n for n in graph.keys(bare) if n not in asked)
    plain = replace(entry, file=_file(entry, number), nodes="", links="", start="", end="")
    found = _Wanted(plain, replace(bare, own=own, start=start, end=end))
    _, faults = bind_columns(SourceFile(Path(plain.file), plain.file, "json", plain), found.header, undated)
    return found, faults


def _bare(entry: SourceMap) -> Pattern:
    """The pattern of an entry, with the properties of ends that its columns name."""
    start, end = (
        tuple(sorted(n.removeprefix(at) for n in entry.used if entry.links and n.startswith(at)))
        for at in (START, END)
    )
    return Pattern(entry.nodes, entry.links, entry.start, entry.end, (), start, end)


def _file(entry: SourceMap, number: int) -> str:
    word = re.sub(r"\W", "_", entry.nodes or entry.links)
    return f"{number}-{'nodes' if entry.nodes else 'links'}-{word}.jsonl"


def _unknown(names: Iterable[str], known: set[str], what: str) -> list[str]:
    faults = []
    for name in names:
        if name and name not in known:
            close = get_close_matches(name, sorted(known), 1)
            others = ", ".join(sorted(known)) or "none"
            hint = f"did you mean {close[0]}" if close else f"expected one of {others}"
            faults.append(f"the database has no {what} {name!r}, {hint}")
    return faults


class _Writer:
    """Writes the rows of one entry; from the start where it is called again."""

    def __init__(self, wanted: _Wanted, path: Path) -> None:
        table, entry = TABLES[wanted.entry.table], wanted.entry
        self._path = path
        self._header = wanted.header
        kinds = [{column.kind for column in kinds_of(table, entry, name)} for name in self._header]
        self._days = [ColumnKind.DAY in found for found in kinds]
        self._used = [
            bool(found) or name in entry.used for name, found in zip(self._header, kinds, strict=True)
        ]

    def __call__(self, rows: Iterable[Sequence[Any]]) -> None:
        with self._path.open("w", encoding="utf-8") as out:
            for row in rows:
                out.write(json.dumps(self._cells(row), ensure_ascii=False) + "\n")

    def _cells(self, row: Sequence[Any]) -> dict[str, str]:
        cells = zip(self._header, row, self._days, self._used, strict=True)
        # A list that the mapping does not ask for (an embedding, say) is no candidate for a feature.
        return {
            name: _text(value, day)
            for name, value, day, used in cells
            if value is not None and (used or not isinstance(value, list | dict))
        }


def _text(value: Any, day: bool) -> str:
    """A value as the cell of a file: of a point in time its day, as written there, where a day is asked for."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return (value.date() if day else value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "|".join(_text(item, day) for item in value)
    return str(value)
