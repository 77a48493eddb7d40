"""`scgraph fabricated`: trade that looks fabricated, with its rows."""

from __future__ import annotations

from supplyrisk import services
from supplyrisk.cli.files import write_rows
from supplyrisk.cli.options import AsOf, Output, Plain, Top
from supplyrisk.cli.render.fabricated_cases import show_cases
from supplyrisk.cli.session import Session, with_session

EXAMPLE = "scgraph fabricated -o rows.csv"


@with_session("lang")
def fabricated(
    session: Session, *, as_of: AsOf = None, top: Top = None, output: Output = None, plain: Plain = False
) -> None:
    """Name trade that looks fabricated, for all firms at once, with the rows of supplies.

    Trade without shipments where those of other trade are recorded, goods that return to their seller, round amounts,
    bursts of one day, and payments that return. The cases of the day are stored: check refers shops with one.
    """
    with session.talk.progress() as progress:
        result = services.fabricated(
            session.workspace, as_of=as_of, beyond_days=session.settings.beyond_days, progress=progress
        )
    if output:
        write_rows(output, result.table(), result.head, plain=plain)
    if not session.prints_json(result, top):
        show_cases(result, session.settings.lang, top)
    session.talk.say(*(f"note: {note}" for note in result.notes))
    session.talk.say_synthetic(result.synthetic)
