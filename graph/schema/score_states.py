"""States of firms in scores that several parts tell apart."""

from __future__ import annotations

UNLISTED = "unlisted"
"""State of a firm that is only known as a partner of others: it has no score."""
