"""The snapshots that a stored model is evaluated on: its own training and validation dates, and those after them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from supplyrisk import gnn
from supplyrisk.gnn import evaluation
from supplyrisk.graph import DataError, RequestError, Tables, last_day_of
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.aliases import VALIDATION_DATES
from supplyrisk.services.progress import JobProgress
from supplyrisk.services.training_splits import (
    OutcomeDefinition,
    ValidationData,
    undated_splits,
)


def outcome_of(model: gnn.RiskModel) -> OutcomeDefinition:
    """The outcome that a model was trained on: evaluated rows must have the same one."""
    # A model of undated data has no horizon, and its snapshots ignore the one that stands in for it.
    return OutcomeDefinition(model.horizon_days or defaults.HORIZON_DAYS, model.default_definition)


def require_same_outcomes(model: gnn.RiskModel, tables: Tables) -> None:
    """Raise RequestError where only one of the model and the data has outcomes that are known by a day."""
    if (model.labels_as_of is None) == (tables.info.labels_as_of is None):
        return
    problem = f"the outcomes of these data are known by a day, and those that {model.name} learned are not"
    if model.labels_as_of is not None:
        problem = (
            f"the outcomes that {model.name} learned are known by a day, and those of these data are not"
        )
    raise RequestError(
        problem,
        "data whose outcomes are like those that it was trained on",
        "train a model on these data",
    )


def data_hashes(model: gnn.RiskModel) -> list[str]:
    """Content hashes of the data that a model was trained and validated on."""
    hashes = model.card["data"]
    return list(hashes) if isinstance(hashes, list | tuple) else []


def first_unseen_day(model: gnn.RiskModel) -> date | None:
    """The first as-of date of an out-of-time test: the last day whose outcomes the model knows; None if undated."""
    if model.horizon_days is None:
        return None
    # The card of a deployed model keeps the tested one's date, too, as its metrics are that model's.
    deployed = model.card.get("deployed")
    card: Mapping[str, Any] = deployed if isinstance(deployed, Mapping) else model.card
    until = card.get("outcomes_until")
    if isinstance(until, str):
        return date.fromisoformat(until)
    # Cards of earlier versions: the last validation window ended on that day.
    dates: Mapping[str, Any] = model.card["as_of"]  # type: ignore[assignment]
    validation = dates[VALIDATION_DATES]
    return date.fromisoformat(validation[-1]) + timedelta(days=model.horizon_days) if validation else None


def undated_evaluation_splits(
    model: gnn.RiskModel,
    tables: Tables,
    outcome: OutcomeDefinition,
    validation: ValidationData | None,
    progress: JobProgress,
) -> gnn.DataSplits:
    """The splits of undated data as in training.

    Raises
    ------
    RequestError: the model was validated on a second data set, which is not named.
    """
    if len(set(data_hashes(model))) > 1 and validation is None:
        raise RequestError(
            "the model was validated on a second data set", "the same data set again, named by --validate"
        )
    return undated_splits(tables, outcome, validation, progress)


def unseen_days(model: gnn.RiskModel, tables: Tables, outcome: OutcomeDefinition) -> list[date]:
    """The as-of dates whose outcomes are known and were unknown to the model, a training step apart.

    Raises
    ------
    RequestError: the model was trained on undated data. DataError: no later outcomes are known.
    """
    first = first_unseen_day(model)
    if first is None:
        raise RequestError(
            "the model was trained on undated data", "a model of dated data, as the workspace's data are"
        )
    last = last_day_of(tables)
    last_known = None if last is None else last - timedelta(days=outcome.horizon_days)
    if last_known is None or last_known < first:
        raise DataError(
            f"the data end on {last}; the first day that the model can be tested on is {first}",
            f"data up to {outcome.horizon_days} days later, when its outcomes are known",
            "load later data",
        )
    step_days = evaluation.settings_of(model).step_days
    steps = (last_known - first).days // step_days
    return [last_known - timedelta(days=step_days * step) for step in range(steps, -1, -1)]


def dated_evaluation_splits(
    model: gnn.RiskModel, tables: Tables, outcome: OutcomeDefinition, progress: JobProgress
) -> gnn.DataSplits:
    """The model's training dates, and as the test set all later ones whose outcomes are known.

    Raises
    ------
    As `unseen_days`.
    """
    test = unseen_days(model, tables, outcome)
    dates: Mapping[str, Any] = model.card["as_of"]  # type: ignore[assignment]
    forward = [date.fromisoformat(day) for day in dates[VALIDATION_DATES]]
    # Cards of earlier versions list the validation dates apart from the training dates.
    train = sorted({*(date.fromisoformat(day) for day in dates["train"]), *forward})
    by_day = outcome.snapshots(tables, [*train, *test], progress)
    return gnn.DataSplits(
        train=tuple(by_day[day] for day in train),
        test=tuple(by_day[day] for day in test),
        known_until=first_unseen_day(model),
    )
