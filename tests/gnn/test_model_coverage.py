"""The model's coverage: the gain of what is known and fresh of a firm, worked by hand on three features."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from handmade import AS_OF, Row, ago, column, firms, tables_of, trade
from supplyrisk import gnn
from supplyrisk.gnn.baselines.baseline_registry import NETWORK
from supplyrisk.gnn.baselines.boosting import as_shares
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import panel_graph_of
from supplyrisk.gnn.explain.model_coverage import column_gains, model_coverage
from supplyrisk.graph import Snapshot, Tables, build_snapshot

GAINS = {"cash": 5.0, "margin": 3.0, "deliveries_180": 2.0}
STUB = "stub"


def stub() -> Any:
    """A model that uses three columns with these gains."""
    encoder = Encoder(tuple(sorted(GAINS)), {}, ("activity", "financials", "firms", "supplies"), {})
    gains = np.array([GAINS[name] for name in encoder.numbers])
    baseline = SimpleNamespace(column_gains=lambda columns: gains[:columns])
    return SimpleNamespace(encoder=encoder, baselines={STUB: baseline}, features=())


def coverage(tables: Tables) -> dict[str, float]:
    snapshot = build_snapshot(tables, AS_OF)
    by_row = model_coverage(stub(), STUB, snapshot, panel_graph_of(snapshot, stub().encoder))
    return dict(zip(snapshot.firms["firm_id"].to_pylist(), by_row.tolist(), strict=True))


def rows(activity: int = 5, statement: int = 200, trades: int = 5) -> dict[str, list[Row]]:
    """Two merchants, a supplier and a firm without a role, with sources of these ages about all but the supplier."""
    known = ("S", "T", "U")
    statements = [
        {
            "firm_id": f,
            "on": ago(statement),
            "published_on": ago(statement - 100),
            "revenue": 9.0,
            "costs": 8.0,
        }
        for f in known
    ]
    return {
        "firms": firms("S", "T", roles="merchant") + firms("M", roles="supplier") + firms("U"),
        "activity": [{"firm_id": f, "on": ago(activity), "sales": 5.0, "cash": 2.0} for f in known],
        "financials": statements,
        "supplies": [trade("M", "S", trades, 10), trade("U", "T", trades, 10)],
    }


def test_everything_known_and_fresh_is_whole() -> None:
    # U delivers; S and T deliver nothing, which is known while their trades are fresh. Of M, a supplier, activity is
    # not asked for: deliveries are known, 2 of 2 + 3.
    assert coverage(tables_of(**rows())) == {"S": 1.0, "T": 1.0, "U": 1.0, "M": 0.4}


def test_what_is_stale_or_absent_does_not_count() -> None:
    assert coverage(tables_of(**rows(activity=90)))["S"] == 0.5
    assert coverage(tables_of(**rows(statement=550)))["S"] == 0.7
    assert coverage(tables_of(**rows(trades=90)))["S"] == 0.8
    for table, left in (("activity", 0.5), ("financials", 0.7), ("supplies", 0.8)):
        without = {name: table_rows for name, table_rows in rows().items() if name != table}
        assert coverage(tables_of(**without))["S"] == left, table
    assert coverage(tables_of(firms=rows()["firms"])) == dict.fromkeys("MSTU", 0.0)


def test_a_source_beyond_the_list_of_the_role_counts_where_it_is_known() -> None:
    data = rows()
    data["activity"].append({"firm_id": "M", "on": ago(3), "sales": 1.0, "cash": 1.0})
    # cash and deliveries of all three
    assert coverage(tables_of(**data))["M"] == 0.7


def test_a_value_that_a_fresh_source_lacks_is_not_known() -> None:
    data = rows()
    for row in data["activity"]:
        row["cash"] = None
    assert coverage(tables_of(**data))["S"] == 0.5


def test_a_candidate_that_uses_no_column_of_its_own_weighs_all_alike() -> None:
    idle = stub()
    idle.baselines[STUB].column_gains = np.zeros
    assert column_gains(idle, STUB).tolist() == [pytest.approx(1 / 3)] * 3


def test_shares_are_of_each_row_and_0_where_there_is_nothing() -> None:
    assert as_shares(np.array([[1.0, 3.0], [0.0, 0.0]])).tolist() == [[0.25, 0.75], [0.0, 0.0]]


def test_the_gains_of_a_trained_model(model: gnn.RiskModel, now: Snapshot) -> None:
    columns = len(model.encoder.columns)
    for candidate in (NETWORK, *model.baselines):
        gains = column_gains(model, candidate)
        assert gains.shape == (columns,)
        assert gains.sum() == pytest.approx(1) and (gains >= 0).all(), candidate
    # LightGBM's own figures, by fold and member
    boosters = [b for member in model.boosters for b in member.own.boosters]
    expected = np.mean([as_shares(b.feature_importance("gain").astype(float)) for b in boosters], axis=0)
    assert column_gains(model, "boosted-own") == pytest.approx(expected)


def test_scores_state_both_shares_and_the_lower_one(model: gnn.RiskModel, now: Snapshot) -> None:
    scores = gnn.score(model, now).firms
    lower, by_model, by_data = (np.array(scores[f"coverage{part}"]) for part in ("", "_model", "_data"))
    assert np.array_equal(lower, np.minimum(by_model, by_data))
    assert dict(zip(scores["firm_id"].to_pylist(), by_data.tolist(), strict=True)) == column(now, "coverage")
    states = np.array(scores["state"].to_pylist())
    assert (lower[states == "scored"] >= 0.4).all() and (lower[states == "insufficient"] < 0.4).all()
    graded = [grade is not None for grade in scores["grade"].to_pylist()]
    assert graded == [state == "scored" for state in states]
    # without activity, nothing of a firm can be better known
    poorer = replace(now, firms=_without(now, "activity"))
    after = gnn.score(model, poorer).firms
    left = dict(zip(after["firm_id"].to_pylist(), after["coverage_model"].to_pylist(), strict=True))
    for firm, before in zip(scores["firm_id"].to_pylist(), by_model.tolist(), strict=True):
        assert left[firm] <= before


def _without(snapshot: Snapshot, source: str) -> Any:
    """The firms of a snapshot as if a table had no rows."""
    table = snapshot.firms.drop_columns([f.name for f in snapshot.features if f.source == source])
    at = table.column_names.index(f"{source}_ago")
    return table.set_column(at, f"{source}_ago", pa.nulls(table.num_rows, pa.float64()))
