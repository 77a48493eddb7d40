"""`scgraph monitor`: borrowers whose score, reasons or neighbourhood changed since a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.error_reports import EXIT_GATE, usage
from supplyrisk.cli.files import write_rows
from supplyrisk.cli.options import Output, Plain, parse_day
from supplyrisk.cli.render.monitor import show_changes, summary_line
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph.credit import KINDS, AlertBounds
from supplyrisk.graph.schema import defaults

EXAMPLE = "scgraph monitor --since 2025-06-30 --lender L001 --fail-on GRADE"


PdFactor = Annotated[
    float | None,
    typer.Option(
        "--pd-factor",
        metavar="FACTOR",
        help="Factor by which a PD must rise or fall to raise an alert.",
        show_default=f"{defaults.PD_FACTOR:g}",
    ),
]


@with_session("store", pd_factor=PdFactor)
def monitor(
    session: Session,
    *,
    since: Annotated[
        date,
        typer.Option(
            parser=parse_day,
            metavar="DATE",
            help="Compare with the last scored day on or before this date.",
        ),
    ],
    lender: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Only this lender's borrowers, by lender_id. Default: all lenders."),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Exit with code 5 on alerts of this kind: STATE, GRADE, PD_UP, PD_DOWN, REASONS, NEIGHBOURHOOD or "
            "any. May be repeated.",
        ),
    ] = None,
    output: Output = None,
    plain: Plain = False,
) -> None:
    """List the borrowers whose score, reasons or neighbourhood changed since a date, with the causes.

    It compares the stored scores of two days; the later date is the graph's as-of date. The cause of a change is the
    firm's own data (data), its neighbours (neighbour), another model (model), or cannot be attributed (unseparated).
    """
    settings = session.settings
    kinds = fail_on or []
    unknown = sorted(set(kinds) - {*KINDS, "any"})
    if unknown:
        raise usage(f"--fail-on {', '.join(unknown)}; expected {', '.join(KINDS)} or any")
    bounds = AlertBounds(
        pd_factor=settings.pd_factor,
        pd_least=settings.watch_pd,
        main=settings.watch_share,
        moved=settings.watch_moved,
        reason=settings.watch_reason,
        sides=settings.watch_sides,
    )
    with session.talk.progress(quick=True) as progress:
        result = services.monitor(session.workspace, since, lender=lender, bounds=bounds, progress=progress)
    if output:
        write_rows(output, result.table(), result.head, plain=plain)
        session.talk.say(f"written to {output}")
    if not session.prints_json(result) and not output:
        show_changes(result)
    session.talk.say(summary_line(result))
    session.talk.say(*(f"note: {note}" for note in result.notes))
    session.talk.say_expert(result.current.model)
    session.talk.say_synthetic(result.synthetic, result.synthetic_model)
    alerts = {
        kind: count for kind, count in result.alerts.items() if count and (kind in kinds or "any" in kinds)
    }
    if alerts:
        session.talk.say("alerts: " + ", ".join(f"{kind} {count}" for kind, count in alerts.items()))
        raise typer.Exit(EXIT_GATE)
