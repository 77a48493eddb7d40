"""`scgraph match`: find firms that are probably one, and record decisions on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.files import check_file, write_rows
from supplyrisk.cli.options import Mapping, Output, Plain, Top
from supplyrisk.cli.render.matches import show_decisions, show_pairs
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph.schema import defaults

EXAMPLE = "scgraph match -o pairs.csv"
_ACCEPTED_ENDINGS = (".csv", ".xlsx")


@with_session("encoding")
def match(
    session: Session,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A folder of tables. Default: the data of the workspace."),
    ] = None,
    *,
    mapping: Mapping = None,
    at_least: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Smallest probability of a pair.")
    ] = defaults.MATCH_PROBABILITY,
    accept: Annotated[
        Path | None,
        typer.Option(
            "--accept",
            metavar="FILE",
            help="Record the decisions in this file (.csv or .xlsx) instead: same, different, or empty for none.",
        ),
    ] = None,
    top: Top = None,
    output: Output = None,
    plain: Plain = False,
) -> None:
    """List pairs of firms that are probably one, with the evidence for and against.

    Fill in the column decision of -o FILE (same or different), and record it with --accept FILE: the next load merges
    firms that are the same under one id. An emptied decision is withdrawn, and the next load separates them again.
    Firms with nothing but equal names are listed without a probability. Needs the extra supplyrisk[matching], except
    for --accept.
    """
    if accept is not None:
        if folder is not None or output is not None:
            raise usage("--accept takes decisions for the workspace; expected it without DIR and -o")
        check_file(accept, _ACCEPTED_ENDINGS)
        accepted = services.accept_matches(session.workspace, accept, command=session.command_line)
        if not session.prints_json(accepted):
            show_decisions(session.talk, accepted)
        return
    with session.talk.progress() as progress:
        result = services.match(
            session.workspace,
            folder,
            mapping,
            at_least=at_least,
            encoding=session.settings.encoding,
            progress=progress,
        )
    if output:
        write_rows(output, result.table(), result.head, plain=plain)
        session.talk.say(
            f"written to {output}; fill in the column decision, then: scgraph match --accept {output}"
        )
    if not session.prints_json(result, top) and not output:
        show_pairs(result, top)
    session.talk.say(*(f"note: {note}" for note in result.notes))
    session.talk.say_synthetic(result.synthetic)
