"""What the changes of a what-if do to the true PD of synthetic shops: re-simulated with the lever changed, same seeds.

    python tests/bench/bench_levers.py [--seeds 7 8 9 10] [--firms 2000] [--replicas 64] [--what-if 20]

Each world runs to its first as-of date. From there it is simulated over the horizon of 26 weeks with and without the
lever, which one shop in ten pulls; shocks are the same in both. PD is the mean over replicas of 1 - prod(1 - hazard).

With --what-if N, the what-if of the same change is asked for N shops of the first world, by the expert scorecard on the
shop's own records (`--own-page`), and compared with the simulation shop by shop.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from supplyrisk import services
from supplyrisk.graph import DataError, Workspace
from supplyrisk.graph.merchant.what_if import parse_change_plan
from supplyrisk.loaders.synthetic import synthesize
from supplyrisk.loaders.synthetic.economy import Economy, build_economy
from supplyrisk.loaders.synthetic.external_shocks import ShockProcess, ShockWeek
from supplyrisk.loaders.synthetic.simulation import WorldMoment, simulate
from supplyrisk.loaders.synthetic.simulation_network import FirmStates, SimulationNetwork, WeekLinks
from supplyrisk.loaders.synthetic.weekly_dynamics import step_week
from supplyrisk.loaders.synthetic.world_plan import EPOCH, WorldPlan

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
    parser.add_argument("--what-if", type=int, default=0)
    options = parser.parse_args()
    if options.what_if:
        _compare(options.seeds[0], options.firms, options.replicas, options.what_if)
        return
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
    shops = _shops(economy, moment)
    shops = np.sort(plan.stream("levers").permutation(shops)[: max(1, len(shops) // 10)])
    base = _pds(economy, moment, shops, replicas, None)
    return base, {name: _pds(economy, moment, shops, replicas, lever) for name, lever in LEVERS.items()}


def _shops(economy: Economy, moment: WorldMoment) -> Ints:
    """The merchants that have joined and have not exited."""
    active = (economy.firms.joined_week < moment.week) & ~moment.state.exited[:, 0] & economy.firms.merchant
    return np.flatnonzero(active)


CHANGES = {
    "sell_more: demand + 20 %": 'do = "sell_more"\nshare = 0.2\ndays = 180',
    "hold_more_stock: + 50 %, from cash": 'do = "hold_more_stock"\nshare = 0.5',
    "hold_more_stock: + 50 %, from_cash = false": 'do = "hold_more_stock"\nshare = 0.5\nfrom_cash = false',
    "add_supplier: 30 % of all goods, never fails": 'do = "add_supplier"\nsupplier = "N"\nshare = 0.3\nnew = true',
    "lose_customer: the largest one": 'do = "lose_customer"\ncustomer = "{customer}"',
    "borrow: 2 weeks of sales for 13 weeks": (
        'do = "borrow"\nlender = "{lender}"\namount = {amount}\nterm_days = 91\nrate = 0.06'
    ),
    "borrow: 2 weeks of sales beyond the horizon": (
        'do = "borrow"\nlender = "{lender}"\namount = {amount}\nterm_days = 364\nrate = 0.06'
    ),
}
"""The change file of each lever, as a what-if asks it."""


def _compare(seed: int, firms: int, replicas: int, most: int) -> None:
    """Print what the what-ifs of some shops say, and for how many the direction is that of the simulation."""
    plan = WorldPlan(firms=firms, seed=seed, replicas=2)
    economy = build_economy(plan)
    moment = simulate(economy).moments[0]
    day = EPOCH + timedelta(days=int(plan.week_start(np.array(moment.week))) - 1)
    with TemporaryDirectory() as folder:
        workspace = _expert_workspace(Path(folder), plan)
        ids = {firm: f"F{firm:07d}" for firm in _shops(economy, moment)}
        figures = _figures_of(workspace, set(ids.values()), day)
        shops = np.array([firm for firm, name in ids.items() if name in figures][:most])
        base = _pds(economy, moment, shops, replicas, None)
        print(f"{len(shops)} shops of world {seed} as of {day}")
        print(
            "| change | shops asked | mean change of points | PD lower by the simulation | same direction |"
        )
        print("|---|--:|--:|--:|--:|")
        for name, lever in LEVERS.items():
            true = _pds(economy, moment, shops, replicas, lever) - base
            gains = [
                _gain(workspace, ids[firm], CHANGES[name].format(**figures[ids[firm]]), day) for firm in shops
            ]
            pairs = [(gain, change) for gain, change in zip(gains, true, strict=True) if gain is not None]
            told = np.array(pairs).reshape(-1, 2)
            moved = told[(np.abs(told[:, 0]) > 1e-9) & (np.abs(told[:, 1]) > 1e-9)]
            same = (moved[:, 0] * moved[:, 1] < 0).mean() if len(moved) else np.nan
            print(
                f"| {name} | {len(told)} | {told[:, 0].mean():+.1f} | {100 * (told[:, 1] < -1e-9).mean():.0f} % | "
                f"{100 * same:.0f} % of {len(moved)} |"
            )


def _expert_workspace(folder: Path, plan: WorldPlan) -> Workspace:
    synthesize(folder / "data", firms=plan.firms, seed=plan.seed, weeks=plan.weeks)
    workspace = Workspace(folder / "workspace")
    services.load(workspace, folder / "data")
    services.train(workspace, expert=True, base_rate=0.02)
    return workspace


def _figures_of(workspace: Workspace, shops: set[str], day: date) -> dict[str, dict[str, object]]:
    """Largest customer, two weeks of sales, and a lender, of the shops that have all three and a loan."""
    recent = f"DATE '{day}' - \"on\" BETWEEN 0 AND 179"
    with workspace.tables().connect() as con:
        rows = con.sql(f"""
            WITH bought AS (SELECT supplier_id AS firm_id, customer_id, sum(amount) AS amount FROM supplies
                            WHERE {recent} GROUP BY ALL)
            SELECT firm_id, arg_max(customer_id, bought.amount), min(sales), min(lender_id) FROM bought
            JOIN (SELECT firm_id, sum(sales) / 90 * 7 AS sales FROM activity WHERE {recent} GROUP BY 1) USING (firm_id)
            JOIN loans USING (firm_id) WHERE loans."on" <= DATE '{day}' GROUP BY 1 ORDER BY 1""").fetchall()
    return {
        firm: {"customer": customer, "amount": round(sales), "lender": lender}
        for firm, customer, sales, lender in rows
        if firm in shops and sales
    }


def _gain(workspace: Workspace, shop: str, change: str, day: date) -> float | None:
    """Points that the change brings; None where it has no rows to act on, or there is no score."""
    plan = parse_change_plan(f"[[change]]\n{change}")
    try:
        result = services.what_if(workspace, shop, plan, partners_fixed=True, as_of=day).what_if
    except DataError:
        return None
    before = result.before.score.points
    after = result.after.score.points
    return None if before is None or after is None else after - before


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
    share: Floats = np.minimum(sold.max(axis=1).toarray().reshape(-1, 1), 1.0)
    return share


if __name__ == "__main__":
    main()
