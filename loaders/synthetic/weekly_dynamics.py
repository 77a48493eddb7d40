"""One week of all firms: they trade, pay and are paid, and those that cannot pay fail. Every channel acts here.

All amounts are in weeks of the firm's own sales; arrays are firms x replicas. With k the strengths, g the gap
(what a firm does not do of what its neighbours count on: 1 - y, and from its failure on 1, fading by FADE a
week while they find others):

    short_j  = k.supply * sum_i need_ij g_i                      goods that do not come (essential; others likewise)
    y_j      = min(1, stock_j + 1 - short_j) * (1 - OTHERS_MATTER * short'_j) * (1 - k.carriers * HELD * g_carrier)
    V_j      = min(MOST, demand_j * (1 - k.demand * sum_c sold_jc g_c)) * y_j
    cash_j  += receipts - payments - fixed costs - drift - fraud - k.guarantees * calls
    L_j      = cash_j + line_j,  fails where L_j < fraud_j + SIGMA * N(0, 1)
    p_j      = Phi(-L_j / SIGMA) + FRAUD_A_WEEK * exp(-L_j / m + (SIGMA / m)**2 / 2) * Phi(L_j / SIGMA - SIGMA / m)

Fraud come to light, or a claim, has chance FRAUD_A_WEEK and exponential size of mean m = MEAN_FRAUD; p_j is the
chance of failing this week given everything before it. Receipts are the sales of `terms` weeks before; a failed
customer's share k.invoices of them never comes, a strained one's comes a week later. Links act with a delay of
one week. Nothing of a firm moves another one except through a strength, so at strength 0 firms are independent
given the shocks, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import ndtr

from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.external_shocks import CLOSURE_A_WEEK, FRAUD_A_WEEK, MEAN_FRAUD, ShockWeek
from supplyrisk.loaders.synthetic.world_plan import NONE, Bools, ContagionStrengths, Floats, Ints

FADE = 0.955
"""What is left of a failed neighbour's gap a week later (half of it in fifteen weeks)."""
OTHERS_MATTER, HELD, MOST = 0.35, 0.6, 2.4
SIGMA = 0.25
"""Payments that happen to fall into the week: their standard deviation in weeks of sales."""
SURE = 8 * SIGMA
"""Means above which no payment that happens to fall into a week can bring a firm down (p < 1e-15)."""
PAYOUT, RESTOCK, LATE = 0.12, 0.25, 0.5
LONGEST = 9
"""Length of the rings of due weeks; terms are shorter."""


@dataclass
class FirmStates:
    """Where firms stand, firms x replicas; receivable and payable are rings of due weeks in front of that.

    gone: failed or closed. gap and strain are what their neighbours feel a week later. ended: no longer
    reckoned; the same as gone, unless the books of those that fail are kept on (`step`).
    """

    cash: Floats
    stock: Floats
    receivable: Floats
    payable: Floats
    gap: Floats
    strain: Floats
    gone: Bools
    ended: Bools

    def copied(self, replicas: int) -> FirmStates:
        """The same state in each of a number of replicas."""
        return FirmStates(*(np.repeat(part, replicas, axis=-1) for part in vars(self).values()))


@dataclass(frozen=True)
class WeekOutcome:
    """What a week came to: sales, chance of default (0 for who is not there), who fails, who closes.

    losses: cash that it took from firms, by channel in the order of CHANNELS.
    """

    sales: Floats
    chance: Floats
    fails: Bools
    closes: Bools
    losses: tuple[Floats, ...]


@dataclass(frozen=True)
class NeighbourEffects:
    """What reaches firms from their neighbours in a week: gaps and strain of the week before, who fails now."""

    gap: Floats
    strain: Floats
    fails: Bools


@dataclass(frozen=True)
class WeekLinks:
    """The links in use in one week, as matrices whose rows are those who feel it.

    needs: essential goods (rows 0 to n - 1) and others (rows n to 2n - 1), by supplier. sold: value over the
    row's sales, by customer. owed: shares of what customers owe the row. called: amounts over the row's sales.
    """

    needs: csr_array
    sold: csr_array
    owed: csr_array
    called: csr_array


