"""Appending equals loading all at once, however a data set is split into a base and what is appended."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supplyrisk.loaders import Mapping, load

FIRST = date(2024, 1, 1)
FIRMS = [f"F{number}" for number in range(4)]
PARTS = 3


@dataclass(frozen=True)
class Row:
    """A row of a table, and the part of the data set that has it."""

    table: str
    cells: tuple[tuple[str, str], ...]
    part: int


def day(number: int | None) -> str:
    return "" if number is None else (FIRST + timedelta(days=number)).isoformat()


@st.composite
def versions(draw: st.DrawFn, own_day: int) -> list[int | None]:
    """Days on which the versions of a row became known: none of them before its own."""
    later = st.integers(own_day, own_day + 9)
    return draw(st.lists(st.none() | later, min_size=1, max_size=3, unique=True))


@st.composite
def data_sets(draw: st.DrawFn) -> list[Row]:
    """Rows of four tables, with corrections, void rows, rows without a key, and a column of the data set's own."""
    rows: list[Row] = []
    part = st.integers(0, PARTS - 1)
    score = draw(st.sampled_from(["1.5", "word", ""]))

    def add(table: str, own_day: int, **cells: str) -> None:
        for known_on in draw(versions(own_day)):
            dated = {**cells, "known_on": day(known_on), "void": draw(st.sampled_from(["", "0", "1"]))}
            changed = {name: draw(value) for name, value in CHANGING[table].items()}
            rows.append(Row(table, tuple({**dated, **changed}.items()), draw(part)))

    rows.append(Row("firms", (("firm_id", "F0"),), 0))
    for firm in draw(st.lists(st.sampled_from(FIRMS[1:]), unique=True)):
        add("firms", 0, firm_id=firm, score=score)
    firm_id = st.sampled_from(FIRMS)
    for number in range(draw(st.integers(0, 3))):
        on = draw(st.integers(0, 20))
        add(
            "supplies",
            on,
            row_id=f"r{number}",
            supplier_id=draw(firm_id),
            customer_id=draw(firm_id),
            on=day(on),
        )
    for _ in range(draw(st.integers(0, 3))):
        ends = {
            "supplier_id": draw(firm_id),
            "customer_id": draw(firm_id),
            "on": day(draw(st.integers(0, 2))),
        }
        rows.append(Row("supplies", tuple({**ends, "amount": "7"}.items()), draw(part)))
    for on in draw(st.lists(st.integers(0, 20), unique=True, max_size=2)):
        add("activity", on, firm_id=draw(firm_id), on=day(on))
    for _ in range(draw(st.integers(0, 2))):
        ends = {
            "from_id": "F0",
            "to_id": draw(firm_id),
            "kind": draw(st.sampled_from(["owns", "guarantees"])),
        }
        rows.append(Row("relations", tuple(ends.items()), draw(part)))
    return rows


AMOUNT = st.sampled_from(["", "1", "2.5", "-0"])
CHANGING = {
    "firms": {"name": st.sampled_from(["", "one", "two"])},
    "supplies": {"amount": st.sampled_from(["1", "2.5"]), "paid_on": st.sampled_from(["", "2024-02-01"])},
    "activity": {"sales": AMOUNT},
}


def write(folder: Path, rows: Sequence[Row], part: int) -> Path:
    """Write the rows of a part as one file per table; files that have no version differ in their columns."""
    folder.mkdir(exist_ok=True)
    for table in sorted({row.table for row in rows}):
        names = dict.fromkeys(name for row in rows if row.table == table for name, _ in row.cells)
        chosen = [dict(row.cells) for row in rows if row.table == table and row.part == part]
        if chosen:
            with (folder / f"{table}-{part}.csv").open("w", encoding="utf-8") as out:
                writer = csv.DictWriter(out, list(names))
                writer.writeheader()
                writer.writerows(chosen)
    return folder


def files_of(workspace: Path) -> dict[str, bytes]:
    pointer = json.loads((workspace / "workspace.json").read_text())
    return {path.name: path.read_bytes() for path in sorted((workspace / "data" / pointer["data"]).iterdir())}


@given(data_sets())
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_appended_parts_are_one_load_of_all(rows: list[Row]) -> None:
    mapping = Mapping(partners="add")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        parts = [write(folder / f"part-{part}", rows, part) for part in range(PARTS)]
        for number in range(PARTS):
            write(folder / "all", rows, number)
        whole = load(folder / "all", folder / "whole", mapping)
        load(parts[0], folder / "grown", mapping)
        contents = {path.name.split("-")[0] + path.read_text() for part in parts for path in part.iterdir()}
        if len(contents) < sum(1 for part in parts for _ in part.iterdir()):
            return  # a file that is loaded twice, byte for byte, adds nothing the second time
        for part in parts[1:]:
            if any(part.iterdir()):
                grown = load(part, folder / "grown", mapping, append=True)
                assert grown.total.quarantined == 0
        assert files_of(folder / "grown") == files_of(folder / "whole")
        for part in parts[1:]:
            if any(part.iterdir()):
                again = load(part, folder / "grown", mapping, append=True)
                assert (again.total.loaded, again.content_hash) == (0, whole.content_hash)
