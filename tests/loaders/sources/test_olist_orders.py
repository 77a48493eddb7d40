"""`olist_orders`: orders, order items and sellers of a marketplace."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from loaded_sources import FIXTURES, counts, loaded
from supplyrisk.graph import DataError
from supplyrisk.loaders import validate

FOLDER = FIXTURES / "olist_orders"


def _id(kind: str, number: int) -> str:
    return f"{kind}{number:0{32 - len(kind)}}"


def test_orders_and_their_items(tmp_path: Path) -> None:
    report, tables = loaded(FOLDER, "olist_orders", tmp_path / "ws")
    first = {
        "customer_id": _id("c", 1), "on": "2017-07-09", "currency": "BRL", "paid_on": "2017-07-09",
        "promised_on": "2017-08-01", "delivered_on": "2017-07-26",
    }  # fmt: skip
    expected = [
        first | {"supplier_id": _id("51", 1), "amount": 99.9, "row_id": f"{_id('a', 1)}/1"},
        first | {"supplier_id": _id("51", 1), "amount": 99.9, "row_id": f"{_id('a', 1)}/2"},
        first | {"supplier_id": _id("51", 3), "amount": 5, "row_id": f"{_id('a', 1)}/3"},
        {
            "supplier_id": _id("51", 2), "customer_id": _id("c", 2), "on": "2017-12-31", "amount": 144,
            "row_id": f"{_id('a', 2)}/1", "currency": "BRL", "paid_on": "2018-01-02", "promised_on": "2018-01-20",
        },
    ]  # fmt: skip
    assert sorted(tables["supplies"], key=lambda row: str(row["row_id"])) == expected
    # the third seller is in no list and has items; customers are not scored
    assert tables["firms"] == [
        {"firm_id": _id("51", 1), "region": "SP"},
        {"firm_id": _id("51", 2), "region": "RJ"},
        {"firm_id": _id("51", 3)},
        {"firm_id": _id("c", 1), "unlisted": True},
        {"firm_id": _id("c", 2), "unlisted": True},
    ]
    # the item of the canceled order is dropped; the unavailable order has no items
    assert counts(report, "supplies") == (5, 4, 0, 0, 1)
    assert not report.fault_count


def test_an_item_without_its_order_is_a_fault(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "data")
    path = tmp_path / "data" / "olist_orders_dataset.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    report = validate(tmp_path / "data", "olist_orders", max_bad=1.0)
    assert counts(report, "supplies") == (5, 3, 2, 0, 0)
    path.unlink()
    with pytest.raises(DataError, match=r"names \*orders\*.csv, which the folder does not have"):
        validate(tmp_path / "data", "olist_orders")
