"""Latent distances to default of linked firms: drawing a world, its history, and its true PDs.

Each firm has a latent distance to default that drifts, damage is passed along links when a partner fails or its
distance falls, and the tables (`latent_tables`) hold noisy readings of both. A week of firm i, with D_i the damage that
it works off:

    x_i(t+1) = x_i(t) + PULL * (target_i - x_i(t)) - D_i(t) + sector shocks + NOISE * N(0, 1) - blow_i(t)
    D_i(t+1) = PERSISTENCE * D_i(t) + sum over partners j of (a_ij [j fails in week t] + b_ij shortfall_j(t+1))

Blows are rare and exponential. A firm fails when its distance hits 0, also between two weeks (Brownian bridge).
a and b are proportional to the share of its purchases or sales that depends on the partner. Nothing here is taken from
`loaders/synthetic`, so that a model which is tuned on those worlds meets another mechanism.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

Floats = NDArray[np.float64]
Cells = NDArray[np.float32]
"""[firms, replicas]; half the memory of doubles, and far more exact than the replicas are."""
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

INDUSTRIES = 8
REGIONS = 6
BURN_IN = 60
"""Weeks before the history; nobody fails in them, and early statements describe them."""
PULL = 0.03
"""Weekly pull of a distance towards its target: a deviation halves in 23 weeks."""
NOISE = 0.22
INDUSTRY_NOISE = 0.05
REGION_NOISE = 0.03
CELL_NOISE = 0.04
TARGET_SPREAD = 0.6
BLOWS = 0.004
"""Chance of a blow in a week: fraud, a claim, a lost court case."""
BLOW_MEAN = 0.8
PERSISTENCE = 0.85
FAILURE_LOSS = 3.0
"""Distance lost, over all weeks, by a firm that depends wholly on a partner that fails."""
DISTRESS_LOSS = 1.2
"""How far the target of a firm that depends wholly on a partner falls while that partner's distance is 0."""
GUARANTEE_LOSS = 1.2
OWNER_LOSS = 0.8
DISTRESS_BELOW = 1.0
"""A partner's distance below this is passed on."""
PURCHASES_IN_BOOK = 0.8
SALES_IN_BOOK = 0.7
"""Shares of purchases and sales that are with firms of the world; the rest passes nothing on."""
JOINING = 0.08
"""Share of the firms that join within a year of history."""
DAYS = 7


@dataclass(frozen=True)
class Firms:
    """Lasting traits [firms]; joined: the week from which the firm trades and can fail (0: before the history)."""

    industry: Ints
    region: Ints
    size: Floats
    target: Floats
    joined: Ints

    def __len__(self) -> int:
        return len(self.size)


@dataclass(frozen=True)
class Trades:
    """Trade links [links] in weeks from start to before stop; amount: money a week."""

    supplier: Ints
    customer: Ints
    amount: Floats
    start: Ints
    stop: Ints


@dataclass(frozen=True)
class Relations:
    """Guarantees (from guarantor to guaranteed) and ownership (from owner to firm) [relations]; weight in (0, 1]."""

    source: Ints
    target: Ints
    guarantee: Bools
    weight: Floats


@dataclass(frozen=True)
class World:
    """A drawn world. damage: factor on everything that is passed on."""

    firms: Firms
    trades: Trades
    relations: Relations
    weeks: int
    damage: float
    seed: int


@dataclass(frozen=True)
class Channels:
    """What passes damage on in a week, sorted by receiver: weights of a partner's failure and of its shortfall."""

    receiver: Ints
    partner: Ints
    failure: Cells
    distress: Cells

    def passed_on(self, failing: Bools, shortfall: Cells) -> Cells:
        """Damage [firms, replicas] that arrives in a week."""
        arrived = np.zeros(shortfall.shape, np.float32)
        if len(self.receiver) == 0:
            return arrived
        first = np.flatnonzero(np.diff(self.receiver, prepend=-1))
        flows = self.distress[:, None] * shortfall[self.partner]
        flows += self.failure[:, None] * failing[self.partner]
        arrived[self.receiver[first]] = np.add.reduceat(flows, first)
        return arrived


@dataclass
class State:
    """Distances, damage and survival [firms, replicas] at the end of a week."""

    distance: Cells
    damage: Cells
    alive: Bools


