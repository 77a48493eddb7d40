"""Unlisted firms in a snapshot: links, no features, no outcome, no peers; the trade of listed firms stays as it is."""

from __future__ import annotations

import pytest

from handmade import AS_OF, SUPPLIES, Row, ago, column, edges, event, features_of, firms, tables_of, trade
from supplyrisk.graph import DatasetInfo, Snapshot, build_snapshot, partners_of
from supplyrisk.graph.snapshot.default_counts import default_counts_of

TRADES = [
    trade("X", "A", 20, 30),
    trade("B", "A", 10, 10),
    trade("A", "Y", 10, 8),
    trade("X", "Y", 10, 5),
]
LISTED = firms("A", "B", "C", "D", industry="steel", employees=3)
UNLISTED = firms("X", "Y", unlisted=True)
EVENTS = [event("X", 30, "default"), event("Y", 5, "lawsuit"), event("A", 5, "lawsuit")]


def snapshot_of(listed: list[Row], unlisted: list[Row]) -> Snapshot:
    later = event("Y", -20, "default")
    tables = tables_of(
        firms=listed + unlisted, supplies=TRADES, events=[*EVENTS, later, event("D", -90, "closure")]
    )
    return build_snapshot(tables, AS_OF, 60)


@pytest.fixture(scope="module")
def snap() -> Snapshot:
    return snapshot_of(LISTED, UNLISTED)


def test_the_frame_marks_them_and_says_nothing_else_of_them(snap: Snapshot) -> None:
    assert snap.unlisted.tolist() == [False, False, False, False, True, True]
    assert column(snap, "unlisted") == {"A": None, "B": None, "C": None, "D": None, "X": True, "Y": True}
    # X is known to be in default, which is a fact about it and no estimate
    assert column(snap, "defaulted") == {
        "A": False,
        "B": False,
        "C": False,
        "D": False,
        "X": True,
        "Y": False,
    }
    for firm in "XY":
        assert set(features_of(snap, firm).values()) == {None}
    assert column(snap, "coverage")["Y"] is None
    assert column(snap, "coverage")["A"] == 0.1


def test_they_have_no_outcome_on_any_day(snap: Snapshot) -> None:
    assert column(snap, "outcome_state") == {
        "A": "sound", "B": "sound", "C": "sound", "D": "sound", "X": "unlabelled", "Y": "unlabelled",
    }  # fmt: skip
    for name in ("outcome", "failed_after", "observed_days"):
        assert [column(snap, name)[firm] for firm in "XY"] == [None, None]


def test_labels_of_undated_data_are_not_used() -> None:
    labels = [{"firm_id": firm, "defaulted": firm in "AX"} for firm in "ABX"]
    tables = tables_of(DatasetInfo(undated=True), firms=LISTED + UNLISTED, supplies=TRADES, labels=labels)
    assert column(build_snapshot(tables), "outcome_state")["X"] == "unlabelled"
    counts = default_counts_of(tables)
    assert (counts.total, counts.sound) == (1, 1)


def test_their_defaults_are_not_counted() -> None:
    tables = tables_of(
        firms=LISTED + UNLISTED,
        supplies=[trade("A", "B", 400, 1)],
        events=[*EVENTS, event("B", 20, "default")],
    )
    assert default_counts_of(tables).total == 1


def test_their_trade_counts_for_their_partners(snap: Snapshot) -> None:
    assert edges(snap, SUPPLIES)["X", "A"]["share_of_purchases"] == pytest.approx(0.75)
    assert features_of(snap, "A")["suppliers_180"] == 2


def test_listing_them_changes_no_link_and_no_figure_of_the_others(snap: Snapshot) -> None:
    listed = snapshot_of(LISTED, firms("X", "Y"))
    assert listed.edges[SUPPLIES].equals(snap.edges[SUPPLIES])
    assert listed.trades.equals(snap.trades)
    assert [feature.name for feature in listed.features] == [feature.name for feature in snap.features]
    for firm in "ABCD":
        figures = features_of(snap, firm)
        others = features_of(listed, firm)
        # percentiles are among peers, of which there are more now
        assert {n: v for n, v in figures.items() if not n.endswith("_peers")} == {
            n: v for n, v in others.items() if not n.endswith("_peers")
        }
    assert features_of(listed, "Y")["suppliers_180"] == 2


def test_they_are_nobodys_peers() -> None:
    """A group needs thirty firms: with 29 listed ones of steel, their peers are all firms, whoever is unlisted."""
    steel = firms(*(f"S{number}" for number in range(29)), industry="steel")
    partners = firms("X", "Y", unlisted=True, industry="steel")
    trades = [trade("X", "S0", 9, 5), trade("Y", "S0", 9, 5)]
    snap = build_snapshot(tables_of(firms=steel + partners, supplies=trades), AS_OF)
    assert set(column(snap, "peer_level").values()) == {"all", None}
    listed = build_snapshot(
        tables_of(firms=steel + firms("X", "Y", industry="steel"), supplies=trades), AS_OF
    )
    assert set(column(listed, "peer_level").values()) == {"industry"}


def test_a_percentile_counts_listed_firms_only() -> None:
    """A pays a day late and B three: X, which pays two days late, is not between them."""
    late = [
        trade("C", firm, 20, 5, due_on=ago(10), paid_on=ago(10 - days))
        for firm, days in (("A", 1), ("X", 2), ("B", 3))
    ]
    snap = build_snapshot(tables_of(firms=LISTED + firms("X", unlisted=True), supplies=late), AS_OF)
    percentile = column(snap, "pay_late_days_peers")
    assert [percentile[firm] for firm in "AXB"] == [0.25, None, 0.75]


def test_stored_partners_are_those_of_listed_firms(snap: Snapshot) -> None:
    rows = {(row["firm_id"], row["side"], row["other"]) for row in partners_of(snap).to_pylist()}
    assert rows == {
        ("A", "supplier", "X"),
        ("A", "supplier", "B"),
        ("A", "customer", "Y"),
        ("B", "customer", "A"),
    }


def test_words_of_their_events_are_no_columns() -> None:
    with_word = [event("A", 5, "lawsuit", "debt"), event("X", 5, "sanction", "rare")]
    snap = build_snapshot(tables_of(firms=LISTED + UNLISTED, supplies=TRADES, events=with_word), AS_OF, 60)
    names = [feature.name for feature in snap.features]
    assert "events_lawsuit" in names
    assert not [name for name in names if "sanction" in name]


def test_they_are_in_no_snapshot_before_a_row_names_them() -> None:
    trades = [*TRADES[:2], trade("A", "Y", -3, 8)]
    tables = tables_of(firms=LISTED + UNLISTED, supplies=trades)
    assert build_snapshot(tables, ago(15)).firms["firm_id"].to_pylist() == ["A", "B", "C", "D", "X"]
    assert build_snapshot(tables, ago(25)).firms["firm_id"].to_pylist() == ["A", "B", "C", "D"]
    assert build_snapshot(tables, ago(-3)).firms["firm_id"].to_pylist() == ["A", "B", "C", "D", "X", "Y"]


def test_the_snapshot_names_their_number(snap: Snapshot) -> None:
    assert "6 firms (2 of them unlisted)" in str(snap)
    assert "unlisted" not in str(build_snapshot(tables_of(firms=LISTED, supplies=TRADES), ago(0), 60))
