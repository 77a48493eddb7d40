"""Dated worlds by another mechanism than `loaders/synthetic`: noisy tables of latent distances, with true PDs.

    python tests/bench/latent_worlds.py OUT --seed 1 --firms 2000 --weeks 104 --replicas 256
        [--base-rate .03] [--damage 1] [--horizon 180]

OUT gets the tables of docs/tables.md, synthetic.toml, and truth/firms.parquet as of the last day of the tables: PD over
the horizon with and without passing on damage (pd, pd_alone, pd_caught), over 30, 90, 180 and 360 days (pd_30, ...),
and the latent distance; and truth/reliability.parquet, the rank correlation between the halves of the replicas. The
mechanism is in `latent_distance`, the tables are in `latent_tables`. They end on that day, so no training can have
seen what follows.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.stats import spearmanr

from latent_distance import DAYS, Bools, Truth, World, draw_world, history_of, true_future, weeks_for, within
from latent_tables import (
    LAST_DAY,
    Calendar,
    Tables,
    activity_table,
    days,
    events_table,
    financials_table,
    firm_ids,
    firms_table,
    relations_table,
    supplies_table,
)

TERMS = (30, 90, 180, 360)
"""Days over which the truth has a PD."""
MAKERS: dict[str, Callable[[Tables], pa.Table]] = {
    "firms": firms_table,
    "supplies": supplies_table,
    "activity": activity_table,
    "financials": financials_table,
    "relations": relations_table,
    "events": events_table,
}


def main() -> None:
    """Write a world."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--firms", type=int, default=2000)
    parser.add_argument("--weeks", type=int, default=104)
    parser.add_argument("--replicas", type=int, default=256)
    parser.add_argument("--base-rate", type=float, default=0.03, help="share of firms that fail in 180 days")
    parser.add_argument("--damage", type=float, default=1.0, help="factor on all that is passed along links")
    parser.add_argument("--horizon", type=int, default=180, help="days of pd and pd_alone in the truth")
    options = parser.parse_args()
    world = draw_world(options.seed, options.firms, options.weeks, options.base_rate, options.damage)
    print(write_world(options.out, world, options.replicas, options.horizon))


def write_world(folder: Path, world: World, replicas: int, horizon: int = 180) -> str:
    """Simulate a world, write its tables and truth, and return a summary."""
    history = history_of(world, np.random.default_rng([world.seed, 3]))
    calendar = Calendar(world.weeks)
    in_week = np.random.default_rng([world.seed, 5]).integers(0, DAYS, len(world.firms))
    failed = history.failed_in >= 0
    failed_on = np.where(failed, calendar.start_of(history.failed_in) + in_week, calendar.last + 10_000)
    tables = Tables(world, history, calendar, failed_on)
    folder.mkdir(parents=True)
    rows = {}
    for name, make in MAKERS.items():
        table = make(tables)
        rows[name] = table.num_rows
        pq.write_table(table, folder / f"{name}.parquet")
    (folder / "synthetic.toml").write_text(
        f'name = "latent-{len(world.firms)}-{world.seed}"\nsynthetic = true\ncurrency = "CNY"\n\n[parameters]\n'
        f"firms = {len(world.firms)}\nweeks = {world.weeks}\nseed = {world.seed}\ndamage = {world.damage}\n"
        f"replicas = {replicas}\nend = {LAST_DAY}\n",
        encoding="utf-8",
    )
    summary = write_truth(folder / "truth", tables, replicas, horizon)
    return f"{folder}: {int(failed.sum())} defaults in {world.weeks} weeks, rows {rows}, {summary}"


def write_truth(folder: Path, tables: Tables, replicas: int, horizon: int) -> str:
    """Write the true PDs of the firms that operate on the last day, and how reliable they are."""
    folder.mkdir()
    world = tables.world
    weeks = weeks_for((*TERMS, horizon))
    full = true_future(world, tables.history, weeks, replicas)
    alone = true_future(world, tables.history, weeks, replicas, passing=False)
    alive = tables.history.state.alive[:, 0]
    pd = full.pd(horizon)[alive]
    pd_alone = alone.pd(horizon)[alive]
    ids = firm_ids(np.flatnonzero(alive))
    columns = {
        "as_of": days(np.full(len(pd), tables.calendar.last)),
        "firm_id": ids,
        "pd": pa.array(pd),
        "pd_alone": pa.array(pd_alone),
        "pd_caught": pa.array(pd - pd_alone),
        **{f"pd_{term}": pa.array(full.pd(term)[alive]) for term in TERMS},
        "distance": pa.array(tables.history.state.distance[alive, 0]),
    }
    pq.write_table(pa.table(columns), folder / "firms.parquet")
    reliability = {
        name: split_half(full, alone, name, alive, horizon) for name in ("pd", "pd_alone", "caught")
    }
    table = {
        "as_of": days(np.full(len(reliability), tables.calendar.last)),
        "column": list(reliability),
        "split_half": list(reliability.values()),
    }
    pq.write_table(pa.table(table), folder / "reliability.parquet")
    halves = ", ".join(f"{name} {value:.3f}" for name, value in reliability.items())
    terms = ", ".join(f"{term} days {full.pd(term)[alive].mean():.4f}" for term in TERMS)
    return f"{len(pd)} firms operate, mean PD {terms}, alone {pd_alone.mean():.4f}, split-half {halves}"


def split_half(full: Truth, alone: Truth, column: str, alive: Bools, horizon: int) -> float:
    """Rank correlation of a column of the truth between the two halves of the replicas."""
    halves = []
    for with_damage, without in zip(full.expected, alone.expected, strict=True):
        pd = within(with_damage, horizon)
        pd_alone = within(without, horizon)
        halves.append({"pd": pd, "pd_alone": pd_alone, "caught": pd - pd_alone}[column][alive])
    return float(spearmanr(*halves).statistic)


if __name__ == "__main__":
    main()
