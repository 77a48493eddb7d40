"""One week of all firms: they trade, pay and collect, and those that cannot pay default. Every channel acts here.

All amounts are in weeks of the firm's own sales; arrays are firms x replicas. With k the strengths and g the gap
(the part of its usual business with neighbours that a firm does not do: 1 - y, and 1 at its default, then falling
by the factor FADE each week while the neighbours find replacements):

    short_j  = k.supply * sum_i need_ij g_i              goods that do not arrive (short: essential, short': other)
    y_j      = min(1, stock_j + 1 - short_j) * (1 - OTHER_INPUTS_WEIGHT * short'_j)
               * (1 - k.carriers * CARRIED_SHARE * g_carrier)
    V_j      = min(MAX_DEMAND, demand_j * (1 - k.demand * sum_c sold_jc g_c)) * y_j
    cash_j  += receipts - payments - fixed costs - drift - fraud - k.guarantees * calls
    L_j      = cash_j + credit line_j;   j defaults where L_j < fraud_j + SIGMA * N(0, 1)
    p_j      = Phi(-L_j / SIGMA) + q * exp(-L_j / m + (SIGMA / m)**2 / 2) * Phi(L_j / SIGMA - SIGMA / m)

Fraud, or a claim, comes with chance q = WEEKLY_FRAUD_CHANCE and has exponential size of mean m = MEAN_FRAUD. p_j is
the hazard: the probability of default in this week given all that happened before it. Receipts are the sales of
`credit_weeks` weeks before; the share k.invoices of what a failed customer owes is lost, and a share of what a
customer short of cash owes arrives a week late. Links act with a delay of one week. A firm affects another one only
through a strength, so with all strengths 0 firms are independent given the shocks, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from supplyrisk.loaders.synthetic.external_shocks import (
    MEAN_FRAUD,
    WEEKLY_CLOSURE_CHANCE,
    WEEKLY_FRAUD_CHANCE,
    ShockWeek,
)
from supplyrisk.loaders.synthetic.simulation_network import (
    RING_WEEKS,
    FirmStates,
    SimulationNetwork,
    WeekLinks,
)
from supplyrisk.loaders.synthetic.world_plan import NO_CONTAGION, Bools, Floats

FADE = 0.955
"""Factor by which a failed firm's gap falls each week (half of it is left after fifteen weeks)."""
OTHER_INPUTS_WEIGHT = 0.35
"""Share of output that is lost without any goods that are not essential."""
CARRIED_SHARE = 0.6
"""Share of output that depends on the firm's carrier."""
MAX_DEMAND = 2.4
"""Most that a firm can sell in a week, in weeks of its usual sales."""
SIGMA = 0.25
"""Standard deviation of payments that happen to fall into a week, in weeks of sales."""
SAFE_LIQUIDITY = 8 * SIGMA
"""Cash and credit line from which such payments cannot cause a default (p < 1e-15)."""
PAYOUT = 0.12
"""Share of cash above target that is paid out to the owners each week."""
RESTOCK = 0.25
"""Share of missing stock that is bought each week, as far as goods arrive."""
LATE_SHARE = 0.5
"""Share of its invoices that a customer without any liquidity pays a week late, at k.invoices = 1."""
MAX_ORDERS_LOST = 0.95
"""Largest share of its orders that a firm can lose to failed customers."""


@dataclass(frozen=True)
class WeekOutcome:
    """What happened in a week, firms x replicas.

    Parameters
    ----------
    sales: in weeks of sales; 0 for firms that have exited.
    hazard: probability of default in the week given everything before it; 0 for firms not active.
    fails, closes: which firms default and which close.
    losses: cash lost through each channel, in the order of CHANNELS; empty unless audited.
    """

    sales: Floats
    hazard: Floats
    fails: Bools
    closes: Bools
    losses: tuple[Floats, ...]


@dataclass(frozen=True)
class NeighbourEffects:
    """What firms feel of their neighbours in a week: gap and strain of the week before, and defaults now."""

    gap: Floats
    strain: Floats
    fails: Bools


