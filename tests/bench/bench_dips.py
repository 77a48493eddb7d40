"""Temporary dips: on daily payments of real shops, how often sales came back, and the time for a million shops.

    python tests/bench/bench_dips.py payments payments_by_day.csv
    python tests/bench/bench_dips.py shops 1000000

payments: a CSV file of shop_id, time_stamp and count, days without payments left out. On each Sunday, the dips that go
on are compared with the next four weeks: sales are back where one of these weeks has 80 % of usual sales.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from supplyrisk.graph.merchant.dips import DipRules, sales_dips
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables

BACK_SHARE = 0.8
BACK_WEEKS = 4
SPRING = (date(2016, 1, 25), date(2016, 2, 24))
"""Shutdown of the Spring Festival 2016 by the default rules."""


def read_payments(path: Path) -> Tables:
    """The payments as activity: a row per shop and day with the number of payments as orders."""
    con = duckdb.connect()
    con.execute(f"CREATE VIEW payments AS FROM read_csv('{path}')")
    shops = con.sql("SELECT DISTINCT CAST(shop_id AS VARCHAR) AS firm_id FROM payments ORDER BY ALL")
    days = con.sql(
        'SELECT CAST(shop_id AS VARCHAR) AS firm_id, CAST(time_stamp AS DATE) AS "on", '
        "CAST(count AS BIGINT) AS orders FROM payments ORDER BY ALL"
    )
    return Tables(DatasetInfo(), {"firms": shops.to_arrow_table(), "activity": days.to_arrow_table()})


def weekly(tables: Tables, day: date) -> dict[str, dict[int, float]]:
    """Orders by shop and week from a day: week 1 are the seven days after it, week 0 those up to it."""
    con = duckdb.connect()
    con.register("activity", tables.sources["activity"])
    rows = con.execute(
        'SELECT firm_id, CAST(ceil(("on" - $day) / 7) AS INTEGER), sum(orders) FROM activity GROUP BY ALL',
        {"day": day},
    ).fetchall()
    by_shop: dict[str, dict[int, float]] = defaultdict(dict)
    for firm, week, orders in rows:
        by_shop[firm][week] = float(orders)
    return by_shop


def usual_of(weeks: dict[int, float], first: int) -> float:
    """The median of the known or empty weeks among the 26 before a week, from the shop's first row on."""
    start = max(min(weeks), first - 26)
    before = sorted(weeks.get(week, 0.0) for week in range(start, first))
    middle = len(before) // 2
    return before[middle] if len(before) % 2 else (before[middle - 1] + before[middle]) / 2


def payments(path: Path, sound_weeks: int) -> None:
    tables = read_payments(path)
    rules = DipRules(absent_is_zero=True, sound_weeks=sound_weeks)
    spring(tables, rules)
    back: dict[tuple[str, str], list[bool]] = defaultdict(list)
    day = date(2016, 1, 3)
    while day <= date(2016, 7, 3):
        weeks = weekly(tables, day)
        for dip in sales_dips(tables, day, rules).to_pylist():
            if dip["ended_on"] is None:
                first = (dip["began_on"] - day).days // 7 + 1
                bound = BACK_SHARE * usual_of(weeks[dip["firm_id"]], first)
                later = [weeks[dip["firm_id"]].get(week, 0.0) for week in range(1, BACK_WEEKS + 1)]
                back[dip["cause"], dip["verdict"]].append(max(later) >= bound)
        day += timedelta(days=7)
    for name, chosen in (
        ("temporary", [flag for key, flags in back.items() if key[1] == "temporary" for flag in flags]),
        ("all dips", [flag for flags in back.values() for flag in flags]),
        ("other dips", [flag for key, flags in back.items() if key[1] != "temporary" for flag in flags]),
    ):
        print(
            f"{name}: back within {BACK_WEEKS} weeks {sum(chosen)} of {len(chosen)}, {sum(chosen) / len(chosen):.3f}"
        )
    for key, flags in sorted(back.items()):
        print("  ", *key, f"{sum(flags)} of {len(flags)}, {sum(flags) / len(flags):.3f}")


def spring(tables: Tables, rules: DipRules) -> None:
    """Shops with a dip around the Spring Festival 2016, as known on 27 March."""
    day = date(2016, 3, 27)
    weeks = weekly(tables, SPRING[0])
    trading = {firm for firm, rows in weeks.items() if any(-3 <= week <= 0 for week in rows)}
    old = {firm for firm in trading if min(weeks[firm]) <= -rules.sound_weeks}
    dips = [
        dip
        for dip in sales_dips(tables, day, rules).to_pylist()
        if dip["began_on"] <= SPRING[1] and (dip["ended_on"] or day) >= SPRING[0]
    ]
    verdicts = Counter((dip["cause"], dip["verdict"]) for dip in dips)
    recognised = {dip["firm_id"] for dip in dips if dip["verdict"] == "temporary"}
    any_dip = {dip["firm_id"] for dip in dips}
    print(
        f"Spring Festival 2016: {len(trading)} shops trading before, {len(any_dip)} with a dip, "
        f"{len(recognised)} recognised as temporary ({len(recognised) / len(trading):.3f} of the shops); "
        f"of {len(old)} with {rules.sound_weeks} weeks of history {len(old & any_dip)} and {len(old & recognised)}"
    )
    for key, number in sorted(verdicts.items()):
        print("  ", *key, number)


def shops(number: int) -> None:
    """The time for many shops with 60 weekly rows each, one in ten of them with a dip of two weeks."""
    with TemporaryDirectory() as folder:
        con = duckdb.connect()
        con.execute(
            f"COPY (SELECT 'S' || lpad(CAST(shop AS VARCHAR), 7, '0') AS firm_id, "
            f"DATE '2025-06-29' - CAST(7 * week AS INTEGER) AS \"on\", "
            f"round((1000 + shop % 977) * (.8 + .4 * ((shop * 31 + week * 17) % 101) / 100) "
            f"* CASE WHEN shop % 10 = 0 AND week IN (3, 4) THEN .1 ELSE 1 END, 2) AS sales "
            f"FROM range({number}) s(shop), range(60) w(week)) TO '{folder}/activity.parquet'"
        )
        con.execute(
            f"COPY (SELECT 'S' || lpad(CAST(shop AS VARCHAR), 7, '0') AS firm_id FROM range({number}) s(shop)) "
            f"TO '{folder}/firms.parquet'"
        )
        con.close()
        sources: dict[str, Any] = {name: Path(folder) / f"{name}.parquet" for name in ("firms", "activity")}
        start = time.perf_counter()
        dips: pa.Table = sales_dips(Tables(DatasetInfo(), sources), date(2025, 6, 29))
        peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"{number} shops: {dips.num_rows} dips in {time.perf_counter() - start:.1f} s, peak {peak_gb:.1f} GB"
        )


if __name__ == "__main__":
    job, argument, *more = sys.argv[1:]
    if job == "payments":
        payments(Path(argument), int(more[0]) if more else 26)
    else:
        shops(int(argument))