@dataclass(frozen=True)
class History:
    """What happened. distance [BURN_IN + weeks, firms]; failed_in [firms]: week, or -1; state after the last week."""

    distance: Cells
    failed_in: Ints
    state: State


@dataclass(frozen=True)
class Truth:
    """Failures to come [firms, weeks], by halves of the replicas [2, ...].

    expected: chance of failing in each week, averaged over replicas; counted: share of replicas that failed in it.
    """

    expected: Floats
    counted: Floats

    def pd(self, days: int) -> Floats:
        """Probability of default [firms] within a number of days."""
        return within(self.expected.mean(0), days)


def within(by_week: Floats, days: int) -> Floats:
    """Probability [..., firms] up to a day, from those of each week; the day within a week is uniform."""
    share = np.clip(days / DAYS - np.arange(by_week.shape[-1]), 0, 1)
    # A sum of chances, each given survival in its replica, is unbiased but may exceed 1 by chance.
    return np.minimum(by_week @ share, 1.0)


def draw_world(seed: int, firms: int, weeks: int, base_rate: float, damage: float) -> World:
    """Draw firms and links, and set the mean target so that base_rate of the firms fail within 180 days."""
    rng = np.random.default_rng([seed, 1])
    size = np.exp(1.1 * rng.standard_normal(firms)) * 20_000
    industry = rng.integers(0, INDUSTRIES, firms)
    region = rng.integers(0, REGIONS, firms)
    # Quality is partly shared within industry and region: similar failures there are not contagion.
    shared = 0.35 * rng.standard_normal((INDUSTRIES, REGIONS))[industry, region]
    target = TARGET_SPREAD * rng.standard_normal(firms) + shared
    joins = rng.random(firms) < JOINING * weeks / 52
    joined = np.where(joins, rng.integers(1, weeks, firms), 0)
    traits = Firms(industry, region, size, target, joined)
    world = World(traits, _trades(rng, traits, weeks), _relations(rng, traits), weeks, damage, seed)
    return _at_rate(world, base_rate)


