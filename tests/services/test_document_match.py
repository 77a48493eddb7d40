"""The job and the command that match documents: counts by hand, files, bad input."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from supplyrisk import services
from supplyrisk.graph import DataError, RequestError, Workspace
from supplyrisk.loaders import load

DOCUMENTS = """order_id,kind,on,amount
1,order,2024-01-01,100
1,receipt,2024-01-09,100
1,invoice,2024-01-10,100
1,payment,2024-02-09,100
2,order,2024-01-01,50
2,receipt,2024-01-09,50
2,cancel_receipt,2024-01-10,
3,order,2024-01-02,70
3,cancel_order,2024-01-03,
3,cancel_order,2024-01-04,
"""


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    lines = DOCUMENTS.splitlines()
    rows = [f"{line},{'seller_id,buyer_id' if line is lines[0] else 'S,B'}" for line in lines]
    (folder / "documents.csv").write_text("\n".join(rows) + "\n")
    (folder / "firms.csv").write_text("firm_id\nS\nB\n")
    (folder / "pledges.csv").write_text("loan_id,firm_id,on,order_id\nL1,S,2024-01-11,1\nL2,S,2024-01-12,1\n")
    load(folder, folder / "ws")
    return folder / "ws"


def test_counts_by_hand(ws: Path) -> None:
    result = services.match_documents(Workspace(ws))
    states = [(row.state, row.items, row.ordered, row.delivered) for row in result.states]
    assert states == [("cancelled", 1, None, None), ("open", 1, 50, None), ("complete", 1, 100, 100)]
    assert [(row.evidence, row.items) for row in result.evidence] == [("", 2), ("receipt+invoice+payment", 1)]
    assert result.notes == (
        "1 cancellations had no open document of their kind before them, and are of no effect",
        "1 pairs of pledges back two loans with the same order, invoice or trade",
    )
    assert list(result.to_frame()["order_id"]) == ["1", "2", "3"]


def test_the_command_prints_and_writes_the_items(ws: Path, tmp_path: Path) -> None:
    printed = run_json("documents", "-w", ws, "--states", tmp_path / "items.parquet")
    assert (printed["schema"], printed["raw"]) == ("scgraph.documents/1", False)
    assert [row["state"] for row in printed["rows"]] == ["complete", "open", "cancelled"]
    written = pq.read_table(tmp_path / "items.parquet")
    assert json.loads(json.dumps(written.to_pylist(), default=str)) == printed["rows"]
    raw = run_json("documents", "-w", ws, "--raw", "--top", "1")
    assert {row["evidence"]: row["items"] for row in raw["evidence"]} == {
        "receipt+invoice+payment": 1, "receipt": 1, "": 1,
    }  # fmt: skip
    assert len(raw["rows"]) == 1
    shown = " ".join(map(str, run("documents", "-w", ws)))
    assert "complete" in shown
    assert "receipt+invoice+payment" in shown


def test_what_can_be_financed(ws: Path) -> None:
    result = services.match_documents(Workspace(ws), as_of=date(2024, 1, 12))
    counts = {(row.product, row.rule): (row.items, row.amount) for row in result.products}
    assert counts == {
        ("order", "pledged"): (1, 100), ("order", "cancelled"): (1, None), ("order", "not_delivered"): (1, None),
        ("supply_chain", "pledged"): (1, 100), ("supply_chain", "cancelled"): (1, None),
        ("supply_chain", "not_delivered"): (1, None),
    }  # fmt: skip
    assert [row.backing for row in result.financed_twice] == ["order 1"]
    assert result.notes[-1] == "1 pairs of pledges back two loans with the same order, invoice or trade"
    assert services.match_documents(Workspace(ws), raw=True).products == ()


def test_pledges_after_the_last_document_count(tmp_path: Path) -> None:
    (tmp_path / "documents.csv").write_text(
        "seller_id,buyer_id,order_id,kind,on,amount\nS,B,1,order,2024-01-01,100\nS,B,1,receipt,2024-01-09,100\n"
    )
    (tmp_path / "firms.csv").write_text("firm_id\nS\nB\n")
    (tmp_path / "pledges.csv").write_text(
        "loan_id,firm_id,on,order_id\nL1,S,2024-01-10,1\nL2,S,2024-01-11,1\n"
    )
    load(tmp_path, tmp_path / "ws")
    result = services.match_documents(Workspace(tmp_path / "ws"))
    assert ("order", "pledged") in [(row.product, row.rule) for row in result.products]
    assert [(pair.loan, pair.other_loan) for pair in result.financed_twice] == [("L1", "L2")]


def test_the_day_of_the_items(ws: Path) -> None:
    before = services.match_documents(Workspace(ws), as_of=date(2024, 2, 8))
    assert [row.state for row in before.states] == ["cancelled", "open", "invoiced_not_cleared"]
    nothing_yet = services.match_documents(Workspace(ws), as_of=date(2010, 1, 1))
    assert nothing_yet.items.num_rows == 0
    assert nothing_yet.notes == ("no document is known up to this day",)


def test_bad_input(ws: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"tolerance of 1\.0, expected at least 0 and below 1"):
        services.match_documents(Workspace(ws), tolerance=1.0)
    (tmp_path / "firms.csv").write_text("firm_id\nS\n")
    load(tmp_path, tmp_path / "ws")
    with pytest.raises(DataError, match="no documents of order items"):
        services.match_documents(Workspace(tmp_path / "ws"))
