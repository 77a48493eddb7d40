"""The input contract as data: every table, column, type, bound and day of knowledge, in this one place.

Validation, error messages, the workspace, snapshots and the documentation all read it; none of them knows a
column of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ColumnKind(StrEnum):
    """What a column holds: how its text is read, and how it is stored."""

    ID = "id"  # text, kept to the letter: leading zeros survive
    TEXT = "text"
    CHOICE = "choice"  # one of a closed list
    CHOICES = "choices"  # several of a closed list, joined by |
    MONEY = "money"
    NUMBER = "number"
    COUNT = "count"  # a whole number
    DAY = "day"  # an ISO day, 2024-03-31
    FLAG = "flag"  # 0 or 1


SQL_TYPES: dict[ColumnKind, str] = {
    ColumnKind.ID: "VARCHAR",
    ColumnKind.TEXT: "VARCHAR",
    ColumnKind.CHOICE: "VARCHAR",
    ColumnKind.CHOICES: "VARCHAR",
    ColumnKind.MONEY: "DOUBLE",
    ColumnKind.NUMBER: "DOUBLE",
    ColumnKind.COUNT: "BIGINT",
    ColumnKind.DAY: "DATE",
    ColumnKind.FLAG: "BOOLEAN",
}
"""The DuckDB (and so Parquet) type in which each kind is stored in the workspace."""


@dataclass(frozen=True)
class ColumnSchema:
    """One column of a table.

    known_on names the column whose day is the day on which this value becomes known; None means the row's own
    day (Table.day), or always where the row has none. least and most are inclusive bounds.
    """

    name: str
    kind: ColumnKind
    meaning: str
    required: bool = False
    unit: str | None = None
    known_on: str | None = None
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def sql_type(self) -> str:
        """The DuckDB type that stores it."""
        return SQL_TYPES[self.kind]


@dataclass(frozen=True)
class TableSchema:
    """One table of the contract.

    day names the column on which a row as a whole becomes known. key lists the columns by which equal rows are
    one row given twice; whole_row says that the key is the row itself. Any row with a row_id has that as its key
    too. refs says in which tables an id must exist. open tables keep columns that the contract does not name, as
    candidate features.
    """

    name: str
    row: str
    columns: tuple[ColumnSchema, ...]
    day: str | None = None
    key: tuple[str, ...] = ()
    whole_row: bool = False
    refs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    open: bool = False

    def column(self, name: str) -> ColumnSchema:
        """The column of that name; KeyError where there is none."""
        return next((c for c in self.columns if c.name == name), None) or _missing(self.name, name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, in the contract's order."""
        return tuple(c.name for c in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that every row must fill."""
        return tuple(c.name for c in self.columns if c.required)


def _missing(table: str, name: str) -> ColumnSchema:
    raise KeyError(f"{table} has no column {name}")


def _id(name: str, meaning: str, *, required: bool = False) -> ColumnSchema:
    return ColumnSchema(name, ColumnKind.ID, meaning, required)


def _text(name: str, meaning: str, *, required: bool = False) -> ColumnSchema:
    return ColumnSchema(name, ColumnKind.TEXT, meaning, required)


def _day(name: str, meaning: str, *, required: bool = False, own: bool = False) -> ColumnSchema:
    """A day; own: it becomes known on that day itself, rather than with its row."""
    return ColumnSchema(name, ColumnKind.DAY, meaning, required, known_on=name if own else None)


def _money(
    name: str, meaning: str, *, required: bool = False, known_on: str | None = None, least: float | None = 0
) -> ColumnSchema:
    return ColumnSchema(name, ColumnKind.MONEY, meaning, required, "money", known_on, least=least)


def _count(name: str, meaning: str, unit: str, *, known_on: str | None = None) -> ColumnSchema:
    return ColumnSchema(name, ColumnKind.COUNT, meaning, False, unit, known_on, least=0)


ROLES = ("merchant", "supplier", "buyer", "logistics")
SHOP_TYPES = ("reseller", "maker_seller", "exporter", "producer")
PRODUCTS = ("order", "credit", "supply_chain", "other")
DEFAULT_KINDS = ("default", "bankruptcy")
"""Event kinds that count as a default unless the settings say otherwise."""
STATEMENT_LAG_DAYS = 120
"""A statement without published_on is taken as known this many days after its period's end."""

_ROW_ID = _id(
    "row_id", "the row's own number, where the source has one: two rows with one row_id are one row"
)

TABLES: dict[str, TableSchema] = {
    t.name: t
    for t in (
        TableSchema(
            "firms",
            "a firm",
            (
                _id("firm_id", "the firm", required=True),
                _text("name", "its name, for people"),
                ColumnSchema(
                    "roles", ColumnKind.CHOICES, "what it does in the chain, joined by |", choices=ROLES
                ),
                ColumnSchema("shop_type", ColumnKind.CHOICE, "where its goods come from", choices=SHOP_TYPES),
                _text("industry", "its industry"),
                _text("region", "its region"),
                _day("founded_on", "the day it was founded"),
                _day(
                    "joined_on", "the day it joined the platform or book: before it, the firm does not exist"
                ),
                _money("registered_capital", "capital as registered"),
                _money("paid_in_capital", "capital as paid in"),
                _count("employees", "people employed", "people"),
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
                _id("supplier_id", "who delivers", required=True),
                _id("customer_id", "who buys", required=True),
                _day("on", "the day, or the period's last day", required=True),
                _money("amount", "value of the goods", required=True),
                _ROW_ID,
                _text("currency", "ISO code of the amount's currency"),
                _count("orders", "orders in the row", "orders"),
                _text("category", "what was traded"),
                _day("promised_on", "day on which delivery was promised"),
                _day("delivered_on", "day of delivery", own=True),
                _day("due_on", "day on which payment is due"),
                _day("paid_on", "day of payment", own=True),
                _day("returned_on", "day of the return", own=True),
                _money("returned_amount", "value of what was returned", known_on="returned_on"),
                _day("disputed_on", "day on which a dispute was opened", own=True),
                _day("confirmed_on", "day on which the customer confirmed receipt", own=True),
            ),
            day="on",
            refs={"supplier_id": ("firms",), "customer_id": ("firms",)},
        ),
        TableSchema(
            "shipments",
            "a logistics link at work",
            (
                _id("carrier_id", "who carries", required=True),
                _id("shipper_id", "who sends"),
                _id("receiver_id", "who receives"),
                _day("shipped_on", "day of dispatch", required=True),
                _ROW_ID,
                _day("promised_on", "day on which delivery was promised"),
                _day("delivered_on", "day of delivery", own=True),
                ColumnSchema("units", ColumnKind.NUMBER, "units sent", unit="units", least=0),
                ColumnSchema(
                    "damaged",
                    ColumnKind.NUMBER,
                    "units damaged",
                    unit="units",
                    known_on="delivered_on",
                    least=0,
                ),
            ),
            day="shipped_on",
            refs={"carrier_id": ("firms",), "shipper_id": ("firms",), "receiver_id": ("firms",)},
        ),
        TableSchema(
            "activity",
            "a shop's day, week or month",
            (
                _id("firm_id", "the shop", required=True),
                _day("on", "the day, or the period's last day", required=True),
                _money("sales", "value sold"),
                _count("orders", "orders taken", "orders"),
                _money("refunds", "value refunded"),
                _count("disputes", "disputes opened", "disputes"),
                _count("customers", "customers served", "customers"),
                _count("returning_customers", "customers who had bought before", "customers"),
                _count("visitors", "visitors", "visitors"),
                _money("stock_value", "stock at the period's end"),
                _money("ad_spend", "spent on advertising"),
                _money("cash", "cash at the period's end; negative when overdrawn", least=None),
            ),
            day="on",
            key=("firm_id", "on"),
            refs={"firm_id": ("firms",)},
            open=True,
        ),
        TableSchema(
            "relations",
            "any other link",
            (
                _id("from_id", "the firm or person it goes out from", required=True),
                _id("to_id", "the firm or person it goes to", required=True),
                _text("kind", "owns, manages, guarantees, invests, branch, or any other word", required=True),
                ColumnSchema("weight", ColumnKind.NUMBER, "its strength, in the source's own terms"),
                _money("amount", "the money it is about"),
                _day("since", "first day"),
                _day("until", "last day", own=True),
            ),
            day="since",
            whole_row=True,
            refs={"from_id": ("firms", "persons"), "to_id": ("firms", "persons")},
        ),
        TableSchema(
            "financials",
            "a statement",
            (
                _id("firm_id", "whose statement", required=True),
                _day("on", "the period's last day", required=True),
                _day(
                    "published_on",
                    f"day of publication; {STATEMENT_LAG_DAYS} days after `on` where not given",
                ),
                _money("revenue", "revenue of the period"),
                _money("costs", "costs of the period"),
                _money("material_costs", "costs of materials and goods in the period"),
                _money("equity", "equity at the period's end; may be negative", least=None),
                _money("liquid_assets", "cash and what soon is cash"),
                _money("short_term_debt", "debt due within a year"),
            ),
            day="published_on",
            key=("firm_id", "on"),
            refs={"firm_id": ("firms",)},
        ),
        TableSchema(
            "loans",
            "the state of a credit line on a day",
            (
                _id("loan_id", "the credit line", required=True),
                _id("lender_id", "who lends", required=True),
                _id("firm_id", "who borrows", required=True),
                _day("on", "the day of this state", required=True),
                ColumnSchema("product", ColumnKind.CHOICE, "kind of credit", choices=PRODUCTS),
                _money("limit", "the line"),
                _money("drawn", "what is drawn of it"),
                _day("opened_on", "day on which the line was opened"),
                _day("due_on", "day on which it is due"),
                ColumnSchema(
                    "lgd",
                    ColumnKind.NUMBER,
                    "loss given default, a share of the exposure",
                    unit="share",
                    least=0,
                    most=1,
                ),
                _id("financed_row_id", "row_id of the trade that it finances"),
            ),
            day="on",
            key=("loan_id", "on"),
            refs={"firm_id": ("firms",)},
        ),
        TableSchema(
            "events",
            "something that happened",
            (
                _id("firm_id", "to whom", required=True),
                _day("on", "the day", required=True),
                _ROW_ID,
                _text(
                    "kind",
                    "default, bankruptcy, closure, suspension, lawsuit, sanction, or any other word",
                    required=True,
                ),
                _money("amount", "the money it is about"),
                _text("detail", "more about it; several words joined by |"),
                _text("source", "who says so"),
            ),
            day="on",
            refs={"firm_id": ("firms",)},
        ),
        TableSchema(
            "labels",
            "an outcome without dates",
            (
                _id("firm_id", "the firm", required=True),
                ColumnSchema("defaulted", ColumnKind.FLAG, "1 where it defaulted, else 0", required=True),
            ),
            key=("firm_id",),
            refs={"firm_id": ("firms",)},
        ),
    )
}
"""Every table of the contract by name, in the order in which they are loaded (firms and persons first)."""
