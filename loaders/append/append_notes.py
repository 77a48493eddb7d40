"""Notes on appended rows: those that change earlier snapshots, those that may be repeated, and unseen corrections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import duckdb

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.snapshot.outcome import OBSERVATION_TABLES
from supplyrisk.loaders.append.stored_rows import Append, is_keyed, own_day
from supplyrisk.loaders.check.load_notes import several
from supplyrisk.loaders.check.reconcile import loaded_rows
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import scalar_count


def append_notes(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], append: Append | None
) -> list[str]:
    """Return the notes on an append; none on a load that replaces the data."""
    if append is None:
        return []
    last_stored = append.last_stored
    last = _last_day(con, works, last_stored)
    notes = []
    for work in works.values():
        notes += _repeated_files(work)
        notes += _dated_corrections(con, work, append)
        notes += _late_rows(con, work, last_stored)
        notes += _equal_rows(con, work)
        notes += _unseen_corrections(con, work, last)
    return notes


def _repeated_files(work: TableWork) -> list[str]:
    """Note files that were loaded before: their rows without a key would count twice."""
    if work.table.key or work.table.whole_row:
        return []
    notes = []
    rows = f"rows without {_identity(work)}"
    # of a file with rows in quarantine, the data have the others only
    for which, is_incomplete in ((rows, False), (f"{rows} that were not in quarantine then", True)):
        repeated = (s for s in work.sources if s.repeated and s.incomplete == is_incomplete)
        files = [source.source.name for source in repeated]
        if files:
            notes.append(f"{several(files)}: loaded before, byte for byte; {which} are duplicates")
    return notes


def _dated_corrections(con: duckdb.DuckDBPyConnection, work: TableWork, append: Append) -> list[str]:
    """Note corrections that count from the last day of the folder, since neither they nor the user state a day."""
    if work.known_on is None or append.day is None or not append.is_last_day:
        return []
    stating = [s.number for s in work.sources if work.known_on.name in s.binding.origins]
    query = f"SELECT count(*) FROM ({loaded_rows(work)}) WHERE NOT list_contains({stating}::INTEGER[], src)"
    count = con.execute(f"{query} AND {work.known_on.sql} = $day", {"day": append.day}).fetchall()[0][0]
    if not count:
        return []
    return [
        f"{work.name}: {_counted(count, 'correction')} without a day of its own: known on {append.day}, the last day "
        "of the folder's rows; --known-on states another day"
    ]


def _late_rows(con: duckdb.DuckDBPyConnection, work: TableWork, last_stored: date | None) -> list[str]:
    """Note new rows of days that the data covered already: snapshots of these days change."""
    if work.table.day is None or last_stored is None or work.known_on is None:
        return []
    late = f"{own_day(work)} <= $last AND n.{work.known_on.sql} IS NULL"
    query = f"SELECT count(*) FROM ({loaded_rows(work)}) n WHERE {late}"
    count = con.execute(query, {"last": last_stored}).fetchall()[0][0]
    if not count:
        return []
    return [
        f"{work.name}: {_counted(count, 'new row')} on days up to {last_stored}, the last day of the data before; "
        "snapshots of these days change, unless known_on states a later day"
    ]


def _equal_rows(con: duckdb.DuckDBPyConnection, work: TableWork) -> list[str]:
    """Note appended rows without a key that equal a stored one: they may be the same trade in two exports."""
    if not work.stored or not is_keyed(work):
        return []
    # in undated data, a row may lack the day of its key
    keyless = " OR ".join(f"n.{f.sql} IS NULL" for f in work.identity)
    same = " AND ".join(f"n.{f.sql} IS NOT DISTINCT FROM s.{f.sql}" for f in work.fields)
    count = scalar_count(
        con,
        f"SELECT count(*) FROM ({loaded_rows(work)}) n SEMI JOIN stored_{work.name} s ON {same} WHERE {keyless}",
    )
    if not count:
        return []
    return [
        f"{work.name}: kept {_counted(count, 'row')} without {_identity(work)} equal to one that the workspace has; "
        f"append only what is new, or fill in {_identity(work)}, where they are the same"
    ]


def _unseen_corrections(con: duckdb.DuckDBPyConnection, work: TableWork, last: date | None) -> list[str]:
    """Note corrections that are known after the last day of the data, so that its snapshot does not show them."""
    if work.known_on is None or last is None:
        return []
    known_on = work.known_on.sql
    query = f"SELECT count(*), min({known_on}) FROM ({loaded_rows(work)}) WHERE {known_on} > $last"
    count, first = con.execute(query, {"last": last}).fetchall()[0]
    if not count:
        return []
    return [
        f"{work.name}: {_counted(count, 'row')} known from {first} on, after {last}, the last day of the data: "
        "not in the graph and scores of that day"
    ]


def _last_day(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], last_stored: date | None
) -> date | None:
    """Return the last day of the data, stored and appended; None where no observation has a day."""
    days = [last_stored]
    for name in OBSERVATION_TABLES:
        if name in works:
            day = works[name].field(TABLES[name].day or "").sql
            days += con.execute(f"SELECT max({day}) FROM ({loaded_rows(works[name])})").fetchall()[0]
    return max((day for day in days if day), default=None)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def _identity(work: TableWork) -> str:
    return " and ".join(f.name for f in work.identity)
