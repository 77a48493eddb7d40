"""`scgraph forecast`: turnover, stock and cash of the next thirteen weeks, with intervals, and the need for cash."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.files import check_ending, write_rows
from supplyrisk.cli.options import Output, Plain, Top, parse_day
from supplyrisk.cli.render.forecast import counts_line, heading_line, need_lines, show_all, show_shop
from supplyrisk.cli.session import Session, with_session

EXAMPLE = "scgraph forecast F0000042"

Calendar = Annotated[
    Path | None,
    typer.Option(
        "--calendar",
        metavar="FILE",
        help="Further days on which sales are out of the ordinary: a CSV file with the columns name, first_day and "
        "last_day.",
    ),
]


@with_session("seed", "lang", calendar=Calendar)
def forecast(
    session: Session,
    shop: Annotated[
        str | None,
        typer.Argument(
            metavar="[SHOP]", help="Show one shop: a firm_id or a firm's name. Default: all shops."
        ),
    ] = None,
    *,
    day: Annotated[
        date | None,
        typer.Option(
            "--day",
            "--as-of",
            parser=parse_day,
            metavar="DATE",
            help="Forecast from what was known at the end of this day. Default: the last day of the data.",
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(min=28, max=182, metavar="N", help="Days of the total; 91 are thirteen weeks.")
    ] = 91,
    measure: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="What turnover is measured by: sales, orders or trade. Default: the first that the data have.",
        ),
    ] = None,
    floor: Annotated[
        float,
        typer.Option(metavar="MONEY", help="Cash that a shop must have left; what it lacks is its need."),
    ] = 0.0,
    top: Top = None,
    output: Output = None,
    needs: Annotated[
        Path | None,
        typer.Option(
            "--needs",
            callback=check_ending,
            metavar="FILE",
            help="Write the needs for cash to .csv, .json, .jsonl, .parquet or .xlsx.",
        ),
    ] = None,
    plain: Plain = False,
) -> None:
    """Forecast turnover, stock and cash for thirteen weeks, with intervals that hold four times in five.

    The models are fitted when the command runs, for all shops together, on what was known on that day. The forecasts of
    all shops are stored in the workspace.
    """
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.forecast(
            session.workspace,
            shop,
            as_of=day,
            measure=measure,
            total_days=days,
            calendar=settings.calendar,
            floor=floor,
            seed=settings.seed,
            beyond_days=settings.beyond_days,
            progress=progress,
        )
    if output:
        write_rows(output, result.table(), result.head, plain=plain)
        session.talk.say(f"written to {output}")
    if needs:
        write_rows(needs, result.needs, result.head, plain=plain)
        session.talk.say(f"needs written to {needs}")
    if not session.prints_json(result, top) and not output and not needs:
        session.talk.say(heading_line(result, settings.lang))
        if shop is None:
            show_all(result, top, settings.lang)
        else:
            show_shop(result, settings.lang)
    if shop is None:
        session.talk.say(counts_line(result, settings.lang))
    elif not output and not needs:
        session.talk.say(*need_lines(result, settings.lang))
    session.talk.say(*result.notes)
    session.talk.say_synthetic(result.synthetic)
