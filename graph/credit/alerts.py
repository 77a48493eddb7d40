"""Alerts on borrowers: changes of state, score, reasons and neighbourhood between two days, each with its cause."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.relations import BACK, FORWARD, GUARANTEES, end_of
from supplyrisk.graph.schema.score_states import DEFAULTED, INSUFFICIENT
from supplyrisk.graph.texts.figures import percent
from supplyrisk.graph.workspace.day_score import DayPartner, DayScore
from supplyrisk.graph.workspace.documents import STORED_KEY

Parts = Mapping[str, float]

KINDS = ("STATE", "GRADE", "PD_UP", "PD_DOWN", "REASONS", "NEIGHBOURHOOD")
"""Kinds of alerts, the most serious first."""
DATA = "data"
NEIGHBOUR = "neighbour"
MODEL = "model"
UNSEPARATED = "unseparated"
CAUSES = (DATA, NEIGHBOUR, MODEL, UNSEPARATED)
"""Causes of a change of score: the firm's own data; its context and the contagion received; another model; or model
and data at once, where no stored run separates the two."""
NEIGHBOUR_CODES = ("CAUGHT_", "CONTEXT", "NET_")
"""Prefixes of the codes of reasons that do not come from the firm's own data."""
_STATE_WORDS = {
    None: "not scored",
    DEFAULTED: "in default",
    INSUFFICIENT: "not graded, too little is known of it",
}
# Sides of stored partners, see snapshot.partners: guarantees that the firm gives, and guarantees that back it.
GUARANTEED = GUARANTEES.side(BACK)
BACKED = GUARANTEES.side(FORWARD)


@dataclass(frozen=True)
class AlertBounds:
    """Thresholds from which a change is an alert. The field names are keys of stored documents.

    Parameters
    ----------
    pd_factor: factor by which a PD must rise or fall.
    pd_least: floor of the PDs that are compared, so that changes among very low PDs do not count.
    main: share of trade from which a supplier, customer or carrier is a main one.
    moved: smallest change of that share.
    reason: smallest share of the hazard that a reason must explain.
    sides: partners whose shares are watched. Carriers are left out by default: the largest carrier changes from month
        to month without significance.
    """

    pd_factor: float = defaults.PD_FACTOR
    pd_least: float = defaults.WATCH_PD
    main: float = defaults.WATCH_SHARE
    moved: float = defaults.WATCH_MOVED
    reason: float = defaults.WATCH_REASON
    sides: Sequence[str] = defaults.WATCH_SIDES


@dataclass(frozen=True)
class FirmDay:
    """A firm on a day.

    Parameters
    ----------
    score: its stored score, None where it has none.
    partners: its stored partners, None where none were stored that day.
    """

    score: DayScore | None
    partners: Sequence[DayPartner] | None = None

    @property
    def state(self) -> str | None:
        """Its state: scored, insufficient, defaulted or unlisted; None without a score."""
        return None if self.score is None else self.score.state

    @property
    def grade(self) -> str | None:
        """Its grade, None in default and where too little is known of it."""
        return None if self.score is None else self.score.grade

    @property
    def pd(self) -> float | None:
        """Its PD over the horizon, None in default and where too little is known of it."""
        return None if self.score is None else self.score.pd


@dataclass(frozen=True)
class ScoreBridge:
    """How a firm's scores of two days compare.

    Parameters
    ----------
    parts: its change of PD by cause, None where it has no PD on one of the days.
    other: None where the same scorer computed both scores; MODEL where two scorers did on the same data; otherwise
        UNSEPARATED.
    between: its state by the old scorer on the new data, None where that was never computed.
    """

    parts: Parts | None = None
    other: str | None = None
    between: str | None = None

    @property
    def cause(self) -> str | None:
        """The main cause of the change; None where the firm has a PD on both days and it did not change."""
        return self.other or DATA if self.parts is None else main_cause(self.parts)


def main_cause(parts: Parts) -> str | None:
    """Return the cause of the largest part in the direction of the whole change; None where all parts are 0.

    The direction is up where the parts cancel out. Of equal parts the first in the order of CAUSES is returned.
    """
    # fsum is exact, so the direction does not depend on the order of the parts.
    direction = 1.0 if math.fsum(parts.values()) >= 0 else -1.0
    cause = max(CAUSES, key=lambda name: direction * parts[name])
    return cause if parts[cause] else None


