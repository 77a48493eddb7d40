"""A scenario on the terminal: steps, firms, industries, regions, lenders, what-ifs, and what carries a loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from supplyrisk.cli.talk import cell, show_table, show_text
from supplyrisk.graph.texts.figures import money, number, per_hundred

if TYPE_CHECKING:
    from supplyrisk.graph.stress import (
        FirmLoss,
        LabelLoss,
        LenderAtRisk,
        LossCarriers,
        RankDisagreement,
        StressSummary,
        WhatIfChange,
    )
    from supplyrisk.services import StressResult

TOP = 20
"""Firms that are shown unless --top says otherwise."""
FEW = 10
"""The same for the other tables."""


@dataclass(frozen=True)
class _Part:
    """One table."""

    title: str
    columns: tuple[str, ...]
    rows: list[list[object]]

    def show(self) -> None:
        """An empty line, and the table."""
        show_text("")
        show_table(self.columns, self.rows, title=self.title)


def show_stress(result: StressResult, top: int | None) -> None:
    """The steps, then firms, industries, regions and lenders, the largest losses first."""
    summary = result.summary
    sales = f"lost sales ({summary.currency})" if summary.currency else "lost sales"
    steps = _steps(summary, sales)
    show_table(steps.columns, steps.rows, title=steps.title)
    _firms(result.firm_losses(top or TOP), sales).show()
    _labels(summary.by_industry[: top or FEW], "industry", sales).show()
    _labels(summary.by_region[: top or FEW], "region", sales).show()
    if summary.by_lender:
        _lenders(summary.by_lender[: top or FEW]).show()
    if summary.disagree is not None:
        _show_disagreement(summary.disagree, summary.model)
    if summary.what_if:
        _what_ifs(summary.what_if).show()
    if summary.why is not None:
        _show_loss_carriers(summary.why, top or FEW)


def show_stress_exposure(carriers: LossCarriers, top: int | None) -> None:
    """What carries a firm's exposure: sources, paths and links."""
    firm_id = cell(carriers.firm_id)
    if not carriers.loss:
        show_text(f"{firm_id} has no exposure")
        return
    show_text(
        f"what carries the exposure of {firm_id}, {per_hundred(carriers.loss, 3)} %: {_channels(carriers)}"
    )
    rows: list[list[object]] = [
        [source.firm_id, per_hundred(source.share, 3)] for source in carriers.sources[: top or FEW]
    ]
    _Part("sources", ("if it closes", "share of the exposure %"), rows).show()
    _show_paths_and_links(carriers, top or FEW)


def _steps(summary: StressSummary, sales: str) -> _Part:
    columns = ("step", "weeks", "firms shocked", "loss %", "by supply %", "by demand %", sales, "tip over")
    rows: list[list[object]] = [
        [
            step.name,
            step.weeks,
            step.shocked,
            *(per_hundred(share, 3) for share in (step.esri, step.down, step.up)),
            money(step.money),
            step.tips_over,
        ]
        for step in summary.steps
    ]
    total = [per_hundred(summary.loss, 3), None, None, money(summary.money), summary.tips_over]
    return _Part(summary.scenario, columns, [*rows, ["all steps", summary.weeks, None, *total]])


def _firms(firms: Sequence[FirmLoss], sales: str) -> _Part:
    columns = (
        *("firm", "name", "industry", "region", "shock %", "loss %", "channel"),
        sales,
        "reason for tipping over",
    )
    rows: list[list[object]] = [
        [
            *(firm.firm_id, firm.name, firm.industry, firm.region),
            per_hundred(max(firm.lost_supply, firm.lost_demand), 3),
            per_hundred(firm.loss, 3),
            firm.by,
            money(firm.money),
            firm.tips_over or None,
        ]
        for firm in firms
    ]
    return _Part("firms", columns, rows)


def _labels(losses: Sequence[LabelLoss], title: str, sales: str) -> _Part:
    """Losses by industry or region."""
    rows: list[list[object]] = [
        [row.label, row.firms, per_hundred(row.loss, 3), money(row.money), row.tips_over] for row in losses
    ]
    return _Part(title, (title, "firms", "loss %", sales, "tip over"), rows)


def _lenders(lenders: Sequence[LenderAtRisk]) -> _Part:
    columns = ("lender", "loans", "EAD", "EAD x lost share", "EAD of firms that tip over")
    rows: list[list[object]] = [
        [row.lender_id, row.loans, money(row.ead), money(row.at_risk), money(row.to_tipping)]
        for row in lenders
    ]
    return _Part("lenders", columns, rows)


def _show_disagreement(disagreement: RankDisagreement, model: str | None) -> None:
    show_text("")
    correlation = disagreement.rank_correlation
    agreement = (
        "no rank correlation, as one of them is the same for all firms"
        if isnan(correlation)
        else f"rank correlation {number(correlation)}"
    )
    show_text(
        f"loss by the mechanism and rise of the PD by {model} when {disagreement.stopped} firms stop: {agreement}"
    )
    rows: list[list[object]] = [
        [
            firm.firm_id,
            *(per_hundred(share, 3) for share in (firm.loss, firm.network_pd, firm.network_pd_stressed)),
            number(firm.rank_difference, signed=True),
        ]
        for firm in disagreement.rows
    ]
    columns = ("they disagree on", "loss %", "PD %", "PD then %", "rank difference")
    _Part("disagree", columns, rows).show()


def _what_ifs(changes: Sequence[WhatIfChange]) -> _Part:
    columns = ("what if", "firm", "measure", "before %", "after %", "change %")
    rows: list[list[object]] = [
        [
            *(row.what_if, row.firm_id, row.measure),
            *(per_hundred(share, 3) for share in (row.before, row.after, row.change)),
        ]
        for row in changes
    ]
    return _Part("what if", columns, rows)


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
    paths: list[list[object]] = [
        [" > ".join(path.firms), path.channel, per_hundred(path.share, 3)] for path in carriers.paths[:top]
    ]
    _Part("paths", ("path from the shocked firm", "by", "share %"), paths).show()
    links: list[list[object]] = [
        [link.supplier_id, link.customer_id, link.channel, per_hundred(link.share, 3)]
        for link in carriers.links[:top]
    ]
    _Part("links", ("supplier", "customer", "by", "share %"), links).show()
