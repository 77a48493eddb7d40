"""The table of gnn/pd_interval.py, and how many true PDs its intervals hold in worlds kept apart.

    python tests/bench/bench_interval.py --learn WORLD... --check WORLD... [--members 2] [--processes 1]

WORLD is a folder of `scgraph synth --replicas N`. From the worlds to learn from come the quantiles of log(true hazard /
scored hazard) by x, the log of the scored hazard over that of the base rate; every world counts alike. Each candidate
has its own, since a worse score lies further from the truth. A training takes one to two minutes of CPU a world.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from bench_model import Matrix, read_world, seen
from supplyrisk.gnn.baselines.baseline_registry import CANDIDATES
from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.pd_interval import AT, COVERED, ratios_of

WIDTH = 0.5
"""Firms count for a knot of the table by a normal weight of this standard deviation in x."""


@dataclass(frozen=True)
class Seen:
    """Of one candidate in one world: scored and true hazards [firms], and the hazard of the base rate."""

    scored: Matrix
    true: Matrix
    base: float

    @property
    def x(self) -> Matrix:
        """Log of the scored hazard over that of the base rate."""
        return np.log(self.scored / self.base)

    @property
    def ratio(self) -> Matrix:
        """Log of the true hazard over the scored one."""
        return np.log(np.maximum(self.true, 1e-12) / self.scored)


def main() -> None:
    """Print the table learned, and the coverage of it and of the shipped one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--learn", nargs="+", type=Path, required=True)
    parser.add_argument("--check", nargs="+", type=Path, default=[])
    parser.add_argument("--members", type=int, default=2)
    parser.add_argument("--processes", type=int, default=1, help="worlds at a time")
    asked = parser.parse_args()
    worlds = (*asked.learn, *asked.check)
    with ProcessPoolExecutor(asked.processes, get_context("spawn")) as pool:
        found = list(pool.map(look, worlds, repeat(asked.members)))
    report(found[: len(asked.learn)], found[len(asked.learn) :])


def look(folder: Path, members: int) -> dict[str, Seen]:
    """Train on a world and set every candidate's hazards beside the truth."""
    world = read_world(folder)
    run = seen(world, 0, members)
    found = {}
    for c in CANDIDATES:
        calibration = run.model.calibrations[c]
        assert calibration.base_rate is not None
        scored = calibration.apply(run.parts.hazard(c))[world.known]
        true = -np.log1p(-np.minimum(world.pd[world.known], 0.999))
        found[c] = Seen(scored, true, float(-np.log1p(-calibration.base_rate)))
    return found


def report(learn: Sequence[dict[str, Seen]], check: Sequence[dict[str, Seen]]) -> None:
    """Table by candidate, and the share of true PDs inside, below and above on every world to check."""
    for c in CANDIDATES:
        table = learned([world[c] for world in learn])
        print(f"{c}\n  at   {AT}\n  low  {_rounded(table[0])}\n  high {_rounded(table[1])}")
        for name, worlds in (("learned from", learn), ("kept apart", check)):
            for label, ratios in (("this table", table), ("shipped", None)):
                said = [covered(world[c], c, ratios) for world in worlds]
                if said:
                    print(f"  {name}, {label}: {[round(s, 3) for s in said]}, mean {np.mean(said):.3f}")


def learned(worlds: Sequence[Seen]) -> tuple[Matrix, Matrix]:
    """Low and high log ratios at the knots: COVERED lie between, as many below as above, but high is at least 0.

    Where the score itself lies above the upper quantile (most firms' true hazard is far below it), high is 0 and low
    the quantile that leaves COVERED between.
    """
    x, ratio = (np.concatenate([getattr(w, f) for w in worlds]) for f in ("x", "ratio"))
    share = np.concatenate([np.full(len(w.x), 1 / len(w.x)) for w in worlds])
    order = np.argsort(ratio)
    x, ratio, share = x[order], ratio[order], share[order]
    low, high = [], []
    for at in AT:
        up_to = np.cumsum(share * np.exp(-(((x - at) / WIDTH) ** 2) / 2))
        up_to /= up_to[-1]
        top = max((1 + COVERED) / 2, float(np.interp(0.0, ratio, up_to)))
        high.append(float(np.interp(top, up_to, ratio)))
        low.append(float(np.interp(top - COVERED, up_to, ratio)))
    return np.array(low), np.maximum(high, 0.0)


def covered(world: Seen, candidate: str, table: tuple[Matrix, Matrix] | None) -> float:
    """Share of the true PDs inside the interval of a table; None: of the shipped one."""
    ratios = ratios_of(candidate) if table is None else table
    low, high = (world.scored * np.exp(np.interp(world.x, AT, part)) for part in ratios or ())
    true = pd_of(world.true)
    return float(np.mean((pd_of(low) <= true) & (true <= pd_of(high))))


def _rounded(values: Matrix) -> tuple[float, ...]:
    return tuple(round(float(v), 2) for v in values)


if __name__ == "__main__":
    main()
