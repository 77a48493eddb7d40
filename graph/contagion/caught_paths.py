"""Along which paths a firm catches its hazard: what a neighbour hands on, divided by where that one has it from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from itertools import pairwise

import numpy as np

from supplyrisk.graph.contagion.learned_hazards import TINY, Floats, Transmissions

LINK_WORDS = {
    ("supplies", "forward"): "supplier",
    ("supplies", "back"): "customer",
    ("carries_for", "forward"): "carrier",
    ("carries_for", "back"): "served",
}
"""What the source of a link is to its target, by kind and direction of the channel; any other kind is its own word,
in both directions, and names the relation alone: who owns, manages or invests it does not say."""

Part = tuple[tuple[int, ...], float]


@dataclass(frozen=True)
class CaughtPath:
    """Hazard that reaches a firm along one path.

    chain: ids from where the hazard arises to the firm itself; links: what each of them is to the next; hazard: after
    calibration, over the horizon; share: of all that the firm catches; defaulted: whether the first one is in default;
    firms: which of the chain are firms, the others are persons.
    """

    chain: tuple[str, ...]
    links: tuple[str, ...]
    hazard: float
    share: float
    defaulted: bool
    firms: tuple[bool, ...]


def caught_paths(transmissions: Transmissions, firm: str, top: int = 5) -> list[CaughtPath]:
    """The paths that carry most of what a firm catches, the heaviest first; they all sum to caught.

    What i catches from j in round r is divided in proportion to what j had to hand on: its own part, and what it had
    caught from each k other than i in round r - 1; that from k again, until round 0. A firm in default is where its
    paths begin. Means over the ensemble, times the calibration's g(h) / h of the firm. A firm in default catches
    nothing.
    """
    return paths_near(transmissions.near(transmissions.node_ids.index(firm)), firm, top)


def paths_near(transmissions: Transmissions, firm: str, top: int = 5) -> list[CaughtPath]:
    """The same out of `Transmissions.near` of that firm, for who has it already."""
    row = transmissions.node_ids.index(firm)
    if transmissions.defaulted[row]:
        return []
    seen = _Seen(transmissions, row)
    found: dict[tuple[int, ...], float] = {}
    for source, handed in seen.sources:
        # A path carries no more than its last link: whoever hands over less than the last of the best is left out.
        if len(found) >= top and handed < nlargest(top, found.values())[-1]:
            break
        for chain, hazard in seen.by(source):
            found[chain] = found.get(chain, 0.0) + hazard
    caught = sum(handed for _, handed in seen.sources)
    factor = seen.factor
    heaviest = sorted(
        found.items(), key=lambda item: (-item[1], [transmissions.node_ids[n] for n in item[0]])
    )
    return [
        CaughtPath(
            chain=tuple(transmissions.node_ids[n] for n in chain),
            links=tuple(seen.word(a, b) for a, b in pairwise(chain)),
            hazard=hazard * factor,
            share=hazard / caught,
            defaulted=bool(transmissions.defaulted[chain[0]]),
            firms=tuple(n < transmissions.firms for n in chain),
        )
        for chain, hazard in heaviest[:top]
        if hazard > TINY
    ]


class _Seen:
    """What the pairs near one firm hand on, by member and round; kept: the links near it."""

    def __init__(self, kept: Transmissions, row: int) -> None:
        self.kept, self.pairs, self._row = kept, kept.pairs, row
        self._into: dict[int, list[int]] = {}
        for pair, target in enumerate(self.pairs.target.tolist()):
            self._into.setdefault(target, []).append(pair)
        self._caught: list[list[Floats]] = []
        hazard = 0.0
        for base, weight in zip(kept.base, kept.weight, strict=True):
            steps = list(self.pairs.rounds(base, weight, kept.defaulted, kept.rounds))
            self._caught.append([caught for _, caught in steps])
            hazard += float(steps[-1][0][row] if steps else base[row]) / len(kept.base)
        self.factor = float(kept.scale.apply(np.array([hazard]))[0]) / max(hazard, TINY)

    @property
    def sources(self) -> list[tuple[int, float]]:
        """(neighbour, what the firm catches from it), mean over the members, the heaviest first."""
        if not self.kept.rounds:
            return []
        last = np.mean([caught[-1] for caught in self._caught], axis=0)
        rows = [(int(self.pairs.source[pair]), float(last[pair])) for pair in self._into.get(self._row, ())]
        return sorted((row for row in rows if row[1] > 0), key=lambda row: (-row[1], row[0]))

    def by(self, source: int) -> Iterator[Part]:
        """(path that ends with this neighbour, its part of the mean), one member after the other."""
        members, rounds = len(self._caught), self.kept.rounds
        for member in range(members):
            for j, handed in self._handed(member, self._row, rounds, None):
                if j == source:
                    yield from self._split(member, j, handed / members, (self._row,), rounds)

    def _into_node(self, member: int, round_: int, chain: tuple[int, ...]) -> Iterator[Part]:
        """(path, hazard) of all that the first of a chain caught in a round, but for what the next of it gave."""
        back = chain[1] if len(chain) > 1 else None
        for source, handed in self._handed(member, chain[0], round_, back):
            yield from self._split(member, source, handed, chain, round_)

    def _split(
        self, member: int, source: int, handed: float, chain: tuple[int, ...], round_: int
    ) -> Iterator[Part]:
        """What a source hands to the first of a chain, divided by where the source has it from."""
        longer = (source, *chain)
        if self.kept.defaulted[source]:
            yield longer, handed
            return
        own = float(self.kept.base[member, source])
        further = list(self._into_node(member, round_ - 1, longer)) if round_ > 1 else []
        whole = own + sum(part for _, part in further)
        if whole > 0:
            yield longer, handed * own / whole
            yield from ((path, handed * part / whole) for path, part in further)

    def _handed(self, member: int, node: int, round_: int, back: int | None) -> Iterator[tuple[int, float]]:
        """(source, what it handed to a node in a round), but for one source."""
        caught = self._caught[member][round_ - 1]
        for pair in self._into.get(node, ()):
            source, handed = int(self.pairs.source[pair]), float(caught[pair])
            if handed > 0 and source != back:
                yield source, handed

    def word(self, source: int, target: int) -> str:
        """What the source is to the target: the word of the link that transmits most."""
        kept = self.kept
        links = np.flatnonzero((kept.source == source) & (kept.target == target))
        strongest = links[int(np.argmax(kept.weight[:, links].mean(axis=0)))]
        return link_word(kept.kind[int(strongest)].as_py())


def link_word(kind: str) -> str:
    """What the source of a channel such as "firm:supplies:firm:forward" is to its target."""
    parts = kind.split(":")
    return LINK_WORDS.get((parts[1], parts[3]), parts[1]) if len(parts) == 4 else kind
