"""The sections of a memo on the terminal that are tables: chain, loss, the lender's book, the limit."""

from __future__ import annotations

from typing import Any

from supplyrisk.cli.error_reports import one_line
from supplyrisk.cli.render.memo_words import MemoWords
from supplyrisk.cli.talk import show_lines
from supplyrisk.graph.credit import RULES, STRESSES
from supplyrisk.graph.texts.figures import money, percent
from supplyrisk.web import MIN_SHOWN_AMOUNT, path_text

Row = dict[str, Any]
MAX_PARTNERS = 8
"""Partners of each kind that are listed, the largest first."""


def show_chain(chain: Row, words: MemoWords) -> None:
    """Partners and guarantees with their PD, rings, shared suppliers, and the paths of contagion."""
    linked = [(p["side"], p["other"], p) for p in chain["suppliers"][:MAX_PARTNERS]]
    linked += [(p["side"], p["other"], p) for p in chain["customers"][:MAX_PARTNERS]]
    linked += [("carrier", c["carrier"], c) for c in chain["carriers"][:MAX_PARTNERS]]
    # An amount guaranteed is no share of the trade.
    linked += [(g["side"], g["other"], g | {"share": None}) for g in chain["guarantees"][:MAX_PARTNERS]]
    rows = [
        (
            words.label(side),
            firm,
            row["name"],
            percent(row["share"]),
            percent(row["pd"]),
            words.default_mark(row),
        )
        for side, firm, row in linked
    ]
    show_lines("")
    words.table(("side", "firm", "name", "share", "other_pd", "state"), rows)
    _show_lists(chain, words)
    link_words = {link: words.label(link) for path in chain["paths"] for link in path["links"]}
    paths = [(path_text(path, link_words), percent(path["share"])) for path in chain["paths"]]
    words.table(("paths", "of_caught"), paths)


def _show_lists(chain: Row, words: MemoWords) -> None:
    """Sole partners, shared suppliers, guarantee rings and circular trade, each on one line."""
    failed = words.label("failed") + words.colon
    lists = {
        "single_sources": chain["single_sources"],
        "common": [f"{row['firm']} ({', '.join(row['behind'])})" for row in chain["common"]],
        "rings": [
            f"{' > '.join(ring['circle'])}{words.bracketed(failed + str(ring['failing']))}"
            for ring in chain["rings"]
        ],
        "trade_rings": [
            f"{' > '.join(ring['ring'])} ({money(ring['amount'])})"
            for ring in chain["trade_rings"][:MAX_PARTNERS]
        ],
    }
    for name, items in lists.items():
        if items:
            show_lines(f"{words.label(name)}{words.colon}{words.semicolon.join(items)}")


def show_loss(memo: Row, words: MemoWords) -> None:
    """Existing lines, expected loss with and without stress, and the lender's book."""
    loss = memo["loss"]
    if loss["lines"]:
        lines = [
            (
                words.label(line["product"] or "unknown"),
                line["lines"],
                money(line["drawn"]),
                money(line["ead"]),
            )
            for line in loss["lines"]
        ]
        show_lines("\n" + words.label("lines"))
        words.table(("product", "number", "drawn", "ead"), lines)
    if loss["el"] is None:
        return
    pd_text = percent(memo["risk"]["pd_term"])
    lgd_text = f"{percent(loss['lgd'], 0)}{words.bracketed(words.sentence(loss, 'lgd_from'))}"
    if words.language == "en":
        product = f"PD {pd_text} x LGD {lgd_text} x EAD {money(loss['ead'])}"
    else:
        product = f"违约概率 {pd_text} × 违约损失率 {lgd_text} × 违约风险暴露 {money(loss['ead'])}"
    show_lines(f"\n{words.label('el')} {money(loss['el'], memo['request']['currency'])} = {product}")
    stresses = [
        (
            words.pick(STRESSES[stress["code"]]),
            len(stress["stopped"]),
            percent(stress["pd_term"]),
            money(stress["el"]),
            percent(stress["output"]),
        )
        for stress in loss["stresses"]
    ]
    words.table(("stress", "stopped", "pd_term", "el", "output"), stresses)
    _show_book(memo["book"], words)


def _show_book(book: Row | None, words: MemoWords) -> None:
    """The lender's book, and what the firm's default would add to the EL of its other borrowers."""
    if book is None:
        show_lines(words.label("no_book"))
        return
    usage = book["book"]
    if usage is None:
        drawn = words.label("nothing_drawn")
    else:
        drawn = (
            f"{words.label('lent')} {money(usage['lent'])}{words.comma}"
            f"{words.label('to_firm')} {money(usage['to_firm'])}"
        )
    show_lines(f"{words.label('book')} {book['lender']}{words.colon}{drawn}")
    if "added_el" in book:
        show_lines(f"{words.label('added_el')}{words.colon}{money(book['added_el'])}")
        rows = [
            (row["firm"], money(row["added_el"]))
            for row in book["borrowers"]
            if row["added_el"] >= MIN_SHOWN_AMOUNT
        ]
        words.table(("firm", "added_el"), rows)


def show_limit(limit: Row, currency: str, words: MemoWords) -> None:
    """The credit limit and the amount of each rule."""
    binding = words.bracketed(f"{words.label('binds')}{words.colon}{words.pick(RULES[limit['binding']])}")
    show_lines(f"\n{words.label('limit')}{words.colon}{money(limit['amount'], currency)}{binding}")
    rows = [
        (words.pick(RULES[rule["code"]]), money(rule["amount"]), one_line(words.sentence(rule, "why")))
        for rule in limit["rules"]
    ]
    words.table(("rule", "amount", "why"), rows)
