"""The one simulation of a world that becomes data: what happened to every firm in every week, and why it failed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.external_shocks import (
    DEMAND_LOST_PER_DRIFT,
    ExternalShocks,
    ShockProcess,
    ShockWeek,
)
from supplyrisk.loaders.synthetic.simulation_network import FirmStates, SimulationNetwork
from supplyrisk.loaders.synthetic.weekly_dynamics import WeekOutcome, step_week, step_week_audited
from supplyrisk.loaders.synthetic.world_plan import CAUSES, NEVER, NO_CONTAGION, Bools, Floats, Ints

Series = npt.NDArray[np.float32]
LOSS_MEMORY = 0.97
"""Weight of a week's losses one week later, among the causes of a default (half after 23 weeks)."""
SERIES = ("trade", "gap", "cash", "stock", "drift", "rumour")
"""Fields of `WorldHistory` that are recorded week by week."""
STRESS_LAG_WEEKS = 3
TROUBLE_WEIGHT = 0.6
RUMOUR_WEIGHT = 0.6
RUMOUR_PERSISTENCE = 0.97


@dataclass(frozen=True)
class WorldMoment:
    """The whole state of a world after `week` weeks have passed, one replica."""

    week: int
    state: FirmStates
    shocks: ExternalShocks


@dataclass(frozen=True)
class WorldHistory:
    """What happened in a world; series are weeks x firms, in weeks of the firm's sales.

    Parameters
    ----------
    trade: demand over what season and growth alone would give.
    gap: share of orders not filled.
    cash, stock, drift: as in `FirmStates` and `ExternalShocks`.
    rumour: noise of variance 1 in what outsiders observe.
    ended_week: week in which the firm defaulted or closed; the number of weeks where it did not.
    ended_on: day number of that; NEVER where it did not.
    failed: whether it ended by default.
    causes: shares of each cause in a failed firm's losses of cash, firms x CAUSES; 0 for firms that did not fail.
    moments: states at the truth's as-of dates.
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
        """Compute how much in trouble a firm appears in a week, with mean about 0 and spread about 1.

        Only a part of it is real. Trouble becomes visible STRESS_LAG_WEEKS weeks late, and is mixed with the firm's
        rumour, which moves slowly and carries no information.

        Parameters
        ----------
        week, firm: numbers that broadcast to the shape of the result.
        """
        firms = economy.firms
        seen_week = np.maximum(np.maximum(week - STRESS_LAG_WEEKS, firms.joined_week[firm]), 0)
        target = firms.target_cash[firm] + firms.credit_line[firm]
        liquidity_share = (self.cash[seen_week, firm] + firms.credit_line[firm]) / target
        # weeks of sales, shares of sales and shares of orders, each brought to a comparable size
        trouble = (
            np.clip(1.0 - liquidity_share, 0.0, 1.2)
            + 5.0 * self.drift[seen_week, firm]
            + 0.6 * self.gap[seen_week, firm]
        )
        return np.asarray(TROUBLE_WEIGHT * trouble + RUMOUR_WEIGHT * self.rumour[week, firm], np.float64)


def simulate(economy: Economy) -> WorldHistory:
    """Simulate all weeks of a world."""
    recorder = _HistoryRecorder(economy)
    for week in range(economy.plan.weeks):
        recorder.step(week)
    return recorder.history()


def default_weeks_without_contagion(economy: Economy) -> Ints:
    """Return the week in which each firm would have failed without contagion; the number of weeks: never.

    All random draws are those of the world itself.
    """
    network = SimulationNetwork(economy, NO_CONTAGION)
    process = ShockProcess(economy)
    state = network.initial_state()
    shocks = process.initial_state()
    default_week = np.full(economy.plan.firms, economy.plan.weeks)
    # no link is felt, so any week's will do
    links = network.week_links(0)
    for week in range(economy.plan.weeks):
        outcome = step_week(network, links, state, process.step(shocks, week))
        default_week[outcome.fails[:, 0]] = week
    return default_week


class _HistoryRecorder:
    """Simulates a world week by week, one replica, and records what happens."""

    def __init__(self, economy: Economy) -> None:
        self.economy = economy
        self.plan = economy.plan
        self.network = SimulationNetwork(economy, self.plan.effective_strengths)
        self.process = ShockProcess(economy)
        self.state = self.network.initial_state()
        self.shocks = self.process.initial_state()
        shape = (self.plan.weeks, self.plan.firms)
        # single precision halves the memory: 3.6 GB for a million firms over 150 weeks
        self.series: dict[str, Series] = {name: np.zeros(shape, np.float32) for name in SERIES}
        self.ended_week = np.full(self.plan.firms, self.plan.weeks)
        self.failed = np.zeros(self.plan.firms, bool)
        self.losses = np.zeros((len(CAUSES), self.plan.firms))
        self.moments: list[WorldMoment] = []
        self.rumour = self.plan.stream("rumour").standard_normal(self.plan.firms)

    def step(self, week: int) -> None:
        """Simulate and record a week."""
        if week in self.plan.as_of_weeks and self.plan.replicas:
            self.moments.append(WorldMoment(week, self.state.replicated(1), self.shocks.replicated(1)))
        links = self.network.week_links(week)
        shock = self.process.step(self.shocks, week)
        outcome = step_week_audited(self.network, links, self.state, shock)
        # a failed firm's gap is what its neighbours feel, not a share of its orders
        gap = np.where(outcome.fails, 0.0, np.where(self.state.exited, 0.0, self.state.gap))
        recorded = {
            "trade": shock.demand / shock.usual_demand,
            "gap": gap,
            "cash": self.state.cash,
            "stock": self.state.stock,
            "drift": shock.drift,
            "rumour": self._step_rumour(week),
        }
        for name, values in recorded.items():
            self.series[name][week] = values[:, 0]
        present = (self.ended_week == self.plan.weeks) & (self.network.joined[:, 0] <= week)
        self.losses *= LOSS_MEMORY
        self.losses += np.where(present, _losses_by_cause(self.network, shock, outcome), 0)
        self.failed |= outcome.fails[:, 0]
        self.ended_week[outcome.fails[:, 0] | outcome.closes[:, 0]] = week

    def _step_rumour(self, week: int) -> Floats:
        """Advance the rumours by a week, firms x 1; their variance stays 1."""
        innovation = self.plan.stream("rumour", week).standard_normal(self.plan.firms)
        self.rumour = RUMOUR_PERSISTENCE * self.rumour + np.sqrt(1 - RUMOUR_PERSISTENCE**2) * innovation
        return self.rumour[:, None]

    def history(self) -> WorldHistory:
        """Return what happened in all weeks."""
        plan = self.plan
        day = plan.week_start(self.ended_week) + plan.stream("days").integers(0, 7, plan.firms)
        total = self.losses.sum(axis=0)
        causes = np.divide(self.losses, total, out=np.zeros_like(self.losses), where=total > 0)
        causes[:, ~self.failed] = 0.0
        ended_on = np.where(self.ended_week < plan.weeks, day, NEVER)
        return WorldHistory(
            **self.series,
            ended_week=self.ended_week,
            ended_on=ended_on,
            failed=self.failed,
            causes=causes.T,
            moments=tuple(self.moments),
        )


def _losses_by_cause(network: SimulationNetwork, shock: ShockWeek, outcome: WeekOutcome) -> Floats:
    """Compute the cash that a week took from each firm, CAUSES x firms, each cause valued as if it came alone."""
    gain = 1 - network.materials - network.variable
    usual_gain = gain * shock.usual_demand
    own_demand = usual_gain * np.maximum(1 - shock.own_factor, 0.0)
    own_cost = np.maximum(shock.cost - shock.shared_cost, 0.0)
    # mismanagement costs margin directly, and demand on top of it
    mismanagement = shock.drift * (1 + usual_gain * DEMAND_LOST_PER_DRIFT)
    # a weak season, and a margin that is negative by itself
    margin = 1 - network.materials - network.fixed - network.variable
    ordinary = gain * np.maximum(shock.growth - shock.usual_demand, 0.0) + np.maximum(-margin, 0.0)
    common = usual_gain * np.maximum(1 - shock.common_factor, 0.0) + np.maximum(shock.shared_cost, 0.0)
    # in the order of CAUSES: own causes, common shocks, channels
    own = (own_demand, own_cost, mismanagement, shock.fraud, ordinary)
    return np.stack([part[:, 0] for part in (*own, common, *outcome.losses)])
