"""Pairs of firms that are probably one, and decisions on them, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_table

if TYPE_CHECKING:
    from supplyrisk.cli.talk import Talk
    from supplyrisk.services import AcceptResult, MatchResult

DEFAULT_TOP = 20
_COLUMNS = ("firm", "name", "other firm", "its name", "kind", "probability", "for", "against", "decision")


def show_pairs(result: MatchResult, top: int | None) -> None:
    """The most probable pairs with their evidence."""
    table = result.table()
    rows = [tuple(row.values()) for row in table.slice(0, top or DEFAULT_TOP).to_pylist()]
    show_table(_COLUMNS, rows, title=f"{table.num_rows:,} pairs of {result.matches.firms:,} firms")


def show_decisions(talk: Talk, result: AcceptResult) -> None:
    """The firms that are one by the recorded decisions."""
    show_table(("firm", "listings"), [(group[0], ", ".join(group)) for group in result.groups])
    talk.say(
        f"{len(result.recorded):,} decisions recorded, {len(result.withdrawn):,} withdrawn, "
        f"{len(result.decisions):,} in all; scgraph load applies them"
    )
