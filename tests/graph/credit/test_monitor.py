"""What scgraph monitor takes for an alert, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handmade import AS_OF as HANDMADE
from handmade import ago, firms, shipment, tables_of, trade
from supplyrisk.graph import build_snapshot, partners_of
from supplyrisk.graph.credit import (
    CAUSES,
    Alert,
    AlertBounds,
    FirmDay,
    NeighbourScores,
    ScoreBridge,
    alerts_of,
)
from supplyrisk.graph.workspace.day_score import DayPartner, DayScore
from supplyrisk.graph.workspace.tables import DatasetInfo

THEN = date(2025, 5, 31)
OWN = {"data": 0.1, "neighbour": -0.01, "model": 0.0, "unseparated": 0.0}
BY_DATA = ScoreBridge(OWN)
NO_NEIGHBOURS = NeighbourScores()
FINE = AlertBounds(1.5, 0.0025, 0.3, 0.2, 0.1, ("supplier", "customer", "carrier"))
"""Finer bounds than the default ones: the cases below are about the rules."""


# What is an alert


def scored(pd: float | None = 0.04, grade: str | None = "E", *reasons: tuple[str, float | None]) -> DayScore:
    state = "defaulted" if pd is None else "scored"
    return DayScore("A", pd, grade if pd is not None else None, state, reasons=dict(reasons))


def partner(side: str, other: str, share: float | None = None) -> DayPartner:
    return DayPartner(other, side, share)


def codes_and_causes(
    then: FirmDay,
    now: FirmDay,
    moved: ScoreBridge = BY_DATA,
    around: NeighbourScores = NO_NEIGHBOURS,
    bounds: AlertBounds = FINE,
) -> list[tuple[str, str | None]]:
    return [(alert.code, alert.cause) for alert in alerts_of(then, now, moved, around, bounds)]


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (0.04, 0.0599, []),  # less than half as much again
        (0.04, 0.06, ["PD_UP"]),
        (0.06, 0.04, ["PD_DOWN"]),
        (0.0001, 0.0024, []),  # all below .0025 is as good
        (0.0001, 0.004, ["PD_UP"]),
        (0.004, 0.0001, ["PD_DOWN"]),
    ],
)
def test_a_pd_that_moves_by_the_factor(then: float, now: float, expected: list[str]) -> None:
    assert [code for code, _ in codes_and_causes(FirmDay(scored(then)), FirmDay(scored(now)))] == expected


def test_a_grade_alerts_only_downwards() -> None:
    both = [("GRADE", "data"), ("PD_UP", "data")]
    assert codes_and_causes(FirmDay(scored(0.019, "D")), FirmDay(scored(0.029, "E"))) == both
    assert codes_and_causes(FirmDay(scored(0.021, "E")), FirmDay(scored(0.019, "D"))) == []


def test_a_step_over_one_bound_of_grades_by_little_is_no_alert() -> None:
    assert codes_and_causes(FirmDay(scored(0.019, "D")), FirmDay(scored(0.021, "E"))) == []
    # By two grades it is one, whatever the PD did.
    assert codes_and_causes(FirmDay(scored(0.019, "D")), FirmDay(scored(0.021, "F"))) == [("GRADE", "data")]


def test_the_default_bounds() -> None:
    def alerts(then: FirmDay, now: FirmDay) -> list[str]:
        return [code for code, _ in codes_and_causes(then, now, bounds=AlertBounds())]

    assert alerts(FirmDay(scored(0.03)), FirmDay(scored(0.0599))) == []
    assert alerts(FirmDay(scored(0.03)), FirmDay(scored(0.0601))) == ["PD_UP"]
    assert alerts(FirmDay(scored(0.001)), FirmDay(scored(0.0199))) == []  # both as good as .01
    for side, expected in (("supplier", ["SUPPLIER_FELL"]), ("carrier", [])):
        days = [FirmDay(scored(), [partner(side, "X", share)]) for share in (0.5, 0.2)]
        assert alerts(*days) == expected
    assert alerts(*(FirmDay(scored(), [partner("supplier", "X", share)]) for share in (0.49, 0.19))) == []
    reasons = [FirmDay(scored(0.04, "E", *rows)) for rows in ([], [("OWN_CASH", 0.25), ("OWN_AGE", 0.24)])]
    assert alerts(*reasons) == ["REASON_GAINED"]


@pytest.mark.parametrize(
    ("parts", "cause"),
    [
        (
            {"data": 0.1, "neighbour": -0.2, "model": 0.15, "unseparated": 0.0},
            "model",
        ),  # it rose, by this most
        ({"data": 0.1, "neighbour": -0.3, "model": 0.15, "unseparated": 0.0}, "neighbour"),  # it fell
        ({"data": 0.0, "neighbour": 0.0, "model": 0.0, "unseparated": -0.1}, "unseparated"),
        ({"data": -0.1, "neighbour": 0.1, "model": 0.0, "unseparated": 0.0}, "neighbour"),  # it stands still
        (dict.fromkeys(CAUSES, 0.0), None),
    ],
)
def test_the_cause_is_the_largest_part_of_the_way_that_it_went(
    parts: dict[str, float], cause: str | None
) -> None:
    assert ScoreBridge(parts).cause == cause


def test_a_grade_that_other_bounds_moved_has_no_cause() -> None:
    still = ScoreBridge(dict.fromkeys(CAUSES, 0.0))
    assert codes_and_causes(FirmDay(scored(0.04, "C")), FirmDay(scored(0.04, "E")), still) == [
        ("GRADE", None)
    ]


def test_reasons_that_come_and_go_alert_where_they_weigh() -> None:
    then = FirmDay(scored(0.04, "E", ("OWN_CASH", 0.5), ("OWN_AGE", 0.09)))
    now = FirmDay(scored(0.04, "E", ("CAUGHT_SUPPLIER", 0.4), ("OWN_ROLES", 0.05)))
    assert codes_and_causes(then, now) == [("REASON_GAINED", "neighbour"), ("REASON_LOST", "data")]
    # A reason that was there, however small, is none that was gained; one without a share counts.
    then = FirmDay(scored(0.04, "E", ("CAUGHT_SUPPLIER", 0.01)))
    now = FirmDay(scored(0.04, "E", ("CAUGHT_SUPPLIER", 0.9), ("NET_COUNT_UPSTREAM", None)))
    assert codes_and_causes(then, now) == [("REASON_GAINED", "neighbour")]
    assert codes_and_causes(then, now, ScoreBridge(OWN, "unseparated")) == [("REASON_GAINED", "unseparated")]


@pytest.mark.parametrize(
    ("moved", "cause"),
    [
        (ScoreBridge(), "data"),
        (ScoreBridge(None, "unseparated"), "unseparated"),
        (ScoreBridge(None, "unseparated", "defaulted"), "data"),  # the old scorer says so, too
        (ScoreBridge(None, "unseparated", "scored"), "model"),
    ],
)
def test_a_state_that_changes(moved: ScoreBridge, cause: str) -> None:
    assert codes_and_causes(FirmDay(scored()), FirmDay(scored(None)), moved) == [("DEFAULTED", cause)]


def test_a_firm_without_an_earlier_score_alerts_only_in_default() -> None:
    assert codes_and_causes(FirmDay(None), FirmDay(scored(0.9, "G"))) == []
    assert codes_and_causes(FirmDay(None), FirmDay(scored(None))) == [("DEFAULTED", "data")]
    assert codes_and_causes(FirmDay(scored()), FirmDay(None)) == [("ABSENT", "data")]


@pytest.mark.parametrize("side", ["supplier", "customer", "carrier"])
@pytest.mark.parametrize(
    ("was", "is_", "word"),
    [
        (0.0, 0.3, "NEW"),
        (0.0, 0.29, None),  # no main one
        (0.3, 0.0, "LOST"),
        (0.75, 1.0, "ROSE"),  # of a sole source, too
        (0.75, 0.9, None),  # it moved by less than .2
        (0.6, 0.3, "FELL"),
    ],
)
def test_main_partners(side: str, was: float, is_: float, word: str | None) -> None:
    days = [[partner(side, "X", share)] if share else [] for share in (was, is_)]
    then, now = (FirmDay(scored(), day) for day in days)
    assert codes_and_causes(then, now) == ([(f"{side.upper()}_{word}", "neighbour")] if word else [])
    assert codes_and_causes(FirmDay(scored()), now) == []  # no partners were stored then


def test_guarantees_that_are_new_or_end() -> None:
    then = FirmDay(scored(), [partner("guarantees: other", "B"), partner("guarantees: it", "A")])
    now = FirmDay(scored(), [partner("guarantees: it", "A"), partner("guarantees: it", "C")])
    assert codes_and_causes(then, now) == [("GUARANTEE_LOST", "neighbour"), ("GUARANTEE_NEW", "neighbour")]


def test_neighbours_that_fail_and_that_matter() -> None:
    links = [partner("supplier", "MAIN", 0.5), partner("customer", "SMALL", 0.02), partner("owns: it", "SUB")]
    then = {name: scored(0.015, "D") for name in ("MAIN", "SMALL", "SUB", "GONE")}
    now = {name: scored(0.03, "E") for name in then} | {"GONE": scored(None)}
    moved = {"MAIN": ScoreBridge(OWN), "SMALL": ScoreBridge(OWN)}
    seen = FirmDay(scored(), links), FirmDay(scored(), links)
    # Of the three whose grade got worse only the main one matters; who fails matters however small.
    assert codes_and_causes(*seen, around=NeighbourScores(then, now, moved)) == [
        ("NEIGHBOUR_GRADE", "neighbour")
    ]
    left = FirmDay(scored(), [*links, partner("supplier", "GONE", 0.02)]), seen[1]
    both = codes_and_causes(*left, around=NeighbourScores(then, now, moved))
    assert both == [("NEIGHBOUR_DEFAULTED", "neighbour"), ("NEIGHBOUR_GRADE", "neighbour")]
    # A step over a bound of grades by little is none.
    little = now | {"MAIN": scored(0.021, "E")}
    assert codes_and_causes(*seen, around=NeighbourScores(then, little, moved)) == []
    # Whose grade another model made worse did not get worse itself.
    by_model = {
        "MAIN": ScoreBridge({"data": 0.0, "neighbour": 0.0, "model": 0.01, "unseparated": 0.0}, "unseparated")
    }
    assert codes_and_causes(*seen, around=NeighbourScores(then, now, by_model)) == [
        ("NEIGHBOUR_GRADE", "model")
    ]


shares = st.none() | st.floats(0, 1)
rows = st.builds(
    scored,
    st.none() | st.floats(0, 1),
    st.sampled_from("ABCDEFG"),
    st.tuples(st.sampled_from(("OWN_CASH", "CONTEXT", "NET_RISK_VIA")), shares),
)
links = st.lists(
    st.builds(partner, st.sampled_from(("supplier", "guarantees: it")), st.sampled_from("XYZ"), shares),
    max_size=4,
    unique_by=lambda p: (p.side, p.other),
)
seen = st.builds(FirmDay, st.none() | rows, st.none() | links)

# The first draw of st.builds is slow on a busy machine.
LAWFUL = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LAWFUL
@given(seen, st.dictionaries(st.sampled_from("XYZ"), rows))
def test_what_did_not_change_is_no_alert(one: FirmDay, others: dict[str, DayScore]) -> None:
    if one.score is not None:
        assert alerts_of(one, one, ScoreBridge(OWN), NeighbourScores(others, others), FINE) == []


@LAWFUL
@given(seen, seen, st.floats(1.1, 4), st.floats(1.1, 4))
def test_a_larger_factor_never_alerts_more(then: FirmDay, now: FirmDay, a: float, b: float) -> None:
    def alerts(factor: float) -> set[Alert]:
        return set(alerts_of(then, now, ScoreBridge(OWN), NO_NEIGHBOURS, replace(FINE, pd_factor=factor)))

    assert alerts(max(a, b)) <= alerts(min(a, b))


# Partners


def test_partners_of_a_snapshot_by_hand() -> None:
    rows_ = {
        "firms": firms("A", "B", "C", "H"),
        "supplies": [trade("A", "C", 10, 75), trade("B", "C", 10, 25), trade("A", "B", 300, 10)],
        "shipments": [shipment("H", "A", "C", 10, 8)],
        "relations": [{"from_id": "A", "to_id": "B", "kind": "guarantees", "since": ago(300)}],
    }
    made = partners_of(build_snapshot(tables_of(DatasetInfo("partners"), **rows_), HANDMADE))
    assert [tuple(row.values()) for row in made.to_pylist()] == [
        ("A", "carrier", "H", 1.0),
        ("A", "customer", "C", 1.0),
        ("A", "guarantees: it", "B", None),
        ("B", "customer", "C", 1.0),
        ("B", "guarantees: other", "A", None),
        ("C", "carrier", "H", 1.0),
        ("C", "supplier", "A", 0.75),
        ("C", "supplier", "B", 0.25),
    ]
