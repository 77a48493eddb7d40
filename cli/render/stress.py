"""A scenario on the terminal: steps, firms, industries, regions, lenders, what-ifs, and what carries a loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplyrisk.cli.talk import cell, show_table, show_text
from supplyrisk.graph.texts.figures import money, per_hundred

if TYPE_CHECKING:
    from supplyrisk.graph.stress import LossCarriers
    from supplyrisk.services import StressResult

TOP = 20
"""Firms that are shown unless --top says otherwise."""
FEW = 10
"""The same for the other tables."""

Row = Mapping[str, Any]


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
    document: Row = result.to_json(top or TOP)
    sales = _lost_sales(document)
    steps = _steps(document, sales)
    show_table(steps.columns, steps.rows, title=steps.title)
    _firms(document["rows"], sales).show()
    for key, title in (("by_industry", "industry"), ("by_region", "region")):
        _labels(document[key][: top or FEW], title, sales).show()
    if document["by_lender"]:
        _lenders(document["by_lender"][: top or FEW]).show()
    if document["disagree"] is not None:
        _show_disagreement(document["disagree"], document["model"])
    if document["what_if"]:
        _what_ifs(document["what_if"]).show()
    if result.carriers is not None:
        _show_loss_carriers(result.carriers, top or FEW)


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


def _lost_sales(document: Row) -> str:
    """The heading of lost sales, with the currency where the data name one."""
    return f"lost sales ({document['currency']})" if document["currency"] else "lost sales"


def _steps(document: Row, sales: str) -> _Part:
    columns = ("step", "weeks", "firms shocked", "loss %", "by supply %", "by demand %", sales, "tip over")
    rows: list[list[object]] = [
        [
            step["name"],
            step["weeks"],
            step["shocked"],
            per_hundred(step["esri"], 3),
            per_hundred(step["down"], 3),
            per_hundred(step["up"], 3),
            money(step["money"]),
            step["tips_over"],
        ]
        for step in document["steps"]
    ]
    total = [per_hundred(document["loss"], 3), None, None, money(document["money"]), document["tips_over"]]
    rows.append(["all steps", document["weeks"], None, *total])
    return _Part(str(document["scenario"]), columns, rows)


def _firms(rows: Sequence[Row], sales: str) -> _Part:
    columns = (
        "firm",
        "name",
        "industry",
        "region",
        "shock %",
        "loss %",
        "channel",
        sales,
        "reason for tipping over",
    )
    cells: list[list[object]] = [
        [
            *(row[key] for key in ("firm_id", "name", "industry", "region")),
            per_hundred(max(row["lost_supply"], row["lost_demand"]), 3),
            per_hundred(row["loss"], 3),
            row["by"],
            money(row["money"]),
            row["tips_over"] or None,
        ]
        for row in rows
    ]
    return _Part("firms", columns, cells)


def _labels(rows: Sequence[Row], title: str, sales: str) -> _Part:
    """Losses by industry or region."""
    cells: list[list[object]] = [
        [row[title], row["firms"], per_hundred(row["loss"], 3), money(row["money"]), row["tips_over"]]
        for row in rows
    ]
    return _Part(title, (title, "firms", "loss %", sales, "tip over"), cells)


def _lenders(rows: Sequence[Row]) -> _Part:
    columns = ("lender", "loans", "EAD", "EAD x lost share", "EAD of firms that tip over")
    cells: list[list[object]] = [
        [row["lender_id"], row["loans"], *(money(row[key]) for key in ("ead", "at_risk", "to_tipping"))]
        for row in rows
    ]
    return _Part("lenders", columns, cells)


def _show_disagreement(disagreement: Row, model: str) -> None:
    show_text("")
    correlation = disagreement["rank_correlation"]
    agreement = (
        "no rank correlation, as one of them is the same for all firms"
        if correlation is None
        else f"rank correlation {correlation:.2f}"
    )
    show_text(
        f"loss by the mechanism and rise of the PD by {model} when {disagreement['stopped']} firms stop: {agreement}"
    )
    rows: list[list[object]] = [
        [
            row["firm_id"],
            *(per_hundred(row[key], 3) for key in ("loss", "network_pd", "network_pd_stressed")),
            f"{row['rank_difference']:+.2f}",
        ]
        for row in disagreement["rows"]
    ]
    columns = ("they disagree on", "loss %", "PD %", "PD then %", "rank difference")
    _Part("disagree", columns, rows).show()


def _what_ifs(effects: Sequence[Row]) -> _Part:
    columns = ("what if", "firm", "measure", "before %", "after %", "change %")
    rows: list[list[object]] = [
        [
            effect["what_if"],
            effect["firm_id"],
            effect["measure"],
            *(per_hundred(effect[key], 3) for key in ("before", "after", "change")),
        ]
        for effect in effects
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
