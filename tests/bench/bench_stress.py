"""CPU seconds of one scenario, and of what carries one firm's loss in it.

    python tests/bench/bench_stress.py

10,000 firms and 100,000 links, 100 firms closed at once; CPU seconds are this process's, best of three.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from bench_contagion import cpu
from esri_networks import random_network
from supplyrisk.graph.contagion import RunOptions, Scenario, ScenarioTrace, weights_of


def main() -> None:
    """Print the figures."""
    for name, hubs in (("hubs", True), ("random ends", False)):
        network = random_network(10_000, 100_000, seed=1, sectors=50, hubs=hubs)
        scenario = Scenario(weights_of(network))
        psi = (np.arange(network.firms) < 100).astype(np.float64)
        for eps in (1e-2, 1e-10):
            trace = ScenarioTrace(scenario, psi, options=RunOptions(eps))
            firm = int(np.argsort(-trace.outcome.loss, kind="stable")[200])
            run = cpu(partial(scenario.run, psi, options=RunOptions(eps)))
            print(
                f"{name}, eps {eps:g}: {trace.outcome.iterations} steps, a scenario {run:.2f} s, "
                f"what carries a loss {cpu(partial(trace.explain, firm)):.2f} s"
            )


if __name__ == "__main__":
    main()
