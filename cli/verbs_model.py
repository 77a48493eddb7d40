"""Verbs around the model: train, score, explain (`training`, `scoring` and `explaining` do the work)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.errors import usage
from supplyrisk.cli.options import (
    Device,
    Json,
    Mapping,
    Members,
    Seed,
    Top,
    Workspace,
    begin,
)

Model = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="PATH_OR_NAME", help="A model in the workspace, or the path of its folder."
    ),
]


class Contender(StrEnum):
    """Who may score."""

    NETWORK = "network"
    OWN = "boosted-own"
    NEIGHBOURS = "boosted-neighbours"


def train(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    *,
    name: Annotated[
        str | None, typer.Option(help="What the model is called in the workspace; else default.")
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(min=1, metavar="DAYS", help="Days that a PD is about; else 180.")
    ] = None,
    validate: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Undated data only: a second data folder or workspace to choose the champion by.",
        ),
    ] = None,
    mapping: Mapping = None,
    members: Members = None,
    seed: Seed = None,
    device: Device = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Train the network and its two controls, and test them.

    Dated data: learns on as-of dates up to three horizons before the last day, chooses one horizon later,
    tests on the last. Undated data: chooses on a second data set (--validate), or on a quarter of the firms
    held out.
    """
    from supplyrisk.cli.workspace import check_ready  # noqa: PLC0415 - DuckDB, only where it is needed

    flags = {"workspace": workspace, "model": name, "horizon_days": horizon, "members": members, "seed": seed}
    session = begin(context, as_json, device=device, **flags)
    check_ready(session)
    from supplyrisk.cli.training import train_model  # noqa: PLC0415 - torch, only where it is needed

    train_model(session, validate, mapping)


def evaluate(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="With --suite: the folder of the data's parts.")
    ] = None,
    *,
    model: Model = None,
    suite: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Repeat an experiment on the data in DIR instead: smesd."),
    ] = None,
    placebos: Annotated[
        bool,
        typer.Option(
            "--placebos/--no-placebos", help="Train the network on two graphs without contagion too."
        ),
    ] = True,
    dip: Annotated[
        bool, typer.Option("--dip/--no-dip", help="Inject 14 bad days into sound shops, and watch the score.")
    ] = True,
    seeds: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="Train with this many seeds in all, and compare the parts."),
    ] = 1,
    fail_on: Annotated[
        list[str] | None,
        typer.Option("--fail-on", metavar="GATES", help="End with 5 where so, as in auc<.7,psi>.25."),
    ] = None,
    validate: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Undated data only: what the champion was chosen by."),
    ] = None,
    mapping: Mapping = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the HTML card goes; else beside the model.")
    ] = None,
    members: Members = None,
    seed: Seed = None,
    device: Device = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Judge a kept model and all of its controls on the same later rows, and write its card.

    Dated data: the days after those that it was chosen by whose outcomes are known by now. Each placebo and each
    further seed costs as much as a training.
    """
    from supplyrisk.cli.workspace import check_ready  # noqa: PLC0415 - as above

    flags = {"workspace": workspace, "model": model, "members": members, "seed": seed, "device": device}
    session = begin(context, as_json, **flags)
    if (suite is None) is not (folder is None):
        raise usage("--suite NAME and DIR go together; expected both, or neither for the workspace's model")
    if suite is None:
        check_ready(session, model=True)
    from supplyrisk.cli.evaluating import Order, evaluate_model, parse_gates  # noqa: PLC0415 - torch
    from supplyrisk.cli.suite import run_suite  # noqa: PLC0415 - as above
    from supplyrisk.gnn.evaluation import EvaluationPlan  # noqa: PLC0415 - as above

    order = Order(EvaluationPlan(placebos, seeds, dip), parse_gates(fail_on or []), validate, mapping, page)
    if suite is not None and folder is not None:
        run_suite(session, suite, folder, order)
        return
    evaluate_model(session, order)


def compare(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    old: Annotated[
        str | None, typer.Argument(metavar="[OLD", help="A model, or kept scores: a day, a file.")
    ] = None,
    new: Annotated[str | None, typer.Argument(metavar="NEW]", help="Another of the same kind.")] = None,
    *,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make NEW the model that scores where none is named.")
    ] = False,
    top: Top = None,
    device: Device = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """List the models that are kept, or compare two models or two kept scores.

    Two models: on the last day, firm by firm, and by a paired test where outcomes are known that neither has seen.
    Two scores (scored days, or files of score -o FILE.parquet): what moved, and by what.
    """
    session = begin(context, as_json, workspace=workspace, device=device)
    if old is None or new is None:
        if old is not None or promote:
            raise usage("compare takes two, OLD and NEW, or none; expected both or neither")
        from supplyrisk.cli.registry import show_models  # noqa: PLC0415 - DuckDB, only where it is needed

        show_models(session)
        return
    from supplyrisk.cli.comparing import compare_two  # noqa: PLC0415 - torch, only where it is needed

    compare_two(session, old, new, make_champion=promote, top=top)
