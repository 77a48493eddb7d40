"""Write a letter to a shop: its score, the principal reasons, what would raise it, and the data behind it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from supplyrisk import gnn
from supplyrisk.graph import UNLISTED, DataError, DefaultDefinition, RequestError, Workspace
from supplyrisk.graph.credit import read_policy
from supplyrisk.graph.schema import defaults
from supplyrisk.services.documents import Document, about_scores, document
from supplyrisk.services.explain import find_firm, merged_note
from supplyrisk.services.letter_basis import LetterBasis, kept_basis, scored_book
from supplyrisk.services.letter_decision import RecordedCheck, last_check, recorded_check
from supplyrisk.services.letter_document import ShopLetter
from supplyrisk.services.letter_sources import ShopRow
from supplyrisk.services.letter_writing import LetterCase, write_letter
from supplyrisk.services.progress import JobProgress, silent


@dataclass(frozen=True)
class LetterResult:
    """A letter, the scores of the whole book that it rests on, and what its sender has to know."""

    letter: ShopLetter
    scores: gnn.Scores
    notes: tuple[str, ...]

    def to_json(self) -> Document:
        """The letter as a JSON document with one row."""
        return document("letter", [self.letter], about=about_scores(self.scores))


def letter(
    workspace: Workspace,
    shop: str,
    *,
    entry: int | None = None,
    written_on: date | None = None,
    as_of: date | None = None,
    model: str | Path | None = None,
    use: str | None = None,
    policy: Path | None = None,
    grade_bounds: Sequence[float] = defaults.GRADE_BOUNDS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
    device: str = defaults.DEVICE,
    allow_synthetic_model: bool = False,
    progress: JobProgress = silent,
) -> LetterResult:
    """Write the letter to a shop, in both languages.

    It names no other firm, no PD and no feature that is not permitted. The score is computed anew, as `explain` does;
    what would raise it is rescored by the model, with everything that comes over links held.

    Parameters
    ----------
    shop: a firm_id, or a name, ignoring case.
    entry: number of the check in the audit log, or of a decision on it, that the letter is about. The data, model and
        policy that were kept with it are used, and as_of, model and use are not. None: the last check of the shop, if
        its score is the present one; without one the letter explains the score alone.
    written_on: date of the letter; None: today.
    policy: a policy file, whose `[reasons]` apply; None: the one kept with the entry, else the shipped policy.
    Other parameters are as in `score`.

    Raises
    ------
    RequestError: no firm, or several, of that name, or one that is not scored. DataError: no such entry, one of another
    shop, or a score that has changed since. Others as in `score`.
    """
    check = None if entry is None else recorded_check(workspace, entry)
    bounds = tuple(grade_bounds)
    with ExitStack() as stack:
        basis = LetterBasis(workspace, model, use, as_of, read_policy(policy))
        if check and check.evidence and check.evidence.model:
            basis = stack.enter_context(kept_basis(workspace, check, policy))
        elif check and as_of is None:
            basis = replace(basis, as_of=check.as_of)
        book = scored_book(
            basis,
            bounds=bounds,
            default_definition=default_definition,
            beyond_days=beyond_days,
            device=device,
            allow_synthetic_model=allow_synthetic_model,
            progress=progress,
        )
    firms = book.snapshot.firms
    merged = book.snapshot.info.merged
    number = find_firm(shop, firms, merged)
    scored = book.scores.firm(str(firms["firm_id"][number].as_py()))
    if scored.state == UNLISTED:
        unlisted = f"{scored.firm_id} is unlisted: only known as a partner of others, and not scored"
        raise RequestError(unlisted, "a scored firm")
    check, notes = _matching_check(workspace, scored, check)
    rescoring = gnn.FirmRescoring.of(
        book.model, book.computed, number, use=book.scores.candidate, base_rate=book.base_rate
    )
    written = write_letter(
        ShopRow.of(book.snapshot, number, basis.policy.coverage),
        rescoring,
        scored,
        LetterCase(written_on or _today(), check, basis.policy.reasons, bounds, book.scores.expert),
    )
    return LetterResult(written, book.scores, (*merged_note(shop, merged), *notes, *book.notes))


def _matching_check(
    workspace: Workspace, scored: gnn.ScoredFirm, check: RecordedCheck | None
) -> tuple[RecordedCheck | None, tuple[str, ...]]:
    """The check that the letter is about, if its memo states this score; and a note where it does not."""
    if check is not None:
        if check.firm != scored.firm_id:
            raise DataError(f"entry {check.decision.entry} is of {check.firm}, not of {scored.firm_id}")
        if not check.is_of(scored):
            raise DataError(
                f"the score of {scored.firm_id} on {scored.as_of} is not the one of entry {check.decision.entry}: data "
                "or model have changed since",
                "the score that was decided on",
                "name its model with --model and --use, or leave out --entry to explain the present score",
            )
        return check, ()
    last = last_check(workspace, scored.firm_id)
    if last is None or last.is_of(scored):
        return last, ()
    note = f"entry {last.decision.entry} is about another score of {scored.firm_id}"
    return None, (f"{note}: the letter explains the present one",)


def _today() -> date:
    return datetime.now().astimezone().date()
