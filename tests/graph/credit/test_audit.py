"""The record of decisions: a chain in which one changed byte is found, and what it shows is what was written."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from supplyrisk.graph import DataError
from supplyrisk.graph.credit import AuditLog


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    made = AuditLog(tmp_path / "audit")
    for shop in ("F1", "F2", "F3"):
        made.append({"verb": "check", "shop": shop, "name": "丝绸"})
    return made


def test_entries_follow_one_another(log: AuditLog) -> None:
    first, second, third = log.entries()
    assert [e.number for e in log.entries()] == [1, 2, 3]
    assert json.loads(first.path.read_bytes())["previous"] == "0" * 64
    assert json.loads(second.path.read_bytes())["previous"] == first.hash
    assert json.loads(third.path.read_bytes())["previous"] == second.hash
    assert log.verify() == []


def test_what_is_shown_is_what_was_stored_byte_for_byte(log: AuditLog) -> None:
    second = log.entries()[1]
    assert log.show(2) == second.path.read_bytes()
    assert json.loads(log.show(2)) == {
        "schema": "scgraph.audit/1", "id": 2, "previous": log.entries()[0].hash,
        "verb": "check", "shop": "F2", "name": "丝绸",
    }  # fmt: skip


def test_no_such_entry(log: AuditLog, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no entry 4; expected one from 1 to 3"):
        log.show(4)
    with pytest.raises(DataError, match="there is none yet"):
        AuditLog(tmp_path / "empty").show(1)
    assert AuditLog(tmp_path / "empty").verify() == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_single_changed_byte_is_found(log: AuditLog, number: int) -> None:
    entry = log.entries()[number - 1]
    whole = entry.path.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        entry.path.write_bytes(changed)
        assert f"entry {number} was changed" in log.verify()[0]
    with pytest.raises(DataError, match="was changed"):
        log.show(number)


def test_a_change_that_hides_behind_a_new_name_is_found_by_the_next_entry(log: AuditLog) -> None:
    first = log.entries()[0]
    first.path.unlink()
    AuditLog(log.folder / "other").append({"verb": "check", "shop": "forged"})
    forged = next((log.folder / "other").glob("*.json"))
    forged.rename(log.folder / forged.name)
    assert log.verify() == ["entry 2 does not follow the one before: its previous hash differs"]


def test_a_missing_entry_is_named(log: AuditLog) -> None:
    log.entries()[1].path.unlink()
    assert "entry 2 is missing: the next one is 3" in log.verify()


def _write(folder: Path) -> None:
    for _ in range(10):
        AuditLog(folder).append({"verb": "check"})


def test_writers_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(tmp_path,)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [e.number for e in AuditLog(tmp_path).entries()] == list(range(1, 31))
    assert AuditLog(tmp_path).verify() == []


def test_what_a_killed_writer_left_is_no_entry(log: AuditLog) -> None:
    (log.folder / ".000004.tmp").write_text('{"half')
    assert log.append({"verb": "check"}).number == 4
    assert log.verify() == []
