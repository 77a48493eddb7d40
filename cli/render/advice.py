"""Advice on the terminal: that of one shop in full, or what all shops are advised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_lines
from supplyrisk.graph import read_texts
from supplyrisk.graph.texts.figures import fill

if TYPE_CHECKING:
    from supplyrisk.services import AdviceResult

TOP = 20
"""Pieces of advice that are shown unless --top says otherwise."""


def show_advice(result: AdviceResult, language: str, top: int | None) -> None:
    """Print the advice on stdout, and of one shop why it has none of the other kinds."""
    texts = read_texts("supplyrisk.graph.texts", "advice", language)
    show_lines(fill(texts["phrase.heading"], day=result.as_of))
    pieces = result.advice if result.firm_id is not None else result.advice[: top or TOP]
    joint = "、" if language == "zh" else ", "
    for piece in pieces:
        words = piece.texts
        show_lines("")
        show_lines(f"{piece.firm_id} {words.title.in_language(language)}")
        for part in (words.text, words.effect, words.refuted_by):
            show_lines(part.in_language(language))
        if piece.products:
            names = joint.join(texts[f"product.{name}"] for name in piece.products)
            show_lines(fill(texts["phrase.products"], products=names))
        show_lines(fill(texts["phrase.valid"], day=piece.valid_until, by=piece.act_by))
    if result.firm_id is not None:
        for entry in result.without:
            kind = texts[f"kind.{entry.kind}"]
            show_lines(fill(texts["phrase.none"], kind=kind, reason=texts[f"reason.{entry.reason}"]))


def advice_counts_line(result: AdviceResult, language: str) -> str:
    """How many shops have advice of each kind."""
    return fill(read_texts("supplyrisk.graph.texts", "advice", language)["phrase.counts"], **result.counts)
