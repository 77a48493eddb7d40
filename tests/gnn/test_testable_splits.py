"""A model ships without an out-of-time test where too few defaults are known on the test date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pytest

from supplyrisk import gnn
from supplyrisk.gnn.baselines.boosting import FOLDS
from supplyrisk.gnn.data.training_panels import testable as with_possible_test
from supplyrisk.graph import DatasetInfo, Tables, build_snapshot, default_counts_of

FIRST = date(2023, 1, 1)
LAST_DAY = 720
TEST_DAY = LAST_DAY - 180


def splits_of(*default_days: int) -> tuple[Tables, gnn.DataSplits]:
    """Thirty firms, of which one defaults on each of the days."""
    ids = [f"f{number}" for number in range(30)]
    supplies = {
        "supplier_id": ["f0", "f1"],
        "customer_id": ["f1", "f2"],
        "on": [FIRST, FIRST + timedelta(LAST_DAY)],
        "amount": [1.0, 1.0],
    }
    events = {
        "firm_id": ids[: len(default_days)],
        "on": pa.array([FIRST + timedelta(day) for day in default_days], pa.date32()),
        "kind": ["default"] * len(default_days),
    }
    tables = Tables(
        DatasetInfo(),
        {"firms": pa.table({"firm_id": ids}), "supplies": pa.table(supplies), "events": pa.table(events)},
    )
    last = FIRST + timedelta(LAST_DAY)
    settings = gnn.TrainingSettings(step_days=90)
    dates = gnn.as_of_dates(FIRST, last, 180, settings)
    by_day = {day: build_snapshot(tables, day) for day in (*dates.train, *dates.test, *dates.recent)}
    return tables, gnn.DataSplits(
        train=tuple(by_day[day] for day in dates.train),
        test=tuple(by_day[day] for day in dates.test),
        known_until=dates.test[0],
        recent=tuple(by_day[day] for day in dates.recent),
        last_day=last,
    )


@pytest.mark.parametrize(
    ("days", "tested"),
    [
        (
            [*range(TEST_DAY - 7, TEST_DAY + 1), LAST_DAY],
            True,
        ),  # eight are known on the test date, one follows
        ([*range(TEST_DAY - 6, TEST_DAY + 1), LAST_DAY], False),  # seven
        ([*range(TEST_DAY - 7, TEST_DAY + 1)], False),  # none follows
        ([*range(TEST_DAY + 1, TEST_DAY + 20)], False),  # none is known
    ],
)
def test_a_test_needs_defaults_before_and_after_its_date(days: list[int], tested: bool) -> None:
    tables, splits = splits_of(*days)
    possible = with_possible_test(splits)
    assert bool(possible.test) is tested
    assert default_counts_of(tables).horizons[0].testable is tested
    if tested:
        assert possible is splits
        return
    assert possible.train == (*splits.train, *splits.test, *splits.recent)
    assert [s.as_of for s in possible.train] == sorted(s.as_of for s in possible.train if s.as_of)
    assert possible.recent == ()
    assert possible.known_until == splits.last_day


def test_splits_of_an_evaluation_keep_their_test_set() -> None:
    _, splits = splits_of(TEST_DAY - 1, LAST_DAY)
    evaluation = replace(splits, last_day=None)
    assert with_possible_test(evaluation) is evaluation


def test_the_least_number_of_firms_is_two_per_fold() -> None:
    assert gnn.MIN_FIRMS == 2 * FOLDS


def test_few_labels_of_one_date_compare_no_contexts() -> None:
    settings = gnn.TrainingSettings()
    assert settings.for_labels(gnn.MIN_CONTEXT_FIRMS - 1).contexts == ("none",)
    assert settings.for_labels(gnn.MIN_CONTEXT_FIRMS) == settings
