"""Changes of a shop's finances: a new loan, a loan that is paid back, and a published statement."""

from __future__ import annotations

from datetime import date, timedelta

from supplyrisk.graph.merchant.what_if.change_kinds import Borrow, PublishStatement, Repay
from supplyrisk.graph.merchant.what_if.row_edit import ChangeFault, RowEdit, replaced
from supplyrisk.graph.merchant.what_if.shop_rows import Row, ShopRows

NEW_LOAN = "what-if-"
"""How the loan_ids of loans begin that a change adds."""


def borrow(change: Borrow, rows: ShopRows, as_of: date) -> RowEdit:
    """Add a line that is drawn in full on as_of; the money is in the cash of the last row that states any."""
    _require(rows, "loans")
    if not rows.knows_lender(change.lender):
        known = "the lender of a loan of the shop" if rows.alone else "a lender_id of loans"
        raise ChangeFault(f"unknown lender {change.lender}, expected {known}")
    number = sum(row["loan_id"].startswith(NEW_LOAN) for row in rows.own["loans"]) + 1
    line = {
        "loan_id": f"{NEW_LOAN}{number}", "lender_id": change.lender, "firm_id": rows.shop, "on": as_of,
        "product": change.product, "limit": change.amount, "drawn": change.amount, "rate": change.rate,
        "opened_on": as_of, "due_on": as_of + timedelta(days=change.term_days), "days_past_due": 0,
        "restructured": False,
    }  # fmt: skip
    rows = rows.with_rows("loans", [*rows.own["loans"], line])
    rows, changed = _with_cash(rows, as_of, change.amount) if change.to_cash else (rows, 0)
    return RowEdit(rows, 1 + changed)


def repay(change: Repay, rows: ShopRows, as_of: date) -> RowEdit:
    """State the line on as_of with less drawn; a state of that very day is replaced."""
    states = [
        row
        for row in rows.own["loans"]
        if row["loan_id"] == change.loan
        and row["firm_id"] == rows.shop
        and row["on"] is not None
        and row["on"] <= as_of
    ]
    if not states:
        lines = sorted({row["loan_id"] for row in rows.own["loans"] if row["firm_id"] == rows.shop})
        raise ChangeFault(f"unknown loan {change.loan}, expected one of {', '.join(lines) or 'none'}")
    last = max(states, key=lambda row: row["on"])
    drawn = last["drawn"] or 0.0
    if not 0 < (change.amount or drawn) <= drawn:
        stated = "nothing" if change.amount is None else f"{change.amount:g}"
        raise ChangeFault(
            f"{stated} to repay of {change.loan}, expected an amount up to what is drawn, {drawn:g}"
        )
    amount = drawn if change.amount is None else change.amount
    state = {**last, "on": as_of, "drawn": drawn - amount}
    if state["drawn"] == 0:
        state["days_past_due"] = 0
    rest = [row for row in rows.own["loans"] if (row["loan_id"], row["on"]) != (change.loan, as_of)]
    rows = rows.with_rows("loans", [*rest, state])
    rows, changed = _with_cash(rows, as_of, -amount) if change.from_cash else (rows, 0)
    return RowEdit(rows, 1 + changed)


def publish_statement(change: PublishStatement, rows: ShopRows, as_of: date) -> RowEdit:
    """Add a statement, or correct the figures of the one for the same day."""
    _require(rows, "financials")
    published = change.published_on or as_of
    if not change.on <= published <= as_of:
        raise ChangeFault(
            f"a statement for {change.on} published on {published}, expected on <= published_on <= {as_of}"
        )
    same = {n: row for n, row in enumerate(rows.own["financials"]) if row["on"] == change.on}
    new = {"firm_id": rows.shop, "on": change.on, "published_on": published}
    if same:
        corrected: dict[int, Row] = {n: {**row, **new, **change.figures} for n, row in same.items()}
        statements = replaced(rows.own["financials"], corrected)
    else:
        statements = [*rows.own["financials"], {**new, **change.figures}]
    return RowEdit(rows.with_rows("financials", statements), max(1, len(same)))


def _require(rows: ShopRows, table: str) -> None:
    # A table that no firm has rows in is unknown to the model as well: one row would change what all others lack.
    if not rows.present(table):
        raise ChangeFault(f"the data have no {table}, expected that table")


def _with_cash(rows: ShopRows, as_of: date, more: float) -> tuple[ShopRows, int]:
    """Change the cash of the last known row that states it, the only one that features of cash read."""
    days = [row["on"] for row in rows.own["activity"] if row["cash"] is not None]
    known = [day for day in days if day is not None and day <= as_of]
    if not known:
        return rows, 0
    last = max(known)
    new = {
        number: {**row, "cash": row["cash"] + more}
        for number, row in enumerate(rows.own["activity"])
        if row["on"] == last and row["cash"] is not None
    }
    return rows.with_rows("activity", replaced(rows.own["activity"], new)), len(new)
