"""Compiled run over many scenarios: each starts alone, those that spread go on side by side, and results are added up.

A closure reaches few firms in its first steps, and many scenarios end there: `sparse_kernel` computes those steps over
the affected firms alone. A scenario that affects more firms moves into a free lane of `dense_kernel`, which does its
remaining steps over all firms together with up to LANES - 1 other scenarios.
"""

from __future__ import annotations

import numpy as np

from supplyrisk.graph.contagion.kernels.compiling import jit
from supplyrisk.graph.contagion.kernels.dense_kernel import step_block
from supplyrisk.graph.contagion.kernels.kernel_arrays import (
    LANES,
    Floats,
    KernelInputs,
    KernelLinks,
    LaneBlock,
    Longs,
    RunTotals,
    SingleScenario,
)
from supplyrisk.graph.contagion.kernels.lanes import everywhere, larger, read, write
from supplyrisk.graph.contagion.kernels.lending_kernel import add_default_losses, settle_lenders
from supplyrisk.graph.contagion.kernels.sparse_kernel import X, Y, start_single, step_single
from supplyrisk.graph.contagion.kernels.terms_kernel import add_exposure, add_lane_exposures


@jit
def run_scenarios(
    inputs: KernelInputs,
    known_demand_loss: Floats,
    totals: RunTotals,
    block: LaneBlock,
    scratch: SingleScenario,
) -> None:
    """Run all scenarios of `totals`, loading the next one into a lane as soon as a scenario finishes.

    known_demand_loss: shape (n, scenarios), the loss by lost demand where `rules.demand` is false, otherwise (n, 0).
    block, scratch: empty at the start and at the end.
    """
    links = inputs.links
    rules = inputs.rules
    shocks = inputs.shocks
    waiting = totals.first
    end = totals.first + len(totals.esri)
    finished = np.empty(LANES, np.int64)
    while True:
        busy = 0
        for lane in range(LANES):
            # Scenarios that settle alone never need the lane, so the next one is tried at once.
            while block.scenario[lane] < 0 and waiting < end:
                if run_single(inputs, waiting, totals, scratch):
                    load(scratch, waiting, lane, block)
                    block.steps[lane] = totals.steps[waiting - totals.first]
                    if not rules.demand:
                        block.y[:, lane] = known_demand_loss[:, waiting - totals.first]
                waiting += 1
            busy += block.scenario[lane] >= 0
        if busy == 0:
            return
        block = step_block(links, rules, shocks, block)
        finished_count = 0
        for lane in range(LANES):
            settled = block.fall[0, lane] <= rules.eps or block.steps[lane] >= rules.rounds
            if block.scenario[lane] >= 0 and settled:
                finished[finished_count] = lane
                finished_count += 1
        if finished_count:
            # All finished lanes together: a pass over the firms costs the same for one lane as for all.
            collect_lanes(links, block, finished[:finished_count], totals)


@jit
def run_single(inputs: KernelInputs, scenario: int, totals: RunTotals, scratch: SingleScenario) -> bool:
    """Do the first steps of a scenario alone; return whether it has to go on in a lane.

    If not, its results are added to the totals and the scratch space is empty again.
    """
    rules = inputs.rules
    start_single(inputs, scenario, scratch)
    index = scenario - totals.first
    fall = np.inf
    steps = 0
    affected = scratch.counts[X] + scratch.counts[Y]
    # Beyond `sparse` firms, sixteen scenarios side by side cost less than one by one over lists.
    while steps < rules.rounds and fall > rules.eps and affected <= rules.sparse:
        fall = step_single(inputs, scenario, scratch)
        affected = scratch.counts[X] + scratch.counts[Y]
        steps += 1
    totals.steps[index] = steps
    totals.fall[index] = fall if steps else 0.0
    # A known loss by lost demand reaches most firms: such a scenario ends in a lane in any case.
    if not rules.demand or (steps < rules.rounds and fall > rules.eps):
        return True
    collect_single(inputs.links, scratch, index, totals)
    return False


