"""The shape of a synthetic world, computed from its files: tails, churn, seasons, and how defaults cluster."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from scipy.stats import spearmanr

from supplyrisk.graph.schema.aliases import HOMOPHILY
from supplyrisk.loaders.synthetic.network_structure import (
    NetworkStructure,
    default_correlation,
    network_structure,
)
from supplyrisk.loaders.synthetic.world_plan import Floats

TAIL_SHARE = 0.05
"""Share of the largest values from which a tail's exponent is estimated."""
YEAR_DAYS = 364
HALF_YEAR_DAYS = 182
"""Whole weeks, so that a year holds each weekday equally often."""


@dataclass(frozen=True)
class TailFit:
    """Upper tail of a distribution.

    Parameters
    ----------
    value: distinct values, largest first.
    share: share of all values that are at least as large.
    exponent: Hill's estimate of the tail's exponent; None where it is not defined.
    cut: value above which the exponent is estimated.
    """

    value: Floats
    share: Floats
    exponent: float | None
    cut: float


@dataclass(frozen=True)
class WorldFacts:
    """Statistics of a world.

    Parameters
    ----------
    name, parameters: as in the world's synthetic.toml, with current names.
    size, customers, suppliers: tails of yearly revenue (CNY) and of the numbers of partners in the last year.
    season: by line of goods, week of the year and mean sales per shop over the line's mean.
    churn: by year, the share of links in use at its beginning that are not in use at its end.
    by_month: defaults per month.
    dispersion: their variance over their mean (1 if they came independently at one rate).
    default_rate_after_supplier: yearly default rate of customers in the half-year after a supplier's default.
    degree_size, degree_age: rank correlation of a firm's number of links with its revenue and its age.
    yearly_default_rate: defaults per firm-year.
    structure: statistics of the trade network of the last year.
    industry_correlation: correlation of two firms' defaults in a year, within an industry.
    """

    name: str
    parameters: dict[str, object]
    size: TailFit
    customers: TailFit
    suppliers: TailFit
    season: dict[str, list[tuple[float, float]]]
    churn: list[float]
    by_month: list[tuple[str, int]]
    dispersion: float | None
    default_rate_after_supplier: float | None
    degree_size: float
    degree_age: float
    yearly_default_rate: float
    structure: NetworkStructure
    industry_correlation: float | None

    @property
    def peaks(self) -> dict[str, float]:
        """Sales in the best week of the year over those in a mean one, by line of goods."""
        return {line: max(level for _, level in weeks) for line, weeks in self.season.items()}


def read_facts(folder: Path) -> WorldFacts:
    """Compute the facts of a world that `synthesize` wrote into a folder."""
    settings = tomllib.loads((folder / "synthetic.toml").read_text(encoding="utf-8"))
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        for name in ("firms", "activity", "events", "financials"):
            path = next(folder.glob(f"{name}.*"))
            relation = con.read_parquet(str(path)) if path.suffix == ".parquet" else con.read_csv(str(path))
            relation.create_view(name)
        con.read_parquet(str(folder / "truth" / "links.parquet")).create_view("links")
        _create_tables(con)
        by_month = [(str(month), int(count)) for month, count in con.execute(_BY_MONTH).fetchall()]
        defaults = np.array([count for _, count in by_month], float)
        dispersion = float(defaults.var() / defaults.mean()) if defaults.sum() else None
        degree, revenue, age = _columns(con, _DEGREES)
        cohorts = [(int(firms), int(failed)) for firms, failed in con.execute(_COHORTS).fetchall()]
        return WorldFacts(
            name=str(settings["name"]),
            parameters={
                "homophily" if name == HOMOPHILY else name: value
                for name, value in settings["parameters"].items()
                if not isinstance(value, dict)
            },
            size=_tail(_columns(con, "SELECT revenue FROM sizes WHERE revenue > 0")[0]),
            customers=_tail(_columns(con, "SELECT count(*) FROM pairs GROUP BY supplier_id")[0]),
            suppliers=_tail(_columns(con, "SELECT count(*) FROM pairs GROUP BY customer_id")[0]),
            season=_season(con),
            churn=[float(c) for c in _columns(con, _CHURN)[0] if np.isfinite(c)],
            by_month=by_month,
            dispersion=dispersion,
            default_rate_after_supplier=_default_rate_after_supplier(con),
            degree_size=float(spearmanr(degree, revenue).statistic),
            degree_age=float(spearmanr(degree, age).statistic),
            yearly_default_rate=float(con.execute(_RATE).fetchall()[0][0] or 0.0),
            structure=_structure(con),
            industry_correlation=default_correlation(cohorts),
        )


