"""`scgraph demo`: everything at once on a synthetic supply chain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.files import print_json
from supplyrisk.cli.options import Json, Members, Seed
from supplyrisk.cli.render.demo import demo_report, show_demo
from supplyrisk.cli.session import begin
from supplyrisk.graph import write_text

EXAMPLE = "scgraph demo --dir demo"


def demo(
    context: typer.Context,
    *,
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Folder for the data, the workspace and the report.")
    ] = Path("demo"),
    firms: Annotated[int, typer.Option(min=200, help="Number of firms.")] = services.DEMO_FIRMS,
    weeks: Annotated[int, typer.Option(min=105, help="Number of weeks.")] = services.DEMO_WEEKS,
    members: Members = services.DEMO_MEMBERS,
    seed: Seed = services.DEMO_SEED,
    as_json: Json = False,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace", "-w", help="Not accepted: demo always uses its own workspace inside --dir."
        ),
    ] = None,
) -> None:
    """Show everything at once on a synthetic supply chain.

    Makes, loads, trains, scores, and writes a report; takes a few minutes. Uses a workspace of its own inside
    DIR and the embedded store, whatever the settings and NEO4J_URI are.
    """
    if workspace is not None:
        raise typer.BadParameter("demo has a workspace of its own inside --dir", param_hint="--workspace")
    session = begin(context, as_json)
    talk = session.talk
    chosen_seed = seed or 0
    with talk.progress() as progress:
        result = services.demo(
            folder,
            firms=firms,
            weeks=weeks,
            members=members or services.DEMO_MEMBERS,
            seed=chosen_seed,
            announce=talk.say,
            progress=progress,
        )
    write_text(result.report_path, demo_report(result, firms=firms, weeks=weeks, seed=chosen_seed))
    if as_json:
        print_json(result.to_json())
    else:
        show_demo(talk, result)
    talk.say(f"report: {result.report_path}")
    talk.say(f"try next ({result.query_rows} rows): {result.next_command}")
    talk.say_synthetic(result.training.synthetic)
