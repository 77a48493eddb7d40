"""Repeat a published experiment: load its parts, train and evaluate with several seeds."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from supplyrisk import gnn
from supplyrisk.gnn import evaluation
from supplyrisk.graph import DefaultDefinition, RequestError, Snapshot, Workspace
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.aliases import CANDIDATE
from supplyrisk.loaders import load, read_mapping
from supplyrisk.services.documents import Document, document
from supplyrisk.services.gates import breaches_of, gates_on_few_failures, parse_gates
from supplyrisk.services.metric_estimates import METRIC_LABELS
from supplyrisk.services.progress import JobProgress, StagePlan, plan_stages, silent
from supplyrisk.services.training_splits import OutcomeDefinition, firm_ids

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SuiteParts:
    """An undated data set in parts: its mapping, and the folders of the training, validation and test set.

    The test set may be missing.
    """

    mapping: str
    train: str = "train"
    validation: str = "validate"
    test: str = "test"

    def in_folder(self, folder: Path) -> list[str]:
        """The parts that a folder has."""
        return [part for part in (self.train, self.validation, self.test) if (folder / part).is_dir()]


SUITES = {"smesd": SuiteParts("smesd")}
"""The known experiments by name."""


@dataclass(frozen=True)
class MetricMean:
    """Mean of a metric over seeds; None where no seed has it. deviation: None for fewer than two seeds."""

    mean: float | None
    deviation: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> MetricMean:
        """Mean, and standard deviation with n - 1 degrees of freedom."""
        mean = float(np.mean(values)) if values else None
        return cls(mean, float(np.std(values, ddof=1)) if len(values) > 1 else None)


@dataclass(frozen=True)
class CandidateMeans:
    """A candidate's metrics over the seeds it was trained with, by name."""

    candidate: str
    seeds: int
    too_few_failures: bool
    metrics: Mapping[str, MetricMean]

    def to_json(self) -> Document:
        """The metrics beside the other entries."""
        head = {CANDIDATE: self.candidate, "seeds": self.seeds, "too_few_failures": self.too_few_failures}
        return head | {name: asdict(metric) for name, metric in self.metrics.items()}


@dataclass(frozen=True)
class SuiteResult:
    """A repeated experiment.

    cards: a model card per seed. breaches: of the gates by the first card that breaches any, in words.
    """

    suite: str
    cards: tuple[evaluation.ModelCard, ...]
    breaches: tuple[str, ...]
    notes: tuple[str, ...]

    def means(self) -> list[CandidateMeans]:
        """A row per candidate: each metric's mean and standard deviation over the seeds it was trained with."""
        values: dict[str, dict[str, list[float]]] = {}
        # All cards are of the same firms.
        few = any(card.too_few_failures for card in self.cards)
        for card in self.cards:
            for row in card.candidates:
                by_metric = values.setdefault(row.candidate, {metric: [] for metric in METRIC_LABELS})
                for metric, estimate in (row.metrics or {}).items():
                    by_metric[metric].append(estimate.value)
        return [
            CandidateMeans(
                candidate,
                seeds=len(by_metric["auc"]),
                too_few_failures=few,
                metrics={metric: MetricMean.of(numbers) for metric, numbers in by_metric.items()},
            )
            for candidate, by_metric in values.items()
        ]

    def to_frame(self) -> pd.DataFrame:
        """A row per candidate and metric."""
        rows = [
            {"candidate": row.candidate, "seeds": row.seeds, "metric": name, **asdict(metric)}
            for row in self.means()
            for name, metric in row.metrics.items()
        ]
        frame: pd.DataFrame = pa.Table.from_pylist(rows).to_pandas()
        return frame

    def to_json(self) -> Document:
        """The means and the cards as a JSON document, a row per candidate."""
        rows = [row.to_json() for row in self.means()]
        return document("evaluate", rows, about={"suite": self.suite}, cards=self.cards)


