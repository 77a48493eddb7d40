"""Sections of a memo's page with figures: risk, supply chain, loss, limit."""

from __future__ import annotations

from html import escape
from typing import Any

from supplyrisk.graph.credit import RULES, STRESSES
from supplyrisk.graph.texts.figures import money, percent
from supplyrisk.web.memo_chain import chain_svg
from supplyrisk.web.memo_parts import (
    command_of,
    commands_html,
    facts_table,
    firm_cell,
    in_both,
    label_in_both,
    labelled_list,
    path_html,
    pd_cell,
    sentence_in_both,
    table_html,
)
from supplyrisk.web.memo_text import MIN_SHOWN_AMOUNT

Row = dict[str, Any]
HAZARD_COLOURS = {"own": "#1b6ca8", "context": "#8a6fb0", "caught": "#c8553d"}
"""Parts of a hazard and the colours of their bars."""


def risk_section(risk: Row) -> str:
    """PD over the term and the horizon, the parts of the hazard, reasons and earlier scores."""
    heading = f"<h2>{label_in_both('risk')}</h2>"
    if risk["pd"] is None:
        return f"{heading}<p>{label_in_both('failed' if risk['state'] == 'defaulted' else 'no_pd')}</p>"
    facts: list[tuple[str, object]] = [("pd_term", percent(risk["pd_term"]))]
    if risk["pd_term_low"] is not None:
        facts.append(("range", f"{percent(risk['pd_term_low'])} - {percent(risk['pd_term_high'])}"))
    if risk["pd_term_low_90"] is not None:
        interval = f"{percent(risk['pd_term_low_90'])} - {percent(risk['pd_term_high_90'])}"
        facts.append(("true_pd", interval))
    facts += [
        ("pd", percent(risk["pd"])),
        ("horizon", risk["horizon_days"]),
        ("grade", risk["grade"]),
        ("points", f"{risk['points']:.0f}"),
    ]
    beyond_horizon = f"<p class='said'>{label_in_both('flat')}</p>" if risk["beyond_horizon"] else ""
    parts = f"<p class='said'>{sentence_in_both(risk, 'note')}</p>" if risk["note"] else ""
    if risk["own"] is not None:
        parts += _hazard_bars(risk)
    earlier = [(score["as_of"], percent(score["pd"]), score["grade"]) for score in risk["trajectory"]]
    history = table_html(("trajectory", "other_pd", "grade"), earlier)
    return f"{heading}{facts_table(facts)}{beyond_horizon}{parts}{_reasons(risk)}{history}"


def _hazard_bars(risk: Row) -> str:
    """own, context and caught as bars; a negative context is shown as a number only."""
    total = sum(max(0.0, risk[name]) for name in HAZARD_COLOURS) or 1.0
    rows = ""
    for name, colour in HAZARD_COLOURS.items():
        width = 100 * max(0.0, risk[name]) / total
        rows += (
            f"<tr><th>{label_in_both(name)}<td class='n'>{risk[name]:.5f}<td style='width:60%'>"
            f"<div class='bar'><i style='width:{width:.1f}%;background:{colour}'></i></div>"
        )
    return f"<p>{label_in_both('hazard')}</p><table>{rows}</table>"


def _reasons(risk: Row) -> str:
    if not risk["reasons"]:
        return ""
    items = "".join(
        f"<li>{sentence_in_both(reason, 'text')} <code>{escape(reason['code'])}</code>"
        for reason in risk["reasons"]
    )
    return f"<p>{label_in_both('reasons')}</p><ul>{items}</ul>"


def chain_section(memo: Row) -> str:
    """The drawing, partners, guarantees, rings and paths, each with the commands that show it again."""
    chain = memo["chain"]
    queries = chain["shown_by"]
    carriers = [carrier | {"other": carrier["carrier"], "side": "carrier"} for carrier in chain["carriers"]]
    partners = [
        (label_in_both(row["side"]), firm_cell(row), percent(row["share"]), pd_cell(row))
        for row in (*chain["suppliers"], *chain["customers"], *carriers)
    ]
    html = (
        f"<h2>{label_in_both('chain')}</h2>{chain_svg(memo)}<p class='said'>{label_in_both('drawn_how')}</p>"
    )
    html += table_html(("side", "firm", "share", "other_pd"), partners, html_columns=(0, 1, 3))
    html += commands_html(queries, "partners", "carriers", "second_tier")
    if chain["guarantees"]:
        guarantees = [
            (label_in_both(row["side"]), firm_cell(row), money(row["amount"]), pd_cell(row))
            for row in chain["guarantees"]
        ]
        html += table_html(("guarantees", "firm", "amount", "other_pd"), guarantees, html_columns=(0, 1, 3))
        html += commands_html(queries, "guarantees")
    html += labelled_list("single_sources", chain["single_sources"])
    lists = {
        "common": [f"{row['firm']} ({', '.join(row['behind'])})" for row in chain["common"]],
        "rings": [" > ".join(ring["circle"]) for ring in chain["rings"]],
        "trade_rings": [" > ".join(ring["ring"]) for ring in chain["trade_rings"]],
    }
    for name, items in lists.items():
        if items:
            html += labelled_list(name, items) + commands_html(queries, name)
    return html + _paths(chain)


