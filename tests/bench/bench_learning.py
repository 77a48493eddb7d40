"""What training makes of worlds whose truth is known: ranking, levels and contagion on the last day of the data.

    python tests/bench/bench_learning.py WORLD... [--members 2] [--horizon 180] [--json FILE] [--against FILE] [--whole]
    python tests/bench/bench_learning.py --json FILE [--against FILE]

WORLD: a folder of `latent_worlds.py`, or of `scgraph synth --replicas N`. Its tables are cut off at the last date of
the truth, loaded, and trained on with the shipped code; the deployed model, and the tested one where there is one, are
judged on that day by the true PDs. --json keeps all numbers, and adds to those of other worlds that the file holds;
--against prints the paired differences from such a file of other code. Without a WORLD, the worlds of the file
are summed up and nothing is trained.

--whole: train on the tables as they are, for code from before the deployed fit: it holds out the outcomes of the last
horizon, and needs 720 days. Newer code would learn the outcomes that it is judged by. Code of a git worktree runs with
PYTHONPATH=<worktree>/build/typing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pandas import DataFrame
from scipy.stats import spearmanr

from supplyrisk import gnn, services
from supplyrisk.graph import DataError, Snapshot, Workspace
from supplyrisk.loaders import load, synthetic_mapping
from world_cuts import cut, judged_day

Floats = NDArray[np.float64]
Numbers = dict[str, float]
TERMS = (30, 90, 180, 360)
PARTS = "own + context"
RANKS = ("auc", "rank", "caught_rank")
LEVELS = tuple(f"ratio_{term}" for term in TERMS)
PAIRS = (
    ("network", "boosted-own"),
    ("network", "boosted-neighbours"),
    (PARTS, "boosted-neighbours"),
)


def main() -> None:
    """Judge all worlds, and print what they have in common."""
    parser = argparse.ArgumentParser()
    parser.add_argument("worlds", nargs="*", type=Path)
    parser.add_argument("--members", type=int, default=2)
    parser.add_argument("--horizon", type=int, default=180)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    results: dict[str, dict[str, object]] = {}
    if options.json and options.json.is_file():
        results = json.loads(options.json.read_text(encoding="utf-8"))
    for world in options.worlds:
        result = judged(world, options.members, options.horizon, options.seed, whole=options.whole)
        results[world.name] = result
        print_world(world.name, result)
        if options.json:
            options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    names = [world.name for world in options.worlds] or list(results)
    if not options.worlds:
        for name in names:
            print_world(name, results[name])
    scores = scores_of(results, names)
    print_means(scores)
    print_pairs(scores)
    if options.against:
        others = json.loads(options.against.read_text(encoding="utf-8"))
        print_differences(scores, scores_of(others, list(scores)), options.against.name)


def judged(world: Path, members: int, horizon: int, seed: int, *, whole: bool) -> dict[str, object]:
    """Train on a world and judge its models; `refused` says why where the code would not train."""
    day = judged_day(world)
    start = time.process_time()
    with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary:
        folder = world
        if not whole:
            folder = Path(temporary) / "cut"
            cut(world, folder, until=day)
        workspace = Workspace(Path(temporary) / "workspace")
        report = load(folder, workspace.path, synthetic_mapping(folder))
        if report.total.quarantined:
            raise ValueError(f"{world}: {report.total.quarantined} rows were quarantined, expected none")
        result: dict[str, object] = {
            "as_of": str(day),
            "members": members,
            "horizon": horizon,
            "whole": whole,
        }
        try:
            trained = services.train(
                workspace, members=members, horizon_days=horizon, seed=seed, device="cpu"
            )
        except DataError as error:
            return result | {"refused": str(error)}
        snapshot = workspace.snapshot(day, horizon_days=horizon)
        truth = truth_of(world, day, snapshot)
        models: dict[str, dict[str, Numbers]] = {
            "deployed": measured(gnn.load(trained.path), snapshot, truth)
        }
        if (trained.path / "tested").is_dir():
            models["tested"] = measured(gnn.load(trained.path / "tested"), snapshot, truth)
        result |= {"champion": trained.model.champion, "context": trained.model.card.get("context")}
        result |= {"cpu_seconds": round(time.process_time() - start, 1), "truth": truth_numbers(truth)}
        return result | {"models": models}


def truth_of(world: Path, day: date, snapshot: Snapshot) -> dict[str, Floats]:
    """The truth's columns [firms of the snapshot]; NaN where it has no row (in default)."""
    table = pq.read_table(world / "truth" / "firms.parquet").to_pandas()
    rows = table[table["as_of"] == day].set_index("firm_id").reindex(snapshot.firms["firm_id"].to_pylist())
    return {name: rows[name].to_numpy(float) for name in rows.columns if name.startswith("pd")}


