"""A memo as one self-contained page: no script, nothing fetched, English and Chinese, readable on a phone."""

from __future__ import annotations

from html import escape
from typing import Any

from supplyrisk.graph.credit import CONCLUSIONS, SOURCES
from supplyrisk.graph.texts.figures import money, percent
from supplyrisk.web.memo_labels import days_word
from supplyrisk.web.memo_parts import (
    command_of,
    facts_table,
    in_both,
    label_in_both,
    sentence_in_both,
    table_html,
    warnings_html,
)
from supplyrisk.web.memo_sections import chain_section, limit_section, loss_section, risk_section

Row = dict[str, Any]
CONCLUSION_COLOURS = {
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
    """The page of a memo as HTML.

    document: what `CheckResult.to_json` returns. language: in which the page opens; a box at its top changes it.
    """
    memo: Row = document["rows"][0]
    shop = memo["shop"]
    title = f"{shop['firm']} {shop['name'] or ''}".strip()
    checked = " checked" if language == "zh" else ""
    sections = [
        _head(memo, document, title),
        _conclusion_section(memo["conclusion"]),
        _firm_section(shop),
        risk_section(memo["risk"]),
        chain_section(memo),
        loss_section(memo),
        limit_section(memo),
        _query_section(memo, document),
    ]
    # The empty icon keeps browsers from requesting one; a checkbox and CSS switch the language, so no script is needed.
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f'<label for="zh" class="lang">中文</label><input type="checkbox" id="zh"{checked}>'
        f"<main>{''.join(sections)}</main></body></html>\n"
    )


def _head(memo: Row, document: Row, title: str) -> str:
    """The firm, the request, the day and the model."""
    request = memo["request"]
    lender = f", {escape(request['lender'])}" if request["lender"] else ""
    days = f"{request['days']} {label_in_both(days_word(request['days']))}"
    return (
        f"<h1>{label_in_both('title')}: {escape(title)}</h1><p>{money(request['amount'], request['currency'])}, "
        f"{days}, {label_in_both(request['product'])}{lender}</p>"
        f"<p class='said'>{label_in_both('as_of')} {document['as_of']} · {escape(str(document['model']))}</p>"
        f"{warnings_html(document)}"
    )


def _conclusion_section(conclusion: Row) -> str:
    findings = "".join(
        f"<li>{sentence_in_both(finding, 'text')} "
        f"<span class='said'>({label_in_both('change')}: {sentence_in_both(finding, 'change')})</span>"
        for finding in conclusion["findings"]
    )
    word = conclusion["word"]
    return (
        f"<h2>{label_in_both('conclusion')}</h2><p class='word' style='background:{CONCLUSION_COLOURS[word]}'>"
        f"{in_both(CONCLUSIONS[word])}</p><ul>{findings}</ul><p class='said'>{label_in_both('decides')}</p>"
    )


def _firm_section(shop: Row) -> str:
    roles = ", ".join(str(role).replace("|", ", ") for role in (shop["roles"], shop["shop_type"]) if role)
    facts = facts_table(
        [
            ("roles", roles),
            ("industry", shop["industry"]),
            ("region", shop["region"]),
            ("age", money(shop["age_days"])),
            ("turnover", money(shop["turnover"])),
            ("coverage", percent(shop["coverage"])),
        ]
    )
    source_rows = [
        (in_both(SOURCES[source["source"]]), source["last_on"], money(source["age_days"]))
        for source in shop["sources"]
    ]
    sources = table_html(("source", "last_on", "source_age"), source_rows, html_columns=(0,))
    missing = ""
    if shop["missing"]:
        lists = in_both((", ".join(shop["missing"]), "，".join(shop["missing_zh"])))
        note = f"<span class='said'>({label_in_both('coverage_of')})</span>"
        missing = f"<p>{label_in_both('missing')}: {lists} {note}</p>"
    return f"<h2>{label_in_both('who')}</h2>{facts}{sources}{missing}"


def _query_section(memo: Row, document: Row) -> str:
    """The commands that repeat the memo's queries, and the hashes of policy and data."""
    commands = "".join(f"<li><code>{escape(command_of(query))}</code>" for query in memo["queries"])
    policy = memo["policy"]
    stamp = (
        f"{label_in_both('policy')} {escape(policy['name'])} {policy['hash'][:12]} · "
        f"{label_in_both('data')} {escape(document['data'][:12])}"
    )
    return f"<h2>{label_in_both('again')}</h2><ul>{commands}</ul><p class='said'>{stamp}</p>"
