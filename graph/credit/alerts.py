"""When a borrower is called again: what of its score, its reasons, its state or its neighbourhood changed, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Row = Mapping[str, Any]
Parts = Mapping[str, float]

KINDS = ("STATE", "GRADE", "PD_UP", "PD_DOWN", "REASONS", "NEIGHBOURHOOD")
"""Kinds of alerts, the gravest first."""
CAUSES = DATA, NEIGHBOUR, MODEL, UNSEPARATED = "data", "neighbour", "model", "unseparated"
"""What moved a score: the firm's own data; its surroundings and whom it catches from; another model; or a model and
data at once, of which no kept run tells which."""
NEIGHBOUR_CODES = ("CAUGHT_", "CONTEXT", "NET_")
"""How the codes of reasons begin that are not of the firm's own data."""
DEFAULTED = "defaulted"
GUARANTEES, BACKED = "guarantees: it", "guarantees: other"


@dataclass(frozen=True)
class AlertBounds:
    """From where on a change is an alert.

    pd_factor: by which a PD rose or fell. pd_least: lower PDs count as this one: all below it are as good. main: share
    from which a supplier, customer or carrier is a main one. moved: change of that share that counts. reason: share of
    the hazard from which a reason counts. sides: whose shares of the trade are watched; carriers are not by default,
    as who carries the most changes from month to month without meaning anything.
    """

    pd_factor: float = 2.0
    pd_least: float = 0.01
    main: float = 0.5
    moved: float = 0.3
    reason: float = 0.25
    sides: Sequence[str] = ("supplier", "customer")


@dataclass(frozen=True)
class FirmDay:
    """A firm on a day: its row of the kept scores, None where it has none, and its kept partners (None: not kept)."""

    row: Row | None
    partners: Sequence[Row] | None = None

    @property
    def state(self) -> str | None:
        """scored, insufficient or defaulted."""
        return None if self.row is None else str(self.row["state"])

    @property
    def grade(self) -> str | None:
        """Its grade, None in default."""
        return None if self.row is None else self.row["grade"]

    @property
    def pd(self) -> float | None:
        """Its PD over the horizon, None in default."""
        return None if self.row is None else self.row["pd"]


@dataclass(frozen=True)
class ScoreBridge:
    """How a firm's scores of two days belong together.

    parts: its change of PD by cause, None where it has no PD on one of the days. other: None where one scorer gave both
    scores, model where two did of the same day and data, else unseparated. between: the state by the old scorer on the
    new data, where that was ever asked.
    """

    parts: Parts | None = None
    other: str | None = None
    between: str | None = None

    @property
    def cause(self) -> str | None:
        """What moved the PD most; None where it has one on both days and nothing moved it."""
        return self.other or DATA if self.parts is None else main_cause(self.parts)


