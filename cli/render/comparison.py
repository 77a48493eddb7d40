"""Comparisons on the terminal: the models of a workspace, changes of rank, and the migration of grades."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from supplyrisk.cli.render.pd_headings import pd_heading
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.graph.credit import CAUSES, UNSEPARATED
from supplyrisk.graph.schema.few_failures import failed_firms_text
from supplyrisk.graph.texts.figures import per_hundred

if TYPE_CHECKING:
    from supplyrisk.services import CompareResult, ScoreChange, StoredModel

TOP = 20
"""Rows that are shown unless --top says otherwise."""
HASH_LENGTH = 8
"""Characters of a content hash that are shown."""
MODEL_COLUMNS = (
    "name",
    "role",
    "scored by",
    "data",
    "horizon days",
    "members",
    "seed",
    "context",
    "slice",
    "AUC",
    "PR-AUC",
    "Brier",
    "failed firms",
)


def show_models(models: Sequence[StoredModel]) -> None:
    """A row per model on stdout."""
    rows = [
        (
            model.name,
            model.role,
            model.scored_by,
            ", ".join(content_hash[:HASH_LENGTH] for content_hash in model.data),
            model.horizon_days,
            model.members,
            model.seed,
            model.context,
            model.slice,
            model.auc,
            model.pr_auc,
            model.brier,
            failed_firms_text(model.failed_firms),
        )
        for model in models
    ]
    show_table(MODEL_COLUMNS, rows, title="models")


def show_comparison(result: CompareResult, top: int | None) -> None:
    """The firms whose rank changed most, and the migration of grades, on stdout."""
    rows = [_change_row(row) for row in result.rows[: top or TOP]]
    days = result.horizon_days
    pds = (pd_heading(days), pd_heading(days, "new PD"))
    columns = ("firm", "rank", "new rank", *pds, "grade", "new grade", "cause of the change, PD %")
    show_table(columns, rows, title="largest changes of rank")
    show_text("")
    grades = sorted({grade for cell in result.migration for grade in (cell.old, cell.new)})
    firms = {(cell.old, cell.new): cell.firms for cell in result.migration}
    matrix = [(old, *(firms.get((old, new), 0) for new in grades)) for old in grades]
    show_table(("from grade, to", *grades), matrix, title="grade migration, firms")


def _change_row(row: ScoreChange) -> tuple[object, ...]:
    ranks = row.ranks
    causes = row.causes
    return (
        ranks.firm_id,
        ranks.old_rank,
        ranks.new_rank,
        per_hundred(ranks.old_pd),
        per_hundred(ranks.new_pd),
        ranks.old_grade,
        ranks.new_grade,
        ", ".join(
            f"{_cause_text(cause)} {per_hundred(causes[cause], signed=True)}"
            for cause in CAUSES
            if causes.get(cause)
        ),
    )


def _cause_text(cause: str) -> str:
    return "not attributable" if cause == UNSEPARATED else cause
