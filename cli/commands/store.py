"""`scgraph store`: what the graph store holds, filling it and cleaning it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.consent import CONTAGION, LOADS, PORTRAITS, SCORES, agree
from supplyrisk.cli.options import AsOf, Yes
from supplyrisk.cli.render.store import show_store_change, show_store_contents
from supplyrisk.cli.session import Session, show_help, with_session

EXAMPLE = "scgraph store info"

app = typer.Typer(rich_markup_mode=None)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")]


@app.callback(invoke_without_command=True)
def store(context: typer.Context) -> None:
    """Show, fill and clean the graph store: embedded or Neo4j."""
    show_help(context)


@app.command(epilog="Example: scgraph store info --json")
@with_session("store")
def info(
    session: Session,
) -> None:
    """Show what the store holds, and what it was built from."""
    contents = services.store_info(session.workspace)
    if session.prints_json(contents):
        return
    show_store_contents(contents)


@app.command(epilog="Example: scgraph store load --dry-run")
@with_session("store")
def load(
    session: Session,
    *,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Build the store's graph anew from the workspace. What others keep in a Neo4j database stays."""
    build = partial(services.load_store, **session.day_settings)
    _write(build, session, LOADS, as_of=as_of, dry_run=dry_run, yes=yes)


@app.command(epilog="Example: scgraph store scores --as-of 2025-06-30 --yes")
@with_session("store")
def scores(
    session: Session,
    *,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Write the workspace's last scores into the store, as properties risk_*."""
    _write(services.write_scores_to_store, session, SCORES, as_of=as_of, dry_run=dry_run, yes=yes)


@app.command(epilog="Example: scgraph store contagion --dry-run")
@with_session("store")
def contagion(
    session: Session,
    *,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Write the last result of scgraph contagion into the store.

    Properties risk_esri and risk_exposure of firms, with their parts, and links EXPOSED_TO from each firm to those
    whose failure hurts it most. Scores stay as they are.
    """
    _write(services.write_contagion_to_store, session, CONTAGION, as_of=as_of, dry_run=dry_run, yes=yes)


@app.command(epilog="Example: scgraph store portraits --dry-run")
@with_session("store")
def portraits(
    session: Session,
    *,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Write portraits into the store, as properties portrait_* of firms.

    Indices, indicators, and the changes of totals. Portraits that are not stored yet are computed first.
    """
    settings = session.settings
    write = partial(
        services.write_portraits_to_store,
        window_days=settings.portrait_days,
        default_definition=settings.default_definition,
        beyond_days=settings.beyond_days,
    )
    _write(write, session, PORTRAITS, as_of=as_of, dry_run=dry_run, yes=yes)


@app.command(epilog="Example: scgraph store clean --dry-run")
@with_session("store")
def clean(
    session: Session,
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove everything of scgraph's from a Neo4j database, and nothing else."""
    plan = services.plan_cleaning(session.workspace)
    if plan.is_empty:
        session.talk.say(f"nothing of scgraph's is in the database at {plan.place}")
    elif not dry_run:
        listed = [_listed(part) for part in plan.parts]
        agree(session, yes, ["everything listed here is removed; what others made stays", *listed])
    with session.talk.progress() as progress:
        change = services.clean_store(session.workspace, plan, dry_run=dry_run, progress=progress)
    if not plan.is_empty or session.as_json:
        show_store_change(session, change)


def _write(
    job: Callable[..., services.StoreChange],
    session: Session,
    changes: Sequence[str],
    *,
    as_of: date | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Run a job that writes into the store once the user has agreed to its changes, and show what it wrote."""
    with session.talk.progress() as progress:
        change = job(
            session.workspace,
            as_of=as_of,
            dry_run=dry_run,
            confirm=lambda: agree(session, yes, changes),
            progress=progress,
        )
    show_store_change(session, change)


def _listed(part: services.StorePart) -> str:
    count = f": {part.count:,}" if isinstance(part.count, int) else ""
    return f"{part.part} {part.name}{count}"
