"""A memo on the terminal, in English or Chinese: the firm, the conclusion and the PD; tables are in `memo_tables`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.error_reports import one_line
from supplyrisk.cli.render.memo_tables import show_chain, show_economics, show_limit, show_loss, show_sections
from supplyrisk.cli.render.memo_words import MemoWords
from supplyrisk.cli.talk import show_lines
from supplyrisk.graph.credit import worst_grade_words
from supplyrisk.graph.texts.figures import count, money, number, percent

if TYPE_CHECKING:
    from supplyrisk.graph.credit import LoanMemo, PolicyConclusion, RiskSection

MAX_EARLIER_SCORES = 8


def show_memo(memo: LoanMemo, language: str = "en") -> None:
    """Print a memo on stdout."""
    sections = memo.sections
    words = MemoWords(language)
    _show_head(memo, words)
    _show_conclusion(sections.conclusion, words)
    _show_risk(sections.risk, words)
    if sections.thin_file is None:
        show_chain(sections.chain, words)
    show_loss(sections, words)
    show_limit(sections, words)
    show_economics(sections, words)
    show_sections(sections.tables, words)
    policy = sections.policy
    show_lines(
        f"\n{words.label('policy')} {policy.name} {policy.hash[:12]}{words.comma}"
        f"{words.label('data')} {memo.data[:12]}"
    )


def conclusion_line(memo: LoanMemo, language: str = "en") -> str:
    """Return a memo's conclusion in one line: the firm, the conclusion, the codes of the findings, the limit."""
    sections = memo.sections
    words = MemoWords(language)
    codes = words.comma.join(finding.code for finding in sections.conclusion.findings)
    verdict = words.text(f"conclusion.{sections.conclusion.word}").upper()
    limit = money(sections.limit.amount, sections.request.currency)
    return (
        f"{sections.shop.firm}{words.colon}{verdict}{words.bracketed(codes) if codes else ''} - "
        f"{words.text('heading.limit')}{words.colon}{limit} - {words.label('decides')}"
    )


def _show_head(memo: LoanMemo, words: MemoWords) -> None:
    """Print the firm, the request, and what the data know of the firm."""
    shop = memo.sections.shop
    request = memo.sections.request
    show_lines(one_line(f"{shop.firm} {shop.name or ''}"))
    age = None if shop.age_days is None else words.text("label.old", days=count(shop.age_days))
    facts = [words.roles(shop.roles), shop.shop_type, shop.industry, shop.region, age]
    show_lines("  " + words.comma.join(str(fact) for fact in facts if fact))
    requested = [
        money(request.amount, request.currency),
        words.days(request.days),
        words.label(request.product),
    ]
    if request.lender:
        requested.append(request.lender)
    show_lines(
        f"  {words.label('asked')}{words.colon}{words.comma.join(requested)}{words.semicolon}"
        f"{words.label('as_of')} {memo.as_of}{words.comma}{memo.model}"
    )
    ages = words.comma.join(
        f"{words.text(f'source.{source.source}')} {source.last_on}{words.bracketed(words.days(source.age_days))}"
        for source in shop.sources
        if source.age_days is not None
    )
    show_lines(
        f"  {words.label('coverage')} {percent(shop.coverage, 0)}{words.semicolon if ages else ''}{ages}"
    )
    missing = shop.missing if words.language == "en" else shop.missing_zh
    if missing:
        note = words.bracketed(words.label("coverage_of"))
        show_lines(f"  {words.label('missing')}{words.colon}{words.comma.join(missing)}{note}")
    if memo.sections.thin_file:
        show_lines(f"  {words.sentence(memo.sections.thin_file, 'text')}")
    if memo.synthetic_model and not memo.synthetic:
        show_lines(f"  {words.label('synthetic_model')}")
    if memo.degraded:
        show_lines(f"  {words.label('degraded')}")


def _show_conclusion(conclusion: PolicyConclusion, words: MemoWords) -> None:
    """Print what the policy concludes, and what would change it."""
    show_lines(f"\n{words.text(f'conclusion.{conclusion.word}').upper()} - {words.label('decides')}")
    for finding in conclusion.findings:
        text = words.sentence(finding, "text")
        change = words.sentence(finding, "change")
        show_lines(
            f"  {finding.code}{words.colon}{text}{words.semicolon}{words.label('change')}{words.colon}{change}"
        )


def _show_risk(risk: RiskSection, words: MemoWords) -> None:
    """Print PD over the term and the horizon, the parts of the hazard, the reasons and earlier scores."""
    if risk.pd is None:
        show_lines("\n" + words.label("failed" if risk.state == "defaulted" else "no_pd"))
        return
    ensemble = ""
    if risk.pd_term_low is not None:
        ensemble = words.bracketed(
            f"{words.label('range')} {percent(risk.pd_term_low)} - {percent(risk.pd_term_high)}"
        )
    pd_days = words.text("label.pd_days", days=risk.horizon_days)
    show_lines(
        f"\n{words.label('pd_term')} {percent(risk.pd_term)}{ensemble}{words.comma}{pd_days} {percent(risk.pd)}"
        f"{words.semicolon}{words.label('grade')} {risk.grade}{words.comma}"
        f"{words.label('points')} {count(risk.points)}"
    )
    worst = worst_grade_words(risk)
    if worst is not None:
        show_lines(f"  {words.label('worst_grade')}{words.colon}{words.pick(worst)}")
    if risk.beyond_horizon:
        show_lines(f"  {words.label('flat')}")
    if risk.note:
        show_lines(f"  {words.sentence(risk, 'note')}")
    if risk.hazard is not None:
        parts = {"own": risk.own, "context": risk.context, "caught": risk.caught}
        shares = (
            f"{words.label(name)} {percent((part or 0.0) / risk.hazard, 0)}" for name, part in parts.items()
        )
        show_lines(
            f"  {words.label('hazard')} {number(risk.hazard, 4)}{words.colon}{words.comma.join(shares)}"
        )
    for reason in risk.reasons:
        show_lines(f"  {reason.code}{words.colon}{one_line(words.sentence(reason, 'text'))}")
    if risk.trajectory:
        earlier = risk.trajectory[-MAX_EARLIER_SCORES:]
        scores = words.comma.join(f"{score.as_of} {percent(score.pd)}" for score in earlier)
        show_lines(f"  {words.label('trajectory')}{words.colon}{scores}")
