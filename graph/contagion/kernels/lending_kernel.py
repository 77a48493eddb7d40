"""Losses of lenders in a scenario: firms whose lost profit exceeds their buffer default on their loans.

A firm defaults if margin x max(x, y) > buffer, with x and y its losses by lost supply and lost demand: lost profit
above the smaller of equity and liquid assets. The closed firm defaults in any case.
"""

from __future__ import annotations

from supplyrisk.graph.contagion.kernels.compiling import jit
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, RunTotals
from supplyrisk.graph.contagion.kernels.terms_kernel import rank

IN_ALL = 0
OWN = 1


@jit
def add_default_losses(x: Floats, y: Floats, row: int, index: int, totals: RunTotals) -> None:
    """Add what each lender loses by the defaults of one scenario to row `row` of the scratch array `lost`.

    x, y: losses of all firms, shape (n,). index: of the scenario in the totals.
    """
    lending = totals.lending
    lost = totals.lender_losses.lost
    source = totals.source[index]
    for borrower in range(len(lending.firm)):
        firm = lending.firm[borrower]
        lost_profit = lending.margin[borrower] * max(x[firm], y[firm])
        # Comparisons with NaN are false: a firm without a statement does not default by lost profit.
        if firm != source and not (lost_profit > 0.0 and lost_profit > lending.buffer[borrower]):
            continue
        if firm != source:
            totals.lender_losses.failed[index] += 1
        for loan in range(lending.start[borrower], lending.start[borrower + 1]):
            lost[row, lending.lender[loan], IN_ALL] += lending.loss[loan]
            if firm == source:
                lost[row, lending.lender[loan], OWN] += lending.loss[loan]


@jit
def settle_lenders(row: int, index: int, totals: RunTotals) -> None:
    """Add the losses in row `row` of the scratch array to the totals, each at most the lender's cap; empty the row."""
    losses = totals.lender_losses
    source = totals.source[index]
    loss_cap = totals.lending.loss_cap
    for lender in range(len(loss_cap)):
        # The cap applies to the whole scenario, so it can only be taken once all defaults are added.
        loss = min(losses.lost[row, lender, IN_ALL], loss_cap[lender])
        own = min(losses.lost[row, lender, OWN], loss_cap[lender])
        losses.lost[row, lender, :] = 0.0
        if loss == 0.0:
            continue
        losses.loss[index] += loss
        losses.own[index] += own
        if len(totals.pd):
            losses.expected[lender] += totals.pd[index] * loss
            losses.direct[lender] += totals.pd[index] * own
        rank(losses.worst[lender], losses.worst_source[lender], loss, source)
