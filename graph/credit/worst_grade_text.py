"""The grade and the worst grade that the evidence allows, as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.graph.credit.memo_sentences import memo_words
from supplyrisk.graph.texts.text_files import Words

if TYPE_CHECKING:
    from supplyrisk.graph.credit.score_history import ScoreFigures


def worst_grade_words(score: ScoreFigures) -> Words | None:
    """Return the sentence in both languages; None where the score has no grade.

    "C; with a year of trade or more, no recent statement and known payments not worse than E nine times in ten"
    """
    if score.grade is None:
        return None
    if score.evidence is None:
        return memo_words("worst_grade.unknown", grade=score.grade)
    # The terminal imports this text at its start, and evidence classes bring pyarrow along.
    from supplyrisk.graph.snapshot.evidence_classes import EvidenceClass  # noqa: PLC0415

    evidence = EvidenceClass.of_label(score.evidence)
    return memo_words(
        "worst_grade.none" if score.worst_grade is None else "worst_grade.stated",
        grade=score.grade,
        worst=score.worst_grade,
        history=memo_words(f"worst_grade.history.{evidence.history}"),
        statement=memo_words(f"worst_grade.statement.{_yes(evidence.statement)}"),
        payments=memo_words(f"worst_grade.payments.{_yes(evidence.payments)}"),
    )


def _yes(known: bool) -> str:
    return "yes" if known else "no"
