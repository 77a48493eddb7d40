"""Parts of a change of log hazard, computed by hand, and that they add up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph.merchant.trajectory import (
    ScoreParts,
    by_cause,
    log_hazard_of,
    merged_parts,
    parts_of_causes,
    parts_of_change,
)
from supplyrisk.graph.merchant.trajectory.change_parts import ChangePart


def parts(
    log_hazard: float, own: float, context: float = 0.0, caught: float = 0.0, **margins: float
) -> ScoreParts:
    values = {name: 10 * margin for name, margin in margins.items()}
    return ScoreParts(log_hazard, own, context, caught, margins, values=values)


def sizes(change: list[ChangePart]) -> dict[tuple[str, str | None], float]:
    return {(part.cause, part.code): part.log_hazard for part in change}


def test_indicators_share_the_change_of_the_own_hazard() -> None:
    before = parts(math.log(0.02), 0.02, sales=0.0, orders=0.5)
    after = parts(math.log(0.02) + 0.3, 0.02 * math.exp(0.3), sales=0.5, orders=0.3)
    change = parts_of_change(before, after)
    assert sizes(change) == {("data", "orders"): pytest.approx(-0.2), ("data", "sales"): pytest.approx(0.5)}
    [sales] = [part for part in change if part.code == "sales"]
    assert (sales.before, sales.after) == (0.0, 5.0)


def test_what_the_indicators_leave_is_the_remainder() -> None:
    change = parts_of_change(parts(-4.0, 0.02, sales=0.0), parts(-3.7, 0.02 * math.exp(0.3), sales=0.2))
    assert sizes(change) == {
        ("data", "sales"): pytest.approx(0.2),
        ("data", "remainder"): pytest.approx(0.1),
    }


def test_contagion_received_is_of_the_neighbours() -> None:
    # the hazard doubles, half of it own: the logarithmic mean of 0.02 and 0.04 is 0.02 / ln 2
    change = parts_of_change(parts(math.log(0.02), 0.02), parts(math.log(0.04), 0.02, caught=0.02))
    assert sizes(change) == {("neighbour", "caught"): pytest.approx(math.log(2))}


def test_the_context_is_a_factor_of_the_own_hazard() -> None:
    # own doubles and the context stays a tenth of it: all of the change is of own data
    before = parts(math.log(0.022), 0.02, 0.002, size=0.0)
    after = parts(math.log(0.044), 0.04, 0.004, size=math.log(2))
    assert sizes(parts_of_change(before, after)) == {("data", "size"): pytest.approx(math.log(2))}
    moved = parts_of_change(before, parts(math.log(0.02), 0.02))
    assert sizes(moved) == {("neighbour", "context"): pytest.approx(-math.log(1.1))}


def test_calibration_scales_all_parts_alike() -> None:
    before = parts(-4.0, 0.01, caught=0.01, size=0.0)
    after = parts(-4.0 + 0.5 * math.log(2), 0.02, caught=0.02, size=math.log(2))
    assert sizes(parts_of_change(before, after)) == {
        ("data", "size"): pytest.approx(0.25 * math.log(2)),
        ("neighbour", "caught"): pytest.approx(0.25 * math.log(2)),
    }


def test_parts_that_cancel_out_stay() -> None:
    change = sizes(
        parts_of_change(parts(-4.0, 0.01, size=0.0, age=0.0), parts(-4.0, 0.01, size=0.3, age=-0.3))
    )
    assert change == {("data", "age"): pytest.approx(-0.3), ("data", "size"): pytest.approx(0.3)}


def test_nothing_moves_where_nothing_changed() -> None:
    same = parts(-4.0, 0.01, 0.001, 0.002, size=0.4)
    assert parts_of_change(same, same) == []


@st.composite
def scores(draw: st.DrawFn) -> ScoreParts:
    own = draw(st.floats(1e-6, 1.0))
    context = own * draw(st.floats(-0.9, 2))
    margins = draw(st.dictionaries(st.sampled_from("abcdef"), st.floats(-3, 3), max_size=6))
    return ScoreParts(draw(st.floats(-12, 1)), own, context, draw(st.floats(0, 1)), margins)


@given(scores(), scores())
def test_the_parts_add_up_to_the_change(before: ScoreParts, after: ScoreParts) -> None:
    change = parts_of_change(before, after)
    total = pytest.approx(after.log_hazard - before.log_hazard, abs=1e-9)
    assert math.fsum(part.log_hazard for part in change) == total
    assert math.fsum(by_cause(change).values()) == total


def test_causes_of_a_change_of_pd_keep_their_proportion() -> None:
    change = parts_of_causes(0.02, 0.05, {"data": 0.02, "neighbour": 0.01, "model": 0.0, "unseparated": 0.0})
    total = log_hazard_of(0.05) - log_hazard_of(0.02)
    assert sizes(change) == {
        ("data", None): pytest.approx(total * 2 / 3),
        ("neighbour", None): pytest.approx(total / 3),
    }


def test_causes_that_cancel_out_are_measured_by_the_derivative() -> None:
    change = parts_of_causes(0.02, 0.02, {"data": 0.001, "neighbour": -0.001})
    # d ln h / d PD = 1 / ((1 - PD) h)
    slope = 1 / (0.98 * -math.log(0.98))
    assert sizes(change) == {
        ("data", None): pytest.approx(0.001 * slope),
        ("neighbour", None): pytest.approx(-0.001 * slope),
    }


@pytest.mark.parametrize("pd", [0.0, 1.0])
def test_a_pd_of_0_or_1_that_stays_has_no_parts(pd: float) -> None:
    assert parts_of_causes(pd, pd, {"data": 0.0, "neighbour": 0.0}) == []


def test_merged_parts_add_up_and_keep_the_first_and_the_last_value() -> None:
    rows = [
        ChangePart("data", "a", 0.1, 1.0, 2.0),
        ChangePart("data", "a", 0.3, 2.0, 5.0),
        ChangePart("model", None, 1.0),
    ]
    assert merged_parts(rows) == [ChangePart("data", "a", 0.4, 1.0, 5.0), ChangePart("model", None, 1.0)]
