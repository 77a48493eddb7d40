"""Faults by kind: of a file, a column, a rule and a remedy, with their number and the first examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import duckdb

from supplyrisk.loaders.check.quarantine import blanked_places, column_label, fault_places
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import FAULTS
from supplyrisk.loaders.read.read_csv import MAX_SHOWN_CHARACTERS

EXAMPLES = 3
"""Examples of a group at most."""
_SINGLE_FILES = 3
"""Files up to which `merged_groups` leaves alike groups apart."""


@dataclass(frozen=True)
class FaultExample:
    """A value of a group, and the first line that has it, counted as in `LoadReport.faults`."""

    line: int
    value: str


@dataclass(frozen=True)
class FaultGroup:
    """Faults of one kind.

    Parameters
    ----------
    table, file, column, rule: where they are, and which rule they break; column is empty where whole lines are bad.
    count: number of faults.
    examples: different values, those that come first in the file.
    accepted: what would be accepted in place of the first example.
    remedy: what to do about all of them; it names the mapping's key where there is one.
    blanked: whether the mapping leaves these cells empty (on_bad_cell): they keep no row from being loaded.
    """

    table: str
    file: str
    column: str
    rule: str
    count: int
    examples: tuple[FaultExample, ...]
    accepted: str
    remedy: str
    blanked: bool = False

    def to_json(self) -> dict[str, object]:
        """Return the group for JSON."""
        return {**asdict(self), "examples": [asdict(example) for example in self.examples]}


def group_faults(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> tuple[FaultGroup, ...]:
    """Return all faults by kind, the largest group first; their counts add up to the number of faults.

    Cells of a column that break one rule and differ in their remedy, such as 1.234,56 and abc, are different groups.
    """
    works_by_number = {w.number: w for w in works.values()}
    places = fault_places(works)
    kind = "tab, src, pos, rule, remedy"
    # by value first, so that the examples differ; the mark of a wrong JSON type is no part of a value
    by_value = (
        f"SELECT {kind}, ltrim(left(coalesce(value, ''), {MAX_SHOWN_CHARACTERS}), chr(0)) AS shown, "
        f"count(*) AS faults, min(line) AS line, arg_min(accepted, line) AS accepted FROM {FAULTS} GROUP BY ALL"
    )
    first = f"min({{'line': line, 'value': shown, 'accepted': accepted}}, {EXAMPLES})"
    # a total order, so that the same files give the same report on any number of threads
    rows = con.execute(
        f"SELECT {kind}, sum(faults)::BIGINT AS count, {first} FROM ({by_value}) GROUP BY {kind} "
        f"ORDER BY count DESC, {kind}"
    ).fetchall()
    blanked = blanked_places(works)
    groups = []
    for table, source, position, rule, remedy, count, examples in rows:
        work = works_by_number[table]
        file, origins = places[source]
        groups.append(
            FaultGroup(
                table=work.name,
                file=file,
                column=column_label(work, origins, position),
                rule=rule,
                count=count,
                examples=tuple(FaultExample(e["line"], e["value"]) for e in examples),
                accepted=examples[0]["accepted"],
                remedy=remedy,
                blanked=(source, position) in blanked,
            )
        )
    return tuple(groups)


def merged_groups(groups: Sequence[FaultGroup]) -> list[tuple[FaultGroup, int]]:
    """Return the groups, the largest first, with those of many files that differ in nothing else as one.

    Each has the number of its files; file and examples are those of the largest group.
    """
    alike: dict[tuple[object, ...], list[FaultGroup]] = {}
    for group in groups:
        key = (group.table, group.column, group.rule, group.remedy, group.blanked)
        alike.setdefault(key, []).append(group)
    merged: list[tuple[FaultGroup, int]] = []
    for members in alike.values():
        if len(members) <= _SINGLE_FILES:
            merged += [(group, 1) for group in members]
            continue
        largest = max(members, key=lambda group: group.count)
        total = sum(group.count for group in members)
        merged.append((replace(largest, count=total), len(members)))
    return sorted(merged, key=lambda entry: -entry[0].count)
