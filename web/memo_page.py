"""A memo as one self-contained page: no script, nothing fetched, English and Chinese in it, readable on a phone."""

from __future__ import annotations

from html import escape
from typing import Any

from supplyrisk.graph.credit import CONCLUSIONS, RULES, SOURCES, STRESSES
from supplyrisk.web.memo_chain import drawing
from supplyrisk.web.memo_labels import days_word
from supplyrisk.web.memo_parts import (
    BARS,
    both,
    failing,
    label,
    linked,
    listed,
    named,
    pairs_table,
    sentence,
    shown_by,
    table,
    warned,
)
from supplyrisk.web.memo_text import LEAST, money, percent, query_line

Row = dict[str, Any]
COLOURS = {
    "within policy": "#2e7d32",
    "refer": "#b26a00",
    "outside policy": "#b3261e",
    "insufficient evidence": "#5f6368",
}
STYLE = """*{box-sizing:border-box}body{font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;max-width:46rem;
margin:0 auto;padding:1rem;color:#222}h1{font-size:1.25rem;margin:.4rem 0}h2{font-size:1.05rem;margin:1.6rem 0 .4rem;
border-bottom:1px solid #ccc}.word{color:#fff;padding:.5rem .8rem;border-radius:4px;font-weight:600;margin:.6rem 0}
.said{color:#555;font-size:.9rem}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.88rem}
td,th{padding:.25rem .5rem;text-align:left;border-bottom:1px solid #ddd;vertical-align:top}
td:first-child{min-width:3.6rem}
td.n{text-align:right;white-space:nowrap}.bar{background:#eee;height:.8rem;width:100%}.bar i{display:block;height:100%}
code{font-size:.8rem;overflow-wrap:anywhere}small{color:#555;display:block}
svg{width:100%;max-width:32rem;height:auto;display:block;margin:0 auto}.warn{background:#fff3cd;padding:.5rem}
#zh,.lang{float:right;font-size:.85rem;margin-left:.4rem}
main{clear:both}
.zh{display:none}#zh:checked~main .zh{display:inline}
#zh:checked~main .en{display:none}"""


def render_memo(document: Row, language: str = "en") -> str:
    """The page of a memo; language says which one it opens in, a box at its top changes to the other."""
    memo: Row = document["rows"][0]
    shop = memo["shop"]
    title = f"{shop['firm']} {shop['name'] or ''}".strip()
    checked = " checked" if language == "zh" else ""
    parts = [
        _head(memo, document, title),
        _conclusion(memo["conclusion"]),
        _who(shop),
        _risk(memo["risk"]),
        _chain(memo),
        _loss(memo),
        _limit(memo),
        _again(memo, document),
    ]
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f'<label for="zh" class="lang">中文</label><input type="checkbox" id="zh"{checked}>'
        f"<main>{''.join(parts)}</main></body></html>\n"
    )


def _head(memo: Row, document: Row, title: str) -> str:
    asked = memo["request"]
    lender = f", {escape(asked['lender'])}" if asked["lender"] else ""
    return (
        f"<h1>{label('title')}: {escape(title)}</h1><p>{asked['currency']} {asked['amount']:,.0f}, "
        f"{asked['days']} {label(days_word(asked['days']))}, {label(asked['product'])}{lender}</p>"
        f"<p class='said'>{label('as_of')} {document['as_of']} · {escape(str(document['model']))}</p>"
        f"{warned(document)}"
    )


def _conclusion(found: Row) -> str:
    rows = "".join(
        f"<li>{sentence(f, 'text')} <span class='said'>({label('change')}: {sentence(f, 'change')})</span>"
        for f in found["findings"]
    )
    return (
        f"<h2>{label('conclusion')}</h2><p class='word' style='background:{COLOURS[found['word']]}'>"
        f"{both(CONCLUSIONS[found['word']])}</p><ul>{rows}</ul><p class='said'>{label('decides')}</p>"
    )


