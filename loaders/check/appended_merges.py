"""Merged firms in rows that are appended: what one load of all folders would merge otherwise is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from supplyrisk.graph.errors import DataError
from supplyrisk.loaders.append.stored_data import StoredData
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.queries import first_names

_LOAD_ALL = "load all folders together without --append"


def firm_columns(work: TableWork) -> list[str]:
    """Return the columns of a table that name firms, as SQL; lenders may be firms."""
    names = [name for name, tables in work.table.refs.items() if "firms" in tables]
    names += ["firm_id"] if work.name == "firms" else []
    names += ["lender_id"] if work.name == "loans" else []
    return [work.field(name).sql for name in names]


def check_appended_firms(
    con: duckdb.DuckDBPyConnection,
    works: Mapping[str, TableWork],
    groups: Sequence[Sequence[str]],
    stored: StoredData,
) -> None:
    """Refuse appended rows that one load of all folders would treat otherwise.

    Raises
    ------
    DataError: accepted matches have changed since the data were loaded, or rows of firms are of merged ones.
    """
    merged = stored.info.merged
    if not groups and not merged:
        return
    changed = _changed(groups, merged, _known(con, works, groups, stored))
    if changed:
        raise DataError(
            f"accepted matches of {first_names(changed)} are newer than the data",
            "the matches that the data were loaded with",
            _LOAD_ALL,
        )
    ids = {*merged, *merged.values()}
    firm = works["firms"].fields[0].sql
    rows = con.execute(
        f"SELECT DISTINCT {firm} FROM typed_firms WHERE {firm} IS NOT NULL ORDER BY 1"
    ).fetchall()
    again = [str(row[0]) for row in rows if row[0] in ids]
    if again:
        raise DataError(
            f"rows of firms are of merged ones: {first_names(again)}",
            "rows of firms that no accepted match merges",
            f"leave these rows out, or {_LOAD_ALL}",
        )


def _known(
    con: duckdb.DuckDBPyConnection,
    works: Mapping[str, TableWork],
    groups: Iterable[Sequence[str]],
    stored: StoredData,
) -> set[str]:
    """Return the ids of groups that the data or the appended rows have."""
    members = [firm for group in groups for firm in group]
    ids = [
        f"SELECT {column} AS id FROM typed_{work.name}"
        for work in works.values()
        for column in firm_columns(work)
    ]
    firms = stored.tables.get("firms")
    ids += [f"SELECT firm_id FROM {firms.sql}"] if firms else []
    rows = con.execute(
        f"SELECT DISTINCT id FROM ({' UNION ALL '.join(ids)}) WHERE list_contains($members, id)",
        {"members": members},
    ).fetchall()
    return {str(row[0]) for row in rows} | set(stored.info.merged)


def _changed(groups: Sequence[Sequence[str]], merged: Mapping[str, str], known: set[str]) -> list[str]:
    """Return firms that the data merge and matches do not, or the other way round."""
    group_of = {firm: number for number, group in enumerate(groups) for firm in group}
    withdrawn = [
        old for old, firm in merged.items() if old not in group_of or group_of[old] != group_of.get(firm)
    ]
    new = [
        firm
        for group in groups
        if len({merged.get(firm, firm) for firm in group if firm in known}) > 1
        for firm in group
    ]
    return sorted({*withdrawn, *new})
