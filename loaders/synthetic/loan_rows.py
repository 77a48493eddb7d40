"""The rows of the table `loans`: credit lines every few weeks, and loans for single trades."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.loaders.synthetic.column_builders import cents, days, money, numbered, pick
from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.simulation import WorldHistory
from supplyrisk.loaders.synthetic.supply_rows import RecordedTrades
from supplyrisk.loaders.synthetic.world_plan import NEVER, Floats, Ints

LENDERS = 12
STATE_EVERY = {"week": 4, "month": 13}
"""Weeks between two states of a credit line, by the world's grain."""
FINANCED, TWICE = 0.01, 0.06
"""Shares of trades that a loan finances, and of these that another lender's loan finances once more."""
PRODUCTS = ("order", "credit", "supply_chain", "other")


@dataclass(frozen=True)
class FinancedTrades:
    """Trades that loans finance: the trades' numbers, and what a loan needs to know of them."""

    row: Ints
    customer: Ints
    amount: Floats
    on: Ints
    due: Ints
    paid: Ints


def financed_trades(economy: Economy, trades: RecordedTrades) -> FinancedTrades:
    """The trades of one piece that are financed; some twice, next to one another."""
    rng = economy.plan.stream("financed", int(trades.row[0]) if len(trades.row) else 0)
    draw = rng.random(len(trades.row))
    at = np.flatnonzero(draw < FINANCED)
    at = np.repeat(at, np.where(draw[at] < FINANCED * TWICE, 2, 1))
    customer = economy.links.customer[trades.link[at]]
    return FinancedTrades(
        trades.row[at], customer, trades.amount[at], trades.on[at], trades.due[at], trades.paid[at]
    )


def loan_pieces(economy: Economy, history: WorldHistory, bills: list[FinancedTrades]) -> Iterator[pa.Table]:
    """Credit lines week by week, then the loans for trades: drawn on the trade's day, repaid when it is paid."""
    plan = economy.plan
    rng = plan.stream("lines")
    firm = np.flatnonzero(rng.random(plan.firms) < 0.4)
    lines = _Lines(
        firm=firm,
        opened=np.maximum(economy.firms.joined_on[firm], plan.first - rng.integers(0, 300, len(firm))),
        limit=np.round(economy.firms.sales[firm] * economy.firms.line[firm] * 2.5, -3) + 1000,
        habit=rng.normal(-0.8, 0.8, len(firm)),
        product=np.where(rng.random(len(firm)) < 0.85, 1, 3),
        lender=(LENDERS * rng.random(len(firm)) ** 2).astype(np.int64),
        lgd=np.round(rng.beta(4, 5, len(firm)), 2),
    )
    for week in range(plan.weeks):
        yield _states(economy, history, lines, week)
    yield _order_loans(economy, bills, len(firm))


@dataclass(frozen=True)
class _Lines:
    """One entry per credit line."""

    firm: Ints
    opened: Ints
    limit: Floats
    habit: Floats
    product: Ints
    lender: Ints
    lgd: Floats


def _states(economy: Economy, history: WorldHistory, lines: _Lines, week: int) -> pa.Table:
    """States of the lines whose turn it is: the shorter of cash its firm, the more is drawn."""
    plan, every = economy.plan, STATE_EVERY[economy.plan.grain]
    seen = week - economy.firms.joined_week[lines.firm]
    line = np.flatnonzero((seen >= 0) & (seen % every == 0) & (week < history.ended_week[lines.firm]))
    firm, n = lines.firm[line], len(line)
    noise = plan.stream("drawn", week).standard_normal(n)
    trouble = 1.3 * history.stress(economy, week, firm) + 0.6 * noise
    used = 1 / (1 + np.exp(-(lines.habit[line] + trouble)))
    on, opened = np.full(n, int(plan.first + 7 * week)), lines.opened[line]
    columns = (line, lines.lender[line], firm, on, lines.product[line])
    amounts = (lines.limit[line], cents(lines.limit[line] * used))
    due = opened + 365 * (1 + (on - opened) // 365)
    return _rows(economy, columns, amounts, (opened, due), (lines.lgd[line], np.full(n, -1)))


def _order_loans(economy: Economy, bills: list[FinancedTrades], first: int) -> pa.Table:
    """Loans for single trades; two for one trade come from different lenders."""
    plan = economy.plan
    row, customer, amount, on, due, paid = (
        np.concatenate([getattr(b, name) for b in bills]) if bills else np.zeros(0, np.int64)
        for name in ("row", "customer", "amount", "on", "due", "paid")
    )
    rng, n = plan.stream("order loans"), len(row)
    lender = (LENDERS * rng.random(n) ** 2).astype(np.int64)
    again = np.append(False, row[1:] == row[:-1]) if n else np.zeros(0, bool)
    lender[again] = (lender[np.flatnonzero(again) - 1] + rng.integers(1, LENDERS, again.sum())) % LENDERS
    product, lgd = np.where(rng.random(n) < 0.7, 2, 0), np.round(rng.beta(4, 5, n), 2)
    limit = cents((0.8 * amount).astype(np.float64))
    repaid = np.flatnonzero((paid <= plan.last) & (paid > on))
    both = np.concatenate([np.arange(n), repaid])
    columns = (first + both, lender[both], customer[both], np.concatenate([on, paid[repaid]]), product[both])
    amounts = (limit[both], np.concatenate([limit, np.zeros(len(repaid))]))
    return _rows(economy, columns, amounts, (on[both], due[both]), (lgd[both], row[both]))


def _rows(
    economy: Economy,
    who: tuple[Ints, Ints, Ints, Ints, Ints],
    amounts: tuple[Floats, Floats],
    span: tuple[Ints, Ints],
    terms: tuple[Floats, Ints],
) -> pa.Table:
    """Rows out of (loan, lender, firm, on, product), (limit, drawn), (opened, due) and (lgd, financed row)."""
    loan, lender, firm, on, product = who
    lgd, row = terms
    financed_row = numbered("T", row, 9)
    return pa.table(
        {
            "loan_id": numbered("C", loan),
            "lender_id": numbered("L", lender, 3),
            "firm_id": numbered("F", firm),
            "on": days(on, economy.plan.last),
            "product": pick(PRODUCTS, product),
            "limit": money(amounts[0]),
            "drawn": money(amounts[1]),
            "opened_on": days(span[0], economy.plan.last),
            "due_on": days(span[1], NEVER),
            "lgd": pa.array(lgd),
            "financed_row_id": pick(financed_row, np.arange(len(row)), row >= 0),
        }
    )
