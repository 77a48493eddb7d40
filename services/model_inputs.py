"""A model of the workspace, and the snapshot of a day as that model was trained to see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from supplyrisk import gnn
from supplyrisk.graph import (
    DatasetInfo,
    DefaultDefinition,
    ModelError,
    RequestError,
    Snapshot,
    Workspace,
    read_back,
    same_defaults,
)
from supplyrisk.graph.schema import defaults
from supplyrisk.services.day_snapshot import late_note


@dataclass(frozen=True)
class ModelView:
    """A snapshot with a model's horizon and definition of default, and what a reader has to know about it."""

    snapshot: Snapshot
    notes: tuple[str, ...] = ()


def load_model(
    workspace: Workspace, model: str | Path | None = None, device: str = defaults.DEVICE
) -> gnn.RiskModel:
    """A model by name or path (None: the promoted one or "default"), computing on a device.

    Raises
    ------
    ModelError: there is no such model, or it cannot be read.
    """
    return gnn.load(workspace.model_path(model), gnn.device(device))


def load_tested_model(
    workspace: Workspace, model: str | Path | None = None, device: str = defaults.DEVICE
) -> gnn.RiskModel:
    """The tested model beside a model, which has not learned the latest outcomes; errors as of `load_model`."""
    return gnn.load_tested(workspace.model_path(model), gnn.device(device))


def require_real_model(model: gnn.RiskModel, info: DatasetInfo, allowed: bool) -> None:
    """Check that a model of synthetic data does not score real data unless that is allowed.

    Raises
    ------
    ModelError: the model was trained on synthetic data, and the data are not synthetic.
    """
    if model.synthetic and not info.synthetic and not allowed:
        raise ModelError(
            f"the model {model.name} was trained on synthetic data, and the data ({info.name}) are real",
            "a model trained on real data",
            "train one with scgraph train, or add --allow-synthetic-model: all results then say so",
        )


def view_of_tables(
    workspace: Workspace,
    model: gnn.RiskModel,
    as_of: date | None = None,
    *,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
    allow_synthetic_model: bool = False,
) -> ModelView:
    """What the workspace's data show on a day, with the model's horizon and definition of default.

    The model's definition of default is used since its PD is of what it learned; a note says so where
    default_definition counts other defaults in these data.

    Raises
    ------
    ModelError: a model of synthetic data meets real data without allow_synthetic_model. DataError: no firm exists on
    that day, or it lies more than beyond_days after the data.
    """
    tables = workspace.tables()
    require_real_model(model, tables.info, allow_synthetic_model)
    notes = late_note(tables, as_of, beyond_days)
    if not same_defaults(model.default_definition, default_definition, tables):
        notes.append(
            f"default means {model.default_definition} (as in training); the setting ({default_definition}) is not used"
        )
    snapshot = workspace.snapshot(
        as_of,
        horizon_days=model.horizon_days or defaults.HORIZON_DAYS,
        default_definition=model.default_definition,
        tables=tables,
    )
    return ModelView(snapshot, tuple(notes))


def view_of_graph(
    workspace: Workspace,
    model: gnn.RiskModel,
    as_of: date | None = None,
    *,
    allow_synthetic_model: bool = False,
) -> ModelView:
    """What the graph store holds, without the workspace's data; its day is the one that it was loaded for.

    Raises
    ------
    RequestError: as_of is another day. ModelError: a model of synthetic data meets real data without
    allow_synthetic_model.
    """
    with workspace.open_graph() as store:
        snapshot = read_back(store)
    require_real_model(model, snapshot.info, allow_synthetic_model)
    if as_of not in (None, snapshot.as_of):
        raise RequestError(
            f"--as-of is {as_of}, but the graph shows {snapshot.as_of}", "one of --as-of and --from-graph"
        )
    notes = []
    loan_states = any(
        name in snapshot.loans.column_names and snapshot.loans[name].null_count < snapshot.loans.num_rows
        for name in ("days_past_due", "written_off")
    )
    if not snapshot.default_definition.same_as(model.default_definition, loan_states=loan_states):
        notes.append(
            f"default means {snapshot.default_definition} in the graph, and {model.default_definition} in training; "
            "to use the latter, score without --from-graph"
        )
    view = replace(snapshot, horizon_days=model.horizon_days if snapshot.as_of else None)
    return ModelView(view, tuple(notes))
