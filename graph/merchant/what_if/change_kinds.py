"""The kinds of changes that a what-if of a shop can make, each a table of the change file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from supplyrisk.graph.schema.contract import PRODUCTS
from supplyrisk.graph.schema.strict_toml import StrictTable, Text, accepted_if, expects, table_fault

WINDOW_DAYS = 60
"""Days back from the day of the score over which sales and stock change unless the file says otherwise."""
TRADE_DAYS = 180
"""The same for links with suppliers and customers: the longest window of the features of trade."""

Days = Annotated[int, Field(ge=1, le=3650), expects("a whole number of days from 1 to 3650")]
Above = Annotated[float, Field(gt=0), expects("a number above 0")]
Part = Annotated[float, Field(gt=0, lt=1), expects("a share between 0 and 1, such as 0.3")]
Rate = Annotated[float, Field(ge=0, le=1), expects("an annual rate from 0 to 1, such as 0.06")]
NonNegative = Annotated[float, Field(ge=0), expects("an amount of at least 0")]
Money = Annotated[float, expects("an amount")]
Flag = Annotated[bool, expects("true or false")]
FirmId = Annotated[Text, accepted_if(lambda text: text.strip() == text != ""), expects("a firm_id")]
Day = Annotated[date, expects("a day such as 2025-06-30, without quotes")]
Product = Annotated[str, accepted_if(lambda word: word in PRODUCTS), expects("one of " + ", ".join(PRODUCTS))]


class SellMore(StrictTable):
    """Sales of the last days are larger, with as many orders: sales, refunds, and supplies to firms.

    do: the kind. share: by how much, 0.2 for 20 %; amount: or by how much money in all the days together; one of the
    two. days: how many days back (default 60). customer: firm_id of the one customer that buys more; None (default):
    all sales.
    """

    do: Literal["sell_more"]
    share: Above | None = None
    amount: Above | None = None
    days: Days = WINDOW_DAYS
    customer: FirmId | None = None

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Collection[str]) -> Iterable[str]:
        """Exactly one of share and amount."""
        yield from _one_of_two("sell_more", keys)


class PayOnTime(StrictTable):
    """What the shop paid late, or has not paid, was paid on the day on which it fell due.

    do: the kind. days: of purchases that fell due in so many days back (default 180).
    """

    do: Literal["pay_on_time"]
    days: Days = TRADE_DAYS


class HoldMoreStock(StrictTable):
    """The stock of the last days is larger.

    do: the kind. share: by how much, 0.2 for 20 %; amount: or by how much money on each day; one of the two. days: how
    many days back (default 60). from_cash: whether cash is lower by as much (default true).
    """

    do: Literal["hold_more_stock"]
    share: Above | None = None
    amount: Above | None = None
    days: Days = WINDOW_DAYS
    from_cash: Flag = True

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Collection[str]) -> Iterable[str]:
        """Exactly one of share and amount."""
        yield from _one_of_two("hold_more_stock", keys)


class AddShopSupplier(StrictTable):
    """A share of each purchase of the last days came from another supplier, on the same days and terms.

    do: the kind. supplier: its firm_id. share: of each purchase, between 0 and 1. days: how many days back (default
    180). new: whether the supplier is a firm that the data do not have, of which nothing else is known (default false).
    """

    do: Literal["add_supplier"]
    supplier: FirmId
    share: Part
    days: Days = TRADE_DAYS
    new: Flag = False


class LoseCustomer(StrictTable):
    """A customer bought nothing in the last days: supplies and shipments to it are gone, sales lower by as much.

    do: the kind. customer: its firm_id. days: how many days back (default 180).
    """

    do: Literal["lose_customer"]
    customer: FirmId
    days: Days = TRADE_DAYS


class Borrow(StrictTable):
    """A new loan, opened on the day of the score and drawn in full.

    do: the kind. lender: its id, as in loans. amount: of the loan. term_days: until it is due. rate: a year, a share
    (default: unknown). product: order, credit, supply_chain or other (default "other"). to_cash: whether cash is higher
    by the amount (default true).
    """

    do: Literal["borrow"]
    lender: FirmId
    amount: Above
    term_days: Days
    rate: Rate | None = None
    product: Product = "other"
    to_cash: Flag = True


class Repay(StrictTable):
    """A loan was paid back on the day of the score, in part or in full; in full, nothing of it is past due.

    do: the kind. loan: its loan_id. amount: how much (default: all that is drawn). from_cash: whether cash is lower by
    as much (default true).
    """

    do: Literal["repay"]
    loan: FirmId
    amount: Above | None = None
    from_cash: Flag = True


class PublishStatement(StrictTable):
    """A financial statement was published; figures that it lacks are unknown, or as in the statement that it corrects.

    do: the kind. on: last day of its period. published_on: its day of publication (default: the day of the score).
    revenue, costs, material_costs, equity, liquid_assets, short_term_debt: its figures, at least one.
    """

    do: Literal["publish_statement"]
    on: Day
    published_on: Day | None = None
    revenue: NonNegative | None = None
    costs: NonNegative | None = None
    material_costs: NonNegative | None = None
    equity: Money | None = None
    liquid_assets: NonNegative | None = None
    short_term_debt: NonNegative | None = None

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Collection[str]) -> Iterable[str]:
        """At least one figure."""
        if not {*keys} & {*STATEMENT_FIGURES}:
            yield f"publish_statement has no figure, expected at least one of {', '.join(STATEMENT_FIGURES)}"

    @property
    def figures(self) -> dict[str, float]:
        """The figures that the file states."""
        stated = {name: getattr(self, name) for name in STATEMENT_FIGURES}
        return {name: value for name, value in stated.items() if value is not None}


STATEMENT_FIGURES = ("revenue", "costs", "material_costs", "equity", "liquid_assets", "short_term_debt")

RowChange = (
    SellMore | PayOnTime | HoldMoreStock | AddShopSupplier | LoseCustomer | Borrow | Repay | PublishStatement
)
CHANGE_KINDS: dict[str, type[StrictTable]] = {
    "sell_more": SellMore,
    "pay_on_time": PayOnTime,
    "hold_more_stock": HoldMoreStock,
    "add_supplier": AddShopSupplier,
    "lose_customer": LoseCustomer,
    "borrow": Borrow,
    "repay": Repay,
    "publish_statement": PublishStatement,
}
"""By the word of `do`."""


def read_change(content: object) -> StrictTable:
    """Return the change that a table of the file describes; for a PlainValidator.

    Raises
    ------
    PydanticCustomError: it is no table, or its kind is unknown. ValidationError: it does not fit its kind.
    """
    words = ", ".join(CHANGE_KINDS)
    if isinstance(content, StrictTable):
        return content
    if not isinstance(content, dict):
        raise table_fault(f"{content!r} is no table, expected [[change]] tables")
    kind = content.get("do")
    if not isinstance(kind, str) or kind not in CHANGE_KINDS:
        stated = f"do is {kind!r}" if "do" in content else "no do"
        raise table_fault(f"{stated}, expected one of {words}")
    return CHANGE_KINDS[kind].model_validate(content)


def _one_of_two(kind: str, keys: Collection[str]) -> Iterable[str]:
    stated = [key for key in ("share", "amount") if key in keys]
    if len(stated) != 1:
        yield f"{kind} has {' and '.join(stated) or 'neither share nor amount'}, expected one of share and amount"
