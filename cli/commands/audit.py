"""`scgraph audit`: verify, show and replay the record of checks."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.files import check_file
from supplyrisk.cli.group import Command
from supplyrisk.cli.options import parse_day
from supplyrisk.cli.render.replay_table import show_replay
from supplyrisk.cli.session import Session, show_help, with_session
from supplyrisk.cli.talk import show_text
from supplyrisk.graph import DataError
from supplyrisk.graph.credit import broken
from supplyrisk.graph.texts.figures import count

EXAMPLE = "scgraph audit verify"

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def audit(context: typer.Context) -> None:
    """Verify, show and replay the record of checks."""
    show_help(context)


@app.command(epilog="Example: scgraph audit verify --anchor /elsewhere/anchor.json")
@with_session()
def verify(
    session: Session,
    *,
    expect: Annotated[
        str | None,
        typer.Option(metavar="HASH", help="Hash of an entry, noted earlier, that the log must still have."),
    ] = None,
    anchor: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An anchor that was stored elsewhere.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Ed25519 key in PEM that must have signed the anchor.")
    ] = None,
    evidence: Annotated[
        bool,
        typer.Option(
            "--evidence", help="Verify the kept data, scores, models and policies of all checks too."
        ),
    ] = False,
) -> None:
    """Check that every entry is unchanged and follows the one before.

    Entries missing at the end, and a chain that was rewritten as a whole, are found by --expect or --anchor only.
    """
    result = services.verify_audit(
        session.workspace, expect=expect, anchor=anchor, public_key=public_key, evidence=evidence
    )
    session.prints_json(result)
    if not result.intact:
        raise broken(session.workspace.layout.audit, list(result.faults))
    end = f"last hash {result.last_hash}" if result.last_hash else "scgraph check writes the first"
    session.talk.say(f"{result.entries} entries, each following the one before; {end}")


@app.command("anchor", epilog="Example: scgraph audit anchor -o /elsewhere/anchor.json")
@with_session()
def take_anchor(
    session: Session,
    *,
    key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Sign with this Ed25519 key in PEM. Needs supplyrisk\\[signing]."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the anchor to this .json file too."),
    ] = None,
) -> None:
    """Verify the whole record, and print number and hash of its last entry, to be stored elsewhere.

    Later checks verify the record from there on.
    """
    check_file(output, (".json",))
    result = services.anchor_audit(session.workspace, private_key=key, output=output)
    if session.prints_json(result):
        return
    show_text(f"{result.anchor.number} {result.anchor.hash}")
    session.talk.say(
        "store it where nobody who writes the workspace can change it; "
        f"later: scgraph audit verify --expect {result.anchor.hash}"
    )


@app.command(epilog="Example: scgraph audit replay 1")
@with_session()
def replay(
    session: Session,
    number: Annotated[int, typer.Argument(metavar="ID", help="Number of the entry of a check.")],
    *,
    rescore: Annotated[
        bool,
        typer.Option("--rescore", help="Compute the scores of all firms again too, by the kept model."),
    ] = False,
) -> None:
    """Compute the memo of a recorded check again, from the data and scores kept with it, and compare the two.

    The workspace may hold other data, scores and models by now. Exit code 3 if the memos differ, or a kept file is
    missing or was changed.
    """
    with session.talk.progress() as progress:
        result = services.replay(session.workspace, number, rescore=rescore, progress=progress)
    if not session.prints_json(result):
        show_replay(result)
    if not result.identical:
        values = len(result.differences)
        differ = "1 value differs" if values == 1 else f"{values} values differ"
        raise DataError(
            f"the memo of entry {number} is not the recorded one: {differ}",
            "the recorded memo",
            "another version of scgraph may compute or state it differently",
        )


@app.command(epilog="Example: scgraph audit prune --before 2024-01-01")
@with_session()
def prune(
    session: Session,
    *,
    before: Annotated[
        date,
        typer.Option(
            parser=parse_day, metavar="DATE", help="UTC day of the first entry whose evidence stays."
        ),
    ],
) -> None:
    """Delete the kept data, scores, models and policies that only entries before a day list.

    The entries stay, and can no longer be replayed. What is deleted is recorded. Run it while no check runs.
    """
    result = services.prune_evidence(session.workspace, before, command=session.command_line)
    if session.prints_json(result):
        return
    if result.record is None:
        session.talk.say("nothing to delete: later entries need every kept file")
    else:
        session.talk.say(
            f"files deleted: {count(result.files)}, {result.freed / 1e6:.1f} MB freed; entries before {before} that "
            f"can no longer be replayed: {count(result.entries)}; recorded as entry {result.record}"
        )


@app.command(cls=Command, epilog="Example: scgraph audit show 1")
@with_session()
def show(
    session: Session,
    number: Annotated[int, typer.Argument(metavar="ID", help="Number of the entry.")],
) -> None:
    """Print an entry as it was stored, byte for byte: a JSON document."""
    entry = services.show_audit_entry(session.workspace, number)
    sys.stdout.flush()
    sys.stdout.buffer.write(entry)
