"""Tables and queries of a PostgreSQL server, as a real one gives them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from postgresql_server import running
from supplyrisk.graph import DataError
from supplyrisk.loaders import LoadReport, SourceMap, load, validate
from supplyrisk.loaders.mappings.mapping import Mapping

SCRIPT = """
CREATE SCHEMA sales;
CREATE TABLE sales.firms (
  firm_id text, name varchar, employees int, registered_capital numeric(20, 4), founded_on date
);
INSERT INTO sales.firms VALUES ('0012', '甲', 7, 1.5, '2001-02-03'), ('F2', NULL, NULL, 1e15, NULL);
CREATE TABLE sales.trades (supplier_id text, customer_id text, at timestamptz, amount float8);
INSERT INTO sales.trades VALUES
  ('0012', 'F2', '2025-03-04 16:30:00+00', 12.25),
  ('F2', '0012', '2025-03-05 15:59:59+00', 3);
CREATE TABLE odd (firm_id uuid, tags text[], extra jsonb, raw bytea, code numeric, day timestamp);
INSERT INTO odd VALUES ('6f9619ff-8b86-d011-b42d-00c04fc964ff', '{a,b}', '{}', 'x', 1.5, '2025-01-02 10:00');
"""
FIRMS = "firm_id,name,employees,registered_capital,founded_on\n0012,甲,7,1.5,2001-02-03\nF2,,,1e15,\n"
TRADES = "supplier_id,customer_id,on,amount\n0012,F2,2025-03-05,12.25\nF2,0012,2025-03-05,3\n"


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    with running() as environment:
        with psycopg.connect(
            host=environment["PGHOST"], user=environment["PGUSER"], dbname=environment["PGDATABASE"]
        ) as connection:
            connection.execute(SCRIPT)
        yield environment


@pytest.fixture(autouse=True)
def environment(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.items():
        monkeypatch.setenv(name, value)


def mapped(*entries: dict[str, object]) -> Mapping:
    sources = [SourceMap.model_validate({"database": "postgresql"} | entry) for entry in entries]
    return Mapping(source=tuple(sources))  # type: ignore[call-arg]


FIRMS_TABLE: dict[str, object] = {"table": "firms", "db_table": "sales.firms"}
TRADES_TABLE: dict[str, object] = {
    "table": "supplies", "db_table": "sales.trades", "columns": {"on": "at"}, "timezone": "Asia/Shanghai",
    "dates": ["%Y-%m-%d %H:%M:%S"],
}  # fmt: skip


def faults(report: LoadReport) -> list[tuple[int, str, str, str]]:
    return [(f["line"], f["column"], f["value"], f["rule"]) for f in report.faults.to_pylist()]


def test_tables_equal_their_csv(tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "firms.csv").write_text(FIRMS)
    (tmp_path / "csv" / "supplies.csv").write_text(TRADES)
    (tmp_path / "empty").mkdir()
    plain = load(tmp_path / "csv", tmp_path / "ws")
    report = load(tmp_path / "empty", tmp_path / "ws", mapped(FIRMS_TABLE, TRADES_TABLE))
    # both instants are on the fifth of March in Shanghai, one of them on the fourth in UTC
    assert report.content_hash == plain.content_hash


def test_files_and_tables_of_a_server_feed_one_data_set(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(FIRMS)
    report = validate(tmp_path, mapped(TRADES_TABLE))
    assert [(t.table, t.count.loaded) for t in report.tables] == [("firms", 2), ("supplies", 2)]


def test_a_query_takes_rows_and_its_faults_have_lines(tmp_path: Path) -> None:
    query = "SELECT firm_id, '50%' AS name, 'many' AS employees FROM sales.firms ORDER BY 1 DESC"
    report = validate(tmp_path, mapped({"table": "firms", "query": query}), max_bad=1.0)
    assert faults(report) == [(1, "employees", "many", "number"), (2, "employees", "many", "number")]
    assert {f["file"] for f in report.faults.to_pylist()} == {"postgresql:query for firms"}


def test_types_without_a_text_of_their_own(tmp_path: Path) -> None:
    report = validate(
        tmp_path, mapped({"table": "firms", "query": "SELECT firm_id, code AS name FROM odd"}), max_bad=1.0
    )
    # a uuid is a text; a fraction is no word
    assert [(f["column"], f["value"]) for f in report.faults.to_pylist()] == [("name", "1.5")]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"db_table": "sales.firmz"}, ["sales.firmz", "does not exist", "correct db_table or query"]),
        ({"query": "DELETE FROM sales.firms RETURNING *"}, ["cannot be read", "only reads"]),
        ({"query": "SELECT 1 AS firm_id; SELECT 2"}, ["cannot be read"]),
        ({"query": "SELECT lo_create(77) AS firm_id"}, ["read-only"]),
        ({"query": "SELECT firm_id, firm_id FROM odd"}, ["several columns firm_id", "AS"]),
        ({"query": "SELECT firm_id, tags FROM odd"}, ["arrays in column tags", "by a query"]),
        ({"query": "SELECT firm_id, extra FROM odd"}, ["JSON objects in column extra"]),
        ({"query": "SELECT firm_id, raw FROM odd"}, ["bytes in column raw"]),
        ({}, ["expected either db_table or query"]),
        ({"db_table": "odd", "query": "SELECT 1"}, ["expected either db_table or query"]),
        ({"db_table": "odd", "delimiter": ";"}, ["sets delimiter", "leave it out"]),
    ],
)
def test_what_cannot_be_read_is_one_error(tmp_path: Path, keys: dict[str, object], words: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        validate(tmp_path, mapped({"table": "firms"} | keys))
    for word in words:
        assert word in str(caught.value)


def test_a_server_that_does_not_answer_names_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOST", str(tmp_path))
    monkeypatch.setenv("PGPASSWORD", "opensesame")
    with pytest.raises(DataError, match="set PGHOST") as caught:
        validate(tmp_path, mapped(FIRMS_TABLE))
    assert "opensesame" not in str(caught.value)


def test_without_psycopg_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DataError, match="postgresql"):
        validate(tmp_path, mapped(FIRMS_TABLE))


@pytest.mark.parametrize("entry", [{"database": "postgresql", "file": "x.csv"}, {"database": "mysql"}])
def test_a_mapping_names_one_origin_and_a_known_server(entry: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        SourceMap.model_validate(entry | {"table": "firms"})
