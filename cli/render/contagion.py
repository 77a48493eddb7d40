"""Contagion on the terminal: firms with the losses that they cause and suffer, and the losses of lenders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from supplyrisk.cli.talk import show_section, show_table
from supplyrisk.graph.texts.figures import money, per_hundred, percent

if TYPE_CHECKING:
    import pyarrow as pa

    from supplyrisk.services import ContagionResult, DebtContagionResult

TOP = 20
"""Rows that are shown unless --top says otherwise."""
MOST_SOURCES = 3
"""Sources and failures that a cell lists."""
SHARE_COLUMNS = {
    "esri": "ESRI %",
    "down": "loss downstream %",
    "up": "loss upstream %",
    "exposure": "exposure %",
    "by_supply": "by supply %",
    "by_demand": "by demand %",
    "by_credit": "by credit %",
    "fsri": "FSRI %",
}
"""Columns of shares, and their headings."""
LENDER_COLUMNS = (
    "lender",
    "EAD",
    "expected loss",
    "by own loans",
    "in default",
    "worst %",
    "worst failures",
)


def show_contagion(result: ContagionResult, top: int | None) -> None:
    """The table of firms and, where there are loans, that of lenders."""
    firms = result.firms
    share_names = [
        name
        for name in SHARE_COLUMNS
        if (name != "by_credit" or result.sheets is not None)
        and (name != "fsri" or firms["fsri"].null_count < firms.num_rows)
    ]
    columns = ("firm", "name", *(SHARE_COLUMNS[name] for name in share_names), "main sources")
    rows = [
        [
            row["firm_id"],
            row["name"],
            *(per_hundred(row[name], 3) for name in share_names),
            _main_sources(row),
        ]
        for row in firms.slice(0, top or TOP).to_pylist()
    ]
    show_table(columns, rows, title="losses that each firm's failure causes, and losses that it suffers")
    if result.lenders is not None:
        show_section(
            LENDER_COLUMNS, lender_rows(result.lenders.slice(0, top or TOP)), title="losses of lenders"
        )


def show_debt_contagion(result: DebtContagionResult, top: int | None) -> None:
    """The table of firms; exposures are shares of equity in DebtRank, and money in clearing."""
    is_share = result.model == "debtrank"
    exposure_heading = "exposure %" if is_share else "exposure"
    columns = ("firm", "name", "impact %", "lost", "failed", exposure_heading, "main sources")
    rows = [
        [
            row["firm_id"],
            row["name"],
            per_hundred(row["impact"], 3),
            row["lost"],
            row["failed"],
            per_hundred(row["exposure"], 3) if is_share else row["exposure"],
            _main_sources(row),
        ]
        for row in result.firms.slice(0, top or TOP).to_pylist()
    ]
    show_table(columns, rows, title="losses that each firm's failure causes")


def lender_rows(lenders: pa.Table) -> list[list[object]]:
    """Rows of lenders, one cell per LENDER_COLUMNS."""
    return [_lender_row(row) for row in lenders.to_pylist()]


def _lender_row(row: Mapping[str, Any]) -> list[object]:
    worst = ", ".join(f"{f['firm_id']} ({money(f['loss'])})" for f in row["worst_failures"][:MOST_SOURCES])
    return [
        row["lender_id"],
        row["ead"],
        row["expected_loss"],
        row["expected_direct"],
        row["expected_defaulted"],
        per_hundred(row["worst_loss"] / row["ead"], 3) if row["ead"] else None,
        worst or None,
    ]


def _main_sources(row: Mapping[str, Any]) -> str | None:
    """The largest sources of an exposure with their shares; None where there is none."""
    sources = row["sources"] or []
    return ", ".join(f"{s['firm_id']} ({percent(s['share'], 0)})" for s in sources[:MOST_SOURCES]) or None
