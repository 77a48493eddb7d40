"""Verbs around contagion by mechanism (`contagion` does the work)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.errors import usage
from supplyrisk.cli.options import AsOf, Json, Output, Workspace, begin


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
    essentiality: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Roles of inputs: supplier_sector, customer_sector, role (2, 1, 0); else all are non-essential.",
        ),
    ] = None,
    eps: Annotated[
        float, typer.Option(metavar="SHARE", help="Stop once no firm's production falls by more in a step.")
    ] = 0.01,
    substitution: Annotated[
        bool, typer.Option(help="Let other firms of an industry stand in for a supplier.")
    ] = True,
    by: Annotated[
        By, typer.Option(help="Rank by what firms do to others, or by what they suffer.")
    ] = By.ESRI,
    threads: Annotated[
        int, typer.Option(min=1, max=64, help="Worker threads; results do not depend on them.")
    ] = 2,
    top: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Rows to show: 20, and with --json all.")
    ] = None,
    output: Output = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Close every firm in turn: what all others lose, and what each suffers.

    ESRI is the share of all sales lost when a firm stops. Exposure is the sum over all other firms of their base PD
    times the loss that they inflict, with the ten worst sources. A killed run goes on where it was.
    """
    from supplyrisk.cli.contagion import Request, rank_firms  # noqa: PLC0415 - numba, only where it is needed
    from supplyrisk.graph.contagion import Options  # noqa: PLC0415

    if not 0 < eps < 1:
        raise usage(f"--eps is {eps:g}; expected a share between 0 and 1, such as 0.01 or 1e-8")
    request = Request(as_of, pd, essentiality, Options(eps, substitution=substitution, threads=threads))
    rank_firms(begin(context, as_json, workspace=workspace), request, by is By.EXPOSURE, top, output)
