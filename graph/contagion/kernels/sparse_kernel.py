"""The first steps of one scenario, over the firms that have a loss: a closure reaches few firms in them.

The same steps as in `dense_kernel`, but pushed from the firms with a loss to their customers and suppliers. Lists are
kept up in place and the scratch is flat: arrays handed on within tuples, or for every entry, have their references
counted, which doubles the time.
"""

from __future__ import annotations

from supplyrisk.graph.contagion.kernels.compiling import jit
from supplyrisk.graph.contagion.kernels.kernel_arrays import (
    Floats,
    KernelLinks,
    KernelRules,
    KernelShocks,
    Places,
    SingleScenario,
)

X, Y = 0, 1


@jit
def start_single(rules: KernelRules, shocks: KernelShocks, scenario: int, one: SingleScenario) -> None:
    """Step 2: nothing but the shock."""
    first, last = shocks.start[scenario], shocks.start[scenario + 1]
    one.counts[X] = raise_all(one.x, one.x_firms, 0, shocks.firm[first:last], shocks.down[first:last])
    one.counts[Y] = 0
    if rules.demand:
        one.counts[Y] = raise_all(one.y, one.y_firms, 0, shocks.firm[first:last], shocks.up[first:last])


@jit
def raise_all(losses: Floats, firms: Places, count: int, shocked: Places, floor: Floats) -> int:
    """Raise losses to at least a floor, adding to the list of firms with a loss; returns its new length."""
    for place in range(len(shocked)):
        firm = shocked[place]
        if floor[place] > losses[firm]:
            if losses[firm] == 0.0:
                firms[count] = firm
                count += 1
            losses[firm] = floor[place]
    return count


@jit
def step_single(
    links: KernelLinks, rules: KernelRules, shocks: KernelShocks, scenario: int, one: SingleScenario
) -> float:
    """One step of steps 3 to 7; returns the largest fall."""
    touched = push_supply(links, rules.substitution, one)
    touched = worst_parts(links, one, touched)
    first, last = shocks.start[scenario], shocks.start[scenario + 1]
    fall = replace(one, X, one.x, one.x_firms, touched, shocks.firm[first:last], shocks.down[first:last])
    if not rules.demand:
        return fall
    touched = push_demand(links, one)
    return max(
        fall, replace(one, Y, one.y, one.y_firms, touched, shocks.firm[first:last], shocks.up[first:last])
    )


@jit
def push_supply(links: KernelLinks, substitution: bool, one: SingleScenario) -> int:
    """Add what customers lack to their parts; returns how many parts were touched (they are in `places`)."""
    out_start, part_out, weight = links.out_start, links.part_out, links.down_out
    parts, places, x, firms = one.parts, one.touched_parts, one.x, one.x_firms
    if substitution:
        sum_markets(links, one)
    touched = 0
    for place in range(one.counts[X]):
        firm = firms[place]
        lacking = x[firm]
        left = one.remaining_sales[links.market[firm]]
        if left > 0.0:
            lacking *= min(1.0, links.sales[firm] / left)
        for link in range(out_start[firm], out_start[firm + 1]):
            part, lost = part_out[link], weight[link] * lacking
            if lost > 0.0:
                if parts[part] == 0.0:
                    places[touched] = part
                    touched += 1
                parts[part] += lost
    for place in range(one.counts[X]):
        one.remaining_sales[links.market[firms[place]]] = -1.0
    return touched


@jit
def sum_markets(links: KernelLinks, one: SingleScenario) -> None:
    """Remaining sales of the markets in which a firm has a loss, 0 for a dead one.

    Summed over all their firms: taking the losses from the total would leave no digits of a nearly dead market.
    """
    sales, x, start = links.sales, one.x, links.market_start
    for place in range(one.counts[X]):
        market = links.market[one.x_firms[place]]
        if one.remaining_sales[market] >= 0.0:
            continue
        left = 0.0
        for firm in range(start[market], start[market + 1]):
            left += sales[firm] * (1.0 - x[firm])
        one.remaining_sales[market] = left if left > links.dead_sales[market] else 0.0


@jit
def worst_parts(links: KernelLinks, one: SingleScenario, touched: int) -> int:
    """The next losses by lost supply, in `following`; returns how many firms have one (they are in `firms`)."""
    parts, places, following, firms = one.parts, one.touched_parts, one.next_loss, one.touched_firms
    part_firm = links.part_firm
    found = 0
    for place in range(touched):
        part = places[place]
        firm, lost = part_firm[part], min(1.0, parts[part])
        parts[part] = 0.0
        if following[firm] == 0.0:
            firms[found] = firm
            found += 1
        following[firm] = max(following[firm], lost)
    return found


@jit
def push_demand(links: KernelLinks, one: SingleScenario) -> int:
    """The next losses by lost demand, in `following`; returns how many firms have one (they are in `firms`)."""
    row_start, part_start, source, weight = links.row_start, links.part_start, links.source, links.up_in
    y, following, firms = one.y, one.next_loss, one.touched_firms
    found = 0
    for place in range(one.counts[Y]):
        firm = one.y_firms[place]
        loss = y[firm]
        for link in range(part_start[row_start[firm]], part_start[row_start[firm + 1]]):
            supplier, lost = source[link], weight[link] * loss
            if lost > 0.0:
                if following[supplier] == 0.0:
                    firms[found] = supplier
                    found += 1
                following[supplier] += lost
    return found


@jit
def replace(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    one: SingleScenario, which: int, losses: Floats, firms: Places, found: int, shocked: Places, floor: Floats
) -> float:
    """Put `following`, at most 1 and at least the shock, in place of the losses; returns the largest fall."""
    following, touched, count = one.next_loss, one.touched_firms, one.counts[which]
    fall = 0.0
    for place in range(found):
        firm = touched[place]
        value = min(1.0, following[firm])
        following[firm] = 0.0
        old = losses[firm]
        if value > old:
            if old == 0.0:
                firms[count] = firm
                count += 1
            fall = max(fall, value - old)
            losses[firm] = value
    one.counts[which] = raise_all(losses, firms, count, shocked, floor)
    return fall
