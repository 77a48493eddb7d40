"""Scores: what a model says of every firm of a snapshot, and who passes on the most."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from supplyrisk.gnn.calibration import pd_of
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
from supplyrisk.gnn.explain.reason_texts import LANGUAGES
from supplyrisk.gnn.grades import BOUNDS, all_points, grades
from supplyrisk.gnn.pd_interval import pd_interval
from supplyrisk.gnn.risk_model import BOOSTED_OWN, CANDIDATES, NETWORK, HazardParts, RiskModel
from supplyrisk.graph import ModelError, Snapshot

Matrix = NDArray[np.float64]

THIN_COVERAGE = 0.25
"""Below this coverage a firm's state is `insufficient`: its PD is shown, and rests on next to nothing."""


@dataclass(frozen=True)
class Scores:
    """One row per firm, and the list of who passes on the most.

    firms: firm_id, as_of, horizon_days, pd, pd_low, pd_high (range over the ensemble), pd_low_90, pd_high_90 (see
    `interval`; null for undated data), own, context, caught (hazards that sum to -log(1 - pd); null where a control is
    champion), base_pd (1 - exp(-(own + context)), or the own-features control's), points, grade, coverage, state,
    reasons, neighbours, model, base_rate, degraded, sorted by PD, highest first, firms in default last.
    spreaders: firm_id, passes_on (the hazard that others catch from it, summed), reaches (how many catch from it),
    always from the network.

    base_rate is the share that was asked for, null where that of the calibration slice stands. default_kinds are the
    kinds of events that the PD is about.
    """

    as_of: date | None
    horizon_days: int | None
    model: str
    candidate: str
    synthetic: bool
    absent: tuple[str, ...]
    identified: bool
    default_kinds: tuple[str, ...]
    base_rate: float | None
    firms: pa.Table
    spreaders: pa.Table

    @property
    def degraded(self) -> bool:
        """Whether a source that the model was trained with is absent."""
        return bool(self.absent)


def score(  # noqa: PLR0913 - keywords, each with a default
    model: RiskModel,
    snapshot: Snapshot,
    *,
    use: str | None = None,
    base_rate: float | None = None,
    bounds: tuple[float, ...] = BOUNDS,
    computed: tuple[PanelGraph, HazardParts] | None = None,
    lang: str = "en",
) -> Scores:
    """Score every firm of a snapshot.

    use: "network", "boosted-own" or "boosted-neighbours" instead of the champion; base_rate: the share that is
    expected to fail where the model is used, if it differs from the calibration slice; bounds: see `grade`; seen: what
    `model.parts(snapshot)` gave, where that was asked for already; lang: the language of the reasons, "en" or "zh".

    Raises
    ------
    ModelError: a model of another horizon or of (un)dated data, or a contender that does not exist.
    """
    if lang not in LANGUAGES:
        raise ModelError(f"there are no reasons in {lang!r}", " or ".join(LANGUAGES))
    contender = use or model.champion
    if contender not in CANDIDATES:
        raise ModelError(f"no contender is called {contender}", " or ".join(CANDIDATES))
    if snapshot.horizon_days != model.horizon_days:
        raise ModelError(
            f"the model's horizon is {_horizon(model.horizon_days)}, the snapshot's {_horizon(snapshot.horizon_days)}",
            remedy="score with the horizon that the model was trained for, or train another",
        )
    graph, parts = computed or model.parts(snapshot)
    factor = model.calibrations[contender].factor(parts.hazard(contender), base_rate)
    return Scores(
        as_of=snapshot.as_of,
        horizon_days=snapshot.horizon_days,
        model=f"{model.name}/{contender}",
        candidate=contender,
        synthetic=snapshot.info.synthetic,
        absent=model.encoder.absent_sources(snapshot),
        identified=bool(model.card.get("caught_identified")),
        default_kinds=model.default_kinds,
        base_rate=base_rate,
        firms=_firms(
            model, snapshot, ScoreEvidence(graph, parts, contender, factor, lang), base_rate, bounds
        ),
        spreaders=_spreaders(model, snapshot, graph, parts, base_rate),
    )


def _horizon(days: int | None) -> str:
    return "none (undated)" if days is None else f"{days} days"


