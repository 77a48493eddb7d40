"""Named groups of arrays that the compiled kernels of contagion read and write.

They are NamedTuples because numba compiles those, and not dataclasses. Throughout, n is the number of firms, renumbered
so that firms of one market lie together (`NetworkWeights.order`), and a "loss" is a lost share of production, 0 to 1.
The order of the fields is the order in which checkpoints store them (`run_checkpoint.arrays_in`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Places = NDArray[np.uint32]
"""Indices, unsigned: numba then generates no code for indices that count from the end."""

LANES = 16
"""Scenarios computed side by side: 128 bytes of state per firm, read together for each link."""

LINE = 8
"""Floats in a cache line of 64 bytes."""

TOP = 10
"""Largest sources that are stored for each firm and for each lender."""

SLOTS = 8
"""Sectors of closed firms in one piece of scenarios: 64 bytes of sums per firm, one cache line."""


class KernelLinks(NamedTuple):
    """Weights of a supply network, once sorted by customer (to pull supply) and once by supplier (to push it).

    A customer's inputs are grouped into parts: all non-essential inputs form one part, each essential sector another.

    By customer: row_start, first part of each customer. part_start, first link of each part. part_firm, customer of
    each part. source, down, up_in, by link, the supplier, the downstream weight D and the upstream weight U.

    By supplier: out_start, first link of each supplier. target, up, down_out, part_out, by link, the customer, U, D and
    the customer's part.

    market_start: first firm of each market. market: market of each firm. dead_sales: remaining sales up to which a
    market counts as dead, money. sales: out-strength of each firm, money. share: the same as a share of all sales.
    """

    row_start: Longs  # (n + 1,)
    part_start: Longs  # (parts + 1,)
    part_firm: Places  # (parts,)
    source: Places  # (links,)
    down: Floats  # (links,)
    up_in: Floats  # (links,)
    out_start: Longs  # (n + 1,)
    target: Places  # (links,)
    up: Floats  # (links,)
    down_out: Floats  # (links,)
    part_out: Places  # (links,)
    market_start: Longs  # (markets + 1,)
    market: Places  # (n,)
    dead_sales: Floats  # (markets,)
    sales: Floats  # (n,)
    share: Floats  # (n,)


class KernelShocks(NamedTuple):
    """Scenarios as lists of shocked firms: those of scenario s are entries start[s] to start[s + 1].

    down, up: lost share of supply and of demand of each shocked firm, 0 to 1.
    """

    start: Longs  # (scenarios + 1,)
    firm: Places  # (entries,)
    down: Floats  # (entries,)
    up: Floats  # (entries,)


class KernelRules(NamedTuple):
    """How a scenario is computed. Its repr enters the fingerprint of checkpoints.

    substitution: whether firms of one market replace one another. eps: stop after the step in which no production fell
    by more. rounds: stop after this many steps. sparse: number of firms with a loss up to which a scenario is computed
    alone, over those firms only. demand: whether the steps compute the loss by lost demand; false where it is known
    beforehand (`upstream_loss`).
    """

    substitution: bool
    eps: float
    rounds: int
    sparse: int
    demand: bool


class KernelInputs(NamedTuple):
    """Everything that a run reads and never changes."""

    links: KernelLinks
    rules: KernelRules
    shocks: KernelShocks


class LaneBlock(NamedTuple):
    """State of LANES scenarios that are computed side by side.

    x, y: loss by lost supply and by lost demand. y_next: y of the step in progress. shortage: lost deliveries that no
    firm of the market replaces. scenario: number of the scenario in each lane, -1 for an empty lane. steps: steps done.
    fall: largest fall of production in the last step; two-dimensional, so that `lanes.write` can write it.
    """

    x: Floats  # (n, LANES)
    y: Floats  # (n, LANES)
    y_next: Floats  # (n, LANES)
    shortage: Floats  # (n, LANES)
    scenario: Longs  # (LANES,)
    steps: Longs  # (LANES,)
    fall: Floats  # (1, LANES)


class SingleScenario(NamedTuple):
    """Scratch space for one scenario while few firms have a loss.

    x, y: loss by lost supply and by lost demand. next_loss: one of them in the step in progress, zero between steps.
    parts: what each part of inputs lacks, zero between steps. remaining_sales: of each market, -1 where not summed yet.
    x_firms, y_firms: firms with such a loss, of which the first counts[0] and counts[1] are in use. touched_firms,
    touched_parts: firms and parts that the step in progress reaches.
    """

    x: Floats  # (n,)
    y: Floats  # (n,)
    next_loss: Floats  # (n,)
    parts: Floats  # (parts,)
    remaining_sales: Floats  # (markets,)
    x_firms: Places  # (n,)
    y_firms: Places  # (n,)
    touched_firms: Places  # (n,)
    touched_parts: Places  # (parts,)
    counts: Longs  # (2,)


class LendingArrays(NamedTuple):
    """Firms that borrow or whose default is decided by a statement, and what lenders lose if they default.

    firm: b of them, ascending. margin: profit per unit of production, money. buffer: how much profit may be lost before
    default, money; NaN in either where no statement is known. start: first loan of each firm. lender, loss: by loan,
    the lender and LGD x EAD, money. loss_cap: what each lender can lose at most, money.
    """

    firm: Places  # (b,)
    margin: Floats  # (b,)
    buffer: Floats  # (b,)
    start: Longs  # (b + 1,)
    lender: Places  # (loans,)
    loss: Floats  # (loans,)
    loss_cap: Floats  # (lenders,)


class LenderLossArrays(NamedTuple):
    """Losses of lenders, money.

    lost: scratch, by finished lane: in all, and by the closed firm's own loans. expected, direct: sums over scenarios
    of PD x these two. worst, worst_source: the largest losses in descending order, and the closed firms. loss, own,
    failed: loss of all lenders, the part by the closed firm's own loans, and the number of other firms that default.
    """

    lost: Floats  # (LANES, lenders, 2)
    expected: Floats  # (lenders,)
    direct: Floats  # (lenders,)
    worst: Floats  # (lenders, TOP)
    worst_source: Places  # (lenders, TOP)
    loss: Floats  # (scenarios,)
    own: Floats  # (scenarios,)
    failed: Longs  # (scenarios,)


class ExposureTerms(NamedTuple):
    """Exposure of each firm to the closures of the others; arrays have no rows where no PDs are given.

    supply, demand, credit: sum over closed firms of PD x loss, by the channel that binds. worst, worst_source: the
    largest terms in descending order, and their closed firms. slot: column of `sectors` that the closed firm's sector
    has. sectors: sums by sector of the closed firm.
    """

    supply: Floats  # (n,)
    demand: Floats  # (n,)
    credit: Floats  # (n,)
    worst: Floats  # (n, TOP)
    worst_source: Places  # (n, TOP)
    slot: Longs  # (scenarios,)
    sectors: Floats  # (n, SLOTS)


class RunTotals(NamedTuple):
    """Results of consecutive scenarios.

    esri, down, up: lost share of all sales by both channels, by lost supply and by lost demand. steps: steps done.
    fall: largest fall of production in the last step. source: the firm that each scenario closes. pd: its PD, or empty
    where none are given. first: number of the scenario at index 0. credit_loss: loss of each firm by credit, known
    beforehand, without columns where credit is no channel.
    """

    esri: Floats  # (scenarios,)
    down: Floats  # (scenarios,)
    up: Floats  # (scenarios,)
    steps: Longs  # (scenarios,)
    fall: Floats  # (scenarios,)
    source: Places  # (scenarios,)
    pd: Floats  # (scenarios,) or (0,)
    first: int
    credit_loss: Floats  # (n, scenarios) or (n, 0)
    terms: ExposureTerms
    lending: LendingArrays
    lender_losses: LenderLossArrays


def empty_lane_block(firms: int) -> LaneBlock:
    """Return a block of empty lanes for n firms, all losses zero."""
    # One allocation for all four arrays: large enough for huge pages, which scattered reads of rows need.
    size = 4 * firms * LANES
    buffer = np.zeros(size + LINE)
    # numpy's large arrays begin 16 bytes after a cache line; unaligned, each row would touch one line more.
    skip = -(buffer.ctypes.data // buffer.itemsize) % LINE
    states = buffer[skip : skip + size].reshape(4, firms, LANES)
    return LaneBlock(
        x=states[0],
        y=states[1],
        y_next=states[2],
        shortage=states[3],
        scenario=np.full(LANES, -1, np.int64),
        steps=np.zeros(LANES, np.int64),
        fall=np.zeros((1, LANES)),
    )


def empty_single_scenario(links: KernelLinks) -> SingleScenario:
    """Return empty scratch space for one scenario of a network."""
    firms = len(links.sales)
    parts = len(links.part_firm)
    return SingleScenario(
        x=np.zeros(firms),
        y=np.zeros(firms),
        next_loss=np.zeros(firms),
        parts=np.zeros(parts),
        remaining_sales=np.full(len(links.dead_sales), -1.0),
        x_firms=np.zeros(firms, np.uint32),
        y_firms=np.zeros(firms, np.uint32),
        touched_firms=np.zeros(firms, np.uint32),
        touched_parts=np.zeros(parts, np.uint32),
        counts=np.zeros(2, np.int64),
    )


def no_lending() -> LendingArrays:
    """Return lending arrays without lenders, loans or statements."""
    no_places = np.zeros(0, np.uint32)
    no_money = np.zeros(0)
    return LendingArrays(
        firm=no_places,
        margin=no_money,
        buffer=no_money,
        start=np.zeros(1, np.int64),
        lender=no_places,
        loss=no_money,
        loss_cap=no_money,
    )


def empty_run_totals(firms: int, first: int, source: Places, pd: Floats, lending: LendingArrays) -> RunTotals:
    """Return zero totals of the scenarios that close `source`; the caller fills in `terms.slot` and `credit_loss`.

    firms: n. first: number of the first scenario. source: shape (scenarios,). pd: (scenarios,), or empty.
    """
    scenarios = len(source)
    lenders = len(lending.loss_cap)
    # Exposures are sums of PD x loss: without PDs their arrays need no memory.
    exposed_firms = firms if len(pd) else 0
    terms = ExposureTerms(
        supply=np.zeros(exposed_firms),
        demand=np.zeros(exposed_firms),
        credit=np.zeros(exposed_firms),
        worst=np.zeros((exposed_firms, TOP)),
        worst_source=np.zeros((exposed_firms, TOP), np.uint32),
        slot=np.zeros(scenarios, np.int64),
        sectors=np.zeros((exposed_firms, SLOTS)),
    )
    lender_losses = LenderLossArrays(
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
        lender_losses=lender_losses,
    )
