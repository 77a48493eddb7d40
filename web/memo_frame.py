"""What stands around the sections of a memo on page, terminal and in PDF files: its top, its stamp, and its queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from supplyrisk.graph import Words
from supplyrisk.graph.credit import (
    Memo,
    MemoSummary,
    QueryRecord,
    days_label,
    margin_words,
    memo_label,
    memo_words,
    summary_of,
    words_of,
    worst_grade_words,
)
from supplyrisk.graph.texts.figures import MISSING, count, money, percent
from supplyrisk.services import CheckResult, query_line

SHORT_HASH = 12
"""Characters of a hash where the whole one stands elsewhere in the memo."""
Fact = tuple[Words, Words]
"""A label and its value."""
VERDICT_COLOURS: Mapping[str, str] = {"within policy": "good", "refer": "caution", "outside policy": "bad"}
"""Colours of conclusions on page and paper; the others are "unknown"."""
SIGNING_COLUMNS = ("approver", "decided", "decided_on", "signature")
"""Labels of what those who decide fill in by hand."""
_TRADE = ("shop/partners", "shop/carriers", "shop/second-tier")
PART_QUERIES: Mapping[str, tuple[str, ...]] = {
    "shop": ("shop/profile",),
    "trade": _TRADE,
    "single_sources": _TRADE,
    "guarantees": ("shop/guarantees",),
    "common": ("shop/second-tier",),
    "rings": ("shop/guarantee-ring",),
    "trade_rings": ("trade/rings-through",),
    "lines": ("shop/loans",),
    "financed": ("shop/receivables", "lending/group-firms"),
    "stresses": ("shop/partners", "shop/carriers", "shop/same-region"),
    "book": ("shop/book", "shop/shared-with-book"),
    "exposure": ("shop/loans", "shop/guarantees", "lending/group-lines", "lending/lenders"),
}
"""By part of a memo, the library queries whose answers it shows; also by the key of a section that is one
table, and of a list of `chain_lists`."""


@dataclass(frozen=True)
class QueryNumbers:
    """The queries of a memo by number, from 1: the commands of its appendix in their order, each once."""

    lines: tuple[str, ...]

    @classmethod
    def of(cls, memo: Memo) -> QueryNumbers:
        """Return the numbers of all queries that a memo ran, and of those that show its paths."""
        return cls(tuple(dict.fromkeys(_line(query) for query in (*memo.queries, *_path_queries(memo)))))

    def reference(self, memo: Memo, part: str) -> Words | None:
        """Return the reference to the queries of a part of the memo, such as "queries 3, 4"; None where none was run.

        part: a key of PART_QUERIES, or "paths"; other parts refer to none.
        """
        if part == "paths":
            queries = _path_queries(memo)
        else:
            queries = [query for query in memo.queries if query.name in PART_QUERIES.get(part, ())]
        return self._reference(queries)

    def _reference(self, queries: Iterable[QueryRecord]) -> Words | None:
        numbers = sorted({self.lines.index(_line(query)) + 1 for query in queries})
        if not numbers:
            return None
        listed = _joined("mark.listed", [_same(str(number)) for number in numbers])
        return memo_words("label.reference" if len(numbers) > 1 else "label.reference_one", numbers=listed)


def _path_queries(memo: Memo) -> list[QueryRecord]:
    """Return the queries that show the paths; one that the memo ran anyway is that one, with all its parameters."""
    return [_as_run(query, memo.queries) for path in memo.chain.paths for query in path.seen_by]


def _as_run(query: QueryRecord, run: Iterable[QueryRecord]) -> QueryRecord:
    same = (
        other for other in run if other.name == query.name and query.params.items() <= other.params.items()
    )
    return next(same, query)


def _line(query: QueryRecord) -> str:
    return query_line(query.name, query.params)


def top_facts(memo: Memo) -> dict[str, Fact]:
    """Return what a committee reads first, by key, in order; the conclusion is one of them."""
    top = summary_of(memo)
    facts = {
        "requested": (memo_label("asked"), _requested(top)),
        "limit": (
            memo_words("heading.limit"),
            memo_words(
                "top.limit",
                limit=money(top.limit, top.currency),
                rule=memo_words(f"rule.{top.binding}.name"),
            ),
        ),
        "conclusion": (memo_words("heading.conclusion"), memo_words(f"conclusion.{top.verdict}")),
    }
    if top.existing is not None:
        facts["exposure"] = (memo_label("after_loan"), _exposure(top))
    facts["grade"] = (memo_label("grade"), _grade(top))
    worst = worst_grade_words(memo.risk)
    if worst:
        facts["worst_grade"] = (memo_label("worst_grade"), worst)
    margin = margin_words(memo.risk)
    if margin:
        facts["margin"] = (memo_label("margin"), margin)
    return facts


def _requested(top: MemoSummary) -> Words:
    lender = f" ({top.lender})" if top.lender else ""
    return memo_words(
        "top.requested",
        amount=money(top.amount, top.currency),
        days=count(top.days),
        unit=days_label(top.days),
        product=memo_label(top.product),
        lender=lender,
    )


def _exposure(top: MemoSummary) -> Words:
    """Return the total after the loan with its parts, and what limits it."""
    text = memo_words(
        "top.exposure" if top.existing_known else "top.exposure_unknown",
        total=money(top.total_after, top.currency),
        existing=money(top.existing),
        requested=money(top.amount),
    )
    if top.allowed_total is None:
        return text
    allowed = memo_words(
        "top.allowed", total=money(top.allowed_total), rule=memo_words(f"rule.{top.allowed_by}.name")
    )
    return _joined("mark.semicolon", (text, allowed))


def _grade(top: MemoSummary) -> Words:
    if top.defaulted:
        return memo_label("failed")
    if top.grade is None:
        return memo_label("no_grade")
    return memo_words(
        "top.grade",
        grade=top.grade,
        points=count(top.points),
        pd=percent(top.pd),
        horizon=count(top.horizon_days),
        pd_term=percent(top.pd_term),
        days=count(top.days),
        unit=days_label(top.days),
    )


def stamp(result: CheckResult) -> Words:
    """Return the number, the time and the preparer of a memo in one line, as heads and feet of pages show it."""
    parts = [memo_words("top.number", number=result.record) if result.record else memo_label("not_recorded")]
    if result.prepared:
        parts.append(_same(written_time(result.prepared.at)))
        parts.append(memo_words("top.prepared_by", name=result.prepared.by))
    return _dotted(parts)


def identity(result: CheckResult) -> list[Fact]:
    """Return what identifies a memo and all that it rests on."""
    memo = result.memo
    policy = memo.sections.policy
    prepared = result.prepared
    number = _same(str(result.record)) if result.record else memo_label("not_recorded")
    values = {
        "prepared_at": written_time(prepared.at) if prepared else MISSING,
        "prepared_by": prepared.by if prepared else MISSING,
        "as_of_day": memo.as_of.isoformat(),
        "policy": f"{policy.name} {policy.hash}",
        "model": f"{memo.model} {memo.model_hash or ''}".strip(),
        "score_run": MISSING
        if memo.scored_by is None or memo.scored_by.run is None
        else str(memo.scored_by.run),
        "data": memo.data,
    }
    facts = [(memo_label(name), _same(value)) for name, value in values.items()]
    return [(memo_label("memo_number"), number), *facts]


def short_identity(result: CheckResult) -> Words:
    """Return policy, model and data with the beginnings of their hashes, in one line."""
    memo = result.memo
    policy = memo.sections.policy
    values = {
        "policy": f"{policy.name} {policy.hash[:SHORT_HASH]}",
        "model": f"{memo.model} {(memo.model_hash or '')[:SHORT_HASH]}".strip(),
        "data": memo.data[:SHORT_HASH],
        "as_of_day": memo.as_of.isoformat(),
    }
    return _dotted(
        [Words(*(f"{label} {value}" for label in memo_label(name))) for name, value in values.items()]
    )


def print_lines(result: CheckResult) -> tuple[Words, Words]:
    """Return the head and the foot of printed pages: the firm with the memo's stamp, and what it rests on."""
    firm = result.memo.sections.shop.firm
    head = _dotted([memo_words("heading.memo"), _same(firm), stamp(result)])
    return head, short_identity(result)


