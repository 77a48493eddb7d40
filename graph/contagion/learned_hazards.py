"""Hazards by learned transmissions, without the neural network that learned them: from the arrays that `score` writes.

Answers what a firm's hazard would be if some firms stopped, or without some links.
"""

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
"""Smallest hazard and probability: keeps logarithms and odds finite."""

_METADATA_KEY = b"scgraph"


@dataclass(frozen=True)
class HazardMap:
    """Calibration g(h) = exp(intercept + slope log h), followed by a shift of the odds to another base rate.

    intercept, slope: default 0 and 1, no calibration. shift: log of the factor on the odds of the PD; default 0, none.
    """

    intercept: float = 0.0
    slope: float = 1.0
    shift: float = 0.0

    def apply(self, hazard: Floats) -> Floats:
        """Return the calibrated hazards, in the shape of `hazard`; a hazard below TINY counts as TINY."""
        # The logarithm of a hazard of 0 is clipped, not skipped, so that g stays monotonic.
        mapped = np.exp(self.intercept + self.slope * np.log(np.clip(hazard, TINY, None)))
        if self.shift == 0.0:
            return np.asarray(mapped)
        pd = np.clip(-np.expm1(-mapped), TINY, 1 - TINY)
        # The shift is on odds, as in logistic regression with another base rate; the result is a hazard again.
        odds = pd / (1 - pd) * np.exp(self.shift)
        return np.asarray(np.log1p(np.minimum(odds, (1 - TINY) / TINY)))


