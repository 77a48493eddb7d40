"""Verbs around contagion by mechanism (`contagion` does the work)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.errors import usage
from supplyrisk.cli.files import check_ending
from supplyrisk.cli.options import AsOf, Json, Output, Workspace, begin


class Model(StrEnum):
    """By what mechanism failures spread."""

    ESRI = "esri"
    DEBTRANK = "debtrank"
    CLEARING = "clearing"


class By(StrEnum):
    """What firms are ranked by."""

    ESRI = "esri"
    EXPOSURE = "exposure"


def add_to(app: typer.Typer) -> None:
    """Register the verbs, each with its example."""
    app.command(epilog="Example: scgraph contagion --top 10 -o contagion.csv")(contagion)


def contagion(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    *,
    as_of: AsOf = None,
    pd: Annotated[
        Path | None,
        typer.Option(
            "--pd",
            metavar="FILE",
            help="Base PDs: firm_id and base_pd or pd, as .csv or .parquet; else those of scgraph score.",
        ),
    ] = None,
    model: Annotated[
        Model, typer.Option(help="Lost production; distress on balance sheets; or who cannot pay.")
    ] = Model.ESRI,
    essentiality: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="supplier_sector, customer_sector, role (2, 1, 0), or sector, kind (goods, services), of which goods "
            "are essential to makers of goods; else all are non-essential.",
        ),
    ] = None,
    eps: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", help="Stop once no firm's production falls by more in a step; else 0.01."
        ),
    ] = None,
    exact_upstream: Annotated[
        bool, typer.Option("--exact-upstream", help="Solve for the loss by lost demand; --eps is of supply.")
    ] = False,
    converged: Annotated[
        bool, typer.Option("--converged", help="The same, and --eps 1e-12: as after infinitely many steps.")
    ] = False,
    substitution: Annotated[
        bool, typer.Option(help="Let other firms of an industry stand in for a supplier.")
    ] = True,
    credit: Annotated[
        bool,
        typer.Option(
            "--credit",
            help="Exposures: also by equity lost over unpaid trade and guarantees; the largest counts.",
        ),
    ] = False,
    by: Annotated[
        By, typer.Option(help="Rank by what firms do to others, or by what they suffer.")
    ] = By.ESRI,
    threads: Annotated[
        int, typer.Option(min=1, max=64, help="Worker threads; results do not depend on them.")
    ] = 2,
    lgd: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Loss given default of loans that give none; else 0.45."),
    ] = None,
    lender_equity: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="lender_id and equity: at most which a lender loses."),
    ] = None,
    lenders: Annotated[
        Path | None,
        typer.Option(callback=check_ending, metavar="FILE", help="Write what lenders lose to a file."),
    ] = None,
    top: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Rows to show: 20, and with --json all.")
    ] = None,
    output: Output = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Close every firm in turn: what all others lose, what each suffers, and what lenders lose.

    ESRI is the share of all sales lost when a firm stops. Exposure is the sum over all other firms of their base PD
    times the loss that they inflict, with the ten worst sources. A killed run goes on where it was. With --model
    debtrank or clearing failures spread over what firms owe one another instead.
    """
    session = begin(context, as_json, workspace=workspace, lgd=lgd)
    from supplyrisk.cli.contagion_inputs import Request, Show  # noqa: PLC0415 - numba, only where it is needed
    from supplyrisk.graph.contagion import CONVERGED, EPS, Options  # noqa: PLC0415

    if eps is not None and not 0 < eps < 1:
        raise usage(f"--eps is {eps:g}; expected a share between 0 and 1, such as 0.01 or 1e-8")
    if converged and eps is not None:
        raise usage("--converged and --eps; expected one of them")
    size = CONVERGED if converged else EPS if eps is None else eps
    options = Options(
        size, substitution=substitution, threads=threads, exact_upstream=exact_upstream or converged
    )
    request = Request(as_of, pd, essentiality, options, lender_equity, credit)
    show = Show(by is By.EXPOSURE, top, output, lenders)
    if model is Model.ESRI:
        from supplyrisk.cli.contagion import rank_firms  # noqa: PLC0415

        rank_firms(session, request, show)
    elif lenders is not None or exact_upstream or converged or credit:
        raise usage(
            "--lenders, --exact-upstream, --converged and --credit are for --model esri; leave them out"
        )
    else:
        from supplyrisk.cli.contagion_credit import rank_debtors  # noqa: PLC0415

        rank_debtors(session, request, model.value, show)
