"""The expert scorecard against the truth of worlds with true PDs: without any outcome, and with those that are known.

    python tests/bench/bench_expert.py WORLD... [--base-rate .02] [--horizon 180]

WORLD: a folder of `latent_worlds.py`, or of `scgraph synth --replicas N`. Its tables are cut off at the last date of
the truth and loaded, without events and with them; each time an expert model is made at the base rate and judged on
that day by the true PDs: rank correlation, expected AUC, and the mean PD beside the true one.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from bench_learning import expected_auc, truth_of
from supplyrisk import gnn, services
from supplyrisk.graph import Workspace
from supplyrisk.loaders import load, synthetic_mapping
from world_cuts import cut, judged_day


def main() -> None:
    """Print a row per world and state of knowledge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("worlds", nargs="+", type=Path)
    parser.add_argument("--base-rate", type=float, default=0.02)
    parser.add_argument("--horizon", type=int, default=180)
    options = parser.parse_args()
    print(f"{'world':16}{'outcomes':24}{'rank':>7}{'alone':>7}{'AUC':>7}{'best':>7}{'mean PD':>9}{'true':>8}")
    for world in options.worlds:
        for with_events in (False, True):
            print(row(world, options.base_rate, options.horizon, with_events=with_events), flush=True)


def row(world: Path, base_rate: float, horizon: int, *, with_events: bool) -> str:
    """One world: Spearman correlation with the true PD and with that before contagion, AUC and the best possible."""
    day = judged_day(world)
    with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary:
        folder = Path(temporary) / "cut"
        cut(world, folder, until=day)
        mapping = synthetic_mapping(folder)
        if not with_events:
            (folder / "events.parquet").unlink()
        workspace = Workspace(Path(temporary) / "workspace")
        load(folder, workspace.path, mapping)
        made = services.train(workspace, expert=True, base_rate=base_rate, horizon_days=horizon).model
        snapshot = workspace.snapshot(day, horizon_days=horizon)
        truth = truth_of(world, day, snapshot)
    scored = {row["firm_id"]: row["pd"] for row in gnn.score(made, snapshot).firms.to_pylist()}
    pd = np.array([scored[firm] or np.nan for firm in snapshot.firms["firm_id"].to_pylist()])
    known = ~np.isnan(truth["pd"]) & ~np.isnan(pd)
    true_pd = truth["pd"][known]
    scorecard = made.card["scorecard"]
    outcomes = f"{scorecard['failed']} failed, {scorecard['sound']} not" if with_events else "none"
    return (
        f"{world.name:16}{outcomes:24}{spearmanr(pd[known], true_pd).statistic:7.3f}"
        f"{spearmanr(pd[known], truth['pd_alone'][known]).statistic:7.3f}{expected_auc(pd[known], true_pd):7.3f}"
        f"{expected_auc(true_pd, true_pd):7.3f}{pd[known].mean():9.4f}{true_pd.mean():8.4f}"
    )


if __name__ == "__main__":
    main()
