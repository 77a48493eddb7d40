"""Forecasts of totals against two baselines, and how often their intervals hold, at past days of any workspace.

python tests/bench/bench_forecast.py WORKSPACE                       # three days, 90 days apart, at the end of the data
python tests/bench/bench_forecast.py FOLDER --mapping mapping.toml   # loads the folder into a temporary workspace
python tests/bench/bench_forecast.py WORKSPACE --cuts 2025-03-31 2025-06-29 --days 90 --measure orders

Baselines: the last 60 days scaled to the horizon, and the last seven days repeated (seasonal naive). All three are
measured on the same shops: those with a forecast.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from supplyrisk import services
from supplyrisk.graph import Workspace, last_day_of


@dataclass(frozen=True)
class CutErrors:
    """Sums of absolute errors over the shops of one or several past days, and of what came."""

    shops: int
    outcome: float
    forecast: float
    last_60: float
    naive: float
    covered: float
    seconds: float

    def __add__(self, other: CutErrors) -> CutErrors:
        """The errors of both."""
        return CutErrors(*(getattr(self, n) + getattr(other, n) for n in self.__dataclass_fields__))

    def line(self, label: str) -> str:
        """A row of the table."""
        errors = (self.forecast, self.last_60, self.naive)
        shares = " | ".join(f"{error / self.outcome:.3f}" for error in errors)
        ratios = f"{self.forecast / self.last_60:.3f} | {self.forecast / self.naive:.3f}"
        holds = f"{self.covered / self.shops:.3f} | {self.seconds:.0f}"
        return f"| {label} | {self.shops} | {shares} | {ratios} | {holds} |"


def main() -> None:
    """Print the table of docs/measurements/forecast.md."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--mapping")
    parser.add_argument("--cuts", nargs="*", type=date.fromisoformat)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--measure")
    parser.add_argument("--shops", type=Path, help="a file of firm_ids, one a line: measure these alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(arguments.data)
        if not workspace.has_data():
            workspace = Workspace(Path(folder) / "workspace")
            services.load(workspace, arguments.data, mapping=arguments.mapping)
        _measure(workspace, arguments)


def _measure(workspace: Workspace, arguments: argparse.Namespace) -> None:
    last = last_day_of(workspace.tables())
    assert last is not None
    cuts = arguments.cuts or [last - timedelta(days=arguments.days + 90 * back) for back in (2, 1, 0)]
    only = arguments.shops.read_text().split() if arguments.shops else None
    print("| as of | shops | WAPE | last 60 | naive | of last 60 | of naive | 80 % holds | s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for state in (None, "ok", "thin"):
        total = None
        for cut in cuts:
            errors = _cut_errors(workspace, cut, arguments, only, state)
            if errors is not None:
                total = errors if total is None else total + errors
                print(errors.line(str(cut)), flush=True)
        if total is not None:
            print(total.line(f"pooled, {state or 'all'}"), flush=True)


_FORECASTS: dict[date, tuple[pd.DataFrame, str, float]] = {}


def _cut_errors(
    workspace: Workspace, cut: date, arguments: argparse.Namespace, only: list[str] | None, state: str | None
) -> CutErrors | None:
    if cut not in _FORECASTS:
        began = time.perf_counter()
        result = services.forecast(workspace, as_of=cut, total_days=arguments.days, measure=arguments.measure)
        _FORECASTS[cut] = result.to_frame(), result.basis, time.perf_counter() - began
    frame, basis, seconds = _FORECASTS[cut]
    totals = frame[(frame.week == 0) & frame.category.isna() & frame.p50.notna()].set_index("firm_id")
    if only is not None:
        totals = totals[totals.index.isin(only)]
    if state is not None:
        totals = totals[totals.state == state]
    if totals.empty:
        return None
    days = _daily(workspace, basis, cut, arguments.days).reindex(totals.index, fill_value=0.0)
    outcome = days[list(range(1, arguments.days + 1))].sum(axis=1)
    last_60 = days[list(range(-59, 1))].sum(axis=1) * arguments.days / 60
    week = days[list(range(-6, 1))].to_numpy()
    naive = np.array([week[:, number % 7] for number in range(arguments.days)]).sum(axis=0)
    return CutErrors(
        shops=len(totals),
        outcome=float(outcome.sum()),
        forecast=float((totals.p50 - outcome).abs().sum()),
        last_60=float((last_60 - outcome).abs().sum()),
        naive=float(np.abs(naive - outcome).sum()),
        covered=float(outcome.between(totals.p10, totals.p90).sum()),
        seconds=seconds,
    )


def _daily(workspace: Workspace, basis: str, cut: date, days: int) -> pd.DataFrame:
    """What each shop had from 59 days before the day after the cut, a column per day after it; 0 without a row."""
    sql = {
        "sales": 'SELECT firm_id, "on", sales AS value FROM activity',
        "orders": 'SELECT firm_id, "on", orders AS value FROM activity',
        "trade": 'SELECT supplier_id AS firm_id, "on", amount AS value FROM supplies',
    }[basis]
    with workspace.tables().connect() as con:
        rows = con.execute(
            f'SELECT firm_id, ("on" - $cut)::INTEGER AS day, sum(value) AS value FROM ({sql}) '
            'WHERE "on" - $cut BETWEEN -59 AND $days GROUP BY ALL',
            {"cut": cut, "days": days},
        ).df()
    table = rows.pivot(index="firm_id", columns="day", values="value")
    return table.reindex(columns=range(-59, days + 1)).fillna(0.0)


if __name__ == "__main__":
    main()
