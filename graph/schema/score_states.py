"""States of firms in scores that several parts tell apart."""

from __future__ import annotations

INSUFFICIENT = "insufficient"
"""State of a firm of which too little is known: it has a PD, in files only, and neither grade nor points."""
UNLISTED = "unlisted"
"""State of a firm that is only known as a partner of others: it has no score."""
