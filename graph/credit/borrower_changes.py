"""Borrowers whose score, reasons or neighbourhood changed between two scored days, and the causes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from supplyrisk.graph.credit.alerts import (
    CAUSES,
    KINDS,
    MODEL,
    UNSEPARATED,
    Alert,
    AlertBounds,
    FirmDay,
    NeighbourScores,
    ScoreBridge,
    alerts_of,
)
from supplyrisk.graph.credit.score_attribution import FirmScore, bridge_rows, change_by_cause
from supplyrisk.graph.credit.scored_days import ScoredDay
from supplyrisk.graph.credit.shop_facts import Borrower
from supplyrisk.graph.workspace.day_score import DayScore
from supplyrisk.graph.workspace.documents import document_json
from supplyrisk.graph.workspace.score_runs import ScoreRuns

_SCORE_TYPE = pa.struct([("pd", pa.float64()), ("grade", pa.string()), ("state", pa.string())])
_ALERT_TYPE = pa.struct(
    [(name, pa.string()) for name in ("kind", "what", "cause", "text", "other")]
    + [(name, pa.float64()) for name in ("before", "after")]
)
BORROWER_CHANGE_SCHEMA = pa.schema(
    [("firm_id", pa.string()), ("name", pa.string()), ("lenders", pa.list_(pa.string()))]
    + [("drawn", pa.float64()), ("then", _SCORE_TYPE), ("now", _SCORE_TYPE)]
    + [(name, pa.float64()) for name in ("change", *CAUSES)]
    + [("alerts", pa.list_(_ALERT_TYPE))]
)
"""Columns of `BorrowerChange.to_json`."""


@dataclass(frozen=True)
class BorrowerChange:
    """A borrower with at least one alert.

    lenders, drawn: who lends to it and what is drawn, money; None where the data have no loans. then, now: the firm on
    the two days. causes: the change of its PD by cause, None where it has no PD on one of the days. alerts: the gravest
    first.
    """

    firm_id: str
    name: str | None
    lenders: list[str]
    drawn: float | None
    then: FirmDay
    now: FirmDay
    causes: Mapping[str, float] | None
    alerts: tuple[Alert, ...]

    @property
    def change(self) -> float | None:
        """The change of its PD; None where it has no PD on one of the days."""
        return None if self.causes is None else math.fsum(self.causes.values())

    def to_json(self) -> dict[str, object]:
        """The change as JSON types: a row of BORROWER_CHANGE_SCHEMA."""
        causes = dict.fromkeys(CAUSES) if self.causes is None else dict(self.causes)
        return {
            "firm_id": self.firm_id,
            "name": self.name,
            "lenders": self.lenders,
            "drawn": self.drawn,
            "then": _score(self.then),
            "now": _score(self.now),
            "change": self.change,
            **causes,
            "alerts": document_json(self.alerts),
        }


def _score(firm: FirmDay) -> dict[str, object]:
    return {"pd": firm.pd, "grade": firm.grade, "state": firm.state}


def borrower_changes(
    score_runs: ScoreRuns,
    then: ScoredDay,
    now: ScoredDay,
    borrowers: Sequence[Borrower],
    bounds: AlertBounds,
) -> list[BorrowerChange]:
    """The borrowers with alerts, by the gravest kind of alert, then the rise of the PD, then the id.

    borrowers: see `borrowers_of`.
    """
    bridges = _Bridges(then, now, bridge_rows(score_runs, then.run, now.run, set(now.scores)))
    changes = [_change_of(borrower, bridges, bounds) for borrower in borrowers]
    return sorted((change for change in changes if change.alerts), key=_gravest_first)


@dataclass(frozen=True)
class _Bridges:
    """How the scores of the two days belong together; by_firm: what the old scorer gave on the new data."""

    then: ScoredDay
    now: ScoredDay
    by_firm: Mapping[str, DayScore]

    def of(self, firm_id: str) -> ScoreBridge:
        """The bridge between the two scores of a firm."""
        old_run = self.then.run
        new_run = self.now.run
        old = self.then.scores.get(firm_id)
        new = self.now.scores.get(firm_id)
        between = self.by_firm.get(firm_id)
        causes = None
        if old and new and old.pd is not None and new.pd is not None:
            causes = change_by_cause(FirmScore(old_run, old), FirmScore(new_run, new), between)
        if old_run.scorer == new_run.scorer:
            return ScoreBridge(causes)
        # Equal day and data leave only the scorer to explain a change.
        same_data = (old_run.as_of, old_run.data) == (new_run.as_of, new_run.data)
        state = between.state if between else None
        return ScoreBridge(causes, MODEL if same_data else UNSEPARATED, state)


def _change_of(borrower: Borrower, bridges: _Bridges, bounds: AlertBounds) -> BorrowerChange:
    """One borrower on the two days, with or without alerts."""
    firm_id = borrower.firm
    then = bridges.then.firm(firm_id)
    now = bridges.now.firm(firm_id)
    # Partners of either day: one that is gone or new can raise an alert too.
    partner_ids = {partner.other for firm in (then, now) for partner in firm.partners or ()}
    neighbours = NeighbourScores(
        bridges.then.scores, bridges.now.scores, {partner: bridges.of(partner) for partner in partner_ids}
    )
    bridge = bridges.of(firm_id)
    return BorrowerChange(
        firm_id=firm_id,
        name=now.score.name if now.score else None,
        lenders=borrower.lenders,
        drawn=borrower.drawn,
        then=then,
        now=now,
        causes=bridge.parts,
        alerts=tuple(alerts_of(then, now, bridge, neighbours, bounds)),
    )


def _gravest_first(change: BorrowerChange) -> tuple[int, float, str]:
    # Without a PD on both days there is no change to sort by: it counts as 0.
    return KINDS.index(change.alerts[0].kind), -(change.change or 0.0), change.firm_id
