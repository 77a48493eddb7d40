"""What the margins for missing data do to a grade, as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.graph.credit.memo_sentences import memo_words
from supplyrisk.graph.texts.figures import count, is_one
from supplyrisk.graph.texts.text_files import Words

if TYPE_CHECKING:
    from supplyrisk.graph.credit.score_history import ScoreFigures


def margin_words(score: ScoreFigures) -> Words | None:
    """Return the sentence in both languages; None where nothing is missing, or the score has no grade.

    "one grade lower than by the PD alone (C): no statement"
    """
    if score.grade is None or score.pd_grade is None or not score.margin_for:
        return None
    missing = _listed([_missing(code) for code in score.margin_for.split("|")])
    steps = ord(score.grade) - ord(score.pd_grade)
    if steps == 0:
        return memo_words("margin.same", missing=missing)
    lower = memo_words("margin.one" if is_one(steps) else "margin.several", steps=count(steps))
    return memo_words("margin.lower", lower=lower, pd_grade=score.pd_grade, missing=missing)


def _missing(code: str) -> Words:
    source, state = code.rsplit("_", 1)
    return memo_words(f"margin.state.{state}", source=memo_words(f"margin.source.{source}"))


def _listed(items: list[Words]) -> Words:
    return Words(", ".join(item.en for item in items), "、".join(item.zh for item in items))
