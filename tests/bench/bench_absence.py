"""How grades change where a firm's data are removed, aged or hidden and the firm is scored again.

    python tests/bench/bench_absence.py WORKSPACE [--share .15] [--seed 0] [--model NAME] [--no-margins]

For each change, a share of the firms that have a grade lose the rows; all others keep theirs, and all firms are scored
again by the workspace's model on the last day. The baseline is the score of the unchanged data in the same run. A firm
whose grade got better is listed with the PDs that its own part and its whole hazard gave before and after, and with its
margins. At most 2 % of the grades should be better.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from supplyrisk import gnn
from supplyrisk.graph import Tables, Workspace, build_snapshot, last_day_of

Row = dict[str, Any]
Frames = Mapping[str, pa.Table]
Change = Callable[[Frames, pa.Array], Frames]
LIMIT = 0.02
"""Largest share of grades that may be better."""


def about(table: pa.Table, columns: tuple[str, ...], firms: pa.Array) -> pa.ChunkedArray:
    """Return which rows name one of the firms in one of the columns."""
    masks = [pc.fill_null(pc.is_in(table[name], firms), False) for name in columns]
    mask = masks[0]
    for other in masks[1:]:
        mask = pc.or_(mask, other)
    return mask


def without(name: str, *columns: str) -> Change:
    """Return the change that removes a table's rows about the firms."""

    def change(frames: Frames, firms: pa.Array) -> Frames:
        table = frames[name]
        return {**frames, name: table.filter(pc.invert(about(table, columns, firms)))}

    return change


def hidden(name: str, *columns: str, seed: int) -> Change:
    """Return the change that removes a random half of a table's rows about the firms."""

    def change(frames: Frames, firms: pa.Array) -> Frames:
        table = frames[name]
        half = pa.array(np.random.default_rng(seed).random(table.num_rows) < 0.5)
        return {**frames, name: table.filter(pc.invert(pc.and_(about(table, columns, firms), half)))}

    return change


def aged(name: str, day: str, days: int, *columns: str) -> Change:
    """Return the change that removes the rows about the firms of the last days of a table."""

    def change(frames: Frames, firms: pa.Array) -> Frames:
        table = frames[name]
        start = pc.max(table[day]).as_py() - timedelta(days=days)
        late = pc.fill_null(pc.greater(table[day], pa.scalar(start, table[day].type)), False)
        return {**frames, name: table.filter(pc.invert(pc.and_(about(table, columns, firms), late)))}

    return change


def more_debt(frames: Frames, firms: pa.Array) -> Frames:
    """Double what the firms owe in every line, and its limit."""
    loans = frames["loans"]
    factor = pc.if_else(about(loans, ("firm_id",), firms), 2.0, 1.0)
    for name in ("drawn", "limit"):
        at = loans.column_names.index(name)
        loans = loans.set_column(at, name, pc.multiply(loans[name], factor))
    return {**frames, "loans": loans}


def changes(seed: int) -> dict[str, Change]:
    """Return the changes by name."""
    trade = ("supplier_id", "customer_id")
    return {
        "activity removed": without("activity", "firm_id"),
        "trade removed": without("supplies", *trade),
        "half of the trade hidden": hidden("supplies", *trade, seed=seed),
        "statements removed": without("financials", "firm_id"),
        "shipments removed": without("shipments", "shipper_id", "receiver_id", "carrier_id"),
        "loans removed": without("loans", "firm_id"),
        "activity 120 days older": aged("activity", "on", 120, "firm_id"),
        "trade 120 days older": aged("supplies", "on", 120, *trade),
        "statements two years older": aged("financials", "on", 730, "firm_id"),
        "debt doubled": more_debt,
    }


@dataclass(frozen=True)
class Regrading:
    """Grades of the changed firms before and after; better: (firm, before, after) rows."""

    name: str
    firms: int
    worse: int
    insufficient: int
    better: tuple[tuple[Row, Row], ...]


def regraded(name: str, before: Mapping[str, Row], after: Mapping[str, Row], firms: list[str]) -> Regrading:
    """Compare the grades of the changed firms."""
    pairs = [(before[firm], after[firm]) for firm in firms if firm in after]
    graded = [(old, new) for old, new in pairs if new["grade"] is not None]
    return Regrading(
        name=name,
        firms=len(pairs),
        worse=sum(new["grade"] > old["grade"] for old, new in graded),
        insufficient=len(pairs) - len(graded),
        better=tuple((old, new) for old, new in graded if new["grade"] < old["grade"]),
    )


def scored(model: gnn.RiskModel, tables: Tables, as_of: date | None) -> dict[str, Row]:
    """Return the scores by firm."""
    snapshot = build_snapshot(
        tables, as_of, model.horizon_days or 180, default_definition=model.default_definition
    )
    firms = gnn.score(model, snapshot).firms
    rows = firms.select(
        ["firm_id", "grade", "pd", "own", "context", "caught", "coverage", "margin", "margin_for"]
    ).to_pylist()
    return {row["firm_id"]: row for row in rows}


def regradings(model: gnn.RiskModel, tables: Tables, share: float, seed: int) -> Iterator[Regrading]:
    """Yield what each change of the data of a share of the graded firms does to their grades on the last day."""
    frames = {
        name: source if isinstance(source, pa.Table) else pq.read_table(source)
        for name, source in tables.sources.items()
    }
    as_of = last_day_of(tables)
    before = scored(model, tables, as_of)
    graded = sorted(firm for firm, row in before.items() if row["grade"] is not None)
    rng = np.random.default_rng(seed)
    for name, change in changes(seed).items():
        firms = sorted(rng.choice(graded, round(share * len(graded)), replace=False).tolist())
        after = scored(model, replace(tables, sources=change(frames, pa.array(firms))), as_of)
        yield regraded(name, before, after, firms)


def main() -> None:
    """Print a line per change, and the firms whose grade is better."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("workspace")
    parser.add_argument("--share", type=float, default=0.15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", help="of the workspace; the promoted one by default")
    parser.add_argument("--no-margins", action="store_true", help="grade by the PD alone")
    options = parser.parse_args()
    workspace = Workspace(options.workspace)
    model = gnn.load(workspace.model_path(options.model))
    if options.no_margins:
        model = replace(model, margins={})
    total = better = 0
    for outcome in regradings(model, workspace.tables(), options.share, options.seed):
        total += outcome.firms
        better += len(outcome.better)
        print(
            f"{outcome.name:28} firms {outcome.firms:4}  better {len(outcome.better) / outcome.firms:6.1%}  "
            f"worse {outcome.worse / outcome.firms:6.1%}  insufficient {outcome.insufficient / outcome.firms:6.1%}"
        )
        for old, new in outcome.better:
            print(
                f"    {old['firm_id']}: {old['grade']} to {new['grade']}, PD {old['pd']:.4f} to {new['pd']:.4f}, own "
                f"{old['own']:.4f} to {new['own']:.4f}, context {old['context']:.4f} to {new['context']:.4f}, caught "
                f"{old['caught']:.4f} to {new['caught']:.4f}, coverage {new['coverage']:.2f}, margin "
                f"{old['margin']:.2f} to {new['margin']:.2f} for {new['margin_for'] or 'nothing'}"
            )
    print(f"all changes: {better / total:.2%} of {total:,} grades are better, at most {LIMIT:.0%} expected")


if __name__ == "__main__":
    main()
