"""Rows and cells in nested JSON, by the paths that a mapping names.

An object is a tuple of its pairs of key and value, an array a list. A path is keys and positions (from 0) joined by
"/": of a cell it begins at the row, or with "/" at the top of the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from supplyrisk.loaders.mappings.mapping import SourceMap

Pairs = tuple[tuple[str, object], ...]
TEXT = "#text"
"""Key of an XML element's own text, beside its attributes."""


class TextElement(tuple[tuple[str, object], ...]):
    """An XML element with a text and attributes, as pairs of which the last one is the text."""

    __slots__ = ()


_ABSENT = object()


class NotFlat(ValueError):
    """A value is JSON, but not a row of single values; the message says why."""


@dataclass(frozen=True)
class RowPaths:
    """The paths of a source.

    Parameters
    ----------
    rows: keys from the top of the document to the array of rows.
    cells: by name of a column, the keys from the row to its value.
    above: by name of a column, the keys from the top of the document to its value.
    only: the only keys of a row that are read; None for all.
    """

    rows: tuple[str, ...]
    cells: dict[str, tuple[str, ...]]
    above: dict[str, tuple[str, ...]]
    only: frozenset[str] | None = None

    def opens(self, name: str) -> bool:
        """Return whether a cell lies inside the value of a row's key."""
        return any(path[0] == name for path in self.cells.values())


def row_paths(entry: SourceMap) -> RowPaths:
    """Return the paths that an entry names."""
    names = sorted(name for name in entry.named if "/" in name)
    return RowPaths(
        rows=tuple(filter(None, entry.rows.split("/"))),
        cells={name: tuple(name.split("/")) for name in names if not name.startswith("/")},
        above={name: tuple(name[1:].split("/")) for name in names if name.startswith("/")},
        only=entry.named if entry.reads_named_only else None,
    )


def rows_in(document: object, paths: RowPaths) -> Iterator[tuple[object, tuple[Pairs, ...]]]:
    """Yield each row of a document, with the objects that it is in, the outermost first.

    Arrays on the way are passed through: an array of orders with arrays of lines gives the lines of all orders.
    """
    yield from _rows_below(document, paths.rows, ())


def _rows_below(
    value: object, steps: tuple[str, ...], above: tuple[Pairs, ...]
) -> Iterator[tuple[object, tuple[Pairs, ...]]]:
    if isinstance(value, list):
        for item in value:
            yield from _rows_below(item, steps, above)
    elif not steps:
        yield value, above
    elif isinstance(value, tuple):
        child = _child(value, steps[0])
        if child is not _ABSENT and child is not None:
            yield from _rows_below(child, steps[1:], (*above, value))
    else:
        raise NotFlat(f"there is a single value where rows has the key {steps[0]}")


def row_pairs(row: object, above: tuple[Pairs, ...], paths: RowPaths) -> list[tuple[str, object]]:
    """Return the names and values of a row's cells: its single values, and what the paths name.

    Raises
    ------
    NotFlat: the row is no object, or a path leads to several values.
    """
    if not isinstance(row, tuple):
        raise NotFlat("the row is not an object")
    pairs = [(n, own_text(v)) for n, v in row if paths.only is None or n in paths.only]
    pairs = [(n, v) for n, v in pairs if not (isinstance(v, tuple | list) and paths.opens(n))]
    names = {name for name, _ in pairs}
    for name, steps in paths.cells.items():
        # a key may have a slash itself
        if name not in names:
            pairs += _found(name, row, steps)
    for name, steps in paths.above.items():
        shared = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(steps, paths.rows, strict=False))))
        depth = min(shared, len(above) - 1, len(steps) - 1)
        if depth >= 0:
            pairs += _found(name, above[depth], steps[depth:])
    return pairs


def _found(name: str, value: object, steps: Sequence[str]) -> list[tuple[str, object]]:
    """Return the one value behind the steps with its name, in a list; an empty one where there is none."""
    for step in steps:
        value = _only(name, value) if not step.isdecimal() else value
        value = _child(value, step)
        if value is _ABSENT:
            return []
    return [(name, own_text(_only(name, value)))]


def own_text(value: object) -> object:
    """Return the text of an XML element that has nothing but attributes beside it, and anything else as it is."""
    return value[-1][1] if isinstance(value, TextElement) else value


def _only(name: str, value: object) -> object:
    """Return the only item of an array of one, and anything else as it is."""
    if isinstance(value, list) and len(value) > 1 and not all(type(item) is str for item in value):
        raise NotFlat(f"{name} has {len(value)} values: name one by its position from 0, as key/0")
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _child(value: object, step: str) -> object:
    if isinstance(value, list) and step.isdecimal():
        return value[int(step)] if int(step) < len(value) else _ABSENT
    if isinstance(value, tuple):
        values = [v for key, v in value if key == step]
        if len(values) > 1:
            raise NotFlat(f"the key {step} occurs twice")
        return values[0] if values else _ABSENT
    return _ABSENT
