"""Evidence behind a score: reasons, and the neighbours that a firm catches most from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.attribution import attribute
from supplyrisk.gnn.boosting import Boosted
from supplyrisk.gnn.member import Matrix
from supplyrisk.gnn.model import FULL, NETWORK, Parts, RiskModel, column_names
from supplyrisk.gnn.panel import Graph
from supplyrisk.gnn.reasons import (
    MOST_REASONS,
    Maker,
    caught_reason,
    context_reason,
    neighbourhood_reason,
    own_reason,
    strongest,
)
from supplyrisk.graph import Snapshot, link_word

MOST_NEIGHBOURS = 3


@dataclass(frozen=True)
class Evidence:
    """One scored snapshot: its graph, the hazards before calibration, who scores, and the calibration's factor.

    lang: the language of the reasons' texts, "en" or "zh"; the codes are the same in both.
    """

    graph: Graph
    parts: Parts
    contender: str
    factor: Matrix
    lang: str = "en"


def caught_from(seen: Evidence) -> tuple[NDArray[np.int64], NDArray[np.int64], Matrix]:
    """(source, target, calibrated hazard) of every ordered pair whose target is a firm and catches something.

    Firms in default catch nothing any more.
    """
    source, target = seen.graph.links.pair_source.numpy(), seen.graph.links.pair_target.numpy()
    kept = (target < seen.graph.firms) & (seen.parts.pairs > 0)
    kept[kept] = ~seen.graph.defaulted[target[kept]]
    return source[kept], target[kept], seen.parts.pairs[kept] * seen.factor[target[kept]]


def link_words(graph: Graph) -> dict[tuple[int, int], str]:
    """What the source is to the target, by ordered pair: its strongest link's word."""
    links = graph.links
    order = np.argsort(links.share.numpy(), kind="stable")
    words = [link_word(name) for name in links.kinds]
    ends = zip(
        links.source.numpy()[order], links.target.numpy()[order], links.kind.numpy()[order], strict=True
    )
    return {(int(s), int(t)): words[k] for s, t, k in ends}


def top_neighbours(snapshot: Snapshot, seen: Evidence) -> list[list[dict[str, Any]]]:
    """Per firm (in the snapshot's order) the three neighbours it catches most from, with their share of its hazard."""
    source, target, caught = caught_from(seen)
    hazard = (seen.parts.hazard(seen.contender) * seen.factor)[target]
    ids = node_ids(snapshot)
    words = link_words(seen.graph)
    found: list[list[dict[str, Any]]] = [[] for _ in range(seen.graph.firms)]
    for i in np.lexsort((source, -caught, target)):
        row = found[target[i]]
        if len(row) < MOST_NEIGHBOURS:
            link = words[int(source[i]), int(target[i])]
            row.append(
                {
                    "id": ids[source[i]],
                    "link": link,
                    "caught": float(caught[i]),
                    "share": float(caught[i] / hazard[i]),
                }
            )
    return found


def node_ids(snapshot: Snapshot) -> list[str]:
    """The ids of the nodes in the order of their numbers: firms, then persons."""
    return [*snapshot.firms.column("firm_id").to_pylist(), *snapshot.persons.column("person_id").to_pylist()]


def reasons_of(model: RiskModel, snapshot: Snapshot, seen: Evidence) -> list[list[dict[str, Any]] | None]:
    """At most four reasons per firm, from the scoring model's own sum; None for a firm in default."""
    weights, trees = _column_weights(model, seen)
    values, columns = trees.inputs[0], trees.columns
    features = {f.name: f for f in snapshot.features}
    extra = (
        _network_reasons(snapshot, seen)
        if seen.contender == NETWORK
        else [[] for _ in range(seen.graph.firms)]
    )
    hazard = seen.parts.hazard(seen.contender)
    # One code may cover several columns (words of a category): twice as many are looked at as are kept.
    best = np.argsort(-weights, axis=1, kind="stable")[:, : 2 * MOST_REASONS]
    found: list[list[dict[str, Any]] | None] = []
    for i in range(seen.graph.firms):
        if seen.graph.defaulted[i]:
            found.append(None)
            continue
        candidates = list(extra[i])
        for c in best[i]:
            share = float(weights[i, c] / hazard[i]) if seen.contender == NETWORK else None
            column = columns[c]
            make: Maker = (
                partial(neighbourhood_reason, column, values[i, c])
                if isinstance(column, str)
                else partial(
                    own_reason, column, features, values[i, c], share, currency=snapshot.info.currency
                )
            )
            candidates.append((float(weights[i, c]), make))
        found.append(strongest(candidates, seen.lang))
    return found


@dataclass(frozen=True)
class Trees:
    """The boosted models behind a score: what each member's looks at [firms, columns], and the columns' names.

    A column of the firm's own data is (feature, word), one about its neighbourhood a text.
    """

    boosted: list[Boosted]
    inputs: list[Matrix]
    columns: Sequence[tuple[str, str] | str]


def trees_of(model: RiskModel, graph: Graph, contender: str) -> Trees:
    """The boosted models that a contender's reasons come from: of own columns, or of the neighbourhood's as well."""
    columns: list[tuple[str, str] | str] = list(model.encoder.columns)
    if contender != FULL:
        boosted = [b.own for b in model.boosters]
        return Trees(boosted, [graph.x] * len(boosted), columns)
    inputs = []
    for b in model.boosters:
        near = b.around([graph], b.own.predict(graph.x), column_names(model.encoder))
        inputs.append(np.hstack([graph.x, near.wide]))
    return Trees([b.full for b in model.boosters], inputs, [*columns, *model.boosters[0].names])


def _column_weights(model: RiskModel, seen: Evidence) -> tuple[Matrix, Trees]:
    """Weight of every column for every firm: its share of what pushes the boosted score up, times the own hazard."""
    parts, trees = seen.parts, trees_of(model, seen.graph, seen.contender)
    pushed = [attribute(b, x)[:, :-1] for b, x in zip(trees.boosted, trees.inputs, strict=True)]
    margin = np.mean(pushed, axis=0)
    if seen.contender == NETWORK:
        margin = _own_margin(model, margin, seen.graph.x)
    raised = np.clip(margin, 0, None)
    total = raised.sum(1, keepdims=True)
    share = np.divide(raised, total, out=np.zeros_like(raised), where=total > 0)
    hazard = parts.own if seen.contender == NETWORK else parts.hazard(seen.contender)
    return share * hazard[:, None], trees


def _own_margin(model: RiskModel, boosted: Matrix, x: Matrix) -> Matrix:
    """Both scores' parts, weighed as the members weigh the scores."""
    weights = np.mean([m.own.detach().cpu().numpy() for m in model.members], axis=0)
    return np.asarray(weights[1] * boosted + weights[2] * model.boosters[0].smooth.parts(x))


def _network_reasons(snapshot: Snapshot, seen: Evidence) -> list[list[tuple[float, Maker]]]:
    """Context, where it raises the hazard, and each of the neighbours that most is caught from."""
    parts, hazard = seen.parts, seen.parts.hazard(NETWORK)
    found: list[list[tuple[float, Maker]]] = []
    for i, near in enumerate(top_neighbours(snapshot, seen)):
        share = float(parts.context[i] / hazard[i])
        rows: list[tuple[float, Maker]] = [(float(parts.context[i]), partial(context_reason, share))]
        rows += [(n["share"] * float(hazard[i]), partial(caught_reason, n)) for n in near]
        found.append(rows)
    return found
