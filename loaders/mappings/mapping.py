"""Mappings: how a data set with its own file and column names becomes the tables of the contract."""

from __future__ import annotations

import fnmatch
from collections import abc
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Join:
    """Several of the file's columns joined into one text by `separator`; empty cells are skipped."""

    columns: tuple[str, ...]
    separator: str = "|"


@dataclass(frozen=True)
class SourceMap:
    """How one file feeds one table.

    Parameters
    ----------
    file: name of the file in the data folder, or a pattern such as trades-*.csv for several files.
    table: table of the contract that it feeds.
    columns: by contract column, the file's column, or a Join of several. A column of the file that has a contract name
        and is not used otherwise feeds the contract column of that name.
    constants: by contract column, the text of every row.
    values: by contract column, replacements of words; words not listed stay.
    scale: by contract column, the factor that numbers are multiplied by.
    date_format: of days that are not ISO, with %Y, %m and %d.
    delimiter: between the cells of a CSV.
    ignore: columns of the file to leave out.
    keep: the only unknown columns to keep; None keeps all that the table can hold.
    optional: whether the file may be absent.
    nodes: for a graph, in place of file: label of the nodes that are rows.
    links: for a graph, in place of file: type of the links that are rows.
    start_label, end_label: labels of the nodes at a link's ends; "" for any.
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
    start_label: str = ""
    end_label: str = ""

    @property
    def description(self) -> str:
        """Where its rows come from, for messages."""
        if self.nodes:
            return f"nodes {self.nodes}"
        return f"links {self.links}" if self.links else self.file

    @property
    def used(self) -> frozenset[str]:
        """Columns of the file that `columns` names."""
        parts = [c.columns if isinstance(c, Join) else (c,) for c in self.columns.values()]
        return frozenset(name for part in parts for name in part)

    def matches(self, name: str) -> bool:
        """Return whether a file of this name (relative to the data folder) belongs to this entry."""
        return name == self.file or fnmatch.fnmatchcase(name, self.file)


@dataclass(frozen=True)
class Mapping:
    """A whole mapping file.

    Parameters
    ----------
    name: name of the data set.
    undated: whether the data have no usable days; required days may then be empty.
    synthetic: whether the data are generated.
    max_bad: largest share of a table's rows in quarantine with which the data are still loaded.
    standing: relation kinds that hold at all times although they have no `since`; "*" for all kinds.
    currency: currency of amounts.
    rates: by other currency, the value of one unit in `currency`.
    sources: entries for files, or for nodes and links of a graph.
    """

    name: str | None = None
    undated: bool = False
    synthetic: bool = False
    max_bad: float = 0.0
    standing: tuple[str, ...] = ()
    currency: str | None = None
    rates: abc.Mapping[str, float] = field(default_factory=dict)
    sources: tuple[SourceMap, ...] = ()
