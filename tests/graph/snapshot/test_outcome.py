"""What became of each firm: half-open windows, censoring, defaults as a setting."""

from __future__ import annotations

import pytest

from handmade import AS_OF, Row, ago, column, event, firms, tables_of, trade
from supplyrisk.graph.errors import RequestError
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.snapshot.default_days import same_defaults
from supplyrisk.graph.snapshot.outcome import first_day_of, last_day_of
from supplyrisk.graph.snapshot.snapshot import build_snapshot, later_outcomes
from supplyrisk.graph.workspace.tables import DatasetInfo

OUTCOMES = [
    event("failed", -1, "default"),
    event("failed", -2, "bankruptcy"),
    event("failed last day", -90, "bankruptcy"),
    event("too late", -91, "default"),
    event("in default", 0, "default"),
    event("in default", 30, "bankruptcy"),
    event("in default", -5, "default"),
    event("closing", -30, "closure"),
    event("closed", 30, "closure"),
    event("closing, then failed", -10, "closure"),
    event("closing, then failed", -20, "default"),
    event("closing later", -91, "closure"),
    event("sued", -1, "lawsuit"),
]
STATES = {
    "closed": "censored",
    "closing": "censored",
    "closing later": "sound",
    "closing, then failed": "failed",
    "failed": "failed",
    "failed last day": "failed",
    "in default": "defaulted",
    "quiet": "sound",
    "sued": "sound",
    "too late": "sound",
}


CLOSURES = DefaultDefinition(("closure",))


def test_outcomes_come_from_the_half_open_window() -> None:
    snap = build_snapshot(tables_of(firms=firms(*STATES), events=OUTCOMES), AS_OF, 90)
    assert column(snap, "outcome_state") == STATES
    expected = {name: {"failed": True, "sound": False}.get(state) for name, state in STATES.items()}
    assert column(snap, "outcome") == expected
    assert [name for name, value in column(snap, "defaulted").items() if value] == ["in default"]
    assert column(snap, "defaulted_on")["in default"] == ago(30)
    assert column(snap, "defaulted_on")["failed"] is None


def test_a_window_that_leaves_the_data_is_censored_for_all_but_those_in_default() -> None:
    data = tables_of(firms=firms(*STATES), events=OUTCOMES)
    assert last_day_of(data) == ago(-91)
    assert set(column(build_snapshot(data, AS_OF, 91), "outcome_state").values()) == {
        "failed",
        "sound",
        "censored",
        "defaulted",
    }
    beyond = column(build_snapshot(data, AS_OF, 92), "outcome_state")
    assert {name: "defaulted" if name == "in default" else "censored" for name in STATES} == beyond


def test_days_until_default_and_days_observed_do_not_depend_on_the_horizon() -> None:
    data = tables_of(firms=firms(*STATES), events=OUTCOMES)
    # The data end 91 days after as_of: firms that neither default nor close are observed until then.
    failed_after = {"failed": 1, "failed last day": 90, "too late": 91, "closing, then failed": 20}
    ended = {"in default": 0, "closed": 0, "closing": 30, "closing, then failed": 10}
    for horizon in (1, 90, 1000):
        snap = build_snapshot(data, AS_OF, horizon)
        assert column(snap, "failed_after") == {name: failed_after.get(name) for name in STATES}
        observed = {name: (failed_after | ended).get(name, 91) for name in STATES}
        assert column(snap, "observed_days") == observed
    alone = {row["firm_id"]: row for row in later_outcomes(data, AS_OF, DefaultDefinition()).to_pylist()}
    assert {name: row["failed_after"] for name, row in alone.items()} == column(snap, "failed_after")
    assert {name: row["observed_days"] for name, row in alone.items()} == observed


def test_without_events_no_day_is_observed() -> None:
    data = tables_of(firms=firms("A", "B"), supplies=[trade("A", "B", -300, 1)])
    snap = build_snapshot(data, AS_OF)
    assert set(column(snap, "failed_after").values()) == {None}
    assert set(column(snap, "observed_days").values()) == {None}


def test_which_events_are_defaults_is_a_setting() -> None:
    data = tables_of(firms=firms("A", "B"), events=[event("A", -1, "closure"), event("B", -9, "default")])
    snap = build_snapshot(data, AS_OF, 9, default_definition=CLOSURES)
    assert column(snap, "outcome_state") == {"A": "failed", "B": "sound"}
    past = build_snapshot(data, ago(-9), 9, default_definition=CLOSURES)
    assert "events_default" in past.firms.column_names
    assert "events_closure" not in past.firms.column_names


def test_without_events_nobody_is_sound() -> None:
    data = tables_of(firms=firms("A", "B"), supplies=[trade("A", "B", -300, 1)])
    assert set(column(build_snapshot(data, AS_OF), "outcome_state").values()) == {"unlabelled"}
    assert set(column(build_snapshot(data, AS_OF), "outcome").values()) == {None}


