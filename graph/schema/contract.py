"""The input contract as data: every table and column, with types, bounds and the day a value becomes known.

Validation, error messages, the workspace, snapshots and the documentation all read this module; none of them
defines columns of its own.
"""

from __future__ import annotations

from supplyrisk.graph.schema.contract_columns import count_column as _count
from supplyrisk.graph.schema.contract_columns import day_column as _day
from supplyrisk.graph.schema.contract_columns import id_column as _id
from supplyrisk.graph.schema.contract_columns import money_column as _money
from supplyrisk.graph.schema.contract_columns import number_column as _number
from supplyrisk.graph.schema.contract_columns import text_column as _text
from supplyrisk.graph.schema.relations import RELATIONS
from supplyrisk.graph.schema.table_schema import SQL_TYPES, ColumnKind, ColumnSchema, TableSchema

__all__ = [
    "COLLATERAL_KINDS",
    "DEFAULT_KINDS",
    "DOCUMENT_KINDS",
    "DOCUMENT_STEPS",
    "PRODUCTS",
    "ROLES",
    "SHOP_TYPES",
    "SQL_TYPES",
    "STATEMENT_LAG_DAYS",
    "TABLES",
    "ColumnKind",
    "ColumnSchema",
    "TableSchema",
]


_KINDS = [kind for kind, relation in RELATIONS.items() if relation.query is None]
ROLES = ("merchant", "supplier", "buyer", "logistics")
SHOP_TYPES = ("reseller", "maker_seller", "exporter", "producer")
PRODUCTS = ("order", "credit", "supply_chain", "other")
COLLATERAL_KINDS = ("cash", "securities", "receivables", "real_estate", "physical", "insurance")
DEFAULT_KINDS = ("default", "bankruptcy")
"""Event kinds that count as a default unless the settings name others."""
DOCUMENT_STEPS = ("order", "shipment", "receipt", "invoice", "payment")
"""Steps of an order item, each with a document that a later one of kind cancel_<step> may take back."""
DOCUMENT_KINDS = (*DOCUMENT_STEPS, "change", *(f"cancel_{step}" for step in DOCUMENT_STEPS))
"""Kinds of documents; a change states another amount of the order."""
STATEMENT_LAG_DAYS = 120
"""Days after the period's end from which a statement without published_on counts as known."""

_ROW_ID = _id(
    "row_id", "the row's id in the source system, if it has one: rows with an equal row_id are duplicates"
)

