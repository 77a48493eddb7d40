"""PDs by term in documents and notes: what they rest on, and the hazard of one firm over each term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from supplyrisk.graph import LIFETIME, TERM_DAYS, pd_column
from supplyrisk.services.documents import Document

if TYPE_CHECKING:
    from supplyrisk import gnn

_PARTS = ("own", "context", "caught")


@dataclass(frozen=True)
class TermHazard:
    """One firm's PD over a term, and its hazard in parts: own + context + caught = -ln(1 - PD).

    own, context and caught are None where a baseline scored. extrapolated: whether the term is longer than any that
    was observed when the terms were fitted.
    """

    term: str
    days: int
    pd: float
    own: float | None
    context: float | None
    caught: float | None
    extrapolated: bool


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


def term_hazards(firm: gnn.ScoredFirm, terms: gnn.TermStructure | None) -> tuple[TermHazard, ...]:
    """PD and hazard parts of one firm over each term.

    Empty for a firm in default and for undated data.
    """
    if terms is None or firm.pd is None:
        return ()
    separated = firm.hazard is not None
    hazard = np.array([firm.hazard if separated else 1.0])
    rows = []
    for term, days in TERM_DAYS.items():
        factor = float(terms.factor(hazard, days)[0])
        own, context, caught = (getattr(firm, part) * factor if separated else None for part in _PARTS)
        extrapolated = terms.extrapolated(days)
        rows.append(TermHazard(term, days, firm.term_pds[term], own, context, caught, extrapolated))
    return tuple(rows)
