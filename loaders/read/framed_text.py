"""Finding the lines of a table in a text file, and reading them alone."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, cast

from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_frame import TextFrame
from supplyrisk.loaders.read.text_scan import DAMAGED, damaged, decoded, open_bytes


def frame_of(source: SourceFile, encoding: str) -> TextFrame:
    """Find the lines of the table by the mapping's preamble, header_starts_with, footer and footer_starts_with.

    Raises
    ------
    FileFault: no line begins as the mapping says, or the file has too few lines.
    """
    entry = source.map
    if not (entry.header_starts_with or entry.footer or entry.footer_starts_with):
        return TextFrame(entry.preamble)
    try:
        found = _landmarks(source, encoding)
    except DAMAGED as fault:
        raise damaged(fault) from fault
    skip = found.header
    footer = found.footer
    last = found.last
    if skip is None:
        raise FileFault(
            f"has no line that starts with {entry.header_starts_with!r}, expected the header to do so; "
            "correct header_starts_with in the mapping"
        )
    if entry.footer_starts_with and footer is None and not entry.optional_footer:
        raise FileFault(
            f"has no line that starts with {entry.footer_starts_with!r}, expected the footer to do so; "
            "the file may be cut off, or correct footer_starts_with in the mapping"
        )
    # blank lines at the end of the file are no part of a footer that is counted
    end = footer if footer is not None else last - entry.footer
    if end <= skip:
        raise FileFault(
            f"has {last} lines, expected more than the mapping's preamble and footer have; correct these keys"
        )
    return TextFrame(skip, end - skip)


@dataclass(frozen=True)
class _Landmarks:
    """Lines, counted from 0: of the header and of the first line of the footer, None where there is none; and how many
    lines there are up to the last one that is not blank.
    """

    header: int | None
    footer: int | None
    last: int


def _landmarks(source: SourceFile, encoding: str) -> _Landmarks:
    entry = source.map
    skip = None if entry.header_starts_with else entry.preamble
    footer = None
    last = 0
    # bytes that are not text are reported by the scan of the whole file
    with io.TextIOWrapper(open_bytes(source), encoding=encoding, errors="replace", newline="") as text:
        for number, line in enumerate(text):
            start = line.lstrip()
            if start:
                last = number + 1
            if skip is None and start.startswith(entry.header_starts_with):
                skip = number
            elif skip is not None and number > skip and footer is None and entry.footer_starts_with:
                footer = number if start.startswith(entry.footer_starts_with) else None
    return _Landmarks(skip, footer, last)


def open_table(source: SourceFile, encoding: str, frame: TextFrame) -> tuple[IO[bytes], str]:
    """Open the bytes of the table's lines; also return their encoding, UTF-8 where they are not the whole file."""
    if frame == TextFrame():
        return open_bytes(source), encoding
    return cast("IO[bytes]", io.BufferedReader(_Utf8Stream(frame.cut(decoded(source, encoding))))), "utf-8"


def open_utf8(source: SourceFile, encoding: str, frame: TextFrame) -> IO[bytes]:
    """Open the table's lines as UTF-8, whatever the encoding of the file."""
    if frame == TextFrame() and encoding == "utf-8-sig":
        return open_bytes(source)
    return cast("IO[bytes]", io.BufferedReader(_Utf8Stream(frame.cut(decoded(source, encoding)))))


class _Utf8Stream(io.RawIOBase):
    """Blocks of text as a stream of bytes."""

    def __init__(self, blocks: Iterable[str]) -> None:
        super().__init__()
        self._blocks: Iterator[str] = iter(blocks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes; 0 at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block.encode())
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
