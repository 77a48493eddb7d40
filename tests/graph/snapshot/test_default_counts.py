"""Counts of defaults that can be learned from and tested on: days at the boundaries, and a slow version."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyrisk.graph import DatasetInfo, DefaultCounts, DefaultDefinition, Tables, default_counts_of
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.snapshot.default_counts import HORIZONS, HorizonCounts

FIRST = date(2023, 1, 1)
LAST_DAY = 720
"""Day number of the last day: 720 days after the first one."""


def tables_of(events: list[tuple[str, int, str]], loans: list[tuple[str, int, int, float]] = ()) -> Tables:  # type: ignore[assignment]
    """A data set from day 0 to LAST_DAY; events: firm, day, kind; loans: firm, day, days past due, written off."""
    columns = {
        "supplier_id": pa.array(["a", "b"]),
        "customer_id": pa.array(["b", "a"]),
        "on": pa.array([FIRST, FIRST + timedelta(LAST_DAY)], pa.date32()),
    }
    event_rows = {
        "firm_id": pa.array([firm for firm, _, _ in events], pa.string()),
        "on": pa.array([FIRST + timedelta(day) for _, day, _ in events], pa.date32()),
        "kind": pa.array([kind for _, _, kind in events], pa.string()),
    }
    loan_rows = {
        "loan_id": pa.array([str(number) for number in range(len(loans))], pa.string()),
        "firm_id": pa.array([loan[0] for loan in loans], pa.string()),
        "on": pa.array([FIRST + timedelta(loan[1]) for loan in loans], pa.date32()),
        "days_past_due": pa.array([loan[2] for loan in loans], pa.int64()),
        "written_off": pa.array([loan[3] for loan in loans], pa.float64()),
    }
    sources = {"supplies": pa.table(columns), "events": pa.table(event_rows), "loans": pa.table(loan_rows)}
    return Tables(DatasetInfo(), dict(sources))


def defaults_on(*days: int) -> Tables:
    """One firm per day, which defaults on it."""
    return tables_of([(f"f{number}", day, "default") for number, day in enumerate(days)])


@pytest.mark.parametrize(
    ("day", "usable", "learn", "test"),
    [
        (0, 0, 0, 0),
        (180, 0, 0, 0),  # the first as-of date itself: no as-of date lies before it
        (181, 1, 1, 0),
        (540, 1, 1, 0),  # the test date: known on it
        (541, 1, 0, 1),  # the first day of the test window
        (720, 1, 0, 1),  # the last day of the data, which ends the window
    ],
)
def test_days_at_the_boundaries(day: int, usable: int, learn: int, test: int) -> None:
    counts = default_counts_of(defaults_on(day), horizon_days=180)
    assert (counts.total, counts.usable) == (1, usable)
    assert counts.horizons[0] == HorizonCounts(180, learn, test)


def test_only_a_firm_s_first_default_counts_and_only_by_the_definition() -> None:
    tables = tables_of(
        [("a", 100, "default"), ("a", 300, "bankruptcy"), ("b", 400, "lawsuit"), ("c", 500, "default")],
        [("d", 300, 89, 0.0), ("d", 600, 90, 0.0), ("e", 650, 0, 5.0), ("c", 200, 120, 0.0)],
    )
    counts = default_counts_of(tables)
    # a: day 100, too early; c: its loan on day 200; d: day 600; e: written off on day 650.
    assert (counts.total, counts.usable) == (4, 3)
    assert counts.horizons[0] == HorizonCounts(180, 1, 2)
    events_only = default_counts_of(tables, DefaultDefinition(days_past_due=None))
    assert (events_only.total, events_only.usable) == (2, 1)
    assert events_only.horizons[0] == HorizonCounts(180, 1, 0)
    lawsuits = default_counts_of(tables, DefaultDefinition(("lawsuit",), None))
    assert (lawsuits.total, lawsuits.usable) == (1, 1)


def test_horizons_are_listed_once_and_the_chosen_one_comes_first() -> None:
    tables = defaults_on(300)
    for chosen, listed in ((180, [180, 90, 360]), (360, [360, 90, 180]), (30, [30, 90, 180, 360])):
        counts = default_counts_of(tables, horizon_days=chosen)
        assert [row.horizon_days for row in counts.horizons] == listed


@pytest.mark.parametrize(("horizon", "testable"), [(510, True), (511, False)])
def test_a_test_needs_thirty_days_to_learn_from_before_its_date(horizon: int, testable: bool) -> None:
    """The first as-of date is day 180, so the test date is day 210 or later: 510 days before the last day."""
    counts = default_counts_of(defaults_on(*[200] * 8, 700), horizon_days=horizon)
    assert (counts.horizons[0].to_learn, counts.horizons[0].to_test) == (8, 1)
    assert counts.horizons[0].testable is testable


def test_the_text_and_the_advice_where_another_horizon_can_be_tested() -> None:
    days = [10, 20, *range(200, 204), *range(545, 550), *range(640, 653)]
    counts = default_counts_of(defaults_on(*days), horizon_days=180)
    assert str(counts) == (
        "24 defaults; 22 can be learned from (8 needed); out-of-time test at 180 days: 4 to learn from, 18 to test on; "
        "at 90 days: 9 and 13; at 360 days: 4 and 18"
    )
    assert counts.advice() == (
        "the model will ship without an out-of-time test; with --horizon 90 one is possible"
    )
    document = counts.to_json()
    assert (document["total"], document["usable"], document["needed"]) == (24, 22, 8)
    assert document["horizons"] == [
        {"horizon_days": 180, "to_learn": 4, "to_test": 18, "testable": False},
        {"horizon_days": 90, "to_learn": 9, "to_test": 13, "testable": True},
        {"horizon_days": 360, "to_learn": 4, "to_test": 18, "testable": False},
    ]
    assert (document["text"], document["advice"]) == (str(counts), counts.advice())


def test_advice_by_case() -> None:
    enough = default_counts_of(defaults_on(*range(300, 308), 700))
    assert enough.advice() is None
    none_to_test = default_counts_of(defaults_on(*range(300, 308)))
    assert none_to_test.learnable
    assert not any(row.testable for row in none_to_test.horizons)
    assert none_to_test.advice() == "the model will ship without an out-of-time test"
    too_few = default_counts_of(defaults_on(*range(100), *range(300, 307)))
    assert (too_few.total, too_few.usable, too_few.learnable) == (107, 7, False)
    assert "too few to learn from: load more history, or scgraph train --expert" in str(too_few.advice())
    one = default_counts_of(defaults_on(300))
    assert str(one).startswith("1 default; 1 can be learned from")
    nothing = default_counts_of(Tables(DatasetInfo(), {}))
    assert (nothing.total, nothing.usable) == (0, 0)
    assert nothing.horizons[0] == HorizonCounts(180, 0, 0, has_test_date=False)


@pytest.mark.parametrize(("failed", "sound", "learnable"), [(8, 8, True), (7, 100, False), (100, 7, False)])
def test_labels_of_undated_data(failed: int, sound: int, learnable: bool) -> None:
    labels = pa.table(
        {
            "firm_id": pa.array([str(number) for number in range(failed + sound + 3)]),
            "defaulted": pa.array([True] * failed + [False] * sound + [None] * 3, pa.bool_()),
        }
    )
    counts = default_counts_of(Tables(DatasetInfo(undated=True), {"labels": labels}))
    assert counts == DefaultCounts(failed, failed, sound=sound)
    assert counts.learnable is learnable
    assert str(counts) == f"{failed} defaults and {sound} firms without one (8 of each needed)"
    assert (counts.advice() is None) is learnable
    assert counts.to_json()["horizons"] == []


EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abcdefghij"), st.integers(0, LAST_DAY), st.sampled_from(["default", "lawsuit"])
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(events=EVENTS, horizon=st.integers(1, 800))
def test_counts_equal_a_slow_version_and_add_up(events: list[tuple[str, int, str]], horizon: int) -> None:
    counts = default_counts_of(tables_of(events), horizon_days=horizon)
    frame = pd.DataFrame(events, columns=["firm", "day", "kind"])
    first_days = frame[frame["kind"] == "default"].groupby("firm")["day"].min()
    usable = [day for day in first_days if day > defaults.HISTORY_DAYS]
    assert (counts.total, counts.usable) == (len(first_days), len(usable))
    assert {row.horizon_days for row in counts.horizons} == {horizon, *HORIZONS}
    for row in counts.horizons:
        assert row.to_learn == sum(day + row.horizon_days <= LAST_DAY for day in usable)
        assert row.to_learn + row.to_test == counts.usable
    by_length = sorted(counts.horizons, key=lambda row: row.horizon_days)
    learned = [row.to_learn for row in by_length]
    assert learned == sorted(learned, reverse=True)
