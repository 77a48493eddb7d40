"""Encode a snapshot's features as a matrix whose columns mean the same in training and in scoring."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph import Feature, ModelError, Snapshot

Matrix = NDArray[np.float64]

MIN_FIRMS_PER_WORD = 10
"""A word gets a column of its own only if at least this many firm rows of the training data have it."""
MAX_WORDS = 60
"""At most this many words of a category feature get columns; rarer ones count in the `#words` column only."""


@dataclass(frozen=True)
class Encoder:
    """Columns of the feature matrix, learned from training snapshots; a missing value is NaN.

    numbers: features that are numbers already, one column each. words: by category feature its words, a 0/1 column
    each. sources: tables that the training data had. zero_filled: by number feature its table; where a data set has
    the table but not the column, the value is 0 rather than missing.
    """

    # Part of the checkpoint and of the fingerprint: these names and their order are a file format.
    numbers: tuple[str, ...]
    words: dict[str, tuple[str, ...]]
    sources: tuple[str, ...]
    zero_filled: dict[str, str]

    @classmethod
    def fit(cls, snapshots: Sequence[Snapshot]) -> Encoder:
        """Learn the columns from snapshots: numbers that vary and words that are frequent enough, never ids.

        Only the rows of listed firms count.
        """
        snapshots = [_of_listed(s) for s in snapshots]
        features = {f.name: f for s in snapshots for f in s.features}
        numbers = [
            name
            for name, feature in features.items()
            if feature.kind == "number" and _varies(snapshots, name) and _common(snapshots, feature)
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
        """(feature, word) of each column; word is "" for a number and "#words" for the number of words."""
        named = [(n, "") for n in self.numbers]
        for feature, words in self.words.items():
            named += [(feature, "#words"), *((feature, word) for word in words)]
        return tuple(named)

    @property
    def column_names(self) -> tuple[str, ...]:
        """One name per column: the feature, with "=word" for a word of a category."""
        return tuple(f"{feature}={word}" if word else feature for feature, word in self.columns)

    @property
    def fingerprint(self) -> str:
        """Digest of the columns; a checkpoint whose encoder has another digest is damaged."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:16]

    def transform(self, snapshot: Snapshot) -> Matrix:
        """Return the matrix [firms, columns] in the order of `columns`; NaN is missing, as is all of an unlisted firm.

        Raises
        ------
        ModelError: a column of numbers holds text.
        """
        present = set(snapshot.firms.column_names)
        # Stored by column, as it is written: in row order the same loop takes ten times as long.
        out = np.empty((snapshot.firms.num_rows, len(self.columns)), order="F")
        for c, name in enumerate(self.numbers):
            out[:, c] = self._number(snapshot, name, present)
        start = len(self.numbers)
        for name, words in self.words.items():
            out[:, start : start + 1 + len(words)] = _multi_hot(_text(snapshot, name, present), words)
            start += 1 + len(words)
        out[snapshot.unlisted] = np.nan
        return out

    def _number(self, snapshot: Snapshot, name: str, present: set[str]) -> Matrix:
        if name in present:
            column = snapshot.firms.column(name)
            if pa.types.is_string(column.type):
                raise ModelError(
                    f"column {name} holds text, such as {_first_text(column)!r}",
                    "numbers, as in training",
                    "correct the values that are not numbers, or train again",
                )
            return _doubles(column)
        # With its table present, a count whose column is absent is a true 0; without the table it is unknown.
        zero = self.zero_filled.get(name) in snapshot.sources
        return np.full(snapshot.firms.num_rows, 0.0 if zero else np.nan)

    def absent_sources(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return the tables that the training data had and this snapshot lacks; its scores are then degraded."""
        return tuple(s for s in self.sources if s not in snapshot.sources)

    def unseen_words(self, snapshot: Snapshot) -> dict[str, dict[str, int]]:
        """Count by category feature the firms that have a word without a column, most frequent words first.

        The model knows of such words only that there are so many. Features without any are left out.
        """
        snapshot = _of_listed(snapshot)
        present = set(snapshot.firms.column_names)
        by_feature = {}
        for feature, words in self.words.items():
            counts = _word_counts(_text(snapshot, feature, present))
            others = sorted(set(counts) - set(words), key=lambda word: (-counts[word], word))
            if others:
                by_feature[feature] = {word: counts[word] for word in others}
        return by_feature

    def to_json(self) -> dict[str, object]:
        """Return the encoder as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, object]) -> Encoder:
        """Read an encoder that `to_json` wrote."""
        data = json.loads(json.dumps(value))
        words = {n: tuple(w) for n, w in data["words"].items()}
        return cls(tuple(data["numbers"]), words, tuple(data["sources"]), data["zero_filled"])


