"""Shocks to firms from outside their network, week by week: their own, and those shared by industry or region.

No shock depends on the state of any firm: two runs with the same draws have the same shocks, whoever fails.

    log demand_i = own_i + common_i    own and common are first-order autoregressions; losing customers is a jump of own
    cost_i       = own jumps, which fade, + the region's cost
    drift_i      = mismanagement: from its onset the margin falls by WEEKLY_DRIFT each week, until recovery
    fraud_i      = cash lost at once to fraud or a claim, rarely
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.world_plan import LINES, MANUFACTURING, REGIONS, TIERS, Bools, Floats, Ints

PERSISTENCE = 0.97
"""First-order autocorrelation of log demand from week to week (.45 over half a year)."""
OWN_SPREAD = 0.15
"""Standard deviation of a firm's own log demand."""
COMMON_SPREAD = 0.20
"""Standard deviation of common log demand at homophily 1; it grows with the root of homophily."""
COMMON_COST_SPREAD = 0.02
"""Standard deviation of a region's costs at homophily 1, as a share of sales; it grows in the same way."""
WEEKLY_LOSS_CHANCE = 0.0005
MEAN_LOSS = 0.35
"""Mean drop of own log demand when customers are lost."""
WEEKLY_COST_RISE_CHANCE = 0.0008
MEAN_COST_RISE = 0.06
"""Mean rise of costs, as a share of sales."""
COST_RISE_PERSISTENCE = 0.98
WEEKLY_ONSET_CHANCE = 0.0003
"""Chance of an onset of mismanagement at mean quality; it falls exponentially with quality."""
WEEKLY_DRIFT = 0.0018
MAX_DRIFT = 0.16
"""Loss of margin by mismanagement, per week and at most, as a share of sales."""
WEEKLY_RECOVERY_CHANCE = 0.015
DEMAND_LOST_PER_DRIFT = 2.0
WEEKLY_FRAUD_CHANCE = 0.003
MEAN_FRAUD = 0.85
"""Mean loss by fraud or a claim, in weeks of sales."""
JUMP_CHANCES = (WEEKLY_LOSS_CHANCE, WEEKLY_COST_RISE_CHANCE, WEEKLY_FRAUD_CHANCE)
"""Weekly chances of the rare events of exponential size, in the order in which they share one uniform draw."""
WEEKLY_CLOSURE_CHANCE = 0.0004
BURN_IN_WEEKS = 40
"""Weeks before week 0 in which rare events have hit firms already."""


@dataclass
class ExternalShocks:
    """State of all external shocks at the end of a week.

    Parameters
    ----------
    own_demand: own part of log demand, firms x replicas.
    own_cost: own part of costs as a share of sales, firms x replicas.
    drift: loss of margin by mismanagement, as a share of sales, firms x replicas.
    drifting: whether mismanagement goes on, firms x replicas.
    industry_demand: log demand of each tier and line of goods, industries x replicas.
    region_demand, region_cost: log demand and costs of each region, regions x replicas.
    """

    own_demand: Floats
    own_cost: Floats
    drift: Floats
    drifting: Bools
    industry_demand: Floats
    region_demand: Floats
    region_cost: Floats

    def replicated(self, replicas: int) -> ExternalShocks:
        """Return the same state in each of `replicas` replicas."""
        # by position: the order of vars() is that of the fields
        return ExternalShocks(*(np.repeat(part, replicas, axis=1) for part in vars(self).values()))


@dataclass(frozen=True)
class ShockWeek:
    """The shocks of one week; arrays are firms x replicas (usual_demand and growth: firms x 1).

    Parameters
    ----------
    week: number of the week.
    demand: usual_demand * common_factor * own_factor, less what drift costs; in weeks of sales.
    usual_demand: demand without shocks (season and growth); growth is the same without season.
    common_factor, own_factor: factors of demand by the firm's industry and region, and its own.
    cost: additional costs, of which shared_cost is the region's; a share of sales.
    drift: loss of margin by mismanagement, a share of sales.
    fraud: loss by fraud or a claim, in weeks of sales.
    default_draw, closure_draw: uniform draws in [0, 1) that decide who defaults and who closes.
    """

    week: int
    demand: Floats
    usual_demand: Floats
    growth: Floats
    common_factor: Floats
    own_factor: Floats
    cost: Floats
    shared_cost: Floats
    drift: Floats
    fraud: Floats
    default_draw: Floats
    closure_draw: Floats


