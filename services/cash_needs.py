"""The needs of all shops as a table: from the forecast of their cash and what falls due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from supplyrisk.gnn.forecast import CashPath, LevelWindows, WindowForecast, cash_needs
from supplyrisk.graph import Tables
from supplyrisk.services.due_dates import due_amounts
from supplyrisk.services.forecast_rows import NEED_SCHEMA, NO_CASH, NO_FORECAST, OK, THIN


@dataclass(frozen=True)
class CashForecast:
    """The forecast of cash of some shops: a window per week, and the lowest; firm_ids: of the rows of its series."""

    weeks: Sequence[WindowForecast]
    lowest: WindowForecast
    cash: np.ndarray[tuple[int], np.dtype[np.float64]]
    firm_ids: Sequence[str]

    @classmethod
    def of(
        cls,
        source: LevelWindows,
        firm_ids: Sequence[str],
        weeks: Sequence[WindowForecast],
        lowest: WindowForecast,
    ) -> CashForecast:
        """Take the forecasts of a chunk, with the cash that each shop has now."""
        return cls(weeks, lowest, source.known[lowest.rows, -1], [firm_ids[row] for row in lowest.rows])


def need_table(tables: Tables, as_of: date, forecast: CashForecast, floor: float) -> pa.Table:
    """Return a row of NEED_SCHEMA per shop with a forecast of cash."""
    firms = forecast.firm_ids
    due = due_amounts(tables, as_of, firms, len(forecast.weeks))
    path = CashPath(
        cash=np.stack([week.quantiles for week in forecast.weeks], axis=1),
        lowest=forecast.lowest.quantiles,
        loans_due=due.loans,
        extra_receipts=due.extra_receipts,
        floor=np.full(len(firms), floor),
    )
    needs = cash_needs(path)
    return pa.table(
        {
            "firm_id": pa.array(firms, pa.string()),
            "state": pa.array(np.where(forecast.lowest.thin, THIN, OK).tolist(), pa.string()),
            "reason": pa.nulls(len(firms), pa.string()),
            "cash": forecast.cash,
            "floor": path.floor,
            "lowest_p10": needs.lowest[0],
            "lowest_p50": needs.lowest[1],
            "lowest_p90": needs.lowest[2],
            "lowest_week": pa.array(needs.lowest_week, pa.int16()),
            "under_on": _first_days(as_of, needs.under_week[1]),
            "cautious_under_on": _first_days(as_of, needs.under_week[0]),
            "need": needs.amount[1],
            "cautious_need": needs.amount[0],
            "loans_due": due.loans[-1],
            "receivables_due": due.receivables[-1],
        },
        schema=NEED_SCHEMA,
    )


def without_needs(firms: Sequence[str]) -> pa.Table:
    """Return a row per shop whose cash has no forecast: no need is stated of it, and why."""
    rows = [{"firm_id": firm, "state": NO_FORECAST, "reason": NO_CASH} for firm in firms]
    return pa.Table.from_pylist(rows, schema=NEED_SCHEMA)


def _first_days(as_of: date, weeks: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Array:
    """The first day of each week, None for week 0."""
    days = [as_of + timedelta(days=7 * int(week) - 6) if week else None for week in weeks]
    return pa.array(days, pa.date32())
