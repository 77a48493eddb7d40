"""Score a shop from a few stated facts: the expert scorecard with ranks among reference firms.

The reference is a snapshot of a workspace, or a shipped table of quantiles whose source is noted in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import expit

from supplyrisk.gnn.baselines.expert_scorecard import fit_scorecard, scorecard_prior
from supplyrisk.gnn.network.smooth_score import SmoothScore
from supplyrisk.graph import FEATURES, DataError, Snapshot

Matrix = NDArray[np.float64]

MIN_PEERS = 30
"""Smallest peer group that a shop is ranked among."""
QUANTILES = 201
"""Quantiles of the reference's log-odds in the shipped table."""
DIGITS = 6
"""Significant digits of the shipped table."""


@dataclass(frozen=True)
class FactPart:
    """One fact in the score: its column, its log-odds, and the share of the reference firms that are safer by it."""

    column: str
    log_odds: float
    riskier_than: float


@dataclass(frozen=True)
class ThinScore:
    """The score of a shop from its facts.

    Parameters
    ----------
    pd: over the reference's horizon; what is unknown counts as average.
    worst_pd: the same, with everything unknown at the riskiest value of the reference.
    known: share of the weight of all effects that the scorecard can have, whose values are stated and could be ranked;
        what the reference lacks counts as unknown.
    riskier_than: share of the peers with a lower PD.
    peers: how many those are. group: "industry and region", "industry" or "all".
    parts: of the known facts, the riskiest first.
    """

    pd: float
    worst_pd: float
    known: float
    riskier_than: float
    peers: int
    group: str
    parts: tuple[FactPart, ...]


