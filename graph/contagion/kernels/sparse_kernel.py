"""Compiled steps of ESRI for one scenario, over the firms that have a loss: a closure reaches few firms at first.

The equations are those of `dense_kernel`, but a firm with a loss pushes it to its customers and suppliers, instead of
every firm pulling from its neighbours. Lists of firms with a loss are kept in place, and the scratch arrays are flat:
numba counts references to arrays that are passed within tuples or fetched for each entry, which doubles the time.
"""

from __future__ import annotations

from supplyrisk.graph.contagion.kernels.compiling import jit
from supplyrisk.graph.contagion.kernels.kernel_arrays import (
    Floats,
    KernelInputs,
    KernelLinks,
    Places,
    SingleScenario,
)

X = 0
Y = 1
"""Positions in `SingleScenario.counts`: firms with a loss by lost supply, and by lost demand."""


@jit
def start_single(inputs: KernelInputs, scenario: int, scratch: SingleScenario) -> None:
    """Step 2: set the losses to the shock of a scenario; the scratch space must be empty."""
    shocks = inputs.shocks
    first = shocks.start[scenario]
    last = shocks.start[scenario + 1]
    shocked = shocks.firm[first:last]
    scratch.counts[X] = raise_to_floor(scratch.x, scratch.x_firms, 0, shocked, shocks.down[first:last])
    scratch.counts[Y] = 0
    if inputs.rules.demand:
        scratch.counts[Y] = raise_to_floor(scratch.y, scratch.y_firms, 0, shocked, shocks.up[first:last])


@jit
def raise_to_floor(losses: Floats, firms: Places, count: int, shocked: Places, floor: Floats) -> int:
    """Raise the losses of shocked firms to at least `floor` and return the new number of firms with a loss.

    losses: shape (n,). firms: list of firms with a loss, `count` of them. shocked, floor: shape (shocked,).
    """
    for entry in range(len(shocked)):
        firm = shocked[entry]
        if floor[entry] > losses[firm]:
            if losses[firm] == 0.0:
                firms[count] = firm
                count += 1
            losses[firm] = floor[entry]
    return count


@jit
def step_single(inputs: KernelInputs, scenario: int, scratch: SingleScenario) -> float:
    """Do steps 3 to 7 once and return the largest fall of production."""
    links = inputs.links
    shocks = inputs.shocks
    first = shocks.start[scenario]
    last = shocks.start[scenario + 1]
    shocked = shocks.firm[first:last]
    touched = push_supply(links, inputs.rules.substitution, scratch)
    touched = worst_parts(links, scratch, touched)
    fall = accept_next_loss(scratch, X, touched, shocked, shocks.down[first:last])
    if not inputs.rules.demand:
        return fall
    # Demand reads y only, so both channels change in lockstep although x is already new.
    touched = push_demand(links, scratch)
    return max(fall, accept_next_loss(scratch, Y, touched, shocked, shocks.up[first:last]))


@jit
def push_supply(links: KernelLinks, substitution: bool, scratch: SingleScenario) -> int:
    """Steps 3 and 4: add each firm's shortage to its customers' parts; return how many parts have one.

    Those parts are listed in `touched_parts`.
    """
    out_start = links.out_start
    part_out = links.part_out
    weight = links.down_out
    parts = scratch.parts
    touched_parts = scratch.touched_parts
    x = scratch.x
    firms = scratch.x_firms
    if substitution:
        sum_markets(links, scratch)
    touched = 0
    for position in range(scratch.counts[X]):
        firm = firms[position]
        shortage = x[firm]
        # 0 in a dead market and -1 without substitution: sigma is 1 in both.
        remaining = scratch.remaining_sales[links.market[firm]]
        if remaining > 0.0:
            shortage *= min(1.0, links.sales[firm] / remaining)
        for link in range(out_start[firm], out_start[firm + 1]):
            part = part_out[link]
            lost = weight[link] * shortage
            if lost > 0.0:
                if parts[part] == 0.0:
                    touched_parts[touched] = part
                    touched += 1
                parts[part] += lost
    # Sums of markets hold for one step only; reset those that were used, not all of them.
    for position in range(scratch.counts[X]):
        scratch.remaining_sales[links.market[firms[position]]] = -1.0
    return touched


