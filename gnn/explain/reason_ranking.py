"""The reasons of all firms at once: the heaviest in each score; every distinct text is written only once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.baseline_registry import SEPARATING
from supplyrisk.gnn.explain.column_weights import ColumnWeights
from supplyrisk.gnn.explain.evidence import (
    HeaviestNeighbours,
    LinkWords,
    ScoreEvidence,
    heaviest_neighbours,
    link_words,
    list_arrays,
    node_ids,
    texts_by_number,
)
from supplyrisk.gnn.explain.reason_tables import ReasonTable, TextTable, heaviest_columns, strongest
from supplyrisk.gnn.explain.reasons import (
    Reason,
    Wording,
    caught_code,
    caught_reason,
    context_reason,
    neighbourhood_reason,
    own_reason,
    readable_number,
    reason_code,
)
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.graph import LANGUAGES, Snapshot

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]

REASON = pa.struct(
    [("code", pa.string()), ("text", pa.string()), ("share", pa.float64())]
    + [(f"text_{lang}", pa.string()) for lang in LANGUAGES]
)
"""text is in the language that was requested; text_en and text_zh are always there."""
FIRMS = 1 << 16
"""Firms at a time."""


def reasons_of(
    model: RiskModel,
    snapshot: Snapshot,
    evidence: ScoreEvidence,
    near: HeaviestNeighbours | None = None,
    order: Numbers | None = None,
) -> pa.ListArray:
    """Return at most four reasons per firm, the heaviest first; null for a firm in default.

    Parameters
    ----------
    model: the model that scored.
    snapshot, evidence: the scored snapshot.
    near: result of `heaviest_neighbours(evidence)`, if it has been computed already.
    order [firms]: numbers of the firms in the order of the result; None: the snapshot's. Sorting the texts of a million
        firms afterwards would take as much memory again.
    """
    separated = evidence.candidate in SEPARATING
    if separated:
        near = near or heaviest_neighbours(evidence)
    writer = _ReasonWriter.of(model, snapshot, evidence, near if separated else None)
    firms = evidence.graph.firms
    chunks = [writer.reasons(slice(at, at + FIRMS)) for at in range(0, firms, FIRMS)]
    reasons = ReasonTable(
        firm=np.concatenate([c.firm for c in chunks]),
        code=np.concatenate([c.code for c in chunks]),
        text=np.concatenate([c.text for c in chunks]),
        share=np.concatenate([c.share for c in chunks]),
    )
    order = np.arange(firms) if order is None else order
    sizes = np.bincount(reasons.firm, minlength=len(order))[order]
    reasons = reasons.in_order(order)
    share = pa.array(reasons.share, pa.float64(), mask=np.isnan(reasons.share))
    texts = {lang: texts_by_number([t[lang] for t in writer.texts.texts], reasons.text) for lang in LANGUAGES}
    rows = pa.StructArray.from_arrays(
        [texts_by_number(writer.codes, reasons.code), texts[evidence.lang], share, *texts.values()],
        fields=list(REASON),
    )
    return list_arrays(rows, sizes, ~evidence.graph.scored[order])


@dataclass(frozen=True)
class _ReasonCandidates:
    """Candidates for the reasons of some firms: columns, then for the network the context, then neighbours.

    Parameters
    ----------
    weight [firms, candidates]: hazard that the candidate stands for.
    code [firms, candidates]: number of the code.
    share [firms, candidates]: share of the whole hazard; NaN: none.
    column [firms, columns]: numbers of the columns, which are the first candidates.
    """

    weight: Matrix
    code: Numbers
    share: Matrix
    column: Numbers


@dataclass(frozen=True)
class _ReasonWriter:
    """Ranks and words the reasons of a scored snapshot.

    Parameters
    ----------
    weighing: weights of the columns.
    snapshot: the snapshot.
    near: the heaviest neighbours; None where a baseline scores.
    links: words of the links; number [firms, neighbours].
    codes: all codes, sorted.
    column_codes [columns]: number of each column's code.
    ids: ids of the nodes.
    texts: the texts so far.
    """

    weighing: ColumnWeights
    snapshot: Snapshot
    near: HeaviestNeighbours | None
    links: LinkWords
    codes: list[str]
    column_codes: Numbers
    ids: pa.Array
    texts: TextTable

    @classmethod
    def of(
        cls, model: RiskModel, snapshot: Snapshot, evidence: ScoreEvidence, near: HeaviestNeighbours | None
    ) -> _ReasonWriter:
        """Prepare the reasons of one scored snapshot."""
        weighing = ColumnWeights.of(model, evidence)
        # A baseline has no neighbours to name: an array without columns serves all code below.
        pair = np.empty((evidence.graph.firms, 0), dtype=np.int64) if near is None else near.pair
        words = link_words(evidence.graph, pair[pair >= 0])
        number = np.zeros(pair.shape, dtype=np.int64)
        number[pair >= 0] = words.number
        by_column = [reason_code(c) for c in weighing.columns]
        codes = sorted({*by_column, "CONTEXT", *map(caught_code, words.words)})
        column_codes = np.array([codes.index(c) for c in by_column], dtype=np.int64)
        links = LinkWords(words.words, number)
        return cls(weighing, snapshot, near, links, codes, column_codes, node_ids(snapshot), TextTable())

    def reasons(self, at: slice) -> ReasonTable:
        """Return the reasons of some firms."""
        candidates = self._candidates(at)
        alive = np.flatnonzero(self.weighing.evidence.graph.scored[at])
        row, candidate = strongest(candidates.weight[alive], candidates.code[alive])
        # `strongest` saw the firms that are alive only; back to rows of this chunk.
        row = alive[row]
        firm = row + at.start
        text = np.empty(len(row), dtype=np.int64)
        width = candidates.column.shape[1]
        own = candidate < width
        context = candidate == width
        caught = candidate > width
        text[own] = self._column_texts(firm[own], candidates.column[row[own], candidate[own]])
        text[context] = self.texts.numbered(
            "", [""] * int(context.sum()), lambda _, lang: context_reason(0.0, lang)
        )
        text[caught] = self._neighbour_texts(firm[caught], candidate[caught] - width - 1)
        return ReasonTable(firm, candidates.code[row, candidate], text, candidates.share[row, candidate])

    def _candidates(self, at: slice) -> _ReasonCandidates:
        parts = self.weighing.evidence.parts
        weights = self.weighing.weights(at)
        column = heaviest_columns(weights)
        weight = np.take_along_axis(weights, column, 1)
        code = self.column_codes[column]
        if self.near is None:
            return _ReasonCandidates(weight, code, np.full(weight.shape, np.nan), column)
        hazard = parts.hazard(self.weighing.evidence.candidate)[at, None]
        near_share = self.near.share[at]
        # Without any link the indexing below is of an empty array, but it needs an entry to be valid.
        link_codes = np.array(
            [self.codes.index(caught_code(w)) for w in self.links.words] or [0], dtype=np.int64
        )
        context_code = np.full((len(weight), 1), self.codes.index("CONTEXT"))
        weight = np.hstack([weight, parts.context[at, None]])
        share = np.hstack([weight / hazard, near_share])
        code = np.hstack([code, context_code, link_codes[self.links.number[at]]])
        # Before calibration, as the other weights: the factor is the same for all parts of a firm.
        weight = np.hstack([weight, near_share * hazard])
        return _ReasonCandidates(weight, code, share, column)

    def _column_texts(self, firm: Numbers, column: Numbers) -> Numbers:
        """Numbers of the texts about columns of firms; firm, column [texts]."""
        text = np.empty(len(firm), dtype=np.int64)
        features = {f.name: f for f in self.snapshot.features}
        currency = self.snapshot.info.currency
        values = self.weighing.explanation.inputs[0][firm, column]
        # Column by column: the values of one column share a table of known texts.
        for c in np.unique(column):
            at = np.flatnonzero(column == c)
            name = self.weighing.columns[c]
            column_values = values[at].tolist()

            # Defaults bind the loop's current values.
            def reason(
                position: int,
                lang: str,
                name: tuple[str, str] | str = name,
                column_values: list[float] = column_values,
            ) -> Reason:
                if isinstance(name, str):
                    return neighbourhood_reason(name, column_values[position], lang)
                return own_reason(name, column_values[position], None, Wording(features, currency, lang))

            # Numbers that print alike share a text.
            is_number = isinstance(name, tuple) and not name[1]
            unit = features[name[0]].unit if is_number and name[0] in features else ""
            keys = [readable_number(v, unit) if is_number else str(v) for v in column_values]
            text[at] = self.texts.numbered(name, keys, reason)
        return text

    def _neighbour_texts(self, firm: Numbers, rank: Numbers) -> Numbers:
        """Numbers of the texts about hazard caught from neighbours; firm, rank [texts]."""
        if self.near is None:
            return np.empty(0, dtype=np.int64)
        pairs = self.near.pair[firm, rank]
        source = self.weighing.evidence.graph.links.pair_source.numpy()[pairs]
        ids = self.ids.take(pa.array(source)).to_pylist()
        shares = self.near.share[firm, rank].tolist()
        word = self.links.number[firm, rank].tolist()

        def reason(position: int, lang: str) -> Reason:
            near = {"id": ids[position], "link": self.links.words[word[position]], "share": shares[position]}
            return caught_reason(near, lang)

        return self.texts.numbered("caught", pairs.tolist(), reason)
