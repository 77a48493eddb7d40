"""The verb around scenarios (`stress` does the work)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.commands.contagion_options import check_eps
from supplyrisk.cli.errors import usage
from supplyrisk.cli.options import AsOf, Json, Output, Top, Workspace, begin


def stress(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    scenario: Annotated[Path | None, typer.Argument(metavar="SCENARIO.toml", help="What happens.")] = None,
    *,
    example: Annotated[bool, typer.Option("--example", help="Print a commented scenario, and stop.")] = False,
    as_of: AsOf = None,
    essentiality: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Roles of inputs: supplier_sector, customer_sector, role (2, 1, 0); else all are non-essential.",
        ),
    ] = None,
    pd: Annotated[
        Path | None,
        typer.Option(
            "--pd",
            metavar="FILE",
            help="Base PDs for exposures: firm_id and base_pd or pd; else those of score.",
        ),
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(
            metavar="FIRM",
            help="Show the links and paths that carry this firm's loss; without a scenario, its exposure.",
        ),
    ] = None,
    eps: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Stop once no firm's production falls by more; else 1e-10."),
    ] = None,
    top: Top = None,
    output: Output = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Play a scenario through: firms, regions, carriers or categories lost, step by step.

    Losses by firm, industry, region and lender, in money too; who tips over; what the learned transmissions say
    beside it; and, where the file asks what if, what another supplier, stock or guarantee would change.
    """
    session = begin(context, as_json, workspace=workspace)
    if example:
        from supplyrisk.cli.talk import show_text  # noqa: PLC0415
        from supplyrisk.services import template  # noqa: PLC0415

        show_text(template("stress.toml").rstrip())
        return
    check_eps(eps)
    if scenario is None and why is None:
        raise usage("no scenario; expected a file SCENARIO.toml; scgraph stress --example prints one")
    from supplyrisk.cli.stress import Request, explain_firm, stress_book  # noqa: PLC0415 - numba, only where needed

    request = Request(as_of, essentiality, pd, why, eps)
    if scenario is None:
        explain_firm(session, request, top, output)
    else:
        stress_book(session, request, scenario, top, output)