def _firms(
    model: RiskModel,
    snapshot: Snapshot,
    seen: ScoreEvidence,
    base_rate: float | None,
    bounds: tuple[float, ...],
) -> pa.Table:
    parts, factor, alive = seen.parts, seen.factor, ~seen.graph.defaulted
    network = seen.candidate == NETWORK
    spread = model.calibrations[seen.candidate].apply(parts.member_hazards(seen.candidate), base_rate)
    pd_ = pd_of(parts.hazard(seen.candidate) * factor)
    low, high = (_where(alive & model.dated, p) for p in _interval(model, seen, base_rate))
    coverage = np.asarray(snapshot.firms.column("coverage").to_numpy(), dtype=float)
    near = heaviest_neighbours(seen) if network else None
    ids = snapshot.firms.column("firm_id")
    order = _order(_where(alive, pd_), ids)
    columns = {
        "firm_id": ids,
        "name": snapshot.firms.column("name"),
        "as_of": pa.repeat(pa.scalar(snapshot.as_of, pa.date32()), len(pd_)),
        "horizon_days": pa.repeat(pa.scalar(snapshot.horizon_days, pa.int64()), len(pd_)),
        "pd": _where(alive, pd_),
        "pd_low": _where(alive, np.minimum(pd_of(spread).min(0), pd_)),
        "pd_high": _where(alive, np.maximum(pd_of(spread).max(0), pd_)),
        "pd_low_90": low,
        "pd_high_90": high,
        **{n: _where(alive & network, getattr(parts, n) * factor) for n in ("own", "context", "caught")},
        "base_pd": _where(alive, _base_pd(model, parts, network, factor, base_rate)),
        "points": _where(alive, all_points(pd_)),
        "grade": pa.array(grades(pd_, bounds), pa.string(), mask=~alive),
        "coverage": pa.array(coverage),
        "state": pa.array(
            np.where(~alive, "defaulted", np.where(coverage < THIN_COVERAGE, "insufficient", "scored"))
        ),
        "reasons": reasons_of(model, snapshot, seen, near, order.to_numpy().astype(np.int64)),
        "neighbours": _neighbours(snapshot, seen, near),
        "model": pa.repeat(f"{model.name}/{seen.candidate}", len(pd_)),
        "base_rate": pa.repeat(pa.scalar(base_rate, pa.float64()), len(pd_)),
        "degraded": pa.repeat(bool(model.encoder.absent_sources(snapshot)), len(pd_)),
    }
    return _sorted(columns, order, frozenset({"reasons"}))


def _neighbours(snapshot: Snapshot, seen: ScoreEvidence, near: HeaviestNeighbours | None) -> pa.Array:
    """Null for firms in default, and for all where a control scores: parts are never borrowed."""
    if near is None:
        return pa.nulls(seen.graph.firms, pa.list_(NEIGHBOUR))
    return neighbours_of(snapshot, seen, near)


def _where(keep: NDArray[np.bool_] | np.bool_, values: Matrix) -> pa.Array:
    return pa.array(values, pa.float64(), mask=~np.broadcast_to(keep, values.shape))


def _interval(model: RiskModel, seen: ScoreEvidence, base_rate: float | None) -> tuple[Matrix, Matrix]:
    """Low and high PDs between which the true one lies for 90 firms of 100, in synthetic worlds of dated data."""
    usual = model.calibrations[seen.candidate].base_rate
    rate = usual if base_rate is None else base_rate
    if rate is None:
        raise ValueError("this calibration does not know the base rate that it was fitted on")
    hazard = seen.parts.hazard(seen.candidate) * seen.factor
    low, high = pd_interval(seen.candidate, hazard, -math.log1p(-rate))
    return pd_of(low), pd_of(high)


def _base_pd(
    model: RiskModel, parts: HazardParts, network: bool, factor: Matrix, base_rate: float | None
) -> Matrix:
    """What a firm would fail by without contagion: it seeds contagion models, which must not count contagion twice."""
    if network:
        return pd_of((parts.own + parts.context) * factor)
    return pd_of(model.calibrations[BOOSTED_OWN].apply(parts.baselines[BOOSTED_OWN], base_rate))


def _spreaders(
    model: RiskModel, snapshot: Snapshot, graph: PanelGraph, parts: HazardParts, base_rate: float | None
) -> pa.Table:
    """For each firm the hazard that its direct neighbours catch from it, summed over those not yet in default."""
    factor = model.calibrations[NETWORK].factor(parts.hazard(NETWORK), base_rate)
    seen, firms = ScoreEvidence(graph, parts, NETWORK, factor), graph.firms
    pairs = caught_pairs(seen)
    pairs = pairs[graph.links.pair_source.numpy()[pairs] < firms]
    source, given = graph.links.pair_source.numpy()[pairs], caught_by(seen, pairs)
    ids = snapshot.firms.column("firm_id")
    table = {
        "firm_id": ids,
        "name": snapshot.firms.column("name"),
        "passes_on": pa.array(np.bincount(source, given, minlength=firms)),
        "reaches": pa.array(np.bincount(source, minlength=firms)),
        "state": pa.array(np.where(graph.defaulted, "defaulted", "scored")),
        "model": pa.repeat(f"{model.name}/{NETWORK}", firms),
    }
    return _sorted(table, _order(table["passes_on"], ids))


def _order(by: pa.Array, ids: pa.ChunkedArray) -> pa.Array:
    """Numbers of the firms, the highest first, equal ones by their ids, nulls (firms in default) last."""
    keys = pa.table({"by": by, "firm_id": ids})
    return pc.sort_indices(keys, [("by", "descending"), ("firm_id", "ascending")])


def _sorted(
    columns: dict[str, pa.Array | pa.ChunkedArray], order: pa.Array, ready: frozenset[str] = frozenset()
) -> pa.Table:
    """Columns in an order but for those that are in it already, as a table; one goes out of memory after the other."""
    moved = {}
    for name in list(columns):
        column = columns.pop(name)
        moved[name] = column if name in ready else column.take(order)
    return pa.table(moved)
