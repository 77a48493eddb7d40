"""The tables of a memo that the page and the terminal share, and paths of contagion as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from supplyrisk.graph import Words
from supplyrisk.graph.credit import (
    BookSection,
    Cell,
    ChainSection,
    CreditLimit,
    LossSection,
    Memo,
    MemoPath,
    MemoReason,
    MemoTable,
    RiskSection,
    ShopSection,
    TotalExposure,
    memo_label,
    memo_words,
    over_days,
    with_name,
    words_of,
)
from supplyrisk.graph.schema.expert_mark import scored_by_expert
from supplyrisk.graph.texts.figures import MISSING, count, money, percent

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
    def label(self) -> str:
        """Its name with its id."""
        return with_name(self.firm, self.name)

    @property
    def state(self) -> str | None:
        """Label of its state where that is worth a word: in default, or unlisted; None for the others."""
        if self.defaulted:
            return "failed"
        return "unlisted" if self.unlisted else None


def trading_firms(chain: ChainSection, top: int | None = None) -> list[LinkedFirm]:
    """Return suppliers, customers and carriers; of each at most `top`, the largest first (None: all).

    Those whose share would be shown as 0 are left out.
    """
    partners = [p for p in (*chain.suppliers[:top], *chain.customers[:top]) if p.share >= MIN_SHOWN_SHARE]
    linked = [
        LinkedFirm(p.side, p.other, p.name, p.pd, p.defaulted, p.share, unlisted=p.unlisted) for p in partners
    ]
    return linked + [
        LinkedFirm("carrier", c.carrier, c.name, c.pd, c.defaulted, c.share, unlisted=c.unlisted)
        for c in chain.carriers[:top]
        if c.share >= MIN_SHOWN_SHARE
    ]


def guarantee_firms(chain: ChainSection, top: int | None = None) -> list[LinkedFirm]:
    """Return the firms and persons of guarantees; of all at most `top`, the largest first (None: all)."""
    return [
        LinkedFirm(g.side, g.other, g.name, g.pd, g.defaulted, amount=g.amount)
        for g in chain.guarantees[:top]
    ]


def shop_figures(shop: ShopSection) -> dict[str, str]:
    """Return what is known of the firm, by label, in order."""
    roles = ", ".join(part for part in (shop.roles, shop.shop_type) if part).replace("|", ", ")
    return {
        "roles": roles or MISSING,
        "industry": shop.industry or MISSING,
        "region": shop.region or MISSING,
        "age": count(shop.age_days),
        "turnover": money(shop.turnover),
        "coverage": percent(shop.coverage),
    }


def sources_table(shop: ShopSection) -> MemoTable:
    """Return the data sources with the day and the age of their last row about the firm."""
    rows = ((memo_words(f"source.{s.source}"), s.last_on, s.age_days) for s in shop.sources)
    return MemoTable({"source": "text", "last_on": "text", "source_age": "count"}, tuple(rows))


def risk_figures(memo: Memo) -> dict[str, str]:
    """Return the figures of a PD, by label, in order; a label of a PD has its days."""
    risk = memo.risk
    figures = {over_days("pd_term", memo.request.days): percent(risk.pd_term)}
    if risk.pd_term_low is not None:
        figures["range"] = f"{percent(risk.pd_term_low)} - {percent(risk.pd_term_high)}"
    return figures | {
        over_days("other_pd", risk.horizon_days): percent(risk.pd),
        "horizon": count(risk.horizon_days),
        "grade": risk.grade or MISSING,
        "points": count(risk.points),
    }


def reason_words(reason: MemoReason, memo: Memo) -> Words:
    """Return a reason with names beside the ids of the neighbours that it mentions."""
    ids = sorted((neighbour.id for neighbour in memo.chain.caught_from), key=len, reverse=True)
    texts = words_of(reason, "text")
    if not ids:
        return texts
    mention = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, ids))})(?!\w)")
    return Words(*(mention.sub(lambda found: memo.label(found[1]), text) for text in texts))


def earlier_table(risk: RiskSection) -> MemoTable:
    """Return the scores of earlier days, each with the horizon of its PD."""
    columns = {"trajectory": "text", "earlier_pd": "percent", "horizon": "count", "grade": "text"}
    rows = ((score.as_of, score.pd, score.horizon_days, score.grade) for score in risk.trajectory)
    return MemoTable(columns, tuple(rows))


def paths_table(memo: Memo) -> MemoTable:
    """Return the main paths of contagion to the firm; those whose share would be shown as 0 are left out."""
    paths = [path for path in memo.chain.paths if path.share >= MIN_SHOWN_SHARE]
    # The transmissions of an expert scorecard are stated; no network has learned them.
    column = "paths_expert" if scored_by_expert(memo.risk.model) else "paths"
    rows = tuple((path_words(path, memo.names), path.share) for path in paths)
    return MemoTable({column: "text", "of_caught": "percent"}, rows)


def path_words(path: MemoPath, names: Mapping[str, str]) -> Words:
    """Return a path of contagion from its source to the shop: A (F1) - supplier > B (F2) - customer > C (F3)."""
    links = [memo_label(link) for link in path.links]
    *firms, last = (with_name(firm, names.get(firm)) for firm in path.chain)
    by_language = [
        " > ".join([*(f"{firm} - {word}" for firm, word in zip(firms, words, strict=True)), last])
        for words in ([link.en for link in links], [link.zh for link in links])
    ]
    return Words(*by_language)


def stress_table(memo: Memo) -> MemoTable:
    """Return the stresses with their effect on PD, EL and production; a single firm that stops is named.

    The first row has no firm stopped: its PD and EL are of the same period and model.
    """
    loss = memo.loss
    columns = {
        "stress": "text",
        "stopped": "text",
        over_days("pd_term", memo.request.days): "percent",
        "el": "money",
        "output": "percent",
    }
    rows: list[tuple[Cell, ...]] = [
        (memo_words(f"stress.{s.code}"), _stopped(s.stopped, memo), s.pd_term, s.el, s.output)
        for s in loss.stresses
    ]
    if rows and loss.network_pd_term is not None:
        label = "no_stop_expert" if scored_by_expert(memo.risk.model) else "no_stop"
        rows.insert(0, (memo_label(label), None, loss.network_pd_term, loss.network_el, None))
    return MemoTable(columns, tuple(rows))


def _stopped(firms: Sequence[str], memo: Memo) -> str | Words:
    if len(firms) == 1:
        return memo.label(firms[0])
    return memo_words("label.several_firms", firms=count(len(firms)))


def lines_table(loss: LossSection) -> MemoTable:
    """Return the firm's lines with all lenders by product."""
    columns = {"product": "text", "number": "count", "drawn": "money", "ead": "money"}
    rows = ((memo_label(line.product or "unknown"), line.lines, line.drawn, line.ead) for line in loss.lines)
    return MemoTable(columns, tuple(rows))


