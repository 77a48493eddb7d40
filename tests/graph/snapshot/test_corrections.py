"""Corrections: a snapshot has the versions that were known on its day, and an outcome the last ones."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from supplyrisk.graph import Snapshot, Tables, Workspace, read_workspace
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from supplyrisk.loaders import Mapping, load

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "workspace"
KNOWN_ON = date(2025, 6, 30)
LOOK_AHEAD = ("outcome", "outcome_state", "failed_after", "observed_days")
CORRECTIONS = {
    "supplies": ("amount * 3 AS amount", "row_id"),
    "activity": ("sales * 3 AS sales", "firm_id"),
    "shipments": ("units * 3 AS units", "row_id"),
    "financials": ("revenue * 3 AS revenue", "firm_id"),
    "loans": ("drawn * 3 AS drawn", "loan_id"),
    "firms": ("'corrected' AS industry", "firm_id"),
    "events": ("'default' AS kind", "row_id"),
}
"""By table, what its corrections change, and the column by which the first rows are taken."""


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A world in which rows of every table were corrected, and some found void, as was known on KNOWN_ON."""
    folder = tmp_path_factory.mktemp("corrections")
    workspace = folder / "workspace"
    shutil.copytree(FIXTURE / "data", workspace / "data")
    shutil.copyfile(FIXTURE / "workspace.json", workspace / "workspace.json")
    (folder / "late").mkdir()
    with read_workspace(workspace).connect() as con:
        for table, (change, key) in CORRECTIONS.items():
            day = "joined_on" if table == "firms" else {"shipments": "shipped_on"}.get(table, "on")
            day = "published_on" if table == "financials" else day
            early = f"coalesce(\"{day}\" < DATE '2025-05-01', true)"
            rows = f'FROM {table} WHERE {early} ORDER BY {key}, "{day}" LIMIT 200'
            path = folder / "late" / f"{table}.parquet"
            void = f'row_number() OVER (ORDER BY {key}, "{day}") % 5 = 0' if table != "firms" else "false"
            con.sql(f"SELECT * REPLACE ({change}), {void} AS void FROM (SELECT * {rows})").write_parquet(
                str(path)
            )
    report = load(folder / "late", workspace, Mapping(synthetic=True), append=True, known_on=KNOWN_ON)
    assert {table.table: table.corrections > 20 for table in report.tables} == dict.fromkeys(
        sorted(CORRECTIONS), True
    )
    return Workspace(workspace)


def contents(snapshot: Snapshot) -> dict[str, pa.Table]:
    """All tables of a snapshot, without what looks ahead."""
    firms = snapshot.firms.drop_columns([name for name in LOOK_AHEAD if name in snapshot.firms.column_names])
    tables = {"firms": firms, "persons": snapshot.persons, "trades": snapshot.trades}
    tables |= {"loans": snapshot.loans, "events": snapshot.events}
    return tables | {"-".join(kind): edges for kind, edges in snapshot.edges.items()}


@pytest.mark.parametrize("days", [1, 90])
def test_a_correction_moves_no_snapshot_before_it_was_known(corrected: Workspace, days: int) -> None:
    day = KNOWN_ON - timedelta(days=days)
    before = contents(Workspace(FIXTURE).snapshot(day))
    after = contents(corrected.snapshot(day))
    assert before.keys() == after.keys()
    for name, table in before.items():
        assert after[name].equals(table), name


def test_a_snapshot_sees_a_correction_from_the_day_on_which_it_was_known(corrected: Workspace) -> None:
    before = contents(Workspace(FIXTURE).snapshot(KNOWN_ON))
    after = contents(corrected.snapshot(KNOWN_ON))
    changed = {name for name, table in before.items() if not after[name].equals(table)}
    assert changed >= {"firms", "trades", "loans", "events", "firm-supplies-firm", "firm-carries_for-firm"}
    industries = after["firms"]["industry"].to_pylist()
    assert industries.count("corrected") > 20


def test_the_last_day_shows_the_last_versions(corrected: Workspace) -> None:
    snapshot = corrected.snapshot()
    with corrected.tables().connect() as con:
        events = con.execute("SELECT count(*) FROM events").fetchall()
        versions = con.execute("SELECT count(*) FROM events_versions").fetchall()
    assert snapshot.events.num_rows <= events[0][0] < versions[0][0]


def grown(folder: Path, *parts: tuple[str, str], known_on: date | None = None) -> Tables:
    """The data of a workspace into which files were loaded one after the other; each is a table and its CSV."""
    for number, (table, text) in enumerate(parts):
        path = folder / str(number)
        path.mkdir()
        (path / f"{table}.csv").write_text(text)
        load(path, folder / "workspace", append=number > 0, known_on=known_on if number > 0 else None)
    return read_workspace(folder / "workspace")


