"""What is measured on the judged rows: metrics with intervals and paired tests, calibration, segments, drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import beta

from supplyrisk.gnn.calibration import fit_calibration
from supplyrisk.gnn.data.panel import stacked
from supplyrisk.gnn.evaluation.candidates import EvaluationRows, ModelViews
from supplyrisk.gnn.evaluation.metrics import METRICS, bootstrap, compare_draws, intervals, one_sided
from supplyrisk.gnn.evaluation.placebos import SIZES

Matrix = NDArray[np.float64]
Found = dict[str, Any]

BINS = 10
"""Equally filled bins of the calibration curve and of the PSI."""
MIN_FAILED = 10
"""A segment with fewer failed or fewer sound rows is counted, but not ranked."""
YEAR = 365.25
AGES, DEGREES = (1, 3, 7), (1, 3, 6, 11)
"""Bounds of the classes of age in years and of number of links."""


def standings(judged: EvaluationRows, against: str, draws: int) -> list[Found]:
    """Each contender's metrics, and its differences to `against` by paired bootstrap of firms; null if undefined."""
    if one_sided(judged.y):
        return [{"contender": c, "metrics": None, "against": None} for c in judged.pds]
    drawn = {c: bootstrap(judged.y, p, draws, firms=judged.firm) for c, p in judged.pds.items()}
    found = []
    for c, p in judged.pds.items():
        values = intervals(judged.y, p, drawn[c])
        gaps = None if c == against else _against(judged, (c, against), drawn)
        found.append({"contender": c, "metrics": values, "against": gaps})
    return found


def _against(
    judged: EvaluationRows, pair: tuple[str, str], drawn: Mapping[str, Mapping[str, Matrix]]
) -> Found:
    one, other = pair
    gaps = {}
    for name, metric in METRICS.items():
        value = metric(judged.y, judged.pds[one]) - metric(judged.y, judged.pds[other])
        gaps[name] = compare_draws(value, drawn[one][name], drawn[other][name])
    return gaps


def difference(judged: EvaluationRows, one: str, other: str, draws: int) -> Found | None:
    """All metrics of one minus those of the other, by paired bootstrap of firms."""
    if one_sided(judged.y):
        return None
    pair = (one, other)
    drawn = {c: bootstrap(judged.y, judged.pds[c], draws, firms=judged.firm) for c in pair}
    return _against(judged, pair, drawn)


def calibration(y: Matrix, p: Matrix) -> Found:
    """Slope and intercept of log(-log(1 - PD)), 1 and 0 where it holds, and the curve in equally filled bins.

    A bin's interval is that of a binomial share (Jeffreys, 95 %).
    """
    fitted = fit_calibration(-np.log1p(-np.clip(p, 0, 1 - 1e-12)), y)
    curve = []
    for part in np.array_split(np.argsort(p, kind="stable"), BINS):
        if not part.size:
            continue
        bad = float(y[part].sum())
        low, high = beta.ppf([0.025, 0.975], bad + 0.5, part.size - bad + 0.5)
        curve.append(
            {
                "rows": int(part.size),
                "mean_pd": float(p[part].mean()),
                "failed_share": bad / part.size,
                "low": float(low),
                "high": float(high),
            }
        )
    return {"slope": fitted.slope, "intercept": fitted.intercept, "curve": curve}


def segments(judged: EvaluationRows, champion: str, draws: int) -> list[Found]:
    """The champion by size, age, region, industry, shop type and degree; ranked where enough failed."""
    p = judged.pds[champion]
    found = []
    for by, names in _classes(judged.views).items():
        for name in sorted(set(names)):
            at = np.array([n == name for n in names])
            y, mine = judged.y[at], p[at]
            row = {"by": by, "value": name, "rows": int(at.sum()), "failed": int(y.sum())}
            row |= {"mean_pd": float(mine.mean()), "failed_share": float(y.mean())}
            few = min(y.sum(), (1 - y).sum()) < MIN_FAILED
            firm = np.unique(judged.firm[at], return_inverse=True)[1]
            drawn = None if few else bootstrap(y, mine, draws, firms=firm)
            metrics = None if drawn is None else intervals(y, mine, drawn)
            found.append(row | {"metrics": metrics})
    return found


