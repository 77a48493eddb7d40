"""Advice on worlds: the same shops simulated on with and without it, and how often it is wrong.

    python tests/bench/bench_advice.py [--seeds 21 22 23 24] [--firms 1500] [--replicas 64]

Each world is advised on its last as-of date, 26 weeks before its end, at the end of September: Double 11 is ahead. The
shops that are advised to borrow, or to buy stock, are then simulated for 26 weeks with the same shocks, without and
with it: the loan is due after the horizon, or after 13 weeks with 6 % a year; the stock is paid from cash. PD is the
mean over replicas of 1 - prod(1 - hazard). Advertising has no response in these worlds:
every advice on it is a false one.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from bench_levers import TERM_WEEKS, Arm, Floats, Ints, _pds
from supplyrisk import services
from supplyrisk.gnn.forecast import FitOptions, SalesCalendar
from supplyrisk.graph import Workspace
from supplyrisk.graph.workspace.forecast_file import StoredForecast, write_forecast
from supplyrisk.loaders.synthetic import synthesize
from supplyrisk.loaders.synthetic.economy import build_economy
from supplyrisk.loaders.synthetic.simulation import simulate
from supplyrisk.loaders.synthetic.world_plan import EPOCH, WorldPlan
from supplyrisk.services.forecast_job import ForecastJob
from supplyrisk.services.progress import silent

END = date(2026, 3, 29)


@dataclass(frozen=True)
class Followed:
    """A lever that gives each shop the amount that it is advised, in weeks of its sales; the arm's shops are these."""

    name: str
    kind: str
    amounts: Floats

    def __call__(self, arm: Arm, _: Floats) -> None:
        """Follow the advice."""
        shops = arm.shops
        amounts = self.amounts.reshape(-1, 1)
        if self.kind == "finance":
            arm.state.cash[shops] += amounts
            if self.name == "borrow, due in 13 weeks":
                arm.repayments[TERM_WEEKS] = amounts * (1 + 0.06 * TERM_WEEKS / 52)
        else:
            arm.state.cash[shops] -= amounts
            arm.state.stock[shops] += amounts / arm.network.materials[shops]


LEVERS = {
    "borrow, due after 26 weeks": "finance",
    "borrow, due in 13 weeks": "finance",
    "stock, from cash": "stock_up",
}


def main() -> None:
    """Print the effect of advice that is followed, the seasons that came, and the advice by kind and reason."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", nargs="*", type=int, default=[21, 22, 23, 24])
    parser.add_argument("--firms", type=int, default=1500)
    parser.add_argument("--replicas", type=int, default=64)
    options = parser.parse_args()
    effects: dict[str, list[Floats]] = {name: [] for name in LEVERS}
    bases: dict[str, list[Floats]] = {name: [] for name in LEVERS}
    counts: Counter[str] = Counter()
    seasons: list[tuple[float, float, float]] = []
    for seed in options.seeds:
        plan = WorldPlan(firms=options.firms, seed=seed, replicas=2, end=END)
        economy = build_economy(plan)
        moment = simulate(economy).moments[-1]
        day = EPOCH + timedelta(days=int(plan.week_start(np.array(moment.week))) - 1)
        result, came = _advised(plan, day)
        counts.update(entry.kind for entry in result.advice)
        counts.update(f"{entry.kind}, none: {entry.reason}" for entry in result.without)
        seasons += came
        for name, kind in LEVERS.items():
            given = {int(entry.firm_id[1:]): entry.amount for entry in result.advice if entry.kind == kind}
            rows = [firm for firm in sorted(given) if not moment.state.exited[firm, 0]]
            if rows:
                shops: Ints = np.array(rows)
                amounts = np.array([given[firm] for firm in rows]) / economy.firms.sales[shops]
                base = _pds(economy, moment, shops, options.replicas, None)
                after = _pds(economy, moment, shops, options.replicas, Followed(name, kind, amounts))
                bases[name].append(base)
                effects[name].append(after - base)
        print(f"world {seed} as of {day}: {dict(result.counts)}", flush=True)
    _print_effects(bases, effects)
    for name, number in sorted(counts.items()):
        print(f"{name}: {number}")
    if seasons:
        low, high, outcome = np.array(seasons).T
        print(f"{len(seasons)} seasons: above usual {np.mean(outcome > 1):.0%}, ", end="")
        print(f"inside of the interval {np.mean((outcome >= low) & (outcome <= high)):.0%}")


def _print_effects(bases: dict[str, list[Floats]], effects: dict[str, list[Floats]]) -> None:
    print("| advice followed | shops | PD before | PD after | difference | standard error | lower for |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, parts in effects.items():
        if not parts:
            continue
        base = np.concatenate(bases[name])
        change = np.concatenate(parts)
        # Shops of a world depend on one another: the error is that of the worlds' means.
        worlds = [float(part.mean()) for part in parts]
        error = np.std(worlds, ddof=1) / np.sqrt(len(worlds)) if len(worlds) > 1 else np.nan
        print(
            f"| {name} | {len(base)} | {base.mean():.2%} | {(base + change).mean():.2%} | "
            f"{100 * np.mean(worlds):+.2f} | {100 * error:.2f} | {np.mean(change < -1e-9):.0%} |"
        )


def _advised(plan: WorldPlan, day: date) -> tuple[services.AdviceResult, list[tuple[float, float, float]]]:
    """The advice, and of each season: its interval, and what came in units of the usual level."""
    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        synthesize(data, firms=plan.firms, seed=plan.seed, weeks=plan.weeks, end=plan.end)
        workspace = Workspace(Path(folder) / "workspace")
        services.load(workspace, data, graph=False)
        _store_forecast_of_cash(workspace, day)
        result = services.advice(workspace, as_of=day)
        came = []
        with workspace.tables().connect() as con:
            for entry in result.advice:
                if entry.kind == "stock_up":
                    figures = {figure.name: figure for figure in entry.evidence}
                    low, high = figures["season_factor_low"], figures["season_factor_high"]
                    [(sales,)] = con.execute(
                        'SELECT avg(sales) FROM activity WHERE firm_id = ? AND "on" BETWEEN ? AND ?',
                        [entry.firm_id, low.first_day, low.last_day],
                    ).fetchall()
                    if sales is not None:
                        came.append((low.value, high.value, float(sales) / figures["usual_sales"].value))
        return result, came


def _store_forecast_of_cash(workspace: Workspace, day: date) -> None:
    """Store the forecast of cash alone, which is all that advice reads: the others take most of the time."""
    tables = workspace.tables()
    needs = ForecastJob(tables, day, SalesCalendar(), 91, 0.0, FitOptions(), silent).levels("cash")[1]
    totals = [
        {"firm_id": row["firm_id"], "week": 0, "measure": "turnover", "state": row["state"]}
        for row in needs.to_pylist()
    ]
    rows = pa.Table.from_pylist(totals, schema=services.FORECAST_SCHEMA)
    head = {"data": tables.info.content_hash, "floor": 0.0, "seed": FitOptions().seed, "notes": []}
    write_forecast(workspace.layout, day, StoredForecast(rows, needs, head))


if __name__ == "__main__":
    main()
