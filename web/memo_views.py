"""The tables of a memo that the page and the terminal share, and paths of contagion as text."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph import Words
from supplyrisk.graph.credit import (
    BookSection,
    ChainSection,
    CreditLimit,
    LossSection,
    MemoPath,
    MemoTable,
    RiskSection,
    ShopSection,
    TotalExposure,
    memo_label,
    memo_words,
    words_of,
    worst_grade_words,
)

MIN_SHOWN_AMOUNT = 0.5
"""Amounts below this would be shown as 0; rows with them are left out."""
MIN_SHOWN_SHARE = 0.00005
"""Shares below this would be shown as 0.00%."""


@dataclass(frozen=True)
class LinkedFirm:
    """A firm or person that the shop is linked with: its side, and its share of the trade or the amount guaranteed."""

    side: str
    firm: str
    name: str | None
    pd: float | None
    defaulted: bool
    share: float | None = None
    amount: float | None = None
    unlisted: bool = False

    @property
    def state(self) -> str | None:
        """Label of its state where that is worth a word: in default, or unlisted; None for the others."""
        if self.defaulted:
            return "failed"
        return "unlisted" if self.unlisted else None


def trading_firms(chain: ChainSection, top: int | None = None) -> list[LinkedFirm]:
    """Return suppliers, customers and carriers; of each at most `top`, the largest first (None: all)."""
    partners = (*chain.suppliers[:top], *chain.customers[:top])
    linked = [
        LinkedFirm(p.side, p.other, p.name, p.pd, p.defaulted, p.share, unlisted=p.unlisted) for p in partners
    ]
    return linked + [
        LinkedFirm("carrier", c.carrier, c.name, c.pd, c.defaulted, c.share, unlisted=c.unlisted)
        for c in chain.carriers[:top]
    ]


def guarantee_firms(chain: ChainSection, top: int | None = None) -> list[LinkedFirm]:
    """Return the firms and persons of guarantees; of all at most `top`, the largest first (None: all)."""
    return [
        LinkedFirm(g.side, g.other, g.name, g.pd, g.defaulted, amount=g.amount)
        for g in chain.guarantees[:top]
    ]


def worst_grade(risk: RiskSection) -> Words | None:
    """Return the grade and the worst one that the evidence allows as a sentence; None where there is no grade."""
    return worst_grade_words(risk)


def sources_table(shop: ShopSection) -> MemoTable:
    """Return the data sources with the day and the age of their last row about the firm."""
    rows = ((memo_words(f"source.{s.source}"), s.last_on, s.age_days) for s in shop.sources)
    return MemoTable({"source": "text", "last_on": "text", "source_age": "count"}, tuple(rows))


def earlier_table(risk: RiskSection) -> MemoTable:
    """Return the scores of earlier days."""
    columns = {"trajectory": "text", "other_pd": "percent", "grade": "text"}
    return MemoTable(columns, tuple((score.as_of, score.pd, score.grade) for score in risk.trajectory))


def paths_table(chain: ChainSection) -> MemoTable:
    """Return the main paths of contagion to the firm; those whose share would be shown as 0 are left out."""
    rows = tuple((path_words(path), path.share) for path in chain.paths if path.share >= MIN_SHOWN_SHARE)
    return MemoTable({"paths": "text", "of_caught": "percent"}, rows)


def path_words(path: MemoPath) -> Words:
    """Return a path of contagion from its source to the shop: F1 (supplier) > F2 (customer) > F3."""
    links = [memo_label(link) for link in path.links]
    firms = path.chain[:-1]
    by_language = [
        " > ".join([*(f"{firm} ({word})" for firm, word in zip(firms, words, strict=True)), path.chain[-1]])
        for words in ([link.en for link in links], [link.zh for link in links])
    ]
    return Words(*by_language)


def stress_table(loss: LossSection) -> MemoTable:
    """Return the stresses with their effect on PD, EL and production."""
    columns = {"stress": "text", "stopped": "count", "pd_term": "percent", "el": "money", "output": "percent"}
    rows = (
        (memo_words(f"stress.{s.code}"), len(s.stopped), s.pd_term, s.el, s.output) for s in loss.stresses
    )
    return MemoTable(columns, tuple(rows))


def lines_table(loss: LossSection) -> MemoTable:
    """Return the firm's lines with all lenders by product."""
    columns = {"product": "text", "number": "count", "drawn": "money", "ead": "money"}
    rows = ((memo_label(line.product or "unknown"), line.lines, line.drawn, line.ead) for line in loss.lines)
    return MemoTable(columns, tuple(rows))


def borrowers_table(book: BookSection) -> MemoTable:
    """Return the other borrowers of the lender with the EL that the failure of the firm adds on them."""
    hit = (row for row in book.borrowers if row.added_el >= MIN_SHOWN_AMOUNT)
    columns = {"firm": "text", "added_el": "money"}
    return MemoTable(columns, tuple((row.firm, row.added_el) for row in hit))


def rules_table(limit: CreditLimit) -> MemoTable:
    """Return the rules of the limit with their amounts and reasons."""
    columns = {"rule": "text", "total_allowed": "money", "amount": "money", "why": "text"}
    rows = ((memo_words(f"rule.{r.code}.name"), r.total, r.amount, words_of(r, "why")) for r in limit.rules)
    return MemoTable(columns, tuple(rows))


def exposure_table(exposure: TotalExposure) -> MemoTable:
    """Return the parts of the existing exposure that are above 0, their sum, and what the new loan repays."""
    parts = {
        "exposure_lines": exposure.lines,
        "exposure_guarantees": exposure.guarantees,
        "exposure_group": exposure.group,
        "exposure_other_debt": exposure.other_debt,
    }
    rows = [(memo_label(name), amount) for name, amount in parts.items() if amount]
    rows.append((memo_label("exposure_total"), exposure.total))
    if exposure.repaid:
        rows.append((memo_label("exposure_repaid"), exposure.repaid))
    return MemoTable({"existing_exposure": "text", "amount": "money"}, tuple(rows))
