"""Firms that people decided are one: their ids become one id in all tables, before references are checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import duckdb

from supplyrisk.loaders.append.stored_data import StoredData
from supplyrisk.loaders.check.appended_merges import check_appended_firms, firm_columns
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import scalar_count

MERGED_IDS = "merged_ids"
"""Table of the ids that become another one: old_id, firm_id."""


@dataclass(frozen=True)
class MergedFirms:
    """What the merging of firms did to a load.

    Parameters
    ----------
    ids: by the id of a source, the id that the firm has in the workspace.
    rows: by table, rows in which an id was replaced.
    duplicates: by table, duplicates that arose from it.
    conflicts: by table, rows in quarantine because rows of merged firms contradict each other.
    own_links: by table, rows that connect a firm with itself since then.
    other_cells: cells of merged firms that differ from those of the firm that stays, and are left out.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    duplicates: Mapping[str, int] = field(default_factory=dict)
    conflicts: Mapping[str, int] = field(default_factory=dict)
    own_links: Mapping[str, int] = field(default_factory=dict)
    other_cells: int = 0

    def notes(self) -> list[str]:
        """Return what was done in words; nothing where no firm was merged."""
        if not self.ids:
            return []
        into = len(set(self.ids.values()))
        text = (
            f"firms: {len(self.ids) + into:,} are merged into {into:,} by accepted matches; ids replaced in "
            f"{_counted(self.rows) or 'no rows'}; duplicates from it: {_counted(self.duplicates) or 'none'}"
        )
        if self.other_cells:
            text += f"; {self.other_cells:,} cells of firms differ from those of the firm that stays"
        if self.own_links:
            text += f"; rows between a firm and itself from it: {_counted(self.own_links)}"
        if self.conflicts:
            text += f"; rows that contradict each other from it, in quarantine: {_counted(self.conflicts)}"
        return [text]

    def to_json(self) -> dict[str, object]:
        """Return the numbers for JSON."""
        return asdict(self)


def merge_firms(
    con: duckdb.DuckDBPyConnection,
    works: Mapping[str, TableWork],
    groups: Sequence[Sequence[str]],
    stored: StoredData | None = None,
) -> MergedFirms:
    """Replace the ids of merged firms in all typed tables, and join their rows in firms.

    Of a group, the first id in the order of text that a row of firms has is the one that stays. Its own cells stay;
    empty ones are filled from the others.

    Parameters
    ----------
    groups: ids that are one firm each.
    stored: the data that the rows are appended to, whose merged firms stay as they are.

    Raises
    ------
    DataError: rows are appended, and one load of all folders would merge other firms, or join other rows of firms.
    """
    ids = dict(stored.info.merged) if stored else _stay(con, works["firms"], groups)
    if stored:
        check_appended_firms(con, works, groups, stored)
    if not ids:
        return MergedFirms()
    con.execute(
        f"CREATE TABLE {MERGED_IDS} AS SELECT unnest($old)::VARCHAR AS old_id, unnest($new)::VARCHAR AS firm_id",
        {"old": list(ids), "new": list(ids.values())},
    )
    rows = {work.name: _replace_ids(con, work) for work in works.values() if firm_columns(work)}
    other_cells = _join_rows(con, works["firms"])
    occurring = set(ids) if stored else _occurring(con, works, rows)
    return MergedFirms(
        {old: ids[old] for old in ids if old in occurring},
        {name: count for name, count in rows.items() if count},
        other_cells=other_cells,
    )


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _stay(
    con: duckdb.DuckDBPyConnection, firms: TableWork, groups: Sequence[Sequence[str]]
) -> dict[str, str]:
    """Return, by each id that is replaced, the id that stays."""
    members = sorted({firm_id for group in groups for firm_id in group})
    rows = con.execute(
        f"SELECT DISTINCT {firms.fields[0].sql} FROM typed_firms WHERE NOT bad AND {firms.fields[0].sql} IN "
        "(SELECT unnest($ids))",
        {"ids": members},
    ).fetchall()
    listed = {str(row[0]) for row in rows}
    ids: dict[str, str] = {}
    for group in groups:
        # a firm in no list may be one of a group, too
        stays = min((firm_id for firm_id in group if firm_id in listed), default=min(group))
        ids |= {firm_id: stays for firm_id in group if firm_id != stays}
    return ids


def _occurring(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], tables: Iterable[str]
) -> set[str]:
    """Return the ids that were replaced somewhere."""
    columns = [
        f"SELECT {column} AS id FROM merged_{name}" for name in tables for column in firm_columns(works[name])
    ]
    rows = con.execute(
        f"SELECT DISTINCT id FROM ({' UNION ALL '.join(columns)}) WHERE id IN (SELECT old_id FROM {MERGED_IDS})"
    ).fetchall()
    return {str(row[0]) for row in rows}


