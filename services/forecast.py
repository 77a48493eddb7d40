"""Forecast the turnover of all shops: thirteen weeks and their total, with intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph import RequestError, Tables, Workspace, last_day_of
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.workspace.forecast_file import write_forecast
from supplyrisk.services.day_snapshot import late_note
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.explain import find_firm
from supplyrisk.services.forecast_rows import STATES
from supplyrisk.services.progress import JobProgress, plan_stages, silent

TOTAL_DAYS = 91
"""Days of the total: thirteen weeks."""
SHORTEST_TOTAL = 28
LONGEST_TOTAL = 182


@dataclass(frozen=True)
class ForecastResult(TableResult):
    """The forecast of turnover of all shops, or of one.

    Parameters
    ----------
    as_of: the last day that it knows.
    basis: what turnover is measured by: sales, orders or trade.
    rows: see docs/forecast.md; sorted by shop, category and week, where week 0 is the total.
    shop: the shop that was asked for; None: all.
    total_days: days of the total.
    content_hash: of the data.
    """

    as_of: date
    basis: str
    rows: pa.Table
    shop: str | None
    total_days: int
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

    def head(self) -> Document:
        """The document without its rows."""
        about: Document = {"as_of": self.as_of, "synthetic": self.synthetic}
        return document(
            "forecast",
            [],
            about=about,
            basis=self.basis,
            shop=self.shop,
            currency=self.currency,
            total_days=self.total_days,
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
    seed: int = defaults.SEED,
    rounds: int | None = None,
    beyond_days: int = defaults.BEYOND_DAYS,
    progress: JobProgress = silent,
) -> ForecastResult:
    """Forecast the turnover of all shops for thirteen weeks after a day, and store it in the workspace.

    The models are fitted on what was known on that day, for all shops together.

    Parameters
    ----------
    shop: firm_id or name: return its rows only; None: those of all shops.
    as_of: the last day that the forecast knows; None: the last day of the data.
    measure: sales, orders or trade; None: the first that the data have.
    total_days: days of the total, 28 to 182.
    calendar: a CSV file of further days on which sales are out of the ordinary: name, first_day, last_day.
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
    from supplyrisk.services.forecast_job import STAGES, ForecastJob  # noqa: PLC0415
    from supplyrisk.services.forecast_series import BY_CATEGORY, chosen_measure, has_categories  # noqa: PLC0415

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
    firm = None if shop is None else _shop_id(tables, shop)
    plan_stages(progress, STAGES)
    options = FitOptions(seed=seed) if rounds is None else FitOptions(seed=seed, rounds=rounds)
    job = ForecastJob(tables, day, events, total_days, options, progress)
    parts = [job.turnover(basis)]
    if has_categories(tables, day):
        parts.append(job.turnover(BY_CATEGORY))
    result = ForecastResult(
        as_of=day,
        basis=basis,
        rows=_sorted(pa.concat_tables(parts)),
        shop=None,
        total_days=total_days,
        seed=seed,
        content_hash=tables.info.content_hash,
        synthetic=tables.info.synthetic,
        currency=None if basis == "orders" else tables.info.currency,
        notes=tuple(notes),
    )
    write_forecast(workspace.layout, result.as_of, result.rows, result.head())
    return result if firm is None else _of_shop(result, firm)


def _shop_id(tables: Tables, shop: str) -> str:
    """The firm_id of the shop that was asked for."""
    with tables.connect() as con:
        firms = con.sql("SELECT firm_id, name FROM firms ORDER BY firm_id").to_arrow_table()
    return str(firms["firm_id"][find_firm(shop, firms, tables.info.merged)].as_py())


def _sorted(rows: pa.Table) -> pa.Table:
    """By shop, category (all first) and week (the total first)."""
    # No category sorts before every other; a null would be sorted to the end.
    ordered = rows.append_column("of", pc.fill_null(rows["category"], ""))
    return ordered.sort_by([(name, "ascending") for name in ("firm_id", "of", "week")]).drop_columns(["of"])


def _of_shop(result: ForecastResult, firm: str) -> ForecastResult:
    """The rows of one shop, with a note where it has none."""
    rows = result.rows.filter(pc.equal(result.rows["firm_id"], firm))
    notes = result.notes
    if not rows.num_rows:
        notes = (*notes, f"{firm} has no {result.basis} up to {result.as_of}: there is no forecast of it")
    return replace(result, rows=rows, shop=firm, notes=notes)
