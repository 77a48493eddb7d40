"""A memo as a printed document in one language: the same sections, tables and texts as on its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from supplyrisk.graph import DEFAULTED, Words
from supplyrisk.graph.credit import (
    Finding,
    Memo,
    MemoReason,
    MemoTable,
    memo_label,
    memo_words,
    over_days,
    tables_after,
    words_of,
)
from supplyrisk.graph.texts.figures import MISSING, money, number, percent
from supplyrisk.services import CheckResult
from supplyrisk.web import memo_frame, memo_views
from supplyrisk.web.memo_chain import chain_drawing
from supplyrisk.web.memo_economics import economics_tables
from supplyrisk.web.pdf_file import PdfFile, pdf_of
from supplyrisk.web.print_blocks import (
    Block,
    Bullets,
    Drawing,
    FactList,
    Heading,
    Paragraph,
    PrintedDocument,
    PrintTable,
    SigningForm,
)


def render_memo_pdf(result: CheckResult, language: str = "en") -> PdfFile:
    """Return a memo as a PDF file.

    language: "en" (default) or "zh". The same memo gives the same bytes: its time of creation is that of the memo.

    Raises
    ------
    RequestError: the extra for PDF files is not installed.
    """
    day = datetime.combine(result.memo.as_of, time(), UTC)
    return pdf_of(printed_memo(result, language), result.prepared.time if result.prepared else day)


def printed_memo(result: CheckResult, language: str) -> PrintedDocument:
    """Return a memo as a document to be printed."""
    memo = result.memo.sections
    writer = _MemoWriter(result, memo, memo_frame.QueryNumbers.of(memo), language)
    head, foot = memo_frame.print_lines(result)
    title = f"{writer.text('heading.memo')}{writer.text('mark.colon')}{memo.label(memo.shop.firm)}"
    return PrintedDocument(
        title, head.in_language(language), foot.in_language(language), language, list(writer.blocks())
    )


@dataclass(frozen=True)
class _MemoWriter:
    """Writes the sections of a memo in one language."""

    result: CheckResult
    memo: Memo
    numbers: memo_frame.QueryNumbers
    language: str

    def blocks(self) -> Iterator[Block]:
        for warning in memo_frame.warnings_of(self.result):
            yield Paragraph(self.pick(warning), "warning")
        sections = {
            "conclusion": self.conclusion,
            "shop": self.shop,
            "risk": self.risk,
            "chain": self.chain,
            "loss": self.loss,
            "limit": self.limit,
            "economics": self.economics,
        }
        for place, section in sections.items():
            # A shop that is not in the data has no supply chain, and no queries show it.
            if place != "chain" or self.memo.thin_file is None:
                yield from section()
            for table in tables_after(place, self.memo.tables):
                yield Heading(self.text(f"heading.{table.key}"))
                yield from self.table(table)
                yield from self.reference(table.key)
        yield Heading(self.text("heading.decision"))
        yield SigningForm([self.label(name) for name in memo_frame.SIGNING_COLUMNS])
        yield Heading(self.text("heading.identity"))
        facts = memo_frame.identity(self.result)
        yield FactList([(self.pick(name), self.pick(value)) for name, value in facts])
        if self.memo.thin_file is None:
            yield Heading(self.text("heading.queries"))
            yield Bullets(self.numbers.lines, numbered=True)

    # --- texts ---

    def pick(self, words: Words) -> str:
        return words.in_language(self.language)

    def text(self, key: str, **values: object) -> str:
        return self.pick(memo_words(key, **values))

    def label(self, name: str) -> str:
        return self.pick(memo_label(name))

    def sentence(self, section: object, name: str) -> str:
        return self.pick(words_of(section, name))

    def labelled(self, name: str, value: str) -> str:
        return f"{self.label(name)}{self.text('mark.colon')}{value}"

    def table(self, table: MemoTable) -> Iterator[Block]:
        """Yield a table whose columns are labels; nothing where it has no rows."""
        if not table.rows:
            return
        cells = [[self.cell(cell) for cell in row] for row in table.texts()]
        numbers = [form != "text" for form in table.columns.values()]
        yield PrintTable([self.label(name) for name in table.columns], numbers, cells)

    def cell(self, cell: str | Words | None) -> str:
        if cell is None:
            return MISSING
        return self.pick(cell) if isinstance(cell, Words) else cell

    def reference(self, part: str) -> Iterator[Block]:
        words = self.numbers.reference(self.memo, part)
        if words:
            yield Paragraph(self.pick(words), "note")

    def facts(self, figures: Mapping[str, str]) -> FactList:
        return FactList([(self.label(name), value) for name, value in figures.items()])

    # --- sections ---

    def conclusion(self) -> Iterator[Block]:
        facts = memo_frame.top_facts(self.memo)
        rows = [(self.pick(name), self.pick(value)) for name, value in facts.values()]
        colour = memo_frame.VERDICT_COLOURS.get(self.memo.conclusion.word, "unknown")
        yield FactList(rows, list(facts).index("conclusion"), colour)
        if self.memo.conclusion.findings:
            yield Heading(self.text("heading.findings"))
            yield Bullets([self.finding(finding) for finding in self.memo.conclusion.findings])
        yield Paragraph(self.label("decides"), "note")

    def finding(self, finding: Finding) -> str:
        """Return a finding with what would change the conclusion."""
        change = self.labelled("change", self.sentence(finding, "change"))
        return f"{self.sentence(finding, 'text')}{self.text('mark.bracketed', text=change)}"

    def shop(self) -> Iterator[Block]:
        shop = self.memo.shop
        yield Heading(self.text("heading.shop"))
        yield self.facts(memo_views.shop_figures(shop))
        yield from self.table(memo_views.sources_table(shop))
        missing = shop.missing if self.language == "en" else shop.missing_zh
        if missing:
            listed = self.text("mark.listed").join(missing)
            note = self.text("mark.bracketed", text=self.label("coverage_of"))
            yield Paragraph(f"{self.labelled('missing', listed)}{note}")
        yield from self.reference("shop")

    def risk(self) -> Iterator[Block]:
        risk = self.memo.risk
        yield Heading(self.text("heading.risk"))
        if risk.pd is None:
            yield Paragraph(self.label("failed" if risk.state == DEFAULTED else "no_pd"))
            return
        yield self.facts(memo_views.risk_figures(self.memo))
        if risk.beyond_horizon:
            yield Paragraph(self.label("flat"), "note")
        if risk.note:
            yield Paragraph(self.sentence(risk, "note"), "note")
        if risk.hazard is not None:
            parts = {"own": risk.own, "context": risk.context, "caught": risk.caught}
            yield Paragraph(self.label("hazard"), "label")
            yield self.facts({name: number(part, 5) for name, part in parts.items()})
        if risk.reasons:
            yield Paragraph(self.label("reasons"), "label")
            yield Bullets([self.reason(reason) for reason in risk.reasons])
        yield from self.table(memo_views.earlier_table(risk))

    def reason(self, reason: MemoReason) -> str:
        return f"{self.pick(memo_views.reason_words(reason, self.memo))} ({reason.code})"

    def chain(self) -> Iterator[Block]:
        chain = self.memo.chain
        yield Heading(self.text("heading.chain"))
        alt = self.text("label.drawing", firm=self.memo.label(self.memo.shop.firm))
        yield Drawing(str(chain_drawing(self.memo)), alt)
        yield Paragraph(self.label(over_days("drawn_how", self.memo.risk.horizon_days)), "note")
        trading = memo_views.trading_firms(chain)
        yield from self.linked("side", "share", trading)
        yield from self.reference("trade")
        guarantees = memo_views.guarantee_firms(chain)
        if guarantees:
            yield from self.linked("guarantees", "amount", guarantees)
            yield from self.reference("guarantees")
        for name, items in memo_views.chain_lists(self.memo).items():
            yield Paragraph(self.label(name), "label")
            yield Bullets([self.pick(item) for item in items])
            yield from self.reference(name)
        yield from self.table(memo_views.paths_table(self.memo))
        yield from self.reference("paths")

    def linked(self, first: str, figure: str, firms: Sequence[memo_views.LinkedFirm]) -> Iterator[Block]:
        """Yield a table of firms with their relation to the shop, a figure, and their PD or state."""
        rows = [
            [
                self.label(firm.side),
                firm.label,
                percent(firm.share) if figure == "share" else money(firm.amount),
                self.label(firm.state) if firm.state else percent(firm.pd),
            ]
            for firm in firms
        ]
        if rows:
            pd = over_days("other_pd", self.memo.risk.horizon_days)
            columns = [self.label(name) for name in (first, "firm", figure, pd)]
            yield PrintTable(columns, [False, False, True, True], rows)

    def loss(self) -> Iterator[Block]:
        loss = self.memo.loss
        if loss.el is None and not loss.lines:
            return
        yield Heading(self.text("heading.loss"))
        if loss.el is not None:
            lgd = f"{percent(loss.lgd, 0)}{self.text('mark.bracketed', text=self.sentence(loss, 'lgd_from'))}"
            yield self.facts({"el": money(loss.el), "lgd": lgd, "ead": money(loss.ead)})
            yield from self.table(memo_views.stress_table(self.memo))
            yield from self.reference("stresses")
        if loss.lines:
            yield Paragraph(self.label("lines"), "label")
            yield from self.table(memo_views.lines_table(loss))
            yield from self.reference("lines")
        if loss.el is not None:
            yield from self.book()

    def book(self) -> Iterator[Block]:
        book = self.memo.book
        if book is None:
            yield Paragraph(self.label("no_book"), "note")
            return
        usage = book.book
        comma = self.text("mark.comma")
        drawn = (
            self.label("nothing_drawn")
            if usage is None
            else f"{self.label('lent')} {money(usage.lent)}{comma}{self.label('to_firm')} {money(usage.to_firm)}"
        )
        yield Paragraph(f"{self.label('book')} {book.lender}{self.text('mark.colon')}{drawn}")
        yield Paragraph(
            self.labelled(over_days("added_el", self.memo.risk.horizon_days), money(book.added_el))
        )
        yield from self.table(memo_views.borrowers_table(book, self.memo))
        yield from self.reference("book")

    def limit(self) -> Iterator[Block]:
        limit = self.memo.limit
        yield Heading(self.text("heading.limit"))
        rule = memo_words(f"rule.{limit.binding}.name")
        amount = money(limit.amount, self.memo.request.currency)
        yield Paragraph(self.text("top.limit", limit=amount, rule=rule))
        if self.memo.exposure:
            yield from self.table(memo_views.exposure_table(self.memo.exposure))
            yield from self.reference("exposure")
        yield from self.table(memo_views.rules_table(limit))

    def economics(self) -> Iterator[Block]:
        if self.memo.economics:
            yield Heading(self.text("heading.economics"))
            for table in economics_tables(self.memo.economics, self.memo.names):
                yield from self.table(table)
