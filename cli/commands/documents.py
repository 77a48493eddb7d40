"""`scgraph documents`: the documents of all order items, matched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.files import check_ending, write_rows
from supplyrisk.cli.options import AsOf, Plain, Top
from supplyrisk.cli.render.order_items import show_items
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph.schema import defaults

EXAMPLE = "scgraph documents --states items.csv"


@with_session()
def documents(
    session: Session,
    *,
    as_of: AsOf = None,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Ignore cancellations and amounts: states by which documents occur at all."
        ),
    ] = False,
    tolerance: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            metavar="SHARE",
            help="By how much an amount may exceed another one and still be the same.",
        ),
    ] = defaults.AMOUNT_TOLERANCE,
    states: Annotated[
        Path | None,
        typer.Option(
            "--states",
            callback=check_ending,
            metavar="FILE",
            help="Write a row per order item to .csv, .json, .jsonl, .parquet or .xlsx.",
        ),
    ] = None,
    top: Top = None,
    plain: Plain = False,
) -> None:
    """Match order, shipment or receipt, invoice and payment of every order item, netted of cancellations.

    A cancellation takes back the document that it refers to, else the latest open one of its kind. Counts the items by
    state (complete, partly received, invoiced without receipt, over-invoiced, ...) and by the documents they have.
    """
    with session.talk.progress() as progress:
        result = services.match_documents(
            session.workspace,
            as_of=as_of,
            raw=raw,
            tolerance=tolerance,
            beyond_days=session.settings.beyond_days,
            progress=progress,
        )
    if states:
        write_rows(states, result.table(), result.head, plain=plain)
    if not session.prints_json(result, top):
        show_items(result)
    session.talk.say(*(f"note: {note}" for note in result.notes))
    session.talk.say_synthetic(result.synthetic)
