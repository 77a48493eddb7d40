"""The learned relation without the network that learned it: hazards out of what `score` keeps, if some firms stop."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.errors import DataError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TINY = 1e-12
_ABOUT = b"scgraph"


@dataclass(frozen=True)
class HazardMap:
    """g(h) = exp(intercept + slope log h), its odds then times exp(shift): a calibration, and another base rate."""

    intercept: float = 0.0
    slope: float = 1.0
    shift: float = 0.0

    def apply(self, hazard: Floats) -> Floats:
        """g(h); h below TINY counts as TINY."""
        mapped = np.exp(self.intercept + self.slope * np.log(np.clip(hazard, TINY, None)))
        if self.shift == 0.0:
            return np.asarray(mapped)
        pd = np.clip(-np.expm1(-mapped), TINY, 1 - TINY)
        odds = pd / (1 - pd) * np.exp(self.shift)
        return np.asarray(np.log1p(np.minimum(odds, (1 - TINY) / TINY)))


@dataclass(frozen=True)
class Transmissions:
    """Base hazards and learned transmissions of every member of an ensemble, as of one scored day.

    node_ids: firms, sorted, then persons; firms: how many are firms. defaulted: (nodes,), firms in default. base:
    (members, nodes), own + context before calibration, 0 for persons. source, target: (links,), row numbers of
    node_ids; kind: (links,), "firm:supplies:firm:forward" and the like; weight: (members, links), w in [0, 1).
    rounds: K. scale: the calibration. content_hash: of the data that were scored.
    """

    node_ids: tuple[str, ...]
    firms: int
    defaulted: Flags
    base: Floats
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    kind: pa.DictionaryArray
    weight: Floats
    rounds: int
    scale: HazardMap
    model: str
    content_hash: str

    def hazards(self, stopped: Flags | None = None, links: Flags | None = None) -> Floats:
        """Calibrated hazard of every firm, shape (firms,); PD = 1 - exp(-h).

            h_i(r)        = base_i + sum_j caught_{j->i}(r),  r = 1..K
            caught_{j->i} = sum over links l from j to i of -log(1 - w_l q_{j\\i}(r-1))
            q_{j\\i}       = 1 - exp(-(h_j - caught_{i->j})),  1 where j is in default or has stopped

        averaged over the members, then calibrated. stopped: (firms,), firms that have stopped for certain; links:
        (links,), which to use, None for all.
        """
        certain = self.defaulted.copy()
        if stopped is not None:
            certain[: self.firms] |= stopped
        if links is None:
            pairs, weights = self.pairs, self.weight
        else:
            pairs = Pairs.of(self.source[links], self.target[links], len(self.node_ids))
            weights = self.weight[:, links]
        each = [
            pairs.hazards(base, weight, certain, self.rounds)
            for base, weight in zip(self.base, weights, strict=True)
        ]
        return self.scale.apply(np.mean(each, axis=0)[: self.firms])

    @cached_property
    def pairs(self) -> Pairs:
        """The ordered pairs of nodes that links join; sorting them takes longer than a round."""
        return Pairs.of(self.source, self.target, len(self.node_ids))

    def near(self, row: int) -> Transmissions:
        """The same with only those links that can reach one node in K rounds: its hazard stays, others' do not.

        Round K needs what is handed to the node, round K - 1 what is handed to its neighbours, and so on.
        """
        wanted = np.zeros(len(self.node_ids), dtype=bool)
        wanted[row] = True
        for _ in range(self.rounds - 1):
            wanted[self.source[wanted[self.target]]] = True
        used = wanted[self.target]
        source, target, kind = self.source[used], self.target[used], self.kind.filter(pa.array(used))
        return replace(self, source=source, target=target, kind=kind, weight=self.weight[:, used])

    def to_tables(self) -> tuple[pa.Table, pa.Table]:
        """Nodes (node_id, firm, defaulted, base) and links (source, target, kind, transmission), lists by member."""
        about = {"rounds": self.rounds, "scale": asdict(self.scale), "model": self.model}
        about |= {"content_hash": self.content_hash, "members": len(self.base)}
        nodes = {
            "node_id": pa.array(self.node_ids, pa.string()),
            "firm": pa.array(np.arange(len(self.node_ids)) < self.firms),
            "defaulted": pa.array(self.defaulted),
            "base": _lists(self.base),
        }
        links = {
            "source": pa.array(self.source),
            "target": pa.array(self.target),
            "kind": self.kind,
            "transmission": _lists(self.weight),
        }
        said = {_ABOUT: json.dumps(about, sort_keys=True)}
        return pa.table(nodes).replace_schema_metadata(said), pa.table(links).replace_schema_metadata(said)

    @classmethod
    def from_tables(cls, nodes: pa.Table, links: pa.Table) -> Self:
        """What `to_tables` made.

        Raises
        ------
        DataError: the two are not of one run of `score`.
        """
        told = [(table.schema.metadata or {}).get(_ABOUT) for table in (nodes, links)]
        if told[0] is None or told[0] != told[1]:
            raise DataError("kept links and nodes of two scorings", "of one", "run scgraph score again")
        about = json.loads(told[0])
        firm = nodes["firm"].to_numpy(zero_copy_only=False).astype(bool)
        return cls(
            node_ids=tuple(nodes["node_id"].to_pylist()),
            firms=int(firm.sum()),
            defaulted=nodes["defaulted"].to_numpy(zero_copy_only=False).astype(bool),
            base=_members(nodes["base"], about["members"]),
            source=links["source"].to_numpy().astype(np.int64),
            target=links["target"].to_numpy().astype(np.int64),
            kind=links["kind"].combine_chunks(),
            weight=_members(links["transmission"], about["members"]),
            rounds=int(about["rounds"]),
            scale=HazardMap(**about["scale"]),
            model=about["model"],
            content_hash=about["content_hash"],
        )


def _lists(values: Floats) -> pa.Array:
    """(members, rows) as a list of one number per member in each row."""
    return pa.FixedSizeListArray.from_arrays(pa.array(values.T.ravel(), pa.float64()), len(values))


def _members(column: pa.ChunkedArray, members: int) -> Floats:
    flat = column.combine_chunks().flatten() if len(column) else pa.array([], pa.float64())
    return np.asarray(flat.to_numpy(zero_copy_only=False), np.float64).reshape(-1, members).T


@dataclass(frozen=True)
class Pairs:
    """Ordered pairs of nodes that links join: what is caught one way is not handed straight back the other way.

    pair: (links,); source, target: (pairs,); reverse: (pairs,), the pair the other way round, -1 where no link is.
    """

    pair: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    reverse: NDArray[np.int64]
    nodes: int

    @classmethod
    def of(cls, source: NDArray[np.int64], target: NDArray[np.int64], nodes: int) -> Self:
        """The pairs of links given by row numbers of `nodes` nodes."""
        keys, pair = np.unique(source * nodes + target, return_inverse=True)
        back = (keys % nodes) * nodes + keys // nodes
        at = np.minimum(np.searchsorted(keys, back), max(len(keys) - 1, 0))
        there = keys[at] == back if len(keys) else np.zeros(0, dtype=bool)
        return cls(pair, keys // nodes, keys % nodes, np.where(there, at, -1), nodes)

    def hazards(self, base: Floats, weight: Floats, certain: Flags, rounds: int) -> Floats:
        """h of one member after K rounds, shape (nodes,)."""
        return [base, *(hazard for hazard, _ in self.rounds(base, weight, certain, rounds))][-1]

    def rounds(
        self, base: Floats, weight: Floats, certain: Flags, rounds: int
    ) -> Iterator[tuple[Floats, Floats]]:
        """After each round h of one member, shape (nodes,), and what each pair's target catches, shape (pairs,)."""
        caught, hazard = np.zeros(len(self.source)), base
        for _ in range(rounds):
            echo = np.where(self.reverse >= 0, caught[self.reverse], 0.0)
            without = np.maximum(hazard[self.source] - echo, 0.0)
            q = np.where(certain[self.source], 1.0, -np.expm1(-without))
            along = -np.log1p(-weight * q[self.pair])
            caught = np.bincount(self.pair, along, len(self.source)).astype(np.float64)
            hazard = base + np.bincount(self.target, caught, self.nodes)
            yield hazard, caught
