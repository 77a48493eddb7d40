"""The stored rows that appended rows may repeat or correct, in the working database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.schema.version_columns import KNOWN_UNTIL
from supplyrisk.graph.snapshot.outcome import OBSERVATION_TABLES, last_day_of
from supplyrisk.graph.workspace.tables import quoted
from supplyrisk.loaders.append.stored_data import STORED, StoredData, StoredTable
from supplyrisk.loaders.check.cell_rules import TableField, sql_type
from supplyrisk.loaders.check.remaining_rows import remaining_rows
from supplyrisk.loaders.check.row_faults import RowFault, record_fault
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.mappings.mapping import UNLISTED_COLUMN
from supplyrisk.loaders.read.ingest import KEY, scalar_count

REPLACED = "replaced_firms"
"""Table of the lines of stored firms that were only known as partners and are listed now."""


@dataclass(frozen=True)
class Append:
    """What rows are appended to, and when their corrections became known.

    Parameters
    ----------
    data: the data before.
    last_stored: the last day of these; None for undated data, and where no row has a day.
    day: the day on which corrections became known that do not state one; None: they must state it.
    is_last_day: whether that is the last day of the folder's rows, since nobody stated it.
    """

    data: StoredData
    last_stored: date | None
    day: date | None
    is_last_day: bool = False


def append_to(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], data: StoredData, known_on: date | None
) -> Append:
    """Return what the rows of a folder are appended to, with the day of its corrections.

    It is the day that is stated, or the last day of the folder's rows. Where that is not after the last day of the data
    before, corrections must state it: snapshots of the days between may have been scored already.
    """
    if data.info.undated:
        return Append(data, None, known_on)
    last_stored = last_day_of(data.source)
    days = [
        f"SELECT max({works[name].field(TABLES[name].day or '').sql}) AS day FROM typed_{name} WHERE NOT bad"
        for name in OBSERVATION_TABLES
        if name in works
    ]
    last = (
        con.execute(f"SELECT max(day) FROM ({' UNION ALL '.join(days)})").fetchall()[0][0] if days else None
    )
    is_later = last is not None and (last_stored is None or last > last_stored)
    return Append(data, last_stored, known_on or (last if is_later else None), known_on is None)


def create_stored_ids(con: duckdb.DuckDBPyConnection, append: Append | None) -> None:
    """Create the views stored_ids_firms and stored_ids_persons, which are empty where nothing is stored.

    Both have the ids; that of firms also has whether a firm is only known because others named it.
    """
    tables = append.data.tables if append else {}
    for name in ("firms", "persons"):
        stored = tables.get(name)
        rows = (
            f"{quoted(TABLES[name].key[0])} AS id, {_is_unlisted(stored)} AS unlisted FROM {stored.sql}"
            if stored
            else None
        )
        empty = "CAST(NULL AS VARCHAR) AS id, false AS unlisted WHERE false"
        con.execute(f"CREATE VIEW stored_ids_{name} AS SELECT {rows or empty}")


def _is_unlisted(stored: StoredTable) -> str:
    """Return the SQL of whether a stored firm has been added as a partner of others: its row says nothing else."""
    if UNLISTED_COLUMN not in stored.columns:
        return "false"
    others = stored.columns - {UNLISTED_COLUMN, TABLES["firms"].key[0]}
    return " AND ".join(
        [f"coalesce({UNLISTED_COLUMN}, false)", *(f"{quoted(n)} IS NULL" for n in sorted(others))]
    )


def replace_unlisted(con: duckdb.DuckDBPyConnection, work: TableWork, ids: str) -> None:
    """Remove stored firms from the data that were added as partners, and are listed now; ids: SQL of the listed ones.

    Their rows are no facts of a source that could be corrected: one load of all folders would not have added them.
    """
    if not work.stored:
        return
    unlisted = f"SELECT file_row_number AS line FROM {work.stored.sql} WHERE {_is_unlisted(work.stored)}"
    firm = quoted(work.table.key[0])
    con.execute(f"INSERT INTO {REPLACED} {unlisted} AND {firm} IN ({ids})")


def restore_unlisted(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    """Leave stored firms in the data whose appended rows are all in quarantine: others may refer to them.

    work: firms, after `add_stored_rows` and all checks that quarantine rows.
    """
    if not work.stored:
        return
    firm = work.table.key[0]
    listed = f"SELECT {work.field(firm).sql} FROM {remaining_rows(work)} WHERE src <> {STORED}"
    con.execute(
        f"DELETE FROM {REPLACED} WHERE line NOT IN (SELECT file_row_number FROM {work.stored.sql} "
        f"WHERE {quoted(firm)} IN ({listed}))"
    )


def add_stored_rows(con: duckdb.DuckDBPyConnection, work: TableWork, day: date | None) -> None:
    """Add the stored rows that share a key with an appended one to typed_<name>, and date the corrections.

    Creates stored_<name> (view of all stored rows: src, line, v0, ..., known_until) and same_key_<name> (those that
    share a key with an appended row).

    An appended row that states no day of its own, although a stored row has its key, gets the day of the version that
    it repeats, else the day of the corrections.

    Parameters
    ----------
    work: a table with stored rows, after the checks of cells.
    day: the day on which corrections became known that do not state one.
    """
    condition = " AND ".join(f"{f.sql} IS NOT NULL" for f in work.identity) if is_keyed(work) else "true"
    identity = ", ".join(f.sql for f in work.identity)
    new_keys = f"SELECT DISTINCT {identity} FROM {remaining_rows(work)} WHERE {condition}"
    replaced = ""
    if work.name == "firms":
        con.execute(f"CREATE TABLE {REPLACED} (line BIGINT)")
        replace_unlisted(con, work, new_keys)
        replaced = f" ANTI JOIN {REPLACED} USING (line)"
    con.execute(f"CREATE VIEW stored_{work.name} AS FROM ({_stored_rows(work)}){replaced}")
    con.execute(
        f"CREATE TABLE same_key_{work.name} AS SELECT s.* FROM stored_{work.name} s "
        f"SEMI JOIN ({new_keys}) k ON {_same(work.identity, 's', 'k')}"
    )
    if scalar_count(con, f"SELECT count(*) FROM same_key_{work.name}"):
        _date_corrections(con, work, day)
        _quarantine_parts(con, work)
        con.execute(
            f"INSERT INTO typed_{work.name} BY NAME "
            f"SELECT * EXCLUDE ({KNOWN_UNTIL}), false AS bad, false AS blanked FROM same_key_{work.name}"
        )


def is_keyed(work: TableWork) -> bool:
    """Return whether a key identifies rows, so that other columns can be corrected."""
    return not work.table.whole_row


def _stored_rows(work: TableWork) -> str:
    """Return the SQL of the stored rows with the names of the working database; columns they lack are NULL."""
    stored = work.stored
    if stored is None:
        raise ValueError(f"{work.name} has no stored rows")
    cells = ", ".join(
        f"CAST({quoted(f.name) if f.name in stored.columns else 'NULL'} AS {sql_type(f.kind)}) AS {f.sql}"
        for f in work.fields
    )
    until = KNOWN_UNTIL if stored.versioned else f"CAST(NULL AS DATE) AS {KNOWN_UNTIL}"
    return f"SELECT {STORED} AS src, file_row_number AS line, {cells}, {until} FROM {stored.sql}"


def _same(fields: tuple[TableField, ...], left: str, right: str) -> str:
    """Return the SQL condition that two rows have equal cells."""
    return " AND ".join(f"{left}.{f.sql} IS NOT DISTINCT FROM {right}.{f.sql}" for f in fields)


def _date_corrections(con: duckdb.DuckDBPyConnection, work: TableWork, day: date | None) -> None:
    """Fill known_on of appended rows without it that repeat or correct a version that was known then.

    A row of a file that was loaded before repeats any version with its cells: it is that version, and not a return to
    it. So a folder that gets more files is appended again without undoing the corrections in its later files.
    """
    if work.known_on is None:
        return
    known_on = work.known_on.sql
    con.execute("SET VARIABLE correction_day = ?", [day])
    default_day = "CAST(getvariable('correction_day') AS DATE)"
    identity = ", ".join(f.sql for f in work.identity)
    # in a file with known_on, an empty cell is the row's own day: it is compared with the version of that day alone
    stating = [s.number for s in work.sources if work.known_on.name in s.binding.origins]
    was_known = f"{known_on} IS NULL OR coalesce({known_on} <= {default_day}, true)"
    last = (
        f"SELECT *, row_number() OVER (PARTITION BY {identity} ORDER BY {known_on} DESC NULLS LAST) AS place, "
        f"{known_on} IS NULL AS is_first FROM same_key_{work.name} WHERE {was_known}"
    )
    rest = tuple(f for f in work.fields if f is not work.known_on)
    repeats = [s.number for s in work.sources if s.repeated]
    # the first of such versions has no known_on
    version_day = f"CASE WHEN bool_and(c.{known_on} IS NOT NULL) THEN min(c.{known_on}) END"
    con.execute(
        f"CREATE TABLE again_dated_{work.name} AS SELECT n.src, n.line, {version_day} AS day "
        f"FROM {remaining_rows(work)} n JOIN same_key_{work.name} c ON {_same(work.identity, 'n', 'c')} "
        f"AND {_same(rest, 'n', 'c')} WHERE n.{known_on} IS NULL AND list_contains({repeats}::INTEGER[], n.src) "
        "GROUP BY ALL"
    )
    compared = f"CASE WHEN list_contains({stating}::INTEGER[], n.src) THEN c.is_first ELSE c.place = 1 END"
    is_usable = f"{default_day} > {own_day(work)}" if work.table.day else f"{default_day} IS NOT NULL"
    # a correction without a usable day gets that of the version it contradicts, and is a conflict
    is_undatable = f"{default_day} IS NULL OR NOT coalesce({is_usable}, true) OR {_has_other_ends(work)}"
    new_day = f"CASE WHEN {_same(rest, 'n', 'c')} OR {is_undatable} THEN c.{known_on} ELSE {default_day} END"
    con.execute(
        f"CREATE TABLE dated_{work.name} AS SELECT n.src, n.line, {new_day} AS day FROM {remaining_rows(work)} n "
        f"JOIN ({last}) c ON {_same(work.identity, 'n', 'c')} "
        f"ANTI JOIN again_dated_{work.name} a ON n.src = a.src AND n.line = a.line "
        f"WHERE n.{known_on} IS NULL AND {compared} UNION ALL FROM again_dated_{work.name}"
    )
    con.execute(
        f"UPDATE typed_{work.name} t SET {known_on} = d.day FROM dated_{work.name} d "
        "WHERE t.src = d.src AND t.line = d.line AND d.day IS NOT NULL"
    )


def _has_other_ends(work: TableWork) -> str:
    """Return the SQL of whether a trade, n, stands in the files of both firms, of which one was loaded before.

    Each file knows the other firm by an id of its own: the two rows are one trade if they are loaded together (see
    `join_both_ends`), and no correction of each other.
    """
    sources = [s.number for s in work.sources if s.source.map.firms_from]
    if work.name != "supplies" or not sources:
        return "false"
    ends = tuple(work.field(name) for name in ("supplier_id", "customer_id"))
    return f"(list_contains({sources}, n.src) AND NOT ({_same(ends, 'n', 'c')}))"


def own_day(work: TableWork) -> str:
    """Return the SQL of the day of an appended row, n."""
    names = ("published_on", "on") if work.name == "financials" else (work.table.day or "",)
    return f"coalesce({', '.join(f'n.{work.field(name).sql}' for name in names)})"


def _quarantine_parts(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    """Quarantine rows that would empty cells of the rows that they correct because their file lacks the columns."""
    if not is_keyed(work) or work.void is None:
        return
    for source in work.sources:
        binding = source.binding
        lacking = [f for f in work.facts if f.name not in binding.origins and f.name not in binding.extras]
        # all rows of a data set have its one currency, and a file of firms lists those that it does not mark
        lacking = [f for f in lacking if f.name not in ("currency", UNLISTED_COLUMN)]
        if not lacking:
            continue
        emptied = " OR ".join(f"c.{f.sql} IS NOT NULL" for f in lacking)
        names = " ".join(f"WHEN c.{f.sql} IS NOT NULL THEN {text_literal(f.name)}" for f in lacking)
        repeated = f"SELECT 1 FROM same_key_{work.name} e WHERE {_same(work.fields, 'n', 'e')}"
        rows = f"partial_{work.name}_{source.number}"
        con.execute(
            f"CREATE TABLE {rows} AS SELECT n.src, n.line, min(CASE {names} END) AS name "
            f"FROM {remaining_rows(work)} n JOIN same_key_{work.name} c ON {_same(work.identity, 'n', 'c')} "
            f"WHERE n.src = {source.number} AND n.{work.void.sql} IS NOT TRUE AND ({emptied}) "
            f"AND NOT EXISTS ({repeated}) GROUP BY ALL"
        )
        for (name,) in con.execute(f"SELECT DISTINCT name FROM {rows} ORDER BY 1").fetchall():
            fault = RowFault(
                position=KEY,
                rule="partial",
                value_sql=f"concat_ws(', ', {', '.join(f'w.{f.sql}' for f in work.identity)})",
                accepted=f"the whole row: the workspace has its {name}, which this file has no column for",
                remedy="add the column to the file, or leave the row out",
            )
            record_fault(con, work, f"(SELECT * FROM {rows} WHERE name = {text_literal(name)})", fault)
        con.execute(f"INSERT INTO out_{work.name} SELECT src, line FROM {rows}")
