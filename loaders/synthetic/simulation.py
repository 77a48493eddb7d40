"""The one run of a world that becomes data: what happened to every firm in every week, and why it failed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.external_shocks import (
    DRIFT_COSTS_DEMAND,
    ExternalShocks,
    ShockProcess,
    ShockWeek,
)
from supplyrisk.loaders.synthetic.weekly_dynamics import FirmStates, SimulationNetwork, WeekOutcome, step_week
from supplyrisk.loaders.synthetic.world_plan import CAUSES, NEVER, NONE, Bools, Floats, Ints

Series = npt.NDArray[np.float32]
REMEMBERED = 0.97
"""What is left after a week of the losses that count as causes of a default (half of them in 23 weeks)."""
KEPT = ("trade", "gap", "cash", "stock", "drift", "rumour")
LAG, SHOWS, RUMOUR, RUMOUR_LASTS = 3, 0.6, 0.6, 0.97


@dataclass(frozen=True)
class WorldMoment:
    """The whole state of a world at the end of a week (weeks that have passed: `week`)."""

    week: int
    state: FirmStates
    shocks: ExternalShocks


@dataclass(frozen=True)
class WorldHistory:
    """What happened; series are weeks x firms, in weeks of the firm's sales.

    trade: demand over what season and growth give; gap: the share of orders not filled; cash, stock, drift:
    as in the dynamics; rumour: noise of variance 1 in what can be seen. ended_week and ended_on tell when a
    firm stopped (the number of weeks and NEVER where it did not), failed whether it was by default. causes:
    firms x CAUSES, shares of what took the cash of those that failed. moments: the states at the truth's
    as-of dates.
    """

    trade: Series
    gap: Series
    cash: Series
    stock: Series
    drift: Series
    rumour: Series
    ended_week: Ints
    ended_on: Ints
    failed: Bools
    causes: Floats
    moments: tuple[WorldMoment, ...]

    def stress(self, economy: Economy, week: Ints | int, firm: Ints) -> Floats:
        """How much in trouble a firm looks in a week, about 0 with a spread of 1: the truth is a part of it only.

        Trouble takes LAG weeks to show, and much that looks like it is none: the firm's rumour, which moves
        slowly and means nothing.
        """
        seen = np.maximum(np.maximum(week - LAG, economy.firms.joined_week[firm]), 0)
        room = economy.firms.cash[firm] + economy.firms.line[firm]
        left = (self.cash[seen, firm] + economy.firms.line[firm]) / room
        trouble = np.clip(1.0 - left, 0.0, 1.2) + 5.0 * self.drift[seen, firm] + 0.6 * self.gap[seen, firm]
        return np.asarray(SHOWS * trouble + RUMOUR * self.rumour[week, firm], np.float64)


def simulate(economy: Economy) -> WorldHistory:
    """Run all weeks."""
    run = _Run(economy)
    for week in range(economy.plan.weeks):
        run.step(week)
    return run.history()


def failed_alone(economy: Economy) -> Ints:
    """Weeks in which firms would have failed had nothing passed along links; the number of weeks: never.

    All other draws are those of the world itself.
    """
    network, climate = SimulationNetwork(economy, NONE), ShockProcess(economy)
    state, shocks = network.begin(), climate.begin()
    when = np.full(economy.plan.firms, economy.plan.weeks)
    wiring = network.wiring(0)
    for week in range(economy.plan.weeks):
        # no link is felt, so any week's will do
        when[step_week(network, wiring, state, climate.step(shocks, week)).fails[:, 0]] = week
    return when


class _Run:
    """The state of all firms, week after week."""

    def __init__(self, economy: Economy) -> None:
        self.economy, self.plan = economy, economy.plan
        self.network, self.climate = SimulationNetwork(economy, self.plan.in_force), ShockProcess(economy)
        self.state, self.shocks = self.network.begin(), self.climate.begin()
        shape = (self.plan.weeks, self.plan.firms)
        self.series: dict[str, Series] = {name: np.zeros(shape, np.float32) for name in KEPT}
        self.ended = np.full(self.plan.firms, self.plan.weeks)
        self.failed = np.zeros(self.plan.firms, bool)
        self.taken = np.zeros((len(CAUSES), self.plan.firms))
        self.moments: list[WorldMoment] = []
        self.rumour = self.plan.stream("rumour").standard_normal(self.plan.firms)

    def step(self, week: int) -> None:
        """One week, and its record."""
        if week in self.plan.as_of_weeks and self.plan.replicas:
            self.moments.append(WorldMoment(week, self.state.copied(1), self.shocks.copied(1)))
        wiring, shock = self.network.wiring(week), self.climate.step(self.shocks, week)
        outcome = step_week(self.network, wiring, self.state, shock, audit=True)
        gap = np.where(outcome.fails, 0.0, np.where(self.state.gone, 0.0, self.state.gap))
        for name, values in (
            ("trade", shock.demand / shock.level),
            ("gap", gap),
            ("cash", self.state.cash),
            ("stock", self.state.stock),
            ("drift", shock.drift),
            ("rumour", self._rumour(week)),
        ):
            self.series[name][week] = values[:, 0]
        lived = self.ended == self.plan.weeks
        self.taken *= REMEMBERED
        self.taken += np.where(
            lived & (self.network.joined[:, 0] <= week), _taken(self.network, shock, outcome), 0
        )
        self.failed |= outcome.fails[:, 0]
        self.ended[outcome.fails[:, 0] | outcome.closes[:, 0]] = week

    def _rumour(self, week: int) -> Floats:
        fresh = self.plan.stream("rumour", week).standard_normal(self.plan.firms)
        self.rumour = RUMOUR_LASTS * self.rumour + np.sqrt(1 - RUMOUR_LASTS**2) * fresh
        return self.rumour[:, None]

    def history(self) -> WorldHistory:
        """What happened in all weeks."""
        plan = self.plan
        day = plan.week_start(self.ended) + plan.stream("days").integers(0, 7, plan.firms)
        total = self.taken.sum(axis=0)
        causes = np.divide(self.taken, total, out=np.zeros_like(self.taken), where=total > 0)
        causes[:, ~self.failed] = 0.0
        ended_on = np.where(self.ended < plan.weeks, day, NEVER)
        return WorldHistory(
            **self.series,
            ended_week=self.ended,
            ended_on=ended_on,
            failed=self.failed,
            causes=causes.T,
            moments=tuple(self.moments),
        )


def _taken(network: SimulationNetwork, shock: ShockWeek, outcome: WeekOutcome) -> Floats:
    """Cash that a week took from each firm, CAUSES x firms, each thing valued as if it came alone."""
    gain = 1 - network.materials - network.variable
    usual = gain * shock.level
    by_drift = shock.drift * (1 + usual * DRIFT_COSTS_DEMAND)
    own_cost = np.maximum(shock.cost - shock.shared_cost, 0.0)
    ordinary = gain * np.maximum(shock.growth - shock.level, 0.0) + np.maximum(-_margin(network), 0.0)
    common = usual * np.maximum(1 - shock.common, 0.0) + np.maximum(shock.shared_cost, 0.0)
    own = (usual * np.maximum(1 - shock.own, 0.0), own_cost, by_drift, shock.fraud, ordinary)
    return np.stack([part[:, 0] for part in (*own, common, *outcome.losses)])


def _margin(network: SimulationNetwork) -> Floats:
    margin: Floats = 1 - network.materials - network.fixed - network.variable
    return margin
