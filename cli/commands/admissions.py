"""`scgraph admissions`: which shops the admissions of a policy admit, with their extra EL first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.files import check_file
from supplyrisk.cli.render.admissions import show_admissions
from supplyrisk.cli.session import Session, with_session
from supplyrisk.graph import to_json, write_text

EXAMPLE = "scgraph admissions L001 --policy policy.toml --campaign double-11"


@with_session("store")
def admissions(
    session: Session,
    lender: Annotated[
        str | None,
        typer.Argument(metavar="LENDER", help="A lender_id: its borrowers are examined.", show_default=False),
    ] = None,
    *,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A policy file with [[scenario]] tables.")
    ] = None,
    shop: Annotated[
        list[str] | None,
        typer.Option(metavar="SHOP", help="A firm_id or name to examine too. May be repeated."),
    ] = None,
    campaign: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only admissions of this campaign.")
    ] = None,
    apply: Annotated[
        bool,
        typer.Option(
            "--apply",
            help="Store the list: checks of this policy, lender and day use it. Default: a preview.",
        ),
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the whole result to .json.")
    ] = None,
) -> None:
    """Show which shops the admissions of a policy admit, and the expected loss (EL) that they add, which stands first.

    An admission is a scenario of the policy with extra_el, a ceiling on the extra EL of all shops that it admits. Shops
    are admitted in the order of their PD, the lowest first, until the next one would lift the sum above the ceiling.
    """
    if policy is None:
        raise usage("expected --policy FILE with [[scenario]] tables")
    check_file(output, (".json",))
    with session.talk.progress() as progress:
        result = services.admissions(
            session.workspace,
            lender,
            policy=policy,
            shops=shop or (),
            campaign=campaign,
            apply=apply,
            progress=progress,
        )
    if output:
        write_text(output, to_json(result.to_json()) + "\n")
        session.talk.say(f"written to {output}")
    if not session.prints_json(result) and not output:
        show_admissions(result)
    if result.stored:
        session.talk.say("stored: checks of this policy, lender and day use this list")
    else:
        session.talk.say("a preview: --apply stores the list for checks")
