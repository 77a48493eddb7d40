"""The compiled sweeps over all firms: LANES scenarios side by side, each on its own until it has settled.

States are kept as losses (x = 1 - d by lost supply, y = 1 - u by lost demand), as arrays (firms, LANES): a link then
reads one piece of memory for all lanes. Lanes never touch each other, so a result does not depend on its company.
The loops over lanes have a length that the compiler does not know: it makes vectors of those only.
"""

from __future__ import annotations

import numpy as np

from supplyrisk.graph.contagion.arrays import Block, Floats, Links, Rules, Shocks
from supplyrisk.graph.contagion.compiling import jit


@jit
def step_block(links: Links, rules: Rules, shocks: Shocks, block: Block) -> Block:
    """One step of steps 3 to 7 for all lanes; returns the block with y and y_next changed over."""
    block.fall[:] = 0.0
    market_losses(links, rules.substitution, block)
    supply_sweep(links, block)
    if rules.demand:
        demand_sweep(links, block)
        block = Block(block.x, block.y_next, block.y, block.lacking, block.scenario, block.steps, block.fall)
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
def market_losses(links: Links, substitution: bool, block: Block) -> None:
    """Step 3: lacking = sigma x, what is lost of each firm's deliveries that nobody of its market takes over."""
    if not substitution:
        block.lacking[:] = block.x
        return
    lanes = block.x.shape[1]
    left = np.empty(lanes)
    for market in range(len(links.dead)):
        firms = range(links.market_start[market], links.market_start[market + 1])
        left[:] = 0.0
        for firm in firms:
            sold, lost = links.sales[firm], block.x[firm]
            for lane in range(lanes):
                left[lane] += sold * (1.0 - lost[lane])
        for lane in range(lanes):
            # With nothing to divide by, sigma is 1: a dead market has nobody who stands in.
            left[lane] = 1.0 / left[lane] if left[lane] > links.dead[market] else np.inf
        for firm in firms:
            if links.sales[firm] > 0.0:
                take_over(links.sales[firm], left, block.x[firm], block.lacking[firm])


@jit
def take_over(sold: float, inverse: Floats, lost: Floats, lacking: Floats) -> None:
    """The loss of one firm that its customers feel, in every lane."""
    for lane in range(len(inverse)):
        lacking[lane] = min(1.0, sold * inverse[lane]) * lost[lane]


@jit
def supply_sweep(links: Links, block: Block) -> None:
    """Steps 4 and 5: a firm loses what its worst part lacks."""
    lanes = block.x.shape[1]
    worst, part = np.empty(lanes), np.empty(lanes)
    for firm in range(len(links.sales)):
        worst[:] = 0.0
        for place in range(links.row_start[firm], links.row_start[firm + 1]):
            part[:] = 0.0
            for link in range(links.part_start[place], links.part_start[place + 1]):
                add(part, links.down[link], block.lacking[links.source[link]])
            for lane in range(lanes):
                worst[lane] = max(worst[lane], part[lane])
        settle(worst, block.x[firm], block.x[firm], block.fall)


@jit
def demand_sweep(links: Links, block: Block) -> None:
    """Step 6: a firm loses, of each customer's loss, that customer's share of its sales."""
    lost = np.empty(block.y.shape[1])
    for firm in range(len(links.sales)):
        lost[:] = 0.0
        for link in range(links.out_start[firm], links.out_start[firm + 1]):
            add(lost, links.up[link], block.y[links.target[link]])
        settle(lost, block.y[firm], block.y_next[firm], block.fall)


@jit
def add(total: Floats, weight: float, losses: Floats) -> None:
    """Add weight times the losses of one firm."""
    for lane in range(len(total)):
        total[lane] += weight * losses[lane]


@jit
def settle(loss: Floats, old: Floats, new: Floats, fall: Floats) -> None:
    """Write the new losses of a firm, at most 1, and keep the largest rise (the fall of what remains)."""
    for lane in range(len(loss)):
        value = min(1.0, loss[lane])
        fall[lane] = max(fall[lane], value - old[lane])
        new[lane] = value
