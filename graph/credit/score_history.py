"""The stored scores of one firm: the score of a day, and what a memo shows of earlier days."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.credit.expected_loss import FirmTerms, pd_over_term
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.score_states import INSUFFICIENT
from supplyrisk.graph.schema.source_coverage import DATA_SOURCES, SourceList, age_column
from supplyrisk.graph.workspace.fast_parquet import read_parquet


@dataclass(frozen=True)
class MemoReason:
    """A reason for a score, its share of the hazard, and its text in both languages."""

    code: str
    share: float | None
    text: str
    text_zh: str


@dataclass(frozen=True)
class CaughtFrom:
    """A neighbour that a firm receives contagion from: hazard and share of the firm's hazard."""

    id: str
    link: str
    caught: float
    share: float


@dataclass(frozen=True)
class EarlierScore:
    """The score of an earlier day; it has no PD and no grade where too little was known of the firm.

    horizon_days: days of its PD, which may differ from those of other days; None in memos of earlier versions.
    """

    as_of: date
    pd: float | None
    grade: str | None
    state: str
    model: str
    horizon_days: int | None = None


@dataclass(frozen=True)
class ScoreFigures:
    """The figures of a score, None where there is no PD.

    pd_low, pd_high: the range over the ensemble. worst_grade: the worst grade that the evidence allows; None where
    nothing is stated. evidence: label of the firm's `EvidenceClass`. pd_grade: grade by the PD alone. margin: factor
    of the hazard that grade and points include for missing data. margin_for: what is missing, joined by |. Scores of
    earlier versions have none of the last three.
    """

    pd: float | None
    pd_low: float | None
    pd_high: float | None
    grade: str | None
    worst_grade: str | None
    evidence: str | None
    points: float | None
    own: float | None
    context: float | None
    caught: float | None
    state: str
    model: str
    pd_grade: str | None = field(default=None, kw_only=True)
    margin: float | None = field(default=None, kw_only=True)
    margin_for: str | None = field(default=None, kw_only=True)

    @property
    def hazard(self) -> float | None:
        """own + context + caught; None where a baseline scored the firm or it is in default."""
        if self.own is None or self.context is None or self.caught is None:
            return None
        return self.own + self.context + self.caught


@dataclass(frozen=True)
class StoredScore(ScoreFigures):
    """The score of a firm on a day.

    pd_low_90, pd_high_90: 90 % interval for the true PD. synthetic_model: whether the model was trained on synthetic
    data. terms: how the hazard depends on the term. unlisted: whether the firm is only known as a partner of others;
    its coverage is 0. roles: joined by |. coverage_model: the model's coverage alone, and source_ages: days since the
    last row of each source (None: none); files of earlier versions have neither.
    """

    as_of: date
    pd_low_90: float | None
    pd_high_90: float | None
    coverage: float
    degraded: bool
    synthetic_model: bool
    reasons: tuple[MemoReason, ...]
    caught_from: tuple[CaughtFrom, ...]
    terms: FirmTerms
    unlisted: bool = False
    roles: str | None = None
    coverage_model: float | None = None
    source_ages: Mapping[str, float | None] = field(default_factory=dict)

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> StoredScore:
        """Return the score of a row of a score file; files of earlier versions lack some of the columns."""
        computed = ("reasons", "caught_from", "terms", "synthetic_model", "unlisted", "source_ages")
        # the score of an unlisted firm has no coverage, also where its state is that it is in default
        unlisted = "coverage" in row and row["coverage"] is None
        plain: dict[str, Any] = {
            part.name: row.get(part.name) for part in fields(cls) if part.name not in computed
        }
        plain["coverage"] = 0.0 if unlisted else row.get("coverage")
        return cls(
            **plain,
            unlisted=unlisted,
            synthetic_model=bool(row.get("synthetic_model")),
            reasons=tuple(_reason(reason) for reason in row["reasons"] or ()),
            caught_from=tuple(
                CaughtFrom(other["id"], other["link"], other["caught"], other["share"])
                for other in row["neighbours"] or ()
            ),
            terms=FirmTerms.of_row(row),
            source_ages={
                source: row[age_column(source)] for source in DATA_SOURCES if age_column(source) in row
            },
        )

    @property
    def insufficient(self) -> bool:
        """Whether too little is known of the firm for a grade."""
        return self.state == INSUFFICIENT

    @property
    def shown_pd(self) -> float | None:
        """The PD outside files: None also where too little is known of the firm."""
        return None if self.insufficient else self.pd

    def coverage_by(self, sources: SourceList) -> float:
        """Return its coverage where the data are measured by a lending policy's list of sources."""
        if self.coverage_model is None or not self.source_ages:
            return self.coverage
        return min(self.coverage_model, sources.coverage_of(self.roles, self.source_ages))

    def without_pd(self) -> StoredScore:
        """Return it without PD, grade, points, parts and reasons: too little is known of the firm to show them."""
        figures = ("pd", "pd_low", "pd_high", "pd_low_90", "pd_high_90", "own", "context", "caught")
        blank = dict.fromkeys((*figures, "grade", "points", "pd_grade", "margin", "margin_for"))
        return replace(self, reasons=(), **blank)  # type: ignore[arg-type]

    @property
    def caught_share(self) -> float | None:
        """Share of the hazard that is contagion received; None where the hazard has no parts."""
        return self.caught / self.hazard if self.hazard and self.caught is not None else None

    def over_term(self, pd: float | None, days: int) -> float | None:
        """Return a PD of this score, or an end of its range or interval, over a term; None where it is None."""
        return None if pd is None else pd_over_term(pd, days, self.terms)


