"""`scgraph train`: train a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.options import Mapping
from supplyrisk.cli.render.model_metrics import show_training
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph.schema import defaults

EXAMPLE = "scgraph train --horizon 180 --members 5"


Name = Annotated[str | None, typer.Option("--name", help="Name of the model.", show_default=defaults.MODEL)]
Horizon = Annotated[
    int | None,
    typer.Option(
        "--horizon",
        min=1,
        metavar="DAYS",
        help="Days that a PD covers.",
        show_default=str(defaults.HORIZON_DAYS),
    ),
]
DaysPastDue = Annotated[
    int | None,
    typer.Option(
        "--days-past-due",
        min=0,
        metavar="DAYS",
        help="A firm with a loan so many days past due, or written off, is in default; 0: only events count.",
        show_default=str(defaults.DEFAULT_DEFINITION.days_past_due),
    ),
]


@with_session(
    "members", "seed", "device", model=Name, horizon_days=Horizon, default_days_past_due=DaysPastDue
)
def train(
    session: Session,
    *,
    expert: Annotated[
        bool,
        typer.Option(
            "--expert",
            help="Make the expert scorecard instead of training: stated effects, moved by the outcomes that are known. "
            "Needs no default, but --base-rate.",
        ),
    ] = False,
    base_rate: Annotated[
        float | None,
        typer.Option(
            metavar="RATE",
            help="With --expert: the share of firms that you expect to default within the horizon, such as 0.02.",
        ),
    ] = None,
    validate: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Undated data only: a second data folder or workspace as the validation set.",
        ),
    ] = None,
    mapping: Mapping = None,
) -> None:
    """Train the network and its baselines, choose the best of them, and test it.

    Dated data: chooses by folds over firms and on later dates, tests on the last date whose outcomes are known, and
    fits once more on all outcomes that are known; this last model scores. Undated data: validates on a second data
    set (--validate), or on a quarter of the firms. Outcomes known by a day ([labels] in the mapping): learns them as of
    that day, and chooses and measures by folds over firms. The candidate with the lowest log loss becomes the champion.

    With fewer defaults than can be learned from, --expert --base-rate RATE makes a scorecard whose effects are stated
    by credit practice. All that it scores is marked as expert.
    """
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.train(
            session.workspace,
            name=settings.model,
            horizon_days=settings.horizon_days,
            default_definition=settings.default_definition,
            expert=expert,
            base_rate=base_rate,
            validate=validate,
            mapping=mapping,
            encoding=settings.encoding,
            max_bad=settings.max_bad,
            members=settings.members,
            seed=settings.seed,
            device=settings.device,
            announce=session.talk.say,
            progress=progress,
        )
    if not session.prints_json(result):
        show_training(session.talk, result)
    replaced = " (an earlier one was replaced)" if result.replaced else ""
    session.talk.say(f"model: {result.path}{replaced}")
    session.talk.say(*result.notes)
    session.talk.say_synthetic(result.synthetic)
