"""States of firms in scores."""

from __future__ import annotations

SCORED = "scored"
"""State of a firm that has a PD and a grade."""
DEFAULTED = "defaulted"
"""State of a firm in default: it has no PD."""
INSUFFICIENT = "insufficient"
"""State of a firm of which too little is known: it has a PD, in files only, and neither grade nor points."""
UNLISTED = "unlisted"
"""State of a firm that is only known as a partner of others: it has no score."""
