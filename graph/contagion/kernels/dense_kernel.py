"""The compiled sweeps over all firms: LANES scenarios side by side, each on its own until it has settled.

States are kept as losses (x = 1 - d by lost supply, y = 1 - u by lost demand), as arrays (firms, LANES): a link then
reads one piece of memory for all lanes. Lanes never touch each other, so a result does not depend on its company.
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
    """One step of steps 3 to 7 for all lanes; returns the block with y and y_next changed over."""
    market_losses(links, rules.substitution, block)
    fall = supply_sweep(links, block)
    if rules.demand:
        fall = larger(fall, demand_sweep(links, block))
        block = LaneBlock(
            block.x, block.y_next, block.y, block.shortage, block.scenario, block.steps, block.fall
        )
    write(block.fall, 0, fall)
    for lane in range(len(block.scenario)):
        scenario = block.scenario[lane]
        if scenario < 0:
            continue
        block.steps[lane] += 1
        # Falls need no second look: a floor that holds has held since the start.
        for place in range(shocks.start[scenario], shocks.start[scenario + 1]):
            firm = shocks.firm[place]
            block.x[firm, lane] = max(block.x[firm, lane], shocks.down[place])
            block.y[firm, lane] = max(block.y[firm, lane], shocks.up[place])
    return block


@jit
def market_losses(links: KernelLinks, substitution: bool, block: LaneBlock) -> None:
    """Step 3: lacking = sigma x, what is lost of each firm's deliveries that nobody of its market takes over."""
    if not substitution:
        block.shortage[:] = block.x
        return
    x, lacking, sales, start, dead = (
        block.x,
        block.shortage,
        links.sales,
        links.market_start,
        links.dead_sales,
    )
    one, nothing_left = everywhere(1.0), everywhere(np.inf)
    for market in range(len(dead)):
        left = everywhere(0.0)
        for firm in range(start[market], start[market + 1]):
            left = left + sales[firm] * (one - read(x, firm))
        # With nothing to divide by, sigma is 1: a dead market has nobody who stands in.
        inverse = where_above(left, everywhere(dead[market]), one / left, nothing_left)
        for firm in range(start[market], start[market + 1]):
            if sales[firm] > 0.0:
                write(lacking, firm, smaller(one, sales[firm] * inverse) * read(x, firm))


@jit
def supply_sweep(links: KernelLinks, block: LaneBlock) -> Lanes:
    """Steps 4 and 5: a firm loses what its worst part lacks. Returns the largest rise of a loss."""
    x, lacking, down, source = block.x, block.shortage, links.down, links.source
    row_start, part_start = links.row_start, links.part_start
    fall = everywhere(0.0)
    for firm in range(len(x)):
        worst = everywhere(0.0)
        for place in range(row_start[firm], row_start[firm + 1]):
            part = everywhere(0.0)
            for link in range(part_start[place], part_start[place + 1]):
                part = part + down[link] * read(lacking, source[link])
            worst = larger(part, worst)
        loss = smaller(worst, everywhere(1.0))
        fall = larger(loss - read(x, firm), fall)
        write(x, firm, loss)
    return fall


@jit
def demand_sweep(links: KernelLinks, block: LaneBlock) -> Lanes:
    """Step 6: a firm loses, of each customer's loss, that customer's share of its sales. Returns the largest rise."""
    y, y_next, up, target, out_start = block.y, block.y_next, links.up, links.target, links.out_start
    fall = everywhere(0.0)
    for firm in range(len(y)):
        lost = everywhere(0.0)
        for link in range(out_start[firm], out_start[firm + 1]):
            lost = lost + up[link] * read(y, target[link])
        loss = smaller(lost, everywhere(1.0))
        fall = larger(loss - read(y, firm), fall)
        write(y_next, firm, loss)
    return fall
