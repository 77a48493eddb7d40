"""Medians and percentiles among the other firms of a peer group, against the frame's own percentiles."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from supplyrisk.graph import PeerGroup, Snapshot
from supplyrisk.graph.snapshot.peer_figures import MIN_FIGURES
from supplyrisk.graph.snapshot.peers import MIN_PEERS


def frame(values: list[float | None], *, near: int, defaulted: int = 0) -> pa.Table:
    """Firms of one industry, the first `near` of which are of one region; the last ones are in default."""
    size = len(values)
    return pa.table(
        {
            "industry": ["toys"] * size,
            "region": ["east"] * near + ["west"] * (size - near),
            "defaulted": [False] * (size - defaulted) + [True] * defaulted,
            "unlisted": pa.nulls(size, pa.bool_()),
            "late": pa.array(values, pa.float64()),
        }
    )


def test_the_median_is_of_the_other_firms_of_the_narrowest_large_group() -> None:
    firms = frame([100.0, *map(float, range(1, MIN_PEERS)), *[500.0] * 40], near=MIN_PEERS)
    group = PeerGroup.of(firms, 0)
    assert (group.level, int(group.others.sum())) == ("industry x region", MIN_PEERS - 1)
    assert group.median("late") == np.median(range(1, MIN_PEERS))
    # With one firm fewer in the region, the peers are all of the industry.
    wider = PeerGroup.of(frame(firms["late"].to_pylist(), near=MIN_PEERS - 1), 0)
    assert (wider.level, int(wider.others.sum())) == ("industry", len(firms) - 1)


@pytest.mark.parametrize("others", [MIN_FIGURES - 1, MIN_FIGURES])
def test_a_median_of_few_firms_is_not_known(others: int) -> None:
    values = [7.0, *[3.0] * others, *[None] * 40]
    median = PeerGroup.of(frame(values, near=0), 0).median("late")
    assert median == (3.0 if others == MIN_FIGURES else None)


def test_firms_in_default_are_no_peers() -> None:
    group = PeerGroup.of(frame([1.0] * 40 + [9.0] * 50, near=0, defaulted=50), 0)
    assert group.median("late") == 1.0
    assert PeerGroup.of(frame([1.0] * 40 + [9.0] * 50, near=0, defaulted=50), 60).median("late") == 1.0


def test_an_unchanged_value_has_the_percentile_of_the_frame(now: Snapshot) -> None:
    """So that a change of one value moves its percentile as a new snapshot would."""
    checked = 0
    for row in range(0, now.firms.num_rows, 7):
        group = PeerGroup.of(now.firms, row)
        assert group.level == now.firms["peer_level"][row].as_py()
        for name in ("pay_late_days", "equity_ratio", "refund_rate_180"):
            expected = now.firms[f"{name}_peers"][row].as_py()
            if expected is not None:
                assert group.percentile(name, now.firms[name][row].as_py()) == expected
                checked += 1
    assert checked > 30


def test_the_percentile_of_another_value_by_hand() -> None:
    group = PeerGroup.of(frame([5.0, 1.0, 2.0, 3.0], near=0), 0)
    # 1 < 2 = 2 < 3: one lower, two equal of four.
    assert group.percentile("late", 2.0) == 0.5
    assert group.percentile("late", 9.0) == 0.875
