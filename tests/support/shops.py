"""Shops as the graph shows them, made by hand: a sound one with spread trade, of which tests change some facts."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pyarrow as pa

from supplyrisk.graph.credit import FirmTerms, Partner
from supplyrisk.graph.credit.score_history import ScoreHistory, StoredScore
from supplyrisk.graph.credit.shop_facts import RecordedLibrary, ShopFacts, ShopProfile

PROFILE = ShopProfile(**{field.name: None for field in fields(ShopProfile)} | {"firm": "S"})  # type: ignore[arg-type]


SUPPLIER = Partner("supplier", "P", None, None, None, 0.4, 0.01, defaulted=False)
"""Its largest supplier: it depends on nobody."""
CUSTOMER = Partner("customer", "Q", None, None, None, 0.3, 0.01, defaulted=False)
"""Its largest customer."""


class NoGraph:
    """A store without any firm."""

    def run(self, cypher: str, params: object = None) -> pa.Table:
        """Return no rows."""
        return pa.table({})


def plain_shop(**facts: Any) -> ShopFacts:
    """A shop with these facts: fields of its profile, or tuples of rows by name."""
    names = {field.name for field in fields(ShopProfile)}
    profile = replace(PROFILE, **{name: value for name, value in facts.items() if name in names})
    rows: dict[str, Any] = {field.name: () for field in fields(ShopFacts)}
    rows |= {"profile": profile, "has_lenders": True, "library": RecordedLibrary(NoGraph())}
    rows["partners"] = (SUPPLIER, CUSTOMER)
    return ShopFacts(**rows | {name: value for name, value in facts.items() if name not in names})


def plain_score(**figures: Any) -> ScoreHistory:
    """A score of grade C by a baseline, with full coverage and nothing else known, of which tests change figures."""
    fixed: dict[str, Any] = {field.name: None for field in fields(StoredScore)}
    fixed |= {"pd": 0.01, "grade": "C", "points": 620.0, "state": "scored", "model": "hand/trees"}
    fixed |= {"as_of": date(2025, 6, 30), "coverage": 0.9, "degraded": False, "synthetic_model": False}
    fixed |= {"reasons": (), "caught_from": (), "terms": FirmTerms(180), "unlisted": False}
    return ScoreHistory(StoredScore(**fixed | figures), ())
