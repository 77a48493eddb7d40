"""`scgraph letter`: the files that it writes, the decision that it is about, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from commands import run, run_json
from supplyrisk.graph import Workspace

CHINESE_TITLE = "信用评分说明函"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that the expert scorecard scored at another base rate than that of its training."""
    place = tmp_path_factory.mktemp("letters")
    run("synth", place / "data", "--firms", 60, "--weeks", 40)
    for command in (
        ("load", place / "data"),
        ("train", "--expert", "--base-rate", 0.02),
        ("score", "--base-rate", 0.04),
    ):
        code, _, err = run(*command, "-w", place / "ws")
        assert code == 0, err
    return place / "ws"


@pytest.fixture(scope="module")
def shop(ws: Path) -> str:
    """A scored shop with sales."""
    rows = run_json("explain", "F0000010", "-w", ws)["rows"]
    assert rows[0]["state"] == "scored"
    return str(rows[0]["firm_id"])


@pytest.fixture(scope="module")
def check(ws: Path, shop: str) -> int:
    """The entry of a check of the shop, which comes after the check of another one."""
    for firm in (shop, "F0000011"):
        code, _, err = run("check", firm, "--amount", 20000, "--days", 90, "-w", ws)
        assert code == 0, err
    return 1


def letter(ws: Path, *args: object) -> dict[str, Any]:
    row: dict[str, Any] = run_json("letter", *args, "-w", ws)["rows"][0]
    return row


def test_without_a_request_the_letter_explains_the_score(ws: Path) -> None:
    code, out, err = run("letter", "F0000012", "-w", ws)
    assert code == 0, err
    assert out.startswith("Your credit score and its reasons\n")
    assert "an estimate, not a promise" in out or "None of the changes" in out
    assert "synthetic" in err
    # What the sender has to know of data and model, and nothing on columns that a letter does not have.
    assert "expert: PDs by a scorecard" in err
    for word in ("caught", "worst_grade", "terms"):
        assert word not in err, word
    _, chinese, _ = run("letter", "F0000012", "-w", ws, "--lang", "zh")
    assert chinese.startswith(CHINESE_TITLE)


@pytest.mark.parametrize(
    ("ending", "start"),
    [("html", "<!doctype html>"), ("md", "# Your"), ("json", "{")],
)
def test_every_format_is_written_and_nothing_else_printed(
    ws: Path, tmp_path: Path, ending: str, start: str
) -> None:
    path = tmp_path / f"letter.{ending}"
    code, out, err = run("letter", "F0000012", "-w", ws, "-o", path)
    assert (code, out) == (0, "")
    assert f"letter written to {path}" in err
    assert path.read_text(encoding="utf-8").startswith(start)


def test_another_ending_is_refused_at_once(ws: Path, tmp_path: Path) -> None:
    code, _, err = run("letter", "F0000012", "-w", ws, "-o", tmp_path / "letter.pdf")
    assert code == 2
    assert ".html, .md, .txt, .json" in err


def test_the_letter_is_about_the_last_check_and_the_decision_on_it(ws: Path, shop: str, check: int) -> None:
    document = letter(ws, shop)
    assert document["kind"] == "decision"
    assert document["decision"]["entry"] == check
    assert (document["decision"]["decision"], document["decision"]["decided_on"]) == ("open", None)
    assert (document["decision"]["amount"], document["decision"]["days"]) == (20_000.0, 90)
    decided = run_json("decide", check, "decline", "--reason", "other plans", "-w", ws)["rows"][0]["record"]
    for entry in ((), ("--entry", decided)):
        decision = letter(ws, shop, *entry)["decision"]
        assert (decision["entry"], decision["decision"]) == (check, "decline")
    _, out, _ = run("letter", shop, "-w", ws)
    assert "Decision: declined" in out
    # The reason that a person recorded is the lender's own.
    assert "other plans" not in out


def test_an_entry_of_another_shop_or_kind_is_refused(ws: Path, check: int) -> None:
    code, _, err = run("letter", "F0000012", "--entry", check, "-w", ws)
    assert code == 3
    assert f"entry {check} is of F0000010, not of F0000012" in err
    code, _, err = run("letter", "F0000012", "--entry", 99, "-w", ws)
    assert code == 3


def test_a_decision_is_explained_by_what_was_kept_with_it(ws: Path, shop: str, check: int) -> None:
    before = letter(ws, shop, "--entry", check)
    # The stored scores, which name the base rate, are of another one now, and the model is gone.
    assert run("score", "--base-rate", 0.01, "--no-write-back", "-w", ws)[0] == 0
    moved = (ws / "models" / "default").rename(ws / "models" / "other")
    assert letter(ws, shop, "--entry", check) == before
    moved.rename(ws / "models" / "default")
    code, out, err = run("letter", shop, "-w", ws)
    assert code == 0
    assert "Decision" not in out
    assert f"entry {check} is about another score" in err


def test_without_kept_data_a_changed_score_is_not_explained_as_the_reason(
    ws: Path, shop: str, check: int
) -> None:
    log = Workspace(ws).audit_log()
    document = log.recorded(check)["document"]
    document["rows"][0]["risk"]["pd"] *= 1.01
    entry = log.append("check", {"command": None, "document": document}).number
    code, _, err = run("letter", shop, "--entry", entry, "-w", ws)
    assert code == 3
    assert "data or model have changed since" in err


def test_a_policy_names_the_permitted_reasons_and_the_contact(ws: Path, tmp_path: Path) -> None:
    _, shipped, _ = run("check", "--show-policy")
    start = shipped.index("permitted = [")
    end = shipped.index("]", start) + 1
    policy = tmp_path / "policy.toml"
    permitted = shipped[:start] + 'permitted = ["LIQUIDITY"]' + shipped[end:]
    policy.write_text(permitted.replace('contact = ""', 'contact = "desk@lender.example"'), encoding="utf-8")
    document = letter(ws, "F0000012", "--policy", policy)
    assert {reason["code"] for reason in document["reasons"]} <= {"LIQUIDITY"}
    assert document["contact"] == "desk@lender.example"
    policy.write_text(shipped[:start] + 'permitted = ["LUCK"]' + shipped[end:], encoding="utf-8")
    code, _, err = run("letter", "F0000012", "--policy", policy, "-w", ws)
    assert code == 3
    assert "reasons.permitted names LUCK; expected codes of PAYMENT, ARREARS" in err


def test_no_such_shop(ws: Path) -> None:
    code, _, err = run("letter", "nobody", "-w", ws)
    assert code == 2
    assert "no firm 'nobody'" in err


def test_what_is_refused_at_once_imports_nothing_that_takes_long(tmp_path: Path) -> None:
    program = (
        "import sys; from supplyrisk import graph, services\n"
        "try: services.letter(graph.Workspace(sys.argv[1]), 'F0000001', entry=1)\n"
        "except graph.DataError: print(*{'torch', 'lightgbm', 'sklearn', 'scipy'} & set(sys.modules))"
    )
    args = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(args, check=True, capture_output=True, text=True, timeout=300)
    assert done.stdout == "\n"
