"""A memo as one self-contained page: no script, nothing fetched, English and Chinese, readable on a phone."""

from __future__ import annotations

from collections.abc import Iterable

from supplyrisk.graph.credit import QueryRecord, days_label, memo_label, memo_words, words_of
from supplyrisk.services import CheckResult, query_line
from supplyrisk.web import memo_views
from supplyrisk.web.memo_chain import chain_drawing
from supplyrisk.web.memo_economics import economics_tables
from supplyrisk.web.pages import render_page

SECTIONS = ("head", "conclusion", "shop", "risk", "chain", "loss", "limit", "economics", "tables", "queries")
"""Sections of the page in their order; each has its template in `templates/memo`."""
OF_THE_DATA = ("chain", "queries")
"""Sections that a shop has only if it is in the data."""


def render_memo(result: CheckResult, language: str = "en") -> str:
    """Return the page of a memo as HTML.

    Parameters
    ----------
    result: the memo; of a stored document, `CheckResult.from_json(document)`.
    language: in which the page opens, "en" (default) or "zh"; a box at its top changes it.
    """
    memo = result.memo.sections
    return render_page(
        "memo/memo.html",
        language=language,
        title=f"{memo.shop.firm} {memo.shop.name or ''}".strip(),
        sections=[name for name in SECTIONS if memo.thin_file is None or name not in OF_THE_DATA],
        about=result.memo,
        memo=memo,
        drawing=chain_drawing(memo),
        views=memo_views,
        economics_tables=economics_tables,
        command_lines=_command_lines,
        texts=memo_words,
        label_of=memo_label,
        days_label=days_label,
        words_of=words_of,
    )


def _command_lines(queries: Iterable[QueryRecord | None]) -> list[str]:
    """Return the commands that repeat some queries of the memo, each once."""
    return list(dict.fromkeys(query_line(query.name, query.params) for query in queries if query))