def step_week(
    network: SimulationNetwork,
    links: WeekLinks,
    state: FirmStates,
    shock: ShockWeek,
    *,
    continue_after_default: bool = False,
) -> WeekOutcome:
    """Advance all firms by a week, in place.

    Parameters
    ----------
    network, links: the firms, and the links in use in this week.
    state: the firms at the end of the week before; changed in place.
    shock: the week's external shocks.
    continue_after_default: keep simulating a firm that defaults as if it had not, in its own accounts only: it goes
        on having hazards, while its neighbours see it fail.
    """
    return _step(network, links, state, shock, continue_after_default).outcome


def step_week_audited(
    network: SimulationNetwork,
    links: WeekLinks,
    state: FirmStates,
    shock: ShockWeek,
    *,
    continue_after_default: bool = False,
) -> WeekOutcome:
    """Advance all firms by a week as `step_week` does, and report what the channels took from each firm.

    Losses are in weeks of sales, each valued as if it came alone.
    """
    week = _step(network, links, state, shock, continue_after_default)
    output = week.output
    # unfilled orders divide into goods not produced for want of inputs, and goods that a carrier holds up
    unmade = 1 - np.divide(
        output.filled, 1 - output.held, out=np.zeros_like(week.outcome.sales), where=output.held < 1
    )
    unfilled = np.where(unmade + output.held > 0, unmade + output.held, 1.0)
    # what a lost sale would have earned; fixed costs are paid anyway
    gain = 1 - network.materials - network.variable
    supply_share = unmade / unfilled
    carrier_share = output.held / unfilled
    unfilled_orders = np.where(week.active, week.orders * (1 - output.filled), 0.0)
    lost_orders = np.where(week.active, shock.demand * output.lost * output.filled, 0.0)
    losses = (
        gain * unfilled_orders * supply_share,
        gain * lost_orders,
        week.unpaid + week.late,
        week.calls,
        gain * unfilled_orders * carrier_share,
    )
    outcome = week.outcome
    return WeekOutcome(outcome.sales, outcome.hazard, outcome.fails, outcome.closes, losses)


@dataclass(frozen=True)
class _Output:
    """Shares of orders filled, of orders lost, and of output held up by carriers, firms x replicas."""

    filled: Floats
    lost: Floats
    held: Floats


@dataclass(frozen=True)
class _Week:
    """A week's outcome with the flows behind it, firms x replicas, in weeks of sales."""

    outcome: WeekOutcome
    output: _Output
    active: Bools
    orders: Floats
    late: Floats
    unpaid: Floats
    calls: Floats


def _step(
    network: SimulationNetwork,
    links: WeekLinks,
    state: FirmStates,
    shock: ShockWeek,
    continue_after_default: bool,
) -> _Week:
    """Advance all firms by a week, in place; see `step_week`."""
    active = (network.joined <= shock.week) & ~state.inactive
    output = _compute_output(network, links, state)
    orders = np.minimum(shock.demand * (1 - output.lost), MAX_DEMAND)
    sales = np.where(active, orders * output.filled, 0.0)
    late = _collect(network, links, state, sales, shock.week)
    _spend(network, state, shock, sales, active)
    liquidity = state.cash + network.credit_line
    # the hazard is taken before fraud is known: it integrates over fraud and over chance payments
    hazard = np.where(active, _hazard(liquidity), 0.0)
    state.cash = state.cash - np.where(active, shock.fraud, 0.0)
    liquidity = liquidity - shock.fraud
    defaults = active & (liquidity < SAFE_LIQUIDITY)
    # the normal distribution is evaluated only where it can matter
    defaults[defaults] = shock.default_draw[defaults] < ndtr(liquidity[defaults] / -SIGMA)
    leaves = active & ~defaults & (shock.closure_draw < WEEKLY_CLOSURE_CHANCE) & (liquidity > SAFE_LIQUIDITY)
    # a firm that goes on after its default may "default" again in its own accounts; others saw it once
    fails = defaults & ~state.exited
    closes = leaves & ~state.exited
    sales = np.where(state.exited, 0.0, sales)
    unpaid, calls = _settle_defaults(network, links, state, fails)
    outcome = WeekOutcome(sales, hazard, fails, closes, ())
    _update_neighbour_effects(network, state, outcome, output.filled, shock.week)
    if continue_after_default:
        # as if the week had spared the firm: the fraud that brought it down is not in its accounts
        state.cash = state.cash + np.where(defaults, shock.fraud, 0.0)
    state.inactive = state.inactive | leaves if continue_after_default else state.exited
    return _Week(outcome, output, active, orders, late, unpaid, calls)


