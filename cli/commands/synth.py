"""`scgraph synth`: make a synthetic supply chain with known contagion."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services, web
from supplyrisk.cli.options import Seed
from supplyrisk.cli.session import Session, with_session
from supplyrisk.cli.talk import show_table
from supplyrisk.graph import write_text

EXAMPLE = "scgraph synth made/ --firms 2000 --weeks 156 --contagion 1.0 --replicas 200"


class TableFormat(StrEnum):
    """File formats of the tables."""

    CSV = "csv"
    PARQUET = "parquet"


class Grain(StrEnum):
    """Periods of the rows."""

    WEEK = "week"
    MONTH = "month"


@with_session()
def synth(
    session: Session,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder for the tables.")],
    *,
    preset: Annotated[
        str | None,
        typer.Option(
            help="A world by name: small, demo, judge (2,000 firms with precise true PDs, to judge models by), placebo "
            "(no contagion) or million. Other options override it."
        ),
    ] = None,
    firms: Annotated[
        int | None, typer.Option(min=20, help="Number of firms.", show_default="2000, or the preset's")
    ] = None,
    weeks: Annotated[
        int | None, typer.Option(min=10, help="Number of weeks.", show_default="120, or the preset's")
    ] = None,
    seed: Seed = 7,
    contagion: Annotated[
        float | None,
        typer.Option(
            min=0, help="Strength of contagion along links; 0 for none.", show_default="1, or the preset's"
        ),
    ] = None,
    homophily: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="How similar firms of one industry and region are.",
            show_default="0.5, or the preset's",
        ),
    ] = None,
    replicas: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Re-simulations used to estimate each firm's true PD; 0 skips this.",
            show_default="0, or the preset's",
        ),
    ] = None,
    supplies: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="ROWS",
            help="Approximate number of trades. Default: determined by the links between firms.",
        ),
    ] = None,
    grain: Annotated[
        Grain | None,
        typer.Option(
            help="Period of the rows of supplies and activity.", show_default="week, or the preset's"
        ),
    ] = None,
    dirt: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND[=SHARE]", help="Inject data faults into the tables. May be repeated."),
    ] = None,
    fraud: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND[=SHARE]", help="Plant fabricated trade of a share of the sellers. May be repeated."
        ),
    ] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write an HTML page that shows the world's shape.")
    ] = None,
    table_format: Annotated[
        TableFormat, typer.Option("--format", help="File format of the tables.")
    ] = TableFormat.PARQUET,
) -> None:
    """Make a synthetic supply chain with known contagion.

    Writes all input tables, and a folder truth/ with the answers, which is never loaded; the same seed gives the same
    bytes.
    The world is not fitted to a real economy, and everything computed from it is marked synthetic. Kinds of --dirt:
    duplicates, missing_days, swapped_ids, corrections, encoding (with --format csv), unseen_links. Kinds of --fraud:
    no_shipment, ring, round_amounts, one_day_burst, returned_payment.
    """
    faults = services.fault_shares(dirt or [])
    planted = services.fault_shares(fraud or [], "--fraud", "ring=0.02", services.FRAUD_SHARE)
    with session.talk.progress() as progress:
        result = services.synth(
            out,
            preset=preset,
            firms=firms,
            weeks=weeks,
            seed=seed or 0,
            contagion=contagion,
            homophily=homophily,
            supplies_rows=supplies,
            replicas=replicas,
            grain=grain.value if grain else None,
            faults=faults,
            fraud=planted,
            file_format=table_format.value,
            progress=progress,
        )
    if page is not None:
        write_text(page, web.render_world(services.world_facts(out)))
    if session.prints_json(result):
        return
    summary = result.summary
    show_table(("table", "rows"), list(summary.rows.items()))
    if summary.reliability:
        halves = [(half.as_of, half.column, half.correlation) for half in summary.reliability]
        show_table(("as_of", "truth", "split-half rank correlation"), halves)
        session.talk.say(f"truth by re-simulation: {summary.cpu_seconds:.0f} CPU seconds")
    session.talk.say(result.description)
    session.talk.say(f"content hash: {summary.content_hash}")
    session.talk.say_synthetic(True)
