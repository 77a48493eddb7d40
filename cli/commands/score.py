"""`scgraph score`: score every firm."""

from __future__ import annotations

from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.consent import SCORES, agree
from supplyrisk.cli.files import write_rows
from supplyrisk.cli.options import AllowSyntheticModel, AsOf, Output, Plain, Top, Use, Yes
from supplyrisk.cli.render.scores import show_scores
from supplyrisk.cli.session import Session, with_session

EXAMPLE = "scgraph score --top 10 -o scores.csv"


@with_session("model", "store", "device", "lang")
def score(
    session: Session,
    *,
    as_of: AsOf = None,
    use: Use = None,
    base_rate: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Expected share of defaults, where it differs from the data that the model was calibrated on.",
        ),
    ] = None,
    top: Top = None,
    output: Output = None,
    plain: Plain = False,
    write_back: Annotated[
        bool, typer.Option("--write-back/--no-write-back", help="Write the scores into the graph too.")
    ] = True,
    from_graph: Annotated[
        bool,
        typer.Option("--from-graph", help="Score what the graph store holds, without the workspace's data."),
    ] = False,
    yes: Yes = False,
    allow_synthetic_model: AllowSyntheticModel = False,
) -> None:
    """Score every firm, and list the firms that pass on the most risk.

    For each firm: PD with its range, grade, points, own, context and caught hazard, and reasons. The scores are also
    stored in the workspace, and written into the graph as properties risk_... .
    """
    settings = session.settings
    if write_back:
        agree(session, yes, SCORES)
    with session.talk.progress() as progress:
        result = services.score(
            session.workspace,
            as_of=as_of,
            model=session.model,
            use=use,
            base_rate=base_rate,
            write_back=write_back,
            from_graph=from_graph,
            grade_bounds=settings.grade_bounds,
            default_definition=settings.default_definition,
            beyond_days=settings.beyond_days,
            language=settings.lang,
            device=settings.device,
            allow_synthetic_model=allow_synthetic_model,
            progress=progress,
        )
    if output:
        write_rows(output, result.table(), result.head, plain=plain)
    if not session.prints_json(result, top):
        show_scores(session.talk, result.scores, top)
    session.talk.say(*result.notes, result.written)
    session.talk.say_synthetic(result.scores.synthetic)