def _classes(seen: ModelViews) -> dict[str, list[str]]:
    """Names of the classes of every judged row."""
    size = next((_numbers(seen, n) for n in SIZES if n in seen.snapshots[0].firms.column_names), None)
    found = {} if size is None else {"size": _thirds(size)}
    if "age_days" in seen.snapshots[0].firms.column_names:
        found["age"] = _banded(_numbers(seen, "age_days") / YEAR, AGES, "years")
    for column in ("region", "industry", "shop_type"):
        values = [v for s in seen.snapshots for v in s.firms.column(column).to_pylist()]
        words = ["not known" if v is None else str(v) for v in values]
        if len(set(words)) > 1:
            found[column.replace("_", " ")] = [
                w for w, kept in zip(words, seen.has_outcome, strict=True) if kept
            ]
    degree = np.concatenate([g.neighbours.counts.values.sum(1) for g in seen.graphs])[seen.has_outcome]
    return found | {"degree": _banded(degree, DEGREES, "links")}


def _numbers(seen: ModelViews, name: str) -> Matrix:
    columns = [s.firms.column(name).cast(pa.float64()).to_numpy() for s in seen.snapshots]
    return np.concatenate(columns).astype(float)[seen.has_outcome]


def _thirds(size: Matrix) -> list[str]:
    known = size[~np.isnan(size)]
    bounds = np.quantile(known, [1 / 3, 2 / 3]) if known.size else np.zeros(2)
    names = ("1 smallest third", "2 middle third", "3 largest third")
    return ["not known" if np.isnan(v) else names[int(np.searchsorted(bounds, v))] for v in size]


def _banded(values: Matrix, bounds: Sequence[int], unit: str) -> list[str]:
    names = [f"under {bounds[0]} {unit}"]
    names += [f"{a} to under {b} {unit}" for a, b in pairwise(bounds)]
    names.append(f"{bounds[-1]} {unit} or more")
    numbered = [f"{i} {name}" for i, name in enumerate(names, 1)]
    return [
        "not known" if np.isnan(v) else numbered[int(np.searchsorted(bounds, v, "right"))] for v in values
    ]


def psi(before: Matrix, now: Matrix) -> float:
    """Population stability index: sum over bins of (q - p) ln(q / p), p and q the shares before and now.

    Bins are tenths of `before`, equal values together; missing is a bin of its own. Half a row is added to every
    bin, so that an empty one does not make it infinite. Below .1 is called stable, above .25 shifted.
    """
    known = before[~np.isnan(before)]
    bounds = (
        np.unique(np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf"))
        if known.size
        else np.empty(0)
    )
    shares = []
    for values in (before, now):
        at = np.where(np.isnan(values), len(bounds) + 1, np.searchsorted(bounds, values, "left"))
        count = np.bincount(at, minlength=len(bounds) + 2) + 0.5
        shares.append(count / count.sum())
    p, q = shares
    return float(((q - p) * np.log(q / p)).sum())


def drift(trained: ModelViews, judged: ModelViews, columns: tuple[tuple[str, str], ...]) -> list[Found]:
    """PSI of every column of the firms' own data, from the rows that were learned on to those judged; largest first."""
    before, now = stacked(trained.graphs, "x"), stacked(judged.graphs, "x")
    found = []
    for i, (feature, word) in enumerate(columns):
        missing = [float(np.isnan(x[:, i]).mean()) for x in (before, now)]
        named = f"{feature}={word}" if word else feature
        row = {"column": named, "psi": psi(before[:, i], now[:, i])}
        found.append(row | {"missing_before": missing[0], "missing_now": missing[1]})
    return sorted(found, key=lambda r: (-float(str(r["psi"])), str(r["column"])))
