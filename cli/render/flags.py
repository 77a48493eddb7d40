"""Flags on the terminal: a row per flag, the strongest first, and the temporary dips of a shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_lines, show_section
from supplyrisk.graph import read_texts
from supplyrisk.graph.texts.figures import percent

if TYPE_CHECKING:
    from supplyrisk.services import FlagsResult

MAX_FLAGS = 50
"""Rows that are shown."""
_COLUMNS = ("firm", "kind", "first_on", "last_on", "strength", "expires_on")


def show_flags(result: FlagsResult, lang: str) -> None:
    """Print the flags on stdout."""
    texts = read_texts("supplyrisk.graph.texts", "flags", lang)
    rows = result.flags.sort_by([("strength", "descending"), ("firm_id", "ascending"), ("kind", "ascending")])
    if rows.num_rows == 0:
        show_lines(texts["phrase.none"].format(day=result.as_of))
    else:
        names = {text.kind: text.name.in_language(lang) for text in result.texts}
        cells = [
            (
                row["firm_id"],
                names[row["kind"]],
                row["first_on"],
                row["last_on"],
                percent(row["strength"], 0),
                row["expires_on"],
            )
            for row in rows.slice(0, MAX_FLAGS).to_pylist()
        ]
        title = texts["phrase.all"].format(day=result.as_of, count=rows.num_rows)
        show_section(tuple(texts[f"heading.{name}"] for name in _COLUMNS), cells, title=title)
    if result.firm_id is not None:
        for dip in result.dips.to_pylist():
            cause = texts[f"phrase.{dip['cause']}"]
            show_lines(texts["phrase.dip"].format(first=dip["began_on"], cause=cause))
