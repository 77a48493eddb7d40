"""`scgraph flags`: flags on shops that have not expired, and temporary dips."""

from __future__ import annotations

from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.files import write_rows
from supplyrisk.cli.options import AsOf, Output, Plain
from supplyrisk.cli.render.flags import show_flags
from supplyrisk.cli.session import Session, with_session

EXAMPLE = "scgraph flags F0000042"


@with_session("lang")
def flags(
    session: Session,
    shop: Annotated[
        str | None, typer.Argument(metavar="SHOP", help="A firm_id or a firm's name. Default: all shops.")
    ] = None,
    *,
    as_of: AsOf = None,
    output: Output = None,
    plain: Plain = False,
) -> None:
    """List the flags on shops, each with its first day, its strength, which decays, and the day on which it expires.

    Flags are late payment, a jump of disputes, a fall of sales, a lost main customer or supplier, and a fall of the
    score. A short dip of sales in a sound history, such as over the Spring Festival, is temporary and no flag.
    """
    settings = session.settings
    with session.talk.progress(quick=True) as progress:
        result = services.flags(
            session.workspace, shop, as_of=as_of, beyond_days=settings.beyond_days, progress=progress
        )
    if output is not None:
        write_rows(output, result.table(), result.head, plain=plain)
        session.talk.say(f"written to {output}")
    if not session.prints_json(result) and output is None:
        show_flags(result, settings.lang)
    session.talk.say(*result.notes)
    session.talk.say_synthetic(result.synthetic)
