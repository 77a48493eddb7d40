"""`scgraph explain`: why one firm scores as it does."""

from __future__ import annotations

from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.options import AllowSyntheticModel, AsOf, Use
from supplyrisk.cli.render.explanation import show_explanation
from supplyrisk.cli.session import Session, with_session

EXAMPLE = "scgraph explain F00042"


@with_session("model", "device", "lang")
def explain(
    session: Session,
    firm: Annotated[str, typer.Argument(metavar="FIRM", help="A firm_id or a firm's name.")],
    *,
    as_of: AsOf = None,
    use: Use = None,
    allow_synthetic_model: AllowSyntheticModel = False,
) -> None:
    """Show why one firm scores as it does.

    The sum behind its PD, the reasons, the firms it catches risk from and passes risk on to, and the information that
    is missing. If several firms share the name, they are listed and the exit code is 2.
    """
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.explain(
            session.workspace,
            firm,
            as_of=as_of,
            model=session.model,
            use=use,
            grade_bounds=settings.grade_bounds,
            default_definition=settings.default_definition,
            beyond_days=settings.beyond_days,
            language=settings.lang,
            device=settings.device,
            allow_synthetic_model=allow_synthetic_model,
            progress=progress,
        )
    if session.prints_json(result):
        return
    show_explanation(result)
    session.talk.say(*result.notes)
    session.talk.say_synthetic(result.scores.synthetic)
