"""The workspace: all of a load or nothing of it, and the same bytes for the same data."""

from __future__ import annotations

import csv
import fcntl
import gzip
import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, WorkspaceError, read_workspace
from supplyrisk.graph.workspace import tables
from supplyrisk.graph.workspace.tables import TABLES_SCHEMA
from supplyrisk.loaders import CHECKING_STAGES, LOADING_STAGES, load, validate
from supplyrisk.loaders import workspace_writer as writer

HEADS = {"firms": "firm_id,name,score", "supplies": "supplier_id,customer_id,on,amount,currency"}


def rows_of(n: int) -> dict[str, list[str]]:
    return {
        "firms": [f"F{i},n{i % 3},{i * 0.1}" for i in range(n)],
        "supplies": [
            f"F{i % n},F{(i * 7) % n},2024-01-{i % 28 + 1:02d},{i % 5}.25,CNY" for i in range(3 * n)
        ],
    }


def write(folder: Path, rows: dict[str, list[str]]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join([HEADS[name], *lines]) + "\n")
    return folder


def files_of(workspace: Path) -> dict[str, bytes]:
    """Everything that is current in a workspace."""
    pointer = json.loads((workspace / "workspace.json").read_text())
    return {p.name: p.read_bytes() for p in sorted((workspace / "data" / pointer["data"]).iterdir())}


def test_order_splits_formats_and_threads_change_no_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of(40)
    first = load(write(tmp_path / "a", rows), tmp_path / "wa")
    chance = random.Random(1)
    other = tmp_path / "b"
    other.mkdir()
    for name, lines in rows.items():
        mixed = chance.sample(lines, len(lines))
        (other / f"{name}-1.csv").write_text("\r\n".join([HEADS[name], *mixed[:11]]))
        (other / f"{name}-2.csv.gz").write_bytes(
            gzip.compress("\n".join([HEADS[name], *mixed[11:30]]).encode())
        )
        cells = csv.DictReader([HEADS[name], *mixed[30:]])
        (other / f"{name}-3.jsonl").write_text("".join(json.dumps(row) + "\n" for row in cells))
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    second = load(other, tmp_path / "wb")
    assert first.content_hash == second.content_hash
    assert files_of(tmp_path / "wa") == files_of(tmp_path / "wb")
    assert first.total == second.total


def test_a_changed_cell_changes_the_hash(tmp_path: Path) -> None:
    rows = rows_of(5)
    first = load(write(tmp_path / "a", rows), tmp_path / "w").content_hash
    rows["firms"][2] = "F2,other,0.2"
    assert load(write(tmp_path / "a", rows), tmp_path / "w").content_hash != first


def test_the_same_value_written_otherwise_changes_nothing(tmp_path: Path) -> None:
    first = load(write(tmp_path / "a", {"firms": ["F1,x,0", "F2,,1000"]}), tmp_path / "w").content_hash
    again = load(write(tmp_path / "a", {"firms": ['"F2"," ",1e3', "F1,x,-0.0"]}), tmp_path / "w").content_hash
    assert again == first


def test_what_is_written_is_what_is_read_back(tmp_path: Path) -> None:
    rows = {
        "firms": ["F2,,", '"F1"," two words ",-0'],
        "supplies": ["F1,F2,2024-02-29,3.10,", "F1,F2,2024-02-29,3.10,"],
    }
    report = load(write(tmp_path / "a", rows), tmp_path / "w")
    tables = read_workspace(tmp_path / "w")
    assert {t: tables.rows(t) for t in tables.sources} == {"firms": 2, "supplies": 2}
    assert (tables.info.content_hash, tables.info.extra) == (
        report.content_hash,
        {"firms": {"score": "DOUBLE"}},
    )
    with tables.connect() as con:
        firms = con.execute("SELECT firm_id, name, score FROM firms").fetchall()
        day = con.execute('SELECT DISTINCT "on"::VARCHAR, amount, currency, paid_on FROM supplies').fetchall()
    assert firms == [("F1", " two words ", 0.0), ("F2", None, None)]
    assert day == [("2024-02-29", 3.1, None, None)]
    manifest = json.loads(files_of(tmp_path / "w")["manifest.json"])
    assert (manifest["schema"], manifest["rows"]) == (TABLES_SCHEMA, {"firms": 2, "supplies": 2})
    assert str(tmp_path) not in "".join(p.read_text() for p in (tmp_path / "w").rglob("*.json"))


