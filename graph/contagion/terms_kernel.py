"""The terms of exposures, added up while scenarios finish: by channel, by the closed firm's sector, and the largest."""

from __future__ import annotations

from supplyrisk.graph.contagion.arrays import Block, Floats, Longs, Places, Totals
from supplyrisk.graph.contagion.compiling import jit


@jit
def expose_lanes(block: Block, lanes: Longs, totals: Totals) -> None:
    """As `expose`, for all firms and some lanes: each firm's exposure is fetched once for all of them."""
    if len(totals.pd) == 0:
        return
    terms, pd, x, y, scenario = totals.terms, totals.pd, block.x, block.y, block.scenario
    worst, last = terms.worst, terms.worst.shape[1] - 1
    for firm in range(len(terms.supply)):
        by_supply = by_demand = 0.0
        for lane in lanes:
            place = scenario[lane] - totals.first
            down, up, source = x[firm, lane], y[firm, lane], totals.source[place]
            part = pd[place] * max(down, up)
            if part == 0.0 or firm == source:
                continue
            share = 1.0 if down > up else 0.5 if down == up else 0.0
            by_supply += share * part
            by_demand += (1.0 - share) * part
            terms.sectors[firm, terms.slot[place]] += part
            if part >= worst[firm, last]:
                rank(worst[firm], terms.worst_source[firm], part, source)
        terms.supply[firm] += by_supply
        terms.demand[firm] += by_demand


@jit
def expose(firms: Places, x: Floats, y: Floats, place: int, totals: Totals) -> None:
    """Add PD x loss to the exposures under the channel that binds: the larger loss; equal ones share."""
    if len(totals.pd) == 0:
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
