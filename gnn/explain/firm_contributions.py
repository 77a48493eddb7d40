"""How much each part of one firm's score raises or lowers it, and its PD with other values of its own features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.baseline_registry import NETWORK, SEPARATING
from supplyrisk.gnn.baselines.forest import evaluate_forest
from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.explain.column_weights import ColumnWeights
from supplyrisk.gnn.explain.evidence import ScoreEvidence
from supplyrisk.gnn.network.member_stages import StageScores
from supplyrisk.gnn.risk_model import RiskModel, SnapshotHazards

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class FirmContributions:
    """The parts of one firm's score, before calibration.

    Parameters
    ----------
    margins: by own feature its part in the margin of the own hazard (of the whole hazard where a baseline scores);
        positive parts raise it. The words of a category are added.
    links_margin: the same of all columns about the neighbourhood.
    own, context, caught: hazards; own is the whole one where a baseline scores.
    """

    margins: Mapping[str, float]
    links_margin: float
    own: float
    context: float
    caught: float


@dataclass(frozen=True)
class FirmRescoring:
    """One firm's score by a candidate of a model, of which parts can be changed.

    Parameters
    ----------
    model: the model that scores.
    weighing: the scored snapshot, column by column.
    firm: row of the firm.
    base_rate: that was requested; None: that of the calibration.
    """

    model: RiskModel
    weighing: ColumnWeights
    firm: int
    base_rate: float | None = None

    @classmethod
    def of(
        cls,
        model: RiskModel,
        computed: SnapshotHazards,
        firm: int,
        *,
        use: str | None = None,
        base_rate: float | None = None,
    ) -> FirmRescoring:
        """Return the score of a firm; computed: result of `model.parts(snapshot)`."""
        # A factor of 1: contributions are before calibration.
        factor = np.ones(computed.graph.firms)
        evidence = ScoreEvidence(computed.graph, computed.parts, model.candidate(use), factor)
        return cls(model, ColumnWeights.of(model, evidence), firm, base_rate)

    def contributions(self) -> FirmContributions:
        """Return the parts of the score."""
        evidence = self.weighing.evidence
        [row] = self.weighing.explanation.parts(slice(self.firm, self.firm + 1))
        margins: dict[str, float] = {}
        links = 0.0
        for column, part in zip(self.weighing.columns, row.tolist(), strict=True):
            if isinstance(column, str):
                links += part
            else:
                margins[column[0]] = margins.get(column[0], 0.0) + part
        parts = evidence.parts
        if evidence.candidate not in SEPARATING:
            hazard = float(parts.hazard(evidence.candidate)[self.firm])
            return FirmContributions(margins, links, hazard, 0.0, 0.0)
        own, context, caught = (float(p[self.firm]) for p in (parts.own, parts.context, parts.caught))
        return FirmContributions(margins, links, own, context, caught)

    def pds(self, changes: Sequence[Mapping[str, float]]) -> Matrix:
        """Return the firm's PD over the horizon after each change of its own numbers [changes].

        The model scores the changed columns anew. What comes over links is held: hazard caught, the factor of the
        context, and columns about the neighbourhood. No change gives the PD of `score`.

        Parameters
        ----------
        changes: new values by feature; features without a column in the model have no effect.
        """
        rows = self._changed_rows(changes)
        candidate = self.weighing.evidence.candidate
        by_network = candidate == NETWORK
        hazard = self._network_hazards(rows) if by_network else self._baseline_hazards(rows)
        return pd_of(self.model.calibrations[candidate].apply(hazard, self.base_rate))

    def _changed_rows(self, changes: Sequence[Mapping[str, float]]) -> Matrix:
        """The firm's own columns [changes, columns] after each change."""
        rows = np.tile(self.weighing.evidence.graph.x[self.firm], (len(changes), 1))
        numbers = {name: at for at, name in enumerate(self.model.encoder.numbers)}
        for row, change in zip(rows, changes, strict=True):
            for name, value in change.items():
                if name in numbers:
                    row[numbers[name]] = value
        return rows

    def _network_hazards(self, rows: Matrix) -> Matrix:
        """Hazards [rows] by the network, the mean over its members."""
        model = self.model
        trees = evaluate_forest([boosters.own for boosters in model.boosters], rows).hazards
        smooth = model.boosters[0].smooth.predict(rows)
        unused = np.full(len(rows), np.nan)
        hazards = []
        for number, (member, boosted) in enumerate(zip(model.members, trees, strict=True)):
            stages = StageScores(boosted, unused, unused[:, None], smooth, unused)
            own = member.own_part(stages).detach().cpu().numpy()
            hazards.append(self._with_links(own, number))
        return np.asarray(np.mean(hazards, axis=0))

    def _baseline_hazards(self, rows: Matrix) -> Matrix:
        """Hazards [rows] by a baseline, the geometric mean over its members."""
        explanation = self.weighing.explanation
        width = rows.shape[1] if explanation.own else 0
        logs = []
        for score, inputs in zip(explanation.scores, explanation.inputs, strict=True):
            changed = np.tile(inputs[self.firm], (len(rows), 1))
            changed[:, :width] = rows[:, :width]
            logs.append(score(changed))
        hazard = np.asarray(np.exp(np.mean(logs, axis=0)))
        # The expert scorecard is the own part of a sum.
        return self._with_links(hazard, 0) if self.weighing.evidence.candidate in SEPARATING else hazard

    def _with_links(self, own: Matrix, member: int) -> Matrix:
        """The hazards of a member with other own hazards: its context is a factor of own, and caught is held."""
        before, context, caught = self.weighing.evidence.parts.by_member[:, member, self.firm]
        factor = (before + context) / before if before > 0 else 1.0
        return np.asarray(own * factor + caught)