def _replace_ids(con: duckdb.DuckDBPyConnection, work: TableWork) -> int:
    """Replace the ids in a table; merged_<name> has its rows with the ids that they had."""
    columns = firm_columns(work)
    any_old = " OR ".join(f"{column} IN (SELECT old_id FROM {MERGED_IDS})" for column in columns)
    con.execute(
        f"CREATE TABLE merged_{work.name} AS SELECT src, line, {', '.join(columns)} FROM typed_{work.name} "
        f"WHERE {any_old}"
    )
    for column in columns:
        con.execute(
            f"UPDATE typed_{work.name} SET {column} = m.firm_id FROM {MERGED_IDS} m WHERE {column} = m.old_id"
        )
    return scalar_count(con, f"SELECT count(*) FROM merged_{work.name}")


def _join_rows(con: duckdb.DuckDBPyConnection, work: TableWork) -> int:
    """Give all rows of a merged firm on one known_on the same cells; returns the number of cells that differed.

    Rows of an id that contradict each other before merging stay as they are: they are a fault.
    """
    firm, *others = (f.sql for f in work.facts)
    key = [firm, *([work.known_on.sql] if work.known_on else [])]
    void = [work.void.sql] if work.void else []
    listed = (
        f"SELECT t.*, coalesce(o.{firm}, t.{firm}) AS own_id FROM typed_firms t LEFT JOIN "
        f"merged_firms o USING (src, line) WHERE NOT bad AND t.{firm} IN (SELECT firm_id FROM {MERGED_IDS})"
    )
    con.execute(f"CREATE TEMP TABLE merging AS {listed}")
    compared = [*key, "own_id", *(f"{column} IS TRUE" for column in void), *others]
    distinct = f"SELECT DISTINCT {', '.join(compared)} FROM merging"
    contradicting = f"SELECT {firm} FROM ({distinct}) GROUP BY {', '.join(key)}, own_id HAVING count(*) > 1"
    con.execute(f"DELETE FROM merging WHERE {firm} IN ({contradicting})")
    joined = ", ".join(
        [f"{_joined_cell(work, column)} AS {column}" for column in others]
        # of listings in force, either none is void or all are
        + [f"bool_and({column}) AS {column}" for column in void]
    )
    keys = ", ".join(key)
    con.execute(
        f"CREATE TEMP TABLE joined AS SELECT {keys}, {joined} FROM ({_in_force(work)}) GROUP BY {keys}"
    )
    both = f"joined j JOIN merging m ON {_equal(key)}"
    count = scalar_count(con, f"SELECT {_left_out(work, others)} FROM {both}")
    assignments = ", ".join(f"{column} = j.{column}" for column in [*others, *void])
    con.execute(
        f"UPDATE typed_firms SET {assignments} FROM {both} "
        "WHERE typed_firms.src = m.src AND typed_firms.line = m.line"
    )
    con.execute("DROP TABLE merging")
    con.execute("DROP TABLE joined")
    return count


def _in_force(work: TableWork) -> str:
    """Return the SQL of the rows to join: for each known_on of a firm, the version of each listing known then.

    Void versions are left out, except where those of all listings are void.
    """
    if work.known_on is None or work.void is None:
        return "FROM merging"
    firm, known_on, void = work.fields[0].sql, work.known_on.sql, work.void.sql
    days = f"SELECT DISTINCT {firm}, {known_on} FROM merging"
    # a version without known_on has been known from the start
    known = f"d.{firm} = m.{firm} AND (m.{known_on} IS NULL OR m.{known_on} <= d.{known_on})"
    versions = (
        f"SELECT m.* REPLACE (d.{known_on} AS {known_on}, coalesce(m.{void}, false) AS {void}) "
        f"FROM ({days}) d JOIN merging m ON {known} QUALIFY row_number() OVER (PARTITION BY d.{firm}, "
        f"d.{known_on}, m.own_id ORDER BY m.{known_on} DESC NULLS LAST, m.src, m.line) = 1"
    )
    all_void = f"bool_and({void}) OVER (PARTITION BY {firm}, {known_on})"
    return f"SELECT * FROM ({versions}) QUALIFY {void} = {all_void}"


def _left_out(work: TableWork, columns: Sequence[str]) -> str:
    """Return the SQL count of cells that differ from those of the merged firm; those of void rows say nothing."""
    not_void = "" if work.void is None else f" AND m.{work.void.sql} IS NOT TRUE"
    return " + ".join(
        f"count(*) FILTER (WHERE m.{column} IS NOT NULL AND m.{column} IS DISTINCT FROM j.{column}{not_void})"
        for column in columns
        # of these, no value is left out
        if column not in (work.field("roles").sql, work.field("joined_on").sql)
    )


def _equal(columns: Sequence[str]) -> str:
    return " AND ".join(f"j.{column} IS NOT DISTINCT FROM m.{column}" for column in columns)


def _joined_cell(work: TableWork, column: str) -> str:
    """Return the SQL of a cell of the merged firm: its own, else that of the first other listing that has one."""
    firm = work.fields[0].sql
    if column == work.field("joined_on").sql:
        # without a day, a firm has always been there; else it has been since the first of its listings
        return f"CASE WHEN count({column}) = count(*) THEN min({column}) END"
    if column == work.field("roles").sql:
        words = f"list_sort(list_distinct(flatten(list(string_split({column}, '|')))))"
        return f"nullif(array_to_string({words}, '|'), '')"
    return f"first({column} ORDER BY own_id <> {firm}, own_id, src, line) FILTER (WHERE {column} IS NOT NULL)"
