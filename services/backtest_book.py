"""The rows of a backtest: earlier scores joined with outcomes and with the exposures of the scored day."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph import DataError, RequestError, Snapshot
from supplyrisk.graph.credit import Policy
from supplyrisk.graph.credit.backtest import DAYS_OF_YEAR, BacktestRows
from supplyrisk.graph.credit.exposure_at_default import REVOLVING, line_ead
from supplyrisk.services.past_scores import DayScores, PastScores
from supplyrisk.services.progress import JobProgress

Floats = NDArray[np.float64]
STORED = "stored scores"
RESCORED = "scores by the tested model, computed now"


@dataclass(frozen=True)
class BookTerms:
    """What turns the lines of a day into exposures, losses and income.

    lender: whose lines; None: all lenders'. policy: its LGD, CCF, funding rate and cost. margin: annual, a share of the
    exposure, after funding and costs; None: of each line its rate less the policy's funding rate and cost.
    """

    policy: Policy
    lender: str | None = None
    margin: float | None = None

    def margin_of(self, rate: float | None) -> float:
        """The annual margin of a line with an interest rate; NaN where neither is known."""
        if self.margin is not None:
            return self.margin
        economics = self.policy.economics
        return math.nan if rate is None else rate - economics.funding_rate - economics.cost


class FirmBook(NamedTuple):
    """The lines of a firm: EAD, LGD x EAD, and annual margin x EAD, money."""

    ead: float = 0.0
    loss: float = 0.0
    income: float = 0.0


@dataclass(frozen=True)
class ScoredPast:
    """The rows of a backtest, where they are from, and what had to be left out."""

    source: str
    scorers: tuple[str, ...]
    horizon_days: int
    rows: BacktestRows
    has_exposures: bool
    notes: tuple[str, ...]


def scored_past(
    past: PastScores, days: Sequence[date], terms: BookTerms, progress: JobProgress, *, rescore: bool
) -> ScoredPast:
    """The rows of a backtest: stored scores, or where none can be used (or rescore is set) the tested model's.

    Raises
    ------
    RequestError: scores of a day are not stored. DataError: no outcomes are known that the scores did not know.
    """
    source = RESCORED
    scores = [] if rescore else past.stored(days)
    if scores:
        source = STORED
    elif days:
        raise DataError(
            f"none of the days can be tested: {'; '.join(past.notes)}",
            remedy="name other days, or --rescore for scores by the tested model",
        )
    else:
        scores = past.rescored(progress)
    rows, has_exposures = joined_rows(scores, terms)
    horizons = {day.snapshot.horizon_days or 0 for day in scores}
    if len(horizons) > 1:
        raise RequestError(
            f"the PDs of these days are over {', '.join(map(str, sorted(horizons)))} days",
            "days with one horizon",
            "name them with --day",
        )
    scorers = tuple(dict.fromkeys(day.scorer for day in scores))
    return ScoredPast(source, scorers, horizons.pop(), rows, has_exposures, tuple(past.notes))


def joined_rows(days: Sequence[DayScores], terms: BookTerms) -> tuple[BacktestRows, bool]:
    """Join scores with outcomes and exposures; the second value is whether any exposure is known.

    Firms in default on the scored day have no PD and are no rows. Without any exposure each firm counts as 1.
    """
    exposures = [_exposures(day.snapshot, terms) for day in days]
    known = any(exposures)
    parts = [
        _rows_of(day, by_firm if known else None, terms) for day, by_firm in zip(days, exposures, strict=True)
    ]
    return BacktestRows.joined(parts), known


def _rows_of(day: DayScores, books: Mapping[str, FirmBook] | None, terms: BookTerms) -> BacktestRows:
    """Return the rows of one day; books: by firm, None where every firm counts as 1."""
    firms = [
        row
        for row in day.snapshot.firms.select(
            ["firm_id", "defaulted", "unlisted", "outcome", "failed_after", "observed_days"]
        ).to_pylist()
        if row["firm_id"] in day.by_firm and not row["defaulted"] and not row["unlisted"]
    ]
    ids = [row["firm_id"] for row in firms]
    pds = [day.by_firm[firm] for firm in ids]
    unit = FirmBook(1.0, terms.policy.loss.lgd, terms.margin_of(None))
    lent = [unit if books is None else books.get(firm, FirmBook()) for firm in ids]
    years = (day.snapshot.horizon_days or 0) / DAYS_OF_YEAR
    return BacktestRows(
        day=np.full(len(ids), day.day.isoformat()),
        firm=np.array(ids, dtype=str),
        grade=np.array([grade for _, grade in pds], dtype=str),
        pd=np.array([pd for pd, _ in pds], dtype=float),
        failed=_column(firms, "outcome"),
        ead=np.array([book.ead for book in lent]),
        loss=np.array([book.loss for book in lent]),
        income=np.array([book.income * years for book in lent]),
        failed_after=_column(firms, "failed_after"),
        observed_days=_column(firms, "observed_days"),
        others={
            name: np.array([by_firm[firm] for firm in ids])
            for name, by_firm in day.others.items()
            if all(firm in by_firm for firm in ids)
        },
    )


def _column(firms: Sequence[Mapping[str, Any]], name: str) -> Floats:
    return np.array([np.nan if row[name] is None else float(row[name]) for row in firms])


def _exposures(snapshot: Snapshot, terms: BookTerms) -> dict[str, FirmBook]:
    """Return the lines on the day of a snapshot, by firm; firms without exposure are left out."""
    by_firm: dict[str, FirmBook] = {}
    loss = terms.policy.loss
    for line in snapshot.loans.to_pylist():
        ead = line_ead(line.get("drawn"), line.get("limit"), line.get("product"), loss.ccf[REVOLVING])
        if not ead or terms.lender not in (None, line["lender_id"]):
            continue
        lgd = line.get("lgd")
        before = by_firm.get(line["firm_id"], FirmBook())
        by_firm[line["firm_id"]] = FirmBook(
            before.ead + ead,
            before.loss + ead * (loss.lgd_of(line.get("product")) if lgd is None else lgd),
            before.income + ead * terms.margin_of(line.get("rate")),
        )
    return by_firm
