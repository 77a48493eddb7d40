"""Samples of the bytes of a text file: its beginning, blocks spread over it, and its end."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import IO

from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import DAMAGED, damaged, open_bytes

WHOLE_BYTES = 8 << 20
"""Size up to which a file is read as a whole."""
HEAD_BYTES = 1 << 20
_BLOCK = 1 << 17
_BLOCKS = 16
_TAIL = 1 << 16
_SCANNED = 2 << 30
"""Bytes of a file that are looked through for characters outside ASCII; of a compressed one, _UNPACKED."""
_UNPACKED = 1 << 29
_SCAN_BLOCK = 1 << 22


@dataclass(frozen=True)
class SampledBytes:
    """A sample of a file.

    Parameters
    ----------
    head: the bytes at the beginning; all of them if is_whole.
    blocks: blocks further on; they begin and end in the middle of lines.
    tail: the last bytes; None where the end was not reached.
    is_whole: whether head is the whole file.
    is_ascii, is_utf8: whether all bytes that were looked through are.
    scanned: number of these bytes.
    """

    head: bytes
    blocks: tuple[bytes, ...]
    tail: bytes | None
    is_whole: bool
    is_ascii: bool
    is_utf8: bool
    scanned: int

    @property
    def parts(self) -> tuple[bytes, ...]:
        """All sampled bytes, without those that the head has already."""
        return (self.head, *self.blocks)


def sampled_bytes(source: SourceFile) -> SampledBytes:
    """Read a sample of a file; all of it is looked through for its encoding, up to a limit.

    Raises
    ------
    FileFault: the file cannot be read.
    """
    try:
        with open_bytes(source) as stream:
            head = stream.read(WHOLE_BYTES + 1)
            if len(head) <= WHOLE_BYTES:
                return SampledBytes(head, (), head[-_TAIL:], True, head.isascii(), _is_utf8(head), len(head))
            return _spread(stream, head, source)
    except DAMAGED as fault:
        raise damaged(fault) from fault


def _spread(stream: IO[bytes], head: bytes, source: SourceFile) -> SampledBytes:
    """Read the rest of a long file block by block, and take some of the blocks."""
    limit = _UNPACKED if source.zipped else _SCANNED
    size = source.path.stat().st_size
    expected = max(len(head) * 8, size * (6 if source.zipped else 1))
    step = max(_SCAN_BLOCK, expected // _BLOCKS)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    is_ascii = head.isascii()
    is_utf8 = _decodes(decoder, head)
    blocks: list[bytes] = []
    tail = head[-_TAIL:]
    scanned = len(head)
    next_block = step
    while scanned < limit:
        block = stream.read(_SCAN_BLOCK)
        if not block:
            return SampledBytes(
                head[:HEAD_BYTES], tuple(blocks[: 4 * _BLOCKS]), tail, False, is_ascii, is_utf8, scanned
            )
        plain = block.isascii()
        is_ascii = is_ascii and plain
        is_utf8 = is_utf8 and _decodes(decoder, block)
        if scanned >= next_block or (not plain and len(blocks) < 2 and not is_utf8):
            blocks.append(block[:_BLOCK])
            next_block = scanned + step
        scanned += len(block)
        tail = (tail + block)[-_TAIL:]
    return SampledBytes(head[:HEAD_BYTES], tuple(blocks), None, False, is_ascii, is_utf8, scanned)


def _decodes(decoder: codecs.IncrementalDecoder, data: bytes) -> bool:
    try:
        decoder.decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
