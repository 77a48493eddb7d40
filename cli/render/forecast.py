"""Forecasts on the terminal: the totals of all shops, or the weeks of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_table
from supplyrisk.graph import read_texts
from supplyrisk.graph.texts.figures import fill, money

if TYPE_CHECKING:
    from supplyrisk.services import ForecastResult

TOP = 20
"""Shops that are shown unless --top says otherwise."""
Row = Mapping[str, object]


def forecast_texts(language: str) -> Mapping[str, str]:
    """The words of forecasts in a language."""
    return read_texts("supplyrisk.graph.texts", "forecast", language)


def heading_line(result: ForecastResult, language: str) -> str:
    """What is forecast, as of which day."""
    texts = forecast_texts(language)
    return fill(
        texts["line.heading"],
        measure=texts["measure.turnover"],
        basis=texts[f"basis.{result.basis}"],
        day=result.as_of,
    )


def counts_line(result: ForecastResult, language: str) -> str:
    """How many shops have a forecast."""
    return fill(forecast_texts(language)["line.counts"], **result.states)


def need_lines(result: ForecastResult, language: str) -> list[str]:
    """What a shop will need, or why nothing is said of it."""
    texts = forecast_texts(language)
    return [_need_line(row, texts, result.currency) for row in result.needs.to_pylist()]


def _need_line(row: Row, texts: Mapping[str, str], currency: str | None) -> str:
    if row["reason"]:
        return texts["need.no_cash"]
    amounts = {
        name: money(row[name], currency)  # type: ignore[arg-type]
        for name in ("floor", "need", "cautious_need", "lowest_p10", "lowest_p50", "lowest_p90")
    }
    key = "expected" if row["under_on"] else "cautious" if row["cautious_under_on"] else "none"
    return fill(
        texts[f"need.{key}"],
        day=row["under_on"],
        cautious_day=row["cautious_under_on"],
        week=row["lowest_week"],
        **amounts,
    )


def show_all(result: ForecastResult, top: int | None, language: str) -> None:
    """Print the totals of the shops with the largest turnover."""
    import pyarrow.compute as pc  # noqa: PLC0415 - the help of the command needs no pyarrow

    texts = forecast_texts(language)
    totals = result.rows.filter(
        pc.and_(pc.equal(result.rows["week"], 0), pc.is_null(result.rows["category"]))
    )
    rows = totals.sort_by([("p50", "descending"), ("firm_id", "ascending")]).slice(0, top or TOP).to_pylist()
    columns = [
        texts[f"column.{name}"] for name in ("shop", "measure", "days", "low", "middle", "high", "state")
    ]
    cells = [
        (row["firm_id"], texts[f"measure.{row['measure']}"], _span(row), *_quantiles(row), _state(row, texts))
        for row in rows
    ]
    show_table(columns, cells)


def show_shop(result: ForecastResult, language: str) -> None:
    """Print the total and the weeks of one shop, and those of each category of what it supplies."""
    texts = forecast_texts(language)
    names = ("measure", "category", "week", "days", "low", "middle", "high", "state")
    columns = [texts[f"column.{name}"] for name in names]
    cells = [
        (
            texts[f"measure.{row['measure']}"],
            row["category"] or "",
            row["week"] or texts["line.total"],
            _span(row),
            *_quantiles(row),
            _state(row, texts),
        )
        for row in result.rows.to_pylist()
    ]
    show_table(columns, cells)


def _span(row: Row) -> str:
    return f"{row['first_day']} - {row['last_day']}"


def _quantiles(row: Row) -> tuple[str, ...]:
    return tuple(money(row[name]) for name in ("p10", "p50", "p90"))  # type: ignore[arg-type]


def _state(row: Row, texts: Mapping[str, str]) -> str:
    state = texts[f"state.{row['state']}"]
    reason = row["reason"]
    return f"{state}: {texts[f'reason.{reason}']}" if reason else state
