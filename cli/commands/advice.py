"""`scgraph advice`: financing before cash is short, stock before a season, and advertising that pays."""

from __future__ import annotations

from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.files import write_rows
from supplyrisk.cli.options import AsOf, Output, Plain, Top
from supplyrisk.cli.render.advice import advice_counts_line, show_advice
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph import RequestError

EXAMPLE = "scgraph advice F0000042"


@with_session("seed", "lang")
def advice(
    session: Session,
    shop: Annotated[str | None, typer.Argument(metavar="[SHOP]", help="A firm_id or a firm's name.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Advise all shops.")] = False,
    as_of: AsOf = None,
    floor: Annotated[float, typer.Option(metavar="MONEY", help="Cash that a shop must have left.")] = 0.0,
    top: Top = None,
    output: Output = None,
    plain: Plain = False,
) -> None:
    """Advise a shop, or all: financing before cash is short, stock before its own season, advertising that pays.

    Each piece has its evidence, an effect with an interval or the word "untested", what would refute it, and a last
    day. There is none on thin data; why a shop has no advice of a kind is said, too.
    """
    if every == (shop is not None):
        raise RequestError("a shop and --all" if every else "no shop", "a shop, or --all")
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.advice(
            session.workspace,
            shop,
            as_of=as_of,
            floor=floor,
            calendar=settings.calendar,
            seed=settings.seed,
            beyond_days=settings.beyond_days,
            progress=progress,
        )
    if output is not None:
        write_rows(output, result.table(), result.head, plain=plain)
        session.talk.say(f"written to {output}")
    if not session.prints_json(result, top) and output is None:
        show_advice(result, settings.lang, top)
    if shop is None:
        session.talk.say(advice_counts_line(result, settings.lang))
    session.talk.say(*result.notes)
    session.talk.say_synthetic(result.synthetic)
