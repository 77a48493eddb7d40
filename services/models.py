"""The models of a workspace: what each was trained on, how good it is, and which one scores."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from supplyrisk.graph import ModelError, Workspace
from supplyrisk.graph.schema.few_failures import failed_firms_of, too_few_failures
from supplyrisk.graph.workspace.layout import MODEL_FILE
from supplyrisk.graph.workspace.score_runs import model_digest
from supplyrisk.services.documents import Document, document
from supplyrisk.services.training_card import evaluation_split

if TYPE_CHECKING:
    import pandas as pd

LISTED_METRICS = ("auc", "pr_auc", "brier")
"""Metrics of the champion that a list of models shows."""


@dataclass(frozen=True)
class StoredModel:
    """A model of a workspace.

    role: "champion" of the model that scores where none is named, "challenger" of all others. scored_by: the
    candidate that scores in this model. data: content hashes of the training and validation data. digest: of the
    model's files. slice: the split that the metrics are of, which each model has for itself.
    failed_firms: how many failed firms they rest on; too_few_failures: whether those are too few.
    settings: of training.
    """

    name: str
    role: str
    scored_by: str
    data: tuple[str, ...]
    digest: str
    horizon_days: int | None
    members: int
    seed: int
    context: str
    slice: str
    auc: float | None
    pr_auc: float | None
    brier: float | None
    failed_firms: int
    too_few_failures: bool
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class ModelList:
    """The models of a workspace, by name."""

    models: tuple[StoredModel, ...]

    def to_json(self) -> Document:
        """The models as a JSON document, a row per model."""
        return document("compare", self.models)

    def to_frame(self) -> pd.DataFrame:
        """A row per model."""
        rows = [asdict(model) for model in self.models]
        frame: pd.DataFrame = pa.Table.from_pylist(rows).to_pandas()
        return frame


def list_models(workspace: Workspace, *, model: str | Path | None = None) -> ModelList:
    """The models of a workspace; compare two of them with `compare`, as each was evaluated on rows of its own.

    model: the one that scores, by name or path; None: the promoted one or "default".

    Raises
    ------
    ModelError: a model cannot be read.
    """
    try:
        scoring = workspace.model_path(model).resolve()
    except ModelError:
        scoring = None
    folders = [workspace.layout.model(name) for name in workspace.model_names()]
    return ModelList(tuple(_stored_model(folder, folder.resolve() == scoring) for folder in folders))


def promote_model(workspace: Workspace, name: str) -> None:
    """Make a model of the workspace the one that scores wherever no other is named.

    Raises
    ------
    ModelError: no such model in the workspace.
    """
    workspace.promote(name)


def _stored_model(folder: Path, scores: bool) -> StoredModel:
    # The file is read as JSON: loading the model would import torch.
    try:
        description = json.loads((folder / MODEL_FILE).read_text(encoding="utf-8"))
        card = description["card"]
        split = evaluation_split(card)
        metrics = card[split]["scores"][description["champion"]]
        failed = failed_firms_of(card[split])
        values = {
            name: None if metrics.get(name) is None else metrics[name]["value"] for name in LISTED_METRICS
        }
        return StoredModel(
            name=folder.name,
            role="champion" if scores else "challenger",
            scored_by=description["champion"],
            data=tuple(card["data"]),
            digest=model_digest(folder),
            horizon_days=description["horizon_days"],
            members=card["settings"]["members"],
            seed=card["settings"]["seed"],
            context=card["context"],
            slice=split,
            **values,
            failed_firms=failed,
            too_few_failures=too_few_failures(failed),
            settings=card["settings"],
        )
    except (OSError, ValueError, KeyError) as fault:
        raise ModelError(
            f"the model in {folder} cannot be read ({fault!r})", remedy="train it again"
        ) from fault
