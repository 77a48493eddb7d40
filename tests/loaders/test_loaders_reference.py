"""The whole check against a slow one in plain Python, on small random tables full of trouble."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from supplyrisk.graph import read_workspace
from supplyrisk.graph.schema.contract import TABLES, ColumnKind, ColumnSchema
from supplyrisk.loaders import load, validate

Row = dict[str, str]
Value = str | float | int | date | None
Fault = tuple[str, int, str, str]
Outcome = tuple[set[Fault], dict[str, tuple[int, int, int, int]], dict[str, Counter[tuple[Value, ...]]]]

IDS = st.sampled_from(["A", "B", "C", "D", "a", "A ", "", "01", "1"])
AMOUNTS = st.sampled_from(["1", "1.0", "2", "-1", "-0", "0", "", "nan", "x", "1e3", "1_0", " 1"])
DAYS = st.sampled_from(["2024-01-01", "2024-01-02", "2024-02-30", "1/2/2024", ""])
CELLS = {
    "firms": {"firm_id": IDS, "name": st.sampled_from(["", "n", "m"]), "employees": AMOUNTS,
              "roles": st.sampled_from(["", "buyer|merchant", "merchant|buyer", "nobody"])},
    "persons": {"person_id": IDS},
    "supplies": {"supplier_id": IDS, "customer_id": IDS, "on": DAYS, "amount": AMOUNTS,
                 "row_id": st.sampled_from(["", "", "R1", "R2"])},
    "activity": {"firm_id": IDS, "on": DAYS, "sales": AMOUNTS},
    "relations": {"from_id": IDS, "to_id": IDS, "kind": st.sampled_from(["owns", "", "owns "]),
                  "weight": AMOUNTS},
}  # fmt: skip
QUICK = (Phase.explicit, Phase.generate)  # examples are small already, and shrinking them takes minutes
ROWS = {name: st.lists(st.fixed_dictionaries(cells), max_size=9) for name, cells in CELLS.items()}


def read_cell(text: str, column: ColumnSchema) -> tuple[Value, str | None]:
    """The value of a cell, or the rule that it breaks."""
    if not text.strip():
        return None, "required" if column.required else None
    if column.kind is ColumnKind.ID:
        return (text, None) if text == text.strip() else (None, "id")
    if column.kind is ColumnKind.CHOICES:
        words = text.split("|")
        good = all(w in column.choices for w in words)
        return ("|".join(sorted(set(words))), None) if good else (None, "choice")
    if column.kind is ColumnKind.DAY:
        return read_day(text)
    if column.kind is ColumnKind.TEXT:
        return (None, "word") if column.required and text != text.strip() else (text, None)
    return read_number(text, column)


def read_day(text: str) -> tuple[Value, str | None]:
    try:
        return date.fromisoformat(text), None
    except ValueError:
        return None, "day"


def read_number(text: str, column: ColumnSchema) -> tuple[Value, str | None]:
    if text == "nan":
        return None, "finite"
    if not re.fullmatch(r"-?\d+(\.\d+)?(e\d+)?", text):
        return None, "number"
    number = float(text) + 0.0
    if column.kind is ColumnKind.COUNT and number != math.floor(number):
        return None, "whole"
    if column.minimum is not None and number < column.minimum:
        return None, "least"
    return number, None


def slow_check(data: dict[str, list[Row]]) -> Outcome:
    """What must become of every row, one after the other."""
    faults: set[Fault] = set()
    typed: dict[str, dict[int, Row]] = {}
    bad: dict[str, set[int]] = {name: set() for name in data}
    for name, rows in data.items():
        typed[name] = {}
        for line, row in enumerate(rows, 2):
            read = {c: read_cell(text, TABLES[name].column(c)) for c, text in row.items()}
            found = {(name, line, c, rule) for c, (_, rule) in read.items() if rule}
            faults |= found
            bad[name] |= {line} if found else set()
            typed[name][line] = {c: value for c, (value, _) in read.items()}  # type: ignore[misc]
    for name in data:
        faults |= conflicts(name, typed[name], bad[name])
    firms = {r["firm_id"] for line, r in typed["firms"].items() if line not in bad["firms"]}
    for line, row in typed["persons"].items():
        if line not in bad["persons"] and row["person_id"] in firms:
            faults.add(("persons", line, "person_id", "person_is_firm"))
            bad["persons"].add(line)
    persons = {r["person_id"] for line, r in typed["persons"].items() if line not in bad["persons"]}
    known = {"firms": firms, "persons": persons}
    counts, loaded = {}, {}
    for name, rows in typed.items():
        for column, tables in TABLES[name].refs.items():
            ids = set().union(*(known[t] for t in tables))
            for line, row in rows.items():
                if row.get(column) is not None and row[column] not in ids:
                    faults.add((name, line, column, "unknown"))
                    bad[name].add(line)
        left = [r for line, r in rows.items() if line not in bad[name]]
        kept = keep_one(name, left)
        loaded[name] = Counter(tuple(r[c] for c in CELLS[name]) for r in kept)
        counts[name] = (len(rows), len(kept), len(bad[name]), len(left) - len(kept))
    return faults, counts, loaded  # type: ignore[return-value]


def key_of(name: str, row: Row) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    table = TABLES[name]
    names = tuple(row) if table.whole_row else table.key
    if row.get("row_id") is not None:
        names = ("row_id",)
    values = tuple(row[n] for n in names)
    given = table.whole_row or None not in values
    return (names, values) if names and given else None


def conflicts(name: str, rows: dict[int, Row], bad: set[int]) -> set[Fault]:
    good = {line: row for line, row in rows.items() if line not in bad}
    by_key: dict[object, list[int]] = {}
    for line, row in good.items():
        key = key_of(name, row)
        if key:
            by_key.setdefault(key, []).append(line)
    found = set()
    for key, lines in by_key.items():
        if any(good[line] != good[lines[0]] for line in lines):
            found |= {(name, line, "+".join(key[0]), "conflict") for line in lines}  # type: ignore[index]
            bad |= set(lines)
    return found


def keep_one(name: str, rows: list[Row]) -> list[Row]:
    seen = set()
    kept = []
    for row in rows:
        key = key_of(name, row)
        if key is None or key not in seen:
            kept.append(row)
        seen.add(key)
    return kept


def write(folder: Path, data: dict[str, list[Row]]) -> None:
    for name, rows in data.items():
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, list(CELLS[name]))
        writer.writeheader()
        writer.writerows(rows)
        (folder / f"{name}.csv").write_text(out.getvalue(), newline="")


@settings(deadline=None, max_examples=15, phases=QUICK)
@given(st.fixed_dictionaries(ROWS))
def test_counts_and_quarantine_are_those_of_the_slow_check(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, list[Row]]
) -> None:
    folder = tmp_path_factory.mktemp("random")
    write(folder, data)
    report = validate(folder)
    faults, counts, _ = slow_check(data)
    assert {(f["table"], f["line"], f["column"], f["rule"]) for f in report.faults.to_pylist()} == faults
    assert report.fault_count == len(faults)
    for table in report.tables:
        c = table.count
        assert (c.rows, c.loaded, c.quarantined, c.duplicates) == counts[table.table], table.table


@settings(deadline=None, max_examples=8, phases=QUICK)
@given(st.fixed_dictionaries(ROWS))
def test_what_is_loaded_is_what_the_slow_check_keeps(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, list[Row]]
) -> None:
    folder = tmp_path_factory.mktemp("random")
    data["firms"] = [*data["firms"], {"firm_id": "sure", "name": "", "employees": "", "roles": ""}]
    write(folder, data)
    load(folder, folder / "ws", max_bad=1)
    tables = read_workspace(folder / "ws")
    _, _, loaded = slow_check(data)
    for name, expected in loaded.items():
        path = tables.sources[name]
        assert isinstance(path, Path)
        rows = pq.read_table(path, columns=list(CELLS[name])).to_pylist()
        assert Counter(tuple(row.values()) for row in rows) == expected
