"""Lending on a score: loss, limits, a policy and what it concludes, and the record of it."""

from supplyrisk.graph.credit.audit import Entry, Log
from supplyrisk.graph.credit.conclusion import Case, Conclusion, Counterparty, Finding, Word, conclude
from supplyrisk.graph.credit.limit import Book, Facts, Limit, Rule, limit
from supplyrisk.graph.credit.loss import ExpectedLoss, exposure_at_default, hhi, pd_over_term
from supplyrisk.graph.credit.policy import Policy, read_policy, shipped_policy

__all__ = [
    "Book",
    "Case",
    "Conclusion",
    "Counterparty",
    "Entry",
    "ExpectedLoss",
    "Facts",
    "Finding",
    "Limit",
    "Log",
    "Policy",
    "Rule",
    "Word",
    "conclude",
    "exposure_at_default",
    "hhi",
    "limit",
    "pd_over_term",
    "read_policy",
    "shipped_policy",
]