def _who(shop: Row) -> str:
    roles = ", ".join(str(x).replace("|", ", ") for x in (shop["roles"], shop["shop_type"]) if x)
    facts = pairs_table(
        [
            ("roles", roles),
            ("industry", shop["industry"]),
            ("region", shop["region"]),
            ("age", money(shop["age_days"])),
            ("turnover", money(shop["turnover"])),
            ("coverage", percent(shop["coverage"])),
        ]
    )
    rows = [(both(SOURCES[s["source"]]), s["last_on"], money(s["age_days"])) for s in shop["sources"]]
    gaps = (
        f"<p>{label('missing')}: {both((', '.join(shop['missing']), '，'.join(shop['missing_zh'])))} "
        f"<span class='said'>({label('coverage_of')})</span></p>"
        if shop["missing"]
        else ""
    )
    return f"<h2>{label('who')}</h2>{facts}{table(('source', 'last_on', 'source_age'), rows, raw=(0,))}{gaps}"


def _risk(risk: Row) -> str:
    if risk["pd"] is None:
        word_ = "failed" if risk["state"] == "defaulted" else "no_pd"
        return f"<h2>{label('risk')}</h2><p>{label(word_)}</p>"
    low, high = (risk[f"pd_term_{end}_90"] for end in ("low", "high"))
    true = [] if low is None else [("true_pd", f"{percent(low)} - {percent(high)}")]
    facts = pairs_table(
        [
            ("pd_term", percent(risk["pd_term"])),
            ("range", f"{percent(risk['pd_term_low'])} - {percent(risk['pd_term_high'])}"),
            *true,
            ("pd", percent(risk["pd"])),
            ("horizon", risk["horizon_days"]),
            ("grade", risk["grade"]),
            ("points", f"{risk['points']:.0f}"),
        ]
    )
    flat = f"<p class='said'>{label('flat')}</p>" if risk["beyond_horizon"] else ""
    parts = f"<p class='said'>{sentence(risk, 'note')}</p>" if risk["note"] else _bars(risk)
    reasons = "".join(f"<li>{sentence(r, 'text')} <code>{escape(r['code'])}</code>" for r in risk["reasons"])
    said = f"<p>{label('reasons')}</p><ul>{reasons}</ul>" if reasons else ""
    earlier = [(t["as_of"], percent(t["pd"]), t["grade"]) for t in risk["trajectory"]]
    return f"<h2>{label('risk')}</h2>{facts}{flat}{parts}{said}{table(('trajectory', 'other_pd', 'grade'), earlier)}"


def _bars(risk: Row) -> str:
    """own, context and caught as bars; a negative context is shown as a number only."""
    whole = sum(max(0.0, risk[name]) for name in BARS) or 1.0
    rows = ""
    for name, colour in BARS.items():
        width = 100 * max(0.0, risk[name]) / whole
        rows += (
            f"<tr><th>{label(name)}<td class='n'>{risk[name]:.5f}<td style='width:60%'>"
            f"<div class='bar'><i style='width:{width:.1f}%;background:{colour}'></i></div>"
        )
    return f"<p>{label('hazard')}</p><table>{rows}</table>"


def _chain(memo: Row) -> str:
    chain, asked = memo["chain"], memo["chain"]["shown_by"]
    near = [*chain["suppliers"], *chain["customers"]]
    near += [c | {"other": c["carrier"], "side": "carrier"} for c in chain["carriers"]]
    backers = chain["guarantees"]
    partners = [(label(p["side"]), named(p), percent(p["share"]), failing(p)) for p in near]
    out = f"<h2>{label('chain')}</h2>{drawing(memo)}<p class='said'>{label('drawn_how')}</p>"
    out += table(("side", "firm", "share", "other_pd"), partners, raw=(0, 1, 3))
    out += shown_by(asked, "partners", "carriers", "second_tier")
    if backers:
        rows = [(label(g["side"]), named(g), money(g["amount"]), failing(g)) for g in backers]
        out += table(("guarantees", "firm", "amount", "other_pd"), rows, raw=(0, 1, 3))
        out += shown_by(asked, "guarantees")
    out += listed("single_sources", chain["single_sources"])
    common = [f"{c['firm']} ({', '.join(c['behind'])})" for c in chain["common"]]
    out += listed("common", common) + (shown_by(asked, "common") if common else "")
    for name, rings in (("rings", chain["rings"]), ("trade_rings", chain["trade_rings"])):
        found = [" > ".join(ring["circle" if name == "rings" else "ring"]) for ring in rings]
        out += listed(name, found) + (shown_by(asked, name) if found else "")
    return out + _paths(chain)


