"""What a shop's score, limit and need would be if its own rows were others: computed on a copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from supplyrisk import gnn
from supplyrisk.graph import (
    DataError,
    RequestError,
    Tables,
    Words,
    Workspace,
    last_day_of,
    spare_pandas,
)
from supplyrisk.graph.credit import LoanRequest, Policy, read_policy
from supplyrisk.graph.merchant.what_if import (
    ChangePlan,
    RowStage,
    ShopRows,
    change_words,
    read_change_plan,
    row_stages,
    what_if_words,
)
from supplyrisk.graph.schema import defaults
from supplyrisk.services.check import ORDER
from supplyrisk.services.day_snapshot import late_note
from supplyrisk.services.documents import Document, about_scores, document
from supplyrisk.services.explain import find_firm, merged_note
from supplyrisk.services.letter_basis import stored_base_rate
from supplyrisk.services.model_inputs import load_model, require_real_model
from supplyrisk.services.progress import JobProgress, silent
from supplyrisk.services.score import basis_notes
from supplyrisk.services.what_if_document import WhatIf, WhatIfLimit, WhatIfNeed, WhatIfState, WhatIfStep
from supplyrisk.services.what_if_limit import policy_limit
from supplyrisk.services.what_if_need import financing_need
from supplyrisk.services.what_if_scoring import ScoredCopy, WhatIfScorer, difference, has_ranges


@dataclass(frozen=True)
class WhatIfResult:
    """A what-if, the scores before that it rests on, and what its reader has to know."""

    what_if: WhatIf
    scores: gnn.Scores
    notes: tuple[Words, ...]

    def to_json(self) -> Document:
        """The what-if as a JSON document with one row."""
        return document("what-if", [self.what_if], about=about_scores(self.scores), notes=self.notes)


def what_if(
    workspace: Workspace,
    shop: str,
    changes: Path | ChangePlan,
    *,
    amount: float = defaults.WHAT_IF_AMOUNT,
    days: int = defaults.WHAT_IF_DAYS,
    product: str = ORDER,
    lender: str | None = None,
    other_debt: float | None = None,
    need: bool = True,
    partners_fixed: bool = False,
    as_of: date | None = None,
    model: str | Path | None = None,
    use: str | None = None,
    policy: Path | None = None,
    grade_bounds: Sequence[float] = defaults.GRADE_BOUNDS,
    beyond_days: int = defaults.BEYOND_DAYS,
    device: str = defaults.DEVICE,
    allow_synthetic_model: bool = False,
    progress: JobProgress = silent,
) -> WhatIfResult:
    """Compute a shop's score, limit and need before and after changes of its own rows.

    The changes are made on a copy of the shop's rows; features of all firms, scores and limit are computed from it as
    from loaded data. The workspace and its graph are only read.

    Parameters
    ----------
    shop: a firm_id, or a name, ignoring case.
    changes: the change file, or what `parse_change_plan` made of one.
    amount, days, product, lender, other_debt: the loan request for which the limit is computed, as in `check`.
    need: compute the financing need, too; its forecast is fitted anew on the data before and after.
    partners_fixed: use nothing of other firms but that the shop trades with them. The result is then the same whatever
        their data and PDs are, and has neither a PD nor a limit nor a need.
    policy: a policy file; None: the shipped policy.
    Other parameters are as in `score`.

    Raises
    ------
    RequestError: no firm, or several, of that name, one that is not scored, or a request out of range. DataError: a
    faulty change file, changes without rows to act on, undated data. Others as in `score` and `check`.
    """
    spare_pandas()
    plan = changes if isinstance(changes, ChangePlan) else read_change_plan(changes)
    rules = read_policy(policy)
    request = LoanRequest(amount, days, product, lender=lender, other_debt=other_debt)
    if faults := request.faults():
        raise RequestError("; ".join(faults))
    tables = workspace.tables()
    workspace.model_path(model)
    day = _day(tables, as_of)
    late = late_note(tables, as_of, beyond_days)
    firms = _listed_firms(tables)
    number = find_firm(shop, firms, tables.info.merged)
    firm = str(firms["firm_id"][number].as_py())
    if firms["unlisted"][number].as_py():
        raise RequestError(
            f"{firm} is unlisted: only known as a partner of others, and not scored", "a scored firm"
        )
    progress("changing rows")
    rows = ShopRows.of(tables, firm, day, alone=partners_fixed)
    stages = row_stages(rows, plan.change, day)
    loaded = load_model(workspace, model, device)
    require_real_model(loaded, tables.info, allow_synthetic_model)
    candidate = loaded.candidate(use)
    base_rate = stored_base_rate(workspace, day, f"{loaded.name}/{candidate}")
    scorer = WhatIfScorer(
        workspace, loaded, candidate, base_rate, day, tuple(grade_bounds), firm, partners_fixed
    )
    progress("scoring")
    copies = _scored_copies(scorer, rows, stages)
    limits: list[WhatIfLimit | None] = [None, None]
    if not partners_fixed:
        progress("computing limits")
        limits = _limits(workspace, workspace.model_path(model), copies, request, rules)
    needs, need_note = _needs(
        copies, firm, day, partners_fixed=partners_fixed, computed=need, progress=progress
    )
    result = WhatIf(
        firm=firm,
        name=firms["name"][number].as_py(),
        as_of=day,
        horizon_days=copies[0].scores.horizon_days,
        currency=tables.info.currency,
        partners_fixed=partners_fixed,
        before=WhatIfState(copies[0].score(), limits[0], needs[0]),
        after=WhatIfState(copies[-1].score(), limits[1], needs[1]),
        steps=_steps(stages, copies, tables.info.currency),
        features=scorer.changed_features(copies[0], copies[-1]),
        limit_note=what_if_words("text.no_limit_alone") if partners_fixed else None,
        need_note=need_note,
    )
    about_data = (*merged_note(shop, tables.info.merged), *late)
    return WhatIfResult(result, copies[0].scores, _notes(result, copies[0], about_data))


def _day(tables: Tables, as_of: date | None) -> date:
    """The day of the score."""
    day = as_of or last_day_of(tables)
    if tables.info.undated or day is None:
        raise DataError(
            "the data are undated", "dated data, since changes are of the last days", "load dated data"
        )
    return day


def _listed_firms(tables: Tables) -> pa.Table:
    """firm_id, name and unlisted of all firms."""
    with tables.connect() as con:
        return con.sql("SELECT firm_id, name, unlisted FROM firms").to_arrow_table()


def _scored_copies(scorer: WhatIfScorer, rows: ShopRows, stages: Sequence[RowStage]) -> list[ScoredCopy]:
    """The data as they are, and after each change, with their scores."""
    copies = [scorer.scored(rows.to_tables())]
    for number, stage in enumerate(stages, 1):
        label = "\n".join(repr(earlier.change) for earlier in stages[:number])
        copies.append(scorer.scored(stage.rows.to_tables(label)))
    return copies


def _limits(
    workspace: Workspace,
    model_folder: Path,
    copies: Sequence[ScoredCopy],
    request: LoanRequest,
    policy: Policy,
) -> list[WhatIfLimit | None]:
    """The limits before and after all changes; None in default, where there is no score to check."""
    ends = [copies[0], copies[-1]]
    if ends[0] is ends[1]:
        ends = ends[:1]
    limits = [policy_limit(copy, workspace, model_folder, request, policy) for copy in ends]
    return [limits[0], limits[-1]]


def _needs(
    copies: Sequence[ScoredCopy],
    firm: str,
    day: date,
    *,
    partners_fixed: bool,
    computed: bool,
    progress: JobProgress,
) -> tuple[list[WhatIfNeed | None], Words | None]:
    """The needs before and after all changes, and why there are none."""
    if partners_fixed or not computed:
        key = "text.no_need_alone" if partners_fixed else "text.need_left_out"
        return [None, None], what_if_words(key)
    progress("forecasting cash")
    ends = [copies[0]] if len(copies) == 1 else [copies[0], copies[-1]]
    needs = [financing_need(copy.tables, firm, day) for copy in ends]
    stated = [need if isinstance(need, WhatIfNeed) else None for need in needs]
    reasons = [need for need in needs if isinstance(need, Words)]
    return [stated[0], stated[-1]], reasons[0] if reasons else None


def _steps(
    stages: Sequence[RowStage], copies: Sequence[ScoredCopy], currency: str | None
) -> tuple[WhatIfStep, ...]:
    """What each change adds to those before it."""
    scores = [copy.score() for copy in copies]
    return tuple(
        WhatIfStep(
            number=number,
            kind=stage.change.do,
            text=change_words(stage.change, currency),
            rows=stage.count,
            points=after.points,
            points_change=difference(before.points, after.points),
            pd=after.pd,
            pd_change=difference(before.pd, after.pd),
        )
        for number, (stage, before, after) in enumerate(zip(stages, scores, scores[1:], strict=False), 1)
    )


def _notes(result: WhatIf, before: ScoredCopy, about_data: Sequence[str]) -> tuple[Words, ...]:
    """What a reader has to know beside the result."""
    if result.partners_fixed:
        # Notes on the data as a whole depend on other firms.
        notes = [what_if_words("text.alone")]
    else:
        texts = [*about_data, *basis_notes(before.scores, before.scorer.model)]
        notes = [Words(text, text) for text in texts]
    notes.append(what_if_words("text.promise"))
    if not has_ranges(before.scorer.model, result.features):
        notes.append(what_if_words("text.no_ranges"))
    return tuple(notes)
