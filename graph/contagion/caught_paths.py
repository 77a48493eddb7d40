"""Paths along which a firm catches hazard: what each neighbour passes on, divided by its own sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from itertools import pairwise

import numpy as np

from supplyrisk.graph.contagion.learned_hazards import TINY, Floats, Transmissions
from supplyrisk.graph.schema.relations import ChannelKind

PathHazard = tuple[tuple[int, ...], float]
"""A path, as row numbers of nodes, and the hazard that it carries."""


@dataclass(frozen=True)
class CaughtPath:
    """Hazard that reaches a firm along one path.

    chain: ids from the node where the hazard arises to the firm itself. links: what each node is to the next. hazard:
    after calibration, over the horizon. share: of all hazard that the firm catches. defaulted: whether the first node
    is in default. firms: which nodes of the chain are firms; the others are persons.
    """

    chain: tuple[str, ...]
    links: tuple[str, ...]
    hazard: float
    share: float
    defaulted: bool
    firms: tuple[bool, ...]


def caught_paths(transmissions: Transmissions, firm: str, top: int = 5) -> list[CaughtPath]:
    """Return the paths that carry most of the hazard that a firm catches, heaviest first; all paths sum to caught.

    What i catches from j in round r is divided in proportion to what j had to pass on: its own hazard, and what it had
    caught from each k other than i in round r - 1; that from k again, until round 0. A firm in default begins a path.
    Hazards are means over the ensemble, times g(h) / h of the firm for the calibration g. A firm in default catches
    nothing.

    firm: its id. top: number of paths; default 5.
    """
    return paths_near(transmissions.near(transmissions.node_ids.index(firm)), firm, top)


def paths_near(transmissions: Transmissions, firm: str, top: int = 5) -> list[CaughtPath]:
    """Return the same as `caught_paths`, from the result of `Transmissions.near` for that firm."""
    row = transmissions.node_ids.index(firm)
    if transmissions.defaulted[row]:
        return []
    flows = _HazardFlows(transmissions, row)
    by_path: dict[tuple[int, ...], float] = {}
    for source, handed in flows.sources:
        # No path carries more than its last link does: a neighbour that passes on less than the last of the best paths
        # so far, and all lighter ones after it, cannot add to them.
        if len(by_path) >= top and handed < nlargest(top, by_path.values())[-1]:
            break
        for chain, hazard in flows.paths_through(source):
            by_path[chain] = by_path.get(chain, 0.0) + hazard
    caught = sum(handed for _, handed in flows.sources)
    heaviest = sorted(
        by_path.items(), key=lambda item: (-item[1], [transmissions.node_ids[node] for node in item[0]])
    )
    return [
        CaughtPath(
            chain=tuple(transmissions.node_ids[node] for node in chain),
            links=tuple(flows.word(source, target) for source, target in pairwise(chain)),
            hazard=hazard * flows.factor,
            share=hazard / caught,
            defaulted=bool(transmissions.defaulted[chain[0]]),
            firms=tuple(node < transmissions.firms for node in chain),
        )
        for chain, hazard in heaviest[:top]
        if hazard > TINY
    ]


class _HazardFlows:
    """What the pairs of nodes near one firm pass on, by ensemble member and round.

    transmissions: the links near the firm. row: the firm's row number. factor: g(h) / h of the firm.
    """

    def __init__(self, transmissions: Transmissions, row: int) -> None:
        self.transmissions = transmissions
        self.pairs = transmissions.pairs
        self._row = row
        self._pairs_into: dict[int, list[int]] = {}
        for pair, target in enumerate(self.pairs.target.tolist()):
            self._pairs_into.setdefault(target, []).append(pair)
        # By member, then round: what each pair's target catches, shape (pairs,).
        self._caught: list[list[Floats]] = []
        hazard = 0.0
        for base, weight in zip(transmissions.base, transmissions.weight, strict=True):
            steps = list(self.pairs.rounds(base, weight, transmissions.defaulted, transmissions.rounds))
            self._caught.append([caught for _, caught in steps])
            hazard += float(steps[-1][0][row] if steps else base[row]) / len(transmissions.base)
        calibrated = float(transmissions.scale.apply(np.array([hazard]))[0])
        self.factor = calibrated / max(hazard, TINY)

    @property
    def sources(self) -> list[tuple[int, float]]:
        """(neighbour, hazard that the firm catches from it), mean over the members, heaviest first."""
        if not self.transmissions.rounds:
            return []
        last_round = np.mean([caught[-1] for caught in self._caught], axis=0)
        rows = [
            (int(self.pairs.source[pair]), float(last_round[pair]))
            for pair in self._pairs_into.get(self._row, ())
        ]
        return sorted((row for row in rows if row[1] > 0), key=lambda row: (-row[1], row[0]))

    def paths_through(self, source: int) -> Iterator[PathHazard]:
        """Yield the paths whose last node before the firm is this neighbour, with their part of the mean hazard.

        Member by member: the same path comes once for each member.
        """
        members = len(self._caught)
        rounds = self.transmissions.rounds
        for member in range(members):
            for neighbour, handed in self._handed(member, self._row, rounds, None):
                if neighbour == source:
                    yield from self._split(member, neighbour, handed / members, (self._row,), rounds)

    def _into_first(self, member: int, round_: int, chain: tuple[int, ...]) -> Iterator[PathHazard]:
        """Yield paths and hazards of all that the first node of a chain caught in a round, except from the second."""
        back = chain[1] if len(chain) > 1 else None
        for source, handed in self._handed(member, chain[0], round_, back):
            yield from self._split(member, source, handed, chain, round_)

    def _split(
        self, member: int, source: int, handed: float, chain: tuple[int, ...], round_: int
    ) -> Iterator[PathHazard]:
        """Divide what a source passes to the first node of a chain by where the source has it from."""
        longer = (source, *chain)
        # A node in default passes on hazard whatever it catches: nothing before it matters.
        if self.transmissions.defaulted[source]:
            yield longer, handed
            return
        own = float(self.transmissions.base[member, source])
        further = list(self._into_first(member, round_ - 1, longer)) if round_ > 1 else []
        total = own + sum(part for _, part in further)
        if total > 0:
            yield longer, handed * own / total
            yield from ((path, handed * part / total) for path, part in further)

    def _handed(self, member: int, node: int, round_: int, back: int | None) -> Iterator[tuple[int, float]]:
        """Yield (source, hazard passed to a node in a round), except from one source."""
        caught = self._caught[member][round_ - 1]
        for pair in self._pairs_into.get(node, ()):
            source = int(self.pairs.source[pair])
            handed = float(caught[pair])
            if handed > 0 and source != back:
                yield source, handed

    def word(self, source: int, target: int) -> str:
        """Return what the source is to the target, by the link between them that transmits most."""
        transmissions = self.transmissions
        links = np.flatnonzero((transmissions.source == source) & (transmissions.target == target))
        strongest = links[int(np.argmax(transmissions.weight[:, links].mean(axis=0)))]
        return ChannelKind.parse(transmissions.kind[int(strongest)].as_py()).link