@dataclass(frozen=True)
class ThinReference:
    """The scorecard and the firms that shops are ranked among.

    Parameters
    ----------
    source: what the firms are, in words.
    firms: how many they are.
    base_rate: their expected share of defaults within horizon_days.
    columns: names of the columns with a stated effect.
    score: the scorecard over these columns.
    log_odds: of the firms, or quantiles of them, sorted.
    by_group: of the peers by (industry, region) and by (industry, None); empty for a table of quantiles.
    """

    source: str
    firms: int
    base_rate: float
    horizon_days: int
    columns: tuple[str, ...]
    score: SmoothScore
    log_odds: Matrix
    by_group: Mapping[tuple[str, str | None], Matrix]

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot, base_rate: float, source: str) -> Self:
        """Return the reference of a snapshot: its listed firms that are not in default.

        Raises
        ------
        DataError: there are none, they differ in no column with a stated effect, or the snapshot has no horizon.
        """
        if snapshot.horizon_days is None:
            raise DataError("the data have no days, so a PD has no horizon", "dated data")
        names = tuple(feature.name for feature in snapshot.features if feature.kind == "number")
        columns = tuple(n for n, effect in zip(names, scorecard_prior(names), strict=True) if effect)
        alive = ~np.array(snapshot.firms["defaulted"].to_numpy(zero_copy_only=False), bool)
        alive &= ~snapshot.unlisted
        if not columns or not alive.any():
            raise DataError(
                "no firm to rank a shop among", "firms with data of their own that are not in default"
            )
        firms = snapshot.firms.filter(pa.array(alive))
        x = np.column_stack([_doubles(firms[column]) for column in columns])
        score = fit_scorecard(x, scorecard_prior(columns), base_rate)
        # A column that does not vary has no effect.
        if not score.weights[0, 1 : 1 + len(columns)].any():
            raise DataError(
                "the firms do not differ in any column of the scorecard", "firms with data of their own"
            )
        log_odds = _log_odds(score, x)
        groups = zip(firms["industry"].to_pylist(), firms["region"].to_pylist(), log_odds, strict=True)
        by_group: dict[tuple[str, str | None], list[float]] = {}
        for industry, region, value in groups:
            if industry is not None:
                by_group.setdefault((industry, None), []).append(value)
                if region is not None:
                    by_group.setdefault((industry, region), []).append(value)
        return cls(
            source=source,
            firms=len(x),
            base_rate=base_rate,
            horizon_days=snapshot.horizon_days,
            columns=columns,
            score=score,
            log_odds=np.sort(log_odds),
            by_group={group: np.sort(values) for group, values in by_group.items()},
        )

    @classmethod
    def shipped(cls) -> Self:
        """Return the table that comes with scgraph."""
        file = resources.files("supplyrisk.gnn.baselines").joinpath("thin_reference.json")
        return cls.from_json(json.loads(file.read_text(encoding="utf-8")))

    def to_json(self) -> dict[str, Any]:
        """Return the reference as a table of quantiles, plain JSON."""
        plain = {
            "source": self.source,
            "firms": self.firms,
            "base_rate": self.base_rate,
            "horizon_days": self.horizon_days,
            "columns": list(self.columns),
            "score": self.score.to_json(),
            "log_odds": np.quantile(self.log_odds, np.linspace(0, 1, QUANTILES)).tolist(),
        }
        return {name: _rounded(value) for name, value in plain.items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned."""
        fields = dict(stored)
        fields |= {"columns": tuple(stored["columns"]), "score": SmoothScore.from_json(stored["score"])}
        return cls(**fields | {"log_odds": np.array(stored["log_odds"]), "by_group": {}})

    def score_facts(
        self, facts: Mapping[str, float], industry: str | None = None, region: str | None = None
    ) -> ThinScore:
        """Return the score of a shop.

        Parameters
        ----------
        facts: known columns by name; others than the scorecard's are ignored.
        industry, region: of the shop, to find its peers; None (default): unknown.
        """
        x = np.array([[facts.get(column, np.nan) for column in self.columns]])
        known = ~np.isnan(x[0])
        effects = self.score.weights[0, 1 : 1 + len(self.columns)]
        stated = np.abs(scorecard_prior(self.columns))[known & (effects != 0)]
        log_odds = float(_log_odds(self.score, x)[0])
        worst = float(_log_odds(self.score, np.where(known, x, self._riskiest()))[0])
        group, peers = self._peers(industry, region)
        # Quantiles stand for all firms of the table.
        number = self.firms if peers is self.log_odds else len(peers)
        return ThinScore(
            pd=float(expit(log_odds)),
            # Never better than the score itself, whatever the reference lacks.
            worst_pd=float(expit(max(log_odds, worst))),
            known=float(stated.sum() / _all_effects()),
            riskier_than=float(np.searchsorted(peers, log_odds) / len(peers)),
            peers=number,
            group=group,
            parts=self._parts(x, known),
        )

    def _riskiest(self) -> Matrix:
        """The riskiest known value [columns]; NaN for a column without values."""
        effects = self.score.weights[0, 1 : 1 + len(self.columns)]
        ends = [(k[0], k[-1]) if len(k) else (np.nan, np.nan) for k in self.score.knots]
        return np.array(
            [high if effect > 0 else low for (low, high), effect in zip(ends, effects, strict=True)]
        )

    def _peers(self, industry: str | None, region: str | None) -> tuple[str, Matrix]:
        if industry is not None:
            for group, key in (("industry and region", (industry, region)), ("industry", (industry, None))):
                if (key[1] or group == "industry") and len(self.by_group.get(key, ())) >= MIN_PEERS:
                    return group, self.by_group[key]
        return "all", self.log_odds

    def _parts(self, x: Matrix, known: NDArray[np.bool_]) -> tuple[FactPart, ...]:
        """Return the known facts with their log-odds, the riskiest first."""
        log_odds = self.score.parts(x)[0]
        effects = self.score.weights[0, 1 : 1 + len(self.columns)]
        # The rank from -1 to 1 in the direction of risk, as a share.
        encoded = self.score.encode(x)[0, : len(self.columns)] + self.score.centre[: len(self.columns)]
        shares = (np.sign(effects) * encoded + 1) / 2
        parts = [
            FactPart(column, float(log_odds[c]), float(shares[c]))
            for c, column in enumerate(self.columns)
            if known[c] and effects[c]
        ]
        return tuple(sorted(parts, key=lambda part: (-part.log_odds, part.column)))


def _all_effects() -> float:
    """The weight of all effects that the scorecard can have, whichever columns a data set has."""
    return float(np.abs(scorecard_prior([feature.name for feature in FEATURES])).sum())


def _log_odds(score: SmoothScore, x: Matrix) -> Matrix:
    return np.asarray(score.weights[0, 0] + score.encode(x) @ score.weights[0, 1:])


def _doubles(column: pa.ChunkedArray) -> Matrix:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value
