"""What the changes of a what-if do to the true PD of synthetic shops: re-simulated with the lever changed, same seeds.

    python tests/bench/bench_levers.py [--seeds 7 8 9 10] [--firms 2000] [--replicas 64]

Each world runs to its first as-of date. From there it is simulated over the horizon of 26 weeks with and without the
lever, which one shop in ten pulls; shocks are the same in both. PD is the mean over replicas of 1 - prod(1 - hazard).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from supplyrisk.loaders.synthetic.economy import Economy, build_economy
from supplyrisk.loaders.synthetic.external_shocks import ShockProcess, ShockWeek
from supplyrisk.loaders.synthetic.simulation import WorldMoment, simulate
from supplyrisk.loaders.synthetic.simulation_network import FirmStates, SimulationNetwork, WeekLinks
from supplyrisk.loaders.synthetic.weekly_dynamics import step_week
from supplyrisk.loaders.synthetic.world_plan import WorldPlan

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
TERM_WEEKS = 13
"""Term of the loan that is repaid within the horizon, 91 days."""


@dataclass
class Arm:
    """A simulation that a lever may change: of the shops that pull it, rows of the arrays."""

    network: SimulationNetwork
    state: FirmStates
    shops: Ints
    demand: Floats
    """Factor of demand, firms x 1."""
    inputs: Floats
    """Factor of what a firm needs from its present suppliers, firms x 1."""
    repayments: dict[int, float]
    """Cash, in weeks of sales, that the shops pay in a week of the horizon."""


Lever = Callable[[Arm, Floats], None]


def sell_more(arm: Arm, _: Floats) -> None:
    """A fifth more demand."""
    arm.demand[arm.shops] = 1.2


def more_stock(arm: Arm, _: Floats) -> None:
    """Half as much stock again, paid from cash."""
    stock_of_nobody(arm, _)
    arm.state.cash[arm.shops] -= (
        arm.network.materials[arm.shops] * 0.5 * arm.network.target_stock[arm.shops] / 1.5
    )


def stock_of_nobody(arm: Arm, _: Floats) -> None:
    """Half as much stock again, which costs nothing."""
    target = arm.network.target_stock.copy()
    arm.state.stock[arm.shops] += 0.5 * target[arm.shops]
    target[arm.shops] *= 1.5
    arm.network.target_stock = target


def add_supplier(arm: Arm, _: Floats) -> None:
    """Three tenths of all goods from a supplier that never fails."""
    arm.inputs[arm.shops] = 0.7


def lose_customer(arm: Arm, largest: Floats) -> None:
    """No demand of the largest customer in the data."""
    arm.demand[arm.shops] = 1 - largest[arm.shops]


def borrow_short(arm: Arm, _: Floats) -> None:
    """Two weeks of sales, repaid after a quarter with interest of 6 % a year."""
    arm.state.cash[arm.shops] += 2.0
    arm.repayments[TERM_WEEKS] = 2.0 * (1 + 0.06 * TERM_WEEKS / 52)


def borrow_long(arm: Arm, _: Floats) -> None:
    """Two weeks of sales, due after the horizon."""
    arm.state.cash[arm.shops] += 2.0


LEVERS: dict[str, Lever] = {
    "sell_more: demand + 20 %": sell_more,
    "hold_more_stock: + 50 %, from cash": more_stock,
    "hold_more_stock: + 50 %, from_cash = false": stock_of_nobody,
    "add_supplier: 30 % of all goods, never fails": add_supplier,
    "lose_customer: the largest one": lose_customer,
    "borrow: 2 weeks of sales for 13 weeks": borrow_short,
    "borrow: 2 weeks of sales beyond the horizon": borrow_long,
}


def main() -> None:
    """Print a row per lever: mean PD of the shops without and with it, and the difference with its standard error."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", nargs="*", type=int, default=[7, 8, 9, 10])
    parser.add_argument("--firms", type=int, default=2000)
    parser.add_argument("--replicas", type=int, default=64)
    options = parser.parse_args()
    before: list[Floats] = []
    after: dict[str, list[Floats]] = {name: [] for name in LEVERS}
    for seed in options.seeds:
        base, changed = _world(WorldPlan(firms=options.firms, seed=seed, replicas=2), options.replicas)
        before.append(base)
        for name, pds in changed.items():
            after[name].append(pds)
    base = np.concatenate(before)
    print(f"{len(base)} shops of {len(options.seeds)} worlds, {options.replicas} replicas")
    print("| change | PD before | PD after | difference | standard error | shops with a higher PD |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, parts in after.items():
        pds = np.concatenate(parts)
        change = pds - base
        # Differences of shops of one world depend on one another: the error is that of the worlds' means.
        worlds = [float((pd - old).mean()) for pd, old in zip(parts, before, strict=True)]
        error = np.std(worlds, ddof=1) / np.sqrt(len(worlds)) if len(worlds) > 1 else np.nan
        higher = (change > 1e-9).mean()
        print(
            f"| {name} | {100 * base.mean():.2f} % | {100 * pds.mean():.2f} % | {100 * change.mean():+.2f} | "
            f"{100 * error:.2f} | {100 * higher:.0f} % |"
        )


def _world(plan: WorldPlan, replicas: int) -> tuple[Floats, dict[str, Floats]]:
    """PDs of the shops of a world without a lever, and with each one."""
    economy = build_economy(plan)
    moment = simulate(economy).moments[0]
    active = (economy.firms.joined_week < moment.week) & ~moment.state.exited[:, 0] & economy.firms.merchant
    shops = np.flatnonzero(active)
    shops = np.sort(plan.stream("levers").permutation(shops)[: max(1, len(shops) // 10)])
    base = _pds(economy, moment, shops, replicas, None)
    return base, {name: _pds(economy, moment, shops, replicas, lever) for name, lever in LEVERS.items()}


def _pds(economy: Economy, moment: WorldMoment, shops: Ints, replicas: int, lever: Lever | None) -> Floats:
    """Mean PD over the horizon of each shop."""
    plan = economy.plan
    network = copy(SimulationNetwork(economy, plan.effective_strengths))
    ones = np.ones((plan.firms, 1))
    arm = Arm(network, moment.state.replicated(replicas), shops, ones.copy(), ones.copy(), {})
    if lever is not None:
        lever(arm, _largest_customer(network, moment.week))
    process = ShockProcess(economy)
    shocks = moment.shocks.replicated(replicas)
    log_survival = np.zeros((plan.firms, replicas))
    for number, week in enumerate(range(moment.week, moment.week + plan.horizon)):
        shock: ShockWeek = process.step(shocks, week, 9, moment.week)
        arm.state.cash[shops] -= arm.repayments.get(number, 0.0)
        outcome = step_week(
            network,
            _with_inputs(network.week_links(week), arm.inputs),
            arm.state,
            replace(shock, demand=shock.demand * arm.demand),
            continue_after_default=True,
        )
        log_survival += np.log1p(-np.minimum(outcome.hazard, 1 - 1e-12))
    return np.asarray(-np.expm1(log_survival[shops]).mean(axis=1))


def _with_inputs(links: WeekLinks, inputs: Floats) -> WeekLinks:
    if (inputs == 1).all():
        return links
    needs = links.needs.copy()
    # Essential and other goods are one above the other.
    needs.data = needs.data * np.repeat(np.concatenate([inputs, inputs])[:, 0], np.diff(needs.indptr))
    return replace(links, needs=needs)


def _largest_customer(network: SimulationNetwork, week: int) -> Floats:
    """Share of each firm's sales that its largest customer in the data buys, firms x 1; 0 without one."""
    sold = network.week_links(week).sold
    return np.minimum(sold.max(axis=1).toarray().reshape(-1, 1), 1.0)


if __name__ == "__main__":
    main()
