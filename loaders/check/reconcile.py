"""What no cell shows by itself: rows that contradict one another, links to nobody, and rows given twice."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from supplyrisk.loaders.check.cell_rules import text_literal
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import FAULTS, KEY, count_of

_MEND = "remove the rows that do not hold"


def reconcile(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> None:
    """Make, per table, out_<name> (rows quarantined beyond bad cells) and again_<name> (duplicates).

    Order: bad cells, contradictions among the rows left, unknown references, duplicates among the rows left.
    So a repeat of a quarantined row is quarantined too.
    """
    for work in works.values():
        con.execute(f"CREATE TABLE out_{work.name} (src INTEGER, line BIGINT)")
        con.execute(f"CREATE TABLE again_{work.name} (src INTEGER, line BIGINT)")
        _conflicts(con, work)
        if work.name == "persons":
            _also_firms(con, work)
        if work.name in ("firms", "persons"):  # the first two, so that the others can look in them
            _known_ids(con, work)
    for name in {"firms", "persons"} - set(works):
        con.execute(f"CREATE TABLE ids_{name} (id VARCHAR, good BOOLEAN)")
    for work in works.values():
        for column, tables in work.table.refs.items():
            _unknown(con, work, column, tables)
        _duplicates(con, work)


def loaded_rows(work: TableWork) -> str:
    """SQL of the rows that are loaded: typed, not bad, not out, not again."""
    return f"SELECT * FROM {_left(work)} t ANTI JOIN again_{work.name} USING (src, line)"


def repeated_rows(con: duckdb.DuckDBPyConnection, work: TableWork) -> int:
    """Loaded rows that equal an earlier one in every cell of the file, where no key says that they are one row.

    They are kept, because each is one of its own. Columns that are left out tell rows apart here too.
    """
    if work.table.whole_row:
        return 0
    keyless = " AND ".join(f"NOT ({condition})" for _, condition in _keys(work))
    rows = f"SELECT * FROM ({loaded_rows(work)}) WHERE {keyless}"
    con.execute(f"CREATE OR REPLACE TEMP VIEW unkeyed AS {_with_left_out(work, rows)}")
    columns = ", ".join([work.columns, *(f"l{i}" for i in range(len(work.left_out)))])
    same = f"SELECT count(*) - 1 AS more FROM ({_lookalikes('unkeyed', columns)}) GROUP BY {columns}"
    return count_of(con, f"SELECT coalesce(sum(more), 0) FROM ({same})")


def _with_left_out(work: TableWork, rows: str) -> str:
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


def _left(work: TableWork) -> str:
    """SQL of the rows not yet refused."""
    rows = f"typed_{work.name} t ANTI JOIN out_{work.name} USING (src, line)"
    return f"(SELECT t.* EXCLUDE (bad) FROM {rows} WHERE NOT bad)"


def _lookalikes(rows: str, columns: str) -> str:
    """Rows whose hash of these columns is not theirs alone: few, so what follows may be exact and slow."""
    hashed = f"(SELECT *, hash({columns}) AS h FROM {rows})"
    several = f"SELECT h FROM {hashed} GROUP BY h HAVING count(*) > 1"
    return f"SELECT * EXCLUDE (h) FROM {hashed} WHERE h IN ({several})"


def _keys(work: TableWork) -> list[tuple[str, str]]:
    """Each key of the table as SQL columns, and the condition under which rows have it."""
    if work.table.whole_row:
        return [(work.columns, "true")]
    names = [work.table.key, ("row_id",) if "row_id" in work.table.names else ()]
    keys = [[work.field(name).sql for name in key] for key in names if key]
    # Undated data may leave a key's day out, and rows without it are nobody's repeat.
    return [(", ".join(key), " AND ".join(f"{column} IS NOT NULL" for column in key)) for key in keys]


def _conflicts(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    if work.table.whole_row:
        return
    for place, (key, condition) in enumerate(_keys(work)):
        names = [f for f in work.fields if f.sql in key.split(", ")]
        rows = f"conflict_{work.name}_{place}"
        con.execute(
            f"CREATE TABLE {rows}_same AS {_lookalikes(f'(FROM {_left(work)} WHERE {condition})', key)}"
        )
        different = f"(SELECT DISTINCT {work.columns} FROM {rows}_same)"
        torn = f"SELECT {key} FROM {different} GROUP BY {key} HAVING count(*) > 1"
        on = " AND ".join(f"s.{f.sql} IS NOT DISTINCT FROM k.{f.sql}" for f in names)
        con.execute(f"CREATE TABLE {rows} AS SELECT s.src, s.line FROM {rows}_same s JOIN ({torn}) k ON {on}")
        shown = ", ".join(f"w.{f.sql}" for f in names)
        said = " and ".join(f.name for f in names)
        accepted = f"one row per {said}: several differ in other columns"
        _record(con, work, rows, (KEY - place, "conflict", f"concat_ws(', ', {shown})", accepted, _MEND))
        con.execute(f"INSERT INTO out_{work.name} SELECT src, line FROM {rows}")


def _also_firms(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    field = work.fields[0]
    firms = f"SEMI JOIN (FROM ids_firms WHERE good) i ON {field.sql} = i.id"
    con.execute(f"CREATE TABLE both_kinds AS SELECT src, line FROM {_left(work)} {firms}")
    accepted = "an id that is not a firm's in firms too"
    _record(
        con,
        work,
        "both_kinds",
        (field.position, "person_is_firm", f"w.{field.sql}", accepted, "rename the person"),
    )
    con.execute(f"INSERT INTO out_{work.name} SELECT src, line FROM both_kinds")


def _known_ids(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    """ids_<name>: each id that the file names, and whether a good row has it."""
    key = work.fields[0].sql
    con.execute(
        f"CREATE TABLE ids_{work.name} AS SELECT id, bool_or(good) AS good FROM ("
        f"SELECT {key} AS id, true AS good FROM {_left(work)} UNION ALL "
        f"SELECT {key}, false FROM typed_{work.name} WHERE {key} IS NOT NULL) GROUP BY id"
    )


def _unknown(con: duckdb.DuckDBPyConnection, work: TableWork, column: str, tables: tuple[str, ...]) -> None:
    """Ids that no good row of these tables has; a row with another bad cell is told about this one too."""
    field = work.field(column)
    known = " UNION ALL ".join(f"SELECT id FROM ids_{t} WHERE good" for t in tables)
    gone = " UNION ALL ".join(f"SELECT id FROM ids_{t} WHERE NOT good" for t in tables)
    rows = f"unknown_{work.name}_{field.position}"
    con.execute(
        f"CREATE TABLE {rows} AS SELECT src, line, {field.sql} IN ({gone}) AS gone, bad "
        f"FROM typed_{work.name} t ANTI JOIN ({known}) k ON t.{field.sql} = k.id "
        f"WHERE {field.sql} IS NOT NULL"
    )
    named = " or ".join(tables)
    for gone_too, remedy in (
        (False, f"add it to {named}, or mend the id"),
        (True, f"its own row in {named} is in quarantine: mend that first"),
    ):
        some = f"(SELECT * FROM {rows} WHERE gone = {gone_too})"
        _record(
            con, work, some, (field.position, "unknown", f"w.{field.sql}", f"an id that {named} has", remedy)
        )
    con.execute(
        f"INSERT INTO out_{work.name} SELECT r.src, r.line FROM {rows} r "
        f"ANTI JOIN out_{work.name} o USING (src, line) WHERE NOT bad"
    )


def _record(
    con: duckdb.DuckDBPyConnection, work: TableWork, rows: str, fault: tuple[int, str, str, str, str]
) -> None:
    position, rule, value, accepted, remedy = fault
    texts = [text_literal(t) for t in (accepted, remedy)]
    con.execute(
        f"INSERT INTO {FAULTS} SELECT {work.number}, r.src, r.line, {position}, {text_literal(rule)}, "
        f"{value}, {texts[0]}, {texts[1]} FROM {rows} r JOIN shown_{work.name} w USING (src, line)"
    )


def _duplicates(con: duckdb.DuckDBPyConnection, work: TableWork) -> None:
    """All but the first of the rows with one key: after the contradictions are gone they are equal."""
    for place, (key, condition) in enumerate(_keys(work)):
        if work.table.whole_row:
            same = _lookalikes(f"(FROM {_left(work)} WHERE {condition})", key)
        else:  # no other row shares a key with one
            same = (
                f"SELECT * FROM conflict_{work.name}_{place}_same ANTI JOIN out_{work.name} USING (src, line)"
            )
        nth = f"row_number() OVER (PARTITION BY {key} ORDER BY src, line)"
        con.execute(f"INSERT INTO again_{work.name} SELECT src, line FROM ({same}) QUALIFY {nth} > 1")


def is_key(position: int) -> bool:
    """Whether a fault's position stands for a key."""
    return position <= KEY


def key_names(work: TableWork, position: int) -> list[str]:
    """The columns of the key that a fault's position stands for."""
    key = _keys(work)[KEY - position][0].split(", ")
    return [f.name for f in work.fields if f.sql in key]
