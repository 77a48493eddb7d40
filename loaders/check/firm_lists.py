"""Firms in no list of firms: those with rows of their own (firms_from), and partners of others (partners = "add").

Their rows in typed_firms have the sources LISTED and UNLISTED, which are no files: no count of a file's rows has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.append.stored_data import StoredData
from supplyrisk.loaders.append.stored_rows import replace_unlisted
from supplyrisk.loaders.check.cell_rules import sql_type
from supplyrisk.loaders.check.remaining_rows import remaining_rows
from supplyrisk.loaders.check.typed_rows import TableWork, table_fields
from supplyrisk.loaders.mappings.mapping import UNLISTED_COLUMN
from supplyrisk.loaders.mappings.mapping import Mapping as DataMapping

LISTED = -1
UNLISTED = -2
KNOWN_IDS = "known_ids"
"""Table of all ids in the lists of firms and persons, before unlisted firms are added."""
_NO_IDS = "SELECT NULL::VARCHAR AS id WHERE false"


def good_ids(table: str) -> str:
    """Return the SQL of the ids in a list of firms or persons: of good rows, and of those that the workspace holds."""
    return f"SELECT id FROM ids_{table} WHERE good UNION ALL SELECT id FROM stored_ids_{table}"


def with_firms(
    con: duckdb.DuckDBPyConnection, works: dict[str, TableWork], stored: StoredData | None = None
) -> dict[str, TableWork]:
    """Return the tables with one of firms, which is empty where no file lists any.

    stored: the data that the rows are appended to.
    """
    if "firms" in works:
        return works
    table = TABLES["firms"]
    before = stored.tables.get("firms") if stored else None
    fields = table_fields(table, (), before, has_versions=stored is not None)
    columns = ", ".join(f"{field.sql} {sql_type(field.kind)}" for field in fields)
    con.execute(
        f"CREATE TABLE typed_firms (src INTEGER, line BIGINT, {columns}, bad BOOLEAN, blanked BOOLEAN)"
    )
    con.execute("CREATE VIEW shown_firms AS SELECT * EXCLUDE (bad, blanked) FROM typed_firms")
    return {"firms": TableWork(table, list(TABLES).index("firms"), fields, (), before), **works}


def add_listed(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], mapping: DataMapping) -> None:
    """Add the firms of firms_from: ids of good rows that no file of firms has. Needs ids_firms."""
    columns = [*_own_tables(works, mapping), *_own_columns(works)]
    ids = " UNION ALL ".join(columns) or _NO_IDS
    stored = "SELECT id FROM stored_ids_firms WHERE NOT unlisted"
    new = f"({ids}) ANTI JOIN ids_firms USING (id) ANTI JOIN ({stored}) USING (id)"
    _add(con, works, f"SELECT DISTINCT id FROM {new}", LISTED)
    replace_unlisted(
        con, works["firms"], f"SELECT {works['firms'].fields[0].sql} FROM typed_firms WHERE src = {LISTED}"
    )


def add_unlisted(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> None:
    """Add every firm that rows name and that is in no list of firms or persons. Needs ids_firms and ids_persons.

    Rows that another reference keeps out, such as one to a firm whose own row is in quarantine, add none.
    """
    lists = " UNION ".join(
        f"SELECT id FROM {kind}_{table}" for kind in ("ids", "stored_ids") for table in ("firms", "persons")
    )
    con.execute(f"CREATE TABLE {KNOWN_IDS} AS {lists}")
    names = []
    for work in works.values():
        blocked = " OR ".join(_blocked(work, column, tables) for column, tables in work.table.refs.items())
        names += [
            f"SELECT {column} AS id FROM {remaining_rows(work)} WHERE {column} IS NOT NULL AND NOT ({blocked})"
            for column in (work.field(name).sql for name in work.table.refs)
        ]
    ids = " UNION ALL ".join(names) or _NO_IDS
    _add(con, works, f"SELECT DISTINCT id FROM ({ids}) ANTI JOIN {KNOWN_IDS} USING (id)", UNLISTED)


def _own_tables(works: Mapping[str, TableWork], mapping: DataMapping) -> Iterator[str]:
    """Yield the SQL of the ids in the tables that the mapping lists under firms_from."""
    for name in mapping.firms_from:
        if name in works:
            yield _ids(works[name], "firm_id", "true")


def _own_columns(works: Mapping[str, TableWork]) -> Iterator[str]:
    """Yield the SQL of the ids in the columns that sources list under firms_from."""
    for work in works.values():
        for column in work.table.refs:
            sources = [s.number for s in work.sources if column in s.source.map.firms_from]
            if sources:
                yield _ids(work, column, f"src IN ({', '.join(map(str, sources))})")


def _ids(work: TableWork, column: str, condition: str) -> str:
    text = work.field(column).sql
    return f"SELECT {text} AS id FROM typed_{work.name} WHERE NOT bad AND {text} IS NOT NULL AND {condition}"


def _blocked(work: TableWork, column: str, tables: tuple[str, ...]) -> str:
    """Return the SQL of whether a row's reference to one of these tables keeps the row out."""
    field = work.field(column)
    good = " UNION ALL ".join(map(good_ids, tables))
    unusable = f"SELECT id FROM {KNOWN_IDS} ANTI JOIN ({good}) USING (id)"
    # a reference that the mapping empties keeps no row out
    kept = f" AND NOT list_contains({work.blanking(field)}, src)" if work.blanking(field) else ""
    return f"(coalesce({field.sql} IN ({unusable}), false){kept})"


def _add(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], ids: str, source: int) -> None:
    """Add firms to typed_firms and ids_firms; ids: SQL of their ids."""
    work = works["firms"]
    firm = work.fields[0].sql
    mark = f", true AS {work.field(UNLISTED_COLUMN).sql}" if source == UNLISTED else ""
    con.execute(
        f"INSERT INTO typed_firms BY NAME SELECT {source} AS src, row_number() OVER (ORDER BY id) AS line, "
        f"id AS {firm}, false AS bad, false AS blanked{mark} FROM ({ids})"
    )
    con.execute(f"INSERT INTO ids_firms SELECT {firm}, true FROM typed_firms WHERE src = {source}")
