"""The compiled run over many scenarios: alone while they are small, then side by side, and what is kept of each."""

from __future__ import annotations

import numpy as np

from supplyrisk.graph.contagion.kernels.compiling import jit
from supplyrisk.graph.contagion.kernels.dense_kernel import step_block
from supplyrisk.graph.contagion.kernels.kernel_arrays import (
    LANES,
    Floats,
    KernelLinks,
    KernelRules,
    KernelShocks,
    LaneBlock,
    Longs,
    RunTotals,
    SingleScenario,
)
from supplyrisk.graph.contagion.kernels.lanes import everywhere, larger, read, write
from supplyrisk.graph.contagion.kernels.lending_kernel import add_default_losses, settle_lenders
from supplyrisk.graph.contagion.kernels.sparse_kernel import X, Y, start_single, step_single
from supplyrisk.graph.contagion.kernels.terms_kernel import expose, expose_lanes


@jit
def run_scenarios(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    links: KernelLinks,
    rules: KernelRules,
    shocks: KernelShocks,
    given: Floats,
    totals: RunTotals,
    block: LaneBlock,
    one: SingleScenario,
) -> None:
    """Run every scenario of `totals`, refilling lanes as scenarios finish.

    given: (n, scenarios), the loss by lost demand where the rules say that it is known; else (n, 0).
    """
    waiting, end = totals.first, totals.first + len(totals.esri)
    finished = np.empty(LANES, np.int64)
    while True:
        busy = 0
        for lane in range(LANES):
            while block.scenario[lane] < 0 and waiting < end:
                if run_single(links, rules, shocks, waiting, totals, one):
                    load(one, waiting, lane, block)
                    block.steps[lane] = totals.steps[waiting - totals.first]
                    if not rules.demand:
                        block.y[:, lane] = given[:, waiting - totals.first]
                waiting += 1
            busy += block.scenario[lane] >= 0
        if busy == 0:
            return
        block = step_block(links, rules, shocks, block)
        count = 0
        for lane in range(LANES):
            over = block.fall[0, lane] <= rules.eps or block.steps[lane] >= rules.rounds
            if block.scenario[lane] >= 0 and over:
                finished[count] = lane
                count += 1
        if count:
            collect_lanes(links, block, finished[:count], totals)


@jit
def run_single(  # noqa: PLR0913, PLR0917
    links: KernelLinks,
    rules: KernelRules,
    shocks: KernelShocks,
    scenario: int,
    totals: RunTotals,
    one: SingleScenario,
) -> bool:
    """The first steps of one scenario; true if it goes on in a lane, else its results are kept.

    Where the loss by lost demand is known it reaches most firms, so that every such scenario ends in a lane.
    """
    start_single(rules, shocks, scenario, one)
    place, fall, steps = scenario - totals.first, np.inf, 0
    affected = one.counts[X] + one.counts[Y]
    while steps < rules.rounds and fall > rules.eps and affected <= rules.sparse:
        fall = step_single(links, rules, shocks, scenario, one)
        affected = one.counts[X] + one.counts[Y]
        steps += 1
    totals.steps[place], totals.fall[place] = steps, fall if steps else 0.0
    if not rules.demand or (steps < rules.rounds and fall > rules.eps):
        return True
    collect_single(links, one, place, totals)
    return False


@jit
def load(one: SingleScenario, scenario: int, lane: int, block: LaneBlock) -> None:
    """Move a scenario into a lane, which is all zero; the scratch is empty again."""
    block.scenario[lane] = scenario
    for number in range(one.counts[X]):
        firm = one.x_firms[number]
        block.x[firm, lane], one.x[firm] = one.x[firm], 0.0
    for number in range(one.counts[Y]):
        firm = one.y_firms[number]
        block.y[firm, lane], one.y[firm] = one.y[firm], 0.0


@jit
def collect_single(links: KernelLinks, one: SingleScenario, place: int, totals: RunTotals) -> None:
    """Keep the results of a scenario that has settled alone, and empty the scratch."""
    firms, count, x, y = one.touched_firms, 0, one.x, one.y
    for number in range(one.counts[X]):
        firms[count] = one.x_firms[number]
        count += 1
    for number in range(one.counts[Y]):
        if x[one.y_firms[number]] == 0.0:
            firms[count] = one.y_firms[number]
            count += 1
    expose(firms[:count], x, y, place, totals)
    add_default_losses(x, y, 0, place, totals)
    settle_lenders(0, place, totals)
    for firm in firms[:count]:
        down, up, share = x[firm], y[firm], links.share[firm]
        totals.esri[place] += share * max(down, up)
        totals.down[place] += share * down
        totals.up[place] += share * up
        x[firm] = y[firm] = 0.0


@jit
def collect_lanes(links: KernelLinks, block: LaneBlock, lanes: Longs, totals: RunTotals) -> None:
    """Keep the results of finished lanes, and empty them."""
    scenario, x, y = block.scenario, block.x, block.y
    for number in range(len(lanes)):
        lane = lanes[number]
        add_default_losses(x[:, lane], y[:, lane], number, scenario[lane] - totals.first, totals)
        settle_lenders(number, scenario[lane] - totals.first, totals)
    if len(totals.pd):
        expose_lanes(block, lanes, totals)
    lost = np.empty((3, LANES))
    sum_and_empty(links, block, lanes, lost)
    for lane in lanes:
        place = scenario[lane] - totals.first
        totals.esri[place], totals.down[place], totals.up[place] = lost[0, lane], lost[1, lane], lost[2, lane]
        totals.steps[place], totals.fall[place] = block.steps[lane], block.fall[0, lane]
        scenario[lane] = -1


@jit
def sum_and_empty(links: KernelLinks, block: LaneBlock, lanes: Longs, lost: Floats) -> None:
    """Lost shares of all sales in every lane, by both channels, by lost supply and by lost demand: (3, LANES).

    Some lanes are empty afterwards; one pass over the firms for all of them.
    """
    x, y, share = block.x, block.y, links.share
    staying = np.ones((1, LANES))
    for lane in lanes:
        staying[0, lane] = 0.0
    stays = read(staying, 0)
    both = down = up = everywhere(0.0)
    for firm in range(len(share)):
        lost_x, lost_y = read(x, firm), read(y, firm)
        both = both + share[firm] * larger(lost_x, lost_y)
        down = down + share[firm] * lost_x
        up = up + share[firm] * lost_y
        write(x, firm, lost_x * stays)
        write(y, firm, lost_y * stays)
    write(lost, 0, both)
    write(lost, 1, down)
    write(lost, 2, up)
