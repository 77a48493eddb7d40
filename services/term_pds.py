"""PDs by term in documents and notes: what they rest on, and the hazard of one firm over each term."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from supplyrisk.graph import LIFETIME, TERM_DAYS, pd_column
from supplyrisk.services.documents import Document

if TYPE_CHECKING:
    from supplyrisk import gnn

_PARTS = ("own", "context", "caught")


def terms_json(terms: gnn.TermStructure | None) -> Document | None:
    """What PDs by term rest on; None for undated data.

    extrapolated: terms that are longer than any that was observed when they were fitted.
    """
    if terms is None:
        return None
    return {**terms.to_json(), "extrapolated": _extrapolated(terms)}


def _extrapolated(terms: gnn.TermStructure) -> list[str]:
    return [term for term, days in TERM_DAYS.items() if terms.extrapolated(days)]


def term_notes(terms: gnn.TermStructure | None) -> list[str]:
    """What a reader of PDs by term has to know beside them."""
    if terms is None:
        return []
    columns = [pd_column(term) for term in _extrapolated(terms)]
    if not terms.fitted:
        return [
            f"terms not fitted: PDs over other terms than {terms.horizon_days} days assume a constant hazard"
        ]
    if not columns:
        return []
    verb = "is" if len(columns) == 1 else "are"
    lifetime = f" (a lifetime is {TERM_DAYS[LIFETIME]:,} days)" if pd_column(LIFETIME) in columns else ""
    return [
        f"{', '.join(columns)} {verb} extrapolated{lifetime}: defaults were observed up to {terms.observed_days} days "
        "after an as-of date"
    ]


def term_rows(scored: Mapping[str, Any], terms: gnn.TermStructure | None) -> list[Document]:
    """A row per term for one row of the scores: PD and hazard parts, and whether the term is extrapolated.

    own + context + caught = -ln(1 - PD) at every term; None where a baseline scored. Empty for a firm in default and
    for undated data.
    """
    if terms is None or scored["pd"] is None:
        return []
    rows = []
    for term, days in TERM_DAYS.items():
        parts: dict[str, float | None] = dict.fromkeys(_PARTS)
        if scored["own"] is not None:
            hazard = sum(scored[part] for part in _PARTS)
            factor = float(terms.factor(np.array([hazard]), days)[0])
            parts = {part: scored[part] * factor for part in _PARTS}
        head: Document = {"term": term, "days": days, "pd": scored[pd_column(term)]}
        rows.append(head | parts | {"extrapolated": terms.extrapolated(days)})
    return rows
