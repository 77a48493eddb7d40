"""What a loan finances: shipped unpaid orders for an order loan, confirmed receivables for a supply chain loan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from supplyrisk.graph.credit.limit_rule import LimitRule, rule_of
from supplyrisk.graph.credit.memo_sentences import memo_words
from supplyrisk.graph.credit.repayment_policy import FinancedLimit
from supplyrisk.graph.credit.shop_facts import TURNOVER_DAYS, FirmLine, Receivable, ShopFacts
from supplyrisk.graph.credit.total_exposure import committed

ORDERS, RECEIVABLES = "order", "supply_chain"
FINANCED = (ORDERS, RECEIVABLES)
"""Products that are repaid by what they finance."""
NOTHING_ITEMISED: Mapping[str, float] = MappingProxyType({})
PLATFORM = "platform (平台)"
"""What stands for the id of the platform, which owes what consumers have paid."""


@dataclass(frozen=True)
class CountedReceivable:
    """What one debtor owes and how much of it counts, money.

    status: "counts", or why nothing of it does: "defaulted", "no_pd", "high_pd", "group" (the same owner); "payout" of
        what the platform owes for sales to consumers, an estimate.
    """

    debtor: str
    name: str | None
    amount: float
    counted: float
    status: str


@dataclass(frozen=True)
class LoanBacking:
    """What a loan of a product is lent against.

    Parameters
    ----------
    product: one of FINANCED.
    debtors: by debtor, the largest amount first; None where the data do not show what is owed: no trade as a supplier,
        or no days of delivery, payment or confirmation.
    pledged: existing lines of these products, which the same orders and receivables repay first, money.
    """

    product: str
    debtors: tuple[CountedReceivable, ...] | None
    pledged: float = 0.0

    @property
    def eligible(self) -> float | None:
        """What counts, money; None where it is unknown."""
        return None if self.debtors is None else sum((debtor.counted for debtor in self.debtors), 0.0)


def loan_backing(
    shop: ShopFacts,
    product: str,
    repays: Collection[str],
    limits: FinancedLimit,
    itemised: Mapping[str, float] = NOTHING_ITEMISED,
) -> LoanBacking | None:
    """Return what a loan of a product is lent against; None for products that are repaid from earnings.

    Parameters
    ----------
    repays: lines that the loan repays; they no longer take their part.
    itemised: by line, what the order items that are pledged for it are worth, money; none by default. These items do
        not count as debts, so that only the rest of the line takes a part.
    """
    if product not in FINANCED:
        return None
    lines = [line for line in shop.loans if line.loan not in repays]
    debtors = _debtors(shop, product, limits)
    if product == ORDERS:
        debtors = _with_payout(debtors, shop, limits)
    return LoanBacking(product, debtors, _pledged(lines, itemised))


def _with_payout(
    debtors: tuple[CountedReceivable, ...] | None, shop: ShopFacts, limits: FinancedLimit
) -> tuple[CountedReceivable, ...] | None:
    """Return the debtors with what the platform owes for sales to consumers, as far as that is more than they owe."""
    profile = shop.profile
    # The turnover of a firm without activity is what it delivers to other firms.
    if not limits.payout_days or profile.turnover is None or profile.activity_age is None:
        return debtors
    payout = profile.turnover * limits.payout_days / TURNOVER_DAYS
    orders = sum((debtor.counted for debtor in debtors or ()), 0.0)
    # Sales may include those to other firms: the larger of the two counts, not their sum.
    row = CountedReceivable(PLATFORM, None, payout, max(0.0, payout - orders), "payout")
    return (*(debtors or ()), row)


def _pledged(lines: Sequence[FirmLine], itemised: Mapping[str, float]) -> float:
    parts = (
        max(0.0, (committed(line) or 0.0) - itemised.get(line.loan, 0.0))
        for line in lines
        if line.product in FINANCED
    )
    return sum(parts, 0.0)


def _debtors(shop: ShopFacts, product: str, limits: FinancedLimit) -> tuple[CountedReceivable, ...] | None:
    owed = [(row, row.shipped if product == ORDERS else row.confirmed) for row in shop.receivables]
    # The data record the days that an amount needs for all trades or for none.
    amounts = [(row, amount) for row, amount in owed if amount is not None]
    if not amounts:
        return None
    rows = [(row, amount, _status(row, shop.group, limits)) for row, amount in amounts if amount > 0]
    total = sum((amount for _, amount, status in rows if status == "counts"), 0.0)
    debtor_cap = limits.debtor_share * total if product == RECEIVABLES else total
    counted = [
        CountedReceivable(
            row.debtor, row.name, amount, min(amount, debtor_cap) if status == "counts" else 0.0, status
        )
        for row, amount, status in rows
    ]
    return tuple(sorted(counted, key=lambda debtor: (-debtor.amount, debtor.debtor)))


def _status(row: Receivable, group: Collection[str], limits: FinancedLimit) -> str:
    if row.defaulted:
        return "defaulted"
    if row.debtor in group:
        return "group"
    if row.pd is None:
        return "no_pd"
    return "high_pd" if row.pd >= limits.debtor_pd else "counts"


def backing_rule(backing: LoanBacking | None, limits: FinancedLimit) -> LimitRule:
    """Return the rule on what the loan finances: advance x eligible - pledged.

    Where that is unknown, no amount is allowed: it must not be better to hide orders than to have none.
    """
    if backing is None:
        return rule_of("BACKING", None, "not_needed")
    financed = memo_words(f"rule.BACKING.{backing.product}")
    eligible = backing.eligible
    if eligible is None:
        return rule_of("BACKING", 0.0, "unknown", financed=financed)
    advance = limits.order_advance if backing.product == ORDERS else limits.receivable_advance
    amount = max(0.0, advance * eligible - backing.pledged)
    pledged = backing.pledged
    return rule_of("BACKING", amount, financed=financed, advance=advance, eligible=eligible, pledged=pledged)