def evaluate_suite(
    suite: str,
    folder: str | Path,
    *,
    placebos: bool = True,
    seeds: int = 1,
    gates: Sequence[str] = (),
    members: int = defaults.MEMBERS,
    seed: int = defaults.SEED,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    encoding: str = defaults.ENCODING,
    memory_limit: str = defaults.MEMORY_LIMIT,
    device: str = defaults.DEVICE,
    progress: JobProgress = silent,
) -> SuiteResult:
    """Train and evaluate on the parts of an undated data set, with seeds seed, seed + 1, ...

    The data are loaded into a temporary workspace; neither data nor models are stored. Placebos are trained with the
    first seed only.

    Parameters
    ----------
    suite: one of SUITES. folder: the folder of its parts.
    seeds: number of seeds. Others as in `train` and `evaluate`.

    Raises
    ------
    RequestError: no such suite, a part is missing, or a faulty gate. DataError: data that cannot be loaded or learned
    from.
    """
    parsed_gates = parse_gates(gates)
    parts = _parts_of(suite, Path(folder))
    all_settings = [
        gnn.TrainingSettings(seed=seed + number, members=members, device=device) for number in range(seeds)
    ]
    # Placebos cost a training each, and one seed's show whether there is contagion.
    plans = [evaluation.EvaluationPlan(placebos=placebos and number == 0) for number in range(seeds)]
    plan_stages(progress, _stages(parts.in_folder(Path(folder)), all_settings, plans))
    outcome = OutcomeDefinition(default_definition=default_definition)
    snapshots = _read_parts(
        parts, Path(folder), outcome, progress, encoding=encoding, memory_limit=memory_limit
    )
    notes = []
    test = snapshots.get(parts.test)
    if test is not None and test.firms.column("outcome").null_count == test.firms.num_rows:
        notes.append(f"{parts.test} has no outcomes and is left out")
        test = None
    splits = _splits(snapshots[parts.train], snapshots[parts.validation], test, outcome)
    cards = [
        _card(splits, settings, plan, progress) for settings, plan in zip(all_settings, plans, strict=True)
    ]
    breaches = [breaches_of(card, parsed_gates) for card in cards]
    notes += gates_on_few_failures(cards[0], parsed_gates)
    return SuiteResult(suite, tuple(cards), next(filter(None, breaches), ()), tuple(notes))


def _parts_of(suite: str, folder: Path) -> SuiteParts:
    if suite not in SUITES:
        raise RequestError(f"no suite is called {suite}", f"one of {', '.join(SUITES)}")
    parts = SUITES[suite]
    for part in (parts.train, parts.validation):
        if not (folder / part).is_dir():
            raise RequestError(
                f"{folder} has no folder {part}",
                f"{parts.train}, {parts.validation} and optionally {parts.test}",
            )
    return parts


def _read_parts(
    parts: SuiteParts,
    folder: Path,
    outcome: OutcomeDefinition,
    progress: JobProgress,
    *,
    encoding: str,
    memory_limit: str,
) -> dict[str, Snapshot]:
    """The snapshots of the parts by name."""
    snapshots = {}
    with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary:
        for part in parts.in_folder(folder):
            progress(_reading(part))
            place = Path(temporary) / part
            load(folder / part, place, read_mapping(parts.mapping), encoding, None)
            snapshots[part] = outcome.snapshot(Workspace(place, memory_limit=memory_limit).tables())
    return snapshots


def _splits(
    train: Snapshot, validation: Snapshot, test: Snapshot | None, outcome: OutcomeDefinition
) -> gnn.DataSplits:
    """Splits with the training firms hidden that validate or test too."""
    later_ids = {*firm_ids(validation), *(firm_ids(test) if test else ())}
    return gnn.DataSplits(
        train=(train,),
        validation=(validation,),
        test=(test,) if test else (),
        hidden=frozenset(later_ids & set(firm_ids(train))),
    )


def _stages(
    parts: Sequence[str],
    all_settings: Sequence[gnn.TrainingSettings],
    plans: Sequence[evaluation.EvaluationPlan],
) -> StagePlan:
    """The stages of an experiment in order, with their durations relative to each other."""
    stages = {_reading(part): 2.0 for part in parts}
    for settings, plan in zip(all_settings, plans, strict=True):
        training = gnn.training_stages(settings, forward=False, deploy=False)
        examination = evaluation.examination_stages(settings, plan, forward=False, dip=False)
        for name, duration in {**training, **examination}.items():
            stages[_of_seed(settings, name)] = duration
    return stages


def _reading(part: str) -> str:
    return f"reading {part}"


def _of_seed(settings: gnn.TrainingSettings, stage: str) -> str:
    return f"seed {settings.seed}: {stage}"


def _card(
    splits: gnn.DataSplits,
    settings: gnn.TrainingSettings,
    plan: evaluation.EvaluationPlan,
    progress: JobProgress,
) -> evaluation.ModelCard:
    """The card of a model trained with one seed."""

    def seed_progress(stage: str, done: int = 0, total: int = 0, /) -> None:
        progress(_of_seed(settings, stage), done, total)

    model = gnn.train(f"suite-{settings.seed}", splits, settings, seed_progress, deploy=False)
    return evaluation.examine_model(model, splits, None, plan, seed_progress)
