"""Precision and recall of matching on dirty worlds with known truth, and its time on many firms.

python tests/bench/bench_matching.py             # the worlds, 3,000 firms each
python tests/bench/bench_matching.py --large     # 100,000 firms
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from dirty_firms import Dirt, DirtyFirms, dirty_firms
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables
from supplyrisk.loaders import match_firms
from supplyrisk.loaders.matching.company_names import split_name

THRESHOLDS = (0.5, 0.9, 0.99)
WORLDS = {
    "as usual": Dirt(),
    "nearly all keys": Dirt(no_key=0.1),
    "no keys": Dirt(no_key=1.0),
    "no keys, very dirty": Dirt(
        no_key=1.0, typo=0.3, no_form=0.5, no_address=0.5, moved=0.3, no_persons=0.7, no_founding=0.5
    ),
    "names only": Dirt(no_key=1.0, no_address=1.0, no_persons=1.0, no_founding=1.0),
    "few listed twice": Dirt(listed_twice=0.02),
    "none listed twice": Dirt(listed_twice=0.0),
}
Pairs = set[tuple[str, str]]


def main() -> None:
    """Print the tables of docs/measurements/matching.md."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--firms", type=int)
    arguments = parser.parse_args()
    if arguments.large:
        _measure_time(arguments.firms or 100_000)
        return
    print(
        "| world | seed | pairs | wrong at .5, .9, .99 | precision | recall | baseline: precision, recall |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, dirt in WORLDS.items():
        for seed in (1, 2):
            _measure_world(name, seed, dirty_firms(arguments.firms or 3_000, seed, dirt))


def _measure_world(name: str, seed: int, world: DirtyFirms) -> None:
    found = match_firms(_tables(world), THRESHOLDS[0])
    accepted: list[Pairs] = [
        {(p.firm_id_a, p.firm_id_b) for p in found.pairs if p.probability and p.probability >= threshold}
        for threshold in THRESHOLDS
    ]
    wrong = ", ".join(str(len(pairs - world.pairs)) for pairs in accepted)
    precision = ", ".join(_share(len(pairs & world.pairs), len(pairs)) for pairs in accepted)
    recall = ", ".join(_share(len(pairs & world.pairs), len(world.pairs)) for pairs in accepted)
    base = _equal_names(world)
    baseline = (
        f"{_share(len(base & world.pairs), len(base))}, {_share(len(base & world.pairs), len(world.pairs))}"
    )
    print(
        f"| {name} | {seed} | {len(world.pairs)} | {wrong} | {precision} | {recall} | {baseline} |",
        flush=True,
    )


def _measure_time(firms: int) -> None:
    world = dirty_firms(firms, 1)
    tables = _tables(world)
    start, cpu = time.perf_counter(), time.process_time()
    found = match_firms(tables, 0.9)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    pairs = {(p.firm_id_a, p.firm_id_b) for p in found.pairs if p.probability}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{found.firms:,} listings, {len(world.pairs):,} true pairs, {found.compared:,} pairs compared")
    print(f"{seconds:.0f} s by the clock, {cpu_seconds:.0f} CPU s, {memory:,.0f} MiB")
    print(
        f"at .9: precision {_share(len(pairs & world.pairs), len(pairs))}, "
        f"recall {_share(len(pairs & world.pairs), len(world.pairs))}"
    )
    print(*found.notes, sep="\n")


def _tables(world: DirtyFirms) -> Tables:
    return Tables(DatasetInfo(), world.tables())


def _equal_names(world: DirtyFirms) -> Pairs:
    """The baseline: firms whose names are equal after normalisation, legal forms aside."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for firm in world.firms:
        parts = split_name(firm.name)
        groups[parts.core, parts.branch].append(firm.firm_id)
    return set(_pairs(groups.values()))


def _pairs(groups: Iterable[list[str]]) -> Iterable[tuple[str, str]]:
    for group in groups:
        yield from combinations(sorted(group), 2)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


if __name__ == "__main__":
    main()