def step_replicas(
    network: SimulationNetwork,
    links: WeekLinks,
    state: FirmStates,
    shock: ShockWeek,
    felt: NeighbourEffects,
) -> tuple[Floats, Floats]:
    """Advance importance-sampled replicas of all firms by a week, in place: they feel others, no firm feels them.

    Over all draws,

        PD = E sum_t hazard_t * prod_{s < t} survival_s.

    Parameters
    ----------
    network, links, shock: as in `step_week`.
    state: the replicas' own states; gap and strain are overwritten with `felt`.
    felt: what the simulation's own firms do to their neighbours in this week.

    Returns
    -------
    hazard: probability of default in this week, before it is known what the week took.
    survival: probability of still being active after the week, given what it took. A firm whose draws would have
        ended it goes on without weight.
    """
    present = network.joined <= shock.week
    state.gap = felt.gap
    state.strain = felt.strain
    output = _compute_output(network, links, state)
    sales = np.where(present, np.minimum(shock.demand * (1 - output.lost), MAX_DEMAND) * output.filled, 0.0)
    _collect(network, links, state, sales, shock.week)
    _spend(network, state, shock, sales, present)
    hazard = np.where(present, _hazard(state.cash + network.credit_line), 0.0)
    state.cash = state.cash - np.where(present, shock.fraud, 0.0)
    # before this week's guarantee calls: they can only bring a firm down in the next week
    liquidity = state.cash + network.credit_line
    _settle_defaults(network, links, state, felt.fails)
    survival = np.full_like(liquidity, 1 - WEEKLY_CLOSURE_CHANCE)
    near = liquidity < SAFE_LIQUIDITY
    survival[near] = ndtr(liquidity[near] / SIGMA)
    return hazard, np.where(present, survival, 1.0)


def force_default(network: SimulationNetwork, links: WeekLinks, state: FirmStates, firm: int) -> None:
    """Let one firm default, in place and in every replica, whatever its cash."""
    fails = np.zeros_like(state.exited)
    fails[firm] = True
    _settle_defaults(network, links, state, fails)
    state.gap[firm] = 1.0
    state.strain[firm] = 0.0
    state.exited[firm] = True
    state.inactive[firm] = True


def _hazard(liquidity: Floats) -> Floats:
    """Compute the probability of default in a week from liquidity (cash and credit line, in weeks of sales).

        P(fraud + noise > L) = P(noise > L) + q exp(-L / m + (SIGMA / m)^2 / 2) Phi(L / SIGMA - SIGMA / m)

    with noise ~ N(0, SIGMA^2), and fraud exponential of mean m = MEAN_FRAUD with chance q, else 0.
    """
    ratio = SIGMA / MEAN_FRAUD
    # far from 0 the noise cannot matter and Phi is 1; the cap at 60 keeps the result above 0
    hazard: Floats = (WEEKLY_FRAUD_CHANCE * np.exp(ratio**2 / 2)) * np.exp(
        np.minimum(liquidity, 60.0) / -MEAN_FRAUD
    )
    near = liquidity < SAFE_LIQUIDITY
    low = liquidity[near]
    by_fraud = np.exp(low / -MEAN_FRAUD + ratio**2 / 2) * ndtr(low / SIGMA - ratio)
    by_noise = ndtr(low / -SIGMA)
    hazard[near] = by_noise + WEEKLY_FRAUD_CHANCE * by_fraud
    return hazard


def _compute_output(network: SimulationNetwork, links: WeekLinks, state: FirmStates) -> _Output:
    """Compute output and lost orders from the neighbours' gaps, and update stocks in place."""
    strengths = network.strengths
    n = network.n
    zeros = np.zeros_like(state.cash)
    if strengths == NO_CONTAGION:
        return _Output(np.ones_like(state.cash), zeros, zeros)
    short = np.zeros((2 * n, state.cash.shape[1]))
    if strengths.supply:
        short = strengths.supply * (links.needs @ state.gap)
    arrives = 1 - np.minimum(short[:n], 1.0)
    produced = np.minimum(1.0, state.stock + arrives)
    # stock is refilled in proportion to what arrives: from a failed supplier nothing can be bought ahead
    restocked = RESTOCK * arrives * np.maximum(network.target_stock - state.stock, 0.0)
    state.stock = np.maximum(state.stock + arrives + restocked - produced, 0.0)
    produced = produced * (1 - OTHER_INPUTS_WEIGHT * np.minimum(short[n:], 1.0))
    held = zeros
    if strengths.carriers:
        held = strengths.carriers * CARRIED_SHARE * state.gap[network.carrier]
        # a carrier's own gap is in its output already
        held[network.carrier == network.rows] = 0.0
    filled = produced * (1 - held)
    lost = zeros
    if strengths.demand:
        lost = np.minimum(strengths.demand * (links.sold @ state.gap), MAX_ORDERS_LOST)
    return _Output(filled, lost, held)


