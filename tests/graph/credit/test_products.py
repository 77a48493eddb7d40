"""All products on random shops, with the PD held: less known, less trade or more debt never gives a better result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shops import plain_score, plain_shop
from supplyrisk.graph.credit import LoanRequest, Partner, Verdict, read_policy, total_exposure
from supplyrisk.graph.credit.memo_inputs import MemoInputs
from supplyrisk.graph.credit.policy_result import apply_policy
from supplyrisk.graph.credit.shop_facts import FirmLine, Receivable, ShopFacts
from supplyrisk.graph.schema.contract import PRODUCTS

SHIPPED = read_policy()
# With every source of repayment that a policy can name.
POLICY = SHIPPED.model_copy(update={"financed": SHIPPED.financed.model_copy(update={"payout_days": 14})})
ORDER = (Verdict.WITHIN, Verdict.REFER, Verdict.OUTSIDE)
# Amounts of a size at which any of the rules may bind.
money = st.floats(0, 2e5)
debts = st.floats(0, 4e4)
shares = st.floats(0.01, 1)


@st.composite
def shops(draw: st.DrawFn) -> ShopFacts:
    """A shop of which anything may be known."""
    owed = draw(st.lists(st.tuples(money, money, st.floats(0, 0.3)), max_size=3))
    lines = draw(st.lists(st.tuples(st.sampled_from(PRODUCTS), debts), max_size=2))
    return plain_shop(
        turnover=draw(st.none() | st.just(0.0) | st.floats(2e5, 5e6)),
        margin=draw(st.floats(-0.05, 0.3)),
        activity_age=draw(st.none() | st.just(3)),
        statement_age=draw(st.none() | st.integers(0, 600)),
        receivables=tuple(
            Receivable(f"D{number}", None, confirmed + more, confirmed, pd, False)
            for number, (confirmed, more, pd) in enumerate(owed)
        ),
        loans=tuple(
            FirmLine(product, drawn, drawn, None, "L", f"C{number}")
            for number, (product, drawn) in enumerate(lines)
        ),
        partners=tuple(
            Partner(side, side, None, None, None, draw(shares), 0.01, False)
            for side in ("supplier", "customer")
        ),
    )


def profile(**changes: Any) -> Callable[[ShopFacts], ShopFacts]:
    return lambda shop: replace(shop, profile=replace(shop.profile, **changes))


WORSE: dict[str, Callable[[ShopFacts], ShopFacts]] = {
    "the statement is removed": profile(margin=None, statement_age=None),
    "the statement is stale": profile(statement_age=2_000),
    "sales are removed": profile(turnover=None),
    "all partners are hidden": lambda shop: replace(shop, partners=()),
    "one customer buys everything": lambda shop: replace(
        shop, partners=(*shop.partners[:1], replace(shop.partners[1], share=1.0))
    ),
    "a customer is hidden": lambda shop: replace(shop, receivables=shop.receivables[1:]),
    "all customers are hidden": lambda shop: replace(shop, receivables=()),
    "payments are not recorded": lambda shop: replace(
        shop, receivables=tuple(replace(row, shipped=None, confirmed=None) for row in shop.receivables)
    ),
    "debtors are unknown": lambda shop: replace(
        shop, receivables=tuple(replace(row, pd=None) for row in shop.receivables)
    ),
    "a debtor defaults": lambda shop: replace(
        shop, receivables=tuple(replace(row, defaulted=True) for row in shop.receivables)
    ),
    "it owes more": lambda shop: replace(
        shop, loans=(*shop.loans, FirmLine("credit", 30_000.0, 30_000.0, None, "L", "C9"))
    ),
    "its orders are pledged": lambda shop: replace(
        shop, loans=(*shop.loans, FirmLine("order", 9_000.0, 9_000.0, None, "L", "C9"))
    ),
    "an amount owed is unknown": lambda shop: replace(
        shop, loans=(*shop.loans, FirmLine("other", None, None, None, "L", "C9"))
    ),
    "its orders and their amount are unknown": lambda shop: replace(
        shop, loans=(*shop.loans, FirmLine("order", None, None, None, "L", "C9"))
    ),
}


def result(shop: ShopFacts, request: LoanRequest) -> tuple[float, int]:
    """The limit, and how grave the conclusion is."""
    inputs = MemoInputs(request, shop, plain_score(), exposure=total_exposure(shop))
    found = apply_policy(inputs, POLICY)
    return found.limit.amount, ORDER.index(found.conclusion.word)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(shops(), st.sampled_from(PRODUCTS), st.floats(5_000, 100_000), st.integers(30, 360))
def test_nothing_that_is_worse_or_unknown_gives_a_better_result(
    shop: ShopFacts, product: str, amount: float, days: int
) -> None:
    request = LoanRequest(amount, days, product)
    limit, grave = result(shop, request)
    for name, change in WORSE.items():
        after, later = result(change(shop), request)
        assert after <= limit, name
        assert later >= grave, name
