"""Limits that follow: realised loss against static limits on synthetic worlds, and the time for a million shops.

    python tests/bench/bench_limits.py worlds --seeds 901 902 903 904 [--firms 1000] [--json FILE]
    python tests/bench/bench_limits.py shops 1000000

worlds: every week of the last year of each world is scored by the expert scorecard, fitted on the first of these days
without any outcome. All firms that have a target then and are not in default are given limits by the shipped policy,
without a lender's book. `static` stays at the first target, `follow` moves by `LimitSteps`, `target` is that of
each week at once. Limits are granted until the firm fails. Loss is LGD x the limit of a firm that fails, fully drawn:
the last limit before the default, or that of 13 weeks before it, since what was lent then for a quarter is still
owed. Each is divided by the sum of limits over firms and weeks, so that the ratio compares equal total limits.

shops: tables and scores of so many shops that borrow from one lender, with 26 weeks of sales, 8 trades each, a
statement and a line; then targets and one step of each limit.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow as pa

from supplyrisk import gnn
from supplyrisk.graph import Workspace, build_snapshot, last_day_of
from supplyrisk.graph.credit import read_policy
from supplyrisk.graph.credit.following.bulk_targets import bulk_targets
from supplyrisk.graph.credit.following.limit_step import LimitInForce, LimitSteps
from supplyrisk.graph.credit.following.target_limit import TargetLimit
from supplyrisk.graph.merchant.dips import temporary_dips
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables
from supplyrisk.loaders import load, synthetic_mapping
from supplyrisk.loaders.synthetic import synthesize

WEEKS = 52
LAGS = (0, 13)
"""Weeks before the default whose limit is owed."""
METHODS = ("static", "follow", "target")
DAY = date(2025, 6, 30)


@dataclass
class Course:
    """What a method granted: sum of limits over firms and weeks, and by lag the limits of firms that failed, money."""

    granted: float
    owed: dict[int, float]


def world_courses(seed: int, firms: int) -> tuple[dict[str, Course], int, int]:
    """The course of each method in a world, the number of firms with limits and of those that failed."""
    with TemporaryDirectory(prefix="scgraph-limits-") as temporary:
        folder = Path(temporary) / "world"
        synthesize(folder, firms=firms, weeks=156, seed=seed)
        workspace = Workspace(Path(temporary) / "workspace")
        load(folder, workspace.path, synthetic_mapping(folder))
        tables = workspace.tables()
        last = last_day_of(tables)
        assert last is not None
        days = [last - timedelta(weeks=WEEKS - week) for week in range(WEEKS + 1)]
        failed_on = defaults_after(tables, days[0])
        targets = list(weekly_targets(tables, days[:-1]))
    return courses(days, targets, failed_on)


def defaults_after(tables: Tables, day: date) -> dict[str, date]:
    """The first default after a day, by firm."""
    with tables.connect() as con:
        rows = con.execute(
            'SELECT firm_id, min("on") FROM events WHERE kind = \'default\' GROUP BY firm_id HAVING min("on") > ?',
            [day],
        ).fetchall()
    return dict(rows)


def weekly_targets(tables: Tables, days: list[date]) -> Iterator[tuple[dict[str, TargetLimit], set[str]]]:
    """The targets of all firms by week, and the firms in a temporary dip."""
    policy = read_policy()
    model = None
    for number, day in enumerate(days):
        start = time.perf_counter()
        snapshot = build_snapshot(tables, day)
        if model is None:
            model = gnn.fit_expert("limits", gnn.ExpertData(snapshot, 0.02), gnn.TrainingSettings())
        scores = gnn.score(model, snapshot).firms
        listed = bulk_targets(tables, scores, day, policy, shops=scores["firm_id"].to_pylist())
        dips = set(temporary_dips(tables, day)["firm_id"].to_pylist())
        print(f"  week {number}: {time.perf_counter() - start:.1f} s", flush=True)
        yield {target.firm: target for target in listed}, dips


def courses(
    days: list[date], targets: list[tuple[dict[str, TargetLimit], set[str]]], failed_on: dict[str, date]
) -> tuple[dict[str, Course], int, int]:
    """The course of each method over the weeks; a limit is granted until the firm fails."""
    policy = read_policy()
    firms = sorted(firm for firm, target in targets[0][0].items() if not target.defaulted)
    paths: dict[str, dict[str, list[float]]] = {method: {firm: [] for firm in firms} for method in METHODS}
    before: dict[str, LimitInForce] = {}
    for week, (by_firm, dips) in enumerate(targets):
        steps = LimitSteps(days[week], float(week > 0), policy.follow, policy.amount)
        at_once = LimitSteps(days[week], 0.0, policy.follow, policy.amount)
        for firm in firms:
            if firm in failed_on and failed_on[firm] <= days[week]:
                continue
            target = by_firm.get(firm)
            if target is None:
                before[firm] = steps.without_target(before[firm])
                paths["target"][firm].append(0.0)
            else:
                before[firm] = steps.next_limit(before.get(firm), target, in_dip=firm in dips)
                paths["target"][firm].append(at_once.next_limit(None, target).limit)
            paths["follow"][firm].append(before[firm].limit)
            first = paths["follow"][firm][0]
            paths["static"][firm].append(first)
    failed = [firm for firm in firms if firm in failed_on]
    result = {}
    for method, by_method in paths.items():
        owed = {
            lag: sum(path[max(0, len(path) - 1 - lag)] for path in map(by_method.get, failed) if path)
            for lag in LAGS
        }
        result[method] = Course(sum(map(sum, by_method.values())), owed)
    return result, len(firms), len(failed)


def worlds(seeds: list[int], firms: int, output: Path | None) -> None:
    """Print a row per world and method, and all worlds together."""
    policy = read_policy()
    lgd = policy.loss.lgd_of("credit")
    pooled = {method: Course(0.0, dict.fromkeys(LAGS, 0.0)) for method in METHODS}
    for seed in seeds:
        by_method, count, failed = world_courses(seed, firms)
        print(f"seed {seed}: {count} firms with limits, {failed} failed within {WEEKS} weeks", flush=True)
        show(by_method, lgd)
        for method, course in by_method.items():
            pooled[method].granted += course.granted
            for lag in LAGS:
                pooled[method].owed[lag] += course.owed[lag]
    print("all worlds")
    show(pooled, lgd)
    if output:
        output.write_text(json.dumps({method: vars(course) for method, course in pooled.items()}))


def show(by_method: dict[str, Course], lgd: float) -> None:
    """Print mean limit granted, loss by lag in basis points of the limit and year, and its ratio to static limits."""
    static = by_method["static"]
    for method, course in by_method.items():
        cells = []
        for lag in LAGS:
            rate = lgd * course.owed[lag] / (course.granted / WEEKS)
            of_static = lgd * static.owed[lag] / (static.granted / WEEKS)
            loss = lgd * course.owed[lag]
            cells.append(
                f"lag {lag}: loss {loss:12,.0f} rate {1e4 * rate:7.1f} bp ratio {rate / of_static:5.3f}"
            )
        print(f"  {method:7} granted {course.granted / WEEKS:14,.0f}  {'  '.join(cells)}", flush=True)


def shops(count: int) -> None:
    """Print the time and memory of targets and one step."""
    tables, scores = shop_tables(count)
    print(f"tables of {count} shops made, peak {peak():.1f} GB", flush=True)
    policy = read_policy()
    start, cpu = time.perf_counter(), time.process_time()
    targets = bulk_targets(tables, scores, DAY, policy, lender="L1")
    print(
        f"targets: {time.perf_counter() - start:.1f} s, CPU {time.process_time() - cpu:.1f} s, peak {peak():.1f} GB"
    )
    steps = LimitSteps(DAY, 1.0, policy.follow, policy.amount)
    limits = [steps.next_limit(None, target) for target in targets]
    print(
        f"and one step of {len(limits)} limits: {time.perf_counter() - start:.1f} s, "
        f"CPU {time.process_time() - cpu:.1f} s, peak {peak():.1f} GB; "
        f"{np.count_nonzero(targets.total)} targets above 0, bound by {sorted(set(targets.binding.tolist()))}"
    )


def peak() -> float:
    """Largest memory of this process so far, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def shop_tables(count: int) -> tuple[Tables, pa.Table]:
    """Tables and scores of shops, all made from their numbers."""
    con = duckdb.connect()
    con.execute("CREATE TABLE shops AS SELECT i, 'F' || i AS firm_id FROM range(?) t(i)", [count])
    day = f"DATE '{DAY}'"
    queries = {
        "firms": "SELECT firm_id, 'merchant' AS roles, 'industry ' || i % 20 AS industry FROM shops",
        "activity": f'SELECT firm_id, {day} - CAST(7 * w AS INTEGER) AS "on", CAST(2000 + i % 9000 AS DOUBLE) AS sales '
        "FROM shops, range(26) t(w)",
        "supplies": f"SELECT 'F' || (i + k * k * 37 + 1) % {count} AS supplier_id, firm_id AS customer_id, "
        f'{day} - CAST(20 * k AS INTEGER) AS "on", CAST(1000 + (i * (k + 1)) % 5000 AS DOUBLE) AS amount '
        "FROM shops, range(8) t(k)",
        "financials": f'SELECT firm_id, {day} - 180 AS "on", 100000.0 AS revenue, '
        "CAST(70000 + i % 30000 AS DOUBLE) AS costs FROM shops",
        "loans": f"SELECT 'C' || i AS loan_id, 'L1' AS lender_id, firm_id, {day} AS \"on\", 'credit' AS product, "
        'CAST(20000 + i % 30000 AS DOUBLE) AS "limit", CAST(i % 15000 AS DOUBLE) AS drawn FROM shops',
    }
    sources = {name: con.sql(query).to_arrow_table() for name, query in queries.items()}
    scores = con.sql(
        "SELECT firm_id, (i % 100) / 500.0 AS pd, substr('ABCDEFG', CAST(i % 7 + 1 AS INTEGER), 1) AS grade, "
        "'scored' AS state, 0.9 AS coverage FROM shops"
    ).to_arrow_table()
    con.close()
    return Tables(DatasetInfo(), sources), scores


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    of_worlds = commands.add_parser("worlds")
    of_worlds.add_argument("--seeds", type=int, nargs="+", required=True)
    of_worlds.add_argument("--firms", type=int, default=1000)
    of_worlds.add_argument("--json", type=Path)
    of_shops = commands.add_parser("shops")
    of_shops.add_argument("count", type=int)
    options = parser.parse_args()
    if options.command == "worlds":
        worlds(options.seeds, options.firms, options.json)
    else:
        shops(options.count)


if __name__ == "__main__":
    main()