class SimulationNetwork:
    """The firms' fixed numbers and links, ready for weeks of replicas."""

    def __init__(self, economy: Economy, strengths: ContagionStrengths) -> None:
        firms, links, given = economy.firms, economy.links, economy.guarantees
        self.economy, self.strengths, self.n = economy, strengths, economy.plan.firms
        self.joined = firms.joined_week[:, None]
        self.line, self.target, self.liked = (part[:, None] for part in (firms.line, firms.cash, firms.stock))
        self.materials, self.fixed = firms.materials[:, None], firms.fixed[:, None]
        self.variable = 1 - self.materials - self.fixed - firms.margin[:, None]
        self.on_credit = np.minimum(1.0, 1 - firms.direct / firms.sales)[:, None]
        self.rows = np.arange(self.n)
        self.terms, self.pays, self.carrier = firms.terms, firms.pays, firms.carrier
        needed = np.where(links.essential, links.customer, self.n + links.customer)
        self._needs = _Matrix(needed, links.supplier, links.need, (2 * self.n, self.n))
        self._sold = _Matrix(
            links.supplier, links.customer, links.value / firms.sales[links.supplier], (self.n, self.n)
        )
        called = np.minimum(given.amount / firms.sales[given.guarantor], 4.0)
        self._called = _Matrix(given.guarantor, given.guaranteed, called, (self.n, self.n))

    def with_strengths(self, strengths: ContagionStrengths) -> SimulationNetwork:
        """The same firms and links under other strengths."""
        other = object.__new__(SimulationNetwork)
        other.__dict__.update(vars(self), strengths=strengths)
        return other

    def wiring(self, week: int) -> WeekLinks:
        """The links and guarantees in use in a week."""
        links, given = self.economy.links, self.economy.guarantees
        used = links.active(week)
        sold = self._sold.of(used)
        total = np.asarray(sold.sum(axis=1)).ravel()
        share = sold.copy()
        share.data = sold.data / np.repeat(np.where(total > 0, total, 1.0), np.diff(sold.indptr))
        standing = (given.start <= week) & (week < given.stop)
        return WeekLinks(self._needs.of(used), sold, share, self._called.of(standing))

    def begin(self) -> FirmStates:
        """All firms before week 0, one replica: steady business."""
        n, firms = self.n, self.economy.firms
        # what was sold and bought in the weeks before is still due; ring place = week modulo LONGEST
        due = (np.arange(LONGEST)[:, None] < firms.terms)[:, :, None] * self.on_credit
        owed = (np.arange(LONGEST)[:, None] < firms.pays)[:, :, None] * self.materials
        none = np.zeros((n, 1))
        return FirmStates(
            cash=(firms.cash * firms.start)[:, None],
            stock=self.liked.copy(),
            receivable=due.astype(np.float64),
            payable=owed.astype(np.float64),
            gap=none.copy(),
            strain=none.copy(),
            gone=none > 0,
            ended=none > 0,
        )


class _Matrix:
    """A sparse matrix of fixed shape, whose entries are in use or not."""

    def __init__(self, row: Ints, column: Ints, value: Floats, shape: tuple[int, int]) -> None:
        self.order = np.lexsort((column, row))
        self.column, self.value, self.shape = column[self.order], value[self.order], shape
        self.row = row[self.order]

    def of(self, used: Bools) -> csr_array:
        """The matrix of the entries in use."""
        at = np.flatnonzero(used[self.order])
        first = np.append(0, np.cumsum(np.bincount(self.row[at], minlength=self.shape[0])))
        return csr_array((self.value[at], self.column[at], first), shape=self.shape)


