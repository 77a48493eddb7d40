"""Compare two models or two stored scores, firm by firm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from supplyrisk.gnn import evaluation
from supplyrisk.graph import RequestError, Workspace
from supplyrisk.graph.credit import UNSEPARATED
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.expert_mark import EXPERT_NOTE
from supplyrisk.graph.schema.few_failures import too_few_text
from supplyrisk.graph.texts.figures import percent
from supplyrisk.services.compared_scores import (
    ComparedScores,
    changes_by_cause,
    check_horizons,
    compared_models,
    scores_file,
    stored_scores,
)
from supplyrisk.services.documents import Document, document
from supplyrisk.services.progress import JobProgress, silent
from supplyrisk.services.synthetic_model import synthetic_model_note

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ScoreChange:
    """The change of one firm's score, and the change of its PD by cause; no causes where they are not attributable."""

    ranks: evaluation.RankChange
    causes: Mapping[str, float]

    def to_json(self) -> Document:
        """The change as one flat row."""
        return asdict(self.ranks) | dict(self.causes)


@dataclass(frozen=True)
class CompareResult:
    """What changed from the old to the new.

    horizon_days: days of all PDs, None where neither states them. rows: rank, PD, grade and causes of the change of
    each firm with a PD in both, largest change of rank first. shift: correlation of ranks, mean PDs, share of changed
    grades. migration: firms by old and new grade. outcome: both models' metrics where outcomes are known that neither
    has seen, else None. expert: whether the old and the new scores are by an expert scorecard. synthetic_model: whether
    one of the two was scored by a model trained on synthetic data. verdict: the comparison in words.
    """

    old: str
    new: str
    horizon_days: int | None
    rows: tuple[ScoreChange, ...]
    shift: evaluation.ScoreShift
    migration: tuple[evaluation.GradeMigration, ...]
    outcome: evaluation.PairedComparison | None
    expert: tuple[bool, bool]
    synthetic_model: bool
    verdict: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """A row per firm."""
        frame: pd.DataFrame = pa.Table.from_pylist([row.to_json() for row in self.rows]).to_pandas()
        return frame

    def to_json(self, top: int | None = None) -> Document:
        """The comparison as a JSON document; top: rows at most."""
        about: Document = {
            "synthetic_model": self.synthetic_model,
            "old": self.old,
            "new": self.new,
            "horizon_days": self.horizon_days,
            "expert": self.expert,
            "shift": self.shift,
            "migration": self.migration,
        }
        return document(
            "compare",
            [row.to_json() for row in self.rows[:top]],
            about=about,
            outcome=self.outcome,
            verdict=self.verdict,
        )


