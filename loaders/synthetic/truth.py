"""The truth about a world's firms at two as-of dates, by re-simulating it from there many times.

Every replica starts from the world's own state at the end of the as-of date and has random numbers of its own, the
same for all that is compared: contagion on, contagion off, one firm forced to fail. Defaults are not counted; with p_t
the hazard of week t given all that happened before it, and that the firm is still active,

    PD = E [1 - prod_t (1 - p_t)],

along paths on which a firm's own defaults are undone in its own accounts, and in no others. The expectation is that of
counting, with a fraction of the noise: the chance moment at which a troubled firm fails no longer matters. (What its
failure does to its neighbours, and they to it afterwards, stays in the path: an effect of second order.)
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import spearmanr

from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.external_shocks import ShockProcess, ShockWeek
from supplyrisk.loaders.synthetic.importance_replicas import ImportanceReplicas, ReplicaBlock
from supplyrisk.loaders.synthetic.simulation import WorldHistory, WorldMoment
from supplyrisk.loaders.synthetic.simulation_network import FirmStates, SimulationNetwork, WeekLinks
from supplyrisk.loaders.synthetic.weekly_dynamics import NeighbourEffects, force_default, step_week
from supplyrisk.loaders.synthetic.world_plan import NO_CONTAGION, Floats, Ints

BLOCK_CELLS = 131_072
"""Firms times replicas that are run at a time: about what a processor's cache holds of a few arrays."""
FORCED_SHARE = 25
"""By default a forced failure gets a 25th of the replicas (its effects are far from rare)."""
MIN_FORCED_REPLICAS = 8
RARE_PD = 0.02
"""PD without contagion below which the importance-sampled replicas are used."""
MAX_VICTIMS = 20
"""Firms listed per forced failure: those whose PD it raises most."""


@dataclass(frozen=True)
class SufferedTruth:
    """What firms suffer over the horizon from an as-of week on; one entry per active firm.

    Parameters
    ----------
    week: weeks that have passed at the as-of date.
    firm: numbers of the firms.
    pd, pd_alone: probability of default over the horizon with contagion, and with all of it off.
    output_lost: CNY; output with contagion off less output with it on.
    halves: pd, pd_alone, their difference and output_lost from either half of the replicas, 2 x 4 x firms.
    """

    week: int
    firm: Ints
    pd: Floats
    pd_alone: Floats
    output_lost: Floats
    halves: Floats

    @property
    def caught(self) -> Floats:
        """Part of the PD that is due to contagion."""
        caught: Floats = self.pd - self.pd_alone
        return caught


@dataclass(frozen=True)
class ForcedVictims:
    """The firms that forced failures harm most, one entry per failure and victim, at most MAX_VICTIMS a failure.

    Parameters
    ----------
    source: entry of the forced firm in `InflictedTruth.firm`.
    victim: number of the harmed firm.
    pd_rise, output_lost: rise of its PD over the horizon, and output that it loses (CNY).
    """

    source: Ints
    victim: Ints
    pd_rise: Floats
    output_lost: Floats


@dataclass(frozen=True)
class InflictedTruth:
    """What forced failures do to other firms over the horizon; one entry per forced firm.

    Parameters
    ----------
    week: weeks that have passed at the as-of date.
    firm: numbers of the firms forced to fail.
    defaults, output: expected additional defaults among other firms, and the output that they lose (CNY).
    halves: both from either half of the replicas, 2 x 2 x firms.
    victims: the firms that are harmed most.
    """

    week: int
    firm: Ints
    defaults: Floats
    output: Floats
    halves: Floats
    victims: ForcedVictims


class ColumnReliability(NamedTuple):
    """Rank correlation of a truth column between two halves of the replicas; None where one does not vary."""

    week: int
    column: str
    correlation: float | None


@dataclass(frozen=True)
class Truth:
    """The truth at both as-of dates, the reliability of every column, and the CPU seconds it took."""

    suffered: tuple[SufferedTruth, ...]
    inflicted: tuple[InflictedTruth, ...]
    reliability: tuple[ColumnReliability, ...]
    cpu_seconds: float


def compute_truth(economy: Economy, history: WorldHistory) -> Truth:
    """Run all replicas of both as-of dates; without replicas the truth is empty."""
    began = time.process_time()
    suffered = tuple(_compute_suffered(economy, moment) for moment in history.moments)
    inflicted = tuple(_compute_inflicted(economy, moment) for moment in history.moments)
    reliability = []
    for date in suffered:
        for number, name in enumerate(("pd", "pd_alone", "caught", "output_lost")):
            reliability.append(ColumnReliability(date.week, name, _agreement(date.halves[:, number])))
    for forced in inflicted:
        for number, name in enumerate(("defaults_inflicted", "output_inflicted")):
            reliability.append(ColumnReliability(forced.week, name, _agreement(forced.halves[:, number])))
    return Truth(suffered, inflicted, tuple(reliability), time.process_time() - began)


