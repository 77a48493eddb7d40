"""First pass over a text file: is it text in the given encoding, and can the fast reader take it?"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, cast

import numpy as np

from supplyrisk.graph.errors import DataError
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_frame import TextFrame

MAX_LINE_CHARACTERS = 4_194_304
"""Of a line and of a cell; a longer one nearly always means a missing quote or line end."""
MAX_DOCUMENT_BYTES = 256 << 20
"""Of one JSON or XML document, which is held in memory as a whole; JSON takes about ten times its size."""
DAMAGED = (OSError, EOFError, zlib.error)
"""What reading a file raises that is cut off, or damaged in its compression."""
_FAST_LINE_CHARACTERS = 131_072
"""Longer lines are left to the reader that goes record by record: Arrow takes none that spans several of its blocks."""
_BLOCK = 1 << 20


@dataclass(frozen=True)
class ScanResult:
    """Result of the first pass.

    Parameters
    ----------
    header: the first line.
    plain: every record is a line of its own, no line is blank, quotes enclose whole cells, and none is doubled.
    quoted: there are quotes.
    """

    header: str
    plain: bool
    quoted: bool


def open_bytes(source: SourceFile) -> IO[bytes]:
    """Open a file's bytes, decompressed."""
    if source.zipped:
        return cast("IO[bytes]", gzip.open(source.path, "rb"))
    return source.path.open("rb")


def damaged(fault: Exception) -> FileFault:
    """Return the error of a file whose bytes cannot be read; fault: one of DAMAGED."""
    return FileFault(f"cannot be read ({fault}), expected an intact file; copy it again")


def document_bytes(source: SourceFile, kind: str, remedy: str) -> bytes:
    """Return all bytes of a document of a kind (JSON, XML); remedy: what to do if there are too many.

    Raises
    ------
    FileFault: the file is damaged, or has more than MAX_DOCUMENT_BYTES.
    """
    try:
        with open_bytes(source) as stream:
            data = stream.read(MAX_DOCUMENT_BYTES + 1)
    except DAMAGED as fault:
        raise damaged(fault) from fault
    if len(data) > MAX_DOCUMENT_BYTES:
        raise FileFault(
            f"has more than {MAX_DOCUMENT_BYTES:,} bytes, expected fewer in one {kind} document; {remedy}"
        )
    return data


def checked_encoding(encoding: str) -> str:
    """Return the codec's own name; spellings of utf-8 become utf-8-sig, which accepts a byte order mark, too.

    Raises
    ------
    DataError: there is no such text encoding.
    """
    try:
        name = codecs.lookup(encoding).name
        "firm".encode(name)
    except (LookupError, ValueError, TypeError) as fault:
        # unknown, not a name, or a codec that does not encode text (such as hex)
        raise DataError(f"unknown text encoding {encoding!r}", "a name such as utf-8 or gb18030") from fault
    return "utf-8-sig" if name in ("utf-8", "utf-8-sig") else name


def scan_text(source: SourceFile, encoding: str, frame: TextFrame = TextFrame()) -> ScanResult:  # noqa: B008 - frozen
    """Decode the whole file strictly, block by block, and find out which reader can take the lines of its table.

    Raises
    ------
    FileFault: another encoding, damaged gzip, NUL characters, or a line that is too long.
    """
    lines = _LineScanner(source.map.delimiter, frame.skip + 1)
    try:
        for text in frame.cut(decoded(source, encoding)):
            lines.take(text)
    except UnicodeDecodeError as fault:
        raise FileFault(_not_text(source, encoding, lines.line, fault)) from fault
    except DAMAGED as fault:
        raise damaged(fault) from fault
    lines.end()
    return ScanResult(lines.header, lines.plain and lines.line > frame.skip + 1, lines.quoted)


