"""Documents as the evidence of a check: what counts, what backs another loan, what a recorded approval finances."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commands import run, run_json
from desk import AS_OF, memo, open_data, write_data

HEADER = "seller_id,buyer_id,order_id,item_id,kind,on,amount,reference,due_on\n"


def _day(days: int) -> str:
    return (AS_OF - timedelta(days=days)).isoformat()


def _sold(order: str, item: str, amount: int, buyer: str = "MALL", invoice: bool = True) -> str:
    """An item that GOOD sold, due in thirty days."""
    ends = f"GOOD,{buyer},{order},{item}"
    rows = [f"{ends},order,{_day(40)},{amount},,", f"{ends},receipt,{_day(30)},{amount},,"]
    rows += [f"{ends},invoice,{_day(20)},{amount},I{order}{item},{_day(-30)}"] if invoice else []
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence")
    data = write_data(folder / "data")
    rows = _sold("7", "10", 40_000) + _sold("7", "20", 20_000) + _sold("8", "", 30_000, invoice=False)
    rows += _sold("9", "", 15_000, buyer="DEAD") + _sold("7", "30", 10_000)
    (data / "documents.csv").write_text(HEADER + rows)
    (data / "pledges.csv").write_text(
        f"loan_id,lender_id,firm_id,on,order_id,item_id,row_id\nX1,L2,GOOD,{_day(9)},7,30,P7\n"
    )
    return open_data(data, folder / "ws")


def _financed(sections: dict[str, Any]) -> dict[tuple[str, str], tuple[float | None, float, str]]:
    return {
        (row["order_id"], row["item_id"]): (row["unpaid"], row["counted"], row["counts"][0])
        for row in sections["order_items"]
    }


def test_receivables_are_those_of_the_documents(ws: Path) -> None:
    sections = memo(ws, "GOOD", "--product", "supply_chain")
    assert _financed(sections) == {
        ("7", "10"): (40_000, 40_000, "counts"),
        ("7", "20"): (20_000, 20_000, "counts"),
        ("9", ""): (15_000, 15_000, "counts"),
        ("7", "30"): (10_000, 0, "backs another loan"),
        ("8", ""): (None, 0, "not invoiced"),
    }
    owed = {row["debtor"]: (row["owed"], row["counts"][0]) for row in sections["financed"]}
    assert owed == {"MALL": (60_000, "counts"), "DEAD": (15_000, "debtor in default")}
    # .8 of half of what MALL owes, which is all that counts
    (rule,) = [rule for rule in sections["limit"]["rules"] if rule["code"] == "BACKING"]
    assert rule["amount"] == pytest.approx(0.8 * 0.5 * 60_000)


def test_orders_need_no_invoice(ws: Path) -> None:
    sections = memo(ws, "GOOD", "--product", "order")
    assert _financed(sections)["8", ""] == (30_000, 30_000, "counts")
    (rule,) = [rule for rule in sections["limit"]["rules"] if rule["code"] == "BACKING"]
    assert rule["amount"] == pytest.approx(0.7 * 90_000)


def test_products_that_are_repaid_from_earnings_list_no_items(ws: Path) -> None:
    assert "order_items" not in memo(ws, "GOOD", "--product", "credit")
    # without documents of its own, the trade of a shop is its evidence
    assert "order_items" not in memo(ws, "WEAK", "--product", "supply_chain")


def test_only_what_the_request_names_counts(ws: Path) -> None:
    sections = memo(ws, "GOOD", "--product", "order", "--backed-by", "7/20", "--backed-by", "8")
    assert set(_financed(sections)) == {("7", "20"), ("8", "")}
    assert sections["request"]["backed_by"] == ["7/20", "8"]
    assert "backed_by" not in memo(ws, "GOOD", "--product", "order")["request"]


def test_what_backs_another_loan_is_refused_with_its_row(ws: Path) -> None:
    sections = memo(ws, "GOOD", "--product", "order", "--backed-by", "7")
    assert sections["conclusion"]["word"] == "outside policy"
    (finding,) = [f for f in sections["conclusion"]["findings"] if f["code"] == "DOUBLE_FINANCED"]
    assert finding["text"] == (
        f"double financing: 7 backs loan X1 of lender L2 since {_day(9)} (pledges row_id P7)"
    )
    free = memo(ws, "GOOD", "--product", "order", "--backed-by", "7/10")["conclusion"]["findings"]
    assert "DOUBLE_FINANCED" not in {finding["code"] for finding in free}


def test_an_unknown_name_is_refused(ws: Path) -> None:
    code, _, err = run(
        "check", "GOOD", "--amount", 1000, "--days", 30, "-w", ws, "--no-record", "--backed-by", "nothing"
    )
    assert code == 2
    assert "GOOD has no order item, invoice or trade 'nothing'" in err


def test_an_approved_check_finances_what_it_names(ws: Path, tmp_path: Path) -> None:
    shutil.copytree(ws, tmp_path / "ws")
    args = ("GOOD", "--amount", 10_000, "--days", 30, "-w", tmp_path / "ws", "--product", "order")
    first = run_json("check", *args, "--backed-by", "7/10")["record"]
    again = ("check", *args, "--backed-by", "I710", "--backed-by", "7/20", "--no-record")

    def refused() -> list[str]:
        findings = run_json(*again)["rows"][0]["conclusion"]["findings"]
        return [f["text"] for f in findings if f["code"] == "DOUBLE_FINANCED" and "approved" in f["text"]]

    assert refused() == []
    assert run("decide", first, "approve", "--reason", "sound", "-w", tmp_path / "ws")[0] == 0
    assert refused() == [
        f"double financing: I710 backs a loan on data of {AS_OF} that was approved on entry {first} of the audit log"
    ]
    # it does not count either where a request names nothing
    sections = run_json("check", *args)["rows"][0]
    assert _financed(sections)["7", "10"] == (40_000, 0, "backs another loan")
    for entry in (first, first + 2):
        assert run_json("audit", "replay", entry, "-w", tmp_path / "ws")["identical"]
    assert run("decide", first, "decline", "--reason", "withdrawn", "-w", tmp_path / "ws")[0] == 0
    assert refused() == []
