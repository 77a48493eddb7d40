"""`scgraph trajectory`: the weekly points of a shop, and the cause of each change."""

from __future__ import annotations

from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.files import write_rows
from supplyrisk.cli.options import AllowSyntheticModel, AsOf, Output, Plain, PolicyFile
from supplyrisk.cli.render.trajectory import show_trajectory
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph.schema import defaults

EXAMPLE = "scgraph trajectory F0000042 --weeks 13"


@with_session("model", "device", "lang")
def trajectory(
    session: Session,
    shop: Annotated[str, typer.Argument(metavar="SHOP", help="A firm_id or a firm's name.")],
    *,
    weeks: Annotated[int, typer.Option(help="Number of weeks.")] = defaults.TRAJECTORY_WEEKS,
    as_of: AsOf = None,
    rescore: Annotated[
        bool,
        typer.Option("--rescore", help="Compute weeks without stored scores with the present model."),
    ] = False,
    indicators: Annotated[
        bool,
        typer.Option(
            "--indicators/--no-indicators",
            help="Divide changes by indicator, for which scores are computed again, or by cause alone.",
        ),
    ] = True,
    lender: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Also show the shop's limits with this lender: of recorded checks, and now."
        ),
    ] = None,
    policy: PolicyFile = None,
    for_shop: Annotated[
        bool, typer.Option("--for-shop", help="As the shop may see it: without PDs and partners.")
    ] = False,
    output: Output = None,
    plain: Plain = False,
    allow_synthetic_model: AllowSyntheticModel = False,
) -> None:
    """Show the points of a shop by week, with the cause of each change.

    The points are those of stored scores. A change is divided into the shop's own data (by indicator), its neighbours,
    and another model; the parts add up to the change.
    """
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.trajectory(
            session.workspace,
            shop,
            weeks=weeks,
            as_of=as_of,
            rescore=rescore,
            indicators=indicators,
            lender=lender,
            policy=policy,
            model=session.model,
            grade_bounds=settings.grade_bounds,
            device=settings.device,
            allow_synthetic_model=allow_synthetic_model,
            progress=progress,
        )
    if output is not None:
        write_rows(output, result.table(), result.head, plain=plain)
        session.talk.say(f"written to {output}")
    printed = session.prints_json(result.shop_document() if for_shop else result)
    if not printed and output is None:
        show_trajectory(result, settings.lang, for_shop=for_shop)
    session.talk.say(*result.notes)
    session.talk.say_synthetic(result.synthetic, result.synthetic_model)
