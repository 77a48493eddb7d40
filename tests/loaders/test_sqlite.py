"""SQLite databases: tables and queries, read only, with the types of their cells."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from supplyrisk.graph import DataError
from supplyrisk.loaders import LoadReport, SourceMap, load, validate
from supplyrisk.loaders.mappings.mapping import Mapping

TABLES = """
CREATE TABLE firms (firm_id TEXT, name, employees INTEGER, registered_capital REAL);
INSERT INTO firms VALUES ('0012', '甲', 7, 1.5), ('F2', NULL, NULL, 1e300), (9007199254740993, 'c', 3, 4);
"""
MORE = "CREATE TABLE [or\"der] (id, n); INSERT INTO [or\"der] VALUES ('F7', 1), ('F8', 2);"


def database(path: Path, script: str) -> Path:
    with closing(sqlite3.connect(path)) as con:
        con.executescript(script)
    return path


def mapped(**keys: object) -> Mapping:
    entry = SourceMap.model_validate({"file": "x.db", "table": "firms"} | keys)
    return Mapping(source=(entry,))  # type: ignore[call-arg]


def faults(report: LoadReport) -> list[tuple[int, str, str, str]]:
    return [(f["line"], f["column"], f["value"], f["rule"]) for f in report.faults.to_pylist()]


def test_a_table_equals_its_csv_and_the_file_stays(tmp_path: Path) -> None:
    path = database(tmp_path / "firms.sqlite", TABLES)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    text = "firm_id,name,employees,registered_capital\n0012,甲,7,1.5\nF2,,,1e300\n9007199254740993,c,3,4\n"
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "firms.csv").write_text(text)
    plain = load(tmp_path / "csv", tmp_path / "ws")
    assert load(tmp_path, tmp_path / "ws").content_hash == plain.content_hash
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert sorted(p.name for p in tmp_path.glob("firms*")) == ["firms.sqlite"]


def test_rows_with_faults_are_numbered_and_counted(tmp_path: Path) -> None:
    database(
        tmp_path / "firms.db", TABLES + "INSERT INTO firms VALUES (1.5, 'd', 'many', 0), ('F5', 8, 1, 1);"
    )
    report = validate(tmp_path, max_bad=1.0)
    # SQLite makes a text of 1.5 in a column of texts
    assert faults(report) == [(4, "employees", "many", "number")]
    assert (report.tables[0].count.rows, report.tables[0].count.loaded) == (5, 4)


def test_the_mapping_names_a_table_or_a_query(tmp_path: Path) -> None:
    database(tmp_path / "x.db", TABLES + MORE)
    with pytest.raises(DataError, match=r'has the tables firms, or"der, expected one; name it by db_table'):
        validate(tmp_path, mapped())
    table = mapped(db_table='or"der', columns={"firm_id": "id"})
    assert validate(tmp_path, table).tables[0].count.loaded == 2
    query = mapped(query='SELECT id AS firm_id FROM "or""der" WHERE n > 1')
    assert validate(tmp_path, query).tables[0].count.loaded == 1
    with pytest.raises(DataError, match=r"has no table 'y', expected one of firms"):
        validate(tmp_path, mapped(db_table="y"))
    with pytest.raises(DataError, match="both query and db_table"):
        validate(tmp_path, mapped(db_table="firms", query="SELECT 1"))


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM firms RETURNING firm_id",
        "ATTACH 'y.db' AS y",
        "PRAGMA journal_mode",
        "SELECT nothing FROM firms",
        "x",
    ],
)
def test_queries_that_do_not_read(tmp_path: Path, query: str) -> None:
    database(tmp_path / "x.db", TABLES)
    with pytest.raises(DataError, match=r"x.db: cannot be read as SQLite .*a query that only reads"):
        validate(tmp_path, mapped(query=query))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.db"]
    with closing(sqlite3.connect(tmp_path / "x.db")) as con:
        assert con.execute("SELECT count(*) FROM firms").fetchall() == [(3,)]


def test_bytes_other_files_and_logs_are_refused(tmp_path: Path) -> None:
    path = database(tmp_path / "x.db", TABLES + "INSERT INTO firms VALUES ('F3', x'00ff', 1, 1);")
    with pytest.raises(DataError, match="has bytes in column name"):
        validate(tmp_path, mapped())
    (tmp_path / "x.db-wal").write_bytes(b"x")
    with pytest.raises(DataError, match=r"has changes in x.db-wal that are not in it yet"):
        validate(tmp_path, mapped())
    path.write_text("firm_id\nF1\n")
    with pytest.raises(DataError, match="is no SQLite database"):
        validate(tmp_path, mapped())


def test_a_query_of_a_csv_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("firm_id\nF1\n")
    with pytest.raises(DataError, match="the mapping sets query"):
        validate(tmp_path, mapped(file="x.csv", query="SELECT 1"))