def _create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the span of the data, ends of firms, pairs that traded in the last year, and sizes.

    A statement covers half a year, so twice the mean revenue is a year's.
    """
    con.execute(
        """
        CREATE TABLE span AS SELECT min(first_on) AS first, max(last_on) AS last FROM links;
        CREATE TABLE ends AS SELECT firm_id, min("on") AS ended,
            bool_or(kind IN ('default', 'bankruptcy')) AS failed
            FROM events WHERE kind IN ('default', 'bankruptcy', 'closure') GROUP BY firm_id;
        CREATE TABLE pairs AS SELECT DISTINCT supplier_id, customer_id FROM links, span
            WHERE last_on > last - 364;
        CREATE TABLE sizes AS SELECT firm_id, 2 * avg(revenue) AS revenue FROM financials GROUP BY firm_id;
        """
    )


# months without a default count, too: they come from the series of months, not from the events
_BY_MONTH = """
SELECT strftime(month, '%Y-%m'), count(ended) FROM
    (SELECT unnest(generate_series(date_trunc('month', first)::DATE, last, INTERVAL 1 MONTH))::DATE AS month FROM span)
    LEFT JOIN (SELECT ended FROM ends WHERE failed) ON date_trunc('month', ended) = month
GROUP BY month ORDER BY month
"""
# the number of links of firms that have any, with revenue and age; ordered, so that ties are the same every time
_DEGREES = """
SELECT count(*) AS degree, any_value(revenue), any_value(-epoch(founded_on)) FROM
    (SELECT supplier_id AS firm_id FROM pairs UNION ALL SELECT customer_id FROM pairs)
    JOIN sizes USING (firm_id) JOIN firms USING (firm_id) GROUP BY firm_id ORDER BY firm_id
"""
# only pairs of firms that are both active a year later: a link ended by a failure is no change of partner
_CHURN = """
SELECT 1 - avg((last_on >= day + 364)::INT) FROM links, (
    SELECT unnest(generate_series(first + 7, last - 364, INTERVAL 364 DAY))::DATE AS day FROM span)
LEFT JOIN ends s ON s.firm_id = supplier_id LEFT JOIN ends c ON c.firm_id = customer_id
WHERE first_on <= day AND day <= last_on
    AND coalesce(s.ended > day + 364, true) AND coalesce(c.ended > day + 364, true)
GROUP BY day ORDER BY day
"""
# the first word of a retailer's industry is its line of goods
_SEASON = """
SELECT split_part(industry, ' ', 1) AS line, weekofyear("on") AS week, avg(sales) FROM activity
JOIN firms USING (firm_id) WHERE industry LIKE '% retail' GROUP BY ALL ORDER BY ALL
"""
# firms and defaults by industry and year, in whole years back from the last day; firms that close within the year
# are left out, since they could not default over all of it
_COHORTS = f"""
WITH years AS (
    SELECT unnest(generate_series(last - {YEAR_DAYS}, first, -INTERVAL {YEAR_DAYS} DAY))::DATE AS day FROM span)
