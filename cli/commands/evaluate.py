"""`scgraph evaluate`: evaluate a stored model, or repeat a published experiment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from supplyrisk import services, web
from supplyrisk.cli.error_reports import EXIT_GATE, usage
from supplyrisk.cli.options import Mapping
from supplyrisk.cli.render.evaluation import show_card, show_suite
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph import write_text

EXAMPLE = "scgraph evaluate --fail-on 'auc<.7,psi>.25'"


@with_session("model", "members", "seed", "device")
def evaluate(
    session: Session,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="With --suite: the folder of the data set's parts.")
    ] = None,
    *,
    suite: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Repeat a published experiment on the data in DIR instead: smesd."),
    ] = None,
    placebos: Annotated[
        bool,
        typer.Option(
            "--placebos/--no-placebos", help="Also train the network on two graphs without contagion."
        ),
    ] = True,
    dip: Annotated[
        bool,
        typer.Option(
            "--dip/--no-dip", help="Also inject 14 bad days into sound shops, and follow the score."
        ),
    ] = True,
    seeds: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Train with N seeds in all, and compare own, context and caught."
        ),
    ] = 1,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-on", metavar="GATES", help="Exit with code 5 if a condition is met, as in auc<.7,psi>.25."
        ),
    ] = None,
    validate: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Undated data only: the data set that the model was validated on."),
    ] = None,
    mapping: Mapping = None,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the HTML model card here. Default: a file in the model's folder."
        ),
    ] = None,
) -> None:
    """Evaluate a model and all baselines on the same rows, and write its model card.

    Dated data: out of time, on days after the validation dates whose outcomes are known. Undated data: on the
    validation set. Each placebo and each further seed takes as long as a training.
    """
    if (suite is None) is not (folder is None):
        raise usage("--suite NAME and DIR go together; expected both, or neither for the workspace's model")
    gates = fail_on or []
    if suite is not None and folder is not None:
        _evaluate_suite(session, suite, folder, placebos=placebos, seeds=seeds, gates=gates, page=page)
        return
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.evaluate(
            session.workspace,
            model=session.model,
            placebos=placebos,
            dip=dip,
            seeds=seeds,
            gates=gates,
            validate=validate,
            mapping=mapping,
            encoding=settings.encoding,
            max_bad=settings.max_bad,
            device=settings.device,
            progress=progress,
        )
    card_page = page or result.page_path
    write_text(card_page, web.render_model_card(result.card))
    if not session.prints_json(result):
        show_card(session.talk, result.card)
    session.talk.say(*result.notes)
    session.talk.say(f"model card: {card_page}")
    session.talk.say_synthetic(result.card.synthetic, result.card.synthetic_model)
    _fail_on(session, result.breaches)


def _evaluate_suite(session: Session, suite: str, folder: Path, *, page: Path | None, **options: Any) -> None:
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.evaluate_suite(
            suite,
            folder,
            members=settings.members,
            seed=settings.seed,
            default_definition=settings.default_definition,
            encoding=settings.encoding,
            memory_limit=settings.memory_limit,
            device=settings.device,
            progress=progress,
            **options,
        )
    if page is not None:
        write_text(page, web.render_model_card(result.cards[0]))
    if not session.prints_json(result):
        show_suite(session.talk, result)
    session.talk.say(*result.notes)
    _fail_on(session, result.breaches)


def _fail_on(session: Session, breaches: Sequence[str]) -> None:
    """Print the breached gates, and exit with their code where there are any."""
    for breach in breaches:
        session.talk.say(f"gate breached: {breach}")
    if breaches:
        raise typer.Exit(EXIT_GATE)
