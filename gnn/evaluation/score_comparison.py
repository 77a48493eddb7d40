"""Two scores of the same firms: whose rank and grade changed, and which is better where outcomes are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr

from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.evaluation.metrics import METRICS, bootstrap, compare_draws, intervals, one_sided
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.graph import Snapshot

Matrix = NDArray[np.float64]
Row = Mapping[str, Any]
TOP = 0.1
"""The riskiest share of which it is said how many both name."""


def aligned_scores(old: pa.Table, new: pa.Table) -> list[tuple[Row, Row]]:
    """Both rows of every firm that is in both tables of scores, by firm_id."""
    later = {row["firm_id"]: row for row in new.to_pylist()}
    rows = sorted(old.to_pylist(), key=lambda row: str(row["firm_id"]))
    return [(row, later[row["firm_id"]]) for row in rows if row["firm_id"] in later]


def score_shift(pairs: Sequence[tuple[Row, Row]]) -> dict[str, Any]:
    """What changed between two scores, over the firms with a PD in both.

    rank_correlation (Spearman; null below three firms), mean_pd of both, top_kept: the share of the old one's riskiest
    tenth that is in the new one's, regraded: the share whose grade changed.
    """
    both = [(a, b) for a, b in pairs if a["pd"] is not None and b["pd"] is not None]
    old, new = (np.array([pair[i]["pd"] for pair in both], dtype=float) for i in (0, 1))
    ranked = len(both) > 2 and min(np.ptp(old), np.ptp(new)) > 0
    size = max(1, round(TOP * len(both)))
    tops = [set(np.argsort(-p, kind="stable")[:size].tolist()) for p in (old, new)]
    return {
        "firms": len(both),
        "rank_correlation": float(spearmanr(old, new).statistic) if ranked else None,
        "mean_pd": [float(p.mean()) if both else None for p in (old, new)],
        "top_kept": len(tops[0] & tops[1]) / size if both else None,
        "regraded": float(np.mean([a["grade"] != b["grade"] for a, b in both])) if both else None,
    }


def grade_migration(pairs: Sequence[tuple[Row, Row]]) -> list[dict[str, Any]]:
    """How many firms went from which grade to which; firms in default have the grade "default"."""
    count = Counter(tuple("default" if r["pd"] is None else str(r["grade"]) for r in pair) for pair in pairs)
    return [{"old": a, "new": b, "firms": n} for (a, b), n in sorted(count.items())]


def rank_changes(pairs: Sequence[tuple[Row, Row]]) -> list[dict[str, Any]]:
    """Rank and PD of every firm with a PD in both, 1 being the riskiest; those that moved most come first."""
    both = [(a, b) for a, b in pairs if a["pd"] is not None and b["pd"] is not None]
    if not both:
        return []
    old, new = (rankdata([-pair[i]["pd"] for pair in both], method="min").astype(int) for i in (0, 1))
    rows = [
        {
            "firm_id": a["firm_id"],
            "old_rank": int(i),
            "new_rank": int(j),
            "old_pd": a["pd"],
            "new_pd": b["pd"],
            "old_grade": a["grade"],
            "new_grade": b["grade"],
        }
        for (a, b), i, j in zip(both, old, new, strict=True)
    ]
    return sorted(rows, key=lambda r: (-abs(r["new_rank"] - r["old_rank"]), r["firm_id"]))


def paired_comparison(
    old: RiskModel, new: RiskModel, snapshots: Sequence[Snapshot], draws: int = 1000
) -> dict[str, Any] | None:
    """Both models' metrics on the same rows, and new minus old by paired bootstrap of firms; None if undefined."""
    pds: list[list[Matrix]] = [[], []]
    ys, firms = [], []
    for snapshot in snapshots:
        known = np.empty(0, dtype=bool)
        for found, model in zip(pds, (old, new), strict=True):
            graph, parts = model.parts(snapshot)
            known = ~np.isnan(graph.y)
            hazard = parts.hazard(model.champion)
            found.append(pd_of(model.calibrations[model.champion].apply(hazard))[known])
        ys.append(graph.y[known])
        firms.append(np.array(graph.firm_ids, dtype=object).astype(str)[known])
    y, who = np.concatenate(ys), np.concatenate(firms)
    if not y.size or one_sided(y):
        return None
    firm = np.unique(who, return_inverse=True)[1].astype(np.int64)
    p, q = (np.concatenate(found) for found in pds)
    drawn = [bootstrap(y, score, draws, firms=firm) for score in (p, q)]
    gaps = {
        name: compare_draws(metric(y, q) - metric(y, p), drawn[1][name], drawn[0][name])
        for name, metric in METRICS.items()
    }
    return {
        "as_of": [str(s.as_of) for s in snapshots],
        "rows": len(y),
        "failed": int(y.sum()),
        "old": intervals(y, p, drawn[0]),
        "new": intervals(y, q, drawn[1]),
        "new_minus_old": gaps,
    }
