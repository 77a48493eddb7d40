"""Evidence behind a score: its parts, and the neighbours that a firm catches most hazard from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.risk_model import HazardParts
from supplyrisk.graph import Snapshot
from supplyrisk.graph.schema.relations import ChannelKind

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]

MAX_NEIGHBOURS = 3
NEIGHBOUR = pa.struct(
    [("id", pa.string()), ("link", pa.string()), ("caught", pa.float64()), ("share", pa.float64())]
)


@dataclass(frozen=True)
class ScoreEvidence:
    """One scored snapshot.

    Parameters
    ----------
    graph: the snapshot as a graph.
    parts: hazards before calibration.
    candidate: the model that scores.
    factor [firms]: calibrated hazard over hazard.
    lang: language of the reasons, "en" or "zh"; codes are the same in both.
    """

    graph: PanelGraph
    parts: HazardParts
    candidate: str
    factor: Matrix
    lang: str = "en"


@dataclass(frozen=True)
class HeaviestNeighbours:
    """The neighbours that each firm catches most hazard from, the heaviest first.

    Parameters
    ----------
    pair [firms, 3]: number of the ordered pair from the neighbour to the firm; -1 for none.
    caught [firms, 3]: calibrated hazard; 0 for none.
    share [firms, 3]: caught over the firm's whole hazard; 0 for none.
    """

    pair: Numbers
    caught: Matrix
    share: Matrix


@dataclass(frozen=True)
class LinkWords:
    """Words that say what a source is to its target ("supplier", ...), and for each pair the number of its word."""

    words: tuple[str, ...]
    number: Numbers


def caught_pairs(evidence: ScoreEvidence) -> Numbers:
    """Return the numbers of the ordered pairs whose target is a firm that catches something, in order.

    Firms in default catch nothing any more, and what unlisted firms catch is not known.
    """
    target = evidence.graph.links.pair_target.numpy()
    return np.flatnonzero(_can_catch(evidence, target) & (evidence.parts.pairs > 0))


def caught_by(evidence: ScoreEvidence, pairs: Numbers) -> Matrix:
    """Return the calibrated hazards [pairs] that the targets of pairs catch by them."""
    target = evidence.graph.links.pair_target.numpy()[pairs]
    return np.asarray(evidence.parts.pairs[pairs] * evidence.factor[target])


def _can_catch(evidence: ScoreEvidence, target: Numbers) -> NDArray[np.bool_]:
    alive = np.zeros(evidence.graph.links.nodes, dtype=bool)
    alive[: evidence.graph.firms] = evidence.graph.scored
    return alive[target]


def heaviest_neighbours(evidence: ScoreEvidence) -> HeaviestNeighbours:
    """Return the three neighbours that each firm catches most from; of equal ones, those that come first."""
    links = evidence.graph.links
    # Pairs are sorted by source, then target. Their opposites, read in the same order, are sorted by target, then
    # source, so that the pairs into one firm lie side by side.
    backward = links.reverse.numpy()
    target = links.pair_source.numpy()
    weight = evidence.parts.pairs[backward]
    catching = np.flatnonzero(_can_catch(evidence, target) & (weight > 0))
    place = _heaviest(target[catching], weight[catching], evidence.graph.firms)
    present = place >= 0
    pair = np.full(place.shape, -1)
    pair[present] = backward[catching[place[present]]]
    caught = np.zeros(place.shape)
    caught[present] = caught_by(evidence, pair[present])
    hazard = evidence.parts.hazard(evidence.candidate) * evidence.factor
    return HeaviestNeighbours(pair, caught, caught / hazard[:, None])


def _heaviest(group: Numbers, weight: Matrix, groups: int) -> Numbers:
    """Places of the heaviest entries of each group, [groups, MAX_NEIGHBOURS], -1 for none.

    group is sorted; weights are positive. One sweep per rank is cheaper than sorting all entries.
    """
    heaviest = np.full((groups, MAX_NEIGHBOURS), -1)
    if not len(group):
        return heaviest
    first = np.flatnonzero(np.diff(group, prepend=-1))
    size = np.diff(first, append=len(group))
    remaining = weight.copy()
    for rank in range(MAX_NEIGHBOURS):
        largest = np.maximum.reduceat(remaining, first)
        at = np.flatnonzero((remaining == np.repeat(largest, size)) & (remaining > 0))
        # Of equal entries in a group, only the first takes this rank.
        at = at[np.diff(group[at], prepend=-1) > 0]
        heaviest[group[at], rank] = at
        remaining[at] = 0.0
    return heaviest


def link_words(graph: PanelGraph, pairs: Numbers) -> LinkWords:
    """Return what the source of each pair is to its target.

    That is the word of the pair's strongest link, of equally strong ones the last's.
    """
    links = graph.links
    words = [ChannelKind.parse(name).link for name in links.kinds]
    requested = np.zeros(len(links.pair_source), dtype=bool)
    requested[pairs] = True
    at = np.flatnonzero(requested[links.pair.numpy()])
    # Sorted by share, so that the assignment below leaves the strongest link of each pair.
    at = at[np.argsort(links.share.numpy()[at], kind="stable")]
    kind_of = np.zeros(len(links.pair_source), dtype=np.int64)
    kind_of[links.pair.numpy()[at]] = links.kind.numpy()[at]
    # Several kinds share a word.
    distinct = tuple(dict.fromkeys(words))
    number = np.array([distinct.index(w) for w in words], dtype=np.int64)
    by_pair = number[kind_of[pairs]] if len(number) else np.zeros(len(pairs), dtype=np.int64)
    return LinkWords(distinct, by_pair)


def node_ids(snapshot: Snapshot) -> pa.Array:
    """Return the ids of the nodes by number: firms, then persons."""
    columns = (snapshot.firms.column("firm_id"), snapshot.persons.column("person_id"))
    return pa.concat_arrays([part.cast(pa.string()) for column in columns for part in column.chunks])


def list_arrays(values: pa.Array, sizes: Numbers, null: NDArray[np.bool_]) -> pa.ListArray:
    """Split values into consecutive lists of the given sizes; a list is null where the mask says so (its size is 0)."""
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(null))


def neighbours_of(snapshot: Snapshot, evidence: ScoreEvidence, near: HeaviestNeighbours) -> pa.ListArray:
    """Return, per firm, id, link, caught and share of its heaviest neighbours; null for firms without a score."""
    present = near.pair >= 0
    pairs = near.pair[present]
    words = link_words(evidence.graph, pairs)
    source = evidence.graph.links.pair_source.numpy()[pairs]
    rows = pa.StructArray.from_arrays(
        [
            node_ids(snapshot).take(pa.array(source)),
            texts_by_number(words.words, words.number),
            pa.array(near.caught[present]),
            pa.array(near.share[present]),
        ],
        fields=list(NEIGHBOUR),
    )
    return list_arrays(rows, present.sum(1), ~evidence.graph.scored)


def texts_by_number(texts: Sequence[str], numbers: Numbers) -> pa.Array:
    """Return the texts with these numbers as an Arrow column."""
    return pa.array(texts, pa.string()).take(pa.array(numbers))