def test_only_the_newest_data_stay(tmp_path: Path) -> None:
    load(write(tmp_path / "a", rows_of(4)), tmp_path / "w")
    load(write(tmp_path / "a", rows_of(5)), tmp_path / "w")
    load(write(tmp_path / "a", rows_of(5)), tmp_path / "w")
    assert len(list((tmp_path / "w" / "data").iterdir())) == 1
    assert read_workspace(tmp_path / "w").rows("firms") == 5


def test_damaged_data_are_mended_by_loading_again(tmp_path: Path) -> None:
    load(write(tmp_path / "a", rows_of(4)), tmp_path / "w")
    whole = files_of(tmp_path / "w")
    (next((tmp_path / "w" / "data").iterdir()) / "firms.parquet").write_bytes(b"x")
    load(tmp_path / "a", tmp_path / "w")
    assert files_of(tmp_path / "w") == whole


@pytest.fixture(scope="module")
def before_and_after(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two data sets, a and b, and the workspaces that they make, wa and wb."""
    folder = tmp_path_factory.mktemp("steps")
    for name, n in (("a", 4), ("b", 6)):
        load(write(folder / name, rows_of(n)), folder / f"w{name}")
    return folder


def fail_at(monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    """Make the n-th of the calls that write raise: two tables, the manifest and its folder, the rename and
    its folder, the pointer and its folder are eight."""
    calls = 0

    def failing(original: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object) -> object:
            nonlocal calls
            calls += 1
            if calls == call:
                raise OSError("no space left on device")
            return original(*args)

        return step

    writers = [
        (writer, "_write_table"),
        (writer, "write_json_atomically"),
        (writer, "_sync"),
        (Path, "rename"),
    ]
    for owner, name in writers:
        monkeypatch.setattr(owner, name, failing(getattr(owner, name)))


@pytest.mark.parametrize("call", range(1, 9))
def test_a_failure_at_any_step_leaves_the_old_data_or_the_new_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before_and_after: Path, call: int
) -> None:
    before, after = files_of(before_and_after / "wa"), files_of(before_and_after / "wb")
    shutil.copytree(before_and_after / "wa", tmp_path / "w")
    with monkeypatch.context() as patch:
        fail_at(patch, call)
        with pytest.raises(WorkspaceError, match="no space left"):
            load(before_and_after / "b", tmp_path / "w")
    assert files_of(tmp_path / "w") == (after if call == 8 else before)
    assert not list((tmp_path / "w" / "data").glob(".tmp-*"))
    if call == 6:  # the new folder is there, but nothing points at it yet
        load(before_and_after / "b", tmp_path / "w")
        assert files_of(tmp_path / "w") == after


def test_a_killed_load_leaves_the_old_data_whole_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    load(write(tmp_path / "a", rows_of(4)), tmp_path / "w")
    before = files_of(tmp_path / "w")
    write(tmp_path / "b", rows_of(6))
    # stops inside the load, after the tables are written and before they are made current
    code = (
        "import sys, time\nfrom supplyrisk.loaders import load as l\nimport importlib\n"
        "m = importlib.import_module('supplyrisk.loaders.folder_load')\n"
        "def stop(*a):\n    print('here', flush=True)\n    time.sleep(60)\n"
        "m.publish = stop\nl(sys.argv[1], sys.argv[2])\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "b"), str(tmp_path / "w")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"here\n"
        with pytest.raises(WorkspaceError, match="another load is writing"):
            load(tmp_path / "b", tmp_path / "w")
        child.send_signal(signal.SIGKILL)
    assert files_of(tmp_path / "w") == before
    assert list((tmp_path / "w" / "data").glob(".tmp-*"))
    assert load(tmp_path / "b", tmp_path / "w").content_hash
    assert not list((tmp_path / "w" / "data").glob(".tmp-*"))
    assert read_workspace(tmp_path / "w").rows("firms") == 6


def test_a_second_load_at_the_same_time_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    with (tmp_path / "w" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(WorkspaceError, match="another load is writing"):
            load(write(tmp_path / "a", rows_of(2)), tmp_path / "w")


def test_a_workspace_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "w").write_text("x")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        load(write(tmp_path / "a", rows_of(2)), tmp_path / "w")


def test_too_many_bad_rows_write_the_quarantine_and_load_nothing(tmp_path: Path) -> None:
    load(write(tmp_path / "a", rows_of(4)), tmp_path / "w")
    before = files_of(tmp_path / "w")
    rows = rows_of(4)
    rows["supplies"][2] = "F1,F9,2024-01-01,x,CNY"  # one of 12 rows, two faults
    write(tmp_path / "a", rows)
    with pytest.raises(DataError) as caught:
        load(tmp_path / "a", tmp_path / "w", max_bad=0.08)
    for said in (
        "supplies: 1 of 12 rows are bad",
        "supplies.csv line 4: customer_id 'F9'",
        "nothing was loaded",
    ):
        assert said in str(caught.value)
    assert files_of(tmp_path / "w") == before
    with (tmp_path / "w" / "quarantine" / "quarantine.csv").open(newline="", encoding="utf-8-sig") as file:
        faults = list(csv.DictReader(file))
    assert [(f["table"], f["file"], f["line"], f["column"], f["value"], f["rule"]) for f in faults] == [
        ("supplies", "supplies.csv", "4", "customer_id", "F9", "unknown"),
        ("supplies", "supplies.csv", "4", "amount", "x", "number"),
    ]
    report = json.loads((tmp_path / "w" / "quarantine" / "report.json").read_text())
    assert report["content_hash"] is None
    assert report["total"] == {
        "rows": 16,
        "loaded": 15,
        "quarantined": 1,
        "duplicates": 0,
        "dropped": 0,
        "blanked": 0,
    }


def test_the_share_is_of_each_table_and_inclusive(tmp_path: Path) -> None:
    rows = rows_of(4)
    rows["supplies"][2] = "F1,F9,2024-01-01,1,CNY"
    report = load(write(tmp_path / "a", rows), tmp_path / "w", max_bad=1 / 12)
    assert report.table("supplies").count.loaded == 11
    clean = load(write(tmp_path / "a", rows_of(4)), tmp_path / "w")
    assert clean.quarantine is not None
    assert clean.quarantine.read_text().count("\n") == 1  # the old faults are gone, the header stays


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(tmp_path: Path, share: float) -> None:
    with pytest.raises(DataError, match="a share from 0 to 1"):
        load(write(tmp_path / "a", rows_of(2)), tmp_path / "w", max_bad=share)


def test_progress_counts_the_steps_of_each_stage(tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    load(write(tmp_path / "a", rows_of(2)), tmp_path / "w", progress=lambda *step: steps.append(step))
    assert steps == [
        ("reading files", 0, 2), ("reading files", 1, 2), ("checking rows", 0, 2), ("checking rows", 1, 2),
        ("comparing rows", 0, 1), ("writing tables", 0, 1),
    ]  # fmt: skip
    assert list(LOADING_STAGES) == list(dict.fromkeys(stage for stage, _, _ in steps))
    steps.clear()
    validate(tmp_path / "a", progress=lambda *step: steps.append(step))
    assert list(CHECKING_STAGES) == list(dict.fromkeys(stage for stage, _, _ in steps))


def test_row_groups_are_the_same_whatever_the_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_GROUP", 7)
    load(write(tmp_path / "a", rows_of(10)), tmp_path / "w")
    path = read_workspace(tmp_path / "w").sources["supplies"]
    assert isinstance(path, Path)
    metadata = pq.read_metadata(path)
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [7, 7, 7, 7, 2]


def test_no_room_for_the_check_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(write(tmp_path / "a", rows_of(4)), tmp_path / "w")
    before = files_of(tmp_path / "w")
    module = importlib.import_module(
        "supplyrisk.loaders.folder_load"
    )  # the package's own name is the function
    monkeypatch.setattr(module, "MEMORY", "1MB")
    with pytest.raises(WorkspaceError, match="not enough memory or disk space to check") as caught:
        load(write(tmp_path / "a", rows_of(3000)), tmp_path / "w")
    assert "\n" not in str(caught.value)
    assert files_of(tmp_path / "w") == before


def test_a_load_leaves_the_files_that_someone_reads(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    load(write(tmp_path / "a", rows_of(5)), workspace)
    reading = read_workspace(workspace)
    load(write(tmp_path / "b", rows_of(7)), workspace)
    with reading.connect() as con:
        assert con.sql("SELECT count(*) FROM firms").fetchall() == [(5,)]
    assert read_workspace(workspace).rows("firms") == 7
    assert len(list((workspace / "data").iterdir())) == 2
    del reading
    load(write(tmp_path / "c", rows_of(9)), workspace)
    assert len(list((workspace / "data").iterdir())) == 1


def test_a_reader_that_meets_a_load_takes_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = tmp_path / "w"
    load(write(tmp_path / "a", rows_of(5)), workspace)
    claim = tables.Lease

    def late(folder: Path) -> tables.Lease:
        monkeypatch.setattr(tables, "Lease", claim)
        load(write(tmp_path / "b", rows_of(7)), workspace)  # between the pointer and the claim
        return claim(folder)

    monkeypatch.setattr(tables, "Lease", late)
    assert read_workspace(workspace).rows("firms") == 7
