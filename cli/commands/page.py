"""`scgraph page`: the page of a shop, as it may see itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services, web
from supplyrisk.cli.files import check_file
from supplyrisk.cli.options import AllowSyntheticModel, PolicyFile, Use
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph import to_json, write_text

EXAMPLE = "scgraph page F0000042 -o page.html"


@with_session("model", "device", "lang", "seed")
def page(
    session: Session,
    shop: Annotated[str, typer.Argument(metavar="SHOP", help="A firm_id or a firm's name.")],
    *,
    lender: Annotated[
        str | None,
        typer.Option("--lender", metavar="LENDER", help="Show the limits in force of this lender."),
    ] = None,
    use: Use = None,
    allow_synthetic_model: AllowSyntheticModel = False,
    policy: PolicyFile = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="Write the page to .html or .json."),
    ] = Path("page.html"),
) -> None:
    """Write the page that a shop may see: score, reasons, weeks, forecast, indices and portrait.

    It names no other firm and no PD, and a partner's PD changes nothing on it while the shop's own score stays. Both
    languages are in one file without scripts, made for a phone.
    """
    check_file(output, (".html", ".json"))
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.shop_page(
            session.workspace,
            shop,
            lender=lender,
            window_days=settings.portrait_days,
            calendar=settings.calendar,
            model=session.model,
            use=use,
            policy=policy,
            grade_bounds=settings.grade_bounds,
            default_definition=settings.default_definition,
            beyond_days=settings.beyond_days,
            device=settings.device,
            seed=settings.seed,
            allow_synthetic_model=allow_synthetic_model,
            progress=progress,
        )
    if not session.prints_json(result.page):
        json_file = output.suffix.lower() == ".json"
        text = (
            to_json(result.page.to_json()) + "\n"
            if json_file
            else web.render_shop_page(result.page, settings.lang)
        )
        write_text(output, text)
        session.talk.say(f"page written to {output}")
    session.talk.say(*result.notes)
    session.talk.say_synthetic(result.page.letter.synthetic)