SELECT count(*), count(*) FILTER (coalesce(failed AND ended <= day + {YEAR_DAYS}, false))
FROM years, firms LEFT JOIN ends USING (firm_id)
WHERE joined_on <= day AND coalesce(ended > day AND (failed OR ended > day + {YEAR_DAYS}), true)
GROUP BY day, industry ORDER BY day, industry
"""
# pairs by the place of both firms in the order of their ids, as the revenues are ordered
_LINKS = """
WITH numbered AS (SELECT firm_id, row_number() OVER (ORDER BY firm_id) - 1 AS place FROM firms)
SELECT s.place AS supplier, c.place AS customer FROM pairs
JOIN numbered s ON s.firm_id = supplier_id JOIN numbered c ON c.firm_id = customer_id ORDER BY ALL
"""


def _structure(con: duckdb.DuckDBPyConnection) -> NetworkStructure:
    """Compute the statistics of the network of pairs."""
    supplier, customer = (column.astype(np.int64) for column in _columns(con, _LINKS))
    revenue = _columns(con, "SELECT revenue FROM firms LEFT JOIN sizes USING (firm_id) ORDER BY firm_id")[0]
    return network_structure(supplier, customer, revenue)


def _columns(con: duckdb.DuckDBPyConnection, query: str) -> list[Floats]:
    """Return the columns of a query as floats, NaN for null."""
    fetched = con.execute(query).fetchnumpy()
    return [np.asarray(np.ma.filled(np.ma.asarray(c, float), np.nan)) for c in fetched.values()]


def _tail(values: Floats) -> TailFit:
    """Compute the complementary distribution, and Hill's estimate over the largest TAIL_SHARE of the values."""
    ordered = np.sort(values[np.isfinite(values)])[::-1]
    number = max(2, round(TAIL_SHARE * len(ordered)))
    rank = np.arange(1, len(ordered) + 1) / max(len(ordered), 1)
    cut = float(ordered[min(number, len(ordered) - 1)]) if len(ordered) else 0.0
    # Hill: the exponent is the inverse of the mean log excess over the cut
    excess = float(np.log(ordered[:number] / cut).mean()) if cut > 0 else 0.0
    # among equal values the last one has the share of all that are at least as large
    last = np.append(ordered[1:] != ordered[:-1], True) if len(ordered) else np.zeros(0, bool)
    return TailFit(ordered[last], rank[last], 1 / excess if excess > 0 else None, cut)


def _season(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[float, float]]]:
    """Return, by line of goods, weeks of the year and mean sales over the line's mean."""
    by_line: dict[str, list[tuple[float, float]]] = {}
    for line, week, sales in con.execute(_SEASON).fetchall():
        by_line.setdefault(str(line), []).append((float(week), float(sales)))
    means = {line: sum(sales for _, sales in weeks) / len(weeks) for line, weeks in by_line.items()}
    return {line: [(week, sales / means[line]) for week, sales in weeks] for line, weeks in by_line.items()}


# customers of essential goods whose supplier fails while the link is in use, each day of such a failure once; only
# where the whole half-year after it lies in the data
_AFTER = f"""
WITH hit AS (
    SELECT DISTINCT customer_id AS firm_id, e.ended AS day FROM links JOIN ends e ON e.firm_id = supplier_id
    JOIN firms f ON f.firm_id = customer_id, span
    WHERE e.failed AND first_on <= e.ended AND e.ended <= last_on AND essential
        AND f.joined_on <= e.ended AND e.ended + {HALF_YEAR_DAYS} <= last)
SELECT avg(coalesce(failed AND ended <= day + {HALF_YEAR_DAYS}, false)::INT), count(*) FROM hit
LEFT JOIN ends USING (firm_id) WHERE coalesce(ended > day, true)
"""
# defaults over the years that firms were active in the data
_RATE = """
SELECT count(*) FILTER (WHERE failed) * 365.25
    / sum(date_diff('day', greatest(joined_on, first), coalesce(ended, last)))
FROM firms LEFT JOIN ends USING (firm_id), span WHERE greatest(joined_on, first) < coalesce(ended, last)
"""


def _default_rate_after_supplier(con: duckdb.DuckDBPyConnection) -> float | None:
    """Return the yearly default rate of customers in the half-year after a supplier's default."""
    share, number = con.execute(_AFTER).fetchall()[0]
    return None if not number or share is None else float(share) * 365.25 / HALF_YEAR_DAYS
