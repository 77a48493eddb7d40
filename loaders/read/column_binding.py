"""Binding a file's columns to the contract's: which cell of a row feeds which column of its table."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from supplyrisk.graph.schema.contract import TABLES, ColumnKind, ColumnSchema, TableSchema
from supplyrisk.graph.schema.version_columns import KNOWN_UNTIL, source_column, source_names
from supplyrisk.loaders.mappings.mapping import ALL_OTHERS, SourceMap
from supplyrisk.loaders.mappings.source_faults import CONDITIONS
from supplyrisk.loaders.read.endings import FORMAT_NAMES, UNORDERED
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.queries import first_names, similar_names, suggestion

MAX_EXTRA_COLUMNS = 1000
"""Columns beyond the contract that a file may have: the time of every query grows with them."""

UNDATED_DEFAULTS = "if these are defaults whose day is unknown, state as_of under [labels] in the mapping"
"""What to do about defaults without a day in dated data."""


@dataclass(frozen=True)
class RequiredDays:
    """Which of the days that the contract requires may be absent.

    Parameters
    ----------
    undated: all of them.
    undated_kinds: the days of events of these kinds, which are defaults; other events need one.
    """

    undated: bool = False
    undated_kinds: tuple[str, ...] = ()

    def on_events_only(self, table: TableSchema, column: ColumnSchema) -> bool:
        """Return whether a column is the day of events, which only some kinds need."""
        return bool(self.undated_kinds) and table.name == "events" and column.name == table.day


@dataclass(frozen=True)
class ColumnOrigin:
    """Where a column's text comes from.

    Parameters
    ----------
    columns: one or several of the file's columns; none for a constant.
    separator: put between the texts of several columns.
    constant: the text of every row; None where the text comes from columns.
    takes_first: whether the first text that is not empty counts, in place of all of them.
    """

    columns: tuple[str, ...] = ()
    separator: str = "|"
    constant: str | None = None
    takes_first: bool = False

    @property
    def label(self) -> str:
        """The column's name in the file."""
        return "+".join(self.columns)


@dataclass(frozen=True)
class SourceBinding:
    """A source with its columns resolved.

    Parameters
    ----------
    source: the file and the table it feeds.
    header: names of the file's columns.
    origins: by contract column, where its text comes from.
    extras: unknown columns that are kept.
    left_out: unknown columns that are not.
    missing: required columns that nothing feeds.
    readable: whether the rows can be checked although the file is faulty, to report the faults of other columns, too.
    typed: columns that the file has as numbers, days or booleans: no form of writing applies to them.
    """

    source: SourceFile
    header: tuple[str, ...]
    origins: dict[str, ColumnOrigin]
    extras: tuple[str, ...]
    left_out: tuple[str, ...]
    missing: tuple[str, ...] = ()
    readable: bool = True
    typed: frozenset[str] = frozenset()


def fed_columns(table: TableSchema, entry: SourceMap, name: str) -> tuple[ColumnSchema, ...]:
    """Return the contract columns that a column of the file feeds by itself (a part of a Join feeds none)."""
    mapped = [
        source_column(table, column) for column, origin in entry.columns.items() if origin.columns == (name,)
    ]
    if not mapped and _stands_for_itself(table, entry, name):
        mapped = [source_column(table, name)]
    return tuple(mapped)


