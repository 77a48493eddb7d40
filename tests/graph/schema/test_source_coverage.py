"""Data coverage: the list of sources by role, worked by hand, and that no missing or old source raises it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph import DataError
from supplyrisk.graph.schema.contract import ROLES
from supplyrisk.graph.schema.source_coverage import (
    DATA_SOURCES,
    LEAST_COVERAGE,
    SHIPPED_SOURCES,
    SourceDays,
    SourceList,
)
from supplyrisk.graph.schema.strict_toml import parse_toml

BY_PARTNERS = ("trades", "payments", "shipments")
ROLE_LISTS = ("merchant", "logistics|buyer", "supplier|buyer", "buyer", None)

ages = st.dictionaries(st.sampled_from(DATA_SOURCES), st.none() | st.integers(0, 1000).map(float))
roles = st.none() | st.lists(st.sampled_from(ROLES), unique=True).map("|".join)


def test_coverage_is_the_weight_of_the_fresh_sources_worked_by_hand() -> None:
    # 89 days are fresh for activity, 90 are not for trades; statements last for 549 days, loans for 119
    known = {"activity": 89.0, "trades": 90.0, "payments": 179.0, "statements": 549.0, "loans": 120.0}
    assert SHIPPED_SOURCES.coverage_of("merchant|supplier|buyer", known) == pytest.approx(0.5 + 0.1 + 0.15)
    assert SHIPPED_SOURCES.coverage_of("supplier|buyer", known) == pytest.approx(0.15 + 0.45)
    assert SHIPPED_SOURCES.coverage_of("logistics|buyer", known | {"shipments": 3.0}) == pytest.approx(0.8)
    assert SHIPPED_SOURCES.coverage_of(None, known) == pytest.approx(0.4 + 0.05 + 0.4)
    assert SHIPPED_SOURCES.coverage_of("merchant", {}) == 0.0


def test_all_sources_together_cover_every_role_wholly() -> None:
    everything = dict.fromkeys(DATA_SOURCES, 0.0)
    assert {SHIPPED_SOURCES.coverage_of(text, everything) for text in ROLE_LISTS} == {1.0}


@pytest.mark.parametrize("text", ROLE_LISTS)
def test_what_partners_record_alone_is_never_enough(text: str | None) -> None:
    assert SHIPPED_SOURCES.coverage_of(text, dict.fromkeys(BY_PARTNERS, 0.0)) < LEAST_COVERAGE


def test_a_merchant_needs_its_activity_or_its_statements() -> None:
    others = ("trades", "payments", "shipments", "loans")
    assert SHIPPED_SOURCES.coverage_of("merchant", dict.fromkeys(others, 0.0)) < LEAST_COVERAGE
    for own in ("activity", "statements"):
        known = dict.fromkeys((*others, own), 0.0)
        assert SHIPPED_SOURCES.coverage_of("merchant", known) >= LEAST_COVERAGE


@given(roles, ages, st.sampled_from(DATA_SOURCES), st.none() | st.integers(0, 2000))
def test_an_absent_or_older_source_never_raises_coverage(
    text: str | None, known: dict[str, float | None], source: str, older: int | None
) -> None:
    before = SHIPPED_SOURCES.coverage_of(text, known)
    age = known.get(source)
    after = None if older is None or age is None else age + older
    assert 0 <= SHIPPED_SOURCES.coverage_of(text, known | {source: after}) <= before <= 1


@given(st.lists(st.tuples(roles, st.lists(st.floats(0, 900) | st.just(np.nan), min_size=6, max_size=6))))
def test_firms_together_have_the_coverage_that_each_has_alone(
    firms: list[tuple[str | None, list[float]]],
) -> None:
    table = np.array([row for _, row in firms]).reshape(-1, len(DATA_SOURCES))
    together = SHIPPED_SOURCES.coverage([text for text, _ in firms], table)
    for (text, row), coverage in zip(firms, together, strict=True):
        alone = {s: None if np.isnan(a) else a for s, a in zip(DATA_SOURCES, row, strict=True)}
        assert SHIPPED_SOURCES.coverage_of(text, alone) == coverage


def test_a_list_of_a_role_is_replaced_as_a_whole_and_its_weights_need_not_sum_to_one() -> None:
    sources = parse_toml("[days]\nactivity = 30\n[merchant]\nactivity = 0.9\nloans = 0.3", SourceList, "list")
    assert sources.days == SourceDays(activity=30)
    assert sources.coverage_of("merchant", {"activity": 29.0, "trades": 0.0}) == 0.75
    assert sources.coverage_of("merchant", {"activity": 30.0, "loans": 0.0}) == 0.25
    assert sources.supplier == SHIPPED_SOURCES.supplier


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[merchant]\nactivity = 0.0", "every weight is 0"),
        ("[merchant]\nactivty = 0.5", "activty"),
        ("[days]\nactivity = 0", "days.activity"),
        ("[shop]\nactivity = 0.5", "shop"),
    ],
)
def test_faulty_lists_are_refused(text: str, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        parse_toml(text, SourceList, "list")


def test_sums_that_reach_a_threshold_are_not_below_it_by_rounding() -> None:
    for length in range(1, len(DATA_SOURCES)):
        for some in combinations(DATA_SOURCES, length):
            for text in ROLE_LISTS:
                weights = SHIPPED_SOURCES.weights_of(text).by_source
                percent = round(100 * sum(weights[source] for source in some))
                assert SHIPPED_SOURCES.coverage_of(text, dict.fromkeys(some, 0.0)) == percent / 100
