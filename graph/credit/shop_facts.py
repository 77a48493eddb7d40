"""What the graph knows about one shop, for a lender: profile, partners, carriers, guarantees and credit lines.

Every figure is the answer of a library query, so that it can be reproduced; none is computed here a second way. The
classes of rows have the columns of their query that a memo uses, in the order of the query: documents store them so.
Days are ISO text, as in the graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

import pyarrow as pa

from supplyrisk.graph.credit.recorded_trade import missing_trade
from supplyrisk.graph.errors import CypherError, DataError, StoreError
from supplyrisk.queries import Runner, get_query, run_query

MIN_SHARE = 0.05
"""Links below this share of a firm's trade are not followed to the second tier."""
ALL_ROWS = 1_000_000
"""Value of the parameter `top` for all rows: a row that is cut off could change the conclusion."""
TURNOVER_DAYS = 180
"""Days that the turnover of a profile covers."""
MAX_RINGS = 20
"""Largest number of trade rings that are listed, sorted by their smallest link, the largest first."""
Record = TypeVar("Record")


@dataclass(frozen=True)
class ShopProfile:
    """The profile of a firm: a row of `shop/profile`."""

    firm: str
    name: str | None
    roles: str | None
    shop_type: str | None
    industry: str | None
    region: str | None
    age_days: float | None
    tenure_days: float | None
    upstream: str | None
    defaulted_on: str | None
    turnover: float | None
    turnover_age: float | None
    activity_age: float | None
    purchase_age: float | None
    delivery_age: float | None
    statement_age: float | None
    margin: float | None
    pd: float | None
    model: str | None

    def with_fresh_turnover(self, days: int) -> ShopProfile:
        """Return it without a turnover where the last sales are so many days old or older: they are missing, not 0."""
        stale = self.turnover_age is not None and self.turnover_age >= days
        return replace(self, turnover=None) if stale else self

    def has_fresh_statement(self, days: int) -> bool:
        """Return whether its last statement is less than so many days old."""
        return self.statement_age is not None and self.statement_age < days

    @property
    def source_ages(self) -> dict[str, float | None]:
        """Days since the last row of each data source; None where it has no row about the firm."""
        return {
            "activity": self.activity_age,
            "purchases": self.purchase_age,
            "deliveries": self.delivery_age,
            "statements": self.statement_age,
        }


@dataclass(frozen=True)
class MatchingFirm:
    """A firm with an id or name: a row of `shop/named`."""

    firm: str
    region: str | None


@dataclass(frozen=True)
class Partner:
    """A supplier or customer: a row of `shop/partners`. unlisted: whether it is in no list."""

    side: str
    other: str
    name: str | None
    industry: str | None
    region: str | None
    share: float
    pd: float | None
    defaulted: bool
    unlisted: bool = False


@dataclass(frozen=True)
class SecondTierLink:
    """A supplier of a supplier, or a customer of a customer: a row of `shop/second-tier`."""

    side: str
    via: str
    other: str
    name: str | None
    share: float
    pd: float | None
    defaulted: bool


@dataclass(frozen=True)
class ShopCarrier:
    """A carrier: a row of `shop/carriers`."""

    carrier: str
    name: str | None
    share: float
    delay_days: float | None
    pd: float | None
    defaulted: bool
    unlisted: bool = False


@dataclass(frozen=True)
class Guarantee:
    """A guarantee given or received: a row of `shop/guarantees`."""

    side: str
    other: str
    name: str | None
    amount: float | None
    pd: float | None
    defaulted: bool


@dataclass(frozen=True)
class GuaranteeRing:
    """A guarantee circle: a row of `shop/guarantee-ring`."""

    firms: int
    circle: Sequence[str]
    failing: int


@dataclass(frozen=True)
class TradeRing:
    """A ring of trade: a row of `trade/rings-through`."""

    firms: int
    ring: Sequence[str]
    amount: float


