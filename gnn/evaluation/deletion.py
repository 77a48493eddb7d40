"""The deletion test: what a reason names, taken away, must move the score further than something else does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.explain.column_weights import reason_trees_of
from supplyrisk.gnn.explain.evidence import ScoreEvidence, heaviest_neighbours, neighbours_of
from supplyrisk.gnn.explain.reason_ranking import reasons_of
from supplyrisk.gnn.explain.reasons import MAX_REASONS, own_code, reason_code
from supplyrisk.gnn.risk_model import NETWORK, HazardParts, RiskModel
from supplyrisk.graph import Snapshot
from supplyrisk.graph.schema.aliases import CANDIDATE

Matrix = NDArray[np.float64]
Part = tuple[str, str]
"""A part of what a score rests on: ("own", feature), ("from", node id), ("context", ""), or ("code", reason code)."""

FIRMS = 100
"""Firms that are tried."""
REQUIRED_RATIO = 2.0
"""How many times as far a named part must move the score as a random one."""
DRAWS = 1000


@dataclass(frozen=True)
class DeletionResult:
    """Mean |change of log hazard| when a part is taken away, that a reason names, and a random one.

    ratio is the one by the other, low and high its 95 % interval (bootstrap of firms); by_kind holds both means by
    what was taken away: own, from (a neighbour), context, or code (a boosted control's columns). None where no firm
    has a reason, or random parts move nothing.
    """

    candidate: str
    firms: int
    named: float | None
    random: float | None
    ratio: float | None
    low: float | None
    high: float | None
    by_kind: Mapping[str, Mapping[str, float | None]]

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        fields = asdict(self)
        return {CANDIDATE: fields.pop("candidate")} | fields


def deletion_test(
    model: RiskModel, snapshot: Snapshot, *, firms: int = FIRMS, seed: int = 0, use: str | None = None
) -> DeletionResult:
    """Take away what the reasons of some firms name, one at a time, and as many random parts of each.

    For the network: a feature of the firm becomes missing, all links to a neighbour are cut, or the context is left
    out of the sum; a random part is any known feature, any neighbour, or the context, with equal chances. For a
    boosted control: all columns of a reason's code become missing; a random part is any other code's columns that
    the firm has. Firms tried at once are not linked with each other, so that none feels another's loss directly.
    """
    contender = use or model.champion
    graph, parts = model.parts(snapshot)
    seen = ScoreEvidence(graph, parts, contender, np.ones(graph.firms))
    reasons = [[r["code"] for r in found or []] for found in reasons_of(model, snapshot, seen).to_pylist()]
    rng = np.random.default_rng(seed)
    tried = _apart(graph, [i for i in rng.permutation(graph.firms) if reasons[i]], firms)
    if contender == NETWORK:
        near = neighbours_of(snapshot, seen, heaviest_neighbours(seen)).to_pylist()
        named = {i: [_part(code, near[i], snapshot) for code in reasons[i]] for i in tried}
        linked = _linked(graph)
        names = [*snapshot.firms["firm_id"].to_pylist(), *snapshot.persons["person_id"].to_pylist()]
        pool = {i: _own_parts(model, snapshot, i) + [("from", names[j]) for j in linked[i]] for i in tried}
        pool = {i: [*found, ("context", "")] for i, found in pool.items()}
        change = _network_change(model, snapshot, parts)
    else:
        named = {i: [("code", code) for code in reasons[i]] for i in tried}
        change, pool = _boosted_change(model, graph, contender, tried)
    other = {i: _drawn([p for p in pool[i] if p not in named[i]], len(named[i]), rng) for i in tried}
    moved, moved_other = ([change(i_parts) for i_parts in _rounds(found)] for found in (named, other))
    return _summed(contender, tried, (named, moved), (other, moved_other), rng)


def _apart(graph: PanelGraph, candidates: Sequence[int], most: int) -> list[int]:
    """Some of the candidates, in order, none linked with another."""
    linked = _linked(graph)
    kept: list[int] = []
    shut: set[int] = set()
    for i in candidates:
        if len(kept) < most and i not in shut:
            kept.append(int(i))
            shut |= linked[i]
    return kept


def _linked(graph: PanelGraph) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in range(graph.links.nodes)]
    ends = graph.links.pair_source.tolist(), graph.links.pair_target.tolist()
    for a, b in zip(*ends, strict=True):
        found[b].add(a)
    return found


def _part(code: str, near: Sequence[Mapping[str, Any]], snapshot: Snapshot) -> Part:
    if code == "CONTEXT":
        return "context", ""
    if code.startswith("CAUGHT_"):
        return "from", next(n["id"] for n in near if f"CAUGHT_{n['link'].upper()}" == code)
    return "own", next(f.name for f in snapshot.features if own_code(f.name) == code)


def _own_parts(model: RiskModel, snapshot: Snapshot, firm: int) -> list[Part]:
    used = {name for name, _ in model.encoder.columns} & set(snapshot.firms.column_names)
    return [("own", name) for name in sorted(used) if snapshot.firms[name][firm].is_valid]


def _drawn(pool: Sequence[Part], size: int, rng: np.random.Generator) -> list[Part]:
    return [pool[i] for i in rng.permutation(len(pool))[:size]]


def _rounds(found: Mapping[int, Sequence[Part]]) -> list[dict[int, Part]]:
    """One part of every firm at a time."""
    return [{i: p[k] for i, p in found.items() if k < len(p)} for k in range(MAX_REASONS)]


def _network_change(
    model: RiskModel, snapshot: Snapshot, parts: HazardParts
) -> Callable[[Mapping[int, Part]], dict[int, float]]:
    before = np.log(parts.hazard(NETWORK))

    def change(removed: Mapping[int, Part]) -> dict[int, float]:
        if not removed:
            return {}
        _, after = model.parts(_without(snapshot, removed))
        hazard = after.hazard(NETWORK)
        for i, (what, _) in removed.items():
            if what == "context":
                hazard[i] = parts.own[i] + parts.caught[i]
        moved = np.abs(np.log(hazard) - before)
        return {i: float(moved[i]) for i in removed}

    return change


def _without(snapshot: Snapshot, removed: Mapping[int, Part]) -> Snapshot:
    """The snapshot in which each of these firms lacks one part."""
    table = snapshot.firms
    for name in sorted({p[1] for p in removed.values() if p[0] == "own"}):
        gone = np.zeros(table.num_rows, dtype=bool)
        gone[[i for i, p in removed.items() if p == ("own", name)]] = True
        column = table.column(name)
        table = table.set_column(
            table.column_names.index(name),
            name,
            pc.if_else(pa.array(gone), pa.scalar(None, column.type), column),
        )
    firms, persons = (t.to_pylist() for t in (snapshot.firms["firm_id"], snapshot.persons["person_id"]))
    ids = {"firm": firms, "person": persons}
    cut = {(firms[i], p[1]) for i, p in removed.items() if p[0] == "from"}
    cut |= {(b, a) for a, b in cut}
    edges = {}
    for kind, rows in snapshot.edges.items():
        ends = zip(rows["source"].to_pylist(), rows["target"].to_pylist(), strict=True)
        kept = [(ids[kind[0]][a], ids[kind[2]][b]) not in cut for a, b in ends]
        edges[kind] = rows.filter(pa.array(kept, pa.bool_()))
    return replace(snapshot, firms=table, edges=edges)


def _boosted_change(
    model: RiskModel, graph: PanelGraph, contender: str, tried: Sequence[int]
) -> tuple[Callable[[Mapping[int, Part]], dict[int, float]], dict[int, list[Part]]]:
    trees = reason_trees_of(model, graph, contender)
    codes = np.array([reason_code(c) for c in trees.columns], dtype=object)
    there = ~np.isnan(trees.inputs[0])
    pool = {i: [("code", code) for code in sorted(set(codes[there[i]]))] for i in tried}

    def log_hazard(inputs: Sequence[Matrix]) -> Matrix:
        return np.asarray(np.mean([b.predict(x) for b, x in zip(trees.boosted, inputs, strict=True)], axis=0))

    def change(removed: Mapping[int, Part]) -> dict[int, float]:
        if not removed:
            return {}
        at = list(removed)
        gone = np.stack([codes == removed[i][1] for i in at])
        before = log_hazard([x[at] for x in trees.inputs])
        after = log_hazard([np.where(gone, np.nan, x[at]) for x in trees.inputs])
        return dict(zip(at, np.abs(after - before).tolist(), strict=True))

    return change, pool


def _summed(
    contender: str,
    tried: Sequence[int],
    found: tuple[Mapping[int, Sequence[Part]], Sequence[Mapping[int, float]]],
    other: tuple[Mapping[int, Sequence[Part]], Sequence[Mapping[int, float]]],
    rng: np.random.Generator,
) -> DeletionResult:
    (named, moved), (drawn, other_moved) = found, other
    sums = np.array([[sum(r.get(i, 0.0) for r in rounds) for rounds in (moved, other_moved)] for i in tried])
    sizes = np.array([[sum(i in r for r in rounds) for rounds in (moved, other_moved)] for i in tried])
    by_kind = _by_kind(((named, moved), (drawn, other_moved)))
    if not len(tried) or not sums[:, 1].sum() or not sizes.all(1).any():
        return DeletionResult(contender, len(tried), None, None, None, None, None, by_kind)
    counts = rng.multinomial(len(tried), np.full(len(tried), 1 / len(tried)), DRAWS).astype(float)
    means = (counts @ sums) / np.maximum(counts @ sizes, 1)
    low, high = np.percentile(means[:, 0] / np.maximum(means[:, 1], 1e-12), [2.5, 97.5])
    one, two = sums.sum(0) / sizes.sum(0)
    return DeletionResult(
        contender, len(tried), float(one), float(two), float(one / two), float(low), float(high), by_kind
    )


def _by_kind(
    done: Sequence[tuple[Mapping[int, Sequence[Part]], Sequence[Mapping[int, float]]]],
) -> dict[str, dict[str, float | None]]:
    """Mean change of named and of random parts, by what was taken away; None where nothing of the kind was."""
    found: dict[str, dict[str, list[float]]] = {}
    for side, (parts, rounds) in zip(("named", "random"), done, strict=True):
        for k, moved in enumerate(rounds):
            for i, value in moved.items():
                found.setdefault(parts[i][k][0], {"named": [], "random": []})[side].append(value)
    return {
        kind: {side: float(np.mean(v)) if v else None for side, v in sides.items()}
        for kind, sides in sorted(found.items())
    }
