"""The shape of a synthetic world, read from its files: tails, churn, seasons, and how defaults cluster."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from scipy.stats import spearmanr

from supplyrisk.loaders.synthetic.network_structure import (
    NetworkStructure,
    default_correlation,
    network_structure,
)
from supplyrisk.loaders.synthetic.world_plan import Floats

TAIL = 0.05
"""Share of the largest values that a tail's exponent is measured on."""
YEAR, AFTER = 364, 182


@dataclass(frozen=True)
class TailFit:
    """A distribution's upper part: values and the share of all that is at least as large; Hill's exponent."""

    value: Floats
    share: Floats
    exponent: float | None
    cut: float


@dataclass(frozen=True)
class WorldFacts:
    """What a page shows.

    season: mean sales per shop by week of the year and line, over the line's mean. churn: by year, the share
    of the links in use at its beginning that are not at its end. by_month: defaults per month.
    dispersion: their variance over their mean (1 if they came independently at one rate).
    after: yearly default rate of customers in the half-year after a supplier's default, and of all firms.
    degree_size, degree_age: rank correlations of the number of links. industry_correlation: of two firms' defaults
    in a year, within an industry.
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
    after: tuple[float | None, float | None]
    degree_size: float
    degree_age: float
    yearly_default_rate: float
    structure: NetworkStructure
    industry_correlation: float | None

    @property
    def peaks(self) -> dict[str, float]:
        """Sales of the best week of the year over those of a mean one, by line."""
        return {line: max(level for _, level in weeks) for line, weeks in self.season.items()}


def read_facts(folder: Path) -> WorldFacts:
    """Read the facts of a world that `synthesize` wrote."""
    told = tomllib.loads((folder / "synthetic.toml").read_text(encoding="utf-8"))
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        for name in ("firms", "activity", "events", "financials"):
            found = next(folder.glob(f"{name}.*"))
            relation = (
                con.read_parquet(str(found)) if found.suffix == ".parquet" else con.read_csv(str(found))
            )
            relation.create_view(name)
        con.read_parquet(str(folder / "truth" / "links.parquet")).create_view("links")
        _views(con)
        per_month = _pairs(con, _BY_MONTH)
        number = np.array([n for _, n in per_month], float)
        spread = float(number.var() / number.mean()) if number.sum() else None
        degree = _columns(con, _DEGREES)
        return WorldFacts(
            name=str(told["name"]),
            parameters={k: v for k, v in told["parameters"].items() if not isinstance(v, dict)},
            size=_tail(_columns(con, "SELECT revenue FROM sizes WHERE revenue > 0")[0]),
            customers=_tail(_columns(con, "SELECT count(*) FROM pairs GROUP BY supplier_id")[0]),
            suppliers=_tail(_columns(con, "SELECT count(*) FROM pairs GROUP BY customer_id")[0]),
            season=_season(con),
            churn=[float(c) for c in _columns(con, _CHURN)[0] if np.isfinite(c)],
            by_month=[(str(month), int(n)) for month, n in per_month],
            dispersion=spread,
            after=_after(con),
            degree_size=float(spearmanr(degree[0], degree[1]).statistic),
            degree_age=float(spearmanr(degree[0], degree[2]).statistic),
            yearly_default_rate=_after(con)[1] or 0.0,
            structure=_structure(con),
            industry_correlation=default_correlation(_pairs_of(con, _COHORTS)),
        )


def _views(con: duckdb.DuckDBPyConnection) -> None:
    """Ends of firms, links of the last year by pair, and sizes."""
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


_BY_MONTH = """
SELECT strftime(month, '%Y-%m'), count(ended) FROM
    (SELECT unnest(generate_series(date_trunc('month', first)::DATE, last, INTERVAL 1 MONTH))::DATE AS month FROM span)
    LEFT JOIN (SELECT ended FROM ends WHERE failed) ON date_trunc('month', ended) = month
GROUP BY month ORDER BY month
"""
_DEGREES = """
SELECT count(*) AS degree, any_value(revenue), any_value(-epoch(founded_on)) FROM
    (SELECT supplier_id AS firm_id FROM pairs UNION ALL SELECT customer_id FROM pairs)
    JOIN sizes USING (firm_id) JOIN firms USING (firm_id) GROUP BY firm_id ORDER BY firm_id
"""
# both firms still there a year later: what a failure ends is no change of partner
_CHURN = """
SELECT 1 - avg((last_on >= day + 364)::INT) FROM links, (
    SELECT unnest(generate_series(first + 7, last - 364, INTERVAL 364 DAY))::DATE AS day FROM span)
