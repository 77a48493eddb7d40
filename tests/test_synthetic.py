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
from supplyrisk.graph.schema import TABLES, Kind
from supplyrisk.loaders.synthetic import SynthSummary, synthesize
from supplyrisk.loaders.synthetic_plan import CAUSES

END = date(2025, 12, 28)
WRITTEN = tuple(name for name in TABLES if name != "labels")
ARROW = {"VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BIGINT": pa.int64(), "DATE": pa.date32()}


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
        connection.read_parquet(str(small.folder / "truth" / "defaults.parquet")).create_view("truth")
        yield connection


def one(con: duckdb.DuckDBPyConnection, query: str) -> object:
    row = con.execute(query).fetchone()
    assert row is not None
    return row[0]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_same_seed_gives_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    threads = pa.cpu_count()
    first = contents(synthesize(tmp_path / "a", firms=120, weeks=40, seed=1).folder)
    pa.set_cpu_count(1)
    try:
        second = contents(synthesize(tmp_path / "b", firms=120, weeks=40, seed=1).folder)
    finally:
        pa.set_cpu_count(threads)
    other = contents(synthesize(tmp_path / "c", firms=120, weeks=40, seed=2).folder)
    assert first == second
    assert len(first) == len(WRITTEN) + 2
    assert all(first[name] != other[name] for name in first if name != "persons.parquet")


def test_csv_holds_the_same_values_as_parquet(tmp_path: Path) -> None:
    columnar = synthesize(tmp_path / "a", firms=60, weeks=30, seed=1).folder
    text = synthesize(tmp_path / "b", firms=60, weeks=30, seed=1, format="csv").folder
    with duckdb.connect() as connection:
        for name in WRITTEN:
            columns = ", ".join(
                f'CAST("{c.name}" AS {c.sql_type})' for c in TABLES[name].columns if c.name != "currency"
            )
            parquet = f"SELECT {columns} FROM read_parquet('{columnar}/{name}.parquet')"
            csv = f"SELECT {columns} FROM read_csv('{text}/{name}.csv', all_varchar = true, header = true)"
            assert connection.execute(parquet).fetchall() == connection.execute(csv).fetchall(), name


def test_settings_say_that_it_is_synthetic_and_how_it_was_made(small: SynthSummary) -> None:
    told = tomllib.loads((small.folder / "synthetic.toml").read_text(encoding="utf-8"))
    made = {"firms": 400, "weeks": 80, "seed": 3, "contagion": 1.0, "likeness": 0.5, "end": END}
    assert told == {"name": "synthetic-400-3", "synthetic": True, "currency": "CNY", "parameters": made}


@pytest.mark.parametrize("name", WRITTEN)
def test_tables_have_the_columns_and_types_of_the_contract(name: str, tables: dict[str, pa.Table]) -> None:
    contract = TABLES[name]
    # money is all in the currency that the settings name
    assert tables[name].column_names == [c for c in contract.names if c != "currency"]
    for column in tables[name].column_names:
        rule, values = contract.column(column), tables[name][column]
        assert values.type == ARROW[rule.sql_type], column
        assert not rule.required or values.null_count == 0, column
        assert values.null_count < len(values), f"{column} is never filled"


@pytest.mark.parametrize("name", WRITTEN)
def test_values_stay_within_their_bounds(name: str, tables: dict[str, pa.Table]) -> None:
    for column in (c for c in TABLES[name].columns if c.name != "currency"):
        values = tables[name][column.name].drop_null().to_pylist()
        if column.kind in (Kind.CHOICE, Kind.CHOICES):
            assert {word for value in values for word in value.split("|")} <= set(column.choices)
        if column.kind in (Kind.MONEY, Kind.NUMBER, Kind.COUNT):
            assert np.isfinite(values).all()
            assert column.least is None or min(values) >= column.least
            assert column.most is None or max(values) <= column.most
        if column.kind is Kind.MONEY:
            assert np.abs(np.array(values) * 100 - np.round(np.array(values) * 100)).max() < 1e-3
        if column.kind is Kind.DAY and column.name not in ("promised_on", "due_on"):
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
            assert one(con, f"SELECT count(*) FROM {name} WHERE {column} NOT IN ({known})") == 0, (
                name,
                column,
            )
    financed = (
        "SELECT count(*), count(s.row_id) FROM loans l LEFT JOIN supplies s ON l.financed_row_id = s.row_id"
    )
    rows, found = con.execute(f"{financed} WHERE l.financed_row_id IS NOT NULL").fetchall()[0]
    assert rows == found > 0


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
    assert (
        one(
            con,
            f'SELECT count(*) FROM {table} t JOIN firms USING (firm_id) WHERE t."{day}" < joined_on'.replace(
                "USING (firm_id)", f"ON firms.firm_id = t.{firm}"
            ),
        )
        == 0
    )


