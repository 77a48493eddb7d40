"""Features whose names only the data know: events by kind and word, columns beyond the contract."""

from __future__ import annotations

import pytest

from handmade import AS_OF, activity, check, event, features_of, firms, tables_of
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.merchant import reason_of_feature
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from supplyrisk.graph.workspace.tables import DatasetInfo


def test_events_are_counted_by_kind_and_by_word() -> None:
    rows = [event("A", i, "lawsuit", "loan|  tax|tax" if i < 10 else "loan") for i in range(9, 19)]
    rows += [event("B", 179, "lawsuit"), event("B", 180, "lawsuit", "tax|"), event("C", 1, "default", "loan")]
    snap = build_snapshot(tables_of(firms=firms("A", "B", "C"), events=rows), AS_OF)
    names = [f.name for f in snap.features if f.source == "events"]
    # "tax" is in two events only, and still counted: what is rare here may have been frequent in training.
    # Defaults are the outcome.
    assert names == ["events_lawsuit_180", "events_lawsuit", "events_lawsuit:loan", "events_lawsuit:tax"]
    assert all(f.zero_filled for f in snap.features if f.source == "events")
    check(features_of(snap, "A"), events_lawsuit_180=10, events_lawsuit=10, **{"events_lawsuit:loan": 10})
    assert [features_of(snap, f)["events_lawsuit:tax"] for f in "AB"] == [1, 1]
    check(features_of(snap, "B"), events_lawsuit_180=1, events_lawsuit=2, **{"events_lawsuit:loan": 0})
    check(features_of(snap, "C"), events_lawsuit_180=0, events_lawsuit=0)


def test_columns_beyond_the_contract_are_candidates() -> None:
    extra = {
        "firms": {"评级": "VARCHAR", "score": "DOUBLE"},
        "activity": {"score": "DOUBLE", "mood": "VARCHAR"},
    }
    data = tables_of(
        DatasetInfo(extra=extra),
        firms=firms("A", 评级="AA", score=1.5) + firms("B"),
        activity=[
            activity(1, 1, score=4.0, mood="good"),
            activity(40, 1, score=8.0, mood="bad"),
            activity(200, 1, score=99.0),
        ],
    )
    snap = build_snapshot(data, AS_OF)
    found = features_of(snap, "A")
    assert (found["评级"], found["score"], found["score_30"], found["score_180"], found["mood"]) == (
        "AA",
        1.5,
        4.0,
        6.0,
        "good",
    )
    names = {"评级", "score", "score_30", "mood"}
    assert {f.name: (f.kind, f.meaning) for f in snap.features if f.name in names} == {
        "评级": ("category", "评级"),
        "score": ("number", "score"),
        "score_30": ("number", "score, mean of the last 30 days"),
        "mood": ("category", "mood, last value"),
    }
    assert features_of(snap, "B")["score"] is None


def test_a_column_that_bears_the_name_of_a_feature_is_renamed_or_refused() -> None:
    taken = DatasetInfo(extra={"firms": {"Age_Days": "DOUBLE", "coverage": "DOUBLE"}})
    snap = build_snapshot(tables_of(taken, firms=firms("A", Age_Days=3.0, coverage=4.0)), AS_OF)
    check(features_of(snap, "A"), firms_Age_Days=3, firms_coverage=4, age_days=None)
    twice = DatasetInfo(extra={"firms": {"coverage": "DOUBLE", "Firms_coverage": "DOUBLE"}})
    with pytest.raises(DataError, match="rename the column"):
        build_snapshot(tables_of(twice, firms=firms("A")), AS_OF)


def test_a_column_does_not_pass_for_a_shipped_feature_that_the_data_lack() -> None:
    own = {"revenue": 5.0, "events_lawsuit_2023": 2.0, "margin_2023": 0.1}
    extra = DatasetInfo(extra={"firms": dict.fromkeys(own, "DOUBLE")})
    snap = build_snapshot(tables_of(extra, firms=firms("A", **own)), AS_OF)
    check(features_of(snap, "A"), firms_revenue=5, firms_events_lawsuit_2023=2, margin_2023=0.1)
    assert not {"revenue", "events_lawsuit_2023"} & set(snap.firms.column_names)
    # What a letter may say of shipped features is not said of them.
    assert {reason_of_feature(f"firms_{name}") for name in own} | {reason_of_feature("margin_2023")} == {None}
