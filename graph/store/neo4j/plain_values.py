"""Neo4j's values as plain Python values: equal for equal graphs, without internal ids and the ownership property."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import neo4j
from neo4j.graph import Node, Path, Relationship
from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time

from supplyrisk.graph.store.neo4j.load_parts import OWNED

_PLAIN = {str, bool, int, float, type(None)}


def plain_columns(result: neo4j.Result) -> tuple[list[str], list[list[Any]]]:
    """Return the names and the values of a result's columns."""
    names = list(result.keys())
    rows = result.values()
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in names]
    return names, [_column(values) for values in columns]


def _column(values: list[Any]) -> list[Any]:
    # Most columns have plain types only and need no conversion value by value.
    return values if set(map(type, values)) <= _PLAIN else [plain(v) for v in values]


def plain(value: Any) -> Any:
    """Return one value: nodes, relationships and paths as dictionaries; days, times and durations as ISO text."""
    for kinds, convert in _CONVERSIONS:
        if isinstance(value, kinds):
            return convert(value)
    return value


def _own(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(item) for name, item in properties.items() if name != OWNED}


def _node(node: Node) -> dict[str, Any]:
    return {"labels": sorted(node.labels), "properties": _own(dict(node.items()))}


def _link(link: Relationship) -> dict[str, Any]:
    return {"type": link.type, "properties": _own(dict(link.items()))}


def _path(path: Path) -> dict[str, Any]:
    return {"nodes": [_node(n) for n in path.nodes], "relationships": [_link(r) for r in path.relationships]}


_CONVERSIONS: tuple[tuple[tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((Node,), _node),
    ((Relationship,), _link),
    ((Path,), _path),
    ((Date, DateTime, Time, Duration), lambda value: value.iso_format()),
    ((Point,), lambda value: {"srid": value.srid, "coordinates": list(value)}),
    ((bytes, bytearray), lambda value: bytes(value).hex()),
    ((dict,), _own),
    ((list,), lambda value: [plain(item) for item in value]),
)
