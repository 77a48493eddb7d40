"""The lines of a text file that hold its table, without what stands before the header and behind the last row."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class TextFrame:
    """Where the table is.

    Parameters
    ----------
    skip: lines before the first one of the table.
    lines: lines of the table; None for all up to the end of the file.
    """

    skip: int = 0
    lines: int | None = None

    def cut(self, blocks: Iterable[str]) -> Iterator[str]:
        """Yield the table's text from the blocks of a file; blocks never end between \\r and \\n.

        All blocks are read to the end of the file, so that a fault of its text is found in any case.
        """
        skip = self.skip
        keep = self.lines
        for block in blocks:
            text = block
            if skip:
                text, passed = _after(text, skip)
                skip -= passed
            if keep is not None and not skip:
                text, passed = _before(text, keep)
                keep -= passed
            if text:
                yield text


def _after(text: str, lines: int) -> tuple[str, int]:
    """Return the text behind so many lines, and how many of them it had."""
    ends = [end.end() for end in itertools.islice(_LINE_END.finditer(text), lines)]
    return (text[ends[-1] :] if len(ends) == lines else ""), len(ends)


def _before(text: str, lines: int) -> tuple[str, int]:
    """Return the text of so many lines, and how many line ends it had."""
    if not lines:
        return "", 0
    ends = [end.end() for end in itertools.islice(_LINE_END.finditer(text), lines)]
    return (text[: ends[-1]] if len(ends) == lines else text), len(ends)