TABLES: dict[str, TableSchema] = {
    t.name: t
    for t in (
        TableSchema(
            "firms",
            "a firm",
            (
                _id("firm_id", "the firm", required=True),
                _text("name", "its name, for display"),
                ColumnSchema(
                    "roles", ColumnKind.CHOICES, "its roles in the chain, joined by |", choices=ROLES
                ),
                ColumnSchema("shop_type", ColumnKind.CHOICE, "where its goods come from", choices=SHOP_TYPES),
                _text("industry", "its industry"),
                _text("region", "its region"),
                _day("founded_on", "the day it was founded"),
                _day(
                    "joined_on",
                    "the day it joined the platform or book: the firm is in no snapshot before it",
                ),
                _money("registered_capital", "registered capital"),
                _money("paid_in_capital", "paid-in capital"),
                _count("employees", "number of employees", "people"),
                ColumnSchema(
                    "unlisted",
                    ColumnKind.FLAG,
                    "1 if the firm is only known as a partner of others, else 0 or empty",
                ),
                # texts rather than ids: an untidy one is no reason to quarantine a firm
                _text("credit_code", "its Chinese unified social credit code"),
                _text("lei", "its legal entity identifier (LEI)"),
                _text("vat_number", "its VAT number, with the country in front"),
                _text("company_number", "its number in a register of companies"),
                _text("register", "the court or office that keeps this register"),
                _text("address", "its address"),
            ),
            day="joined_on",
            key=("firm_id",),
            open=True,
        ),
        TableSchema(
            "persons",
            "a person behind firms",
            (_id("person_id", "the person", required=True),),
            key=("person_id",),
        ),
        TableSchema(
            "supplies",
            "a trade, or a period's trades, of one supplier with one customer",
            (
                _id("supplier_id", "the firm that delivers", required=True),
                _id("customer_id", "the firm that buys", required=True),
                _day("on", "the day, or the period's last day", required=True),
                _money("amount", "value of the goods", required=True),
                _ROW_ID,
                _text("currency", "ISO code of the amount's currency"),
                _count("orders", "number of orders in the row", "orders"),
                _text("category", "category of the goods"),
                _day("promised_on", "day on which delivery was promised"),
                _day("delivered_on", "day of delivery", own=True),
                _day("due_on", "day on which payment is due"),
                _day("paid_on", "day of payment", own=True),
                _day("returned_on", "day of the return", own=True),
                _money("returned_amount", "value of the returned goods", known_on="returned_on"),
                _day("disputed_on", "day on which a dispute was opened", own=True),
                _day("confirmed_on", "day on which the customer confirmed receipt", own=True),
            ),
            day="on",
            # No key: two equal trades on one day are two trades, unless a row_id says otherwise.
            refs={"supplier_id": ("firms",), "customer_id": ("firms",)},
        ),
        TableSchema(
            "shipments",
            "a shipment by a carrier",
            (
                _id("carrier_id", "the carrier", required=True),
                _id("shipper_id", "the firm that sends"),
                _id("receiver_id", "the firm that receives"),
                _day("shipped_on", "day of dispatch", required=True),
                _ROW_ID,
                _day("promised_on", "day on which delivery was promised"),
                _day("delivered_on", "day of delivery", own=True),
                ColumnSchema("units", ColumnKind.NUMBER, "units sent", unit="units", minimum=0),
                ColumnSchema(
                    "damaged",
                    ColumnKind.NUMBER,
                    "units damaged",
                    unit="units",
                    known_on="delivered_on",
                    minimum=0,
                ),
            ),
            day="shipped_on",
            refs={"carrier_id": ("firms",), "shipper_id": ("firms",), "receiver_id": ("firms",)},
        ),
        TableSchema(
            "documents",
            "a document of an order item: an order, shipment, receipt, invoice or payment, or a cancellation",
            (
                _id("seller_id", "the firm that sells", required=True),
                _id("buyer_id", "the firm that buys", required=True),
                _id("order_id", "the order", required=True),
                _id("item_id", "the item of the order; empty where the order has only one"),
                ColumnSchema(
                    "kind", ColumnKind.CHOICE, "what the document says", required=True, choices=DOCUMENT_KINDS
                ),
                _day("on", "the day", required=True),
                _text(
                    "time",
                    "its time, as a text that sorts by time (08:30, or ISO 8601): orders those of a day",
                ),
                _money("amount", "the amount of this document; of a change, the new amount of the order"),
                _id("reference", "its number; of a cancellation, the number of what it takes back"),
                _ROW_ID,
                _text("currency", "ISO code of the amount's currency"),
                _day("due_on", "day on which an invoice is due"),
            ),
            day="on",
            # No key: two equal receipts on one day are two receipts, unless a row_id says otherwise.
            refs={"seller_id": ("firms",), "buyer_id": ("firms",)},
        ),
        TableSchema(
            "activity",
            "a shop's day, week or month",
            (
                _id("firm_id", "the shop", required=True),
                _day("on", "the day, or the period's last day", required=True),
                _money("sales", "value sold"),
                _count("orders", "orders received", "orders"),
                _money("refunds", "value refunded"),
                _count("disputes", "disputes opened", "disputes"),
                _count("customers", "customers served", "customers"),
                _count("returning_customers", "customers who had bought before", "customers"),
                _count("visitors", "visitors", "visitors"),
                _money("stock_value", "value of the stock at the period's end"),
                _money("ad_spend", "advertising spend"),
                _money("cash", "cash at the period's end; negative when overdrawn", minimum=None),
            ),
            day="on",
            key=("firm_id", "on"),
            refs={"firm_id": ("firms",)},
            open=True,
        ),
        TableSchema(
            "relations",
            "any other relation",
            (
                _id("from_id", "the firm or person at its start", required=True),
                _id("to_id", "the firm or person at its end", required=True),
                _text("kind", f"{', '.join(_KINDS)}, or any other word", required=True),
                ColumnSchema("weight", ColumnKind.NUMBER, "its strength, in the source's own terms"),
                _money("amount", "the amount of money involved"),
                _day("since", "first day"),
                # Known on that day only: the end of a relation must not be visible before.
                _day("until", "last day", own=True),
            ),
            day="since",
            # Relations have no id: two equal rows are one relation.
            whole_row=True,
            refs={"from_id": ("firms", "persons"), "to_id": ("firms", "persons")},
        ),
        TableSchema(
            "financials",
            "a financial statement",
            (
                _id("firm_id", "the firm that it describes", required=True),
                _day("on", "the period's last day", required=True),
                _day(
                    "published_on",
                    f"day of publication; {STATEMENT_LAG_DAYS} days after `on` where empty",
                ),
                _money("revenue", "revenue of the period"),
                _money("costs", "costs of the period"),
                _money("material_costs", "costs of materials and goods in the period"),
                _money("equity", "equity at the period's end; may be negative", minimum=None),
                _money("liquid_assets", "cash and assets that can soon be turned into cash"),
                _money("short_term_debt", "debt due within a year"),
            ),
            # A statement becomes known on publication, months after the period that it describes.
            day="published_on",
            key=("firm_id", "on"),
            refs={"firm_id": ("firms",)},
        ),
        TableSchema(
            "loans",
            "the state of a credit line on a day",
            (
                _id("loan_id", "the credit line", required=True),
                _id("lender_id", "the lender", required=True),
                _id("firm_id", "the borrower", required=True),
                _day("on", "the day of this state", required=True),
                ColumnSchema("product", ColumnKind.CHOICE, "kind of credit", choices=PRODUCTS),
                _money("limit", "credit limit of the line"),
                _money("drawn", "amount drawn"),
                ColumnSchema(
                    "rate",
                    ColumnKind.NUMBER,
                    "annual interest rate, a share: 0.045 is 4.5% a year",
                    unit="share",
                    minimum=0,
                    # A higher value is a rate in per cent: the mapping's `scale` converts it.
                    maximum=1,
                ),
                _day("opened_on", "day on which the line was opened"),
                _day("due_on", "day on which it is due"),
                _count(
                    "days_past_due",
                    "days past due (DPD): days since the oldest unpaid instalment or interest was due; 0 if none is",
                    "days",
                ),
                ColumnSchema(
                    "restructured",
                    ColumnKind.FLAG,
                    "1 if its terms were eased because of financial difficulty, else 0",
                ),
                # An amount rather than a flag, since charge-offs are partial: what is written off is no longer drawn.
                _money("written_off", "principal written off as loss so far; 0 if none is"),
                _money("collateral_value", "value of the collateral pledged for the line"),
                ColumnSchema(
                    "lgd",
                    ColumnKind.NUMBER,
                    "loss given default, a share of the exposure",
                    unit="share",
                    minimum=0,
                    maximum=1,
                ),
                _id("financed_row_id", "row_id of the supply that it finances"),
            ),
            day="on",
            # Lenders need not be firms of the data set, so lender_id is not checked.
            key=("loan_id", "on"),
            refs={"firm_id": ("firms",)},
        ),
        TableSchema(
            "collateral",
            "the value of a piece of collateral, or of a credit insurance, on a day",
            (
                _id("collateral_id", "the piece of collateral, or the insurance policy", required=True),
                _id("firm_id", "the firm that pledges it, or whose debt is insured", required=True),
                _day("on", "the day of the valuation", required=True),
                ColumnSchema(
                    "kind", ColumnKind.CHOICE, "what it is", required=True, choices=COLLATERAL_KINDS
                ),
                _money("value", "its value; of an insurance the sum insured; 0 once released", required=True),
                _text("currency", "ISO code of the value's currency"),
                _id("loan_id", "the credit line that it secures; empty where it is free"),
                ColumnSchema(
                    "haircut",
                    ColumnKind.NUMBER,
                    "share of the value that does not count; the policy's where empty",
                    unit="share",
                    minimum=0,
                    maximum=1,
                ),
                _id("insurer_id", "the insurer"),
            ),
            day="on",
            # Neither lines nor insurers need be in the data set, so loan_id and insurer_id are not checked.
            key=("collateral_id", "on"),
            refs={"firm_id": ("firms",)},
        ),
        TableSchema(
            "pledges",
            "an order item, an invoice or a trade that backs a loan",
            (
                _id("loan_id", "the loan that it backs", required=True),
                _id("firm_id", "the firm that pledges or assigns it: the seller", required=True),
                _day("on", "first day", required=True),
                _id("lender_id", "the lender"),
                _id("order_id", "the order; with item_id one item of it"),
                _id("item_id", "the item of the order"),
                _id("reference", "the number of the invoice"),
                _id("financed_row_id", "row_id of the trade in supplies"),
                _ROW_ID,
                ColumnSchema(
                    "assigned", ColumnKind.FLAG, "1 if the receivable is assigned to the lender, else 0"
                ),
                _day("acknowledged_on", "day on which the debtor acknowledged the assignment", own=True),
                _day("released_on", "day from which it backs the loan no more", own=True),
            ),
            day="on",
            # Neither loans nor orders need be in the data set.
            refs={"firm_id": ("firms",)},
        ),
        TableSchema(
            "harvests",
            "a crop of one season on the fields of a firm",
            (
                _id("firm_id", "the firm that grows it", required=True),
                _text("crop", "the crop", required=True),
                _day("planted_on", "the day on which it was planted", required=True),
                _number("area_ha", "area planted", "ha"),
                _number("expected_tonnes", "harvest that is expected", "t"),
                _day("expected_on", "day on which the harvest is expected"),
                _day("harvested_on", "day of the harvest", own=True),
                _number("tonnes", "what was harvested", "t", known_on="harvested_on"),
                _money("price", "agreed or expected price of a tonne"),
                _text("currency", "ISO code of the currency of price and insured_amount"),
                _id("buyer_id", "the firm that has agreed to buy the harvest"),
                _day("confirmed_on", "day on which this buyer confirmed it", own=True),
                _money("insured_amount", "sum insured against the loss of the crop"),
                _id("insurer_id", "the insurer of the crop"),
                _day("insured_until", "last day of the insurance"),
                _id("beneficiary_id", "the lender to whom the insurance is assigned; empty: the firm itself"),
            ),
            day="planted_on",
            # Neither buyers nor insurers need be in the data set, so their ids are not checked.
            key=("firm_id", "crop", "planted_on"),
            refs={"firm_id": ("firms",)},
        ),
        TableSchema(
            "events",
            "an event",
            (
                _id("firm_id", "the firm that it concerns", required=True),
                _day(
                    "on",
                    "the day; that of a default may be empty where a mapping has [labels]",
                    required=True,
                ),
                _ROW_ID,
                _text(
                    "kind",
                    "default, bankruptcy, closure, suspension, lawsuit, sanction, or any other word",
                    required=True,
                ),
                _money("amount", "the amount of money involved"),
                _text("detail", "further detail; several words joined by |"),
                _text("source", "source of the information"),
            ),
            day="on",
            refs={"firm_id": ("firms",)},
        ),
        TableSchema(
            "labels",
            "a firm's outcome, without a day",
            (
                _id("firm_id", "the firm", required=True),
                ColumnSchema("defaulted", ColumnKind.FLAG, "1 if it defaulted, else 0", required=True),
            ),
            key=("firm_id",),
            refs={"firm_id": ("firms",)},
        ),
    )
}
"""Every table of the contract by name, in loading order (firms and persons first: the others refer to them)."""
