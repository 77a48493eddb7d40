"""A firm's stored score and trading partners of one day, as alerts and the attribution of changes read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from supplyrisk.graph.schema.score_states import INSUFFICIENT


@dataclass(frozen=True)
class DayScore:
    """A stored score; base_pd is the PD by own columns.

    pd, grade: None in default and where too little is known of the firm. pd_in_file: the PD as it is stored, which a
    firm of which too little is known has, too: only sums over a whole book may use it.

    own, context, caught: parts of the hazard, None where a baseline scored or where they were not read. reasons: share
    of the hazard by code, None where it has none. margin: factor of the hazard that grade and points include for
    missing data; None without a grade, and in scores of earlier versions.
    """

    firm_id: str
    pd: float | None
    grade: str | None
    state: str | None
    own: float | None = None
    context: float | None = None
    caught: float | None = None
    base_pd: float | None = None
    pd_in_file: float | None = None
    name: str | None = None
    reasons: Mapping[str, float | None] = field(default_factory=dict)
    degraded: bool = False
    horizon_days: int | None = None
    margin: float | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> DayScore:
        """Read a row of stored scores or of a file of scores, which may lack all columns but firm_id and pd."""
        # Files of earlier versions have a grade there, too.
        sufficient = row.get("state") != INSUFFICIENT
        return cls(
            firm_id=row["firm_id"],
            pd=row["pd"] if sufficient else None,
            grade=row.get("grade") if sufficient else None,
            state=row.get("state"),
            own=row.get("own"),
            context=row.get("context"),
            caught=row.get("caught"),
            base_pd=row.get("base_pd"),
            pd_in_file=row["pd"],
            name=row.get("name"),
            reasons={reason["code"]: reason["share"] for reason in row.get("reasons") or ()},
            degraded=bool(row.get("degraded")),
            horizon_days=row.get("horizon_days"),
            margin=row.get("margin"),
        )


@dataclass(frozen=True)
class DayPartner:
    """A stored partner. side: what it is to the firm, see `partners_of`. share: of the firm's trade on that side."""

    other: str
    side: str
    share: float | None = None
