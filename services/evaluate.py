"""Evaluate a stored model: the model and all baselines on the same rows, and its model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from supplyrisk import gnn
from supplyrisk.gnn import evaluation
from supplyrisk.graph import Tables, Workspace
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.aliases import CANDIDATES, VALIDATION_DATES
from supplyrisk.graph.workspace.json_text import to_json
from supplyrisk.graph.workspace.layout import model_card_file, model_card_page
from supplyrisk.graph.workspace.output_files import write_text
from supplyrisk.services.documents import Document, document
from supplyrisk.services.evaluation_splits import (
    data_hashes,
    dated_evaluation_splits,
    outcome_of,
    require_same_outcomes,
    undated_evaluation_splits,
)
from supplyrisk.services.gates import breaches_of, gates_on_few_failures, parse_gates
from supplyrisk.services.metric_estimates import MetricEstimate, metric_estimates
from supplyrisk.services.model_inputs import load_tested_model
from supplyrisk.services.progress import FEATURES, JobProgress, StagePlan, plan_stages, silent
from supplyrisk.services.training_splits import (
    SNAPSHOTS_DURATION,
    ValidationData,
    labelled_splits,
    undated_stages,
    validation_data,
)

if TYPE_CHECKING:
    import pandas as pd

_HEAD = ("expert", "synthetic", "synthetic_model", "model", "horizon_days")


@dataclass(frozen=True)
class EvaluateResult:
    """The evaluation of a model.

    card: the model card, as it is stored beside the model. model_path: the model's folder. breaches: of the gates, in
    words.
    """

    card: evaluation.ModelCard
    model_path: Path
    breaches: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def page_path(self) -> Path:
        """Where the card's HTML page belongs."""
        return model_card_page(self.model_path)

    def metrics(self) -> list[MetricEstimate]:
        """The metrics of the model, the baselines and the placebos."""
        return [
            estimate
            for row in self.card.candidates
            for estimate in metric_estimates(
                self.card.slice, row.candidate, row.metrics, failed_firms=self.card.failed_firms
            )
        ]

    def to_frame(self) -> pd.DataFrame:
        """A row per candidate and metric, with 95 % intervals."""
        rows = [asdict(metric) for metric in self.metrics()]
        frame: pd.DataFrame = pa.Table.from_pylist(rows).to_pandas()
        return frame

    def to_json(self) -> Document:
        """The card as a JSON document, a row per candidate."""
        card = self.card.to_json()
        about: Document = {name: card[name] for name in _HEAD}
        about["as_of"] = card["as_of"][-1] if card["as_of"] else None
        more: Document = {"judged_as_of": card["as_of"], "judged_rows": card["rows"]}
        placed = (*_HEAD, "as_of", "rows", CANDIDATES)
        more |= {name: value for name, value in card.items() if name not in placed}
        return document("evaluate", card[CANDIDATES], about=about, **more)


def evaluate(
    workspace: Workspace,
    *,
    model: str | Path | None = None,
    placebos: bool = True,
    dip: bool = True,
    seeds: int = 1,
    gates: Sequence[str] = (),
    validate: str | Path | None = None,
    mapping: str | None = None,
    encoding: str = defaults.ENCODING,
    max_bad: float | None = None,
    device: str = defaults.DEVICE,
    progress: JobProgress = silent,
) -> EvaluateResult:
    """Evaluate a model and all baselines on the same rows, and write its card into the model's folder.

    The tested model is evaluated: the deployed one has learned all outcomes of the data. Dated data: on the days after
    those whose outcomes it knows. Undated data: cross-fitted on the validation set. Outcomes known by a day: out of
    fold by firm, by the same recipe fitted again.

    Parameters
    ----------
    model: name or path; None: the promoted one or "default".
    placebos: also train the network on two graphs without contagion.
    dip: also inject 14 bad days into sound shops and follow the score.
    seeds: train that many models in all and compare their parts; each costs a training.
    gates: conditions that a good model does not meet, such as "auc<.7"; those that are met are in `breaches`.
    validate, mapping, encoding, max_bad: undated data only: the second data set that the model was validated on, as
    in `train`.
    device: "cpu", "cuda" or "auto".

    Raises
    ------
    RequestError: a faulty gate, or another validation set is needed. WorkspaceError: no data. ModelError: no such
    model. DataError: no outcomes are known that the model has not seen.
    """
    # Cheap checks first: importing torch takes seconds.
    tables = workspace.tables()
    model_path = workspace.model_path(model)
    parsed_gates = parse_gates(gates)
    validation = validation_data(workspace, validate, mapping, encoding, max_bad)
    loaded = load_tested_model(workspace, model, device)
    outcome = outcome_of(loaded)
    require_same_outcomes(loaded, tables)
    plan = evaluation.EvaluationPlan(placebos=placebos, seeds=seeds, dip=dip)
    plan_stages(progress, _stages(loaded, tables, validation, plan))
    if tables.info.labels_as_of:
        splits = labelled_splits(tables, outcome, progress)
    elif tables.info.undated:
        splits = undated_evaluation_splits(loaded, tables, outcome, validation, progress)
    else:
        splits = dated_evaluation_splits(loaded, tables, outcome, progress)
    card = evaluation.examine_model(loaded, splits, tables, plan, progress)
    write_text(model_card_file(model_path), to_json(card.to_json()) + "\n")
    notes = gates_on_few_failures(card, parsed_gates)
    if tables.info.content_hash not in data_hashes(loaded):
        notes.append("the data have changed since the model was trained")
    return EvaluateResult(card, model_path, breaches_of(card, parsed_gates), tuple(notes))


def _stages(
    model: gnn.RiskModel,
    tables: Tables,
    validation: ValidationData | None,
    plan: evaluation.EvaluationPlan,
) -> StagePlan:
    """The stages of an evaluation in order, with their durations relative to each other."""
    has_window = tables.info.has_window
    dates = model.card["as_of"]
    forward = has_window and isinstance(dates, Mapping) and bool(dates[VALIDATION_DATES])
    snapshots = {FEATURES: SNAPSHOTS_DURATION} if has_window else undated_stages(validation)
    dip = has_window and tables.present("activity")
    settings = evaluation.settings_of(model)
    return {**snapshots, **evaluation.examination_stages(settings, plan, forward=forward, dip=dip)}
