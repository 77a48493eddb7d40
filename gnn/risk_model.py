"""The trained model as a value: encoder, ensemble, calibrations, champion and card; and its hazards of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.baseline_protocol import Baseline, StagedGraphs
from supplyrisk.gnn.baselines.baseline_registry import NETWORK, SEPARATING, Use, baseline_names
from supplyrisk.gnn.baselines.forest import ForestOutput, evaluate_forest
from supplyrisk.gnn.calibration import Calibration
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.feature_profile import FeatureProfile
from supplyrisk.gnn.data.panel import PanelGraph, panel_graph_of
from supplyrisk.gnn.margins import FirmMargins, ModelMargins
from supplyrisk.gnn.network.member import BaseHazards, EnsembleMember
from supplyrisk.gnn.network.member_stages import MemberBoosters, OwnScores
from supplyrisk.gnn.term_structure import TermStructure
from supplyrisk.graph import DefaultDefinition, HazardMap, ModelError, Snapshot
from supplyrisk.graph.schema.detection import LABELS_AS_OF

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class HazardParts:
    """Hazards of one snapshot before calibration; the network's parts are means over its members.

    Of an expert model, "the network" is the scorecard with the prior transmissions: one member, and no baselines.

    Parameters
    ----------
    by_member [3, members, firms]: own, context and caught of each member.
    pairs [pairs]: hazard that each ordered pair's target catches from its source.
    transmissions [members, links]: w of each link.
    baseline_members: by name the hazards of a baseline's members [members, firms].
    own_trees: the evaluated trees on own columns; None if unknown.
    """

    by_member: Matrix
    pairs: Matrix
    transmissions: Matrix
    baseline_members: Mapping[str, Matrix]
    own_trees: ForestOutput | None = None

    @cached_property
    def _means(self) -> Matrix:
        # Hazards are averaged and PDs computed from the averages, so that the parts still add up.
        return np.asarray(self.by_member.mean(1))

    @property
    def own(self) -> Matrix:
        """The own hazard [firms]."""
        return np.asarray(self._means[0])

    @property
    def context(self) -> Matrix:
        """The context effect [firms]."""
        return np.asarray(self._means[1])

    @property
    def caught(self) -> Matrix:
        """The hazard that is caught [firms]."""
        return np.asarray(self._means[2])

    @cached_property
    def baselines(self) -> dict[str, Matrix]:
        """By name the baseline's hazard [firms], the geometric mean over its members."""
        return {
            name: np.asarray(np.exp(np.log(np.maximum(hazards, 1e-300)).mean(0)))
            for name, hazards in self.baseline_members.items()
        }

    def hazard(self, candidate: str) -> Matrix:
        """Return the hazard [firms] by a candidate model."""
        if candidate in SEPARATING:
            return self.own + self.context + self.caught
        return self.baselines[candidate]

    def member_hazards(self, candidate: str) -> Matrix:
        """Return the hazards [members, firms] by a candidate's members."""
        return self.by_member.sum(0) if candidate in SEPARATING else self.baseline_members[candidate]


class SnapshotHazards(NamedTuple):
    """A snapshot as a graph, and the hazards of its firms before calibration."""

    graph: PanelGraph
    parts: HazardParts

    def without_link_attributes(self) -> SnapshotHazards:
        """Return the same without the links' attributes, which only the rounds need: a third of the links' memory."""
        return SnapshotHazards(self.graph.without_link_attributes(), self.parts)