def _agreement(halves: Floats) -> float | None:
    """Compute the rank correlation of two halves (2 x firms); None where one of them does not vary."""
    if halves.shape[1] < 2 or (np.ptp(halves, axis=1) == 0).any():
        return None
    return float(spearmanr(halves[0], halves[1]).statistic)


def _blocks(replicas: int, firms: int) -> Iterator[ReplicaBlock]:
    """Yield the blocks in which replicas are run; all sizes are even, so that each block has two halves."""
    size = max(2, min(64, BLOCK_CELLS // firms // 2 * 2))
    left = replicas + replicas % 2
    number = 0
    while left > 0:
        yield ReplicaBlock(number, min(size, left))
        left -= size
        number += 1


def _active_firms(economy: Economy, moment: WorldMoment) -> Ints:
    """Return the numbers of the firms that have joined and have not exited."""
    active = (economy.firms.joined_week < moment.week) & ~moment.state.exited[:, 0]
    return np.flatnonzero(active)


def _compute_suffered(economy: Economy, moment: WorldMoment) -> SufferedTruth:
    """Estimate PD and output with contagion and without."""
    plan = economy.plan
    firm = _active_firms(economy, moment)
    process = ShockProcess(economy)
    network = SimulationNetwork(economy, plan.effective_strengths)
    weeks = range(moment.week, moment.week + plan.horizon)
    links = [network.week_links(week) for week in weeks]
    # halves x estimates x firms
    total = np.zeros((2, 5, plan.firms))
    for block in _blocks(plan.replicas, plan.firms):
        estimates = _run_block(process, network, links, moment, block)
        half = block.size // 2
        total[0] += estimates[:, :, :half].sum(axis=2)
        total[1] += estimates[:, :, half:].sum(axis=2)
    mean = total[:, :, firm] / ((plan.replicas + 1) // 2)
    # plain replicas for troubled firms, importance-sampled ones for sound firms
    rare = mean[:, 3].mean(axis=0) < RARE_PD
    pd, pd_alone = np.where(rare, mean[:, 2:4], mean[:, :2]).transpose(1, 0, 2)
    halves = np.stack([pd, pd_alone, pd - pd_alone, mean[:, 4] * economy.firms.sales[firm]], axis=1)
    average = halves.mean(axis=0)
    return SufferedTruth(
        week=moment.week,
        firm=firm,
        pd=average[0],
        pd_alone=average[1],
        output_lost=average[3],
        halves=halves,
    )


def _run_block(
    process: ShockProcess,
    network: SimulationNetwork,
    links: list[WeekLinks],
    moment: WorldMoment,
    block: ReplicaBlock,
) -> Floats:
    """Run a block of replicas over the horizon.

    Returns
    -------
    5 x firms x replicas: PD with and without contagion from the plain replicas, both from the importance-sampled
    ones, and output lost to contagion (weeks of sales).
    """
    networks = (network, network.with_strengths(NO_CONTAGION))
    states = [moment.state.replicated(block.size) for _ in range(2)]
    shocks = moment.shocks.replicated(block.size)
    sampled = ImportanceReplicas(process, network, moment, block)
    log_survival = np.zeros((2, *shocks.own_demand.shape))
    output_lost = np.zeros(shocks.own_demand.shape)
    for week, week_links in enumerate(links, start=moment.week):
        # one shock for both arms: their difference is due to contagion alone
        shock = process.step(shocks, week, 1, moment.week, block.number)
        # taken before the step overwrites them: the sampled firms feel the same week's neighbours
        gap = states[0].gap
        strain = states[0].strain
        contagion, isolated = (
            step_week(arm, week_links, state, shock, continue_after_default=True)
            for arm, state in zip(networks, states, strict=True)
        )
        sampled.step(week_links, shock, NeighbourEffects(gap, strain, contagion.fails))
        log_survival[0] += _log_survival(contagion.hazard)
        log_survival[1] += _log_survival(isolated.hazard)
        output_lost += isolated.sales - contagion.sales
    return np.concatenate([-np.expm1(log_survival), sampled.pd, output_lost[None]])


def _compute_inflicted(economy: Economy, moment: WorldMoment) -> InflictedTruth:
    """Estimate what other firms lose when a firm is forced to fail, for a sample of firms."""
    plan = economy.plan
    network = SimulationNetwork(economy, plan.effective_strengths)
    process = ShockProcess(economy)
    sample = _sample_forced(economy, moment)
    weeks = range(moment.week, moment.week + plan.horizon)
    links = [network.week_links(week) for week in weeks]
    replicas = plan.forced_replicas or max(MIN_FORCED_REPLICAS, plan.replicas // FORCED_SHARE)
    replicas += replicas % 2
    # halves x (defaults, output) x forced firms, and (PD, output) x forced firms x harmed firms
    halves = np.zeros((2, 2, len(sample)))
    harm = np.zeros((2, len(sample), plan.firms))
    for block in _blocks(replicas, plan.firms):
        shocks = moment.shocks.replicated(block.size)
        # shocks do not depend on the firms, so one set serves the baseline and every forced failure
        ahead = [process.step(shocks, week, 2, moment.week, block.number) for week in weeks]
        baseline = _run_ahead(network, links, moment.state.replicated(block.size), ahead)
        middle = block.size // 2
        for place, firm in enumerate(sample):
            state = moment.state.replicated(block.size)
            force_default(network, links[0], state, int(firm))
            forced = _run_ahead(network, links, state, ahead)
            pd_rise = forced.pd - baseline.pd
            output_lost = (baseline.sales - forced.sales) * economy.firms.sales[:, None]
            extra = np.stack([pd_rise, output_lost])
            # a firm's own failure is no harm to others
            extra[:, firm] = 0.0
            harm[:, place] += extra.sum(axis=2)
            halves[0, :, place] += extra[:, :, :middle].sum(axis=(1, 2))
            halves[1, :, place] += extra[:, :, middle : block.size].sum(axis=(1, 2))
    halves /= replicas / 2
    harm /= replicas
    average = halves.mean(axis=0)
    return InflictedTruth(
        week=moment.week,
        firm=sample,
        defaults=average[0],
        output=average[1],
        halves=halves,
        victims=_worst_victims(harm),
    )


def _sample_forced(economy: Economy, moment: WorldMoment) -> Ints:
    """Sample the firms to force: half uniformly, half in proportion to sales (most firms matter little to others)."""
    active = _active_firms(economy, moment)
    plan = economy.plan
    rng = plan.stream("forced", moment.week)
    number = min(plan.forced_firms, len(active))
    sales = economy.firms.sales[active]
    # exponential draws over weights: the smallest of them are a weighted sample without replacement
    large = np.argsort(rng.exponential(size=len(active)) / sales, kind="stable")[: number // 2]
    rest = np.setdiff1d(np.arange(len(active)), large)
    uniform = rng.permutation(rest)[: number - len(large)]
    return np.sort(active[np.concatenate([large, uniform])])


@dataclass(frozen=True)
class _PathTotals:
    """PD over the horizon and sums of sales (in weeks of sales), firms x replicas."""

    pd: Floats
    sales: Floats


def _run_ahead(
    network: SimulationNetwork, links: list[WeekLinks], state: FirmStates, ahead: list[ShockWeek]
) -> _PathTotals:
    """Simulate the weeks ahead from a state, which changes in place."""
    log_survival = np.zeros_like(state.cash)
    sales = np.zeros_like(state.cash)
    for week_links, shock in zip(links, ahead, strict=True):
        outcome = step_week(network, week_links, state, shock, continue_after_default=True)
        log_survival += _log_survival(outcome.hazard)
        sales += outcome.sales
    return _PathTotals(-np.expm1(log_survival), sales)


def _log_survival(hazard: Floats) -> Floats:
    """Compute log(1 - hazard); a certain default is cut at 1 - 1e-15, whose logarithm is finite."""
    logarithm: Floats = np.log1p(-np.minimum(hazard, 1 - 1e-15))
    return logarithm


def _worst_victims(harm: Floats) -> ForcedVictims:
    """Select the firms that each forced failure harms most, by rise of PD and then by output lost.

    Parameters
    ----------
    harm: rise of PD and output lost (CNY), 2 x forced firms x harmed firms.
    """
    rows: list[tuple[int, int]] = []
    for place, (pd_rise, output_lost) in enumerate(zip(harm[0], harm[1], strict=True)):
        # the last key counts first; the firm's number breaks ties, so that the order is fixed
        worst = np.lexsort((np.arange(len(pd_rise)), -output_lost, -pd_rise))[:MAX_VICTIMS]
        rows += [(place, int(firm)) for firm in worst if pd_rise[firm] > 0 or output_lost[firm] > 0]
    source, victim = np.array(rows, np.int64).reshape(-1, 2).T
    return ForcedVictims(source, victim, harm[0, source, victim], harm[1, source, victim])
