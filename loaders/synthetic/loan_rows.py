"""Rows of the table `loans`: states of credit lines every few weeks, and loans for single trades."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.loaders.synthetic.column_builders import cents, counts, days, money, numbered, pick
from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.simulation import WorldHistory
from supplyrisk.loaders.synthetic.supply_rows import RecordedTrades
from supplyrisk.loaders.synthetic.world_plan import NEVER, Bools, Floats, Ints

LENDERS = 12
WEEKS_BETWEEN_STATES = {"week": 4, "month": 13}
"""Weeks between two recorded states of a credit line, by the world's grain."""
FINANCED_SHARE = 0.01
"""Share of trades that a loan finances."""
FINANCED_TWICE_SHARE = 0.06
"""Share of financed trades that a second lender's loan finances once more."""
COLLATERAL_LGD = 0.4
"""Loss given default below which a line is secured by collateral."""
MOST_DAYS_PAST_DUE = 89
"""A firm that would be later defaults, which is an event of the world: its lines have no states from then on."""
PRODUCTS = ("order", "credit", "supply_chain", "other")
ORDER, CREDIT, SUPPLY_CHAIN, OTHER = range(4)


@dataclass(frozen=True)
class FinancedTrades:
    """Trades that loans finance, one entry per loan: number of the trade, and what a loan takes from it."""

    row: Ints
    customer: Ints
    amount: Floats
    on: Ints
    due: Ints
    paid: Ints


@dataclass(frozen=True)
class _CreditLines:
    """One entry per credit line.

    Parameters
    ----------
    firm, lender, product: numbers.
    opened: day number.
    limit: CNY.
    habit: usual utilisation on the scale of the logit.
    lgd: loss given default, 0 to 1.
    rate: annual interest rate, a share.
    breaking_point: stress from which the lender restructures the line.
    """

    firm: Ints
    opened: Ints
    limit: Floats
    habit: Floats
    product: Ints
    lender: Ints
    lgd: Floats
    rate: Floats
    breaking_point: Floats


@dataclass(frozen=True)
class _LoanRows:
    """Columns of the table before they become Arrow arrays.

    Parameters
    ----------
    loan, lender, firm, product: numbers.
    on, opened, due: day numbers.
    limit, drawn: CNY.
    lgd: 0 to 1.
    financed_row: number of the financed trade; -1 where there is none.
    rate: annual interest rate, a share.
    days_past_due: whole days.
    restructured: flags.
    """

    loan: Ints
    lender: Ints
    firm: Ints
    on: Ints
    product: Ints
    limit: Floats
    drawn: Floats
    opened: Ints
    due: Ints
    lgd: Floats
    financed_row: Ints
    rate: Floats
    days_past_due: Ints
    restructured: Bools


def financed_trades(economy: Economy, trades: RecordedTrades) -> FinancedTrades:
    """Draw the trades of one piece that are financed; those financed twice come twice, one after the other."""
    rng = economy.plan.stream("financed", int(trades.row[0]) if len(trades.row) else 0)
    draw = rng.random(len(trades.row))
    at = np.flatnonzero(draw < FINANCED_SHARE)
    # given that it is below FINANCED_SHARE, the draw is uniform again and decides about a second loan
    at = np.repeat(at, np.where(draw[at] < FINANCED_SHARE * FINANCED_TWICE_SHARE, 2, 1))
    customer = economy.links.customer[trades.link[at]]
    return FinancedTrades(
        row=trades.row[at],
        customer=customer,
        amount=trades.amount[at],
        on=trades.on[at],
        due=trades.due[at],
        paid=trades.paid[at],
    )


def loan_pieces(
    economy: Economy, history: WorldHistory, financed: list[FinancedTrades]
) -> Iterator[pa.Table]:
    """Yield the table piece by piece: credit lines week by week, then the loans for single trades.

    Parameters
    ----------
    financed: financed trades of each piece of `supplies`.
    """
    plan = economy.plan
    rng = plan.stream("lines")
    firm = np.flatnonzero(rng.random(plan.firms) < 0.4)
    n = len(firm)
    # a stream of its own: the draws above and below stay as they are
    terms = plan.stream("line terms")
    # draws in the order of the arguments
    lines = _CreditLines(
        firm=firm,
        opened=np.maximum(economy.firms.joined_on[firm], plan.first_day - rng.integers(0, 300, n)),
        # larger than the line that the simulation counts on: firms do not draw to the limit
        limit=np.round(economy.firms.sales[firm] * economy.firms.credit_line[firm] * 2.5, -3) + 1000,
        habit=rng.normal(-0.8, 0.8, n),
        product=np.where(rng.random(n) < 0.85, CREDIT, OTHER),
        lender=_draw_lenders(rng, n),
        lgd=_draw_lgd(rng, n),
        rate=_draw_rates(terms, n),
        breaking_point=terms.normal(1.7, 0.2, n),
    )
    worst = np.full(n, -np.inf)
    for week in range(plan.weeks):
        yield _line_states(economy, history, lines, week, worst)
    yield _order_loans(economy, financed, n)


def _draw_lenders(rng: np.random.Generator, n: int) -> Ints:
    """Draw lenders, the first of them with the largest share of the market."""
    lender: Ints = (LENDERS * rng.random(n) ** 2).astype(np.int64)
    return lender


def _draw_lgd(rng: np.random.Generator, n: int) -> Floats:
    """Draw losses given default, of mean 4 / 9."""
    return np.round(rng.beta(4, 5, n), 2)


def _draw_rates(rng: np.random.Generator, n: int) -> Floats:
    """Draw annual interest rates, from 3 to 13 %, of mean 6 %."""
    return np.round(0.03 + 0.1 * rng.beta(3, 7, n), 4)


