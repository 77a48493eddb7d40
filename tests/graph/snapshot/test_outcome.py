"""What became of each firm: half-open windows, censoring, defaults as a setting."""

from __future__ import annotations

from handmade import AS_OF, ago, column, event, firms, tables_of, trade
from supplyrisk.graph.snapshot.outcome import first_day_of, last_day_of
from supplyrisk.graph.snapshot.snapshot import build_snapshot
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
    ended = {"in default": 0, "closed": 0, "closing": 30}
    for horizon in (1, 90, 1000):
        snap = build_snapshot(data, AS_OF, horizon)
        assert column(snap, "failed_after") == {name: failed_after.get(name) for name in STATES}
        observed = {name: (failed_after | ended).get(name, 91) for name in STATES}
        assert column(snap, "observed_days") == observed


def test_without_events_no_day_is_observed() -> None:
    data = tables_of(firms=firms("A", "B"), supplies=[trade("A", "B", -300, 1)])
    snap = build_snapshot(data, AS_OF)
    assert set(column(snap, "failed_after").values()) == {None}
    assert set(column(snap, "observed_days").values()) == {None}


def test_which_events_are_defaults_is_a_setting() -> None:
    data = tables_of(firms=firms("A", "B"), events=[event("A", -1, "closure"), event("B", -9, "default")])
    snap = build_snapshot(data, AS_OF, 9, default_kinds=("closure",))
    assert column(snap, "outcome_state") == {"A": "failed", "B": "sound"}
    past = build_snapshot(data, ago(-9), 9, default_kinds=("closure",))
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
