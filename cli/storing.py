"""`scgraph store` and `scgraph export`: what a store holds, filling and cleaning it, files for the bulk tool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from supplyrisk.cli.consent import LOADS, SCORES, agree
from supplyrisk.cli.errors import usage
from supplyrisk.cli.files import envelope, print_json
from supplyrisk.cli.history import run_behind
from supplyrisk.cli.moves import with_moves
from supplyrisk.cli.options import Change, Session
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.cli.workspace import SCORES as SCORES_FOLDER
from supplyrisk.cli.workspace import (
    check_as_of,
    check_store,
    kept_days,
    open_graph,
    scores_name,
    server_of,
    snapshot_of,
    tables_of,
)
from supplyrisk.graph import DataError, graph_tables_of
from supplyrisk.services import risk_properties

if TYPE_CHECKING:
    from supplyrisk.graph.store.graph_tables import GraphTables
    from supplyrisk.graph.store.neo4j.cleanup import StoredCounts
    from supplyrisk.graph.store.protocol import Store


def show_store(session: Session) -> None:
    """Kind, place, stamp, counts and scores of the store."""
    with open_graph(session) as store:
        found = store.info()
    rows: list[tuple[str, str, object]] = [("store", "kind", found.kind), ("store", "place", found.place)]
    rows += [("built from", name, value) for name, value in found.stamp.items()]
    rows += [("nodes", name, count) for name, count in found.nodes.items()]
    rows += [("links", name, count) for name, count in found.edges.items()]
    rows += [("scores", "properties", len(found.scores)), ("contagion", "properties", len(found.contagion))]
    if session.as_json:
        about = {"as_of": found.stamp.get("as_of"), "synthetic": found.stamp.get("synthetic", False)}
        names = ("part", "name", "value")
        print_json(envelope("store.info", [dict(zip(names, r, strict=True)) for r in rows], about=about))
        return
    show_table(("part", "name", "value"), rows)


def fill_store(session: Session, change: Change) -> None:
    """Make the store the picture of a day, by default the workspace's last one."""
    check_store(session.settings)
    if not change.dry_run:
        agree(session, change.yes, LOADS)
    with session.talk.progress() as step:
        step("computing features", 0, 0)
        picture = _picture(session, change.as_of)
        if not change.dry_run:
            with open_graph(session, create=True, progress=step) as store:
                store.rebuild(picture)
    tell(session, "store.load", _counts(picture), change.dry_run)


def _picture(session: Session, as_of: date | None) -> GraphTables:
    """The picture of a day, by default the last one."""
    tables = tables_of(session)
    check_as_of(session, tables, as_of)
    return graph_tables_of(snapshot_of(session, tables, as_of))


def write_kept_scores(session: Session, change: Change) -> None:
    """Write scores that the workspace keeps into the store.

    Raises
    ------
    DataError: the workspace keeps none of that day, or the store shows another.
    """
    path = kept_file(session.folder / SCORES_FOLDER, change.as_of, "scgraph score")
    firms = pq.read_table(path)
    spread = pq.read_table(path.with_stem(f"{path.stem}-spreaders"))
    run = run_behind(session.folder, path)
    rows = with_moves(risk_properties(firms, spread), session.folder, firms, run)
    names = [name if name.startswith("risk_") else f"risk_{name}" for name in rows.column_names[1:]]
    as_of = firms["as_of"][0].as_py() if firms.num_rows else None
    write_found(session, change, (as_of, None), SCORES, lambda store: store.write_scores(rows))
    found = [("firms", "Firm", rows.num_rows), ("properties", ", ".join(names), len(names))]
    tell(session, "store.scores", found, change.dry_run)


def write_found(
    session: Session,
    change: Change,
    found: tuple[date | None, str | None],
    what: Sequence[str],
    write: Callable[[Store], None],
) -> None:
    """Write into the store what was found of a day, and of data with a content hash (None: of any).

    Says what is written, and asks first.

    Raises
    ------
    DataError: the store shows another day, or other data.
    """
    with open_graph(session) as store:
        _check_shown(store, *found)
    if change.dry_run:
        return
    agree(session, change.yes, what)
    with session.talk.progress() as step, open_graph(session, progress=step) as store:
        write(store)


