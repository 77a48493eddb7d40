"""Grades and cut-offs of a backtest: bad rates, expected and realised losses, profit, and bounds for unknown outcomes.

An unknown outcome is never counted as sound. Where a firm was not observed, as a rejected one in data that know
defaults by loans alone, figures are stated for the known rows, and bounds for all: from "none of the unknown failed" to
"all of them failed".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from supplyrisk.graph.credit.backtest.backtest_rows import DAYS_OF_MONTH, BacktestRows, Floats
from supplyrisk.graph.schema.score_states import INSUFFICIENT

APPROVALS = tuple(step / 10 for step in range(1, 11))
"""Shares of the rows with a grade that cut-offs approve, besides those of the policy and the grades."""


@dataclass(frozen=True)
class OutcomeCounts:
    """Rows and their outcomes.

    Parameters
    ----------
    rows: their number. known: of them those whose outcome is known. failed: of those, the ones that failed.
    bad_rate: failed / known; None without a known outcome.
    bad_rate_least, bad_rate_most: if none, and if all, of the unknown ones failed; None without rows.
    """

    rows: int
    known: int
    failed: int
    bad_rate: float | None
    bad_rate_least: float | None
    bad_rate_most: float | None

    @classmethod
    def of(cls, rows: BacktestRows) -> OutcomeCounts:
        """Count the outcomes of rows."""
        return cls.counted(len(rows), int(rows.known.sum()), int(np.nansum(rows.failed)))

    @classmethod
    def counted(cls, rows: int, known: int, failed: int) -> OutcomeCounts:
        """Return the shares of counts."""
        return cls(
            rows=rows,
            known=known,
            failed=failed,
            bad_rate=failed / known if known else None,
            bad_rate_least=failed / rows if rows else None,
            bad_rate_most=(failed + rows - known) / rows if rows else None,
        )


@dataclass(frozen=True)
class GradeOutcome:
    """Outcomes of one grade against its PDs.

    Parameters
    ----------
    mean_pd: of its rows with a known outcome, over the horizon; None without one.
    low, high: 95 % Jeffreys interval of the bad rate; None likewise.
    within: whether the mean PD lies in the interval; None likewise.
    """

    grade: str
    counts: OutcomeCounts
    mean_pd: float | None
    low: float | None
    high: float | None
    within: bool | None


def grade_outcomes(rows: BacktestRows) -> tuple[GradeOutcome, ...]:
    """Return the outcomes by grade, the best grade first, and last those of the rows without a grade, if any."""
    grades = sorted(set(rows.grade.tolist()), key=lambda grade: (grade == "", grade))
    return tuple(_grade_outcome(grade or INSUFFICIENT, rows.select(rows.grade == grade)) for grade in grades)


def _grade_outcome(grade: str, rows: BacktestRows) -> GradeOutcome:
    counts = OutcomeCounts.of(rows)
    if not counts.known:
        return GradeOutcome(grade, counts, None, None, None, None)
    mean_pd = float(rows.pd[rows.known].mean())
    sound = counts.known - counts.failed
    low, high = (float(end) for end in beta.ppf([0.025, 0.975], counts.failed + 0.5, sound + 0.5))
    # Without a failure, and without a sound firm, the interval reaches the end.
    low = low if counts.failed else 0.0
    high = high if sound else 1.0
    return GradeOutcome(grade, counts, mean_pd, low, high, low <= mean_pd <= high)


@dataclass(frozen=True)
class CutOff:
    """What a cut-off would have given. Amounts are money, over the horizon.

    Parameters
    ----------
    name: of the cut-off, such as a grade, or empty.
    pd: firms with a grade and a lower PD are approved; None: all with a grade are.
    approval: share of the rows that is approved.
    counts: outcomes of the approved rows.
    ead: their exposure.
    el: expected loss by the score, of all approved rows.
    loss: realised loss, of the approved rows with a known outcome; loss_most: if all unknown ones failed.
    profit: income of the known sound rows less `loss`; None without a margin. profit_least: if all unknown ones failed.
    """

    name: str
    pd: float | None
    approval: float
    counts: OutcomeCounts
    ead: float
    el: float
    loss: float
    loss_most: float
    profit: float | None
    profit_least: float | None


def cut_offs(rows: BacktestRows, named: Mapping[str, float]) -> tuple[CutOff, ...]:
    """Return the cut-offs in rising order of approval: the named ones, and one for each share of APPROVALS.

    Parameters
    ----------
    rows: at least one.
    named: PD by name, below which a firm with a grade is approved.
    """
    ordered = np.sort(rows.pd[rows.graded])
    limits: list[tuple[str, float | None]] = list(named.items())
    for share in APPROVALS:
        place = round(share * len(ordered))
        # Rows that have the PD of the first one that is not approved are not approved either.
        limits.append(("", float(ordered[place]) if place < len(ordered) else None))
    # One cut-off per PD; the named one stays.
    unique = {pd: name for name, pd in reversed(limits)}
    found = [_cut_off(name, pd, rows) for pd, name in unique.items()]
    return tuple(sorted(found, key=lambda cut: np.inf if cut.pd is None else cut.pd))


def cut_off_at(rows: BacktestRows, pd: float) -> CutOff:
    """Return one cut-off: firms with a grade and a lower PD are approved."""
    return _cut_off("", pd, rows)


def _cut_off(name: str, pd: float | None, rows: BacktestRows) -> CutOff:
    approved = rows.select(rows.graded if pd is None else rows.graded & (rows.pd < pd))
    known = approved.known
    failed = approved.failed == 1
    loss = float(approved.loss[failed].sum())
    unknown_loss = float(approved.loss[~known].sum())
    profit = float(approved.income[known & ~failed].sum()) - loss
    has_margin = not np.isnan(approved.income).any()
    return CutOff(
        name=name,
        pd=pd,
        approval=len(approved) / len(rows),
        counts=OutcomeCounts.of(approved),
        ead=float(approved.ead.sum()),
        el=float((approved.pd * approved.loss).sum()),
        loss=loss,
        loss_most=loss + unknown_loss,
        profit=profit if has_margin else None,
        profit_least=profit - unknown_loss if has_margin else None,
    )


@dataclass(frozen=True)
class VintagePoint:
    """Share of a vintage that is bad by an age. cohort: its day or quarter; months: its age; size: at the start."""

    cohort: str
    months: int
    share: float
    size: int


def score_vintages(rows: BacktestRows, months: Sequence[int]) -> tuple[VintagePoint, ...]:
    """Return the share of the firms scored on each day that has defaulted by an age, in months of a twelfth of a year.

    By the life table (Kaplan and Meier, 1958), so that firms that are no longer observed count for as long as they
    were: share(t) = 1 - product over default days d <= t of (1 - defaults on d / firms observed up to d). A vintage
    ends with the age that no firm reaches.
    """
    points = []
    observed = rows.select(~np.isnan(rows.observed_days))
    for day in sorted(set(observed.day.tolist())):
        vintage = observed.select(observed.day == day)
        days, shares = _life_table(vintage)
        for month in months:
            age = month * DAYS_OF_MONTH
            if vintage.observed_days.max() >= age:
                share = float(shares[np.searchsorted(days, age, side="right")])
                points.append(VintagePoint(day, month, share, len(vintage)))
    return tuple(points)


def _life_table(vintage: BacktestRows) -> tuple[Floats, Floats]:
    """Return the default days [days], rising, and the share in default before the first and from each on [days + 1]."""
    failed = vintage.failed_after <= vintage.observed_days
    days, defaults = np.unique(vintage.failed_after[failed], return_counts=True)
    at_risk = len(vintage) - np.searchsorted(np.sort(vintage.observed_days), days)
    return days, np.r_[0.0, 1 - np.cumprod(1 - defaults / at_risk)]
