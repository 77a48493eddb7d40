"""`scgraph backtest`: earlier scores and decisions against what happened afterwards."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services, web
from supplyrisk.cli.error_reports import EXIT_GATE
from supplyrisk.cli.files import write_rows
from supplyrisk.cli.options import Output, Plain, parse_day
from supplyrisk.cli.render.backtest_tables import show_backtest
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph import write_text

EXAMPLE = "scgraph backtest --margin .04 --page backtest.html --fail-on 'gain<0'"


@with_session("model", "device")
def backtest(
    session: Session,
    *,
    day: Annotated[
        list[date] | None,
        typer.Option(
            "--day",
            parser=parse_day,
            metavar="DATE",
            help="A scored day. May be repeated. Default: all days whose outcomes are known.",
        ),
    ] = None,
    rescore: Annotated[
        bool,
        typer.Option(
            "--rescore", help="Use scores by the tested model, computed now, even where scores are stored."
        ),
    ] = False,
    lender: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Only this lender's lines count as exposures. Default: all lenders'."
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A lending policy in TOML. Default: the shipped policy."),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Annual margin after funding and costs, a share of the exposure. Default: of each line its rate less "
            "the policy's funding rate and cost.",
        ),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-on",
            metavar="GATES",
            help="Exit with code 5 if a condition is met, as in bad_rate>.02,gain<0. Numbers: "
            "bad_rate, approval, gain, loss_ratio, profit.",
        ),
    ] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the backtest as an HTML page here.")
    ] = None,
    output: Output = None,
    plain: Plain = False,
) -> None:
    """Compare earlier scores and decisions with what happened afterwards.

    Bad rate by grade and at every cut-off, with expected and realised loss; the score against the baselines and its own
    part alone at equal approval and at equal bad rate; vintages, the lagged non-performing share and the outcomes of
    checked loans. Only scores that did not know these outcomes count; where the
    model of stored scores is gone, that is unknown, and a note says so.
    """
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.backtest(
            session.workspace,
            days=day or (),
            rescore=rescore,
            model=session.model,
            lender=lender,
            policy=policy,
            margin=margin,
            gates=fail_on or (),
            default_definition=settings.default_definition,
            grade_bounds=settings.grade_bounds,
            device=settings.device,
            progress=progress,
        )
    if page is not None:
        write_text(page, web.render_backtest(result))
        session.talk.say(f"page: {page}")
    if output:
        write_rows(output, result.table(), result.head, plain=plain)
        session.talk.say(f"written to {output}")
    if not session.prints_json(result) and not output:
        show_backtest(result)
    session.talk.say(*(f"note: {note}" for note in result.notes))
    session.talk.say_synthetic(result.synthetic)
    for breach in result.breaches:
        session.talk.say(f"gate breached: {breach}")
    if result.breaches:
        raise typer.Exit(EXIT_GATE)
