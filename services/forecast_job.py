"""The work of `forecast`: models fitted on a sample of shops, and forecasts of all of them in chunks, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.gnn.forecast import (
    FitOptions,
    LevelWindows,
    SalesCalendar,
    WindowForecast,
    WindowModel,
    WindowSource,
    fit_lowest,
    fit_total,
    fit_weeks,
)
from supplyrisk.graph import DataError, Tables
from supplyrisk.services.cash_needs import CashForecast, need_table, without_needs
from supplyrisk.services.forecast_rows import FORECAST_SCHEMA, NEED_SCHEMA, NEW, NO_FORECAST, OK, SILENT, THIN
from supplyrisk.services.forecast_series import (
    BY_CATEGORY,
    LEVELS,
    SeriesReader,
    has_categories,
    level_measures,
)
from supplyrisk.services.progress import JobProgress, plan_stages

MOST_SHOPS = 4_000
"""Series that a model is fitted on; of more a sample is drawn."""
TURNOVER = "turnover"
_SILENT_DAYS = 60


@dataclass(frozen=True)
class ForecastTables:
    """The forecasts in FORECAST_SCHEMA, the needs in NEED_SCHEMA, and what has no forecast and why."""

    rows: pa.Table
    needs: pa.Table
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ForecastJob:
    """What forecasts are made of: the data, the last day that they know, and how models are fitted.

    total_days: days of the total. floor: cash that must be left.
    """

    tables: Tables
    as_of: date
    calendar: SalesCalendar
    total_days: int
    floor: float
    options: FitOptions
    progress: JobProgress

    def run(self, basis: str) -> ForecastTables:
        """Return the forecasts of turnover, by category too where trades have some, of stock and cash, and the needs.

        Only turnover must have enough history; what else has too little is left out, with a note.

        Raises
        ------
        DataError: turnover has too little history.
        """
        others = [BY_CATEGORY] if has_categories(self.tables, self.as_of) else []
        others += level_measures(self.tables, self.as_of)
        plan_stages(self.progress, {stage_of(name): 1.0 for name in (basis, *others)})
        parts = [self.turnover(basis)]
        firms = pc.unique(parts[0]["firm_id"]).to_pylist()
        needs = NEED_SCHEMA.empty_table()
        notes = []
        for name in others:
            try:
                if name == BY_CATEGORY:
                    parts.append(self.turnover(name))
                else:
                    rows, found_needs = self.levels(name)
                    parts.append(rows)
                    needs = pa.concat_tables([needs, found_needs])
            except DataError as fault:
                notes.append(f"no forecast of {name}: {fault.problem}")
        if "cash" not in others:
            notes.append("cash is unknown: no need is stated")
        return ForecastTables(pa.concat_tables(parts), _needs_of_all(needs, firms), tuple(notes))

    def turnover(self, basis: str) -> pa.Table:
        """Return the forecast of turnover by a measure, or of "trade by category", in FORECAST_SCHEMA.

        Raises
        ------
        DataError: there is too little history.
        """
        self.progress(stage_of(basis))
        parts = []
        with SeriesReader(self.tables, self.as_of, basis, self.calendar) as reader:
            sample = reader.sample(MOST_SHOPS, self.options.seed)
            total = fit_total(sample.series, self.total_days, self.options)
            models = (total, fit_weeks(sample, self.options))
            for begin, source in reader.chunks():
                self.progress(stage_of(basis), begin, len(reader.keys))
                forecasts = [forecast for model in models for forecast in model.forecast(source)]
                chunk = [self._window(reader, begin, source.series.step, forecast) for forecast in forecasts]
                with_forecast = set((forecasts[0].rows + begin).tolist())
                chunk.append(self._without(reader, begin, len(source.series.ids), with_forecast))
                parts.append(_by_shop(chunk))
        return pa.concat_tables(parts)

    def levels(self, measure: str) -> tuple[pa.Table, pa.Table]:
        """Return the forecast of stock or cash in FORECAST_SCHEMA, and of cash the needs, else none, in NEED_SCHEMA.

        Raises
        ------
        DataError: there is too little history.
        """
        self.progress(stage_of(measure))
        parts = [FORECAST_SCHEMA.empty_table()]
        needs = [NEED_SCHEMA.empty_table()]
        with SeriesReader(self.tables, self.as_of, measure, self.calendar) as reader:
            sample = reader.sample(MOST_SHOPS, self.options.seed)
            weeks = fit_weeks(sample, self.options)
            lowest = self._lowest_model(measure, sample)
            for begin, source in reader.chunks():
                self.progress(stage_of(measure), begin, len(reader.keys))
                forecasts = [_not_negative(f) if measure == "stock" else f for f in weeks.forecast(source)]
                parts.append(
                    _by_shop(
                        self._window(reader, begin, source.series.step, forecast) for forecast in forecasts
                    )
                )
                if lowest is not None and isinstance(source, LevelWindows):
                    [low] = lowest.forecast(source)
                    firms = reader.keys.firm_ids[begin : begin + len(source.series.ids)]
                    cash = CashForecast.of(source, firms, forecasts, low)
                    needs.append(need_table(self.tables, self.as_of, cash, self.floor))
        return pa.concat_tables(parts), pa.concat_tables(needs)

    def _lowest_model(self, measure: str, sample: WindowSource) -> WindowModel | None:
        """The model of the lowest cash; stock has none."""
        if measure != "cash" or not isinstance(sample, LevelWindows):
            return None
        return fit_lowest(sample, self.options)

    def _window(self, reader: SeriesReader, begin: int, step: int, forecast: WindowForecast) -> pa.Table:
        window = forecast.window
        first = self.as_of + timedelta(days=window.begin * step + 1)
        last = self.as_of + timedelta(days=window.end * step)
        numbers = (forecast.rows + begin).tolist()
        low, middle, high = forecast.quantiles
        count = len(numbers)
        return pa.table(
            {
                "firm_id": pa.array([reader.keys.firm_ids[n] for n in numbers], pa.string()),
                "measure": pa.repeat(_measure(reader), count),
                "basis": pa.repeat(reader.basis, count),
                "category": pa.array([reader.keys.categories[n] for n in numbers], pa.string()),
                "week": pa.array(np.full(count, window.week, dtype=np.int16)),
                "first_day": pa.array([first] * count, pa.date32()),
                "last_day": pa.array([last] * count, pa.date32()),
                "p10": low,
                "p50": middle,
                "p90": high,
                "state": pa.array(np.where(forecast.thin, THIN, OK).tolist(), pa.string()),
                "reason": pa.nulls(count, pa.string()),
            },
            schema=FORECAST_SCHEMA,
        )

    def _without(self, reader: SeriesReader, begin: int, count: int, with_forecast: set[int]) -> pa.Table:
        """A row, with the reason, for each series of a chunk that has no forecast."""
        keys = reader.keys
        rows = [
            {
                "firm_id": keys.firm_ids[number],
                "measure": _measure(reader),
                "basis": reader.basis,
                "category": keys.categories[number],
                "week": 0,
                "first_day": self.as_of + timedelta(days=1),
                "last_day": self.as_of + timedelta(days=self.total_days),
                "state": NO_FORECAST,
                "reason": SILENT if keys.days_ago[number] >= _SILENT_DAYS else NEW,
            }
            for number in range(begin, begin + count)
            if number not in with_forecast
        ]
        return pa.Table.from_pylist(rows, schema=FORECAST_SCHEMA)


def stage_of(measure: str) -> str:
    """Return the name of a stage of the job."""
    return f"forecasting {measure}"


def _by_shop(parts: Iterable[pa.Table]) -> pa.Table:
    """The rows of a chunk by shop, category and week; chunks are in that order, so that all rows are never sorted."""
    return pa.concat_tables(parts).sort_by([(name, "ascending") for name in ("firm_id", "category", "week")])


def _measure(reader: SeriesReader) -> str:
    return reader.measure if reader.measure in LEVELS else TURNOVER


def _not_negative(forecast: WindowForecast) -> WindowForecast:
    """A forecast of what cannot be below 0."""
    quantiles = np.maximum(forecast.quantiles, 0.0)
    return WindowForecast(forecast.window, forecast.rows, quantiles, forecast.thin)


def _needs_of_all(needs: pa.Table, firms: Sequence[str]) -> pa.Table:
    """Needs with a row for every shop, by firm_id."""
    listed = set(needs["firm_id"].to_pylist())
    rest = without_needs([firm for firm in firms if firm not in listed])
    return pa.concat_tables([needs, rest]).sort_by("firm_id")