def borrowers_table(book: BookSection, memo: Memo) -> MemoTable:
    """Return the other borrowers of the lender with the EL that the failure of the firm adds on them."""
    hit = (row for row in book.borrowers if row.added_el >= MIN_SHOWN_AMOUNT)
    columns = {"firm": "text", over_days("added_el", memo.risk.horizon_days): "money"}
    return MemoTable(columns, tuple((memo.label(row.firm), row.added_el) for row in hit))


def chain_lists(memo: Memo, top: int | None = None) -> dict[str, list[Words]]:
    """Return sole partners, shared suppliers, guarantee rings and circular trade (at most `top`), by label."""
    chain = memo.chain
    failed = memo_label("failed")
    lists = {
        "single_sources": [_same(memo.label(firm)) for firm in chain.single_sources],
        "common": [_same(f"{memo.label(row.firm)}: {_listed(row.behind, memo)}") for row in chain.common],
        "rings": [
            Words(*(f"{_ring(ring.circle, memo)}; {word}: {ring.failing}" for word in failed))
            for ring in chain.rings
        ],
        "trade_rings": [
            _same(f"{_ring(ring.ring, memo)}; {money(ring.amount)}") for ring in chain.trade_rings[:top]
        ],
    }
    return {name: items for name, items in lists.items() if items}


def _listed(firms: Iterable[str], memo: Memo) -> str:
    return ", ".join(memo.label(firm) for firm in firms)


def _ring(firms: Iterable[str], memo: Memo) -> str:
    return " > ".join(memo.label(firm) for firm in firms)


def _same(text: str) -> Words:
    return Words(text, text)


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
