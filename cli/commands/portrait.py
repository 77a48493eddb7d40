"""`scgraph portrait`: the indicators of a shop beside its past and its peers, and four indices."""

from __future__ import annotations

from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.files import write_rows
from supplyrisk.cli.options import AsOf, Output, Plain
from supplyrisk.cli.render.portrait import show_portrait, show_portraits
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph.schema import defaults

EXAMPLE = "scgraph portrait F0000042"

Window = Annotated[
    int | None,
    typer.Option(
        "--window", metavar="DAYS", help="Length of the window.", show_default=str(defaults.PORTRAIT_DAYS)
    ),
]


@with_session("lang", portrait_days=Window)
def portrait(
    session: Session,
    shop: Annotated[str | None, typer.Argument(metavar="SHOP", help="A firm_id or a firm's name.")] = None,
    *,
    all_shops: Annotated[
        bool, typer.Option("--all", help="All firms instead of one, as a table; with -o in a file.")
    ] = False,
    as_of: AsOf = None,
    output: Output = None,
    plain: Plain = False,
) -> None:
    """Show a shop's indicators over the last days, in seven groups, and four indices from 0 to 100.

    Each indicator has its value, its change since the days before and since a year ago, and its percentile among the
    firms of its industry and region. The indices compare a shop with these firms; they are no part of its PD. Portraits
    of all firms are stored in the workspace.
    """
    if (shop is None) != all_shops:
        raise usage("expected a SHOP or --all, and not both")
    if output is not None and not all_shops:
        raise usage("--output writes the table of all firms: add --all, or use --json for one shop")
    settings = session.settings
    options: services.PortraitSettings = {
        "window_days": settings.portrait_days,
        "default_definition": settings.default_definition,
        "beyond_days": settings.beyond_days,
    }
    result: services.PortraitResult | services.PortraitsResult
    with session.talk.progress(quick=True) as progress:
        if shop is not None:
            result = services.portrait(session.workspace, shop, as_of=as_of, progress=progress, **options)
        else:
            result = services.portraits(session.workspace, as_of=as_of, progress=progress, **options)
    if output is not None and isinstance(result, services.PortraitsResult):
        write_rows(output, result.table(), result.head, plain=plain)
        session.talk.say(f"written to {output}")
    if not session.prints_json(result) and output is None:
        if isinstance(result, services.PortraitResult):
            show_portrait(result.portrait, settings.lang)
        else:
            show_portraits(result.portraits, settings.lang)
    session.talk.say(*(note.in_language(settings.lang) for note in result.notes))
    session.talk.say_synthetic(result.synthetic)
