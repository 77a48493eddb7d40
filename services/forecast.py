"""Forecast the turnover of all shops: thirteen weeks and their total, with intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph import RequestError, Workspace, last_day_of
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.workspace.forecast_file import StoredForecast, write_forecast
from supplyrisk.services.day_snapshot import late_note
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.explain import firm_of_tables
from supplyrisk.services.forecast_rows import STATES
from supplyrisk.services.progress import JobProgress, silent

if TYPE_CHECKING:
    import pandas as pd

TOTAL_DAYS = 91
"""Days of the total: thirteen weeks."""
SHORTEST_TOTAL = 28
LONGEST_TOTAL = 182


@dataclass(frozen=True)
class ForecastResult(TableResult):
    """The forecast of turnover, stock and cash of all shops, or of one.

    Parameters
    ----------
    as_of: the last day that it knows.
    basis: what turnover is measured by: sales, orders or trade.
    rows: see docs/forecast.md; turnover first, that by category, stock, then cash;
        each by shop and week, where week 0 is the total.
    needs: a row per shop: when its cash falls under the floor, and how much it needs; see docs/forecast.md.
    shop: the shop that was asked for; None: all.
    total_days: days of the total. floor: cash that must be left.
    content_hash: of the data.
    """

    as_of: date
    basis: str
    rows: pa.Table
    needs: pa.Table
    shop: str | None
    total_days: int
    floor: float
    seed: int
    content_hash: str
    synthetic: bool
    currency: str | None
    notes: tuple[str, ...]

    @property
    def states(self) -> dict[str, int]:
        """The number of shops by state."""
        totals = self.rows.filter(pc.and_(pc.equal(self.rows["week"], 0), pc.is_null(self.rows["category"])))
        counts = {row["values"]: row["counts"] for row in pc.value_counts(totals["state"]).to_pylist()}
        return {state: counts.get(state, 0) for state in STATES}

    def table(self) -> pa.Table:
        """A row per shop, category and week, and one per total."""
        return self.rows

    def needs_frame(self) -> pd.DataFrame:
        """The needs as a DataFrame."""
        frame: pd.DataFrame = self.needs.to_pandas()
        return frame

    def to_json(self, top: int | None = None) -> Document:
        """The forecast as a JSON document; top cuts the rows, and the needs."""
        rows = {"needs": self.needs.slice(0, top).to_pylist(), "rows": self.rows.slice(0, top).to_pylist()}
        return self.head() | rows

    def head(self) -> Document:
        """The document without its rows and needs."""
        about: Document = {"as_of": self.as_of, "synthetic": self.synthetic}
        return document(
            "forecast",
            [],
            about=about,
            basis=self.basis,
            shop=self.shop,
            currency=self.currency,
            total_days=self.total_days,
            floor=self.floor,
            interval=0.8,
            seed=self.seed,
            data=self.content_hash,
            states=self.states,
            notes=self.notes,
        )


def forecast(
    workspace: Workspace,
    shop: str | None = None,
    *,
    as_of: date | None = None,
    measure: str | None = None,
    total_days: int = TOTAL_DAYS,
    calendar: Path | None = None,
    floor: float = 0.0,
    seed: int = defaults.SEED,
    rounds: int | None = None,
    beyond_days: int = defaults.BEYOND_DAYS,
    progress: JobProgress = silent,
) -> ForecastResult:
    """Forecast turnover, stock and cash of all shops for thirteen weeks after a day, and store it in the workspace.

    The models are fitted on what was known on that day, for all shops together.

    Parameters
    ----------
    shop: firm_id or name: return its rows only; None: those of all shops.
    as_of: the last day that the forecast knows; None: the last day of the data.
    measure: sales, orders or trade; None: the first that the data have.
    total_days: days of the total, 28 to 182.
    calendar: a CSV file of further days on which sales are out of the ordinary: name, first_day, last_day.
    floor: cash that a shop must have left, in the data's currency; what it lacks to it is its need.
    seed: of everything random.
    rounds: trees per quantile; None: the default.
    beyond_days: how many days as_of may lie after the data.

    Raises
    ------
    RequestError: a parameter is out of range, or there is no such shop. WorkspaceError: no data are loaded.
    DataError: the data are undated, have no turnover or too little history, or the calendar is not of that form.
    """
    # LightGBM loads slowly.
    from supplyrisk.gnn.forecast import FitOptions, SalesCalendar, read_events  # noqa: PLC0415
    from supplyrisk.services.forecast_job import ForecastJob  # noqa: PLC0415
    from supplyrisk.services.forecast_series import chosen_measure  # noqa: PLC0415

    if not SHORTEST_TOTAL <= total_days <= LONGEST_TOTAL:
        raise RequestError(f"--days {total_days}", f"{SHORTEST_TOTAL} to {LONGEST_TOTAL} days")
    tables = workspace.tables()
    if tables.info.undated:
        raise RequestError("a forecast of undated data", "data with days")
    events = SalesCalendar(read_events(calendar) if calendar else ())
    notes = late_note(tables, as_of, beyond_days)
    day = as_of or last_day_of(tables)
    if day is None:
        raise RequestError("a forecast of data without days", "data with days")
    basis = chosen_measure(tables, day, measure)
    firm = None if shop is None else firm_of_tables(tables, shop)[0]
    options = FitOptions(seed=seed) if rounds is None else FitOptions(seed=seed, rounds=rounds)
    job = ForecastJob(tables, day, events, total_days, floor, options, progress)
    forecasts = job.run(basis)
    result = ForecastResult(
        as_of=day,
        basis=basis,
        rows=forecasts.rows,
        needs=forecasts.needs,
        shop=None,
        total_days=total_days,
        floor=floor,
        seed=seed,
        content_hash=tables.info.content_hash,
        synthetic=tables.info.synthetic,
        currency=None if basis == "orders" else tables.info.currency,
        notes=(*notes, *forecasts.notes),
    )
    write_forecast(workspace.layout, result.as_of, StoredForecast(result.rows, result.needs, result.head()))
    return result if firm is None else _of_shop(result, firm)


def _of_shop(result: ForecastResult, firm: str) -> ForecastResult:
    """The rows of one shop, with a note where it has none."""
    rows = result.rows.filter(pc.equal(result.rows["firm_id"], firm))
    needs = result.needs.filter(pc.equal(result.needs["firm_id"], firm))
    notes = result.notes
    if not rows.num_rows:
        notes = (*notes, f"{firm} has no {result.basis} up to {result.as_of}: there is no forecast of it")
    return replace(result, rows=rows, needs=needs, shop=firm, notes=notes)
