"""The table of gnn/worst_grades.toml, and how often true grades are worse than stated in worlds kept apart.

    python tests/bench/bench_bounds.py rows WORLD... --out ROWS [--members 1] [--seed 1]
    python tests/bench/bench_bounds.py table --set NAME... --check NAME... --rows ROWS [--beside NAME...] [--out FILE]

`rows` thins each WORLD (a folder of `latent_worlds.py` or of `scgraph synth --replicas N`, see `thinned_world.py`),
trains on what was known on the last date of its truth, scores that day with every candidate and with the expert
scorecard at the true mean PD, and writes ROWS/<name>.parquet: scores, true PD and class of evidence of each firm. It
takes 40 seconds of CPU a world. The models have one member and compare two contexts: how far a true PD lies from a
score depends on the hidden state of firms far more than on the size of the ensemble.

`table` fits the bounds on the worlds of --set and prints, for the worlds of --check and of --beside, how often the true
PD lies above the bound and the true grade is worse than stated, by class of evidence and by world. The bound of a
scorer is a linear quantile regression of log(true hazard / scored hazard): linear between the knots in x, the log of
the scored hazard over that of the base rate, plus what each lacking fact adds, which is never negative. Every world has
the same weight. `rounding` is then chosen such that the true grade is worse than the grade of the lowered bound for one
firm in ten: a grade is coarse, and the grade of the bound itself would be exceeded more seldom.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from bench_learning import truth_of
from supplyrisk import gnn, services
from supplyrisk.gnn.grades import BOUNDS, GRADES
from supplyrisk.gnn.worst_grades import EXCEEDED, ScorerBounds
from supplyrisk.graph import (
    EVIDENCE_LABELS,
    EvidenceClass,
    Snapshot,
    Workspace,
    default_counts_of,
    evidence_of,
)
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.aliases import SUMMARY
from supplyrisk.loaders import load, synthetic_mapping
from supplyrisk.services.progress import silent
from supplyrisk.services.training_splits import OutcomeDefinition, dated_splits
from thinned_world import thin
from world_cuts import judged_day

Matrix = NDArray[np.float64]
HORIZON = 180
SCORERS = (*gnn.CANDIDATES, "expert")
KNOT_QUANTILES = (0.02, 0.25, 0.5, 0.75, 0.98)
"""Knots are quantiles of x over the worlds of --set: beyond the outer ones there is next to nothing to fit on."""
FACTS = ("months", "half_year", "no_statement", "no_payments")
LEAST_SLOPE = -0.95
"""Of the level in x: a bound must increase with the score, so the level may not fall as fast as x rises."""
LEAST_FIRMS = 400
"""Classes with fewer firms are printed, but not judged."""
LEAST_IN_CELL = 50


def main() -> None:
    """Run one of the two commands."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    rows = commands.add_parser("rows")
    rows.add_argument("worlds", nargs="+", type=Path)
    rows.add_argument("--out", type=Path, required=True)
    rows.add_argument("--members", type=int, default=1)
    rows.add_argument("--seed", type=int, default=1)
    table = commands.add_parser("table")
    table.add_argument("--set", nargs="+", required=True, dest="fitted")
    table.add_argument("--check", nargs="+", required=True)
    table.add_argument("--beside", nargs="+", default=[])
    table.add_argument("--rows", type=Path, required=True)
    table.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.command == "rows":
        options.out.mkdir(parents=True, exist_ok=True)
        for world in options.worlds:
            write_rows(world, options.out / f"{world.name}.parquet", options.members, options.seed)
        return
    fitted, check, beside = (
        read_rows(options.rows, names) for names in (options.fitted, options.check, options.beside)
    )
    tables = {scorer: fit(fitted, scorer) for scorer in SCORERS}
    for scorer, bounds in tables.items():
        print(f"\n{scorer}\n{bounds}")
        for title, frames in (("set", fitted), ("kept apart", check), ("beside", beside)):
            if frames:
                report(title, frames, scorer, bounds)
    if options.out:
        names = f"set on {', '.join(options.fitted)}; checked on {', '.join(options.check)}"
        options.out.write_text(toml_text(tables, names), encoding="utf-8")


def write_rows(world: Path, out: Path, members: int, seed: int) -> None:
    """Train on a thinned world and write the scores beside the truth."""
    day = judged_day(world)
    with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary:
        folder = Path(temporary) / "thin"
        thin(world, folder, day, seed)
        workspace = Workspace(Path(temporary) / "workspace")
        load(folder, workspace.path, synthetic_mapping(folder))
        model = trained(workspace, members, seed)
        snapshot = workspace.snapshot(day, horizon_days=HORIZON)
        true = truth_of(world, day, snapshot)["pd"]
        expert = services.train(
            workspace, name="expert", expert=True, base_rate=round(float(np.nanmean(true)), 3)
        ).model
        frame = pd.DataFrame(
            {"world": world.name, "true": true, "evidence": evidence_of(snapshot).to_pylist()}
        )
        for scorer in SCORERS:
            scoring_model = expert if scorer == "expert" else model
            frame[scorer] = scored(scoring_model, snapshot, scorer)
            frame[f"base {scorer}"] = scoring_model.calibrations[scorer].base_rate
    frame[frame["true"].notna() & frame[gnn.NETWORK].notna()].to_parquet(out)
    print(f"{world.name}: {len(frame)} firms, champion {model.champion}", flush=True)