def test_a_planned_date_does_not_end_the_data_later() -> None:
    planned = {"from_id": "A", "to_id": "B", "kind": "owns", "since": ago(-400)}
    data = tables_of(firms=firms("A", "B"), supplies=[trade("A", "B", 0, 1)], events=[], relations=[planned])
    assert last_day_of(data) == AS_OF
    assert last_day_of(tables_of(firms=firms("A", "B"), relations=[planned])) == ago(-400)


def test_undated_firms_in_default_are_not_learned_from() -> None:
    data = tables_of(
        DatasetInfo(undated=True),
        firms=firms("A", "B"),
        events=[event("A", 30, "bankruptcy")],
        labels=[{"firm_id": "A", "defaulted": True}, {"firm_id": "B", "defaulted": True}],
    )
    snap = build_snapshot(data)
    assert column(snap, "outcome_state") == {"A": "defaulted", "B": "failed"}
    assert column(snap, "outcome") == {"A": None, "B": True}


# Loans in default


def state(firm: str, days: int, past_due: int | None = None, written_off: float | None = None) -> Row:
    """The state of a firm's only loan."""
    return {
        "loan_id": f"loan of {firm}",
        "lender_id": "bank",
        "firm_id": firm,
        "on": ago(days),
        "days_past_due": past_due,
        "written_off": written_off,
    }


LOANS = [
    state("89 days", 10, 89),
    state("89 days", -20, 89),
    state("90 days", 10, 59),
    state("90 days", -20, 90),
    state("90 days today", 0, 90),
    # Its state 40 days ago shows 100 days: the default is that state's, not ten days earlier.
    state("cured", 70, 70),
    state("cured", 40, 100),
    state("cured", 5, 0),
    state("written off", -3, 0, 0.01),
    state("nothing written off", -3, 0, 0),
    state("event first", -8, 95),
    state("event last", -2, 95),
    state("too late", -91, 90),
    state("restructured", -5, 30) | {"restructured": True},
    state("closing, then past due", -60, 120),
]
EVENTS = [
    event("event first", -4, "default"),
    event("event last", -6, "default"),
    event("closing, then past due", -30, "closure"),
    event("long after", -300, "lawsuit"),
]
LOAN_STATES = {
    "89 days": "sound",
    "90 days": "failed",
    "90 days today": "defaulted",
    "closing, then past due": "failed",
    "cured": "defaulted",
    "event first": "failed",
    "event last": "failed",
    "long after": "sound",
    "nothing written off": "sound",
    "restructured": "sound",
    "too late": "sound",
    "written off": "failed",
}


def test_a_loan_is_in_default_from_the_state_that_shows_it() -> None:
    data = tables_of(firms=firms(*LOAN_STATES), loans=LOANS, events=EVENTS)
    snap = build_snapshot(data, AS_OF, 90)
    assert column(snap, "outcome_state") == LOAN_STATES
    days_to_default = {name: days for name, days in column(snap, "failed_after").items() if days is not None}
    assert days_to_default == {
        "90 days": 20,
        "closing, then past due": 60,
        "event first": 4,
        "event last": 2,
        "too late": 91,
        "written off": 3,
    }
    observed = {name: column(snap, "observed_days")[name] for name in ("90 days", "cured", "restructured")}
    assert observed == {"90 days": 20, "cured": 0, "restructured": 300}
    in_default = {name: day for name, day in column(snap, "defaulted_on").items() if day}
    assert in_default == {"cured": ago(40), "90 days today": AS_OF}
    assert [name for name, is_in in column(snap, "defaulted").items() if is_in] == ["90 days today", "cured"]
    # The first of event and loan is the day of the default.
    later = column(build_snapshot(data, ago(-100), 90), "defaulted_on")
    assert (later["event first"], later["event last"]) == (ago(-4), ago(-2))
    assert (later["90 days"], later["written off"], later["89 days"]) == (ago(-20), ago(-3), None)


@pytest.mark.parametrize("day", [39, 40, 41])
def test_a_state_is_unknown_before_its_day(day: int) -> None:
    data = tables_of(firms=firms("cured"), loans=LOANS, events=EVENTS)
    snap = build_snapshot(data, ago(day), 30)
    assert column(snap, "defaulted") == {"cured": day <= 40}
    assert column(snap, "outcome_state") == {"cured": "failed" if day > 40 else "defaulted"}
    assert column(snap, "loan_days_past_due") == {"cured": 70 if day > 40 else 100}