class ShockProcess:
    """Generates the weekly shocks of an economy.

    onset_chance: each firm's weekly chance of an onset of mismanagement, firms x 1.
    """

    def __init__(self, economy: Economy) -> None:
        firms = economy.firms
        self.plan = economy.plan
        self.firms = firms
        self.industry = firms.industry
        self.region = firms.region
        self.growth = firms.growth
        self.season = economy.plan.season()
        self.line = firms.line_of_goods
        # column of `season`: retail sees the full peak, all other tiers half of it
        self.upstream = (firms.tier <= MANUFACTURING).astype(np.int64) | (firms.tier > 4)
        self.common_spread = COMMON_SPREAD * np.sqrt(self.plan.homophily)
        self.onset_chance = WEEKLY_ONSET_CHANCE * np.exp(-0.7 * firms.quality)[:, None]

    def initial_state(self) -> ExternalShocks:
        """Return the state before week 0, one replica: the long-run distribution."""
        # the three draws of `rng` below must keep their order: industry, region, region's cost
        rng = self.plan.stream("climate")
        n = self.plan.firms
        zeros = np.zeros((n, 1))
        shocks = ExternalShocks(
            own_demand=zeros,
            own_cost=zeros,
            drift=zeros,
            drifting=zeros > 0,
            industry_demand=self.common_spread * rng.standard_normal((len(TIERS) * len(LINES), 1)),
            region_demand=self.common_spread * rng.standard_normal((len(REGIONS), 1)),
            region_cost=COMMON_COST_SPREAD
            * np.sqrt(self.plan.homophily)
            * rng.standard_normal((len(REGIONS), 1)),
        )
        # so that week 0 is not free of lost customers, cost rises and mismanagement
        for week in range(BURN_IN_WEEKS):
            self._apply_jumps(shocks, self.plan.stream("before", week).random((n, 1)))
            shocks.own_demand = PERSISTENCE * shocks.own_demand
        # past jumps come on top of the stationary spread of own demand
        shocks.own_demand = shocks.own_demand + OWN_SPREAD * rng.standard_normal((n, 1))
        return shocks

    def step(self, shocks: ExternalShocks, week: int, *block: int) -> ShockWeek:
        """Advance the shocks by a week, in place, and return that week's.

        Parameters
        ----------
        shocks: the state at the end of the week before.
        week: number of the week.
        block: numbers that key the draws of this block of replicas; blocks with other numbers share none.
        """
        plan = self.plan
        shape = shocks.own_demand.shape

        def stream(purpose: str) -> np.random.Generator:
            return plan.stream(purpose, week, *block)

        self._step_common(shocks, stream("common"))
        fraud = self._step_own(shocks, stream("jumps").random(shape), stream("demand"))
        shared_cost = shocks.region_cost[self.region]
        own_factor = np.exp(shocks.own_demand)
        # weights of industry and region add up to 1 in variance, so the common spread is the same for all firms
        common_factor = np.exp(
            np.sqrt(0.7) * shocks.industry_demand[self.industry]
            + np.sqrt(0.3) * shocks.region_demand[self.region]
        )
        growth = np.exp(self.growth * (week / 52.0))[:, None]
        usual_demand = growth * self.season[week % plan.weeks, self.line, self.upstream][:, None]
        return ShockWeek(
            week=week,
            demand=usual_demand * common_factor * own_factor * (1 - DEMAND_LOST_PER_DRIFT * shocks.drift),
            usual_demand=usual_demand,
            growth=growth,
            common_factor=common_factor,
            own_factor=own_factor,
            cost=shocks.own_cost + shared_cost,
            shared_cost=shared_cost,
            drift=shocks.drift,
            fraud=fraud,
            default_draw=stream("fails").random(shape),
            closure_draw=stream("closes").random(shape),
        )

    def redraw_own(
        self, shocks: ExternalShocks, week: ShockWeek, jump_draw: Floats, rng: np.random.Generator
    ) -> ShockWeek:
        """Return the same week with other own shocks, which advance in place.

        Parameters
        ----------
        shocks: the state of the other own shocks.
        week: the week whose common shocks are kept.
        jump_draw: draws in [0, 1) that decide about rare events, firms x replicas.
        rng: source of the gradual change of own demand.
        """
        fraud = self._step_own(shocks, jump_draw, rng)
        own_factor = np.exp(shocks.own_demand)
        return replace(
            week,
            own_factor=own_factor,
            demand=week.usual_demand
            * week.common_factor
            * own_factor
            * (1 - DEMAND_LOST_PER_DRIFT * shocks.drift),
            cost=shocks.own_cost + week.shared_cost,
            drift=shocks.drift,
            fraud=fraud,
        )

    def _step_own(self, shocks: ExternalShocks, jump_draw: Floats, rng: np.random.Generator) -> Floats:
        """Advance a firm's own shocks, and return its losses by fraud."""
        fraud = self._apply_jumps(shocks, jump_draw)
        # innovation whose variance keeps the autoregression at OWN_SPREAD
        noise = np.sqrt(1 - PERSISTENCE**2) * OWN_SPREAD
        shocks.own_demand = PERSISTENCE * shocks.own_demand + noise * rng.standard_normal(jump_draw.shape)
        return fraud

    def _step_common(self, shocks: ExternalShocks, rng: np.random.Generator) -> None:
        """Advance industries and regions; industry first, then region's demand, then its cost, from one stream."""
        cost_spread = COMMON_COST_SPREAD * np.sqrt(self.plan.homophily)
        shocks.industry_demand = _step_cells(shocks.industry_demand, self.industry, self.common_spread, rng)
        shocks.region_demand = _step_cells(shocks.region_demand, self.region, self.common_spread, rng)
        shocks.region_cost = _step_cells(shocks.region_cost, self.region, cost_spread, rng)

    def _apply_jumps(self, shocks: ExternalShocks, draw: Floats) -> Floats:
        """Apply rare events, at most one per firm and week, and return losses by fraud (firms x replicas).

        Each kind of event owns a stretch of the unit interval as long as its chance. A draw that falls into it is,
        given that, uniform over the stretch, and its logarithm gives an exponential size: one draw decides both.
        The upper end of the interval decides about recovery from mismanagement.
        """
        shocks.own_demand = shocks.own_demand - MEAN_LOSS * _jump_sizes(draw, 0.0, WEEKLY_LOSS_CHANCE)
        start = WEEKLY_LOSS_CHANCE
        shocks.own_cost = COST_RISE_PERSISTENCE * shocks.own_cost + MEAN_COST_RISE * _jump_sizes(
            draw, start, WEEKLY_COST_RISE_CHANCE
        )
        start += WEEKLY_COST_RISE_CHANCE
        fraud = MEAN_FRAUD * _jump_sizes(draw, start, WEEKLY_FRAUD_CHANCE)
        start += WEEKLY_FRAUD_CHANCE
        begins = (draw >= start) & (draw < start + self.onset_chance)
        shocks.drifting = (shocks.drifting | begins) & (draw < 1 - WEEKLY_RECOVERY_CHANCE)
        # a drifting margin falls by the same amount each week; after recovery 7 % of the loss is won back a week
        worse = np.minimum(shocks.drift + WEEKLY_DRIFT, MAX_DRIFT)
        shocks.drift = np.where(shocks.drifting, worse, 0.93 * shocks.drift)
        return fraud


def _step_cells(state: Floats, cell: Ints, spread: float, rng: np.random.Generator) -> Floats:
    """Advance the autoregression of cells (industries or regions) by a week, cells x replicas.

    Parameters
    ----------
    state: values of the week before.
    cell: each firm's cell.
    spread: stationary standard deviation.
    """
    innovation = np.sqrt(1 - PERSISTENCE**2)
    state = PERSISTENCE * state + innovation * spread * rng.standard_normal(state.shape)
    # the mean over firms is held at 0: a business cycle would leave the default rate to the seed
    weight = np.bincount(cell, minlength=len(state))[:, None] / len(cell)
    centred: Floats = state - (weight * state).sum(axis=0)
    return centred


def _jump_sizes(draw: Floats, start: float, chance: float) -> Floats:
    """Return exponential sizes of mean 1 where the draw lies in [start, start + chance), else 0."""
    size = np.zeros_like(draw)
    hit = (draw >= start) & (draw < start + chance)
    # inverse transform: uniform in the stretch gives exponential sizes; log1p is exact near 0
    size[hit] = -np.log1p(-(draw[hit] - start) / chance)
    return size
