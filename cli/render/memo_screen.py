"""A memo on the terminal, in English or Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supplyrisk.cli.error_reports import one_line
from supplyrisk.cli.render.memo_tables import show_chain, show_limit, show_loss
from supplyrisk.cli.render.memo_words import MemoWords
from supplyrisk.cli.talk import show_lines
from supplyrisk.graph.credit import CONCLUSIONS, SOURCES
from supplyrisk.graph.texts.figures import count, money, percent

if TYPE_CHECKING:
    from supplyrisk.services import CheckResult

Row = dict[str, Any]
MAX_EARLIER_SCORES = 8


def show_memo(result: CheckResult, language: str = "en") -> None:
    """Print a memo on stdout."""
    memo = result.memo.sections
    words = MemoWords(language)
    _show_head(result, words)
    _show_conclusion(memo["conclusion"], words)
    _show_risk(memo["risk"], words)
    show_chain(memo["chain"], words)
    show_loss(memo, words)
    show_limit(memo["limit"], memo["request"]["currency"], words)
    policy = memo["policy"]
    show_lines(
        f"\n{words.label('policy')} {policy['name']} {policy['hash'][:12]}{words.comma}"
        f"{words.label('data')} {result.memo.data[:12]}"
    )


def conclusion_line(result: CheckResult, language: str = "en") -> str:
    """A memo's conclusion in one line: the firm, the conclusion, the codes of the findings, the limit, who decides."""
    memo = result.memo.sections
    words = MemoWords(language)
    codes = words.comma.join(finding["code"] for finding in memo["conclusion"]["findings"])
    verdict = words.pick(CONCLUSIONS[memo["conclusion"]["word"]]).upper()
    limit = money(memo["limit"]["amount"], memo["request"]["currency"])
    return (
        f"{memo['shop']['firm']}{words.colon}{verdict}{words.bracketed(codes) if codes else ''} - "
        f"{words.label('limit')}{words.colon}{limit} - {words.label('decides')}"
    )


def _show_head(result: CheckResult, words: MemoWords) -> None:
    """The firm, the request, and what the data know of the firm."""
    memo = result.memo.sections
    shop = memo["shop"]
    request = memo["request"]
    show_lines(one_line(f"{shop['firm']} {shop['name'] or ''}"))
    age = None if shop["age_days"] is None else words.label("old").format(days=count(shop["age_days"]))
    facts = [words.roles(shop["roles"]), shop["shop_type"], shop["industry"], shop["region"], age]
    show_lines("  " + words.comma.join(str(fact) for fact in facts if fact))
    requested = [
        money(request["amount"], request["currency"]),
        words.days(request["days"]),
        words.label(request["product"]),
    ]
    if request["lender"]:
        requested.append(request["lender"])
    show_lines(
        f"  {words.label('asked')}{words.colon}{words.comma.join(requested)}{words.semicolon}"
        f"{words.label('as_of')} {result.memo.as_of}{words.comma}{result.memo.model}"
    )
    known = [source for source in shop["sources"] if source["age_days"] is not None]
    ages = words.comma.join(
        f"{words.pick(SOURCES[source['source']])} {source['last_on']}{words.bracketed(words.days(source['age_days']))}"
        for source in known
    )
    show_lines(
        f"  {words.label('coverage')} {percent(shop['coverage'], 0)}{words.semicolon if ages else ''}{ages}"
    )
    missing = shop["missing" if words.language == "en" else "missing_zh"]
    if missing:
        note = words.bracketed(words.label("coverage_of"))
        show_lines(f"  {words.label('missing')}{words.colon}{words.comma.join(missing)}{note}")
    if result.memo.synthetic_model and not result.memo.synthetic:
        show_lines(f"  {words.label('synthetic_model')}")
    if result.memo.degraded:
        show_lines(f"  {words.label('degraded')}")


def _show_conclusion(conclusion: Row, words: MemoWords) -> None:
    """What the policy concludes, and what would change it."""
    show_lines(f"\n{words.pick(CONCLUSIONS[conclusion['word']]).upper()} - {words.label('decides')}")
    for finding in conclusion["findings"]:
        text = words.sentence(finding, "text")
        change = words.sentence(finding, "change")
        show_lines(
            f"  {finding['code']}{words.colon}{text}{words.semicolon}{words.label('change')}{words.colon}{change}"
        )


def _show_risk(risk: Row, words: MemoWords) -> None:
    """PD over the term and the horizon, the parts of the hazard, the reasons and earlier scores."""
    if risk["pd"] is None:
        show_lines("\n" + words.label("failed" if risk["state"] == "defaulted" else "no_pd"))
        return
    ensemble = ""
    if risk["pd_term_low"] is not None:
        ensemble = words.bracketed(
            f"{words.label('range')} {percent(risk['pd_term_low'])} - {percent(risk['pd_term_high'])}"
        )
    pd_days = words.label("pd_days").format(days=risk["horizon_days"])
    show_lines(
        f"\n{words.label('pd_term')} {percent(risk['pd_term'])}{ensemble}{words.comma}{pd_days} {percent(risk['pd'])}"
        f"{words.semicolon}{words.label('grade')} {risk['grade']}{words.comma}"
        f"{words.label('points')} {risk['points']:.0f}"
    )
    if risk["pd_term_low_90"] is not None:
        interval = f"{percent(risk['pd_term_low_90'])} - {percent(risk['pd_term_high_90'])}"
        show_lines(f"  {words.label('true_pd')}{words.colon}{interval}")
    if risk["beyond_horizon"]:
        show_lines(f"  {words.label('flat')}")
    if risk["note"]:
        show_lines(f"  {words.sentence(risk, 'note')}")
    if risk["own"] is not None:
        hazard = risk["own"] + risk["context"] + risk["caught"]
        parts = (
            f"{words.label(name)} {percent(risk[name] / hazard, 0)}" for name in ("own", "context", "caught")
        )
        show_lines(f"  {words.label('hazard')} {hazard:.4f}{words.colon}{words.comma.join(parts)}")
    for reason in risk["reasons"]:
        show_lines(f"  {reason['code']}{words.colon}{one_line(words.sentence(reason, 'text'))}")
    if risk["trajectory"]:
        earlier = risk["trajectory"][-MAX_EARLIER_SCORES:]
        scores = words.comma.join(f"{score['as_of']} {percent(score['pd'])}" for score in earlier)
        show_lines(f"  {words.label('trajectory')}{words.colon}{scores}")
