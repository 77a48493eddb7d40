"""Lanes in vector registers against plain numba loops: CPU seconds of the same runs, in turn, least of some repeats.

    python tests/bench/bench_lanes.py

`lanes.py` stays as long as plain loops take more than 1.5 times as long.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from esri_networks import random_network
from plain_lanes import plain_run_scenarios
from supplyrisk.graph.contagion import NetworkWeights, RunOptions, closure_runs, esri_all, weights_of

KERNELS = {"lanes": closure_runs.run_scenarios, "plain": plain_run_scenarios}


def main() -> None:
    """Print the figures."""
    small = weights_of(random_network(1_000, 10_000, seed=0, sectors=50))
    compare("compiling", small, 1)
    compare("1,000 firms, 10,000 links, random ends", small, 8)
    large = weights_of(random_network(10_000, 100_000, seed=0, sectors=50))
    compare("10,000 firms, 100,000 links, random ends", large, 4)
    hubs = weights_of(random_network(10_000, 108_000, seed=0, sectors=50, hubs=True))
    compare("10,000 firms, 108,000 links, hubs", hubs, 4)


def compare(name: str, weights: NetworkWeights, repeats: int) -> None:
    """Print the seconds of all closures, without and with exposures, and how many times as long plain loops take."""
    for kind, pd in (("", None), (", exposures", np.full(weights.network.firms, 0.01))):
        seconds = dict.fromkeys(KERNELS, float("inf"))
        for _ in range(repeats):
            for kernel, run in KERNELS.items():
                closure_runs.run_scenarios = run
                begin = time.process_time()
                esri_all(weights, RunOptions(threads=1), pd=pd)
                seconds[kernel] = min(seconds[kernel], time.process_time() - begin)
        ratio = seconds["plain"] / seconds["lanes"]
        print(
            f"{name}{kind}: lanes {seconds['lanes']:.3f} s, plain {seconds['plain']:.3f} s, {ratio:.2f} times"
        )


if __name__ == "__main__":
    main()
