"""Limits in force on the terminal: those of a lender, and the history of one shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_table
from supplyrisk.graph import read_texts
from supplyrisk.graph.texts.figures import MISSING, fill, money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supplyrisk.services import LimitHistory, LimitRow, LimitsResult

TOP = 20
"""Firms that are shown unless --top says otherwise."""


def show_limits(result: LimitsResult, top: int | None, lang: str) -> None:
    """Print the limits that changed most, by amount."""
    texts = _texts(lang)
    ranked = sorted(
        result.rows, key=lambda row: (-abs(row.limit.limit - (row.before or 0.0)), row.limit.firm)
    )
    columns = [texts[f"column.{name}"] for name in ("firm", "limit", "change", "target", "rule", "reason")]
    cells = [(row.limit.firm, *_cells(row), row.why.in_language(lang)) for row in ranked[: top or TOP]]
    show_table(columns, cells)


def show_history(history: LimitHistory, lang: str) -> None:
    """Print the limits of a shop, oldest first."""
    texts = _texts(lang)
    columns = [
        texts[f"column.{name}"] for name in ("day", "limit", "change", "target", "rule", "reason", "expires")
    ]
    cells = [
        (str(row.on), *_cells(row), row.why.in_language(lang), str(row.limit.expires_on))
        for row in history.rows
    ]
    show_table(columns, cells)


def summary_lines(result: LimitsResult, lang: str) -> list[str]:
    """How many limits changed how, their sums, and the entry of the audit log."""
    texts = _texts(lang)
    lines = [
        fill(
            texts["summary.head"],
            lender=result.basis.lender,
            day=result.as_of,
            count=len(result.rows),
            currency=result.currency,
            total=result.total,
            targets=result.target_total,
        ),
        ", ".join(f"{texts[f'summary.{change}']} {count}" for change, count in result.counts.items()),
        fill(
            texts["summary.el"],
            days=result.horizon_days,
            currency=result.currency,
            el=result.el,
            target_el=result.target_el,
        ),
    ]
    if result.skipped:
        lines.append(fill(texts["summary.skipped"], count=len(result.skipped)))
    if not result.is_new:
        lines.append(texts["summary.same"])
    if result.record is not None:
        lines.append(fill(texts["summary.recorded"], record=result.record))
    return lines


def _cells(row: LimitRow) -> tuple[str, str, str, str]:
    limit = row.limit
    change = MISSING if row.before is None else _signed(limit.limit - row.before)
    return money(limit.limit), change, money(limit.target), limit.rule or MISSING


def _signed(amount: float) -> str:
    return f"+{money(amount)}" if amount > 0 else money(amount)


def _texts(lang: str) -> Mapping[str, str]:
    return read_texts("supplyrisk.graph.texts", "limits", lang)
