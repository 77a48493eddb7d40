"""`scgraph validate`: check every row, load nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from supplyrisk import loaders, services
from supplyrisk.cli.commands.source_options import (
    Append,
    Folder,
    FromNeo4j,
    KnownOn,
    check_appended,
    check_one_source,
)
from supplyrisk.cli.next_command import next_command
from supplyrisk.cli.options import Mapping
from supplyrisk.cli.render.loading import show_fault_groups, show_report
from supplyrisk.cli.session import Session, with_session

EXAMPLE = "scgraph validate data/ --mapping mapping.toml"


@with_session("max_bad", "encoding", "store")
def validate(
    session: Session,
    folder: Folder = None,
    *,
    from_neo4j: FromNeo4j = False,
    mapping: Mapping = None,
    append: Append = False,
    known_on: KnownOn = None,
) -> None:
    """Check every row of a folder, and load nothing.

    Prints how many rows of each file and table would be loaded, and the faults by kind. Exit code 3 where load would
    refuse the folder. With --append the rows are compared with the data of the workspace, as load --append would do.
    """
    check_one_source(folder, from_neo4j)
    check_appended(append, known_on)
    try:
        result = _validate(session, folder, mapping, append=append, known_on=known_on)
    except loaders.FaultyFiles as error:
        if not session.as_json:
            show_fault_groups(session.talk, error.groups)
        session.talk.say(*services.mapping_notes(mapping, folder, session.workspace))
        raise
    if not session.prints_json(result):
        show_report(session.talk, result.report)
    if not result.loadable:
        rows = "correct the rows above, or raise --max-bad"
        raise result.report.refusal(rows if result.report.rows_are_bad else "a load would be refused")
    session.talk.say(
        f"{folder or 'the graph'} can be {'appended' if append else 'loaded'}: "
        f"{next_command(session, 'load', folder, mapping, append=append, known_on=known_on)}"
    )


def _validate(
    session: Session, folder: Path | None, mapping: str | None, *, append: bool, known_on: date | None
) -> services.ValidateResult:
    settings = session.settings
    with session.talk.progress() as progress:
        return services.validate(
            folder or services.ExternalSource(session.workspace),
            mapping,
            workspace=session.workspace,
            append=append,
            known_on=known_on,
            encoding=settings.encoding,
            max_bad=settings.max_bad,
            horizon_days=settings.horizon_days,
            default_definition=settings.default_definition,
            progress=progress,
        )
