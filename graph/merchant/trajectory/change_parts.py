"""The change of a log hazard in parts that add up to it: by indicator of the firm's own data, and by what surrounds it.

The hazard before calibration is own x f + caught, where the context is the factor f. The change of its logarithm is
divided by the logarithmic mean: with L(a, b) = (b - a) / ln(b / a), each summand s has the part (s1 - s0) / L(h0, h1),
and these parts add up to ln(h1 / h0). Calibration is a power of the hazard, which scales all parts alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from supplyrisk.graph.credit.alerts import CAUSES, DATA, NEIGHBOUR

CONTEXT = "context"
CAUGHT = "caught"
LINK_COLUMNS = "link_columns"
"""Codes of parts of the cause `neighbour`: the context effect, the contagion received, and a baseline's columns about
the neighbourhood."""
LATE_ROWS = "late_rows"
"""Code of a part of the cause `data`: rows that were added or corrected after the score was stored."""
MARGIN = "missing_data"
"""Code of a part of the cause `data`: the margin for missing data, which points include."""
REMAINDER = "remainder"
"""Code of a part of the cause `data`: what the members of the ensemble do not share out by indicator."""
_SAME = 1e-9
"""Below this change of a logarithm its ratio to another one is that of the levels."""
_ROUNDED = 1e-12
"""A remainder up to this is of rounding."""
_LEAST = 1e-300
"""What stands for a hazard of 0, which has no logarithm."""


@dataclass(frozen=True)
class ScoreParts:
    """A firm's score as its model computes it.

    Parameters
    ----------
    log_hazard: of the calibrated hazard over the horizon.
    own, context, caught: hazards before calibration; own is the whole one where a baseline scores.
    margins: by own feature its part in the logarithm of the own hazard.
    links_margin: the same of all columns about the neighbourhood.
    values: by feature the firm's value, None where it is missing.
    """

    log_hazard: float
    own: float
    context: float
    caught: float
    margins: Mapping[str, float] = field(default_factory=dict)
    links_margin: float = 0.0
    values: Mapping[str, float | str | None] = field(default_factory=dict)

    @property
    def hazard(self) -> float:
        """The whole hazard before calibration."""
        return max(self.own + self.context + self.caught, _LEAST)


@dataclass(frozen=True)
class ChangePart:
    """A part of a change of log hazard; positive parts raise the risk.

    Parameters
    ----------
    cause: one of CAUSES.
    code: the feature, or CONTEXT, CAUGHT, LINK_COLUMNS, LATE_ROWS, MARGIN or REMAINDER; None for the whole cause.
    log_hazard: its size.
    before, after: values of the feature; None where missing, or where there is no feature.
    """

    cause: str
    code: str | None
    log_hazard: float
    before: float | str | None = None
    after: float | str | None = None


def log_hazard_of(pd: float) -> float:
    """Return ln(-ln(1 - PD)); the PD is clipped to [1e-12, 1 - 1e-12]."""
    return math.log(-math.log1p(-_inside(pd)))


def parts_of_change(before: ScoreParts, after: ScoreParts) -> list[ChangePart]:
    """Divide the change between two scores by one model; the parts add up to the change of log hazard."""
    hazards = [parts.hazard for parts in (before, after)]
    mean = _log_mean(*hazards)
    bases = [max(parts.own + parts.context, _LEAST) for parts in (before, after)]
    weight = _log_mean(*bases) / mean
    own_change = math.log(max(after.own, _LEAST) / max(before.own, _LEAST))
    context_change = math.log(bases[1] / bases[0]) - own_change
    shares: dict[tuple[str, str], float] = {
        (NEIGHBOUR, CONTEXT): weight * context_change,
        (NEIGHBOUR, CAUGHT): (after.caught - before.caught) / mean,
        (NEIGHBOUR, LINK_COLUMNS): weight * (after.links_margin - before.links_margin),
    }
    for name in sorted(before.margins.keys() | after.margins.keys()):
        shares[DATA, name] = weight * (after.margins.get(name, 0.0) - before.margins.get(name, 0.0))
    change = after.log_hazard - before.log_hazard
    uncalibrated = math.log(hazards[1] / hazards[0])
    scale = change / uncalibrated if abs(uncalibrated) > _SAME else 1.0
    parts = [
        ChangePart(cause, code, scale * share, before.values.get(code), after.values.get(code))
        for (cause, code), share in shares.items()
        if share
    ]
    return [*parts, *_remainder(change, parts)]


def parts_of_causes(before: float, after: float, causes: Mapping[str, float]) -> list[ChangePart]:
    """Return the parts of a change between two PDs whose causes are known as parts of the PD, see `change_by_cause`."""
    change = log_hazard_of(after) - log_hazard_of(before)
    # Parts of the PD share the change of log hazard in proportion; where the PD did not move, by the derivative.
    moved = math.fsum(causes.values())
    start = _inside(before)
    ratio = change / moved if abs(moved) > _SAME * start else 1 / (-math.log1p(-start) * (1 - start))
    parts = [ChangePart(cause, None, ratio * causes[cause]) for cause in CAUSES if causes.get(cause)]
    return [*parts, *_remainder(change, parts)]


def whole_change(cause: str, change: float, code: str | None = None) -> list[ChangePart]:
    """One part for a whole change; none for no change."""
    return [ChangePart(cause, code, change)] if change else []


def by_cause(parts: Sequence[ChangePart]) -> dict[str, float]:
    """The sums of parts by cause, in the order of CAUSES; causes without parts are left out."""
    causes = [cause for cause in CAUSES if any(part.cause == cause for part in parts)]
    return {cause: math.fsum(p.log_hazard for p in parts if p.cause == cause) for cause in causes}


def merged_parts(parts: Sequence[ChangePart]) -> list[ChangePart]:
    """Parts with one cause and code as one, with the first `before` and the last `after`."""
    merged: dict[tuple[str, str | None], ChangePart] = {}
    for part in parts:
        known = merged.get((part.cause, part.code))
        if known is None:
            merged[part.cause, part.code] = part
        else:
            total = known.log_hazard + part.log_hazard
            merged[part.cause, part.code] = ChangePart(part.cause, part.code, total, known.before, part.after)
    return list(merged.values())


def _inside(pd: float) -> float:
    """A PD at least 1e-12 away from 0 and 1, where the log hazard is not finite."""
    return min(max(pd, 1e-12), 1 - 1e-12)


def _remainder(change: float, parts: Sequence[ChangePart]) -> list[ChangePart]:
    """What the parts leave of a change."""
    rest = change - math.fsum(part.log_hazard for part in parts)
    return whole_change(DATA, rest, REMAINDER) if abs(rest) > _ROUNDED else []


def _log_mean(first: float, last: float) -> float:
    ratio = math.log(last / first)
    return (last - first) / ratio if abs(ratio) > _SAME else first
