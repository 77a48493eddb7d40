"""Progress of a long job, and lines on the way: what the services report and the terminal shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Announce = Callable[[str], None]
"""Called with a line that is of use before the job ends, or where it fails."""


class JobProgress(Protocol):
    """Called with what is being done, the steps done so far, and the steps in all (0: unknown)."""

    def __call__(self, text: str, done: int = 0, total: int = 0, /) -> None:
        """Show it."""


def silent(_text: str, _done: int = 0, _total: int = 0, /) -> None:
    """Progress that is not shown."""


def unheard(_line: str) -> None:
    """An announcement that is not shown."""