def step_week(  # noqa: PLR0913 - a week, what moves in it, and two switches
    network: SimulationNetwork,
    wiring: WeekLinks,
    state: FirmStates,
    shock: ShockWeek,
    *,
    audit: bool = False,
    keep: bool = False,
) -> WeekOutcome:
    """Move all firms on by a week, in place.

    audit: say what took their cash, too. keep: the books of a firm that fails are kept on as if it had not,
    for nobody but itself: its chances go on, its neighbours see it fail.
    """
    week, here = shock.number, (network.joined <= shock.number) & ~state.ended
    filled, lost, held = _output(network, wiring, state)
    wanted = np.minimum(shock.demand * (1 - lost), MOST)
    sales = np.where(here, wanted * filled, 0.0)
    late = _collect(network, wiring, state, sales, week)
    _spend(network, state, shock, (sales, here), week)
    left = state.cash + network.line
    chance = np.where(here, _chance(left), 0.0)
    state.cash = state.cash - np.where(here, shock.fraud, 0.0)
    left = left - shock.fraud
    dies = here & (left < SURE)
    dies[dies] = shock.fails[dies] < ndtr(left[dies] / -SIGMA)
    ends = here & ~dies & (shock.closes < CLOSURE_A_WEEK) & (left > SURE)
    fails, closes, sales = dies & ~state.gone, ends & ~state.gone, np.where(state.gone, 0.0, sales)
    unpaid, calls = _settle(network, wiring, state, fails)
    _look(network, state, (fails, closes), filled, week)
    if keep:  # as if the week had spared it: what brought it down is not in its books
        state.cash = state.cash + np.where(dies, shock.fraud, 0.0)
    state.ended = state.ended | ends if keep else state.gone
    if not audit:
        return WeekOutcome(sales, chance, fails, closes, ())
    # what is not filled divides into what was not made for want of goods, and what a carrier holds
    unmade = 1 - np.divide(filled, 1 - held, out=np.zeros_like(sales), where=held < 1)
    both = np.where(unmade + held > 0, unmade + held, 1.0)
    hits = (unmade / both, held / both)
    gain = 1 - network.materials - network.variable
    part = [gain * np.where(here, wanted * (1 - filled), 0.0) * hit for hit in hits]
    orders = gain * np.where(here, shock.demand * lost * filled, 0.0)
    return WeekOutcome(sales, chance, fails, closes, (part[0], orders, unpaid + late, calls, part[1]))


def step_replicas(
    network: SimulationNetwork, wiring: WeekLinks, state: FirmStates, shock: ShockWeek, felt: NeighbourEffects
) -> tuple[Floats, Floats]:
    """Move second books of all firms on by a week, in place: firms that feel others and that nobody feels.

    Returns the chance of failing in this week, and that of still being there after it given what the week
    took (where that failed, the books go on without weight): over all draws,

        PD = E sum_t chance_t * prod_{s < t} left_s.
    """
    here = network.joined <= shock.number
    state.gap, state.strain = felt.gap, felt.strain
    filled, lost, _ = _output(network, wiring, state)
    sales = np.where(here, np.minimum(shock.demand * (1 - lost), MOST) * filled, 0.0)
    _collect(network, wiring, state, sales, shock.number)
    _spend(network, state, shock, (sales, here), shock.number)
    chance = np.where(here, _chance(state.cash + network.line), 0.0)
    state.cash = state.cash - np.where(here, shock.fraud, 0.0)
    after = state.cash + network.line
    _settle(network, wiring, state, felt.fails)
    left = np.full_like(after, 1 - CLOSURE_A_WEEK)
    near = after < SURE
    left[near] = ndtr(after[near] / SIGMA)
    return chance, np.where(here, left, 1.0)


def fail_now(network: SimulationNetwork, wiring: WeekLinks, state: FirmStates, firm: int) -> None:
    """Let one firm fail, in place and in every replica, whatever its cash."""
    fails = np.zeros_like(state.gone)
    fails[firm] = True
    _settle(network, wiring, state, fails)
    state.gap[firm], state.strain[firm], state.gone[firm], state.ended[firm] = 1.0, 0.0, True, True


def _chance(left: Floats) -> Floats:
    """The chance of failing in a week, by what is left to pay with."""
    ratio = SIGMA / MEAN_FRAUD
    chance: Floats = (FRAUD_A_WEEK * np.exp(ratio**2 / 2)) * np.exp(np.minimum(left, 60.0) / -MEAN_FRAUD)
    near = left < SURE
    few = left[near]
    blown = np.exp(few / -MEAN_FRAUD + ratio**2 / 2) * ndtr(few / SIGMA - ratio)
    short = ndtr(few / -SIGMA)
    # P(fraud + noise > left) = P(noise > left) + blown, where there is fraud
    chance[near] = short + FRAUD_A_WEEK * blown
    return chance