@dataclass(frozen=True)
class RiskModel:
    """Everything needed to score a snapshot; `model_checkpoint` stores it.

    Parameters
    ----------
    name: under which it is stored.
    encoder: from features to columns.
    boosters, members: first stage and network of each member of the ensemble; an expert model has no boosters and
        one member, which holds the prior transmissions.
    calibrations: by candidate.
    champion: the candidate that scores by default.
    horizon_days: outcome window of the training snapshots; None where outcomes have no day.
    default_definition: what counts as a default. A snapshot to be scored is built with the same definition.
    card: the model card as plain JSON.
    baselines: by name; those that can be champion, or the one that an expert model is.
    terms: by candidate; empty for undated data, and where a model was stored before PDs by term were fitted.
    tested: the same recipe fitted on what was known before the test date, which is what the card's metrics were
        measured on; None (default) where this model is that one, or where it was loaded alone.
    features: the training distribution of every feature; empty where a model was stored before they were recorded.
    margins: by candidate, what its grades assume of missing sources; empty where none were measured: for undated data,
        and where a model was stored before there were any.
    """

    name: str
    encoder: Encoder
    boosters: tuple[MemberBoosters, ...]
    members: tuple[EnsembleMember, ...]
    calibrations: Mapping[str, Calibration]
    champion: str
    horizon_days: int | None
    default_definition: DefaultDefinition
    card: Mapping[str, object]
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    terms: Mapping[str, TermStructure] = field(default_factory=dict)
    tested: RiskModel | None = None
    features: tuple[FeatureProfile, ...] = ()
    margins: Mapping[str, ModelMargins] = field(default_factory=dict)

    @property
    def candidates(self) -> tuple[str, ...]:
        """Its candidate models, the one whose hazard is own + context + caught first."""
        return tuple(self.baselines) if self.expert else (NETWORK, *self.baselines)

    @property
    def scorecard(self) -> Baseline | None:
        """The baseline that the members' transmissions are applied to; None for a trained model."""
        return next((self.baselines[n] for n in baseline_names(Use.ALONE) if n in self.baselines), None)

    @property
    def expert(self) -> bool:
        """Whether its effects are stated, not learned."""
        return self.scorecard is not None

    def candidate(self, use: str | None = None) -> str:
        """Return the candidate of a name; None: the champion.

        Raises
        ------
        ModelError: the model has no such candidate.
        """
        if use is not None and use not in self.candidates:
            raise ModelError(
                f"the model {self.name} has no candidate {use}",
                " or ".join(self.candidates),
                "scgraph train makes a network and its baselines, scgraph train --expert a scorecard",
            )
        return use or self.champion

    @property
    def separating(self) -> str:
        """The candidate whose hazard is own + context + caught: the network, or the expert scorecard."""
        return self.candidates[0]

    @property
    def dated(self) -> bool:
        """Whether its outcomes have days, so that its PDs are over a horizon."""
        return self.horizon_days is not None

    @property
    def labels_as_of(self) -> str | None:
        """ISO day by which the outcomes that it learned are known, where these have no day: it detects."""
        day = self.card.get(LABELS_AS_OF)
        return day if isinstance(day, str) else None

    def term_structure(self, candidate: str, base_rate: float | None = None) -> TermStructure | None:
        """Return a candidate's PDs by term, a constant hazard where they were not fitted; None without a horizon.

        base_rate: as in `Calibration.factor`; the exponent then depends on the ratio to its hazard.
        """
        if self.horizon_days is None:
            return None
        terms = self.terms.get(candidate) or TermStructure.constant(self.horizon_days)
        if base_rate is None:
            return terms
        shift = self.calibrations[candidate].map(base_rate).shift
        base_hazard = HazardMap(shift=shift).apply(np.array([terms.base_hazard]))
        return terms.rebased(float(base_hazard[0]))

    def firm_margins(self, candidate: str, snapshot: Snapshot) -> FirmMargins:
        """Return what the grades of a snapshot's firms by a candidate assume of missing sources."""
        margins = self.margins.get(candidate)
        return margins.of_firms(snapshot) if margins else FirmMargins.none(snapshot.firms.num_rows)

    @property
    def synthetic(self) -> bool:
        """Whether it was trained on synthetic data."""
        return bool(self.card.get("synthetic"))

    def on(self, device: torch.device) -> RiskModel:
        """Return a copy whose networks compute on a device."""
        boosters = tuple(replace(b, messages=b.messages and b.messages.to(device)) for b in self.boosters)
        members = tuple(deepcopy(m).to(device) for m in self.members)
        return replace(self, members=members, boosters=boosters)

    @torch.no_grad()
    def parts(self, snapshot: Snapshot, candidates: Sequence[str] | None = None) -> SnapshotHazards:
        """Compute the hazards of every firm of a snapshot, before calibration.

        candidates: those whose hazards are needed; None: all. Baselines on own columns alone are always computed.
        """
        graph = panel_graph_of(snapshot, self.encoder)
        columns = self.encoder.column_names
        if self.scorecard is not None:
            own = self.scorecard.hazards(StagedGraphs([graph], columns))[0]
            bases = [member.without_context(own) for member in self.members]
            return SnapshotHazards(graph, average_members(graph, self.members, bases, {}))
        needed = {
            name: baseline
            for name, baseline in self.baselines.items()
            if candidates is None or name in candidates or baseline.own_only
        }
        used = frozenset().union(*(baseline.stages for baseline in needed.values()))
        # All members' trees on own columns in one pass, which also yields the columns' parts.
        forest = evaluate_forest([b.own for b in self.boosters], graph.x)
        smooth = self.boosters[0].smooth.predict(graph.x)
        stages = []
        for boosters, member, own in zip(self.boosters, self.members, forest.hazards, strict=True):
            required = member.required_stages | used
            stages.append(boosters.predict([graph], columns, required, OwnScores(own, smooth)))
        rows = StagedGraphs([graph], columns, stages, forest)
        hazards = {name: baseline.hazards(rows) for name, baseline in needed.items()}
        bases = [member.base_parts(stage) for member, stage in zip(self.members, stages, strict=True)]
        parts = average_members(graph, self.members, bases, hazards)
        return SnapshotHazards(graph, replace(parts, own_trees=forest))


@torch.no_grad()
def average_members(
    graph: PanelGraph,
    members: Sequence[EnsembleMember],
    bases: Sequence[BaseHazards],
    baselines: Mapping[str, Matrix],
) -> HazardParts:
    """Propagate every member's hazards on one graph.

    Parameters
    ----------
    graph: the graph.
    members: at least one.
    bases: each member's hazards before contagion.
    baselines: by name the baselines' hazards [members, firms].
    """
    own = []
    context = []
    caught = []
    # Filled row by row: a list of each member's links, stacked at the end, would take twice the memory.
    transmissions = np.empty((len(members), len(graph.links.source)))
    pairs = np.zeros(len(graph.links.pair_source))
    for number, (member, hazards) in enumerate(zip(members, bases, strict=True)):
        base = member.at_base_rate(hazards, [graph])
        rounds = member.propagate_for_scoring(base.own + base.context, base.own, graph)
        own.append(base.own.cpu().numpy())
        context.append(base.context.cpu().numpy())
        # Hazard minus base rather than a sum over pairs: own + context + caught then is the hazard exactly.
        caught_part = (rounds.hazard[: graph.firms] - (base.own + base.context)).clamp(min=0)
        caught.append(caught_part.cpu().numpy())
        pairs += rounds.caught.cpu().numpy()
        transmissions[number] = rounds.transmission.cpu().numpy()
    by_member = np.stack([own, context, caught])
    return HazardParts(by_member, pairs / len(members), transmissions, baselines)
