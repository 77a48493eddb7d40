"""Percentiles among peers: which peers, and how ties count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import AS_OF, Row, ago, event, features_of, tables_of
from supplyrisk.graph.snapshot.peers import percentiles
from supplyrisk.graph.snapshot.snapshot import build_snapshot


def peers_of(cell: int, industry: int, others: int) -> Row:
    """The first firm's view: it refunds more than its cell, and less than its industry's other region."""
    places = [("I", "R")] * cell + [("I", "Q")] * (industry - cell) + [("J", "R")] * others
    rows = [{"firm_id": f"F{i:03}", "industry": a, "region": b} for i, (a, b) in enumerate(places)]
    active = [refunds("F000", 0.5)]
    for row in rows[1:]:
        rate = {"R": 0.1, "Q": 0.9}[row["region"]] if row["industry"] == "I" else 0.0
        active.append(refunds(row["firm_id"], rate))
    return features_of(build_snapshot(tables_of(firms=rows, activity=active), AS_OF), "F000")


def test_peers_back_off_below_thirty_firms() -> None:
    cell, industry, all_firms = peers_of(30, 60, 5), peers_of(29, 58, 5), peers_of(10, 29, 31)
    # 29 below, itself in the middle
    assert (cell["peer_level"], cell["refund_rate_180_peers"]) == (
        "industry x region",
        pytest.approx(29.5 / 30),
    )
    assert (industry["peer_level"], industry["refund_rate_180_peers"]) == (
        "industry",
        pytest.approx(28.5 / 58),
    )
    assert (all_firms["peer_level"], all_firms["refund_rate_180_peers"]) == ("all", pytest.approx(40.5 / 60))


def refunds(firm: str, rate: float) -> Row:
    return {"firm_id": firm, "on": ago(1), "sales": 100.0, "refunds": 100 * rate}


def test_firms_in_default_are_nobodys_peers() -> None:
    ids = [f"F{i:02}" for i in range(31)]
    rows = [{"firm_id": firm, "industry": "I", "region": "R"} for firm in ids]
    active = [refunds(firm, i / 100) for i, firm in enumerate(ids)]
    data = tables_of(
        firms=rows, activity=active, events=[event("F00", 3, "default"), event("F01", 3, "default")]
    )
    found = build_snapshot(data, AS_OF).firms
    # 29 of 31 are left, too few for a cell; the lowest of them is at half a place of 29
    assert set(found["peer_level"].to_pylist()) == {"all"}
    assert found["refund_rate_180_peers"].to_pylist()[:3] == [None, None, pytest.approx(0.5 / 29)]


def test_a_firm_that_does_not_say_its_industry_is_ranked_among_all() -> None:
    rows = [{"firm_id": f"F{i:02}", "industry": "I" if i else None, "region": "R"} for i in range(31)]
    active = [refunds(row["firm_id"], 0.5 if row["industry"] is None else 0.1) for row in rows]
    found = features_of(build_snapshot(tables_of(firms=rows, activity=active), AS_OF), "F00")
    assert (found["peer_level"], found["refund_rate_180_peers"]) == ("all", pytest.approx(30.5 / 31))


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(-3, 3)))))
def test_percentiles_are_the_share_below_and_half_of_the_ties(rows: list[tuple[int, int | None]]) -> None:
    values = np.array([np.nan if v is None else float(v) for _, v in rows])
    cells = np.array([c for c, _ in rows], dtype=np.int64)
    found = percentiles(values, cells)
    for i, (cell, mine) in enumerate(rows):
        others = [v for c, v in rows if c == cell and v is not None]
        if mine is None:
            assert np.isnan(found[i])
        else:
            lower, equal = sum(v < mine for v in others), sum(v == mine for v in others)
            assert found[i] == pytest.approx((lower + equal / 2) / len(others))