@jit
def sum_markets(links: KernelLinks, scratch: SingleScenario) -> None:
    """Sum the remaining sales of the markets in which a firm has a loss; a dead market gets 0."""
    sales = links.sales
    x = scratch.x
    start = links.market_start
    for position in range(scratch.counts[X]):
        market = links.market[scratch.x_firms[position]]
        if scratch.remaining_sales[market] >= 0.0:
            continue
        # Over all firms of the market: subtracting losses from the total would cancel all digits of a nearly dead
        # market. The order is that of `dense_kernel`, so that both round alike.
        remaining = 0.0
        for firm in range(start[market], start[market + 1]):
            remaining += sales[firm] * (1.0 - x[firm])
        scratch.remaining_sales[market] = remaining if remaining > links.dead_sales[market] else 0.0


@jit
def worst_parts(links: KernelLinks, scratch: SingleScenario, touched: int) -> int:
    """Step 5: set `next_loss` to each customer's worst part and return how many firms have one.

    touched: number of parts in `touched_parts`, which are zero afterwards. The firms are listed in `touched_firms`.
    """
    parts = scratch.parts
    next_loss = scratch.next_loss
    touched_firms = scratch.touched_firms
    firm_count = 0
    for position in range(touched):
        part = scratch.touched_parts[position]
        firm = links.part_firm[part]
        lost = min(1.0, parts[part])
        parts[part] = 0.0
        # A part in the list lacks more than 0, so 0 marks a firm that is not listed yet.
        if next_loss[firm] == 0.0:
            touched_firms[firm_count] = firm
            firm_count += 1
        next_loss[firm] = max(next_loss[firm], lost)
    return firm_count


@jit
def push_demand(links: KernelLinks, scratch: SingleScenario) -> int:
    """Step 6: add each firm's lost demand to its suppliers' `next_loss`; return how many firms have one.

    The firms are listed in `touched_firms`.
    """
    row_start = links.row_start
    part_start = links.part_start
    source = links.source
    weight = links.up_in
    y = scratch.y
    next_loss = scratch.next_loss
    touched_firms = scratch.touched_firms
    firm_count = 0
    for position in range(scratch.counts[Y]):
        firm = scratch.y_firms[position]
        loss = y[firm]
        # The links of all parts of a customer lie together; demand does not distinguish parts.
        for link in range(part_start[row_start[firm]], part_start[row_start[firm + 1]]):
            supplier = source[link]
            lost = weight[link] * loss
            if lost > 0.0:
                if next_loss[supplier] == 0.0:
                    touched_firms[firm_count] = supplier
                    firm_count += 1
                next_loss[supplier] += lost
    return firm_count


@jit
def accept_next_loss(
    scratch: SingleScenario, channel: int, touched: int, shocked: Places, floor: Floats
) -> float:
    """Step 7: replace the losses of a channel by `next_loss`, in [shock, 1]; return the largest fall of production.

    channel: X or Y. touched: number of firms in `touched_firms`; their `next_loss` is zero afterwards.
    """
    losses = scratch.x
    firms = scratch.x_firms
    if channel == Y:
        losses = scratch.y
        firms = scratch.y_firms
    next_loss = scratch.next_loss
    count = scratch.counts[channel]
    largest_fall = 0.0
    for position in range(touched):
        firm = scratch.touched_firms[position]
        loss = min(1.0, next_loss[firm])
        next_loss[firm] = 0.0
        previous = losses[firm]
        # Losses never fall from one step to the next, but sums in another order may round below the last one.
        if loss > previous:
            if previous == 0.0:
                firms[count] = firm
                count += 1
            largest_fall = max(largest_fall, loss - previous)
            losses[firm] = loss
    scratch.counts[channel] = raise_to_floor(losses, firms, count, shocked, floor)
    return largest_fall
