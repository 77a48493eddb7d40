"""A letter to a shop from its score: which parts it has, and what each of them holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from supplyrisk import gnn
from supplyrisk.graph import INSUFFICIENT
from supplyrisk.graph.credit import ReasonsPolicy
from supplyrisk.services.letter_changes import LetterChanges, letter_changes
from supplyrisk.services.letter_decision import RecordedCheck
from supplyrisk.services.letter_document import DECISION, EXPLANATION, ShopLetter
from supplyrisk.services.letter_reasons import LetterReasons, letter_reasons, reasons_in_default
from supplyrisk.services.letter_sources import ShopRow


@dataclass(frozen=True)
class LetterCase:
    """What a letter is written from beside the score.

    Parameters
    ----------
    written_on: its day.
    check: the loan request that it is about; None: none.
    reasons: what the policy permits.
    bounds: upper PDs of the grades.
    stated: whether the score is by stated rules.
    """

    written_on: date
    check: RecordedCheck | None
    reasons: ReasonsPolicy
    bounds: tuple[float, ...]
    stated: bool


def write_letter(
    row: ShopRow, rescoring: gnn.FirmRescoring, scored: gnn.ScoredFirm, case: LetterCase
) -> ShopLetter:
    """Return the letter to a shop: of a firm in default without a score, of one with too few data what is missing."""
    permitted = case.reasons.permitted
    insufficient = scored.state == INSUFFICIENT
    has_score = scored.pd is not None and not insufficient
    reasons = LetterReasons((), ()) if insufficient else reasons_in_default(permitted)
    changes = LetterChanges()
    if has_score:
        grounds = case.check.grounds if case.check else ()
        reasons = letter_reasons(row, rescoring.contributions(), permitted, grounds)
        changes = letter_changes(row, rescoring, case.bounds, scored.margin or 1.0)
    return ShopLetter(
        kind=INSUFFICIENT if insufficient else DECISION if case.check else EXPLANATION,
        written_on=case.written_on,
        firm=scored.firm_id,
        name=scored.name,
        as_of=scored.as_of,
        points=round(scored.points) if has_score and scored.points is not None else None,
        grade=scored.grade if has_score else None,
        decision=case.check.decision if case.check else None,
        reasons=reasons.principal,
        strengths=reasons.strengths,
        changes=changes.single,
        together=changes.together,
        missing=row.missing() if insufficient else (),
        used=row.used(),
        currency=row.snapshot.info.currency,
        contact=case.reasons.contact,
        synthetic=row.snapshot.info.synthetic,
        stated=case.stated,
    )
