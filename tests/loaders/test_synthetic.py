"""The synthetic data set as files: it keeps the contract of the tables and repeats itself to the byte."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.aliases import HOMOPHILY
from supplyrisk.graph.schema.contract import TABLES, ColumnKind
from supplyrisk.loaders import validate
from supplyrisk.loaders.mappings.mapping_file import synthetic_mapping
from supplyrisk.loaders.synthetic import SynthSummary, synthesize
from supplyrisk.loaders.synthetic.world_plan import CAUSES, WorldPlan

END = date(2025, 12, 28)
NOT_IN_WORLDS = ("labels", "collateral", "documents", "pledges", "harvests")
WRITTEN = tuple(name for name in TABLES if name not in NOT_IN_WORLDS)
NOT_WRITTEN = {
    "currency",  # money is all in the currency that the settings name
    "unlisted",  # every firm is in the list
    *("credit_code", "lei", "vat_number", "company_number", "register", "address"),
}
"""Columns of the contract that synthetic worlds lack."""
ARROW = {
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SynthSummary:
    return synthesize(tmp_path_factory.mktemp("synthetic") / "small", firms=400, weeks=80, seed=3)


@pytest.fixture(scope="module")
def tables(small: SynthSummary) -> dict[str, pa.Table]:
    return {name: pq.read_table(small.folder / f"{name}.parquet") for name in WRITTEN}


@pytest.fixture(scope="module")
def con(small: SynthSummary) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        for name in WRITTEN:
            connection.read_parquet(str(small.folder / f"{name}.parquet")).create_view(name)
        for name in ("defaults", "causes", "links"):
            connection.read_parquet(str(small.folder / "truth" / f"{name}.parquet")).create_view(
                f"true_{name}"
            )
        yield connection


def one(con: duckdb.DuckDBPyConnection, query: str) -> object:
    row = con.execute(query).fetchone()
    assert row is not None
    return row[0]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_same_seed_gives_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    asked = {"firms": 120, "weeks": 40, "replicas": 4, "forced_firms": 5, "forced_replicas": 2}
    threads = pa.cpu_count()
    first = synthesize(tmp_path / "a", seed=1, **asked)
    pa.set_cpu_count(1)
    try:
        second = synthesize(tmp_path / "b", seed=1, **asked)
    finally:
        pa.set_cpu_count(threads)
    other = synthesize(tmp_path / "c", seed=2, **asked)
    assert contents(first.folder) == contents(second.folder)
    assert first.content_hash == second.content_hash != other.content_hash
    ours, theirs = contents(first.folder), contents(other.folder)
    assert len(ours) == len(WRITTEN) + 1 + 7
    few = {"persons.parquet", "truth/defaults.parquet", "truth/causes.parquet"}
    assert {name for name in ours if ours[name] == theirs[name]} <= few


def test_csv_holds_the_same_values_as_parquet(tmp_path: Path) -> None:
    columnar = synthesize(tmp_path / "a", firms=60, weeks=30, seed=1).folder
    text = synthesize(tmp_path / "b", firms=60, weeks=30, seed=1, format="csv").folder
    with duckdb.connect() as connection:
        for name in WRITTEN:
            columns = ", ".join(
                f'CAST("{c.name}" AS {c.sql_type})' for c in TABLES[name].columns if c.name not in NOT_WRITTEN
            )
            parquet = f"SELECT {columns} FROM read_parquet('{columnar}/{name}.parquet')"
            csv = f"SELECT {columns} FROM read_csv('{text}/{name}.csv', all_varchar = true, header = true)"
            assert connection.execute(parquet).fetchall() == connection.execute(csv).fetchall(), name


def test_settings_say_that_it_is_synthetic_and_how_it_was_made(small: SynthSummary) -> None:
    stored = tomllib.loads((small.folder / "synthetic.toml").read_text(encoding="utf-8"))
    made = stored.pop("parameters")
    assert stored == {"name": "synthetic-400-3", "synthetic": True, "currency": "CNY"}
    assert {k: made[k] for k in ("firms", "weeks", "seed", "contagion", HOMOPHILY, "grain", "end")} == {
        "firms": 400, "weeks": 80, "seed": 3, "contagion": 1.0, HOMOPHILY: 0.5, "grain": "week", "end": END,
    }  # fmt: skip
    assert set(made["strengths"]) == {"supply", "demand", "invoices", "guarantees", "carriers"}


@pytest.mark.parametrize("name", WRITTEN)
def test_tables_have_the_columns_and_types_of_the_contract(name: str, tables: dict[str, pa.Table]) -> None:
    contract = TABLES[name]
    assert tables[name].column_names == [c for c in contract.names if c not in NOT_WRITTEN]
    for column in tables[name].column_names:
        rule, values = contract.column(column), tables[name][column]
        assert values.type == ARROW[rule.sql_type], column
        assert not rule.required or values.null_count == 0, column
        assert values.null_count < len(values), f"{column} is never filled"


@pytest.mark.parametrize("name", WRITTEN)
def test_values_stay_within_their_bounds(name: str, tables: dict[str, pa.Table]) -> None:
    for column in (c for c in TABLES[name].columns if c.name not in NOT_WRITTEN):
        values = tables[name][column.name].drop_null().to_pylist()
        if column.kind in (ColumnKind.CHOICE, ColumnKind.CHOICES):
            assert {word for value in values for word in value.split("|")} <= set(column.choices)
        if column.kind in (ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT):
            assert np.isfinite(values).all()
            assert column.minimum is None or min(values) >= column.minimum
            assert column.maximum is None or max(values) <= column.maximum
        if column.kind is ColumnKind.MONEY:
            # a cent's place in a double: exact to 1e-3 of a cent below 1e10
            assert np.abs(np.array(values) * 100 - np.round(np.array(values) * 100)).max() < 1e-3
        if column.kind is ColumnKind.DAY and column.name not in ("promised_on", "due_on"):
            assert max(values) <= END


def test_ids_are_unique_and_references_exist(con: duckdb.DuckDBPyConnection) -> None:
    for name in WRITTEN:
        table = TABLES[name]
        keys = [table.key] if table.key else []
        keys += [("row_id",)] if "row_id" in table.names else []
        keys += [("from_id", "to_id", "kind")] if name == "relations" else []
        for key in keys:
            columns = ", ".join(f'"{column}"' for column in key)
            assert one(con, f"SELECT count(*) - count(DISTINCT ({columns})) FROM {name}") == 0, (name, key)
        for column, targets in table.refs.items():
            known = " UNION ALL ".join(f"SELECT {TABLES[t].columns[0].name} FROM {t}" for t in targets)
            missing = f"SELECT count(*) FROM {name} WHERE {column} NOT IN ({known})"
            assert one(con, missing) == 0, (name, column)


def test_loans_finance_trades_that_exist_some_of_them_twice(con: duckdb.DuckDBPyConnection) -> None:
    named = (
        "FROM loans l LEFT JOIN supplies s ON l.financed_row_id = s.row_id WHERE financed_row_id IS NOT NULL"
    )
    rows, found = con.execute(f"SELECT count(*), count(s.row_id) {named}").fetchall()[0]
    assert rows == found > 0
    lenders = "SELECT count(DISTINCT lender_id) AS lenders, count(DISTINCT loan_id) AS loans"
    twice = con.execute(
        f"{lenders} FROM loans WHERE financed_row_id IS NOT NULL GROUP BY financed_row_id"
    ).fetchall()
    assert {loans for _, loans in twice} == {1, 2}
    assert all(lenders == loans for lenders, loans in twice)


def test_loans_show_trouble(con: duckdb.DuckDBPyConnection) -> None:
    lines = "FROM loans WHERE financed_row_id IS NULL"
    assert 0.02 < one(con, f"SELECT avg(CAST(days_past_due > 0 AS INTEGER)) {lines}") < 0.2  # type: ignore[operator]
    assert one(con, f"SELECT max(days_past_due) {lines}") > 30  # type: ignore[operator]
    # stress draws on a line and makes it late
    late = f'SELECT corr(drawn / "limit", CAST(days_past_due > 0 AS INTEGER)) {lines}'
    assert one(con, late) > 0.1  # type: ignore[operator]
    # what was restructured stays so
    before = 'lag(restructured) OVER (PARTITION BY loan_id ORDER BY "on") AS before'
    back = f"SELECT loan_id, restructured, {before} {lines}"
    assert one(con, f"SELECT count(*) FROM ({back}) WHERE before AND NOT restructured") == 0
    assert one(con, f"SELECT count(*) FROM ({back}) WHERE restructured AND NOT before") > 0  # type: ignore[operator]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("supplies", 'delivered_on < "on" OR promised_on < "on" OR due_on < "on" OR paid_on < "on"'),
        ("supplies", "paid_on IS NOT NULL AND (delivered_on IS NULL OR paid_on < delivered_on)"),
        ("supplies", "least(returned_on, disputed_on, confirmed_on) < delivered_on"),
        ("supplies", "delivered_on IS NULL AND coalesce(returned_on, disputed_on, confirmed_on) IS NOT NULL"),
        ("supplies", "(returned_on IS NULL) <> (returned_amount IS NULL) OR returned_amount > amount"),
        ("supplies", "supplier_id = customer_id OR orders < 1 OR amount < 1"),
        (
            "shipments",
            "delivered_on < shipped_on OR damaged > units OR (damaged IS NULL) <> (delivered_on IS NULL)",
        ),
        ("activity", 'dayofweek("on") <> 0 OR customers > orders OR returning_customers > customers'),
        ("activity", "refunds > sales OR visitors < customers"),
        ("relations", "until < since OR from_id = to_id"),
        ("financials", 'published_on <= "on" OR material_costs > costs'),
        ("loans", 'drawn > "limit" OR opened_on > "on" OR due_on < opened_on'),
        ("loans", "days_past_due > 89 OR written_off > 0 OR rate NOT BETWEEN 0.03 AND 0.13"),
        ("loans", 'collateral_value > "limit" OR (collateral_value IS NULL) <> (lgd >= 0.4)'),
        ("firms", "founded_on >= joined_on OR paid_in_capital > registered_capital"),
    ],
)
def test_rows_are_consistent(con: duckdb.DuckDBPyConnection, table: str, fault: str) -> None:
    assert one(con, f"SELECT count(*) FROM {table} WHERE {fault}") == 0


@pytest.mark.parametrize(
    ("table", "firm", "day"),
    [
        ("supplies", "supplier_id", "on"),
        ("supplies", "customer_id", "on"),
        ("supplies", "supplier_id", "delivered_on"),
        ("shipments", "carrier_id", "shipped_on"),
        ("activity", "firm_id", "on"),
        ("financials", "firm_id", "published_on"),
        ("loans", "firm_id", "on"),
    ],
)
def test_firms_act_only_while_they_are_there(
    con: duckdb.DuckDBPyConnection, table: str, firm: str, day: str
) -> None:
    kinds = "kind IN ('default', 'bankruptcy', 'closure')"
    ends = f'SELECT firm_id AS f, "on" AS ended, kind FROM events WHERE {kinds}'
    # one that closes in order may settle on its last day; one that defaults does nothing on its own
    active = f't."{day}" < ended OR (t."{day}" = ended AND kind = \'closure\')'
    assert one(con, f"SELECT count(*) FROM {table} t JOIN ({ends}) ON f = t.{firm} WHERE NOT ({active})") == 0
    early = (
        f'SELECT count(*) FROM {table} t JOIN firms ON firms.firm_id = t.{firm} WHERE t."{day}" < joined_on'
    )
    assert one(con, early) == 0


def test_a_customer_that_failed_leaves_its_invoices_unpaid(con: duckdb.DuckDBPyConnection) -> None:
    failed = "SELECT firm_id, \"on\" AS ended FROM events WHERE kind IN ('default', 'bankruptcy')"
    joined = f"FROM supplies JOIN ({failed}) f ON customer_id = f.firm_id"
    assert one(con, f"SELECT count(*) {joined} WHERE paid_on >= ended") == 0
    assert one(con, f"SELECT count(*) {joined} WHERE paid_on IS NULL") > 0  # type: ignore[operator]


def test_producers_and_exporters_have_no_recorded_supplier(con: duckdb.DuckDBPyConnection) -> None:
    buying = "FROM {} JOIN firms ON firm_id = customer_id WHERE shop_type"
    assert one(con, f"SELECT count(*) {buying.format('supplies')} IN ('producer', 'exporter')") == 0
    assert one(con, f"SELECT count(*) {buying.format('supplies')} = 'reseller'") > 0  # type: ignore[operator]
    unseen = f"SELECT bool_and(unseen) {buying.format('true_links')} IN ('producer', 'exporter')"
    assert one(con, unseen) is True


def test_there_are_guarantee_rings(con: duckdb.DuckDBPyConnection) -> None:
    g = "(SELECT from_id AS a, to_id AS b FROM relations WHERE kind = 'guarantees')"
    ring = f"SELECT count(*) FROM {g} w, {g} x, {g} y, {g} z WHERE w.b = x.a AND x.b = y.a AND y.b = z.a AND z.b = w.a"
    assert one(con, ring) >= 4  # type: ignore[operator]


def test_persons_own_several_firms(con: duckdb.DuckDBPyConnection) -> None:
    most = "SELECT max(n) FROM (SELECT count(*) AS n FROM relations WHERE kind = 'owns' GROUP BY from_id)"
    assert one(con, most) >= 3  # type: ignore[operator]


def test_trouble_shows_before_a_default_in_payments_and_cash(tmp_path: Path) -> None:
    folder = synthesize(tmp_path / "data", firms=1500, weeks=100, seed=4).folder
    ends = f"""(SELECT firm_id, "on" AS ended FROM '{folder}/events.parquet'
              WHERE kind IN ('default', 'bankruptcy'))"""
    slip = f"""
        SELECT avg(date_diff('day', due_on, paid_on)) FILTER (ended BETWEEN paid_on AND paid_on + 120),
               avg(date_diff('day', due_on, paid_on)) FILTER (ended IS NULL)
        FROM '{folder}/supplies.parquet' LEFT JOIN {ends} ON firm_id = customer_id"""
    before, sound = duckdb.sql(slip).fetchall()[0]
    assert before > sound + 0.3
    cash = f"""
        SELECT median(cash / sales) FILTER (ended BETWEEN a."on" AND a."on" + 90),
               median(cash / sales) FILTER (ended IS NULL)
        FROM '{folder}/activity.parquet' a LEFT JOIN {ends} USING (firm_id) WHERE sales > 0"""
    before, sound = duckdb.sql(cash).fetchall()[0]
    assert before < 0.7 * sound


def test_truth_agrees_with_the_events(small: SynthSummary, con: duckdb.DuckDBPyConnection) -> None:
    events = "SELECT firm_id, \"on\" FROM events WHERE kind IN ('default', 'bankruptcy') ORDER BY ALL"
    stored = con.execute('SELECT firm_id, "on" FROM true_defaults ORDER BY ALL').fetchall()
    assert con.execute(events).fetchall() == stored
    counted = dict(con.execute("SELECT cause, count(*) FROM true_defaults GROUP BY cause").fetchall())
    assert {cause: number for cause, number in small.causes.items() if number} == counted
    assert sum(counted.values()) == small.defaults
    assert set(small.causes) == set(CAUSES)
    assert small.rows == {name: one(con, f"SELECT count(*) FROM {name}") for name in small.rows}


@pytest.mark.parametrize("rows", [1, 5000])
def test_the_number_of_trades_can_be_set(rows: int, tmp_path: Path) -> None:
    assert synthesize(tmp_path / "data", firms=100, weeks=20, supplies_rows=rows).rows["supplies"] == rows


def test_fewer_trades_are_larger_ones(tmp_path: Path) -> None:
    value = []
    for rows in (5_000, 50_000):
        folder = synthesize(tmp_path / str(rows), firms=300, weeks=40, supplies_rows=rows).folder
        value.append(sum(pq.read_table(folder / "supplies.parquet")["amount"].to_pylist()))
    assert value[0] == pytest.approx(value[1], rel=0.15)


def test_months_have_one_row_per_link_or_shop_and_month(tmp_path: Path) -> None:
    folder = synthesize(tmp_path / "data", firms=300, weeks=60, grain="month", supplies_rows=4000).folder
    supplies, activity = (pq.read_table(folder / f"{n}.parquet") for n in ("supplies", "activity"))
    assert 3500 < supplies.num_rows <= 4000
    links = list(
        zip(*(supplies[c].to_pylist() for c in ("supplier_id", "customer_id", "on", "category")), strict=True)
    )
    assert len(set(links)) == len(links)
    months = {(d.year, d.month): set() for d in activity["on"].to_pylist()}  # type: ignore[var-annotated]
    for day in (*activity["on"].to_pylist(), *supplies["on"].to_pylist()):
        months[day.year, day.month].add(day)
    assert all(len(days) == 1 for days in months.values())
    weekly = synthesize(tmp_path / "weekly", firms=300, weeks=60).folder
    total = [sum(pq.read_table(f / "activity.parquet")["sales"].to_pylist()) for f in (folder, weekly)]
    # months in which a shop came or went are left out
    assert 0.85 * total[1] < total[0] < 1.02 * total[1]


def test_money_is_the_same_after_reading(small: SynthSummary) -> None:
    report = validate(small.folder, synthetic_mapping(small.folder), "utf-8", 0.0)
    assert report.total.quarantined == 0
    assert report.total.duplicates == 0
    assert report.total.loaded == sum(small.rows.values())


@pytest.mark.parametrize(("firms", "weeks"), [(20, 4), (50, 26)])
def test_very_small_worlds_work(firms: int, weeks: int, tmp_path: Path) -> None:
    summary = synthesize(tmp_path / "data", firms=firms, weeks=weeks, replicas=4, forced_firms=3)
    assert summary.rows["firms"] == firms
    assert set(summary.rows) == set(WRITTEN)
    assert validate(summary.folder, synthetic_mapping(summary.folder), "utf-8", 0.0).total.quarantined == 0


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"firms": 3}, "firms = 3; expected at least 20"),
        ({"weeks": 1}, "weeks = 1; expected at least 4"),
        ({"homophily": 1.5}, "homophily = 1.5; expected 0 to 1"),
        ({"contagion": float("nan")}, "contagion = nan; expected 0 or more"),
        ({"contagion": -1.0}, "contagion = -1.0; expected 0 or more"),
        ({"supplies_rows": -1}, "supplies_rows = -1; expected 0 or more"),
        ({"seed": -1}, "seed = -1; expected 0 or more"),
        ({"replicas": 1}, "replicas = 1; expected 0, or at least 2"),
        ({"grain": "day"}, "grain = 'day'; expected week or month"),
        ({"dirt": {"mud": 0.1}}, "dirt = mud; expected duplicates"),
        ({"dirt": {"duplicates": 1.0}}, "a share of dirt; expected more than 0, less than 1"),
        ({"dirt": {"encoding": 0.1}}, "dirt = encoding; expected the format csv"),
        ({"format": "xlsx"}, "format = 'xlsx'; expected parquet or csv"),
        ({"preset": "moon"}, "preset = 'moon'; expected small, demo, judge"),
    ],
)
def test_arguments_outside_their_bounds_are_refused(
    argument: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        synthesize(tmp_path / "data", **argument)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_the_stored_name_of_homophily_is_accepted(tmp_path: Path) -> None:
    stored = synthesize(tmp_path / "a", firms=20, weeks=4, **{HOMOPHILY: 0.2})  # type: ignore[arg-type]
    renamed = synthesize(tmp_path / "b", firms=20, weeks=4, homophily=0.2)
    assert stored.content_hash == renamed.content_hash


def test_what_is_given_goes_before_the_preset(tmp_path: Path) -> None:
    folder = synthesize(tmp_path / "data", preset="small", weeks=12).folder
    made = tomllib.loads((folder / "synthetic.toml").read_text(encoding="utf-8"))["parameters"]
    assert (made["firms"], made["weeks"]) == (300, 12)


def test_an_empty_folder_is_filled_and_a_full_one_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    synthesize(tmp_path / "data", firms=20, weeks=4)
    before = contents(tmp_path)
    with pytest.raises(DataError, match="exists already; expected a new or an empty folder"):
        synthesize(tmp_path / "data", firms=20, weeks=4)
    assert contents(tmp_path) == before


def test_periods_are_weeks_or_calendar_months() -> None:
    periods = WorldPlan(firms=20, weeks=10, grain="month").periods()
    days = [date.fromordinal(date(1970, 1, 1).toordinal() + int(d)) for d in periods.last_day]
    # ten weeks to 28 December 2025: from 20 October, the last month cut short
    assert days == [date(2025, 10, 31), date(2025, 11, 30), date(2025, 12, 28)]
    assert periods.first_week.tolist() == [0, 1, 6]
    assert periods.last_week.tolist() == [0, 5, 9]