def trained(workspace: Workspace, members: int, seed: int) -> gnn.RiskModel:
    """The model of everything that is known on the last day of the data, by the cheapest sound training."""
    settings = gnn.TrainingSettings(
        seed=seed, members=members, contexts=("none", SUMMARY), device="cpu", bootstrap=20, most_dates=8
    )
    tables = workspace.tables()
    counts = default_counts_of(tables, defaults.DEFAULT_DEFINITION, HORIZON)
    splits = dated_splits(tables, OutcomeDefinition(HORIZON), settings, counts, silent)
    return gnn.train("bounds", splits.without_test(), settings, deploy=False)


def scored(model: gnn.RiskModel, snapshot: Snapshot, scorer: str) -> Matrix:
    """PDs of a scorer [firms of the snapshot], NaN in default."""
    frame = gnn.score(model, snapshot, use=scorer).firms.to_pandas().set_index("firm_id")
    return np.asarray(frame["pd"].reindex(snapshot.firms["firm_id"].to_pylist()), dtype=float)


def read_rows(folder: Path, names: Sequence[str]) -> list[pd.DataFrame]:
    """The rows of some worlds; firms without trade have no class and are left out."""
    frames = [pd.read_parquet(folder / f"{name}.parquet") for name in names]
    return [frame[frame["evidence"].notna()].reset_index(drop=True) for frame in frames]


@dataclass(frozen=True)
class Rows:
    """Scored and true hazards [firms] of one scorer, with the base hazard of each firm's world."""

    scored: Matrix
    true: Matrix
    base: Matrix
    labels: tuple[str, ...]
    weight: Matrix

    @classmethod
    def of(cls, frames: Sequence[pd.DataFrame], scorer: str) -> Rows:
        """Stack the rows of worlds, each of which weighs the same."""
        frame = pd.concat(frames)
        scored, true, base = (
            -np.log1p(-np.clip(frame[name].to_numpy(float), 1e-9, 0.999))
            for name in (scorer, "true", f"base {scorer}")
        )
        weight = np.concatenate([np.full(len(each), 1 / len(each)) for each in frames])
        return cls(scored, true, base, tuple(frame["evidence"]), weight)

    @property
    def x(self) -> Matrix:
        """Log of the scored hazard over that of the base rate."""
        return np.log(self.scored / self.base)

    def bound(self, bounds: ScorerBounds, *, rounded: bool) -> Matrix:
        """Bounds on the hazard [firms]."""
        # a bound depends on the ratio to the base hazard alone, so that worlds with other base rates can be stacked
        return bounds.bound(self.scored / self.base, 1.0, self.labels, rounded=rounded) * self.base


def facts_of(label: str) -> tuple[bool, ...]:
    """Which of FACTS hold of a class."""
    evidence = EvidenceClass.of_label(label)
    return (
        evidence.history == "months",
        evidence.history == "half_year",
        not evidence.statement,
        not evidence.payments,
    )


def fit(frames: Sequence[pd.DataFrame], scorer: str) -> ScorerBounds:
    """The bounds of a scorer by the rows of some worlds."""
    rows = Rows.of(frames, scorer)
    knots = np.round(np.quantile(rows.x, KNOT_QUANTILES), 1) + 0.0
    level, extra = regressed(rows, knots)
    allowance = {label: round(float(extra @ np.array(facts_of(label))), 2) for label in EVIDENCE_LABELS}
    plain = {
        "knots": [float(knot) for knot in knots],
        "level": [round(float(v), 2) for v in level],
        "allowance": allowance,
    }
    low, high = -4.0, 0.0
    for _ in range(30):
        middle = (low + high) / 2
        exceeded = stated_of(rows, ScorerBounds.model_validate(plain | {"rounding": middle}))
        low, high = (middle, high) if exceeded.share() > EXCEEDED else (low, middle)
    return ScorerBounds.model_validate(plain | {"rounding": round(high, 2)})


def regressed(rows: Rows, knots: Matrix) -> tuple[Matrix, Matrix]:
    """Levels at the knots and what each fact of FACTS adds: the quantile regression, as a linear program."""
    hats = np.array([np.interp(rows.x, knots, unit) for unit in np.eye(len(knots))]).T
    design = np.hstack([hats, np.array([facts_of(label) for label in rows.labels], dtype=float)])
    ratio = np.log(rows.true / rows.scored)
    count, width = design.shape
    # ratio = design @ beta + above - below; above costs 1 - EXCEEDED, below EXCEEDED
    weight = rows.weight / rows.weight.mean()
    cost = np.concatenate([np.zeros(width), (1 - EXCEEDED) * weight, EXCEEDED * weight])
    equal = sparse.hstack([sparse.csr_array(design), sparse.eye_array(count), -sparse.eye_array(count)])
    steps = np.zeros((len(knots) - 1, width + 2 * count))
    for k in range(len(knots) - 1):
        steps[k, [k, k + 1]] = 1.0, -1.0
    # months add at least as much as half a year
    order = np.zeros((1, width + 2 * count))
    order[0, [len(knots), len(knots) + 1]] = -1.0, 1.0
    limits = [(None, None)] * len(knots) + [(0, None)] * (len(FACTS) + 2 * count)
    solved = linprog(
        cost,
        A_ub=sparse.csr_array(np.vstack([steps, order])),
        b_ub=np.append(-LEAST_SLOPE * np.diff(knots), 0.0),
        A_eq=equal.tocsr(),
        b_eq=ratio,
        bounds=limits,
        method="highs",
    )
    return solved.x[: len(knots)], solved.x[len(knots) : width]


