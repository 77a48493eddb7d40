"""Evidence behind a score: what weighs in it, and the neighbours that a firm catches most from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.risk_model import HazardParts
from supplyrisk.graph import Snapshot, link_word

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]

MAX_NEIGHBOURS = 3
NEIGHBOUR = pa.struct(
    [("id", pa.string()), ("link", pa.string()), ("caught", pa.float64()), ("share", pa.float64())]
)


@dataclass(frozen=True)
class ScoreEvidence:
    """One scored snapshot: its graph, the hazards before calibration, who scores, and the calibration's factor.

    lang: the language of the reasons' texts, "en" or "zh"; the codes are the same in both.
    """

    graph: PanelGraph
    parts: HazardParts
    candidate: str
    factor: Matrix
    lang: str = "en"


@dataclass(frozen=True)
class HeaviestNeighbours:
    """The neighbours that each firm catches most from, the heaviest first: pair [firms, 3] by number, -1 for none.

    caught [firms, 3] is calibrated, share [firms, 3] of the firm's whole hazard; both 0 where there is none.
    """

    pair: Numbers
    caught: Matrix
    share: Matrix


def caught_pairs(seen: ScoreEvidence) -> Numbers:
    """Numbers of the ordered pairs whose target is a firm and catches something, in order.

    Firms in default catch nothing any more.
    """
    return np.flatnonzero(_catches(seen, seen.graph.links.pair_target.numpy()) & (seen.parts.pairs > 0))


def caught_by(seen: ScoreEvidence, pairs: Numbers) -> Matrix:
    """What the targets of pairs catch by them: calibrated hazards [pairs]."""
    return np.asarray(seen.parts.pairs[pairs] * seen.factor[seen.graph.links.pair_target.numpy()[pairs]])


def _catches(seen: ScoreEvidence, target: Numbers) -> NDArray[np.bool_]:
    alive = np.zeros(seen.graph.links.nodes, dtype=bool)
    alive[: seen.graph.firms] = ~seen.graph.defaulted
    return alive[target]


def heaviest_neighbours(seen: ScoreEvidence) -> HeaviestNeighbours:
    """The three neighbours that each firm catches most from; of equal ones those that come first."""
    links, firms = seen.graph.links, seen.graph.firms
    # Pairs are in order of source, then target; read backwards they are in order of target, then source.
    backward, target = links.reverse.numpy(), links.pair_source.numpy()
    weight = seen.parts.pairs[backward]
    kept = np.flatnonzero(_catches(seen, target) & (weight > 0))
    place = _heaviest(target[kept], weight[kept], firms)
    there = place >= 0
    pair, caught = np.full(place.shape, -1), np.zeros(place.shape)
    pair[there] = backward[kept[place[there]]]
    caught[there] = caught_by(seen, pair[there])
    whole = seen.parts.hazard(seen.candidate) * seen.factor
    return HeaviestNeighbours(pair, caught, caught / whole[:, None])


def _heaviest(group: Numbers, weight: Matrix, groups: int) -> Numbers:
    """Places of the heaviest entries of each group, [groups, MOST_NEIGHBOURS], -1 for none.

    group is sorted; weights are positive. One sweep per rank is cheaper than sorting all.
    """
    found = np.full((groups, MAX_NEIGHBOURS), -1)
    if not len(group):
        return found
    first = np.flatnonzero(np.diff(group, prepend=-1))
    size = np.diff(first, append=len(group))
    left = weight.copy()
    for rank in range(MAX_NEIGHBOURS):
        most = np.maximum.reduceat(left, first)
        at = np.flatnonzero((left == np.repeat(most, size)) & (left > 0))
        at = at[np.diff(group[at], prepend=-1) > 0]
        found[group[at], rank] = at
        left[at] = 0.0
    return found


def link_words(graph: PanelGraph, pairs: Numbers) -> tuple[tuple[str, ...], Numbers]:
    """All words, and for each of some pairs the number of its word: what the source is to the target.

    That is the word of the pair's strongest link, of equally strong ones the last's.
    """
    links = graph.links
    words = [link_word(name) for name in links.kinds]
    asked = np.zeros(len(links.pair_source), dtype=bool)
    asked[pairs] = True
    at = np.flatnonzero(asked[links.pair.numpy()])
    at = at[np.argsort(links.share.numpy()[at], kind="stable")]
    kind_of = np.zeros(len(links.pair_source), dtype=np.int64)
    kind_of[links.pair.numpy()[at]] = links.kind.numpy()[at]
    known = tuple(dict.fromkeys(words))
    number = np.array([known.index(w) for w in words], dtype=np.int64)
    return known, number[kind_of[pairs]] if len(number) else np.zeros(len(pairs), dtype=np.int64)


def node_ids(snapshot: Snapshot) -> pa.Array:
    """The ids of the nodes in the order of their numbers: firms, then persons."""
    both = (snapshot.firms.column("firm_id"), snapshot.persons.column("person_id"))
    return pa.concat_arrays([part.cast(pa.string()) for column in both for part in column.chunks])


def list_arrays(values: pa.Array, sizes: Numbers, gone: NDArray[np.bool_]) -> pa.ListArray:
    """Lists of so many values each, one after the other; null where gone (their sizes are 0)."""
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(gone))


def neighbours_of(snapshot: Snapshot, seen: ScoreEvidence, near: HeaviestNeighbours) -> pa.ListArray:
    """Per firm id, link, caught and share of the neighbours that it catches most from; null for firms in default."""
    there = near.pair >= 0
    pairs = near.pair[there]
    words, word = link_words(seen.graph, pairs)
    source = seen.graph.links.pair_source.numpy()[pairs]
    rows = pa.StructArray.from_arrays(
        [
            node_ids(snapshot).take(pa.array(source)),
            texts_by_number(words, word),
            pa.array(near.caught[there]),
            pa.array(near.share[there]),
        ],
        fields=list(NEIGHBOUR),
    )
    return list_arrays(rows, there.sum(1), seen.graph.defaulted)


def texts_by_number(texts: Sequence[str], numbers: Numbers) -> pa.Array:
    """Texts by number, as an Arrow column."""
    return pa.array(texts, pa.string()).take(pa.array(numbers))
