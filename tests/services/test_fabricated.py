"""The job that names fabricated volume, and what memos make of it: the desk's ring of goods."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from desk import AS_OF, memo, open_desk
from supplyrisk import services
from supplyrisk.graph import DataError, Workspace
from supplyrisk.loaders import load

RING = {"RING1", "RING2", "RING3"}


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


def _codes(ws: Path, shop: str) -> set[str]:
    return {finding["code"] for finding in memo(ws, shop)["conclusion"]["findings"]}


def test_a_memo_refers_a_shop_with_a_case_of_the_day(ws: Path, tmp_path: Path) -> None:
    assert "FABRICATED" not in _codes(ws, "RING1")
    printed = run_json("fabricated", "-w", ws, "-o", tmp_path / "rows.parquet")
    assert (printed["schema"], printed["as_of"]) == ("scgraph.fabricated/1", str(AS_OF))
    counts = {row["kind"]: (row["cases"], row["firms"]) for row in printed["kinds"]}
    # goods of 900 go round once a month, and are paid for
    assert counts["ring"] == (1, 3)
    assert set(counts) == {"no_shipment", "ring", "round_amounts", "one_day_burst", "returned_payment"}
    written = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert {row["supplier_id"] for row in written if row["kind"] == "ring"} == RING
    assert len([row for row in written if row["kind"] == "ring"]) == 18
    findings = [f for f in memo(ws, "RING1")["conclusion"]["findings"] if f["code"] == "FABRICATED"]
    assert findings[0]["word"] == "refer"
    assert "RING1 > RING2 > RING3" in findings[0]["text"] or "RING2" in findings[0]["text"]
    assert "FABRICATED" not in _codes(ws, "WEAK")


@pytest.mark.long
def test_the_memo_can_be_replayed(ws: Path, tmp_path: Path) -> None:
    shutil.copytree(ws, tmp_path / "ws")
    services.fabricated(Workspace(tmp_path / "ws"))
    args = ("check", "RING1", "--amount", 5_000, "--days", 30, "-w", tmp_path / "ws")
    entry = run_json(*args)["record"]
    shutil.rmtree(tmp_path / "ws" / "fabricated")
    assert run_json("audit", "replay", entry, "-w", tmp_path / "ws")["identical"]


def test_the_terminal_shows_kinds_and_cases(ws: Path) -> None:
    shown = " ".join(map(str, run("fabricated", "-w", ws)))
    assert "goods that return to their seller" in shown
    assert "round amounts" in shown
    assert "整数金额" in " ".join(map(str, run("fabricated", "-w", ws, "--lang", "zh")))


def test_data_without_trade_are_refused(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("firm_id,joined_on\nA,2024-01-01\n")
    load(tmp_path, tmp_path / "ws")
    with pytest.raises(DataError, match="no supplies"):
        services.fabricated(Workspace(tmp_path / "ws"))