def _collect(
    network: SimulationNetwork, links: WeekLinks, state: FirmStates, sales: Floats, week: int
) -> Floats:
    """Collect cash sales and receivables due, and book sales on credit; return what is paid a week late."""
    strengths = network.strengths
    place = week % RING_WEEKS
    due = state.receivable[place]
    late = np.zeros_like(sales)
    if strengths.invoices:
        late = due * np.minimum(strengths.invoices * LATE_SHARE * (links.owed @ state.strain), 1.0)
    state.cash = state.cash + (1 - network.on_credit) * sales + (due - late)
    # the place must be cleared before new sales are booked: a later week shares it
    state.receivable[place] = 0.0
    state.receivable[(place + 1) % RING_WEEKS] += late
    state.receivable[(week + network.credit_weeks) % RING_WEEKS, network.rows] += network.on_credit * sales
    return late


def _spend(
    network: SimulationNetwork, state: FirmStates, shock: ShockWeek, sales: Floats, active: Bools
) -> None:
    """Pay suppliers and the week's costs, book purchases on credit, and pay out a part of cash above target."""
    place = shock.week % RING_WEEKS
    costs = state.payable[place] + (network.variable + shock.cost) * sales
    # fixed costs and the loss by mismanagement do not depend on sales
    costs = costs + network.fixed * shock.growth + shock.drift
    state.payable[place] = 0.0
    state.payable[(shock.week + network.payment_weeks) % RING_WEEKS, network.rows] += (
        network.materials * sales
    )
    cash = state.cash - np.where(active, costs, 0.0)
    state.cash = cash - PAYOUT * np.maximum(cash - network.target_cash, 0.0)


def _settle_defaults(
    network: SimulationNetwork, links: WeekLinks, state: FirmStates, fails: Bools
) -> tuple[Floats, Floats]:
    """Write off what failed customers owe and pay guarantee calls, in place; return both losses of this week."""
    strengths = network.strengths
    zeros = np.zeros_like(state.cash)
    unpaid = zeros
    calls = zeros
    if not fails.any():
        return unpaid, calls
    failed = fails.astype(np.float64)
    if strengths.invoices:
        share = strengths.invoices * np.minimum(links.owed @ failed, 1.0)
        # few firms have a failed customer: only their rings are copied
        hit = np.flatnonzero(share.any(axis=1))
        before = state.receivable[:, hit]
        state.receivable[:, hit] = before * (1 - share[hit])
        unpaid = zeros.copy()
        unpaid[hit] = (before * share[hit]).sum(axis=0)
    if strengths.guarantees:
        calls = strengths.guarantees * (links.called @ failed)
        state.cash = state.cash - calls
    return unpaid, calls


def _update_neighbour_effects(
    network: SimulationNetwork, state: FirmStates, outcome: WeekOutcome, filled: Floats, week: int
) -> None:
    """Set gap and strain, which the neighbours feel in the next week, and mark the firms that exit."""
    fails = outcome.fails
    closes = outcome.closes
    if network.strengths == NO_CONTAGION:
        # no firm feels a neighbour, so gap and strain are left alone
        state.exited = state.exited | fails | closes
        return
    present = (network.joined <= week) & ~state.exited
    gap = np.where(present, 1 - filled, FADE * state.gap)
    # a default leaves a gap of full size, an orderly closure none
    state.gap = np.where(fails, 1.0, np.where(closes, 0.0, gap))
    state.exited = state.exited | fails | closes
    # 0 with half the target liquidity, 1 with none
    tight = 1 - (state.cash + network.credit_line) / (0.5 * (network.target_cash + network.credit_line))
    state.strain = np.where(present & ~state.exited, np.clip(tight, 0.0, 1.0), 0.0)
