"""`scgraph audit`: the record of checks, verified and shown."""

from __future__ import annotations

import sys

from supplyrisk.cli.checking import AUDIT
from supplyrisk.cli.files import envelope, print_json
from supplyrisk.cli.options import Session
from supplyrisk.graph import DataError
from supplyrisk.graph.credit import AuditLog


def verify_record(session: Session) -> None:
    """Say that the record is whole, or what is wrong with it.

    Raises
    ------
    DataError: the chain is broken: all places at once.
    """
    log = AuditLog(session.workspace / AUDIT)
    faults, entries = log.verify(), log.entries()
    if session.as_json:
        last = entries[-1].hash if entries else None
        print_json(envelope("audit.verify", faults, entries=len(entries), last=last))
    if faults:
        raise DataError(
            f"the record in {log.folder} is not whole: {'; '.join(faults)}", remedy="compare a backup"
        )
    said = f"last hash {entries[-1].hash}" if entries else "scgraph check writes the first"
    session.talk.say(f"{len(entries)} entries, each following the one before; {said}")


def show_entry(session: Session, number: int) -> None:
    """Print the stored bytes of an entry."""
    sys.stdout.flush()
    sys.stdout.buffer.write(AuditLog(session.workspace / AUDIT).show(number))
