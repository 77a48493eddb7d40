"""The data that a workspace holds already, to which a folder is appended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from supplyrisk.graph.errors import DataError, WorkspaceError
from supplyrisk.graph.schema.contract import SQL_TYPES, TABLES, ColumnKind
from supplyrisk.graph.schema.version_columns import KNOWN_UNTIL, VERSION_COLUMNS
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.tables import (
    DatasetInfo,
    Tables,
    data_hash,
    loaded_files,
    quoted,
    read_workspace,
)
from supplyrisk.loaders.mappings.mapping import Currency
from supplyrisk.loaders.mappings.mapping import Mapping as DataMapping

STORED = -3
"""Number of the source that stands for rows that the workspace holds already; see also `firm_lists`."""


@dataclass(frozen=True)
class StoredTable:
    """A table of the workspace.

    Parameters
    ----------
    path: its Parquet file.
    rows: number of rows, all versions of them.
    columns: names of the file's columns.
    extra: columns beyond the contract with their SQL types.
    """

    path: Path
    rows: int
    columns: frozenset[str]
    extra: Mapping[str, str]

    @property
    def versioned(self) -> bool:
        """Whether rows have corrections."""
        return KNOWN_UNTIL in self.columns

    @property
    def sql(self) -> str:
        """SQL of the file as a table, with the column file_row_number."""
        path = str(self.path).replace("'", "''")
        return f"read_parquet('{path}', file_row_number = true)"


@dataclass(frozen=True)
class StoredData:
    """All tables of the workspace.

    Parameters
    ----------
    info: what holds for the data as a whole.
    tables: the tables by name, in the contract's order.
    files: fingerprints of the files that they were loaded from.
    source: the tables as a value; it keeps the files where they are.
    """

    info: DatasetInfo
    tables: Mapping[str, StoredTable]
    files: frozenset[str]
    source: Tables

    def release(self) -> None:
        """Let the data be removed: others replace them, and nothing reads them any more."""
        if self.source.lease:
            self.source.lease.release()


def check_has_data(workspace: Path) -> None:
    """Refuse to append to a workspace that holds no data.

    Raises
    ------
    WorkspaceError: there are none.
    """
    if not Layout(workspace).pointer.is_file():
        raise WorkspaceError(
            f"{workspace} holds no data to append to",
            "a workspace with loaded data",
            "load the first folder without --append, or name another --workspace",
        )


def read_stored(workspace: Path, mapping: DataMapping) -> StoredData:
    """Return the data of a workspace, while no other load may change them.

    Parameters
    ----------
    mapping: that of the folder that is appended.

    Raises
    ------
    WorkspaceError: the workspace's data are damaged, or of another version.
    DataError: the mapping describes data of another kind.
    """
    tables = read_workspace(workspace)
    paths = {name: path for name, path in tables.sources.items() if isinstance(path, Path)}
    if data_hash(paths, tables.info) != tables.info.content_hash:
        raise WorkspaceError(
            f"the data of {workspace} are not those that were loaded",
            "files that nobody has changed",
            "load everything anew without --append",
        )
    reserved = {*(column.name for column in VERSION_COLUMNS), KNOWN_UNTIL}
    taken = sorted(reserved & {name for columns in tables.info.extra.values() for name in columns})
    if taken:
        raise WorkspaceError(
            f"{workspace} was loaded by an earlier version, with {', '.join(taken)} as columns of the data set itself",
            "data without columns of these names, which versions of rows have",
            "load everything anew without --append",
        )
    stored = {}
    for name, path in paths.items():
        file = pq.ParquetFile(path)
        columns = frozenset(file.schema_arrow.names)
        stored[name] = StoredTable(path, file.metadata.num_rows, columns, tables.info.extra.get(name, {}))
    data = StoredData(tables.info, stored, loaded_files(workspace), tables)
    check_same_kind(data, mapping)
    return data


def check_same_kind(stored: StoredData, mapping: DataMapping) -> None:
    """Refuse a folder whose mapping describes data of another kind than the workspace's.

    Raises
    ------
    DataError: all differences, with what to do.
    """
    info = stored.info
    faults = []
    if mapping.undated != info.undated:
        faults.append(
            f"undated is {_word(mapping.undated)} in the mapping and {_word(info.undated)} in the data"
        )
    if mapping.synthetic != info.synthetic:
        faults.append(
            f"synthetic is {_word(mapping.synthetic)} in the mapping and {_word(info.synthetic)} in the data"
        )
    if mapping.standing and set(mapping.standing) != set(info.standing):
        faults.append(
            f"standing is {list(mapping.standing)} in the mapping and {list(info.standing)} in the data"
        )
    labels_as_of = mapping.labels.as_of.isoformat() if mapping.labels else None
    if labels_as_of != info.labels_as_of:
        faults.append(
            f"labels are as of {labels_as_of or 'no day'} in the mapping and "
            f"of {info.labels_as_of or 'no day'} in the data"
        )
    currency = mapping.currency.default
    # amounts of every table are in the currency of the data; only trades without one say that there is none
    has_currency = info.currency is not None or "supplies" in stored.tables
    if currency and info.currency != currency and has_currency:
        faults.append(
            f"amounts are in {currency} in the mapping and in {info.currency or 'no currency'} in the data"
        )
    if faults:
        raise DataError(
            f"the folder cannot be appended: {'; '.join(faults)}",
            "a mapping that states what holds for the workspace's data",
            "correct the mapping, or load everything anew without --append",
        )


def appended_currency(stored: StoredData, mapping: DataMapping, named: list[str]) -> Currency:
    """Return the currency of the data together.

    Parameters
    ----------
    named: currencies that the folder's trades name.

    Raises
    ------
    DataError: trades are in another currency than the workspace's, and the mapping has no rate for it.
    """
    default = stored.info.currency or mapping.currency.default
    if mapping.currency.rates:
        return mapping.currency
    others = [code for code in named if code != default]
    if "supplies" not in stored.tables and default is None and len(named) == 1:
        return Currency(default=named[0])
    if others:
        raise DataError(
            f"supplies are in {', '.join(others[:10])}",
            f"{default}, the currency of the workspace's data"
            if default
            else "no currency, as in the workspace",
            "set default and rates under [currency] in a mapping"
            if default
            else "load everything anew with the currency in the mapping",
        )
    return Currency(default=default)


def appended_info(
    stored: StoredData,
    extra: Mapping[str, Mapping[str, str]],
    currency: str | None,
    versioned: Sequence[str],
) -> DatasetInfo:
    """Return what holds for the data together.

    Parameters
    ----------
    extra, versioned: columns beyond the contract of tables with appended rows, and those of them that have versions.
    """
    info = stored.info
    have_versions = {*info.versioned, *versioned}
    return replace(
        info,
        # that of the data before
        content_hash="",
        currency=currency,
        extra={**{name: dict(columns) for name, columns in info.extra.items()}, **extra},
        versioned=tuple(name for name in TABLES if name in have_versions),
    )


def _word(is_so: bool) -> str:
    return "true" if is_so else "false"


def stored_kinds(
    con: duckdb.DuckDBPyConnection, stored: StoredTable, inferred: Mapping[str, ColumnKind]
) -> dict[str, ColumnKind]:
    """Return the kinds of the columns beyond the contract that a table has already: these do not change.

    Only a column without any value takes the kind that the appended rows show.

    Parameters
    ----------
    inferred: kinds by column, as the appended rows show them.
    """
    kinds = {}
    for name, sql_type in stored.extra.items():
        is_text = sql_type == SQL_TYPES[ColumnKind.TEXT]
        kinds[name] = ColumnKind.TEXT if is_text else ColumnKind.NUMBER
        if not is_text and inferred.get(name) is ColumnKind.TEXT:
            (values,) = con.execute(f"SELECT count({quoted(name)}) FROM {stored.sql}").fetchall()[0]
            kinds[name] = ColumnKind.NUMBER if values else ColumnKind.TEXT
    return kinds
