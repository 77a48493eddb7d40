"""A short dip: fourteen bad days in a sound shop's history, then normal ones; how fast does the score forget them?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.graph import Snapshot, Tables, build_snapshot, last_day_of
from supplyrisk.graph.schema.aliases import CANDIDATE

Matrix = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

BAD_DAYS, WEEKS = 14, 10
"""Length of the dip in days, and for how many weeks after it the score is watched."""
LEFT = 0.2
"""What is left of sales, orders and customers on a bad day."""
SHOPS = 20
MAX_HALF_LIFE_DAYS = 42
"""The half-life that is asked for, at most: six weeks."""
MIN_REACTION = 0.01
"""A hazard that the dip raises by less than a hundredth has nothing to recover from."""

# Refunds and disputes stay as they are, so that their rates rise by as much as sales fall.
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
    FROM activity
)
"""
_STEADY = """
SELECT firm_id FROM activity
GROUP BY firm_id
HAVING count(*) FILTER (WHERE "on" > getvariable('dip_first') AND "on" <= getvariable('dip_last')) > 0
    AND min("on") <= getvariable('dip_early') AND max("on") >= getvariable('dip_late')
ORDER BY firm_id
"""


@dataclass(frozen=True)
class DipResult:
    """What a dip did to the scoring contender's hazard, mean over the shops of log(with the dip / without).

    days are days since the dip's end; peak is the largest excess and half_life_days the days from the peak until half
    of it is left, in a straight line between weeks: None where it was not reached (or where the score did not react).
    """

    shops: int
    candidate: str
    days: tuple[int, ...]
    excess: tuple[float, ...]
    peak: float | None
    half_life_days: float | None
    reacted: bool

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        fields = asdict(self)
        return {"shops": fields.pop("shops"), CANDIDATE: fields.pop("candidate")} | fields


def short_dip(  # noqa: PLR0913 - keywords, each with a default
    model: RiskModel,
    tables: Tables,
    *,
    use: str | None = None,
    shops: int = SHOPS,
    seed: int = 0,
    progress: Progress | None = None,
) -> DipResult | None:
    """Inject the dip into some sound shops' activity, the same for all, and score week by week with it and without.

    Sound: not in default on any of these days, with activity before, in and after the dip, and of the safer half by
    the score before it. None where the data have no days, no activity, or no such shop.
    """
    last = None if tables.info.undated or not tables.present("activity") else last_day_of(tables)
    if last is None or model.horizon_days is None:
        return None
    end = last - timedelta(weeks=WEEKS)
    contender = use or model.champion
    days = [end + timedelta(weeks=k) for k in range(WEEKS + 1)]
    say = progress or (lambda what, done, of: None)

    plain = _followed(model, tables, days, contender, lambda at: say("short dip", at, 2 * len(days)))
    chosen = _sound(tables, end, plain, shops, seed)
    if not chosen:
        return None
    with _dipped(tables, chosen, end) as hit:
        with_dip = _followed(
            model, hit, days, contender, lambda at: say("short dip", len(days) + at, 2 * len(days))
        )
    excess = [
        float(np.mean([bad[f] - good[f] for f in chosen])) for bad, good in zip(with_dip, plain, strict=True)
    ]
    since = tuple((d - end).days for d in days)
    peak = max(excess)
    reacted = peak >= MIN_REACTION
    half = half_life(since, excess) if reacted else None
    return DipResult(len(chosen), contender, since, tuple(excess), peak, half, reacted)


def half_life(days: Sequence[int], excess: Sequence[float]) -> float | None:
    """Days from the largest excess until half of it is left, in a straight line between days; None if never."""
    top = int(np.argmax(excess))
    half = excess[top] / 2
    for k in range(top + 1, len(days)):
        if excess[k] <= half:
            part = (excess[k - 1] - half) / (excess[k - 1] - excess[k])
            return float(days[k - 1] + part * (days[k] - days[k - 1]) - days[top])
    return None


def _followed(
    model: RiskModel, tables: Tables, days: Sequence[date], contender: str, say: Callable[[int], None]
) -> list[dict[str, float]]:
    """Log hazards by firm, day by day."""
    found = []
    for number, day in enumerate(days):
        say(number)
        seen = build_snapshot(tables, day, model.horizon_days or 0, default_kinds=model.default_kinds)
        found.append(_log_hazards(model, seen, contender))
    return found


def _log_hazards(model: RiskModel, seen: Snapshot, contender: str) -> dict[str, float]:
    """Calibrated log hazards of the firms that are not in default, by id."""
    graph, parts = model.parts(seen)
    hazard = model.calibrations[contender].apply(parts.hazard(contender))
    alive = zip(graph.firm_ids, np.log(hazard).tolist(), graph.defaulted, strict=True)
    return {firm: value for firm, value, gone in alive if not gone}


def _sound(tables: Tables, end: date, plain: Sequence[dict[str, float]], most: int, seed: int) -> list[str]:
    with tables.connect() as con:
        start = end - timedelta(days=BAD_DAYS)
        marks = {"first": start, "last": end, "early": start - timedelta(days=180)}
        for name, day in (marks | {"late": end + timedelta(weeks=WEEKS - 1)}).items():
            con.execute(f"SET VARIABLE dip_{name} = ?", [day])
        steady = con.sql(_STEADY).to_arrow_table().column("firm_id").to_pylist()
    always = [f for f in steady if all(f in day for day in plain)]
    if not always:
        return []
    middle = float(np.median([plain[0][f] for f in always]))
    safer = [f for f in always if plain[0][f] <= middle]
    drawn = np.random.default_rng(seed).permutation(len(safer))[:most]
    return sorted(safer[i] for i in drawn)


@contextmanager
def _dipped(tables: Tables, shops: Sequence[str], end: date) -> Iterator[Tables]:
    """The tables with the dip in them; the activity lies in a temporary file, since it may be large."""
    with tempfile.TemporaryDirectory(prefix="scgraph-") as folder, tables.connect() as con:
        path = Path(folder) / "activity.parquet"
        marks = {"shops": list(shops), "first": end - timedelta(days=BAD_DAYS), "last": end, "left": LEFT}
        for name, value in marks.items():
            con.execute(f"SET VARIABLE dip_{name} = ?", [value])
        con.sql(_DIPPED).write_parquet(str(path))
        yield replace(tables, sources={**tables.sources, "activity": path})
