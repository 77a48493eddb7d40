"""`scgraph decide`: record what a person decided on a check."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from supplyrisk import services
from supplyrisk.cli.session import Session, with_session

EXAMPLE = 'scgraph decide 12 approve --reason "guarantee of the parent company"'


class Choice(StrEnum):
    """What a person can decide."""

    APPROVE = "approve"
    DECLINE = "decline"
    REFER = "refer"


@with_session()
def decide(
    session: Session,
    entry: Annotated[int, typer.Argument(metavar="ENTRY", help="Number of the check in the audit log.")],
    decision: Annotated[Choice, typer.Argument(metavar="approve|decline|refer", help="The decision.")],
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, in words.")],
) -> None:
    """Record a person's decision on a check in the audit log, and whether it overrides the policy's conclusion."""
    result = services.decide(
        session.workspace, entry, decision.value, reason=reason, command=session.command_line
    )
    if session.prints_json(result):
        return
    relation = "overrides" if result.overrides else "is in line with"
    session.talk.say(
        f"recorded as entry {result.record}: {result.decision} for {result.shop}, which {relation} the conclusion "
        f"“{result.conclusion}” of entry {result.entry}"
    )