def _reason(row: Mapping[str, Any]) -> MemoReason:
    # Scores of earlier versions have one text only; it stands for both.
    text = row["text"]
    return MemoReason(row["code"], row["share"], row.get("text_en") or text, row.get("text_zh") or text)


@dataclass(frozen=True)
class ScoreHistory:
    """A firm's score of a day, and those of earlier days, oldest first."""

    score: StoredScore
    earlier: tuple[EarlierScore, ...]


def score_history_of(files: Sequence[Path], firm_id: str, as_of: date) -> ScoreHistory:
    """Return a firm's score of a day with those of earlier days.

    Parameters
    ----------
    files: the workspace's score files, one per day and named after it.

    Raises
    ------
    DataError: the firm has no score of that day.
    """
    days = {date.fromisoformat(path.stem): path for path in files}
    today = _rows_of(days[as_of], firm_id) if as_of in days else []
    if not today:
        raise DataError(f"firm {firm_id} has no score as of {as_of}", remedy="run scgraph score")
    # Earlier days are read for a few columns only; the files have over a hundred.
    names = [part.name for part in fields(EarlierScore)]
    earlier = [_rows_of(days[day], firm_id, names) for day in sorted(days) if day < as_of]
    scores = [_earlier(row) for rows in earlier for row in rows]
    return ScoreHistory(StoredScore.of_row(today[0]), tuple(scores))


def stored_scores(path: Path, firm_ids: Collection[str]) -> dict[str, StoredScore]:
    """Return the scores of some firms in a score file, by firm_id; firms without a score are left out."""
    if not firm_ids:
        return {}
    table = read_parquet(path)
    ids = pa.array(sorted(firm_ids), pa.string())
    rows = table.filter(pc.is_in(table["firm_id"], value_set=ids)).to_pylist()
    return {row["firm_id"]: StoredScore.of_row(row) for row in rows}


def _earlier(row: Mapping[str, Any]) -> EarlierScore:
    score = EarlierScore(*(row[part.name] for part in fields(EarlierScore)))
    return replace(score, pd=None, grade=None) if score.state == INSUFFICIENT else score


def _rows_of(path: Path, firm_id: str, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the rows of one firm in a score file: one or none."""
    table = read_parquet(path, None if columns is None else ["firm_id", *columns])
    return list(table.filter(pc.equal(table["firm_id"], firm_id)).to_pylist())
