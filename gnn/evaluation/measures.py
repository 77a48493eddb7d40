"""Figures on the evaluation rows: metrics with intervals and paired tests, calibration, segments, drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import beta

from supplyrisk.gnn.calibration import fit_calibration
from supplyrisk.gnn.data.distribution import BINS, bin_counts, psi_of_counts, quantile_bounds
from supplyrisk.gnn.data.panel import stacked
from supplyrisk.gnn.evaluation.candidates import EvaluationRows, ModelViews
from supplyrisk.gnn.evaluation.evaluation_card import (
    CalibrationBin,
    CalibrationCurve,
    ColumnDrift,
    Segment,
    Standing,
)
from supplyrisk.gnn.evaluation.metrics import (
    METRICS,
    Difference,
    bootstrap,
    compare_draws,
    failed_firms,
    intervals,
    one_sided,
)
from supplyrisk.gnn.evaluation.placebos import SIZES
from supplyrisk.graph.schema.few_failures import too_few_failures

Matrix = NDArray[np.float64]

YEAR = 365.25
AGES = (1, 3, 7)
"""Bounds of the classes of age, in years."""
DEGREES = (1, 3, 6, 11)
"""Bounds of the classes of number of links."""


def standings(rows: EvaluationRows, against: str, draws: int) -> tuple[Standing, ...]:
    """Compute each model's metrics, and its differences to the model `against` by a paired bootstrap of firms.

    Metrics and differences are None where only one outcome occurs; `too_few_failures` marks those that rest on too few
    failed firms.
    """
    few = too_few_failures(failed_firms(rows.y, rows.firm))
    if one_sided(rows.y):
        return tuple(
            Standing(candidate=c, metrics=None, against=None, too_few_failures=few) for c in rows.pds
        )
    drawn = {c: bootstrap(rows.y, p, rows.firm, draws) for c, p in rows.pds.items()}
    return tuple(
        Standing(
            candidate=c,
            metrics=intervals(rows.y, p, drawn[c]),
            against=None if c == against else _differences(rows, c, against, drawn),
            too_few_failures=few,
        )
        for c, p in rows.pds.items()
    )


def _differences(
    rows: EvaluationRows, first: str, second: str, drawn: Mapping[str, Mapping[str, Matrix]]
) -> dict[str, Difference]:
    gaps = {}
    for name, metric in METRICS.items():
        value = metric(rows.y, rows.pds[first]) - metric(rows.y, rows.pds[second])
        gaps[name] = compare_draws(value, drawn[first][name], drawn[second][name])
    return gaps


def difference(rows: EvaluationRows, first: str, second: str, draws: int) -> dict[str, Difference] | None:
    """Compute all metrics of the first model minus those of the second, by a paired bootstrap of firms."""
    if one_sided(rows.y):
        return None
    drawn = {c: bootstrap(rows.y, rows.pds[c], rows.firm, draws) for c in (first, second)}
    return _differences(rows, first, second, drawn)


def calibration(y: Matrix, p: Matrix) -> CalibrationCurve:
    """Compute slope and intercept of log(-log(1 - PD)) (1 and 0 if calibrated), and the calibration curve.

    The curve has equally filled bins, each with the 95 % Jeffreys interval of a binomial share.
    """
    # PDs of 1 have an infinite hazard.
    fitted = fit_calibration(-np.log1p(-np.clip(p, 0, 1 - 1e-12)), y)
    curve = []
    for part in np.array_split(np.argsort(p, kind="stable"), BINS):
        if not part.size:
            continue
        failed = float(y[part].sum())
        low, high = beta.ppf([0.025, 0.975], failed + 0.5, part.size - failed + 0.5)
        mean_pd = float(p[part].mean())
        curve.append(CalibrationBin(int(part.size), mean_pd, failed / part.size, float(low), float(high)))
    return CalibrationCurve(fitted.slope, fitted.intercept, tuple(curve))


def segments(rows: EvaluationRows, champion: str, draws: int) -> tuple[Segment, ...]:
    """Compute the champion's metrics by size, age, region, industry, shop type and degree.

    Metrics are None where too few firms failed, or too few did not.
    """
    p = rows.pds[champion]
    by_segment = []
    for by, names in _classes(rows.views).items():
        for name in sorted(set(names)):
            at = np.array([n == name for n in names])
            y = rows.y[at]
            segment_pd = p[at]
            firm = rows.firm[at]
            failed = failed_firms(y, firm)
            sound = failed_firms(1 - y, firm)
            few = too_few_failures(min(failed, sound))
            by_segment.append(
                Segment(
                    by=by,
                    value=name,
                    rows=int(at.sum()),
                    failed=int(y.sum()),
                    mean_pd=float(segment_pd.mean()),
                    failed_share=float(y.mean()),
                    failed_firms=failed,
                    too_few_failures=too_few_failures(failed),
                    metrics=None if few else intervals(y, segment_pd, bootstrap(y, segment_pd, firm, draws)),
                )
            )
    return tuple(by_segment)


def _classes(views: ModelViews) -> dict[str, list[str]]:
    """By property the class of every row with an outcome; names begin with a number so that they sort."""
    columns = views.snapshots[0].firms.column_names
    size = next((_numbers(views, n) for n in SIZES if n in columns), None)
    classes = {} if size is None else {"size": _thirds(size)}
    if "age_days" in columns:
        classes["age"] = _banded(_numbers(views, "age_days") / YEAR, AGES, "years")
    for column in ("region", "industry", "shop_type"):
        values = [v for s in views.snapshots for v in s.firms.column(column).to_pylist()]
        words = ["not known" if v is None else str(v) for v in values]
        if len(set(words)) > 1:
            classes[column.replace("_", " ")] = [
                word for word, used in zip(words, views.has_outcome, strict=True) if used
            ]
    degree = np.concatenate([g.neighbours.counts.values.sum(1) for g in views.graphs])[views.has_outcome]
    return classes | {"degree": _banded(degree, DEGREES, "links")}


def _numbers(views: ModelViews, name: str) -> Matrix:
    columns = [s.firms.column(name).cast(pa.float64()).to_numpy() for s in views.snapshots]
    return np.concatenate(columns).astype(float)[views.has_outcome]


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
    """Compute the population stability index of values; see `psi_of_counts`.

    Bins are tenths of `before`, with equal values in one bin; missing values have a bin of their own.
    """
    bounds = quantile_bounds(before)
    return psi_of_counts(bin_counts(before, bounds), bin_counts(now, bounds))


def drift(
    trained: ModelViews, evaluated: ModelViews, columns: tuple[tuple[str, str], ...]
) -> tuple[ColumnDrift, ...]:
    """Compute the PSI of every own column from the training rows to the evaluated ones, largest first."""
    before = stacked(trained.graphs, "x")
    now = stacked(evaluated.graphs, "x")
    by_column = []
    for i, (feature, word) in enumerate(columns):
        row = ColumnDrift(
            column=f"{feature}={word}" if word else feature,
            psi=psi(before[:, i], now[:, i]),
            missing_before=float(np.isnan(before[:, i]).mean()),
            missing_now=float(np.isnan(now[:, i]).mean()),
        )
        by_column.append(row)
    return tuple(sorted(by_column, key=lambda row: (-row.psi, row.column)))
