"""From a snapshot's features to a matrix of numbers that means the same at training and at scoring."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph import Feature, ModelError, Snapshot

Matrix = NDArray[np.float64]

MIN_FIRMS_PER_WORD = 10
"""A word becomes a column of its own only where at least this many firm rows of the training data carry it."""
MAX_WORDS = 60
"""At most this many words of one category feature become columns; the rarer ones count in `#words` only."""


@dataclass(frozen=True)
class Encoder:
    """Columns of the matrix, learned from training snapshots; missing is NaN in the matrix and nowhere else.

    numbers are feature names taken as they are; words maps a category feature to its words, each a 0/1 column;
    sources are the tables that the training data had; zero_filled are numbers that are 0 where a data set lacks
    the column but has its table.
    """

    numbers: tuple[str, ...]
    words: dict[str, tuple[str, ...]]
    sources: tuple[str, ...]
    zero_filled: dict[str, str]

    @classmethod
    def fit(cls, snapshots: Sequence[Snapshot]) -> Encoder:
        """Learn the columns: numbers that vary, words that are frequent enough; never ids."""
        features = {f.name: f for s in snapshots for f in s.features}
        numbers = [
            n
            for n, f in features.items()
            if f.kind == "number" and _varies(snapshots, n) and _common(snapshots, f)
        ]
        words = {n: _frequent(snapshots, n) for n, f in features.items() if f.kind == "category"}
        return cls(
            numbers=tuple(sorted(numbers)),
            words={n: w for n, w in sorted(words.items()) if w},
            sources=tuple(sorted({t for s in snapshots for t in s.sources} - {"labels"})),
            zero_filled={n: features[n].source for n in sorted(numbers) if features[n].zero_filled},
        )

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """(feature, word) per column of the matrix, word being "" for numbers and "#words" for counts of words."""
        named = [(n, "") for n in self.numbers]
        for feature, words in self.words.items():
            named += [(feature, "#words"), *((feature, word) for word in words)]
        return tuple(named)

    @property
    def fingerprint(self) -> str:
        """A digest of the columns: a checkpoint fits a snapshot's register only where this is the same."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:16]

    def transform(self, snapshot: Snapshot) -> Matrix:
        """Matrix [firms, columns] in the order of `columns`; NaN is missing."""
        present = set(snapshot.firms.column_names)
        # Column after column, as they are written: row after row takes ten times as long.
        out = np.empty((snapshot.firms.num_rows, len(self.columns)), order="F")
        for c, name in enumerate(self.numbers):
            out[:, c] = self._number(snapshot, name, present)
        at = len(self.numbers)
        for name, words in self.words.items():
            out[:, at : at + 1 + len(words)] = _multi_hot(_text(snapshot, name, present), words)
            at += 1 + len(words)
        return out

    def _number(self, snapshot: Snapshot, name: str, present: set[str]) -> Matrix:
        if name in present:
            column = snapshot.firms.column(name)
            if pa.types.is_string(column.type):
                raise ModelError(
                    f"column {name} holds text, such as {_first_text(column)!r}",
                    "numbers, as in training",
                    "mend the values that are no numbers, or train again",
                )
            return _doubles(column)
        zero = self.zero_filled.get(name) in snapshot.sources
        return np.full(snapshot.firms.num_rows, 0.0 if zero else np.nan)

    def absent_sources(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Tables that the training data had and this snapshot lacks: scores are then degraded."""
        return tuple(s for s in self.sources if s not in snapshot.sources)

    def to_json(self) -> dict[str, object]:
        """As plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, object]) -> Encoder:
        """Back from `to_json`."""
        data = json.loads(json.dumps(value))
        words = {n: tuple(w) for n, w in data["words"].items()}
        return cls(tuple(data["numbers"]), words, tuple(data["sources"]), data["zero_filled"])


def _first_text(column: pa.ChunkedArray) -> str:
    return next((str(v) for v in column.to_pylist() if v is not None), "")


def _doubles(column: pa.ChunkedArray) -> Matrix:
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _varies(snapshots: Sequence[Snapshot], name: str) -> bool:
    parts = [_doubles(s.firms.column(name)) for s in snapshots if name in s.firms.column_names]
    values = np.concatenate(parts)
    seen = values[~np.isnan(values)]
    return bool(seen.size and (seen.min() < seen.max() or seen.size < values.size))


def _common(snapshots: Sequence[Snapshot], feature: Feature) -> bool:
    """Whether a count of a rare kind of event is not 0 for enough firms to learn from."""
    if not feature.zero_filled:
        return True
    there = [
        _doubles(s.firms.column(feature.name)) for s in snapshots if feature.name in s.firms.column_names
    ]
    return sum(int(np.nansum(v > 0)) for v in there) >= MIN_FIRMS_PER_WORD


def _text(snapshot: Snapshot, name: str, present: set[str]) -> pa.DictionaryArray:
    """A category feature as different texts and their numbers, null where missing."""
    if name not in present:
        return pa.nulls(snapshot.firms.num_rows, pa.string()).dictionary_encode()
    return snapshot.firms.column(name).cast(pa.string()).combine_chunks().dictionary_encode()


def _frequent(snapshots: Sequence[Snapshot], name: str) -> tuple[str, ...]:
    counts: Counter[str] = Counter()
    for s in snapshots:
        found = _text(s, name, set(s.firms.column_names)).value_counts().to_pylist()
        for text, times in ((f["values"], f["counts"]) for f in found):
            for word in set((text or "").split("|")) - {""}:
                counts[word] += times
    ranked = sorted((w for w, c in counts.items() if c >= MIN_FIRMS_PER_WORD), key=lambda w: (-counts[w], w))
    return tuple(sorted(ranked[:MAX_WORDS]))


def _multi_hot(texts: pa.DictionaryArray, words: tuple[str, ...]) -> Matrix:
    """Columns [#words, word, word, ...]; a missing text is a row of NaN."""
    # Firms share few different texts, so each text is split once; the last row is that of a missing one.
    said = [set(text.split("|")) - {""} for text in texts.dictionary.to_pylist()]
    rows = [[float(len(s)), *(float(w in s) for w in words)] for s in said]
    table = np.array([*rows, [np.nan] * (1 + len(words))])
    return np.asarray(table[texts.indices.fill_null(len(rows)).to_numpy()])
