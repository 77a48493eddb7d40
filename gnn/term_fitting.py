"""Term structures of a panel: fitted on what happened after every as-of date, and checked out of fold by firm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.data.panel import PanelGraph, firm_numbers
from supplyrisk.gnn.data.row_outcomes import firm_folds
from supplyrisk.gnn.term_structure import MAX_OBSERVED_DAYS, TermStructure, fit_terms
from supplyrisk.graph import TERM_DAYS
from supplyrisk.graph.schema.few_failures import too_few_failures, too_few_text

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]

TERMS = "terms"
"""Entry of the model card: the fitted term structures by candidate, and the champion's defaults by term."""
_FOLDS = 5


@dataclass(frozen=True)
class FollowedRows:
    """What happened to the firm of each row after its as-of date, as known on a day.

    Parameters
    ----------
    firm [rows]: number of the firm.
    failed_after [rows]: days to the first default, NaN if none is known.
    observed_days [rows]: days until that default, the firm's closure, or the day.
    days_left [rows]: days from the as-of date to the day.
    horizon_days: of the hazards.
    """

    firm: Numbers
    failed_after: Matrix
    observed_days: Matrix
    days_left: Matrix
    horizon_days: int

    @classmethod
    def of_graphs(cls, graphs: Sequence[PanelGraph], day: date) -> FollowedRows:
        """Return the stacked rows of dated graphs.

        Raises
        ------
        ValueError: a graph is undated, or its outcomes are unknown.
        """
        follow_ups = [graph.follow_up.until(day) for graph in graphs if graph.follow_up is not None]
        if not follow_ups or len(follow_ups) < len(graphs):
            raise ValueError("a graph without dated outcomes, expected dated ones")
        return cls(
            firm=firm_numbers(graphs),
            failed_after=np.concatenate([f.failed_after for f in follow_ups]),
            observed_days=np.concatenate([f.observed_days for f in follow_ups]),
            days_left=np.concatenate(
                [np.full(len(f.failed_after), float((day - f.as_of).days)) for f in follow_ups]
            ),
            horizon_days=follow_ups[0].horizon_days,
        )

    def rows(self, at: Numbers | NDArray[np.bool_]) -> FollowedRows:
        """Return some rows."""
        return FollowedRows(
            self.firm[at],
            self.failed_after[at],
            self.observed_days[at],
            self.days_left[at],
            self.horizon_days,
        )

    @property
    def repeats(self) -> float:
        """Mean number of rows per default: as many as-of dates see it within MAX_OBSERVED_DAYS; 1 without defaults."""
        failed = self.failed_after <= MAX_OBSERVED_DAYS
        return float(failed.sum() / max(len(np.unique(self.firm[failed])), 1)) or 1.0

    def fit(self, hazard: Matrix) -> TermStructure:
        """Fit a term structure to calibrated hazards [rows], which are out of fold by firm."""
        # One weight for all rows: with weights by firm, a firm that fails, and so has fewer rows, would weigh more.
        weight = np.full(len(hazard), 1 / self.repeats)
        return fit_terms(hazard, self.failed_after, self.observed_days, weight, self.horizon_days)

    def observed_over(self, days: int) -> NDArray[np.bool_]:
        """Return a mask of the rows whose first so many days are wholly observed.

        The as-of date must leave that many days, also for firms that failed: otherwise the failures of an unfinished
        term would count without those that survive it.
        """
        return (self.days_left >= days) & ((self.observed_days >= days) | (self.failed_after <= days))

    def cross_fitted(self, hazard: Matrix, seed: int = 0) -> list[HeldOutRows]:
        """Return term structures for folds of firms, each fitted without any row of its firms.

        hazard [rows]: as in `fit`.
        """
        return [
            HeldOutRows(inside, self.rows(~inside).fit(hazard[~inside]))
            for inside in firm_folds(self.firm, _FOLDS, seed)
            if inside.any()
        ]


