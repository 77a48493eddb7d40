"""Checks across rows: rows that contradict each other, references to unknown ids, and duplicates."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from supplyrisk.loaders.append.stored_data import STORED
from supplyrisk.loaders.append.stored_rows import Append, add_stored_rows, create_stored_ids, restore_unlisted
from supplyrisk.loaders.check.both_ends import join_both_ends
from supplyrisk.loaders.check.cell_rules import BLANKED_INSTEAD
from supplyrisk.loaders.check.firm_lists import KNOWN_IDS, add_listed, add_unlisted, good_ids
from supplyrisk.loaders.check.remaining_rows import remaining_rows
from supplyrisk.loaders.check.row_faults import RowFault, record_fault
from supplyrisk.loaders.check.superseded_rows import mark_superseded_rows, unsuperseded_rows
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.mappings.mapping import Mapping as DataMapping
from supplyrisk.loaders.mappings.source_faults import may_be_blanked
from supplyrisk.loaders.read.ingest import KEY, scalar_count

_REMOVE_WRONG_ROWS = (
    "keep the row that is right and remove the others, or state in known_on when each became known; in a mapping, "
    'on_conflict = "last" takes the last one, and group adds them up'
)
_STATE_DAY = (
    "correct the row, or state the day on which the correction became known, in known_on or as --known-on"
)


def reconcile(
    con: duckdb.DuckDBPyConnection,
    works: Mapping[str, TableWork],
    mapping: DataMapping,
    append: Append | None = None,
) -> None:
    """Create, per table, out_<name> (rows quarantined for other reasons than bad cells) and again_<name> (duplicates).

    Order: bad cells, contradictions among the remaining rows, unknown references, duplicates among the remaining rows.
    So a repetition of a quarantined row is quarantined, too. Firms that the mapping adds are added before references
    are looked up.

    Parameters
    ----------
    append: the data that the rows are appended to. Stored rows that share a key with a row are in typed_<name>, too;
        none of them is ever quarantined.
    """
    create_stored_ids(con, append)
    # a table without files has no ids
    for name in {"firms", "persons"} - set(works):
        con.execute(f"CREATE TABLE ids_{name} (id VARCHAR, good BOOLEAN)")
    for work in works.values():
        con.execute(f"CREATE TABLE out_{work.name} (src INTEGER, line BIGINT)")
        con.execute(f"CREATE TABLE again_{work.name} (src INTEGER, line BIGINT)")
        mark_superseded_rows(con, work, _keys(work))
        if append and work.stored:
            add_stored_rows(con, work, append.day)
        _conflicts(con, work)
        if work.name == "persons":
            _also_firms(con, work)
        if work.name == "firms" and append:
            _also_persons(con, work)
            restore_unlisted(con, work)
        # the first two tables of the contract: references of all others are looked up in them
        if work.name in ("firms", "persons"):
            _known_ids(con, work)
        if work.name == "firms" and mapping.lists_firms:
            # before persons, whose ids must not be a firm's, and before rows of trades are compared
            add_listed(con, works, mapping)
            join_both_ends(con, works)
    if mapping.partners:
        add_unlisted(con, works)
    for work in works.values():
        for column, tables in work.table.refs.items():
            _unknown(con, work, column, tables, mapping.partners)
        _duplicates(con, work)


def loaded_rows(work: TableWork) -> str:
    """Return the SQL of the rows that are loaded: without bad cells, not in out_<name>, not in again_<name>."""
    new = f" WHERE src <> {STORED}" if work.stored else ""
    return f"SELECT * FROM {remaining_rows(work)} t ANTI JOIN again_{work.name} USING (src, line){new}"


def repeated_rows(con: duckdb.DuckDBPyConnection, work: TableWork) -> int:
    """Count loaded rows that equal an earlier one in every cell of the file and have no key.

    They are kept: without a key, equal rows may be two facts. Columns that are left out distinguish rows here, too.
    """
    if work.table.whole_row:
        return 0
    keyless = " AND ".join(f"NOT ({condition})" for _, condition in _keys(work)) or "true"
    rows = f"SELECT * FROM ({loaded_rows(work)}) WHERE {keyless}"
    con.execute(f"CREATE OR REPLACE TEMP VIEW unkeyed AS {_with_left_out(work, rows)}")
    columns = ", ".join([work.columns, *(f"l{i}" for i in range(len(work.left_out)))])
    same = f"SELECT count(*) - 1 AS more FROM ({_lookalikes('unkeyed', columns)}) GROUP BY {columns}"
    return scalar_count(con, f"SELECT coalesce(sum(more), 0) FROM ({same})")


def _with_left_out(work: TableWork, rows: str) -> str:
    """Return the SQL of rows with the texts of the columns that are left out, as l0, l1, ..."""
    if not work.left_out:
        return rows
    selects = []
    for source in work.sources:
        cells = [
            f"{source.column(name) if name in source.binding.header else 'NULL'} AS l{i}"
            for i, name in enumerate(work.left_out)
        ]
        selects.append(f"SELECT {source.number} AS src, line, {', '.join(cells)} FROM raw_{source.number}")
    return f"SELECT * FROM ({rows}) JOIN ({' UNION ALL '.join(selects)}) USING (src, line)"


def _lookalikes(rows: str, columns: str) -> str:
    """Return the SQL of rows that share the hash of some columns: few, so what follows may be exact and slow."""
    hashed = f"(SELECT *, hash({columns}) AS h FROM {rows})"
    several = f"SELECT h FROM {hashed} GROUP BY h HAVING count(*) > 1"
    return f"SELECT * EXCLUDE (h) FROM {hashed} WHERE h IN ({several})"


def _keys(work: TableWork) -> list[tuple[str, str]]:
    """Return each key of the table as SQL columns, with the condition under which a row has it.

    Versions of a row differ in the day on which they became known.
    """
    version = [work.known_on.sql] if work.known_on else []
    if work.table.whole_row:
        return [(", ".join([*(f.sql for f in work.identity), *version]), "true")]
    names = [work.table.key, ("row_id",) if "row_id" in work.table.names else ()]
    keys = [[work.field(name).sql for name in key] for key in names if key]
    # in undated data a key's day may be empty; rows without it repeat no other
    return [
        (", ".join([*key, *version]), " AND ".join(f"{column} IS NOT NULL" for column in key)) for key in keys
    ]


def _conflicts(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    """Quarantine all rows that share a key and differ in other columns: none of them can be called right."""
    if work.table.whole_row and not work.void:
        return
    for place, (key, condition) in enumerate(_keys(work)):
        fields = [f for f in work.fields if f.sql in key.split(", ")]
        rows = f"conflict_{work.name}_{place}"
        with_key = f"(FROM {remaining_rows(work)} WHERE {condition})"
        # kept as a table: `_duplicates` reads it, too
        con.execute(f"CREATE TABLE {rows}_same AS {_lookalikes(with_key, key)}")
        distinct = f"(SELECT DISTINCT {work.columns} FROM {rows}_same)"
        conflicting = f"SELECT {key} FROM {distinct} GROUP BY {key} HAVING count(*) > 1"
        on = " AND ".join(f"s.{f.sql} IS NOT DISTINCT FROM k.{f.sql}" for f in fields)
        con.execute(
            f"CREATE TABLE {rows} AS SELECT s.src, s.line FROM {rows}_same s JOIN ({conflicting}) k ON {on}"
        )
        names = " and ".join(f.name for f in fields)
        values = ", ".join(f"w.{f.sql}" for f in fields)
        fault = RowFault(
            position=KEY - place,
            rule="conflict",
            value_sql=f"concat_ws(', ', {values})",
            accepted=f"one row per {names}; several rows with this value differ in other columns",
            remedy=_STATE_DAY if work.stored else _REMOVE_WRONG_ROWS,
        )
        record_fault(con, work, rows, fault)
        con.execute(f"INSERT INTO out_{work.name} SELECT src, line FROM {rows} WHERE src <> {STORED}")


def _also_firms(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    """Quarantine persons whose id is a firm's: relations could not tell which of them they mean."""
    fault = RowFault(
        position=work.fields[0].position,
        rule="person_is_firm",
        value_sql=f"w.{work.fields[0].sql}",
        accepted="an id that is not also in firms",
        remedy="give the person another id",
    )
    _of_both_kinds(con, work, good_ids("firms"), fault)


