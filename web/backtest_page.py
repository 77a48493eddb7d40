"""A backtest as one HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from supplyrisk.web.backtest_views import backtest_tables, summary_of
from supplyrisk.web.charts import IntervalPoint, Line, interval_chart, line_chart
from supplyrisk.web.pages import render_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supplyrisk.graph.credit.backtest import VintagePoint
    from supplyrisk.services import BacktestResult

MAX_VINTAGES = 5
"""Vintages in a chart: the last ones."""


def render_backtest(result: BacktestResult) -> str:
    """Return the page of a backtest as HTML."""
    summary = summary_of(result)
    warnings = ["Synthetic data: this shows nothing about real firms."] if result.synthetic else []
    return render_page(
        "backtest.html",
        title="Backtest",
        summary=f"{summary[0].upper()}{summary[1:]}.",
        warnings=[*warnings, *(f"Gate breached: {breach}." for breach in result.breaches)],
        notes=[f"{note[0].upper()}{note[1:]}." for note in result.notes],
        facts=_facts(result),
        tables=backtest_tables(result),
        charts=_charts(result),
    )


def _facts(result: BacktestResult) -> list[tuple[str, str]]:
    days = ", ".join(map(str, result.days))
    facts = [
        ("scores", result.source),
        ("models", ", ".join(result.scorers)),
        ("scored days", days),
        ("horizon", f"{result.horizon_days} days"),
        ("policy", result.policy),
    ]
    if result.lender is not None:
        facts.append(("lender", result.lender))
    return facts


def _charts(result: BacktestResult) -> list[Markup]:
    grades = [
        IntervalPoint(row.mean_pd, row.counts.bad_rate, row.low, row.high)
        for row in result.grades
        if row.mean_pd is not None and row.counts.bad_rate is not None
        if row.low is not None and row.high is not None
    ]
    approvals = [Line(line.name, line.approvals, line.bad_rates) for line in result.approval_lines]
    charts = (
        interval_chart("grades", grades, x_label="mean PD of the grade", y_label="bad rate"),
        line_chart("approval", approvals, x_label="share approved", y_label="bad rate of the approved"),
        _vintage_chart("scored", result.vintages, "share in default, by scored day"),
        _vintage_chart("lines", result.loans.vintages, "share of bad lines, by quarter of opening"),
    )
    return [chart for chart in charts if chart]


def _vintage_chart(name: str, points: Sequence[VintagePoint], y_label: str) -> Markup:
    cohorts = list(dict.fromkeys(point.cohort for point in points))[-MAX_VINTAGES:]
    lines = []
    for cohort in cohorts:
        vintage = [point for point in points if point.cohort == cohort]
        lines.append(
            Line(cohort, [0, *(point.months for point in vintage)], [0, *(point.share for point in vintage)])
        )
    return line_chart(name, lines, x_label="months", y_label=y_label)