FIRMS = ("firms", "firm_id\nA\nB\n")
HEAD = "row_id,firm_id,on,kind\n"


def outcomes(tables: Tables, days: Sequence[str]) -> list[tuple[str, int | None]]:
    """State and days until the default of firm A, as of each day."""
    rows = []
    for day in days:
        firms = build_snapshot(tables, date.fromisoformat(day), 90).firms.to_pylist()
        rows += [(row["outcome_state"], row["failed_after"]) for row in firms if row["firm_id"] == "A"]
    return rows


END = "e9,B,2024-12-31,lawsuit\n"


def test_a_default_that_was_void_is_one_up_to_the_day_on_which_that_was_known(tmp_path: Path) -> None:
    first = ("events", f"{HEAD}e1,A,2024-05-01,default\n{END}")
    void = ("events", "row_id,firm_id,on,kind,void\ne1,A,2024-05-01,default,1\n")
    tables = grown(tmp_path, FIRMS, first, void, known_on=date(2024, 6, 1))
    assert outcomes(tables, ["2024-04-01", "2024-05-15", "2024-06-01"]) == [
        ("sound", None),
        ("defaulted", None),
        ("sound", None),
    ]


def test_a_correction_of_a_default_leaves_its_day(tmp_path: Path) -> None:
    first = ("events", f"row_id,firm_id,on,kind,amount\ne1,A,2024-05-01,default,\n{END.strip()},\n")
    more = ("events", "row_id,firm_id,on,kind,amount\ne1,A,2024-05-01,default,7\n")
    tables = grown(tmp_path, FIRMS, first, more, known_on=date(2024, 6, 1))
    assert outcomes(tables, ["2024-04-01", "2024-05-15"]) == [("failed", 30), ("defaulted", None)]


def test_a_default_recorded_late_counts_from_the_day_on_which_it_was_known(tmp_path: Path) -> None:
    first = ("events", f"{HEAD}e1,A,2024-05-01,lawsuit\n{END}")
    default = ("events", f"{HEAD}e1,A,2024-05-01,default\n")
    tables = grown(tmp_path, FIRMS, first, default, known_on=date(2024, 6, 1))
    assert outcomes(tables, ["2024-05-15", "2024-05-31", "2024-06-01"]) == [
        ("failed", 17),
        ("failed", 1),
        ("defaulted", None),
    ]


def test_a_default_that_was_void_for_a_time_fails_after_that_time(tmp_path: Path) -> None:
    head = "row_id,firm_id,on,kind,known_on,void\n"
    first = ("events", f"{head}e1,A,2024-05-01,default,,\n{END.strip()},,\n")
    later = "e1,A,2024-05-01,default,2024-06-01,1\ne1,A,2024-05-01,default,2024-08-01,\n"
    tables = grown(tmp_path, FIRMS, first, ("events", head + later))
    assert outcomes(tables, ["2024-05-15", "2024-07-01", "2024-08-01"]) == [
        ("defaulted", None),
        ("failed", 1),
        ("defaulted", None),
    ]


def test_a_row_without_key_that_became_known_late_is_in_no_earlier_snapshot(tmp_path: Path) -> None:
    head = "supplier_id,customer_id,on,amount,known_on\n"
    first = ("supplies", f"{head}A,B,2024-01-01,5,\nA,B,2024-01-02,7,2024-01-20\n")
    tables = grown(tmp_path, FIRMS, first)
    amounts = {
        day: sum(build_snapshot(tables, date(2024, 1, day)).trades["amount"].to_pylist()) for day in (10, 20)
    }
    assert amounts == {10: 5, 20: 12}


def test_a_relation_ends_by_a_void_row(tmp_path: Path) -> None:
    first = ("relations", "from_id,to_id,kind,since\nA,B,guarantees,2024-01-01\n")
    void = ("relations", "from_id,to_id,kind,since,void\nA,B,guarantees,2024-01-01,1\n")
    tables = grown(tmp_path, FIRMS, first, void, known_on=date(2024, 3, 1))
    guarantees = ("firm", "guarantees", "firm")
    in_force = [guarantees in build_snapshot(tables, date(2024, month, 1)).edges for month in (2, 3)]
    assert in_force == [True, False]


def test_corrections_written_as_csv_are_read_back(tmp_path: Path) -> None:
    """The stored columns of versions are days and flags, as the contract says."""
    head = "row_id,firm_id,on,kind,known_on,void\n"
    rows = "e1,A,2024-05-01,default,,\ne1,A,2024-05-01,default,2024-06-01,true\n"
    tables = grown(tmp_path, FIRMS, ("events", head + rows))
    with tables.connect() as con:
        stored = con.sql("SELECT known_on, void, known_until FROM events_versions ORDER BY ALL").fetchall()
    assert stored == [(date(2024, 6, 1), True, None), (None, None, date(2024, 6, 1))]