def _paths(chain: Row) -> str:
    rows = [(linked(path), percent(path["share"])) for path in chain["paths"]]
    seen = {query_line(asked): None for path in chain["paths"] for asked in path["seen_by"]}
    lines = "".join(f"<br>{escape(line)}" for line in seen)
    return table(("paths", "of_caught"), rows, raw=(0,)) + (f"<code>{lines[4:]}</code>" if seen else "")


def _loss(memo: Row) -> str:
    loss = memo["loss"]
    lines = [
        (label(r["product"] or "unknown"), r["lines"], money(r["drawn"]), money(r["ead"]))
        for r in loss["lines"]
    ]
    has = table(("product", "number", "drawn", "ead"), lines, raw=(0,))
    there = f"<p>{label('lines')}</p>{has}{shown_by(memo['chain']['shown_by'], 'lines')}" if lines else ""
    if loss["el"] is None:
        return f"<h2>{label('loss')}</h2>{there}" if there else ""
    facts = pairs_table(
        [("el", money(loss["el"])), ("lgd", f"{loss['lgd']:.0%}"), ("ead", money(loss["ead"]))]
    )
    rows = [
        (both(STRESSES[s["code"]]), percent(s["pd_term"]), money(s["el"]), percent(s["output"]))
        for s in loss["stresses"]
    ]
    stresses = table(("stress", "pd_term", "el", "output"), rows, raw=(0,))
    calm = loss["network_pd"]
    against = (
        f"<p class='said'>{label('network_pd')}: {percent(calm)}</p>" if rows and calm is not None else ""
    )
    return f"<h2>{label('loss')}</h2>{facts}{stresses}{against}{there}{_book(memo['book'])}"


def _book(book: Row | None) -> str:
    if book is None:
        return f"<p class='said'>{label('no_book')}</p>"
    lent = book["book"]
    said = (
        label("nothing_drawn")
        if lent is None
        else f"{label('lent')} {lent['lent']:,.0f}, {label('to_firm')} {lent['to_firm']:,.0f}"
    )
    out = f"<p>{label('book')} {escape(book['lender'])}: {said}</p>"
    if "added_el" in book:
        rows = [(b["firm"], money(b["added_el"])) for b in book["borrowers"] if b["added_el"] >= LEAST]
        out += f"<p>{label('added_el')}: {book['added_el']:,.0f}</p>{table(('firm', 'added_el'), rows)}"
    return out


def _limit(memo: Row) -> str:
    limit = memo["limit"]
    rows = [(both(RULES[r["code"]]), money(r["amount"]), sentence(r, "why")) for r in limit["rules"]]
    return (
        f"<h2>{label('limit')}</h2><p><b>{memo['request']['currency']} {limit['amount']:,.0f}</b> "
        f"({both(RULES[limit['binding']])} {label('binds')})</p>{table(('rule', 'amount', 'why'), rows, raw=(0, 2))}"
    )


def _again(memo: Row, document: Row) -> str:
    rows = "".join(f"<li><code>{escape(query_line(asked))}</code>" for asked in memo["queries"])
    policy = memo["policy"]
    stamp = (
        f"{label('policy')} {escape(policy['name'])} {policy['hash'][:12]} · "
        f"{label('data')} {escape(document['data'][:12])}"
    )
    return f"<h2>{label('again')}</h2><ul>{rows}</ul><p class='said'>{stamp}</p>"