def truth_numbers(truth: dict[str, Floats]) -> Numbers:
    """What a perfect model would have, and the mean true PDs."""
    known = ~np.isnan(truth["pd"])
    pd = truth["pd"][known]
    numbers = {"firms": float(known.sum()), "auc": expected_auc(pd, pd)}
    numbers["caught_share"] = 1 - hazard(truth["pd_alone"][known]).sum() / hazard(pd).sum()
    numbers |= {f"mean_{term}": truth[f"pd_{term}"][known].mean() for term in TERMS if f"pd_{term}" in truth}
    return {name: float(value) for name, value in (numbers | {"mean": pd.mean()}).items()}


def measured(model: gnn.RiskModel, snapshot: Snapshot, truth: dict[str, Floats]) -> dict[str, Numbers]:
    """Measures of every candidate, and of the network's own + context, against the truth."""
    known = ~np.isnan(truth["pd"])
    pd = truth["pd"][known]
    measures: dict[str, Numbers] = {}
    for candidate in gnn.CANDIDATES:
        frame = gnn.score(model, snapshot, use=candidate).firms.to_pandas().set_index("firm_id")
        frame = frame.reindex(snapshot.firms["firm_id"].to_pylist())[known]
        score = frame["pd"].to_numpy(float)
        numbers = ranking(score, pd)
        numbers["within_90"] = float(
            ((frame["pd_low_90"].to_numpy(float) <= pd) & (pd <= frame["pd_high_90"].to_numpy(float))).mean()
        )
        for term in TERMS:
            actual = truth.get(f"pd_{term}")
            if actual is None and term == snapshot.horizon_days:
                actual = truth["pd"]
            if actual is not None:
                mean = float(term_pd(frame, score, term, snapshot.horizon_days or 0).mean())
                numbers[f"mean_{term}"] = mean
                numbers[f"ratio_{term}"] = mean / float(actual[known].mean())
        if candidate == gnn.NETWORK:
            caught = frame["caught"].to_numpy(float)
            numbers["caught_rank"] = rank(caught, pd - truth["pd_alone"][known])
            numbers["caught_share"] = float(caught.sum() / hazard(score).sum())
            parts = frame["own"].to_numpy(float) + frame["context"].to_numpy(float)
            measures[PARTS] = ranking(parts, pd)
        measures[candidate] = numbers
    return measures


def term_pd(frame: DataFrame, pd: Floats, term: int, horizon: int) -> Floats:
    """PD over a term [firms]: the score's own column, or by a constant hazard in code that has none."""
    if f"pd_{term}" in frame.columns:
        values: Floats = frame[f"pd_{term}"].to_numpy(float)
        return values
    return np.asarray(1 - (1 - np.minimum(pd, 1)) ** (term / horizon))


def ranking(score: Floats, pd: Floats) -> Numbers:
    """Expected AUC, and rank correlation with the true PD."""
    return {"auc": expected_auc(score, pd), "rank": rank(score, pd)}


def expected_auc(score: Floats, pd: Floats) -> float:
    """AUC that the true PDs [firms] let one expect: every pair counts by the chance that only one of it fails.

    sum over i, j of p_i (1 - p_j) [s_i > s_j] / sum over i, j of p_i (1 - p_j), i != j; a tie counts half.
    """
    levels, place = np.unique(score, return_inverse=True)
    failing = np.bincount(place, pd, len(levels))
    sound = np.bincount(place, 1 - pd, len(levels))
    below = np.cumsum(sound) - sound
    itself = (pd * (1 - pd)).sum()
    wins = (failing * (below + sound / 2)).sum() - itself / 2
    return float(wins / (pd.sum() * (1 - pd).sum() - itself))


