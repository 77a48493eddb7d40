"""From a file's columns to the contract's: which cell of a row feeds which column of its table."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from supplyrisk.graph.schema.contract import TABLES, ColumnKind, ColumnSchema, TableSchema
from supplyrisk.loaders.mappings.mapping import Join, SourceMap
from supplyrisk.loaders.read.source_files import SourceFile


@dataclass(frozen=True)
class ColumnOrigin:
    """Where a column's text comes from: one or several of the file's columns, or a constant."""

    columns: tuple[str, ...] = ()
    between: str = "|"
    constant: str | None = None

    @property
    def label(self) -> str:
        """How the file itself calls it."""
        return "+".join(self.columns)


@dataclass(frozen=True)
class SourceBinding:
    """One source with its columns resolved; extras are the unknown columns that are kept.

    lost are columns that every row should fill and that the file has not. readable: whether its rows can be looked at
    all the same, for the faults in their other columns.
    """

    source: SourceFile
    header: tuple[str, ...]
    origins: dict[str, ColumnOrigin]
    extras: tuple[str, ...]
    left_out: tuple[str, ...]
    lost: tuple[str, ...] = ()
    readable: bool = True


def kinds_of(table: TableSchema, entry: SourceMap, name: str) -> tuple[ColumnSchema, ...]:
    """The contract columns that a column of the file feeds by itself (a part of a Join feeds none)."""
    fed = [table.column(c) for c, origin in entry.columns.items() if origin == name]
    if not fed and _stands_for_itself(table, entry, name):
        fed = [table.column(name)]
    return tuple(fed)


def bind_columns(source: SourceFile, header: Sequence[str], undated: bool) -> tuple[SourceBinding, list[str]]:
    """The binding of a source with this header, and the faults of the header."""
    table, entry = TABLES[source.table], source.map
    faults = header_faults(header)
    origins: dict[str, ColumnOrigin] = {c: ColumnOrigin(constant=text) for c, text in entry.constants.items()}
    for column, given in entry.columns.items():
        parts = given.columns if isinstance(given, Join) else (given,)
        between = given.between if isinstance(given, Join) else "|"
        origins[column] = ColumnOrigin(tuple(p for p in parts if p in header), between)
        faults += [
            f"the mapping names column {p}, which is not there; it has {_list(header)}"
            for p in parts
            if p not in header
        ]
    unknown = []
    for name in header:
        if _stands_for_itself(table, entry, name):
            origins[name] = ColumnOrigin((name,))
        elif name not in entry.used:
            unknown.append(name)
    faults += [
        f"the mapping names column {n}, which is not there; it has {_list(header)}"
        for n in dict.fromkeys((*entry.ignore, *(entry.keep or ())))
        if n not in header
    ]
    readable = not faults and any(origin.columns for origin in origins.values())
    wanted = [n for n in unknown if n not in entry.ignore and (entry.keep is None or n in entry.keep)]
    extras = tuple(wanted) if table.open else ()
    lost = tuple(c.name for c in table.columns if is_required(c, undated) and c.name not in origins)
    faults += _near_misses(table, origins, wanted) + _missing(table, lost, header, undated)
    left_out = tuple(n for n in unknown if n not in extras)
    return SourceBinding(source, tuple(header), origins, extras, left_out, lost, readable), faults


def is_required(column: ColumnSchema, undated: bool) -> bool:
    """Whether every row must fill it: undated data need no days."""
    return column.required and not (undated and column.kind is ColumnKind.DAY)


def header_faults(header: Sequence[str]) -> list[str]:
    """Names that are empty, unreadable or there twice."""
    faults = [f"column {i} has no name, expected one" for i, n in enumerate(header, 1) if not n.strip()]
    faults += [
        f"column {i} is named {n!r}, expected a name without control characters; is the encoding right?"
        for i, n in enumerate(header, 1)
        if any(unicodedata.category(c) in ("Cc", "Cn", "Cs") or c == "\ufffd" for c in n)
    ]
    twice = dict.fromkeys(n for n in header if header.count(n) > 1 and n.strip())
    return faults + [
        f"column {n} is there {header.count(n)} times, expected once; rename or remove one" for n in twice
    ]


def _stands_for_itself(table: TableSchema, entry: SourceMap, name: str) -> bool:
    taken = name in entry.columns or name in entry.constants or name in entry.used or name in entry.ignore
    return name in table.names and not taken


def _near_misses(table: TableSchema, origins: dict[str, ColumnOrigin], unknown: Sequence[str]) -> list[str]:
    """Unknown columns that must be meant as one of the contract's, or differ from another in case only."""
    faults = []
    contract = {_loose(n): n for n in table.names}
    seen = {folded_name(n): n for n in origins}
    for name in unknown:
        meant = contract.get(_loose(name))
        other = seen.setdefault(folded_name(name), name)
        if meant and meant not in origins:
            faults.append(f"column {name!r}: did you mean {meant}? Rename it, or let a mapping ignore it")
        elif other != name:
            faults.append(
                f"column {name!r} is as good as {other!r}, expected different names; rename or ignore one"
            )
        elif name in table.names:
            faults.append(f"column {name!r} is hidden by the mapping's own {name}, expected it in ignore")
    return faults


def folded_name(name: str) -> str:
    """A name without case and white space: databases do not tell the others apart."""
    return "".join(name.split()).casefold()


def _loose(name: str) -> str:
    return folded_name(name).replace("-", "").replace("_", "").strip("\ufeff")


def _missing(table: TableSchema, lost: Sequence[str], header: Sequence[str], undated: bool) -> list[str]:
    if not lost:
        return []
    wanted = [c.name for c in table.columns if is_required(c, undated)]
    fault = f"no column {', '.join(lost)}, expected {_list(wanted)}"
    sign = next((s for s in ";\t|" if len(header) == 1 and s in header[0]), None)
    hint = f"; it has {_list(header)}; rename the one that is meant, or name it in a mapping (scgraph init writes one)"
    return [
        fault + (f"; it seems to be separated by {sign!r}: name the delimiter in a mapping" if sign else hint)
    ]


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - 15} more" if len(names) > 15 else ""
    return ", ".join(repr(n)[1:-1][:40] for n in names[:15]) + more
