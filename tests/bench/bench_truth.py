"""Exposure and ESRI against the known truth of synthetic worlds: rank correlations with bootstrap intervals.

    python tests/bench/bench_truth.py [WORLD ...] [--seeds 7 8] [--firms 2000] [--replicas 512]

WORLD: folders that `scgraph synth` made with replicas; without any, worlds like the preset judge are made, one for
each seed. Every world is loaded as a user would load it and seen at both as-of dates of its truth. In brackets is
the middle 95 % of 200 draws of firms with replacement; figures are means over worlds and dates.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.stats import rankdata

from supplyrisk.graph import Snapshot, build_snapshot
from supplyrisk.graph.contagion import SupplyNetwork, esri_all, weights_of
from supplyrisk.graph.snapshot.arrow_columns import as_doubles
from supplyrisk.graph.workspace.tables import read_workspace
from supplyrisk.loaders import load, synthetic_mapping
from supplyrisk.loaders.synthetic import synthesize

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
DRAWS, FORCED, LEAST = 200, 8, 30
"""Draws of a bootstrap; replicas of each forced failure; firms below which a group is left out."""


KNOWN, BLIND = "exposure, PD alone known", "exposure, industry's share"
IN_GROUPS = (BLIND, "largest supplier's share")
"""What is shown for groups of firms, too."""


@dataclass(frozen=True)
class Seen:
    """One world at one date: measures and truths of firms, and groups; the same for firms forced to fail."""

    measures: dict[str, Floats]
    truths: dict[str, Floats]
    groups: dict[str, Bools]
    reach: dict[str, Floats]
    inflicted: dict[str, Floats]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("worlds", nargs="*", type=Path)
    parser.add_argument("--seeds", nargs="*", type=int, default=[7])
    parser.add_argument("--firms", type=int, default=2000)
    parser.add_argument("--replicas", type=int, default=512)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        worlds = asked.worlds or [
            synthesize(
                place / f"world{seed}",
                preset="judge",
                seed=seed,
                firms=asked.firms,
                replicas=asked.replicas,
                forced_replicas=FORCED,
            ).folder
            for seed in asked.seeds
        ]
        seen = [one for number, world in enumerate(worlds) for one in dates(world, place / f"w{number}")]
    print(f"{len(seen)} worlds and dates", flush=True)
    report("suffered, all firms", [(one.measures, one.truths) for one in seen])
    for group in seen[0].groups:
        few = [
            (
                {name: one.measures[name][one.groups[group]] for name in IN_GROUPS},
                {name: truth[one.groups[group]] for name, truth in one.truths.items()},
            )
            for one in seen
        ]
        report(f"suffered, {group}", [pair for pair in few if len(pair[1]["caught"]) >= LEAST])
    report("inflicted", [(one.reach, one.inflicted) for one in seen])


def dates(world: Path, workspace: Path) -> Iterator[Seen]:
    """A world at each date of its truth."""
    load(world, workspace, synthetic_mapping(world))
    firms = pq.read_table(world / "truth" / "firms.parquet")
    forced = pq.read_table(world / "truth" / "inflicted.parquet")
    tables = read_workspace(workspace)
    for day in sorted(set(firms["as_of"].to_pylist())):
        yield look(build_snapshot(tables, day), of_day(firms, day), of_day(forced, day))


def of_day(table: pa.Table, day: date) -> pa.Table:
    """The rows of a date."""
    return table.filter(pc.equal(table["as_of"], pa.scalar(day)))


def look(shot: Snapshot, firms: pa.Table, forced: pa.Table) -> Seen:
    """All figures of a world at a date, of the firms that the truth tells of."""
    network = SupplyNetwork.from_snapshot(shot)
    at, hit = rows_of(network, firms), rows_of(network, forced)
    alone, caught = firms["pd_alone"].to_numpy(), firms["pd_caught"].to_numpy()
    gone = shot.firms["defaulted"].to_numpy(zero_copy_only=False).astype(bool)
    known = np.where(gone, 1.0, 0.0)
    known[at] = alone
    industry = np.bincount(network.sector, gone) / np.bincount(network.sector)
    weights = weights_of(network)
    losses, told = esri_all(weights, pd=known)
    _, blind = esri_all(weights, pd=np.where(gone, 1.0, industry[network.sector]))
    if told is None or blind is None:
        raise AssertionError("exposures were asked for")
    largest = np.zeros(network.firms)
    np.maximum.at(largest, network.customer, network.amount / network.purchases[network.customer])
    suppliers, customers = (
        np.bincount(end, minlength=network.firms).astype(np.float64)
        for end in (network.customer, network.supplier)
    )
    lost = firms["output_lost"].to_numpy() / as_doubles(shot.firms["revenue"])[at]
    return Seen(
        measures={
            KNOWN: told.total[at],
            BLIND: blind.total[at],
            "suppliers": suppliers[at],
            "largest supplier's share": largest[at],
            "PD alone (truth)": alone,
            "PD alone x exposure": alone * told.total[at],
        },
        truths={"caught": caught, "output lost / revenue": lost},
        groups={name: mask[at] for name, mask in groups_of(shot).items()},
        reach={
            "ESRI": losses.esri[hit],
            "ESRI less own share": (losses.esri - network.shares)[hit],
            "sales to firms": network.sales[hit],
            "customers": customers[hit],
        },
        inflicted={
            "output lost": forced["output_inflicted"].to_numpy(),
            "defaults": forced["defaults_inflicted"].to_numpy(),
        },
    )


def rows_of(network: SupplyNetwork, table: pa.Table) -> npt.NDArray[np.int64]:
    """Row numbers in the network of a table's firms."""
    return np.searchsorted(np.array(network.firm_ids), np.array(table["firm_id"].to_pylist()))


