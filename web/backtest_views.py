"""The tables and charts of a backtest, shown alike on the page and on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplyrisk.graph.texts.figures import MISSING, count, money, percent

if TYPE_CHECKING:
    from supplyrisk.graph.credit.backtest import DrawnEstimate, OutcomeCounts
    from supplyrisk.services import BacktestResult

COUNTS = ("rows", "known", "failed", "bad rate", "bounds")
AGES = (3, 6, 12, 24, 36)
"""Ages of vintages that tables show, in months; charts and JSON have all."""


@dataclass(frozen=True)
class BacktestTable:
    """A table with its title and a note for pages; cells are texts."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


def summary_of(result: BacktestResult) -> str:
    """What was tested, in one sentence."""
    days = f"{len(result.days)} scored days from {result.days[0]} to {result.days[-1]}"
    if len(result.days) == 1:
        days = f"the scored day {result.days[0]}"
    counts = result.counts
    return (
        f"{result.source}, {days} (model {', '.join(result.scorers)}); outcomes within {result.horizon_days} days: "
        f"{counts.rows:,} rows of {result.firms:,} firms, {counts.known:,} known, {counts.failed:,} failed"
    )


def backtest_tables(result: BacktestResult) -> list[BacktestTable]:
    """Return the tables of a backtest that have rows."""
    tables = (
        _grades(result),
        _cut_offs(result),
        _comparisons(result),
        _decisions(result),
        _book(result),
        _vintages(result),
    )
    return [table for table in tables if table.rows]


def amounts_of(result: BacktestResult) -> str:
    """What the amounts of a backtest are in."""
    return result.currency if result.has_exposures else "units of 1 lent to each firm"


def _grades(result: BacktestResult) -> BacktestTable:
    rows = [
        (
            row.grade,
            *_counts(row.counts),
            percent(row.mean_pd),
            _between(row.low, row.high),
            MISSING if row.within is None else ("yes" if row.within else "no"),
        )
        for row in result.grades
    ]
    return BacktestTable(
        "Outcomes by grade",
        "Bad rate of the rows with a known outcome with its 95 % Jeffreys interval, and whether their mean PD lies in "
        "it. Bounds: if none, and if all, of the unknown ones failed.",
        ("grade", *COUNTS, "mean PD", "95 % interval", "PD within"),
        rows,
    )


def _cut_offs(result: BacktestResult) -> BacktestTable:
    rows = [
        (
            cut.name,
            "all" if cut.pd is None else percent(cut.pd),
            percent(cut.approval, 1),
            *_counts(cut.counts),
            money(cut.ead),
            money(cut.el),
            money(cut.loss),
            MISSING if cut.profit is None else money(cut.profit),
        )
        for cut in result.cut_offs
    ]
    return BacktestTable(
        f"Cut-offs (amounts in {amounts_of(result)})",
        f"Firms with a grade and a PD over {result.horizon_days} days below the cut-off are approved. EL is by the "
        "score; loss and profit are of the approved rows with a known outcome.",
        ("cut-off", "PD below", "approval", *COUNTS, "EAD", "EL", "loss", "profit"),
        rows,
    )


def _comparisons(result: BacktestResult) -> BacktestTable:
    rows = [
        (
            row.against,
            percent(row.approval, 1),
            percent(row.bad_rate),
            percent(row.other_bad_rate),
            _estimate(row.bad_rate_difference, 2),
            percent(row.equal_approval, 1),
            _estimate(row.approval_gain, 1),
            f"{row.swapped_in:,} ({row.swapped_in_failed:,})",
            f"{row.swapped_out:,} ({row.swapped_out_failed:,})",
        )
        for row in result.comparisons
    ]
    return BacktestTable(
        "The score against others",
        "On rows with known outcomes alone. Bad rates at equal approval, and the share that the score approves at the "
        "other's bad rate; 95 % intervals by a paired bootstrap of firms. Swap sets at equal approval: firms that only "
        "the score approves (in) and that only the other approves (out), with how many failed.",
        (
            "against",
            "approval",
            "bad rate",
            "its bad rate",
            "difference, 95 %",
            "approval at its bad rate",
            "gain, 95 %",
            "swapped in (failed)",
            "swapped out (failed)",
        ),
        rows,
    )


def _decisions(result: BacktestResult) -> BacktestTable:
    rows = [
        (
            row.decision,
            row.conclusion,
            "yes" if row.overrides else "no",
            money(row.amount),
            *_counts(row.counts),
        )
        for row in result.decisions
    ]
    return BacktestTable(
        "Checked loans",
        "Checks in the audit log by the recorded decision and the policy's conclusion; outcomes within their terms.",
        ("decision", "policy's conclusion", "override", "requested", *COUNTS),
        rows,
    )


def _book(result: BacktestResult) -> BacktestTable:
    rows = [
        (
            str(day.day),
            money(day.drawn),
            money(day.non_performing),
            percent(day.share),
            percent(day.lagged_share),
        )
        for day in result.loans.book
    ]
    return BacktestTable(
        f"Book by quarter ({result.currency})",
        "Drawn amounts, and those of non-performing lines. The lagged share divides them by what was drawn a year "
        "before, which a growing book does not dilute.",
        ("day", "drawn", "non-performing", "share", "lagged share"),
        rows,
    )


def _vintages(result: BacktestResult) -> BacktestTable:
    """A row per quarter of opening, a column per age."""
    points = result.loans.vintages
    shares = {(point.cohort, point.months): point.share for point in points}
    sizes = {point.cohort: point.size for point in points}
    ages = [age for age in AGES if any(point.months == age for point in points)]
    rows = [
        (cohort, count(size), *(percent(shares.get((cohort, age))) for age in ages))
        for cohort, size in sizes.items()
    ]
    return BacktestTable(
        "Vintages of credit lines",
        "Share of the lines opened in a quarter that are bad by an age that all of them have reached.",
        ("opened", "lines", *(f"{age} months" for age in ages)),
        rows,
    )


def _counts(counts: OutcomeCounts) -> tuple[object, ...]:
    bounds = MISSING if counts.known == counts.rows else _between(counts.bad_rate_least, counts.bad_rate_most)
    return count(counts.rows), count(counts.known), count(counts.failed), percent(counts.bad_rate), bounds


def _between(low: float | None, high: float | None) -> str:
    return MISSING if low is None else f"{percent(low)} to {percent(high)}"


def _estimate(estimate: DrawnEstimate, decimals: int) -> str:
    value = percent(estimate.value, decimals, signed=True)
    return f"{value} [{percent(estimate.low, decimals)}, {percent(estimate.high, decimals)}]"
