"""The synthetic economy itself: who fails, of what, and how trade adds up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyrisk.loaders.synthetic_columns import days
from supplyrisk.loaders.synthetic_economy import Economy, Pools, build_economy
from supplyrisk.loaders.synthetic_plan import NEVER, Plan
from supplyrisk.loaders.synthetic_simulation import FADE, Channel, History, _sources, channels_of, simulate
from supplyrisk.loaders.synthetic_trades import draw_trades

END = date(2025, 12, 28)


def world(
    contagion: float, *, firms: int = 3000, seed: int = 5, likeness: float = 0.5
) -> tuple[Economy, History]:
    economy = build_economy(Plan(firms, 104, seed, contagion, likeness, None, END))
    return economy, simulate(economy)


def test_three_to_five_in_a_hundred_default_in_a_year() -> None:
    defaults, years, causes = 0, 0.0, np.zeros(4)
    for seed in range(1, 9):
        economy = build_economy(Plan(2000, 120, seed, 1.0, 0.5, None, END))
        history = simulate(economy)
        there = (history.ended_week - economy.firms.joined_week).sum() / 52
        assert 0.025 < history.failed.sum() / there < 0.055
        defaults, years = defaults + int(history.failed.sum()), years + there
        causes += np.bincount(history.cause[history.failed], minlength=4)
    assert 0.03 < defaults / years < 0.05
    assert 0.15 < causes[1:].sum() / causes.sum() < 0.45


def followed(economy: Economy, history: History) -> tuple[int, int]:
    """Customers whose only supplier failed while they were there, and those of them failing in 26 weeks."""
    links, hit, fell = economy.links, 0, 0
    number = np.bincount(links.customer, minlength=economy.plan.firms)
    for supplier, customer, start, stop in zip(
        links.supplier, links.customer, links.start, links.stop, strict=True
    ):
        week = history.ended_week[supplier]
        alone = number[customer] == 1 and history.failed[supplier] and start <= week < stop
        if alone and history.ended_week[customer] > week:
            hit += 1
            fell += bool(history.failed[customer] and history.ended_week[customer] <= week + 26)
    return hit, fell


def test_customers_of_a_failed_single_supplier_fail_more_often_with_contagion() -> None:
    rates = {}
    for contagion in (0.0, 1.0):
        counted = np.array([followed(*world(contagion, seed=seed, likeness=0.0)) for seed in (1, 2, 3)]).sum(
            axis=0
        )
        assert counted[0] > 80
        rates[contagion] = counted[1] / counted[0]
    assert rates[0.0] < 0.06
    assert rates[1.0] > rates[0.0] + 0.1


def test_each_caught_default_names_a_neighbour_that_failed_before() -> None:
    economy, history = world(1.0, firms=1500)
    channels, caught = channels_of(economy), np.flatnonzero(history.failed & (history.cause > 0))
    assert len(caught) > 10
    for firm in caught:
        channel, source = channels[history.cause[firm] - 1], history.source[firm]
        link = np.flatnonzero((channel.source == source) & (channel.target == firm))
        assert len(link) == 1
        assert (
            channel.start[link[0]]
            <= history.ended_week[source]
            < min(channel.stop[link[0]], history.ended_week[firm])
        )
        assert history.failed[source]
    assert (history.source[history.failed & (history.cause == 0)] == -1).all()


def test_shares_of_purchases_and_sales_add_up() -> None:
    economy, _ = world(1.0, firms=300)
    links, firms = economy.links, economy.firms
    bought = np.bincount(links.customer, links.bought, 300)
    np.testing.assert_allclose(bought[np.unique(links.customer)], 1.0)
    np.testing.assert_allclose(np.bincount(links.supplier, links.value, 300) + firms.direct, firms.sales)
    assert (np.bincount(links.supplier, links.sold, 300) <= 1 + 1e-12).all()


def test_sizes_and_degrees_have_heavy_tails() -> None:
    economy, _ = world(0.0)
    customers = np.bincount(economy.links.supplier)
    suppliers = np.bincount(economy.links.customer)
    suppliers = suppliers[suppliers > 0]
    assert customers.max() > 8 * customers[customers > 0].mean()
    assert 0.3 < (suppliers == 1).mean() < 0.6
    assert np.sort(economy.firms.sales)[-30:].sum() > 0.08 * economy.firms.sales.sum()
    assert np.bincount(economy.firms.owner).max() >= 5


def test_a_failure_presses_only_along_links_in_use() -> None:
    # firm 0 fails in week 4: link to 1 is in use (share .7), to 2 not yet, to 3 no more; 1 is hit twice
    channel = Channel(
        source=np.array([0, 0, 0, 4]),
        target=np.array([1, 2, 3, 1]),
        weight=np.array([0.7, 0.5, 1.0, 0.2]),
        start=np.array([0, 5, 0, 4]),
        stop=np.array([9, 9, 4, 5]),
    )
    failing = np.array([True, False, False, False, True])
    np.testing.assert_allclose(channel.hit(failing, 4), [0, 0.9, 0, 0, 0])


def test_sources_are_drawn_in_proportion_to_their_part() -> None:
    # two suppliers of firm 2 failed: .6 bought from 0 ten weeks before it, .4 from 1 in the week before
    channel = Channel(
        np.array([0, 1]), np.array([2, 2]), np.array([0.6, 0.4]), np.zeros(2, int), np.full(2, 50)
    )
    fate = (np.array([10, 19, 20]), np.array([True, True, True]), np.array([0, 0, 1]))
    rng = np.random.default_rng(0)
    drawn = np.array([_sources(rng, (channel,), fate)[2] for _ in range(2000)])
    part = 0.6 * FADE**10 / (0.6 * FADE**10 + 0.4 * FADE)
    assert set(drawn) == {0, 1}
    assert abs((drawn == 0).mean() - part) < 0.04


@settings(max_examples=50, deadline=None)
@given(
    keys=st.lists(st.integers(0, 4), min_size=1, max_size=30),
    seed=st.integers(0, 99),
)
def test_pools_draw_from_the_pool_asked_for(keys: list[int], seed: int) -> None:
    rng, key = np.random.default_rng(seed), np.array(keys)
    pools = Pools(key, rng.random(len(keys)) + 0.01, 5)
    np.testing.assert_array_equal(pools.filled(np.arange(5)), [pool in keys for pool in range(5)])
    drawn = pools.draw(rng, np.repeat(key, 20))
    np.testing.assert_array_equal(key[drawn], np.repeat(key, 20))


def test_pools_draw_in_proportion_to_weight() -> None:
    pools = Pools(np.array([1, 0, 1]), np.array([3.0, 5.0, 1.0]), 2)
    drawn = pools.draw(np.random.default_rng(0), np.ones(8000, int))
    assert abs((drawn == 0).mean() - 0.75) < 0.02


def test_demand_peaks_in_november() -> None:
    plan = Plan(50, 104, 0, 1.0, 0.5, None, END)
    peak = date.fromordinal(date(1970, 1, 1).toordinal() + int(plan.week_start(np.argmax(plan.season()))))
    assert peak.month == 11
    assert 1.5 < plan.season().max() < 2.0
    assert abs(np.median(plan.season()) - 1) < 0.05


def test_fewer_rows_are_larger_ones() -> None:
    economy, history = world(0.0, firms=300)
    value = []
    for rows in (5_000, 50_000):
        asked = replace(economy, plan=replace(economy.plan, supplies_rows=rows))
        value.append(draw_trades(asked, history).amount.sum())
    assert value[0] == pytest.approx(value[1], rel=0.15)


def test_days_after_the_end_are_null_and_never_is_after_any_end() -> None:
    last = (END - date(1970, 1, 1)).days
    assert days(np.array([last, last + 1, NEVER]), last).to_pylist() == [END, None, None]
