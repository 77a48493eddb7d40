"""Along which paths a firm catches its hazard: what a neighbour hands on, divided by where that one has it from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from supplyrisk.graph.hazards import TINY, Floats, Transmissions

LINK_WORDS = {
    ("supplies", "forward"): "supplier",
    ("supplies", "back"): "customer",
    ("carries_for", "forward"): "carrier",
    ("carries_for", "back"): "served",
}
"""What the source of a link is to its target, by kind and direction of the channel; any other kind is its own word."""


@dataclass(frozen=True)
class CaughtPath:
    """Hazard that reaches a firm along one path.

    chain: ids from where the hazard arises to the firm itself; links: what each of them is to the next; hazard: after
    calibration, over the horizon; share: of all that the firm catches; defaulted: whether the first one is in default.
    """

    chain: tuple[str, ...]
    links: tuple[str, ...]
    hazard: float
    share: float
    defaulted: bool


def caught_paths(kept: Transmissions, firm: str, top: int = 5) -> list[CaughtPath]:
    """The paths that carry most of what a firm catches, the heaviest first; they all sum to caught.

    What i catches from j in round r is divided in proportion to what j had to hand on: its own part, and what it had
    caught from each k other than i in round r - 1; that from k again, until round 0. A firm in default is where its
    paths begin. Means over the ensemble, times the calibration's g(h) / h of the firm. A firm in default catches
    nothing.
    """
    row = kept.node_ids.index(firm)
    if kept.defaulted[row]:
        return []
    seen = _Seen(kept.near(row), row)
    found: dict[tuple[int, ...], float] = {}
    for member in range(len(kept.base)):
        for chain, hazard in seen.into(member, row, kept.rounds, ()):
            found[chain] = found.get(chain, 0.0) + hazard / len(kept.base)
    caught = sum(found.values())
    factor = seen.factor
    heaviest = sorted(found.items(), key=lambda item: (-item[1], [kept.node_ids[n] for n in item[0]]))
    return [
        CaughtPath(
            chain=tuple(kept.node_ids[n] for n in chain),
            links=tuple(seen.word(a, b) for a, b in pairwise(chain)),
            hazard=hazard * factor,
            share=hazard / caught,
            defaulted=bool(kept.defaulted[chain[0]]),
        )
        for chain, hazard in heaviest[:top]
        if hazard > TINY
    ]


class _Seen:
    """What the pairs near one firm hand on, by member and round; kept: the links near it."""

    def __init__(self, kept: Transmissions, row: int) -> None:
        self.kept, self.pairs = kept, kept.pairs
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

    def into(
        self, member: int, node: int, round_: int, after: tuple[int, ...]
    ) -> Iterator[tuple[tuple[int, ...], float]]:
        """(path into the node, hazard) of all that it has caught in a round, but for what the next on the path gave."""
        for source, hazard in self._sources(member, node, round_, after):
            chain = (node, *after)
            if self.kept.defaulted[source]:
                yield (source, *chain), hazard
                continue
            own = float(self.kept.base[member, source])
            further = list(self.into(member, source, round_ - 1, chain)) if round_ > 1 else []
            whole = own + sum(part for _, part in further)
            if whole > 0:
                yield (source, *chain), hazard * own / whole
                yield from ((longer, hazard * part / whole) for longer, part in further)

    def _sources(
        self, member: int, node: int, round_: int, after: tuple[int, ...]
    ) -> Iterator[tuple[int, float]]:
        caught = self._caught[member][round_ - 1]
        for pair in self._into.get(node, ()):
            source, hazard = int(self.pairs.source[pair]), float(caught[pair])
            if hazard > 0 and source not in after[:1]:
                yield source, hazard

    def word(self, source: int, target: int) -> str:
        """What the source is to the target: the word of the link that transmits most."""
        kept = self.kept
        links = np.flatnonzero((kept.source == source) & (kept.target == target))
        strongest = links[int(np.argmax(kept.weight[:, links].mean(axis=0)))]
        return link_word(str(kept.kind[strongest]))


def link_word(kind: str) -> str:
    """What the source of a channel such as "firm:supplies:firm:forward" is to its target."""
    parts = kind.split(":")
    return LINK_WORDS.get((parts[1], parts[3]), parts[1]) if len(parts) == 4 else kind
