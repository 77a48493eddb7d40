"""`scgraph compare`: list the models of a workspace, or compare two models or two stored scores."""

from __future__ import annotations

from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.options import AllowSyntheticModel, Top
from supplyrisk.cli.render.comparison import show_comparison, show_models
from supplyrisk.cli.session import Session, with_session

EXAMPLE = "scgraph compare default autumn --promote"


@with_session("device")
def compare(
    session: Session,
    old: Annotated[
        str | None, typer.Argument(metavar="OLD", help="A model, a scored day, or a file of scores.")
    ] = None,
    new: Annotated[str | None, typer.Argument(metavar="NEW", help="Another of the same kind.")] = None,
    *,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make NEW the model that scores where none is named.")
    ] = False,
    top: Top = None,
    allow_synthetic_model: AllowSyntheticModel = False,
) -> None:
    """List the models of the workspace, or compare two models or two stored scores.

    Two models: firm by firm on the last day, and by a paired test if there are known outcomes that neither has seen.
    Two scores (scored days, or files of score -o FILE.parquet): which firms changed, and why.
    """
    if old is None or new is None:
        if old is not None or promote:
            raise usage("compare takes two, OLD and NEW, or none; expected both or neither")
        _list_models(session)
        return
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.compare(
            session.workspace,
            old,
            new,
            promote=promote,
            grade_bounds=settings.grade_bounds,
            device=settings.device,
            allow_synthetic_model=allow_synthetic_model,
            progress=progress,
        )
    if session.prints_json(result, top):
        return
    show_comparison(result, top)
    for line in result.verdict:
        session.talk.say(line)


def _list_models(session: Session) -> None:
    result = services.list_models(session.workspace, model=session.model)
    if session.prints_json(result):
        return
    if not result.models:
        session.talk.say(f"{session.workspace} has no model yet; run scgraph train")
    show_models(result.models)
