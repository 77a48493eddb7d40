"""The record of checks and decisions: `scgraph audit` and `scgraph decide`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from commands import run, run_json
from desk import open_desk
from supplyrisk.graph.credit import AuditLog


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def own(ws: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(ws, tmp_path / "own"))


def test_a_check_is_put_on_record_and_shown_as_it_was(own: Path) -> None:
    ws = own
    first = run_json("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws)
    code, _, err = run("check", "WEAK", "--amount", 1e4, "--days", 90, "-w", ws)
    assert code == 0
    assert "entry 2: scgraph audit show 2" in err
    code, out, _ = run("audit", "show", 1, "-w", ws)
    assert code == 0
    stored = json.loads(out)
    assert stored["document"]["rows"] == first["rows"]
    assert stored["document"]["data"] == first["data"]
    assert run("audit", "verify", "-w", ws)[0] == 0
    assert stored["command"].startswith("scgraph check GOOD --amount 10000.0 --days 90")
    payload = AuditLog(ws / "audit").entries()[0].payload
    payload.write_bytes(payload.read_bytes().replace(b"10000", b"90000"))
    code, _, err = run("audit", "verify", "-w", ws)
    assert code == 3
    assert "entry 1 was changed" in err
    code, _, err = run("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws)
    assert code == 3
    assert "is not intact: the payload of entry 1 was changed" in err


def test_a_person_decides_on_a_check(own: Path) -> None:
    ws = own
    assert run("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws)[0] == 0
    word = run_json("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws)
    conclusion = word["rows"][0]["conclusion"]["word"]
    decided = run_json("decide", 1, "decline", "--reason", " too new ", "-w", ws)
    (row,) = decided["rows"]
    assert row == {
        "record": 3, "entry": 1, "shop": "GOOD", "decision": "decline", "reason": "too new",
        "conclusion": conclusion, "overrides": conclusion != "outside policy",
    }  # fmt: skip
    code, out, _ = run("audit", "show", 3, "-w", ws)
    stored = json.loads(out)
    assert (code, stored["verb"], stored["decision"]["reason"]) == (0, "decide", "too new")
    assert stored["entry_hash"] == AuditLog(ws / "audit").entries()[0].hash
    code, _, err = run("decide", 1, "approve", "--reason", "known for years", "-w", ws)
    assert code == 0
    assert "recorded as entry 4: approve for GOOD, which" in err
    assert run("audit", "verify", "-w", ws)[0] == 0


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ((1, "approve", "--reason", "  "), 2, "a decision without a reason"),
        ((9, "approve", "--reason", "x"), 3, "no entry 9"),
        ((2, "approve", "--reason", "x"), 3, "entry 2 is a decide; expected the entry of a check"),
        ((1, "perhaps", "--reason", "x"), 2, "perhaps"),
    ],
)
def test_decisions_that_cannot_be_recorded(
    own: Path, args: tuple[object, ...], code: int, words: str
) -> None:
    ws = own
    run("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws)
    run("decide", 1, "refer", "--reason", "first", "-w", ws)
    result = run("decide", *args, "-w", ws)
    assert result[0] == code
    assert words in result[2]
    assert len(AuditLog(ws / "audit").entries()) == 2


def test_a_missing_tail_and_a_rewritten_chain_are_found_from_elsewhere(own: Path, tmp_path: Path) -> None:
    ws = own
    for _ in range(2):
        run("check", "GOOD", "--amount", 1e4, "--days", 90, "-w", ws)
    anchor = tmp_path / "anchor.json"
    code, out, err = run("audit", "anchor", "-w", ws, "-o", anchor)
    assert code == 0
    number, last = out.split()
    assert number == "2"
    assert f"audit verify --expect {last}" in err
    for option in (("--expect", last), ("--anchor", anchor)):
        assert run("audit", "verify", *option, "-w", ws)[0] == 0
    AuditLog(ws / "audit").entries()[1].path.unlink()
    (ws / "audit" / "anchor").unlink()
    assert run("audit", "verify", "-w", ws)[0] == 0
    for option, words in (
        (("--expect", last), "no entry has the hash"),
        (("--anchor", anchor), "which was anchored"),
    ):
        code, _, err = run("audit", "verify", *option, "-w", ws)
        assert code == 3
        assert words in err
    assert run("audit", "verify", "--public-key", anchor, "-w", ws)[0] == 2
