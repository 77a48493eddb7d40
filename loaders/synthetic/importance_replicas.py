"""Second books of every firm, in which rare things befall it more often: what contagion does to sound firms.

The default of a sound firm takes two rare things, one of its own and one of a neighbour's. Runs of a world meet
both together too seldom to tell such firms apart. So next to each run every firm has second books. They feel
what the run's neighbours do, nobody feels them, and own jumps come MORE times as often in them and are LARGER
times as large; weights put that right:

    PD = E sum_t weight_t chance_t prod_{s < t} left_s,   weight_t = likelihood of the jumps up to t, usual over raised

Only what a firm's own troubles do to its neighbours and these to it is lost (the run has other troubles of the
firm): an echo, as large as its PD times what its own failure brings back to it. That is little where PD is, and
elsewhere these books are not needed.
"""

from __future__ import annotations

import numpy as np

from supplyrisk.loaders.synthetic.external_shocks import JUMPS, ShockProcess, ShockWeek
from supplyrisk.loaders.synthetic.simulation import WorldMoment
from supplyrisk.loaders.synthetic.weekly_dynamics import (
    NeighbourEffects,
    SimulationNetwork,
    WeekLinks,
    step_replicas,
)
from supplyrisk.loaders.synthetic.world_plan import NONE, Floats

MORE, LARGER = 6.0, 2.0


class ImportanceReplicas:
    """The second books of a block of replicas, with all channels in force and with none."""

    def __init__(
        self, climate: ShockProcess, network: SimulationNetwork, moment: WorldMoment, block: tuple[int, int]
    ) -> None:
        number, size = block
        self.climate, self.key = climate, (moment.week, number)
        self.arms = (network, network.with_strengths(NONE))
        self.states = tuple(moment.state.copied(size) for _ in self.arms)
        self.shocks = moment.shocks.copied(size)
        shape = self.shocks.own.shape
        self.weight, self.left, self.pd = np.ones(shape), np.ones((2, *shape)), np.zeros((2, *shape))

    def step(self, wiring: WeekLinks, week: ShockWeek, felt: NeighbourEffects) -> None:
        """One week after the run's own: its common shocks, what its firms feel, and other own shocks."""
        streams = self.climate.plan.stream
        draw = streams("jumps again", week.number, *self.key).random(self.weight.shape)
        draw, weight = reweighted_draws(draw, self.climate.careless)
        own = self.climate.again(self.shocks, week, draw, streams("demand again", week.number, *self.key))
        self.weight *= weight
        for arm, (network, state) in enumerate(zip(self.arms, self.states, strict=True)):
            chance, left = step_replicas(network, wiring, state, own, felt)
            self.pd[arm] += self.weight * self.left[arm] * chance
            self.left[arm] *= left


def reweighted_draws(draw: Floats, careless: Floats) -> tuple[Floats, Floats]:
    """Even draws in [0, 1) turned into draws of rare things that come MORE often, and the weights of that.

    careless: each firm's chance of an onset of mismanagement (rows). A weight is the usual density over the
    raised one; over all draws its mean is 1. Of sizes, which are exponential, the mean grows LARGER times.
    """
    usual = sum(JUMPS) + careless
    rare = draw < MORE * usual
    rest = (1 - usual) / (1 - MORE * usual)
    moved = np.where(rare, draw / MORE, usual + (draw - MORE * usual) * rest)
    weight = np.where(rare, 1 / MORE, rest)
    above = 0.0
    for chance in JUMPS:
        hit = rare & (moved >= above) & (moved < above + chance)
        # exp(-size), uniform in (0, 1]; its power is exp(-LARGER size)
        small = 1 - (moved[hit] - above) / chance
        moved[hit] = above + chance * (1 - small**LARGER)
        weight[hit] *= LARGER * small ** (LARGER - 1)
        above += chance
    return moved, weight
