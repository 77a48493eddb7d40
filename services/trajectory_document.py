"""The trajectory of a shop as a typed document: for the risk team, and for the shop itself."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from supplyrisk.graph import LANGUAGES, Words, document_json, read_texts
from supplyrisk.graph.credit import CAUSES, MODEL, UNSEPARATED
from supplyrisk.graph.credit.alerts import NEIGHBOUR
from supplyrisk.graph.credit.score_attribution import CAUSE_COLUMNS
from supplyrisk.graph.merchant import ENVIRONMENT, reason_of_feature
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.trajectory_in_force import ForcePoint
from supplyrisk.services.trajectory_limits import ShopLimit

STORED = "stored"
RESCORED = "rescored"
"""Sources of a week's score: a stored run, or the present model now."""
INDICATORS = "indicators"
BY_CAUSE = "causes"
"""How a change was divided: computed again, own data by indicator; or from stored scores, by cause alone."""
OTHER = "OTHER"
"""Code, for the shop, of own data that no reason names."""

WEEK_SCHEMA = pa.schema(
    [("ends_on", pa.date32()), ("scored_on", pa.date32()), ("source", pa.string()), ("model", pa.string())]
    + [("state", pa.string()), ("grade", pa.string()), ("pd", pa.float64()), ("points", pa.float64())]
    + [("change", pa.float64())]
    + [(column, pa.float64()) for column in CAUSE_COLUMNS]
)
"""Columns of `TrajectoryResult.table`: points, their change, and the change by cause (`moved_by_...`)."""


def trajectory_words(key: str) -> Words:
    """Return a text of trajectories in both languages."""
    return Words(*(read_texts("supplyrisk.graph.texts", "trajectory", lang)[key] for lang in LANGUAGES))


@dataclass(frozen=True)
class PointsPart:
    """A part of a change of points; parts below 0 lower the score.

    cause: one of CAUSES. code: the indicator, or what of the neighbours; None for the whole cause. log_hazard: the same
    part of the change of log hazard. before, after: values of the indicator.
    """

    cause: str
    code: str | None
    name: Words
    points: float
    log_hazard: float
    before: float | str | None = None
    after: float | str | None = None


@dataclass(frozen=True)
class WeekChange:
    """The change of points since another week; the parts add up to it.

    method: INDICATORS, or BY_CAUSE. parts: the largest first.
    """

    since: date
    points: float
    log_hazard: float
    method: str
    parts: tuple[PointsPart, ...]

    def by_cause(self) -> dict[str, float]:
        """The change of points by cause, every one of CAUSES."""
        return {cause: math.fsum(p.points for p in self.parts if p.cause == cause) for cause in CAUSES}


@dataclass(frozen=True)
class TrajectoryWeek:
    """A week of a shop; without a score where none is stored or the shop has no PD.

    ends_on: its last day. scored_on: the day of the score. source: STORED or RESCORED.
    digest: of the model's files. margin: factor of the hazard that points and grade include for missing data.
    """

    ends_on: date
    scored_on: date | None = None
    source: str | None = None
    model: str | None = None
    digest: str | None = None
    state: str | None = None
    grade: str | None = None
    pd: float | None = None
    points: float | None = None
    change: WeekChange | None = None
    margin: float | None = None


@dataclass(frozen=True)
class ShopReason:
    """What a change of points comes from, as a shop may be told.

    code: one of `REASON_CODES`, ENVIRONMENT, OTHER, MODEL or UNSEPARATED.
    """

    code: str
    text: Words
    points: float


@dataclass(frozen=True)
class ShopWeek:
    """A week as a shop may see it: points, grade, and the reasons of the change, the largest first."""

    ends_on: date
    points: float | None
    grade: str | None
    change: float | None
    reasons: tuple[ShopReason, ...]


@dataclass(frozen=True)
class ShopTrajectory:
    """The weekly points of a shop as it may see them, oldest first."""

    firm_id: str
    as_of: date
    weeks: tuple[ShopWeek, ...]
    synthetic: bool

    def to_json(self) -> Document:
        """The trajectory as a JSON document with a row per week."""
        about: Document = {"as_of": self.as_of, "synthetic": self.synthetic}
        return document("shop_trajectory", self.weeks, about=about, firm_id=self.firm_id)


