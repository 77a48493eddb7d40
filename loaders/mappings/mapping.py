"""Mapping files: how a data set with its own file and column names becomes the tables of the contract."""

from __future__ import annotations

import fnmatch
from collections import abc
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Join:
    """A text made of several of the file's columns; empty cells are skipped."""

    columns: tuple[str, ...]
    between: str = "|"


@dataclass(frozen=True)
class SourceMap:
    """How one file (or the files of a pattern such as trades-*.csv) feeds one table; or, of a graph, the nodes of
    a label, or the links of a type between nodes of the labels start and end ("": of any).

    columns gives the file's column, or a Join of several, by contract column; a file's column that bears a
    contract name and is not used otherwise stands for itself. constants fill a column of every row. values
    replaces words, by contract column; words not listed stay. scale multiplies numbers. date_format (%Y, %m
    and %d) is for days that are not ISO. ignore names columns to leave out; keep, where given, the only
    unknown columns to keep. optional: the file may be absent.
    """

    file: str
    table: str
    columns: abc.Mapping[str, str | Join] = field(default_factory=dict)
    constants: abc.Mapping[str, str] = field(default_factory=dict)
    values: abc.Mapping[str, abc.Mapping[str, str]] = field(default_factory=dict)
    scale: abc.Mapping[str, float] = field(default_factory=dict)
    date_format: str | None = None
    delimiter: str = ","
    ignore: tuple[str, ...] = ()
    keep: tuple[str, ...] | None = None
    optional: bool = False
    nodes: str = ""
    links: str = ""
    start: str = ""
    end: str = ""

    @property
    def told(self) -> str:
        """Where its rows come from, in words."""
        return f"nodes {self.nodes}" if self.nodes else f"links {self.links}" if self.links else self.file

    @property
    def used(self) -> frozenset[str]:
        """The file's columns that this entry names."""
        parts = [c.columns if isinstance(c, Join) else (c,) for c in self.columns.values()]
        return frozenset(name for part in parts for name in part)

    def matches(self, name: str) -> bool:
        """Whether a file of this name (relative to the data folder) belongs to this entry."""
        return name == self.file or fnmatch.fnmatchcase(name, self.file)


@dataclass(frozen=True)
class Mapping:
    """A whole mapping file.

    undated: there are no usable days, dated columns become optional. standing: relation kinds that hold at
    all times although they have no `since` ("*" is all). rates: the worth of one unit of a currency in
    `currency`. max_bad: the share of a table's rows that may be quarantined before the load is refused;
    default 0.
    """

    name: str | None = None
    undated: bool = False
    synthetic: bool = False
    max_bad: float = 0.0
    standing: tuple[str, ...] = ()
    currency: str | None = None
    rates: abc.Mapping[str, float] = field(default_factory=dict)
    sources: tuple[SourceMap, ...] = ()
