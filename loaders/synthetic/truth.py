"""The truth about a world's firms at two as-of dates, by running it on from there again and again.

Every replica goes on from the world's own state at the end of the as-of date, under random numbers of its
own, the same for all that is compared: contagion on, contagion off, one firm forced to fail. Defaults are not
counted: with p_t the chance of failing in week t given all that happened before it and that the firm is there,

    PD = E [1 - prod_t (1 - p_t)],

along paths on which the firm's own failures are struck from its own books, and from no others: the same
expectation with a fraction of the noise, since when a firm in trouble happens to fail no longer matters. (What
its failure does to its neighbours, and they to it afterwards, stays in the path: an echo of second order.)
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.external_shocks import ShockProcess, ShockWeek
from supplyrisk.loaders.synthetic.importance_replicas import ImportanceReplicas
from supplyrisk.loaders.synthetic.simulation import WorldHistory, WorldMoment
from supplyrisk.loaders.synthetic.weekly_dynamics import (
    FirmStates,
    NeighbourEffects,
    SimulationNetwork,
    WeekLinks,
    fail_now,
    step_week,
)
from supplyrisk.loaders.synthetic.world_plan import NONE, Floats, Ints

CELLS = 131_072
"""Firms times replicas that are run at a time: about what a processor's cache holds of a few arrays."""
FORCED_SHARE = 25
"""Unless given, a forced failure gets a 25th of the replicas (its effects are far from rare)."""
LEAST_FORCED = 8
RARE = 0.02
"""PD alone below which a firm's second books count, in which rare things are met more often."""
VICTIMS = 20
"""Firms named per forced failure: those whose chance of default it raises most."""


@dataclass(frozen=True)
class SufferedTruth:
    """What firms suffer from an as-of week on, over the horizon; one entry per firm that is there.

    pd, and pd_alone with all contagion off; output_lost: money, with contagion off less with it on.
    halves: the same three from either half of the replicas (caught in place of pd_alone: 2 x 4 x firms).
    """

    week: int
    firm: Ints
    pd: Floats
    pd_alone: Floats
    output_lost: Floats
    halves: Floats

    @property
    def caught(self) -> Floats:
        """Part of PD that is there because of others."""
        extra: Floats = self.pd - self.pd_alone
        return extra


@dataclass(frozen=True)
class InflictedTruth:
    """What forced failures do to others over the horizon: expected defaults among them, and output (money).

    victims: rows (entry of firm, victim, rise of its PD, output it loses), the worst VICTIMS per firm.
    """

    week: int
    firm: Ints
    defaults: Floats
    output: Floats
    halves: Floats
    victims: tuple[Ints, Ints, Floats, Floats]


@dataclass(frozen=True)
class Truth:
    """All dates, the split-half rank correlation of every column, and what it took in CPU seconds."""

    suffered: tuple[SufferedTruth, ...]
    inflicted: tuple[InflictedTruth, ...]
    reliability: tuple[tuple[int, str, float | None], ...]
    cpu_seconds: float


def find_truth(economy: Economy, history: WorldHistory) -> Truth:
    """Run all replicas of both dates."""
    began = time.process_time()
    suffered = tuple(_suffered(economy, moment) for moment in history.moments)
    inflicted = tuple(_inflicted(economy, moment) for moment in history.moments)
    reliability = []
    for date in suffered:
        for number, name in enumerate(("pd", "pd_alone", "caught", "output_lost")):
            reliability.append((date.week, name, _agreement(date.halves[:, number])))
    for hit in inflicted:
        for number, name in enumerate(("defaults_inflicted", "output_inflicted")):
            reliability.append((hit.week, name, _agreement(hit.halves[:, number])))
    return Truth(suffered, inflicted, tuple(reliability), time.process_time() - began)


def _agreement(halves: Floats) -> float | None:
    """Rank correlation of two halves; None where one of them does not vary."""
    if halves.shape[1] < 2 or (np.ptp(halves, axis=1) == 0).any():
        return None
    return float(spearmanr(halves[0], halves[1]).statistic)


