"""What advice knows of each shop: its weeks of sales and advertising, its stock, margin and lead time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from supplyrisk.graph.merchant.advice.advice_rules import AdviceRules
from supplyrisk.graph.snapshot.as_of_views import create_known_views
from supplyrisk.graph.workspace.tables import Tables

Floats = npt.NDArray[np.float64]
HISTORY_WEEKS = 130
"""Weeks that are read."""

_WEEKS = f"""
SELECT firm_id, days_ago // 7 AS week, fsum(sales) AS sales, fsum(ad_spend) AS spend
FROM known_activity WHERE days_ago BETWEEN 0 AND {7 * HISTORY_WEEKS - 1} GROUP BY ALL
"""
_STOCK = """
SELECT firm_id, CAST(arg_min(stock_value, days_ago) AS DOUBLE) AS stock FROM known_activity
WHERE stock_value IS NOT NULL AND days_ago BETWEEN 0 AND $age GROUP BY firm_id
"""
# Sales of activity and purchases over the same year; lead times of purchases that were delivered.
_YEAR = """
SELECT firm_id, fsum(sales) FROM known_activity WHERE days_ago BETWEEN 0 AND 363 GROUP BY firm_id
"""
_PURCHASES = """
SELECT customer_id, fsum(amount), count(delivered_on), quantile_cont(delivered_on - "on", $quantile)
FROM known_supplies WHERE days_ago BETWEEN 0 AND 363 GROUP BY customer_id
"""


@dataclass(frozen=True)
class ShopHistory:
    """One shop as known on a day.

    Parameters
    ----------
    sales, spend [HISTORY_WEEKS]: sums by week, the newest first; NaN where unknown.
    stock: its value at cost, None where unknown or too old.
    margin: share of sales that purchases leave, None unless between 0 and 1.
    lead_days: days from order to delivery, None where too few purchases say so.
    """

    firm_id: str
    as_of: date
    sales: Floats
    spend: Floats
    stock: float | None = None
    margin: float | None = None
    lead_days: float | None = None

    def week_days(self, week: int) -> tuple[date, date]:
        """The first and the last day of a week; 0 is the newest, and weeks to come are negative."""
        last = self.as_of - timedelta(weeks=week)
        return last - timedelta(days=6), last


def shop_histories(tables: Tables, day: date, rules: AdviceRules) -> Mapping[str, ShopHistory]:
    """Return the shops with rows of activity, by firm_id, from what was known at the end of a day."""
    with tables.connect() as con:
        create_known_views(con, tables, day)
        weeks = con.execute(_WEEKS).fetchnumpy()
        stock = dict(con.execute(_STOCK, {"age": rules.stock_age_days}).fetchall())
        sold = dict(con.execute(_YEAR).fetchall())
        bought = con.execute(_PURCHASES, {"quantile": rules.lead_quantile}).fetchall()
    purchases = {firm: amount for firm, amount, _, _ in bought}
    leads = {firm: float(lead) for firm, _, count, lead in bought if count >= rules.least_purchases}
    firms, numbers = np.unique(np.asarray(weeks["firm_id"], dtype=str), return_inverse=True)
    tables_of = {}
    for name in ("sales", "spend"):
        values = np.full((len(firms), HISTORY_WEEKS), np.nan)
        values[numbers, weeks["week"]] = np.ma.filled(np.ma.asarray(weeks[name], dtype=float), np.nan)
        tables_of[name] = values
    return {
        firm: ShopHistory(
            firm_id=firm,
            as_of=day,
            sales=tables_of["sales"][row],
            spend=tables_of["spend"][row],
            stock=stock.get(firm),
            margin=_margin(sold.get(firm), purchases.get(firm)),
            lead_days=leads.get(firm),
        )
        for row, firm in enumerate(firms.tolist())
    }


def _margin(sold: float | None, bought: float | None) -> float | None:
    """Share of a year's sales that its purchases leave; None where either is unknown, or it is not a share."""
    if not sold or not bought or bought >= sold:
        return None
    return 1 - float(bought) / float(sold)
