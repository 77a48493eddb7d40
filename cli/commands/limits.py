"""`scgraph limits`: limits in force that follow the score, of a lender's borrowers."""

from __future__ import annotations

from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.files import write_rows
from supplyrisk.cli.options import Output, Plain, PolicyFile, Top
from supplyrisk.cli.render.limits import show_history, show_limits, summary_lines
from supplyrisk.cli.session import Session, with_session

EXAMPLE = "scgraph limits --lender L001 -o limits.xlsx"


@with_session("store", "lang")
def limits(
    session: Session,
    shop: Annotated[
        str | None,
        typer.Argument(metavar="[SHOP]", help="Show the stored limits of one firm_id; nothing is computed."),
    ] = None,
    *,
    lender: Annotated[
        str, typer.Option("--lender", metavar="LENDER", help="A lender_id of the table loans.")
    ],
    shops: Annotated[
        list[str] | None,
        typer.Option("--shop", metavar="SHOP", help="A further shop that gets a limit. May be repeated."),
    ] = None,
    policy: PolicyFile = None,
    no_record: Annotated[
        bool, typer.Option("--no-record", help="Do not append the run to the audit log.")
    ] = False,
    top: Top = None,
    output: Output = None,
    plain: Plain = False,
) -> None:
    """Move the limit of each borrower towards its target by the policy, store the limits, and record the run.

    The target is the total exposure that `check` would allow. A limit rises and falls by at most a share a week, falls
    at once in default, with insufficient evidence and where the policy allows nothing, is held in a temporary dip of
    sales, and expires if it is not renewed. Run again on the same day and data it changes nothing.
    """
    lang = session.settings.lang
    if shop is not None:
        if shops:
            raise usage("SHOP shows stored limits, --shop gives one a limit: expected one of the two")
        history = services.limit_history(session.workspace, lender, shop, policy=policy)
        if output:
            write_rows(output, history.table(), history.head, plain=plain)
        elif not session.prints_json(history, top):
            show_history(history, lang)
        return
    with session.talk.progress() as progress:
        result = services.limits(
            session.workspace,
            lender,
            shops=shops or (),
            policy=policy,
            record=not no_record,
            command=session.command_line,
            progress=progress,
        )
    if output:
        write_rows(output, result.table(), result.head, plain=plain)
        session.talk.say(f"written to {output}")
    if not session.prints_json(result, top) and not output:
        show_limits(result, top, lang)
    session.talk.say(*summary_lines(result, lang))
    session.talk.say_expert(result.model)
    session.talk.say_synthetic(result.synthetic)
