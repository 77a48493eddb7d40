"""Scores: one row per firm of a snapshot, and a ranking of the firms that pass on the most hazard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.baseline_registry import SEPARATING
from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.data.feature_profile import FeatureReport, feature_reports
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.explain.evidence import (
    NEIGHBOUR,
    HeaviestNeighbours,
    ScoreEvidence,
    caught_by,
    caught_pairs,
    heaviest_neighbours,
    neighbours_of,
)
from supplyrisk.gnn.explain.reason_ranking import reasons_of
from supplyrisk.gnn.explain.reasons import Reason
from supplyrisk.gnn.firm_coverage import FirmCoverage
from supplyrisk.gnn.grade_columns import grade_columns
from supplyrisk.gnn.grades import BOUNDS
from supplyrisk.gnn.risk_model import RiskModel, SnapshotHazards
from supplyrisk.gnn.score_bounds import interval_pds, stated_worst_grades
from supplyrisk.gnn.score_order import in_order, score_order
from supplyrisk.gnn.term_structure import TermStructure
from supplyrisk.graph import (
    DEFAULTED,
    INSUFFICIENT,
    LANGUAGES,
    SCORED,
    TERM_DAYS,
    TERM_OBSERVED_DAYS,
    UNLISTED,
    DefaultDefinition,
    ModelError,
    Snapshot,
    evidence_of,
    pd_column,
)
from supplyrisk.graph.credit import ScoreFigures
from supplyrisk.graph.schema.expert_mark import scored_by_expert

Matrix = NDArray[np.float64]
_IS_LISTED = pc.is_valid(pc.field("coverage"))


@dataclass(frozen=True)
class ScoredFirm(ScoreFigures):
    """The score of one firm: a row of `Scores.firms`. term_pds: PD by term of TERM_DAYS. coverage: None if unlisted."""

    firm_id: str
    name: str | None
    as_of: date | None
    horizon_days: int | None
    pd_low_90: float | None
    pd_high_90: float | None
    coverage: float | None
    coverage_model: float | None
    coverage_data: float | None
    reasons: tuple[Reason, ...]
    term_pds: Mapping[str, float]

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> ScoredFirm:
        """Read a row of the table."""
        nested = ("reasons", "term_pds")
        values: dict[str, Any] = {
            field.name: row.get(field.name) for field in fields(cls) if field.name not in nested
        }
        values["reasons"] = tuple(
            Reason(reason["code"], reason["text"], reason["share"]) for reason in row.get("reasons") or ()
        )
        values["term_pds"] = {term: row.get(pd_column(term)) for term in TERM_DAYS}
        return cls(**values)


@dataclass(frozen=True)
class Scores:
    """Scores of a snapshot.

    Parameters
    ----------
    as_of, horizon_days: of the snapshot; both None for undated data, the latter also where the model detects.
    model: "name/candidate".
    candidate: the model that scores: the network, a baseline or the expert scorecard.
    synthetic: whether the data are synthetic.
    synthetic_model: whether the model was trained on synthetic data.
    absent: tables that the training data had and the snapshot lacks.
    features: how each feature differs from training, the largest PSI first.
    identified: whether caught may be read as contagion, see the model card.
    default_definition: what counts as a default: what the PD is about.
    base_rate: the base rate that was requested; None: that of the calibration.
    terms: how the PD depends on the term; None where the outcomes have no day.
    labels_as_of: ISO day by which the outcomes that the model learned are known, where these have no day. A PD then
        says how much a firm looks like those that had defaulted by that day: detection, not prediction.
    firms: one row per firm, by PD, highest first; then those of state `insufficient`, which have a PD but neither grade
        nor points; firms in default and unlisted firms last, which have no figures.
        Columns: firm_id, name, roles, as_of, horizon_days;
        pd; pd_low, pd_high (range over the ensemble); pd_low_90, pd_high_90 (see `pd_interval`; null for undated
        data); all four null where the expert scorecard scores: it is no ensemble, and no interval is known for it;
        pd_30, pd_90, pd_180, pd_360, pd_lifetime (PD over the terms of TERM_DAYS; null for undated data);
        term_observed_days (longest term that was observed when these were fitted; null where they were not);
        own, context, caught (hazards that sum to -log(1 - pd); null where a baseline scores); base_pd
        (1 - exp(-(own + context)), or the PD by the baseline on own columns); points, grade, worst_grade (the worst
        grade that the evidence allows, see `worst_grades`; null where nothing is stated), graded_pd (the PD with the
        margins for missing data, which points and grade rest on), pd_grade (the grade by the PD alone), margin (factor
        of the hazard, 1 without missing data), margin_for (what is missing, joined by |, see `FirmMargins`; null
        without a margin), evidence (label of the firm's class, see `EvidenceClass`; null without a PD); the columns of
        `FirmCoverage`; state, reasons, neighbours, model, base_rate, degraded, synthetic_model.
    spreaders: firm_id, name, passes_on (hazard that others catch from the firm, summed), reaches (number of those
        others), state, model; always by the network, or by an expert model's prior transmissions.
    """

    as_of: date | None
    horizon_days: int | None
    model: str
    candidate: str
    synthetic: bool
    synthetic_model: bool
    absent: tuple[str, ...]
    features: tuple[FeatureReport, ...]
    identified: bool
    default_definition: DefaultDefinition
    base_rate: float | None
    terms: TermStructure | None
    labels_as_of: str | None
    firms: pa.Table
    spreaders: pa.Table

    def riskiest(self, top: int) -> list[ScoredFirm]:
        """The listed firms with the highest PDs; those in default last."""
        # coverage is null for unlisted firms alone, which have no PD and come last
        listed = self.firms if self.listed == self.firms.num_rows else self.firms.filter(_IS_LISTED)
        return [ScoredFirm.of_row(row) for row in listed.slice(0, top).to_pylist()]

    @property
    def listed(self) -> int:
        """Number of firms that are not unlisted."""
        return int(self.firms.num_rows - self.firms["coverage"].null_count)

    def firm(self, firm_id: str) -> ScoredFirm:
        """The score of one firm."""
        [row] = self.firms.filter(pc.equal(self.firms["firm_id"], firm_id)).to_pylist()
        return ScoredFirm.of_row(row)

    @property
    def expert(self) -> bool:
        """Whether the expert scorecard scores: its effects are stated, not learned."""
        return scored_by_expert(self.model)

    @property
    def records_features(self) -> bool:
        """Whether the model records the training distribution of its features."""
        return all(report.trained_coverage is not None for report in self.features)

    @property
    def degraded_features(self) -> tuple[str, ...]:
        """Features that the model was trained with and of which no firm has a value, by name."""
        return tuple(sorted(report.feature for report in self.features if report.lacking))

    @property
    def degraded(self) -> bool:
        """Whether a table or a feature that the model was trained with is missing."""
        return bool(self.absent or self.degraded_features)


def score(  # noqa: PLR0913 - the options of one public call, keywords with defaults
    model: RiskModel,
    snapshot: Snapshot,
    *,
    use: str | None = None,
    base_rate: float | None = None,
    bounds: tuple[float, ...] = BOUNDS,
    computed: SnapshotHazards | None = None,
    lang: str = "en",
) -> Scores:
    """Score every firm of a snapshot.

    Parameters
    ----------
    model: the trained model.
    snapshot: built with the model's horizon and definition of default.
    use: one of the model's candidates instead of the champion.
    base_rate: expected share of failures where the model is used, if it differs from the calibration set's.
    bounds: upper bounds of the grades, see `grade`.
    computed: result of `model.parts(snapshot)`, if it has been computed already.
    lang: language of the reasons, "en" or "zh".

    Raises
    ------
    ModelError: another horizon than the model's, data whose outcomes have days for a model of outcomes without days or
        the reverse, an unknown candidate or language.
    """
    if lang not in LANGUAGES:
        raise ModelError(f"there are no reasons in {lang!r}", " or ".join(LANGUAGES))
    candidate = model.candidate(use)
    _require_same_outcome(model, snapshot)
    hazards = computed or model.parts(snapshot)
    factor = model.calibrations[candidate].factor(hazards.parts.hazard(candidate), base_rate)
    evidence = ScoreEvidence(hazards.graph, hazards.parts, candidate, factor, lang)
    firms = _firms(model, snapshot, evidence, base_rate, bounds)
    features = feature_reports(model.encoder, model.features, snapshot, hazards.graph.x[hazards.graph.listed])
    absent = model.encoder.absent_sources(snapshot)
    degraded = bool(absent) or any(report.lacking for report in features)
    return Scores(
        as_of=snapshot.as_of,
        horizon_days=snapshot.horizon_days,
        model=f"{model.name}/{candidate}",
        candidate=candidate,
        synthetic=snapshot.info.synthetic,
        synthetic_model=model.synthetic,
        absent=absent,
        features=features,
        identified=bool(model.card.get("caught_identified")),
        default_definition=model.default_definition,
        base_rate=base_rate,
        terms=model.term_structure(candidate, base_rate),
        labels_as_of=model.labels_as_of,
        firms=_with_marks(
            firms,
            {"degraded": degraded, "synthetic_model": model.synthetic},
        ),
        spreaders=_spreaders(model, snapshot, hazards, base_rate, firms),
    )


def _require_same_outcome(model: RiskModel, snapshot: Snapshot) -> None:
    """Raise ModelError where the outcomes of a model's training data and of a snapshot are of different kinds."""
    detects = model.labels_as_of is not None
    labelled = snapshot.info.labels_as_of is not None
    if (snapshot.horizon_days, labelled) == (model.horizon_days, detects):
        return
    remedy = "score with the horizon that the model was trained for, or train another"
    if detects:
        remedy = "state as_of under [labels] in the mapping of these data and load them again, or train another model"
    elif labelled:
        remedy = "train a model on these data"
    raise ModelError(
        f"the model's horizon is {_horizon(model.horizon_days, detects)}, the snapshot's "
        f"{_horizon(snapshot.horizon_days, labelled)}",
        remedy=remedy,
    )


def _horizon(days: int | None, labelled: bool) -> str:
    if days is not None:
        return f"{days} days"
    return "none (outcomes known by a day, without days)" if labelled else "none (undated)"


def _firms(
    model: RiskModel,
    snapshot: Snapshot,
    evidence: ScoreEvidence,
    base_rate: float | None,
    bounds: tuple[float, ...],
) -> pa.Table:
    candidate = evidence.candidate
    parts = evidence.parts
    factor = evidence.factor
    alive = evidence.graph.scored
    separated = candidate in SEPARATING
    has_range = alive & (not model.expert)
    member_pd = pd_of(model.calibrations[candidate].apply(parts.member_hazards(candidate), base_rate))
    hazard = parts.hazard(candidate) * factor
    pd_ = pd_of(hazard)
    low_90, high_90 = (_where(has_range & model.dated, p) for p in interval_pds(model, evidence, base_rate))
    known = pc.if_else(pa.array(alive), evidence_of(snapshot), pa.scalar(None, pa.string()))
    coverage = FirmCoverage.of(model, candidate, snapshot, evidence.graph)
    margins = model.firm_margins(candidate, snapshot)
    sufficient = alive & coverage.sufficient
    worst = stated_worst_grades(model, evidence, base_rate, known, bounds)
    near = heaviest_neighbours(evidence) if separated else None
    ids = snapshot.firms.column("firm_id")
    # Firms of which too little is known come after the graded ones: their PD says nothing about their rank.
    order = score_order(_where(alive, pd_), ids, first=sufficient)
    columns = {
        "firm_id": ids,
        "name": snapshot.firms.column("name"),
        "roles": snapshot.firms.column("roles"),
        "as_of": pa.repeat(pa.scalar(snapshot.as_of, pa.date32()), len(pd_)),
        "horizon_days": pa.repeat(pa.scalar(snapshot.horizon_days, pa.int64()), len(pd_)),
        "pd": _where(alive, pd_),
        # The PD of the mean hazard lies between the members' PDs, but for rounding.
        "pd_low": _where(has_range, np.minimum(member_pd.min(0), pd_)),
        "pd_high": _where(has_range, np.maximum(member_pd.max(0), pd_)),
        "pd_low_90": low_90,
        "pd_high_90": high_90,
        **_term_pds(model.term_structure(candidate, base_rate), hazard, alive),
        **{n: _where(alive & separated, getattr(parts, n) * factor) for n in ("own", "context", "caught")},
        "base_pd": _where(alive, _base_pd(model, evidence, base_rate)),
        **grade_columns(hazard, margins, worst, sufficient, bounds),
        "evidence": known,
        **coverage.columns(),
        "state": pa.array(_states(evidence.graph, coverage)),
        "reasons": reasons_of(model, snapshot, evidence, near, order.to_numpy().astype(np.int64)),
        "neighbours": _neighbours(snapshot, evidence, near),
        "model": pa.repeat(f"{model.name}/{candidate}", len(pd_)),
        "base_rate": pa.repeat(pa.scalar(base_rate, pa.float64()), len(pd_)),
    }
    return in_order(columns, order, frozenset({"reasons"}))


def _with_marks(firms: pa.Table, marks: Mapping[str, bool]) -> pa.Table:
    """The table with columns that are the same for all firms, so that files without a head state them too."""
    for name, mark in marks.items():
        firms = firms.append_column(name, pa.repeat(mark, firms.num_rows))
    return firms


def _neighbours(snapshot: Snapshot, evidence: ScoreEvidence, near: HeaviestNeighbours | None) -> pa.Array:
    """Null for firms without a score, and for all firms where a baseline scores: it has no caught part."""
    if near is None:
        return pa.nulls(evidence.graph.firms, pa.list_(NEIGHBOUR))
    return neighbours_of(snapshot, evidence, near)


def _where(keep: NDArray[np.bool_] | np.bool_, values: Matrix) -> pa.Array:
    return pa.array(values, pa.float64(), mask=~np.broadcast_to(keep, values.shape))


def _term_pds(terms: TermStructure | None, hazard: Matrix, alive: NDArray[np.bool_]) -> dict[str, pa.Array]:
    """PDs by term, and the longest term that was observed in fitting them, by the name of the column."""
    if terms is None:
        empty = {pd_column(term): pa.nulls(len(hazard), pa.float64()) for term in TERM_DAYS}
        return empty | {TERM_OBSERVED_DAYS: pa.nulls(len(hazard), pa.int64())}
    observed = terms.observed_days if terms.fitted else None
    columns = {pd_column(term): _where(alive, terms.pd(hazard, days)) for term, days in TERM_DAYS.items()}
    return columns | {TERM_OBSERVED_DAYS: pa.repeat(pa.scalar(observed, pa.int64()), len(hazard))}


def _base_pd(model: RiskModel, evidence: ScoreEvidence, base_rate: float | None) -> Matrix:
    """PD without contagion: it seeds contagion models, which must not count contagion twice."""
    parts = evidence.parts
    if evidence.candidate in SEPARATING:
        return pd_of((parts.own + parts.context) * evidence.factor)
    # The first baseline without contagion: the one that scores, if it is such a one.
    names = (evidence.candidate, *model.baselines)
    own_only = next(name for name in names if model.baselines[name].own_only)
    return pd_of(model.calibrations[own_only].apply(parts.baselines[own_only], base_rate))


def _spreaders(
    model: RiskModel,
    snapshot: Snapshot,
    hazards: SnapshotHazards,
    base_rate: float | None,
    firms: pa.Table,
) -> pa.Table:
    """For each firm the hazard that its direct neighbours catch from it, summed over those not yet in default.

    firms: the table of scores, which states the firms' states.
    """
    graph = hazards.graph
    candidate = model.separating
    factor = model.calibrations[candidate].factor(hazards.parts.hazard(candidate), base_rate)
    evidence = ScoreEvidence(graph, hazards.parts, candidate, factor)
    pairs = caught_pairs(evidence)
    # Persons transmit too, but the ranking is of firms, which are numbered first.
    pairs = pairs[graph.links.pair_source.numpy()[pairs] < graph.firms]
    source = graph.links.pair_source.numpy()[pairs]
    ids = snapshot.firms.column("firm_id")
    table = {
        "firm_id": ids,
        "name": snapshot.firms.column("name"),
        "passes_on": pa.array(np.bincount(source, caught_by(evidence, pairs), minlength=graph.firms)),
        "reaches": pa.array(np.bincount(source, minlength=graph.firms)),
        "state": firms["state"].take(pc.index_in(ids, value_set=firms["firm_id"])),
        "model": pa.repeat(f"{model.name}/{candidate}", graph.firms),
    }
    return in_order(table, score_order(table["passes_on"], ids))


def _states(graph: PanelGraph, coverage: FirmCoverage) -> NDArray[np.str_]:
    """State of each firm; a default is known however little else is."""
    listed = np.where(coverage.sufficient, SCORED, INSUFFICIENT)
    return np.where(graph.defaulted, DEFAULTED, np.where(graph.listed, listed, UNLISTED))
