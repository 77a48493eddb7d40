"""Week by week, who is in trouble and who fails, of what: the only place where risk is made.

In week t firm i, while it is there, fails with hazard

    own_i(t)     = base * exp(A * distress_i(t) + B * frailty_i - C * log size_i)
    caught_i(t)  = contagion * vulnerable_i(t) * (K_s S_i(t) + K_c C_i(t) + K_g G_i(t))

distress is a slow first-order autoregression of unit variance, made of the firm's own part and parts shared
by its industry, its region and its owner (`likeness`). S, C and G are pressures: each failure of a supplier,
a customer or a guaranteed firm adds the link's weight from the next week on, and fades by FADE a week.
Everything that a data set shows of a firm before it fails comes from its frailty and its stress (distress,
and what pressure does to it): nothing looks ahead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplyrisk.loaders.synthetic_economy import Economy
from supplyrisk.loaders.synthetic_plan import LINES, NEVER, REGIONS, TIERS, Bools, Floats, Ints

YEARLY_OWN = 0.037
"""Share of firms that would fail by themselves in a year, before the weakest are gone."""
YEARLY_CLOSURE = 0.02
OWN_DISTRESS, OWN_FRAILTY, OWN_SIZE = 1.7, 1.0, 0.12
"""A, B and C of the hazard."""
TRANSMISSION = (0.040, 0.030, 0.036)
"""K_s, K_c and K_g: weekly hazard per unit of pressure from suppliers, customers and guaranteed firms."""
FADE = 0.93
"""What is left of a pressure a week later (half of it in nine or ten weeks)."""
PERSISTENCE = 0.985
"""First-order autocorrelation of distress from week to week (half a year: about .6)."""


@dataclass(frozen=True)
class History:
    """What happened.

    stress and suspended are weeks x firms. ended_week and ended_on tell when a firm stopped (the number of
    weeks and NEVER where it did not), failed whether it was by default; cause is a number in CAUSES and
    source the firm caught from, -1 where there is none. lawsuits are pairs of week and firm.
    """

    stress: npt.NDArray[np.float32]
    suspended: Bools
    lawsuits: tuple[Ints, Ints]
    ended_week: Ints
    ended_on: Ints
    failed: Bools
    cause: Ints
    source: Ints


@dataclass(frozen=True)
class Channel:
    """A way of catching: from whom, by whom, how heavily, in which weeks, and its number in CAUSES."""

    source: Ints
    target: Ints
    weight: Floats
    start: Ints
    stop: Ints

    def hit(self, failing: Bools, week: int) -> Floats:
        """Weight that falls on every firm from those that fail in this week."""
        at = np.flatnonzero(failing[self.source] & (self.start <= week) & (week < self.stop))
        return np.bincount(self.target[at], self.weight[at], len(failing)).astype(np.float64)


def simulate(economy: Economy) -> History:
    """Run all weeks, then say of every default what it came from."""
    run = _Run(economy)
    for week in range(economy.plan.weeks):
        run.step(week)
    return run.history()


class _Run:
    """The state of all firms, week after week."""

    def __init__(self, economy: Economy) -> None:
        self.plan, self.joined = economy.plan, economy.firms.joined_week
        self.rng, self.distress = self.plan.rng("weeks"), _Distress(economy)
        self.channels, self.base = channels_of(economy), _base_hazard(economy)
        self.pressure = np.zeros((len(self.channels), self.plan.firms))
        self.stress = np.empty((self.plan.weeks, self.plan.firms), np.float32)
        self.ended = np.full(self.plan.firms, self.plan.weeks)
        self.failed = np.zeros(self.plan.firms, bool)
        self.cause = np.full(self.plan.firms, -1)

    def step(self, week: int) -> None:
        """One week: distress moves, some firms fail or close; failures press on others from the next week."""
        n, now = self.plan.firms, self.distress.step()
        parts = _hazards(self.plan.contagion, self.base, now, self.pressure)
        self.stress[week] = now + self.plan.contagion * np.minimum(0.7 * self.pressure.sum(axis=0), 1.0)
        there = (self.joined <= week) & (self.ended == self.plan.weeks)
        failing = there & (self.rng.random(n) < -np.expm1(-parts.sum(axis=0)))
        closing = there & ~failing & (self.rng.random(n) < YEARLY_CLOSURE / 52 * np.exp(0.3 * now))
        # the cause in proportion to its part of the hazard: how many running sums lie below a uniform draw
        drawn = (self.rng.random(n) * parts.sum(axis=0) >= parts.cumsum(axis=0)).sum(axis=0)
        self.cause[failing] = np.minimum(drawn, len(self.channels))[failing]
        self.failed |= failing
        self.ended[failing | closing] = week
        self.pressure = FADE * self.pressure + np.stack([way.hit(failing, week) for way in self.channels])

    def history(self) -> History:
        """What happened in all weeks."""
        plan, weeks = self.plan, np.arange(self.plan.weeks)[:, None]
        there = (weeks >= self.joined) & (weeks < self.ended)
        day = plan.week_start(self.ended) + self.rng.integers(0, 7, plan.firms)
        ended_on = np.where(self.ended < plan.weeks, day, NEVER)
        source = _sources(self.rng, self.channels, (self.ended, self.failed, self.cause))
        suspended, lawsuits = _incidents(self.rng, self.stress, there)
        return History(
            self.stress, suspended, lawsuits, self.ended, ended_on, self.failed, self.cause, source
        )


def channels_of(economy: Economy) -> tuple[Channel, Channel, Channel]:
    """The three ways of catching, in the order of CAUSES after "own"."""
    links, cover = economy.links, economy.guarantees
    # unpaid invoices: the longer the terms, the more of a failed customer's purchases is lost
    lost = links.sold * (0.6 + 0.4 * links.terms / 30)
    return (
        Channel(links.supplier, links.customer, links.bought, links.start, links.stop),
        Channel(links.customer, links.supplier, lost, links.start, links.stop),
        Channel(cover.guaranteed, cover.guarantor, cover.cover, cover.start, cover.stop),
    )


def _base_hazard(economy: Economy) -> Floats:
    """Own weekly hazard at distress 0, so that its mean over firms is YEARLY_OWN a year."""
    firms = economy.firms
    lean = np.exp(OWN_FRAILTY * firms.frailty - OWN_SIZE * np.log(firms.sales / np.median(firms.sales)))
    base: Floats = YEARLY_OWN / 52 * np.exp(-(OWN_DISTRESS**2) / 2) * lean / lean.mean()
    return base


def _hazards(contagion: float, base: Floats, distress: Floats, pressure: Floats) -> Floats:
    """Weekly hazards, causes x firms: own first, then a row per channel."""
    vulnerable = contagion * np.exp(0.9 * distress - 0.4)
    caught = np.array(TRANSMISSION)[:, None] * pressure * vulnerable
    return np.concatenate([(base * np.exp(OWN_DISTRESS * distress))[None], caught])


class _Distress:
    """Distress of all firms: own, industry, region and owner parts, each an autoregression of variance 1."""

    def __init__(self, economy: Economy) -> None:
        plan, firms = economy.plan, economy.firms
        self.rng = plan.rng("distress")
        shared = 0.6 * plan.likeness
        industry = firms.tier * len(LINES) + firms.line
        self.parts = (
            (np.sqrt(1 - shared), np.arange(plan.firms)),
            (np.sqrt(0.5 * shared), industry),
            (np.sqrt(0.2 * shared), firms.region),
            (np.sqrt(0.3 * shared), firms.owner),
        )
        sizes = (plan.firms, len(TIERS) * len(LINES), len(REGIONS), economy.persons)
        self.state = [self.rng.standard_normal(size) for size in sizes]

    def step(self) -> Floats:
        """The next week's distress, of mean 0 over the firms."""
        total = np.zeros(len(self.state[0]))
        for place, (weight, at) in enumerate(self.parts):
            shock = np.sqrt(1 - PERSISTENCE**2) * self.rng.standard_normal(len(self.state[place]))
            self.state[place] = PERSISTENCE * self.state[place] + shock
            total += weight * self.state[place][at]
        # no business cycle: with a few industries and regions it would leave the yearly rate to the seed
        total -= total.mean()
        return total


