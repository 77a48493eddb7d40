"""The network against worlds whose truth is known: what it calls caught, its PDs, its intervals, its baselines.

    python tests/bench/bench_model.py WORLD... [--seeds 2] [--members 5] [--processes 1]

WORLD is a folder of `scgraph synth --replicas N`, or one without contagion (its true caught is 0 and only what the
network claims is printed). Every figure is of the as-of date of the truth whose outcomes the training has not seen
(the last one). A training takes one to two minutes of CPU for each world and seed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date
from io import StringIO
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.model_selection import KFold

from supplyrisk import gnn
from supplyrisk.gnn.baselines.baseline_registry import CANDIDATES, NETWORK
from supplyrisk.gnn.calibration import fit_calibration, pd_of
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.evaluation.metrics import METRICS, auc_difference, bootstrap
from supplyrisk.gnn.network.neighbourhood_columns import NeighbourhoodColumns
from supplyrisk.gnn.risk_model import HazardParts
from supplyrisk.graph import Snapshot, Tables, build_snapshot, read_workspace
from supplyrisk.graph.contagion import SupplyNetwork, esri_all, weights_of
from supplyrisk.loaders import load
from supplyrisk.services.progress import silent
from supplyrisk.services.training_splits import OutcomeDefinition, dated_splits

Matrix = NDArray[np.float64]
HORIZON = 180
REGRESSOR = {
    "objective": "l2",
    "learning_rate": 0.04,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "verbose": -1,
}


@dataclass(frozen=True)
class World:
    """A loaded world: what is trained on, the snapshot to be judged, and the truth about its firms.

    pd, alone, output [firms]: NaN where the truth has no row (in default, or there is no truth); ceiling: the
    split-half rank correlation of caught.
    """

    name: str
    slices: gnn.DataSplits
    now: Snapshot
    pd: Matrix
    alone: Matrix
    output: Matrix
    ceiling: float | None

    @property
    def known(self) -> NDArray[np.bool_]:
        """Firms that the truth tells about."""
        return ~np.isnan(self.pd)


def main() -> None:
    """Print the figures of each world, and what they pool to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("worlds", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--members", type=int, default=gnn.TrainingSettings().members)
    parser.add_argument("--processes", type=int, default=1, help="worlds at a time")
    asked = parser.parse_args()
    pooled: list[tuple[Matrix, Matrix]] = []
    with ProcessPoolExecutor(asked.processes, get_context("spawn")) as pool:
        for said, found in pool.map(told, asked.worlds, repeat(asked.seeds), repeat(asked.members)):
            print(said, end="", flush=True)
            pooled.append(found)
    hazard, y = (np.concatenate(part) for part in zip(*pooled, strict=True))
    print(f"\nPD calibration slope over {len(pooled)} worlds: {slope(hazard, y):.2f} ({int(y.sum())} failed)")


def told(folder: Path, seeds: int, members: int) -> tuple[str, tuple[Matrix, Matrix]]:
    """All figures of one world in words, and its `outcomes`."""
    with redirect_stdout(StringIO()) as said:
        world = read_world(folder)
        print(f"\n{world.name}: {world.now.firms.num_rows} firms as of {world.now.as_of}")
        runs = [seen(world, seed, members) for seed in range(seeds)]
        print_caught(world, runs)
        print_probabilities(world, runs[0])
    return said.getvalue(), outcomes(world, runs[0])


def read_world(folder: Path) -> World:
    """Load a world and take all snapshots that a training on it needs, and the one that is judged."""
    with tempfile.TemporaryDirectory(prefix="scgraph-") as workspace:
        load(folder, workspace)
        tables = read_workspace(Path(workspace))
        slices = dated_splits(tables, OutcomeDefinition(HORIZON), gnn.TrainingSettings(), silent)
        return judged(folder, tables, slices)


def judged(folder: Path, tables: Tables, slices: gnn.DataSplits) -> World:
    """The world as of the last date of its truth, else of the test date."""
    truth = folder / "truth" / "firms.parquet"
    if not truth.is_file():
        now = slices.test[-1]
        none = np.full(now.firms.num_rows, np.nan)
        return World(folder.name, slices, now, none, none, none, None)
    found = pq.read_table(truth).to_pandas()
    day: date = found["as_of"].max()
    now = build_snapshot(tables, day, HORIZON)
    rows = found[found["as_of"] == day].set_index("firm_id").reindex(now.firms["firm_id"].to_pylist())
    kept = pq.read_table(folder / "truth" / "reliability.parquet").to_pandas()
    kept = kept[(kept["as_of"] == day) & (kept["column"] == "caught")]
    columns = (rows[c].to_numpy(float) for c in ("pd", "pd_alone", "output_lost"))
    return World(folder.name, slices, now, *columns, float(kept.iloc[0, -1]))


@dataclass(frozen=True)
class Run:
    """One trained model and what it says of the judged snapshot."""

    model: gnn.RiskModel
    graph: PanelGraph
    parts: HazardParts

    @property
    def caught(self) -> Matrix:
        """Calibrated caught hazard [firms]."""
        return self.parts.caught * self.model.calibrations[NETWORK].factor(self.parts.hazard(NETWORK))

    def pd(self, candidate: str) -> Matrix:
        """Calibrated PD [firms]."""
        return pd_of(self.model.calibrations[candidate].apply(self.parts.hazard(candidate)))


def seen(world: World, seed: int, members: int) -> Run:
    """Train the tested model under the shipped settings and look at the judged snapshot."""
    settings = gnn.TrainingSettings(seed=seed, members=members, device="cpu", bootstrap=200)
    # The deployed model would have learned the outcomes of the judged date.
    model = gnn.train("bench", world.slices, settings, deploy=False)
    return Run(model, *model.parts(world.now))


def rank(a: Matrix, b: Matrix) -> float:
    """Spearman's rank correlation."""
    return float(spearmanr(a, b).statistic)


def print_caught(world: World, runs: list[Run]) -> None:
    """What is called caught, against the truth and against simpler figures for the same thing."""
    alive = ~runs[0].graph.defaulted
    card = runs[0].model.card
    shares = [r.caught[alive].sum() / -np.log1p(-r.pd(NETWORK)[alive]).sum() for r in runs]
    print(f"  context {card['context']}, members agree {card['caught_agreement']}, ", end="")
    print("caught's share of hazard " + ", ".join(f"{s:.3f}" for s in shares), end="")
    if len(runs) > 1 and min(r.caught.max() for r in runs) > 0:
        pairs = [rank(a.caught[alive], b.caught[alive]) for i, a in enumerate(runs) for b in runs[:i]]
        print(f"; seeds agree {np.mean(pairs):.3f}", end="")
    print()
    if not world.known.any():
        return
    k = world.known
    true = (world.pd - world.alone)[k]
    print(
        f"  true share {hazards(true_hazards(world)):.3f}; rank correlation with the truth, split-half",
        end="",
    )
    print(f" {world.ceiling:.3f}:")
    for name, value in candidates(world, runs):
        print(
            f"    {name:<34}{rank(value[k], true):.3f}   (of output lost {rank(value[k], -world.output[k]):.3f})"
        )


def true_hazards(world: World) -> tuple[Matrix, Matrix]:
    """True hazards [known firms] in all and alone; PDs of 1 are cut."""
    cut = (np.minimum(p[world.known], 0.999) for p in (world.pd, world.alone))
    whole, alone = (-np.log1p(-p) for p in cut)
    return whole, alone


def hazards(of: tuple[Matrix, Matrix]) -> float:
    """The share of all hazard that is caught."""
    whole, alone = of
    return float((whole - alone).sum() / whole.sum())


def candidates(world: World, runs: list[Run]) -> Iterator[tuple[str, Matrix]]:
    """Figures that could stand for what is caught, the network's first."""
    run = runs[0]
    for seed, r in enumerate(runs):
        yield f"caught, seed {seed}", r.caught
    graph, own = run.graph, run.parts.baselines["boosted-own"]
    pd_own = np.where(graph.defaulted, 1.0, pd_of(own))
    yield "own PD", pd_own
    yield "boosted with neighbours, PD", run.parts.baselines["boosted-neighbours"]
    near = graph.neighbours
    yield "number of suppliers", near.binary["upstream"].sum(1)
    yield "sum of share x own PD, suppliers", near.weight["upstream"] @ pd_own
    both = near.weight["upstream"] @ pd_own + near.weight["downstream"] @ pd_own
    yield "sum of share x own PD, both ways", both
    yield "exposure by mechanism (ESRI)", mechanistic(world.now, pd_own)
    yield "regressor trained on the truth", regressed(world, run)


def mechanistic(now: Snapshot, base: Matrix) -> Matrix:
    """Exposure suffered by ESRI, base [firms] being PDs."""
    network = SupplyNetwork.from_snapshot(now)
    at = {firm: i for i, firm in enumerate(now.firms["firm_id"].to_pylist())}
    places = np.array([at[f] for f in network.firm_ids])
    exposure = esri_all(weights_of(network), pd=base[places])[1]
    assert exposure is not None
    out = np.zeros(len(base))
    out[places] = exposure.supply + exposure.demand
    return out


def regressed(world: World, run: Run) -> Matrix:
    """What boosting says of caught that was trained on the truth of other firms, from the same columns."""
    columns = run.model.encoder.column_names
    own = np.log(run.parts.baselines["boosted-own"])
    near = NeighbourhoodColumns.of([run.graph], own, columns, columns[:40])
    x = np.hstack([run.graph.x, own[:, None], near.wide])
    k = np.flatnonzero(world.known)
    y = np.argsort(np.argsort((world.pd - world.alone)[k])) / len(k)
    out = np.zeros(len(x))
    for train, held in KFold(5, shuffle=True, random_state=0).split(k):
        booster = lgb.train(REGRESSOR, lgb.Dataset(x[k[train]], y[train]), 300)
        out[k[held]] = booster.predict(x[k[held]])
    return out


def outcomes(world: World, run: Run) -> tuple[Matrix, Matrix]:
    """Calibrated hazards of the network and outcomes of the judged firms that have one."""
    y = np.array([np.nan if v is None else float(v) for v in world.now.firms["outcome"].to_pylist()])
    kept = ~np.isnan(y)
    return -np.log1p(-run.pd(NETWORK)[kept]), y[kept]


def slope(hazard: Matrix, y: Matrix) -> float:
    """Slope of the log hazard in a refit on outcomes: 1 where PDs are neither too bold nor too timid."""
    return fit_calibration(hazard, y).slope


def print_probabilities(world: World, run: Run) -> None:
    """Ranking and probability against outcomes and baselines, and intervals against the true PD."""
    hazard, y = outcomes(world, run)
    kept = ~np.isnan(np.array([np.nan if v is None else 1.0 for v in world.now.firms["outcome"].to_pylist()]))
    for candidate in CANDIDATES:
        p = run.pd(candidate)[kept]
        # One date: every row is a firm of its own.
        network = run.pd(NETWORK)[kept]
        drawn = [bootstrap(y, scores, np.arange(len(y)), 500)["auc"] for scores in (network, p)]
        gap = auc_difference(y, network, p, *drawn)
        said = ", ".join(f"{m} {METRICS[m](y, p):.3f}" for m in ("auc", "pr_auc", "brier"))
        print(f"  {candidate:<20}{said}; network's AUC {gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]")
    print(
        f"  mean PD {pd_of(hazard).mean():.4f}, failed {y.mean():.4f}, slope {slope(hazard, y):.2f}", end=""
    )
    if not world.known.any():
        print()
        return
    k = world.known
    rows = gnn.score(run.model, world.now, use=NETWORK).firms
    at = {f: i for i, f in enumerate(rows["firm_id"].to_pylist())}
    order = np.array([at[f] for f in world.now.firms["firm_id"].to_pylist()])[k]
    low, high = (rows[c].to_numpy(zero_copy_only=False)[order] for c in ("pd_low_90", "pd_high_90"))
    inside = (low <= world.pd[k]) & (world.pd[k] <= high)
    ranks = ", ".join(f"{c} {rank(run.pd(c)[k], world.pd[k]):.3f}" for c in CANDIDATES)
    print(f"; intervals cover the true PD {inside.mean():.3f}, below {np.mean(world.pd[k] < low):.3f}")
    print(f"  rank correlation with the true PD: {ranks}; mean true PD {world.pd[k].mean():.4f}")


if __name__ == "__main__":
    main()
