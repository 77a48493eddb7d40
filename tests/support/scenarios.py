"""Policies with scenarios for tests: the shipped policy and further tables."""

from __future__ import annotations

from datetime import date

from supplyrisk.graph.credit import Policy, parse_policy, shipped_policy

DOUBLE_11 = """
[[campaign]]
name = "double-11"
first_day = 2025-06-15
last_day = 2025-07-11

[[scenario]]
name = "Double 11"
name_zh = "双十一"
when = { industry = ["shops", "makers"], product = ["order"], campaign = "double-11", longest_days = 90 }
extra_el = 500.0
set = { by_grade = { C = 300_000.0, D = 200_000.0 }, turnover_share = 0.6, order_advance = 1.0 }
"""
"""An admission from 15 June to 11 July 2025: higher caps of C and D, twice the turnover, all of what is shipped."""
INSIDE = date(2025, 6, 30)
"""A day of that campaign."""


def policy_with(tables: str) -> Policy:
    """The shipped policy with further tables."""
    return parse_policy(shipped_policy() + tables, "the policy")
