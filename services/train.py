"""Train a model on the data of a workspace and store it there."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from supplyrisk import gnn
from supplyrisk.graph import DefaultDefinition, RequestError, Workspace, default_counts_of, stopped_trade_of
from supplyrisk.graph.schema import defaults
from supplyrisk.services.documents import Document, document
from supplyrisk.services.expert_training import ExpertRequest, check_expert_options, make_expert_model
from supplyrisk.services.metric_estimates import MetricEstimate
from supplyrisk.services.progress import FEATURES, Announce, JobProgress, plan_stages, silent, unheard
from supplyrisk.services.training_card import (
    all_metrics,
    evaluation_split,
    metrics_on,
    training_verdict,
)
from supplyrisk.services.training_refusals import refusals_with, require_defaults
from supplyrisk.services.training_splits import (
    OutcomeDefinition,
    check_validation_data,
    dated_splits,
    labelled_splits,
    undated_splits,
    undated_stages,
    validation_data,
)

if TYPE_CHECKING:
    import pandas as pd

_MODEL_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True)
class TrainResult:
    """A trained model.

    path: its folder. replaced: whether a model of that name was there before. promoted: the model that scores where
    none is named, None where none was promoted.
    """

    model: gnn.RiskModel
    path: Path
    replaced: bool
    promoted: str | None

    @property
    def verdict(self) -> list[str]:
        """The model in words."""
        return training_verdict(self.model)

    @property
    def synthetic(self) -> bool:
        """Whether it was trained on synthetic data."""
        return bool(self.model.card["synthetic"])

    @property
    def notes(self) -> tuple[str, ...]:
        """A note where another model goes on scoring."""
        if self.promoted in (None, self.model.name):
            return ()
        command = f"scgraph compare {self.promoted} {self.model.name} --promote"
        return (f"{self.promoted} remains the promoted model; {command} changes that",)

    def metrics(self) -> list[MetricEstimate]:
        """Metrics of the candidates on the test set, or on the validation set where there is no test set."""
        return metrics_on(self.model.card, evaluation_split(self.model.card))

    def to_frame(self) -> pd.DataFrame:
        """A row per split, candidate and metric, with 95 % intervals."""
        rows = [asdict(metric) for metric in all_metrics(self.model.card)]
        frame: pd.DataFrame = pa.Table.from_pylist(rows).to_pandas()
        return frame

    def to_json(self) -> Document:
        """The model's metrics, verdict and card as a JSON document."""
        card: dict[str, Any] = dict(self.model.card)
        about: Document = {
            "synthetic": card["synthetic"],
            "model": self.model.name,
            "expert": self.model.expert,
            "horizon_days": self.model.horizon_days,
        }
        more: Document = {"champion": self.model.champion, "verdict": self.verdict, "card": card}
        return document("train", all_metrics(card), about=about, **more)


def train(
    workspace: Workspace,
    *,
    name: str = defaults.MODEL,
    horizon_days: int = defaults.HORIZON_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    expert: bool = False,
    base_rate: float | None = None,
    validate: str | Path | None = None,
    mapping: str | None = None,
    encoding: str = defaults.ENCODING,
    max_bad: float | None = None,
    members: int = defaults.MEMBERS,
    seed: int = defaults.SEED,
    device: str = defaults.DEVICE,
    announce: Announce = unheard,
    progress: JobProgress = silent,
) -> TrainResult:
    """Train the network and both baselines, choose the champion, test it, and store the model in the workspace.

    Dated data: the choice is by folds over firms and on later dates, the test on the last date whose outcomes are
    known, and the stored model is fitted once more on all outcomes that are known. Dated data whose outcomes have no
    day are learned from as of the day by which these are known, and judged by folds over firms: such a model detects.
    Undated data are validated on a second data set, or on a quarter of the firms. An expert model is not trained: its
    effects are stated, and moved by the outcomes that are known.

    Parameters
    ----------
    name: of the model; one of that name is replaced.
    horizon_days: days over which a PD is meant.
    default_definition: what counts as a default.
    expert: make the expert scorecard at a base rate instead of training; it needs no default.
    base_rate: with expert only: expected share of firms that default within the horizon, in (0, 1).
    validate: undated data only: data folder or workspace that the champion is chosen by.
    mapping, encoding, max_bad: of the data folder `validate`, as in `load`.
    members: networks of the ensemble. seed: of everything random. device: "cpu", "cuda" or "auto".
    announce: called before the training with how many defaults there are and how many can be learned from, and with
    what that means for the training.

    Raises
    ------
    RequestError: a bad name, `validate` with dated data, or one of expert and base_rate without the other.
    WorkspaceError: no data. DataError: too few days, or too few firms that defaulted or did not.
    """
    # Cheap checks first: importing torch takes seconds.
    tables = workspace.tables()
    if not _MODEL_NAME.fullmatch(name):
        raise RequestError(f"{name!r} cannot name a model", "letters, digits, -, _ and . only")
    check_expert_options(expert, base_rate, validate)
    validation = validation_data(workspace, validate, mapping, encoding, max_bad)
    check_validation_data(tables, validation)
    counts = default_counts_of(tables, default_definition, horizon_days)
    if not expert:
        require_defaults(counts)
    announce(str(counts))
    stopped = stopped_trade_of(tables, default_definition)
    if stopped is not None:
        announce(str(stopped))
    settings = gnn.TrainingSettings(seed=seed, members=members, device=device)
    outcome = OutcomeDefinition(horizon_days, default_definition)
    if base_rate is not None:
        model = make_expert_model(ExpertRequest(name, base_rate, outcome), tables, settings, progress)
    else:
        advice = counts.advice()
        if advice:
            announce(advice)
        with refusals_with(counts):
            if tables.info.labels_as_of:
                fits = gnn.training_stages(settings.for_labels(counts.total), forward=False, deploy=False)
                plan_stages(progress, {FEATURES: 1.0, **fits})
                splits = labelled_splits(tables, outcome, progress)
            elif tables.info.undated:
                fits = gnn.training_stages(settings, forward=False, deploy=True)
                plan_stages(progress, {**undated_stages(validation), **fits})
                splits = undated_splits(tables, outcome, validation, progress)
            else:
                splits = dated_splits(tables, outcome, settings, counts, progress)
            model = gnn.train(name, splits, settings, progress)
    model = gnn.with_margins(model, tables, seed, progress)
    replaced = name in workspace.model_names()
    path = workspace.layout.model(name)
    path.parent.mkdir(exist_ok=True)
    gnn.save(model, path)
    return TrainResult(model, path, replaced, workspace.promoted_model())
