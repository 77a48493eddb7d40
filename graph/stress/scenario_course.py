"""The course of a scenario: successive shocks, losses in each step, lost money, and the firms that tip over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.run_options import RunOptions
from supplyrisk.graph.contagion.scenario import Scenario, ScenarioOutcome
from supplyrisk.graph.stress.scenario_costs import WEEKS_OF_A_YEAR, ScenarioCosts
from supplyrisk.graph.stress.scenario_plan import ScenarioPlan
from supplyrisk.graph.stress.scenario_scope import ScenarioScope
from supplyrisk.graph.stress.step_shocks import StepShock

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class ScenarioStage:
    """One step of a scenario; arrays have shape (n,).

    label, weeks: of the step. supply, demand: psi, the lost share of capacity by this shock and all before it.
    outcome: losses of all firms. money: lost sales in the step's weeks, None where data are undated. tips: whether a
    firm has tipped over by the end of the step, for any reason.
    """

    label: str
    weeks: float
    supply: Floats
    demand: Floats
    outcome: ScenarioOutcome
    money: Floats | None
    tips: Flags


@dataclass(frozen=True)
class ScenarioCourse:
    """All stages of a scenario, the firms that tip over, and why; arrays have shape (n,).

    loss: lost share of production in the last stage. mean: mean over all stages, weighted by weeks. money: lost sales
    of all stages, None where data are undated. lost_profit: of all stages, NaN where no statement of the firm is known.
    by_loss, by_equity, by_liquidity: whether a firm tips over by the end: by its loss in any stage, by lost profit
    above its equity, above its liquid assets. A firm that has tipped over stays so.
    """

    stages: tuple[ScenarioStage, ...]
    loss: Floats
    mean: Floats
    money: Floats | None
    lost_profit: Floats
    by_loss: Flags
    by_equity: Flags
    by_liquidity: Flags

    @property
    def tips(self) -> Flags:
        """Whether each firm tips over for any reason, shape (n,)."""
        return self.by_loss | self.by_equity | self.by_liquidity


def options_of(plan: ScenarioPlan) -> RunOptions:
    """Return the options by which the plan's losses are computed."""
    return RunOptions(plan.eps, substitution=plan.substitution)


def combined_shocks(shocks: Sequence[StepShock]) -> tuple[Floats, Floats]:
    """Return psi of successive shocks for supply and for demand, both of shape (n,): 1 - prod(1 - psi_step).

    Each shock takes its share of what those before it left: two shocks of a half leave a quarter. shocks: at least one.
    """
    remaining_supply = np.prod([1.0 - shock.supply for shock in shocks], axis=0)
    remaining_demand = np.prod([1.0 - shock.demand for shock in shocks], axis=0)
    return 1.0 - remaining_supply, 1.0 - remaining_demand


def run_course(
    plan: ScenarioPlan,
    shocks: Sequence[StepShock],
    scenario: Scenario,
    scope: ScenarioScope,
    costs: ScenarioCosts | None = None,
) -> ScenarioCourse:
    """Run all steps; capacity that is lost stays lost until the scenario ends.

        lost sales  = sum over steps of loss x sales per week x weeks
        lost profit = sum over steps of loss x profit of a year x weeks / (365 / 7)

    shocks: one per step of the plan, at least one. costs: last statements; None: no lost profit, and firms tip over by
    their loss only.
    """
    # Shocks accumulate: step k has those of all steps before it.
    psi = [combined_shocks(shocks[: number + 1]) for number in range(len(shocks))]
    outcomes = [scenario.run(*of_step, options_of(plan)) for of_step in psi]
    losses = np.array([outcome.loss for outcome in outcomes])
    weeks = np.array([plan.weeks_of(shock.step) for shock in shocks])
    tipping = _tipping(plan, losses, weeks, costs)
    tips = tipping.by_loss | tipping.by_equity | tipping.by_liquidity
    sales = None if scope.weekly is None else losses * scope.weekly * weeks[:, None]
    stages = [
        ScenarioStage(
            label=shock.step.label,
            weeks=plan.weeks_of(shock.step),
            supply=psi[k][0],
            demand=psi[k][1],
            outcome=outcomes[k],
            money=None if sales is None else sales[k],
            tips=tips[k],
        )
        for k, shock in enumerate(shocks)
    ]
    return ScenarioCourse(
        stages=tuple(stages),
        loss=losses[-1],
        mean=weeks @ losses / weeks.sum(),
        money=None if sales is None else np.sum(sales, axis=0),
        lost_profit=tipping.lost_profit[-1],
        by_loss=tipping.by_loss[-1],
        by_equity=tipping.by_equity[-1],
        by_liquidity=tipping.by_liquidity[-1],
    )


@dataclass(frozen=True)
class _Tipping:
    """Lost profit up to the end of each step and whether a firm has tipped over by then, shape (steps, n) each."""

    lost_profit: Floats
    by_loss: Flags
    by_equity: Flags
    by_liquidity: Flags


def _tipping(plan: ScenarioPlan, losses: Floats, weeks: Floats, costs: ScenarioCosts | None) -> _Tipping:
    """Return which firms tip over. losses: shape (steps, n). weeks: (steps,)."""
    unknown = np.full(losses.shape[1], np.nan)
    profit = unknown if costs is None else costs.profit
    equity = unknown if costs is None else costs.equity
    liquid_assets = unknown if costs is None else costs.liquid_assets
    # A firm whose production earns nothing has no profit to lose.
    lost = np.maximum(profit, 0.0) * np.cumsum(weeks[:, None] * losses, axis=0) / WEEKS_OF_A_YEAR
    return _Tipping(
        lost_profit=lost,
        # Accumulated: a firm that has tipped over stays so.
        by_loss=np.maximum.accumulate(losses, axis=0) >= plan.tips_at,
        # Comparisons with NaN are false: a firm without a statement tips over by its loss only.
        by_equity=(lost > 0) & (lost > equity),
        by_liquidity=(lost > 0) & (lost > liquid_assets),
    )