@dataclass(frozen=True)
class HeldOutRows:
    """A mask [rows] of the rows of some firms, and the term structure that was fitted without them."""

    inside: NDArray[np.bool_]
    terms: TermStructure


@dataclass(frozen=True)
class TermDefaults:
    """Predicted and observed defaults over a term, over the rows that were observed for all its days.

    expected, observed: numbers, means over so many dates. low, high: 95 % interval of the observed number.
    """

    term: str
    days: int
    dates: int
    rows: int
    failed_firms: int
    expected: float
    observed: float
    low: float
    high: float


def defaults_by_term(rows: FollowedRows, hazard: Matrix, draws: int, seed: int = 0) -> list[TermDefaults]:
    """Return predicted and observed numbers of defaults by term, over the rows that are wholly observed.

    Numbers are means over as-of dates, so that a default is not counted once for every date before it. The 95 %
    interval of the observed number resamples whole firms.

    Parameters
    ----------
    rows: the panel.
    hazard [rows]: calibrated hazards, out of fold by firm.
    draws: of the bootstrap.
    seed: of the bootstrap, and of the folds by which the terms of a row are fitted without its firm.

    Returns
    -------
    A row for each term of TERM_DAYS over which at least one row is wholly observed.
    """
    held_out = rows.cross_fitted(hazard, seed)
    table: list[TermDefaults] = []
    for term, days in TERM_DAYS.items():
        seen = rows.observed_over(days)
        if not seen.any():
            continue
        pd = np.zeros(len(hazard))
        for fold in held_out:
            pd[fold.inside] = fold.terms.pd(hazard[fold.inside], days)
        firm = np.unique(rows.firm[seen], return_inverse=True)[1]
        failed = rows.failed_after[seen] <= days
        by_firm = np.bincount(firm, failed).astype(np.float64)
        low, high = np.percentile(_resampled_sums(by_firm, draws, seed), [2.5, 97.5])
        dates = len(np.unique(rows.days_left[seen]))
        table.append(
            TermDefaults(
                term=term,
                days=days,
                dates=dates,
                rows=int(seen.sum()),
                failed_firms=int((by_firm > 0).sum()),
                expected=float(pd[seen].sum() / dates),
                observed=float(failed.sum() / dates),
                low=float(low / dates),
                high=float(high / dates),
            )
        )
    return table


def _resampled_sums(by_firm: Matrix, draws: int, seed: int) -> Matrix:
    """Sums [draws] over as many firms as there are, drawn with replacement."""
    # Firms without a default add nothing, so they are drawn as one group.
    values = by_firm[by_firm > 0]
    shares = np.full(len(values), 1 / len(by_firm))
    counts = np.random.default_rng(seed).multinomial(
        len(by_firm), np.append(shares, max(0.0, 1 - shares.sum())), draws
    )
    return np.asarray(counts[:, :-1] @ values)


def defaults_by_term_text(table: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of `defaults_by_term` as one sentence; empty where no term was wholly observed.

    It says where the expected number lies outside the interval, unless too few firms failed to say so.
    """
    if not table:
        return ""

    def numbers(name: str) -> str:
        return " / ".join(f"{row[name]:.1f}" for row in table)

    terms = " / ".join(str(row["days"]) for row in table)
    outside = [str(row["days"]) for row in table if not row["low"] <= row["expected"] <= row["high"]]
    missed = f"; the expected number is outside the interval at {', '.join(outside)} days" if outside else ""
    failed = max(int(row["failed_firms"]) for row in table)
    few = f"; {too_few_text(failed)}" if too_few_failures(failed) else ""
    intervals = " / ".join(f"{row['observed']:.1f} [{row['low']:.1f}, {row['high']:.1f}]" for row in table)
    return (
        f"defaults within {terms} days of an as-of date (out of fold, mean over the dates): expected "
        f"{numbers('expected')}, observed {intervals}{few or missed}"
    )
