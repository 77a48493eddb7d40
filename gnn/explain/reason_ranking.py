"""The reasons of all firms at once: what weighs most in each score, every different text being made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.gnn.explain.column_weights import ColumnWeights
from supplyrisk.gnn.explain.evidence import (
    HeaviestNeighbours,
    ScoreEvidence,
    heaviest_neighbours,
    link_words,
    list_arrays,
    node_ids,
    texts_by_number,
)
from supplyrisk.gnn.explain.reason_texts import LANGUAGES
from supplyrisk.gnn.explain.reasons import (
    MAX_REASONS,
    Reason,
    caught_code,
    caught_reason,
    context_reason,
    neighbourhood_reason,
    own_reason,
    readable_number,
    reason_code,
)
from supplyrisk.gnn.risk_model import NETWORK, RiskModel
from supplyrisk.graph import Snapshot

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]

REASON = pa.struct(
    [("code", pa.string()), ("text", pa.string()), ("share", pa.float64())]
    + [(f"text_{lang}", pa.string()) for lang in LANGUAGES]
)
"""text is in the language that was asked for; text_en and text_zh are always there."""
COLUMNS = 2 * MAX_REASONS
"""One code may cover several columns (words of a category): twice as many are looked at as are kept."""
FIRMS = 1 << 16
"""Firms at a time."""


def reasons_of(
    model: RiskModel,
    snapshot: Snapshot,
    seen: ScoreEvidence,
    near: HeaviestNeighbours | None = None,
    order: Numbers | None = None,
) -> pa.ListArray:
    """At most four reasons per firm, from the scoring model's own sum; null for a firm in default.

    near: `nearest(seen)`, where that was asked for already; order [firms]: numbers of the firms as they are to come,
    where not as in the snapshot. To put the texts of a million firms in order afterwards takes as much memory again.
    """
    if seen.candidate == NETWORK:
        near = near or heaviest_neighbours(seen)
    told = _Teller.of(model, snapshot, seen, near if seen.candidate == NETWORK else None)
    parts = [told.some(slice(at, at + FIRMS)) for at in range(0, seen.graph.firms, FIRMS)]
    kept = _Kept(*(np.concatenate([getattr(p, name) for p in parts]) for name in vars(parts[0])))
    order = np.arange(seen.graph.firms) if order is None else order
    size, gone = np.bincount(kept.firm, minlength=len(order))[order], seen.graph.defaulted[order]
    kept = kept.in_order(order)
    share = pa.array(kept.share, pa.float64(), mask=np.isnan(kept.share))
    texts = {lang: texts_by_number([t[lang] for t in told.words.texts], kept.text) for lang in LANGUAGES}
    rows = pa.StructArray.from_arrays(
        [texts_by_number(told.codes, kept.code), texts[seen.lang], share, *texts.values()],
        fields=list(REASON),
    )
    return list_arrays(rows, size, gone)


def strongest(weights: Matrix, codes: Numbers) -> tuple[Numbers, Numbers]:
    """(row, candidate) of the heaviest candidates of each row, one per code, at most four, the heaviest first.

    weights and codes are [rows, candidates]; weights that are not positive give no reason. Equal weights come in order
    of their codes, and where those are equal too in order of the candidates.
    """
    order = np.argsort(codes, axis=1, kind="stable")
    heavy = np.argsort(-np.take_along_axis(weights, order, 1), axis=1, kind="stable")
    order = np.take_along_axis(order, heavy, 1)
    code = np.take_along_axis(codes, order, 1)
    good = np.take_along_axis(weights, order, 1) > 0
    for k in range(1, code.shape[1]):
        good[:, k] &= (code[:, :k] != code[:, k : k + 1]).all(1)
    row, rank = np.nonzero(good & (np.cumsum(good, axis=1) <= MAX_REASONS))
    return row, order[row, rank]


@dataclass(frozen=True)
class _Words:
    """Different texts by number, each in every language: of one group those of equal keys are the same text."""

    texts: list[dict[str, str]] = field(default_factory=list)
    known: dict[object, dict[object, int]] = field(default_factory=dict)

    def numbered(self, group: object, keys: Sequence[object], make: Callable[[int, str], Reason]) -> Numbers:
        """Number of the text of each key; make gives the reason at a place, in a language."""
        known = self.known.setdefault(group, {})
        found = np.empty(len(keys), dtype=np.int64)
        for place, key in enumerate(keys):
            if key not in known:
                known[key] = len(self.texts)
                self.texts.append({lang: make(place, lang).text for lang in LANGUAGES})
            found[place] = known[key]
        return found


@dataclass(frozen=True)
class _Kept:
    """Reasons that are kept [reasons]: firm, code and text by number, share (NaN: none); in order of the firms."""

    firm: Numbers
    code: Numbers
    text: Numbers
    share: Matrix

    def in_order(self, firms: Numbers) -> _Kept:
        """The same in another order of the firms."""
        place = np.empty(len(firms), dtype=np.int64)
        place[firms] = np.arange(len(firms))
        at = np.argsort(place[self.firm], kind="stable")
        return _Kept(self.firm[at], self.code[at], self.text[at], self.share[at])


@dataclass(frozen=True)
class _Candidates:
    """Candidates of some firms [firms, candidates]: weight, code by number, share of the whole hazard (NaN: none).

    The first ones are columns, by number in column [firms, COLUMNS]; for the network the context and neighbours
    come next.
    """

    weight: Matrix
    code: Numbers
    share: Matrix
    column: Numbers


@dataclass(frozen=True)
class _Teller:
    """Puts into words why firms score as they do.

    near is None where a control scores; links are the words of links, and the number of each neighbour's
    [firms, neighbours]. codes are all codes in order; of_column the code of each column, by number.
    """

    weighing: ColumnWeights
    snapshot: Snapshot
    near: HeaviestNeighbours | None
    links: tuple[tuple[str, ...], Numbers]
    codes: list[str]
    of_column: Numbers
    ids: pa.Array
    words: _Words

    @classmethod
    def of(
        cls, model: RiskModel, snapshot: Snapshot, seen: ScoreEvidence, near: HeaviestNeighbours | None
    ) -> _Teller:
        """Of one scored snapshot."""
        weighing = ColumnWeights.of(model, seen)
        pair = np.empty((seen.graph.firms, 0), dtype=np.int64) if near is None else near.pair
        words, word = link_words(seen.graph, pair[pair >= 0])
        number = np.zeros(pair.shape, dtype=np.int64)
        number[pair >= 0] = word
        by_column = [reason_code(c) for c in weighing.trees.columns]
        codes = sorted({*by_column, "CONTEXT", *map(caught_code, words)})
        of_column = np.array([codes.index(c) for c in by_column], dtype=np.int64)
        return cls(weighing, snapshot, near, (words, number), codes, of_column, node_ids(snapshot), _Words())

    def some(self, at: slice) -> _Kept:
        """The reasons of some firms."""
        found = self._candidates(at)
        alive = np.flatnonzero(~self.weighing.evidence.graph.defaulted[at])
        row, candidate = strongest(found.weight[alive], found.code[alive])
        row = alive[row]
        text = np.empty(len(row), dtype=np.int64)
        width = found.column.shape[1]
        own, context, caught = candidate < width, candidate == width, candidate > width
        firm = row + at.start
        text[own] = self._of_columns(firm[own], found.column[row[own], candidate[own]])
        text[context] = self.words.numbered(
            "", [""] * int(context.sum()), lambda _, lang: context_reason(0.0, lang)
        )
        text[caught] = self._of_neighbours(firm[caught], candidate[caught] - width - 1)
        return _Kept(firm, found.code[row, candidate], text, found.share[row, candidate])

    def _candidates(self, at: slice) -> _Candidates:
        seen = self.weighing.evidence
        weights = self.weighing.columns(at)
        column = _heaviest_columns(weights)
        weight, code = np.take_along_axis(weights, column, 1), self.of_column[column]
        if self.near is None:
            return _Candidates(weight, code, np.full(weight.shape, np.nan), column)
        hazard, near = seen.parts.hazard(NETWORK)[at, None], self.near.share[at]
        words, number = self.links
        links = np.array([self.codes.index(caught_code(w)) for w in words] or [0], dtype=np.int64)
        context = np.full((len(weight), 1), self.codes.index("CONTEXT"))
        weight = np.hstack([weight, seen.parts.context[at, None]])
        share = np.hstack([weight / hazard, near])
        code = np.hstack([code, context, links[number[at]]])
        return _Candidates(np.hstack([weight, near * hazard]), code, share, column)

    def _of_columns(self, firm: Numbers, column: Numbers) -> Numbers:
        """Texts, by number, of what columns say of firms."""
        text = np.empty(len(firm), dtype=np.int64)
        features = {f.name: f for f in self.snapshot.features}
        currency, values = self.snapshot.info.currency, self.weighing.trees.inputs[0][firm, column]
        for c in np.unique(column):
            at, name = np.flatnonzero(column == c), self.weighing.trees.columns[c]
            mine = values[at].tolist()

            def told(
                place: int, lang: str, name: tuple[str, str] | str = name, mine: list[float] = mine
            ) -> Reason:
                if isinstance(name, str):
                    return neighbourhood_reason(name, mine[place], lang)
                return own_reason(name, features, mine[place], None, currency=currency, lang=lang)

            plain = isinstance(name, tuple) and not name[1]
            unit = features[name[0]].unit if plain and name[0] in features else ""
            text[at] = self.words.numbered(
                name, [readable_number(v, unit) if plain else str(v) for v in mine], told
            )
        return text

    def _of_neighbours(self, firm: Numbers, rank: Numbers) -> Numbers:
        """Texts, by number, of what firms catch from their neighbours."""
        if self.near is None:
            return np.empty(0, dtype=np.int64)
        pairs = self.near.pair[firm, rank]
        source = self.weighing.evidence.graph.links.pair_source.numpy()[pairs]
        ids, shares = self.ids.take(pa.array(source)).to_pylist(), self.near.share[firm, rank].tolist()
        words, number = self.links
        word = number[firm, rank].tolist()

        def told(place: int, lang: str) -> Reason:
            near = {"id": ids[place], "link": words[word[place]], "share": shares[place]}
            return caught_reason(near, lang)

        return self.words.numbered("caught", pairs.tolist(), told)


def _heaviest_columns(weights: Matrix) -> Numbers:
    """The heaviest columns of each row [rows, COLUMNS], of equal ones the first; fewer where there are fewer."""
    left = weights.copy()
    rows = np.arange(len(left))
    found = np.empty((len(left), min(COLUMNS, left.shape[1])), dtype=np.int64)
    for k in range(found.shape[1]):
        found[:, k] = left.argmax(1)
        left[rows, found[:, k]] = -np.inf
    return found
