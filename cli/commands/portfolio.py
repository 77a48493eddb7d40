"""`scgraph portfolio`: a lender's portfolio, its losses, concentrations and limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.error_reports import EXIT_GATE, usage
from supplyrisk.cli.files import check_file
from supplyrisk.cli.options import PolicyFile
from supplyrisk.cli.render.portfolio import breach_line, show_portfolio
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph import to_json, write_text

EXAMPLE = "scgraph portfolio L001 --fail-on any"


@with_session("store")
def portfolio(
    session: Session,
    lender: Annotated[str, typer.Argument(metavar="LENDER", help="A lender_id of the table loans.")],
    *,
    policy: PolicyFile = None,
    level: Annotated[
        float,
        typer.Option(min=0.5, max=0.9999, metavar="SHARE", help="Confidence level of VaR and ES."),
    ] = 0.99,
    replicas: Annotated[int, typer.Option(min=1000, metavar="N", help="Number of simulation runs.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulation.")] = 0,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIMIT",
            help="Exit with code 5 if this limit is breached: SINGLE_NAME (one borrower), CHAIN (borrowers behind one "
            "firm) or any. May be repeated.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the whole result to .json.")
    ] = None,
) -> None:
    """Show a lender's portfolio: EL, VaR and ES with and without contagion, stages, concentrations, and limits.

    Expected loss (EL) of the performing book is the sum of PD x LGD x EAD over the horizon; of loans in default it is
    LGD x EAD, apart. Every line has its IFRS 9 stage with the loss allowance, and its category of five. Value at risk
    (VaR) and expected shortfall (ES) of the performing book are simulated. Firms default at their base PD (the PD
    before contagion) and defaults spread over the learned links; the same random draws are repeated without spreading
    for comparison.
    """
    codes = fail_on or []
    unknown = sorted(set(codes) - {*services.BREACH_CODES, "any"})
    if unknown:
        raise usage(f"--fail-on {', '.join(unknown)}; expected {', '.join(services.BREACH_CODES)} or any")
    check_file(output, (".json",))
    with session.talk.progress() as progress:
        result = services.portfolio(
            session.workspace,
            lender,
            policy=policy,
            level=level,
            replicas=replicas,
            seed=seed,
            progress=progress,
        )
    if output:
        write_text(output, to_json(result.to_json()) + "\n")
        session.talk.say(f"written to {output}")
    if not session.prints_json(result) and not output:
        show_portfolio(result)
    session.talk.say_expert(result.model)
    session.talk.say_synthetic(result.synthetic, result.synthetic_model)
    breaches = result.breaches_of(codes)
    if breaches:
        session.talk.say(f"limits breached: {breach_line(breaches)}")
        raise typer.Exit(EXIT_GATE)