def groups_of(shot: Snapshot) -> dict[str, Bools]:
    """Firms by tier, by shop type, and by whether anything is known of their suppliers."""
    tier = np.array([name.split()[-1] for name in shot.firms["industry"].to_pylist()])
    shop = np.array([kind or "none" for kind in shot.firms["shop_type"].to_pylist()])
    hidden = np.array([state == "unobserved" for state in shot.firms["upstream"].to_pylist()])
    found = {f"tier {name}": tier == name for name in sorted(set(tier.tolist()))}
    found |= {f"shop type {name}": shop == name for name in sorted(set(shop.tolist()))}
    return found | {"upstream unobserved": hidden}


def report(title: str, pairs: list[tuple[dict[str, Floats], dict[str, Floats]]]) -> None:
    """Every measure against every truth, means over worlds and dates."""
    if not pairs:
        return
    firms = sum(len(next(iter(truths.values()))) for _, truths in pairs)
    print(f"\n{title} ({firms:,} firms and dates)")
    for truth in pairs[0][1]:
        for measure in pairs[0][0]:
            found = np.array([correlations(m[measure], t[truth], i) for i, (m, t) in enumerate(pairs)])
            mean = found.mean(axis=0)
            low, high = np.quantile(mean[1:], (0.025, 0.975))
            print(f"  {truth:24} {measure:28} {mean[0]:6.2f}  [{low:.2f}, {high:.2f}]", flush=True)


def correlations(measure: Floats, truth: Floats, seed: int) -> Floats:
    """Spearman's rank correlation of the firms that have both, then of DRAWS draws of as many of them."""
    given = np.isfinite(measure) & np.isfinite(truth)
    measure, truth, n = measure[given], truth[given], int(given.sum())
    rng = np.random.default_rng(seed)
    return np.array(
        [spearman(measure, truth)]
        + [spearman(measure[at], truth[at]) for at in rng.integers(0, n, (DRAWS, n))]
    )


def spearman(one: Floats, other: Floats) -> float:
    """Rank correlation with mean ranks for ties; 0 where one of the two does not vary."""
    first, second = (ranks - ranks.mean() for ranks in (rankdata(one), rankdata(other)))
    spread = np.sqrt((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / spread) if spread else 0.0


if __name__ == "__main__":
    main()