def bind_columns(
    source: SourceFile, header: Sequence[str], days: RequiredDays
) -> tuple[SourceBinding, list[str]]:
    """Bind a source with this header; also return the faults of the header.

    Parameters
    ----------
    days: which days may be absent.
    """
    table = TABLES[source.table]
    entry = source.map
    faults = header_faults(header)
    # constants first: a mapped column of the same name, itself a fault of the mapping, would override one
    origins: dict[str, ColumnOrigin] = {
        column: ColumnOrigin(constant=text) for column, text in entry.constants.items()
    }
    for column, join in entry.columns.items():
        absent = [part for part in join.columns if part not in header]
        faults += [
            _not_in_file(part, header, source.format) for part in absent if part not in entry.optional_columns
        ]
        if len(absent) < len(join.columns) or not set(absent) <= set(entry.optional_columns):
            present = tuple(part for part in join.columns if part in header)
            origins[column] = ColumnOrigin(present, join.separator, takes_first=bool(join.alternatives))
    unknown = []
    unread = {*_unnamed(header, entry), *entry.compared}
    used = entry.used
    for name in header:
        if _stands_for_itself(table, entry, name):
            origins[name] = ColumnOrigin((name,))
        elif name not in used and name not in unread and not _is_unnamed(entry, name):
            unknown.append(name)
    listed = dict.fromkeys((*entry.ignore, *(entry.keep or ()), *entry.compared))
    accepted = {*header, *entry.optional_columns, ALL_OTHERS}
    faults += [_not_in_file(name, header, source.format) for name in listed if name not in accepted]
    # faults so far concern columns that rows need; those below leave the other columns readable
    readable = not faults and any(origin.columns for origin in origins.values())
    candidates = [n for n in unknown if not entry.is_ignored(n) and (entry.keep is None or n in entry.keep)]
    # known_until is what is stored of versions, and no fact about a firm
    candidates = [n for n in candidates if n != KNOWN_UNTIL]
    extras = tuple(candidates) if table.open else ()
    required = tuple(c.name for c in table.columns if is_required(table, c, days))
    missing = tuple(name for name in required if name not in origins)
    faults += _near_misses(table, origins, candidates) + _missing(table, missing, header, required)
    kept = set(extras)
    left_out = tuple(n for n in unknown if n not in kept)
    too_wide = _too_wide(extras)
    faults += too_wide
    readable = readable and not too_wide
    return SourceBinding(source, tuple(header), origins, extras, left_out, missing, readable), faults


def _too_wide(extras: Sequence[str]) -> list[str]:
    """Return the fault of too many columns beyond the contract, in a list; an empty one where there are few enough."""
    if len(extras) <= MAX_EXTRA_COLUMNS:
        return []
    return [
        f"has {len(extras):,} columns beyond the contract, expected at most {MAX_EXTRA_COLUMNS:,}; list those to read "
        "under keep in a mapping, or keep = [] for none"
    ]


def position_name(position: int) -> str:
    """Return the name of a column by its position, from 1."""
    return f"#{position}"


def with_names(entry: SourceMap, header: Sequence[str]) -> SourceMap:
    """Return a source whose columns are called by their names in the header where the mapping has positions (#3)."""
    names = {position_name(i): name for i, name in enumerate(header, 1)}

    def named(name: str) -> str:
        return name if name in header else names.get(name, name)

    columns = {column: join.renamed(named) for column, join in entry.columns.items()}
    conditions = {
        key: {named(name): texts for name, texts in getattr(entry, key).items()} for key in CONDITIONS
    }
    fill = entry.fill_down and entry.fill_down.renamed(named)
    return entry.model_copy(update={"columns": columns, "fill_down": fill, **conditions})


def unnamed_columns(binding: SourceBinding) -> frozenset[str]:
    """Return the columns without a name (an index, say) that the mapping does not use: nothing reads them."""
    return _unnamed(binding.header, binding.source.map)


def _unnamed(header: Sequence[str], entry: SourceMap) -> frozenset[str]:
    names = {name for i, name in enumerate(header, 1) if name == position_name(i)}
    return frozenset(names - entry.used - set(entry.compared))


def is_required(table: TableSchema, column: ColumnSchema, days: RequiredDays) -> bool:
    """Return whether every row must fill a column: some days may be empty."""
    if not column.required or column.kind is not ColumnKind.DAY:
        return column.required
    return not days.undated and not days.on_events_only(table, column)


