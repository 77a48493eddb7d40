"""The course of a scenario: successive shocks, the losses after each, money, and who tips over."""

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
    """What holds during one step; shapes (n,).

    supply, demand: psi so far, what firms lost by the shocks of this step and all before. outcome: what all firms lose
    by it. money: their lost sales of the step's weeks, None where data are undated. tips: who has tipped over by
    its end, in it or before, for whatever reason.
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
    """All stages of a scenario, the firms that tip over, and why.

    loss: the last stage's, shape (n,). mean: by weeks over all stages. money: of all of them. lost_profit: of all of
    them, NaN where the firm's books are not known. by_loss, by_equity, by_liquidity: whether a firm tips over by the
    last stage, shape (n,): by its loss in any stage, by lost profit above its equity, above its liquid assets. What has
    tipped over stays so: `tips` is that of the last stage.
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
        """Firms that tip over for whatever reason."""
        return self.by_loss | self.by_equity | self.by_liquidity


def options_of(plan: ScenarioPlan) -> RunOptions:
    """How the plan wants the losses computed."""
    return RunOptions(plan.eps, substitution=plan.substitution)


def combined_shocks(shocks: Sequence[StepShock]) -> tuple[Floats, Floats]:
    """psi of successive shocks: 1 - prod(1 - psi_step), for supply and for demand; shocks must not be empty.

    Each takes its share of what the ones before left: two of a half leave a quarter.
    """
    left = [np.prod([1.0 - getattr(s, name) for s in shocks], axis=0) for name in ("supply", "demand")]
    return 1.0 - left[0], 1.0 - left[1]


def run_course(
    plan: ScenarioPlan,
    shocks: Sequence[StepShock],
    scenario: Scenario,
    scope: ScenarioScope,
    costs: ScenarioCosts | None = None,
) -> ScenarioCourse:
    """Run every step; what is lost stays lost until the scenario ends.

    A firm's lost sales are loss x sales per week x weeks; its lost profit is loss x profit of a year x weeks / (365/7).
    """
    psi = [combined_shocks(shocks[: number + 1]) for number in range(len(shocks))]
    outcomes = [scenario.run(*of_step, options_of(plan)) for of_step in psi]
    losses = np.array([outcome.loss for outcome in outcomes])
    weeks = np.array([shock.step.weeks for shock in shocks])
    lost_profit, by_loss, by_equity, by_liquidity = _tipped(plan, losses, weeks, costs)
    tips = by_loss | by_equity | by_liquidity
    sales = None if scope.weekly is None else losses * scope.weekly * weeks[:, None]
    stages = [
        ScenarioStage(
            s.step.label, s.step.weeks, *psi[k], outcomes[k], None if sales is None else sales[k], tips[k]
        )
        for k, s in enumerate(shocks)
    ]
    return ScenarioCourse(
        stages=tuple(stages),
        loss=losses[-1],
        mean=weeks @ losses / weeks.sum(),
        money=None if sales is None else np.sum(sales, axis=0),
        lost_profit=lost_profit[-1],
        by_loss=by_loss[-1],
        by_equity=by_equity[-1],
        by_liquidity=by_liquidity[-1],
    )


def _tipped(
    plan: ScenarioPlan, losses: Floats, weeks: Floats, books: ScenarioCosts | None
) -> tuple[Floats, Flags, Flags, Flags]:
    """Lost profit until the end of each step, and who has tipped over by then: by loss, equity and liquid assets.

    losses: (steps, n). weeks: (steps,). All that is given back is (steps, n).
    """
    unknown = np.full(losses.shape[1], np.nan)
    profit, equity, liquid = (
        (unknown, unknown, unknown) if books is None else (books.profit, books.equity, books.liquid_assets)
    )
    # A year that earned nothing has nothing to lose.
    lost = np.maximum(profit, 0.0) * np.cumsum(weeks[:, None] * losses, axis=0) / WEEKS_OF_A_YEAR
    by_loss = np.maximum.accumulate(losses, axis=0) >= plan.tips_at
    return lost, by_loss, (lost > 0) & (lost > equity), (lost > 0) & (lost > liquid)