def _also_persons(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    """Quarantine appended firms whose id is that of a person whom the workspace holds."""
    fault = RowFault(
        position=work.fields[0].position,
        rule="firm_is_person",
        value_sql=f"w.{work.fields[0].sql}",
        accepted="an id that is not also in the persons of the workspace",
        remedy="give the firm another id",
    )
    _of_both_kinds(con, work, "FROM stored_ids_persons", fault)


def _of_both_kinds(con: duckdb.DuckDBPyConnection, work: TableWork, ids: str, fault: RowFault) -> None:
    """Quarantine rows whose id is one of the other kind; ids: a query of these, as id."""
    rows = f"both_kinds_{work.name}"
    con.execute(
        f"CREATE TABLE {rows} AS SELECT src, line FROM {remaining_rows(work)} "
        f"SEMI JOIN ({ids}) i ON {work.fields[0].sql} = i.id"
    )
    record_fault(con, work, rows, fault)
    con.execute(f"INSERT INTO out_{work.name} SELECT src, line FROM {rows}")


def _known_ids(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    """Create ids_<name>: every id in the files, and whether a row that is not quarantined has it."""
    key = work.fields[0].sql
    con.execute(
        f"CREATE TABLE ids_{work.name} AS SELECT id, bool_or(good) AS good FROM ("
        f"SELECT {key} AS id, true AS good FROM {remaining_rows(work)} UNION ALL "
        f"SELECT {key}, false FROM typed_{work.name} WHERE {key} IS NOT NULL) GROUP BY id"
    )


def _unknown(
    con: duckdb.DuckDBPyConnection,
    work: TableWork,
    column: str,
    tables: tuple[str, ...],
    partners: str | None,
) -> None:
    """Quarantine rows whose reference no good row of these tables has.

    Rows that are bad already get the fault recorded as well, so that a user sees all faults of a row at once. Where
    partners are added, an id that no list has is no fault of a bad row either.
    """
    field = work.field(column)
    known = " UNION ALL ".join(map(good_ids, tables))
    quarantined = " UNION ALL ".join(f"SELECT id FROM ids_{t} WHERE NOT good" for t in tables)
    rows = f"unknown_{work.name}_{field.position}"
    listed = f"SEMI JOIN {KNOWN_IDS} l ON t.{field.sql} = l.id" if partners else ""
    con.execute(
        f"CREATE TABLE {rows} AS SELECT src, line, {field.sql} IN ({quarantined}) AS quarantined, bad "
        f"FROM (FROM {unsuperseded_rows(work)} t {listed}) t ANTI JOIN ({known}) k ON t.{field.sql} = k.id "
        f"WHERE {field.sql} IS NOT NULL"
    )
    names = " or ".join(tables)
    blanking = work.blanking(field)
    second_way = "" if blanking or not may_be_blanked(work.table, column) else BLANKED_INSTEAD
    for is_quarantined, remedy in (
        (False, f"add it to {names}, correct the id, or {_key_that_adds(work)} in the mapping{second_way}"),
        (True, f"its row in {names} is in quarantine: correct that row first"),
    ):
        fault = RowFault(
            position=field.position,
            rule="unknown",
            value_sql=f"w.{field.sql}",
            accepted=f"an id that is in {names}",
            remedy=remedy,
        )
        record_fault(con, work, f"(SELECT * FROM {rows} WHERE quarantined = {is_quarantined})", fault)
    if blanking:
        in_blanking = f"list_contains({blanking}, src)"
        con.execute(
            f"UPDATE typed_{work.name} t SET {field.sql} = NULL, blanked = true FROM {rows} r "
            f"WHERE t.src = r.src AND t.line = r.line AND list_contains({blanking}, r.src)"
        )
        con.execute(f"DELETE FROM {rows} WHERE {in_blanking}")
    # a row may have two unknown references, and is quarantined once
    con.execute(
        f"INSERT INTO out_{work.name} SELECT r.src, r.line FROM {rows} r "
        f"ANTI JOIN out_{work.name} o USING (src, line) WHERE NOT bad"
    )


def _key_that_adds(work: TableWork) -> str:
    """Return the key of a mapping by which firms that a table names become known."""
    if "firm_id" in work.table.refs:
        return f"list {work.name} under firms_from"
    return 'set partners = "add"'


def _duplicates(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    """Mark all but the first of the rows that share a key; without the contradictions, such rows are equal."""
    for place, (key, condition) in enumerate(_keys(work)):
        if work.table.whole_row and not work.void:
            # no conflicts are possible, so the rows that look alike have not been selected yet
            same = _lookalikes(f"(FROM {remaining_rows(work)} WHERE {condition})", key)
        else:
            same = (
                f"SELECT * FROM conflict_{work.name}_{place}_same ANTI JOIN out_{work.name} USING (src, line)"
            )
        # first by source and line: the same row stays, whatever the threads do
        rank = f"row_number() OVER (PARTITION BY {key} ORDER BY src, line)"
        con.execute(f"INSERT INTO again_{work.name} SELECT src, line FROM ({same}) QUALIFY {rank} > 1")
    if not work.table.whole_row:
        _keyless_duplicates(con, work)


def _keyless_duplicates(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    """Mark the rows without a key of files that were loaded before; those with a key are marked already.

    Of files that were loaded in part, only rows that equal a stored one were loaded.
    """
    keyless = " AND ".join(f"NOT ({condition})" for _, condition in _keys(work)) or "true"
    complete = [s.number for s in work.sources if s.repeated and not s.incomplete]
    if complete:
        con.execute(
            f"INSERT INTO again_{work.name} SELECT src, line FROM {remaining_rows(work)} "
            f"WHERE list_contains({complete}, src) AND {keyless}"
        )
    incomplete = [s.number for s in work.sources if s.incomplete]
    if incomplete and work.stored:
        rows = f"(FROM {remaining_rows(work)} WHERE list_contains({incomplete}, src) AND {keyless})"
        same = " AND ".join(f"n.{f.sql} IS NOT DISTINCT FROM s.{f.sql}" for f in work.fields)
        con.execute(
            f"INSERT INTO again_{work.name} SELECT n.src, n.line FROM {rows} n "
            f"SEMI JOIN (FROM stored_{work.name} WHERE {keyless}) s ON {same}"
        )


def is_key(position: int) -> bool:
    """Return whether a fault's position stands for a key."""
    return position <= KEY


def key_names(work: TableWork, position: int) -> list[str]:
    """Return the columns of the key that a fault's position stands for."""
    key = _keys(work)[KEY - position][0].split(", ")
    return [f.name for f in work.fields if f.sql in key]
