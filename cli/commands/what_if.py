"""`scgraph what-if`: a shop's score, limit and need before and after changes of its own rows, on a copy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.options import AllowSyntheticModel, AsOf, PolicyFile, Use, parse_amount
from supplyrisk.cli.render.what_if import show_what_if
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph.schema import defaults

EXAMPLE = "scgraph what-if F0000042 change.toml"


@with_session("model", "device", "lang")
def what_if(
    session: Session,
    shop: Annotated[str, typer.Argument(metavar="SHOP", help="A firm_id or a firm's name.")],
    changes: Annotated[
        Path, typer.Argument(metavar="CHANGE.toml", help="The changes, in their order; see docs/what-if.md.")
    ],
    *,
    amount: Annotated[
        float,
        typer.Option(
            parser=parse_amount, metavar="MONEY", help="The loan request for which the limit is computed."
        ),
    ] = defaults.WHAT_IF_AMOUNT,
    days: Annotated[
        int, typer.Option(metavar="DAYS", help="The term of this request.")
    ] = defaults.WHAT_IF_DAYS,
    lender: Annotated[
        str | None, typer.Option(metavar="ID", help="The lender whose concentration limits apply too.")
    ] = None,
    other_debt: Annotated[
        float | None,
        typer.Option(
            parser=parse_amount, metavar="MONEY", help="What the shop owes beside the lines in the data."
        ),
    ] = None,
    need: Annotated[
        bool, typer.Option("--need/--no-need", help="Forecast cash before and after, for the financing need.")
    ] = True,
    own_page: Annotated[
        bool,
        typer.Option(
            "--own-page",
            help="Use the shop's own records alone, for its own page: nothing depends on other firms' data or PDs.",
        ),
    ] = False,
    as_of: AsOf = None,
    use: Use = None,
    allow_synthetic_model: AllowSyntheticModel = False,
    policy: PolicyFile = None,
) -> None:
    """Compute what a shop's score and limit would be if it sold more, paid on time, borrowed and so on.

    The changes are made on a copy of the shop's records, from which the features of all firms, the score and the limit
    are computed as usual; the workspace stays as it is. A changed figure beyond all that the model has seen is marked.
    """
    settings = session.settings
    with session.talk.progress() as progress:
        result = services.what_if(
            session.workspace,
            shop,
            changes,
            amount=amount,
            days=days,
            lender=lender,
            other_debt=other_debt,
            need=need,
            partners_fixed=own_page,
            as_of=as_of,
            model=session.model,
            use=use,
            policy=policy,
            grade_bounds=settings.grade_bounds,
            beyond_days=settings.beyond_days,
            device=settings.device,
            allow_synthetic_model=allow_synthetic_model,
            progress=progress,
        )
    if not session.prints_json(result):
        show_what_if(result.what_if, settings.lang)
    session.talk.say(*(note.in_language(settings.lang) for note in result.notes))
    session.talk.say_synthetic(result.scores.synthetic)
