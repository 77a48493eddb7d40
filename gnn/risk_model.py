"""The trained model as a value: encoder, ensemble, calibrations, champion, card; and what it says of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.forest import evaluate_forest
from supplyrisk.gnn.calibration import Calibration
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import PanelGraph, panel_graph_of
from supplyrisk.gnn.network.member import EnsembleMember, Matrix, MemberBoosters, StageScores
from supplyrisk.graph import Snapshot

NETWORK, BOOSTED_OWN, BOOSTED_NEIGHBOURS = "network", "boosted-own", "boosted-neighbours"
CANDIDATES = (NETWORK, BOOSTED_OWN, BOOSTED_NEIGHBOURS)
"""The network and its two controls: LightGBM on own columns, and on own columns + counts + neighbours' means."""


@dataclass(frozen=True)
class HazardParts:
    """Hazards of one snapshot before calibration.

    own, context, caught [firms] and pairs [pairs] (what each ordered pair's target catches) are means over the
    members; members [members, firms] is each member's whole hazard, bases its own + context, caught_members its caught
    part; transmissions [members, links]; controls by name [firms].
    """

    own: Matrix
    context: Matrix
    caught: Matrix
    pairs: Matrix
    members: Matrix
    caught_members: Matrix
    bases: Matrix
    transmissions: Matrix
    baselines: dict[str, Matrix]
    baseline_members: dict[str, Matrix]
    column_parts: NDArray[np.float32] | None = None

    def hazard(self, candidate: str) -> Matrix:
        """The whole hazard [firms] of a contender."""
        return self.own + self.context + self.caught if candidate == NETWORK else self.baselines[candidate]

    def member_hazards(self, candidate: str) -> Matrix:
        """Each member's hazard [members, firms]."""
        return self.members if candidate == NETWORK else self.baseline_members[candidate]


@dataclass(frozen=True)
class RiskModel:
    """All that is needed to score a snapshot; see `checkpoint` for how it is kept on disk.

    horizon_days and default_kinds (the kinds of events that are defaults) are those of the snapshots that it was
    trained on: a snapshot to be scored is made with the same ones.
    """

    name: str
    encoder: Encoder
    boosters: tuple[MemberBoosters, ...]
    members: tuple[EnsembleMember, ...]
    calibrations: Mapping[str, Calibration]
    champion: str
    horizon_days: int | None
    default_kinds: tuple[str, ...]
    card: Mapping[str, object]

    @property
    def dated(self) -> bool:
        """Whether it was trained on dated data: its PDs are over a horizon then."""
        return self.horizon_days is not None

    def on(self, device: torch.device) -> RiskModel:
        """The same model with its members on a device, where their sums then run."""
        moved = tuple(replace(b, messages=b.messages and b.messages.to(device)) for b in self.boosters)
        return replace(self, members=tuple(deepcopy(m).to(device) for m in self.members), boosters=moved)

    def parts(
        self, snapshot: Snapshot, candidates: Sequence[str] = CANDIDATES
    ) -> tuple[PanelGraph, HazardParts]:
        """Hazards of every firm of a snapshot, before calibration.

        contenders: who is going to be asked for; what only boosted-neighbours needs is left out where it is not.
        """
        graph = panel_graph_of(snapshot, self.encoder)
        columns = column_names(self.encoder)
        full = BOOSTED_NEIGHBOURS in candidates
        told = evaluate_forest([b.own for b in self.boosters], graph.x)
        smooth = self.boosters[0].smooth.predict(graph.x)
        stages = [
            b.predict(
                [graph], columns, m.required_stages | {"full"} if full else m.required_stages, (own, smooth)
            )
            for b, m, own in zip(self.boosters, self.members, told.hazards, strict=True)
        ]
        return graph, replace(
            average_members(graph, self.members, stages, full=full), column_parts=told.parts
        )


def column_names(encoder: Encoder) -> tuple[str, ...]:
    """One name per column of the encoder's matrix."""
    return tuple(f"{feature}={word}" if word else feature for feature, word in encoder.columns)


@torch.no_grad()
def average_members(
    graph: PanelGraph, members: tuple[EnsembleMember, ...], stages: list[StageScores], *, full: bool = True
) -> HazardParts:
    """Run every member on one graph and average the parts (PD is taken after averaging, so parts still add up).

    full: whether the stages hold what the second control says.
    """
    own, context, caught = [], [], []
    transmissions = np.empty((len(members), len(graph.links.source)))
    pairs = np.zeros(len(graph.links.pair_source))
    for number, (member, stage) in enumerate(zip(members, stages, strict=True)):
        o, c = member.base_parts(stage)
        rounds = member.propagate_for_scoring(o + c, o, graph)
        own.append(o.cpu().numpy())
        context.append(c.cpu().numpy())
        # What a firm catches is summed from its pairs, so that own + context + caught is the hazard exactly.
        caught.append((rounds.hazard[: graph.firms] - (o + c)).clamp(min=0).cpu().numpy())
        pairs += rounds.caught.cpu().numpy()
        transmissions[number] = rounds.transmission.cpu().numpy()
    parts = np.stack([own, context, caught])
    controls = {BOOSTED_OWN: np.exp([s.own for s in stages])}
    if full:
        controls[BOOSTED_NEIGHBOURS] = np.exp([s.full for s in stages])
    means: dict[str, Matrix] = {name: _geometric(h) for name, h in controls.items()}
    mean_own, mean_context, mean_caught = parts.mean(1)
    return HazardParts(
        own=mean_own,
        context=mean_context,
        caught=mean_caught,
        pairs=pairs / len(members),
        members=parts.sum(0),
        caught_members=parts[2],
        bases=parts[0] + parts[1],
        transmissions=transmissions,
        baselines=means,
        baseline_members=controls,
    )


def _geometric(hazards: Matrix) -> Matrix:
    return np.asarray(np.exp(np.log(np.maximum(hazards, 1e-300)).mean(0)))