def _paths(chain: Row) -> str:
    """The main paths of contagion with the commands that show their links."""
    rows = [(path_html(path), percent(path["share"])) for path in chain["paths"]]
    # A dict keeps the order of the paths and drops repeated commands.
    commands = {command_of(query): None for path in chain["paths"] for query in path["seen_by"]}
    lines = "<br>".join(escape(command) for command in commands)
    table = table_html(("paths", "of_caught"), rows, html_columns=(0,))
    return table + (f"<code>{lines}</code>" if lines else "")


def loss_section(memo: Row) -> str:
    """Expected loss with and without stress, existing lines, and the lender's book; empty where there is neither."""
    loss = memo["loss"]
    heading = f"<h2>{label_in_both('loss')}</h2>"
    lines = _existing_lines(memo)
    if loss["el"] is None:
        return f"{heading}{lines}" if lines else ""
    facts = facts_table(
        [("el", money(loss["el"])), ("lgd", percent(loss["lgd"], 0)), ("ead", money(loss["ead"]))]
    )
    stress_rows = [
        (
            in_both(STRESSES[stress["code"]]),
            percent(stress["pd_term"]),
            money(stress["el"]),
            percent(stress["output"]),
        )
        for stress in loss["stresses"]
    ]
    stresses = table_html(("stress", "pd_term", "el", "output"), stress_rows, html_columns=(0,))
    if stress_rows and loss["network_pd"] is not None:
        stresses += f"<p class='said'>{label_in_both('network_pd')}: {percent(loss['network_pd'])}</p>"
    return f"{heading}{facts}{stresses}{lines}{_book(memo['book'])}"


def _existing_lines(memo: Row) -> str:
    """The firm's lines with all lenders, by product; empty where it has none."""
    rows = [
        (label_in_both(line["product"] or "unknown"), line["lines"], money(line["drawn"]), money(line["ead"]))
        for line in memo["loss"]["lines"]
    ]
    if not rows:
        return ""
    table = table_html(("product", "number", "drawn", "ead"), rows, html_columns=(0,))
    return f"<p>{label_in_both('lines')}</p>{table}{commands_html(memo['chain']['shown_by'], 'lines')}"


def _book(book: Row | None) -> str:
    """The lender's book, and what the firm's default would add to the EL of its other borrowers."""
    if book is None:
        return f"<p class='said'>{label_in_both('no_book')}</p>"
    usage = book["book"]
    if usage is None:
        drawn = label_in_both("nothing_drawn")
    else:
        drawn = f"{label_in_both('lent')} {money(usage['lent'])}, {label_in_both('to_firm')} {money(usage['to_firm'])}"
    html = f"<p>{label_in_both('book')} {escape(book['lender'])}: {drawn}</p>"
    if "added_el" in book:
        rows = [
            (row["firm"], money(row["added_el"]))
            for row in book["borrowers"]
            if row["added_el"] >= MIN_SHOWN_AMOUNT
        ]
        html += f"<p>{label_in_both('added_el')}: {money(book['added_el'])}</p>"
        html += table_html(("firm", "added_el"), rows)
    return html


def limit_section(memo: Row) -> str:
    """The credit limit and the amount of each rule."""
    limit = memo["limit"]
    rows = [
        (in_both(RULES[rule["code"]]), money(rule["amount"]), sentence_in_both(rule, "why"))
        for rule in limit["rules"]
    ]
    table = table_html(("rule", "amount", "why"), rows, html_columns=(0, 2))
    return (
        f"<h2>{label_in_both('limit')}</h2><p><b>{money(limit['amount'], memo['request']['currency'])}</b> "
        f"({label_in_both('binds')}: {in_both(RULES[limit['binding']])})</p>{table}"
    )
