"""The kernels for many scenarios with plain loops over lanes: what `lanes.py` computes, readable, without LLVM vectors.

Every sum has the order of the kernels, so that both give the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType

import numba
import numpy as np

from supplyrisk.graph.contagion.kernels import run_kernel, terms_kernel
from supplyrisk.graph.contagion.kernels.kernel_arrays import (
    TOP,
    Floats,
    KernelLinks,
    KernelRules,
    KernelShocks,
    LaneBlock,
    Longs,
    RunTotals,
)

plain_jit = numba.njit(nogil=True, error_model="numpy")
# The number of lanes is read from the arrays: loops over a constant number are unrolled before LLVM vectorizes them,
# which made all of this half as fast again.


@plain_jit
def step_block(links: KernelLinks, rules: KernelRules, shocks: KernelShocks, block: LaneBlock) -> LaneBlock:
    """Do steps 3 to 7 once in all lanes and return the block, in which y and y_next have changed places."""
    x = block.x
    y = block.y
    if rules.substitution:
        market_shortages(links, block)
    else:
        block.shortage[:] = x
    block.fall[:] = 0.0
    worst = np.empty(x.shape[1])
    lost = np.empty(x.shape[1])
    for firm in range(len(x)):
        worst[:] = 0.0
        for part in range(links.row_start[firm], links.row_start[firm + 1]):
            first = links.part_start[part]
            last = links.part_start[part + 1]
            add_links(lost, links.down[first:last], links.source[first:last], block.shortage)
            for lane in range(len(lost)):
                worst[lane] = lost[lane] if lost[lane] > worst[lane] else worst[lane]
        accept(worst, x[firm], x[firm], block.fall[0])
    if rules.demand:
        for firm in range(len(y)):
            first = links.out_start[firm]
            last = links.out_start[firm + 1]
            add_links(lost, links.up[first:last], links.target[first:last], y)
            accept(lost, y[firm], block.y_next[firm], block.fall[0])
        block = LaneBlock(x, block.y_next, y, block.shortage, block.scenario, block.steps, block.fall)
    for lane in range(len(block.scenario)):
        scenario = block.scenario[lane]
        if scenario >= 0:
            block.steps[lane] += 1
            for entry in range(shocks.start[scenario], shocks.start[scenario + 1]):
                firm = shocks.firm[entry]
                block.x[firm, lane] = max(block.x[firm, lane], shocks.down[entry])
                block.y[firm, lane] = max(block.y[firm, lane], shocks.up[entry])
    return block


@numba.njit(nogil=True, error_model="numpy", forceinline=True)
def add_links(lost: Floats, weight: Floats, firms: Longs, losses: Floats) -> None:
    """Set `lost` to the sum over links of weight x losses of the firm at the link's end, lane by lane."""
    for lane in range(len(lost)):
        lost[lane] = 0.0
    for link in range(len(weight)):
        share = weight[link]
        firm = firms[link]
        for lane in range(len(lost)):
            lost[lane] += share * losses[firm, lane]


@numba.njit(nogil=True, error_model="numpy", forceinline=True)
def accept(lost: Floats, previous: Floats, accepted: Floats, fall: Floats) -> None:
    """Store a firm's new losses, at most 1, and raise `fall` to their rise, lane by lane."""
    for lane in range(len(lost)):
        loss = lost[lane] if lost[lane] < 1.0 else 1.0
        rise = loss - previous[lane]
        fall[lane] = rise if rise > fall[lane] else fall[lane]
        accepted[lane] = loss


