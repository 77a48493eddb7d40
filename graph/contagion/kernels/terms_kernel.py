"""Exposure of each firm to the closures of the others, added up as scenarios finish.

The exposure of firm i is the sum over all k other than i of PD_k x loss_ik. Each term is booked under the channel that
binds (the largest loss; equal ones share it equally) and under the sector of k, and the largest TOP terms are kept.
"""

from __future__ import annotations

import numpy as np

from supplyrisk.graph.contagion.kernels.compiling import jit
from supplyrisk.graph.contagion.kernels.kernel_arrays import (
    LANES,
    SLOTS,
    TOP,
    Floats,
    LaneBlock,
    Longs,
    Places,
    RunTotals,
)
from supplyrisk.graph.contagion.kernels.lanes import (
    add_up,
    everywhere,
    larger,
    reaches,
    read,
    where_above,
    write,
)


@jit
def add_lane_exposures(block: LaneBlock, lanes: Longs, totals: RunTotals) -> None:
    """Add the exposures of all firms to the scenarios in some lanes: each firm's sums are read once for all of them.

    lanes: numbers of the finished lanes. The block is unchanged afterwards.
    """
    x = block.x
    y = block.y
    if totals.credit_loss.shape[1]:
        for lane in lanes:
            add_exposure_with_credit(x[:, lane], y[:, lane], block.scenario[lane] - totals.first, totals)
        return
    pd = np.zeros((SLOTS, LANES))
    own_loss = np.empty((len(lanes), 2))
    for position in range(len(lanes)):
        lane = lanes[position]
        index = block.scenario[lane] - totals.first
        pd[totals.terms.slot[index], lane] = totals.pd[index]
        # No firm is exposed to its own closure: the closed firm's loss is set to 0 for the sums and restored below,
        # which spares a comparison for every firm and lane.
        source = totals.source[index]
        own_loss[position, 0] = x[source, lane]
        own_loss[position, 1] = y[source, lane]
        x[source, lane] = 0.0
        y[source, lane] = 0.0
    add_terms(block, lanes, pd, totals)
    for position in range(len(lanes)):
        lane = lanes[position]
        source = totals.source[block.scenario[lane] - totals.first]
        x[source, lane] = own_loss[position, 0]
        y[source, lane] = own_loss[position, 1]


@jit
def add_terms(block: LaneBlock, lanes: Longs, pd: Floats, totals: RunTotals) -> None:
    """Add the terms of all firms in some lanes to supply, demand, sectors and the largest terms.

    pd: shape (SLOTS, LANES), the PD of each lane's closed firm in the row of its sector's slot, 0 elsewhere; lanes that
    have not finished are 0 throughout, so that their terms vanish.
    """
    terms = totals.terms
    x = block.x
    y = block.y
    supply = terms.supply
    demand = terms.demand
    sectors = terms.sectors
    worst = terms.worst
    # Scenarios run sector by sector: finished lanes span few slots, and only those columns are read.
    slots = terms.slot[block.scenario[lanes] - totals.first]
    first = min(slots)
    last = max(slots)
    parts = np.empty((1, LANES))
    zero = everywhere(0.0)
    pd_of_lane = everywhere(0.0)
    for slot in range(first, last + 1):
        pd_of_lane = pd_of_lane + read(pd, slot)
    for firm in range(len(supply)):
        down = read(x, firm)
        up = read(y, firm)
        loss = larger(down, up)
        part = pd_of_lane * loss
        # All of the term where lost supply is larger, none where lost demand is, half where they are equal.
        by_supply = where_above(down, up, part, where_above(up, down, zero, 0.5 * part))
        supply[firm] += add_up(by_supply)
        demand[firm] += add_up(part - by_supply)
        for slot in range(first, last + 1):
            sectors[firm, slot] += add_up(read(pd, slot) * loss)
        # Most terms are too small to rank: one comparison of all lanes skips the loop over them.
        if reaches(part, everywhere(worst[firm, TOP - 1])):
            write(parts, 0, part)
            rank_lanes(firm, parts, lanes, block, totals)


