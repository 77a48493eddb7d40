"""Lending on a score: loss, limits, a policy and what it concludes, and the record of it."""

from supplyrisk.graph.credit.audit import Entry, Log
from supplyrisk.graph.credit.books import book_around, borrowers_of, lines_of
from supplyrisk.graph.credit.conclusion import Case, Conclusion, Counterparty, Finding, Word, conclude
from supplyrisk.graph.credit.learned import Learned
from supplyrisk.graph.credit.limit import Book, Facts, Limit, Rule, limit
from supplyrisk.graph.credit.loss import ExpectedLoss, exposure_at_default, hhi, pd_over_term
from supplyrisk.graph.credit.mechanism import mechanism
from supplyrisk.graph.credit.memo import Given, Others, Stress, memo_of
from supplyrisk.graph.credit.policy import Policy, read_policy, shipped_policy
from supplyrisk.graph.credit.portfolio import (
    Draws,
    Loan,
    Served,
    answers_on,
    breaches,
    by_label,
    concentrations,
    costliest,
    loans_of,
    simulated,
    tail_rows,
    totals,
)
from supplyrisk.graph.credit.request import Request
from supplyrisk.graph.credit.scored import Scored, scored_of
from supplyrisk.graph.credit.shop import Shop, candidates, shop_of
from supplyrisk.graph.credit.stopping import Effect, stresses_of
from supplyrisk.graph.credit.watch import KINDS, Alert, Around, Bounds, Moved, Seen, alerts_of
from supplyrisk.graph.credit.words import (
    CONCLUSIONS,
    LANGUAGES,
    PHRASES,
    RULES,
    SOURCES,
    STRESSES,
    Said,
    Words,
)

__all__ = [
    "CONCLUSIONS",
    "KINDS",
    "LANGUAGES",
    "PHRASES",
    "RULES",
    "SOURCES",
    "STRESSES",
    "Alert",
    "Around",
    "Book",
    "Bounds",
    "Case",
    "Conclusion",
    "Counterparty",
    "Draws",
    "Effect",
    "Entry",
    "ExpectedLoss",
    "Facts",
    "Finding",
    "Given",
    "Learned",
    "Limit",
    "Loan",
    "Log",
    "Moved",
    "Others",
    "Policy",
    "Request",
    "Rule",
    "Said",
    "Scored",
    "Seen",
    "Served",
    "Shop",
    "Stress",
    "Word",
    "Words",
    "alerts_of",
    "answers_on",
    "book_around",
    "borrowers_of",
    "breaches",
    "by_label",
    "candidates",
    "concentrations",
    "conclude",
    "costliest",
    "exposure_at_default",
    "hhi",
    "limit",
    "lines_of",
    "loans_of",
    "mechanism",
    "memo_of",
    "pd_over_term",
    "read_policy",
    "scored_of",
    "shipped_policy",
    "shop_of",
    "simulated",
    "stresses_of",
    "tail_rows",
    "totals",
]