def warnings_of(result: CheckResult) -> list[Words]:
    """Return what limits the whole memo: synthetic data or model, missing sources, data without a currency."""
    memo = result.memo
    warnings = []
    if memo.synthetic:
        warnings.append(memo_label("synthetic"))
    elif memo.synthetic_model:
        warnings.append(memo_label("synthetic_model"))
    if memo.degraded:
        warnings.append(memo_label("degraded"))
    if memo.sections.thin_file:
        warnings.append(words_of(memo.sections.thin_file, "text"))
    policy = memo.sections.policy
    if memo.sections.request.currency is None and policy.currency:
        warnings.append(memo_words("top.no_currency", currency=policy.currency))
    return warnings


def written_time(at: str) -> str:
    """Return a time in UTC as people read it: "2026-03-01 09:30 UTC"."""
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _same(text: str) -> Words:
    """Return a text that is the same in both languages."""
    return Words(text, text)


def _dotted(parts: Iterable[Words]) -> Words:
    return Words(*(" · ".join(texts) for texts in zip(*parts, strict=True)))


def _joined(mark: str, parts: Iterable[Words]) -> Words:
    """Return texts joined by a mark of the language."""
    pairs = zip(memo_words(mark), zip(*parts, strict=True), strict=True)
    return Words(*(between.join(texts) for between, texts in pairs))