@jit
def rank_lanes(firm: int, parts: Floats, lanes: Longs, block: LaneBlock, totals: RunTotals) -> None:
    """Rank those terms of a firm that are among its largest. parts: its terms by lane, shape (1, LANES)."""
    worst = totals.terms.worst
    sources = totals.terms.worst_source
    for lane in lanes:
        if parts[0, lane] > 0.0 and parts[0, lane] >= worst[firm, TOP - 1]:
            source = totals.source[block.scenario[lane] - totals.first]
            rank(worst[firm], sources[firm], parts[0, lane], source)


@jit
def add_exposure(firms: Places, x: Floats, y: Floats, index: int, totals: RunTotals) -> None:
    """Add PD x loss of one scenario to the exposures of the firms with a loss.

    firms: shape (firms with a loss,). x, y: losses by lost supply and lost demand, (n,). index: in the totals.
    """
    if len(totals.pd) == 0:
        return
    if totals.credit_loss.shape[1]:
        add_exposure_with_credit(x, y, index, totals)
        return
    terms = totals.terms
    pd = totals.pd[index]
    source = totals.source[index]
    last = terms.worst.shape[1] - 1
    # Firms without a loss add nothing; the dense version adds zeros for them, which gives the same sums.
    for firm in firms:
        down = x[firm]
        up = y[firm]
        if (down == 0.0 and up == 0.0) or firm == source:
            continue
        part = pd * max(down, up)
        by_supply = 1.0 if down > up else 0.5 if down == up else 0.0
        terms.supply[firm] += by_supply * part
        terms.demand[firm] += (1.0 - by_supply) * part
        terms.sectors[firm, terms.slot[index]] += part
        if part > 0.0 and part >= terms.worst[firm, last]:
            rank(terms.worst[firm], terms.worst_source[firm], part, source)


@jit
def add_exposure_with_credit(x: Floats, y: Floats, index: int, totals: RunTotals) -> None:
    """Add PD x loss of one scenario to the exposures of all firms, with credit as a third channel.

    All firms, because a firm that loses equity by a failure need not lose any output. x, y: shape (n,).
    """
    terms = totals.terms
    pd = totals.pd[index]
    source = totals.source[index]
    last = terms.worst.shape[1] - 1
    for firm in range(len(x)):
        down = x[firm]
        up = y[firm]
        by_credit = totals.credit_loss[firm, index]
        loss = max(down, up, by_credit)
        if loss == 0.0 or firm == source:
            continue
        part = pd * loss
        # Exact comparison: `loss` is a copy of one of the three.
        share = part / (int(down == loss) + int(up == loss) + int(by_credit == loss))
        if down == loss:
            terms.supply[firm] += share
        if up == loss:
            terms.demand[firm] += share
        if by_credit == loss:
            terms.credit[firm] += share
        terms.sectors[firm, terms.slot[index]] += part
        if part > 0.0 and part >= terms.worst[firm, last]:
            rank(terms.worst[firm], terms.worst_source[firm], part, source)


@jit
def rank(worst: Floats, sources: Places, part: float, source: int) -> None:
    """Insert a term into the largest ones: descending, equal terms by ascending source; the last one drops out.

    worst, sources: shape (kept,), zeros where fewer terms are known.
    """
    # Ties are broken by the source, not by arrival: the result depends on neither lanes nor threads.
    place = len(worst)
    while place > 0 and (
        part > worst[place - 1] or (part == worst[place - 1] and source < sources[place - 1])
    ):
        place -= 1
    # Smaller than all of them, or an equal term of a higher source.
    if place == len(worst):
        return
    for later in range(len(worst) - 1, place, -1):
        worst[later] = worst[later - 1]
        sources[later] = sources[later - 1]
    worst[place] = part
    sources[place] = source


@jit
def join_worst(worst: Floats, sources: Places, part: Floats, part_sources: Places) -> None:
    """Merge the largest terms of a later piece of scenarios, row by row; all arrays have shape (rows, TOP)."""
    for row in range(len(worst)):
        for place in range(worst.shape[1]):
            if part[row, place] > 0.0:
                rank(worst[row], sources[row], part[row, place], part_sources[row, place])


@jit
def close_sector(largest: Floats, sectors: Places, sums: Floats, sector: int) -> None:
    """Rank one sector among the largest of each firm and set its sums to zero.

    largest, sectors: shape (n, kept). sums: (n,), exposure of each firm to all firms of the sector, complete.
    """
    for firm in range(len(sums)):
        if sums[firm] > 0.0:
            rank(largest[firm], sectors[firm], sums[firm], sector)
            sums[firm] = 0.0
