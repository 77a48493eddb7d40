"""Defaults by term in synthetic worlds: predicted by the fitted term structure, by a constant hazard, and observed.

    python tests/bench/bench_terms.py --seeds 5 6 [--firms 1000]

One training per world: the network with two members, as-of dates 15 to 60 days apart, contexts none and lean. All
numbers are those of the deployed model's champion, out of fold by firm, and means over as-of dates; the second table
compares them with a constant hazard by groups of firms, the least risky half first.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from supplyrisk import gnn
from supplyrisk.gnn import training
from supplyrisk.gnn.term_fitting import FollowedRows, TermDefaults, defaults_by_term
from supplyrisk.gnn.term_structure import TermStructure
from supplyrisk.graph import TERMS, DatasetInfo, Snapshot, Tables, build_snapshot
from supplyrisk.loaders.synthetic import synthesize

WEEKS = 156
END = date(2025, 12, 28)
QUANTILES = (0.5, 0.9, 0.98)
"""Of the hazard: between them lie the groups of firms."""
SETTINGS = gnn.TrainingSettings(members=2, step_days=60, device="cpu", contexts=("none", "lean"))

Matrix = NDArray[np.float64]


def main() -> None:
    """Print a table per world."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", nargs="+", type=int, required=True)
    parser.add_argument("--firms", type=int, default=1000)
    asked = parser.parse_args()
    for seed in asked.seeds:
        examine(seed, asked.firms)


def examine(seed: int, firms: int) -> None:
    """Train on one world and print its defaults by term."""
    panels: list[tuple[FollowedRows, Matrix]] = []

    def recording(rows: FollowedRows, hazard: Matrix, draws: int, seed: int = 0) -> list[TermDefaults]:
        panels.append((rows, hazard))
        return defaults_by_term(rows, hazard, draws, seed)

    training.defaults_by_term = recording  # type: ignore[assignment]
    model = gnn.train(f"world {seed}", splits_of(world(seed, firms)), SETTINGS)
    terms = model.terms[model.champion]
    print(f"world {seed}, {model.champion}: k0 {terms.k0:.3f}, k1 {terms.k1:.3f}, g0 {terms.base_hazard:.4f}")
    for row in model.card["terms"]["defaults"]:  # type: ignore[index]
        print(
            f"{row['days']} days: {row['dates']} dates, {row['failed_firms']} failed firms, expected "
            f"{row['expected']:.1f}, observed {row['observed']:.1f} [{row['low']:.1f}, {row['high']:.1f}]"
        )
    # The tested model is fitted first, the deployed one last.
    print_groups(*panels[-1])


def print_groups(rows: FollowedRows, hazard: Matrix) -> None:
    """Print defaults by term and group, means over as-of dates, and the log likelihood gained on a constant hazard."""
    held_out = rows.cross_fitted(hazard)
    constant = TermStructure.constant(rows.horizon_days)
    for days in (*TERMS, 720):
        seen = rows.observed_over(days)
        pd = np.zeros(len(hazard))
        for fold in held_out:
            pd[fold.inside] = fold.terms.pd(hazard[fold.inside], days)
        flat = constant.pd(hazard, days)
        failed = rows.failed_after <= days
        group = np.digitize(hazard, np.quantile(hazard[seen], QUANTILES))
        dates = len(np.unique(rows.days_left[seen]))
        for number in range(len(QUANTILES) + 1):
            inside = seen & (group == number)
            fitted, steady, observed = (float(x[inside].sum() / dates) for x in (pd, flat, failed))
            print(
                f"{days} days, group {number}: {fitted:.2f} fitted, {steady:.2f} constant, {observed:.2f} observed"
            )
        gain = np.where(failed, np.log(pd / flat), np.log1p(-pd) - np.log1p(-flat))[seen].sum()
        print(f"{days} days: log likelihood {gain / rows.repeats:+.2f} in units of one firm")


def world(seed: int, firms: int) -> Tables:
    """The tables of a synthetic world."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "world"
        synthesize(place, firms=firms, weeks=WEEKS, seed=seed, contagion=2.0, end=END)
        frames = {path.stem: pq.read_table(path) for path in place.glob("*.parquet")}
    return Tables(DatasetInfo(f"world {seed}", synthetic=True, currency="CNY"), frames)


def splits_of(tables: Tables) -> gnn.DataSplits:
    """Training, test and recent dates."""
    days = gnn.as_of_dates(END - timedelta(weeks=WEEKS), END, 180, SETTINGS)

    def built(dates: Sequence[date]) -> tuple[Snapshot, ...]:
        return tuple(build_snapshot(tables, day) for day in dates)

    return gnn.DataSplits(
        built(days.train),
        test=built(days.test),
        recent=built(days.recent),
        known_until=days.test[0],
        last_day=END,
    )


if __name__ == "__main__":
    main()
