"""The lender's memo: who a shop is, how likely it fails and through whom, what would be lost, and what may be lent.

A memo is a value of JSON types; the terminal, the page and the record show the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from supplyrisk.graph.credit.conclusion import Case, Conclusion, Counterparty, conclude
from supplyrisk.graph.credit.limit import Book, Facts, Limit, limit
from supplyrisk.graph.credit.loss import ExpectedLoss, pd_over_term
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.request import Request
from supplyrisk.graph.credit.scored import Scored
from supplyrisk.graph.credit.shop import AGES, Shop
from supplyrisk.graph.errors import DataError

Row = dict[str, Any]
SCHEMA = "scgraph.check/1"
WHOLE = 0.999
"""A share from which a source counts as the only one: amounts are rounded."""


@dataclass(frozen=True)
class Stress:
    """What a stop of others would do to the shop.

    code: which stop. stopped: ids. pd: of the shop over the horizon, None where no parts are known. output: share of
    its production that it would lose by the mechanism, None where it is not in the trade network.
    """

    code: str
    stopped: tuple[str, ...]
    pd: float | None
    output: float | None


@dataclass(frozen=True)
class Others:
    """What the shop's failure would do to a lender's other borrowers: expected loss added, money, and by whom."""

    added_el: float
    borrowers: list[Row]


@dataclass(frozen=True)
class Given:
    """All that a memo is made of; calm: the network's PD of the shop with nobody stopped, to hold stresses against."""

    request: Request
    shop: Shop
    scored: Scored
    stresses: Sequence[Stress] = ()
    book: Book | None = None
    others: Others | None = None
    calm: float | None = None


def memo_of(given: Given, policy: Policy) -> Row:
    """The memo.

    Raises
    ------
    DataError: a request that cannot be answered: see `Request.faults` and `pd_over_term`.
    """
    faults = given.request.faults()
    if faults:
        raise DataError("; ".join(faults))
    room = _limit(given, policy)
    return {
        "shop": _who(given.shop, given.scored),
        "request": asdict(given.request) | {"currency": policy.currency},
        "risk": _risk(given),
        "chain": _chain(given.shop, given.scored),
        "loss": _loss(given, policy),
        "book": _book(given),
        "limit": asdict(room),
        "conclusion": _concluded(conclude(_case(given), room, policy)),
        "policy": {"name": policy.name, "hash": policy.hash},
        "queries": [asdict(asked) for asked in given.shop.asked],
    }


def _limit(given: Given, policy: Policy) -> Limit:
    row, shop = given.scored.row, given.shop
    facts = Facts(row["grade"], row["coverage"], shop.profile["turnover"], shop.dependence, given.book)
    return limit(facts, policy, given.request.days)


def _case(given: Given) -> Case:
    row, shop = given.scored.row, given.shop
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
    stressed = [s.pd for s in given.stresses if s.pd is not None]
    return Case(
        amount=given.request.amount,
        pd=row["pd"],
        thin=row["state"] == "insufficient",
        defaulted=row["state"] == "defaulted",
        coverage=row["coverage"],
        caught=given.scored.caught_share,
        stressed=max(stressed, default=None),
        counterparties=partners,
        ring=shop.ring,
        turnover=shop.profile["turnover"] is not None,
    )


def _concluded(found: Conclusion) -> Row:
    return {
        "word": found.word.value,
        "findings": [asdict(f) | {"word": f.word.value} for f in found.findings],
    }


def _who(shop: Shop, scored: Scored) -> Row:
    profile = shop.profile
    sources = [{"source": word, "age_days": profile[name]} for name, word in AGES.items()]
    missing = [s["source"] for s in sources if s["age_days"] is None]
    if profile["upstream"] == "unobserved":
        missing.append("suppliers (not recorded for a producer or exporter: unknown, not none)")
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
        "missing": missing,
    }


def _risk(given: Given) -> Row:
    scored, days = given.scored, given.request.days
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
        "reasons",
    )
    note = None
    if row["pd"] is not None and scored.hazard is None:
        note = f"scored by {row['model']}, a control: it has no own, context and caught"
    return {name: row[name] for name in names} | {
        "horizon_days": scored.horizon_days,
        "beyond_horizon": days > scored.horizon_days,
        "pd_term": scored.over_term("pd", days),
        "pd_term_low": scored.over_term("pd_low", days),
        "pd_term_high": scored.over_term("pd_high", days),
        "note": note,
        "trajectory": scored.history,
    }


def _chain(shop: Shop, scored: Scored) -> Row:
    return {
        "suppliers": shop.partners_on("supplier"),
        "customers": shop.partners_on("customer"),
        "second_tier": shop.second_tier,
        "single_sources": [p["other"] for p in shop.partners if p["share"] >= WHOLE],
        "common": _common(shop),
        "carriers": shop.carriers,
        "guarantees": shop.guarantees,
        "rings": shop.rings,
        "caught_from": scored.row["neighbours"] or [],
    }


def _common(shop: Shop) -> list[Row]:
    """Firms at tier 2 on which several of its own suppliers hang: what looks like two sources is one."""
    behind: dict[str, list[str]] = {}
    for row in shop.second_tier:
        if row["side"] == "supplier":
            behind.setdefault(row["other"], []).append(row["via"])
    return [{"firm": firm, "behind": sorted(via)} for firm, via in sorted(behind.items()) if len(via) > 1]


def _loss(given: Given, policy: Policy) -> Row:
    request, pd = given.request, given.scored.over_term("pd", given.request.days)
    lgd = policy.loss.lgd if request.lgd is None else request.lgd
    ead = request.ead(policy)
    whence = "the policy" if request.lgd is None else "the request"
    base: Row = {"ead": ead, "lgd": lgd, "lgd_from": whence, "el": None, "stresses": []}
    base["network_pd"] = given.calm
    if pd is None:
        return base
    base["el"] = ExpectedLoss(pd, lgd, ead).el
    base["stresses"] = [_stressed(s, given, (lgd, ead)) for s in given.stresses]
    return base


def _stressed(stress: Stress, given: Given, loss: tuple[float, float]) -> Row:
    term = (
        None if stress.pd is None else pd_over_term(stress.pd, given.request.days, given.scored.horizon_days)
    )
    lgd, ead = loss
    el = None if term is None else ExpectedLoss(term, lgd, ead).el
    return asdict(stress) | {"stopped": list(stress.stopped), "pd_term": term, "el": el}


def _book(given: Given) -> Row | None:
    if given.request.lender is None:
        return None
    lent = asdict(given.book) if given.book else None
    return {"lender": given.request.lender, "book": lent} | (asdict(given.others) if given.others else {})
