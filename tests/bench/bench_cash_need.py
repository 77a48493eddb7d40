"""Shops short of cash in the next quarter, found a month before, at a false-alarm rate of 5 %, on worlds kept apart.

    python tests/bench/bench_cash_need.py [--seeds 11 12 13 14] [--firms 1500] [--weeks 120]

Each world is forecast 13 weeks before its end. A shop counts if it has cash of 0 or more then. It is short if its cash
falls under 0 within 13 weeks; "after a month": not within the first four of them. A shop is named from the bound on
that names 5 % of the shops of the other worlds that do not become short. Baseline: cash today in weeks of the sales of
the last eight weeks, named from below.
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from supplyrisk import services
from supplyrisk.gnn.forecast import FitOptions, SalesCalendar
from supplyrisk.graph import Workspace, last_day_of
from supplyrisk.graph.merchant.advice import chance_under
from supplyrisk.loaders.synthetic import synthesize
from supplyrisk.services.forecast_job import ForecastJob
from supplyrisk.services.progress import silent

FALSE_ALARMS = 0.05
WEEKS = 13
MONTH = 4


METHODS = ("forecast", "baseline")


def main() -> None:
    """Print recall and false alarms of both methods, by world and in all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", nargs="*", type=int, default=[11, 12, 13, 14])
    parser.add_argument("--firms", type=int, default=1500)
    parser.add_argument("--weeks", type=int, default=120)
    options = parser.parse_args()
    worlds = []
    for seed in options.seeds:
        worlds.append(_world(seed, options.firms, options.weeks))
        print(f"world {seed}: {len(worlds[-1])} shops, {(worlds[-1].week > 0).sum()} short", flush=True)
    print("| method | bound | short | found | false alarms | after a month | found |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for method in METHODS:
        print(_line(method, worlds))
    named = pd.concat(worlds)
    for bound in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        print(_at_bound(named, bound))


def _world(seed: int, firms: int, weeks: int) -> pd.DataFrame:
    """By shop: how much each method names it, and the week in which its cash fell under 0, 0 for none."""
    with TemporaryDirectory() as folder:
        synthesize(Path(folder) / "data", firms=firms, seed=seed, weeks=weeks)
        workspace = Workspace(Path(folder) / "workspace")
        services.load(workspace, Path(folder) / "data", graph=False)
        last = last_day_of(workspace.tables())
        assert last is not None
        day = last - timedelta(weeks=WEEKS)
        # The need rests on the forecast of cash alone: the others take most of the time.
        job = ForecastJob(workspace.tables(), day, SalesCalendar(), 91, 0.0, FitOptions(), silent)
        needs = job.levels("cash")[1].to_pandas().set_index("firm_id")
        needs = needs[needs.lowest_p50.notna() & (needs.cash >= 0)]
        with workspace.tables().connect() as con:
            cash = con.execute(
                'SELECT firm_id, min(ceil(("on" - $day) / 7)) AS week FROM activity '
                'WHERE "on" - $day BETWEEN 1 AND $days AND cash < 0 GROUP BY 1',
                {"day": day, "days": 7 * WEEKS},
            ).df()
            sales = con.execute(
                'SELECT firm_id, sum(sales) / 8 AS sales FROM activity WHERE $day - "on" BETWEEN 0 AND 55 GROUP BY 1',
                {"day": day},
            ).df()
    chances = [chance_under(0.0, r.lowest_p10, r.lowest_p50, r.lowest_p90) for r in needs.itertuples()]
    weekly = sales.set_index("firm_id").sales.reindex(needs.index)
    return pd.DataFrame(
        {
            "forecast": chances,
            "baseline": -(needs.cash / weekly.clip(lower=1.0)),
            "week": cash.set_index("firm_id").week.reindex(needs.index).fillna(0).astype(int),
        }
    )


def _line(method: str, worlds: list[pd.DataFrame]) -> str:
    hits = []
    bounds = []
    for number, world in enumerate(worlds):
        others = pd.concat([w for n, w in enumerate(worlds) if n != number])
        bound = np.quantile(others.loc[others.week == 0, method], 1 - FALSE_ALARMS)
        bounds.append(bound)
        hits.append(world[method] > bound)
    named = pd.concat(hits)
    week = pd.concat(worlds).week
    late = week > MONTH
    return (
        f"| {method} | {np.mean(bounds):.2f} | {(week > 0).sum()} | {named[week > 0].mean():.0%} | "
        f"{named[week == 0].mean():.1%} | {late.sum()} | {named[late].mean():.0%} |"
    )


def _at_bound(frame: pd.DataFrame, bound: float) -> str:
    named = frame.forecast > bound
    late = frame.week > MONTH
    return (
        f"| forecast | {bound:.2f} | {(frame.week > 0).sum()} | {named[frame.week > 0].mean():.0%} | "
        f"{named[frame.week == 0].mean():.1%} | {late.sum()} | {named[late].mean():.0%} |"
    )


if __name__ == "__main__":
    main()
