"""The compiled run over many scenarios: alone while they are small, then side by side, and what is kept of each."""

from __future__ import annotations

import numpy as np

from supplyrisk.graph.contagion.arrays import (
    LANES,
    TOP,
    Block,
    Floats,
    Links,
    Longs,
    Places,
    Rules,
    Shocks,
    Single,
    Totals,
)
from supplyrisk.graph.contagion.compiling import jit
from supplyrisk.graph.contagion.dense_kernel import step_block
from supplyrisk.graph.contagion.sparse_kernel import X, Y, start_single, step_single


@jit
def run_scenarios(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    links: Links, rules: Rules, shocks: Shocks, totals: Totals, block: Block, one: Single
) -> None:
    """Run every scenario of `totals`, refilling lanes as scenarios finish."""
    waiting, end = totals.first, totals.first + len(totals.esri)
    finished = np.empty(LANES, np.int64)
    while True:
        busy = 0
        for lane in range(LANES):
            while block.scenario[lane] < 0 and waiting < end:
                if run_single(links, rules, shocks, waiting, totals, one):
                    load(one, waiting, lane, block)
                    block.steps[lane] = totals.steps[waiting - totals.first]
                waiting += 1
            busy += block.scenario[lane] >= 0
        if busy == 0:
            return
        block = step_block(links, rules, shocks, block)
        count = 0
        for lane in range(LANES):
            over = block.fall[lane] <= rules.eps or block.steps[lane] >= rules.rounds
            if block.scenario[lane] >= 0 and over:
                finished[count] = lane
                count += 1
        if count:
            collect_lanes(links, block, finished[:count], totals)


@jit
def run_single(  # noqa: PLR0913, PLR0917
    links: Links, rules: Rules, shocks: Shocks, scenario: int, totals: Totals, one: Single
) -> bool:
    """The first steps of one scenario; true if it goes on in a lane, else its results are kept."""
    start_single(shocks, scenario, one)
    place, fall, steps = scenario - totals.first, np.inf, 0
    while steps < rules.rounds and fall > rules.eps and one.counts[X] + one.counts[Y] <= rules.sparse:
        fall = step_single(links, rules, shocks, scenario, one)
        steps += 1
    totals.steps[place], totals.fall[place] = steps, fall if steps else 0.0
    if steps < rules.rounds and fall > rules.eps:
        return True
    collect_single(links, one, place, totals)
    return False


@jit
def load(one: Single, scenario: int, lane: int, block: Block) -> None:
    """Move a scenario into a lane, which is all zero; the scratch is empty again."""
    block.scenario[lane] = scenario
    for number in range(one.counts[X]):
        firm = one.x_firms[number]
        block.x[firm, lane], one.x[firm] = one.x[firm], 0.0
    for number in range(one.counts[Y]):
        firm = one.y_firms[number]
        block.y[firm, lane], one.y[firm] = one.y[firm], 0.0


@jit
def collect_single(links: Links, one: Single, place: int, totals: Totals) -> None:
    """Keep the results of a scenario that has settled alone, and empty the scratch."""
    firms, count = one.firms, 0
    for number in range(one.counts[X]):
        firms[count] = one.x_firms[number]
        count += 1
    for number in range(one.counts[Y]):
        if one.x[one.y_firms[number]] == 0.0:
            firms[count] = one.y_firms[number]
            count += 1
    expose(firms[:count], one.x, one.y, place, totals)
    for firm in firms[:count]:
        down, up, share = one.x[firm], one.y[firm], links.share[firm]
        totals.esri[place] += share * max(down, up)
        totals.down[place] += share * down
        totals.up[place] += share * up
        one.x[firm] = one.y[firm] = 0.0