@dataclass(frozen=True)
class Transmissions:
    """Base hazards and learned transmissions of every member of an ensemble, as of one scored day.

    node_ids: firms, sorted, then persons. firms: number of firms. defaulted: firms in default, shape (nodes,). base:
    own risk + context effect before calibration, (members, nodes), 0 for persons. source, target: row numbers in
    node_ids, (links,). kind: such as "firm:supplies:firm:forward", (links,). weight: probability of transmission w in
    [0, 1), (members, links). rounds: K. scale: the calibration. model: its name. content_hash: of the scored data.
    synthetic_model: whether the model was trained on synthetic data; false in files from before this was noted.
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
    synthetic_model: bool = False

    def hazards(self, stopped: Flags | None = None, links: Flags | None = None) -> Floats:
        """Compute the calibrated hazard of every firm, shape (firms,); PD = 1 - exp(-h).

            h_i(r)        = base_i + sum_j caught_{j->i}(r),  r = 1..K
            caught_{j->i} = sum over links l from j to i of -log(1 - w_l q_{j\\i}(r-1))
            q_{j\\i}       = 1 - exp(-(h_j - caught_{i->j})),  1 where j is in default or has stopped

        averaged over the members, then calibrated. A firm does not catch back what it passed on itself: its own part
        is taken out of the neighbour's hazard.

        Parameters
        ----------
        stopped: firms that have stopped for certain, shape (firms,); None: none.
        links: which links to use, shape (links,); None: all.
        """
        certain = self.defaulted.copy()
        if stopped is not None:
            certain[: self.firms] |= stopped
        if links is None:
            pairs = self.pairs
            weights = self.weight
        else:
            pairs = Pairs.of(self.source[links], self.target[links], len(self.node_ids))
            weights = self.weight[:, links]
        each = [
            pairs.hazards(base, weight, certain, self.rounds)
            for base, weight in zip(self.base, weights, strict=True)
        ]
        # Mean first: g is fitted to the hazard of the whole ensemble.
        return self.scale.apply(np.mean(each, axis=0)[: self.firms])

    @cached_property
    def pairs(self) -> Pairs:
        """Ordered pairs of nodes that links join; cached, since sorting them takes longer than a round."""
        return Pairs.of(self.source, self.target, len(self.node_ids))

    def near(self, row: int) -> Transmissions:
        """Return the transmissions with only those links that can reach one node in K rounds.

        The hazard of that node stays the same; those of other nodes do not. row: row number of the node.
        """
        # Round K needs what is passed to the node, round K - 1 what is passed to its neighbours, and so on.
        needed = np.zeros(len(self.node_ids), dtype=bool)
        needed[row] = True
        for _ in range(self.rounds - 1):
            needed[self.source[needed[self.target]]] = True
        used = needed[self.target]
        return replace(
            self,
            source=self.source[used],
            target=self.target[used],
            kind=self.kind.filter(pa.array(used)),
            weight=self.weight[:, used],
        )

    def to_tables(self) -> tuple[pa.Table, pa.Table]:
        """Return two tables: nodes (node_id, firm, defaulted, base) and links (source, target, kind, transmission).

        base and transmission are lists with one number per member. The metadata of both hold all other fields.
        """
        about = {"rounds": self.rounds, "scale": asdict(self.scale), "model": self.model}
        about |= {"content_hash": self.content_hash, "members": len(self.base)}
        about["synthetic_model"] = self.synthetic_model
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
        metadata = {_METADATA_KEY: json.dumps(about, sort_keys=True)}
        return (
            pa.table(nodes).replace_schema_metadata(metadata),
            pa.table(links).replace_schema_metadata(metadata),
        )

    @classmethod
    def from_tables(cls, nodes: pa.Table, links: pa.Table) -> Self:
        """Read the transmissions from the two tables of `to_tables`.

        Raises
        ------
        DataError: the tables are not of one run of `score`.
        """
        # The metadata hold the content hash of the scored data: equal ones are of one run.
        metadata = (nodes.schema.metadata or {}).get(_METADATA_KEY)
        if metadata is None or metadata != (links.schema.metadata or {}).get(_METADATA_KEY):
            raise DataError(
                "transmissions whose links and nodes are of two scorings",
                "both of one",
                "run scgraph score again",
            )
        about = json.loads(metadata)
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
            synthetic_model=bool(about.get("synthetic_model", False)),
        )


def _lists(values: Floats) -> pa.Array:
    """Return values of shape (members, rows) as a column of lists, one number per member."""
    return pa.FixedSizeListArray.from_arrays(pa.array(values.T.ravel(), pa.float64()), len(values))


def _members(column: pa.ChunkedArray, members: int) -> Floats:
    """Return a column of lists as an array of shape (members, rows)."""
    flat = column.combine_chunks().flatten() if len(column) else pa.array([], pa.float64())
    return np.asarray(flat.to_numpy(zero_copy_only=False), np.float64).reshape(-1, members).T


@dataclass(frozen=True)
class Pairs:
    """Ordered pairs of nodes that links join.

    pair: pair of each link, shape (links,). source, target: (pairs,). reverse: the same pair in the other direction,
    (pairs,), -1 where there is no link: hazard caught one way is not passed straight back. nodes: number of nodes.
    """

    pair: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    reverse: NDArray[np.int64]
    nodes: int

    @classmethod
    def of(cls, source: NDArray[np.int64], target: NDArray[np.int64], nodes: int) -> Self:
        """Return the pairs of links; source, target: row numbers of nodes, shape (links,)."""
        # One number per ordered pair; sorted, so that the reverse pair is found by binary search.
        keys, pair = np.unique(source * nodes + target, return_inverse=True)
        back = (keys % nodes) * nodes + keys // nodes
        position = np.minimum(np.searchsorted(keys, back), max(len(keys) - 1, 0))
        has_reverse = keys[position] == back if len(keys) else np.zeros(0, dtype=bool)
        return cls(pair, keys // nodes, keys % nodes, np.where(has_reverse, position, -1), nodes)

    def hazards(self, base: Floats, weight: Floats, certain: Flags, rounds: int) -> Floats:
        """Return h of one member after K rounds, shape (nodes,); parameters as for `rounds`."""
        return [base, *(hazard for hazard, _ in self.rounds(base, weight, certain, rounds))][-1]

    def rounds(
        self, base: Floats, weight: Floats, certain: Flags, rounds: int
    ) -> Iterator[tuple[Floats, Floats]]:
        """Yield, after each round, h of one member, shape (nodes,), and what each pair's target catches, (pairs,).

        base: hazards without contagion, (nodes,). weight: w of the links, (links,). certain: nodes that have defaulted
        or stopped, (nodes,). rounds: K.
        """
        caught = np.zeros(len(self.source))
        hazard = base
        for _ in range(rounds):
            # What the target itself passed to the source in the round before; -1 reads the last entry, then discarded.
            echo = np.where(self.reverse >= 0, caught[self.reverse], 0.0)
            # Rounding may take the difference slightly below 0.
            without = np.maximum(hazard[self.source] - echo, 0.0)
            q = np.where(certain[self.source], 1.0, -np.expm1(-without))
            by_link = -np.log1p(-weight * q[self.pair])
            # Parallel links transmit independently: their hazards add up.
            caught = np.bincount(self.pair, by_link, len(self.source)).astype(np.float64)
            hazard = base + np.bincount(self.target, caught, self.nodes)
            yield hazard, caught