@dataclass(frozen=True)
class Alert:
    """One change that is large enough to report.

    Parameters
    ----------
    kind: one of KINDS.
    code: the change itself, such as SUPPLIER_LOST.
    cause: one of CAUSES; None where the grade changed although the PD did not.
    text: a sentence for people.
    other: the other firm, or the code of the reason, that the alert is about.
    before, after: the values compared, None where the alert compares no numbers.
    """

    kind: str
    code: str = field(metadata={STORED_KEY: "what"})
    cause: str | None
    text: str
    other: str | None = None
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True)
class NeighbourScores:
    """Scores of the other firms on the two days, and how they compare, each by firm."""

    then: Mapping[str, DayScore] = field(default_factory=dict)
    now: Mapping[str, DayScore] = field(default_factory=dict)
    moved: Mapping[str, ScoreBridge] = field(default_factory=dict)


def alerts_of(
    then: FirmDay, now: FirmDay, moved: ScoreBridge, around: NeighbourScores, bounds: AlertBounds
) -> list[Alert]:
    """Return the alerts of one firm, the most serious first.

    A firm without a score on the earlier day has no alerts, unless it is in default on the later day.

    Parameters
    ----------
    then, now: the firm on the earlier and on the later day.
    moved: how its scores compare.
    around: scores of its partners.
    bounds: thresholds.
    """
    alerts = list(_state_alerts(then, now, moved))
    if then.score is not None and now.score is not None:
        alerts += [*_grade_alerts(then, now, moved, bounds), *_pd_alerts(then, now, moved, bounds)]
        alerts += [*_reason_alerts(then.score, now.score, moved, bounds)]
        if then.partners is not None and now.partners is not None:
            alerts += _trade_alerts(then.partners, now.partners, bounds)
            alerts += _guarantee_alerts(then.partners, now.partners)
            alerts += _partner_alerts([*then.partners, *now.partners], now.partners, around, bounds)
    return sorted(alerts, key=lambda a: (KINDS.index(a.kind), a.code, a.other or ""))


def _state_alerts(then: FirmDay, now: FirmDay, moved: ScoreBridge) -> Iterator[Alert]:
    if then.state == now.state or (then.score is None and now.state != DEFAULTED):
        return
    cause = DATA if moved.other is None else moved.other
    # With the old scorer's state on the new data, a change of model can be separated from a change of data.
    if moved.between is not None:
        cause = DATA if moved.between == now.state else MODEL
    code = (now.state or "absent").upper()
    yield Alert("STATE", code, cause, f"was {_state_word(then)}, now {_state_word(now)}")


def _state_word(day: FirmDay) -> str:
    return _STATE_WORDS.get(day.state, str(day.state))


def _grade_alerts(then: FirmDay, now: FirmDay, moved: ScoreBridge, bounds: AlertBounds) -> Iterator[Alert]:
    """Yield an alert for a grade that is worse by two or more, or by one with a PD that rose by the factor.

    One grade alone is no alert: a PD near a grade's bound crosses it with a small change.
    """
    if then.grade is None or now.grade is None:
        return
    # Grades are the letters A (best) to G.
    steps_down = ord(now.grade) - ord(then.grade)
    if steps_down > 1 or (steps_down == 1 and _worse(then, now, bounds)):
        yield Alert("GRADE", "GRADE", moved.cause, f"grade worsened from {then.grade} to {now.grade}")


def _pd_alerts(then: FirmDay, now: FirmDay, moved: ScoreBridge, bounds: AlertBounds) -> Iterator[Alert]:
    if then.pd is not None and now.pd is not None and _moved_far(then.pd, now.pd, bounds):
        kind = "PD_UP" if now.pd > then.pd else "PD_DOWN"
        text = f"PD {'rose' if now.pd > then.pd else 'fell'} from {percent(then.pd)} to {percent(now.pd)}"
        yield Alert(kind, kind, moved.cause, text, before=then.pd, after=now.pd)


def _moved_far(then: float, now: float, bounds: AlertBounds) -> bool:
    low, high = sorted(max(pd, bounds.pd_least) for pd in (then, now))
    return high / low >= bounds.pd_factor


def _worse(then: FirmDay, now: FirmDay, bounds: AlertBounds) -> bool:
    """Return whether the grade got worse and the PD changed by at least the factor of an alert."""
    if then.grade is None or now.grade is None or then.pd is None or now.pd is None:
        return False
    return now.grade > then.grade and _moved_far(then.pd, now.pd, bounds)


