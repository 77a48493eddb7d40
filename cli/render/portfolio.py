"""A lender's portfolio on the terminal: totals, tail, grades, concentrations, costly failures, shared partners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_lines, show_section
from supplyrisk.graph.texts.figures import money, number, percent

if TYPE_CHECKING:
    from supplyrisk.graph.credit import BookTotals, LimitBreach
    from supplyrisk.services import PortfolioResult

MAX_ROWS = 10
"""Rows of each list that are shown."""


def show_portfolio(result: PortfolioResult) -> None:
    """Print a portfolio on stdout."""
    _show_totals(result)
    _show_tail(result)
    show_section(
        ("grade, performing", "EAD", "share", f"EL over {result.horizon_days} days"),
        [(row.grade, money(row.ead), percent(row.share, 1), money(row.el)) for row in result.grades],
    )
    _show_stages(result)
    show_section(
        ("concentration by", "of", "HHI", "largest", "its share"),
        [
            (row.by, row.of, number(row.hhi, 4), row.largest, percent(row.share, 1))
            for row in result.concentration
        ],
    )
    show_section(
        ("costliest defaults", "own loss", "added EL", "total"),
        [
            (row.firm, money(row.own_loss), money(row.added_el), money(row.total))
            for row in result.costliest[:MAX_ROWS]
        ],
    )
    _show_answers(result)
    for breach in result.breaches:
        show_lines(f"limit breached: {_breach_text(breach)}")


def breach_line(breaches: Sequence[LimitBreach]) -> str:
    """Breaches of limits in one line."""
    return "; ".join(_breach_text(breach) for breach in breaches)


def _breach_text(breach: LimitBreach) -> str:
    limit = " ".join(filter(None, (breach.code, breach.side, breach.firm)))
    return f"{limit}, {percent(breach.share, 1)} of drawn amounts (limit {percent(breach.limit, 1)})"


def _show_totals(result: PortfolioResult) -> None:
    totals = result.totals
    show_lines(
        f"{result.lender}: {totals.lines} lines to {totals.borrowers} borrowers, "
        f"EAD {money(totals.ead, result.currency)} as of {result.as_of}, PDs: {result.scored_by}"
    )
    show_section(
        ("book", "lines", "borrowers", "EAD", "EL", "EL is"),
        [
            _book_row("performing", totals.performing, f"PD over {result.horizon_days} days x LGD x EAD"),
            _book_row("in default", totals.defaulted, "LGD x EAD (PD = 1 by state)"),
        ],
    )
    show_lines(f"capital, Basel IRB: {money(totals.capital, result.currency)}")
    if totals.insufficient:
        listed = ", ".join(totals.insufficient[:MAX_ROWS])
        show_lines(
            f"too little is known for a grade of {len(totals.insufficient)} of them, which the EL counts by the PDs in "
            f"the scores' file: {listed}"
        )
    if totals.unscored:
        show_lines(
            f"borrowers without a PD, which add nothing to the EL: {', '.join(totals.unscored[:MAX_ROWS])}"
        )


def _book_row(name: str, book: BookTotals, basis: str) -> tuple[object, ...]:
    return (name, book.lines, book.borrowers, money(book.ead), money(book.el), basis)


def _show_tail(result: PortfolioResult) -> None:
    rows = [
        (
            word,
            money(tail.el),
            money(tail.var),
            money(tail.es),
            f"EL +/- {money(tail.el_error)}, VaR {money(tail.var_low)} to {money(tail.var_high)}, "
            f"ES +/- {money(tail.es_error)}",
        )
        for word, tail in (("with", result.losses.with_contagion), ("without", result.losses.without))
    ]
    level = f"{100 * result.draws.level:g}%"
    show_section(("contagion", "EL", f"VaR {level}", f"ES {level}", "simulation error"), rows)
    show_lines(
        f"Simulated over {result.horizon_days} days, of the performing book. "
        f"Contagion adds {money(result.losses.added)} (+/- {money(result.losses.added_error)}) to the EL."
    )
    show_lines(
        f"The simulated EL is {money(abs(result.gap))} {'above' if result.gap > 0 else 'below'} the EL of the "
        "performing book. They differ by simulation error, and because the simulation lets defaults spread until none "
        "follow, while scores count a limited number of rounds and no feedback."
    )


def _show_stages(result: PortfolioResult) -> None:
    """IFRS 9 stages with their loss allowance, categories of five, and what they do not rest on."""
    show_section(
        ("IFRS 9 stage", "lines", "EAD", "loss allowance", "PD over"),
        [
            (row.stage or "unknown", row.lines, money(row.ead), money(row.allowance), row.period)
            for row in result.stages
        ],
    )
    show_section(
        ("category of five", "lines", "EAD"),
        [(row.category or "unknown", row.lines, money(row.ead)) for row in result.categories],
    )
    for note in result.stage_notes:
        show_lines(note)


def _show_answers(result: PortfolioResult) -> None:
    """Trades that are financed twice and shared suppliers; of the other queries the number of rows."""
    twice = [
        (row.trade, ", ".join(row.loans), ", ".join(row.lenders), ", ".join(row.firms), money(row.drawn))
        for row in result.answers.double_financing[:MAX_ROWS]
    ]
    if twice:
        show_section(("trade financed twice", "loans", "lenders", "borrowers", "drawn"), twice)
    suppliers = [
        (
            row.supplier,
            *(row.tier1, row.tier2, row.tier3),
            *(money(amount) for amount in (row.drawn, row.exposed, row.chain)),
        )
        for row in result.answers.suppliers_behind[:MAX_ROWS]
    ]
    if suppliers:
        tiers = ("borrowers at tier 1", "at tier 2", "at tier 3")
        amounts = ("drawn", "drawn x dependence", "counts against CHAIN")
        show_section(("supplier behind borrowers", *tiers, *amounts), suppliers)
    show_lines("")
    for name, count in result.answers.counts().items():
        if count:
            # The query's name is its title in short: lending/shared-suppliers.
            title = name.rpartition("/")[2].replace("-", " ")
            command = f"scgraph query run {name} --param lender={result.lender}"
            show_lines(f"{title}: {count} {'row' if count == 1 else 'rows'} (details: {command})")
    if result.breaches:
        show_lines("")
