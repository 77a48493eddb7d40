"""The short-dip test: how fast a score recovers after fourteen bad days in a sound shop's history."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.graph import Snapshot, Tables, build_snapshot, last_day_of, stored_as
from supplyrisk.graph.schema.aliases import CANDIDATE

Matrix = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

DIP = "short dip"
"""The stage that `short_dip` reports."""
BAD_DAYS = 14
"""Length of the dip in days."""
WEEKS = 10
"""Weeks after the dip in which the score is followed."""
REMAINING_SHARE = 0.2
"""Share of sales, orders and customers that remains on a bad day."""
SHOPS = 20
"""Shops in the test at most."""
MAX_HALF_LIFE_DAYS = 42
"""Largest acceptable half-life: six weeks."""
MIN_REACTION = 0.01
"""A hazard that the dip raises by less than 1 % has not reacted: it has nothing to recover from."""

# Refunds and disputes stay as they are, so that their rates rise as sales fall. Orders and customers are rounded, as
# whole numbers.
_DIPPED = """
SELECT * EXCLUDE (hit) REPLACE (
    CASE WHEN hit THEN sales * getvariable('dip_left') ELSE sales END AS sales,
    CASE WHEN hit THEN round(orders * getvariable('dip_left')) ELSE orders END AS orders,
    CASE WHEN hit THEN round(customers * getvariable('dip_left')) ELSE customers END AS customers,
    CASE WHEN hit THEN round(returning_customers * getvariable('dip_left')) ELSE returning_customers END
        AS returning_customers,
    CASE WHEN hit THEN round(visitors * getvariable('dip_left')) ELSE visitors END AS visitors
)
FROM (
    SELECT *, list_contains(getvariable('dip_shops'), firm_id)
        AND "on" > getvariable('dip_first') AND "on" <= getvariable('dip_last') AS hit
    FROM {rows}
)
"""
# Shops with activity before, in and after the dip.
_STEADY = """
SELECT firm_id FROM activity
GROUP BY firm_id
HAVING count(*) FILTER (WHERE "on" > getvariable('dip_first') AND "on" <= getvariable('dip_last')) > 0
    AND min("on") <= getvariable('dip_early') AND max("on") >= getvariable('dip_late')
