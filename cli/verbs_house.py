"""Verbs about the installation: doctor and demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.options import Json, Members, Seed, Workspace, begin


def demo(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    *,
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where to put it all.")] = Path("demo"),
    firms: Annotated[int, typer.Option(min=200, help="How many firms.")] = 1600,
    weeks: Annotated[int, typer.Option(min=105, help="How many weeks.")] = 156,
    members: Members = 3,
    seed: Seed = 7,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Show everything at once on a synthetic supply chain.

    Makes, loads, trains, scores, and writes a report. Takes a few minutes. Uses a workspace of its own inside
    DIR and the embedded store, whatever the settings and NEO4J_URI say.
    """
    from supplyrisk.cli.demo import Plan, run_demo  # noqa: PLC0415 - torch, only where it is needed

    if workspace is not None:
        raise typer.BadParameter("demo has a workspace of its own inside --dir", param_hint="--workspace")
    run_demo(begin(context, as_json), Plan(folder, firms, weeks, members or 3, seed or 0))
