"""What a shop can do about its score: features that it can change, in which direction and how far.

Only what a shop can act on is listed. What it is (age, trade, region, owners, size) and what others do (rates of its
trade, risk over links) never is. A change that a model does not reward is left out of a letter by its result, not here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from supplyrisk.graph.merchant.permitted_reasons import reason_of_feature, shop_feature
from supplyrisk.graph.snapshot.peer_figures import PeerGroup

LOWER = -1
HIGHER = 1


@dataclass(frozen=True)
class ChangeTarget:
    """How one feature changes.

    Parameters
    ----------
    feature: its name without the window; all its windows change alike.
    toward: LOWER or HIGHER; a value that is there already does not change.
    value: what it changes to; None (default): the median of the peers.
    least: lowest value that it changes to, such as 0 days late; None (default): none.
    whole: whether it counts something, so that a median is rounded up.
    """

    feature: str
    toward: int
    value: float | None = None
    least: float | None = None
    whole: bool = False


@dataclass(frozen=True)
class FeasibleChange:
    """One thing that a shop can do; its text is `change.<code>` in `graph/texts/letter.toml`.

    Parameters
    ----------
    code: stable code.
    targets: the features that it changes, the one that the shop knows best first.
    in_proportion: by column another one that it follows: what is drawn falls as the utilisation does.
    if_missing: table whose features get the peers' medians where the shop has no row in it; None (default): none.
    """

    code: str
    targets: tuple[ChangeTarget, ...]
    in_proportion: Mapping[str, str] = field(default_factory=dict)
    if_missing: str | None = None


FEASIBLE_CHANGES: tuple[FeasibleChange, ...] = (
    FeasibleChange(
        "PAY_ON_TIME",
        (ChangeTarget("pay_overdue_share", LOWER), ChangeTarget("pay_late_days", LOWER, least=0.0)),
    ),
    FeasibleChange(
        "CLEAR_ARREARS",
        (ChangeTarget("loan_overdue_share", LOWER, 0.0), ChangeTarget("loan_days_past_due", LOWER, 0.0)),
    ),
    FeasibleChange(
        "LOWER_DEBT",
        (ChangeTarget("loan_utilisation", LOWER),),
        {"loan_drawn": "loan_utilisation", "loan_to_sales": "loan_utilisation"},
    ),
    FeasibleChange(
        "MORE_CASH",
        (ChangeTarget("cash_weeks", HIGHER), ChangeTarget("liquidity", HIGHER)),
        {"cash": "cash_weeks"},
    ),
    FeasibleChange(
        "FEWER_RETURNS",
        (ChangeTarget("refund_rate", LOWER), ChangeTarget("delivery_return_rate", LOWER)),
        {"refund_rate_own_past": "refund_rate_30"},
    ),
    FeasibleChange(
        "FEWER_DISPUTES",
        (ChangeTarget("dispute_rate", LOWER), ChangeTarget("delivery_dispute_rate", LOWER)),
    ),
    FeasibleChange(
        "MORE_CUSTOMERS",
        (ChangeTarget("customers", HIGHER, whole=True), ChangeTarget("customer_hhi", LOWER)),
    ),
    FeasibleChange(
        "MORE_SUPPLIERS",
        (ChangeTarget("suppliers", HIGHER, whole=True), ChangeTarget("supplier_hhi", LOWER)),
    ),
    FeasibleChange("COLLECT", (ChangeTarget("receivables_overdue_share", LOWER),)),
    FeasibleChange(
        "DELIVER_ON_TIME",
        (
            ChangeTarget("delivery_delay_days", LOWER, least=0.0),
            ChangeTarget("sent_delay_days", LOWER, least=0.0),
        ),
    ),
    FeasibleChange("LESS_STOCK", (ChangeTarget("stock_days", LOWER),)),
    FeasibleChange("NEW_STATEMENT", (ChangeTarget("statement_age_days", LOWER),), if_missing="financials"),
    FeasibleChange("CURRENT_RECORDS", (ChangeTarget("activity_age_days", LOWER),)),
)
"""In the order in which equal gains are listed; no feature is changed by two of them."""


def changed_values(
    change: FeasibleChange, values: Mapping[str, float], peers: PeerGroup, sources: Mapping[str, str]
) -> dict[str, float]:
    """Return the columns that a change gives a shop, with their new values; empty where there is nothing to change.

    Percentiles among peers follow the values that they are of.

    Parameters
    ----------
    change: what the shop does.
    values: the shop's columns of numbers by name; NaN where missing.
    peers: the shop's peers.
    sources: the table of each column.
    """
    new: dict[str, float] = {}
    for target in change.targets:
        for name, value in values.items():
            if _is_value_of(target.feature, name):
                goal = _goal(target, name, peers)
                if goal is not None and (goal - value) * target.toward > 0:
                    new[name] = goal
    for name, followed in change.in_proportion.items():
        if followed in new and values[followed] and not math.isnan(values.get(name, math.nan)):
            new[name] = values[name] * new[followed] / values[followed]
    if change.if_missing is not None:
        new |= _medians(change.if_missing, values, peers, sources)
    ranked = [name for name in new if f"{name}_peers" in values]
    return new | {f"{name}_peers": peers.percentile(name, new[name]) for name in ranked}


def _is_value_of(feature: str, column: str) -> bool:
    """Whether a column holds values of a feature over some window, rather than percentiles or a user's own numbers."""
    is_told = reason_of_feature(column) is not None
    return is_told and shop_feature(column) == feature and not column.endswith("_peers")


def _goal(target: ChangeTarget, name: str, peers: PeerGroup) -> float | None:
    goal = peers.median(name) if target.value is None else target.value
    if goal is None:
        return None
    if target.whole:
        goal = math.ceil(goal)
    return goal if target.least is None else max(goal, target.least)


def _medians(
    source: str, values: Mapping[str, float], peers: PeerGroup, sources: Mapping[str, str]
) -> dict[str, float]:
    """The peers' medians of a table's columns, where the shop has none of them; empty where it has some."""
    columns = [name for name in values if sources[name] == source and not name.endswith("_peers")]
    if not all(math.isnan(values[name]) for name in columns):
        return {}
    medians = {name: peers.median(name) for name in columns}
    return {name: median for name, median in medians.items() if median is not None}
