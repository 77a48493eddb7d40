"""An expert model: the expert scorecard with the prior transmissions as a model that scores like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq

from supplyrisk.gnn.baselines.expert_scorecard import (
    ExpertScorecard,
    mean_pd,
    ranked_among,
    scorecard_prior,
)
from supplyrisk.gnn.calibration import Calibration, pd_of
from supplyrisk.gnn.data.data_splits import TrainingSettings
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.feature_profile import feature_profiles
from supplyrisk.gnn.data.panel import PanelGraph, firm_numbers, panel_graph_of
from supplyrisk.gnn.data.row_outcomes import RowOutcomes, firm_folds
from supplyrisk.gnn.data.training_panels import firms_with
from supplyrisk.gnn.model_card import candidate_metrics, out_of_time_metrics
from supplyrisk.gnn.network.member import EnsembleMember
from supplyrisk.gnn.network.member_fitting import prior_form
from supplyrisk.gnn.network.neighbourhood_columns import SUMMARY_COLUMNS
from supplyrisk.gnn.network.smooth_score import SmoothScore
from supplyrisk.gnn.risk_model import HazardParts, RiskModel, average_members
from supplyrisk.graph import DataError, Snapshot
from supplyrisk.graph.schema.aliases import VALIDATION, VALIDATION_DATES, VALIDATION_LOG_LOSS
from supplyrisk.graph.schema.expert_mark import EXPERT

Matrix = NDArray[np.float64]

FOLDS = 5
"""Folds of firms behind the metrics of undated data."""


@dataclass(frozen=True)
class ExpertData:
    """What an expert model is made from.

    Parameters
    ----------
    latest: the snapshot whose firms ranks are taken among, and whose mean PD is the base rate without outcomes.
    base_rate: expected share of firms that default within the horizon, in (0, 1).
        known: snapshots whose outcomes are counted, a horizon apart, so that every default counts once.
    known_until: the last day whose events are known; a window that is still open then counts for its observed part.
        None (default): windows are complete, as the snapshots state them.
    """

    latest: Snapshot
    base_rate: float
    known: tuple[Snapshot, ...] = ()
    known_until: date | None = None

    def graphs(self, encoder: Encoder) -> list[PanelGraph]:
        """Return the snapshots with outcomes as graphs."""
        graphs = [panel_graph_of(snapshot, encoder) for snapshot in self.known]
        day = self.known_until
        return graphs if day is None else [graph.known_by(day) for graph in graphs]


def fit_expert(name: str, data: ExpertData, settings: TrainingSettings | None = None) -> RiskModel:
    """Return the expert model of some data, with its card.

    own is the scorecard's hazard, context is 0, and caught is what the prior transmissions pass on of it. All parts are
    scaled by one factor, so that the mean PD of the latest snapshot's firms, contagion included, is that of the
    scorecard: without outcomes the base rate.

    Raises
    ------
    DataError: every firm is in default, or no column of the data has a stated effect.
    """
    encoder = Encoder.fit([data.latest])
    latest = panel_graph_of(data.latest, encoder)
    graphs = data.graphs(encoder)
    columns = encoder.column_names
    _require_effects(columns, latest)
    scorecard, member, calibration = _fitted(latest, graphs, columns, data.base_rate)
    model = RiskModel(
        name=name,
        encoder=encoder,
        boosters=(),
        members=(member,),
        calibrations={EXPERT: calibration},
        champion=EXPERT,
        horizon_days=data.latest.horizon_days,
        default_definition=data.latest.default_definition,
        card={},
        baselines={EXPERT: scorecard},
        features=feature_profiles(encoder, [data.latest], [latest.x[latest.listed]]),
    )
    return replace(model, card=_card(model, data, latest, graphs, settings or TrainingSettings()))


def with_expert_test(model: RiskModel, tested: RiskModel, test: Snapshot) -> RiskModel:
    """Return a model with a tested one beside it, made from what was known on the test date, whose metrics it states.

    Parameters
    ----------
    model: the expert model.
    tested: an expert model whose latest snapshot is of the test date, and which saw no later outcome.
    test: the snapshot of the test date, with its outcomes.
    """
    settings = TrainingSettings(**model.card["settings"])  # type: ignore[arg-type]
    metrics = out_of_time_metrics(tested, [test], settings)
    dates = dict(model.card["as_of"]) | {"test": [str(test.as_of)]}  # type: ignore[call-overload]
    return replace(model, card={**model.card, "as_of": dates, "test": metrics}, tested=tested)


def _require_effects(columns: Sequence[str], latest: PanelGraph) -> None:
    if not latest.scored.any():
        raise DataError("every firm is in default or unlisted", "firms to score")
    if not scorecard_prior(tuple(columns)).any():
        raise DataError(
            "no column of the firms' own data has a stated effect",
            "statements, activity, payment terms or loans that differ between firms (docs/model.md lists the columns)",
        )


def _fitted(
    latest: PanelGraph, graphs: Sequence[PanelGraph], columns: tuple[str, ...], base_rate: float
) -> tuple[ExpertScorecard, EnsembleMember, Calibration]:
    """The scorecard, the member that holds the prior transmissions, and the scale of the latest firms' hazards."""
    alive = latest.scored
    firms = latest.x[alive]
    scorecard = ExpertScorecard.of(latest, graphs, columns, base_rate)
    member = _prior_member(latest, scorecard.score.predict(firms))
    hazard = _contagious(latest, member, scorecard.score).hazard(EXPERT)[alive]
    return scorecard, member, _scale(hazard, mean_pd(scorecard.score, firms))


