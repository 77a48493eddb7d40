"""The tables of forecasts and of needs: their columns and the words in them."""

from __future__ import annotations

import pyarrow as pa

OK = "ok"
THIN = "thin"
NO_FORECAST = "none"
STATES = (OK, THIN, NO_FORECAST)
"""Of a forecast: by enough history, by little (its interval is wider where that is less sure), or none."""
NEW = "new"
SILENT = "silent"
"""Why there is none: rows for less than a week of the last 60 days, or no row at all in them."""
NO_CASH = "no_cash"
"""Why there is no need: cash is unknown, or its forecast is."""
FORECAST_SCHEMA = pa.schema(
    [
        ("firm_id", pa.string()),
        ("measure", pa.string()),
        ("basis", pa.string()),
        ("category", pa.string()),
        ("week", pa.int16()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("p10", pa.float64()),
        ("p50", pa.float64()),
        ("p90", pa.float64()),
        ("state", pa.string()),
        ("reason", pa.string()),
    ]
)
"""Columns of forecasts; see docs/forecast.md."""
NEED_SCHEMA = pa.schema(
    [
        ("firm_id", pa.string()),
        ("state", pa.string()),
        ("reason", pa.string()),
        ("cash", pa.float64()),
        ("floor", pa.float64()),
        ("lowest_p10", pa.float64()),
        ("lowest_p50", pa.float64()),
        ("lowest_p90", pa.float64()),
        ("lowest_week", pa.int16()),
        ("under_on", pa.date32()),
        ("cautious_under_on", pa.date32()),
        ("need", pa.float64()),
        ("cautious_need", pa.float64()),
        ("loans_due", pa.float64()),
        ("receivables_due", pa.float64()),
    ]
)
"""Columns of needs; see docs/forecast.md."""
