"""What a shop can do about its score, by hand on one shop, and what may never be among it."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from supplyrisk.graph import FEATURES, PeerGroup, read_texts
from supplyrisk.graph.merchant import (
    FEASIBLE_CHANGES,
    FEATURES_BY_REASON,
    FeasibleChange,
    changed_values,
    shop_feature,
)

BY_CODE = {change.code: change for change in FEASIBLE_CHANGES}
SOURCES = {feature.name: feature.source for feature in FEATURES}
SHIPPED = {shop_feature(feature.name): feature for feature in FEATURES}


def peers_of(**columns: list[float]) -> PeerGroup:
    """The group of the first of 41 firms; the other 40 have the values of a column, repeated."""
    table = {
        "industry": ["toys"] * 41,
        "region": ["east"] * 41,
        "defaulted": [False] * 41,
        "unlisted": pa.nulls(41, pa.bool_()),
    }
    for name, values in columns.items():
        table[name] = [0.0, *(values * 40)[:40]]
    return PeerGroup.of(pa.table(table), 0)


def changed(change: FeasibleChange | str, values: dict[str, float], **peers: list[float]) -> dict[str, float]:
    record = BY_CODE[change] if isinstance(change, str) else change
    return changed_values(record, values, peers_of(**peers), SOURCES)


def test_a_shop_comes_to_its_peers_median_and_no_further() -> None:
    values = {"pay_overdue_share": 0.44, "pay_late_days": 8.0}
    peers = {"pay_overdue_share": [0.1, 0.12, 0.3], "pay_late_days": [-4.0, -2.0, 1.0]}
    # Payment on the due day is all that can be asked for, even where others pay early.
    assert changed("PAY_ON_TIME", values, **peers) == {"pay_overdue_share": 0.12, "pay_late_days": 0.0}
    assert changed("PAY_ON_TIME", {"pay_overdue_share": 0.1, "pay_late_days": -1.0}, **peers) == {}


def test_a_percentile_follows_its_value() -> None:
    values = {"pay_late_days": 8.0, "pay_late_days_peers": 0.99}
    new = changed("PAY_ON_TIME", values, pay_late_days=[1.0, 2.0, 3.0], pay_overdue_share=[0.0])
    assert new["pay_late_days"] == 2.0
    # 14 of the others have 1 and 13 have 2, as the shop now does: (14 + 14 / 2) / 41.
    assert new["pay_late_days_peers"] == pytest.approx((14 + 14 / 2) / 41)


def test_what_depends_on_a_figure_moves_in_proportion() -> None:
    values = {"loan_utilisation": 0.8, "loan_drawn": 400.0, "loan_to_sales": 2.0}
    peers = {"loan_utilisation": [0.4], "loan_drawn": [1.0], "loan_to_sales": [1.0]}
    assert changed("LOWER_DEBT", values, **peers) == pytest.approx(
        {"loan_utilisation": 0.4, "loan_drawn": 200.0, "loan_to_sales": 1.0}
    )
    assert changed("CLEAR_ARREARS", {"loan_overdue_share": 0.2, "loan_days_past_due": 0.0}) == {
        "loan_overdue_share": 0.0
    }


def test_all_windows_change_alike_and_counts_are_whole() -> None:
    values = {"refund_rate_30": 0.2, "refund_rate_180": 0.1, "refund_rate_own_past": 2.0}
    peers = {"refund_rate_30": [0.05], "refund_rate_180": [0.04]}
    assert changed("FEWER_RETURNS", values, **peers) == pytest.approx(
        {"refund_rate_30": 0.05, "refund_rate_180": 0.04, "refund_rate_own_past": 0.5}
    )
    assert changed("MORE_CUSTOMERS", {"customers_180": 2.0}, customers_180=[4.0, 5.0]) == {
        "customers_180": 5.0
    }


def test_a_missing_statement_shows_the_peers_figures_and_a_present_one_only_gets_younger() -> None:
    names = ("margin", "liquidity", "statement_age_days")
    peers = {"margin": [0.05], "liquidity": [1.5], "statement_age_days": [180.0]}
    assert changed("NEW_STATEMENT", dict.fromkeys(names, math.nan), **peers) == {
        "margin": 0.05, "liquidity": 1.5, "statement_age_days": 180.0,
    }  # fmt: skip
    values = {"margin": -0.2, "liquidity": math.nan, "statement_age_days": 500.0}
    assert changed("NEW_STATEMENT", values, **peers) == {"statement_age_days": 180.0}


def test_what_is_unknown_or_has_no_peers_does_not_change() -> None:
    assert changed("COLLECT", {"receivables_overdue_share": math.nan}, receivables_overdue_share=[0.1]) == {}
    few = PeerGroup.of(peers_of(receivables_overdue_share=[0.1]).firms.slice(0, 5), 0)
    assert changed_values(BY_CODE["COLLECT"], {"receivables_overdue_share": 0.5}, few, SOURCES) == {}


def test_only_what_a_shop_can_act_on_is_changed_and_only_to_the_safe_side() -> None:
    targets = [target for change in FEASIBLE_CHANGES for target in change.targets]
    names = [target.feature for target in targets]
    assert len(names) == len(set(names))
    followers = [shop_feature(name) for change in FEASIBLE_CHANGES for name in change.in_proportion]
    assert not set(followers) & set(names)
    immutable = {*FEATURES_BY_REASON["HISTORY"], *FEATURES_BY_REASON["CAPITAL"], *FEATURES_BY_REASON["SALES"]}
    assert not {*names, *followers} & {*immutable, "industry", "region", "roles", "shop_type", "peer_level"}
    for target in targets:
        # A larger value is riskier where direction is +1, so the shop goes the other way.
        assert target.toward == -SHIPPED[target.feature].direction, target.feature


def test_every_change_and_every_figure_has_a_text() -> None:
    texts = read_texts("supplyrisk.graph.texts", "letter", "en")
    assert {key.split(".")[1] for key in texts if key.startswith("change.")} == set(BY_CODE)
    figures = {target.feature for change in FEASIBLE_CHANGES for target in change.targets}
    assert {key.split(".")[1] for key in texts if key.startswith("figure.")} == figures
