"""Two scores of the same firms: changes of rank and grade, and which one is better where outcomes are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr

from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.evaluation.metrics import (
    METRICS,
    Difference,
    Interval,
    bootstrap,
    compare_draws,
    failed_firms,
    intervals,
    one_sided,
)
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.graph import INSUFFICIENT, UNLISTED, Snapshot
from supplyrisk.graph.schema.few_failures import too_few_failures

Matrix = NDArray[np.float64]
Row = Mapping[str, Any]
TOP = 0.1
"""The riskiest share of firms whose overlap is reported."""


def aligned_scores(old: pa.Table, new: pa.Table) -> list[tuple[Row, Row]]:
    """Return (old row, new row) of every firm that is in both tables of scores, by firm_id."""
    new_rows = {row["firm_id"]: row for row in new.to_pylist()}
    old_rows = sorted(old.to_pylist(), key=lambda row: str(row["firm_id"]))
    return [(row, new_rows[row["firm_id"]]) for row in old_rows if row["firm_id"] in new_rows]


def _with_pds(pairs: Sequence[tuple[Row, Row]]) -> list[tuple[Row, Row]]:
    """The pairs with a PD in both scores; firms in default have none, that of an `insufficient` one does not count."""
    return [(old, new) for old, new in pairs if _has_pd(old) and _has_pd(new)]


def _has_pd(row: Row) -> bool:
    return row["pd"] is not None and row.get("state") != INSUFFICIENT


@dataclass(frozen=True)
class ScoreShift:
    """Changes between two scores, over the firms with a PD in both.

    Parameters
    ----------
    firms: their number.
    rank_correlation: Spearman's; None below three firms or where all PDs are equal.
    mean_pd: of the old and of the new score.
    top_kept: share of the old score's riskiest tenth that is in the new one's.
    regraded: share of firms whose grade changed.
    """

    firms: int
    rank_correlation: float | None
    mean_pd: list[float | None]
    top_kept: float | None
    regraded: float | None


@dataclass(frozen=True)
class GradeMigration:
    """Number of firms with an old and a new grade; without one it is "default" or "insufficient"."""

    old: str
    new: str
    firms: int


@dataclass(frozen=True)
class RankChange:
    """Rank (1 is the riskiest), PD and grade of a firm in two scores."""

    firm_id: str
    old_rank: int
    new_rank: int
    old_pd: float
    new_pd: float
    old_grade: str
    new_grade: str


@dataclass(frozen=True)
class PairedComparison:
    """Metrics of two models on the same rows, with intervals, and their differences by a paired bootstrap of firms.

    as_of: the dates of the rows. failed: rows with a failure; failed_firms: different firms among them.
    """

    as_of: list[str]
    rows: int
    failed: int
    failed_firms: int
    too_few_failures: bool
    old: Mapping[str, Interval]
    new: Mapping[str, Interval]
    new_minus_old: Mapping[str, Difference]


def score_shift(pairs: Sequence[tuple[Row, Row]]) -> ScoreShift:
    """Summarise the changes between two scores."""
    scored = _with_pds(pairs)
    old_pd = np.array([old["pd"] for old, _ in scored], dtype=float)
    new_pd = np.array([new["pd"] for _, new in scored], dtype=float)
    # Ranks of a constant are undefined.
    ranked = len(scored) > 2 and min(np.ptp(old_pd), np.ptp(new_pd)) > 0
    size = max(1, round(TOP * len(scored)))
    old_top, new_top = (set(np.argsort(-p, kind="stable")[:size].tolist()) for p in (old_pd, new_pd))
    return ScoreShift(
        firms=len(scored),
        rank_correlation=float(spearmanr(old_pd, new_pd).statistic) if ranked else None,
        mean_pd=[float(p.mean()) if scored else None for p in (old_pd, new_pd)],
        top_kept=len(old_top & new_top) / size if scored else None,
        regraded=float(np.mean([a["grade"] != b["grade"] for a, b in scored])) if scored else None,
    )


def grade_migration(pairs: Sequence[tuple[Row, Row]]) -> list[GradeMigration]:
    """Count the firms by old and new grade; firms that are unlisted in both scores do not count."""
    moves = (tuple(map(_grade_of, pair)) for pair in pairs)
    count = Counter(move for move in moves if set(move) != {UNLISTED})
    return [GradeMigration(old, new, firms) for (old, new), firms in sorted(count.items())]


def _grade_of(row: Row) -> str:
    """The grade of a score, or the state of a firm that has none; files of scores may lack the column state."""
    if _has_pd(row):
        return str(row["grade"])
    state = row.get("state")
    return str(state) if state in (UNLISTED, INSUFFICIENT) else "default"


def rank_changes(pairs: Sequence[tuple[Row, Row]]) -> list[RankChange]:
    """Return the changes of every firm with a PD in both scores, largest changes of rank first."""
    scored = _with_pds(pairs)
    if not scored:
        return []
    old_rank = rankdata([-old["pd"] for old, _ in scored], method="min").astype(int)
    new_rank = rankdata([-new["pd"] for _, new in scored], method="min").astype(int)
    rows = [
        RankChange(a["firm_id"], int(i), int(j), a["pd"], b["pd"], a["grade"], b["grade"])
        for (a, b), i, j in zip(scored, old_rank, new_rank, strict=True)
    ]
    return sorted(rows, key=lambda change: (-abs(change.new_rank - change.old_rank), change.firm_id))


def paired_comparison(
    old: RiskModel, new: RiskModel, snapshots: Sequence[Snapshot], draws: int = 1000
) -> PairedComparison | None:
    """Compute both models' metrics on the same rows, and new minus old by a paired bootstrap of firms.

    Each model scores by its champion. None where the rows have only one outcome.
    """
    old_parts: list[Matrix] = []
    new_parts: list[Matrix] = []
    outcomes = []
    firm_ids = []
    for snapshot in snapshots:
        for parts_of_model, model in ((old_parts, old), (new_parts, new)):
            graph, parts = model.parts(snapshot)
            known = ~np.isnan(graph.y)
            hazard = model.calibrations[model.champion].apply(parts.hazard(model.champion))
            parts_of_model.append(pd_of(hazard)[known])
        # Outcomes and ids come from the snapshot, so either model's graph has them.
        outcomes.append(graph.y[known])
        firm_ids.append(np.array(graph.firm_ids, dtype=object).astype(str)[known])
    y = np.concatenate(outcomes)
    if not y.size or one_sided(y):
        return None
    firm = np.unique(np.concatenate(firm_ids), return_inverse=True)[1].astype(np.int64)
    old_pd = np.concatenate(old_parts)
    new_pd = np.concatenate(new_parts)
    old_draws = bootstrap(y, old_pd, firm, draws)
    new_draws = bootstrap(y, new_pd, firm, draws)
    gaps = {
        name: compare_draws(metric(y, new_pd) - metric(y, old_pd), new_draws[name], old_draws[name])
        for name, metric in METRICS.items()
    }
    failed = failed_firms(y, firm)
    return PairedComparison(
        as_of=[str(s.as_of) for s in snapshots],
        rows=len(y),
        failed=int(y.sum()),
        failed_firms=failed,
        too_few_failures=too_few_failures(failed),
        old=intervals(y, old_pd, old_draws),
        new=intervals(y, new_pd, new_draws),
        new_minus_old=gaps,
    )
