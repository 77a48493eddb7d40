"""A lender's portfolio on the terminal: totals, tail, grades, concentrations, costly failures, shared partners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_lines, show_table
from supplyrisk.graph.texts.figures import money, number, percent

if TYPE_CHECKING:
    from supplyrisk.graph.credit import LimitBreach
    from supplyrisk.services import PortfolioResult

MAX_ROWS = 10
"""Rows of each list that are shown."""


def show_portfolio(result: PortfolioResult) -> None:
    """Print a portfolio on stdout."""
    _show_totals(result)
    _show_tail(result)
    show_lines("")
    grades = [(loss.label, money(loss.ead), percent(loss.share, 1), money(loss.el)) for loss in result.grades]
    show_table(("grade", "EAD", "share", "EL"), grades)
    show_lines("")
    concentration = [
        (row.by, row.of, number(row.hhi, 4), row.largest, percent(row.share, 1))
        for row in result.concentration
    ]
    show_table(("concentration by", "of", "HHI", "largest", "its share"), concentration)
    show_lines("")
    costliest = [
        (failure.firm, money(failure.own_loss), money(failure.added_el), money(failure.total))
        for failure in result.costliest[:MAX_ROWS]
    ]
    show_table(("costliest defaults", "own loss", "added EL", "total"), costliest)
    _show_answers(result)
    for breach in result.breaches:
        show_lines(f"limit breached: {_breach_text(breach)}")


def breach_line(breaches: list[LimitBreach]) -> str:
    """Breaches of limits in one line."""
    return "; ".join(_breach_text(breach) for breach in breaches)


def _breach_text(breach: LimitBreach) -> str:
    limit = " ".join(filter(None, (breach.code, breach.side, breach.firm)))
    return f"{limit}, {percent(breach.share, 1)} of drawn amounts (limit {percent(breach.limit, 1)})"


def _show_totals(result: PortfolioResult) -> None:
    totals = result.totals
    show_lines(
        f"{result.lender}: {totals.lines} lines to {totals.borrowers} borrowers, "
        f"EAD {money(totals.ead, result.currency)} as of {result.as_of}, {result.model}"
    )
    in_default = totals.borrowers_defaulted
    show_lines(
        f"EL over {result.horizon_days} days {money(totals.el)}, plus {money(totals.el_defaulted)} "
        f"on {in_default} {'borrower' if in_default == 1 else 'borrowers'} already in default (PD = 1)"
    )
    if totals.unscored:
        show_lines(
            f"borrowers without a PD, which add nothing to the EL: {', '.join(totals.unscored[:MAX_ROWS])}"
        )
    show_lines("")


def _show_tail(result: PortfolioResult) -> None:
    rows = [
        (
            contagion,
            money(risk.el),
            money(risk.var),
            money(risk.es),
            f"EL +/- {money(risk.el_error)}, VaR {money(risk.var_low)} to {money(risk.var_high)}, "
            f"ES +/- {money(risk.es_error)}",
        )
        for contagion, risk in (("with", result.losses.with_contagion), ("without", result.losses.without))
    ]
    percent = f"{100 * result.draws.level:g}%"
    show_table(("contagion", "EL", f"VaR {percent}", f"ES {percent}", "simulation error"), rows)
    show_lines(
        f"Simulated, including borrowers in default. Contagion adds {money(result.losses.added)} "
        f"(+/- {money(result.losses.added_error)}) to the EL."
    )
    show_lines(
        f"The simulated EL is {money(abs(result.gap))} {'above' if result.gap > 0 else 'below'} the sum of "
        "PD x LGD x EAD. They differ by simulation error, and because the simulation lets defaults spread until none "
        "follow, while scores count a limited number of rounds and no feedback."
    )


def _show_answers(result: PortfolioResult) -> None:
    """Trades that are financed twice and shared suppliers; of the other queries the number of rows."""
    twice = [
        (
            row["trade"],
            ", ".join(row["loans"]),
            ", ".join(row["lenders"]),
            ", ".join(row["firms"]),
            money(row["drawn"]),
        )
        for row in result.answers["lending/double-financing"][:MAX_ROWS]
    ]
    if twice:
        show_lines("")
        show_table(("trade financed twice", "loans", "lenders", "borrowers", "drawn"), twice)
    columns = ("tier1", "tier2", "tier3", "drawn", "exposed", "chain")
    suppliers = [
        (row["supplier"], *(money(row[column]) for column in columns))
        for row in result.answers["lending/suppliers-behind"][:MAX_ROWS]
    ]
    if suppliers:
        show_lines("")
        headings = (
            "supplier behind borrowers",
            "borrowers at tier 1",
            "at tier 2",
            "at tier 3",
            "drawn",
            "drawn x dependence",
            "counts against CHAIN",
        )
        show_table(headings, suppliers)
    show_lines("")
    for name, rows in result.answers.items():
        if rows:
            # The query's name is its title in short: lending/shared-suppliers.
            title = name.rpartition("/")[2].replace("-", " ")
            command = f"scgraph query run {name} --param lender={result.lender}"
            show_lines(f"{title}: {len(rows)} {'row' if len(rows) == 1 else 'rows'} (details: {command})")
    if result.breaches:
        show_lines("")
