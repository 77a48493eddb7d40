"""A sample of a CSV file as a table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from supplyrisk.loaders.drafting.draft_keys import DraftKey
from supplyrisk.loaders.drafting.sampled_bytes import SampledBytes, sampled_bytes
from supplyrisk.loaders.drafting.sampled_table import SampledTable, columns_of
from supplyrisk.loaders.drafting.text_encoding import encoding_key
from supplyrisk.loaders.drafting.text_layout import TextLayout, text_layout
from supplyrisk.loaders.drafting.void_rows import state_column, without_void
from supplyrisk.loaders.read.endings import is_tab_separated
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import MAX_LINE_CHARACTERS

_LINE_END = re.compile(r"\r\n|\r|\n")
_HEAD_ROWS = 8_000
_BLOCK_ROWS = 400
_WHOLE_ROWS = 200_000
"""Rows of a file that is read as a whole: so many firms are known by their ids."""
csv.field_size_limit(MAX_LINE_CHARACTERS)


def sample_text(source: SourceFile) -> SampledTable:
    """Return a sample of a CSV; all rows of a file that is short enough.

    Raises
    ------
    FileFault: the file cannot be read, or is empty.
    """
    encoding, key, sample = sampled_encoding(source)
    if not sample.head.strip():
        raise FileFault("is empty, expected at least one line; remove the file if the table has no rows")
    text = _decoded(sample.head, encoding)
    tail = None if sample.tail is None else _LINE_END.split(_decoded(_even(sample.tail, encoding), encoding))
    lines = _LINE_END.split(text)
    if not sample.is_whole:
        # the last line of the head is cut
        lines = lines[:-1]
    ends_with_line_end = tail is None or not tail[-1].strip()
    whole_tail = lines if sample.is_whole else tail
    layout = text_layout(
        lines, whole_tail, ends_with_line_end=ends_with_line_end, tabs=is_tab_separated(source.name)
    )
    limit = _WHOLE_ROWS if sample.is_whole else _HEAD_ROWS
    rows = list(_head_rows(lines, layout, limit, is_whole=sample.is_whole))
    is_whole = sample.is_whole and len(rows) < limit
    for block in sample.blocks:
        rows += _block_rows(_decoded(_even(block, encoding), encoding), layout)
    keys = [*([key] if key else []), *layout.keys]
    untidy = sum(cell != cell.strip() for row in rows for cell in row)
    if untidy or (layout.has_header and any(n != n.strip() for n in _raw_header(lines, layout))):
        example = next((cell for row in rows for cell in row if cell != cell.strip()), "a name in the header")
        keys.append(
            DraftKey(
                "trim", True, f"{untidy:,} cells have white space or tabs around them, such as {example!r}"
            )
        )
    state = state_column(layout.header, rows)
    counting = without_void(rows, state)
    return SampledTable(
        source.name,
        "csv",
        (*keys, *([state.key] if state else [])),
        columns_of(layout.header, counting),
        len(counting),
        is_whole,
        layout.has_header,
        conditions=(state.name,) if state else (),
    )


def _decoded(data: bytes, encoding: str) -> str:
    """Return the text of a part of a file; what is cut at its ends is replaced."""
    return data.decode(encoding, "replace")


def _even(part: bytes, encoding: str) -> bytes:
    """Return a part of a file from a whole character on, where characters have two bytes."""
    if not encoding.startswith("utf-16"):
        return part
    end = part.find(b"\n\0") if encoding != "utf-16-be" else part.find(b"\0\n")
    return part[end + 2 :] if end >= 0 else part


def _raw_header(lines: list[str], layout: TextLayout) -> list[str]:
    first = next((line for line in lines[layout.skip :] if line.strip()), "")
    return next(csv.reader([first], delimiter=layout.delimiter), [])


def _head_rows(lines: list[str], layout: TextLayout, limit: int, *, is_whole: bool) -> Iterator[list[str]]:
    """Yield the rows at the beginning of a file."""
    end = len(lines)
    if is_whole:
        while end and not lines[end - 1].strip():
            end -= 1
        end -= layout.footer
    text = "\n".join(lines[layout.skip : end])
    records = csv.reader(io.StringIO(text), delimiter=layout.delimiter)
    skipped = not layout.has_header
    for number, record in enumerate(records):
        if number > limit:
            return
        if not record:
            continue
        if not skipped:
            skipped = True
        elif len(record) == layout.width:
            yield record


def _block_rows(text: str, layout: TextLayout) -> list[list[str]]:
    """Return rows from the middle of a file; its first and last lines are cut."""
    lines = _LINE_END.split(text)[1:-1]
    records = csv.reader(lines[:_BLOCK_ROWS], delimiter=layout.delimiter)
    return [record for record in records if len(record) == layout.width]


def sampled_encoding(source: SourceFile) -> tuple[str, DraftKey | None, SampledBytes]:
    """Return the encoding of a text file, its key, and the sample."""
    sample = sampled_bytes(source)
    encoding, key = encoding_key(sample)
    return encoding, key, sample
