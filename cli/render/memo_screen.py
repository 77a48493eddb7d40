"""A memo on the terminal, in English or Chinese: the firm, the conclusion and the PD; tables are in `memo_tables`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from supplyrisk import web
from supplyrisk.cli.error_reports import one_line
from supplyrisk.cli.render.memo_tables import show_chain, show_economics, show_limit, show_loss, show_sections
from supplyrisk.cli.render.memo_words import MemoWords
from supplyrisk.cli.talk import show_lines
from supplyrisk.graph import DEFAULTED
from supplyrisk.graph.credit import memo_label, over_days, tables_after
from supplyrisk.graph.texts.figures import count, money, number, percent

if TYPE_CHECKING:
    from supplyrisk.graph.credit import EarlierScore, LoanMemo, PolicyConclusion, RiskSection, ShopSection
    from supplyrisk.services import CheckResult

MAX_EARLIER_SCORES = 8


def show_memo(result: CheckResult, language: str = "en") -> None:
    """Print a memo on stdout."""
    sections = result.memo.sections
    words = MemoWords(language, sections)
    _show_head(result, words)
    _show_conclusion(sections.conclusion, words)
    shown: Mapping[str, Callable[[], None]] = {
        "conclusion": lambda: None,
        "shop": lambda: _show_shop(sections.shop, words),
        "risk": lambda: _show_risk(sections.risk, sections.request.days, words),
        "chain": lambda: show_chain(sections, words),
        "loss": lambda: show_loss(sections, words),
        "limit": lambda: show_limit(sections, words),
        "economics": lambda: show_economics(sections, words),
    }
    for place, show in shown.items():
        # A shop that is not in the data has no supply chain.
        if place != "chain" or sections.thin_file is None:
            show()
        show_sections(tables_after(place, sections.tables), words)
    if sections.thin_file is None:
        _show_queries(words)
    show_lines("\n" + words.pick(web.memo_frame.short_identity(result)))


def conclusion_line(memo: LoanMemo, language: str = "en") -> str:
    """Return a memo's conclusion in one line: the firm, the conclusion, the codes of the findings, the limit."""
    sections = memo.sections
    words = MemoWords(language, sections)
    codes = words.comma.join(finding.code for finding in sections.conclusion.findings)
    verdict = words.text(f"conclusion.{sections.conclusion.word}").upper()
    limit = money(sections.limit.amount, sections.request.currency)
    return (
        f"{sections.label(sections.shop.firm)}{words.colon}{verdict}{words.bracketed(codes) if codes else ''} - "
        f"{words.text('heading.limit')}{words.colon}{limit} - {words.label('decides')}"
    )


def _show_head(result: CheckResult, words: MemoWords) -> None:
    """Print the firm, the stamp of a recorded memo, what limits it, and its top."""
    memo = result.memo.sections
    show_lines(one_line(memo.label(memo.shop.firm)))
    # Who tries a check on the terminal knows when: a stamp is for what is recorded or written.
    stamp = web.memo_frame.stamp(result) if result.record else memo_label("not_recorded")
    show_lines(f"  {words.pick(stamp)}")
    for warning in web.memo_frame.warnings_of(result):
        # The line about synthetic data stands on stderr, for every command.
        if not (result.memo.synthetic and warning == memo_label("synthetic")):
            show_lines(f"  {words.pick(warning)}")
    show_lines("")
    for key, (label, value) in web.memo_frame.top_facts(memo).items():
        text = words.pick(value)
        show_lines(f"{words.pick(label)}{words.colon}{text.upper() if key == 'conclusion' else text}")


def _show_shop(shop: ShopSection, words: MemoWords) -> None:
    """Print what the data know of the firm."""
    age = None if shop.age_days is None else words.text("label.old", days=count(shop.age_days))
    facts = [words.roles(shop.roles), shop.shop_type, shop.industry, shop.region, age]
    heading = (
        f"{words.text('heading.shop')}{words.colon}{words.comma.join(str(fact) for fact in facts if fact)}"
    )
    show_lines("\n" + words.referring(heading, "shop"))
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


def _show_conclusion(conclusion: PolicyConclusion, words: MemoWords) -> None:
    """Print the findings, and what would change the conclusion."""
    show_lines(words.label("decides"))
    for finding in conclusion.findings:
        text = words.sentence(finding, "text")
        change = words.sentence(finding, "change")
        show_lines(
            f"  {finding.code}{words.colon}{text}{words.semicolon}{words.label('change')}{words.colon}{change}"
        )


def _show_risk(risk: RiskSection, days: int, words: MemoWords) -> None:
    """Print PD over the term and the horizon, the parts of the hazard, the reasons and earlier scores."""
    if risk.pd is None:
        show_lines("\n" + words.label("failed" if risk.state == DEFAULTED else "no_pd"))
        return
    ensemble = ""
    if risk.pd_term_low is not None:
        ensemble = words.bracketed(
            f"{words.label('range')} {percent(risk.pd_term_low)} - {percent(risk.pd_term_high)}"
        )
    pd_days = words.text("label.pd_days", days=risk.horizon_days)
    pd_term = words.label(over_days("pd_term", days))
    show_lines(
        f"\n{pd_term} {percent(risk.pd_term)}{ensemble}{words.comma}{pd_days} {percent(risk.pd)}"
        f"{words.semicolon}{words.label('grade')} {risk.grade}{words.comma}"
        f"{words.label('points')} {count(risk.points)}"
    )
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
        show_lines(
            f"  {reason.code}{words.colon}{one_line(words.pick(web.memo_views.reason_words(reason, words.memo)))}"
        )
    if risk.trajectory:
        earlier = risk.trajectory[-MAX_EARLIER_SCORES:]
        scores = words.comma.join(_earlier_score(score, words) for score in earlier)
        show_lines(f"  {words.label('trajectory')}{words.colon}{scores}")


def _show_queries(words: MemoWords) -> None:
    """Print the commands that repeat the queries of the memo, by number."""
    show_lines("\n" + words.text("heading.queries"))
    for place, line in enumerate(words.numbers.lines, 1):
        show_lines(f"  {place} {line}")


def _earlier_score(score: EarlierScore, words: MemoWords) -> str:
    """Return the PD of an earlier day with the days that it covers, where they are known."""
    days = "" if score.horizon_days is None else words.bracketed(words.days(score.horizon_days))
    return f"{score.as_of} {percent(score.pd)}{days}"
