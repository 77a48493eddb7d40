"""A scenario on the terminal: steps, firms, industries, regions, lenders, what-ifs, and what carries a loss."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING

from supplyrisk.cli.render.pd_headings import pd_heading
from supplyrisk.cli.talk import cell, show_section, show_table, show_text
from supplyrisk.graph.texts.figures import money, number, per_hundred

if TYPE_CHECKING:
    from supplyrisk.graph.credit import StressedBook
    from supplyrisk.graph.stress import (
        FirmLoss,
        LossCarriers,
        RankDisagreement,
        StressSummary,
    )
    from supplyrisk.services import StressResult

TOP = 20
"""Firms that are shown unless --top says otherwise."""
FEW = 10
"""The same for the other tables."""


def show_stress(result: StressResult, top: int | None) -> None:
    """The steps, then firms, industries, regions and lenders, the largest losses first."""
    summary = result.summary
    sales = f"lost sales ({summary.currency})" if summary.currency else "lost sales"
    _show_steps(summary, sales)
    _show_firms(result.firm_losses(top or TOP), sales)
    for title, losses in (("industry", summary.by_industry), ("region", summary.by_region)):
        show_section(
            (title, "firms", "loss %", sales, "tip over"),
            [
                (row.label, row.firms, per_hundred(row.loss, 3), money(row.money), row.tips_over)
                for row in losses[: top or FEW]
            ],
            title=title,
        )
    if summary.by_lender:
        show_section(
            ("lender", "loans", "EAD", "EAD x lost share", "EAD of firms that tip over"),
            [
                (row.lender_id, row.loans, money(row.ead), money(row.at_risk), money(row.to_tipping))
                for row in summary.by_lender[: top or FEW]
            ],
            title="lenders",
        )
    _show_books(summary.books[: top or FEW])
    if summary.disagree is not None:
        _show_disagreement(summary.disagree, summary)
    if summary.what_if:
        show_section(
            ("what if", "firm", "measure", "before %", "after %", "change %"),
            [
                (row.what_if, row.firm_id, row.measure, *_shares(row.before, row.after, row.change))
                for row in summary.what_if
            ],
            title="what if",
        )
    if summary.why is not None:
        _show_loss_carriers(summary.why, top or FEW)


def _show_books(books: Sequence[StressedBook]) -> None:
    """EL and loss allowance of the performing books without the scenario and with it, and lines that change stage."""
    if not books:
        return
    el = f"EL over {books[0].horizon_days} days"
    show_section(
        ("performing book", "lines", "EAD", el, "stressed", "loss allowance", "stressed"),
        [(book.lender_id, book.lines, *(money(amount) for amount in _amounts(book))) for book in books],
        title="books",
    )
    moves = [
        (
            book.lender_id,
            *(stage or "unknown" for stage in (move.before, move.after)),
            move.lines,
            money(move.ead),
        )
        for book in books
        for move in book.migrations
        if move.before != move.after
    ]
    show_section(("performing book", "from stage", "to stage", "lines", "EAD"), moves, title="stages")


def _amounts(book: StressedBook) -> tuple[float, ...]:
    return (book.ead, book.el, book.el_stressed, book.allowance, book.allowance_stressed)


def show_stress_exposure(carriers: LossCarriers, top: int | None) -> None:
    """What carries a firm's exposure: sources, paths and links."""
    firm_id = cell(carriers.firm_id)
    if not carriers.loss:
        show_text(f"{firm_id} has no exposure")
        return
    show_text(
        f"what carries the exposure of {firm_id}, {per_hundred(carriers.loss, 3)} %: {_channels(carriers)}"
    )
    sources = [(source.firm_id, *_shares(source.share)) for source in carriers.sources[: top or FEW]]
    show_section(("if it closes", "share of the exposure %"), sources, title="sources")
    _show_paths_and_links(carriers, top or FEW)


def _shares(*shares: float | None) -> list[str]:
    """Shares in percent, as all tables of losses have them."""
    return [per_hundred(share, 3) for share in shares]


def _show_steps(summary: StressSummary, sales: str) -> None:
    rows: list[Sequence[object]] = [
        (
            step.name,
            step.weeks,
            step.shocked,
            *_shares(step.esri, step.down, step.up),
            money(step.money),
            step.tips_over,
        )
        for step in summary.steps
    ]
    total = (*_shares(summary.loss), None, None, money(summary.money), summary.tips_over)
    show_table(
        ("step", "weeks", "firms shocked", "loss %", "by supply %", "by demand %", sales, "tip over"),
        [*rows, ("all steps", summary.weeks, None, *total)],
        title=summary.scenario,
    )


def _show_firms(firms: Sequence[FirmLoss], sales: str) -> None:
    names = ("firm", "name", "industry", "region", "shock %", "loss %", "channel")
    rows = [
        (
            *(firm.firm_id, firm.name, firm.industry, firm.region),
            *_shares(max(firm.lost_supply, firm.lost_demand), firm.loss),
            firm.by,
            money(firm.money),
            firm.tips_over or None,
        )
        for firm in firms
    ]
    show_section((*names, sales, "reason for tipping over"), rows, title="firms")


def _show_disagreement(disagreement: RankDisagreement, summary: StressSummary) -> None:
    show_text("")
    correlation = disagreement.rank_correlation
    agreement = (
        "no rank correlation, as one of them is the same for all firms"
        if isnan(correlation)
        else f"rank correlation {number(correlation)}"
    )
    show_text(
        f"loss by the mechanism and rise of the PD by {summary.model} when {disagreement.stopped} firms stop: "
        f"{agreement}"
    )
    rows = [
        (
            *(firm.firm_id, *_shares(firm.loss, firm.network_pd, firm.network_pd_stressed)),
            number(firm.rank_difference, signed=True),
        )
        for firm in disagreement.rows
    ]
    source = summary.scored_by
    days = None if source is None else source.horizon_days
    headings = (
        "they disagree on",
        "loss %",
        pd_heading(days),
        pd_heading(days, "stressed PD"),
        "rank difference",
    )
    show_section(headings, rows, title="disagree")


def _show_loss_carriers(carriers: LossCarriers, top: int) -> None:
    show_text("")
    firm_id = cell(carriers.firm_id)
    if not carriers.loss:
        show_text(f"{firm_id} loses nothing")
        return
    show_text(
        f"what carries the {per_hundred(carriers.loss, 3)} % that {firm_id} loses: {_channels(carriers)}"
    )
    _show_paths_and_links(carriers, top)


def _channels(carriers: LossCarriers) -> str:
    return (
        f"{per_hundred(carriers.by_supply, 3)} % by supply, {per_hundred(carriers.by_demand, 3)} % by demand"
    )


def _show_paths_and_links(carriers: LossCarriers, top: int) -> None:
    paths = [(" > ".join(path.firms), path.channel, *_shares(path.share)) for path in carriers.paths[:top]]
    show_section(("path from the shocked firm", "by", "share %"), paths, title="paths")
    links = [
        (link.supplier_id, link.customer_id, link.channel, *_shares(link.share))
        for link in carriers.links[:top]
    ]
    show_section(("supplier", "customer", "by", "share %"), links, title="links")
