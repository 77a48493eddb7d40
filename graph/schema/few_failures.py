"""Too few failures: from how many failed firms on a metric supports a statement, and the one wording for fewer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TOO_FEW = 10
"""A metric that rests on fewer failed firms than this is shown with a mark, and supports no statement."""
TOO_FEW_FAILURES = "too few failures"
"""The mark."""


def too_few_failures(failed_firms: int) -> bool:
    """Whether so many failed firms are too few; a firm that fails in several rows counts once."""
    return failed_firms < TOO_FEW


def failed_firms_of(measured: Mapping[str, Any]) -> int:
    """The number of failed firms behind the metrics of a card or of one of its sets.

    Cards from before firms were counted state failed rows only, which are at least as many.
    """
    return int(measured.get("failed_firms", measured["failed"]))


def too_few_text(failed_firms: int) -> str:
    """The mark with its reason, as part of a sentence."""
    firms = "1 firm" if failed_firms == 1 else f"{failed_firms} firms"
    return f"{TOO_FEW_FAILURES} ({firms} failed, at least {TOO_FEW} are needed)"


def failed_firms_text(failed_firms: int) -> str:
    """The number of failed firms as a cell of a table, with the mark where they are too few."""
    mark = f" ({TOO_FEW_FAILURES})" if too_few_failures(failed_firms) else ""
    return f"{failed_firms:,}{mark}"
