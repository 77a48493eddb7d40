"""The credit memo of a shop: profile, risk, supply chain, expected loss, limit and conclusion.

A memo consists of JSON types; the terminal, the web page and the audit log show the same memo. Its keys are stable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from supplyrisk.graph.contagion.caught_paths import CaughtPath
from supplyrisk.graph.credit.conclusion import Counterparty, LoanCase, PolicyConclusion, conclude
from supplyrisk.graph.credit.expected_loss import ExpectedLoss, pd_over_term
from supplyrisk.graph.credit.limit_rules import BookUsage, CreditLimit, LimitFacts, credit_limit
from supplyrisk.graph.credit.loan_request import LoanRequest, lines_by_product
from supplyrisk.graph.credit.memo_sentences import Sentence, write_sentence
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.score_history import ScoreHistory
from supplyrisk.graph.credit.shop_chain import chain_of
from supplyrisk.graph.credit.shop_facts import AGES, ShopFacts
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.expert_mark import scored_by_expert

Row = dict[str, Any]
SCHEMA = "scgraph.check/1"
ENDS = ("low", "high", "low_90", "high_90")
"""Bounds of a PD: the range over the ensemble, and the 90 % interval for the true PD."""


@dataclass(frozen=True)
class MemoStress:
    """Effect on the shop if other firms stop. The field names are keys of stored memos.

    Parameters
    ----------
    code: the stress, a key of `memo_sentences.STRESSES`.
    stopped: ids of the firms that stop.
    pd: PD of the shop over the horizon, None where no transmissions are known.
    output: share of its production that it would lose by the mechanism, None where it is not in the trade network.
    """

    code: str
    stopped: tuple[str, ...]
    pd: float | None
    output: float | None


@dataclass(frozen=True)
class OtherBorrowers:
    """Effect of the shop's failure on a lender's other borrowers: added EL, money, in total and by borrower."""

    added_el: float
    borrowers: list[Row]


@dataclass(frozen=True)
class MemoInputs:
    """The inputs of a memo.

    Parameters
    ----------
    request: the requested loan.
    shop: facts from the graph.
    scores: stored scores of the shop.
    stresses: effects of other firms' failures.
    book: the lender's book, None (default) where no lender is given.
    other_borrowers: effect on the lender's other borrowers, None (default) where no lender is given.
    network_pd: the network's PD of the shop with no firm stopped, which stresses are compared with; None (default)
        where there is none.
    paths: the paths over which the shop receives the most contagion.
    """

    request: LoanRequest
    shop: ShopFacts
    scores: ScoreHistory
    stresses: Sequence[MemoStress] = ()
    book: BookUsage | None = None
    other_borrowers: OtherBorrowers | None = None
    network_pd: float | None = None
    paths: Sequence[CaughtPath] = ()


def memo_of(inputs: MemoInputs, policy: Policy) -> Row:
    """Return the memo.

    Raises
    ------
    DataError: the request is invalid, see `LoanRequest.faults` and `pd_over_term`.
    """
    faults = inputs.request.faults()
    # Invalid requests are refused before anything is computed from them.
    if faults:
        raise DataError("; ".join(faults))
    limit = _limit(inputs, policy)
    return {
        "shop": _shop_part(inputs.shop, inputs.scores),
        "request": asdict(inputs.request) | {"currency": policy.currency},
        "risk": _risk_part(inputs),
        "chain": chain_of(inputs.shop, inputs.scores, inputs.paths),
        "loss": _loss_part(inputs, policy),
        "book": _book_part(inputs),
        "limit": _limit_part(limit),
        "conclusion": _conclusion_part(conclude(_case(inputs), limit, policy)),
        "policy": {"name": policy.name, "hash": policy.hash},
        "queries": [asdict(record) for record in inputs.shop.query_records],
    }


def _limit(inputs: MemoInputs, policy: Policy) -> CreditLimit:
    row = inputs.scores.row
    shop = inputs.shop
    # The limit does not depend on the requested amount, so that it can be compared with it.
    facts = LimitFacts(row["grade"], row["coverage"], shop.profile["turnover"], shop.dependence, inputs.book)
    return credit_limit(facts, policy, inputs.request.days)


def _case(inputs: MemoInputs) -> LoanCase:
    """Return the facts that the conclusion is based on."""
    row = inputs.scores.row
    shop = inputs.shop
    partners = tuple(
        Counterparty(
            p["other"],
            "purchases" if p["side"] == "supplier" else "sales",
            p["share"],
            p["pd"],
            p["defaulted"],
        )
        for p in shop.partners
    )
    # The conclusion uses the most severe stress.
    stressed = [s.pd for s in inputs.stresses if s.pd is not None]
    return LoanCase(
        amount=inputs.request.amount,
        pd=row["pd"],
        thin=row["state"] == "insufficient",
        defaulted=row["state"] == "defaulted",
        coverage=row["coverage"],
        caught=inputs.scores.caught_share,
        stressed=max(stressed, default=None),
        counterparties=partners,
        ring=shop.ring,
        turnover=shop.profile["turnover"] is not None,
    )


def _conclusion_part(conclusion: PolicyConclusion) -> Row:
    return {
        "word": conclusion.verdict.value,
        "findings": [
            {"code": f.code, "word": f.verdict.value} | f.text.both("text") | f.change.both("change")
            for f in conclusion.findings
        ],
    }


def _limit_part(limit: CreditLimit) -> Row:
    rules = [{"code": r.code, "amount": r.amount, **r.why.both("why")} for r in limit.rules]
    return {"amount": limit.amount, "binding": limit.binding, "rules": rules}


def _shop_part(shop: ShopFacts, scored: ScoreHistory) -> Row:
    profile = shop.profile
    sources = [_source(word, profile[name], scored) for name, word in AGES.items()]
    missing = [write_sentence(f"source.{s['source']}") for s in sources if s["age_days"] is None]
    if profile["upstream"] == "unobserved":
        missing.append(write_sentence("UPSTREAM_UNOBSERVED"))
    fields = (
        "firm",
        "name",
        "roles",
        "shop_type",
        "industry",
        "region",
        "age_days",
        "tenure_days",
        "turnover",
    )
    return {name: profile[name] for name in fields} | {
        "defaulted_on": profile["defaulted_on"],
        "coverage": scored.row["coverage"],
        "sources": sources,
        "missing": [gap.text() for gap in missing],
        "missing_zh": [gap.text("zh") for gap in missing],
    }


def _source(word: str, age: float | None, scored: ScoreHistory) -> Row:
    """Return a data source with the day of its last row, None where it has none."""
    # The graph stores ages in days; the as-of day of the scores turns them into days.
    last = None if age is None else scored.row["as_of"] - timedelta(days=age)
    return {"source": word, "last_on": last, "age_days": age}


def _risk_part(inputs: MemoInputs) -> Row:
    scored = inputs.scores
    days = inputs.request.days
    row = scored.row
    names = (
        "pd",
        "pd_low",
        "pd_high",
        "grade",
        "points",
        "own",
        "context",
        "caught",
        "state",
        "model",
    )
    # A PD without own, context and caught comes from a baseline.
    note: Sentence | None = None
    if row["pd"] is not None and scored_by_expert(row["model"]):
        note = write_sentence("EXPERT_SCORE", model=row["model"])
    elif row["pd"] is not None and scored.hazard is None:
        note = write_sentence("BASELINE_SCORE", model=row["model"])
    return {name: row[name] for name in names} | {
        "reasons": [_reason(reason) for reason in row["reasons"] or []],
        "horizon_days": scored.horizon_days,
        "beyond_horizon": scored.terms.extrapolated(days),
        "pd_term": scored.over_term("pd", days),
        **{f"pd_term_{end}": scored.over_term(f"pd_{end}", days) for end in ENDS},
        "note": note.text() if note else None,
        "note_zh": note.text("zh") if note else None,
        "trajectory": scored.history,
    }


def _reason(reason: Row) -> Row:
    """Return a reason in both languages."""
    # Scores of earlier versions have one text only; it stands for both.
    text = reason["text"]
    return {name: reason[name] for name in ("code", "share")} | {
        "text": reason.get("text_en") or text,
        "text_zh": reason.get("text_zh") or text,
    }


def _loss_part(inputs: MemoInputs, policy: Policy) -> Row:
    request = inputs.request
    pd = inputs.scores.over_term("pd", request.days)
    lgd = policy.loss.lgd if request.lgd is None else request.lgd
    ead = request.ead(policy)
    lgd_source = write_sentence("LGD_POLICY" if request.lgd is None else "LGD_REQUEST")
    base: Row = {"ead": ead, "lgd": lgd, "el": None, "stresses": []} | lgd_source.both("lgd_from")
    base["network_pd"] = inputs.network_pd
    base["lines"] = lines_by_product(inputs.shop.loans, policy)
    # Without a PD there is no EL, and no EL of stresses to compare with it.
    if pd is None:
        return base
    loss = ExpectedLoss(pd, lgd, ead)
    base["el"] = loss.el
    base["stresses"] = [_stressed(stress, inputs, loss) for stress in inputs.stresses]
    return base


def _stressed(stress: MemoStress, inputs: MemoInputs, loss: ExpectedLoss) -> Row:
    """Return a stress with its PD over the term and its EL, by the LGD and EAD of the unstressed loss."""
    term = None if stress.pd is None else pd_over_term(stress.pd, inputs.request.days, inputs.scores.terms)
    el = None if term is None else replace(loss, pd=term).el
    return asdict(stress) | {"stopped": list(stress.stopped), "pd_term": term, "el": el}


def _book_part(inputs: MemoInputs) -> Row | None:
    if inputs.request.lender is None:
        return None
    usage = asdict(inputs.book) if inputs.book else None
    effect = asdict(inputs.other_borrowers) if inputs.other_borrowers else {}
    return {"lender": inputs.request.lender, "book": usage} | effect
