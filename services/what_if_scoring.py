"""Scores of changed data by the kept model: the whole snapshot is built again, so that nothing is approximated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from supplyrisk import gnn
from supplyrisk.graph import FEATURES, INSUFFICIENT, Snapshot, Tables, Words, Workspace
from supplyrisk.graph.schema import defaults
from supplyrisk.services.what_if_document import WhatIfFeature, WhatIfScore

_REGISTERED = {feature.name: feature for feature in FEATURES}


@dataclass(frozen=True)
class WhatIfScorer:
    """Scores a shop on any copy of the data.

    Parameters
    ----------
    workspace: whose memory limit holds.
    model: that scores. candidate: which one of it. base_rate: that of the stored scores; None: the calibration's.
    as_of: the day.
    bounds: upper PDs of the grades.
    firm: firm_id of the shop.
    alone: state the score by the shop's own rows, without anything that comes from other firms, and no PD.
    """

    workspace: Workspace
    model: gnn.RiskModel
    candidate: str
    base_rate: float | None
    as_of: date
    bounds: tuple[float, ...]
    firm: str
    alone: bool

    def scored(self, tables: Tables) -> ScoredCopy:
        """Score all firms of a copy of the data."""
        snapshot = self.workspace.snapshot(
            self.as_of,
            horizon_days=self.model.horizon_days or defaults.HORIZON_DAYS,
            default_definition=self.model.default_definition,
            tables=tables,
        )
        computed = self.model.parts(snapshot, (self.candidate,))
        scores = gnn.score(
            self.model,
            snapshot,
            use=self.candidate,
            base_rate=self.base_rate,
            bounds=self.bounds,
            computed=computed,
        )
        return ScoredCopy(self, tables, snapshot, computed, scores)

    def changed_features(self, before: ScoredCopy, after: ScoredCopy) -> tuple[WhatIfFeature, ...]:
        """Return the features of the shop that differ, by name."""
        old = before.values()
        new = after.values()
        ranges = {profile.feature: profile for profile in self.model.features}
        changed = []
        for name in sorted(old.keys() | new.keys()):
            values = (old.get(name), new.get(name))
            if values[0] == values[1]:
                continue
            profile = ranges.get(name)
            lowest = profile.lowest if profile else None
            highest = profile.highest if profile else None
            outside = values[1] is not None and _is_outside(values[1], lowest, highest)
            unit = next(
                f.unit for f in (*after.snapshot.features, *before.snapshot.features) if f.name == name
            )
            changed.append(WhatIfFeature(name, feature_words(name), unit, *values, lowest, highest, outside))
        return tuple(changed)


@dataclass(frozen=True)
class ScoredCopy:
    """A copy of the data with the scores of all firms."""

    scorer: WhatIfScorer
    tables: Tables
    snapshot: Snapshot
    computed: gnn.SnapshotHazards
    scores: gnn.Scores

    def score(self) -> WhatIfScore:
        """The score of the shop."""
        scorer = self.scorer
        firm = self.scores.firm(scorer.firm)
        if not scorer.alone or firm.pd is None or firm.state == INSUFFICIENT:
            pd = None if scorer.alone else firm.pd
            hazards = (None, None, None) if scorer.alone else (firm.own, firm.context, firm.caught)
            return WhatIfScore(firm.state, pd, firm.points, firm.grade, firm.worst_grade, *hazards)
        # Without what is caught: of a partner only its id is known here, and the model would set it to a base rate
        # that follows the shop's own hazard.
        pd = gnn.graded_pd(self._base_pd(), firm.margin)
        return WhatIfScore(
            firm.state, None, gnn.points(pd), gnn.grade(pd, scorer.bounds), None, None, None, None
        )

    def values(self) -> dict[str, float | None]:
        """The numbers among the shop's features by name, None where missing."""
        firms = self.snapshot.firms
        row = firms["firm_id"].to_pylist().index(self.scorer.firm)
        values: dict[str, float | None] = {}
        for feature in self.snapshot.features:
            column = firms[feature.name]
            if feature.kind == "number" and not pa.types.is_string(column.type):
                value = column[row].as_py()
                values[feature.name] = None if value is None or math.isnan(value) else float(value)
        return values

    def _base_pd(self) -> float:
        firms = self.scores.firms
        row = firms["firm_id"].to_pylist().index(self.scorer.firm)
        return float(firms["base_pd"][row].as_py())


def feature_words(name: str) -> Words:
    """Return what a feature is, in both languages; a column of the user's own has its name."""
    peers = name.endswith("_peers") and name not in _REGISTERED
    feature = _REGISTERED.get(name.removesuffix("_peers") if peers else name)
    if feature is None:
        return Words(name, name)
    english = feature.en or feature.meaning
    chinese = feature.zh or english
    if feature.window is not None:
        english = f"{english}, {feature.window} days"
        chinese = f"{chinese}（近 {feature.window} 天）"
    if peers:
        return Words(f"{english}, percentile among peers", f"{chinese}，同业百分位")
    return Words(english, chinese)


def _is_outside(value: float, lowest: float | None, highest: float | None) -> bool:
    if lowest is None or highest is None:
        return False
    return not lowest <= value <= highest


def difference(before: float | None, after: float | None) -> float | None:
    """Return after - before; None where one of them is missing."""
    return None if before is None or after is None else after - before


def has_ranges(model: gnn.RiskModel, features: Sequence[WhatIfFeature]) -> bool:
    """Whether the model records the range of any of these features; true where there are none."""
    return not features or any(feature.lowest is not None for feature in features)