@dataclass(frozen=True)
class Stated:
    """What was stated of firms, and whether it was exceeded [firms]."""

    labels: NDArray[np.str_]
    has_statement: NDArray[np.bool_]
    pd_above: NDArray[np.bool_]
    grade_worse: NDArray[np.bool_]
    worst: NDArray[np.int64]
    true_pd: Matrix
    moved: NDArray[np.int64]
    weight: Matrix

    def share(self) -> float:
        """Share of the stated worst grades that the true grade exceeds; worlds weigh the same."""
        return float(
            np.average(self.grade_worse[self.has_statement], weights=self.weight[self.has_statement])
        )


def stated_of(rows: Rows, bounds: ScorerBounds) -> Stated:
    """State the worst grade of each firm and compare it with the truth."""
    bound = rows.bound(bounds, rounded=True)
    own, worst, true = (
        np.searchsorted(BOUNDS, -np.expm1(-hazard), side="right")
        for hazard in (rows.scored, np.maximum(bound, rows.scored), rows.true)
    )
    return Stated(
        np.array(rows.labels),
        worst < len(GRADES) - 1,
        rows.true > rows.bound(bounds, rounded=False),
        true > worst,
        worst,
        -np.expm1(-rows.true),
        worst - own,
        rows.weight,
    )


def report(title: str, frames: Sequence[pd.DataFrame], scorer: str, bounds: ScorerBounds) -> None:
    """Print the shares by class and by world."""
    print(f"  {title}: {', '.join(frame['world'].iloc[0] for frame in frames)}")
    stated = stated_of(Rows.of(frames, scorer), bounds)
    groups: list[tuple[str, NDArray[np.bool_]]] = [("all", np.ones(len(stated.labels), dtype=bool))]
    groups += [(label, stated.labels == label) for label in EVIDENCE_LABELS]
    worlds = np.concatenate([frame["world"].to_numpy(str) for frame in frames])
    groups += [(world, worlds == world) for world in dict.fromkeys(worlds)]
    print(f"    {'':28}{'firms':>7}{'silent':>8}{'PD above':>10}{'worse':>8}{'wider by':>10}")
    for name, chosen in groups:
        for line in _line(name, stated, chosen):
            print(line)
    cells = list(mean_pds(stated))
    above = [f"{label} {grade} {mean:.4f}" for label, grade, mean, bound in cells if mean >= bound]
    print(
        f"    cells of class and worst grade: {len(cells)}, of which the mean true PD is above: {above or 'none'}"
    )


def mean_pds(stated: Stated) -> Iterator[tuple[str, str, float, float]]:
    """Class, worst grade, mean true PD and upper bound of that grade, by cell of at least LEAST_IN_CELL firms.

    It is what observed default rates would show in data without true PDs.
    """
    for label in EVIDENCE_LABELS:
        for place, bound in enumerate(BOUNDS):
            chosen = stated.has_statement & (stated.labels == label) & (stated.worst == place)
            if chosen.sum() >= LEAST_IN_CELL:
                yield label, GRADES[place], float(stated.true_pd[chosen].mean()), bound


def _line(name: str, stated: Stated, chosen: NDArray[np.bool_]) -> Iterator[str]:
    count = int(chosen.sum())
    said = chosen & stated.has_statement
    if not said.any():
        return
    worse = stated.grade_worse[said].mean()
    mark = " *" if count >= LEAST_FIRMS and not 0.07 <= worse <= 0.13 else ""
    yield (
        f"    {name:28}{count:7,}{1 - said.sum() / count:8.3f}{stated.pd_above[chosen].mean():10.3f}{worse:8.3f}"
        f"{stated.moved[said].mean():10.2f}{mark}"
    )


def toml_text(tables: dict[str, ScorerBounds], names: str) -> str:
    """The file of gnn/worst_grades.toml."""
    lines = [f'source = "tests/bench/bench_bounds.py, {names}; docs/measurements/bounds.md"']
    for scorer, bounds in tables.items():
        lines += ["", f'[scorers."{scorer}"]']
        lines += [f"{name} = {list(getattr(bounds, name))}" for name in ("knots", "level")]
        lines += [f"rounding = {bounds.rounding}", "", f'[scorers."{scorer}".allowance]']
        lines += [f"{label} = {value}" for label, value in bounds.allowance.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
