"""`sap_po_history`: the events of purchase-order items, with SAP's names of the activities."""

from __future__ import annotations

import gzip
from pathlib import Path

from loaded_sources import counts, loaded
from supplyrisk.graph import read_workspace
from supplyrisk.graph.merchant.documents import matched_items
from supplyrisk.loaders import validate

HEADER = "item,document,vendor,company,spend_area,item_type,item_category,activity,at,user,net_worth_eur\n"
_ITEM = '{item},{document},{vendor},companyID_0000,{area},Standard,"3-way match, invoice after GR",'
MILL = _ITEM.format(item="4507000001_00010", document="4507000001", vendor="vendorID_0001", area="Packaging")
MILL_2 = _ITEM.format(
    item="4507000001_00020", document="4507000001", vendor="vendorID_0001", area="Packaging"
)
SHOP = _ITEM.format(item="4507000002_00010", document="4507000002", vendor="vendorID_0002", area="Marketing")
GONE = _ITEM.format(item="4507000003_00010", document="4507000003", vendor="vendorID_0002", area="Marketing")
EVENTS = [
    # two receipts, of which the second one is cancelled and repeated; an invoice that is cancelled and sent again
    MILL + "Create Purchase Order Item,2018-01-02T12:53:00.000+01:00,user_001,298.0",
    MILL + "Vendor creates invoice,2018-01-02T23:59:00.000+01:00,NONE,298.0",
    MILL + "Record Goods Receipt,2018-03-06T07:44:00.000+01:00,user_002,298.0",
    MILL + "Record Goods Receipt,2018-03-08T07:44:00.000+01:00,user_002,298.0",
    MILL + "Cancel Goods Receipt,2018-03-08T08:00:00.000+01:00,user_002,298.0",
    MILL + "Record Invoice Receipt,2018-03-12T10:00:00.000+01:00,user_003,298.0",
    MILL + "Cancel Invoice Receipt,2018-03-13T10:00:00.000+01:00,user_003,298.0",
    MILL + "Record Goods Receipt,2018-03-09T07:44:00.000+01:00,user_002,298.0",
    MILL + "Change Price,2018-03-14T10:00:00.000+01:00,user_001,310.5",
    MILL + "Record Invoice Receipt,2018-03-15T10:00:00.000+01:00,user_003,310.5",
    MILL + "Clear Invoice,2018-03-29T16:49:00.000+02:00,user_004,310.5",
    # nothing but the order, just before midnight there
    MILL_2 + "Create Purchase Order Item,2018-06-30T23:59:00.000+02:00,user_001,86.0",
    # a service, deleted and taken back
    SHOP + "SRM: Created,2018-05-01T10:08:00.000+02:00,batch_00,40.0",
    SHOP + "Create Purchase Order Item,2018-05-02T10:08:00.000+02:00,batch_00,40.0",
    SHOP + "Delete Purchase Order Item,2018-05-03T10:08:00.000+02:00,user_001,40.0",
    SHOP + "Reactivate Purchase Order Item,2018-05-04T10:08:00.000+02:00,user_001,40.0",
    SHOP + "Record Service Entry Sheet,2018-05-31T00:00:00.000+02:00,batch_01,40.0",
    GONE + "Create Purchase Order Item,2018-05-02T10:08:00.000+02:00,user_001,7.0",
    GONE + "Delete Purchase Order Item,2018-05-02T11:08:00.000+02:00,user_001,7.0",
]


def _write(folder: Path, lines: list[str]) -> None:
    folder.mkdir(exist_ok=True)
    with gzip.open(folder / "events.csv.gz", "wt", encoding="utf-8") as file:
        file.write(HEADER + "\n".join(lines) + "\n")


def test_a_trade_per_item(tmp_path: Path) -> None:
    _write(tmp_path / "data", EVENTS)
    report, tables = loaded(tmp_path / "data", "sap_po_history", tmp_path / "ws")
    both = {"customer_id": "companyID_0000", "currency": "EUR"}
    assert sorted(tables["supplies"], key=lambda row: str(row["row_id"])) == [
        {
            "supplier_id": "vendorID_0001", "on": "2018-01-02", "amount": 310.5, "row_id": "4507000001_00010",
            "category": "Packaging", "delivered_on": "2018-03-09", "paid_on": "2018-03-29",
        } | both,
        {
            "supplier_id": "vendorID_0001", "on": "2018-06-30", "amount": 86, "row_id": "4507000001_00020",
            "category": "Packaging",
        } | both,
        {
            "supplier_id": "vendorID_0002", "on": "2018-05-02", "amount": 40, "row_id": "4507000002_00010",
            "category": "Marketing", "delivered_on": "2018-05-31",
        } | both,
    ]  # fmt: skip
    assert tables["firms"] == [
        {"firm_id": "companyID_0000"},
        {"firm_id": "vendorID_0001", "unlisted": True},
        {"firm_id": "vendorID_0002", "unlisted": True},
    ]
    # four items, of which one was deleted
    assert counts(report, "supplies") == (4, 3, 0, 0, 1)
    assert not report.fault_count


def test_the_documents_of_the_items(tmp_path: Path) -> None:
    _write(tmp_path / "data", EVENTS)
    report, tables = loaded(tmp_path / "data", "sap_po_history", tmp_path / "ws")
    rows = [(row["item_id"], row["kind"], row["on"], row.get("amount")) for row in tables["documents"]]
    mill = "4507000001_00010"
    assert (mill, "cancel_receipt", "2018-03-08", 298) in rows
    assert (mill, "change", "2018-03-14", 310.5) in rows
    assert (mill, "payment", "2018-03-29", None) in rows
    assert ("4507000002_00010", "order", "2018-05-04", 40) in rows
    # invoices that the vendor made, requisitions and service entry sheets are none; the file is read twice
    assert counts(report, "documents") == (38, 16, 0, 0, 22)
    states = matched_items(read_workspace(tmp_path / "ws")).to_pylist()
    assert {row["item_id"]: (row["state"], row["evidence"]) for row in states} == {
        mill: ("received_not_invoiced", "receipt+invoice+payment"),
        "4507000001_00020": ("open", ""),
        "4507000002_00010": ("open", ""),
        "4507000003_00010": ("cancelled", ""),
    }


def test_the_order_of_the_lines_does_not_matter(tmp_path: Path) -> None:
    _write(tmp_path / "data", EVENTS)
    report, _ = loaded(tmp_path / "data", "sap_po_history", tmp_path / "ws")
    _write(tmp_path / "data", EVENTS[::-1])
    again, _ = loaded(tmp_path / "data", "sap_po_history", tmp_path / "ws")
    assert again.content_hash == report.content_hash


def test_an_item_of_two_vendors_is_a_fault(tmp_path: Path) -> None:
    other = MILL_2.replace("vendorID_0001", "vendorID_0009")
    _write(tmp_path / "data", [*EVENTS, other + "Clear Invoice,2018-07-30T23:59:00.000+02:00,user_001,86.0"])
    report = validate(tmp_path / "data", "sap_po_history", max_bad=1.0)
    assert counts(report, "supplies") == (4, 2, 1, 0, 1)
