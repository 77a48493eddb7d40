"""Lending on a score: loss, limits, a policy and what it concludes, and the record of it."""

from supplyrisk.graph.credit.audit import Entry, Log
from supplyrisk.graph.credit.books import book_around, lines_of
from supplyrisk.graph.credit.conclusion import Case, Conclusion, Counterparty, Finding, Word, conclude
from supplyrisk.graph.credit.learned import Learned
from supplyrisk.graph.credit.limit import Book, Facts, Limit, Rule, limit
from supplyrisk.graph.credit.loss import ExpectedLoss, exposure_at_default, hhi, pd_over_term
from supplyrisk.graph.credit.memo import Given, Others, Stress, memo_of
from supplyrisk.graph.credit.policy import Policy, read_policy, shipped_policy
from supplyrisk.graph.credit.request import Request
from supplyrisk.graph.credit.scored import Scored, scored_of
from supplyrisk.graph.credit.shop import Shop, candidates, shop_of
from supplyrisk.graph.credit.stopping import Effect, stresses_of

__all__ = [
    "Book",
    "Case",
    "Conclusion",
    "Counterparty",
    "Effect",
    "Entry",
    "ExpectedLoss",
    "Facts",
    "Finding",
    "Given",
    "Learned",
    "Limit",
    "Log",
    "Others",
    "Policy",
    "Request",
    "Rule",
    "Scored",
    "Shop",
    "Stress",
    "Word",
    "book_around",
    "candidates",
    "conclude",
    "exposure_at_default",
    "hhi",
    "limit",
    "lines_of",
    "memo_of",
    "pd_over_term",
    "read_policy",
    "scored_of",
    "shipped_policy",
    "shop_of",
    "stresses_of",
]
