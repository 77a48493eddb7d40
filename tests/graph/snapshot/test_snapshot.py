"""A snapshot: who exists, what became of them, what links them, and what it does not depend on."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from handmade import (
    AS_OF,
    CARRIES,
    SUPPLIES,
    Row,
    ago,
    column,
    edges,
    event,
    firms,
    shipment,
    tables_of,
    trade,
)
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.source_coverage import AGE_COLUMNS
from supplyrisk.graph.snapshot.firm_frame import BASE_COLUMNS
from supplyrisk.graph.snapshot.snapshot import Snapshot, build_snapshot
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables

# Who exists


def test_firms_that_join_later_do_not_exist_and_nor_do_their_links() -> None:
    data = tables_of(
        firms=firms("now", joined_on=ago(0)) + firms("later", joined_on=ago(-1))
        + firms("unborn", founded_on=ago(-1)) + firms("any"),
        supplies=[trade("now", "any", 5, 10), trade("now", "later", 5, 99), trade("unborn", "any", 5, 99)],
        loans=[{"loan_id": f, "lender_id": "bank", "firm_id": f, "on": ago(9)} for f in ("any", "later")],
    )  # fmt: skip
    snap = build_snapshot(data, AS_OF)
    assert snap.firms["firm_id"].to_pylist() == ["any", "now"]
    assert list(edges(snap, SUPPLIES)) == [("now", "any")]
    assert column(snap, "purchases_180") == {"any": 10, "now": 0}
    assert snap.trades.num_rows == 1
    assert snap.loans["firm_id"].to_pylist() == ["any"]


def test_loans_are_the_last_state_on_or_before_the_day() -> None:
    states = [(30, 10.0), (0, 20.0), (-1, 30.0)]
    rows = [{"loan_id": "1", "lender_id": "b", "firm_id": "A", "on": ago(d), "drawn": v} for d, v in states]
    assert build_snapshot(tables_of(firms=firms("A"), loans=rows), AS_OF).loans["drawn"].to_pylist() == [20.0]


def test_events_keep_a_missing_row_id_and_their_order() -> None:
    rows = [
        event("B", 1, "lawsuit"),
        event("A", 5, "suspension") | {"row_id": "7"},
        event("A", -1, "lawsuit"),
    ]
    snap = build_snapshot(tables_of(firms=firms("A", "B"), events=rows), AS_OF)
    assert [(r["firm_id"], r["on"], r["row_id"]) for r in snap.events.to_pylist()] == [
        ("A", ago(5), "7"),
        ("B", ago(1), None),
    ]


# Which day


def test_the_day_is_the_last_of_the_data_where_none_is_given() -> None:
    data = tables_of(firms=firms("A", "B"), supplies=[trade("A", "B", 3, 1), trade("A", "B", 7, 1)])
    assert build_snapshot(data).as_of == ago(3)


def test_what_cannot_be_asked_is_refused() -> None:
    undated = DatasetInfo(undated=True)
    with pytest.raises(DataError, match="leave out the day"):
        build_snapshot(tables_of(undated, firms=firms("A")), AS_OF)
    with pytest.raises(DataError, match="no row of the data set has a day"):
        build_snapshot(tables_of(firms=firms("A")))
    with pytest.raises(DataError, match="horizon of 0 days"):
        build_snapshot(tables_of(firms=firms("A")), AS_OF, 0)
    with pytest.raises(DataError, match="has no firms"):
        build_snapshot(tables_of(persons=[{"person_id": "P"}]), AS_OF)


# Upstream and coverage


def test_an_absent_upstream_of_producers_and_exporters_is_unobserved() -> None:
    data = tables_of(
        firms=firms("producer", "grower", shop_type="producer")
        + firms("exporter", shop_type="exporter")
        + firms("reseller", shop_type="reseller"),
        supplies=[trade("producer", "grower", 400, 10), trade("exporter", "exporter", 5, 10)],
    )
    snap = build_snapshot(data, AS_OF)
    assert column(snap, "upstream") == {
        "exporter": "unobserved",
        "grower": "observed",
        "producer": "unobserved",
        "reseller": "observed",
    }
    for name in ("purchases_180", "suppliers_180", "purchase_orders_180"):
        assert column(snap, name) == {"exporter": None, "grower": 0, "producer": None, "reseller": 0}, name


def test_the_age_of_each_source_is_that_of_its_last_row_about_a_firm() -> None:
    data = tables_of(
        firms=firms("shop", roles="merchant|buyer") + firms("carrier", roles="logistics") + firms("mill"),
        activity=[{"firm_id": "shop", "on": ago(89)}, {"firm_id": "mill", "on": ago(90)}],
        supplies=[
            trade("shop", "mill", 90, 1),
            # a payment after the day of the snapshot is not known, and neither due day nor payment of the first trade
            trade("mill", "shop", 100, 1, due_on=ago(-20), paid_on=ago(-5)),
            trade("mill", "shop", 300, 1, paid_on=ago(290)),
        ],
        shipments=[{"carrier_id": "carrier", "shipper_id": "shop", "shipped_on": ago(2)}],
        financials=[{"firm_id": f, "on": ago(549), "published_on": ago(500)} for f in ("shop", "carrier")],
        loans=[
            {"loan_id": "L", "lender_id": "B", "firm_id": "shop", "on": ago(days)} for days in (130, 119, -1)
        ],
        events=[event("shop", 1, "lawsuit")],
    )
    snap = build_snapshot(data, AS_OF)
    ages = {name: column(snap, name) for name in AGE_COLUMNS}
    assert ages == {
        "activity_ago": {"shop": 89, "carrier": None, "mill": 90},
        "trades_ago": {"shop": 90, "carrier": None, "mill": 90},
        "payments_ago": {"shop": 100, "carrier": None, "mill": 100},
        "shipments_ago": {"shop": 2, "carrier": 2, "mill": None},
        "statements_ago": {"shop": 549, "carrier": 549, "mill": None},
        "loans_ago": {"shop": 119, "carrier": None, "mill": None},
    }
    # shop: activity, payments, statements, loans; carrier: shipments, statements; mill, without a role: payments
    assert column(snap, "coverage") == {"carrier": 0.75, "shop": 0.85, "mill": 0.05}


def test_sources_that_the_data_lack_are_absent() -> None:
    snap = build_snapshot(tables_of(firms=firms("A", region="North")), AS_OF)
    assert column(snap, "coverage") == {"A": 0.0}
    assert snap.source_ages.tolist() == [[pytest.approx(math.nan, nan_ok=True)] * len(AGE_COLUMNS)]


def test_rows_of_undated_data_do_not_age() -> None:
    undated = DatasetInfo(undated=True)
    snap = build_snapshot(tables_of(undated, firms=firms("A"), financials=[{"firm_id": "A", "margin": 1}]))
    assert (column(snap, "statements_ago"), column(snap, "coverage")) == ({"A": 0.0}, {"A": 0.4})


def test_a_snapshot_of_an_earlier_graph_does_not_pass_for_one_of_known_ages() -> None:
    snap = build_snapshot(tables_of(firms=firms("A")), AS_OF)
    older = replace(snap, firms=snap.firms.drop_columns(list(AGE_COLUMNS)))
    with pytest.raises(DataError, match="run scgraph store load"):
        _ = older.source_ages


# What is absent, and undated data


def test_an_absent_table_gives_no_features_and_no_edges() -> None:
    snap = build_snapshot(
        tables_of(firms=firms("A", "B"), activity=[{"firm_id": "A", "on": ago(1), "sales": 1.0}]), AS_OF
    )
    assert {f.source for f in snap.features} == {"firms", "activity"}
    assert snap.edges == {}
    assert snap.sources == ("firms", "activity")
    present = build_snapshot(tables_of(firms=firms("A", "B"), supplies=[], events=[], shipments=[]), AS_OF)
    assert column(present, "purchases_180") == {"A": 0, "B": 0}
    assert {kind: table.num_rows for kind, table in present.edges.items()} == {SUPPLIES: 0, CARRIES: 0}


def test_undated_data_count_all_rows_and_take_their_labels() -> None:
    def bare(supplier: str, customer: str, amount: float) -> Row:
        return {"supplier_id": supplier, "customer_id": customer, "amount": amount}

    data = tables_of(
        DatasetInfo(undated=True),
        firms=firms("A", "B", "C"),
        supplies=[bare("A", "B", 30.0), bare("A", "B", 10.0), bare("C", "B", 40.0)],
        relations=[{"from_id": "A", "to_id": "B", "kind": "owns"}],
        events=[{"firm_id": "A", "kind": "lawsuit", "detail": "tax"}] * 10
        + [{"firm_id": "B", "kind": "default"}],
        labels=[{"firm_id": "A", "defaulted": True}, {"firm_id": "B", "defaulted": False}],
    )
    snap = build_snapshot(data)
    assert (snap.as_of, snap.horizon_days) == (None, None)
    assert column(snap, "outcome_state") == {"A": "failed", "B": "sound", "C": "unlabelled"}
    assert column(snap, "outcome") == {"A": True, "B": False, "C": None}
    assert column(snap, "defaulted") == {"A": False, "B": False, "C": False}
    assert column(snap, "purchases") == {"A": 0, "B": 80, "C": 0}
    assert column(snap, "supplier_hhi") == {"A": None, "B": 0.5, "C": None}
    assert column(snap, "events_lawsuit:tax") == {"A": 10, "B": 0, "C": 0}
    # rows without days are fresh, and trades alone cover a tenth of what firms without roles need
    assert column(snap, "coverage") == {"A": 0.1, "B": 0.1, "C": 0.1}
    edge = edges(snap, SUPPLIES)["A", "B"]
    assert (edge["amount_30"], edge["amount"], edge["share_of_purchases"]) == (40, 40, 0.5)
    assert edge["recency_days"] is None and edge["overdue_share"] is None
    assert list(edges(snap, ("firm", "owns", "firm"))) == [("A", "B")]
    dated = [
        f.name
        for f in snap.features
        if f.window is not None or f.name.endswith(("_180", "_trend", "age_days"))
    ]
    assert dated == []


# What it does not depend on


def random_rows(seed: int) -> dict[str, list[Row]]:
    chance = random.Random(seed)
    ids = [f"F{i:02}" for i in range(40)]

    words = ["default", "lawsuit"]

    def pick() -> str:
        return chance.choice(ids)

    def cents() -> float:
        return chance.randint(1, 10**8) / 100

    def some(days: int) -> date | None:
        return ago(chance.randint(-100, days)) if chance.random() < 0.7 else None

    def day_of_activity(firm: str, days: int) -> Row:
        row = {"firm_id": firm, "on": ago(days), "orders": chance.randint(1, 99)}
        return row | {name: cents() for name in ("sales", "refunds", "cash")}

    return {
        "firms": [{"firm_id": f, "industry": chance.choice("IJ"), "region": "R"} for f in ids],
        "supplies": [
            trade(pick(), pick(), chance.randint(-50, 400), cents(), paid_on=some(300), due_on=some(300))
            | {"delivered_on": some(200), "promised_on": some(200), "disputed_on": some(200)}
            for _ in range(600)
        ],
        "activity": [day_of_activity(f, d) for f in ids for d in range(0, 420, 30)],
        "shipments": [shipment(pick(), pick(), pick(), chance.randint(0, 300), cents()) for _ in range(200)],
        "relations": [
            {"from_id": pick(), "to_id": pick(), "kind": kind, "since": ago(9), "weight": cents()}
            for kind in "gh" * 45
        ],
        "events": [event(pick(), chance.randint(-90, 90), chance.choice(words)) for _ in range(50)],
    }  # fmt: skip


def comparable(snap: Snapshot, back: dict[str, str]) -> dict[str, Any]:
    """Firms and edges by their ids before they were renamed."""
    rows = {back[r.pop("firm_id")]: r for r in snap.firms.to_pylist()}
    links = {
        kind: {(back[s], back[t]): row for (s, t), row in edges(snap, kind).items()}
        for kind in sorted(snap.edges)
    }
    return {"firms": rows, "edges": links, "features": snap.features}


def assert_close(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_close(one[key], other[key])
    else:
        assert one == (pytest.approx(other, rel=1e-9) if isinstance(other, float) else other)


def test_neither_the_order_of_rows_nor_the_ids_matter(tmp_path: Path) -> None:
    rows = random_rows(3)
    same = {row["firm_id"]: row["firm_id"] for row in rows["firms"]}
    first = comparable(build_snapshot(tables_of(**rows), AS_OF, 40), same)

    chance = random.Random(4)
    new = dict(zip(same, chance.sample([f"企业{i}" for i in range(40)], 40), strict=True))
    shuffled = {}
    for name, found in rows.items():
        renamed = [{k: new.get(v, v) if isinstance(v, str) else v for k, v in row.items()} for row in found]
        shuffled[name] = chance.sample(renamed, len(renamed))
    # A second time as files, in small row groups
    data = tables_of(**shuffled)
    files: dict[str, Path | pa.Table] = {}
    for name, table in data.sources.items():
        files[name] = tmp_path / f"{name}.parquet"
        pq.write_table(table, files[name], row_group_size=50)
    second = comparable(build_snapshot(Tables(data.info, files), AS_OF, 40), {v: k for k, v in new.items()})
    assert_close(first, second)


def test_every_number_is_null_or_finite_and_every_table_is_sorted() -> None:
    snap = build_snapshot(tables_of(**random_rows(5)), AS_OF, 40)
    for table in (snap.firms, snap.trades, *snap.edges.values()):
        for name in table.column_names:
            if pa.types.is_floating(table[name].type):
                values = [v for v in table[name].to_pylist() if v is not None]
                assert all(abs(v) < float("inf") for v in values), name
    for table in snap.edges.values():
        pairs = list(zip(table["source"].to_pylist(), table["target"].to_pylist(), strict=True))
        assert pairs == sorted(set(pairs))
        assert table["source"].type == pa.int64()
    base = len(BASE_COLUMNS)
    assert snap.firms.column_names[:base] == list(BASE_COLUMNS)
    assert snap.firms.column_names[base:] == [f.name for f in snap.features if f.name not in BASE_COLUMNS]


def test_shares_of_purchases_and_sales_add_up_to_one() -> None:
    snap = build_snapshot(tables_of(**random_rows(6)), AS_OF, 40)
    table = snap.edges[SUPPLIES]
    for end, share in (("target", "share_of_purchases"), ("source", "share_of_sales")):
        sums = table.group_by(end).aggregate([(share, "sum")])[f"{share}_sum"].to_pylist()
        assert [s for s in sums if s] == pytest.approx([1.0] * len([s for s in sums if s]))


def test_save_writes_what_the_snapshot_holds(tmp_path: Path) -> None:
    snap = build_snapshot(tables_of(**random_rows(7)), AS_OF, 40)
    snap.save(tmp_path / "snap")
    about = json.loads((tmp_path / "snap" / "snapshot.json").read_text())
    assert pq.read_table(tmp_path / "snap" / "firms.parquet").equals(snap.firms)
    for name, kind in about["edges"].items():
        assert pq.read_table(tmp_path / "snap" / f"{name}.parquet").equals(snap.edges[tuple(kind)])
    assert about["as_of"] == "2024-07-01"
    assert [f["name"] for f in about["features"]] == [f.name for f in snap.features]


def test_networkx_holds_the_same_edges() -> None:
    snap = build_snapshot(tables_of(**random_rows(8)), AS_OF, 40)
    graph = snap.to_networkx()
    assert graph.number_of_nodes() == snap.firms.num_rows
    assert graph.number_of_edges() == sum(t.num_rows for t in snap.edges.values())
    (source, target), row = next(iter(edges(snap, SUPPLIES).items()))
    assert graph.edges[source, target, "supplies"] == {k: v for k, v in row.items() if v is not None}