@dataclass(frozen=True)
class CreditLine:
    """A credit line: a row of `shop/loans`; `line` is its limit, `rate` a share a year."""

    product: str | None
    line: float | None
    drawn: float | None
    lgd: float | None
    opened_on: str | None = field(default=None, kw_only=True)
    due_on: str | None = field(default=None, kw_only=True)
    rate: float | None = field(default=None, kw_only=True)
    days_past_due: int | None = field(default=None, kw_only=True)
    restructured: bool | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class FirmLine(CreditLine):
    """A line of one firm with its lender: a row of `shop/loans`."""

    lender: str
    loan: str


@dataclass(frozen=True)
class Receivable:
    """What a customer owes for delivered goods, not yet due, money: a row of `shop/receivables`.

    shipped, confirmed: None where the data do not record the days that they need.
    """

    debtor: str
    name: str | None
    shipped: float | None
    confirmed: float | None
    pd: float | None
    defaulted: bool


@dataclass(frozen=True)
class GroupFirm:
    """A firm with the same owner: a row of `lending/group-firms`."""

    other: str


@dataclass(frozen=True)
class GroupLine:
    """A line of a firm with the same owner: a row of `lending/group-lines`."""

    other: str
    lender: str
    loan: str
    product: str | None
    line: float | None
    drawn: float | None


@dataclass(frozen=True)
class Lender:
    """A lender with lines in the data: a row of `lending/lenders`."""

    lender: str


@dataclass(frozen=True)
class BookLine(CreditLine):
    """A line of a lender's book: a row of `shop/book`."""

    firm: str
    name: str | None
    industry: str | None
    region: str | None
    loan: str
    pd: float | None
    defaulted: bool


@dataclass(frozen=True)
class SharedCounterparty:
    """A counterparty that other borrowers depend on, and these: a row of `shop/shared-with-book`."""

    counterparty: str
    firms: Sequence[str]


@dataclass(frozen=True)
class Borrower:
    """A borrower, its lenders and its drawn amount, money: a row of `lending/borrowers`."""

    firm: str
    lenders: list[str]
    drawn: float | None


@dataclass(frozen=True)
class QueryRecord:
    """A library query that was run, with its parameters, so that it can be repeated."""

    name: str
    params: Mapping[str, object]


@dataclass
class RecordedLibrary:
    """Runs library queries and records them."""

    store: Runner[pa.Table]
    records: list[QueryRecord] = field(default_factory=list)

    def table(self, name: str, **params: object) -> pa.Table:
        """Return the answer of a query as a table.

        Raises
        ------
        StoreError: the graph lacks what the query reads, as one that an earlier version loaded may.
        """
        self.records.append(QueryRecord(name, params))
        try:
            return run_query(self.store, get_query(name), params)
        except CypherError as fault:
            # Scores or contagion that are missing are said as such, and have a remedy of their own.
            if fault.expected is None:
                raise
            raise StoreError(
                f"the graph cannot answer the query {name}: {fault.problem}",
                "a graph that this version loaded",
                "run scgraph store load and scgraph store scores",
            ) from fault

    def rows_as(self, row_type: type[Record], name: str, **params: object) -> tuple[Record, ...]:
        """Return the answer of a query as instances of a dataclass, whose fields are columns of the query."""
        names = [column.name for column in fields(row_type)]  # type: ignore[arg-type]
        return tuple(
            row_type(**{column: row[column] for column in names})
            for row in self.table(name, **params).to_pylist()
        )


