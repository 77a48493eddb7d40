"""Compiled steps of ESRI over all firms, for LANES scenarios side by side.

Production is stored as losses, x = 1 - d by lost supply and y = 1 - u by lost demand, in arrays of shape (n, LANES):
one read of memory per link then serves all lanes. Lanes never mix, so that a scenario's result does not depend on the
scenarios computed beside it.

Steps are numbered as in Diem, Borsos, Reisch, Kertész, Thurner, Scientific Reports 12:7719 (2022), and as in
`tests/support/esri_reference.py`: 3 replaceability, 4 supply by sector, 5 production function, 6 demand, 7 update.
"""

from __future__ import annotations

import numpy as np

from supplyrisk.graph.contagion.kernels.compiling import jit
from supplyrisk.graph.contagion.kernels.kernel_arrays import KernelLinks, KernelRules, KernelShocks, LaneBlock
from supplyrisk.graph.contagion.kernels.lanes import (
    Lanes,
    everywhere,
    larger,
    read,
    smaller,
    where_above,
    write,
)


@jit
def step_block(links: KernelLinks, rules: KernelRules, shocks: KernelShocks, block: LaneBlock) -> LaneBlock:
    """Do steps 3 to 7 once in all lanes and return the block, in which y and y_next have changed places."""
    market_shortages(links, rules.substitution, block)
    fall = supply_sweep(links, block)
    if rules.demand:
        fall = larger(fall, demand_sweep(links, block))
        # Step 7: both channels change together. x can be overwritten in place, since suppliers are read from
        # `shortage`; y is read from customers during the sweep and needs a second array, exchanged here.
        block = LaneBlock(
            block.x, block.y_next, block.y, block.shortage, block.scenario, block.steps, block.fall
        )
    write(block.fall, 0, fall)
    for lane in range(len(block.scenario)):
        scenario = block.scenario[lane]
        if scenario < 0:
            continue
        block.steps[lane] += 1
        # The shock is a floor on losses. It does not enter `fall`: a floor that binds has bound since the start.
        for entry in range(shocks.start[scenario], shocks.start[scenario + 1]):
            firm = shocks.firm[entry]
            block.x[firm, lane] = max(block.x[firm, lane], shocks.down[entry])
            block.y[firm, lane] = max(block.y[firm, lane], shocks.up[entry])
    return block


@jit
def market_shortages(links: KernelLinks, substitution: bool, block: LaneBlock) -> None:
    """Step 3: shortage_i = sigma_i x_i, the share of a firm's deliveries that no firm of its market replaces.

    sigma_i = min(1, s_i / sum over the market of s_j (1 - x_j)), with sales s; 1 without substitution.
    """
    if not substitution:
        block.shortage[:] = block.x
        return
    x = block.x
    shortage = block.shortage
    sales = links.sales
    start = links.market_start
    dead_sales = links.dead_sales
    one = everywhere(1.0)
    infinite = everywhere(np.inf)
    for market in range(len(dead_sales)):
        # Always in the order of the firms: another order of the sum would change its last digits.
        remaining = everywhere(0.0)
        for firm in range(start[market], start[market + 1]):
            remaining = remaining + sales[firm] * (one - read(x, firm))
        # A dead market has no remaining sales to divide by: an infinite inverse makes sigma 1.
        inverse = where_above(remaining, everywhere(dead_sales[market]), one / remaining, infinite)
        for firm in range(start[market], start[market + 1]):
            # Firms without sales keep a shortage of 0; 0 x infinity would be NaN.
            if sales[firm] > 0.0:
                write(shortage, firm, smaller(one, sales[firm] * inverse) * read(x, firm))


@jit
def supply_sweep(links: KernelLinks, block: LaneBlock) -> Lanes:
    """Steps 4 and 5: x_j = min(1, max over parts of sum of D_ij shortage_i); return the largest rise in each lane."""
    x = block.x
    shortage = block.shortage
    down = links.down
    source = links.source
    row_start = links.row_start
    part_start = links.part_start
    largest_rise = everywhere(0.0)
    for firm in range(len(x)):
        # Generalised Leontief: the scarcest part of the inputs limits production.
        worst = everywhere(0.0)
        for part in range(row_start[firm], row_start[firm + 1]):
            lost = everywhere(0.0)
            for link in range(part_start[part], part_start[part + 1]):
                lost = lost + down[link] * read(shortage, source[link])
            worst = larger(lost, worst)
        loss = smaller(worst, everywhere(1.0))
        largest_rise = larger(loss - read(x, firm), largest_rise)
        write(x, firm, loss)
    return largest_rise


@jit
def demand_sweep(links: KernelLinks, block: LaneBlock) -> Lanes:
    """Step 6: y_i = min(1, sum over customers j of U_ij y_j); return the largest rise in each lane."""
    y = block.y
    y_next = block.y_next
    up = links.up
    target = links.target
    out_start = links.out_start
    largest_rise = everywhere(0.0)
    for firm in range(len(y)):
        lost = everywhere(0.0)
        for link in range(out_start[firm], out_start[firm + 1]):
            lost = lost + up[link] * read(y, target[link])
        # Rounding may take the sum of shares slightly above 1.
        loss = smaller(lost, everywhere(1.0))
        largest_rise = larger(loss - read(y, firm), largest_rise)
        write(y_next, firm, loss)
    return largest_rise
