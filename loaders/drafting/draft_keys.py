"""The parts of a drafted mapping: keys with their evidence, and the points that a person has to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class DraftKey:
    """One key of a draft.

    Parameters
    ----------
    name, value: as the mapping has them.
    evidence: what in the file shows it; stands beside the key.
    doubt: why a person has to decide; "" where nothing is in doubt.
    is_set: whether the key is in force; a doubt that two readings fit equally leaves it commented out.
    """

    name: str
    value: object
    evidence: str = ""
    doubt: str = ""
    is_set: bool = True


@dataclass(frozen=True)
class OpenPoint:
    """Something that a person has to decide: in which file, about which key or column, and what."""

    file: str
    subject: str
    text: str


@dataclass(frozen=True)
class DraftSource:
    """One [[source]] of a draft.

    Parameters
    ----------
    file: name of the file, or a pattern for several.
    table: the table that it feeds.
    reason: what shows that it feeds this table.
    keys: how its lines and cells are written, and what the rows need.
    columns: contract columns and the file's columns that feed them.
    column_formats: by contract column, the keys that differ there.
    missing: required columns that nothing feeds.
    unknown: columns of the file that feed nothing.
    header: names of the file's columns.
    """

    file: str
    table: str
    reason: str
    keys: tuple[DraftKey, ...] = ()
    columns: tuple[DraftKey, ...] = ()
    column_formats: dict[str, tuple[DraftKey, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    header: tuple[str, ...] = ()

    def with_keys(self, *keys: DraftKey) -> DraftSource:
        """Return the source with further keys."""
        return replace(self, keys=(*self.keys, *keys))

    def points(self) -> list[OpenPoint]:
        """Return what is in doubt or missing."""
        formats = [key for keys in self.column_formats.values() for key in keys]
        doubts = [
            OpenPoint(self.file, key.name, key.doubt)
            for key in (*self.keys, *self.columns, *formats)
            if key.doubt
        ]
        return doubts + [
            OpenPoint(self.file, name, f"{self.table} needs {name}, and no column of the file fits it")
            for name in self.missing
        ]


@dataclass(frozen=True)
class MappingDraft:
    """A drafted mapping.

    Parameters
    ----------
    keys: of the data set as a whole.
    sources: its entries, in the order of the tables.
    left_out: files that feed no table, each with the reason.
    shipped: names of mappings that come with scgraph and read files of this form.
    """

    keys: tuple[DraftKey, ...] = ()
    sources: tuple[DraftSource, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    shipped: tuple[str, ...] = ()

    @property
    def points(self) -> tuple[OpenPoint, ...]:
        """What a person has to decide."""
        whole = [OpenPoint("", key.name, key.doubt) for key in self.keys if key.doubt]
        return (*whole, *(point for source in self.sources for point in source.points()))


def counts_text(counts: Mapping[str, int], limit: int = 6) -> str:
    """Return how often texts occur, as evidence: "€ in 50 cells, $ in 1 cell"."""
    shown = sorted(counts.items(), key=lambda item: -item[1])[:limit]
    return ", ".join(f"{text} in {count:,} cell{'s' * (count != 1)}" for text, count in shown)


def share_text(part: int, whole: int, noun: str) -> str:
    """Return a share as evidence: "98.7 % of 1,234 cells"; 100 % only where it is all of them."""
    if part == whole:
        return (
            f"the only {noun.removesuffix('s')}"
            if whole == 1 and " " not in noun
            else f"all {whole:,} {noun}"
        )
    percent = min(100 * part / whole, 99.9)
    return f"{percent:.1f} % of {whole:,} {noun}"
