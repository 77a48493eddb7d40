"""The synthetic world itself: who fails, of what, through which channel, and that the truth says so."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyrisk.loaders.synthetic.column_builders import days
from supplyrisk.loaders.synthetic.default_causes import attribute_defaults
from supplyrisk.loaders.synthetic.economy import Economy, build_economy
from supplyrisk.loaders.synthetic.external_shocks import (
    JUMP_CHANCES,
    MEAN_FRAUD,
    WEEKLY_FRAUD_CHANCE,
    ShockProcess,
)
from supplyrisk.loaders.synthetic.firm_pools import FirmPools
from supplyrisk.loaders.synthetic.importance_replicas import (
    RATE_FACTOR,
    ImportanceReplicas,
    ReplicaBlock,
    reweighted_draws,
)
from supplyrisk.loaders.synthetic.simulation import default_weeks_without_contagion, simulate
from supplyrisk.loaders.synthetic.simulation_network import FirmStates, SimulationNetwork
from supplyrisk.loaders.synthetic.truth import _run_block, compute_truth
from supplyrisk.loaders.synthetic.weekly_dynamics import (
    FADE,
    OTHER_INPUTS_WEIGHT,
    RESTOCK,
    SIGMA,
    NeighbourEffects,
    WeekOutcome,
    _compute_output,
    _hazard,
    force_default,
    step_week,
)
from supplyrisk.loaders.synthetic.world_plan import (
    CAUSES,
    CHANNELS,
    NEVER,
    NO_CONTAGION,
    ContagionStrengths,
    WorldPlan,
)

END = date(2025, 12, 28)


def economy(firms: int = 400, **asked: object) -> Economy:
    return build_economy(WorldPlan(firms=firms, **asked))  # type: ignore[arg-type]


def followed(
    world: Economy,
    strengths: ContagionStrengths,
    weeks: int,
    forced: int | None = None,
    *,
    replicas: int = 1,
    continue_after_default: bool = False,
) -> tuple[FirmStates, list[WeekOutcome]]:
    """The world's first weeks under some strengths, firm `forced` having failed before them."""
    network, climate = SimulationNetwork(world, strengths), ShockProcess(world)
    state, shocks = network.initial_state().replicated(replicas), climate.initial_state().replicated(replicas)
    if forced is not None:
        force_default(network, network.week_links(0), state, forced)
    outcomes = [
        step_week(
            network,
            network.week_links(w),
            state,
            climate.step(shocks, w, 9),
            continue_after_default=continue_after_default,
        )
        for w in range(weeks)
    ]
    return state, outcomes


def hub(world: Economy) -> int:
    """A firm that many buy from, there from the start."""
    here = world.firms.joined_week == 0
    number = np.bincount(
        world.links.supplier, world.links.essential & world.links.active(0), world.plan.firms
    )
    return int(np.argmax(np.where(here, number, -1)))


def test_without_contagion_a_forced_default_changes_no_other_firm_to_the_last_bit() -> None:
    world = economy()
    firm = hub(world)
    usual, _ = followed(world, NO_CONTAGION, 40)
    forced, _ = followed(world, NO_CONTAGION, 40, firm)
    others = np.arange(400) != firm
    for field in fields(FirmStates):
        if field.name not in ("gap",):  # what neighbours would feel of it, did they feel anything
            before, after = getattr(usual, field.name), getattr(forced, field.name)
            assert np.array_equal(before[..., others, :], after[..., others, :]), field.name


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_channel_moves_only_those_who_stand_in_it(channel: str) -> None:
    """In the first weeks, before a loss has gone on to others' others."""
    world = economy()
    links, guarantees = world.links, world.guarantees
    firm = hub(world)
    if channel == "guarantees":
        firm = int(guarantees.guaranteed[np.argmax(guarantees.start == 0)])
    if channel == "carriers":
        served = world.firms.carrier[world.firms.joined_week == 0]
        firm = int(np.argmax(np.bincount(served, minlength=400)))
    used = links.active(0)
    touched = {
        "supply": links.customer[used & (links.supplier == firm)],
        "demand": links.supplier[used & (links.customer == firm)],
        "invoices": links.supplier[used & (links.customer == firm)],
        "guarantees": guarantees.guarantor[(guarantees.guaranteed == firm) & (guarantees.start == 0)],
        "carriers": np.flatnonzero(world.firms.carrier == firm),
    }[channel]
    only = replace(NO_CONTAGION, **{channel: 1.0})
    weeks = {"supply": 12, "invoices": 8}.get(channel, 2)
    usual, sold = followed(world, only, weeks)
    forced, sold_then = followed(world, only, weeks, firm)
    moved = np.flatnonzero((usual.cash != forced.cash)[:, 0])
    here = set(touched[world.firms.joined_week[touched] == 0].tolist()) - {firm}
    if channel in ("demand", "invoices", "guarantees"):
        assert set(moved.tolist()) - {firm} == here
    else:
        # those with enough stock or too little cash at stake are not moved yet; what is held up goes on
        assert here & set(moved.tolist())
    # less is sold, or less is paid; who sells less spends less at once, so cash itself may rise first
    less = sum(o.sales for o in sold) - sum(o.sales for o in sold_then)
    assert (less[np.arange(400) != firm] >= -1e-9).all()
    if channel in ("invoices", "guarantees"):
        assert (forced.cash < usual.cash)[sorted(here)].all()


