"""A lender's portfolio on the terminal: totals, tail, grades, concentrations, costly failures, shared partners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supplyrisk.cli.talk import show_lines, show_table

if TYPE_CHECKING:
    from supplyrisk.services import PortfolioResult

Row = dict[str, Any]
MAX_ROWS = 10
"""Rows of each list that are shown."""


def show_portfolio(result: PortfolioResult) -> None:
    """Print a portfolio on stdout."""
    _show_totals(result)
    _show_tail(result)
    show_lines("")
    grades = [
        (row["grade"], _amount(row["ead"]), f"{row['share']:.1%}", _amount(row["el"]))
        for row in result.grades
    ]
    show_table(("grade", "EAD", "share", "EL"), grades)
    show_lines("")
    concentration = [
        (row["by"], row["of"], f"{row['hhi']:.4f}", row["largest"], f"{row['share']:.1%}")
        for row in result.concentration
    ]
    show_table(("concentration by", "of", "HHI", "largest", "its share"), concentration)
    show_lines("")
    costliest = [
        (row["firm"], _amount(row["own_loss"]), _amount(row["added_el"]), _amount(row["total"]))
        for row in result.costliest[:MAX_ROWS]
    ]
    show_table(("costliest defaults", "own loss", "added EL", "total"), costliest)
    _show_answers(result)
    for breach in result.breaches:
        limit = " ".join(filter(None, (breach["code"], breach["side"], breach["firm"])))
        show_lines(f"over the limit: {limit} {breach['share']:.1%}, at most {breach['limit']:.1%}")


def breach_line(breaches: list[Row]) -> str:
    """Breaches of limits in one line."""
    return "; ".join(
        f"{row['code']} {row['firm']} {row['share']:.1%} of at most {row['limit']:.1%}" for row in breaches
    )


def _show_totals(result: PortfolioResult) -> None:
    totals = result.totals
    show_lines(
        f"{result.lender}: {totals['lines']} lines to {totals['borrowers']} borrowers, "
        f"EAD {result.currency} {_amount(totals['ead'])} as of {result.as_of}, {result.model}"
    )
    show_lines(
        f"EL over {result.horizon_days} days {_amount(totals['el'])}; in addition {_amount(totals['el_defaulted'])} "
        f"expected loss on {totals['borrowers_defaulted']} borrowers in default"
    )
    if totals["unscored"]:
        show_lines(f"without a PD, counted as 0: {', '.join(totals['unscored'][:MAX_ROWS])}")
    show_lines("")


def _show_tail(result: PortfolioResult) -> None:
    rows = [
        (
            "with" if row["contagion"] else "without",
            _amount(row["el"]),
            _amount(row["var"]),
            _amount(row["es"]),
            f"EL +/- {_amount(row['el_error'])}, VaR {_amount(row['var_low'])} to {_amount(row['var_high'])}, "
            f"ES +/- {_amount(row['es_error'])}",
        )
        for row in result.tail
    ]
    percent = f"{100 * result.draws.level:g}%"
    show_table(("contagion", "EL", f"VaR {percent}", f"ES {percent}", "errors"), rows)
    show_lines(
        f"simulated, borrowers in default included; contagion adds {_amount(result.losses.added)} "
        f"(+/- {_amount(result.losses.added_error)}) to the EL; the simulated EL differs by {result.gap:+,.0f} from "
        "the sum of PD x LGD x EAD: scores stop after the network's rounds and never return a default to its source"
    )


def _show_answers(result: PortfolioResult) -> None:
    """Trades that are financed twice and shared suppliers; of the other queries the number of rows."""
    twice = [
        (
            row["trade"],
            ", ".join(row["loans"]),
            ", ".join(row["lenders"]),
            ", ".join(row["firms"]),
            _amount(row["drawn"]),
        )
        for row in result.answers["lending/double-financing"][:MAX_ROWS]
    ]
    if twice:
        show_lines("")
        show_table(("trade financed twice", "loans", "lenders", "borrowers", "drawn"), twice)
    columns = ("tier1", "tier2", "tier3", "drawn", "exposed", "chain")
    suppliers = [
        (row["supplier"], *(_amount(row[column]) for column in columns))
        for row in result.answers["lending/suppliers-behind"][:MAX_ROWS]
    ]
    if suppliers:
        show_lines("")
        headings = ("supplier behind borrowers", "tier 1", "tier 2", "tier 3", "drawn", "exposed", "chain")
        show_table(headings, suppliers)
    for name, rows in result.answers.items():
        if rows:
            command = f"scgraph query run {name} --param lender={result.lender}"
            show_lines(f"\n{name}: {len(rows)} rows ({command})")


def _amount(number: float) -> str:
    return f"{number:,.0f}"
