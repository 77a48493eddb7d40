"""Vintages of credit lines, and the non-performing share of the book, from the states of loans over time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from supplyrisk.graph.credit.backtest.backtest_rows import DAYS_OF_MONTH
from supplyrisk.graph.credit.backtest.cut_offs import VintagePoint
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.snapshot.default_days import create_default_days
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

NON_PERFORMING_DAYS = 90
"""Days past due from which a line is non-performing, where the definition of default names none."""
MAX_MONTHS = 36
"""Oldest age of a vintage, in months."""
LAG = timedelta(days=365)
"""By how much the balance lies before the non-performing amounts that are divided by it."""

# A line is bad from the first of: its own default by days past due or write-off, and its borrower's default while
# anything is drawn, or what is drawn is unknown: a line that was repaid before lost nothing.
_LINES = """
CREATE TEMP TABLE lines AS
WITH states AS (
    SELECT loan_id, firm_id, "on", drawn, coalesce(opened_on, min("on") OVER (PARTITION BY loan_id)) AS opened,
        days_past_due >= $bad OR written_off > 0 AS is_bad
    FROM loans WHERE "on" IS NOT NULL AND ($lender IS NULL OR lender_id = $lender)
), opened AS (
    SELECT loan_id, any_value(firm_id) AS firm_id, min(opened) AS opened, min("on") FILTER (is_bad) AS own_bad
    FROM states GROUP BY loan_id
), borrower AS (
    SELECT d.loan_id, min(d."on") AS bad
    FROM (SELECT o.loan_id, d."on" FROM opened o JOIN default_days d USING (firm_id) WHERE d."on" >= o.opened) d
    ASOF LEFT JOIN states s ON s.loan_id = d.loan_id AND s."on" <= d."on"
    WHERE s.drawn IS NULL OR s.drawn > 0 GROUP BY d.loan_id
)
SELECT loan_id, o.opened, least(o.own_bad, b.bad) AS bad_on FROM opened o LEFT JOIN borrower b USING (loan_id)
"""
_FIRST_DAY = 'SELECT min("on") FROM loans WHERE $lender IS NULL OR lender_id = $lender'
_LEFT_OUT = "SELECT count(*) FROM lines WHERE opened <= $start"
_COHORTS = """
SELECT year(opened) || 'Q' || quarter(opened) AS cohort, count(*) AS size, max(opened) AS last_opened,
    list_sort(coalesce(list(bad_on - opened) FILTER (bad_on IS NOT NULL), [])) AS bad_ages
FROM lines WHERE opened > $start GROUP BY cohort ORDER BY cohort
"""
_BALANCE = """
SELECT sum(drawn), sum(drawn) FILTER (bad_on <= $day), count(*) FILTER (drawn IS NULL)
FROM (
    SELECT loan_id, drawn FROM loans
    WHERE "on" <= $day AND ($lender IS NULL OR lender_id = $lender)
    QUALIFY row_number() OVER (PARTITION BY loan_id ORDER BY "on" DESC) = 1
) JOIN lines USING (loan_id)
"""


@dataclass(frozen=True)
class BookDay:
    """The book at the end of a quarter, money.

    Parameters
    ----------
    day: the last day of the quarter.
    drawn: drawn amounts of all lines. non_performing: of the lines that are bad by then.
    share: non_performing / drawn. lagged_share: non_performing / what was drawn a year before, which a growing book
        does not dilute. None where the denominator is unknown or 0.
    unknown: lines whose drawn amount is unknown, which are left out.
    """

    day: date
    drawn: float
    non_performing: float
    share: float | None
    lagged_share: float | None
    unknown: int


@dataclass(frozen=True)
class LoanHistory:
    """Vintages by quarter of opening, and the book by quarter.

    left_out: lines opened on or before the first day of the data, whose early losses would be missing.
    """

    vintages: tuple[VintagePoint, ...]
    book: tuple[BookDay, ...]
    left_out: int


def loan_history(
    tables: Tables, definition: DefaultDefinition, last_day: date, lender: str | None = None
) -> LoanHistory:
    """Return the history of the credit lines; empty where the data have no states of loans with days.

    A line is bad from the day on which it is as many days past due as the definition of default says (else
    NON_PERFORMING_DAYS), is written off in part, or its borrower is in default while anything is drawn.
    A vintage is shown for the ages that all of its lines have reached, and a line without later states counts as in its
    last one.

    Parameters
    ----------
    definition: of a default. last_day: of the data. lender: whose lines; None: all lenders'.
    """
    if not tables.present("loans"):
        return LoanHistory((), (), 0)
    with _lines(tables, definition, lender) as con:
        (start,) = _row(con, _FIRST_DAY, lender=lender)
        if start is None:
            return LoanHistory((), (), 0)
        (left_out,) = _row(con, _LEFT_OUT, start=start)
        return LoanHistory(
            vintages=tuple(_vintages(con, start, last_day)),
            book=tuple(_book(con, start, last_day, lender)),
            left_out=left_out,
        )


@contextmanager
def _lines(
    tables: Tables, definition: DefaultDefinition, lender: str | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    with tables.connect() as con:
        # All days count, also those after a scored day: a backtest looks back.
        con.execute("SET VARIABLE as_of = NULL")
        create_default_days(con, definition, tables)
        bad = definition.days_past_due or NON_PERFORMING_DAYS
        con.execute(_LINES, {"bad": bad, "lender": lender})
        yield con


def _vintages(con: duckdb.DuckDBPyConnection, start: date, last_day: date) -> Iterator[VintagePoint]:
    for cohort, size, last_opened, bad_ages in con.execute(_COHORTS, {"start": start}).fetchall():
        reached = int((last_day - last_opened).days / DAYS_OF_MONTH)
        for months in range(1, min(reached, MAX_MONTHS) + 1):
            bad = bisect_right(bad_ages, int(months * DAYS_OF_MONTH))
            yield VintagePoint(cohort, months, bad / size, size)


def _book(
    con: duckdb.DuckDBPyConnection, start: date, last_day: date, lender: str | None
) -> Iterator[BookDay]:
    for day in _quarter_ends(start, last_day):
        drawn, bad, unknown = _balance(con, day, lender)
        before = _balance(con, day - LAG, lender)[0] if day - LAG >= start else None
        yield BookDay(
            day=day,
            drawn=drawn,
            non_performing=bad,
            share=bad / drawn if drawn else None,
            lagged_share=bad / before if before else None,
            unknown=unknown,
        )


def _balance(con: duckdb.DuckDBPyConnection, day: date, lender: str | None) -> tuple[float, float, int]:
    drawn, bad, unknown = _row(con, _BALANCE, day=day, lender=lender)
    return drawn or 0.0, bad or 0.0, unknown


def _quarter_ends(start: date, last_day: date) -> Iterator[date]:
    """Yield the last days of the quarters from the first day to the last day."""
    for year in range(start.year, last_day.year + 1):
        for month in (4, 7, 10, 13):
            day = date(year + month // 13, month % 12 or 12, 1) - timedelta(days=1)
            if start <= day <= last_day:
                yield day


def _row(con: duckdb.DuckDBPyConnection, sql: str, **parameters: object) -> tuple[Any, ...]:
    """Return the one row of an aggregate without groups."""
    return con.execute(sql, parameters).fetchall()[0]