def _blocks(replicas: int, firms: int) -> Iterator[tuple[int, int]]:
    """Number and size of the blocks in which an even number of replicas is run."""
    size = max(2, min(64, CELLS // firms // 2 * 2))
    left = replicas + replicas % 2
    number = 0
    while left > 0:
        yield number, min(size, left)
        left -= size
        number += 1


def _here(economy: Economy, moment: WorldMoment) -> Ints:
    there = (economy.firms.joined_week < moment.week) & ~moment.state.gone[:, 0]
    return np.flatnonzero(there)


def _suffered(economy: Economy, moment: WorldMoment) -> SufferedTruth:
    """PD and output with contagion and without."""
    plan, firm = economy.plan, _here(economy, moment)
    climate, network = ShockProcess(economy), SimulationNetwork(economy, plan.in_force)
    weeks = range(moment.week, moment.week + plan.horizon)
    wirings = [network.wiring(week) for week in weeks]
    total = np.zeros((2, 5, plan.firms))
    for block in _blocks(plan.replicas, plan.firms):
        found, half = _block((climate, network), wirings, moment, block), block[1] // 2
        total[0] += found[:, :, :half].sum(axis=2)
        total[1] += found[:, :, half:].sum(axis=2)
    mean = total[:, :, firm] / ((plan.replicas + 1) // 2)
    rare = mean[:, 3].mean(axis=0) < RARE
    pd, alone = np.where(rare, mean[:, 2:4], mean[:, :2]).transpose(1, 0, 2)
    halves = np.stack([pd, alone, pd - alone, mean[:, 4] * economy.firms.sales[firm]], axis=1)
    both = halves.mean(axis=0)
    return SufferedTruth(moment.week, firm, both[0], both[1], both[3], halves)


def _block(
    world: tuple[ShockProcess, SimulationNetwork],
    wirings: list[WeekLinks],
    moment: WorldMoment,
    block: tuple[int, int],
) -> Floats:
    """One block of replicas, 5 x firms x replicas: PD and PD alone by a firm's own books, by its second ones,
    and the output lost."""
    (climate, network), (number, size) = world, block
    arms, states = (network, network.with_strengths(NONE)), [moment.state.copied(size) for _ in range(2)]
    shocks, second = moment.shocks.copied(size), ImportanceReplicas(climate, network, moment, block)
    spared, lost = np.zeros((2, *shocks.own.shape)), np.zeros(shocks.own.shape)
    for week, wiring in enumerate(wirings, start=moment.week):
        shock = climate.step(shocks, week, 1, moment.week, number)
        gap, strain = states[0].gap, states[0].strain
        on, off = (
            step_week(arm, wiring, state, shock, keep=True) for arm, state in zip(arms, states, strict=True)
        )
        second.step(wiring, shock, NeighbourEffects(gap, strain, on.fails))
        spared[0] += _log_spared(on.chance)
        spared[1] += _log_spared(off.chance)
        lost += off.sales - on.sales
    return np.concatenate([-np.expm1(spared), second.pd, lost[None]])


def _inflicted(economy: Economy, moment: WorldMoment) -> InflictedTruth:
    """What others lose when a firm is forced to fail, for a sample of firms."""
    plan, network = economy.plan, SimulationNetwork(economy, economy.plan.in_force)
    sample, weeks = _sample(economy, moment), range(moment.week, moment.week + economy.plan.horizon)
    wirings = [network.wiring(week) for week in weeks]
    replicas = plan.forced_replicas or max(LEAST_FORCED, plan.replicas // FORCED_SHARE)
    replicas += replicas % 2
    halves, each = np.zeros((2, 2, len(sample))), np.zeros((2, len(sample), plan.firms))
    climate = ShockProcess(economy)
    for block, size in _blocks(replicas, plan.firms):
        shocks = moment.shocks.copied(size)
        ahead = [climate.step(shocks, week, 2, moment.week, block) for week in weeks]
        usual = _followed(network, wirings, moment.state.copied(size), ahead)
        for place, firm in enumerate(sample):
            state = moment.state.copied(size)
            fail_now(network, wirings[0], state, int(firm))
            hit = _followed(network, wirings, state, ahead)
            extra = np.stack([hit[0] - usual[0], (usual[1] - hit[1]) * economy.firms.sales[:, None]])
            extra[:, firm] = 0.0
            each[:, place] += extra.sum(axis=2)
            for half, part in enumerate((slice(size // 2), slice(size // 2, size))):
                halves[half, :, place] += extra[:, :, part].sum(axis=(1, 2))
    halves /= replicas / 2
    each /= replicas
    mean = halves.mean(axis=0)
    return InflictedTruth(moment.week, sample, mean[0], mean[1], halves, _victims(each))


def _sample(economy: Economy, moment: WorldMoment) -> Ints:
    """Half of the sample evenly drawn, half in proportion to sales: most firms matter little to others."""
    here, plan = _here(economy, moment), economy.plan
    rng, number = plan.stream("forced", moment.week), min(plan.forced_firms, len(here))
    sales = economy.firms.sales[here]
    # exponential draws over weights: the least of them are a draw without replacement in proportion
    heavy = np.argsort(rng.exponential(size=len(here)) / sales, kind="stable")[: number // 2]
    rest = np.setdiff1d(np.arange(len(here)), heavy)
    even = rng.permutation(rest)[: number - len(heavy)]
    return np.sort(here[np.concatenate([heavy, even])])


def _followed(
    network: SimulationNetwork, wirings: list[WeekLinks], state: FirmStates, ahead: list[ShockWeek]
) -> tuple[Floats, Floats]:
    """Chances of default, and sums of sales, over the weeks ahead, firms x replicas."""
    spared, sales = np.zeros_like(state.cash), np.zeros_like(state.cash)
    for wiring, shock in zip(wirings, ahead, strict=True):
        outcome = step_week(network, wiring, state, shock, keep=True)
        spared += _log_spared(outcome.chance)
        sales += outcome.sales
    return -np.expm1(spared), sales


def _log_spared(chance: Floats) -> Floats:
    """Logarithm of the chance of being spared; certain failure is as good as certain."""
    logarithm: Floats = np.log1p(-np.minimum(chance, 1 - 1e-15))
    return logarithm


def _victims(each: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """The firms that each forced failure harms most, by rise of PD and then by output lost."""
    rows: list[tuple[int, int]] = []
    for place, (rise, output) in enumerate(zip(each[0], each[1], strict=True)):
        worst = np.lexsort((np.arange(len(rise)), -output, -rise))[:VICTIMS]
        rows += [(place, int(firm)) for firm in worst if rise[firm] > 0 or output[firm] > 0]
    source, victim = np.array(rows, np.int64).reshape(-1, 2).T
    return source, victim, each[0, source, victim], each[1, source, victim]