def main_cause(parts: Parts) -> str | None:
    """The largest of the parts that point the way in which a PD went, up where they cancel; None where all are 0."""
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
    code: str
    cause: str | None
    text: str
    other: str | None = None
    before: float | None = None
    after: float | None = None

    def as_document(self) -> dict[str, Any]:
        """Return the alert as documents spell it: the code is stored as `what`."""
        return {("what" if name == "code" else name): value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class NeighbourScores:
    """The scores of the other firms on the two days, and why theirs moved."""

    then: Mapping[str, Row] = field(default_factory=dict)
    now: Mapping[str, Row] = field(default_factory=dict)
    moved: Mapping[str, ScoreBridge] = field(default_factory=dict)


def alerts_of(
    then: FirmDay, now: FirmDay, moved: ScoreBridge, around: NeighbourScores, bounds: AlertBounds
) -> list[Alert]:
    """All that changed at one firm and counts, the gravest first.

    A firm without a score on the earlier day changed in nothing, unless it is in default on the later one.
    """
    alerts = list(_state_alerts(then, now, moved))
    if then.row is not None and now.row is not None:
        alerts += [*_grade_alerts(then, now, moved, bounds), *_pd_alerts(then, now, moved, bounds)]
        alerts += [*_reason_alerts(then.row, now.row, moved, bounds)]
        if then.partners is not None and now.partners is not None:
            alerts += _trade_alerts(then.partners, now.partners, bounds)
            alerts += _guarantee_alerts(then.partners, now.partners)
            alerts += _partner_alerts([*then.partners, *now.partners], now.partners, around, bounds)
    return sorted(alerts, key=lambda a: (KINDS.index(a.kind), a.code, a.other or ""))


def _state_alerts(then: FirmDay, now: FirmDay, moved: ScoreBridge) -> Iterator[Alert]:
    if then.state == now.state or (then.row is None and now.state != DEFAULTED):
        return
    cause = DATA if moved.other is None else moved.other
    if moved.between is not None:
        cause = DATA if moved.between == now.state else MODEL
    code = (now.state or "absent").upper()
    yield Alert("STATE", code, cause, f"{then.state or 'not scored'}, now {now.state or 'not scored'}")


def _grade_alerts(then: FirmDay, now: FirmDay, moved: ScoreBridge, bounds: AlertBounds) -> Iterator[Alert]:
    """A grade that got worse by two, or by one with a PD that rose by the factor: a step at a bound says little."""
    if then.grade is None or now.grade is None:
        return
    fell = ord(now.grade) - ord(then.grade)
    if fell > 1 or (fell == 1 and _worse(then, now, bounds)):
        yield Alert("GRADE", "GRADE", moved.cause, f"grade {then.grade}, now {now.grade}")


def _pd_alerts(then: FirmDay, now: FirmDay, moved: ScoreBridge, bounds: AlertBounds) -> Iterator[Alert]:
    if then.pd is not None and now.pd is not None and _moved_far(then.pd, now.pd, bounds):
        kind = "PD_UP" if now.pd > then.pd else "PD_DOWN"
        text = f"PD {then.pd:.2%}, now {now.pd:.2%}"
        yield Alert(kind, kind, moved.cause, text, before=then.pd, after=now.pd)


def _moved_far(then: float, now: float, bounds: AlertBounds) -> bool:
    low, high = sorted(max(pd, bounds.pd_least) for pd in (then, now))
    return high / low >= bounds.pd_factor


def _worse(then: FirmDay, now: FirmDay, bounds: AlertBounds) -> bool:
    """Whether a grade got worse, and the PD by as much as an alert of its own asks for."""
    if then.grade is None or now.grade is None or then.pd is None or now.pd is None:
        return False
    return now.grade > then.grade and _moved_far(then.pd, now.pd, bounds)


def _reason_alerts(then: Row, now: Row, moved: ScoreBridge, bounds: AlertBounds) -> Iterator[Alert]:
    """A reason that counts and that the other day did not give at all, however small."""
    given = [{r["code"]: r["share"] for r in row["reasons"] or ()} for row in (then, now)]
    if then["pd"] is None or now["pd"] is None:
        return
    for what, there, lacking in (("REASON_GAINED", 1, 0), ("REASON_LOST", 0, 1)):
        for code, share in given[there].items():
            if code not in given[lacking] and (share is None or share >= bounds.reason):
                cause = moved.other or (NEIGHBOUR if code.startswith(NEIGHBOUR_CODES) else DATA)
                word = "a reason now" if there else "no reason any more"
                shares = (share, None) if there == 0 else (None, share)
                yield Alert("REASONS", what, cause, f"{word}: {code}", code, *shares)


def _trade_alerts(then: Sequence[Row], now: Sequence[Row], bounds: AlertBounds) -> Iterator[Alert]:
    """Main suppliers, customers and carriers whose share moved, those that came and those that went among them."""
    before, after = _shares(then, bounds.sides), _shares(now, bounds.sides)
    for side, other in sorted(before.keys() | after.keys()):
        was, is_ = before.get((side, other), 0.0), after.get((side, other), 0.0)
        if max(was, is_) < bounds.main or abs(is_ - was) < bounds.moved:
            continue
        word = "NEW" if was == 0 else "LOST" if is_ == 0 else "ROSE" if is_ > was else "FELL"
        text = f"share of {side} {other} {was:.0%}, now {is_:.0%}"
        yield Alert("NEIGHBOURHOOD", f"{side.upper()}_{word}", NEIGHBOUR, text, other, was, is_)


def _shares(partners: Sequence[Row], sides: Sequence[str]) -> dict[tuple[str, str], float]:
    return {(p["side"], p["other"]): p["share"] for p in partners if p["side"] in sides and p["share"]}


def _guarantee_alerts(then: Sequence[Row], now: Sequence[Row]) -> Iterator[Alert]:
    """New guarantees that the firm gives, and guarantees for it that ended."""
    given, backed = ([{p["other"] for p in day if p["side"] == s} for day in (then, now)] for s in _SIDES)
    for other in sorted(given[1] - given[0]):
        yield Alert("NEIGHBOURHOOD", "GUARANTEE_NEW", NEIGHBOUR, f"it guarantees {other} now", other)
    for other in sorted(backed[0] - backed[1]):
        text = f"{other} guarantees it no more"
        yield Alert("NEIGHBOURHOOD", "GUARANTEE_LOST", NEIGHBOUR, text, other)


_SIDES = (GUARANTEES, BACKED)


def _partner_alerts(
    linked: Sequence[Row], now: Sequence[Row], around: NeighbourScores, bounds: AlertBounds
) -> Iterator[Alert]:
    """Firms linked to it that went into default, and those that matter which got worse by a grade and the factor."""
    matter = {p["other"] for p in now if p["side"] == GUARANTEES or (p["share"] or 0.0) >= bounds.main}
    for other in sorted({p["other"] for p in linked}):
        old, new = FirmDay(around.then.get(other)), FirmDay(around.now.get(other))
        if new.state == DEFAULTED and old.state != DEFAULTED:
            text = f"{other} is in default now"
            yield Alert("NEIGHBOURHOOD", "NEIGHBOUR_DEFAULTED", NEIGHBOUR, text, other)
        elif other in matter and _worse(old, new, bounds):
            why = around.moved.get(other, ScoreBridge()).cause
            cause = why if why in (MODEL, UNSEPARATED) else NEIGHBOUR
            text = f"grade of {other} {old.grade}, now {new.grade}"
            yield Alert("NEIGHBOURHOOD", "NEIGHBOUR_GRADE", cause, text, other, old.pd, new.pd)