def _sources(rng: np.random.Generator, channels: tuple[Channel, ...], fate: tuple[Ints, Bools, Ints]) -> Ints:
    """The neighbour that each caught default is put down to, drawn in proportion to its part of the hazard.

    All parts of one channel carry the same factors, so a neighbour's part is its link's weight faded by the
    weeks since it failed. Exponential draws divided by rates: the least of them picks in proportion.
    """
    ended, failed, cause = fate
    source = np.full(len(ended), -1)
    for number, channel in enumerate(channels, start=1):
        died, caught = ended[channel.source], ended[channel.target]
        used = failed[channel.source] & (channel.start <= died) & (died < channel.stop) & (channel.weight > 0)
        at = np.flatnonzero(
            used & failed[channel.target] & (cause[channel.target] == number) & (died < caught)
        )
        part = channel.weight[at] * FADE ** (caught[at] - died[at]).astype(float)
        at = at[np.argsort(-rng.exponential(size=len(at)) / part, kind="stable")]
        source[channel.target[at]] = channel.source[at]
    return source


def _incidents(
    rng: np.random.Generator, stress: npt.NDArray[np.float32], there: Bools
) -> tuple[Bools, tuple[Ints, Ints]]:
    """Suspensions (weeks x firms), and lawsuits as pairs of week and firm: both more likely under stress."""
    suspended = np.zeros(there.shape, bool)
    weeks, firms = [], []
    for week, (level, present) in enumerate(zip(stress, there, strict=True)):
        suspended[week] = present & (rng.random(len(level)) < 0.04 / 52 * np.exp(0.6 * level))
        sued = np.flatnonzero(present & (rng.random(len(level)) < 0.07 / 52 * np.exp(0.5 * level)))
        weeks.append(np.full(len(sued), week))
        firms.append(sued)
    return suspended, (np.concatenate(weeks), np.concatenate(firms))