def test_other_days_past_due_and_none_are_definitions_too() -> None:
    data = tables_of(firms=firms(*LOAN_STATES), loans=LOANS, events=EVENTS)
    strict = build_snapshot(data, AS_OF, 90, default_definition=DefaultDefinition(days_past_due=30))
    states = column(strict, "outcome_state")
    assert (states["restructured"], states["89 days"], states["nothing written off"]) == (
        "failed",
        "defaulted",
        "sound",
    )
    events_only = build_snapshot(data, AS_OF, 90, default_definition=DefaultDefinition(days_past_due=None))
    failed = [name for name, value in column(events_only, "outcome_state").items() if value == "failed"]
    assert failed == ["event first", "event last"]
    assert not any(column(events_only, "defaulted").values())
    with pytest.raises(RequestError, match="0 days past due"):
        DefaultDefinition(days_past_due=0)


def test_without_events_firms_are_observed_up_to_the_last_state_of_their_loans() -> None:
    names = ("known", "silent", "before", "past due", "no columns", "repaid", "cured")
    loans = [
        state("known", -30, 0),
        state("repaid", -30, 0),
        state("repaid", -60, 0),
        state("cured", 10, 95),
        state("before", 30, 0),
        state("past due", -60, 91),
        state("no columns", -30),
        state("known", -200, 0),
    ]
    snap = build_snapshot(tables_of(firms=firms(*names), loans=loans), AS_OF, 90)
    assert column(snap, "outcome_state") == {
        "known": "sound",
        "silent": "unlabelled",
        "before": "unlabelled",
        "past due": "failed",
        "no columns": "unlabelled",
        "repaid": "censored",
        "cured": "defaulted",
    }
    assert column(snap, "observed_days") == {
        "known": 200,
        "silent": None,
        "before": None,
        "past due": 60,
        "no columns": None,
        "repaid": 60,
        "cured": 0,
    }
    assert column(snap, "failed_after") == dict.fromkeys(names) | {"past due": 60}


def test_undated_states_of_loans_are_no_defaults() -> None:
    data = tables_of(
        DatasetInfo(undated=True),
        firms=firms("A", "B"),
        loans=[state("A", 0, 200) | {"on": None}, state("B", 30, 200)],
        labels=[{"firm_id": firm, "defaulted": False} for firm in ("A", "B")],
    )
    assert column(build_snapshot(data), "outcome_state") == {"A": "sound", "B": "defaulted"}


def test_definitions_differ_only_where_the_data_show_it() -> None:
    ninety = DefaultDefinition(("default", "bankruptcy"), 90)
    reordered = DefaultDefinition(("bankruptcy", "default"), 60)
    stating = tables_of(firms=firms("A"), loans=[state("A", 0, 0)])
    writing_off = tables_of(firms=firms("A"), loans=[state("A", 0, None, 1.0)])
    silent = tables_of(firms=firms("A"), loans=[state("A", 0)])
    assert not same_defaults(ninety, reordered, stating)
    assert not same_defaults(ninety, DefaultDefinition(days_past_due=None), writing_off)
    assert same_defaults(ninety, reordered, silent)
    assert same_defaults(ninety, reordered, tables_of(firms=firms("A")))
    assert same_defaults(ninety, DefaultDefinition(("bankruptcy", "default"), 90), stating)
    assert not same_defaults(ninety, CLOSURES, silent)


def test_a_definition_is_stored_under_the_keys_of_earlier_versions() -> None:
    definition = DefaultDefinition(("default", "fraud"), 60)
    assert definition.to_json() == {"default_kinds": ["default", "fraud"], "days_past_due": 60}
    assert DefaultDefinition.from_json(definition.to_json()) == definition
    assert DefaultDefinition.from_json({"default_kinds": ["default"]}) == DefaultDefinition(
        ("default",), None
    )


# Where a history begins


def test_a_stray_old_row_does_not_begin_the_history() -> None:
    # 101 trades: 1 % is 1.01, so the stray one is not enough, and the second day's first one is.
    trades = [trade("A", "B", days, 1) for days in range(100)]
    both = firms("A", "B")
    assert first_day_of(tables_of(firms=both, supplies=[*trades, trade("A", "B", 9000, 1)])) == ago(99)
    # 100 trades and none astray: the day by which more than one has happened.
    assert first_day_of(tables_of(firms=both, supplies=trades)) == ago(98)


def test_the_earliest_of_the_daily_tables_begins_the_history() -> None:
    data = tables_of(
        firms=firms("A", "B"),
        supplies=[trade("A", "B", days, 1) for days in (50, 40, 30)],
        activity=[{"firm_id": "A", "on": ago(days), "sales": 1.0} for days in range(20)],
        events=[event("A", 900, "lawsuit")],
    )
    assert first_day_of(data) == ago(50)


def test_without_daily_rows_events_and_loans_begin_the_history() -> None:
    data = tables_of(firms=firms("A", founded_on=ago(5000)), supplies=[], events=[event("A", 900, "lawsuit")])
    assert first_day_of(data) == ago(900)
    assert first_day_of(tables_of(firms=firms("A", founded_on=ago(5000)))) is None
