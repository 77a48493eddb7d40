"""XML: rows and cells by path, and no entity is expanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplyrisk.graph import DataError
from supplyrisk.loaders import SourceMap, load, validate
from supplyrisk.loaders.mappings.mapping import Mapping

INVOICES = """<?xml version="1.0" encoding="gb18030"?>
<Invoices xmlns="urn:x" xmlns:c="urn:c"><!-- of one day -->
  <Invoice c:version="2"><c:ID>I1</c:ID><c:IssueDate>2024-03-05</c:IssueDate>
    <Seller><Party><Name>甲</Name><ID scheme="x">F1</ID></Party></Seller><Buyer><ID>F2</ID></Buyer>
    <Line><Amount currencyID="CNY">5.50</Amount></Line><Line><Amount currencyID="USD">x</Amount></Line>
  </Invoice>
  <Invoice><c:ID>I2</c:ID><c:IssueDate>2024-03-06</c:IssueDate>
    <Seller><Party><ID scheme="x">F2</ID></Party></Seller><Buyer><ID>F1</ID></Buyer>
    <Line><Amount>7</Amount></Line>
  </Invoice>
</Invoices>
"""
COLUMNS = {
    "supplier_id": "/Invoices/Invoice/Seller/Party/ID",
    "customer_id": "/Invoices/Invoice/Buyer/ID",
    "on": "/Invoices/Invoice/IssueDate",
    "currency": "Amount/@currencyID",
    "amount": "Amount",
}


def mapped(*entries: dict[str, object]) -> Mapping:
    sources = tuple(SourceMap.model_validate(entry) for entry in entries)
    return Mapping(source=sources, currency="CNY")  # type: ignore[call-arg, arg-type]


def test_lines_of_invoices(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    data = tmp_path / "data"
    data.mkdir()
    (data / "firms.csv").write_text("firm_id\nF1\nF2\n")
    (data / "ubl.xml").write_bytes(INVOICES.encode("gb18030"))
    mapping = mapped(
        {"file": "ubl.xml", "table": "supplies", "rows": "Invoices/Invoice/Line", "columns": COLUMNS}
    )
    report = load(data, tmp_path / "ws", mapping, max_bad=1.0)
    faults = sorted((f["line"], f["column"], f["value"]) for f in report.faults.to_pylist())
    assert faults == [(2, "Amount", "x"), (2, "Amount/@currencyID", "USD")]
    rows = pq.read_table(next((tmp_path / "ws" / "data").glob("*/supplies.parquet"))).to_pylist()
    assert sorted((r["supplier_id"], r["customer_id"], str(r["on"]), r["amount"]) for r in rows) == [
        ("F1", "F2", "2024-03-05", 5.5),
        ("F2", "F1", "2024-03-06", 7.0),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a><firm_id>F1</firm_id></a>", "has no rows at b/c"),
        ("<b><c><firm_id>F1</firm_id></c>", "is not valid XML"),
        (
            '<!DOCTYPE b [<!ENTITY e "F1">]><b><c><firm_id>&e;</firm_id></c></b>',
            "declares entities in a DOCTYPE",
        ),
        (
            '<!DOCTYPE b [<!ENTITY e SYSTEM "secret.txt">]><b><c><firm_id>&e;</firm_id></c></b>',
            "declares entities",
        ),
        ("<b>text</b>", "there is a single value where rows has the key c"),
    ],
)
def test_documents_that_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "secret.txt").write_text("F1")
    (tmp_path / "firms.xml").write_text(text)
    with pytest.raises(DataError, match=message):
        validate(tmp_path, mapped({"file": "firms.xml", "table": "firms", "rows": "b/c"}))


def test_rows_have_to_be_named(tmp_path: Path) -> None:
    (tmp_path / "firms.xml").write_text("<b><c><firm_id>F1</firm_id></c><c><firm_id>F2</firm_id></c></b>")
    with pytest.raises(
        DataError, match=r"the path of its rows by rows in the mapping, such as rows = 'b/…' .b/c."
    ):
        validate(tmp_path)
    report = validate(tmp_path, mapped({"file": "firms.xml", "table": "firms", "rows": "b/c"}))
    assert report.tables[0].count.loaded == 2


def test_a_document_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "firms.xml").write_text("<b><c><firm_id>F1</firm_id></c></b>")
    monkeypatch.setattr("supplyrisk.loaders.read.text_scan.MAX_DOCUMENT_BYTES", 10)
    with pytest.raises(DataError, match="has more than 10 bytes"):
        validate(tmp_path)
