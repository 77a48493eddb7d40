"""Samples of JSON and XML: each array of objects in a file is a table that its rows may be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from supplyrisk.loaders.drafting.draft_keys import DraftKey
from supplyrisk.loaders.drafting.sampled_bytes import SampledBytes
from supplyrisk.loaders.drafting.sampled_table import SampledTable, columns_of
from supplyrisk.loaders.drafting.sampled_text import sampled_encoding
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.json_paths import TEXT as OWN_TEXT
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import document_bytes
from supplyrisk.loaders.read.xml_document import xml_document

_ROWS = 4_000
_LINES = 2_000
_DEPTH = 6
_MAX_COLUMNS = 400

Rows = list[dict[str, object]]


def sample_records(source: SourceFile) -> list[SampledTable]:
    """Return a sample of each array of objects in a file.

    Raises
    ------
    FileFault: the file cannot be read, or has no objects.
    """
    keys: list[DraftKey] = []
    if source.format == "xml":
        # any path will do to get the whole document
        named = SourceFile(
            source.path, source.name, source.format, SourceMap(file=source.name, table="firms", rows="*")
        )
        documents = [_plain(xml_document(named))]
    else:
        encoding, key, sample = sampled_encoding(source)
        keys = [key] if key else []
        documents = _json_documents(source, encoding, sample)
    by_path: dict[tuple[str, ...], Rows] = {}
    for document in documents:
        top = (
            document
            if not isinstance(document, dict) or source.format in ("json_document", "xml")
            else [document]
        )
        _collect(top, (), {}, by_path)
    tables = []
    for path, rows in by_path.items():
        names = list(dict.fromkeys(name for row in rows for name in row))[:_MAX_COLUMNS]
        cells = [[row.get(name) for name in names] for row in rows]
        columns = columns_of(names, cells)
        rows_key = (
            [DraftKey("rows", "/".join(path), f"array of {len(rows):,} objects in the sample")]
            if path
            else []
        )
        tables.append(
            SampledTable(
                source.name, source.format, (*keys, *rows_key), columns, len(rows), part="/".join(path)
            )
        )
    if not tables:
        raise FileFault("has no array of objects, expected rows")
    return tables


def _json_documents(source: SourceFile, encoding: str, sample: SampledBytes) -> list[Any]:
    if source.format == "json_document":
        return [json.loads(document_bytes(source, "JSON", "write it as JSON Lines").decode(encoding))]
    lines = sample.head.decode(encoding, "replace").split("\n")
    lines = lines[: _LINES if sample.is_whole else min(_LINES, len(lines) - 1)]
    for block in sample.blocks:
        lines += block.decode(encoding, "replace").split("\n")[1:-1][:200]
    documents = []
    for line in lines:
        try:
            documents.append(json.loads(line))
        except ValueError:
            # bad lines are for the loader to report
            continue
    return documents


def _collect(
    value: object, path: tuple[str, ...], above: dict[str, object], found: dict[tuple[str, ...], Rows]
) -> None:
    """Add the rows of all arrays of objects below a value.

    above: cells of the objects around, by their paths from the top.
    """
    if len(path) > _DEPTH:
        return
    if isinstance(value, list):
        objects = [item for item in value if isinstance(item, dict)]
        if objects and len(objects) == len(value):
            rows = found.setdefault(path, [])
            rows += [{**dict(_cells(item)), **above} for item in objects[: max(0, _ROWS - len(rows))]]
        for item in objects[:_ROWS]:
            _collect_below(item, path, above, found)
    elif isinstance(value, dict):
        _collect_below(value, path, above, found)


def _collect_below(
    item: dict[str, object],
    path: tuple[str, ...],
    above: dict[str, object],
    found: dict[tuple[str, ...], Rows],
) -> None:
    arrays = {name: inner for name, inner in item.items() if isinstance(inner, list | dict)}
    if not arrays:
        return
    own = {f"/{'/'.join((*path, name))}": cell for name, cell in _cells(item)}
    for name, inner in arrays.items():
        _collect(inner, (*path, name), {**above, **own}, found)


def _cells(item: dict[str, object], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """Yield the single values of an object by their paths."""
    for name, value in item.items():
        if name == OWN_TEXT and prefix:
            # the text of an XML element that has attributes as well
            yield prefix[:-1], value
        elif isinstance(value, dict) and depth < _DEPTH:
            yield from _cells(value, f"{prefix}{name}/", depth + 1)
        elif isinstance(value, list):
            if value and all(isinstance(part, str) for part in value):
                yield prefix + name, "|".join(value)
        elif not isinstance(value, dict):
            yield prefix + name, value


def _plain(value: Any) -> Any:
    """Return a document of pairs as dictionaries."""
    if isinstance(value, tuple):
        return {name: _plain(inner) for name, inner in value}
    return [_plain(item) for item in value] if isinstance(value, list) else value
