"""The terms of exposures, added up while scenarios finish: by channel, by the closed firm's sector, and the largest."""

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
def expose_lanes(block: LaneBlock, lanes: Longs, totals: RunTotals) -> None:
    """As `expose`, for all firms and some lanes: each firm's exposure is fetched once for all of them."""
    x, y = block.x, block.y
    if totals.credit_loss.shape[1]:
        for lane in lanes:
            expose_three(x[:, lane], y[:, lane], block.scenario[lane] - totals.first, totals)
        return
    pd, own = np.zeros((SLOTS, LANES)), np.empty((len(lanes), 2))
    for number in range(len(lanes)):
        lane = lanes[number]
        place = block.scenario[lane] - totals.first
        pd[totals.terms.slot[place], lane] = totals.pd[place]
        # Nobody is exposed to itself: what the closed firm loses is put aside meanwhile.
        source = totals.source[place]
        own[number, 0], own[number, 1] = x[source, lane], y[source, lane]
        x[source, lane] = y[source, lane] = 0.0
    add_terms(block, lanes, pd, totals)
    for number in range(len(lanes)):
        lane = lanes[number]
        source = totals.source[block.scenario[lane] - totals.first]
        x[source, lane], y[source, lane] = own[number, 0], own[number, 1]


@jit
def add_terms(block: LaneBlock, lanes: Longs, pd: Floats, totals: RunTotals) -> None:
    """The terms of all firms in some lanes. pd: the PDs of their sources by slot, (SLOTS, LANES), 0 in all others."""
    terms, x, y = totals.terms, block.x, block.y
    supply, demand, sectors, worst = terms.supply, terms.demand, terms.sectors, terms.worst
    slots = terms.slot[block.scenario[lanes] - totals.first]
    first, last, parts = min(slots), max(slots), np.empty((1, LANES))
    nothing = of_any_slot = everywhere(0.0)
    for slot in range(first, last + 1):
        of_any_slot = of_any_slot + read(pd, slot)
    for firm in range(len(supply)):
        down, up = read(x, firm), read(y, firm)
        loss = larger(down, up)
        part = of_any_slot * loss
        by_supply = where_above(down, up, part, where_above(up, down, nothing, 0.5 * part))
        supply[firm] += add_up(by_supply)
        demand[firm] += add_up(part - by_supply)
        for slot in range(first, last + 1):
            sectors[firm, slot] += add_up(read(pd, slot) * loss)
        if reaches(part, everywhere(worst[firm, TOP - 1])):
            write(parts, 0, part)
            rank_lanes(firm, parts, lanes, block, totals)


@jit
def rank_lanes(firm: int, parts: Floats, lanes: Longs, block: LaneBlock, totals: RunTotals) -> None:
    """Rank those sources of a firm's exposure that are among its worst; parts: its terms, (1, LANES)."""
    worst, sources = totals.terms.worst, totals.terms.worst_source
    for lane in lanes:
        if parts[0, lane] > 0.0 and parts[0, lane] >= worst[firm, TOP - 1]:
            source = totals.source[block.scenario[lane] - totals.first]
            rank(worst[firm], sources[firm], parts[0, lane], source)


@jit
def expose(firms: Places, x: Floats, y: Floats, place: int, totals: RunTotals) -> None:
    """Add PD x loss to the exposures under the channel that binds: the larger loss; equal ones share."""
    if len(totals.pd) == 0:
        return
    if totals.credit_loss.shape[1]:
        expose_three(x, y, place, totals)
        return
    terms, pd, source = totals.terms, totals.pd[place], totals.source[place]
    last = terms.worst.shape[1] - 1
    for firm in firms:
        down, up = x[firm], y[firm]
        if (down == 0.0 and up == 0.0) or firm == source:
            continue
        part = pd * max(down, up)
        by_supply = 1.0 if down > up else 0.5 if down == up else 0.0
        terms.supply[firm] += by_supply * part
        terms.demand[firm] += (1.0 - by_supply) * part
        terms.sectors[firm, terms.slot[place]] += part
        if part > 0.0 and part >= terms.worst[firm, last]:
            rank(terms.worst[firm], terms.worst_source[firm], part, source)


@jit
def expose_three(x: Floats, y: Floats, place: int, totals: RunTotals) -> None:
    """The same where credit is a channel too, for all firms: whom a failure costs equity need not lose any output."""
    terms, pd, source = totals.terms, totals.pd[place], totals.source[place]
    last = terms.worst.shape[1] - 1
    for firm in range(len(x)):
        down, up, rise = x[firm], y[firm], totals.credit_loss[firm, place]
        loss = max(down, up, rise)
        if loss == 0.0 or firm == source:
            continue
        part = pd * loss
        each = part / (int(down == loss) + int(up == loss) + int(rise == loss))
        if down == loss:
            terms.supply[firm] += each
        if up == loss:
            terms.demand[firm] += each
        if rise == loss:
            terms.credit[firm] += each
        terms.sectors[firm, terms.slot[place]] += part
        if part > 0.0 and part >= terms.worst[firm, last]:
            rank(terms.worst[firm], terms.worst_source[firm], part, source)


@jit
def rank(worst: Floats, sources: Places, part: float, source: int) -> None:
    """Put a source into its place among the worst: larger first, of equal ones the lower number.

    Which of them comes first in time does not matter, so that neither lanes nor threads do.
    """
    place = len(worst)
    while place > 0 and (
        part > worst[place - 1] or (part == worst[place - 1] and source < sources[place - 1])
    ):
        place -= 1
    if place == len(worst):
        return
    for later in range(len(worst) - 1, place, -1):
        worst[later], sources[later] = worst[later - 1], sources[later - 1]
    worst[place], sources[place] = part, source


@jit
def join_worst(worst: Floats, sources: Places, part: Floats, part_sources: Places) -> None:
    """Rank what a later piece of scenarios found worst, row by row: arrays (rows, TOP)."""
    for row in range(len(worst)):
        for place in range(worst.shape[1]):
            if part[row, place] > 0.0:
                rank(worst[row], sources[row], part[row, place], part_sources[row, place])


@jit
def close_sector(largest: Floats, sectors: Places, sums: Floats, sector: int) -> None:
    """Rank one sector, whose sums (n,) are complete, among the largest of each firm, (n, kept); empties the sums."""
    for firm in range(len(sums)):
        if sums[firm] > 0.0:
            rank(largest[firm], sectors[firm], sums[firm], sector)
            sums[firm] = 0.0
