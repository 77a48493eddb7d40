"""`scgraph stress`: what a scenario costs, which firms it tips over, and what carries one firm's loss or exposure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.commands.contagion_options import BasePds, Roles
from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.files import write_rows
from supplyrisk.cli.options import AsOf, Output, Plain, PolicyFile, Top
from supplyrisk.cli.render.stress import show_stress, show_stress_exposure
from supplyrisk.cli.session import Session, with_session
from supplyrisk.cli.talk import show_text

if TYPE_CHECKING:
    Result = services.StressResult | services.StressExposureResult

EXAMPLE = "scgraph stress --example > port.toml; scgraph stress port.toml"


@with_session()
def stress(
    session: Session,
    scenario: Annotated[
        Path | None,
        typer.Argument(metavar="SCENARIO.toml", help="The scenario: who loses what, step by step."),
    ] = None,
    *,
    example: Annotated[
        bool, typer.Option("--example", help="Print a commented example scenario and exit.")
    ] = False,
    as_of: AsOf = None,
    essentiality: Roles = None,
    pd: BasePds = None,
    why: Annotated[
        str | None,
        typer.Option(
            metavar="FIRM",
            help="Show the links and paths that carry this firm's loss; without a scenario, its exposure.",
        ),
    ] = None,
    eps: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Convergence tolerance: stop once no firm's production falls by more than this share in a step. "
            "Default: the scenario's eps, 1e-10 unless set.",
        ),
    ] = None,
    policy: PolicyFile = None,
    top: Top = None,
    output: Output = None,
    plain: Plain = False,
) -> None:
    """Run a scenario: firms, regions, carriers or categories are lost, step by step.

    Shows losses by firm, industry, region and lender, also in money; the firms that can no longer bear their losses
    (they "tip over"); the rise in PDs that the learned links imply, and what it does to each lender's performing book:
    expected loss, loss allowance and IFRS 9 stages beside the unstressed ones; and the effect of any what-ifs in the
    file (another supplier, more stock, one guarantee fewer).
    """
    if example:
        show_text(services.template("stress.toml").rstrip())
        return
    settings = session.settings
    result: Result
    with session.talk.progress() as progress:
        if scenario is not None:
            result = services.stress(
                session.workspace,
                scenario,
                as_of=as_of,
                firm=why,
                base_pds=pd,
                essentiality=essentiality,
                eps=eps,
                ccf=settings.ccf,
                policy=policy,
                **session.day_settings,
                progress=progress,
            )
        elif why is not None:
            result = services.stress_exposure(
                session.workspace,
                why,
                as_of=as_of,
                base_pds=pd,
                essentiality=essentiality,
                eps=eps,
                **session.day_settings,
                progress=progress,
            )
        else:
            raise usage("no scenario; expected a file SCENARIO.toml; scgraph stress --example prints one")
    if output:
        write_rows(output, result.table(), result.head, plain=plain)
    if session.prints_json(result, top):
        pass
    elif isinstance(result, services.StressResult):
        show_stress(result, top)
    else:
        show_stress_exposure(result.carriers, top)
    session.talk.say(*result.notes)
    session.talk.say_synthetic(result.synthetic, result.synthetic_model)