def test_stock_absorbs_and_is_used_up() -> None:
    """A single supplier of all essential goods stops; by hand, with k = 1 and stock of 1.5 weeks."""
    world = economy(60)
    links = world.links
    customer = int(links.customer[np.argmax(links.essential & links.active(0) & (links.need > 0.99))])
    network = SimulationNetwork(
        world, ContagionStrengths(supply=1.0, demand=0, invoices=0, guarantees=0, carriers=0)
    )
    state = network.initial_state()
    network.target_stock[customer] = state.stock[customer] = 1.5
    wiring = network.week_links(0)
    state.gap[:] = 1.0  # every supplier stopped: nothing arrives, essential or not
    whole = float((wiring.needs @ np.ones((60, 1)))[customer, 0])
    other = float((wiring.needs @ np.ones((60, 1)))[60 + customer, 0])
    filled = [_compute_output(network, wiring, state).filled[customer, 0] for _ in range(3)]
    left, expected = 1.5, []
    for _ in range(3):
        arrives = 1 - min(whole, 1.0)
        made = min(1.0, left + arrives)
        left = max(left + arrives + RESTOCK * arrives * max(1.5 - left, 0) - made, 0)
        expected.append(made * (1 - OTHER_INPUTS_WEIGHT * min(other, 1.0)))
    np.testing.assert_allclose(filled, expected)
    assert filled[2] < filled[0]


def test_the_fast_output_equals_a_slow_readable_one() -> None:
    world, k = economy(80), ContagionStrengths(0.7, 0.6, 0.5, 0.4, 0.3)
    network = SimulationNetwork(world, k)
    state, links, week = network.initial_state(), world.links, 11
    rng = np.random.default_rng(5)
    state.gap, state.stock = rng.random((80, 1)) * 0.5, rng.random((80, 1))
    stock = state.stock.copy()
    output = _compute_output(network, network.week_links(week), state)
    for j in range(80):
        short = {True: 0.0, False: 0.0}
        cut = 0.0
        for at in np.flatnonzero(links.active(week)):
            if links.customer[at] == j:
                short[bool(links.essential[at])] += (
                    k.supply * links.need[at] * state.gap[links.supplier[at], 0]
                )
            if links.supplier[at] == j:
                cut += k.demand * links.value[at] / world.firms.sales[j] * state.gap[links.customer[at], 0]
        made = min(1.0, stock[j, 0] + 1 - min(short[True], 1.0)) * (
            1 - OTHER_INPUTS_WEIGHT * min(short[False], 1.0)
        )
        carrier = world.firms.carrier[j]
        held = 0.0 if carrier == j else k.carriers * 0.6 * state.gap[carrier, 0]
        assert output.filled[j, 0] == pytest.approx(made * (1 - held))
        assert output.lost[j, 0] == pytest.approx(min(cut, 0.95))


