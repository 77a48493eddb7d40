"""A replayed check on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.graph import to_json

if TYPE_CHECKING:
    from supplyrisk import services

WIDTH = 60
"""Characters of a value that are shown; --json has all of them."""


def show_replay(result: services.ReplayResult) -> None:
    """One line where the memos are the same, else a row per value that differs."""
    if result.identical:
        show_text(
            f"identical: entry {result.entry}, the memo of {result.shop}, computed again from {result.files} kept files"
        )
        return
    rows = [(d.place, _shortened(d.recorded), _shortened(d.replayed)) for d in result.differences]
    show_table(("value", "recorded", "replayed"), rows, title=f"entry {result.entry}")


def _shortened(value: object) -> str:
    text = value if isinstance(value, str) else to_json(value)
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
