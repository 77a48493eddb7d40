"""What happens to firms from outside their network, week by week: own shocks, and shocks shared by their kind.

Nothing here depends on any firm's state: two runs with the same draws have the same shocks, whatever fails.

    log demand_i = own_i + common_i,   own and common first-order autoregressions; a lost customer base is a jump of own
    cost_i       = own jumps, fading, + the region's
    drift_i      = mismanagement: from its onset on the margin falls by DRIFT a week, until somebody ends it
    fraud_i      = cash taken out, now and then
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.world_plan import LINES, MANUFACTURING, REGIONS, TIERS, Bools, Floats

PERSISTENCE = 0.97
"""First-order autocorrelation of log demand from week to week (half a year: .45)."""
OWN_SPREAD, COMMON_SPREAD = 0.15, 0.20
"""Standard deviations of own log demand, and of the common one at likeness 1 (it grows with its root)."""
LOSS_A_WEEK, MEAN_LOSS = 0.0005, 0.35
RISE_A_WEEK, MEAN_RISE, RISE_FADES = 0.0008, 0.06, 0.98
COMMON_COST = 0.02
ONSET_A_WEEK, DRIFT, ENDS_A_WEEK, MOST_DRIFT = 0.0003, 0.0018, 0.015, 0.16
DRIFT_COSTS_DEMAND = 2.0
FRAUD_A_WEEK, MEAN_FRAUD = 0.003, 0.85
JUMPS = (LOSS_A_WEEK, RISE_A_WEEK, FRAUD_A_WEEK)
"""Chances of the rare things that have an exponential size, in the order in which one draw tells them apart."""
CLOSURE_A_WEEK = 0.0004
BEFORE = 40
"""Weeks before the first, in which rare things have befallen firms already."""


@dataclass
class ExternalShocks:
    """The state of all that comes from outside; every array is firms (or cells) x replicas.

    industry and region hold log demand by cell, region_cost the costs.
    """

    own: Floats
    cost: Floats
    drift: Floats
    drifting: Bools
    industry: Floats
    region: Floats
    region_cost: Floats

    def copied(self, replicas: int) -> ExternalShocks:
        """The same state in each of a number of replicas."""
        return ExternalShocks(*(np.repeat(part, replicas, axis=1) for part in vars(self).values()))


@dataclass(frozen=True)
class ShockWeek:
    """One week's shocks, firms x replicas; number: which week it is.

    demand = level * common * own, and what drift takes: level is what it would be without shocks (season and
    growth; growth: that without season), common the factor of the firm's kind, own its own. cost (with
    shared_cost, the region's), drift and fraud are in weeks of sales. fails and closes are uniform draws.
    """

    number: int
    demand: Floats
    level: Floats
    growth: Floats
    common: Floats
    own: Floats
    cost: Floats
    shared_cost: Floats
    drift: Floats
    fraud: Floats
    fails: Floats
    closes: Floats


class ShockProcess:
    """Makes the weeks of an economy."""

    def __init__(self, economy: Economy) -> None:
        self.plan, firms = economy.plan, economy.firms
        self.firms = firms
        self.industry, self.region = firms.industry, firms.region
        self.growth = firms.growth
        season = economy.plan.season()
        self.season, self.line = season, firms.line_of_goods
        self.upstream = (firms.tier <= MANUFACTURING).astype(np.int64) | (firms.tier > 4)
        self.common = COMMON_SPREAD * np.sqrt(self.plan.likeness)
        self.careless = ONSET_A_WEEK * np.exp(-0.7 * firms.quality)[:, None]

    def begin(self) -> ExternalShocks:
        """The state before week 0, one replica: as it is after a long time."""
        rng, n = self.plan.stream("climate"), self.plan.firms
        none = np.zeros((n, 1))
        shocks = ExternalShocks(
            own=none,
            cost=none,
            drift=none,
            drifting=none > 0,
            industry=self.common * rng.standard_normal((len(TIERS) * len(LINES), 1)),
            region=self.common * rng.standard_normal((len(REGIONS), 1)),
            region_cost=COMMON_COST * np.sqrt(self.plan.likeness) * rng.standard_normal((len(REGIONS), 1)),
        )
        for week in range(BEFORE):
            self._jumps(shocks, self.plan.stream("before", week).random((n, 1)))
            shocks.own = PERSISTENCE * shocks.own
        # the jumps come on top of the spread that own demand has anyway
        shocks.own = shocks.own + OWN_SPREAD * rng.standard_normal((n, 1))
        return shocks

    def step(self, shocks: ExternalShocks, week: int, *block: int) -> ShockWeek:
        """Move the shocks on by a week, in place; block numbers tell apart what must not share draws."""
        plan, shape = self.plan, shocks.own.shape

        def fresh(purpose: str) -> np.random.Generator:
            return plan.stream(purpose, week, *block)

        self._common(shocks, fresh("common"))
        fraud = self._own(shocks, fresh("jumps").random(shape), fresh("demand"))
        shared_cost = shocks.region_cost[self.region]
        own = np.exp(shocks.own)
        common = np.exp(
            np.sqrt(0.7) * shocks.industry[self.industry] + np.sqrt(0.3) * shocks.region[self.region]
        )
        growth = np.exp(self.growth * (week / 52.0))[:, None]
        level = growth * self.season[week % plan.weeks, self.line, self.upstream][:, None]
        return ShockWeek(
            number=week,
            demand=level * common * own * (1 - DRIFT_COSTS_DEMAND * shocks.drift),
            level=level,
            growth=growth,
            common=common,
            own=own,
            cost=shocks.cost + shared_cost,
            shared_cost=shared_cost,
            drift=shocks.drift,
            fraud=fraud,
            fails=fresh("fails").random(shape),
            closes=fresh("closes").random(shape),
        )

    def again(
        self, shocks: ExternalShocks, week: ShockWeek, draw: Floats, rng: np.random.Generator
    ) -> ShockWeek:
        """The same week with other own shocks, which move on in place; draw: of the rare things (`jumps`)."""
        fraud = self._own(shocks, draw, rng)
        own = np.exp(shocks.own)
        return replace(
            week,
            own=own,
            demand=week.level * week.common * own * (1 - DRIFT_COSTS_DEMAND * shocks.drift),
            cost=shocks.cost + week.shared_cost,
            drift=shocks.drift,
            fraud=fraud,
        )

    def _own(self, shocks: ExternalShocks, draw: Floats, rng: np.random.Generator) -> Floats:
        """Everything of a firm's own, by one draw for what is rare and one for the slow change of demand."""
        fraud = self._jumps(shocks, draw)
        noise = np.sqrt(1 - PERSISTENCE**2) * OWN_SPREAD
        shocks.own = PERSISTENCE * shocks.own + noise * rng.standard_normal(draw.shape)
        return fraud

    def _common(self, shocks: ExternalShocks, rng: np.random.Generator) -> None:
        """Industries and regions; their mean over the firms is kept at 0.

        Otherwise a business cycle would leave the rate of default to the seed.
        """
        kept = np.sqrt(1 - PERSISTENCE**2)
        for name, cell, spread in (
            ("industry", self.industry, self.common),
            ("region", self.region, self.common),
            ("region_cost", self.region, COMMON_COST * np.sqrt(self.plan.likeness)),
        ):
            state = getattr(shocks, name)
            state = PERSISTENCE * state + kept * spread * rng.standard_normal(state.shape)
            weight = np.bincount(cell, minlength=len(state))[:, None] / len(cell)
            setattr(shocks, name, state - (weight * state).sum(axis=0))

    def _jumps(self, shocks: ExternalShocks, draw: Floats) -> Floats:
        """Rare things, of which at most one befalls a firm in a week: one draw decides which and how bad.

        The draw lies in the stretch of the unit interval that belongs to a thing; where in it, is a uniform
        draw again, and its logarithm an exponential size.
        """
        shocks.own = shocks.own - MEAN_LOSS * _size(draw, 0.0, LOSS_A_WEEK)
        above = LOSS_A_WEEK
        shocks.cost = RISE_FADES * shocks.cost + MEAN_RISE * _size(draw, above, RISE_A_WEEK)
        above += RISE_A_WEEK
        fraud = MEAN_FRAUD * _size(draw, above, FRAUD_A_WEEK)
        above += FRAUD_A_WEEK
        begins = (draw >= above) & (draw < above + self.careless)
        shocks.drifting = (shocks.drifting | begins) & (draw < 1 - ENDS_A_WEEK)
        worse = np.minimum(shocks.drift + DRIFT, MOST_DRIFT)
        shocks.drift = np.where(shocks.drifting, worse, 0.93 * shocks.drift)
        return fraud


def _size(draw: Floats, above: float, chance: float) -> Floats:
    """Exponential sizes of mean 1 where the draw lies in [above, above + chance), else 0."""
    size = np.zeros_like(draw)
    hit = (draw >= above) & (draw < above + chance)
    size[hit] = -np.log1p(-(draw[hit] - above) / chance)
    return size
