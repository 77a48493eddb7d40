"""Outcomes without a day in dated data: known by the day of the labels, and not before it."""

from __future__ import annotations

from datetime import date

import pytest

from handmade import AS_OF, Row, ago, column, event, firms, tables_of, trade
from supplyrisk.graph import default_counts_of
from supplyrisk.graph.schema.defaults import DEFAULT_DEFINITION
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from supplyrisk.graph.snapshot.stopped_trade import stopped_trade_of
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables

INFO = DatasetInfo(labels_as_of=AS_OF.isoformat())
NAMES = (
    "no by label",
    "yes by label",
    "yes by event",
    "yes by day",
    "no, then yes",
    "later",
    "unknown",
    "sued",
)


def label(firm: str, defaulted: bool) -> Row:
    return {"firm_id": firm, "defaulted": defaulted}


LABELS = [label("no by label", False), label("yes by label", True), label("no, then yes", False)]
EVENTS = [
    event("yes by event", 0, "bankruptcy") | {"on": None},
    event("sued", 0, "lawsuit") | {"on": None},
    event("yes by day", 400, "default"),
    event("no, then yes", 0, "default"),
    event("later", -1, "default"),
]
STATES = {
    "no by label": "sound",
    "yes by label": "failed",
    "yes by event": "failed",
    "yes by day": "failed",
    "no, then yes": "failed",
    "later": "unlabelled",
    "unknown": "unlabelled",
    "sued": "unlabelled",
}


def labelled(**more: list[Row]) -> Tables:
    return tables_of(INFO, firms=firms(*NAMES), labels=LABELS, events=EVENTS, **more)


def test_the_outcome_is_what_is_stated_by_the_day_of_the_labels() -> None:
    snap = build_snapshot(labelled())
    assert (snap.as_of, snap.horizon_days) == (AS_OF, None)
    assert column(snap, "outcome_state") == STATES
    outcomes = {"failed": True, "sound": False}
    assert column(snap, "outcome") == {name: outcomes.get(state) for name, state in STATES.items()}
    assert set(column(snap, "defaulted").values()) == {False}
    assert set(column(snap, "failed_after").values()) == {None}


def test_it_is_not_known_before() -> None:
    snap = build_snapshot(labelled(), ago(1))
    assert set(column(snap, "outcome_state").values()) == {"unlabelled"}
    assert set(column(snap, "defaulted").values()) == {False}


def test_a_default_on_a_later_day_is_one_from_then_on() -> None:
    snap = build_snapshot(labelled(), ago(-1))
    assert column(snap, "outcome_state") == STATES | {"later": "defaulted"}
    assert column(snap, "defaulted_on")["later"] == ago(-1)
    assert snap.horizon_days is None


@pytest.mark.parametrize("horizon", [1, 500])
def test_the_horizon_changes_nothing(horizon: int) -> None:
    assert column(build_snapshot(labelled(), None, horizon), "outcome_state") == STATES


def test_rows_after_the_day_of_the_labels_change_nothing() -> None:
    trades = [trade("unknown", "sued", 5, 100), trade("later", "unknown", 40, 7)]
    planted = trade("unknown", "sued", -1, 1e9)
    snap = build_snapshot(labelled(supplies=trades))
    assert build_snapshot(labelled(supplies=[*trades, planted])).firms == snap.firms
    assert build_snapshot(labelled(supplies=[*trades, planted | {"on": AS_OF}])).firms != snap.firms


def test_events_without_a_day_are_no_features() -> None:
    snap = build_snapshot(labelled())
    assert [f.name for f in snap.features if f.source == "events"] == []


def test_the_stated_outcomes_are_counted() -> None:
    counts = default_counts_of(labelled())
    assert (counts.total, counts.usable, counts.sound, counts.horizons) == (4, 4, 1, ())
    assert str(counts) == "4 defaults and 1 firms without one (8 of each needed)"


def test_firms_that_had_stopped_trading_are_counted() -> None:
    trades = [
        trade("yes by label", "unknown", 91, 1),
        trade("yes by label", "unknown", -5, 1),
        trade("yes by event", "no by label", 90, 1),
        trade("yes by day", "unknown", 200, 1),
    ]
    rows = [{"firm_id": "yes by day", "on": ago(10), "sales": 1.0}]
    data = labelled(supplies=trades, activity=rows)
    stopped = stopped_trade_of(data, DEFAULT_DEFINITION)
    assert stopped is not None
    # The firm without any trade counts, and has not stopped.
    assert (stopped.defaulted.firms, stopped.defaulted.stopped, stopped.defaulted.days) == (4, 1, 90.0)
    assert (stopped.others.firms, stopped.others.stopped, stopped.others.days) == (1, 0, 90.0)
    assert "1 of the 4 firms that defaulted" in str(stopped)
    assert "0 of the 1 others" in str(stopped)


def test_unlisted_firms_have_no_outcome() -> None:
    listed = firms(*NAMES[1:]) + firms("no by label", unlisted=True)
    trades = [trade("no by label", "sued", 9, 1)]
    data = tables_of(INFO, firms=listed, labels=LABELS, events=EVENTS, supplies=trades)
    assert column(build_snapshot(data), "outcome_state")["no by label"] == "unlabelled"
    assert default_counts_of(data).sound == 0
    stopped = stopped_trade_of(data, DEFAULT_DEFINITION)
    assert stopped is not None
    assert (stopped.defaulted.firms, stopped.others.firms) == (4, 0)


def test_data_whose_outcomes_have_days_have_none() -> None:
    assert stopped_trade_of(tables_of(firms=firms("A"), events=EVENTS), DEFAULT_DEFINITION) is None
    assert DatasetInfo().labels_day is None
    assert INFO.labels_day == date(2024, 7, 1)
