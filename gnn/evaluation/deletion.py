"""The deletion test: deleting what a reason names must move the score further than deleting something at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.baseline_registry import NETWORK, SEPARATING
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.explain.column_weights import ColumnWeights
from supplyrisk.gnn.explain.evidence import ScoreEvidence, heaviest_neighbours, neighbours_of
from supplyrisk.gnn.explain.reason_ranking import reasons_of
from supplyrisk.gnn.explain.reasons import MAX_REASONS, own_code, reason_code
from supplyrisk.gnn.risk_model import HazardParts, RiskModel
from supplyrisk.graph import Snapshot, stored_as
from supplyrisk.graph.schema.aliases import CANDIDATE

Matrix = NDArray[np.float64]
Part = tuple[str, str]
"""A part that a score rests on: ("own", feature), ("from", node id), ("context", ""), or ("code", reason code)."""
Changes = Callable[[Mapping[int, Part]], dict[int, float]]
"""|change of log hazard| by firm, given the part that is deleted of each."""

FIRMS = 100
"""Firms in the test."""
REQUIRED_RATIO = 2.0
"""How many times as far a named part must move the score as a random one."""
DRAWS = 1000


@dataclass(frozen=True, kw_only=True)
class DeletionResult:
    """Mean |change of log hazard| when a part is deleted.

    Parameters
    ----------
    candidate: the model that scores.
    firms: number of firms in the test.
    named, random: mean over the parts that reasons name, and over random parts.
    ratio: named / random; None, as the means and the interval, where no firm has a reason or random parts move nothing.
    low, high: 95 % interval of the ratio, by a bootstrap of firms.
    by_kind: both means by kind of part: own, from (a neighbour), context, or code (a boosted baseline's columns).
    """

    candidate: str = stored_as(CANDIDATE)
    firms: int
    named: float | None = None
    random: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    by_kind: Mapping[str, Mapping[str, float | None]]


@dataclass(frozen=True)
class _Deletions:
    """Parts that are deleted, by firm, and their effects: effects[k] holds those of each firm's k-th part."""

    parts: Mapping[int, Sequence[Part]]
    effects: Sequence[Mapping[int, float]]

    @classmethod
    def of(cls, parts: Mapping[int, Sequence[Part]], changes: Changes) -> _Deletions:
        """Delete one part of every firm at a time."""
        effects = [
            changes({firm: p[k] for firm, p in parts.items() if k < len(p)}) for k in range(MAX_REASONS)
        ]
        return cls(parts, effects)

    def total(self, firm: int) -> float:
        """Return the sum of a firm's effects."""
        return sum(effects.get(firm, 0.0) for effects in self.effects)

    def size(self, firm: int) -> int:
        """Return the number of a firm's parts."""
        return sum(firm in effects for effects in self.effects)


def deletion_test(
    model: RiskModel, snapshot: Snapshot, *, firms: int = FIRMS, seed: int = 0, use: str | None = None
) -> DeletionResult:
    """Delete what the reasons of some firms name, one part at a time, and as many random parts of each firm.

    For the network: a feature of the firm becomes missing, all links to a neighbour are cut, or the context is left out
    of the sum; a random part is any known feature, any neighbour, or the context, with equal probability. An expert
    model is tested alike, by the features that have an effect and without the context. For a boosted baseline: all
    columns of a reason's code become missing; a random part is any other code whose columns the firm has. The firms are
    not linked with each other, so that no deletion affects another firm of the test directly.

    Parameters
    ----------
    model: the trained model.
    snapshot: the snapshot.
    firms: number of firms at most.
    seed: of the draws.
    use: the candidate model; None: the champion.
    """
    candidate = use or model.champion
    graph, parts = model.parts(snapshot)
    # A factor of 1: calibration does not change which parts weigh most.
    evidence = ScoreEvidence(graph, parts, candidate, np.ones(graph.firms))
    reasons = reasons_of(model, snapshot, evidence).to_pylist()
    codes = [[reason["code"] for reason in firm_reasons or []] for firm_reasons in reasons]
    rng = np.random.default_rng(seed)
    chosen = _unlinked(graph, [i for i in rng.permutation(graph.firms) if codes[i]], firms)
    if candidate in SEPARATING:
        near = neighbours_of(snapshot, evidence, heaviest_neighbours(evidence)).to_pylist()
        named = {i: [_part(code, near[i], snapshot) for code in codes[i]] for i in chosen}
        pool = _network_parts(model, snapshot, evidence, chosen)
        changes = _network_changes(model, snapshot, parts)
    else:
        named = {i: [("code", code) for code in codes[i]] for i in chosen}
        weighing = ColumnWeights.of(model, evidence)
        pool = _baseline_parts(weighing, chosen)
        changes = _baseline_changes(weighing)
    # As many random parts as named ones, none of which is named.
    drawn = {i: _drawn([p for p in pool[i] if p not in named[i]], len(named[i]), rng) for i in chosen}
    return _result(candidate, chosen, _Deletions.of(named, changes), _Deletions.of(drawn, changes), rng)


def _unlinked(graph: PanelGraph, firms: Sequence[int], number: int) -> list[int]:
    """The first of some firms, no two of which are linked."""
    linked = _linked(graph)
    chosen: list[int] = []
    excluded: set[int] = set()
    for i in firms:
        if len(chosen) < number and i not in excluded:
            chosen.append(int(i))
            excluded |= linked[i]
    return chosen


def _linked(graph: PanelGraph) -> list[set[int]]:
    linked: list[set[int]] = [set() for _ in range(graph.links.nodes)]
    source = graph.links.pair_source.tolist()
    target = graph.links.pair_target.tolist()
    for a, b in zip(source, target, strict=True):
        linked[b].add(a)
    return linked


def _part(code: str, near: Sequence[Mapping[str, Any]], snapshot: Snapshot) -> Part:
    """The part that a reason of the network names; near: the firm's heaviest neighbours."""
    if code == "CONTEXT":
        return "context", ""
    if code.startswith("CAUGHT_"):
        # One reason per code: it names the heaviest neighbour with this kind of link.
        return "from", next(n["id"] for n in near if f"CAUGHT_{n['link'].upper()}" == code)
    return "own", next(f.name for f in snapshot.features if own_code(f.name) == code)


def _network_parts(
    model: RiskModel, snapshot: Snapshot, evidence: ScoreEvidence, firms: Sequence[int]
) -> dict[int, list[Part]]:
    """All parts of each firm's score by the network."""
    linked = _linked(evidence.graph)
    columns = _own_columns(model, evidence) & set(snapshot.firms.column_names)
    ids = [*snapshot.firms["firm_id"].to_pylist(), *snapshot.persons["person_id"].to_pylist()]
    parts: dict[int, list[Part]] = {}
    for i in firms:
        neighbours = [("from", ids[node]) for node in linked[i]]
        # The context of an expert model is 0 for every firm: deleting it would only thin out the random parts.
        context = [] if model.expert else [("context", "")]
        own = [("own", name) for name in sorted(columns) if snapshot.firms[name][i].is_valid]
        parts[i] = [*own, *neighbours, *context]
    return parts


def _own_columns(model: RiskModel, evidence: ScoreEvidence) -> set[str]:
    """The features that random parts are drawn from."""
    names = [name for name, _ in model.encoder.columns]
    if not model.expert:
        return set(names)
    # Columns without an effect would thin out the random parts, too.
    parts = ColumnWeights.of(model, evidence).explanation.parts(slice(None))
    return {names[column] for column in np.flatnonzero(np.any(parts, axis=0))}


def _baseline_parts(weighing: ColumnWeights, firms: Sequence[int]) -> dict[int, list[Part]]:
    """The codes of the columns that each firm has."""
    codes = np.array([reason_code(c) for c in weighing.columns], dtype=object)
    present = ~np.isnan(weighing.explanation.inputs[0])
    return {i: [("code", code) for code in sorted(set(codes[present[i]]))] for i in firms}


def _drawn(pool: Sequence[Part], size: int, rng: np.random.Generator) -> list[Part]:
    return [pool[i] for i in rng.permutation(len(pool))[:size]]


def _network_changes(model: RiskModel, snapshot: Snapshot, parts: HazardParts) -> Changes:
    before = np.log(parts.hazard(NETWORK))

    def changes(deleted: Mapping[int, Part]) -> dict[int, float]:
        if not deleted:
            return {}
        after = model.parts(_without(snapshot, deleted)).parts
        hazard = after.hazard(NETWORK)
        for i, (kind, _) in deleted.items():
            # The context is no input that could be missing, so it is left out of the sum.
            if kind == "context":
                hazard[i] = parts.own[i] + parts.caught[i]
        change = np.abs(np.log(hazard) - before)
        return {i: float(change[i]) for i in deleted}

    return changes


def _without(snapshot: Snapshot, deleted: Mapping[int, Part]) -> Snapshot:
    """The snapshot in which each of these firms lacks one part."""
    table = snapshot.firms
    for name in sorted({p[1] for p in deleted.values() if p[0] == "own"}):
        missing = np.zeros(table.num_rows, dtype=bool)
        missing[[i for i, p in deleted.items() if p == ("own", name)]] = True
        column = table.column(name)
        table = table.set_column(
            table.column_names.index(name),
            name,
            pc.if_else(pa.array(missing), pa.scalar(None, column.type), column),
        )
    firm_ids = snapshot.firms["firm_id"].to_pylist()
    ids = {"firm": firm_ids, "person": snapshot.persons["person_id"].to_pylist()}
    cut = {(firm_ids[i], p[1]) for i, p in deleted.items() if p[0] == "from"}
    # Links are cut in both directions.
    cut |= {(b, a) for a, b in cut}
    edges = {}
    for kind, rows in snapshot.edges.items():
        ends = zip(rows["source"].to_pylist(), rows["target"].to_pylist(), strict=True)
        remains = [(ids[kind[0]][a], ids[kind[2]][b]) not in cut for a, b in ends]
        edges[kind] = rows.filter(pa.array(remains, pa.bool_()))
    return replace(snapshot, firms=table, edges=edges)


def _baseline_changes(weighing: ColumnWeights) -> Changes:
    codes = np.array([reason_code(c) for c in weighing.columns], dtype=object)
    scores = weighing.explanation.scores
    all_inputs = weighing.explanation.inputs

    def log_hazard(inputs: Sequence[Matrix]) -> Matrix:
        return np.asarray(np.mean([score(x) for score, x in zip(scores, inputs, strict=True)], axis=0))

    def changes(deleted: Mapping[int, Part]) -> dict[int, float]:
        if not deleted:
            return {}
        firms = list(deleted)
        missing = np.stack([codes == deleted[i][1] for i in firms])
        before = log_hazard([x[firms] for x in all_inputs])
        after = log_hazard([np.where(missing, np.nan, x[firms]) for x in all_inputs])
        return dict(zip(firms, np.abs(after - before).tolist(), strict=True))

    return changes


def _result(
    candidate: str,
    firms: Sequence[int],
    named: _Deletions,
    drawn: _Deletions,
    rng: np.random.Generator,
) -> DeletionResult:
    totals = np.array([[named.total(i), drawn.total(i)] for i in firms])  # [firms, (named, random)]
    sizes = np.array([[named.size(i), drawn.size(i)] for i in firms])
    by_kind = _by_kind(named, drawn)
    if not len(firms) or not totals[:, 1].sum() or not sizes.all(1).any():
        return DeletionResult(candidate=candidate, firms=len(firms), by_kind=by_kind)
    # Whole firms are drawn: the parts of one firm are not independent.
    counts = rng.multinomial(len(firms), np.full(len(firms), 1 / len(firms)), DRAWS).astype(float)
    means = (counts @ totals) / np.maximum(counts @ sizes, 1)
    low, high = np.percentile(means[:, 0] / np.maximum(means[:, 1], 1e-12), [2.5, 97.5])
    named_mean, random_mean = totals.sum(0) / sizes.sum(0)
    return DeletionResult(
        candidate=candidate,
        firms=len(firms),
        named=float(named_mean),
        random=float(random_mean),
        ratio=float(named_mean / random_mean),
        low=float(low),
        high=float(high),
        by_kind=by_kind,
    )


def _by_kind(named: _Deletions, drawn: _Deletions) -> dict[str, dict[str, float | None]]:
    """Mean effect of named and of random parts by kind of part; None where no part of the kind was deleted."""
    values: dict[str, dict[str, list[float]]] = {}
    for side, deletions in (("named", named), ("random", drawn)):
        for k, effects in enumerate(deletions.effects):
            for firm, effect in effects.items():
                kind = deletions.parts[firm][k][0]
                values.setdefault(kind, {"named": [], "random": []})[side].append(effect)
    return {
        kind: {side: float(np.mean(v)) if v else None for side, v in sides.items()}
        for kind, sides in sorted(values.items())
    }