LEFT JOIN ends s ON s.firm_id = supplier_id LEFT JOIN ends c ON c.firm_id = customer_id
WHERE first_on <= day AND day <= last_on
    AND coalesce(s.ended > day + 364, true) AND coalesce(c.ended > day + 364, true)
GROUP BY day ORDER BY day
"""
_SEASON = """
SELECT split_part(industry, ' ', 1) AS line, weekofyear("on") AS week, avg(sales) FROM activity
JOIN firms USING (firm_id) WHERE industry LIKE '% retail' GROUP BY ALL ORDER BY ALL
"""


# whole years back from the last day; who left in order within the year is left out
_COHORTS = f"""
WITH years AS (SELECT unnest(generate_series(last - {YEAR}, first, -INTERVAL {YEAR} DAY))::DATE AS day FROM span)
SELECT count(*), count(*) FILTER (coalesce(failed AND ended <= day + {YEAR}, false))
FROM years, firms LEFT JOIN ends USING (firm_id)
WHERE joined_on <= day AND coalesce(ended > day AND (failed OR ended > day + {YEAR}), true)
GROUP BY day, industry ORDER BY day, industry
"""
_LINKS = """
WITH numbered AS (SELECT firm_id, row_number() OVER (ORDER BY firm_id) - 1 AS place FROM firms)
SELECT s.place AS supplier, c.place AS customer FROM pairs
JOIN numbered s ON s.firm_id = supplier_id JOIN numbered c ON c.firm_id = customer_id ORDER BY ALL
"""


def _structure(con: duckdb.DuckDBPyConnection) -> NetworkStructure:
    supplier, customer = (ends.astype(np.int64) for ends in _columns(con, _LINKS))
    revenue = _columns(con, "SELECT revenue FROM firms LEFT JOIN sizes USING (firm_id) ORDER BY firm_id")[0]
    return network_structure(supplier, customer, revenue)


def _pairs_of(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[int, int]]:
    return [(int(one), int(other)) for one, other in con.execute(query).fetchall()]


def _columns(con: duckdb.DuckDBPyConnection, query: str) -> list[Floats]:
    fetched = con.execute(query).fetchnumpy()
    return [np.asarray(np.ma.filled(np.ma.asarray(c, float), np.nan)) for c in fetched.values()]


def _pairs(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, int]]:
    return [(row[0], int(row[1])) for row in con.execute(query).fetchall()]


def _tail(values: Floats) -> TailFit:
    """The complementary distribution, and Hill's estimate over the largest TAIL of the values."""
    ordered = np.sort(values[np.isfinite(values)])[::-1]
    number = max(2, round(TAIL * len(ordered)))
    rank = np.arange(1, len(ordered) + 1) / max(len(ordered), 1)
    cut = float(ordered[min(number, len(ordered) - 1)]) if len(ordered) else 0.0
    excess = float(np.log(ordered[:number] / cut).mean()) if cut > 0 else 0.0
    # of equal values the last has the share of all that are at least as large
    last = np.append(ordered[1:] != ordered[:-1], True) if len(ordered) else np.zeros(0, bool)
    return TailFit(ordered[last], rank[last], 1 / excess if excess > 0 else None, cut)


def _season(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for line, week, sales in con.execute(_SEASON).fetchall():
        found.setdefault(str(line), []).append((float(week), float(sales)))
    means = {line: sum(s for _, s in rows) / len(rows) for line, rows in found.items()}
    return {line: [(w, s / means[line]) for w, s in rows] for line, rows in found.items()}


_AFTER = f"""
WITH hit AS (
    SELECT DISTINCT customer_id AS firm_id, e.ended AS day FROM links JOIN ends e ON e.firm_id = supplier_id
    JOIN firms f ON f.firm_id = customer_id, span
    WHERE e.failed AND first_on <= e.ended AND e.ended <= last_on AND essential
        AND f.joined_on <= e.ended AND e.ended + {AFTER} <= last)
SELECT avg(coalesce(failed AND ended <= day + {AFTER}, false)::INT), count(*) FROM hit
LEFT JOIN ends USING (firm_id) WHERE coalesce(ended > day, true)
"""
_RATE = """
SELECT count(*) FILTER (WHERE failed) * 365.25
    / sum(date_diff('day', greatest(joined_on, first), coalesce(ended, last)))
FROM firms LEFT JOIN ends USING (firm_id), span WHERE greatest(joined_on, first) < coalesce(ended, last)
"""


def _after(con: duckdb.DuckDBPyConnection) -> tuple[float | None, float | None]:
    share, number = con.execute(_AFTER).fetchall()[0]
    rate = con.execute(_RATE).fetchall()[0][0]
    yearly = None if not number or share is None else float(share) * 365.25 / AFTER
    return yearly, None if rate is None else float(rate)