def _contagious(graph: PanelGraph, member: EnsembleMember, score: SmoothScore) -> HazardParts:
    """The hazards of a graph by a scorecard, and what a member's transmissions pass on of them."""
    own = member.without_context(np.exp(score.predict(graph.x)))
    return average_members(graph, [member], [own], {})


def _prior_member(latest: PanelGraph, log_own: Matrix) -> EnsembleMember:
    """A member without context whose transmissions are the prior; log_own [scored firms]: log own hazards."""
    member = EnsembleMember("none", 1 + len(SUMMARY_COLUMNS), latest.links.kinds)
    with torch.no_grad():
        # No trees: the scorecard alone is the own part.
        member.own.data = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
        member.level = torch.tensor([log_own.mean(), max(log_own.std(), 1e-6)], dtype=torch.float64)
        member.transmission.ends.data = prior_form(member)
    return member.requires_grad_(False).eval()


def _scale(hazard: Matrix, rate: float) -> Calibration:
    """The map h exp(intercept) that makes the mean PD of hazards [firms] equal to a rate."""
    # Contagion only adds to the scorecard's hazards, so that the factor is at most 1.
    intercept = brentq(lambda a: pd_of(np.exp(a) * hazard).mean() - rate, -50.0, 1.0, xtol=1e-13)
    return Calibration(float(intercept), 1.0, rate)


def _card(
    model: RiskModel,
    data: ExpertData,
    latest: PanelGraph,
    graphs: Sequence[PanelGraph],
    settings: TrainingSettings,
) -> dict[str, object]:
    """The card as plain JSON; the keys are those of a trained model's card, as far as they apply."""
    columns = model.encoder.column_names
    alive = latest.scored
    parts = model.parts(data.latest).parts
    moved = model.baselines[EXPERT].save()["weights"][0][1 : 1 + len(columns)]
    effects = list(zip(columns, scorecard_prior(columns).tolist(), moved, strict=True))
    card: dict[str, object] = {
        "expert": True,
        "scorecard": {
            "base_rate": data.base_rate,
            "rate": model.calibrations[EXPERT].base_rate,
            "failed": firms_with(graphs, 1.0),
            "sound": firms_with(graphs, 0.0),
            # Of the columns that vary between these firms: as stated, and after the known outcomes.
            "effects": {c: stated for c, stated, moved in effects if moved},
            "moved": {c: moved for c, _, moved in effects if moved},
        },
        "settings": asdict(replace(settings, members=1, contexts=("none",))),
        "as_of": {"train": [str(s.as_of) for s in data.known if s.as_of], VALIDATION_DATES: [], "test": []},
        "context": "none",
        **data.latest.default_definition.to_json(),
        "device": "cpu",
        "champion": EXPERT,
        "outcomes_until": None if data.known_until is None else str(data.known_until),
        VALIDATION_LOG_LOSS: {},
        VALIDATION: _held_out_metrics(latest, graphs, columns, data.base_rate, settings),
        "synthetic": data.latest.info.synthetic,
        "data": [data.latest.info.content_hash],
        "register": model.encoder.fingerprint,
        "calibrations": {EXPERT: model.calibrations[EXPERT].to_json()},
        "caught_share": float(parts.caught[alive].sum() / parts.hazard(EXPERT)[alive].sum()),
        "caught_agreement": None,
        "caught_identified": False,
    }
    return card


def _held_out_metrics(
    latest: PanelGraph,
    graphs: Sequence[PanelGraph],
    columns: tuple[str, ...],
    base_rate: float,
    settings: TrainingSettings,
) -> dict[str, object]:
    """Metrics on the known outcomes, each firm by a scorecard that saw no outcome of it."""
    graphs = [graph for graph in graphs if graph.scored.any()]
    if not graphs:
        return candidate_metrics(np.empty(0), np.empty(0, dtype=np.int64), {EXPERT: np.empty(0)}, settings)
    hazard = _held_out(latest, graphs, columns, base_rate, settings.seed)
    outcomes = RowOutcomes.of_graphs(graphs)
    # Whether a firm survives a window that is still open is unknown.
    complete = outcomes.known[outcomes.weight[outcomes.known] > 0.999]
    rows = outcomes.rows(complete)
    return candidate_metrics(rows.y, rows.firm, {EXPERT: hazard[complete]}, settings)


def held_out_hazards(model: RiskModel, graph: PanelGraph, seed: int) -> Matrix:
    """Return calibrated hazards [firms] of undated data, each by an expert model that saw no outcome of the firm.

    Parameters
    ----------
    model: the expert model, whose columns and base rate are used.
    graph: the data as a graph.
    seed: of the folds.
    """
    base_rate = float(model.card["scorecard"]["base_rate"])  # type: ignore[index]
    return _held_out(graph, [graph], model.encoder.column_names, base_rate, seed)


def _held_out(
    latest: PanelGraph, graphs: Sequence[PanelGraph], columns: tuple[str, ...], base_rate: float, seed: int
) -> Matrix:
    """Calibrated hazards of the stacked rows, each by an expert model that saw no outcome of its firm."""
    firm = firm_numbers(graphs)
    hazard = np.full(len(firm), np.nan)
    # Numbers follow the ids' order, so that the folds do not depend on the order of the rows.
    for held_out in firm_folds(firm, FOLDS, seed):
        hidden = {
            f for f, held in zip((f for g in graphs for f in g.firm_ids), held_out, strict=True) if held
        }
        rest = [graph.without_outcomes(hidden) for graph in graphs]
        scorecard, member, calibration = _fitted(latest, rest, columns, base_rate)
        parts = [
            _contagious(graph, member, ranked_among(scorecard.score, graph.x[graph.scored])).hazard(EXPERT)
            for graph in graphs
        ]
        hazard[held_out] = calibration.apply(np.concatenate(parts))[held_out]
    return hazard
