"""A memo as one self-contained page: no script, nothing fetched, English and Chinese in it, readable on a phone."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from supplyrisk.cli.memo_chain import drawing
from supplyrisk.cli.memo_text import money, percent
from supplyrisk.cli.memo_words import CONCLUSIONS, LABELS, RULES, STRESSES, Words

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
td.n{text-align:right;white-space:nowrap}.bar{background:#eee;height:.8rem;width:100%}.bar i{display:block;height:100%}
code{font-size:.8rem;word-break:break-all}
svg{width:100%;height:auto;display:block}.warn{background:#fff3cd;padding:.5rem}
.lang{float:right;font-size:.85rem}.zh{display:none}#zh:checked~main .zh{display:inline}
#zh:checked~main .en{display:none}"""
BARS = {"own": "#1b6ca8", "context": "#8a6fb0", "caught": "#c8553d"}


def page_of(document: Row, language: str = "en") -> str:
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
        f'<input type="checkbox" id="zh"{checked}><label for="zh" class="lang">中文</label>'
        f"<main>{''.join(parts)}</main></body></html>\n"
    )


def both(words: Words) -> str:
    """A text in both languages, one of which is shown."""
    return f'<span class="en">{escape(words[0])}</span><span class="zh" lang="zh">{escape(words[1])}</span>'


def label(name: str) -> str:
    """A label of the page in both languages."""
    return both(LABELS[name])


def _head(memo: Row, document: Row, title: str) -> str:
    asked = memo["request"]
    lender = f", {escape(asked['lender'])}" if asked["lender"] else ""
    warn = f'<p class="warn">{label("synthetic")}</p>' if document["synthetic"] else ""
    return (
        f"<h1>{label('title')}: {escape(title)}</h1><p>{asked['currency']} {asked['amount']:,.0f}, {asked['days']} d, "
        f"{escape(asked['product'])}{lender}</p>"
        f"<p class='said'>{document['as_of']} · {escape(str(document['model']))}</p>{warn}"
    )


def _conclusion(found: Row) -> str:
    rows = "".join(
        f"<li>{escape(f['text'])} <span class='said'>({label('change')}: {escape(f['change'])})</span>"
        for f in found["findings"]
    )
    return (
        f"<h2>{label('conclusion')}</h2><p class='word' style='background:{COLOURS[found['word']]}'>"
        f"{both(CONCLUSIONS[found['word']])}</p><ul>{rows}</ul><p class='said'>{label('decides')}</p>"
    )


def _who(shop: Row) -> str:
    ages = ", ".join(
        f"{s['source']} {s['age_days']:.0f}" for s in shop["sources"] if s["age_days"] is not None
    )
    roles = " ".join(str(x) for x in (shop["roles"], shop["shop_type"]) if x)
    pairs = [
        ("roles", roles), ("industry", shop["industry"]), ("region", shop["region"]), ("age", money(shop["age_days"])),
        ("turnover", money(shop["turnover"])), ("coverage", percent(shop["coverage"])), ("sources", ages),
        ("missing", ", ".join(shop["missing"])),
    ]  # fmt: skip
    rows = "".join(f"<tr><th>{label(name)}<td>{escape(str(value or '-'))}" for name, value in pairs)
    return f"<h2>{label('who')}</h2><table>{rows}</table>"


def _risk(risk: Row) -> str:
    if risk["pd"] is None:
        return f"<h2>{label('risk')}</h2><p>{label('failed')}</p>"
    span = f"{percent(risk['pd_term_low'])} - {percent(risk['pd_term_high'])}"
    pairs = [
        ("pd_term", percent(risk["pd_term"])), ("range", span),
        ("pd", f"{percent(risk['pd'])} ({risk['horizon_days']} d)"),
        ("grade", risk["grade"]), ("points", f"{risk['points']:.0f}"),
    ]  # fmt: skip
    facts = "".join(f"<tr><th>{label(name)}<td>{escape(str(value))}" for name, value in pairs)
    flat = f"<p class='said'>{label('flat')}</p>" if risk["beyond_horizon"] else ""
    parts = f"<p class='said'>{escape(risk['note'])}</p>" if risk["note"] else _bars(risk)
    reasons = "".join(
        f"<li>{escape(r['text'])} <code>{escape(r['code'])}</code>" for r in risk["reasons"] or []
    )
    earlier = _table(
        ("trajectory", "pd", "grade"),
        [(t["as_of"], percent(t["pd"]), t["grade"]) for t in risk["trajectory"]],
    )
    said = f"<p>{label('reasons')}</p><ul>{reasons}</ul>" if reasons else ""
    return f"<h2>{label('risk')}</h2><table>{facts}</table>{flat}{parts}{said}{earlier if risk['trajectory'] else ''}"


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
    return f"<table>{rows}</table>"