def test_a_customer_that_failed_leaves_its_invoices_unpaid(con: duckdb.DuckDBPyConnection) -> None:
    failed = "SELECT firm_id, \"on\" AS ended FROM events WHERE kind IN ('default', 'bankruptcy')"
    joined = f"FROM supplies JOIN ({failed}) f ON customer_id = f.firm_id"
    assert one(con, f"SELECT count(*) {joined} WHERE paid_on >= ended") == 0
    assert one(con, f"SELECT count(*) {joined} WHERE paid_on IS NULL") > 0  # type: ignore[operator]


def test_producers_and_exporters_have_no_recorded_supplier(con: duckdb.DuckDBPyConnection) -> None:
    buying = "SELECT count(*) FROM supplies JOIN firms ON firm_id = customer_id WHERE shop_type"
    assert one(con, f"{buying} IN ('producer', 'exporter')") == 0
    assert one(con, f"{buying} = 'reseller'") > 0  # type: ignore[operator]


def test_customers_pay_later_before_they_fail(tmp_path: Path) -> None:
    folder = synthesize(tmp_path / "data", firms=1500, weeks=100, seed=4).folder
    slip = f"""
        SELECT avg(date_diff('day', due_on, paid_on)) FILTER (ended BETWEEN paid_on AND paid_on + 120),
               avg(date_diff('day', due_on, paid_on)) FILTER (ended IS NULL)
        FROM '{folder}/supplies.parquet' LEFT JOIN
             (SELECT firm_id, "on" AS ended FROM '{folder}/events.parquet'
              WHERE kind IN ('default', 'bankruptcy')) ON firm_id = customer_id"""
    before, sound = duckdb.sql(slip).fetchall()[0]
    assert before > sound + 1


def test_truth_agrees_with_the_events(small: SynthSummary, con: duckdb.DuckDBPyConnection) -> None:
    events = "SELECT firm_id, \"on\" FROM events WHERE kind IN ('default', 'bankruptcy') ORDER BY ALL"
    assert (
        con.execute(events).fetchall()
        == con.execute('SELECT firm_id, "on" FROM truth ORDER BY ALL').fetchall()
    )
    assert one(con, "SELECT count(*) FROM truth WHERE (cause = 'own') <> (source_id IS NULL)") == 0
    told = dict(con.execute("SELECT cause, count(*) FROM truth GROUP BY cause").fetchall())
    assert {cause: number for cause, number in small.causes.items() if number} == told
    assert sum(told.values()) == small.defaults
    assert small.rows == {name: one(con, f"SELECT count(*) FROM {name}") for name in small.rows}


def test_without_contagion_every_default_is_own(tmp_path: Path) -> None:
    summary = synthesize(tmp_path / "data", firms=600, weeks=60, contagion=0)
    truth = pq.read_table(summary.folder / "truth" / "defaults.parquet")
    assert summary.causes == {"own": truth.num_rows, "supplier": 0, "customer": 0, "guarantee": 0}
    assert truth.num_rows > 0
    assert set(truth["cause"].to_pylist()) == {"own"}
    assert truth["source_id"].null_count == truth.num_rows


@pytest.mark.parametrize("rows", [0, 1, 5000])
def test_the_number_of_trades_can_be_set(rows: int, tmp_path: Path) -> None:
    assert synthesize(tmp_path / "data", firms=100, weeks=20, supplies_rows=rows).rows["supplies"] == rows


@pytest.mark.parametrize(("firms", "weeks"), [(20, 4), (50, 26)])
def test_very_small_economies_work(firms: int, weeks: int, tmp_path: Path) -> None:
    summary = synthesize(tmp_path / "data", firms=firms, weeks=weeks)
    assert summary.rows["firms"] == firms
    assert set(summary.rows) == set(WRITTEN)
    assert set(summary.causes) == set(CAUSES)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"firms": 3}, "firms = 3; expected at least 20"),
        ({"weeks": 1}, "weeks = 1; expected at least 4"),
        ({"likeness": 1.5}, "likeness = 1.5; expected 0 to 1"),
        ({"contagion": float("nan")}, "contagion = nan; expected 0 or more"),
        ({"contagion": -1.0}, "contagion = -1.0; expected 0 or more"),
        ({"supplies_rows": -1}, "supplies_rows = -1; expected 0 or more"),
        ({"seed": -1}, "seed = -1; expected 0 or more"),
        ({"format": "xlsx"}, "format = 'xlsx'; expected parquet or csv"),
    ],
)
def test_arguments_outside_their_bounds_are_refused(
    argument: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        synthesize(tmp_path / "data", **argument)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_filled_and_a_full_one_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    synthesize(tmp_path / "data", firms=20, weeks=4)
    before = contents(tmp_path)
    with pytest.raises(DataError, match="exists already; expected a new or an empty folder"):
        synthesize(tmp_path / "data", firms=20, weeks=4)
    assert contents(tmp_path) == before