ORDER BY firm_id
"""


@dataclass(frozen=True, kw_only=True)
class DipResult:
    """Effect of a dip on the hazard, as the mean over the shops of log(with the dip / without).

    Parameters
    ----------
    shops: number of shops.
    candidate: the model that scores.
    days: days since the dip's end.
    excess: the effect on each of these days.
    peak: the largest effect.
    half_life_days: days from the peak until half of it is left, linear between weeks; None where that is not reached,
        or where the score did not react.
    reacted: whether the peak is at least MIN_REACTION.
    """

    shops: int
    candidate: str = stored_as(CANDIDATE)
    days: tuple[int, ...]
    excess: tuple[float, ...]
    peak: float | None
    half_life_days: float | None
    reacted: bool


@dataclass(frozen=True)
class DipPlan:
    """What the short-dip test scores.

    Parameters
    ----------
    candidate: the candidate model; None: the champion.
    shops: number of shops at most.
    seed: of the choice of shops.
    """

    candidate: str | None = None
    shops: int = SHOPS
    seed: int = 0


def short_dip(
    model: RiskModel, tables: Tables, plan: DipPlan | None = None, progress: Progress | None = None
) -> DipResult | None:
    """Inject a dip into the activity of some sound shops, and score them week by week with it and without.

    A sound shop is not in default on any of these days, has activity before, in and after the dip, and belongs to the
    safer half by the score before it.

    Parameters
    ----------
    model: the trained model.
    tables: the data; they are not changed.
    plan: default plan if None.
    progress: called at each scored week.

    Returns
    -------
    The result, or None where the data have no dates, no activity, or no such shop.
    """
    plan = plan or DipPlan()
    last = None if tables.info.undated or not tables.present("activity") else last_day_of(tables)
    if last is None or model.horizon_days is None:
        return None
    end = last - timedelta(weeks=WEEKS)
    candidate = plan.candidate or model.champion
    days = [end + timedelta(weeks=k) for k in range(WEEKS + 1)]
    report = progress or (lambda step, done, of: None)
    steps = 2 * len(days)
    plain = _followed(model, tables, days, candidate, lambda at: report(DIP, at, steps))
    chosen = _sound_shops(tables, end, plain, plan)
    if not chosen:
        return None
    with _dipped(tables, chosen, end) as dipped:
        with_dip = _followed(model, dipped, days, candidate, lambda at: report(DIP, len(days) + at, steps))
    excess = [
        float(np.mean([bad[f] - good[f] for f in chosen])) for bad, good in zip(with_dip, plain, strict=True)
    ]
    since = tuple((d - end).days for d in days)
    peak = max(excess)
    reacted = peak >= MIN_REACTION
    return DipResult(
        shops=len(chosen),
        candidate=candidate,
        days=since,
        excess=tuple(excess),
        peak=peak,
        half_life_days=half_life(since, excess) if reacted else None,
        reacted=reacted,
    )


def half_life(days: Sequence[int], excess: Sequence[float]) -> float | None:
    """Return the days from the largest excess until half of it is left, linear between days; None if never."""
    top = int(np.argmax(excess))
    half = excess[top] / 2
    for k in range(top + 1, len(days)):
        if excess[k] <= half:
            part = (excess[k - 1] - half) / (excess[k - 1] - excess[k])
            return float(days[k - 1] + part * (days[k] - days[k - 1]) - days[top])
    return None


def _followed(
    model: RiskModel, tables: Tables, days: Sequence[date], candidate: str, report: Callable[[int], None]
) -> list[dict[str, float]]:
    """Log hazards by firm, one entry per day."""
    by_day = []
    for number, day in enumerate(days):
        report(number)
        snapshot = build_snapshot(
            tables, day, model.horizon_days or 0, default_definition=model.default_definition
        )
        by_day.append(_log_hazards(model, snapshot, candidate))
    return by_day


def _log_hazards(model: RiskModel, snapshot: Snapshot, candidate: str) -> dict[str, float]:
    """Calibrated log hazards by id of the firms that get a score."""
    graph, parts = model.parts(snapshot)
    hazard = model.calibrations[candidate].apply(parts.hazard(candidate))
    rows = zip(graph.firm_ids, np.log(hazard).tolist(), graph.scored, strict=True)
    return {firm: value for firm, value, is_scored in rows if is_scored}


def _sound_shops(tables: Tables, end: date, plain: Sequence[dict[str, float]], plan: DipPlan) -> list[str]:
    """Draw the sound shops of a plan; plain: log hazards by firm without the dip, day by day."""
    start = end - timedelta(days=BAD_DAYS)
    bounds = {
        "first": start,
        "last": end,
        "early": start - timedelta(days=180),
        "late": end + timedelta(weeks=WEEKS - 1),
    }
    with tables.connect() as con:
        for name, day in bounds.items():
            con.execute(f"SET VARIABLE dip_{name} = ?", [day])
        steady = con.sql(_STEADY).to_arrow_table().column("firm_id").to_pylist()
    # A shop that has no hazard on one of the days is in default then, or not in the snapshot.
    always = [f for f in steady if all(f in day for day in plain)]
    if not always:
        return []
    median = float(np.median([plain[0][f] for f in always]))
    safer = [f for f in always if plain[0][f] <= median]
    drawn = np.random.default_rng(plan.seed).permutation(len(safer))[: plan.shops]
    return sorted(safer[i] for i in drawn)


@contextmanager
def _dipped(tables: Tables, shops: Sequence[str], end: date) -> Iterator[Tables]:
    """The tables with the dip in the shops' activity, which is in a temporary file since it may be large."""
    with tempfile.TemporaryDirectory(prefix="scgraph-") as folder, tables.connect() as con:
        path = Path(folder) / "activity.parquet"
        variables = {
            "shops": list(shops),
            "first": end - timedelta(days=BAD_DAYS),
            "last": end,
            "left": REMAINING_SHARE,
        }
        for name, value in variables.items():
            con.execute(f"SET VARIABLE dip_{name} = ?", [value])
        con.sql(_DIPPED.format(rows=tables.versions_of("activity"))).write_parquet(str(path))
        yield replace(tables, sources={**tables.sources, "activity": path})