def _chain(memo: Row) -> str:
    chain = memo["chain"]
    partners = [
        (p["other"], p["name"], percent(p["share"]), percent(p["pd"]), _state(p))
        for p in [
            *chain["suppliers"],
            *chain["customers"],
            *({**c, "other": c["carrier"]} for c in chain["carriers"]),
        ]
    ]
    backers = [
        (g["other"], g["side"], money(g["amount"]), percent(g["pd"]), _state(g)) for g in chain["guarantees"]
    ]
    caught = [(c["id"], c["link"].replace("_", " "), percent(c["share"])) for c in chain["caught_from"]]
    out = f"<h2>{label('chain')}</h2>{drawing(memo)}"
    out += _table(("chain", "who", "share", "pd", "state"), partners)
    out += _table(("guarantees", "who", "amount", "pd", "state"), backers) if backers else ""
    out += _table(("caught_from", "chain", "share"), caught) if caught else ""
    lists = {
        "single": chain["single_sources"],
        "common": [f"{c['firm']} ({', '.join(c['behind'])})" for c in chain["common"]],
        "rings": [" > ".join(r["circle"]) for r in chain["rings"]],
    }
    return out + "".join(f"<p>{label(k)}: {escape('; '.join(v))}</p>" for k, v in lists.items() if v)


def _loss(memo: Row) -> str:
    loss = memo["loss"]
    if loss["el"] is None:
        return ""
    pairs = [("el", money(loss["el"])), ("lgd", f"{loss['lgd']:.0%}"), ("ead", money(loss["ead"]))]
    facts = "".join(f"<tr><th>{label(name)}<td>{value}" for name, value in pairs)
    rows = [
        (both(STRESSES[s["code"]]), percent(s["pd_term"]), money(s["el"]), percent(s["output"]))
        for s in loss["stresses"]
    ]
    stresses = _table(("stress", "pd_term", "el", "output"), rows, raw=True) if rows else ""
    return f"<h2>{label('loss')}</h2><table>{facts}</table>{stresses}{_book(memo['book'])}"


def _book(book: Row | None) -> str:
    if book is None:
        return f"<p class='said'>{label('no_book')}</p>"
    lent = book["book"]
    said = f"{lent['lent']:,.0f} / {lent['to_firm']:,.0f}" if lent else "0"
    return f"<p>{label('book')} {escape(book['lender'])}: {said}</p>"


def _limit(memo: Row) -> str:
    limit = memo["limit"]
    rows = [(both(RULES[r["code"]]), money(r["amount"]), escape(r["why"])) for r in limit["rules"]]
    return (
        f"<h2>{label('limit')}</h2><p><b>{memo['request']['currency']} {limit['amount']:,.0f}</b> "
        f"({both(RULES[limit['binding']])} {label('binds')})</p>{_table(('rule', 'amount', 'why'), rows, raw=True)}"
    )


def _again(memo: Row, document: Row) -> str:
    rows = ""
    for asked in memo["queries"]:
        params = " ".join(f"--param {shlex.quote(f'{k}={v}')}" for k, v in asked["params"].items())
        rows += f"<li><code>scgraph query run {escape(asked['name'])} {escape(params)}</code>"
    policy = memo["policy"]
    stamp = f"policy {policy['name']} {policy['hash'][:12]} · data {document['data'][:12]}"
    return f"<h2>{label('again')}</h2><ul>{rows}</ul><p class='said'>{escape(stamp)}</p>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, raw: bool = False) -> str:
    """A table that scrolls sideways where it is too wide; raw: the cells are HTML already."""
    head = "".join(f"<th>{label(name)}" for name in columns)
    body = ""
    for row in rows:
        cells = ["-" if value is None else str(value) for value in row]
        body += "<tr>" + "".join(f"<td>{cell if raw else escape(cell)}" for cell in cells)
    return f"<div class='wide'><table><tr>{head}{body}</table></div>"


def _state(row: Row) -> str:
    return LABELS["failed"][0] if row["defaulted"] else ""
