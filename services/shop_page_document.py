"""The page of a shop as a typed document: nothing in it is about another firm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph import Words
from supplyrisk.graph.merchant.advice import Advice
from supplyrisk.graph.merchant.portrait import ShopPortrait
from supplyrisk.graph.workspace.forecast_file import StoredForecast
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
class ShopNeed:
    """The cash that a shop may need in the weeks of its forecast, money.

    Parameters
    ----------
    under_on: first day of the week in which cash is expected to be under the floor; None: it is not.
    cautious_under_on: the same where one of ten outcomes is worse.
    need, cautious_need: amounts that keep it above the floor.
    """

    under_on: date | None
    cautious_under_on: date | None
    need: float
    cautious_need: float


@dataclass(frozen=True)
class ShopForecast:
    """The turnover that is forecast for a shop.

    Parameters
    ----------
    basis: what turnover is measured by: sales, orders or trade.
    currency: of turnover; None for orders, or where the data state none.
    need: None where its cash is unknown.
    """

    basis: str
    currency: str | None
    weeks: tuple[ForecastPeriod, ...]
    total: ForecastPeriod
    need: ShopNeed | None = None


@dataclass(frozen=True)
class ShopLimitDay:
    """A limit in force of a shop as it may see it: its amount, money, and why; no rule and no target."""

    on: date
    expires_on: date
    limit: float
    why: Words


@dataclass(frozen=True)
class ShopPage:
    """What a shop may see of itself.

    Parameters
    ----------
    letter: score, at most four reasons that may be told, what would raise the score, and the data behind it.
    weeks: its points by week; empty where no scores are stored.
    forecast: None where it has too little history, or the data have no turnover.
    portrait: None of undated data.
    limits: its limits in force with the lender that the page is for, oldest first.
    advice: that holds on the day; none without a forecast.
    """

    letter: ShopLetter
    weeks: tuple[ShopWeek, ...]
    forecast: ShopForecast | None
    portrait: ShopPortrait | None
    limits: tuple[ShopLimitDay, ...] = ()
    advice: tuple[Advice, ...] = ()

    def to_json(self) -> Document:
        """The page as a JSON document with one row."""
        about = {"as_of": self.letter.as_of, "synthetic": self.letter.synthetic}
        return document("shop_page", [self], about=about)


def shop_forecast(firm: str, stored: StoredForecast) -> ShopForecast | None:
    """Return the forecast turnover of a shop, and its need for cash, from those of all; None where it has none."""
    rows = stored.rows
    own = pc.and_(pc.equal(rows["firm_id"], firm), pc.equal(rows["measure"], TURNOVER))
    whole = pc.and_(own, pc.and_(pc.is_null(rows["category"]), pc.is_valid(rows["p50"])))
    periods = {
        row["week"]: ForecastPeriod(row["first_day"], row["last_day"], row["p10"], row["p50"], row["p90"])
        for row in rows.filter(whole).to_pylist()
    }
    total = periods.pop(0, None)
    if total is None:
        return None
    currency = stored.head["currency"]
    return ShopForecast(
        str(stored.head["basis"]),
        None if currency is None else str(currency),
        tuple(periods[week] for week in sorted(periods)),
        total,
        _need(firm, stored.needs),
    )


def _need(firm: str, needs: pa.Table) -> ShopNeed | None:
    known = pc.and_(pc.equal(needs["firm_id"], firm), pc.is_valid(needs["need"]))
    for row in needs.filter(known).to_pylist():
        return ShopNeed(row["under_on"], row["cautious_under_on"], row["need"], row["cautious_need"])
    return None
