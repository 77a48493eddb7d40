"""A memo as one self-contained page: no script, nothing fetched, English and Chinese, readable on a phone."""

from __future__ import annotations

from supplyrisk.graph.credit import PLACES, memo_label, memo_words, tables_after, words_of
from supplyrisk.services import CheckResult
from supplyrisk.web import memo_frame, memo_views
from supplyrisk.web.memo_chain import chain_drawing
from supplyrisk.web.memo_economics import economics_tables
from supplyrisk.web.pages import render_page

SECTIONS = ("head", *PLACES, "decision", "identity", "queries")
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
    numbers = memo_frame.QueryNumbers.of(memo)
    return render_page(
        "memo/memo.html",
        language=language,
        title=memo.label(memo.shop.firm),
        sections=[name for name in SECTIONS if memo.thin_file is None or name not in OF_THE_DATA],
        result=result,
        memo=memo,
        drawing=chain_drawing(memo),
        frame=memo_frame,
        print_lines=memo_frame.print_lines(result),
        views=memo_views,
        economics_tables=economics_tables,
        query_lines=numbers.lines,
        reference_of=lambda part: numbers.reference(memo, part),
        tables_after=lambda place: tables_after(place, memo.tables),
        texts=memo_words,
        label_of=memo_label,
        words_of=words_of,
    )