def _of_listed(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot whose table of firms has the listed ones only; its edges still number all firms."""
    unlisted = snapshot.unlisted
    return replace(snapshot, firms=snapshot.firms.filter(pa.array(~unlisted))) if unlisted.any() else snapshot


def _first_text(column: pa.ChunkedArray) -> str:
    return next((str(v) for v in column.to_pylist() if v is not None), "")


def _doubles(column: pa.ChunkedArray) -> Matrix:
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _varies(snapshots: Sequence[Snapshot], name: str) -> bool:
    parts = [_doubles(s.firms.column(name)) for s in snapshots if name in s.firms.column_names]
    values = np.concatenate(parts)
    known = values[~np.isnan(values)]
    # A constant that is sometimes missing still varies: its missingness is information.
    return bool(known.size and (known.min() < known.max() or known.size < values.size))


def _common(snapshots: Sequence[Snapshot], feature: Feature) -> bool:
    """Whether a zero-filled count is positive for enough firm rows to learn from; other features always are."""
    if not feature.zero_filled:
        return True
    columns = [
        _doubles(s.firms.column(feature.name)) for s in snapshots if feature.name in s.firms.column_names
    ]
    return sum(int(np.nansum(column > 0)) for column in columns) >= MIN_FIRMS_PER_WORD


def _text(snapshot: Snapshot, name: str, present: set[str]) -> pa.DictionaryArray:
    """A category feature, dictionary-encoded; null where missing."""
    if name not in present:
        return pa.nulls(snapshot.firms.num_rows, pa.string()).dictionary_encode()
    return snapshot.firms.column(name).cast(pa.string()).combine_chunks().dictionary_encode()


def _frequent(snapshots: Sequence[Snapshot], name: str) -> tuple[str, ...]:
    counts: Counter[str] = Counter()
    for s in snapshots:
        counts += _word_counts(_text(s, name, set(s.firms.column_names)))
    # Ties are broken by the word itself, so that the columns do not depend on the order of the rows.
    ranked = sorted((w for w, c in counts.items() if c >= MIN_FIRMS_PER_WORD), key=lambda w: (-counts[w], w))
    return tuple(sorted(ranked[:MAX_WORDS]))


def _word_counts(texts: pa.DictionaryArray) -> Counter[str]:
    """The number of rows that have each word."""
    counts: Counter[str] = Counter()
    for row in texts.value_counts().to_pylist():
        for word in set((row["values"] or "").split("|")) - {""}:
            counts[word] += row["counts"]
    return counts


def _multi_hot(texts: pa.DictionaryArray, words: tuple[str, ...]) -> Matrix:
    """Columns [rows, 1 + words]: the number of words, then a 0/1 column per word; a missing text is a row of NaN."""
    # Firms share few distinct texts, so each is split once; the last row of the table is for a missing text.
    word_sets = [set(text.split("|")) - {""} for text in texts.dictionary.to_pylist()]
    rows = [[float(len(present)), *(float(w in present) for w in words)] for present in word_sets]
    table = np.array([*rows, [np.nan] * (1 + len(words))])
    return np.asarray(table[texts.indices.fill_null(len(rows)).to_numpy()])