@dataclass(frozen=True)
class ShopFacts:
    """One shop as the graph shows it; each tuple has the rows of the query of that name, e.g. `shop/partners`.

    group_lines: lines of firms with the same owner. has_lenders: whether the data have loans at all. library: runs
    further queries, and records all of them. receivables: what its customers owe. group: ids of the firms with the
    same owner. no_partners: sides of which it is stated that it has no firm there.
    """

    profile: ShopProfile
    partners: tuple[Partner, ...]
    second_tier: tuple[SecondTierLink, ...]
    carriers: tuple[ShopCarrier, ...]
    guarantees: tuple[Guarantee, ...]
    rings: tuple[GuaranteeRing, ...]
    trade_rings: tuple[TradeRing, ...]
    loans: tuple[FirmLine, ...]
    group_lines: tuple[GroupLine, ...]
    has_lenders: bool
    library: RecordedLibrary
    receivables: tuple[Receivable, ...] = ()
    group: tuple[str, ...] = ()
    no_partners: tuple[str, ...] = ()

    @property
    def firm_id(self) -> str:
        """Its id."""
        return self.profile.firm

    def partners_on(self, side: str) -> tuple[Partner, ...]:
        """Return its suppliers ("supplier") or its customers ("customer"), the largest share first."""
        return tuple(partner for partner in self.partners if partner.side == side)

    @property
    def dependence(self) -> float | None:
        """Largest share of one counterparty in its purchases or sales to firms, None where a side is not recorded."""
        if self.missing_trade is not None:
            return None
        return max((partner.share for partner in self.partners), default=0.0)

    @property
    def missing_trade(self) -> str | None:
        """What of its trade is not recorded, see `missing_trade`; None where nothing is missing."""
        sides = {partner.side for partner in self.partners} | set(self.no_partners)
        profile = self.profile
        return missing_trade(sides, profile.roles, has_activity=profile.activity_age is not None)

    @property
    def others(self) -> tuple[tuple[str, float | None, bool], ...]:
        """All other firms and persons whose risk a memo shows: id, PD in the graph, and whether it is in default."""
        named: tuple[Partner | SecondTierLink | Guarantee, ...] = (
            *self.partners,
            *self.second_tier,
            *self.guarantees,
        )
        carriers = tuple((carrier.carrier, carrier.pd, carrier.defaulted) for carrier in self.carriers)
        debtors = tuple((debtor.debtor, debtor.pd, debtor.defaulted) for debtor in self.receivables)
        return (*((other.other, other.pd, other.defaulted) for other in named), *carriers, *debtors)

    @property
    def ring(self) -> tuple[str, ...]:
        """Firms of the first guarantee circle that it is part of; empty where there is none."""
        return tuple(self.rings[0].circle) if self.rings else ()


def matching_firms(store: Runner[pa.Table], id_or_name: str) -> tuple[MatchingFirm, ...]:
    """Return the firms with an id or name: one for an id, all for a name."""
    # An id takes precedence: another firm may have it as its name.
    firms = RecordedLibrary(store).rows_as(MatchingFirm, "shop/named", firm=id_or_name)
    return tuple(match for match in firms if match.firm == id_or_name) or firms


def shop_facts_of(store: Runner[pa.Table], firm_id: str) -> ShopFacts:
    """Return all facts about a firm that a memo needs.

    Raises
    ------
    DataError: the graph does not have the firm.
    StoreError: see `Store.run`.
    """
    library = RecordedLibrary(store)
    profile = library.rows_as(ShopProfile, "shop/profile", firm=firm_id)
    if not profile:
        raise DataError(f"no firm {firm_id} in the graph", "a firm_id")
    return ShopFacts(
        profile=profile[0],
        partners=library.rows_as(Partner, "shop/partners", firm=firm_id, top=ALL_ROWS),
        second_tier=library.rows_as(
            SecondTierLink, "shop/second-tier", firm=firm_id, least=MIN_SHARE, top=ALL_ROWS
        ),
        carriers=library.rows_as(ShopCarrier, "shop/carriers", firm=firm_id),
        guarantees=library.rows_as(Guarantee, "shop/guarantees", firm=firm_id, top=ALL_ROWS),
        rings=library.rows_as(GuaranteeRing, "shop/guarantee-ring", firm=firm_id),
        # Limited: there can be very many, and the smallest links are not informative.
        trade_rings=library.rows_as(TradeRing, "trade/rings-through", firm=firm_id, top=MAX_RINGS),
        loans=library.rows_as(FirmLine, "shop/loans", firm=firm_id, top=ALL_ROWS),
        group_lines=library.rows_as(GroupLine, "lending/group-lines", firm=firm_id, top=ALL_ROWS),
        has_lenders=bool(library.rows_as(Lender, "lending/lenders", top=1)),
        library=library,
        receivables=library.rows_as(Receivable, "shop/receivables", firm=firm_id, top=ALL_ROWS),
        group=tuple(
            firm.other
            for firm in library.rows_as(GroupFirm, "lending/group-firms", firm=firm_id, top=ALL_ROWS)
        ),
    )
