"""Verbs of the lender's desk: check, and audit with its parts (`checking` does the work)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.options import (
    Json,
    Output,
    StoreOption,
    Workspace,
    begin,
    parse_day,
)


def portfolio(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    lender: Annotated[str, typer.Argument(metavar="LENDER", help="A lender_id of the table loans.")],
    *,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A policy; else the shipped one.")
    ] = None,
    level: Annotated[
        float, typer.Option(min=0.5, max=0.9999, metavar="SHARE", help="Of value at risk and shortfall.")
    ] = 0.99,
    replicas: Annotated[int, typer.Option(min=1000, metavar="N", help="Draws of defaults.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIMIT", help="Exit 5 if it is breached: SINGLE_NAME, CHAIN or any; may be repeated."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write everything to .json.")
    ] = None,
    store: StoreOption = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Show a lender's book: EL, VaR and ES with contagion and without, concentrations, limits.

    EL is the sum of PD x LGD x EAD over the horizon. The tail is drawn: defaults from base PDs, spread along the
    learned links, and the same draws not spread.
    """
    from supplyrisk.cli.portfolio import Wanted, show_portfolio  # noqa: PLC0415 - numba, only where it is needed
    from supplyrisk.graph.credit import DrawSettings  # noqa: PLC0415

    session = begin(context, as_json, workspace=workspace, store=store)
    show_portfolio(
        session, Wanted(lender, policy, DrawSettings(replicas, level, seed), fail_on or ()), output
    )


def monitor(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    *,
    since: Annotated[
        date,
        typer.Option(
            parser=parse_day, metavar="DATE", help="Compare with the last scored day on or before this one."
        ),
    ],
    lender: Annotated[
        str | None, typer.Option(metavar="ID", help="Only its borrowers; else every lender's.")
    ] = None,
    pd_factor: Annotated[
        float | None,
        typer.Option(metavar="FACTOR", help="By which a PD rises or falls before it is an alert; else 2."),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Exit 5 on an alert of this kind: STATE, GRADE, PD_UP, PD_DOWN, REASONS, NEIGHBOURHOOD or any; may "
            "be repeated.",
        ),
    ] = None,
    output: Output = None,
    store: StoreOption = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """List the borrowers whose score, reasons or neighbourhood changed since a day, and why.

    It compares what scgraph score kept of two days, the later one being that of the graph. A cause is the firm's own
    data, its neighbours or another model.
    """
    from supplyrisk.cli.monitoring import Wanted, monitor_book  # noqa: PLC0415 - Arrow, only where it is needed

    session = begin(context, as_json, workspace=workspace, store=store, pd_factor=pd_factor)
    monitor_book(session, Wanted(since, lender, fail_on or ()), output)