@jit
def load(scratch: SingleScenario, scenario: int, lane: int, block: LaneBlock) -> None:
    """Move a scenario from the scratch space, which is empty afterwards, into a lane whose losses are all zero."""
    block.scenario[lane] = scenario
    for position in range(scratch.counts[X]):
        firm = scratch.x_firms[position]
        block.x[firm, lane] = scratch.x[firm]
        scratch.x[firm] = 0.0
    for position in range(scratch.counts[Y]):
        firm = scratch.y_firms[position]
        block.y[firm, lane] = scratch.y[firm]
        scratch.y[firm] = 0.0


@jit
def collect_single(links: KernelLinks, scratch: SingleScenario, index: int, totals: RunTotals) -> None:
    """Add the results of a scenario that has settled alone to the totals, and empty the scratch space.

    ESRI = sum over firms of share x max(x, y).
    """
    x = scratch.x
    y = scratch.y
    firms = scratch.touched_firms
    count = 0
    for position in range(scratch.counts[X]):
        firms[count] = scratch.x_firms[position]
        count += 1
    for position in range(scratch.counts[Y]):
        # A firm with both losses is listed already.
        if x[scratch.y_firms[position]] == 0.0:
            firms[count] = scratch.y_firms[position]
            count += 1
    # `touched_firms` is free between steps: here it lists the firms with any loss, by supply first.
    add_exposure(firms[:count], x, y, index, totals)
    add_default_losses(x, y, 0, index, totals)
    settle_lenders(0, index, totals)
    for firm in firms[:count]:
        down = x[firm]
        up = y[firm]
        share = links.share[firm]
        totals.esri[index] += share * max(down, up)
        totals.down[index] += share * down
        totals.up[index] += share * up
        x[firm] = 0.0
        y[firm] = 0.0


@jit
def collect_lanes(links: KernelLinks, block: LaneBlock, lanes: Longs, totals: RunTotals) -> None:
    """Add the results of finished lanes to the totals, and empty those lanes. lanes: their numbers, ascending."""
    scenario = block.scenario
    x = block.x
    y = block.y
    # Before the lanes are emptied: defaults and exposures need the losses of single firms.
    for row in range(len(lanes)):
        lane = lanes[row]
        add_default_losses(x[:, lane], y[:, lane], row, scenario[lane] - totals.first, totals)
        settle_lenders(row, scenario[lane] - totals.first, totals)
    if len(totals.pd):
        add_lane_exposures(block, lanes, totals)
    lost_sales = np.empty((3, LANES))
    sum_and_empty(links, block, lanes, lost_sales)
    for lane in lanes:
        index = scenario[lane] - totals.first
        totals.esri[index] = lost_sales[0, lane]
        totals.down[index] = lost_sales[1, lane]
        totals.up[index] = lost_sales[2, lane]
        totals.steps[index] = block.steps[lane]
        totals.fall[index] = block.fall[0, lane]
        # The lane is free, and its losses are zero as `load` requires.
        scenario[lane] = -1


@jit
def sum_and_empty(links: KernelLinks, block: LaneBlock, lanes: Longs, lost_sales: Floats) -> None:
    """Fill in the lost share of all sales in every lane and set the losses of some lanes to zero, in one pass.

    lost_sales: shape (3, LANES): by both channels, by lost supply, by lost demand. lanes: which to empty.
    """
    x = block.x
    y = block.y
    share = links.share
    # Multiplying by 1 or 0 lane by lane keeps running lanes exactly as they are and empties finished ones.
    keep_factor = np.ones((1, LANES))
    for lane in lanes:
        keep_factor[0, lane] = 0.0
    stays = read(keep_factor, 0)
    both = everywhere(0.0)
    down = everywhere(0.0)
    up = everywhere(0.0)
    for firm in range(len(share)):
        lost_x = read(x, firm)
        lost_y = read(y, firm)
        both = both + share[firm] * larger(lost_x, lost_y)
        down = down + share[firm] * lost_x
        up = up + share[firm] * lost_y
        write(x, firm, lost_x * stays)
        write(y, firm, lost_y * stays)
    write(lost_sales, 0, both)
    write(lost_sales, 1, down)
    write(lost_sales, 2, up)
