"""A backtest on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.web import backtest_views

if TYPE_CHECKING:
    from supplyrisk.services import BacktestResult


def show_backtest(result: BacktestResult) -> None:
    """Print what was tested, and the tables."""
    show_text(backtest_views.summary_of(result))
    for table in backtest_views.backtest_tables(result):
        show_text(f"\n{table.title}")
        show_table(table.columns, table.rows)
