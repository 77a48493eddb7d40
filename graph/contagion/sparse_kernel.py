"""The first steps of one scenario, over the firms that have a loss: a closure reaches few firms in them.

The same steps as in `dense_kernel`, but pushed from the firms with a loss to their customers and suppliers.
"""

from __future__ import annotations

from supplyrisk.graph.contagion.arrays import Channel, Floats, Links, Places, Rules, Shocks, Single
from supplyrisk.graph.contagion.compiling import jit


@jit
def start_single(rules: Rules, shocks: Shocks, scenario: int, one: Single) -> None:
    """Step 2: nothing but the shock."""
    first, last = shocks.start[scenario], shocks.start[scenario + 1]
    one.supply.size[0] = one.demand.size[0] = 0
    raise_all(one.supply, shocks.firm[first:last], shocks.down[first:last])
    if rules.demand:
        raise_all(one.demand, shocks.firm[first:last], shocks.up[first:last])


@jit
def step_single(links: Links, rules: Rules, shocks: Shocks, scenario: int, one: Single) -> float:
    """One step of steps 3 to 7; returns the largest fall."""
    first, last = shocks.start[scenario], shocks.start[scenario + 1]
    found = worst_parts(links, one, push_supply(links, rules.substitution, one))
    fall = replace(one, one.supply, found)
    raise_all(one.supply, shocks.firm[first:last], shocks.down[first:last])
    if rules.demand:
        fall = max(fall, replace(one, one.demand, push_demand(links, one)))
        raise_all(one.demand, shocks.firm[first:last], shocks.up[first:last])
    return fall


@jit
def raise_to(channel: Channel, firm: int, loss: float) -> float:
    """Raise a firm's loss to at least a value, adding the firm to the list where it had none; returns the rise."""
    old = channel.loss[firm]
    if loss <= old:
        return 0.0
    if old == 0.0:
        channel.firms[channel.size[0]] = firm
        channel.size[0] += 1
    channel.loss[firm] = loss
    return float(loss - old)


@jit
def raise_all(channel: Channel, shocked: Places, floor: Floats) -> None:
    """Raise losses to at least the shock."""
    for place in range(len(shocked)):
        raise_to(channel, shocked[place], floor[place])


@jit
def listed(values: Floats, place: int, places: Places, found: int) -> int:
    """The length of a list of places with a value, to which a place that is about to get one is added."""
    if values[place] == 0.0:
        places[found] = place
        found += 1
    return found


@jit
def push_supply(links: Links, substitution: bool, one: Single) -> int:
    """Add what customers lack to their parts; returns how many parts were touched (they are in `places`)."""
    out_start, part_out, weight = links.out_start, links.part_out, links.down_out
    x, firms, count = one.supply.loss, one.supply.firms, one.supply.size[0]
    if substitution:
        sum_markets(links, one)
    touched = 0
    for place in range(count):
        firm = firms[place]
        lacking = x[firm]
        left = one.left[links.market[firm]]
        if left > 0.0:
            lacking *= min(1.0, links.sales[firm] / left)
        for link in range(out_start[firm], out_start[firm + 1]):
            part, lost = part_out[link], weight[link] * lacking
            if lost > 0.0:
                touched = listed(one.parts, part, one.places, touched)
                one.parts[part] += lost
    for place in range(count):
        one.left[links.market[firms[place]]] = -1.0
    return touched


@jit
def sum_markets(links: Links, one: Single) -> None:
    """Remaining sales of the markets in which a firm has a loss, 0 for a dead one.

    Summed over all their firms: taking the losses from the total would leave no digits of a nearly dead market.
    """
    sales, x, start = links.sales, one.supply.loss, links.market_start
    for place in range(one.supply.size[0]):
        market = links.market[one.supply.firms[place]]
        if one.left[market] >= 0.0:
            continue
        left = 0.0
        for firm in range(start[market], start[market + 1]):
            left += sales[firm] * (1.0 - x[firm])
        one.left[market] = left if left > links.dead[market] else 0.0


@jit
def worst_parts(links: Links, one: Single, touched: int) -> int:
    """The next losses by lost supply, in `following`; returns how many firms have one (they are in `firms`)."""
    found = 0
    for place in range(touched):
        part = one.places[place]
        firm, lost = links.part_firm[part], min(1.0, one.parts[part])
        one.parts[part] = 0.0
        found = listed(one.following, firm, one.firms, found)
        one.following[firm] = max(one.following[firm], lost)
    return found


@jit
def push_demand(links: Links, one: Single) -> int:
    """The next losses by lost demand, in `following`; returns how many firms have one (they are in `firms`)."""
    row_start, part_start, source, weight = links.row_start, links.part_start, links.source, links.up_in
    found = 0
    for place in range(one.demand.size[0]):
        firm = one.demand.firms[place]
        loss = one.demand.loss[firm]
        for link in range(part_start[row_start[firm]], part_start[row_start[firm + 1]]):
            supplier, lost = source[link], weight[link] * loss
            if lost > 0.0:
                found = listed(one.following, supplier, one.firms, found)
                one.following[supplier] += lost
    return found


@jit
def replace(one: Single, channel: Channel, found: int) -> float:
    """Put `following`, at most 1, in place of the losses, which never fall; returns the largest rise."""
    fall = 0.0
    for place in range(found):
        firm = one.firms[place]
        fall = max(fall, raise_to(channel, firm, min(1.0, one.following[firm])))
        one.following[firm] = 0.0
    return fall