def test_the_hazard_is_the_default_rate_of_random_draws() -> None:
    rng, left = np.random.default_rng(0), np.array([-0.1, 0.1, 0.4, 1.0])
    fraud = np.where(rng.random(2_000_000) < WEEKLY_FRAUD_CHANCE, rng.exponential(MEAN_FRAUD, 2_000_000), 0.0)
    noise = SIGMA * rng.standard_normal(2_000_000)
    counted = [(noise + fraud > level).mean() for level in left]
    np.testing.assert_allclose(_hazard(left), counted, rtol=0.05)
    far = _hazard(np.array([3.0]))[0]
    assert far == pytest.approx(
        WEEKLY_FRAUD_CHANCE * np.exp(-3.0 / MEAN_FRAUD + (SIGMA / MEAN_FRAUD) ** 2 / 2)
    )


def test_adding_chances_up_gives_the_same_expectation_as_counting() -> None:
    _, outcomes = followed(economy(300), WorldPlan().effective_strengths, 60, replicas=30)
    counted = sum(o.fails.sum() for o in outcomes)
    expected = sum(o.hazard.sum() for o in outcomes)
    assert counted > 80
    assert abs(counted - expected) < 4 * np.sqrt(expected)


def test_a_firm_that_continues_after_its_default_affects_no_other_firm() -> None:
    world = economy(300, seed=2)
    usual, plain = followed(world, ContagionStrengths(), 40, replicas=20)
    continued, outcomes = followed(world, ContagionStrengths(), 40, replicas=20, continue_after_default=True)
    assert usual.exited.any()
    assert np.array_equal(usual.exited, continued.exited)
    assert not continued.inactive[continued.exited].all()
    for one, other in zip(plain, outcomes, strict=True):
        assert np.array_equal(one.fails, other.fails)
        assert np.array_equal(one.sales, other.sales)
    for field in fields(FirmStates):
        before, after = getattr(usual, field.name), getattr(continued, field.name)
        stays = np.broadcast_to(~usual.exited, before.shape)
        assert np.array_equal(before[stays], after[stays]), field.name


def test_hazards_of_firms_that_continue_give_the_default_rate_that_counting_gives() -> None:
    world, replicas = economy(300, seed=2), 200
    _, counted = followed(world, NO_CONTAGION, 40, replicas=replicas)
    _, kept = followed(world, NO_CONTAGION, 40, replicas=replicas, continue_after_default=True)
    failed = np.sum([o.fails for o in counted], axis=0)
    chance = -np.expm1(np.sum([np.log1p(-np.minimum(o.hazard, 1 - 1e-15)) for o in kept], axis=0))
    error = np.sqrt(failed.mean(axis=1).clip(1e-3).sum() / replicas)
    assert failed.mean(axis=1).sum() == pytest.approx(chance.mean(axis=1).sum(), abs=4 * error)


def test_gaps_fade_after_a_failure_and_there_is_none_after_a_closure() -> None:
    world = economy(300)
    firm = hub(world)
    state, outcomes = followed(world, WorldPlan().effective_strengths, 10, firm)
    assert state.gap[firm, 0] == pytest.approx(FADE**10)
    closed = np.any([o.closes for o in outcomes], axis=0)
    assert (state.gap[closed] == 0).all()


def test_one_to_five_in_a_hundred_default_in_a_year() -> None:
    rates = []
    for seed in (1, 2, 3, 4):
        history = simulate(economy(2000, seed=seed))
        there = (history.ended_week - economy(2000, seed=seed).firms.joined_week).sum() / 52
        rates.append(history.failed.sum() / there)
    assert 0.01 < min(rates) < max(rates) < 0.05


def test_truth_says_zero_everywhere_without_contagion() -> None:
    world = economy(300, contagion=0.0, homophily=0.9, replicas=8, forced_firms=10, weeks=80)
    history = simulate(world)
    truth = compute_truth(world, history)
    for suffered, inflicted in zip(truth.suffered, truth.inflicted, strict=True):
        assert suffered.pd.max() > 0.05
        assert not suffered.caught.any()
        assert not suffered.output_lost.any()
        assert not inflicted.defaults.any()
        assert not inflicted.output.any()
    assert history.failed.any()
    np.testing.assert_array_equal(history.causes[:, -len(CHANNELS) :], 0.0)
    alone = default_weeks_without_contagion(world)
    assert np.array_equal(np.flatnonzero(alone < 80), np.flatnonzero(history.failed))


