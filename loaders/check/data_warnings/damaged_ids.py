"""Ids that a spreadsheet has damaged: long numbers in scientific notation, and leading zeros that are lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from supplyrisk.graph.schema.contract import ColumnKind
from supplyrisk.loaders.check.data_warnings.data_warning import (
    EXAMPLES,
    ColumnCount,
    DataWarning,
    first_examples,
)
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import FAULTS

_SCIENTIFIC = r"\d([.,]\d+)?[eE]\+\d{2,3}"
_AS_TEXT = (
    "export the ids again as texts (in Excel, format their columns as text before the values are entered)"
)
_REMOVED_ZEROS = f"if they are one, a spreadsheet has removed the zeros: {_AS_TEXT}"
_SAMPLE = 20_000
"""Rows of a table in which signs of damage are looked for first, about."""
_FIRMS = "firms"
_FAMILIES = {
    ("firms", "firm_id"): _FIRMS,
    ("persons", "person_id"): _FIRMS,
    ("loans", "loan_id"): "loans",
    ("loans", "lender_id"): "lenders",
}
"""Columns of ids that are compared with each other, by what they identify; references are to firms and persons."""


@dataclass(frozen=True)
class _Ids:
    """A column of ids.

    Parameters
    ----------
    table, column: its place; both are "" for the ids that a workspace has already.
    values: SQL of its ids in the column `id`; of references, those that are unknown, since known ones are listed ids.
    sample: SQL of the ids in which signs of damage are looked for first.
    family: what they identify; "" for ids that are not compared with those of other files.
    """

    table: str
    column: str
    values: str
    sample: str
    family: str

    def count(self, con: duckdb.DuckDBPyConnection, condition: str) -> tuple[int, list[str]]:
        """Return how many ids meet a condition, and the first of them."""
        query = f"SELECT count(*), coalesce(min(id, {EXAMPLES}), []) FROM ({self.values}) WHERE {condition}"
        count, examples = con.execute(query).fetchall()[0]
        return int(count), list(examples)


def damaged_ids(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[DataWarning]:
    """Warn of ids such as 9.13301E+17, and of ids of digits that differ in leading zeros only, such as 007 and 7."""
    columns = _columns(works)
    # the patterns that follow are slower, and nearly all data need none of them
    has_exponent = []
    has_zero = []
    for ids in columns:
        screen = f"SELECT bool_or(contains(id, 'E+')), bool_or(starts_with(id, '0')) FROM ({ids.sample})"
        exponent, zero = con.execute(screen).fetchall()[0]
        has_exponent += [ids] if exponent and ids.table else []
        has_zero += [ids.family] if zero and ids.family else []
    return [*_scientific(con, has_exponent), *_lost_zeros(con, columns, sorted(set(has_zero)))]


def _scientific(con: duckdb.DuckDBPyConnection, columns: Sequence[_Ids]) -> list[DataWarning]:
    """Warn of ids in scientific notation: of a long number, a spreadsheet has kept six digits."""
    places = []
    examples: list[str] = []
    for ids in columns:
        count, first = ids.count(con, f"contains(id, 'E+') AND regexp_full_match(id, '{_SCIENTIFIC}')")
        if count:
            places.append(ColumnCount(ids.table, ids.column, count))
            examples += first
    if not places:
        return []
    problem = "ids in which a spreadsheet has replaced digits by an exponent"
    remedy = f"different ids may have become equal; {_AS_TEXT}"
    return [DataWarning("scientific_ids", problem, remedy, tuple(places), first_examples(examples))]


def _lost_zeros(
    con: duckdb.DuckDBPyConnection, columns: Sequence[_Ids], families: Sequence[str]
) -> list[DataWarning]:
    """Warn of ids that are equal without their leading zeros."""
    places = []
    examples: list[str] = []
    for family in families:
        members = [ids for ids in columns if ids.family == family]
        cells = " UNION ALL ".join(ids.values for ids in members)
        padded = rf"SELECT ltrim(id, '0') AS digits FROM ({cells}) WHERE regexp_full_match(id, '0+[1-9]\d*')"
        same = f"SELECT ltrim(id, '0') AS digits, id FROM ({cells}) WHERE ltrim(id, '0') IN ({padded})"
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE unpadded AS SELECT digits, list_sort(list(DISTINCT id)) AS ids "
            f"FROM ({same}) GROUP BY digits HAVING count(DISTINCT id) > 1"
        )
        for ids in (ids for ids in members if ids.table):
            count, _ = ids.count(con, "ltrim(id, '0') IN (SELECT digits FROM unpadded)")
            if count:
                places.append(ColumnCount(ids.table, ids.column, count))
        rows = con.execute(f"SELECT ids[:2] FROM unpadded ORDER BY digits LIMIT {EXAMPLES}").fetchall()
        examples += [" and ".join(pair) for (pair,) in rows]
    if not places:
        return []
    return [
        DataWarning(
            "lost_zeros",
            "ids that differ in leading zeros only",
            _REMOVED_ZEROS,
            tuple(places),
            first_examples(examples),
        )
    ]


def _columns(works: Mapping[str, TableWork]) -> list[_Ids]:
    """Return the ids that the workspace has already, and all columns of ids in the order of the contract."""
    stored = " UNION ALL ".join(f"SELECT id FROM stored_ids_{name}" for name in ("firms", "persons"))
    columns = [_Ids("", "", stored, stored, _FIRMS)]
    for work in works.values():
        for field in work.fields:
            if field.kind is not ColumnKind.ID:
                continue
            if field.name in work.table.refs:
                place = f"tab = {work.number} AND pos = {field.position}"
                values = f"SELECT value AS id FROM {FAULTS} WHERE {place} AND rule = 'unknown'"
                columns.append(_Ids(work.name, field.name, values, values, _FIRMS))
            else:
                values = f"SELECT {field.sql} AS id FROM typed_{work.name}"
                family = _FAMILIES.get((work.name, field.name), "")
                # a spreadsheet damages most ids of a file, so of a long table some rows suffice
                step = 1 if family == _FIRMS else _step(work)
                columns.append(
                    _Ids(work.name, field.name, values, f"{values} WHERE line % {step} = 0", family)
                )
    return columns


def _step(work: TableWork) -> int:
    """Return the distance of lines in the sample of a table."""
    return max(1, sum(source.rows for source in work.sources) // _SAMPLE)