def header_faults(header: Sequence[str]) -> list[str]:
    """Return the faults of column names: empty, unreadable, or repeated."""
    faults = [
        f"column {i} has no name; name it in the file" for i, n in enumerate(header, 1) if not n.strip()
    ]
    # U+FFFD replaces what could not be decoded
    faults += [
        f"column {i} is named {n!r}, expected a name without control characters; check the encoding, "
        "or set trim = true in the mapping if they are at an end of the name"
        for i, n in enumerate(header, 1)
        if any(unicodedata.category(c) in ("Cc", "Cn", "Cs") or c == "\ufffd" for c in n)
    ]
    counts = Counter(header)
    repeated = [n for n, count in counts.items() if count > 1 and n.strip()]
    return faults + [
        f"column {n} occurs {counts[n]} times, expected once; rename or remove the others, "
        "or state all names as header in the mapping"
        for n in repeated
    ]


def _not_in_file(name: str, header: Sequence[str], format: str) -> str:
    if format in UNORDERED and re.fullmatch(r"#\d+", name):
        return (
            f"the mapping names column {name} by its position, expected its name, since columns of "
            f"{FORMAT_NAMES[format]} have no positions; it has {_listed(header)}"
        )
    return f"the mapping names column {name}, which the file does not have; it has {_listed(header)}"


def _stands_for_itself(table: TableSchema, entry: SourceMap, name: str) -> bool:
    """Return whether a column feeds the contract column of its own name: the mapping uses neither for anything."""
    is_used = name in entry.columns or name in entry.constants or name in entry.used or name in entry.ignore
    return name in source_names(table) and not is_used and not entry.reads_named_only


def _is_unnamed(entry: SourceMap, name: str) -> bool:
    """Return whether a column is left out because the mapping reads only what it names."""
    return entry.reads_named_only and entry.is_ignored(name)


def _near_misses(table: TableSchema, origins: dict[str, ColumnOrigin], unknown: Sequence[str]) -> list[str]:
    """Return faults of unknown columns that are nearly a contract's column, or nearly another column."""
    faults = []
    seen = {folded_name(name): name for name in origins}
    for name in unknown:
        intended = similar_names(name, source_names(table), similarity=1)
        # remembered, so that two unknown columns are compared with each other, too
        other = seen.setdefault(folded_name(name), name)
        if intended and intended[0] not in origins:
            faults.append(f"column {name!r}: {suggestion(intended)} Rename it, or ignore it in a mapping")
        elif other != name:
            faults.append(
                f"column {name!r} differs from {other!r} only in case or white space, expected distinct names; "
                "rename one, or ignore it in a mapping"
            )
        elif name in source_names(table):
            faults.append(
                f"column {name!r} is not read, since the mapping fills {name} from elsewhere; list it under ignore"
            )
    return faults


def folded_name(name: str) -> str:
    """Return a name without case and white space: databases do not distinguish names that differ in these only."""
    return "".join(name.split()).casefold()


def _missing(
    table: TableSchema, missing: Sequence[str], header: Sequence[str], required: Sequence[str]
) -> list[str]:
    """Return the fault that required columns are missing, in a list; an empty one where none is."""
    if not missing:
        return []
    fault = (
        f"no column {', '.join(missing)}, expected all of {_listed(required)}; the file has {_listed(header)}"
    )
    # a single column with separators in its name is a file with another delimiter
    delimiter = next((d for d in ";\t|" if len(header) == 1 and d in header[0]), None)
    if delimiter:
        return [f"{fault}; it seems to be separated by {delimiter!r}: set the delimiter in a mapping"]
    unknown_day = f"; {UNDATED_DEFAULTS}" if table.name == "events" and missing == (table.day,) else ""
    return [
        f"{fault}; rename the right column, or map it in a mapping (scgraph init writes one){unknown_day}"
    ]


def _listed(names: Sequence[str]) -> str:
    return first_names([repr(n)[1:-1][:40] for n in names], 15)
