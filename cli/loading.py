"""`scgraph validate` and `scgraph load`: what becomes of every row, and the graph of the last day."""

from __future__ import annotations

from pathlib import Path

from supplyrisk.cli.files import envelope, print_json
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.cli.workspace import check_store, is_stale, open_graph, snapshot_of, tables_of
from supplyrisk.graph import DataError, Snapshot
from supplyrisk.graph.outcome import last_day_of
from supplyrisk.graph.picture import picture_of
from supplyrisk.loaders import LoadReport, Mapping, load, read_mapping, validate
from supplyrisk.loaders.mapping_file import synthetic_mapping

SHOWN = 20
COUNTS = ("rows", "loaded", "quarantined", "duplicates")
FAULT_COLUMNS = ("file", "line", "column", "value", "rule", "accepted")


def check_folder(session: Session, folder: Path, mapping: str | None) -> None:
    """Print what a load would do with a folder; DataError where it would refuse."""
    chosen = _mapping(folder, mapping)
    settings = session.settings
    with session.talk.progress() as step:
        step(f"checking {folder}", 0, 0)
        report = validate(folder, chosen, settings.encoding, settings.max_bad)
    _show(session, "validate", report, {"synthetic": chosen.synthetic})
    if report.breaches:
        raise DataError(
            "; ".join(report.breaches),
            f"at most a share of {report.max_bad:g} of each table's rows, and at least one firm",
            "mend the rows above, or raise --max-bad",
        )
    session.talk.say(f"{folder} can be loaded: scgraph load {folder}")


def load_folder(session: Session, folder: Path, mapping: str | None, graph: bool) -> None:
    """Load a folder into the workspace (with graph: into the graph too), and say what came of it."""
    chosen = _mapping(folder, mapping)
    report, made = load_into(session, folder, chosen, graph)
    as_of = made.as_of if made else last_day_of(tables_of(session))
    head: dict[str, object] = {"as_of": as_of, "synthetic": chosen.synthetic, "workspace": session.workspace}
    _show(session, "load", report, head | {"graph": str(made) if made else None})
    _tell(session, report, made)
    say_synthetic(session, chosen.synthetic)


def load_into(
    session: Session, folder: Path, mapping: Mapping | None, graph: bool
) -> tuple[LoadReport, Snapshot | None]:
    """Load a folder into the workspace and, with graph, rebuild the graph store from it."""
    if graph:
        check_store(session.settings)
    settings = session.settings
    with session.talk.progress() as step:
        report = load(folder, session.workspace, mapping, settings.encoding, settings.max_bad, progress=step)
    return report, build_graph(session) if graph else None


def build_graph(session: Session) -> Snapshot:
    """Make the graph store the picture of the data's last day."""
    with session.talk.progress() as step:
        step("computing features", 0, 0)
        made = snapshot_of(session, tables_of(session))
        step("building the graph", 0, 0)
        with open_graph(session, create=True) as store:
            store.rebuild(picture_of(made))
    return made


def say_synthetic(session: Session, synthetic: bool) -> None:
    """Say that data are made up, where they are."""
    if synthetic:
        session.talk.say("synthetic: these data are made up and show nothing about real firms")


def _mapping(folder: Path, mapping: str | None) -> Mapping:
    return read_mapping(mapping) if mapping else synthetic_mapping(folder)


def _tell(session: Session, report: LoadReport, made: Snapshot | None) -> None:
    say = session.talk.say
    if report.total.quarantined:
        say(f"quarantine: {report.quarantine} ({report.fault_count:,} faults)")
    say(f"workspace: {session.workspace}")
    if made:
        say(f"graph: {made}")
    elif is_stale(session.workspace, str(report.content_hash)):
        say(
            "graph: not rebuilt, it still shows what was loaded before; load without --no-graph to rebuild it"
        )


def _show(session: Session, verb: str, report: LoadReport, head: dict[str, object]) -> None:
    found = report.to_json()
    if session.as_json:
        rows = found.pop("tables")
        first = report.faults.slice(0, SHOWN).to_pylist()
        print_json(envelope(verb, rows, about=head, **found, first_faults=first))  # type: ignore[arg-type]
        return
    files = [
        (s.file, s.table, *s.count.to_json().values(), ", ".join(s.left_out) or None) for s in report.sources
    ]
    show_table(("file", "table", *COUNTS, "columns left out"), files)
    show_text("")
    tables = [(t.table, *t.count.to_json().values(), t.repeated) for t in report.tables]
    show_table(
        ("table", *COUNTS, "equal rows kept"), [*tables, ("all", *report.total.to_json().values(), None)]
    )
    if report.fault_count:
        show_text("")
        rows = [[row[name] for name in FAULT_COLUMNS] for row in report.faults.slice(0, SHOWN).to_pylist()]
        show_table(FAULT_COLUMNS, rows)
        if report.fault_count > SHOWN:
            session.talk.say(f"{report.fault_count - SHOWN:,} more faults are not shown")
    for note in report.notes:
        session.talk.say(f"note: {note}")