@plain_jit
def market_shortages(links: KernelLinks, block: LaneBlock) -> None:
    """Step 3: shortage = sigma x, sigma = min(1, sales / remaining sales of the market)."""
    x = block.x
    remaining = np.empty(x.shape[1])
    inverse = np.empty(x.shape[1])
    for market in range(len(links.dead_sales)):
        remaining[:] = 0.0
        firms = range(links.market_start[market], links.market_start[market + 1])
        for firm in firms:
            for lane in range(x.shape[1]):
                remaining[lane] += links.sales[firm] * (1.0 - x[firm, lane])
        for lane in range(x.shape[1]):
            inverse[lane] = 1.0 / remaining[lane] if remaining[lane] > links.dead_sales[market] else np.inf
        for firm in firms:
            if links.sales[firm] > 0.0:
                for lane in range(x.shape[1]):
                    sigma = links.sales[firm] * inverse[lane]
                    block.shortage[firm, lane] = (sigma if sigma < 1.0 else 1.0) * x[firm, lane]


@plain_jit
def sum_and_empty(links: KernelLinks, block: LaneBlock, lanes: Longs, lost_sales: Floats) -> None:
    """Fill in the lost share of all sales in every lane and set the losses of some lanes to zero."""
    x = block.x
    y = block.y
    stays = np.ones(x.shape[1])
    stays[lanes] = 0.0
    lost_sales[:] = 0.0
    for firm in range(len(x)):
        share = links.share[firm]
        for lane in range(x.shape[1]):
            down = x[firm, lane]
            up = y[firm, lane]
            lost_sales[0, lane] += share * (down if down > up else up)
            lost_sales[1, lane] += share * down
            lost_sales[2, lane] += share * up
            x[firm, lane] = down * stays[lane]
            y[firm, lane] = up * stays[lane]


@plain_jit
def add_terms(block: LaneBlock, lanes: Longs, pd: Floats, totals: RunTotals) -> None:
    """Add the terms of all firms in some lanes to supply, demand, sectors and the largest terms."""
    terms = totals.terms
    slots = terms.slot[block.scenario[lanes] - totals.first]
    pd_of_lane = np.zeros(pd.shape[1])
    for slot in range(min(slots), max(slots) + 1):
        pd_of_lane += pd[slot]
    losses = np.empty(pd.shape[1])
    parts = np.empty((1, pd.shape[1]))
    by_supply = np.empty(pd.shape[1])
    by_demand = np.empty(pd.shape[1])
    for firm in range(len(terms.supply)):
        bound = terms.worst[firm, TOP - 1]
        ranked = False
        for lane in range(pd.shape[1]):
            down = block.x[firm, lane]
            up = block.y[firm, lane]
            losses[lane] = down if down > up else up
            part = pd_of_lane[lane] * losses[lane]
            share = part if down > up else (0.0 if up > down else 0.5 * part)
            parts[0, lane] = part
            by_supply[lane] = share
            by_demand[lane] = part - share
            ranked |= part >= bound
        terms.supply[firm] += add_up(by_supply)
        terms.demand[firm] += add_up(by_demand)
        if ranked:
            terms_kernel.rank_lanes(firm, parts, lanes, block, totals)
        for slot in range(min(slots), max(slots) + 1):
            for lane in range(pd.shape[1]):
                by_supply[lane] = pd[slot, lane] * losses[lane]
            terms.sectors[firm, slot] += add_up(by_supply)


@numba.njit(nogil=True, error_model="numpy", forceinline=True)
def add_up(lanes: Floats) -> float:
    """Return the sum over all lanes, first half plus second half until one number is left; `lanes` is used up."""
    count = len(lanes)
    while count > 1:
        count //= 2
        for lane in range(count):
            lanes[lane] += lanes[lane + count]
    return lanes[0]


def with_functions(
    kernel: Callable[..., object], **functions: Callable[..., object]
) -> Callable[..., object]:
    """Return a kernel compiled again with other functions under the names that it calls."""
    python = kernel.py_func
    return plain_jit(FunctionType(python.__code__, python.__globals__ | functions, python.__name__))


plain_run_scenarios = with_functions(
    run_kernel.run_scenarios,
    step_block=step_block,
    collect_lanes=with_functions(
        run_kernel.collect_lanes,
        sum_and_empty=sum_and_empty,
        add_lane_exposures=with_functions(terms_kernel.add_lane_exposures, add_terms=add_terms),
    ),
)
"""`run_scenarios` with the functions of this module."""
