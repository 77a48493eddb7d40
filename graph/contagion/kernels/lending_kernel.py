"""What lenders lose in a scenario: firms whose lost profit is more than they can bear default on their loans."""

from __future__ import annotations

from supplyrisk.graph.contagion.kernels.compiling import jit
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, RunTotals
from supplyrisk.graph.contagion.kernels.terms_kernel import rank


@jit
def add_default_losses(x: Floats, y: Floats, row: int, place: int, totals: RunTotals) -> None:
    """Add up in row `row` of `hit` what each lender loses by the defaults; x, y: losses of the firms, (n,)."""
    lending, hit, source = totals.lending, totals.lender_losses.lost, totals.source[place]
    for number in range(len(lending.firm)):
        firm = lending.firm[number]
        lost = lending.margin[number] * max(x[firm], y[firm])
        # Comparisons with NaN are false: who is not judged does not default.
        if firm != source and not (lost > 0.0 and lost > lending.buffer[number]):
            continue
        if firm != source:
            totals.lender_losses.failed[place] += 1
        for loan in range(lending.start[number], lending.start[number + 1]):
            hit[row, lending.lender[loan], 0] += lending.loss[loan]
            if firm == source:
                hit[row, lending.lender[loan], 1] += lending.loss[loan]


@jit
def settle_lenders(row: int, place: int, totals: RunTotals) -> None:
    """Keep what each lender loses in a scenario, at most what it can lose, and empty the row."""
    lent, source, most = totals.lender_losses, totals.source[place], totals.lending.loss_cap
    for lender in range(len(most)):
        loss, own = min(lent.lost[row, lender, 0], most[lender]), min(lent.lost[row, lender, 1], most[lender])
        lent.lost[row, lender, :] = 0.0
        if loss == 0.0:
            continue
        lent.loss[place] += loss
        lent.own[place] += own
        if len(totals.pd):
            lent.expected[lender] += totals.pd[place] * loss
            lent.direct[lender] += totals.pd[place] * own
        rank(lent.worst[lender], lent.worst_source[lender], loss, source)
