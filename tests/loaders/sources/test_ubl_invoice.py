"""`ubl_invoice`: invoices and credit notes of UBL 2.1 and Peppol BIS 3, one per file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from loaded_sources import counts, loaded
from supplyrisk.graph import DataError
from supplyrisk.loaders import validate

_CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
_CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
MILL = ("0088", "7300010000001", "Mill AB", "SE")
SHOP = ("0192", "987654325", "Shop AS", "NO")
FARM = ("0106", "12345678", "Farm BV", "NL")
Party = tuple[str, str, str, str]


def _party(role: str, party: Party) -> str:
    scheme, code, name, country = party
    return f"""
  <cac:Accounting{role}Party><cac:Party>
    <cbc:EndpointID schemeID="{scheme}">{code}</cbc:EndpointID>
    <cac:PartyIdentification><cbc:ID>99887766</cbc:ID></cac:PartyIdentification>
    <cac:PartyIdentification><cbc:ID schemeID="0002">FR23342</cbc:ID></cac:PartyIdentification>
    <cac:PartyName><cbc:Name>trades as {name}</cbc:Name></cac:PartyName>
    <cac:PostalAddress><cbc:CityName>x</cbc:CityName><cac:Country>
      <cbc:IdentificationCode>{country}</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
    <cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName>
      <cbc:CompanyID schemeID="0183">39937423947</cbc:CompanyID></cac:PartyLegalEntity>
  </cac:Party></cac:Accounting{role}Party>"""


def _document(
    root: str,
    number: str,
    day: str,
    amount: str,
    *,
    code: str,
    parties: tuple[Party, Party] = (MILL, SHOP),
    due: str = "",
) -> str:
    supplier, customer = parties
    due_date = f"<cbc:DueDate>{due}</cbc:DueDate>" if due else ""
    delivery = (
        "<cac:Delivery><cbc:ActualDeliveryDate>2024-03-01</cbc:ActualDeliveryDate></cac:Delivery>"
        if due
        else ""
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns:cac="{_CAC}" xmlns:cbc="{_CBC}" xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2">
  <cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>
  <cbc:ID>{number}</cbc:ID>
  <cbc:IssueDate>{day}</cbc:IssueDate>{due_date}
  <cbc:{root}TypeCode listID="UNCL1001">{code}</cbc:{root}TypeCode>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>{_party("Supplier", supplier)}{_party("Customer", customer)}
  {delivery}
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">331.25</cbc:TaxAmount></cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="EUR">1300</cbc:LineExtensionAmount>
    <cbc:PayableAmount currencyID="EUR">{amount}</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>
  <cac:{root}Line><cbc:ID>1</cbc:ID></cac:{root}Line>
  <cac:{root}Line><cbc:ID>2</cbc:ID></cac:{root}Line>
</{root}>
"""


def _write_invoices(folder: Path) -> None:
    (folder / "sent").mkdir(parents=True)
    (folder / "received").mkdir()
    invoice = _document("Invoice", "17", "2024-03-05", "1656.25", code="380", due="2024-04-04")
    (folder / "sent" / "17.xml").write_text(invoice, encoding="utf-8-sig")
    # the customer has got the same one
    (folder / "received" / "a.xml").write_text(invoice)
    renamed = ("0088", "7300010000001", "Mill Group AB", "SE")
    (folder / "received" / "b.xml").write_text(
        _document(
            "Invoice", "17", "2024-03-07", "80.5", code="380", parties=(FARM, renamed), due="2024-03-21"
        )
    )
    (folder / "sent" / "18.xml").write_text(_document("CreditNote", "18", "2024-03-20", "56.25", code="381"))
    # a credit note in the form of an invoice, an invoice that corrects another one, and a reversed credit note
    (folder / "sent" / "19.xml").write_text(_document("Invoice", "19", "2024-03-21", "10", code="381"))
    (folder / "sent" / "20.xml").write_text(_document("Invoice", "20", "2024-03-22", "-5", code="384"))
    with zipfile.ZipFile(folder / "late.zip", "w") as archive:
        archive.writestr("21.xml", _document("CreditNote", "21", "2024-03-23", "-7", code="381"))


def test_invoices_and_credit_notes(tmp_path: Path) -> None:
    _write_invoices(tmp_path / "data")
    report, tables = loaded(tmp_path / "data", "ubl_invoice", tmp_path / "ws")
    mill = {"supplier_id": "0088:7300010000001", "customer_id": "0192:987654325", "currency": "EUR"}
    assert tables["supplies"] == [
        {
            "supplier_id": "0088:7300010000001", "customer_id": "0192:987654325", "on": "2024-03-05",
            "amount": 1656.25, "row_id": "7300010000001/17", "currency": "EUR",
            "delivered_on": "2024-03-01", "due_on": "2024-04-04",
        },
        *(
            mill | {"on": day, "amount": 0, "row_id": f"7300010000001/{number}", "orders": 0}
            | {"returned_on": day, "returned_amount": amount}
            for number, day, amount in (
                (18, "2024-03-20", 56.25), (19, "2024-03-21", 10), (20, "2024-03-22", 5),
            )
        ),
        mill | {"on": "2024-03-23", "amount": 7, "row_id": "7300010000001/21"},
        {
            "supplier_id": "0106:12345678", "customer_id": "0088:7300010000001", "on": "2024-03-07",
            "amount": 80.5, "row_id": "12345678/17", "currency": "EUR",
            "delivered_on": "2024-03-01", "due_on": "2024-03-21",
        },
    ]  # fmt: skip
    # the last of several names counts: parties of credit notes come behind those of invoices
    assert tables["firms"] == [
        {"firm_id": "0088:7300010000001", "name": "Mill AB", "region": "SE"},
        {"firm_id": "0106:12345678", "name": "Farm BV", "region": "NL"},
        {"firm_id": "0192:987654325", "name": "Shop AS", "region": "NO"},
    ]
    assert report.currency == "EUR"
    # seven documents with two parties each; five documents are invoices, and each is looked at twice: one is an
    # equal copy, and one entry or the other drops it
    assert counts(report, "firms") == (14, 3, 0, 11, 0)
    assert counts(report, "supplies") == (5 * 2 + 2, 6, 0, 1, 5)
    assert not report.fault_count


def test_a_document_of_another_kind_is_an_error(tmp_path: Path) -> None:
    _write_invoices(tmp_path)
    (tmp_path / "order.xml").write_text("<Order><ID>1</ID></Order>")
    with pytest.raises(
        DataError, match=r"order.xml: has no rows at Invoice/AccountingSupplierParty/Party or .*CreditNote"
    ):
        validate(tmp_path, "ubl_invoice")


def test_a_party_without_an_address_is_a_fault_of_its_file(tmp_path: Path) -> None:
    text = _document("Invoice", "1", "2024-03-05", "5", code="380")
    (tmp_path / "1.xml").write_text(
        text.replace('<cbc:EndpointID schemeID="0192">987654325</cbc:EndpointID>', "")
    )
    with pytest.raises(DataError, match="the mapping names column EndpointID, which the file does not have"):
        validate(tmp_path, "ubl_invoice")


def test_addresses_need_no_scheme(tmp_path: Path) -> None:
    text = _document("Invoice", "1", "2024-03-05", "5", code="380")
    (tmp_path / "1.xml").write_text(text.replace(' schemeID="0192"', "").replace(' schemeID="0088"', ""))
    _, tables = loaded(tmp_path, "ubl_invoice", tmp_path / "ws")
    assert [row["firm_id"] for row in tables["firms"]] == ["7300010000001", "987654325"]
