"""Total exposure in `scgraph check`: lines, guarantees, the group's debt, repaid lines and stated debt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commands import run
from desk import memo, open_data, open_desk, write_data


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


def conclusion(sections: dict[str, Any]) -> tuple[str, list[str]]:
    return sections["conclusion"]["word"], [f["code"] for f in sections["conclusion"]["findings"]]


def test_existing_lines_take_their_part_of_the_limit(ws: Path) -> None:
    # HANGS has drawn 40,000 on C1; RING2 may draw 100,000 on C3 and guarantees 9,000 for RING3.
    sections = memo(ws, "HANGS", amount=5_000)
    assert conclusion(sections)[0] == "outside policy"
    assert sections["exposure"] == {
        "lines": 40_000, "guarantees": 0, "group": 0, "other_debt": 0, "repaid": 0, "no_lenders": False, "unknown": [],
    }  # fmt: skip
    assert sections["limit"]["amount"] == 0
    repaying = memo(ws, "HANGS", "--repays", "C1", amount=5_000)
    assert (repaying["exposure"]["lines"], repaying["exposure"]["repaid"]) == (0, 40_000)
    assert repaying["limit"]["amount"] > 0
    ring = memo(ws, "RING2", "--other-debt", 500, amount=5_000)["exposure"]
    assert (ring["lines"], ring["guarantees"], ring["other_debt"]) == (100_000, 9_000, 500)
    # GOOD has repaid its order loan of 70,000.
    assert memo(ws, "GOOD")["exposure"]["lines"] == 0


def test_a_line_that_the_shop_does_not_have_cannot_be_repaid(ws: Path) -> None:
    code, out, err = run("check", "HANGS", "--amount", 1e4, "--days", 90, "-w", ws, "--repays", "C9")
    assert (code, out) == (2, "")
    assert "the shop has no line C9; expected lines to repay of C1" in err


def test_debt_of_firms_with_the_same_owner_counts(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    with (data / "relations.csv").open("a") as file:
        file.write("ALFA,GOOD,owns,,2024-01-01\nALFA,HANGS,owns,,2024-01-01\n")
    ws = open_data(data, tmp_path / "ws")
    exposure = memo(ws, "GOOD")["exposure"]
    assert exposure["group"] == 40_000
    assert memo(ws, "WEAK")["exposure"]["group"] == 0


def test_without_loans_in_the_data_there_is_no_limit_unless_debt_is_stated(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    (data / "loans.csv").unlink()
    ws = open_data(data, tmp_path / "ws")
    sections = memo(ws, "GOOD")
    assert conclusion(sections) == ("refer", ["EXPOSURE_UNKNOWN"])
    assert (sections["limit"]["amount"], sections["limit"]["binding"]) == (0, "EXPOSURE")
    stated = memo(ws, "GOOD", "--other-debt", 0)
    assert conclusion(stated) == ("within policy", [])
