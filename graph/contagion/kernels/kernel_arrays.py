"""The arrays that the compiled kernels work on, by name."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Places = NDArray[np.uint32]
"""Unsigned: numba then need not ask whether an index counts from the end."""

LANES = 16
"""Scenarios side by side: 128 bytes of state at each firm, read at once for each link."""

LINE = 8
"""Numbers of a cache line."""

TOP = 10
"""Sources kept for each firm, and for each lender."""

SLOTS = 8
"""Sectors of the closed firms in one piece of scenarios: 64 bytes of sums at each firm, as much as a cache line."""


class KernelLinks(NamedTuple):
    """A network's weights, firms renumbered by market; once by customer (to pull supply), once by supplier.

    A firm's inputs come in parts: all non-essential inputs are one, every essential sector is one of its own.

    row_start: parts of each customer, shape (n + 1,). part_start: links of each part, (parts + 1,). part_firm: customer
    of each part. source, down, up_in: by link, the supplier, D and U. out_start, target, up, down_out, part_out: the
    same links by supplier: customer, U, D and part. market_start: firms of each market, (markets + 1,). dead: sales
    that a market needs to be alive. sales, share: out-strength of each firm, and as a share of all.
    """

    row_start: Longs
    part_start: Longs
    part_firm: Places
    source: Places
    down: Floats
    up_in: Floats
    out_start: Longs
    target: Places
    up: Floats
    down_out: Floats
    part_out: Places
    market_start: Longs
    market: Places
    dead_sales: Floats
    sales: Floats
    share: Floats


class KernelShocks(NamedTuple):
    """Scenarios as shocked firms: those of scenario s are places start[s] to start[s + 1]."""

    start: Longs
    firm: Places
    down: Floats
    up: Floats


class KernelRules(NamedTuple):
    """eps: stop after the step in which nothing fell by more; rounds: or after so many steps; sparse: firms with a loss
    up to which a scenario is computed alone, over those firms only. demand: whether the steps are to find the loss by
    lost demand; false where it is known beforehand.
    """

    substitution: bool
    eps: float
    rounds: int
    sparse: int
    demand: bool


class LaneBlock(NamedTuple):
    """What LANES scenarios are computed with; the first four of shape (n, LANES), the rest (LANES,).

    x, y: loss by lost supply and by lost demand. y_next: y of the step in progress. lacking: what customers lack.
    scenario: which one is in a lane, -1 for none. steps: taken. fall: largest fall of the last step.
    """

    x: Floats
    y: Floats
    y_next: Floats
    shortage: Floats
    scenario: Longs
    steps: Longs
    fall: Floats


class SingleScenario(NamedTuple):
    """What one scenario is computed with while few firms have a loss.

    x, y, following: (n,), zero outside the lists. parts: (parts,), zero between steps. left: remaining sales of
    markets, -1 where not summed yet. x_firms, y_firms, places: lists of firms and parts; counts: their lengths (x, y).
    """

    x: Floats
    y: Floats
    next_loss: Floats
    parts: Floats
    remaining_sales: Floats
    x_firms: Places
    y_firms: Places
    touched_firms: Places
    touched_parts: Places
    counts: Longs


class LendingArrays(NamedTuple):
    """Firms that are judged or borrow, and what lenders would lose by each.

    firm: (b,), rising. margin, buffer: (b,), profit per unit of production and what it may fall by; NaN where no
    statement tells. start: loans of each, (b + 1,). lender, loss: by loan. most: what each lender can lose, (lenders,).
    """

    firm: Places
    margin: Floats
    buffer: Floats
    start: Longs
    lender: Places
    loss: Floats
    loss_cap: Floats


class LenderLossArrays(NamedTuple):
    """What lenders lose. hit: scratch, (LANES, lenders, 2), in all and by the closed firm itself. expected, direct:
    (lenders,), sums of PD x those. worst, worst_source: (lenders, TOP), the largest losses, falling. loss, own,
    failed: by scenario, all lenders' loss, what of it is by the closed firm, and how many others default.
    """

    lost: Floats
    expected: Floats
    direct: Floats
    worst: Floats
    worst_source: Places
    loss: Floats
    own: Floats
    failed: Longs


class ExposureTerms(NamedTuple):
    """What firms are exposed to, empty where that is not asked for.

    supply, demand, credit: (n,), sum over sources of PD x loss, by the channel that binds. worst, worst_source:
    (n, TOP), falling. slot: by scenario, which column of sectors its firm's sector has. sectors: (n, SLOTS), sums by
    those.
    """

    supply: Floats
    demand: Floats
    credit: Floats
    worst: Floats
    worst_source: Places
    slot: Longs
    sectors: Floats


class RunTotals(NamedTuple):
    """What is kept of scenarios: the first five by scenario, from place 0.

    source: the firm that each closes. pd: its PD, empty where none are given. first: number of scenario 0. rises:
    (n, scenarios), each firm's loss by credit, known beforehand; (n, 0) where that is no channel.
    """

    esri: Floats
    down: Floats
    up: Floats
    steps: Longs
    fall: Floats
    source: Places
    pd: Floats
    first: int
    credit_loss: Floats
    terms: ExposureTerms
    lending: LendingArrays
    lender_losses: LenderLossArrays


def empty_lane_block(firms: int) -> LaneBlock:
    """An empty block. One allocation: large enough for huge pages, which gathers from all over need.

    Rows begin where cache lines do: what numpy allocates begins 16 bytes later, and every row would have one line more.
    """
    size = 4 * firms * LANES
    room = np.zeros(size + LINE)
    skip = -(room.ctypes.data // room.itemsize) % LINE
    pool = room[skip : skip + size].reshape(4, firms, LANES)
    steps, fall = np.zeros(LANES, np.int64), np.zeros((1, LANES))
    return LaneBlock(pool[0], pool[1], pool[2], pool[3], np.full(LANES, -1, np.int64), steps, fall)


def empty_single_scenario(links: KernelLinks) -> SingleScenario:
    """An empty scratch for one scenario."""
    n, parts, markets = len(links.sales), len(links.part_firm), len(links.dead_sales)
    return SingleScenario(
        x=np.zeros(n),
        y=np.zeros(n),
        next_loss=np.zeros(n),
        parts=np.zeros(parts),
        remaining_sales=np.full(markets, -1.0),
        x_firms=np.zeros(n, np.uint32),
        y_firms=np.zeros(n, np.uint32),
        touched_firms=np.zeros(n, np.uint32),
        touched_parts=np.zeros(parts, np.uint32),
        counts=np.zeros(2, np.int64),
    )


def no_lending() -> LendingArrays:
    """Nobody lends, and nobody is judged."""
    none, nothing = np.zeros(0, np.uint32), np.zeros(0)
    return LendingArrays(none, nothing, nothing, np.zeros(1, np.int64), none, nothing, nothing)


def empty_run_totals(firms: int, first: int, source: Places, pd: Floats, lending: LendingArrays) -> RunTotals:
    """Empty totals of some scenarios; `slot` is all 0."""
    kept, scenarios, lenders = firms if len(pd) else 0, len(source), len(lending.loss_cap)
    terms = ExposureTerms(
        supply=np.zeros(kept),
        demand=np.zeros(kept),
        credit=np.zeros(kept),
        worst=np.zeros((kept, TOP)),
        worst_source=np.zeros((kept, TOP), np.uint32),
        slot=np.zeros(scenarios, np.int64),
        sectors=np.zeros((kept, SLOTS)),
    )
    lent = LenderLossArrays(
        lost=np.zeros((LANES, lenders, 2)),
        expected=np.zeros(lenders),
        direct=np.zeros(lenders),
        worst=np.zeros((lenders, TOP)),
        worst_source=np.zeros((lenders, TOP), np.uint32),
        loss=np.zeros(scenarios),
        own=np.zeros(scenarios),
        failed=np.zeros(scenarios, np.int64),
    )
    return RunTotals(
        esri=np.zeros(scenarios),
        down=np.zeros(scenarios),
        up=np.zeros(scenarios),
        steps=np.zeros(scenarios, np.int64),
        fall=np.zeros(scenarios),
        source=source,
        pd=pd,
        first=first,
        credit_loss=np.zeros((firms, 0)),
        terms=terms,
        lending=lending,
        lender_losses=lent,
    )
