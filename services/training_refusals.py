"""Refusals of a training, which say how many defaults there are and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from supplyrisk.graph import DataError, DefaultCounts


def require_defaults(counts: DefaultCounts) -> None:
    """Raise DataError, before anything is computed, where there are too few defaults to learn from."""
    if not counts.learnable:
        raise DataError(str(counts), remedy=counts.advice())


@contextmanager
def refusals_with(counts: DefaultCounts) -> Iterator[None]:
    """Add the counts, and what they mean, to a DataError: as-of dates may lie before fewer defaults than counted."""
    try:
        yield
    except DataError as error:
        remedies = [text for text in (error.remedy, counts.advice()) if text]
        raise DataError(f"{error.problem} ({counts})", error.expected, "; ".join(remedies) or None) from error
