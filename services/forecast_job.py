"""The work of `forecast`: models fitted on a sample of shops, and forecasts of all of them in chunks, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from supplyrisk.gnn.forecast import (
    FitOptions,
    SalesCalendar,
    SalesModel,
    ShopSeries,
    WindowForecast,
    fit_total,
    fit_weeks,
)
from supplyrisk.graph import Tables
from supplyrisk.services.forecast_rows import FORECAST_SCHEMA, NEW, NO_FORECAST, OK, SILENT, THIN
from supplyrisk.services.forecast_series import SeriesReader
from supplyrisk.services.progress import JobProgress

MOST_SHOPS = 4_000
"""Series that a model is fitted on; of more a sample is drawn."""
READING = "reading series"
FITTING = "fitting forecasts"
FORECASTING = "forecasting"
STAGES = {READING: 1.0, FITTING: 8.0, FORECASTING: 2.0}
_SILENT_DAYS = 60


@dataclass(frozen=True)
class ForecastJob:
    """What forecasts are made of: the data, the last day that they know, and how models are fitted."""

    tables: Tables
    as_of: date
    calendar: SalesCalendar
    total_days: int
    options: FitOptions
    progress: JobProgress

    def turnover(self, basis: str) -> pa.Table:
        """Return the forecast of turnover by a measure, or of "trade by category", in FORECAST_SCHEMA.

        Raises
        ------
        DataError: there is too little history.
        """
        self.progress(READING)
        with SeriesReader(self.tables, self.as_of, basis, self.calendar) as reader:
            sample = reader.sample(MOST_SHOPS, self.options.seed)
            self.progress(FITTING)
            models = (fit_total(sample, self.total_days, self.options), fit_weeks(sample, self.options))
            parts = []
            for begin, series in reader.chunks():
                self.progress(FORECASTING, begin, len(reader.keys))
                parts.append(self._chunk(reader, begin, series, models))
        return pa.concat_tables(parts)

    def _chunk(
        self, reader: SeriesReader, begin: int, series: ShopSeries, models: tuple[SalesModel, ...]
    ) -> pa.Table:
        parts = [
            self._window(reader, begin, series, forecast)
            for model in models
            for forecast in model.forecast(series)
        ]
        with_forecast = parts[0]["firm_id"], parts[0]["category"]
        parts.append(
            self._without(
                reader, begin, series, set(zip(*(c.to_pylist() for c in with_forecast), strict=True))
            )
        )
        return pa.concat_tables(parts)

    def _window(
        self, reader: SeriesReader, begin: int, series: ShopSeries, forecast: WindowForecast
    ) -> pa.Table:
        window = forecast.window
        first = self.as_of + timedelta(days=window.begin * series.step + 1)
        last = self.as_of + timedelta(days=window.end * series.step)
        numbers = (forecast.rows + begin).tolist()
        low, middle, high = forecast.quantiles
        count = len(numbers)
        return pa.table(
            {
                "firm_id": pa.array([reader.keys.firm_ids[n] for n in numbers], pa.string()),
                "measure": pa.repeat("turnover", count),
                "basis": pa.repeat(reader.basis, count),
                "category": pa.array([reader.keys.categories[n] for n in numbers], pa.string()),
                "week": pa.array(np.full(count, window.week, dtype=np.int16)),
                "first_day": pa.array([first] * count, pa.date32()),
                "last_day": pa.array([last] * count, pa.date32()),
                "p10": low,
                "p50": middle,
                "p90": high,
                "state": pa.array(np.where(forecast.thin, THIN, OK), pa.string()),
                "reason": pa.nulls(count, pa.string()),
            },
            schema=FORECAST_SCHEMA,
        )

    def _without(
        self, reader: SeriesReader, begin: int, series: ShopSeries, present: set[tuple[str, str | None]]
    ) -> pa.Table:
        """A row, with the reason, for each series of a chunk that has no forecast."""
        keys = reader.keys
        rows = [
            {
                "firm_id": keys.firm_ids[number],
                "measure": "turnover",
                "basis": reader.basis,
                "category": keys.categories[number],
                "week": 0,
                "first_day": self.as_of + timedelta(days=1),
                "last_day": self.as_of + timedelta(days=self.total_days),
                "state": NO_FORECAST,
                "reason": SILENT if keys.days_ago[number] >= _SILENT_DAYS else NEW,
            }
            for number in range(begin, begin + len(series.ids))
            if (keys.firm_ids[number], keys.categories[number]) not in present
        ]
        return pa.Table.from_pylist(rows, schema=FORECAST_SCHEMA)
