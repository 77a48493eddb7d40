"""The record of decisions: a chain in which one changed byte is found, and what it shows is what was written."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from pathlib import Path

import pytest

from supplyrisk.graph import DataError
from supplyrisk.graph.credit import AuditLog
from supplyrisk.graph.credit.audit_log import MARK


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    made = AuditLog(tmp_path / "audit")
    for shop in ("F1", "F2", "F3"):
        made.append("check", {"shop": shop, "name": "丝绸"})
    return made


def test_entries_follow_one_another(log: AuditLog) -> None:
    first, second, third = log.entries()
    assert [e.number for e in log.entries()] == [1, 2, 3]
    assert json.loads(first.path.read_bytes())["previous"] == "0" * 64
    assert json.loads(second.path.read_bytes())["previous"] == first.hash
    assert json.loads(third.path.read_bytes())["previous"] == second.hash
    assert log.verify() == []


def test_an_entry_is_shown_with_what_was_recorded(log: AuditLog) -> None:
    shown = json.loads(log.show(2))
    assert len(shown.pop("salt")) == 32
    assert shown == json.loads(log.entries()[1].path.read_bytes()) | {"shop": "F2", "name": "丝绸"}
    assert (shown["schema"], shown["id"], shown["verb"]) == ("scgraph.audit/2", 2, "check")
    assert shown["previous"] == log.entries()[0].hash
    assert shown["user"]
    assert shown["host"]


def test_entries_state_no_more_than_the_salted_hash_of_a_payload(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    first = log.append("check", {"shop": "F1"})
    second = log.append("check", {"shop": "F1"})
    hashes = {json.loads(entry.path.read_bytes())["payload"] for entry in (first, second)}
    assert len(hashes) == 2, "equal payloads have different hashes"
    assert b"F1" not in first.path.read_bytes()
    assert hashlib.sha256(first.payload.read_bytes()).hexdigest() in hashes


def test_no_such_entry(log: AuditLog, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no entry 4; expected one from 1 to 3"):
        log.show(4)
    with pytest.raises(DataError, match="there is none yet"):
        AuditLog(tmp_path / "empty").show(1)
    assert AuditLog(tmp_path / "empty").verify() == []


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("part", ["path", "payload"])
def test_every_single_changed_byte_is_found(log: AuditLog, number: int, part: str) -> None:
    file = getattr(log.entries()[number - 1], part)
    whole = file.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        file.write_bytes(changed)
        assert f"entry {number} was changed" in log.verify()[0]
    with pytest.raises(DataError, match="was changed"):
        log.show(number)
    with pytest.raises(DataError, match="is not intact"):
        log.append("check", {})
    assert len(log.entries()) == 3


def test_a_missing_payload_is_named(log: AuditLog) -> None:
    log.entries()[0].payload.unlink()
    assert log.verify() == ["the payload of entry 1 is missing"]


def test_a_change_that_hides_behind_a_new_name_is_found_by_the_next_entry(log: AuditLog) -> None:
    first = log.entries()[0]
    first.path.unlink()
    forged = AuditLog(log.folder / "other").append("check", {"shop": "forged"})
    forged.path.rename(log.folder / forged.path.name)
    forged.payload.replace(first.payload)
    assert log.verify() == ["entry 2 does not follow the one before: its previous hash differs"]


def test_a_missing_entry_is_named(log: AuditLog) -> None:
    log.entries()[1].path.unlink()
    assert "entry 2 is missing: the next one is 3" in log.verify()


def _write(folder: Path) -> None:
    for _ in range(10):
        AuditLog(folder).append("check", {})


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
    (log.folder / "payloads" / "000004.json").write_text('{"of an entry that was not written": 1}')
    assert log.append("check", {}).number == 4
    assert log.verify() == []


# Payloads that an earlier append has read


@pytest.fixture
def marked(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> AuditLog:
    """A log with six entries, whose appends have read the payloads of the first five."""
    monkeypatch.setattr("supplyrisk.graph.credit.audit_log.MARK_EVERY", 2)
    while len(log.entries()) < 6:
        log.append("check", {"more": len(log.entries())})
    assert json.loads((log.folder / MARK).read_text())["number"] == 5
    return log


def test_an_append_reads_later_payloads_only_and_verify_all(marked: AuditLog) -> None:
    payload = marked.entries()[1].payload
    original = payload.read_bytes()
    payload.write_bytes(b"x")
    marked.append("check", {})
    assert marked.verify() == ["the payload of entry 2 was changed"]
    payload.write_bytes(original)
    marked.entries()[6].payload.write_bytes(b"x")
    with pytest.raises(DataError, match="the payload of entry 7 was changed"):
        marked.append("check", {})


@pytest.mark.parametrize("part", ["entry", "payload"])
def test_an_append_finds_what_was_removed_before_the_mark(marked: AuditLog, part: str) -> None:
    entry = marked.entries()[1]
    (entry.path if part == "entry" else entry.payload).unlink()
    with pytest.raises(DataError, match=r"entry 2 is missing"):
        marked.append("check", {})


def test_an_append_finds_an_entry_that_was_changed_before_the_mark(marked: AuditLog) -> None:
    entry = marked.entries()[1]
    entry.path.write_bytes(entry.path.read_bytes().replace(b"check", b"other"))
    with pytest.raises(DataError, match="entry 2 was changed"):
        marked.append("check", {})


@pytest.mark.parametrize("mark", ["", "[]", '{"number": 5, "hash": "of another chain"}', '{"number": "5"}'])
def test_a_mark_that_is_not_of_this_chain_spares_nothing(marked: AuditLog, mark: str) -> None:
    (marked.folder / MARK).write_text(mark)
    marked.entries()[1].payload.write_bytes(b"x")
    with pytest.raises(DataError, match="the payload of entry 2 was changed"):
        marked.append("check", {})