def _check_shown(store: Store, as_of: date | None, content_hash: str | None) -> None:
    stamp = store.info().stamp
    day = as_of.isoformat() if as_of else None
    if stamp.get("as_of") != day or content_hash not in (None, stamp.get("content_hash")):
        raise DataError(
            f"the graph shows {stamp.get('data')} as of {stamp.get('as_of')}",
            f"the data of which this was found, as of {day}",
            "scgraph store load --as-of DATE shows another day; or compute it again",
        )


def clean_store(session: Session, change: Change) -> None:
    """Remove what is ours from a Neo4j database."""
    login = server_of(session.settings)
    if login is None:
        raise usage(f"the embedded store holds nothing but scgraph's; remove {session.folder / 'graph'}")
    from supplyrisk.graph.store.neo4j.cleanup import count_stored, remove_everything  # noqa: PLC0415 - the driver, only where needed
    from supplyrisk.graph.store.neo4j.neo4j_store import Neo4jStore  # noqa: PLC0415 - as above

    with Neo4jStore(login) as store:
        held = count_stored(store.connection)
        if held.empty:
            session.talk.say(f"nothing of scgraph's is in Neo4j at {login.place}")
        elif not change.dry_run:
            listed = ["all that is listed here is removed; what others made stays", *_listed(held)]
            agree(session, change.yes, listed)
            with session.talk.progress() as step:
                step("removing", 0, 0)
                remove_everything(store.connection)
    if not held.empty or session.as_json:
        tell(session, "store.clean", _held_rows(held), change.dry_run)


def export_files(session: Session, folder: Path, as_of: date | None) -> None:
    """Write the files for neo4j-admin and print its command."""
    from supplyrisk.graph.store.neo4j.admin_files import COMMAND_FILE, CONSTRAINTS_FILE, export_graph_tables  # noqa: PLC0415 - the driver

    with session.talk.progress() as step:
        step("computing features", 0, 0)
        picture = _picture(session, as_of)
        step("writing files", 0, 0)
        made = export_graph_tables(picture, folder)
    if session.as_json:
        rows = [{"file": name, "rows": count} for name, count in made.rows.items()]
        print_json(envelope("export.neo4j-admin", rows, command=made.command, folder=folder))
        return
    session.talk.say(
        f"{sum(made.rows.values()):,} rows in {folder}; with the database offline, run {COMMAND_FILE}:"
    )
    show_text(made.command)
    session.talk.say(f"afterwards, with it online: cypher-shell -f {folder / CONSTRAINTS_FILE}")


def kept_file(folder: Path, as_of: date | None, command: str) -> Path:
    """The file of what a command kept of a day, or of the last one.

    Raises
    ------
    DataError: there is none.
    """
    kept = kept_days(folder)
    wanted = [path for path in kept if as_of is None or path.stem == scores_name(as_of)]
    if not wanted:
        there = ", ".join(path.stem for path in kept) or "none"
        raise DataError(
            f"{folder} keeps nothing of {as_of or 'any day'}", f"one of {there}", f"run {command}"
        )
    return wanted[-1]


def _counts(picture: GraphTables) -> list[tuple[str, str, object]]:
    nodes = [("nodes", table.label, table.rows.num_rows) for table in picture.nodes]
    links = [("links", table.type, table.rows.num_rows) for table in picture.edges]
    return [*nodes, *links]


def _held_rows(held: StoredCounts) -> list[tuple[str, str, object]]:
    parts = (("nodes", held.nodes), ("links", held.links))
    rows: list[tuple[str, str, object]] = [
        (part, n, count) for part, found in parts for n, count in found.items()
    ]
    return [
        *rows,
        *(("score", n, None) for n in held.scores),
        *(("constraint", n, None) for n in held.constraints),
    ]


def _listed(held: StoredCounts) -> list[str]:
    return [
        f"{part} {name}" + (f": {count:,}" if isinstance(count, int) else "")
        for part, name, count in _held_rows(held)
    ]


def tell(session: Session, verb: str, rows: list[tuple[str, str, object]], dry_run: bool) -> None:
    """Print what was written, or what would be."""
    if session.as_json:
        names = ("part", "name", "count")
        print_json(envelope(verb, [dict(zip(names, row, strict=True)) for row in rows], dry_run=dry_run))
        return
    show_table(("part", "name", "count"), rows)
    session.talk.say("nothing was written (--dry-run)" if dry_run else "done")