@dataclass(frozen=True)
class TrajectoryResult(TableResult):
    """The weekly points of a shop, oldest first.

    limits: its limits with a lender, oldest first; in_force: those in force; None where no lender was named.
    """

    firm_id: str
    name: str | None
    as_of: date
    weeks: tuple[TrajectoryWeek, ...]
    synthetic: bool
    synthetic_model: bool
    notes: tuple[str, ...]
    limits: tuple[ShopLimit, ...] | None = None
    in_force: tuple[ForcePoint, ...] | None = None

    @property
    def model(self) -> str | None:
        """The scorer of the last week with a score."""
        return next((week.model for week in reversed(self.weeks) if week.model), None)

    def table(self) -> pa.Table:
        """A row per week: WEEK_SCHEMA."""
        rows = []
        for week in self.weeks:
            row = {name: getattr(week, name) for name in WEEK_SCHEMA.names if hasattr(week, name)}
            change: Mapping[str, float | None] = {"change": None}
            if week.change is not None:
                causes = week.change.by_cause()
                change = {"change": week.change.points}
                change |= {column: causes[cause] for column, cause in CAUSE_COLUMNS.items()}
            rows.append({**row, **change})
        return pa.Table.from_pylist(rows, schema=WEEK_SCHEMA)

    def head(self) -> Document:
        """The document without its rows."""
        about: Document = {
            "as_of": self.as_of,
            "model": self.model,
            "synthetic": self.synthetic,
            "synthetic_model": self.synthetic_model,
        }
        return document(
            "trajectory",
            [],
            about=about,
            firm_id=self.firm_id,
            name=self.name,
            limits=self.limits,
            in_force=self.in_force,
            notes=self.notes,
        )

    def to_json(self, top: int | None = None) -> Document:
        """The trajectory as a JSON document with a row per week; top cuts the rows."""
        return self.head() | {"rows": document_json(self.weeks[:top])}

    def shop_document(self) -> ShopTrajectory:
        """Return the trajectory as the shop may see it."""
        return ShopTrajectory(self.firm_id, self.as_of, self.for_shop(), self.synthetic)

    def for_shop(self) -> tuple[ShopWeek, ...]:
        """The weeks as the shop may see them: no PD, no partner, and all that surrounds it as one reason."""
        return tuple(_shop_week(week) for week in self.weeks)


def _shop_week(week: TrajectoryWeek) -> ShopWeek:
    if week.points is None or week.change is None:
        return ShopWeek(week.ends_on, week.points, week.grade, None, ())
    totals: dict[str, list[float]] = defaultdict(list)
    for part in week.change.parts:
        totals[_shop_code(part)].append(part.points)
    reasons = [ShopReason(code, _shop_words(code), math.fsum(points)) for code, points in totals.items()]
    reasons.sort(key=lambda reason: (-abs(reason.points), reason.code))
    return ShopWeek(week.ends_on, week.points, week.grade, week.change.points, tuple(reasons))


def _shop_code(part: PointsPart) -> str:
    if part.cause == NEIGHBOUR:
        return ENVIRONMENT
    if part.cause in (MODEL, UNSEPARATED):
        return part.cause.upper()
    code = None if part.code is None else reason_of_feature(part.code)
    return code or OTHER


def _shop_words(code: str) -> Words:
    own = {
        ENVIRONMENT: "environment",
        OTHER: "other",
        MODEL.upper(): "model",
        UNSEPARATED.upper(): "unseparated",
    }
    return trajectory_words(f"shop.{own[code]}" if code in own else f"group.{code}")


def largest_first(parts: Sequence[PointsPart]) -> tuple[PointsPart, ...]:
    """Parts by size, of equal ones by cause and code."""
    return tuple(sorted(parts, key=lambda part: (-abs(part.points), part.cause, part.code or "")))
