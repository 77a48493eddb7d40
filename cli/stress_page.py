"""What `scgraph stress` shows people: tables, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from supplyrisk.cli.talk import cell, show_table, show_text

TOP, FEW = 20, 10
Document = Mapping[str, Any]


def show(document: Document, top: int | None) -> None:
    """The steps, then firms, industries, regions and lenders, the worst first."""
    show_table(*_steps(document), title=str(document["scenario"]))
    _part("firms", _firms(document["rows"][: top or TOP]))
    for key, title in (("by_industry", "industry"), ("by_region", "region")):
        _part(title, _labels(document[key][: top or FEW], title))
    if document["by_lender"]:
        _part("lenders", _lenders(document["by_lender"][: top or FEW]))
    if document["disagree"] is not None:
        _disagree(document["disagree"], document["model"])
    if document["what_if"]:
        _part("what if", _what_if(document["what_if"]))
    if document["why"] is not None:
        _why(document["why"], top or FEW)


Shown = tuple[tuple[str, ...], list[list[object]]]


def _part(title: str, shown: Shown) -> None:
    show_text("")
    show_table(*shown, title=title)


def percent(share: float | None) -> str | None:
    """A share as per cent."""
    return None if share is None else f"{100 * share:.3f}"


def amount(money: float | None) -> str | None:
    """Money without digits behind the point."""
    return None if money is None else f"{money:,.0f}"


def _steps(document: Document) -> Shown:
    columns = ("step", "weeks", "shocked", "loss %", "by supply %", "by demand %", "lost sales", "tip over")
    rows: list[list[object]] = []
    for s in document["steps"]:
        losses = [percent(s[key]) for key in ("esri", "down", "up")]
        rows.append([s["name"], s["weeks"], s["shocked"], *losses, amount(s["money"]), s["tips_over"]])
    total = [None, percent(document["loss"]), None, None, amount(document["money"]), document["tips_over"]]
    return columns, [*rows, ["all steps", document["weeks"], *total]]


def _firms(rows: Sequence[Mapping[str, Any]]) -> Shown:
    columns = ("firm", "name", "industry", "region", "shock %", "loss %", "by", "lost sales", "tips over by")
    found: list[list[object]] = []
    for row in rows:
        shock = percent(max(row["lost_supply"], row["lost_demand"]))
        who = [row[key] for key in ("firm_id", "name", "industry", "region")]
        found.append(
            [*who, shock, percent(row["loss"]), row["by"], amount(row["money"]), row["tips_over"] or None]
        )
    return columns, found


def _labels(rows: Sequence[Mapping[str, Any]], key: str) -> Shown:
    found: list[list[object]] = [
        [row[key], row["firms"], percent(row["loss"]), amount(row["money"]), row["tips_over"]] for row in rows
    ]
    return (key, "firms", "loss %", "lost sales", "tip over"), found


def _lenders(rows: Sequence[Mapping[str, Any]]) -> Shown:
    found: list[list[object]] = [
        [row["lender_id"], row["loans"], *(amount(row[key]) for key in ("ead", "at_risk", "to_tipping"))]
        for row in rows
    ]
    return ("lender", "loans", "EAD", "x lost share", "EAD of firms that tip over"), found


def _disagree(disagree: Mapping[str, Any], network: str) -> None:
    show_text("")
    correlation = disagree["rank_correlation"]
    alike = (
        "one of the two says the same of all"
        if correlation is None
        else f"rank correlation {correlation:.2f}"
    )
    show_text(
        f"the mechanism's loss and the rise of the PD by {network} when {disagree['stopped']} firms stop: {alike}"
    )
    rows: list[list[object]] = []
    for row in disagree["rows"]:
        shown = [percent(row[key]) for key in ("loss", "network_pd", "network_pd_stressed")]
        rows.append([row["firm_id"], *shown, f"{row['rank_difference']:+.2f}"])
    _part("disagree", (("they disagree on", "loss %", "PD %", "PD then %", "rank difference"), rows))


def _what_if(effects: Sequence[Mapping[str, Any]]) -> Shown:
    rows: list[list[object]] = [
        [
            e["what_if"],
            e["firm_id"],
            e["measure"],
            *(percent(e[key]) for key in ("before", "after", "change")),
        ]
        for e in effects
    ]
    return ("what if", "firm", "measure", "before %", "after %", "change %"), rows


def _why(why: Mapping[str, Any], top: int) -> None:
    show_text("")
    if not why["loss"]:
        show_text(f"{cell(why['firm_id'])} loses nothing")
        return
    show_text(
        f"what carries the {percent(why['loss'])} % that {cell(why['firm_id'])} loses: {_channels(why)}"
    )
    _carried(why["paths"], why["links"], top)


def show_exposure(head: Mapping[str, Any], links: Sequence[Mapping[str, Any]], top: int | None) -> None:
    """What carries a firm's exposure."""
    who, exposure = cell(head["firm_id"]), percent(head["exposure"])
    if not head["exposure"]:
        show_text(f"{who} is exposed to nobody")
        return
    show_text(f"what carries the exposure of {who}, {exposure} %: {_channels(head)}")
    rows: list[list[object]] = [[r["firm_id"], percent(r["share"])] for r in head["shocked"][: top or FEW]]
    _part("sources", (("if it closes", "share of the exposure %"), rows))
    _carried(head["paths"], links, top or FEW)


def _channels(why: Mapping[str, Any]) -> str:
    return f"{percent(why['by_supply'])} % by supply, {percent(why['by_demand'])} % by demand"


def _carried(paths: Sequence[Mapping[str, Any]], links: Sequence[Mapping[str, Any]], top: int) -> None:
    rows: list[list[object]] = [
        [" > ".join(p["firms"]), p["channel"], percent(p["share"])] for p in paths[:top]
    ]
    _part("paths", (("path from the shocked firm", "by", "share %"), rows))
    rows = [[r["supplier_id"], r["customer_id"], r["channel"], percent(r["share"])] for r in links[:top]]
    _part("links", (("supplier", "customer", "by", "share %"), rows))
