"""ESRI of all firms: CPU seconds, and how near that is to gathering the links' states and nothing else.

    python tests/bench/bench_contagion.py [--large]

Links between random firms leave the cache nothing to keep; with hubs, as real networks have them, it keeps those. CPU
seconds are this process's, best of three; on a busy machine compare the ratios only.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from esri_networks import random_case, random_network
from esri_reference import reference_esri
from supplyrisk.graph.contagion import (
    CONVERGED,
    Claims,
    CreditExposures,
    NetworkWeights,
    RunOptions,
    Scenario,
    SupplyNetwork,
    close_all,
    esri_all,
    weights_of,
)
from supplyrisk.graph.contagion.closure_runs import PIECE, ClosurePlan, run_all
from supplyrisk.graph.contagion.kernels import lanes
from supplyrisk.graph.contagion.kernels.kernel_arrays import (
    LANES,
    Floats,
    Places,
    empty_lane_block,
    no_lending,
)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--large", action="store_true", help="also estimate 100,000 firms, 1,000,000 links")
    large = parser.parse_args().large
    print(f"first call, with compiling where no machine code is kept: {cpu(small, 1):.2f} s")
    readable()
    everyone("random ends", random_network(1_000, 10_000, seed=0, sectors=50))
    everyone("random ends", random_network(10_000, 100_000, seed=0, sectors=50))
    everyone("hubs", random_network(10_000, 108_000, seed=0, sectors=50, hubs=True))
    converged(random_network(1_000, 10_000, seed=0, sectors=50))
    three_channels(random_network(1_000, 10_000, seed=0, sectors=50))
    three_channels(random_network(10_000, 108_000, seed=0, sectors=50, hubs=True))
    big = random_network(100_000, 1_000_000, seed=0, sectors=50)
    one_scenario(big)
    if large:
        estimate(big)


def cpu(work: Callable[[], object], times: int = 3) -> float:
    """The least CPU seconds of some runs."""
    best = float("inf")
    for _ in range(times):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best


def small() -> None:
    """Something to compile for, with and without exposures."""
    weights = weights_of(random_network(200, 1_000, seed=1, sectors=5))
    esri_all(weights, pd=np.full(200, 0.01))


def readable() -> None:
    """Both versions at a size that the readable one can do."""
    case = random_case(60, 300, seed=3)
    weights = weights_of(case.network(), case.essentiality())
    closures = np.eye(60)
    slow = cpu(lambda: [reference_esri(case.dense(), psi) for psi in closures], 1)
    print(f"60 firms, 300 links: readable {slow:.2f} s, fast {cpu(lambda: esri_all(weights)):.4f} s")


def everyone(kind: str, network: SupplyNetwork) -> None:
    """All closures, on one thread and on two."""
    weights, n, m = weights_of(network), network.firms, len(network.amount)
    state = empty_lane_block(n).x
    state[:] = 1.0
    add_up(weights.links.target, state)
    spent = cpu(lambda: esri_all(weights, RunOptions(threads=1)), 2)
    both = cpu(lambda: esri_all(weights, RunOptions(threads=1), pd=np.full(n, 0.01)), 1)
    steps = int(esri_all(weights)[0].iterations.sum())
    rate, plain = 2 * m * steps / spent, LANES * m / cpu(lambda: add_up(weights.links.target, state), 5)
    walls = [wall(weights, threads) for threads in (1, 2)]
    print(
        f"{n:,} firms, {m:,} links, {kind}: {spent:.2f} CPU s, with exposures {both:.2f} s; "
        f"{rate / 1e9:.2f} G link-updates/s, {rate / plain:.2f} of a plain gather; "
        f"two threads {walls[0] / walls[1]:.2f} times as fast"
    )


@numba.njit
def add_up(target: Places, state: Floats) -> float:
    """Read LANES numbers at the end of every link, in the links' order, and nothing else; add them up."""
    total = lanes.everywhere(0.0)
    for link in range(len(target)):
        total = total + lanes.read(state, target[link])
    return lanes.add_up(total)


def converged(network: SupplyNetwork) -> None:
    """All closures, as after infinitely many steps."""
    weights, options = weights_of(network), RunOptions(CONVERGED, threads=1, exact_upstream=True)
    print(f"{network.firms:,} firms, converged: {cpu(lambda: esri_all(weights, options), 1):.2f} CPU s")


def three_channels(network: SupplyNetwork) -> None:
    """Exposures with credit: a tenth unpaid on half of the links, equity a tenth of sales to all of them."""
    n, rng = network.firms, np.random.default_rng(0)
    unpaid = rng.random(len(network.amount)) < 0.5
    ends = (network.supplier[unpaid], network.customer[unpaid])
    equity = (np.maximum(network.sales, network.purchases) + 1.0) * rng.uniform(0.1, 1.0, n)
    debts = CreditExposures(Claims(*ends, 0.1 * network.amount[unpaid], n), equity)
    weights, pd = weights_of(network), np.full(n, 0.01)
    spent = cpu(lambda: close_all(weights, RunOptions(threads=1), pd=pd, credit=debts), 1)
    print(f"{n:,} firms, {int(unpaid.sum()):,} claims: exposures by three channels {spent:.2f} CPU s")


def wall(weights: NetworkWeights, threads: int) -> float:
    """Seconds on the clock."""
    begin = time.perf_counter()
    esri_all(weights, RunOptions(threads=threads))
    return time.perf_counter() - begin


def one_scenario(network: SupplyNetwork) -> None:
    """One closure on a large network, once it is made ready."""
    scenario = Scenario(weights_of(network))
    psi = np.zeros(network.firms)
    psi[0] = 1.0
    print(f"one scenario on {len(network.amount):,} links: {cpu(lambda: scenario.run(psi)):.2f} CPU s")


def estimate(network: SupplyNetwork) -> None:
    """All closures of a large network, from the first piece of them."""
    weights = weights_of(network)
    first = np.arange(PIECE, dtype=np.uint32)
    plan = ClosurePlan(weights, RunOptions().rules(network.firms), first, np.empty(0), no_lending(), 1)
    begin = time.process_time()
    run_all(plan)
    spent = (time.process_time() - begin) / PIECE * network.firms
    size = f"{network.firms:,} firms, {len(network.amount):,} links"
    print(f"{size}: about {spent / 60:.0f} CPU minutes, from {PIECE} firms")


if __name__ == "__main__":
    main()