def _trades(rng: np.random.Generator, firms: Firms, weeks: int) -> Trades:
    """Every customer has places for suppliers; a place changes its supplier every three years on average."""
    places = np.minimum(1 + rng.geometric(0.4, len(firms)), 7)
    customer = np.repeat(np.arange(len(firms)), places)
    dependence = rng.gamma(0.8, 1.0, len(customer)) + 0.05
    total = np.bincount(customer, dependence, len(firms))
    amount = 0.6 * PURCHASES_IN_BOOK * firms.size[customer] * dependence / total[customer]
    start = np.full(len(customer), -BURN_IN)
    columns: list[tuple[Ints, Ints, Floats, Ints, Ints]] = []
    while len(customer):
        stop = start + 1 + rng.exponential(156, len(start)).astype(np.int64)
        supplier = _suppliers(rng, firms, customer)
        # Nobody trades before both ends have joined, nor with itself.
        begin = np.maximum(start, np.maximum(firms.joined[supplier], firms.joined[customer]))
        real = (supplier != customer) & (begin < stop) & (begin < weeks)
        columns.append((supplier[real], customer[real], amount[real], begin[real], stop[real]))
        going_on = stop < weeks
        customer, amount, start = customer[going_on], amount[going_on], stop[going_on]
    return Trades(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def _suppliers(rng: np.random.Generator, firms: Firms, customer: Ints) -> Ints:
    """A supplier per place: the larger the likelier, often of the same region or of similar quality (homophily)."""
    odds = np.cumsum(np.sqrt(firms.size))
    options = np.searchsorted(odds, rng.random((len(customer), 6)) * odds[-1]).clip(0, len(firms) - 1)
    near = firms.region[options] == firms.region[customer][:, None]
    alike = -np.abs(firms.target[options] - firms.target[customer][:, None])
    rule = rng.random(len(customer))[:, None]
    score = np.where(rule < 0.5, near * 1.0, np.where(rule < 0.75, alike, 0.0))
    chosen: Ints = options[np.arange(len(customer)), np.argmax(score, axis=1)]
    return chosen


def _relations(rng: np.random.Generator, firms: Firms) -> Relations:
    """Guarantees of a fifth of the firms and owners of a sixth."""
    count = len(firms)
    parts = []
    for guarantee, share in ((True, 0.2), (False, 0.16)):
        source, target = rng.integers(0, count, (2, int(share * count)))
        real = source != target
        weight = rng.uniform(0.2, 1.0, len(source))
        parts.append((source[real], target[real], np.full(real.sum(), guarantee), weight[real]))
    return Relations(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _at_rate(world: World, base_rate: float) -> World:
    """The world with all targets moved so that a pilot (other random numbers) has the base rate."""
    low, high = 0.0, 8.0
    for _ in range(9):
        middle = (low + high) / 2
        pilot = history_of(_moved(world, middle), np.random.default_rng([world.seed, 2]), replicas=4)
        years = pilot.state.alive.sum() * world.weeks * DAYS / 180
        too_many = (~pilot.state.alive).sum() / max(years, 1e-9) > base_rate
        low, high = (middle, high) if too_many else (low, middle)
    return _moved(world, (low + high) / 2)


def _moved(world: World, by: float) -> World:
    firms = world.firms
    moved = Firms(firms.industry, firms.region, firms.size, firms.target + by, firms.joined)
    return World(moved, world.trades, world.relations, world.weeks, world.damage, world.seed)


def channels(world: World, week: int, alive: Bools) -> Channels:
    """The channels of a week between firms that are alive [firms]."""
    trades = world.trades
    firms = len(world.firms)
    on = (trades.start <= week) & (week < trades.stop) & alive[trades.supplier] & alive[trades.customer]
    supplier, customer, amount = trades.supplier[on], trades.customer[on], trades.amount[on]
    bought = np.bincount(customer, amount, firms)[customer]
    sold = np.bincount(supplier, amount, firms)[supplier]
    share = np.concatenate([PURCHASES_IN_BOOK * amount / bought, SALES_IN_BOOK * amount / sold])
    links = world.relations
    weight = np.where(links.guarantee, GUARANTEE_LOSS, OWNER_LOSS) * links.weight
    # A guarantor pays when the guaranteed firm fails; a firm suffers with its owner.
    hit = np.where(links.guarantee, links.source, links.target)
    cause = np.where(links.guarantee, links.target, links.source)
    receiver = np.concatenate([customer, supplier, hit])
    partner = np.concatenate([supplier, customer, cause])
    failure = np.concatenate([FAILURE_LOSS * share, weight]) * (1 - PERSISTENCE)
    distress = np.concatenate([DISTRESS_LOSS * share, np.where(links.guarantee, 0.0, weight)])
    distress *= PULL * (1 - PERSISTENCE)
    order = np.argsort(receiver, kind="stable")
    factor = np.float32(world.damage)
    return Channels(
        receiver[order],
        partner[order],
        failure[order].astype(np.float32) * factor,
        distress[order].astype(np.float32) * factor,
    )


def history_of(world: World, rng: np.random.Generator, replicas: int = 1) -> History:
    """The weeks of the world. With several replicas (a pilot) links outlive their ends, and only counts are used."""
    firms = world.firms
    shape = (len(firms), replicas)
    spread = rng.standard_normal(shape).astype(np.float32)
    start = np.maximum(firms.target[:, None] + 0.7 * spread, 0.5).astype(np.float32)
    state = State(start, np.zeros(shape, np.float32), np.ones(shape, bool))
    failed_in = np.full(len(firms), -1)
    path = np.empty((BURN_IN + world.weeks, len(firms)), np.float32)
    for week in range(-BURN_IN, world.weeks):
        links = channels(world, week, state.alive.any(axis=1))
        before = state.alive.copy()
        joined = (week >= firms.joined) & (week >= 0)
        step(world, links, state, rng, joined[:, None])
        failed_in[(before & ~state.alive).any(axis=1)] = week
        path[BURN_IN + week] = state.distance[:, 0]
    return History(path, failed_in, state)


def step(world: World, links: Channels, state: State, rng: np.random.Generator, exposed: Bools) -> Cells:
    """Move a state on by a week, and return each cell's chance [firms, replicas] of failing in it before its noise.

    exposed [firms, 1]: firms that can fail. All random numbers are drawn whatever happens: runs with the same
    generator share them.
    """
    x = state.distance
    shocks = _sector_shocks(rng, world.firms, x.shape[1])
    noise = rng.standard_normal(x.shape, np.float32)
    between = rng.random(x.shape, np.float32)
    blows = rng.random(x.shape, np.float32)
    drift = np.float32(PULL) * (world.firms.target[:, None].astype(np.float32) - x) - state.damage + shocks
    at_risk = state.alive & exposed
    chance = _hitting_chance(x, drift, at_risk)
    moved = x + drift + np.float32(NOISE) * noise
    # Chance that a Brownian path between two positive ends touches 0.
    touched = between < np.exp(np.minimum(-2 * x * moved / np.float32(NOISE**2), 0))
    failing = at_risk & ((moved <= 0) | touched)
    # Blows come after the noise, so that their chance can be averaged over too.
    at_risk = at_risk & ~failing
    chance += np.float32(BLOWS) * at_risk * np.exp(-np.maximum(moved, 0) / np.float32(BLOW_MEAN))
    # One uniform number per cell: below BLOWS it tells that a blow falls, and how large it is.
    hit = blows < BLOWS
    moved[hit] += np.float32(BLOW_MEAN) * np.log(np.maximum(blows[hit], 1e-9) / np.float32(BLOWS))
    failing |= at_risk & (moved <= 0)
    state.distance = np.where(exposed, moved, np.maximum(moved, np.float32(0.5)))
    state.alive = state.alive & ~failing
    shortfall = np.clip(1 - state.distance / np.float32(DISTRESS_BELOW), 0, 1) * (state.alive & exposed)
    passed_on = links.passed_on(failing, shortfall.astype(np.float32))
    state.damage = np.float32(PERSISTENCE) * state.damage + passed_on
    return chance


def _sector_shocks(rng: np.random.Generator, firms: Firms, replicas: int) -> Cells:
    """Shocks [firms, replicas] of industry, region, and industry x region."""
    industry = INDUSTRY_NOISE * rng.standard_normal((INDUSTRIES, replicas), np.float32)
    region = REGION_NOISE * rng.standard_normal((REGIONS, replicas), np.float32)
    cell = CELL_NOISE * rng.standard_normal((INDUSTRIES, REGIONS, replicas), np.float32)
    shocks: Cells = industry[firms.industry] + region[firms.region] + cell[firms.industry, firms.region]
    return shocks.astype(np.float32)


def _hitting_chance(x: Cells, drift: Cells, at_risk: Bools) -> Cells:
    """Chance that x + drift * s + NOISE * W(s) touches 0 for some s in (0, 1): inverse Gaussian."""
    chance = np.zeros(x.shape, np.float32)
    # Beyond six standard deviations it is below 1e-8.
    close = at_risk & (x + np.minimum(drift, 0) < 6 * NOISE)
    start = x[close].astype(np.float64)
    by = drift[close].astype(np.float64)
    reflected = np.exp(-2 * by * start / NOISE**2 + log_ndtr((by - start) / NOISE))
    chance[close] = np.minimum(ndtr((-start - by) / NOISE) + reflected, 1)
    return chance


def true_future(world: World, history: History, weeks: int, replicas: int, passing: bool = True) -> Truth:
    """Re-simulate from the state on the last day; passing: whether damage is passed on from then on.

    Averages chances given survival so far, sum over t of [alive before t] p_t: the same expectation as counting
    failures with less noise. Runs of one world share all random numbers.
    """
    rng = np.random.default_rng([world.seed, 4])
    state = history.state
    alive = state.alive[:, 0]
    links = channels(world, world.weeks - 1, alive)
    if not passing:
        links = Channels(links.receiver[:0], links.partner[:0], links.failure[:0], links.distress[:0])
    future = State(
        *(np.repeat(part, replicas, axis=1) for part in (state.distance, state.damage, state.alive))
    )
    exposed = np.ones((len(alive), 1), bool)
    expected = np.empty((2, len(alive), weeks))
    counted = np.empty((2, len(alive), weeks))
    for week in range(weeks):
        before = future.alive.copy()
        chance = step(world, links, future, rng, exposed)
        expected[:, :, week] = list(_halves(chance))
        counted[:, :, week] = list(_halves(before & ~future.alive))
    return Truth(expected, counted)


def _halves(cells: Cells | Bools) -> Iterator[Floats]:
    for half in np.array_split(cells, 2, axis=1):
        yield half.mean(axis=1, dtype=np.float64)


def weeks_for(terms: Sequence[int]) -> int:
    """Weeks that cover the longest of several terms in days."""
    return -(-max(terms) // DAYS)
