"""A world of which less is known: trade, statements or payments of some firms removed, each drawn by itself.

    python tests/bench/thinned_world.py WORLD OUT [--until 2025-06-29] [--seed 1]

The tables are cut off at a day (the last date of the truth unless --until says otherwise). Of each share of the firms
in `SHARES` the rows are removed that such a firm would not have: trade before a day drawn at random, all statements,
those of the last 550 days, or the days on which its purchases were paid. The true PDs stay as they are.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from supplyrisk.graph.schema.source_coverage import STATEMENT_DAYS
from world_cuts import cut, judged_day

SHARES = {"months": 0.12, "half_year": 0.12, "no_statement": 0.15, "stale_statement": 0.1, "no_payments": 0.2}
"""Shares of the firms: with 30 to 180 days of trade, with 180 to 365, without statements, without fresh ones, without
days of payment. The last three are drawn independently of the first two."""


def main() -> None:
    """Thin a world."""
    parser = argparse.ArgumentParser()
    parser.add_argument("world", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--until", type=date.fromisoformat)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    thin(options.world, options.out, options.until or judged_day(options.world), options.seed)


def thin(world: Path, out: Path, until: date, seed: int) -> None:
    """Write the tables of a world up to a day with evidence removed."""
    cut(world, out, until=until)
    ids = pq.read_table(out / "firms.parquet")["firm_id"].to_pylist()
    drawn = np.random.default_rng([seed, 77]).random((len(ids), 4))
    since = _first_days(drawn[:, :2], until)
    begun = {firm: day for firm, day in zip(ids, since, strict=True) if day is not None}
    no_statement = drawn[:, 2] < SHARES["no_statement"]
    stale = drawn[:, 2] < SHARES["no_statement"] + SHARES["stale_statement"]
    _rewrite(out / "supplies.parquet", lambda t: _from(_from(t, "supplier_id", begun), "customer_id", begun))
    _rewrite(out / "activity.parquet", lambda t: _from(t, "firm_id", begun))
    _rewrite(out / "firms.parquet", lambda t: _joined(t, since))
    _rewrite(out / "financials.parquet", lambda t: _without(t, _named(ids, no_statement)))
    fresh = pa.scalar(until - timedelta(days=STATEMENT_DAYS), pa.date32())
    stale_firms = _named(ids, stale)
    _rewrite(
        out / "financials.parquet",
        lambda t: t.filter(pc.invert(pc.and_(_is(t, "firm_id", stale_firms), pc.greater(t["on"], fresh)))),
    )
    _rewrite(out / "supplies.parquet", lambda t: _unpaid(t, _named(ids, drawn[:, 3] < SHARES["no_payments"])))


def _first_days(drawn: np.ndarray, until: date) -> list[date | None]:
    """The first day of trade of each firm; None: all of it stays."""
    months = SHARES["months"]
    days: list[date | None] = []
    for which, far in drawn:
        if which < months:
            days.append(until - timedelta(days=int(30 + 150 * far)))
        elif which < months + SHARES["half_year"]:
            days.append(until - timedelta(days=int(180 + 185 * far)))
        else:
            days.append(None)
    return days


def _rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(path)), path)


def _named(ids: list[str], chosen: np.ndarray) -> pa.Array:
    return pa.array([firm for firm, is_chosen in zip(ids, chosen, strict=True) if is_chosen], pa.string())


def _is(table: pa.Table, column: str, ids: pa.Array) -> pa.ChunkedArray:
    return pc.is_in(table[column].cast(pa.string()), ids)


def _without(table: pa.Table, ids: pa.Array) -> pa.Table:
    return table.filter(pc.invert(_is(table, "firm_id", ids)))


def _from(table: pa.Table, column: str, begun: Mapping[str, date]) -> pa.Table:
    """Rows of a firm from its first day on."""
    ids = pa.array(list(begun), pa.string())
    days = pa.array(list(begun.values()), pa.date32())
    start = pc.take(days, pc.index_in(table[column].cast(pa.string()), ids))
    return table.filter(pc.fill_null(pc.greater_equal(table["on"], start), True))


def _joined(firms: pa.Table, since: list[date | None]) -> pa.Table:
    """A firm whose trade begins later joined the book on that day."""
    at = firms.column_names.index("joined_on")
    days = firms["joined_on"].combine_chunks().cast(pa.date32())
    later = pc.coalesce(pc.max_element_wise(pa.array(since, pa.date32()), days), days)
    return firms.set_column(at, "joined_on", later.cast(firms["joined_on"].type))


def _unpaid(supplies: pa.Table, customers: pa.Array) -> pa.Table:
    """Purchases of these customers state neither a day of payment nor one on which they fall due."""
    hidden = _is(supplies, "customer_id", customers)
    for name in ("due_on", "paid_on"):
        at = supplies.column_names.index(name)
        days = pc.if_else(hidden, pa.scalar(None, supplies[name].type), supplies[name])
        supplies = supplies.set_column(at, name, days)
    return supplies


if __name__ == "__main__":
    main()