def _output(
    network: SimulationNetwork, wiring: WeekLinks, state: FirmStates
) -> tuple[Floats, Floats, Floats]:
    """What of the orders is filled, what share of orders is lost, and what carriers hold of what is made."""
    k, n, none = network.strengths, network.n, np.zeros_like(state.cash)
    if k == NONE:
        return np.ones_like(state.cash), none, none
    short = k.supply * (wiring.needs @ state.gap) if k.supply else np.zeros((2 * n, state.cash.shape[1]))
    arrives = 1 - np.minimum(short[:n], 1.0)
    made = np.minimum(1.0, state.stock + arrives)
    again = RESTOCK * arrives * np.maximum(network.liked - state.stock, 0.0)
    state.stock = np.maximum(state.stock + arrives + again - made, 0.0)
    made = made * (1 - OTHERS_MATTER * np.minimum(short[n:], 1.0))
    held = none
    if k.carriers:
        held = k.carriers * HELD * state.gap[network.carrier]
        held[network.carrier == network.rows] = 0.0
    filled = made * (1 - held)
    lost = np.minimum(k.demand * (wiring.sold @ state.gap), 0.95) if k.demand else none
    return filled, lost, held


def _collect(
    network: SimulationNetwork, wiring: WeekLinks, state: FirmStates, sales: Floats, week: int
) -> Floats:
    """Take in what is paid at once and what is due, and put the rest into the ring; what comes late."""
    k, place = network.strengths, week % LONGEST
    due, slow = state.receivable[place], np.zeros_like(sales)
    if k.invoices:
        slow = due * np.minimum(k.invoices * LATE * (wiring.owed @ state.strain), 1.0)
    state.cash = state.cash + (1 - network.on_credit) * sales + (due - slow)
    state.receivable[place] = 0.0
    state.receivable[(place + 1) % LONGEST] += slow
    state.receivable[(week + network.terms) % LONGEST, network.rows] += network.on_credit * sales
    return slow


def _spend(
    network: SimulationNetwork, state: FirmStates, shock: ShockWeek, business: tuple[Floats, Bools], week: int
) -> None:
    """Pay what is due and what the week costs; of what is held above the target a part is paid out."""
    sales, here = business
    place = week % LONGEST
    costs = state.payable[place] + (network.variable + shock.cost) * sales
    costs = costs + network.fixed * shock.growth + shock.drift
    state.payable[place] = 0.0
    state.payable[(week + network.pays) % LONGEST, network.rows] += network.materials * sales
    cash = state.cash - np.where(here, costs, 0.0)
    state.cash = cash - PAYOUT * np.maximum(cash - network.target, 0.0)


def _settle(
    network: SimulationNetwork, wiring: WeekLinks, state: FirmStates, fails: Bools
) -> tuple[Floats, Floats]:
    """What failed customers owed is struck off the ring, guarantors pay: the two losses of this week."""
    k, none = network.strengths, np.zeros_like(state.cash)
    unpaid, calls, now = none, none, fails.any(axis=1)
    if not now.any():
        return unpaid, calls
    failed = fails.astype(np.float64)
    if k.invoices:
        share = k.invoices * np.minimum(wiring.owed @ failed, 1.0)
        hit = np.flatnonzero(share.any(axis=1))
        before = state.receivable[:, hit]
        state.receivable[:, hit] = before * (1 - share[hit])
        unpaid = none.copy()
        unpaid[hit] = (before * share[hit]).sum(axis=0)
    if k.guarantees:
        calls = k.guarantees * (wiring.called @ failed)
        state.cash = state.cash - calls
    return unpaid, calls


def _look(
    network: SimulationNetwork, state: FirmStates, ends: tuple[Bools, Bools], filled: Floats, week: int
) -> None:
    """What the neighbours of each firm will feel next week."""
    fails, closes = ends
    if network.strengths == NONE:  # nobody looks
        state.gone = state.gone | fails | closes
        return
    here = (network.joined <= week) & ~state.gone
    gap = np.where(here, 1 - filled, FADE * state.gap)
    state.gap = np.where(fails, 1.0, np.where(closes, 0.0, gap))
    state.gone = state.gone | fails | closes
    tight = 1 - (state.cash + network.line) / (0.5 * (network.target + network.line))
    state.strain = np.where(here & ~state.gone, np.clip(tight, 0.0, 1.0), 0.0)