@jit
def collect_lanes(links: Links, block: Block, lanes: Longs, totals: Totals) -> None:
    """Keep the results of finished lanes, and empty them; one pass over the firms for all of them."""
    scenario, x, y, share = block.scenario, block.x, block.y, links.share
    esri, down, up = np.zeros(len(lanes)), np.zeros(len(lanes)), np.zeros(len(lanes))
    expose_lanes(block, lanes, totals)
    for firm in range(len(share)):
        for number in range(len(lanes)):
            lane = lanes[number]
            lost_x, lost_y = x[firm, lane], y[firm, lane]
            esri[number] += share[firm] * max(lost_x, lost_y)
            down[number] += share[firm] * lost_x
            up[number] += share[firm] * lost_y
            x[firm, lane] = y[firm, lane] = 0.0
    for number in range(len(lanes)):
        lane = lanes[number]
        place = scenario[lane] - totals.first
        totals.esri[place], totals.down[place], totals.up[place] = esri[number], down[number], up[number]
        totals.steps[place], totals.fall[place] = block.steps[lane], block.fall[lane]
        scenario[lane] = -1


@jit
def expose_lanes(block: Block, lanes: Longs, totals: Totals) -> None:
    """As `expose`, for all firms and some lanes: each firm's exposure is fetched once for all of them."""
    if len(totals.pd) == 0:
        return
    supply, demand, worst, sources = totals.supply, totals.demand, totals.worst, totals.worst_source
    pd, x, y, scenario, first = totals.pd, block.x, block.y, block.scenario, totals.first
    for firm in range(len(supply)):
        by_supply = by_demand = 0.0
        for lane in lanes:
            down, up, source = x[firm, lane], y[firm, lane], scenario[lane]
            part = pd[source - first] * max(down, up)
            if part == 0.0 or firm == source:
                continue
            share = 1.0 if down > up else 0.5 if down == up else 0.0
            by_supply += share * part
            by_demand += (1.0 - share) * part
            if part >= worst[firm, TOP - 1]:
                rank(worst[firm], sources[firm], part, source)
        supply[firm] += by_supply
        demand[firm] += by_demand


@jit
def expose(firms: Places, x: Floats, y: Floats, place: int, totals: Totals) -> None:
    """Add PD x loss to the exposures under the channel that binds: the larger loss; equal ones share."""
    if len(totals.pd) == 0:
        return
    pd, source = totals.pd[place], totals.first + place
    supply, demand, worst, sources = totals.supply, totals.demand, totals.worst, totals.worst_source
    for firm in firms:
        down, up = x[firm], y[firm]
        if (down == 0.0 and up == 0.0) or firm == source:
            continue
        part = pd * max(down, up)
        by_supply = 1.0 if down > up else 0.5 if down == up else 0.0
        supply[firm] += by_supply * part
        demand[firm] += (1.0 - by_supply) * part
        least = worst[firm, TOP - 1]
        if part > 0.0 and part >= least:
            rank(worst[firm], sources[firm], part, source)


@jit
def rank(worst: Floats, sources: Places, part: float, source: int) -> None:
    """Put a source into its place among the worst: larger first, of equal ones the lower number.

    Which of them comes first in time does not matter, so that neither lanes nor threads do.
    """
    place = TOP
    while place > 0 and (
        part > worst[place - 1] or (part == worst[place - 1] and source < sources[place - 1])
    ):
        place -= 1
    if place == TOP:
        return
    for later in range(TOP - 1, place, -1):
        worst[later], sources[later] = worst[later - 1], sources[later - 1]
    worst[place], sources[place] = part, source


@jit
def join(into: Totals, part: Totals) -> None:
    """Add the exposures of a later piece of scenarios."""
    for firm in range(len(into.supply)):
        into.supply[firm] += part.supply[firm]
        into.demand[firm] += part.demand[firm]
        for place in range(TOP):
            if part.worst[firm, place] > 0.0:
                rank(
                    into.worst[firm],
                    into.worst_source[firm],
                    part.worst[firm, place],
                    part.worst_source[firm, place],
                )
