"""The distribution of every feature in training, and how the data that are scored differ from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.data.distribution import (
    SHIFTED,
    Counts,
    bin_counts,
    psi_by_chance,
    psi_of_counts,
    quantile_bounds,
)
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.graph import Snapshot

Matrix = NDArray[np.float64]

MIN_COVERAGE = 0.05
"""A feature counts as lacking only if at least this share of the training rows had a value."""
LISTED_WORDS = 20
"""Words without a column that a report lists, the most frequent ones."""


@dataclass(frozen=True)
class FeatureProfile:
    """The distribution of a feature over the training rows, firms x dates.

    Parameters
    ----------
    feature: its name.
    source: the table that it is computed from.
    bounds: of a number, the upper bounds of its bins but for the last, see `quantile_bounds`.
    words: of a category, the words with a column.
    counts: of a number, rows by bin; of a category, firms by word and the occurrences of all other words. The last
        count is of missing values.
    rows: number of training rows.
    psi_of_dates: the largest PSI of a single training date against all of them; 0 where there is only one.
    lowest, highest: of a number, the range of its known values; None (default) for a category, without any value, and
        where a model was stored before they were recorded.
    """

    # Part of the checkpoint: these names are keys of a file.
    feature: str
    source: str
    bounds: tuple[float, ...]
    words: tuple[str, ...]
    counts: tuple[int, ...]
    rows: int
    psi_of_dates: float = 0.0
    lowest: float | None = None
    highest: float | None = None

    @property
    def coverage(self) -> float:
        """Share of the training rows with a value."""
        return 1 - self.counts[-1] / self.rows

    def to_json(self) -> dict[str, Any]:
        """Return the profile as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> FeatureProfile:
        """Read a profile that `to_json` wrote."""
        lists = {name: tuple(value[name]) for name in ("bounds", "words", "counts")}
        return cls(**{**value, **lists})


@dataclass(frozen=True)
class UnseenWord:
    """A word of a category feature that the model has no column for, and how many firms have it."""

    word: str
    firms: int


@dataclass(frozen=True)
class FeatureReport:
    """How a feature of the scored data differs from training.

    Parameters
    ----------
    feature: its name.
    coverage: share of the scored firms with a value.
    source: the table that it is computed from; None where the model does not record the training distribution.
    trained_coverage: share of the training rows with a value; None likewise.
    psi: population stability index against the training rows; None likewise.
    psi_by_chance: the index that an unchanged distribution would exceed in 1 % of cases, given so many firms.
    psi_of_dates: the largest index of a single training date: how far the feature moves with the calendar.
    unseen: words that the model has no column for, the most frequent first, at most LISTED_WORDS.
    unseen_words: the number of all such words.
    """

    feature: str
    coverage: float
    source: str | None = None
    trained_coverage: float | None = None
    psi: float | None = None
    psi_by_chance: float | None = None
    psi_of_dates: float | None = None
    unseen: tuple[UnseenWord, ...] = ()
    unseen_words: int = 0

    @property
    def lacking(self) -> bool:
        """Whether training had it and no scored firm has a value; False where the model does not record it."""
        return (
            self.coverage == 0 and self.trained_coverage is not None and self.trained_coverage >= MIN_COVERAGE
        )

    @property
    def shifted(self) -> bool:
        """Whether the PSI is above SHIFTED, above what so few firms give by chance, and above that of training dates.

        The age of the last statement, for example, differs on any one day from its distribution over all days.
        """
        if self.psi is None or self.psi_by_chance is None or self.psi_of_dates is None:
            return False
        return self.psi > max(SHIFTED, self.psi_by_chance, self.psi_of_dates)


def feature_profiles(
    encoder: Encoder, snapshots: Sequence[Snapshot], matrices: Sequence[Matrix]
) -> tuple[FeatureProfile, ...]:
    """Return the profile of every feature of an encoder.

    Parameters
    ----------
    encoder: of the model.
    snapshots: that state the table of each feature.
    matrices: encoded features of the training rows, one matrix per as-of date [listed firms, columns].
    """
    sources = {f.name: f.source for s in snapshots for f in s.features}
    profiles = []
    for feature, words, columns in _blocks(encoder):
        # One feature at a time: all of them at once would copy the whole panel.
        block = np.concatenate([x[:, columns] for x in matrices])
        bounds = quantile_bounds(block[:, 0]) if words is None else np.empty(0)
        counts = _counts(block, words, bounds)
        of_dates = [psi_of_counts(counts, _counts(x[:, columns], words, bounds)) for x in matrices]
        profiles.append(
            FeatureProfile(
                feature=feature,
                source=sources[feature],
                bounds=tuple(bounds.tolist()),
                words=words or (),
                counts=tuple(counts.tolist()),
                rows=len(block),
                psi_of_dates=max(of_dates),
                lowest=_extreme(np.fmin, block[:, 0]) if words is None else None,
                highest=_extreme(np.fmax, block[:, 0]) if words is None else None,
            )
        )
    return tuple(profiles)


def feature_reports(
    encoder: Encoder, profiles: Sequence[FeatureProfile], snapshot: Snapshot, x: Matrix
) -> tuple[FeatureReport, ...]:
    """Return how each feature of a snapshot differs from training, the largest PSI first.

    Parameters
    ----------
    encoder: of the model.
    profiles: of the model; empty for models from before they were recorded.
    snapshot: the scored snapshot.
    x [listed firms, columns]: its encoded features.
    """
    known = {profile.feature: profile for profile in profiles}
    unseen = encoder.unseen_words(snapshot)
    reports = []
    for feature, words, columns in _blocks(encoder):
        block = x[:, columns]
        others = [UnseenWord(word, firms) for word, firms in unseen.get(feature, {}).items()]
        report = FeatureReport(
            feature=feature,
            coverage=1 - float(np.isnan(block[:, 0]).mean()),
            unseen=tuple(others[:LISTED_WORDS]),
            unseen_words=len(others),
        )
        profile = known.get(feature)
        if profile is not None:
            counts = _counts(block, words, profile.bounds)
            report = replace(
                report,
                source=profile.source,
                trained_coverage=profile.coverage,
                psi=psi_of_counts(profile.counts, counts),
                psi_by_chance=psi_by_chance(profile.counts, counts),
                psi_of_dates=profile.psi_of_dates,
            )
        reports.append(report)
    return tuple(sorted(reports, key=lambda r: (-(r.psi or 0.0), r.feature)))


def _extreme(of_two: np.ufunc, values: Matrix) -> float | None:
    """The smallest (np.fmin) or largest (np.fmax) known value; None without any."""
    extreme = float(of_two.reduce(values))
    return None if np.isnan(extreme) else extreme


def _blocks(encoder: Encoder) -> Iterator[tuple[str, tuple[str, ...] | None, slice]]:
    """Each feature of an encoder with its words (None: a number) and its columns."""
    for column, feature in enumerate(encoder.numbers):
        yield feature, None, slice(column, column + 1)
    start = len(encoder.numbers)
    for feature, words in encoder.words.items():
        # The first column is the number of words.
        end = start + 1 + len(words)
        yield feature, words, slice(start, end)
        start = end


def _counts(block: Matrix, words: tuple[str, ...] | None, bounds: Sequence[float] | Matrix) -> Counts:
    """Counts as in FeatureProfile of the columns of one feature [rows, columns]."""
    if words is None:
        return bin_counts(block[:, 0], bounds)
    missing = np.isnan(block[:, 0])
    sums = block[~missing].sum(0)
    others = sums[0] - sums[1:].sum()
    return np.array([*sums[1:], others, missing.sum()]).astype(np.int64)