def decoded(source: SourceFile, encoding: str) -> Iterator[str]:
    """Yield the text of a file in blocks that never end between \\r and \\n."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    held = ""
    with open_bytes(source) as stream:
        while block := stream.read(_BLOCK):
            try:
                text = held + decoder.decode(block)
            except UnicodeDecodeError as fault:
                # what came before is handed on, so that its lines are counted
                yield held + bytes(fault.object[: fault.start]).decode(encoding, "replace")
                raise
            held = "\r" if text.endswith("\r") else ""
            yield text[: len(text) - len(held)]
        yield held + decoder.decode(b"", final=True)


class _LineScanner:
    """Counts lines over blocks of text, keeps the first one, and checks the positions of quotes."""

    def __init__(self, delimiter: str, first_line: int) -> None:
        self.line = first_line
        self.header = ""
        self.plain = True
        self.quoted = False
        self._delimiter = delimiter
        # characters of the current line, and its text as far as quotes are not checked yet
        self._line_length = 0
        self._unchecked = ""
        self._in_header = True
        self._last_character = "\n"

    def take(self, text: str) -> None:
        """Scan the next block."""
        if not text:
            return
        if "\0" in text:
            line = self.line + _line_ends(text[: text.index("\0")])
            raise FileFault(
                f"line {line} has a NUL character, expected text; the file may be damaged, or be UTF-16: "
                "try --encoding utf-16"
            )
        text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
        if self._in_header:
            before, line_end, _ = text.partition("\n")
            self.header += before
            self._in_header = not line_end
        has_blank_line = "\n\n" in text or (self._last_character == "\n" and text[0] == "\n")
        self.plain = self.plain and not has_blank_line
        if self.plain:
            # only whole lines can be checked; the rest waits for the next block
            whole_lines, _, self._unchecked = (self._unchecked + text).rpartition("\n")
            self._check_quotes(whole_lines)
        self._check_line_length(text)
        self.line += text.count("\n")
        self._last_character = text[-1]

    def end(self) -> None:
        """Check what is left after the last block."""
        self._check_quotes(self._unchecked)

    def _check_quotes(self, lines: str) -> None:
        if '"' in lines:
            self.quoted = True
            self.plain = self.plain and _quotes_enclose(lines, self._delimiter)

    def _check_line_length(self, text: str) -> None:
        """Refuse a line that is too long; the line may have begun in an earlier block."""
        first_end = text.find("\n")
        if first_end < 0:
            self._line_length += len(text)
            longest = self._line_length
        else:
            longest = max(self._line_length + first_end, _longest_gap(text, first_end))
            self._line_length = len(text) - text.rfind("\n") - 1
        self.plain = self.plain and longest <= _FAST_LINE_CHARACTERS
        if longest > MAX_LINE_CHARACTERS:
            raise FileFault(
                f"has a line of more than {MAX_LINE_CHARACTERS:,} characters at or after line {self.line}, "
                "expected shorter lines; a line end or a closing quote may be missing there"
            )


def _quotes_enclose(lines: str, delimiter: str) -> bool:
    """Return whether every odd quote opens a cell and the next one closes it on the same line.

    Anything else, above all a doubled quote, is left to the reader that goes record by record.
    """
    if not delimiter.isascii():
        return False
    # as bytes: in UTF-8 a quote, a delimiter or a line end is never part of another character
    text = np.frombuffer(f"\n{lines}\n".encode(), dtype=np.uint8)
    quotes = np.flatnonzero(text == ord('"'))
    opening = quotes[::2]
    closing = quotes[1::2]
    edges = np.array([ord("\n"), ord(delimiter)], dtype=np.uint8)
    if len(opening) != len(closing):
        return False
    line_ends = np.flatnonzero(text == ord("\n"))
    same_line = np.searchsorted(line_ends, opening) == np.searchsorted(line_ends, closing)
    encloses_cell = np.isin(text[opening - 1], edges) & np.isin(text[closing + 1], edges)
    return bool((same_line & encloses_cell).all())


def _longest_gap(text: str, start: int) -> int:
    """Return a distance between line ends above _FAST_LINE_CHARACTERS, or 0 where there is none.

    The text is one block, which is shorter than MAX_LINE_CHARACTERS: one such distance stands for all.

    It jumps from line end to line end as far as such a line reaches, rather than visiting all of them.
    """
    while start + _FAST_LINE_CHARACTERS < len(text):
        following = text.rfind("\n", start, start + _FAST_LINE_CHARACTERS + 2)
        if following <= start:
            after = text.find("\n", start + 1)
            return (len(text) if after < 0 else after) - start - 1
        start = following
    return 0


def _line_ends(text: str) -> int:
    """Count line ends of all three kinds."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _not_text(source: SourceFile, encoding: str, line: int, fault: UnicodeDecodeError) -> str:
    """Return the fault of a file that is not of an encoding, with the encoding that it seems to have."""
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    with open_bytes(source) as stream:
        first_bytes = stream.read(2)
    if first_bytes in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and not encoding.startswith("utf-16"):
        remedy = "it is UTF-16: try --encoding utf-16"
    elif encoding != "gb18030" and _decodes(source, "gb18030"):
        remedy = "its bytes can be read as gb18030: try --encoding gb18030"
    else:
        remedy = "save it as UTF-8, or give its --encoding"
    byte = bytes(fault.object[fault.start : fault.start + 1]).hex()
    return f"line {line} has the byte 0x{byte}, which is not {name}, expected text in {name}; {remedy}"


def _decodes(source: SourceFile, encoding: str) -> bool:
    try:
        for _ in decoded(source, encoding):
            pass
    except (UnicodeDecodeError, OSError, EOFError, zlib.error):
        return False
    return True