def _reason_alerts(then: DayScore, now: DayScore, moved: ScoreBridge, bounds: AlertBounds) -> Iterator[Alert]:
    """Yield alerts for reasons of sufficient share that the other day did not have at all, however small."""
    if then.pd is None or now.pd is None:
        return
    for code, share in _new_reasons(then.reasons, now.reasons, bounds):
        text = f"new reason: {code}"
        yield Alert("REASONS", "REASON_GAINED", _reason_cause(code, moved), text, code, None, share)
    for code, share in _new_reasons(now.reasons, then.reasons, bounds):
        text = f"reason no longer present: {code}"
        yield Alert("REASONS", "REASON_LOST", _reason_cause(code, moved), text, code, share, None)


def _new_reasons(
    before: Mapping[str, float | None], after: Mapping[str, float | None], bounds: AlertBounds
) -> Iterator[tuple[str, float | None]]:
    """Yield (code, share) of the reasons in `after` but not in `before` with a sufficient share of the hazard."""
    for code, share in after.items():
        # Scores of a baseline have reasons without shares; these always count.
        if code not in before and (share is None or share >= bounds.reason):
            yield code, share


def _reason_cause(code: str, moved: ScoreBridge) -> str:
    return moved.other or (NEIGHBOUR if code.startswith(NEIGHBOUR_CODES) else DATA)


def _trade_alerts(
    then: Sequence[DayPartner], now: Sequence[DayPartner], bounds: AlertBounds
) -> Iterator[Alert]:
    """Yield alerts for main partners (bounds.sides) whose share of trade changed, including new and lost ones."""
    before = _shares(then, bounds.sides)
    after = _shares(now, bounds.sides)
    for side, other in sorted(before.keys() | after.keys()):
        # A partner that is not stored has a share below snapshot.partners.MIN_SHARE, which counts as 0.
        old = before.get((side, other), 0.0)
        new = after.get((side, other), 0.0)
        if max(old, new) < bounds.main or abs(new - old) < bounds.moved:
            continue
        word = "NEW" if old == 0 else "LOST" if new == 0 else "ROSE" if new > old else "FELL"
        text = (
            f"{side} {other} {'rose' if new > old else 'fell'} from {percent(old, 0)} to {percent(new, 0)} of "
            f"{end_of(side).share_of}"
        )
        yield Alert("NEIGHBOURHOOD", f"{side.upper()}_{word}", NEIGHBOUR, text, other, old, new)


def _shares(partners: Sequence[DayPartner], sides: Sequence[str]) -> dict[tuple[str, str], float]:
    return {(p.side, p.other): p.share for p in partners if p.side in sides and p.share}


def _guarantee_alerts(then: Sequence[DayPartner], now: Sequence[DayPartner]) -> Iterator[Alert]:
    """Yield alerts for new guarantees that the firm gives, and for guarantees of the firm that ended.

    The other two changes (a guarantee given that ended, a new one received) lower the risk and are no alerts.
    """
    for other in sorted(_partners_on(now, GUARANTEED) - _partners_on(then, GUARANTEED)):
        yield Alert("NEIGHBOURHOOD", "GUARANTEE_NEW", NEIGHBOUR, f"it now guarantees {other}", other)
    for other in sorted(_partners_on(then, BACKED) - _partners_on(now, BACKED)):
        text = f"{other} no longer guarantees it"
        yield Alert("NEIGHBOURHOOD", "GUARANTEE_LOST", NEIGHBOUR, text, other)


def _partners_on(partners: Sequence[DayPartner], side: str | None) -> set[str]:
    return {partner.other for partner in partners if partner.side == side}


def _partner_alerts(
    linked: Sequence[DayPartner], now: Sequence[DayPartner], around: NeighbourScores, bounds: AlertBounds
) -> Iterator[Alert]:
    """Yield alerts for linked firms that defaulted, and for main partners whose grade and PD got worse."""
    # A firm depends on main partners, and is liable for firms that it guarantees.
    matter = {p.other for p in now if p.side == GUARANTEED or (p.share or 0.0) >= bounds.main}
    for other in sorted({p.other for p in linked}):
        old = FirmDay(around.then.get(other))
        new = FirmDay(around.now.get(other))
        if new.state == DEFAULTED and old.state != DEFAULTED:
            text = f"{other} is now in default"
            yield Alert("NEIGHBOURHOOD", "NEIGHBOUR_DEFAULTED", NEIGHBOUR, text, other)
        elif other in matter and _worse(old, new, bounds):
            # To this firm, a change of the other firm's own data is a change of a neighbour.
            partner_cause = around.moved.get(other, ScoreBridge()).cause
            cause = partner_cause if partner_cause in (MODEL, UNSEPARATED) else NEIGHBOUR
            text = f"grade of {other} worsened from {old.grade} to {new.grade}"
            yield Alert("NEIGHBOURHOOD", "NEIGHBOUR_GRADE", cause, text, other, old.pd, new.pd)
