"""The sections of a memo on the terminal that are tables: chain, loss, the lender's book, the limit, and others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from supplyrisk import web
from supplyrisk.cli.render.memo_words import MemoWords
from supplyrisk.cli.talk import show_lines
from supplyrisk.graph.credit import MemoTable, over_days
from supplyrisk.graph.texts.figures import money, percent

if TYPE_CHECKING:
    from supplyrisk.graph.credit import Memo, TableSection

MAX_PARTNERS = 8
"""Partners of each kind that are listed, the largest first."""


def show_chain(memo: Memo, words: MemoWords) -> None:
    """Print partners and guarantees with their PD, rings, shared suppliers, and the paths of contagion."""
    chain = memo.chain
    linked = [
        *web.memo_views.trading_firms(chain, MAX_PARTNERS),
        *web.memo_views.guarantee_firms(chain, MAX_PARTNERS),
    ]
    other_pd = over_days("other_pd", memo.risk.horizon_days)
    columns = {
        "side": "text",
        "firm": "text",
        "share": "percent",
        # Only guarantees have one.
        **({"amount": "money"} if chain.guarantees else {}),
        other_pd: "percent",
        "state": "text",
    }
    cells = (
        {
            "side": words.label(firm.side),
            "firm": firm.label,
            "share": firm.share,
            "amount": firm.amount,
            other_pd: firm.pd,
            "state": words.label(firm.state) if firm.state else None,
        }
        for firm in linked
    )
    rows = tuple(tuple(row[name] for name in columns) for row in cells)
    show_lines("\n" + words.referring(words.text("heading.chain"), "trade"))
    words.table(MemoTable(columns, rows))
    for name, items in web.memo_views.chain_lists(memo, MAX_PARTNERS).items():
        listed = words.semicolon.join(words.pick(item) for item in items)
        show_lines(f"{words.label(name)}{words.colon}{listed}")
    words.table(web.memo_views.paths_table(memo))


def show_loss(memo: Memo, words: MemoWords) -> None:
    """Print existing lines, expected loss with and without stress, and the lender's book."""
    loss = memo.loss
    if loss.lines:
        show_lines("\n" + words.referring(words.label("lines"), "lines"))
        words.table(web.memo_views.lines_table(loss))
    if loss.el is None:
        return
    lgd = f"{percent(loss.lgd, 0)}{words.bracketed(words.sentence(loss, 'lgd_from'))}"
    product = words.text("label.el_product", pd=percent(memo.risk.pd_term), lgd=lgd, ead=money(loss.ead))
    show_lines(f"\n{words.label('el')} {money(loss.el, memo.request.currency)} = {product}")
    words.table(web.memo_views.stress_table(memo))
    _show_book(memo, words)


def _show_book(memo: Memo, words: MemoWords) -> None:
    """Print the lender's book, and what the firm's default would add to the EL of its other borrowers."""
    book = memo.book
    if book is None:
        show_lines(words.label("no_book"))
        return
    usage = book.book
    if usage is None:
        drawn = words.label("nothing_drawn")
    else:
        drawn = (
            f"{words.label('lent')} {money(usage.lent)}{words.comma}"
            f"{words.label('to_firm')} {money(usage.to_firm)}"
        )
    show_lines(f"{words.label('book')} {book.lender}{words.colon}{drawn}")
    show_lines(
        f"{words.label(over_days('added_el', memo.risk.horizon_days))}{words.colon}{money(book.added_el)}"
    )
    words.table(web.memo_views.borrowers_table(book, memo))


def show_limit(memo: Memo, words: MemoWords) -> None:
    """Print the credit limit, the existing exposure and the amount of each rule."""
    limit = memo.limit
    currency = memo.request.currency
    rule = words.text(f"rule.{limit.binding}.name")
    binding = words.bracketed(f"{words.label('binds')}{words.colon}{rule}")
    show_lines(f"\n{words.text('heading.limit')}{words.colon}{money(limit.amount, currency)}{binding}")
    if memo.exposure:
        words.table(web.memo_views.exposure_table(memo.exposure))
    words.table(web.memo_views.rules_table(limit))


def show_economics(memo: Memo, words: MemoWords) -> None:
    """Print capital and return of the loan, and what secures it."""
    if memo.economics is None:
        return
    show_lines("\n" + words.text("heading.economics"))
    for table in web.economics_tables(memo.economics, memo.names):
        words.table(table)


def show_sections(sections: Iterable[TableSection], words: MemoWords) -> None:
    """Print the sections that are one table."""
    for section in sections:
        show_lines("\n" + words.referring(words.text(f"heading.{section.key}"), section.key))
        words.table(section)
