"""The page of a shop as a typed document: nothing in it is about another firm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.merchant.portrait import ShopPortrait
from supplyrisk.services.documents import Document, document
from supplyrisk.services.letter_document import ShopLetter
from supplyrisk.services.trajectory_document import ShopWeek

TURNOVER = "turnover"


@dataclass(frozen=True)
class ForecastPeriod:
    """The turnover of a week, or of all weeks together, as a shop may see it: median, and an interval of 80 %."""

    first_day: date
    last_day: date
    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class ShopForecast:
    """The turnover that is forecast for a shop.

    Parameters
    ----------
    basis: what turnover is measured by: sales, orders or trade.
    currency: of turnover; None for orders, or where the data state none.
    """

    basis: str
    currency: str | None
    weeks: tuple[ForecastPeriod, ...]
    total: ForecastPeriod


@dataclass(frozen=True)
class ShopPage:
    """What a shop may see of itself.

    Parameters
    ----------
    letter: score, at most four reasons that may be told, what would raise the score, and the data behind it.
    weeks: its points by week; empty where no scores are stored.
    forecast: None where it has too little history, or the data have no turnover.
    portrait: None of undated data.
    """

    letter: ShopLetter
    weeks: tuple[ShopWeek, ...]
    forecast: ShopForecast | None
    portrait: ShopPortrait | None

    def to_json(self) -> Document:
        """The page as a JSON document with one row."""
        about = {"as_of": self.letter.as_of, "synthetic": self.letter.synthetic}
        return document("shop_page", [self], about=about)


def shop_forecast(firm: str, rows: pa.Table, basis: str, currency: str | None) -> ShopForecast | None:
    """Return the forecast turnover of a shop from the rows of all; None where it has none.

    rows: as in `FORECAST_SCHEMA`.
    """
    own = pc.and_(pc.equal(rows["firm_id"], firm), pc.equal(rows["measure"], TURNOVER))
    whole = pc.and_(own, pc.and_(pc.is_null(rows["category"]), pc.is_valid(rows["p50"])))
    periods = {
        row["week"]: ForecastPeriod(row["first_day"], row["last_day"], row["p10"], row["p50"], row["p90"])
        for row in rows.filter(whole).to_pylist()
    }
    total = periods.pop(0, None)
    if total is None:
        return None
    return ShopForecast(basis, currency, tuple(periods[week] for week in sorted(periods)), total)