def _days_past_due(rng: np.random.Generator, stress: Floats) -> Ints:
    """Draw days past due: 3 % of lines are past due under average stress, and more of them under more."""
    late = rng.random(len(stress)) < 1 / (1 + np.exp(3.5 - 2.0 * stress))
    days_late = np.minimum(1 + rng.exponential(15.0, len(stress)).astype(np.int64), MOST_DAYS_PAST_DUE)
    return np.where(late, days_late, 0)


def _line_states(
    economy: Economy, history: WorldHistory, lines: _CreditLines, week: int, worst: Floats
) -> pa.Table:
    """Return the states of the lines that are recorded in a week: under stress more of a line is drawn.

    Parameters
    ----------
    worst: by line, the largest stress in its states so far; updated in place.
    """
    plan = economy.plan
    every = WEEKS_BETWEEN_STATES[plan.grain]
    age = week - economy.firms.joined_week[lines.firm]
    line = np.flatnonzero((age >= 0) & (age % every == 0) & (week < history.ended_week[lines.firm]))
    firm = lines.firm[line]
    n = len(line)
    noise = plan.stream("drawn", week).standard_normal(n)
    stress = history.stress(economy, week, firm)
    worst[line] = np.maximum(worst[line], stress)
    trouble = 1.3 * stress + 0.6 * noise
    utilisation = 1 / (1 + np.exp(-(lines.habit[line] + trouble)))
    on = np.full(n, int(plan.first_day + 7 * week))
    opened = lines.opened[line]
    rows = _LoanRows(
        loan=line,
        lender=lines.lender[line],
        firm=firm,
        on=on,
        product=lines.product[line],
        limit=lines.limit[line],
        drawn=cents(lines.limit[line] * utilisation),
        opened=opened,
        # lines are renewed every year
        due=opened + 365 * (1 + (on - opened) // 365),
        lgd=lines.lgd[line],
        financed_row=np.full(n, -1),
        rate=lines.rate[line],
        days_past_due=_days_past_due(plan.stream("days past due", week), stress),
        # a line that was restructured once stays so
        restructured=worst[line] > lines.breaking_point[line],
    )
    return _loans_table(economy, rows)


def _order_loans(economy: Economy, financed: list[FinancedTrades], first_loan: int) -> pa.Table:
    """Return the loans for single trades: drawn on the trade's day, and repaid when the trade is paid.

    Parameters
    ----------
    first_loan: number of the first of these loans, behind the credit lines.
    """
    plan = economy.plan
    row = _joined([trades.row for trades in financed])
    customer = _joined([trades.customer for trades in financed])
    amount = _joined([trades.amount for trades in financed])
    on = _joined([trades.on for trades in financed])
    due = _joined([trades.due for trades in financed])
    paid = _joined([trades.paid for trades in financed])
    rng = plan.stream("order loans")
    n = len(row)
    lender = _draw_lenders(rng, n)
    # two loans for one trade come from different lenders: an offset of 1 to LENDERS - 1
    second = np.append(False, row[1:] == row[:-1]) if n else np.zeros(0, bool)
    offset = rng.integers(1, LENDERS, second.sum())
    lender[second] = (lender[np.flatnonzero(second) - 1] + offset) % LENDERS
    product = np.where(rng.random(n) < 0.7, SUPPLY_CHAIN, ORDER)
    lgd = _draw_lgd(rng, n)
    limit = cents((0.8 * amount).astype(np.float64))
    # a loan has a row when it is drawn and, once it is repaid within the data, one with nothing drawn
    repaid = np.flatnonzero((paid <= plan.last_day) & (paid > on))
    loan = np.concatenate([np.arange(n), repaid])
    rows = _LoanRows(
        loan=first_loan + loan,
        lender=lender[loan],
        firm=customer[loan],
        on=np.concatenate([on, paid[repaid]]),
        product=product[loan],
        limit=limit[loan],
        drawn=np.concatenate([limit, np.zeros(len(repaid))]),
        opened=on[loan],
        due=due[loan],
        lgd=lgd[loan],
        financed_row=row[loan],
        rate=_draw_rates(plan.stream("order loan terms"), n)[loan],
        # rows are of the days on which a loan is drawn and repaid, when nothing is past due
        days_past_due=np.zeros(len(loan), np.int64),
        restructured=np.zeros(len(loan), bool),
    )
    return _loans_table(economy, rows)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """Return the parts as one array; an empty one where there is none."""
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _loans_table(economy: Economy, rows: _LoanRows) -> pa.Table:
    """Return rows as an Arrow table."""
    last_day = economy.plan.last_day
    financed_row = numbered("T", rows.financed_row, 9)
    return pa.table(
        {
            "loan_id": numbered("C", rows.loan),
            "lender_id": numbered("L", rows.lender, 3),
            "firm_id": numbered("F", rows.firm),
            "on": days(rows.on, last_day),
            "product": pick(PRODUCTS, rows.product),
            "limit": money(rows.limit),
            "drawn": money(rows.drawn),
            "rate": pa.array(rows.rate),
            "opened_on": days(rows.opened, last_day),
            "due_on": days(rows.due, NEVER),
            "days_past_due": counts(rows.days_past_due),
            "restructured": pa.array(rows.restructured),
            # a line is written off after its firm's default, when it has no states any more
            "written_off": pa.array(np.zeros(len(rows.on))),
            # the collateral covers what a default would not lose of the limit
            "collateral_value": money(rows.limit * (1 - rows.lgd), rows.lgd < COLLATERAL_LGD),
            "lgd": pa.array(rows.lgd),
            "financed_row_id": pick(financed_row, np.arange(len(rows.financed_row)), rows.financed_row >= 0),
        }
    )