def compare(
    workspace: Workspace,
    old: str,
    new: str,
    *,
    promote: bool = False,
    grade_bounds: Sequence[float] = defaults.GRADE_BOUNDS,
    device: str = defaults.DEVICE,
    allow_synthetic_model: bool = False,
    progress: JobProgress = silent,
) -> CompareResult:
    """Compare two models on the last day of the data, or two stored scores.

    Models are also compared by a paired test on the last day whose outcomes are known, if neither has seen them.

    Parameters
    ----------
    old, new: two models by name or path, or two stored scores: scored days, or Parquet files of `score`.
    promote: make the new model the one that scores wherever no other is named.
    grade_bounds: six increasing PDs, the upper bounds of grades A to F.
    device: "cpu", "cuda" or "auto".
    allow_synthetic_model: let models that were trained on synthetic data score real data, as in `score`.

    Raises
    ------
    RequestError: one is a model and the other scores, they have no firm in common, or their PDs are of different
    outcomes. ModelError: no such model. WorkspaceError: no data.
    """
    old_file = scores_file(workspace, old)
    new_file = scores_file(workspace, new)
    outcome = None
    if old_file is not None and new_file is not None:
        before = stored_scores(old, old_file)
        after = stored_scores(new, new_file)
        check_horizons(before, after)
    elif old_file is not None or new_file is not None:
        raise RequestError(f"one of {old} and {new} is a model, the other stored scores", "two of a kind")
    else:
        models = compared_models(workspace, old, new, device, allow_synthetic_model=allow_synthetic_model)
        progress("scoring with both models")
        before, after = models.scores((old, new), grade_bounds)
        progress("comparing on known outcomes")
        outcome = models.paired_test()
    pairs = evaluation.aligned_scores(before.firms, after.firms)
    if not pairs:
        raise RequestError(f"{old} and {new} have no firm in common", "scores of the same firms")
    causes = changes_by_cause(workspace, before, after, pairs)
    rows = [ScoreChange(c, causes.get(c.firm_id, {})) for c in evaluation.rank_changes(pairs)]
    shift = evaluation.score_shift(pairs)
    verdict = [*_shift_in_words(before, after, shift)]
    verdict += [f"{side.name}: {EXPERT_NOTE}" for side in (before, after) if side.expert]
    if before.model is None:
        verdict += _scorers_in_words(before, after, causes)
    else:
        verdict.append(_outcome_in_words(outcome))
    if promote:
        workspace.promote(new)
        verdict.append(f"{new} is promoted: it scores wherever no model is named")
    migration = evaluation.grade_migration(pairs)
    synthetic_model = before.synthetic_model or after.synthetic_model
    synthetic = workspace.has_data() and workspace.info().synthetic
    verdict += synthetic_model_note(synthetic_model, synthetic)
    return CompareResult(
        old=old,
        new=new,
        horizon_days=before.horizon_days or after.horizon_days,
        rows=tuple(rows),
        shift=shift,
        migration=tuple(migration),
        outcome=outcome,
        expert=(before.expert, after.expert),
        synthetic_model=synthetic_model,
        verdict=tuple(verdict),
    )


def _shift_in_words(old: ComparedScores, new: ComparedScores, shift: evaluation.ScoreShift) -> list[str]:
    lines = [f"{shift.firms:,} firms scored by both ({old.scorer} and {new.scorer})"]
    if shift.firms:
        old_mean, new_mean = shift.mean_pd
        correlation = shift.rank_correlation
        ranks = "rank correlation undefined" if correlation is None else f"rank correlation {correlation:.3f}"
        lines.append(
            f"{ranks}; mean PD {old_mean:.4f} to {new_mean:.4f}; {percent(shift.regraded, 1)} changed grade; "
            f"{percent(shift.top_kept, 0)} of the riskiest tenth remained in it"
        )
    return lines


def _scorers_in_words(
    old: ComparedScores, new: ComparedScores, causes: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """What is known of the models behind two stored scores, and whether the causes can be separated."""
    if old.run is None or new.run is None:
        if old.scorer == new.scorer:
            return ["at least one of the scores notes no run: they are taken to be of one model"]
        separated = False
    elif old.run.scorer == new.run.scorer:
        return []
    else:
        separated = not any(parts[UNSEPARATED] for parts in causes.values())
    if separated:
        return [
            "the scores are of different models: the effects of data and model are separated by the old model's "
            "scores of the new data"
        ]
    return ["the scores are of different models: the effects of data and model cannot be separated"]


def _outcome_in_words(outcome: evaluation.PairedComparison | None) -> str:
    """Which model ranks better where outcomes are known."""
    if outcome is None:
        return "neither model is called better: no outcomes are known that neither of them has seen"
    differences = outcome.new_minus_old
    if outcome.too_few_failures:
        words = f"neither model is called better: {too_few_text(outcome.failed_firms)}"
    elif differences["auc"].low > 0:
        words = "the new model ranks better"
    elif differences["auc"].high < 0:
        words = "the old model ranks better"
    else:
        words = "the models are not significantly different"
    metrics = ", ".join(
        f"{label} {gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}] p {gap.p:.3f}"
        for label, gap in (
            ("AUC", differences["auc"]),
            ("PR-AUC", differences["pr_auc"]),
            ("Brier", differences["brier"]),
        )
    )
    days = ", ".join(outcome.as_of)
    return (
        f"{words}; new minus old on {outcome.rows:,} firms, {outcome.failed:,} failed, as of {days}: "
        f"{metrics}"
    )
