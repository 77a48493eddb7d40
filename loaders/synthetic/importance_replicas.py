"""Importance-sampled replicas of every firm: what contagion does to sound firms.

The default of a sound firm takes two rare events, one of its own and one of a neighbour's. Plain replicas of a world
meet both together too seldom to tell such firms apart. So each plain replica has an importance-sampled one beside it.
Its firms feel the neighbours of the plain replica, and no firm feels them; their own jumps come RATE_FACTOR times as
often and are SIZE_FACTOR times as large on average. Weights make the estimate unbiased:

    PD = E sum_t weight_t * hazard_t * prod_{s < t} survival_s

where weight_t is the likelihood ratio of the jumps up to week t, usual over raised density.

Only feedback through neighbours is lost (a firm's own trouble weakens its neighbours, which then weaken the firm): the
plain replica has other trouble of the firm. This is of the order of its PD times the effect of its own failure on
itself: little where PD is small, and elsewhere these replicas are not used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.loaders.synthetic.external_shocks import JUMP_CHANCES, ShockProcess, ShockWeek
from supplyrisk.loaders.synthetic.simulation import WorldMoment
from supplyrisk.loaders.synthetic.simulation_network import SimulationNetwork, WeekLinks
from supplyrisk.loaders.synthetic.weekly_dynamics import NeighbourEffects, step_replicas
from supplyrisk.loaders.synthetic.world_plan import NO_CONTAGION, Floats

RATE_FACTOR = 6.0
"""How many times as often own jumps come as usual."""
SIZE_FACTOR = 2.0
"""How many times as large they are on average."""


@dataclass(frozen=True)
class ReplicaBlock:
    """Replicas that are run together: the block's number, which keys its random draws, and its size."""

    number: int
    size: int


class ImportanceReplicas:
    """The importance-sampled replicas of a block, in two arms: with all channels, and without contagion.

    Attributes
    ----------
    pd: sums of weighted hazards so far, arms x firms x replicas; their mean over replicas estimates the PD.
    """

    def __init__(
        self, process: ShockProcess, network: SimulationNetwork, moment: WorldMoment, block: ReplicaBlock
    ) -> None:
        self.process = process
        self.key = (moment.week, block.number)
        self.networks = (network, network.with_strengths(NO_CONTAGION))
        self.states = tuple(moment.state.replicated(block.size) for _ in self.networks)
        # both arms share their shocks, so that their difference is due to contagion alone
        self.shocks = moment.shocks.replicated(block.size)
        shape = self.shocks.own_demand.shape
        self.weight = np.ones(shape)
        self.survival = np.ones((2, *shape))
        self.pd = np.zeros((2, *shape))

    def step(self, links: WeekLinks, week: ShockWeek, felt: NeighbourEffects) -> None:
        """Advance by a week.

        Parameters
        ----------
        links: the links in use in the week.
        week: the plain replica's shocks, of which the common ones are kept.
        felt: what the plain replica's firms do to their neighbours.
        """
        stream = self.process.plan.stream
        uniform = stream("jumps again", week.week, *self.key).random(self.weight.shape)
        jump_draw, ratio = reweighted_draws(uniform, self.process.onset_chance)
        demand_stream = stream("demand again", week.week, *self.key)
        shock = self.process.redraw_own(self.shocks, week, jump_draw, demand_stream)
        self.weight *= ratio
        for arm, (network, state) in enumerate(zip(self.networks, self.states, strict=True)):
            hazard, survival = step_replicas(network, links, state, shock, felt)
            self.pd[arm] += self.weight * self.survival[arm] * hazard
            self.survival[arm] *= survival


def reweighted_draws(draw: Floats, onset_chance: Floats) -> tuple[Floats, Floats]:
    """Turn uniform draws into draws with more and larger jumps, and compute their likelihood ratios.

    Parameters
    ----------
    draw: uniform in [0, 1), firms x replicas.
    onset_chance: each firm's chance of an onset of mismanagement, firms x 1.

    Returns
    -------
    moved: draws under which jumps and onsets come RATE_FACTOR times as often and jumps, whose sizes are exponential,
        have SIZE_FACTOR times their mean.
    ratio: usual density over raised density of each draw; over all draws its mean is 1.
    """
    usual = sum(JUMP_CHANCES) + onset_chance
    rare = draw < RATE_FACTOR * usual
    # a rare event's stretch of the unit interval is widened, the rest of the interval compressed
    rest_ratio = (1 - usual) / (1 - RATE_FACTOR * usual)
    moved = np.where(rare, draw / RATE_FACTOR, usual + (draw - RATE_FACTOR * usual) * rest_ratio)
    ratio = np.where(rare, 1 / RATE_FACTOR, rest_ratio)
    start = 0.0
    # onsets, behind the jumps, have no size
    for chance in JUMP_CHANCES:
        hit = rare & (moved >= start) & (moved < start + chance)
        # exp(-size), uniform in (0, 1]; its power is exp(-SIZE_FACTOR * size)
        exp_size = 1 - (moved[hit] - start) / chance
        moved[hit] = start + chance * (1 - exp_size**SIZE_FACTOR)
        ratio[hit] *= SIZE_FACTOR * exp_size ** (SIZE_FACTOR - 1)
        start += chance
    return moved, ratio
