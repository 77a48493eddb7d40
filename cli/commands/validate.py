"""`scgraph validate`: check every row, load nothing."""

from __future__ import annotations

from pathlib import Path

from supplyrisk import loaders, services
from supplyrisk.cli.commands.source_options import Folder, FromNeo4j, check_one_source
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
) -> None:
    """Check every row of a folder, and load nothing.

    Prints how many rows of each file and table would be loaded, and the faults by kind. Exit code 3 where load would
    refuse the folder.
    """
    check_one_source(folder, from_neo4j)
    try:
        result = _validate(session, folder, mapping)
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
        f"{folder or 'the graph'} can be loaded: {next_command(session, 'load', folder, mapping)}"
    )


def _validate(session: Session, folder: Path | None, mapping: str | None) -> services.ValidateResult:
    settings = session.settings
    with session.talk.progress() as progress:
        return services.validate(
            folder or services.ExternalSource(session.workspace),
            mapping,
            workspace=session.workspace,
            encoding=settings.encoding,
            max_bad=settings.max_bad,
            horizon_days=settings.horizon_days,
            default_definition=settings.default_definition,
            progress=progress,
        )