def products(contagion: float, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Over links: product of both ends' failures less what their own paths alone made likely."""
    world = economy(1500, seed=seed, contagion=contagion, homophily=0.9)
    network, climate = SimulationNetwork(world, NO_CONTAGION), ShockProcess(world)
    state, shocks = network.initial_state(), climate.initial_state()
    likely = np.zeros(1500)
    for week in range(world.plan.weeks):
        likely += step_week(network, network.week_links(0), state, climate.step(shocks, week)).hazard[:, 0]
    rest = simulate(world).failed - likely
    return rest[world.links.supplier] * rest[world.links.customer]


def test_given_the_shocks_linked_firms_fail_independently_only_without_contagion() -> None:
    means, errors = {}, {}
    for contagion in (0.0, 3.0):
        found = np.concatenate([products(contagion, seed) for seed in (1, 2, 3, 4)])
        means[contagion], errors[contagion] = found.mean(), found.std() / np.sqrt(len(found))
    assert abs(means[0.0]) < 4 * errors[0.0]
    assert means[3.0] > means[0.0] + 3 * errors[3.0]


def test_customers_of_a_failed_single_supplier_default_more_by_what_the_truth_states() -> None:
    """Truth by chances in some replicas against failures counted in others."""
    world = economy(600, contagion=2.0, weeks=60, replicas=2, forced_replicas=2, forced_firms=1)
    links = world.links
    alone = links.essential & (links.need > 0.99) & links.active(20)
    supplier = int(np.argmax(np.bincount(links.supplier[alone], minlength=600)))
    customers = np.unique(links.customer[alone & (links.supplier == supplier)])
    assert len(customers) >= 5
    network, climate = SimulationNetwork(world, world.plan.effective_strengths), ShockProcess(world)
    moment = next(m for m in simulate(world).moments if m.week == world.plan.as_of_weeks[0])
    rises = []
    for block, counting in ((1, False), (2, True)):
        found = []
        for forced in (False, True):
            state, shocks = moment.state.replicated(400), moment.shocks.replicated(400)
            if forced:
                force_default(network, network.week_links(moment.week), state, supplier)
            total = np.zeros((600, 400))
            for week in range(moment.week, moment.week + world.plan.horizon):
                out = step_week(network, network.week_links(week), state, climate.step(shocks, week, block))
                total += out.fails if counting else out.hazard
            found.append(total[customers].mean(axis=0))
        rises.append(found[1] - found[0])
        usual = found[0].mean()
    stated, counted = rises
    error = np.hypot(stated.std(), counted.std()) / np.sqrt(400)
    assert stated.mean() > max(0.25 * usual, 4 * stated.std() / np.sqrt(400))
    assert abs(stated.mean() - counted.mean()) < 4 * error


def test_more_contagion_never_gives_less_expected_output() -> None:
    world = economy(300, weeks=80, replicas=40, forced_firms=20, forced_replicas=4)
    truth = compute_truth(world, simulate(world))
    for suffered, inflicted in zip(truth.suffered, truth.inflicted, strict=True):
        assert suffered.output_lost.sum() > 0
        assert suffered.caught.sum() > 0
        assert (inflicted.output > 0).mean() > 0.5
        assert (inflicted.victims.pd_rise >= -1).all()
    names = {name for _, name, _ in truth.reliability}
    assert names == {"pd", "pd_alone", "caught", "output_lost", "defaults_inflicted", "output_inflicted"}
    assert all(value is None or value <= 1 for _, _, value in truth.reliability)
    assert truth.cpu_seconds > 0


def test_causes_add_up_and_name_neighbours_that_brought_them() -> None:
    world = economy(1500, contagion=2.0)
    history = simulate(world)
    np.testing.assert_allclose(history.causes[history.failed].sum(axis=1), 1.0)
    causes = attribute_defaults(world, history)
    total = np.bincount(causes.firm, causes.share, 1500)[history.failed]
    assert (total <= 1 + 1e-9).all()
    assert total.min() > 0.85  # what is below a hundredth is left out
    pairs = {
        "supply": set(zip(world.links.customer.tolist(), world.links.supplier.tolist(), strict=True)),
        "demand": set(zip(world.links.supplier.tolist(), world.links.customer.tolist(), strict=True)),
        "guarantees": set(
            zip(world.guarantees.guarantor.tolist(), world.guarantees.guaranteed.tolist(), strict=True)
        ),
        "carriers": set(enumerate(world.firms.carrier.tolist())),
    }
    pairs["invoices"] = pairs["demand"]
    seen = set()
    for firm, cause, source in zip(causes.firm, causes.cause, causes.source, strict=True):
        name = CAUSES[cause]
        if name in CHANNELS and source >= 0:
            seen.add(name)
            assert (firm, source) in pairs[name], name
            if name == "guarantees":
                assert history.failed[source]
        else:
            assert source == -1 or name in CHANNELS
    assert seen == set(CHANNELS)


def test_shares_of_needs_and_sales_add_up() -> None:
    world = economy(300)
    links, firms = world.links, world.firms
    for week in (0, 60, 119):
        used = links.active(week)
        kind = links.customer * 2 + links.essential
        assert np.bincount(kind[used], links.need[used]).max() <= 1 + 1e-9
    used = (links.stop - links.start) / world.plan.weeks
    np.testing.assert_allclose(
        np.bincount(links.supplier, links.value * used, 300) + firms.direct_sales, firms.sales
    )


def test_sizes_and_degrees_have_heavy_tails_and_go_together() -> None:
    world = economy(5000)
    customers = np.bincount(world.links.supplier, minlength=5000)
    suppliers = np.bincount(world.links.customer, world.links.essential & world.links.active(60), 5000)
    suppliers = suppliers[suppliers > 0]
    assert customers.max() > 20 * customers[customers > 0].mean()
    assert 0.3 < (suppliers == 1).mean() < 0.65
    assert suppliers.max() > 20
    assert np.sort(world.firms.sales)[-50:].sum() > 0.2 * world.firms.sales.sum()
    assert np.corrcoef(np.log(world.firms.sales), np.log1p(customers))[0, 1] > 0.3
    assert np.bincount(world.firms.owner).max() >= 5


def test_more_homophily_makes_firms_of_a_kind_more_similar() -> None:
    spread = []
    for homophily in (0.0, 0.9):
        world = economy(3000, homophily=homophily)
        cell = world.firms.line_of_goods * 8 + world.firms.region
        means = np.bincount(cell, world.firms.quality) / np.bincount(cell)
        links = world.links
        alike = np.corrcoef(world.firms.quality[links.supplier], world.firms.quality[links.customer])[0, 1]
        spread.append((means.std(), alike))
    assert spread[1][0] > 2 * spread[0][0]
    assert spread[1][1] > spread[0][1] + 0.2


def test_demand_dips_in_february_and_peaks_in_november_by_line() -> None:
    plan = WorldPlan(firms=50, weeks=104)
    season = plan.season()
    for line in range(season.shape[1]):
        retail = season[:, line, 0]
        top = date.fromordinal(date(1970, 1, 1).toordinal() + int(plan.week_start(np.argmax(retail))))
        assert top.month == 11
        assert season[:, line, 1].max() < retail.max()
        assert abs(np.median(retail) - 1) < 0.06
    assert np.ptp(season.max(axis=0)[:, 0]) > 0.3


@settings(max_examples=50, deadline=None)
@given(keys=st.lists(st.integers(0, 4), min_size=1, max_size=30), seed=st.integers(0, 99))
def test_pools_draw_from_the_pool_asked_for(keys: list[int], seed: int) -> None:
    rng, key = np.random.default_rng(seed), np.array(keys)
    pools = FirmPools(key, rng.random(len(keys)) + 0.01, 5)
    np.testing.assert_array_equal(pools.filled(np.arange(5)), [pool in keys for pool in range(5)])
    drawn = pools.draw(rng, np.repeat(key, 20))
    np.testing.assert_array_equal(key[drawn], np.repeat(key, 20))


def test_pools_draw_in_proportion_to_weight() -> None:
    pools = FirmPools(np.array([1, 0, 1]), np.array([3.0, 5.0, 1.0]), 2)
    drawn = pools.draw(np.random.default_rng(0), np.ones(8000, int))
    assert abs((drawn == 0).mean() - 0.75) < 0.02


def test_days_after_the_end_are_null_and_never_is_after_any_end() -> None:
    last = (END - date(1970, 1, 1)).days
    assert days(np.array([last, last + 1, NEVER]), last).to_pylist() == [END, None, None]


def test_rare_events_come_more_often_and_weigh_less() -> None:
    rng, onset_chance = np.random.default_rng(3), np.array([[0.0], [0.001]])
    usual = sum(JUMP_CHANCES) + onset_chance
    draw, weight = reweighted_draws(rng.random((2, 400_000)), onset_chance)
    rare = draw < usual
    np.testing.assert_allclose(rare.mean(axis=1), RATE_FACTOR * usual[:, 0], rtol=0.03)
    np.testing.assert_allclose(weight.mean(axis=1), 1.0, atol=0.005)
    # whatever is asked of a draw, weights give what even draws give: the three sizes, and an onset
    start = 0.0
    for chance in JUMP_CHANCES:
        for worst in (1.0, 0.5, 0.1):
            hit = (draw >= start + chance * (1 - worst)) & (draw < start + chance)
            np.testing.assert_allclose((weight * hit).mean(axis=1), worst * chance, rtol=0.12)
        start += chance
    begins = (draw >= start) & (draw < start + onset_chance)
    np.testing.assert_allclose((weight * begins).mean(axis=1), onset_chance[:, 0], rtol=0.1)
    assert (weight * (draw > 0.9)).mean(axis=1) == pytest.approx([0.1, 0.1], rel=0.02)


def test_a_draw_moved_by_hand() -> None:
    """The middle of the stretch of frauds: twice as large a size as that of the middle, half a chance of it."""
    before, chance = sum(JUMP_CHANCES[:2]), JUMP_CHANCES[2]
    draw, weight = reweighted_draws(np.array([[RATE_FACTOR * (before + chance / 2)]]), np.zeros((1, 1)))
    assert draw[0, 0] == pytest.approx(before + chance * (1 - 0.5**2))
    assert weight[0, 0] == pytest.approx(2 * 0.5 / 6)


def test_importance_sampled_replicas_give_the_default_rate_that_counting_gives() -> None:
    """Without contagion nothing is lost in them: weighted chances against failures counted in other draws."""
    world, replicas = economy(300, seed=2, contagion=0.0, weeks=60, replicas=2), 200
    moment = simulate(world).moments[0]
    network, climate = SimulationNetwork(world, NO_CONTAGION), ShockProcess(world)
    second = ImportanceReplicas(climate, network, moment, ReplicaBlock(7, replicas))
    state, shocks = moment.state.replicated(replicas), moment.shocks.replicated(replicas)
    counted = np.zeros((300, replicas))
    for week in range(moment.week, moment.week + world.plan.horizon):
        shock, felt = climate.step(shocks, week, 8), NeighbourEffects(state.gap, state.strain, state.exited)
        counted += step_week(network, network.week_links(week), state, shock).fails
        second.step(network.week_links(week), shock, felt)
    here = ~moment.state.exited[:, 0] & (world.firms.joined_week < moment.week)
    found, expected = counted[here].mean(axis=1), second.pd[1][here].mean(axis=1)
    error = np.sqrt((found * (1 - found)).sum() / replicas)
    assert found.sum() == pytest.approx(expected.sum(), abs=4 * error)
    assert np.array_equal(second.pd[0], second.pd[1])
    low = expected < 0.02
    assert found[low].sum() == pytest.approx(
        expected[low].sum(), abs=4 * np.sqrt(found[low].sum() / replicas)
    )


def test_importance_sampled_and_plain_replicas_agree_about_caught_risk() -> None:
    """Two estimates of the same thing, of which one forgets an echo."""
    world = economy(300, weeks=60, replicas=2, contagion=2.0)
    moment, (replicas, blocks) = simulate(world).moments[1], (64, 4)
    network, climate = SimulationNetwork(world, world.plan.effective_strengths), ShockProcess(world)
    weeks = range(moment.week, moment.week + world.plan.horizon)
    wirings = [network.week_links(week) for week in weeks]
    found = np.concatenate(
        [_run_block(climate, network, wirings, moment, ReplicaBlock(b, replicas)) for b in range(blocks)],
        axis=2,
    )
    here = ~moment.state.exited[:, 0] & (world.firms.joined_week < moment.week)
    own, second = (found[a, here] - found[a + 1, here] for a in (0, 2))
    error = np.hypot(own.sum(axis=0).std(), second.sum(axis=0).std()) / np.sqrt(replicas * blocks)
    assert second.mean(axis=1).sum() > 4 * error
    assert own.mean(axis=1).sum() == pytest.approx(second.mean(axis=1).sum(), abs=4 * error)
