"""`scgraph validate` and `scgraph load`: what becomes of every row, and the graph of the last day."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from supplyrisk.cli.files import envelope, print_json
from supplyrisk.cli.options import Session
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.cli.workspace import check_store, is_stale, open_graph, snapshot_of, tables_of
from supplyrisk.graph import Snapshot, StoreError, SupplyRiskError, graph_tables_of, last_day_of
from supplyrisk.loaders import (
    FaultyFiles,
    LoadReport,
    Mapping,
    load,
    read_mapping,
    synthetic_mapping,
    validate,
)

SHOWN = 20
COUNTS = ("rows", "loaded", "quarantined", "duplicates")
FAULT_COLUMNS = {
    "file": "file",
    "line": "line",
    "column": "column",
    "value": "value",
    "rule": "rule",
    "accepted": "accepted",
    "remedy": "what to do",
}
"""Columns of the faults that are shown, and their headings."""


def check_folder(session: Session, folder: Path, mapping: Mapping | str | None) -> None:
    """Print what a load would do with a folder; DataError where it would refuse."""
    chosen = _mapping(folder, mapping)
    settings = session.settings
    with session.talk.progress() as step:
        step(f"checking {folder}", 0, 0)
        try:
            report = validate(folder, chosen, settings.encoding, settings.max_bad)
        except FaultyFiles as fault:
            if not session.as_json:
                _show_faults(session, fault.rows, fault.row_count)
            raise
    _show(session, "validate", report, {"synthetic": chosen.synthetic})
    if report.breaches:
        raise report.refusal("mend the rows above, or raise --max-bad")
    if not isinstance(mapping, Mapping):
        session.talk.say(f"{folder} can be loaded: scgraph load {folder}")


def load_folder(session: Session, folder: Path, mapping: Mapping | str | None, graph: bool) -> None:
    """Load a folder into the workspace (with graph: into the graph too), and say what came of it.

    Raises
    ------
    DataError: nothing was loaded.
    StoreError, SupplyRiskError: the data are loaded, but the graph could not be built or looked at.
    """
    chosen = _mapping(folder, mapping)
    report = load_rows(session, folder, chosen, graph)
    tables = tables_of(session)
    as_of = None if tables.info.undated else last_day_of(tables)
    head: dict[str, object] = {"as_of": as_of, "synthetic": chosen.synthetic, "workspace": session.folder}
    if not session.as_json:  # before the graph: the rows are loaded, whatever becomes of it
        _show(session, "load", report, head)
    _tell(session, report)
    dayless = as_of is None and not tables.info.undated
    made: Snapshot | None = None
    try:
        made = build_graph(session) if graph and not dayless else None
        _tell_graph(session, report, made, graph and dayless)
    except (SupplyRiskError, OSError) as fault:
        raise _after_loading(fault) from fault
    finally:
        if session.as_json:
            _show(session, "load", report, head | {"graph": str(made) if made else None})
    say_synthetic(session, chosen.synthetic)


def load_rows(session: Session, folder: Path, mapping: Mapping | None, graph: bool) -> LoadReport:
    """Load a folder into the workspace; graph: refuse beforehand where no graph could be built after it."""
    if graph:
        check_store(session.settings)
    settings = session.settings
    with session.talk.progress() as step:
        return load(folder, session.folder, mapping, settings.encoding, settings.max_bad, progress=step)


def build_graph(session: Session) -> Snapshot:
    """Make the graph store the picture of the data's last day."""
    with session.talk.progress() as step:
        step("computing features", 0, 0)
        made = snapshot_of(session, tables_of(session))
        step("building the graph", 0, 0)
        with open_graph(session, create=True, progress=step) as store:
            store.rebuild(graph_tables_of(made))
    return made


def say_synthetic(session: Session, synthetic: bool) -> None:
    """Say that data are made up, where they are."""
    if synthetic:
        session.talk.say("synthetic: these data are made up and show nothing about real firms")


def _mapping(folder: Path, mapping: Mapping | str | None) -> Mapping:
    if isinstance(mapping, Mapping):
        return mapping
    return read_mapping(mapping) if mapping else synthetic_mapping(folder)


def _tell(session: Session, report: LoadReport) -> None:
    if report.total.quarantined:
        session.talk.say(f"quarantine: {report.quarantine} ({report.fault_count:,} faults)")
    session.talk.say(f"workspace: {session.folder}")


def _tell_graph(session: Session, report: LoadReport, made: Snapshot | None, dayless: bool) -> None:
    say = session.talk.say
    if made:
        say(f"graph: {made}")
        return
    stale = is_stale(session, str(report.content_hash))
    if dayless:
        say("no graph: no row has a day, so there is no day to show")
    if stale:
        remedy = "" if dayless else "; load without --no-graph to rebuild it"
        say(f"graph: not rebuilt, it still shows what was loaded before{remedy}")


def _after_loading(fault: SupplyRiskError | OSError) -> SupplyRiskError:
    """The fault of a graph after its data were loaded: never a DataError, which says that nothing was."""
    kind = StoreError if isinstance(fault, StoreError) else SupplyRiskError
    return kind(f"the data are loaded, but not the graph: {fault}")


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
        _show_faults(session, report.faults, report.fault_count)
    for note in report.notes:
        session.talk.say(f"note: {note}")


def _show_faults(session: Session, faults: pa.Table, count: int) -> None:
    """The first faults of rows, each with what would be accepted and what to do."""
    rows = [[row[name] for name in FAULT_COLUMNS] for row in faults.slice(0, SHOWN).to_pylist()]
    if rows:
        show_table(tuple(FAULT_COLUMNS.values()), rows)
    if count > SHOWN:
        session.talk.say(f"{count - SHOWN:,} more faults are not shown")
