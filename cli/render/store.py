"""What a store holds, or what was written to it, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.files import print_json
from supplyrisk.cli.talk import show_table

if TYPE_CHECKING:
    from supplyrisk.cli.session import Session
    from supplyrisk.services import StoreChange, StoreContents


def show_store_contents(contents: StoreContents) -> None:
    """One fact per line."""
    show_table(("part", "name", "value"), [(row.part, row.name, row.count) for row in contents.rows()])


def show_store_change(session: Session, change: StoreChange) -> None:
    """What was written or removed, or would be; as JSON where the session asks for it."""
    for note in change.notes:
        session.talk.say(f"note: {note}")
    if session.as_json:
        print_json(change.to_json())
        return
    show_table(("part", "name", "count"), [(row.part, row.name, row.count) for row in change.parts])
    session.talk.say("nothing was written (--dry-run)" if change.dry_run else "done")