def rank(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation; 0 where one of the two does not vary."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(spearmanr(one, other).statistic)


def hazard(pd: Floats) -> Floats:
    """Hazards; PDs near 1 are cut."""
    return np.asarray(-np.log1p(-np.minimum(pd, 0.999)))


def print_world(name: str, result: dict[str, object]) -> None:
    """One table of a world."""
    print(f"\n{name} as of {result['as_of']}", end="")
    if "refused" in result:
        print(f": not trained, {result['refused']}", flush=True)
        return
    truth, models = result["truth"], result["models"]
    assert isinstance(truth, dict)
    assert isinstance(models, dict)
    print(f": champion {result['champion']}, context {result['context']}, CPU {result['cpu_seconds']} s")
    means = ", ".join(f"{term} days {truth[f'mean_{term}']:.4f}" for term in TERMS if f"mean_{term}" in truth)
    print(
        f"  truth: AUC {truth['auc']:.3f}, mean PD {truth['mean']:.4f} ({means}), caught {truth['caught_share']:.3f}"
    )
    print_rows({(m, c): numbers for m, by in models.items() for c, numbers in by.items()})


def print_rows(rows: dict[tuple[str, str], Numbers]) -> None:
    """A table of measures, with a row per model and candidate."""
    levels = "".join(f"{f'mean/true {term}':>14}" for term in TERMS)
    print(f"  {'':30}{'AUC':>8}{'rank':>8}{'in 90%':>8}{levels}{'caught rank':>13}{'share':>8}")
    for (model, candidate), numbers in rows.items():
        cells = "".join(_cell(numbers.get(key), 8) for key in ("auc", "rank", "within_90"))
        cells += "".join(_cell(numbers.get(key), 14) for key in LEVELS)
        cells += _cell(numbers.get("caught_rank"), 13) + _cell(numbers.get("caught_share"), 8)
        print(f"  {model + ' ' + candidate:30}{cells}", flush=True)


def _cell(value: float | None, width: int) -> str:
    return f"{'':>{width}}" if value is None else f"{value:>{width}.3f}"


Scores = dict[str, dict[tuple[str, str], Numbers]]
"""By world and by (model, candidate) the measures."""


def scores_of(results: dict[str, dict[str, object]], worlds: list[str]) -> Scores:
    """The measures of the worlds that were trained on."""
    scores: Scores = {}
    for world in worlds:
        models = results.get(world, {}).get("models")
        if isinstance(models, dict):
            scores[world] = {(m, c): numbers for m, by in models.items() for c, numbers in by.items()}
    return scores


def print_means(scores: Scores) -> None:
    """The mean of each measure over the worlds that have it."""
    rows: dict[tuple[str, str], Numbers] = {}
    for key in dict.fromkeys(key for by in scores.values() for key in by):
        columns = [by[key] for by in scores.values() if key in by]
        measures = dict.fromkeys(name for numbers in columns for name in numbers)
        rows[key] = {m: float(np.mean([numbers[m] for numbers in columns if m in numbers])) for m in measures}
    print(f"\nmeans over {len(scores)} worlds")
    print_rows(rows)


def print_pairs(scores: Scores) -> None:
    """Mean differences between candidates of a model, and between the deployed and the tested model."""
    print(f"\nmean difference over {len(scores)} worlds (standard error)")
    for measure in ("auc", "rank"):
        for one, other in PAIRS:
            for model in ("deployed", "tested"):
                pairs = list(_values(scores, scores, (model, one), (model, other), measure))
                _print_difference(f"{model}: {one} less {other}, {measure}", pairs)
        for candidate in (*gnn.CANDIDATES, PARTS):
            pairs = list(_values(scores, scores, ("deployed", candidate), ("tested", candidate), measure))
            _print_difference(f"{candidate}: deployed less tested, {measure}", pairs)


def print_differences(scores: Scores, others: Scores, name: str) -> None:
    """Mean differences from the results of other code; of levels the differences of |log ratio|."""
    print(f"\ndifference from {name} (standard error), deployed models")
    for candidate in (*gnn.CANDIDATES, PARTS):
        key = ("deployed", candidate)
        for measure in (*RANKS, *LEVELS):
            pairs = list(_values(scores, others, key, key, measure))
            if measure in LEVELS:
                pairs = [(abs(np.log(a)), abs(np.log(b))) for a, b in pairs]
            title = f"|log {measure}|" if measure in LEVELS else measure
            _print_difference(f"{candidate}, {title}", pairs)


def _values(
    scores: Scores, others: Scores, key: tuple[str, str], other: tuple[str, str], measure: str
) -> Iterator[tuple[float, float]]:
    """The measure by both, of each world that has both."""
    for world, by in scores.items():
        pair = (by.get(key, {}).get(measure), others.get(world, {}).get(other, {}).get(measure))
        if pair[0] is not None and pair[1] is not None:
            yield pair[0], pair[1]


def _print_difference(title: str, pairs: list[tuple[float, float]]) -> None:
    if not pairs:
        return
    difference = np.array([a - b for a, b in pairs])
    error = difference.std(ddof=1) / np.sqrt(len(pairs)) if len(pairs) > 1 else np.nan
    print(f"  {title:<62}{difference.mean():+.4f} ({error:.4f}), {len(pairs)} worlds", flush=True)


if __name__ == "__main__":
    main()
