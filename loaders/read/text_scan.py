"""First pass over a text file: is it text at all, and can the fast reader take it?"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, cast

import numpy as np

from supplyrisk.graph.errors import DataError
from supplyrisk.loaders.read.source_files import SourceFile

LONGEST_LINE = 131_072
"""Characters: Python's csv takes no longer cell; such a line is nearly always a lost quote or line end."""
_BLOCK = 1 << 20


class FileFault(Exception):
    """A file as a whole cannot be used; the text says where, what was expected and what to do."""


@dataclass(frozen=True)
class ScanResult:
    """What the first pass found.

    plain: every record is a line of its own, no line is blank, and quotes, if any, enclose whole cells and none is
    doubled; quoted: there are quotes.
    """

    header: str
    plain: bool
    quoted: bool


def open_bytes(source: SourceFile) -> IO[bytes]:
    """The file's bytes, unzipped."""
    if source.zipped:
        return cast("IO[bytes]", gzip.open(source.path, "rb"))
    return source.path.open("rb")


def checked_encoding(encoding: str) -> str:
    """The codec's own name; utf-8 and its spellings become utf-8-sig, which also takes a byte order mark.

    Raises
    ------
    DataError: no such text encoding.
    """
    try:
        name = codecs.lookup(encoding).name
        "firm".encode(name)
    except (
        LookupError,
        ValueError,
        TypeError,
    ) as fault:  # unknown, not a name, or no text encoding (such as hex)
        raise DataError(f"no text encoding {encoding!r}", "a name such as utf-8 or gb18030") from fault
    return "utf-8-sig" if name in ("utf-8", "utf-8-sig") else name


def scan_text(source: SourceFile, encoding: str) -> ScanResult:
    """Decode the whole file strictly, block by block, and note what the readers need to know.

    Raises
    ------
    FileFault: not of that encoding, damaged gzip, NUL characters, or a line that is too long.
    """
    lines = _Lines(source.map.delimiter)
    try:
        for text in _decoded(source, encoding):
            lines.take(text)
    except UnicodeDecodeError as fault:
        raise FileFault(_not_text(source, encoding, lines.line, fault)) from fault
    except (OSError, EOFError, zlib.error) as fault:
        raise FileFault(f"cannot be read ({fault}), expected a whole file; copy it again") from fault
    lines.end()
    return ScanResult(lines.header, lines.plain and lines.line > 1, lines.quoted)


def _decoded(source: SourceFile, encoding: str) -> Iterator[str]:
    """The text in blocks, a line end \\r\\n never torn apart."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    held = ""
    with open_bytes(source) as stream:
        while block := stream.read(_BLOCK):
            try:
                text = held + decoder.decode(block)
            except UnicodeDecodeError as fault:  # hand on what came before, so that its lines are counted
                yield held + bytes(fault.object[: fault.start]).decode(encoding, "replace")
                raise
            held = "\r" if text.endswith("\r") else ""
            yield text[: len(text) - len(held)]
        yield held + decoder.decode(b"", final=True)


class _Lines:
    """Counts lines over blocks of text, keeps the first, and looks whether quotes are where they should be."""

    def __init__(self, delimiter: str) -> None:
        self.line, self.tail = 1, 0
        self.header = ""
        self.plain, self.quoted = True, False
        self._delimiter, self._rest = delimiter, ""
        self._open, self._last = True, "\n"

    def take(self, text: str) -> None:
        if not text:
            return
        if "\0" in text:
            place = self.line + _line_ends(text[: text.index("\0")])
            raise FileFault(
                f"line {place} has a NUL character, expected text; it may be damaged, or be UTF-16: "
                "try --encoding utf-16"
            )
        text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
        if self._open:
            before, end, _ = text.partition("\n")
            self.header, self._open = self.header + before, not end
        blank = "\n\n" in text or (self._last == "\n" and text[0] == "\n")
        self.plain = self.plain and not blank
        if self.plain:
            whole, _, self._rest = (self._rest + text).rpartition("\n")
            self._quotes(whole)
        self._longest(text)
        self.line += text.count("\n")
        self._last = text[-1]

    def end(self) -> None:
        """No text follows."""
        self._quotes(self._rest)

    def _quotes(self, lines: str) -> None:
        if '"' in lines:
            self.quoted = True
            self.plain = self.plain and _quotes_enclose(lines, self._delimiter)

    def _longest(self, text: str) -> None:
        """Refuse a line that is too long."""
        first = text.find("\n")
        if first < 0:
            self.tail += len(text)
            worst = self.tail
        else:
            worst = max(self.tail + first, _longest_gap(text, first))
            self.tail = len(text) - text.rfind("\n") - 1
        if worst > LONGEST_LINE:
            raise FileFault(
                f"has a line of more than {LONGEST_LINE:,} characters at or after line {self.line}, "
                "expected shorter ones; a line end or a quote may be lost there"
            )


def _quotes_enclose(lines: str, delimiter: str) -> bool:
    """Whether every second quote opens a cell and the one after it closes that cell, all on one line.

    Anything else, a doubled quote above all, is left to a reader that takes record by record.
    """
    if not delimiter.isascii():
        return False
    text = np.frombuffer(f"\n{lines}\n".encode(), dtype=np.uint8)
    quotes = np.flatnonzero(text == ord('"'))
    opening, closing = quotes[::2], quotes[1::2]
    edges = np.array([ord("\n"), ord(delimiter)], dtype=np.uint8)
    if len(opening) != len(closing):
        return False
    ends = np.flatnonzero(text == ord("\n"))
    one_line = np.searchsorted(ends, opening) == np.searchsorted(ends, closing)
    alone = np.isin(text[opening - 1], edges) & np.isin(text[closing + 1], edges)
    return bool((one_line & alone).all())


def _longest_gap(text: str, start: int) -> int:
    """Longest distance between line ends, exact where it exceeds LONGEST_LINE; jumps rather than walks."""
    while start + LONGEST_LINE < len(text):
        following = text.rfind("\n", start, start + LONGEST_LINE + 2)
        if following <= start:
            after = text.find("\n", start + 1)
            return (len(text) if after < 0 else after) - start - 1
        start = following
    return 0


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _not_text(source: SourceFile, encoding: str, line: int, fault: UnicodeDecodeError) -> str:
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    with open_bytes(source) as stream:
        mark = stream.read(2)
    if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and not encoding.startswith("utf-16"):
        remedy = "it is UTF-16: try --encoding utf-16"
    elif encoding != "gb18030" and _decodes(source, "gb18030"):
        remedy = "its bytes can be read as gb18030: try --encoding gb18030"
    else:
        remedy = "save it as UTF-8, or name its --encoding"
    byte = bytes(fault.object[fault.start : fault.start + 1]).hex()
    return f"line {line} has the byte 0x{byte}, which is not {name}, expected text in {name}; {remedy}"


def _decodes(source: SourceFile, encoding: str) -> bool:
    try:
        for _ in _decoded(source, encoding):
            pass
    except (UnicodeDecodeError, OSError, EOFError, zlib.error):
        return False
    return True
