"""The course of a scenario: successive shocks, the losses after each, money, and who tips over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.arrays import Floats
from supplyrisk.graph.contagion.options import Options
from supplyrisk.graph.contagion.scenario import Outcome, Scenario
from supplyrisk.graph.stress.books import WEEKS_OF_A_YEAR, Books
from supplyrisk.graph.stress.field import Field
from supplyrisk.graph.stress.plan import Plan
from supplyrisk.graph.stress.select import Shock


@dataclass(frozen=True)
class Stage:
    """What holds during one step; shapes (n,).

    supply, demand: psi so far, what firms lost by the shocks of this step and all before. outcome: what all firms lose
    by it. money: their lost sales of the step's weeks, None where data are undated.
    """

    label: str
    weeks: float
    supply: Floats
    demand: Floats
    outcome: Outcome
    money: Floats | None


@dataclass(frozen=True)
class Course:
    """All stages of a scenario, the firms that tip over, and why.

    loss: the last stage's, shape (n,). mean: by weeks over all stages. money: of all of them. lost_profit: of all of
    them, NaN where the firm's books are not known. by_loss, by_equity, by_liquidity: whether a firm tips over by the
    last stage, shape (n,): by its loss in any stage, by lost profit above its equity, above its liquid assets.
    """

    stages: tuple[Stage, ...]
    loss: Floats
    mean: Floats
    money: Floats | None
    lost_profit: Floats
    by_loss: np.ndarray[tuple[int], np.dtype[np.bool_]]
    by_equity: np.ndarray[tuple[int], np.dtype[np.bool_]]
    by_liquidity: np.ndarray[tuple[int], np.dtype[np.bool_]]

    @property
    def tips(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Firms that tip over for whatever reason."""
        return self.by_loss | self.by_equity | self.by_liquidity


def options_of(plan: Plan) -> Options:
    """How the plan wants the losses computed."""
    return Options(plan.eps, substitution=plan.substitution)


def joined(shocks: Sequence[Shock]) -> tuple[Floats, Floats]:
    """psi of successive shocks: 1 - prod(1 - psi_step), for supply and for demand; shocks must not be empty.

    Each takes its share of what the ones before left: two of a half leave a quarter.
    """
    left = [np.prod([1.0 - getattr(s, name) for s in shocks], axis=0) for name in ("supply", "demand")]
    return 1.0 - left[0], 1.0 - left[1]


def run_course(
    plan: Plan, shocks: Sequence[Shock], scenario: Scenario, field: Field, books: Books | None = None
) -> Course:
    """Run every step; what is lost stays lost until the scenario ends.

    A firm's lost sales are loss x sales per week x weeks; its lost profit is loss x profit of a year x weeks / (365/7).
    """
    stages = tuple(
        _stage(shocks[: number + 1], scenario, field, options_of(plan)) for number in range(len(shocks))
    )
    weeks = np.array([stage.weeks for stage in stages])
    losses = np.array([stage.outcome.loss for stage in stages])
    n = field.network.firms
    unknown = np.full(n, np.nan)
    profit, equity, liquid = (
        (unknown, unknown, unknown) if books is None else (books.profit, books.equity, books.liquid_assets)
    )
    # A year that earned nothing has nothing to lose.
    lost_profit = np.maximum(profit, 0.0) * (weeks @ losses) / WEEKS_OF_A_YEAR
    money = [stage.money for stage in stages if stage.money is not None]
    return Course(
        stages=stages,
        loss=losses[-1],
        mean=weeks @ losses / weeks.sum(),
        money=np.sum(money, axis=0) if money else None,
        lost_profit=lost_profit,
        by_loss=losses.max(axis=0) >= plan.tips_at,
        by_equity=(lost_profit > 0) & (lost_profit > equity),
        by_liquidity=(lost_profit > 0) & (lost_profit > liquid),
    )


def _stage(shocks: Sequence[Shock], scenario: Scenario, field: Field, options: Options) -> Stage:
    step = shocks[-1].step
    supply, demand = joined(shocks)
    outcome = scenario.run(supply, demand, options)
    weekly = field.weekly
    money = None if weekly is None else outcome.loss * weekly * step.weeks
    return Stage(step.label, step.weeks, supply, demand, outcome, money)
